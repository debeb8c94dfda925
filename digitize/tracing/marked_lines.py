"""Lines through markers: the markers stand at the data, and the line goes straight from one to the next.

A centreline is drawn aside by every marker that is large beside the stroke; the markers themselves are measured better
than any stroke. So where the thick places of a colour's ink are alike, follow each other from left to right, and the
ink between neighbours lies on the straight way between them, the line is that way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np

from calibration.geometry import BoolArray, FloatArray
from digitize.findings import PointFlag
from digitize.tracing.canvas import Canvas, dilate
from digitize.tracing.centreline import Centreline
from digitize.tracing.hollow import find_holes
from digitize.tracing.marker_template import find_spots, find_template
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
ALONE_FRAC, EXPLAINED_FRAC = 0.55, 0.8
"""Share of the markers that stand apart from others, and of the thick ink that they explain."""
BENT_STROKES = 0.25
"""A way beside whose ink markers still stand by more than this hides a marker, or is none."""
SWOLLEN, SWOLLEN_SIZES = 1.5, 0.2
"""Ink this many times as thick as the way's usual, over this share of a marker's size, is part of another marker."""
COMMON_SIGMA_PX, OWN_SIGMA_PX, WAY_SIGMA_PX = 0.6, 0.35, 0.1
"""By how much all markers together stand off the line, each on its own (rounded to pixels), and its ink's middle."""
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
    if not _mostly_apart(bold, canvas.text):
        return None  # where noise or crossing strokes are thick; heaps take long to explain
    points = find_points(canvas, None, bold, vouched=True)  # rings come filled
    if points is None or len(points.centres) < LEAST_MARKERS:
        return None
    if points.alone < ALONE_FRAC or points.explained < EXPLAINED_FRAC:
        return None
    centres = points.centres[np.argsort(points.centres[:, 0], kind="stable")]
    steps = np.diff(centres[:, 0])
    if np.mean(steps > LEAST_STEP_PX) < ORDERED_FRAC:
        return None
    centres = centres[np.concatenate([[True], steps > LEAST_STEP_PX])]
    joined, told = _joined(ink, centres, points.template.size_px, stroke_px)
    if told.sum() < LEAST_WAYS or joined[told].mean() < JOINED_FRAC:
        return None
    shift_px = unsnap([points])[0].centres[0] - points.centres[0]
    settled, straight = _settled(ink, centres, joined & told, points.template.size_px, stroke_px, shift_px)
    return MarkedLine(
        centres=settled, joined=(joined | ~told) & straight, size_px=points.template.size_px, stroke_px=stroke_px
    )


def _mostly_apart(bold: InkMap, text: BoolArray) -> bool:
    """Whether thick ink is mostly of alike pieces that stand apart, as markers with some way between them do."""
    spots = find_spots(bold, text)
    found = find_template(bold, spots)
    if found is None:
        return False
    template, alike = found
    return len(alike) >= ALONE_FRAC * float(bold.own.sum()) / float(template.body.sum())


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
    solid = own | find_holes(own, HOLE_SIZES * min(own.shape))
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


def _settled(
    ink: InkMap, centres: FloatArray, ways: BoolArray, size_px: float, stroke_px: float, shift_px: FloatArray
) -> tuple[FloatArray, BoolArray]:
    """Centres moved to where the strokes between them meet, and between which of them these go straight.

    Renderers round the places of markers, and where a triangle is fastened is not certain; the strokes are neither.
    So each centre is moved by what all markers have in common, by a little of its own, and so that the middle of the
    ink between two lies on the way between them: weighted least squares.

    Parameters
    ----------
    ink : InkMap
    centres : (N, 2) float array
    ways : (N - 1,) bool array
        Between which neighbours the ink may be measured.
    size_px, stroke_px : float
    shift_px : (2,) float array
        By how much all are moved where nothing tells.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.linalg import spsolve

    count = len(centres)
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    wanted: list[float] = []

    def ask(terms: Sequence[tuple[int, float]], value: float, sigma_px: float) -> None:
        rows.extend([len(wanted)] * len(terms))
        columns.extend(column for column, _ in terms)
        values.extend(factor / sigma_px for _, factor in terms)
        wanted.append(value / sigma_px)

    for axis in (0, 1):
        common = 2 * count + axis
        ask([(common, 1.0)], float(shift_px[axis]), COMMON_SIGMA_PX)
        for k in range(count):
            ask([(2 * k + axis, 1.0), (common, -1.0)], 0.0, OWN_SIGMA_PX)
    first_way = len(wanted)
    way_of: list[int] = []
    lumpy: list[int] = []
    for k in np.flatnonzero(ways).tolist():
        normal, measured, lump = _beside(ink, centres[k], centres[k + 1], size_px, stroke_px)
        for share, off_px in measured:
            terms = [
                (2 * (k + end) + axis, float(normal[axis]) * (share if end else 1 - share))
                for end in (0, 1) for axis in (0, 1)
            ]  # fmt: skip
            ask(terms, off_px, WAY_SIGMA_PX)
            way_of.append(k)
        if lump:
            lumpy.append(k)
    matrix = coo_array((values, (rows, columns)), shape=(len(wanted), 2 * count + 2)).tocsc()
    moved = spsolve((matrix.T @ matrix).tocsc(), matrix.T @ np.array(wanted))
    off_px = np.abs(matrix @ moved - np.array(wanted))[first_way:] * WAY_SIGMA_PX
    straight = np.ones(count - 1, bool)
    straight[np.array(way_of, int)[off_px > BENT_STROKES * stroke_px]] = False
    straight[lumpy] = False
    return np.asarray(centres + moved[: 2 * count].reshape(-1, 2), np.float64), straight


def _beside(
    ink: InkMap, start: FloatArray, end: FloatArray, size_px: float, stroke_px: float
) -> tuple[FloatArray, list[tuple[float, float]], bool]:
    """How far ink lies beside the way between two markers, in both halves of it: the normal, (share, offset) pairs.

    And whether ink swells on the way as a marker does that is partly hidden: there the line may turn.
    """
    along = end - start
    length = float(np.hypot(*along))
    normal = np.array([-along[1], along[0]]) / length
    margin = (size_px / 2 + stroke_px) / length
    if length * (1 - 2 * margin) < FREE_STROKES * stroke_px:
        return normal, [], False
    reach = np.arange(-np.ceil(stroke_px) - 1.0, np.ceil(stroke_px) + 1.5, 0.5)
    share = np.linspace(margin, 1 - margin, max(int(length * (1 - 2 * margin)), 4))
    at = (start + along * share[:, None])[:, None, :] + normal * reach[None, :, None]
    col, row = at[..., 0].astype(np.float32), at[..., 1].astype(np.float32)
    seen = cv2.remap(ink.alpha.astype(np.float32), col, row, cv2.INTER_LINEAR)
    hidden_at = cv2.remap(ink.hidden.astype(np.float32), col, row, cv2.INTER_LINEAR)
    hidden = hidden_at.max(axis=1) > 0
    total = seen.sum(axis=1)
    told = ~hidden & (total > 0.5 * max(float(np.median(total)), 0.5))
    off = (seen @ reach) / np.maximum(total, 1e-6)
    halves = [told & (share < 0.5), told & (share >= 0.5)]
    swollen = total > SWOLLEN * max(float(np.median(total)), 0.5)
    measured = [(float(share[part].mean()), float(off[part].mean())) for part in halves if part.sum() >= 2]
    return normal, measured, bool(swollen.sum() >= SWOLLEN_SIZES * size_px)
