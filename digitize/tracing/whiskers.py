"""Error bars: upright (or level) strokes through a line or a marker, with or without caps, taken out of the ink."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from calibration.geometry import BoolArray
from digitize.tracing.canvas import Float32Array, dilate
from digitize.tracing.masks import InkMap
from digitize.tracing.runs import find_column_runs

LEAST_STROKES = 3.0
"""An error bar is at least this long ..."""
WIDEST_STROKES = 1.5
WIDEST_PX = 1.6
"""... and no wider than this: a share of the stroke and a rim."""
END_STROKES = 1.4
"""Ink beside a bar this near to its end is a cap ..."""
CAP_STROKES = 8.0
"""... which reaches no further than this to either side, and as far as the other side within ``CAP_EVEN_PX``."""
CAP_EVEN_PX = 2.5
CAP_THICK_STROKES = 1.6
"""A cap is a stroke; what is thicker is a marker at the end of a piece of line."""
BESIDE_FRAC = 0.6
"""Share of a bar's rows that may have ink beside them (a line, a marker, caps)."""
LEAST_BARS, LEAST_BARE_BARS = 2, 3
"""Fewer bars, with and without caps, are no error bars."""
BEYOND_STROKES = 0.8
"""A bar reaches this far beyond the line on either side, capped bars on one."""
ODD_SHARE = 0.5
"""With more upright strokes of another kind than this share (jumps, spikes), nothing is taken for error bars ..."""
ODD_LENGTH = 0.6
"""... where they are as long as this share of the bars' median."""
FILLED_SHARE = 0.6
ALIKE_ENDS_FRAC = 0.12
HOLE_STROKES = 10.0
"""A hollow marker parts a bar by at most this."""
PLUS_EVEN_FRAC = 0.25
PLUS_SHARE = 0.7
"""Bars as long as the level stroke through them, for more than this share, are the arms of plus signs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Whisker:
    """One error bar, in the frame where it stands upright: its columns and rows, both ends included.

    ``keep`` are the rows of the line or marker beside it, left and right; None where there is nothing on that side.
    """

    left: int
    right: int
    top: int
    bottom: int
    keep_left: tuple[int, int] | None
    keep_right: tuple[int, int] | None
    cap_px: int


def without_whiskers(ink: InkMap, stroke_px: float) -> InkMap:
    """A colour's ink without its error bars; what they covered counts as hidden.

    A bar is told from a steep part of a line or the riser of a step by its ends: they are free, or capped to both
    sides alike, and the line passes between them.

    Parameters
    ----------
    ink : InkMap
    stroke_px : float
        Width of the colour's strokes.
    """
    own, hidden = ink.own, ink.hidden
    upright = find_whiskers(own, hidden, stroke_px)
    level = find_whiskers(np.ascontiguousarray(own.T), np.ascontiguousarray(hidden.T), stroke_px)
    if not upright and not level:
        return ink
    # a cap looks like a short bar across its own: the longer ones first
    turns = sorted(((_total_px(upright), False), (_total_px(level), True)), reverse=True)
    gone = np.zeros(own.shape, bool)
    for turned in (turned for length, turned in turns if length > 0):
        rest = own & ~gone
        seen = np.ascontiguousarray(rest.T) if turned else rest
        veiled = np.ascontiguousarray(hidden.T) if turned else hidden
        removed = _paint_whiskers(seen, find_whiskers(seen, veiled, stroke_px), stroke_px)
        gone |= removed.T if turned else removed
    return replace(ink, alpha=_erase(ink.alpha, gone), own=own & ~gone, hidden=hidden | (gone & (own | hidden)))


def _total_px(whiskers: list[Whisker]) -> int:
    return sum(one.bottom - one.top for one in whiskers)


def _erase(alpha: Float32Array, gone: BoolArray) -> Float32Array:
    return np.where(gone, 0.0, alpha).astype(np.float32)


def find_whiskers(own: BoolArray, hidden: BoolArray, stroke_px: float) -> list[Whisker]:
    """The error bars among the upright strokes of (H, W) ink; empty where they are too few or too mixed.

    Parameters
    ----------
    own, hidden : (H, W) bool arrays
        Ink of the colour, and ink of others that may lie over it.
    stroke_px : float
    """
    least = LEAST_STROKES * stroke_px + 1.0
    bars: list[Whisker] = []
    odd: list[int] = []
    strokes = list(_find_upright(own, hidden, least, WIDEST_STROKES * stroke_px + WIDEST_PX))
    for left, right, top, bottom in _merge_split(own, strokes, stroke_px):
        whisker = _to_whisker(own, left, right, top, bottom, stroke_px)
        if whisker is None:
            odd.append(bottom - top + 1)
        else:
            bars.append(whisker)
    capped = sum(one.cap_px > 0 for one in bars)
    if len(bars) < (LEAST_BARS if capped >= LEAST_BARS else LEAST_BARE_BARS):
        return []
    usual = float(np.median([one.bottom - one.top + 1 for one in bars]))
    if sum(length > ODD_LENGTH * usual for length in odd) > ODD_SHARE * len(bars):
        return []
    pluses = sum(_is_plus(own, one) for one in bars)
    return bars if pluses <= PLUS_SHARE * len(bars) else []


def _merge_split(
    own: BoolArray, strokes: list[tuple[int, int, int, int]], stroke_px: float
) -> list[tuple[int, int, int, int]]:
    """Two strokes one under the other, with the edges of a hollow marker between them, made one."""
    result: list[tuple[int, int, int, int]] = []
    beginning: defaultdict[int, list[int]] = defaultdict(list)  # places in the result, by the column of their left edge
    for left, right, top, bottom in sorted(strokes, key=lambda one: (one[2], one[0])):
        for place in sorted({place for column in (left - 1, left, left + 1) for place in beginning[column]}):
            left_0, right_0, top_0, bottom_0 = result[place]
            hole = top - bottom_0 - 1
            aligned = abs(left - left_0) <= 1 and abs(right - right_0) <= 1
            if not aligned or not 1 < hole < HOLE_STROKES * stroke_px + 2:
                continue
            beside = [own[bottom_0 - 1 : top + 2, min(max(at, 0), own.shape[1] - 1)] for at in (left - 2, right + 2)]
            if all(side[:3].any() and side[-3:].any() for side in beside):
                result[place] = (min(left, left_0), max(right, right_0), top_0, bottom)
                beginning[min(left, left_0)].append(place)
                break
        else:
            beginning[left].append(len(result))
            result.append((left, right, top, bottom))
    return result


def _is_plus(own: BoolArray, one: Whisker) -> bool:
    """Whether the level stroke through a bar is as long as the bar and ends freely on both sides."""
    if one.keep_left is None or one.keep_right is None or one.cap_px:
        return False
    first, last = min(one.keep_left[0], one.keep_right[0]), max(one.keep_left[1], one.keep_right[1])
    half, row = (one.bottom - one.top + 1) / 2, (first + last) // 2
    arms = [_length_beside(own, at, row, 1, step) for at, step in ((one.left, -1), (one.right, 1))]
    return all(abs(arm - half) <= PLUS_EVEN_FRAC * half + 1 for arm in arms)


def _find_upright(
    own: BoolArray, hidden: BoolArray, least: float, widest: float
) -> Iterator[tuple[int, int, int, int]]:
    """(left, right, top, bottom) of upright strokes: neighbouring columns with one long run each, alike in extent."""
    inked = own | (hidden & dilate(own, 2)) if hidden.any() else own
    col, first, last = find_column_runs(inked)
    tall = last - first + 1 >= least
    col, first, last = col[tall], first[tall], last[tall]
    if not len(col):
        return
    mass = np.concatenate([np.zeros((1, own.shape[1]), np.int32), np.cumsum(own, axis=0, dtype=np.int32)])
    filled = mass[last + 1, col] - mass[first, col] >= FILLED_SHARE * (last - first + 1)
    col, first, last = col[filled], first[filled], last[filled]
    bounds = np.searchsorted(col, np.arange(own.shape[1] + 1)).tolist()
    free = np.ones(len(col), bool)
    for seed in np.argsort(first - last, kind="stable").tolist():
        if not free[seed]:
            continue
        top, bottom = int(first[seed]), int(last[seed])
        slack = max(2.0, ALIKE_ENDS_FRAC * (bottom - top))
        free[seed] = False
        ends = [int(col[seed]), int(col[seed])]
        for side, step in ((0, -1), (1, 1)):
            while 0 <= ends[side] + step < own.shape[1]:
                beside = range(bounds[ends[side] + step], bounds[ends[side] + step + 1])
                alike = [
                    k for k in beside if free[k] and abs(first[k] - top) <= slack and abs(last[k] - bottom) <= slack
                ]
                if not alike:
                    break
                free[alike[0]] = False
                ends[side] += step
        if ends[1] - ends[0] + 1 <= widest:
            yield ends[0], ends[1], top, bottom


def _to_whisker(own: BoolArray, left: int, right: int, top: int, bottom: int, stroke_px: float) -> Whisker | None:
    """The stroke as an error bar; None where its ends or its company tell something else."""
    end = max(round(END_STROKES * stroke_px), 2)
    sides = []
    for at in (left - 2, right + 2):
        if not 0 <= at < own.shape[1]:
            sides.append(np.zeros(bottom - top + 1, bool))
        else:
            sides.append(own[top : bottom + 1, at])
    height = bottom - top + 1
    if any(float(side.mean()) > BESIDE_FRAC for side in sides):
        return None
    caps = []
    for rows in (slice(0, end), slice(height - end, height)):
        marks = [bool(side[rows].any()) for side in sides]
        if marks[0] != marks[1]:
            return None
        caps.append(marks[0])
    reach = 0
    for capped, row in zip(caps, (top, bottom), strict=True):
        if capped:
            if any(_thickness(own, at, row, end) > CAP_THICK_STROKES * stroke_px + 1.5 for at in (left - 2, right + 2)):
                return None  # a marker
            lengths = [_length_beside(own, at, row, end, step) for at, step in ((left, -1), (right, 1))]
            if max(lengths) > CAP_STROKES * stroke_px + 2 or abs(lengths[0] - lengths[1]) > CAP_EVEN_PX:
                return None
            reach = max(reach, *lengths)
    inner = slice(end, height - end)
    keeps = [_span_of(side[inner], top + end) for side in sides]
    known = [keep for keep in keeps if keep is not None]
    if not known or (any(caps) and _goes_on(own, left, right, top, bottom, 2 * reach + 3)):
        return None
    if not any(caps):
        margin = BEYOND_STROKES * stroke_px + end
        low, high = min(keep[0] for keep in known), max(keep[1] for keep in known)
        if low - top < margin or bottom - high < margin:
            return None
    return Whisker(
        left=left, right=right, top=top, bottom=bottom, keep_left=keeps[0], keep_right=keeps[1],
        cap_px=reach if any(caps) else 0,
    )  # fmt: skip


def _thickness(own: BoolArray, at: int, row: int, end: int) -> int:
    """Length of the run of ink in a column beside a bar that is nearest to the bar's end."""
    column = own[:, min(max(at, 0), own.shape[1] - 1)]
    inked = np.flatnonzero(column[max(row - end, 0) : row + end + 1]) + max(row - end, 0)
    if not len(inked):
        return 0
    first = last = int(inked[np.abs(inked - row).argmin()])
    while first > 0 and column[first - 1]:
        first -= 1
    while last + 1 < len(column) and column[last + 1]:
        last += 1
    return last - first + 1


def _goes_on(own: BoolArray, left: int, right: int, top: int, bottom: int, reach: int) -> bool:
    """Whether more ink stands in line with a stroke: a level line between hollow markers, which look like caps."""
    columns = slice(left, right + 1)
    beyond = own[max(top - reach, 0) : max(top - 2, 0), columns], own[bottom + 3 : bottom + 3 + reach, columns]
    return any(bool(part.any(axis=1).sum() > 1) for part in beyond)


def _length_beside(own: BoolArray, at: int, row: int, end: int, step: int) -> int:
    """How far ink reaches sideways from a bar's end."""
    rows = slice(max(row - end, 0), row + end + 1)
    count = 0
    while 0 <= at + step < own.shape[1] and own[rows, at + step].any():
        at += step
        count += 1
        if count > own.shape[1] // 8:
            break
    return count


def _span_of(side: BoolArray, offset: int) -> tuple[int, int] | None:
    rows: NDArray[np.int64] = np.flatnonzero(side)
    return (int(rows[0]) + offset, int(rows[-1]) + offset) if len(rows) else None


def _paint_whiskers(own: BoolArray, whiskers: list[Whisker], stroke_px: float) -> BoolArray:
    """Pixels of the bars and their caps, but for what lies between the line (or marker) on their two sides."""
    gone, held = np.zeros(own.shape, bool), np.zeros(own.shape, bool)
    thick = max(round(stroke_px), 1) + 1
    for one in whiskers:
        columns = slice(max(one.left - 1, 0), one.right + 2)
        above = max(one.top - 2, 0)
        gone[above : one.bottom + 3, columns] = True
        if one.cap_px:
            wide = slice(max(one.left - one.cap_px - 1, 0), one.right + one.cap_px + 2)
            gone[above : one.top + thick, wide] = True
            gone[one.bottom - thick + 1 : one.bottom + 3, wide] = True
        kept = [keep for keep in (one.keep_left, one.keep_right) if keep is not None]
        if kept:
            held[min(keep[0] for keep in kept) - 1 : max(keep[1] for keep in kept) + 2, columns] = True
    return gone & ~held
