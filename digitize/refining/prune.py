"""Vertices that a broken line does not need are taken out again."""

from __future__ import annotations

import numpy as np

from calibration.geometry import FloatArray

FLAT_PX = 0.3
FLAT_STROKES = 0.12
"""A vertex that moves the line by less than both is rasterisation, not data."""
ROUND_STROKES = 1.5
ROUND_PX = 2.5
"""Two corners nearer than this are one whose join was drawn round."""
ROUND_OFF_PX = 1.0
CAP_PX = 1.0
"""Beyond half the stroke, how far a line's last column may lie from its last sample."""


def prune(points: FloatArray, sigma_x: FloatArray, kink: FloatArray, stroke_px: float) -> tuple[FloatArray, ...]:
    """Merge corners that are one, then drop those that do not bend the line.

    Returns
    -------
    points (K, 2), sigma_x (K,), kink (K,)
    """
    rows = np.column_stack([points, sigma_x, kink])
    rows = _drop_flat(_merge_close(rows, stroke_px), stroke_px)
    # of three corners around a marker the middle one may have kept the others apart
    rows = _without_caps(_merge_close(rows, stroke_px), stroke_px)
    return rows[:, :2], rows[:, 2], rows[:, 3]


def _without_caps(rows: FloatArray, stroke_px: float) -> FloatArray:
    """A corner within the cap of a line's end is the end."""
    cap = stroke_px / 2 + CAP_PX
    while len(rows) > 2 and rows[1, 0] - rows[0, 0] < cap:
        rows = rows[1:]
    while len(rows) > 2 and rows[-1, 0] - rows[-2, 0] < cap:
        rows = rows[:-1]
    return rows


def _merge_close(rows: FloatArray, stroke_px: float) -> FloatArray:
    near = ROUND_STROKES * stroke_px + ROUND_PX
    k = 1
    while k < len(rows) - 2:
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = rows[k - 1 : k + 3, :2]
        if x2 - x1 < near and x1 - x0 > x2 - x1 and x3 - x2 > x2 - x1:
            before, after = (y1 - y0) / (x1 - x0), (y3 - y2) / (x3 - x2)
            change = after - before
            crossing = (y1 - before * x1 - y2 + after * x2) / change if abs(change) > 1e-6 else np.inf
            straight = abs(y1 + before * (x2 - x1) - y2) < ROUND_OFF_PX
            if x1 - ROUND_OFF_PX <= crossing <= x2 + ROUND_OFF_PX:
                merged = [crossing, y1 + before * (crossing - x1), min(rows[k, 2], rows[k + 1, 2]), change]
                rows = np.concatenate([rows[:k], [merged], rows[k + 2 :]])
                continue
            if straight:
                merged = [(x1 + x2) / 2, (y1 + y2) / 2, (x2 - x1) / 2, change]
                rows = np.concatenate([rows[:k], [merged], rows[k + 2 :]])
                continue
        k += 1
    return rows


def _drop_flat(rows: FloatArray, stroke_px: float) -> FloatArray:
    least = max(FLAT_PX, FLAT_STROKES * stroke_px)
    while len(rows) > 2:
        x, y = rows[:, 0], rows[:, 1]
        share = (x[1:-1] - x[:-2]) / np.maximum(x[2:] - x[:-2], 1e-9)
        chord = y[:-2] + share * (y[2:] - y[:-2])
        off = np.abs(y[1:-1] - chord) / np.hypot(1.0, (y[2:] - y[:-2]) / np.maximum(x[2:] - x[:-2], 1e-9))
        weakest = int(np.argmin(off))
        if off[weakest] >= least:
            break
        rows = np.delete(rows, weakest + 1, axis=0)
    return rows
