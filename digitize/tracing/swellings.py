"""Markers and error bars along a line: swellings of its ink that are no peaks."""

from __future__ import annotations

import numpy as np

from calibration.geometry import BoolArray, FloatArray

TALL_STROKES = 1.35
"""A run taller than this may hold a peak that its middle would flatten."""
CALM_STROKES = 1.5
"""Beside a marker or error bar the line is thin over this length; among noise it is not."""
BAR_SLOPE = 1.5
"""A line with error bars is not seen on steeper parts than this."""
BAR_STROKES = 6.0
"""A taller swelling is an error bar, whose middle says little."""
SWELLING_STROKES = 8.0
"""Markers are at most about this wide."""


def find_slopes(x: FloatArray, y: FloatArray, reach: int = 2) -> FloatArray:
    """Rows a column: the median of the differences over ``reach`` columns to either side."""
    if len(x) < 3:
        return np.zeros(len(x))
    slope = np.gradient(y, x)
    padded = np.pad(slope, reach, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    return np.asarray(np.median(windows, axis=1), float)


def find_swellings(
    x: FloatArray, y: FloatArray, height: FloatArray, top: FloatArray, bottom: FloatArray, stroke_px: float
) -> list[tuple[int, int]]:
    """Spans (start, end) of columns where ink swells up and down at once between thin neighbours: markers, error bars.

    A peak has its ink on one side of the path only; a swing through both sides has its highest and lowest column
    apart.
    """
    result = []
    calm = int(max(CALM_STROKES * stroke_px, 3.0))
    trend = find_slopes(x, y, reach=max(int(np.ceil(4 * stroke_px)), 4))
    tall = height > TALL_STROKES * stroke_px * np.hypot(1.0, trend)
    edges = np.diff(np.concatenate([[0], tall.astype(np.int8), [0]]))
    for first, last in zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True):
        # the outermost column of a disc at the line's end is no taller than the line
        start, end = (0 if first <= 1 else first), (len(x) if last >= len(x) - 1 else last)
        if end - start > SWELLING_STROKES * stroke_px + 4:
            continue
        before, after = max(start - 1, 0), min(end, len(x) - 1)
        if start == 0 and end == len(x):
            continue
        bar = height[first:last].max() > BAR_STROKES * stroke_px + 2.0
        reach = 3 * calm if bar else calm
        beside = np.concatenate([tall[max(start - reach, 0) : start], tall[end : end + reach]])
        if beside.any() or len(beside) < reach:
            continue
        before, after = max(start - 1, 0), min(end, len(x) - 1)
        if bar and max(abs(trend[before]), abs(trend[after])) > BAR_SLOPE:
            continue
        left = y[before] if start > 0 else y[after]
        right = y[after] if end < len(x) else y[before]
        level = (left + right) / 2
        upward, downward = level - top[start:end].min(), bottom[start:end].max() - level
        apart = abs(int(np.argmin(top[start:end])) - int(np.argmax(bottom[start:end])))
        even = 0.6 if bar and (start == 0 or end == len(x)) else 0.25
        if min(upward, downward) > even * max(upward, downward) and apart <= max(2 * stroke_px, 3):
            result.append((start, end))
    return result


def pass_swellings(
    x: FloatArray, y: FloatArray, height: FloatArray, stroke_px: float, swellings: list[tuple[int, int]]
) -> tuple[FloatArray, BoolArray]:
    """Lead the path through the middle of each marker, and straight past error bars.

    A marker's disc pulls the middles of the columns around its own centre; its excess ink tells that centre.
    Columns of a marker at the line's end that lie beyond its centre are not line: True in the second array.
    """
    y = y.copy()
    beyond = np.zeros(len(x), bool)
    for start, end in swellings:
        part = slice(start, end)
        excess = np.maximum(height[part] - stroke_px, 1e-6)
        left = [(x[start - 1], y[start - 1])] if start else []
        right = [(x[end], y[end])] if end < len(x) else []
        middle = []
        if height[part].max() <= BAR_STROKES * stroke_px + 2.0:
            centre = float((excess * x[part]).sum() / excess.sum())
            middle = [(centre, float((excess * y[part]).sum() / excess.sum()))]
            if not left:
                beyond[part] = x[part] < centre - 0.5
            elif not right:
                beyond[part] = x[part] > centre + 0.5
        knots = np.array([*left, *middle, *right])
        y[part] = np.interp(x[part], knots[:, 0], knots[:, 1])
    return y, beyond
