"""Whether recovered samples still run where the line was seen."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from calibration.geometry import BoolArray, FloatArray
from digitize.findings import PointFlag
from digitize.values import Image, Panel, Trace

MAX_DEVIATION_STROKES = 1.75
"""A vertex lies at most about a stroke beyond the ink's middle line, where two steep strokes meet."""
FAR_STROKES = 4.0
"""Or further where the ink itself reaches: the middle of a column cuts off a steep peak, and swerves at a marker."""
STRAY_FRAC = 0.01
LEFT_OUT_FRAC = 0.03
"""Shares of the samples' line off the path and off the ink, and of the path off the samples' line."""
INK_ALPHA = 0.35
"""Colour of the line in a pixel that counts as its ink."""
MAX_OVERHANG_STROKES = 1.25
MAX_SEEN_OVERHANG_STROKES = 3.0
LEAST_STROKE_PX = 1.6
"""A line's end is seen to within its cap, or within the spine that it begins under: a regular grid must not add a
sample beyond."""
STEP_PX = 0.5
UNSEEN = PointFlag.INTERPOLATED | PointFlag.HIDDEN


def runs_along(refined: Trace, traced: Trace, image: Image, panel: Panel, *, seen: bool = False) -> bool:
    """Whether a refined line stays with the traced one, or with its ink, wherever that was seen.

    Samples may sharpen peaks by more than a stroke; a course that leaves the ink is a wrong number, however well it
    fits elsewhere.

    Parameters
    ----------
    refined, traced : Trace
        The same line with its samples, and as followed.
    image : Image
    panel : Panel
        Gives the background.
    seen : bool
        Whether the picture was found to show the refined line: then only what leaves the ink altogether counts, as the
        path may have strayed itself.
    """
    path, visible = _dense(traced)
    course, _ = _dense(refined)
    if not len(path) or not len(course):
        return False
    stroke_px = max(traced.stroke_px, LEAST_STROKE_PX)
    # a cap or a marker hides where a line begins and ends: its ends are held along x only
    inner = (course[:, 0].min() + stroke_px, course[:, 0].max() - stroke_px)
    within = (course[:, 0] > inner[0]) & (course[:, 0] < inner[1])
    away, nearest = cKDTree(path).query(course)
    strays = (away > MAX_DEVIATION_STROKES * stroke_px) & visible[nearest] & within
    if strays.any():
        strays[strays] = (away[strays] > FAR_STROKES * stroke_px) | ~_is_ink(course[strays], traced, image, panel)
    overhang = _overhang_px(refined, traced)
    missed, _ = cKDTree(course).query(path)
    along = visible & (path[:, 0] > inner[0]) & (path[:, 0] < inner[1])
    left_out = (missed > MAX_DEVIATION_STROKES * stroke_px) & along
    if np.any((missed > FAR_STROKES * stroke_px) & along):
        return False
    if seen:
        return strays.sum() <= STRAY_FRAC * within.sum() and overhang <= MAX_SEEN_OVERHANG_STROKES * stroke_px
    # a grid that the paths establish is trusted at single peaks, corners found one by one are not
    trust = 1.0 if refined.sampling == "grid" else 0.0
    if strays.sum() > trust * STRAY_FRAC * within.sum() or left_out.sum() > trust * LEFT_OUT_FRAC * along.sum():
        return False
    return overhang <= MAX_OVERHANG_STROKES * stroke_px


def _is_ink(points: FloatArray, trace: Trace, image: Image, panel: Panel) -> BoolArray:
    """Which points lie on pixels that hold the line's colour."""
    rows = np.clip(np.round(points[:, 1]).astype(np.int64), 0, image.height_px - 1)
    cols = np.clip(np.round(points[:, 0]).astype(np.int64), 0, image.width_px - 1)
    background = np.array(panel.background, np.float64)
    ray = np.array(trace.colour, np.float64) - background
    alpha = (image.pixels[rows, cols].astype(np.float64) - background) @ ray / max(float(ray @ ray), 1.0)
    return np.asarray(alpha > INK_ALPHA, bool)


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
