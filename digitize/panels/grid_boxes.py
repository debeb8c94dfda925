"""Panels beside others that share their axes: parted as the row above them is, or between the same two spines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from calibration.geometry import Box
from calibration.spines import StraightLine
from digitize.panels.axes_boxes import SAME_SPINE_PX, SEAT_HEIGHTS, AxesBox
from digitize.panels.choice import ALIGNED_HEIGHTS

FEWEST_COLUMNS, MOST_WHOLE_FRAC = 2, 0.7
"""A box as wide as this part of another is no column of it."""
FACING_FRAC, SPANNED_FRAC = 0.5, 0.5
"""Two spines face each other over so much of the shorter; a line that joins them runs along so much of their gap."""


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


def boxes_stacked(
    boxes: Sequence[AxesBox],
    horizontal: Sequence[StraightLine],
    vertical: Sequence[StraightLine],
    text_height_px: float,
) -> list[AxesBox]:
    """Boxes over or under others between two spines that stand where theirs do, though parts of these are not seen.

    The spines of a broken axis end where nothing joins them; a picture that was turned lost its corners.

    Parameters
    ----------
    boxes : sequence of AxesBox
        As lines proposed them.
    horizontal, vertical : sequence of StraightLine
        All of the figure.
    text_height_px : float
        The figure's ruler.
    """
    aligned_px, seat_px = ALIGNED_HEIGHTS * text_height_px, SEAT_HEIGHTS * text_height_px
    known = [axes.box for axes in boxes if not (axes.open_x or axes.open_y)]
    found: list[AxesBox] = []
    for box in tuple(known):
        left, right = (_apart_from(box, edge, vertical) for edge in (box.left, box.right))
        for one, other in product(left, right):
            facing_px = min(one.end_px, other.end_px) - max(one.start_px, other.start_px)
            if facing_px < FACING_FRAC * min(one.length_px, other.length_px):
                continue
            across = [
                line for line in horizontal
                if min(line.end_px, box.right) - max(line.start_px, box.left) >= SPANNED_FRAC * box.width_px
            ]  # fmt: skip
            top, bottom = min(one.start_px, other.start_px), max(one.end_px, other.end_px)
            top, bottom = (_seated(edge, across, seat_px) for edge in (top, bottom))
            place = replace(box, top=top, bottom=bottom)
            if bottom > top and all(_apart_px(place, whole) > aligned_px for whole in known):
                lines = tuple(line for line in across if top - 1.0 <= line.position_px <= bottom + 1.0)
                found.append(AxesBox(box=place, horizontal=lines, vertical=(one, other)))
                known.append(place)
    return found


def _apart_from(box: Box, edge_px: float, vertical: Sequence[StraightLine]) -> list[StraightLine]:
    """Strokes in line with an upright edge of a box, over or under it."""
    return [
        line for line in vertical
        if line.kind == "ridge" and abs(line.position_px - edge_px) <= SAME_SPINE_PX
        and (line.end_px < box.top or line.start_px > box.bottom)
    ]  # fmt: skip


def _seated(edge_px: float, lines: Sequence[StraightLine], seat_px: float) -> float:
    """The line nearest to an edge, else the edge."""
    nearest = min((line.position_px for line in lines), key=lambda at: abs(at - edge_px), default=edge_px)
    return nearest if abs(nearest - edge_px) <= seat_px else edge_px


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
