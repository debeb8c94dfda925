"""Spikes and steep ends put where their ink ends: a fit sees a tip only from within a pixel or two."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calibration.geometry import BoolArray, FloatArray
from digitize.refining.composition import DrawnLine, Float32Array

INK_ALPHA = 0.5
ACROSS_FRAC = 0.35
"""A pixel further from the line's own colours than this share of its contrast holds somebody else's ink."""
LONGEST_STROKES = 12.0
LEAST_GAIN_PX = 0.75
STEEP_SLOPE = 2.0
"""A line's end is put where its ink ends where it is steeper."""
MARKER_STROKES = 1.8
"""Where the ink at a line's end is broader than so many strokes, and a pixel, a marker stands there."""
FEWEST_COLUMNS = 2.5
"""Samples closer than this, in px, hide each other's tips."""


def reach_tips(picture: Float32Array, ground: Float32Array, line: DrawnLine, unusable: BoolArray) -> None:
    """Move the highest and lowest vertices of a line out to where the ink beside them ends, less what joins add.

    Parameters
    ----------
    picture, ground : (H, W, 3) float32 arrays
    line : DrawnLine
        Its ``points`` are replaced.
    unusable : (H, W) bool array
    """
    points = line.points
    if len(points) < 3 or line.gaps is not None:
        return
    outward = _outward(points)
    spacing = np.diff(points[:, 0])
    clear = np.minimum(np.append(spacing, np.inf), np.insert(spacing, 0, np.inf)) >= FEWEST_COLUMNS
    at = np.flatnonzero((outward != 0) & clear)
    height, width = picture.shape[:2]
    col, row = np.round(points[at]).astype(np.int64).T
    inside = (col >= 0) & (col < width) & (row >= 0) & (row < height)
    at, col, row = at[inside], col[inside], row[inside]
    if not len(at):
        return
    length = int(np.ceil(LONGEST_STROKES * max(line.width_px, 1.5)))
    rows = row[:, None] + outward[at, None] * np.arange(length)
    within = (rows >= 0) & (rows < height)
    rows = np.clip(rows, 0, height - 1)
    alpha = _alpha(picture, ground, line, rows, np.broadcast_to(col[:, None], rows.shape))
    alpha[~within | unusable[rows, col[:, None]]] = 0.0
    inked = np.cumprod(alpha > INK_ALPHA, axis=1)
    count = inked.sum(axis=1)
    ends = np.minimum(count, length - 1)
    edge = count - 0.5 + np.where(count < length, alpha[np.arange(len(at)), ends], 0.0)
    tip = row + outward[at] * (edge - _overshoot(line)[at])
    gain = (tip - points[at, 1]) * outward[at]
    # ink that goes on and on is no tip
    good = (count > 0) & (count < length) & (gain > LEAST_GAIN_PX)
    for end in np.flatnonzero(good & ((at == 0) | (at == len(points) - 1))).tolist():
        inner = int(np.clip(round(tip[end] - outward[at[end]] * line.width_px), 0, height - 1))
        good[end] = _breadth(picture, ground, line, inner, int(col[end])) <= MARKER_STROKES * line.width_px + 1
    moved = points.copy()
    moved[at[good], 1] = tip[good]
    line.points = moved


def _alpha(
    picture: Float32Array, ground: Float32Array, line: DrawnLine, rows: NDArray[np.int64], cols: NDArray[np.int64]
) -> FloatArray:
    """How much of the line's own colour pixels hold; 0 where it is somebody else's."""
    under = ground[rows, cols].astype(np.float64)
    ray = line.colour - under
    norm = np.maximum((ray**2).sum(axis=-1), 1.0)
    rest = picture[rows, cols] - under
    alpha = np.clip((rest * ray).sum(axis=-1) / norm, 0.0, 1.0)
    across = np.linalg.norm(rest - alpha[..., None] * ray, axis=-1)
    return np.where(across > ACROSS_FRAC * np.sqrt(norm), 0.0, alpha)


def _breadth(picture: Float32Array, ground: Float32Array, line: DrawnLine, row: int, col: int) -> int:
    """Pixels of ink side by side in a row, around a column."""
    cols = np.arange(picture.shape[1])
    inked = _alpha(picture, ground, line, np.full(len(cols), row), cols) > INK_ALPHA
    if not inked[col]:
        return 0
    bare = np.flatnonzero(~inked)
    return int(bare[bare > col].min(initial=len(cols)) - bare[bare < col].max(initial=-1) - 1)


def _outward(points: FloatArray) -> NDArray[np.int64]:
    """-1 for vertices above both neighbours and for steep ends that point up, 1 for those below, 0 for the others."""
    step = np.diff(points, axis=0)
    rise = np.sign(step[:, 1]).astype(np.int64)
    outward = np.zeros(len(points), np.int64)
    outward[1:-1] = np.where(rise[:-1] == -rise[1:], rise[:-1], 0)
    steep = np.abs(step[:, 1]) > STEEP_SLOPE * np.abs(step[:, 0])
    outward[0] = -rise[0] if steep[0] else 0
    outward[-1] = rise[-1] if steep[-1] else 0
    return outward


def _overshoot(line: DrawnLine) -> FloatArray:
    """How far ink reaches beyond each vertex: half the width, or the mitre."""
    radius = line.width_px / 2
    beyond = np.full(len(line.points), radius)
    if line.mitre <= 0:
        return beyond
    step = np.diff(line.points, axis=0)
    unit = step / np.maximum(np.hypot(*step.T), 1e-9)[:, None]
    sine = np.sqrt(np.clip((1 + (unit[:-1] * unit[1:]).sum(axis=1)) / 2, 1e-6, 1.0))
    beyond[1:-1] = np.where(sine * line.mitre >= 1.0, radius / sine, radius * sine)
    return beyond
