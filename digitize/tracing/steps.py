"""Steps: paths whose every segment is level or upright, given back as their corners."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from calibration.geometry import FloatArray
from digitize.tracing.runs import IntArray
from digitize.values import FlagArray, Trace

FLAT_PX = 0.15
"""Two columns on one level differ by less than this."""
LEVEL_RANGE_PX = 0.6
"""A level that drifts further is a slope."""
LEVEL_SHARE = 0.72
"""Share of a step's columns that lie on levels, the width of its jumps left out."""
JUMP_LEAST_PX = 0.6
JUMP_STROKES = 1.0
JUMP_PX = 3.0
"""A jump is at most this much wider than ``JUMP_STROKES`` strokes."""
LEAST_JUMPS = 3
STEEP_SHARE = 0.8
"""Share of the level changes that must be jumps."""
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
    jumps = 0
    for rows in pieces:
        found = _find_corners(points[rows], trace.stroke_px)
        if found is None:
            return trace
        jumps += len(found) - 2
        nearest = rows[np.abs(points[rows][None, :, 0] - found[:, :1]).argmin(axis=1)]
        if corners:
            corners.append(np.full((1, 2), np.nan))
            sigmas.append(np.full((1, 2), np.nan))
            flags.append(np.zeros(1, np.uint16))
        corners.append(found)
        spread = np.nanmedian(trace.sigma_px[rows], axis=0)
        sigmas.append(np.tile([max(SIGMA_X_PX, spread[0]), spread[1]], (len(found), 1)))
        flags.append(trace.flags[nearest])
    if jumps < LEAST_JUMPS:
        return trace
    return replace(
        trace,
        kind="step",
        points_px=np.concatenate(corners),
        sigma_px=np.concatenate(sigmas),
        flags=np.concatenate(flags),
        path_px=points,
    )


def _find_corners(points: FloatArray, stroke_px: float) -> FloatArray | None:
    """Where each level begins, and where the last one ends; None where the path is no step."""
    x, y = points.T
    if len(x) < 4 or (np.diff(x) < 0).any():
        return None
    flat = np.abs(np.diff(y)) < FLAT_PX
    edges = np.diff(np.concatenate([[0], flat.astype(np.int8), [0]]))
    first, last = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    if not len(first):
        return None
    level = np.array([np.median(y[a : b + 1]) for a, b in zip(first, last, strict=True)])
    drift = np.array([np.ptp(y[a : b + 1]) for a, b in zip(first, last, strict=True)])
    if (drift > LEVEL_RANGE_PX).any():
        return None
    first, last, level = _merge(x, first, last, level, stroke_px)
    width = JUMP_STROKES * stroke_px + JUMP_PX
    if len(level) > 1:
        apart = x[first[1:]] - x[last[:-1]]
        if np.mean(apart <= width) < STEEP_SHARE:
            return None
    covered = float((x[last] - x[first]).sum()) + (len(level) - 1) * (stroke_px + 1.0)
    if covered < LEVEL_SHARE * (x[-1] - x[0]):
        return None
    at = (x[last[:-1]] + x[first[1:]]) / 2.0
    places = np.concatenate([x[first[:1]], at])
    places[0] = min(places[0], x[0])
    heights = level
    end = [x[-1], level[-1]]
    # a jump at the very end has no level after it
    if x[-1] - x[last[-1]] <= width and abs(y[-1] - level[-1]) > max(1.0, 0.5 * stroke_px):
        end = [(x[last[-1]] + x[-1] + 1.0) / 2.0, y[-1]]
    return np.vstack([np.column_stack([places, heights]), end])


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
