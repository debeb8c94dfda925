"""Column runs of one colour, measured to sub-pixel, and their chains of touching neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.geometry import BoolArray, FloatArray
from digitize.tracing.masks import InkMap

IntArray = NDArray[np.int64]

RIM_PX = 2
"""How far outside a run its anti-aliased rim is gathered."""
BRIDGE_STROKES = 3.0
"""Two runs of a column parted by at most this much foreign ink are one steep stroke crossed by another."""
GENTLE_LEAST = 10
GENTLE_FRAC = 0.1
"""With fewer gently sloping columns than this (count, share of the width) steep parts are measured too."""
SLOPE_COLUMNS = 7
"""Columns at a chain's end that tell its direction."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Runs:
    """Vertical runs of own pixels, sorted by column and then row; arrays of equal length N.

    Attributes
    ----------
    col, first, last : (N,) int arrays
        Column, first and last row, in the crop.
    centre : (N,) float array
        Coverage-weighted middle.
    height : (N,) float array
        Ink height: the summed coverage.
    peak : (N,) float array
        Strongest coverage.
    covered_above, covered_below : (N,) bool arrays
        Foreign ink touches the run there, so part of it may be hidden.
    weight : (N,) float array
        How much the run counts as evidence, 0 to 1.
    """

    col: IntArray
    first: IntArray
    last: IntArray
    centre: FloatArray
    height: FloatArray
    peak: FloatArray
    covered_above: BoolArray
    covered_below: BoolArray
    weight: FloatArray

    def __len__(self) -> int:
        return len(self.col)


def find_runs(ink: InkMap, text: BoolArray, bridge_px: int) -> Runs:
    """Cut every column into runs of own pixels and measure each in a small window.

    Parameters
    ----------
    ink : InkMap
    text : (H, W) bool array
        Runs inside texts count little: letters in the line's colour look like line.
    bridge_px : int
        Longest stretch of foreign ink inside one run.
    """
    height = ink.own.shape[0]
    col, first, last = find_column_runs(ink.own)
    col, first, last, filled = _bridge(ink, col, first, last, bridge_px)
    low, high = np.maximum(first - RIM_PX, 0), np.minimum(last + RIM_PX, height - 1)
    # a rim between two runs of one column is shared at the middle
    same = np.flatnonzero((col[1:] == col[:-1]) & (first[1:] - last[:-1] <= 2 * RIM_PX))
    middle = (last[same] + first[same + 1]) // 2
    high[same], low[same + 1] = np.minimum(high[same], middle), np.maximum(low[same + 1], middle + 1)
    ones = (high - low + 1).astype(np.float64)
    rows, cols, starts = _spell_out(col, low, high)
    alpha = ink.alpha[rows, cols].astype(np.float64)
    if filled:
        inside = (rows >= np.repeat(first, high - low + 1)) & (rows <= np.repeat(last, high - low + 1))
        alpha = np.where(inside & ~ink.own[rows, cols], 1.0, alpha)
    total = np.add.reduceat(alpha, starts) if len(col) else np.empty(0)
    first_moment = np.add.reduceat(alpha * rows, starts) if len(col) else np.empty(0)
    if ink.band_alpha > 0:
        base = _base_level(ink, col, first, last)
        total = (total - base * ones) / (1.0 - base)
        first_moment = (first_moment - base * ones * (low + high) / 2.0) / (1.0 - base)
    span = (last - first + 1).astype(np.float64)
    usable = total > 0.2
    centre = np.where(usable, first_moment / np.where(usable, total, 1.0), (first + last) / 2.0)
    centre = np.clip(centre, first - 0.5, last + 0.5)
    ink_height = np.clip(np.where(usable, total, span), 0.3, span + 2.0)
    peak = _peak(ink, col, first, last)
    above = ink.hidden[np.maximum(first - 1, 0), col] | ink.hidden[np.maximum(first - 2, 0), col]
    below = ink.hidden[np.minimum(last + 1, height - 1), col] | ink.hidden[np.minimum(last + 2, height - 1), col]
    lettered = text[np.clip(np.round(centre).astype(int), 0, height - 1), col]
    weight = np.clip(peak / 0.6, 0.2, 1.0) * np.where(lettered, 0.25, 1.0)
    return Runs(
        col=col, first=first, last=last, centre=centre, height=ink_height, peak=peak,
        covered_above=above, covered_below=below, weight=weight,
    )  # fmt: skip


def find_column_runs(own: BoolArray) -> tuple[IntArray, IntArray, IntArray]:
    """Column, first and last row of every upright run of (H, W) pixels, sorted by column and then row."""
    height, width = own.shape
    padded = np.zeros((width, height + 1), np.int8)
    padded[:, :-1] = own.T
    # one row of nothing parts each column from the next
    edges = np.diff(padded.ravel(), prepend=np.int8(0))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1
    return starts // (height + 1), starts % (height + 1), ends % (height + 1)


def _spell_out(col: IntArray, low: IntArray, high: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Row and column of every pixel from ``low`` to ``high`` in each column, and where each stretch begins."""
    lengths = high - low + 1
    starts = np.cumsum(lengths) - lengths
    rows = np.arange(int(lengths.sum())) - np.repeat(starts - low, lengths)
    return rows, np.repeat(col, lengths), starts


def _bridge(
    ink: InkMap, col: IntArray, first: IntArray, last: IntArray, bridge_px: int
) -> tuple[IntArray, IntArray, IntArray, bool]:
    """Join runs of one column that at most ``bridge_px`` of foreign ink parts; whether any were."""
    near = (col[1:] == col[:-1]) & (first[1:] - last[:-1] - 1 <= bridge_px)
    at = np.flatnonzero(near) if bridge_px > 0 else np.empty(0, np.int64)
    if len(at):
        # every pixel between them must be foreign
        rows, cols, starts = _spell_out(col[at], last[at] + 1, first[at + 1] - 1)
        at = at[np.add.reduceat((~ink.hidden[rows, cols]).astype(np.int64), starts) == 0]
    if not len(at):
        return col, first, last, False
    opens, closes = np.ones(len(col), bool), np.ones(len(col), bool)
    opens[at + 1], closes[at] = False, False
    return col[opens], first[opens], last[closes], True


def _base_level(ink: InkMap, col: IntArray, first: IntArray, last: IntArray) -> FloatArray:
    """Mean strength just outside each run: the band that the line lies on."""
    height = ink.alpha.shape[0]
    above = ink.alpha[np.maximum(first - RIM_PX - 1, 0), col]
    below = ink.alpha[np.minimum(last + RIM_PX + 1, height - 1), col]
    return np.asarray(np.clip((above.astype(np.float64) + below) / 2.0, 0.0, 0.8), np.float64)


def _peak(ink: InkMap, col: IntArray, first: IntArray, last: IntArray) -> FloatArray:
    middle = (first + last) // 2
    values = np.maximum(ink.alpha[first, col], ink.alpha[last, col])
    # bridged pixels count as full
    centre = np.where(ink.own[middle, col], ink.alpha[middle, col], 1.0)
    return np.asarray(np.maximum(values, centre), np.float64)


def estimate_stroke_px(ink: InkMap, text: BoolArray) -> float:
    """Width across the stroke: ink height of gently sloping runs (or ink width of steep ones), slope corrected."""
    widths = _gentle_widths(find_runs(ink, text, bridge_px=0))
    if len(widths) < GENTLE_LEAST or len(widths) < GENTLE_FRAC * ink.own.shape[1]:
        turned = InkMap(
            alpha=np.ascontiguousarray(ink.alpha.T), own=np.ascontiguousarray(ink.own.T),
            hidden=np.ascontiguousarray(ink.hidden.T), band_alpha=ink.band_alpha,
        )  # fmt: skip
        widths = np.concatenate([widths, _gentle_widths(find_runs(turned, text.T, bridge_px=0))])
    if len(widths) < GENTLE_LEAST:
        return 2.0
    return float(np.clip(np.percentile(widths, 40), 0.7, 14.0))


def _gentle_widths(runs: Runs) -> FloatArray:
    left, right = find_touching_pairs(runs)
    slope = np.abs(runs.centre[right] - runs.centre[left])
    gentle = slope < 1.0
    return np.asarray(runs.height[left][gentle] / np.hypot(1.0, slope[gentle]), np.float64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fragments:
    """Chains of touching runs, one run a column, without branches; sorted by their first column.

    ``members`` holds the run numbers of each; ``slope_start`` and ``slope_end`` the direction (rows a column)
    at the two ends.
    """

    members: tuple[IntArray, ...]
    start: IntArray
    end: IntArray
    y_start: FloatArray
    y_end: FloatArray
    slope_start: FloatArray
    slope_end: FloatArray
    reward: FloatArray

    def __len__(self) -> int:
        return len(self.members)


def find_fragments(runs: Runs) -> Fragments:
    """Chain runs that touch exactly one run on either side; break wherever the ink branches."""
    count = len(runs)
    if not count:
        empty = np.empty(0)
        none = np.empty(0, np.int64)
        return Fragments(
            members=(), start=none, end=none, y_start=empty, y_end=empty, slope_start=empty, slope_end=empty,
            reward=empty,
        )  # fmt: skip
    left, right = find_touching_pairs(runs)
    out_degree = np.bincount(left, minlength=count)
    in_degree = np.bincount(right, minlength=count)
    plain = (out_degree[left] == 1) & (in_degree[right] == 1)
    following = np.full(count, -1, np.int64)
    following[left[plain]] = right[plain]
    is_start = np.ones(count, bool)
    is_start[right[plain]] = False
    chains = []
    follow = following.tolist()
    for node in np.flatnonzero(is_start).tolist():
        chain = [node]
        while follow[chain[-1]] >= 0:
            chain.append(follow[chain[-1]])
        chains.append(np.array(chain, np.int64))
    chains.sort(key=lambda chain: (int(runs.col[chain[0]]), int(runs.first[chain[0]])))
    return _describe(runs, chains)


def find_touching_pairs(runs: Runs) -> tuple[IntArray, IntArray]:
    """Pairs (left, right) of runs in neighbouring columns that touch, corners included."""
    order = np.searchsorted(runs.col, [runs.col + 1, runs.col + 2])
    most = int((order[1] - order[0]).max(initial=0))
    left_all, right_all = [], []
    for offset in range(most):
        right = order[0] + offset
        valid = np.flatnonzero(right < order[1])
        other = right[valid]
        touch = (runs.first[other] <= runs.last[valid] + 1) & (runs.last[other] >= runs.first[valid] - 1)
        left_all.append(valid[touch])
        right_all.append(other[touch])
    if not left_all:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return np.concatenate(left_all), np.concatenate(right_all)


def _describe(runs: Runs, chains: list[IntArray]) -> Fragments:
    start = np.array([runs.col[c[0]] for c in chains])
    end = np.array([runs.col[c[-1]] for c in chains])
    slopes = np.array([[_end_slope(runs, c, last=False), _end_slope(runs, c, last=True)] for c in chains])
    return Fragments(
        members=tuple(chains),
        start=start,
        end=end,
        y_start=np.array([runs.centre[c[0]] for c in chains]),
        y_end=np.array([runs.centre[c[-1]] for c in chains]),
        slope_start=slopes[:, 0],
        slope_end=slopes[:, 1],
        reward=np.array([runs.weight[c].sum() for c in chains]),
    )


def _end_slope(runs: Runs, chain: IntArray, *, last: bool) -> float:
    part = chain[-SLOPE_COLUMNS:] if last else chain[:SLOPE_COLUMNS]
    if len(part) < 3:
        return float("nan")
    x, y = runs.col[part].astype(float), runs.centre[part]
    x = x - x.mean()
    return float((x * (y - y.mean())).sum() / (x * x).sum())
