"""Grids of panels that share axes: a row whose inner spines were not all seen is parted as the row above it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from calibration.geometry import Box
from calibration.spines import StraightLine
from digitize.panels.axes_boxes import AxesBox
from digitize.panels.choice import ALIGNED_HEIGHTS

FEWEST_COLUMNS, MOST_WHOLE_FRAC = 2, 0.7
"""A box as wide as this part of another is no column of it."""


def boxes_parted_alike(boxes: Sequence[AxesBox], text_height_px: float) -> list[AxesBox]:
    """Parts of boxes, where boxes of their height beside, above or below them fill the same width in columns.

    Parameters
    ----------
    boxes : sequence of AxesBox
        As lines proposed them.
    text_height_px : float
        The figure's ruler.
    """
    aligned_px = ALIGNED_HEIGHTS * text_height_px
    closed = [axes for axes in boxes if not (axes.open_x or axes.open_y)]
    known = [axes.box for axes in closed]
    parts: list[AxesBox] = []
    for whole in closed:
        mates = [box for box in known if _is_column_beside(box, whole.box, aligned_px)]
        columns = _filling(mates, whole.box, aligned_px)
        if len(columns) < FEWEST_COLUMNS:
            continue
        for column in columns:
            box = replace(whole.box, left=column.left, right=column.right)
            if all(_apart_px(box, other) > aligned_px for other in known):
                lines = tuple(_cut(line, box) for line in whole.horizontal)
                parts.append(AxesBox(box=box, horizontal=lines, vertical=()))
                known.append(box)
    return parts


def _is_column_beside(box: Box, whole: Box, aligned_px: float) -> bool:
    """Whether a box is as high as another, in a row above or below it, and narrower."""
    apart = box.bottom < whole.top or box.top > whole.bottom
    alike = abs(box.height_px - whole.height_px) <= aligned_px
    within = box.left >= whole.left - aligned_px and box.right <= whole.right + aligned_px
    return apart and alike and within and box.width_px <= MOST_WHOLE_FRAC * whole.width_px


def _filling(boxes: Sequence[Box], whole: Box, aligned_px: float) -> list[Box]:
    """Boxes of one row, one behind the other, from the left end of a box to its right end; empty where none do."""
    for first in boxes:
        if abs(first.left - whole.left) > aligned_px:
            continue
        row = [first]
        beside = sorted((box for box in boxes if abs(box.top - first.top) <= aligned_px), key=lambda box: box.left)
        for box in beside:
            if box.left > row[-1].right and abs(box.width_px - first.width_px) <= aligned_px:
                row.append(box)
        if abs(row[-1].right - whole.right) <= aligned_px:
            return row
    return []


def _cut(line: StraightLine, box: Box) -> StraightLine:
    return replace(line, start_px=max(line.start_px, box.left), end_px=min(line.end_px, box.right))


def _apart_px(box: Box, other: Box) -> float:
    """How far the edges of two boxes differ at most."""
    return max(abs(a - b) for a, b in zip(box.as_list(), other.as_list(), strict=True))
