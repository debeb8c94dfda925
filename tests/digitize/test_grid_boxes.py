"""Rows of a grid whose inner spines were not seen are parted as the row above them is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from calibration.geometry import Box
from calibration.spines import StraightLine
from digitize.panels.axes_boxes import AxesBox
from digitize.panels.grid_boxes import boxes_parted_alike, boxes_stacked
from digitize.panels.slices import without_slices


def axes(left: float, top: float, right: float, bottom: float) -> AxesBox:
    return AxesBox(box=Box(left=left, right=right, top=top, bottom=bottom), horizontal=(), vertical=())


UPPER = [axes(50, 20, 450, 420), axes(465, 20, 865, 420)]


def test_a_row_is_parted_as_its_neighbour() -> None:
    parts = boxes_parted_alike([*UPPER, axes(50, 460, 865, 860)], 10.0)
    assert [part.box.as_list() for part in parts] == [[50, 460, 450, 860], [465, 460, 865, 860]]


def test_rows_of_another_height_or_width_and_rows_that_are_parted_stay_as_they_are() -> None:
    lower = [axes(50, 460, 450, 860), axes(465, 460, 865, 860)]
    assert boxes_parted_alike([*UPPER, *lower, axes(50, 460, 865, 860)], 10.0) == []
    assert boxes_parted_alike([*UPPER, axes(50, 460, 865, 660)], 10.0) == []
    assert boxes_parted_alike([*UPPER, axes(50, 460, 800, 860)], 10.0) == []
    assert boxes_parted_alike([UPPER[0], axes(50, 460, 865, 860)], 10.0) == []


def test_a_box_does_not_end_at_a_gridline_where_its_labels_say_as_much_of_the_whole() -> None:
    def candidate(box: AxesBox, lines: int, *, labelled: bool) -> Any:
        places = frozenset({("x", 100.0, 430.0), ("y", 40.0, 300.0)}) if labelled else frozenset()
        side = object() if labelled else None
        support = SimpleNamespace(support=lines)
        return SimpleNamespace(box=box.box, axes=support, x=side, y=side, closed=True, used_places=places)

    whole = candidate(axes(50, 20, 450, 420), 10, labelled=True)
    lower = candidate(axes(50, 220, 450, 420), 8, labelled=True)
    upper = candidate(axes(50, 20, 450, 220), 8, labelled=False)
    reader: Any = None
    assert without_slices([whole, upper, lower], reader) == [whole, upper]
    parted = candidate(axes(50, 20, 450, 210), 8, labelled=False)  # another panel with a gap below it
    assert without_slices([whole, parted, lower], reader) == [whole, parted, lower]


def line(at: float, start: float, end: float) -> StraightLine:
    return StraightLine(
        position_px=at, start_px=start, end_px=end, thickness_px=1.5, contrast=-120.0, coverage=1.0, kind="ridge"
    )


def test_a_panel_that_lost_its_corners_stands_between_the_spines_of_the_one_under_it() -> None:
    horizontal = [line(3.0, 400.0, 1065.0), line(854.0, 69.0, 1072.0)]
    lower = [line(69.0, 437.0, 854.0), line(1072.0, 437.0, 854.0)]
    upper = [line(69.0, 13.0, 421.0), line(1072.0, 168.0, 421.0)]
    box = axes(69, 437, 1072, 854)
    (found,) = boxes_stacked([box], horizontal, [*lower, *upper], 17.0)
    assert found.box.as_list() == [69, 3, 1072, 421]
    assert boxes_stacked([box, axes(69, 3, 1072, 421)], horizontal, [*lower, *upper], 17.0) == []
    assert boxes_stacked([box], horizontal, [*lower, upper[0], line(1060.0, 168.0, 421.0)], 17.0) == []
    assert boxes_stacked([box], horizontal, [*lower, line(69.0, 13.0, 60.0), line(1072.0, 168.0, 421.0)], 17.0) == []
