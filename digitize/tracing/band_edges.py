"""Where a fill begins and ends in every column, to a fraction of a pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.geometry import BoolArray, FloatArray
from digitize.findings import PointFlag
from digitize.tracing.canvas import Canvas
from digitize.tracing.runs import IntArray
from digitize.values import FlagArray

UNKNOWN_COST = 0.02
"""What a pixel that says nothing costs an interval, beside 1 for a foreign one."""
LEAST_INSIDE_PX = 2
REACH_PX = 7
"""A rim's mixed pixels, on a steep edge, reach over at most this many rows."""
SIDE_PX = 2
RIM_RGB = 22.0
"""A mixture of the two sides lies this near to the straight way between them."""
DEEPEST_PX = 8
SIGMA_CLEAN_PX = 0.4
"""Rasterisers round the corners of fills to whole pixels where they do not those of lines: matplotlib's by half one."""
SIGMA_HIDDEN_PX = 0.5
SIGMA_GAP_FRAC = 0.08
LONGEST_GAP_FRAC = 0.06
"""A longer stretch without a seen edge, as a share of the panel's width, breaks the band."""
DOUBT_SHARE = 0.12
JUMP_REACH_FRAC = 0.02
JUMP_SCATTERS = 4.0
JUMP_PX = 4.0
"""An edge further from the median around it than this, and so many times the scatter there, is another's."""
OUTLINE_MOST = 2.0
"""An outline over its own fill is at most this many times as far from the ground."""
OUTLINE_SHARE = 0.8
"""What an outline adds over its own fill where the opacity is unknown."""

HIDDEN = np.uint16(PointFlag.HIDDEN)
INTERPOLATED = np.uint16(PointFlag.INTERPOLATED)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BandEdges:
    """A band between two edges, a point a column; NaN rows break it.

    Attributes
    ----------
    cols : (N,) float array
        Columns in the crop.
    upper, lower : (N,) float arrays
        Rows; the upper edge is the smaller.
    sigma_upper, sigma_lower : (N,) float arrays
    flags_upper, flags_lower : (N,) uint16 arrays
    inside : (H, W) bool array
        What lies between.
    seen_columns : int
    """

    cols: FloatArray
    upper: FloatArray
    lower: FloatArray
    sigma_upper: FloatArray
    sigma_lower: FloatArray
    flags_upper: FlagArray
    flags_lower: FlagArray
    inside: BoolArray
    seen_columns: int

    def sides(self) -> tuple[FloatArray, FloatArray]:
        """The rows of the upper and of the lower edge."""
        return self.upper, self.lower


def find_best_spans(inside: BoolArray, outside: BoolArray) -> tuple[IntArray, IntArray]:
    """The stretch of every column that holds most of a fill: (W,) first and last rows; first past last for none."""
    score = np.where(inside, 1.0, np.where(outside, -1.0, -UNKNOWN_COST))
    height, width = score.shape
    total, best = np.full(width, -np.inf), np.zeros(width)
    start, first = np.zeros(width, np.int64), np.ones(width, np.int64)
    last = np.zeros(width, np.int64)
    for row in range(height):
        anew = total <= 0
        total = np.where(anew, score[row], total + score[row])
        start[anew] = row
        better = total > best
        best[better] = total[better]
        first[better], last[better] = start[better], row
    return first, last


def measure_edges(canvas: Canvas, inside: BoolArray, outside: BoolArray, opacity: float) -> BandEdges | None:
    """The edges of one fill; None where it is not seen in enough columns.

    Parameters
    ----------
    canvas : Canvas
    inside, outside : (H, W) bool arrays
        As :func:`digitize.tracing.fills.read_membership` tells them.
    opacity : float
        Of the fill: an outline over the fill adds by it.
    """
    first, last = find_best_spans(inside, outside)
    counts = np.cumsum(inside, axis=0)
    columns = np.flatnonzero(last >= first)
    if len(columns) < 2:
        return None
    own = counts[last[columns], columns] - counts[first[columns], columns] + 1
    columns = columns[own >= LEAST_INSIDE_PX]
    if len(columns) < 2:
        return None
    doubt = _find_doubt(inside, outside, columns, first[columns], last[columns])
    upper, sure_upper = _measure(canvas, inside, outside, columns, first[columns], -1, opacity)
    lower, sure_lower = _measure(canvas, inside, outside, columns, last[columns], 1, opacity)
    x = np.arange(columns[0], columns[-1] + 1)
    longest = max(int(LONGEST_GAP_FRAC * canvas.shape[1]), 6)
    sides = []
    for rows, clear in ((upper, sure_upper), (lower, sure_lower)):
        sure = clear & ~doubt
        sure &= ~_find_jumps(rows, sure, max(int(JUMP_REACH_FRAC * canvas.shape[1]), 4))
        sides.append(_fill_in(x, columns, rows, sure, longest))
    broken = np.isnan(sides[0][0]) | np.isnan(sides[1][0])
    y = [np.where(broken, np.nan, side[0]) for side in sides]
    # where hidden edges were guessed, they do not cross
    y[0], y[1] = np.fmin(y[0], y[1]), np.fmax(y[0], y[1])
    place = np.arange(canvas.shape[0])[:, None]
    between = np.zeros(canvas.shape, bool)
    between[:, x] = (place >= y[0] - 0.5) & (place <= y[1] + 0.5)
    single = broken & np.concatenate([[False], broken[:-1]])
    keep = ~single
    sigma = [np.where(broken, np.nan, side[1]) for side in sides]
    return BandEdges(
        cols=np.where(broken, np.nan, x.astype(float))[keep],
        upper=y[0][keep],
        lower=y[1][keep],
        sigma_upper=sigma[0][keep],
        sigma_lower=sigma[1][keep],
        flags_upper=np.where(broken, 0, sides[0][2]).astype(np.uint16)[keep],
        flags_lower=np.where(broken, 0, sides[1][2]).astype(np.uint16)[keep],
        inside=between,
        seen_columns=len(columns),
    )


def _find_doubt(inside: BoolArray, outside: BoolArray, columns: IntArray, first: IntArray, last: IntArray) -> BoolArray:
    """Columns in which a fill shows beyond its span, or others within: overlaps that could not be told apart."""
    rows = np.arange(inside.shape[0])[:, None]
    within = (rows >= first) & (rows <= last)
    own, foreign = inside[:, columns], outside[:, columns]
    stray = (own & ~within).sum(axis=0) + (foreign & within).sum(axis=0)
    return np.asarray(stray > DOUBT_SHARE * (own & within).sum(axis=0), bool)


def _find_jumps(rows: FloatArray, sure: BoolArray, reach: int) -> BoolArray:
    """Edges far from what those around them, ``reach`` columns to either side, have in common."""
    known = np.where(sure, rows, np.nan)
    padded = np.pad(known, reach, constant_values=np.nan)
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    enough = np.isfinite(around).sum(axis=1) >= 3
    jumps = np.zeros(len(rows), bool)
    if enough.any():
        middle = np.nanmedian(around[enough], axis=1)
        scatter = np.nanmedian(np.abs(around[enough] - middle[:, None]), axis=1)
        jumps[enough] = np.abs(known[enough] - middle) > JUMP_SCATTERS * scatter + JUMP_PX
    return jumps


def _measure(
    canvas: Canvas,
    inside: BoolArray,
    outside: BoolArray,
    columns: IntArray,
    ends: IntArray,
    sign: int,
    opacity: float,
) -> tuple[FloatArray, BoolArray]:
    """The edge in every column, outwards being ``sign``, and whether it was seen: parted from its outside by a rim.

    An unseen one is put in the middle of what hides it.
    """
    height = canvas.shape[0]
    steps = np.arange(1, REACH_PX + 1)
    beyond = ends[:, None] + sign * steps[None, :]
    valid = (beyond >= 0) & (beyond < height)
    clipped = np.clip(beyond, 0, height - 1)
    is_out = outside[clipped, columns[:, None]] & valid
    found = is_out.any(axis=1)
    width = np.where(found, is_out.argmax(axis=1), REACH_PX)  # mixed pixels between the last inside and the first out
    out_rows = np.clip(ends + sign * (width + 1), 0, height - 1)
    ground = canvas.colour[out_rows, columns].astype(np.float64)
    deep = _find_depth(inside, columns, ends, sign)
    fill = canvas.colour[deep, columns].astype(np.float64)
    ray = fill - ground
    norm = np.maximum((ray * ray).sum(axis=1), 1.0)
    share = np.zeros(len(columns))
    excess = np.zeros(len(columns))
    clean = found.copy()
    for step in range(-SIDE_PX, REACH_PX + 1):
        rows = np.clip(ends + sign * step, 0, height - 1)
        offset = canvas.colour[rows, columns].astype(np.float64) - ground
        part = (offset * ray).sum(axis=1) / norm
        mixed = (step >= 1) & (step <= width)
        share += np.where(mixed, np.clip(part, 0.0, 1.0), 0.0)
        aside = np.linalg.norm(offset - np.clip(part, 0.0, OUTLINE_MOST)[:, None] * ray, axis=1)
        clean &= ~(mixed & (aside > RIM_RGB))
        near = (step >= -SIDE_PX) & (step <= width) & (aside < RIM_RGB)
        excess += np.where(near & (part > 1.0), part - 1.0, 0.0)
    # an outline as wide on either side of the edge: its outer half looks like fill, its inner half is stronger
    through = np.clip(1.0 - opacity, 0.2, OUTLINE_SHARE)
    outline = np.where(excess > 0.15, np.clip(excess / through, 0.0, 2.0), 0.0)
    edge = ends + sign * (0.5 + share - outline)
    middle = ends + sign * (0.5 + width / 2.0)
    at_border = (ends + sign < 2) | (ends + sign > height - 3)
    sure = clean & (width < REACH_PX)
    return np.where(sure, edge, np.where(at_border, ends + sign * 0.5, middle)), sure


def _find_depth(inside: BoolArray, columns: IntArray, ends: IntArray, sign: int) -> IntArray:
    """The first row behind the edge that lies in the flat fill, past the rim and an outline."""
    height = inside.shape[0]
    deep = ends.copy()
    open_ = np.ones(len(ends), bool)
    for step in range(1, DEEPEST_PX + 1):
        rows = [np.clip(ends - sign * (step + more), 0, height - 1) for more in (0, 1)]
        good = open_ & inside[rows[0], columns] & inside[rows[1], columns]
        deep[good] = rows[0][good]
        open_ &= ~good
    return deep


def _fill_in(
    x: IntArray, columns: IntArray, rows: FloatArray, sure: BoolArray, longest: int
) -> tuple[FloatArray, FloatArray, FlagArray]:
    """One edge at every column, hidden stretches bridged and flagged, long ones left open."""
    y = np.full(len(x), np.nan)
    sigma = np.full(len(x), np.nan)
    flags = np.zeros(len(x), np.uint16)
    known = columns[sure] - x[0]
    y[known], sigma[known] = rows[sure], SIGMA_CLEAN_PX
    guess = columns[~sure] - x[0]
    if len(known) < 2:
        y[guess], sigma[guess] = rows[~sure], 4 * SIGMA_HIDDEN_PX
        flags[guess] = HIDDEN
        return y, sigma, flags
    place = np.arange(len(x))
    after = np.searchsorted(known, place)
    left = np.where(after > 0, known[np.clip(after - 1, 0, None)], -(10**6))
    right = np.where(after < len(known), known[np.clip(after, 0, len(known) - 1)], 10**6)
    away = np.minimum(place - left, right - place)
    bridged = np.isnan(y) & (right - left - 1 <= longest)
    y[bridged] = np.interp(place[bridged], known, y[known])
    sigma[bridged] = SIGMA_HIDDEN_PX + SIGMA_GAP_FRAC * away[bridged]
    flags[bridged] = HIDDEN | INTERPOLATED
    left_open = guess[np.isnan(y[guess])]
    where = np.isnan(y[columns - x[0]]) & ~sure
    y[left_open] = rows[where]
    sigma[left_open], flags[left_open] = 4 * SIGMA_HIDDEN_PX, HIDDEN
    return y, sigma, flags
