"""Histograms drawn as one filled outline: a fill on a level base whose other edge goes in steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from calibration.geometry import BoolArray, FloatArray
from digitize.colours import to_name
from digitize.findings import PointFlag
from digitize.tracing.bands import Band, Bands
from digitize.tracing.canvas import Canvas
from digitize.tracing.steps import UNSEEN
from digitize.values import Trace

BASE_PX, BASE_SHARE = 1.0, 0.98
"""A base keeps to one row within this, in this share of the columns."""
LEVEL_PX = 0.75
"""The columns of one level differ by less from its middle."""
LEAST_COLUMNS = 3
ON_LEVELS_SHARE = 0.85
"""Share of the columns seen that lie on levels: slopes have none so long."""
FEWEST_LEVELS = 4
HIDDEN_BINS = 0.8
"""A gap this wide beside the usual level may hide the end of a bar."""
LEAST_JUMP_PX = 2.0
"""Half of the levels are further apart than this."""
ABRUPT_COLUMNS = 2.5
"""Levels that nothing hides the end of follow each other within so many columns."""
BEYOND_PX, GROUND_SHARE = 4, 0.6
"""So far beyond the edge the ground shows, in this share of the columns; lines run over the others."""
SHADE_RGB = 12.0
"""Pixels of a fill, and of the ground, lie nearer to its shade than this."""
SIGMA_X_PX, SIGMA_Y_PX = 0.4, 0.3


def take_filled_steps(bands: Bands, canvas: Canvas) -> tuple[list[Trace], Bands]:
    """Filled histograms as steps, and the bands that are none.

    Parameters
    ----------
    bands : Bands
    canvas : Canvas

    Returns
    -------
    list of Trace
        Of kind ``step``: a point where each level begins, the end of the last one; NaN rows where it is hidden.
    Bands
        The others; what the histograms cover stays explained.
    """
    found: list[Trace] = []
    left: list[Band] = []
    for band in bands.found:
        corners = _find_corners(band, canvas)
        if corners is None:
            left.append(band)
        else:
            found.append(_to_trace(band, *corners, canvas))
    return found, replace(bands, found=tuple(left))


def _find_corners(band: Band, canvas: Canvas) -> tuple[FloatArray, BoolArray] | None:
    """(N, 2) corners of the stepped edge of a fill on a level base, and which are guessed; None for others."""
    edges = band.edges
    known = np.isfinite(edges.cols)
    x = edges.cols[known]
    for base, rows, flags in (
        (edges.lower, edges.upper, edges.flags_upper),
        (edges.upper, edges.lower, edges.flags_lower),
    ):
        level = np.abs(base[known] - np.median(base[known])) <= BASE_PX
        if len(x) and level.mean() >= BASE_SHARE:
            seen = (flags[known] & UNSEEN) == 0
            levels = _find_levels(x[seen], rows[known][seen])
            edge = x[seen], rows[known][seen]
            if not _are_steps(levels, x[seen]) or not _borders_ground(canvas, *edge, base[known][0]):
                return None
            return _join(canvas, band, np.array(levels))
    return None


def _join(canvas: Canvas, band: Band, levels: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Corners of levels (first, last, row); NaN rows where a whole bin may be hidden between two of them."""
    hidden_px = HIDDEN_BINS * float(np.median(levels[:, 1] - levels[:, 0] + 1))
    corners, guessed = [(levels[0, 0] - 0.5, levels[0, 2])], [False]
    for (_, end, row), (start, _, after) in pairwise(levels.tolist()):
        place, shows = _find_jump(canvas, band, (end, start), (row, after))
        if not shows and start - end - 1 >= hidden_px:
            corners += [(end + 0.5, row), (np.nan, np.nan), (start - 0.5, after)]
            guessed += [True, False, True]
        elif abs(after - row) > LEVEL_PX:
            corners.append((place, after))
            guessed.append(not shows)
    corners.append((levels[-1, 1] + 0.5, levels[-1, 2]))
    return np.array(corners), np.array([*guessed, False])


def _are_steps(levels: Sequence[tuple[float, float, float]], x: FloatArray) -> bool:
    """Whether levels hold nearly all columns that were seen, and do not lie on a slope."""
    if len(levels) < FEWEST_LEVELS:
        return False
    first, last, height = np.array(levels).T
    columns = sum(int(((x >= a) & (x <= b)).sum()) for a, b in zip(first, last, strict=True))
    return columns >= ON_LEVELS_SHARE * len(x) and float(np.median(np.abs(np.diff(height)))) >= LEAST_JUMP_PX


def _borders_ground(canvas: Canvas, x: FloatArray, rows: FloatArray, base: float) -> bool:
    """Whether the ground lies beyond an edge: beyond the overlap of two fills lies one of them."""
    away = np.round(rows + np.where(base > rows, -BEYOND_PX, BEYOND_PX)).astype(int)
    inside = (away >= 0) & (away < canvas.shape[0])
    shades = np.linalg.norm(canvas.colour[away[inside], x[inside].astype(int)], axis=1)
    return bool(inside.any()) and float(np.mean(shades < SHADE_RGB)) >= GROUND_SHARE


def _find_jump(
    canvas: Canvas, band: Band, ends: tuple[float, float], heights: tuple[float, float]
) -> tuple[float, bool]:
    """Where one level ends and the next begins, by the fill that shows between their heights; and whether it shows."""
    low, high = (round(end) for end in ends)
    middle = (low + high) / 2
    if high - low < ABRUPT_COLUMNS:
        return middle, True
    rows = slice(int(np.ceil(min(heights))) + 1, max(int(max(heights)) - 1, 0))
    block = canvas.colour[rows, low : high + 1]
    if not block.size:
        return middle, False
    from_fill, from_ground = np.linalg.norm(block - band.fill.shade, axis=2), np.linalg.norm(block, axis=2)
    fill = ((from_fill < SHADE_RGB) & (from_fill < from_ground)).sum(axis=0)
    ground = ((from_ground < SHADE_RGB) & (from_ground < from_fill)).sum(axis=0)
    # the taller of two bars shows fill there, the other one ground (rows count downwards); hidden columns neither
    says = (fill - ground) * (1 if heights[1] > heights[0] else -1)
    score = np.concatenate([[0], np.cumsum(says)]) - np.concatenate([np.cumsum(says[::-1])[::-1], [0]])
    best = np.flatnonzero(score == score.max())
    return float(low - 0.5 + best.mean()), bool(np.ptp(best) <= ABRUPT_COLUMNS)


def _find_levels(x: FloatArray, y: FloatArray) -> list[tuple[float, float, float]]:
    """(first, last, row) of every run of columns that keeps to one row; those that touch on one row are one."""
    levels: list[tuple[float, float, float]] = []
    start = 0
    for k in range(1, len(x) + 1):
        goes_on = k < len(x) and x[k] - x[k - 1] <= ABRUPT_COLUMNS
        if goes_on and abs(y[k] - np.median(y[start:k])) <= LEVEL_PX:
            continue
        if k - start >= LEAST_COLUMNS:
            one = float(x[start]), float(x[k - 1]), float(np.median(y[start:k]))
            if levels and abs(levels[-1][2] - one[2]) <= LEVEL_PX and one[0] - levels[-1][1] <= ABRUPT_COLUMNS:
                one = levels.pop()[0], one[1], one[2]
            levels.append(one)
        start = k
    return levels


def _to_trace(band: Band, corners: FloatArray, guessed: BoolArray, canvas: Canvas) -> Trace:
    entry = band.fill.entry
    flags = np.where(guessed, np.uint16(PointFlag.HIDDEN), np.uint16(0)).astype(np.uint16)
    return Trace(
        label=entry.label if entry and entry.label else to_name(band.rgb),
        points_px=corners + np.array([canvas.left, canvas.top], float),
        sigma_px=np.where(np.isnan(corners), np.nan, [SIGMA_X_PX, SIGMA_Y_PX]),
        flags=flags,
        colour=band.rgb,
        kind="step",
        entry=entry,
        stroke_px=1.0,
    )
