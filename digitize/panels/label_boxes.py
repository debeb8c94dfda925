"""Axes boxes where lines are missing: rows and columns of tick labels close what lines leave open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from calibration.geometry import Box, TextBox
from calibration.numerals import readings_of
from calibration.spines import StraightLine
from digitize.panels.axes_boxes import AxesBox
from digitize.panels.axis_texts import is_number_like

ALIGN_HEIGHTS = 0.6
MIN_RUN = 3
LEFT_OUT_STEPS = 0.1
TURNED_DEG = 15.0
AIR_HEIGHTS = 0.8
"""Labels stand about this far from where the axis would be."""
REACH_HEIGHTS = 4.0
FLIPS = ((False, False), (True, False), (False, True))
"""Where labels may stand: below and left of a box, right of it, or above it."""
EDGE_HEIGHTS = 2.5
"""A line may stand this far beyond what labels say of a box."""


def closed_box(axes: AxesBox, texts: Sequence[TextBox], text_height_px: float, shape: tuple[int, ...]) -> AxesBox:
    """An open box grown to the tick labels and titles that bound it; closed boxes come back as they are.

    Gridlines of one direction end at the first and last of them; the data may go beyond by up to one step.
    """
    if axes.open_y:
        ys = [line.position_px for line in axes.horizontal]
        step_px = float(np.median(np.diff(ys))) if len(ys) > 1 else 0.0
        across = [text for text in texts if axes.box.left <= text.box.centre[0] <= axes.box.right]
        row = _row_below(axes.box, across, step_px + REACH_HEIGHTS * text_height_px)
        bottom = axes.box.bottom if row is None else max(axes.box.bottom, row - AIR_HEIGHTS * text_height_px)
        over = [text.box.bottom for text in across if text.box.bottom <= axes.box.top + 0.3 * text_height_px]
        ceiling = max([*over, -0.5])
        top = min(axes.box.top, max(ceiling + 0.3 * text_height_px, axes.box.top - step_px))
        return replace(axes, box=replace(axes.box, top=top, bottom=min(bottom, shape[0] - 1.0)))
    if axes.open_x:
        xs = [line.position_px for line in axes.vertical]
        step_px = float(np.median(np.diff(xs))) if len(xs) > 1 else 0.0
        beside = [text for text in texts if axes.box.top <= text.box.centre[1] <= axes.box.bottom]
        before = [text.box.right for text in beside if text.box.right <= axes.box.left + 0.3 * text_height_px]
        after = [text.box.left for text in beside if text.box.left >= axes.box.right - 0.3 * text_height_px]
        left = min(axes.box.left, max(max(before, default=-0.5) + 0.5 * text_height_px, axes.box.left - step_px))
        right = max(axes.box.right, min(min([*after, shape[1] - 0.5]) - 0.5 * text_height_px, axes.box.right + step_px))
        left, right = max(left, -0.5), min(right, shape[1] - 0.5)
        return replace(axes, box=replace(axes.box, left=left, right=right))
    return axes


def _row_below(box: Box, texts: Sequence[TextBox], reach_px: float) -> float | None:
    """Top of the nearest row of at least two numbers under a box."""
    tops = sorted(
        text.box.top
        for text in texts
        if is_number_like(text) and box.bottom - 0.3 * text.height_px <= text.box.top <= box.bottom + reach_px
    )
    for first, second in zip(tops, tops[1:], strict=False):
        if second - first < ALIGN_HEIGHTS * 10:
            return first
    return None


def find_label_boxes(
    texts: Sequence[TextBox], text_height_px: float, horizontal: Sequence[StraightLine] = ()
) -> tuple[AxesBox, ...]:
    """Boxes spanned by a column of numbers and a row of numbers, for figures with few lines or none.

    Parameters
    ----------
    texts : sequence of TextBox
        Those that label no panel yet.
    text_height_px : float
        The figure's ruler.
    horizontal : sequence of StraightLine
        Spines and gridlines: they tell how wide the box is.
    """
    numbers = [text for text in texts if is_number_like(text) and abs(text.angle_deg) < TURNED_DEG]
    # slanted words are labels too: nothing else in a figure is turned like them
    slanted = [text for text in texts if TURNED_DEG <= abs(text.angle_deg) <= 90.0 - TURNED_DEG]
    turned = [text for text in texts if is_number_like(text) and abs(text.angle_deg) >= TURNED_DEG]
    turned += [text for text in slanted if text not in turned]
    rows = _runs(numbers, [text.box.centre[1] for text in numbers], 0)
    # turned labels of an x axis hang from it: their upper ends are in line
    rows += _runs(turned, [text.box.top for text in turned], 0)
    columns = _runs(numbers, [text.box.right for text in numbers], 1)
    columns += _runs(numbers, [text.box.left for text in numbers], 1)
    found: dict[tuple[int, int], AxesBox] = {}
    for row in rows:
        for column in columns:
            if any(text in column for text in row):
                continue
            flipped = (_spanned_flipped(row, column, text_height_px, flip) for flip in FLIPS)
            box = next((box for box in flipped if box), None)
            if box:
                box = replace(box, top=_under_title(box, column, texts, text_height_px))
                box = replace(box, right=_before_second_axis(box, row, columns, text_height_px))
                lines = _lines_of(box, horizontal, text_height_px)
                if lines:
                    starts, ends = [line.start_px for line in lines], [line.end_px for line in lines]
                    left, right = float(np.median(starts)), float(np.median(ends))
                    bottom = max(line.position_px for line in lines)
                    box = replace(box, left=left, right=right, bottom=max(bottom, box.bottom - text_height_px))
                key = round(box.left), round(box.bottom)
                if key not in found:
                    found[key] = AxesBox(box=box, horizontal=tuple(lines), vertical=(), open_x=not lines, open_y=True)
    return tuple(found.values())


def parted_boxes(axes: AxesBox, texts: Sequence[TextBox], text_height_px: float) -> tuple[AxesBox, ...]:
    """The parts of a closed box whose labels begin anew along its left side: a broken axis whose spines run on."""
    box, reach_px = axes.box, REACH_HEIGHTS * text_height_px
    beside = [
        text
        for text in texts
        if -text_height_px <= box.left - text.box.right <= reach_px
        and box.contains(box.left, text.box.centre[1], text_height_px)
        and is_number_like(text)
        and abs(text.angle_deg) < TURNED_DEG
    ]
    runs = _runs(beside, [text.box.right for text in beside], 1)
    if axes.open_x or axes.open_y or len(runs) < 2:
        return ()
    runs = sorted(runs, key=lambda run: run[0].box.centre[1])
    cuts_px = [(a[-1].box.centre[1] + b[0].box.centre[1]) / 2 for a, b in zip(runs, runs[1:], strict=False)]
    edges = [box.top, *cuts_px, box.bottom]
    parts = []
    for top, bottom in zip(edges, edges[1:], strict=False):
        if top < bottom:
            lines = tuple(line for line in axes.horizontal if top <= line.position_px <= bottom)
            parts.append(replace(axes, box=replace(box, top=top, bottom=bottom), horizontal=lines))
    return tuple(parts)


def _spanned(row: Sequence[TextBox], column: Sequence[TextBox], text_height_px: float) -> Box | None:
    """The box over a row and beside a column of labels; None where they do not meet at a corner."""
    left = max(text.box.right for text in column) + 0.5 * text_height_px
    bottom = min(text.box.top for text in row) - AIR_HEIGHTS * text_height_px
    xs, ys = [text.box.centre[0] for text in row], [text.box.centre[1] for text in column]
    pitch_x, pitch_y = float(np.median(np.diff(sorted(xs)))), float(np.median(np.diff(sorted(ys))))
    beside = -text_height_px <= min(xs) - left <= 1.5 * pitch_x
    under = -text_height_px <= bottom - max(ys) <= 1.2 * pitch_y + 2 * text_height_px
    if not (beside and under):
        return None
    right, top = float(max(xs) + pitch_x / 2), float(min(ys) - pitch_y / 2)
    return Box(left=float(min(left, min(xs))), right=right, top=top, bottom=float(max(bottom, max(ys))))


def _spanned_flipped(
    row: Sequence[TextBox], column: Sequence[TextBox], text_height_px: float, flip: tuple[bool, bool]
) -> Box | None:
    """The same where the column stands right of the row, or the row on top (``flip``: across, upside down)."""
    width = max(text.box.right for text in (*row, *column))
    height = max(text.box.bottom for text in (*row, *column))

    def flipped(box: Box) -> Box:
        if flip[0]:
            box = replace(box, left=width - box.right, right=width - box.left)
        return replace(box, top=height - box.bottom, bottom=height - box.top) if flip[1] else box

    def turned(texts: Sequence[TextBox]) -> list[TextBox]:
        return [replace(text, box=flipped(text.box)) for text in texts]

    box = _spanned(turned(row), turned(column), text_height_px)
    return flipped(box) if box else None


def _under_title(box: Box, column: Sequence[TextBox], texts: Sequence[TextBox], text_height_px: float) -> float:
    """Top of a box that ends under what is written over its uppermost label."""
    first = min(text.box.centre[1] for text in column)
    over = [
        text.box.bottom + 0.3 * text_height_px
        for text in texts
        if not is_number_like(text) and box.left <= text.box.centre[0] <= box.right and text.box.bottom < first
    ]
    return min(max([box.top, *over]), first)


def _before_second_axis(
    box: Box, row: Sequence[TextBox], columns: Sequence[list[TextBox]], text_height_px: float
) -> float:
    """Right end of a box that ends before the labels of a second y axis, where there are any."""
    last = max(text.box.centre[0] for text in row)
    starts = [
        min(text.box.left for text in column)
        for column in columns
        if not any(text in row for text in column)
        and sum(box.top <= text.box.centre[1] <= box.bottom for text in column) >= MIN_RUN
    ]
    beyond = [start - AIR_HEIGHTS * text_height_px for start in starts if last - text_height_px < start < box.right]
    return max(min([box.right, *beyond]), last)


def _lines_of(box: Box, lines: Sequence[StraightLine], text_height_px: float) -> list[StraightLine]:
    """Lines that run across the whole box and not far beyond it."""
    beyond = EDGE_HEIGHTS * text_height_px
    return [
        line
        for line in lines
        if box.top - beyond <= line.position_px <= box.bottom + beyond
        and -0.3 * box.width_px <= line.start_px - box.left <= beyond
        and -0.15 * box.width_px <= line.end_px - box.right <= 0.3 * box.width_px
    ]


def _runs(texts: Sequence[TextBox], keys: Sequence[float], along: int) -> list[list[TextBox]]:
    """Texts that align and follow each other at a steady pitch."""
    order = sorted(range(len(texts)), key=lambda i: keys[i])
    groups: list[list[int]] = []
    for i in order:
        if groups and keys[i] - keys[groups[-1][0]] <= ALIGN_HEIGHTS * texts[i].height_px:
            groups[-1].append(i)
        else:
            groups.append([i])
    runs = []
    for group in groups:
        members = sorted((texts[i] for i in group), key=lambda text: text.box.centre[along])
        current = members[:1]
        for text in members[1:]:
            pitch = [b.box.centre[along] - a.box.centre[along] for a, b in zip(current, current[1:], strict=False)]
            gap = text.box.centre[along] - current[-1].box.centre[along]
            typical = float(np.median(pitch)) if pitch else 0.0
            steps = gap / typical if typical > 0 else 1.0  # two readings of one label have no pitch
            left_out = abs(steps - 2.0) <= LEFT_OUT_STEPS  # one label that was not read
            if (steps > 1.7 and not left_out) or _restarts([*current, text]):
                runs.append(current)
                current = []
            current = [*current, text]
        runs.append(current)
    return [run for run in runs if len(run) >= MIN_RUN]


def _restarts(texts: Sequence[TextBox]) -> bool:
    """Whether the last of a run of numbers turns against the others: the labels of the next panel begin."""
    values = [readings_of(text.text)[:1] for text in texts]
    if len(values) < 3 or not all(values):
        return False
    steps = np.diff([reading[0].value for reading in values])
    before = np.sign(steps[:-1])
    return bool(abs(before.sum()) == len(before) and np.sign(steps[-1]) == -before[0])
