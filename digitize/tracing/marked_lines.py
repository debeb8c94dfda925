"""Lines through markers: the markers stand at the data, and the line goes straight from one to the next.

A centreline is drawn aside by every marker that is large beside the stroke; the markers themselves are measured better
than any stroke. So where the thick places of a colour's ink are alike, follow each other from left to right, and the
ink between neighbours lies on the straight way between them, the line is that way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np

from calibration.geometry import BoolArray, FloatArray
from digitize.findings import PointFlag
from digitize.tracing.canvas import Canvas, dilate
from digitize.tracing.centreline import Centreline
from digitize.tracing.masks import InkMap
from digitize.tracing.points import find_points, unsnap

LEAST_MARKERS = 5
PEAK_DEPTH_FRAC = 0.6
"""Middles of markers are at least this deep in ink, as a share of the deepest place ..."""
OPENED_FRAC = 0.7
"""... and found by an opening of this share of their usual depth ..."""
THIN_FRAC = 0.55
"""... beside which the line is thin."""
HOLE_SIZES = 0.07
LEAST_STEP_PX = 0.5
ORDERED_FRAC = 0.97
WAY_FRAC = 0.8
"""Share of the straight way between two markers that is inked, or under other ink."""
SEEN_FRAC = 0.3
"""Of it this share must be seen, not only be hidden."""
JOINED_FRAC = 0.85
"""Share of neighbours that are joined so."""
LEAST_WAYS = 4
FREE_STROKES = 4.0
"""A way as long as this beside its two markers shows where the line runs."""
FLAT_RCOND = 0.1
"""Ways that all run in nearly one direction tell nothing of a shift along it."""
MARKER_SIGMA_PX, GUESSED_SIGMA_PX = 0.2, 1.0
OWN_REACH_SIZES = 0.6
"""So far from its middle a marker's ink turns a line aside."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MarkedLine:
    """A line through markers.

    Attributes
    ----------
    centres : (N, 2) float array
        Of the markers, crop coordinates, left to right.
    joined : (N - 1,) bool array
        Whether the straight way from each to the next was seen.
    size_px, stroke_px : float
        Of the markers and of the line between them.
    """

    centres: FloatArray
    joined: BoolArray
    size_px: float
    stroke_px: float


def find_marked_line(canvas: Canvas, ink: InkMap) -> MarkedLine | None:
    """The line through the markers of one colour; None where there are none, or it does not go straight.

    Parameters
    ----------
    canvas : Canvas
    ink : InkMap
        Of the colour.
    """
    found = _bold(ink, canvas.text)
    if found is None:
        return None
    bold, stroke_px = found
    points = find_points(canvas, bold, vouched=True)
    if points is None or len(points.centres) < LEAST_MARKERS:
        return None
    centres = points.centres[np.argsort(points.centres[:, 0], kind="stable")]
    steps = np.diff(centres[:, 0])
    if np.mean(steps > LEAST_STEP_PX) < ORDERED_FRAC:
        return None
    centres = centres[np.concatenate([[True], steps > LEAST_STEP_PX])]
    joined, told = _joined(ink, centres, points.template.size_px, stroke_px)
    if told.sum() < LEAST_WAYS or joined[told].mean() < JOINED_FRAC:
        return None
    shift_px = _off_line(ink, centres, joined & told, points.template.size_px, stroke_px)
    if shift_px is None:
        shift_px = unsnap([points])[0].centres[0] - points.centres[0]
    return MarkedLine(
        centres=centres + shift_px, joined=joined | ~told, size_px=points.template.size_px, stroke_px=stroke_px
    )


def through_markers(line: Centreline, marked: MarkedLine) -> Centreline:
    """A line with the straight ways between its markers in place of what was measured along them.

    Where no straight way was seen between two markers, what was followed there stays; beyond the first and the last
    marker too.
    """
    old, centres = line.points, marked.centres
    reach = OWN_REACH_SIZES * marked.size_px
    outside = (old[:, 0] < centres[0, 0] - reach) | (old[:, 0] > centres[-1, 0] + reach)
    pieces = [(old[outside], line.sigma[outside], line.flags[outside])]
    for (start, end), joined in zip(pairwise(centres), marked.joined, strict=True):
        between = (old[:, 0] > start[0] + reach) & (old[:, 0] < end[0] - reach)
        if not joined and between.any():
            pieces.append((old[between], line.sigma[between], line.flags[between]))
            continue
        x = np.arange(np.floor(start[0]) + 1.0, end[0])
        slope = float((end[1] - start[1]) / (end[0] - start[0]))
        flag = 0 if joined else int(PointFlag.INTERPOLATED)
        way = np.stack([x, start[1] + slope * (x - start[0])], axis=1)
        sigma = (MARKER_SIGMA_PX if joined else GUESSED_SIGMA_PX) * np.array([1.0, np.hypot(1.0, slope)])
        pieces.append((way, np.tile(sigma, (len(x), 1)), np.full(len(x), flag, np.uint16)))
    pieces.append((centres, np.full(centres.shape, MARKER_SIGMA_PX), np.zeros(len(centres), np.uint16)))
    points, sigmas, flags = (np.concatenate([piece[k] for piece in pieces]) for k in range(3))
    order = np.argsort(points[:, 0], kind="stable")  # breaks go last, and away
    order = order[np.isfinite(points[order, 0])]
    return Centreline(
        points=points[order], sigma=sigmas[order], flags=flags[order],
        seen_columns=max(line.seen_columns, int(marked.joined.mean() * np.ptp(centres[:, 0]))),
    )  # fmt: skip


def _bold(ink: InkMap, text: BoolArray) -> tuple[InkMap, float] | None:
    """The ink of the thick places alone, and the width of what is thin; None where nothing is thin beside them."""
    own = ink.own & ~text
    solid = own | _holes(own, HOLE_SIZES * min(own.shape))
    depth = cv2.distanceTransform(np.pad(solid, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    peaks = depth[(depth >= cv2.dilate(depth, np.ones((3, 3), np.uint8))) & (depth > 0)]
    thick = peaks[peaks > PEAK_DEPTH_FRAC * peaks.max(initial=0.0)]
    if len(thick) < LEAST_MARKERS:
        return None
    side = 2 * int(OPENED_FRAC * float(np.median(thick))) + 1  # odd: an even opening moves what it keeps
    if side < 3:
        return None
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    bold = cv2.morphologyEx(solid.astype(np.uint8), cv2.MORPH_OPEN, disc) > 0
    thin = own & ~dilate(bold, 1)
    if not thin.any():
        return None
    stroke_px = max(2.0 * float(np.percentile(depth[thin], 90)) - 1.0, 1.0)
    if stroke_px > THIN_FRAC * 2.0 * float(np.median(thick)):
        return None
    alpha = np.where(bold, np.maximum(ink.alpha, solid & ~own), np.where(dilate(bold, 1), ink.alpha, 0.0))
    return replace(ink, own=bold, alpha=alpha.astype(np.float32)), stroke_px


def _joined(ink: InkMap, centres: FloatArray, size_px: float, stroke_px: float) -> tuple[BoolArray, BoolArray]:
    """For each pair of neighbours: whether ink lies on the straight way between them, and whether there is a way."""
    near = dilate(ink.own, max(int(stroke_px / 2), 1))
    hidden = dilate(ink.hidden, 1)
    joined, told = np.zeros(len(centres) - 1, bool), np.zeros(len(centres) - 1, bool)
    for k, (start, end) in enumerate(pairwise(centres)):
        length = float(np.hypot(*(end - start)))
        free = length - size_px
        if free < 2.0:
            continue
        share = np.linspace(size_px / 2 / length, 1 - size_px / 2 / length, max(int(free) + 1, 3))
        at = start + (end - start) * share[:, None]
        cols = np.clip(np.round(at[:, 0]).astype(int), 0, near.shape[1] - 1)
        rows = np.clip(np.round(at[:, 1]).astype(int), 0, near.shape[0] - 1)
        seen, under = near[rows, cols], hidden[rows, cols]
        told[k] = bool((~under).any())
        joined[k] = np.mean(seen | under) >= WAY_FRAC and np.mean(seen) >= SEEN_FRAC
    return joined, told


def _off_line(
    ink: InkMap, centres: FloatArray, ways: BoolArray, size_px: float, stroke_px: float
) -> FloatArray | None:
    """By how much all markers together have to be moved to lie on the line: their renderer may have rounded places.

    The strokes between them are not rounded, and say so wherever they run: one shift of all markers explains how far
    the middle of the ink lies beside each way, by least squares.
    """
    reach = np.arange(-np.ceil(stroke_px) - 1.0, np.ceil(stroke_px) + 1.5, 0.5)
    normals, offsets = [], []
    for k in np.flatnonzero(ways):
        along = centres[k + 1] - centres[k]
        length = float(np.hypot(*along))
        if length < size_px + FREE_STROKES * stroke_px:
            continue
        margin = (size_px / 2 + stroke_px) / length
        share = np.linspace(margin, 1 - margin, max(int(length * (1 - 2 * margin)), 2))
        normal = np.array([-along[1], along[0]]) / length
        at = (centres[k] + along * share[:, None])[:, None, :] + normal * reach[None, :, None]
        col, row = at[..., 0].astype(np.float32), at[..., 1].astype(np.float32)
        if cv2.remap(ink.hidden.astype(np.float32), col, row, cv2.INTER_LINEAR).max() > 0:
            continue
        seen = cv2.remap(ink.alpha.astype(np.float32), col, row, cv2.INTER_LINEAR)
        total = float(seen.sum())
        if total > 0:
            normals.append(normal)
            offsets.append(float((seen * reach).sum()) / total)
    if len(normals) < LEAST_WAYS:
        return None
    return np.asarray(np.linalg.lstsq(np.array(normals), np.array(offsets), rcond=FLAT_RCOND)[0], np.float64)


def _holes(own: BoolArray, widest_px: float) -> BoolArray:
    """Small bare places that ink surrounds."""
    _, labels, boxes, _ = cv2.connectedComponentsWithStats((~own).astype(np.uint8), connectivity=4)
    small = boxes[:, 2:4].max(axis=1) <= widest_px
    small[0] = False
    return np.asarray(small[labels], bool)
