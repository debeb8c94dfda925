"""What speaks against a followed path being a series: fill edges, rims of other lines, too little ink."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration.geometry import BoolArray, FloatArray
from digitize.tracing.canvas import INK_RGB, Canvas, Float32Array
from digitize.values import RGB

ALONG_STROKES = 1.6
"""Two paths nearer than this run along each other ..."""
ALONG_SHARE = 0.5
"""... and where that holds for this share of a path, it is the other's rim."""
ALONG_ANY_SHARE = 0.75
BESIDE_STROKES = 1.0
"""A line as wide as another is its shadow only where it is nearer than this."""
RIM_STROKES = 0.8
THIN_PX = 1.6
GRID_ROW_SHARE = 0.3
EDGE_SHARE = 0.55
SIDE_STROKES = 1.0
SIDE_PX = 2.0
PALE_EDGE_SHARE = 0.4
"""The same for a pale path on either side."""
PALER = 0.85
OUTLINE_CONTRAST = 0.9
OUTLINE_RGB = 110.0
"""A line over a fill is at least this far from it, and rises over ``LEVEL_FRAC`` of the panel."""
LEVEL_FRAC = 0.05
HEAD_STROKES = 3.0
"""An arrow's head reaches about this far around its tip ..."""
HEAD_INK = 1.4
"""... and holds this many times the ink of a line that ends there; its tail no more than ``TAIL_INK`` times."""
TAIL_INK = 1.2
STRAIGHT_PX = 0.35
SPINE_PX, SPINE_SHARE = 2.0, 0.95
FULL_SPAN_PX = 3.0
PALE_RGB = 130.0
LEVEL_SHARE = 0.6


def _seen(points: FloatArray) -> FloatArray:
    return points[np.isfinite(points).all(axis=1)]


def share_along(
    points: FloatArray, others: Sequence[FloatArray], strokes_px: Sequence[float], reach_strokes: float = ALONG_STROKES
) -> float:
    """Share of a path (crop coordinates) that lies within ``reach_strokes`` of any of the other paths."""
    own = _seen(points)
    if len(own) < 2:
        return 0.0
    beside = np.zeros(len(own), bool)
    for other, stroke in zip(others, strokes_px, strict=True):
        rival = _seen(other)
        if len(rival) < 2:
            continue
        y = np.interp(own[:, 0], rival[:, 0], rival[:, 1], left=np.nan, right=np.nan)
        slope = np.gradient(rival[:, 1], np.arange(len(rival)) * 1e-6 + rival[:, 0])
        steep = np.interp(own[:, 0], rival[:, 0], np.clip(np.abs(slope), 0, 20))
        gap = np.abs(own[:, 1] - y) / np.hypot(1.0, steep)
        beside |= np.nan_to_num(gap, nan=1e9) < reach_strokes * stroke + 0.5
    return float(np.mean(beside))


def is_on_grid(canvas: Canvas, points: FloatArray) -> bool:
    """Whether a path mostly lies on a gridline: what another line left of it."""
    own = _seen(points)
    rows = np.clip(np.round(own[:, 1]).astype(int), 0, canvas.shape[0] - 1)
    cols = np.clip(np.round(own[:, 0]).astype(int), 0, canvas.shape[1] - 1)
    level = canvas.grid.mean(axis=1) > GRID_ROW_SHARE
    level = level | np.roll(level, 1) | np.roll(level, -1)
    return bool(np.mean(level[rows] | canvas.grid[rows, cols]) > ALONG_SHARE)


def is_fill_edge(canvas: Canvas, points: FloatArray, stroke_px: float) -> bool:
    """Whether a path parts a filled region from something else along most of its length.

    A line has the same colour on both of its sides.
    """
    own = _seen(points)
    if len(own) < 8:
        return False
    slope = np.clip(np.abs(np.gradient(own[:, 1], np.arange(len(own)) * 1e-6 + own[:, 0])), 0, 6)
    reach = (SIDE_STROKES * stroke_px / 2 + SIDE_PX) * np.hypot(1.0, slope)
    cols = np.clip(np.round(own[:, 0]).astype(int), 0, canvas.shape[1] - 1)
    sides = []
    for sign in (-1.0, 1.0):
        rows = np.clip(np.round(own[:, 1] + sign * reach).astype(int), 0, canvas.shape[0] - 1)
        sides.append(canvas.colour[rows, cols])
    differ = np.linalg.norm(sides[0] - sides[1], axis=1) > INK_RGB
    filled = [np.linalg.norm(side, axis=1) > INK_RGB * 0.6 for side in sides]
    if max(np.mean(differ & filled[0]), np.mean(differ & filled[1])) > EDGE_SHARE:
        return not _stands_out(canvas, own, sides)
    middle = canvas.colour[np.clip(np.round(own[:, 1]).astype(int), 0, canvas.shape[0] - 1), cols]
    strength = np.linalg.norm(middle, axis=1)
    if float(np.median(strength)) > PALE_RGB:
        return False
    # the outline of a band changes over from its upper to its lower edge; the band is paler than its outline
    paler = [
        side & (np.linalg.norm(pixels, axis=1) < PALER * strength)
        for side, pixels in zip(filled, sides, strict=True)
    ]
    return bool(np.mean(differ & (slope < 1.0) & (paler[0] | paler[1])) > PALE_EDGE_SHARE)


def _stands_out(canvas: Canvas, own: FloatArray, sides: Sequence[Float32Array]) -> bool:
    """Whether a path is further in colour from both of its sides than they are from each other: a line over a fill."""
    rows = np.clip(np.round(own[:, 1]).astype(int), 0, canvas.shape[0] - 1)
    cols = np.clip(np.round(own[:, 0]).astype(int), 0, canvas.shape[1] - 1)
    middle = canvas.colour[rows, cols]
    nearest = np.minimum(*(np.linalg.norm(middle - side, axis=1) for side in sides))
    level = np.percentile(own[:, 1], 90) - np.percentile(own[:, 1], 10) < LEVEL_FRAC * canvas.shape[0]
    if level or float(np.median(nearest)) < OUTLINE_RGB:
        return False
    return bool(np.median(nearest) > OUTLINE_CONTRAST * np.median(np.linalg.norm(sides[0] - sides[1], axis=1)))


def is_arrow(own_ink: BoolArray, points: FloatArray, stroke_px: float) -> bool:
    """Whether a path is straight and ends in a head on one side: an annotation's arrow."""
    path = _seen(points)
    if len(path) < 8:
        return False
    reach = HEAD_STROKES * stroke_px + 2.0
    chord = path[-1] - path[0]
    length = float(np.hypot(*chord))
    if length < 4 * reach:
        return False
    normal = np.array([-chord[1], chord[0]]) / length
    inner = path[(path[:, 0] > path[0, 0] + 2 * reach) & (path[:, 0] < path[-1, 0] - 2 * reach)]
    if len(inner) < 4:
        inner = path[len(path) // 4 : -(len(path) // 4)]
    if np.abs((inner - inner.mean(axis=0)) @ normal).max() > 0.5 * stroke_px + 0.5:
        return False
    ink = [_ink_around(own_ink, end, reach) for end in (path[0], path[-1])]
    line = _ink_around(own_ink, inner[len(inner) // 2], reach) / 2.0
    return max(ink) > HEAD_INK * line and min(ink) < TAIL_INK * line


def is_straight(points: FloatArray, stroke_px: float) -> bool:
    """Whether a path keeps to the straight line between its ends: an annotation's line rather than data."""
    path = _seen(points)
    if len(path) < 3:
        return True
    chord = path[-1] - path[0]
    normal = np.array([-chord[1], chord[0]]) / max(float(np.hypot(*chord)), 1e-9)
    return bool(np.abs((path - path[0]) @ normal).max() < stroke_px + 1.0)


def _ink_around(own_ink: BoolArray, place: FloatArray, reach: float) -> float:
    column, row = np.round(place).astype(int)
    half = round(reach)
    part = own_ink[max(row - half, 0) : row + half + 1, max(column - half, 0) : column + half + 1]
    return max(float(part.sum()), 1.0)


def is_gridlike(canvas: Canvas, points: FloatArray, rgb: RGB) -> bool:
    """Whether a pale path keeps to one or two rows: pieces of gridlines between other ink."""
    own = _seen(points)
    if float(np.linalg.norm(np.array(rgb, float) - canvas.background)) > PALE_RGB or not len(own):
        return False
    counts = np.sort(np.bincount(np.clip(np.round(own[:, 1]).astype(int), 0, None)))[::-1]
    return bool(counts[:2].sum() > LEVEL_SHARE * len(own))


def is_reference(canvas: Canvas, points: FloatArray) -> bool:
    """Whether a path is level and runs from one side of the axes box to the other: a threshold, not data."""
    own = _seen(points)
    if len(own) < 8:
        return False
    level = float(np.percentile(np.abs(own[:, 1] - np.median(own[:, 1])), 95)) < STRAIGHT_PX
    return level and own[0, 0] < FULL_SPAN_PX + 2 and own[-1, 0] > canvas.shape[1] - FULL_SPAN_PX - 3


def is_spine(canvas: Canvas, points: FloatArray) -> bool:
    """Whether a path keeps to the first or last rows of the axes box: what is left of a spine under a fill."""
    rows = _seen(points)[:, 1]
    at_end = [rows <= SPINE_PX, rows >= canvas.shape[0] - 1 - SPINE_PX]
    return bool(len(rows)) and max(float(end.mean()) for end in at_end) >= SPINE_SHARE


def is_rim(points: FloatArray, stroke_px: float, others: Sequence[FloatArray], strokes_px: Sequence[float]) -> bool:
    """Whether a path mostly runs along one that is already followed, or nearly always along one or another.

    A rim is thinner than its line; two lines of equal width may well run side by side for a while.
    """
    widest = [max(stroke, stroke_px) for stroke in strokes_px]
    thin = min(strokes_px, default=0.0) < THIN_PX or stroke_px < RIM_STROKES * max(strokes_px, default=0.0)
    if share_along(points, others, widest, ALONG_STROKES if thin else BESIDE_STROKES) > ALONG_ANY_SHARE:
        return True
    for other, stroke, reach in zip(others, strokes_px, widest, strict=True):
        thinner = stroke_px < RIM_STROKES * stroke or stroke < THIN_PX
        if thinner and share_along(points, [other], [reach]) > ALONG_SHARE:
            return True
    return False
