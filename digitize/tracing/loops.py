"""Curves that are no function of x: followed along their length, in drawing order.

Only where one trail explains a colour's ink: several lines of one colour have more ends than one curve has.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import gaussian_filter1d, map_coordinates

from calibration.geometry import BoolArray, FloatArray
from digitize.colours import to_name
from digitize.findings import PointFlag
from digitize.tracing.canvas import Canvas
from digitize.tracing.centreline import SIGMA_CLEAN_PX, SIGMA_CROSSING_PX, Centreline
from digitize.tracing.kinds import classify_ink
from digitize.tracing.masks import InkMap
from digitize.tracing.palette import StrokeColour
from digitize.tracing.runs import estimate_stroke_px
from digitize.tracing.skeleton import Trail, find_trails
from digitize.values import Trace

SEVERAL_SHARE = 0.12
"""Share of the inked columns that show the curve twice: otherwise it is a function of x, or nearly."""
WHOLE_SHARE = 0.9
"""Share of the whole skeleton that the one trail must explain."""
BACK_SHARE = 0.1
"""Share of the way along x that leads back."""
LEAST_SPAN_FRAC = 0.06
"""Of the panel, in either direction."""
FRAME_PX = 2.0
FRAME_SHARE = 0.8
"""Rounded corners leave the sides for a little."""
ATTACHED_STROKES = 2.0
ATTACHED_PX = 4.0
TAIL_SHARE = 0.6
"""Two branches of one curve meet this near, their common tails being no longer than what is left of this share."""
TANGENT_PX = 3.0
SIDE_PX = 1.5
SAMPLE_PX = 0.5
STEP_PX = 1.0
CROSSING = np.uint16(PointFlag.CROSSING)
INTERPOLATED = np.uint16(PointFlag.INTERPOLATED)


def follow_loops(
    canvas: Canvas, colours: Sequence[StrokeColour], inks: Sequence[InkMap]
) -> tuple[list[Trace], list[StrokeColour], list[InkMap]]:
    """Follow the colours that one curve explains which turns back along x.

    Returns
    -------
    traces, colours, inks
        The curves, and what is left to be followed from left to right.
    """
    traces: list[Trace] = []
    left: list[tuple[StrokeColour, InkMap]] = []
    for colour, ink in zip(colours, inks, strict=True):
        line = _follow_loop(canvas, colour, ink)
        if line is None:
            left.append((colour, ink))
        else:
            traces.append(line)
    return traces, [colour for colour, _ in left], [ink for _, ink in left]


def _follow_loop(canvas: Canvas, colour: StrokeColour, ink: InkMap) -> Trace | None:
    entries = sum(entry.line for entry in colour.entries)
    if entries > 1 or not _shows_twice(ink.own) or classify_ink(ink.own) != "stroke":
        return None
    stroke = estimate_stroke_px(ink, canvas.text)
    trails = find_trails(ink.own, ink.hidden, stroke)
    if len(trails) > 1 and entries == 1:
        trails = _closed_by_second(trails, stroke)
    if not trails or not _is_one_curve(trails, canvas):
        return None
    return _to_trace(_measure(trails[0], ink, stroke), stroke, colour, canvas)


def _to_trace(line: Centreline, stroke_px: float, colour: StrokeColour, canvas: Canvas) -> Trace:
    """A followed curve in the image's frame, under its entry's name or its colour's."""
    entry = next((one for one in colour.entries if one.line), None)
    return Trace(
        label=entry.label if entry and entry.label else to_name(colour.rgb),
        points_px=line.points + np.array([canvas.left, canvas.top], float),
        sigma_px=line.sigma,
        flags=line.flags,
        colour=colour.rgb,
        entry=entry,
        stroke_px=stroke_px,
        tracer="length",
    )


def _shows_twice(own: BoolArray) -> bool:
    """Whether many columns hold two strokes or more."""
    starts = (own[1:] & ~own[:-1]).sum(axis=0) + own[0]
    inked = starts > 0
    return bool(inked.any() and (starts > 1).sum() > SEVERAL_SHARE * inked.sum())


def _is_one_curve(trails: Sequence[Trail], canvas: Canvas) -> bool:
    first = trails[0]
    total = sum(trail.length_px for trail in trails)
    if first.length_px < WHOLE_SHARE * total:
        return False
    height, width = canvas.shape
    spans = np.ptp(first.points, axis=0)
    if max(spans[0] / width, spans[1] / height) < LEAST_SPAN_FRAC or _is_frame(first.points):
        return False
    steps = np.diff(gaussian_filter1d(first.points[:, 0], TANGENT_PX, mode="nearest"))
    onward, back = float(steps[steps > 0].sum()), float(-steps[steps < 0].sum())
    return min(onward, back) > BACK_SHARE * (onward + back)


def _is_frame(points: FloatArray) -> bool:
    """Whether a curve keeps to the sides of the box around it: a legend's frame, a box around a text."""
    low, high = points.min(axis=0), points.max(axis=0)
    aside = np.minimum(points - low, high - points).min(axis=1)
    return float(np.mean(aside < FRAME_PX)) > FRAME_SHARE


def _closed_by_second(trails: list[Trail], stroke_px: float) -> list[Trail]:
    """The first two trails as one closed curve where each leads from one end of the other to its other end.

    The branches of a hysteresis run together at their ends; that they are one curve only the legend tells.
    """
    first, second = trails[:2]
    if first.closed or second.closed:
        return trails
    if np.hypot(*(first.points[-1] - second.points[0])) > np.hypot(*(first.points[-1] - second.points[-1])):
        second = Trail(points=second.points[::-1], bridged=second.bridged[::-1], closed=False)
    reach = ATTACHED_STROKES * stroke_px + ATTACHED_PX
    turns = [_turn(first.points, second.points, reach), _turn(second.points, first.points, reach)]
    if turns[0] is None or turns[1] is None:
        return trails
    points = [first.points, turns[0], second.points, turns[1]]
    bridged = [first.bridged, np.ones(len(turns[0]), bool), second.bridged, np.ones(len(turns[1]), bool)]
    return [Trail(points=np.concatenate(points), bridged=np.concatenate(bridged), closed=True), *trails[2:]]


def _turn(before: FloatArray, after: FloatArray, reach: float) -> FloatArray | None:
    """The way back along a common tail from the end of one path to the start of the next; None where they are apart."""
    gaps = np.hypot(*(before - after[0]).T)
    k = int(gaps.argmin())
    if gaps[k] < reach and k > TAIL_SHARE * len(before):
        return before[:k:-1]
    gaps = np.hypot(*(after - before[-1]).T)
    k = int(gaps.argmin())
    if gaps[k] < reach and k < (1.0 - TAIL_SHARE) * len(after):
        return after[k:0:-1]
    return None


def _measure(trail: Trail, ink: InkMap, stroke_px: float) -> Centreline:
    """The skeleton's points moved across the curve to the middle of its coverage."""
    mode = "wrap" if trail.closed else "nearest"
    smooth = gaussian_filter1d(trail.points, TANGENT_PX / 2.0, axis=0, mode=mode)
    known = ~trail.bridged
    for _ in range(2):
        tangent = np.gradient(gaussian_filter1d(smooth, TANGENT_PX / 2.0, axis=0, mode=mode), axis=0)
        tangent /= np.maximum(np.hypot(*tangent.T), 1e-9)[:, None]
        normal = np.column_stack([-tangent[:, 1], tangent[:, 0]])
        reach = 0.5 * stroke_px + SIDE_PX
        t = np.arange(-reach, reach + 1e-9, SAMPLE_PX)
        places = smooth[:, None, :] + t[None, :, None] * normal[:, None, :]
        alpha = map_coordinates(ink.alpha, [places[..., 1], places[..., 0]], order=1, mode="constant")
        mass = alpha.sum(axis=1)
        offset = np.where(mass > 0.5, (alpha * t).sum(axis=1) / np.maximum(mass, 1e-6), 0.0)
        place = np.arange(len(offset))
        offset = np.interp(place, place[known], offset[known]) if known.any() else offset
        smooth = smooth + offset[:, None] * normal
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(smooth, axis=0).T))])
    at = np.linspace(0.0, length[-1], max(int(length[-1] / STEP_PX), 2) + 1)
    points = np.column_stack([np.interp(at, length, smooth[:, axis]) for axis in (0, 1)])
    bridged = np.interp(at, length, trail.bridged.astype(float)) > 0.5
    rows, cols = np.round(points[:, ::-1]).astype(int).T
    unseen = bridged & ~ink.own[np.clip(rows, 0, ink.own.shape[0] - 1), np.clip(cols, 0, ink.own.shape[1] - 1)]
    sigma = np.where(bridged, SIGMA_CROSSING_PX, SIGMA_CLEAN_PX)
    flags = np.where(bridged, CROSSING, 0) | np.where(unseen, INTERPOLATED, 0)
    return Centreline(
        points=points,
        sigma=np.column_stack([sigma, sigma]),
        flags=flags.astype(np.uint16),
        seen_columns=len(np.unique(np.round(points[~unseen, 0]))),
    )
