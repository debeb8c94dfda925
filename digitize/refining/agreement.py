"""Whether recovered samples still run where the line was seen."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from calibration.geometry import BoolArray, FloatArray
from digitize.findings import PointFlag
from digitize.values import Trace

MAX_DEVIATION_STROKES = 1.75
"""A vertex lies at most about a stroke beyond the ink's middle line, where two steep strokes meet."""
MAX_OVERHANG_STROKES = 0.75
"""A line's end is seen to within its cap: a regular grid must not add a sample beyond it."""
STEP_PX = 0.5
UNSEEN = PointFlag.INTERPOLATED | PointFlag.HIDDEN


def runs_along(refined: Trace, traced: Trace) -> bool:
    """Whether a refined line stays with the traced one wherever that was seen.

    Samples may sharpen peaks by about a stroke; a course that leaves the ink is a wrong number, however well it
    fits elsewhere.

    Parameters
    ----------
    refined, traced : Trace
        The same line with its samples, and as followed.
    """
    path, seen = _dense(traced)
    course, _ = _dense(refined)
    if not len(path) or not len(course):
        return False
    stroke_px = max(traced.stroke_px, 1.0)
    limit_px = MAX_DEVIATION_STROKES * stroke_px
    # a cap or a marker hides where a line begins and ends: its ends are held along x only
    inner = (course[:, 0].min() + stroke_px, course[:, 0].max() - stroke_px)
    away, nearest = cKDTree(path).query(course)
    strays = (away > limit_px) & seen[nearest] & (course[:, 0] > inner[0]) & (course[:, 0] < inner[1])
    missed, _ = cKDTree(course).query(path)
    left_out = (missed > limit_px) & seen & (path[:, 0] > inner[0]) & (path[:, 0] < inner[1])
    if strays.any() or left_out.any():
        return False
    return _overhang_px(refined, traced) <= MAX_OVERHANG_STROKES * stroke_px


def _overhang_px(refined: Trace, traced: Trace) -> float:
    """How far the refined line reaches beyond the traced one to the left or right."""
    own, seen = refined.points_px[:, 0], traced.points_px[:, 0]
    return float(max(np.nanmin(seen) - np.nanmin(own), np.nanmax(own) - np.nanmax(seen)))


def _dense(trace: Trace) -> tuple[FloatArray, BoolArray]:
    """Points every half pixel along a trace, and whether ink was seen at both ends of their stretch."""
    start, end = trace.points_px[:-1], trace.points_px[1:]
    whole = np.isfinite(start).all(axis=1) & np.isfinite(end).all(axis=1)
    clear = (trace.flags & int(UNSEEN)) == 0
    both = (clear[:-1] & clear[1:])[whole]
    start, end = start[whole], end[whole]
    if not len(start):
        return np.empty((0, 2)), np.empty(0, bool)
    counts = np.maximum(np.ceil(np.hypot(*(end - start).T) / STEP_PX).astype(int), 1)
    stretch = np.repeat(np.arange(len(counts)), counts)
    share = (np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)) / counts[stretch]
    return start[stretch] + share[:, None] * (end - start)[stretch], both[stretch]
