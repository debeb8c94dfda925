"""Rows of a grid whose inner spines were not seen are parted as the row above them is."""

from __future__ import annotations

from calibration.geometry import Box
from calibration.spines import StraightLine
from digitize.panels.axes_boxes import AxesBox
from digitize.panels.grid_boxes import boxes_parted_alike, boxes_stacked


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
