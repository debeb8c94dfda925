"""Straight lines -> boxes that could be a pair of axes.

A box is proposed wherever horizontal lines of one extent and vertical lines of one extent fit each other:
four spines, two, a grid without spines, the edges of a filled panel. Where lines run in one direction only,
the box is left open in the other. Legend frames and bars are proposed too: the tick labels decide later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from calibration.geometry import Box, FloatArray, Side
from calibration.spines import StraightLine

CORNER_HEIGHTS = 0.8
"""How far the ends of lines of one family may differ."""
SEAT_HEIGHTS = 1.3
"""How far a gridline that runs on as a tick mark may pass the spine of its box."""
AT_END_HEIGHTS, ACROSS_HEIGHTS = 0.3, 0.4
SPINE_FRAC = 0.7
SAME_SPINE_PX = 1.0
"""Lines of one place stand no farther apart."""
PARTED_HEIGHTS, PARTING_LABELS = 1.5, 3
ALIKE_FRAC = 0.3
MAX_INNER_SPINES = 8
SLICE_SUPPORT_FACTOR = 2
SPREAD_FRAC = 0.3
SAME_INK_FRAC = 0.6
MIN_WIDTH_HEIGHTS = 3.0
MIN_HEIGHT_HEIGHTS = 2.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AxesBox:
    """A possible axes box and the lines that speak for it.

    ``open_x``: its left and right ends are guesses (only vertical lines were seen); ``open_y`` likewise.
    """

    box: Box
    horizontal: tuple[StraightLine, ...]
    vertical: tuple[StraightLine, ...]
    open_x: bool = False
    open_y: bool = False

    @property
    def support(self) -> int:
        return len(self.horizontal) + len(self.vertical)

    def has_spine(self, side: Side) -> bool:
        """Whether a line runs along a side of the box."""
        lines = self.vertical if side in ("left", "right") else self.horizontal
        return any(abs(line.position_px - getattr(self.box, side)) <= SAME_SPINE_PX for line in lines)


@dataclass(frozen=True, slots=True)
class _Family:
    """Parallel lines of one extent."""

    start_px: float
    end_px: float
    lines: tuple[StraightLine, ...]

    @property
    def positions_px(self) -> FloatArray:
        return np.array([line.position_px for line in self.lines])


def find_axes_boxes(
    horizontal: Sequence[StraightLine],
    vertical: Sequence[StraightLine],
    text_height_px: float,
    numbers: Sequence[Box] = (),
) -> tuple[AxesBox, ...]:
    """Every box that the lines of a figure support, best supported first.

    Parameters
    ----------
    horizontal, vertical : sequence of StraightLine
        From :func:`calibration.spines.find_straight_lines`.
    text_height_px : float
        The figure's ruler.
    numbers : sequence of Box
        Where numbers stand: a row or column of them between parallel lines parts two panels.
    """
    corner_px = CORNER_HEIGHTS * text_height_px
    rows, columns = _families(horizontal, corner_px), _families(vertical, corner_px)
    rows += [part for row in rows for part in _parted(row, numbers, text_height_px, along=0)]
    columns += [part for column in columns for part in _parted(column, numbers, text_height_px, along=1)]
    found: list[AxesBox] = []
    whole_cells: list[AxesBox] = []
    for row in rows:
        partners = []
        for column in columns:
            if fitted := _fitted(row, column, SEAT_HEIGHTS * text_height_px):
                ends = row.start_px, column.start_px, row.end_px, column.end_px
                seated = _on_spines(fitted, horizontal, vertical, ends, text_height_px)
                partners.append(_with_lines_across(seated, horizontal, vertical, ACROSS_HEIGHTS * text_height_px))
        found += partners
        cells = [cell for one in partners for cell in _cells(one, SEAT_HEIGHTS * text_height_px)]
        found += cells
        whole_cells += cells
        if len(row.lines) > 1:
            ys = row.positions_px
            found.append(
                AxesBox(
                    box=Box(left=row.start_px, right=row.end_px, top=float(ys.min()), bottom=float(ys.max())),
                    horizontal=row.lines,
                    vertical=(),
                    open_y=True,
                )
            )
    for column in columns:
        if len(column.lines) > 1:
            xs = column.positions_px
            found.append(
                AxesBox(
                    box=Box(left=float(xs.min()), right=float(xs.max()), top=column.start_px, bottom=column.end_px),
                    horizontal=(),
                    vertical=column.lines,
                    open_x=True,
                )
            )
    sized = [
        one
        for one in found
        if (one.open_x or one.box.width_px >= MIN_WIDTH_HEIGHTS * text_height_px)
        and (one.open_y or one.box.height_px >= MIN_HEIGHT_HEIGHTS * text_height_px)
    ]
    ranked = sorted(sized, key=lambda one: (one.open_x or one.open_y, -one.support))
    return tuple(one for one in ranked if one in whole_cells or not _is_slice(one, ranked, corner_px))


def _is_slice(axes: AxesBox, others: Sequence[AxesBox], corner_px: float) -> bool:
    """Whether a box is a far better supported one cut off at a piece of a gridline."""
    edges = np.array(axes.box.as_list())
    return not (axes.open_x or axes.open_y) and any(
        other.support >= SLICE_SUPPORT_FACTOR * axes.support
        and other.box.area_px > axes.box.area_px
        and not (other.open_x or other.open_y)
        and (np.abs(edges - other.box.as_list()) <= corner_px).sum() == len(edges) - 1
        for other in others
    )


def _families(lines: Sequence[StraightLine], corner_px: float) -> list[_Family]:
    families: list[list[StraightLine]] = []
    for line in sorted(lines, key=lambda one: -one.length_px):
        for family in families:
            first = family[0]
            if abs(line.start_px - first.start_px) <= corner_px and abs(line.end_px - first.end_px) <= corner_px:
                family.append(line)
                break
        else:
            families.append([line])
    return [
        _Family(
            float(np.median([line.start_px for line in family])),
            float(np.median([line.end_px for line in family])),
            tuple(sorted(family, key=lambda one: one.position_px)),
        )
        for family in families
    ]


def _parted(family: _Family, numbers: Sequence[Box], text_height_px: float, *, along: int) -> list[_Family]:
    """The family cut where tick labels stand between its lines; empty where they stand nowhere between."""
    places = np.array([box.as_list() for box in numbers], float).reshape(-1, 4)
    centres = (places[:, :2] + places[:, 2:]) / 2
    inside = centres[(centres[:, along] >= family.start_px) & (centres[:, along] <= family.end_px)]
    across, cuts = inside[:, 1 - along], []
    at = family.positions_px
    for index in np.flatnonzero(np.diff(at) > PARTED_HEIGHTS * text_height_px):
        between = across[(across > at[index]) & (across < at[index + 1])]
        level = np.abs(between[:, None] - between[None, :]) <= text_height_px * (0.5 if along == 0 else 2.0)
        if len(between) and level.sum(axis=1).max() >= PARTING_LABELS:
            cuts.append(int(index) + 1)
    if not cuts:
        return []
    edges = [0, *cuts, len(at)]
    return [_Family(family.start_px, family.end_px, family.lines[a:b]) for a, b in zip(edges, edges[1:], strict=False)]


def _cells(axes: AxesBox, seat_px: float) -> list[AxesBox]:
    """The parts of a box between inner lines that look like its spines: panels set without a gap."""
    box = axes.box
    cells = []
    for lines, low, high, upright in (
        (axes.horizontal, box.top, box.bottom, False),
        (axes.vertical, box.left, box.right, True),
    ):
        border = [line for line in lines if min(abs(line.position_px - low), abs(line.position_px - high)) < seat_px]
        if len(border) < 2:
            continue
        alike = [
            line.position_px
            for line in lines
            if low + seat_px < line.position_px < high - seat_px and _alike(line, border)
        ]
        if not 0 < len(alike) <= MAX_INNER_SPINES:
            continue
        edges = [low, *alike, high]
        for first, last in zip(edges, edges[1:], strict=False):
            part = replace(box, left=first, right=last) if upright else replace(box, top=first, bottom=last)
            inner = tuple(line for line in lines if first - 1 <= line.position_px <= last + 1)
            cells.append(
                replace(axes, box=part, vertical=inner) if upright else replace(axes, box=part, horizontal=inner)
            )
    return cells


def _alike(line: StraightLine, border: Sequence[StraightLine]) -> bool:
    """Whether a line is drawn with the pen of others; one that falls between two pixels is wider, and paler as much."""
    levels, width = np.median([one.contrast for one in border]), np.median([one.thickness_px for one in border])
    level = abs(line.contrast - levels) <= ALIKE_FRAC * abs(levels)
    wide = abs(line.thickness_px - width) <= max(ALIKE_FRAC * width, 0.5)
    ink = abs(line.contrast * line.thickness_px - levels * width) <= ALIKE_FRAC * abs(levels * width)
    between = width < line.thickness_px <= width + 1.0 and abs(line.contrast) <= abs(levels)
    return bool((level and wide) or (ink and between))


def _bounds(at: FloatArray, low: float, high: float, seat_px: float) -> bool:
    """Whether lines stand at an end of a box, or spread over it: a lone line inside may be anything."""
    at_end = min(np.abs(at - low).min(), np.abs(at - high).min()) <= seat_px
    return bool(at_end or np.ptp(at) > SPREAD_FRAC * (high - low))


def _same_ink(lines: Sequence[StraightLine], others: Sequence[StraightLine]) -> bool:
    levels = sorted(abs(float(np.median([line.contrast for line in group]))) for group in (lines, others))
    return levels[0] >= SAME_INK_FRAC * levels[1]


def _fitted(row: _Family, column: _Family, seat_px: float) -> AxesBox | None:
    """The box of two families that meet, edges seated on spines where there are any."""
    ys, xs = row.positions_px, column.positions_px
    inside_y = (ys >= column.start_px - seat_px) & (ys <= column.end_px + seat_px)
    inside_x = (xs >= row.start_px - seat_px) & (xs <= row.end_px + seat_px)
    if not (inside_y.any() and inside_x.any()):
        return None
    ys, xs = ys[inside_y], xs[inside_x]
    left, right = _seat(row.start_px, xs, seat_px), _seat(row.end_px, xs, seat_px)
    top, bottom = _seat(column.start_px, ys, seat_px), _seat(column.end_px, ys, seat_px)
    if right - left < 1 or bottom - top < 1:
        return None
    bounded = _bounds(xs, left, right, seat_px) and _bounds(ys, top, bottom, seat_px)
    if not bounded and not _same_ink(row.lines, column.lines):
        # steep stretches of a curve between two gridlines
        return None
    return AxesBox(
        box=Box(left=left, right=right, top=top, bottom=bottom),
        horizontal=tuple(line for line, keep in zip(row.lines, inside_y, strict=True) if keep),
        vertical=tuple(line for line, keep in zip(column.lines, inside_x, strict=True) if keep),
    )


def _on_spines(
    axes: AxesBox,
    horizontal: Sequence[StraightLine],
    vertical: Sequence[StraightLine],
    ends_px: tuple[float, float, float, float],
    text_height_px: float,
) -> AxesBox:
    """The box with every edge on a line that runs along most of it, of whatever family.

    A line where the others end (``ends_px``: left, top, right, bottom) is the edge; else the nearest one is.
    """
    box = axes.box

    def seated(edge_px: float, end_px: float, lines: Sequence[StraightLine], low_px: float, high_px: float) -> float:
        along = np.array(
            [
                line.position_px
                for line in lines
                if min(line.end_px, high_px) - max(line.start_px, low_px) >= SPINE_FRAC * (high_px - low_px)
            ]
        )
        if not len(along):
            return edge_px
        at_end = _seat(end_px, along, AT_END_HEIGHTS * text_height_px)
        return at_end if at_end != end_px else _seat(edge_px, along, SEAT_HEIGHTS * text_height_px)

    left = seated(box.left, ends_px[0], vertical, box.top, box.bottom)
    right = seated(box.right, ends_px[2], vertical, box.top, box.bottom)
    top = seated(box.top, ends_px[1], horizontal, box.left, box.right)
    bottom = seated(box.bottom, ends_px[3], horizontal, box.left, box.right)
    if right - left < 1 or bottom - top < 1:
        return axes
    return replace(axes, box=Box(left=left, right=right, top=top, bottom=bottom))


def _with_lines_across(
    axes: AxesBox, horizontal: Sequence[StraightLine], vertical: Sequence[StraightLine], near_px: float
) -> AxesBox:
    """The box with all strokes of its own ink that run from one of its edges to the other, whatever their family."""
    box = axes.box

    def all_of(
        lines: Sequence[StraightLine], own: Sequence[StraightLine], ends: tuple[float, float, float, float]
    ) -> tuple[StraightLine, ...]:
        low, high, first, last = ends
        across = [
            line for line in lines
            if line.kind == "ridge" and low - 1.0 <= line.position_px <= high + 1.0
            and abs(line.start_px - first) <= near_px and abs(line.end_px - last) <= near_px and _same_ink([line], own)
        ]  # fmt: skip
        return tuple(sorted({*own, *across}, key=lambda line: line.position_px))

    return replace(
        axes,
        horizontal=all_of(horizontal, axes.horizontal, (box.top, box.bottom, box.left, box.right)),
        vertical=all_of(vertical, axes.vertical, (box.left, box.right, box.top, box.bottom)),
    )


def _seat(end_px: float, positions_px: FloatArray, seat_px: float) -> float:
    """The line nearest to where the others end, else that end itself."""
    nearest = float(positions_px[np.argmin(np.abs(positions_px - end_px))])
    return nearest if abs(nearest - end_px) <= seat_px else end_px
