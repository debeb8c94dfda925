"""Noise so dense that its strokes run into one solid ribbon: followed from edge to edge."""

from __future__ import annotations

import numpy as np

from calibration.geometry import BoolArray, FloatArray
from digitize.tracing.kinds import fill_side_px

LEAST_COLUMNS = 24
SOLID_HEIGHTS = 2.2
"""Columns this many times taller than the stroke, its slope allowed for, are solid ..."""
TREND_COLUMNS = 8
WINDOW_COLUMNS = 6
SOLID_SHARE = 0.6
"""... where this share of those within ``WINDOW_COLUMNS`` is."""
MOSTLY_FRAC = 0.5
"""Fewer solid columns than this share of a path are steep parts and peaks."""
TIP_PERCENTILE = 15.0
HALF_COLUMN = 0.25


def find_solid(x: FloatArray, height: FloatArray, stroke_px: float, slope: FloatArray) -> BoolArray:
    """Which columns of a path lie where its noise is solid: tall beside many tall ones, without being steep.

    Markers are tall as well, but end soon.
    """
    tall = height > SOLID_HEIGHTS * stroke_px * np.hypot(1.0, slope) + 1.0
    if len(height) < LEAST_COLUMNS or tall.sum() < LEAST_COLUMNS:
        return np.zeros(len(height), bool)
    size = 2 * WINDOW_COLUMNS + 1
    share = np.convolve(np.pad(tall.astype(float), WINDOW_COLUMNS, mode="edge"), np.ones(size) / size, "valid")
    solid = np.asarray((share >= SOLID_SHARE) & tall, bool)
    stretch = np.cumsum(np.concatenate([[0], (np.diff(x) > 1.5) | (share[1:] < SOLID_SHARE)]))
    solid &= np.bincount(stretch)[stretch] >= LEAST_COLUMNS
    return solid if solid.mean() > MOSTLY_FRAC else np.zeros(len(height), bool)


def zigzag(top: FloatArray, bottom: FloatArray, solid: BoolArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """First and last row of the path in every column: up one column and down the next where it is solid."""
    first, last = y.copy(), y.copy()
    end = float(y[0])
    for k in range(len(y)):
        if solid[k]:
            upward = abs(end - bottom[k]) <= abs(end - top[k])
            first[k], last[k] = (bottom[k], top[k]) if upward else (top[k], bottom[k])
        end = float(last[k])
    return first, last


def tip_stroke_px(own: BoolArray) -> float:
    """Width of the stroke of solid ink, as the tips of its spikes show it: (H, W) bool to pixels."""
    padded = np.zeros((own.shape[0], own.shape[1] + 2), np.int8)
    padded[:, 1:-1] = own
    edges = np.diff(padded, axis=1)
    widths = np.nonzero(edges == -1)[1] - np.nonzero(edges == 1)[1]
    return float(np.clip(np.percentile(widths, TIP_PERCENTILE), 1.0, fill_side_px(own.shape))) if len(widths) else 1.0
