"""Steps: paths whose every segment is level or upright, given back as their corners."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from calibration.geometry import BoolArray, FloatArray
from digitize.findings import PointFlag
from digitize.tracing.runs import IntArray
from digitize.values import FlagArray, Trace

FLAT_PX = 0.15
"""Two columns on one level differ by less than this."""
LEVEL_RANGE_PX = 0.6
"""A level that drifts further is a slope."""
NEARLY_PX = 0.35
"""The two columns of a level between two jumps in a row differ by less."""
JUMP_LEAST_PX = 0.6
"""Levels nearer than this are one ..."""
JUMP_SURE_PX = 1.4
"""... and a lower jump says nothing about whether this is a step."""
JUMP_STROKES = 1.0
JUMP_PX = 3.0
"""A jump is at most this much wider than ``JUMP_STROKES`` strokes (several in a row three times as wide) ..."""
ABRUPT_SHARE = 0.17
ABRUPT_PX = 1.5
"""... and this share of it lies between two neighbouring columns."""
LEAST_JUMPS = 3
FEW_JUMPS = 2
LONG_COLUMNS = 10
"""Two jumps suffice between levels so long."""
LEVEL_SHARE = 0.72
"""Share of a step's columns that lie on levels, the width of its jumps left out."""
STEEP_SHARE = 0.8
"""Share of the level changes that must be jumps ..."""
CLIMB_SHARE = 0.7
"""... and share of all climbing that must lie in them."""
UNSEEN = np.uint16(PointFlag.INTERPOLATED | PointFlag.HIDDEN | PointFlag.CROSSING)
OFF_PX = 0.5
OFF_STROKES = 0.35
OFF_SHARE = 0.025
"""Share of the seen path that may lie further from the step than this: short levels were missed."""
SIGMA_X_PX = 0.3


def to_step(trace: Trace) -> Trace:
    """The trace as a step where its path is one, else unchanged.

    A step holds each value until the next point and jumps there: one point a level, at the place where it
    begins, and the end of the last level.

    Parameters
    ----------
    trace : Trace
        A followed line, a point a column.

    Returns
    -------
    Trace
        Of kind ``step`` with the corners as points and the path kept in ``path_px``; or the trace itself.
    """
    points = trace.points_px
    breaks = np.flatnonzero(np.isnan(points[:, 0]))
    pieces: list[IntArray] = []
    start = 0
    for stop in [*breaks.tolist(), len(points)]:
        if stop > start:
            pieces.append(np.arange(start, stop))
        start = stop + 1
    corners: list[FloatArray] = []
    sigmas: list[FloatArray] = []
    flags: list[FlagArray] = []
    jumps, shortest = 0, np.inf
    for rows in pieces:
        found = _find_corners(points[rows], (trace.flags[rows] & UNSEEN) == 0, trace.stroke_px)
        if found is None:
            return trace
        jumps += len(found) - 2
        shortest = min(shortest, float(np.diff(found[:, 0]).min(initial=np.inf)))
        nearest = rows[np.abs(points[rows][None, :, 0] - found[:, :1]).argmin(axis=1)]
        if corners:
            corners.append(np.full((1, 2), np.nan))
            sigmas.append(np.full((1, 2), np.nan))
            flags.append(np.zeros(1, np.uint16))
        corners.append(found)
        spread = np.nanmedian(trace.sigma_px[rows], axis=0)
        sigmas.append(np.tile([max(SIGMA_X_PX, spread[0]), spread[1]], (len(found), 1)))
        flags.append(trace.flags[nearest])
    if jumps < (FEW_JUMPS if shortest > LONG_COLUMNS else LEAST_JUMPS):
        return trace
    return replace(
        trace,
        kind="step",
        points_px=np.concatenate(corners),
        sigma_px=np.concatenate(sigmas),
        flags=np.concatenate(flags),
        path_px=points,
    )


def _find_corners(points: FloatArray, seen: BoolArray, stroke_px: float) -> FloatArray | None:
    """Where each level begins, and where the last one ends; None where the path is no step."""
    x, y = points.T
    if len(x) < 4 or (np.diff(x) < 0).any():
        return None
    first, last, level = _find_levels(y)
    if not len(first):
        return None
    width = JUMP_STROKES * stroke_px + JUMP_PX
    first, last, level = _add_short_levels(x, y, first, last, level, width)
    first, last, level = _merge(x, first, last, level, stroke_px)
    climb = np.abs(np.diff(y))
    certain = seen[1:] & seen[:-1]
    if len(level) > 1:
        rise = np.abs(np.diff(level))
        abrupt = np.array([climb[a:b].max(initial=0.0) for a, b in zip(last[:-1], first[1:], strict=True)])
        apart = x[first[1:]] - x[last[:-1]]
        # jumps in a quick row leave no level between them
        steep = (abrupt >= ABRUPT_SHARE * rise) & (apart <= np.where(abrupt > ABRUPT_PX, 3.0, 1.0) * width)
        known = [bool(certain[a:b].all()) for a, b in zip(last[:-1], first[1:], strict=True)]
        sure = (rise > JUMP_SURE_PX) & np.array(known)
        if not sure.any() or np.mean(steep[sure]) < STEEP_SHARE:
            return None
        in_jumps = sum(float(climb[a:b].sum()) for a, b, ok in zip(last[:-1], first[1:], steep, strict=True) if ok)
        bridged = float(climb[~certain].sum())
        if in_jumps + bridged < CLIMB_SHARE * float(climb.sum()):
            return None
    covered = float((x[last] - x[first]).sum()) + (len(level) - 1) * (stroke_px + 1.0)
    if covered < LEVEL_SHARE * (x[-1] - x[0]):
        return None
    at = (x[last[:-1]] + x[first[1:]]) / 2.0
    places = np.concatenate([x[first[:1]], at])
    heights = level
    start = np.empty((0, 2))
    # a jump at the very beginning has no level before it
    if x[first[0]] - x[0] <= width and abs(y[0] - level[0]) > max(JUMP_SURE_PX, 0.5 * stroke_px):
        start = np.array([[(x[0] + x[first[0]] - 1.0) / 2.0, y[0]]])
        places[0] = start[0, 0]
    else:
        places[0] = min(places[0], x[0])
    end = [x[-1], level[-1]]
    # a jump at the very end has no level after it
    if x[-1] - x[last[-1]] <= width and abs(y[-1] - level[-1]) > max(1.0, 0.5 * stroke_px):
        end = [(x[last[-1]] + x[-1] + 1.0) / 2.0, y[-1]]
    found = np.vstack([start, np.column_stack([places, heights]), end])
    return found if _reproduces(found, points[seen], stroke_px) else None


def _reproduces(corners: FloatArray, path: FloatArray, stroke_px: float) -> bool:
    """Whether holding each value and jumping runs where the path was seen."""
    away = np.full(len(path), np.inf)
    for (x0, y0), (x1, y1) in pairwise(corners):
        # the level, then the jump at its end
        aside = np.maximum(np.maximum(x0 - path[:, 0], path[:, 0] - x1), 0.0)
        beyond = np.maximum(np.maximum(min(y0, y1) - path[:, 1], path[:, 1] - max(y0, y1)), 0.0)
        level = np.hypot(aside, path[:, 1] - y0)
        jump = np.hypot(path[:, 0] - x1, beyond)
        away = np.minimum(away, np.minimum(level, jump))
    return float(np.mean(away > OFF_PX + OFF_STROKES * stroke_px)) < OFF_SHARE


def _add_short_levels(
    x: FloatArray, y: FloatArray, first: IntArray, last: IntArray, level: FloatArray, width: float
) -> tuple[IntArray, IntArray, FloatArray]:
    """Levels so short between two jumps that only two columns nearly agree."""
    rows = [first, last]
    heights = [level]
    for k in np.flatnonzero(x[first[1:]] - x[last[:-1]] > width).tolist():
        a, b = int(last[k]), int(first[k + 1])
        pairs = np.arange(a + 1, b - 1)
        gap = np.abs(y[pairs + 1] - y[pairs])
        low, high = sorted((level[k], level[k + 1]))
        middle = (y[pairs] + y[pairs + 1]) / 2.0
        good = (gap < NEARLY_PX) & (middle > low + JUMP_SURE_PX) & (middle < high - JUMP_SURE_PX)
        chosen = pairs[good]
        chosen = chosen[np.concatenate([[True], np.diff(chosen) > 1])] if len(chosen) else chosen
        rows = [np.concatenate([rows[0], chosen]), np.concatenate([rows[1], chosen + 1])]
        heights.append((y[chosen] + y[chosen + 1]) / 2.0)
    order = np.argsort(rows[0], kind="stable")
    return rows[0][order], rows[1][order], np.concatenate(heights)[order]


def _find_levels(y: FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
    """First and last place, and height, of every stretch that keeps to one row."""
    flat = np.abs(np.diff(y)) < FLAT_PX
    edges = np.diff(np.concatenate([[0], flat.astype(np.int8), [0]]))
    first, last = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    keep = [
        float(np.ptp(y[a : b + 1])) <= LEVEL_RANGE_PX
        for a, b in zip(first, last, strict=True)
    ]
    first, last = first[keep], last[keep]
    return first, last, np.array([np.median(y[a : b + 1]) for a, b in zip(first, last, strict=True)])


def _merge(
    x: FloatArray, first: IntArray, last: IntArray, level: FloatArray, stroke_px: float
) -> tuple[IntArray, IntArray, FloatArray]:
    """Neighbouring levels of one height made one; spots inside jumps dropped."""
    keep: list[list[float]] = []
    for a, b, height in zip(first.tolist(), last.tolist(), level.tolist(), strict=True):
        if keep and abs(keep[-1][2] - height) < JUMP_LEAST_PX:
            keep[-1][1] = b
        else:
            keep.append([a, b, height])
    # the middle of a thick jump is level too
    inside = [
        0 < k < len(keep) - 1
        and x[int(one[1])] - x[int(one[0])] < stroke_px
        and min(keep[k - 1][2], keep[k + 1][2]) < one[2] < max(keep[k - 1][2], keep[k + 1][2])
        for k, one in enumerate(keep)
    ]
    kept = [one for one, drop in zip(keep, inside, strict=True) if not drop]
    return (
        np.array([one[0] for one in kept], np.int64),
        np.array([one[1] for one in kept], np.int64),
        np.array([one[2] for one in kept]),
    )
