"""Lays rectangles out on sheets as small as they fit: the detection network's time grows with the area it sees.

Each rectangle comes to lie as low as it can on the skyline of those before it, the highest first (Baker, Coffman and
Rivest, "Orthogonal packings in two dimensions", SIAM J. Comput. 1980: bottom-left).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTHS_TRIED_FRAC = (0.8, 0.9, 1.0, 1.1, 1.25, 1.4, 1.6, 2.0)
"""Of the side of a square of the same area."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Where rectangles lie on a sheet.

    Attributes
    ----------
    wide_px, high_px : int
        Multiples of the stride asked for.
    places : tuple of (index, x, y)
        Which rectangle, and its left top corner.
    """

    wide_px: int
    high_px: int
    places: tuple[tuple[int, int, int], ...]

    @property
    def area_px(self) -> int:
        return self.wide_px * self.high_px


def lay_out(sizes: Sequence[tuple[int, int]], area_max_px: int, stride_px: int, gutter_px: int) -> list[Sheet]:
    """Sheets that hold rectangles of given width and height, without overlap.

    Parameters
    ----------
    sizes : sequence of (width, height)
        Each of an area below ``area_max_px``, in pixels of the sheet.
    area_max_px : int
        Of one sheet; a single rectangle may make it larger by the rounding to strides.
    stride_px : int
        The sides of a sheet are multiples of this.
    gutter_px : int
        Empty columns and rows right of and below each rectangle.
    """
    order = sorted(range(len(sizes)), key=lambda index: (-sizes[index][1], -sizes[index][0]))
    sheets = []
    while order:
        count = len(order)
        sheet = _smallest(sizes, order, stride_px, gutter_px)
        while sheet.area_px > area_max_px and count > 1:
            count = max(1, min(count - 1, int(count * area_max_px / sheet.area_px)))
            sheet = _smallest(sizes, order[:count], stride_px, gutter_px)
        sheets.append(sheet)
        order = order[count:]
    return sheets


def _smallest(sizes: Sequence[tuple[int, int]], order: Sequence[int], stride_px: int, gutter_px: int) -> Sheet:
    """The sheet of the least area among those of several widths."""
    widest = max(sizes[index][0] for index in order)
    side = sum((sizes[i][0] + gutter_px) * (sizes[i][1] + gutter_px) for i in order) ** 0.5
    widths = {_rounded(max(widest, int(side * part)), stride_px) for part in WIDTHS_TRIED_FRAC}
    sheets = [_filled(sizes, order, width, stride_px, gutter_px) for width in sorted(widths)]
    return min(sheets, key=lambda sheet: sheet.area_px)


def _rounded(length: int, stride_px: int) -> int:
    return max(-(-length // stride_px) * stride_px, stride_px)


def _filled(
    sizes: Sequence[tuple[int, int]], order: Sequence[int], width: int, stride_px: int, gutter_px: int
) -> Sheet:
    # (left, level, width) of the steps of the skyline, from left to right; the last gutter may stand over the edge
    skyline = [(0, 0, width + gutter_px)]
    places = []
    high = 0
    for index in order:
        wide, tall = sizes[index][0] + gutter_px, sizes[index][1] + gutter_px
        level, left = min(
            (max(step[1] for step in skyline if step[0] < x + wide and step[0] + step[2] > x), x)
            for x, _, _ in skyline
            if x + wide <= width + gutter_px
        )
        places.append((index, left, level))
        high = max(high, level + sizes[index][1])
        after = [(left, level + tall, wide)]
        for x, y, length in skyline:
            if x < left:
                after.append((x, y, min(length, left - x)))
            if x + length > left + wide:
                start = max(x, left + wide)
                after.append((start, y, x + length - start))
        skyline = sorted(after)
    return Sheet(wide_px=width, high_px=_rounded(high, stride_px), places=tuple(places))
