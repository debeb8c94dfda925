"""What is doubtful about an axis is said: uneven steps, lost points, labels taken for others."""

from __future__ import annotations

import pytest

from calibration import calibrate_axis
from calibration.axis import AxisCalibration
from calibration.geometry import Box
from digitize.panels.axis_doubts import axis_doubts, has_uneven_steps, labels_that_read_otherwise
from tests.calibration.drawn import axis_labels

PLACES_PX = [50.0, 100.0, 150.0, 200.0]


def codes(axis: AxisCalibration) -> set[str]:
    return {finding.code for finding in axis_doubts(1, {"x": axis})}


def test_labels_at_very_uneven_steps_are_doubtful() -> None:
    # two of the dates were given another year: what is left of the axis lies far apart
    axis = calibrate_axis("bottom", axis_labels([50.0, 51.4, 88.0, 89.4], ["0", "14", "380", "394"]), ())
    assert has_uneven_steps(axis) and "axis-uneven" in codes(axis)


@pytest.mark.parametrize("words", [["0", "2", "4", "6"], ["1", "10", "100", "1000"]])
def test_even_steps_are_not(words: list[str]) -> None:
    axis = calibrate_axis("bottom", axis_labels(PLACES_PX, words), ())
    assert not has_uneven_steps(axis) and "axis-uneven" not in codes(axis)


def test_labels_left_out_leave_steps_even_enough() -> None:
    axis = calibrate_axis("bottom", axis_labels([50.0, 100.0, 150.0, 300.0], ["0", "2", "4", "10"]), ())
    assert not has_uneven_steps(axis)


def test_an_addend_that_lost_its_point_is_said_to_be_unread() -> None:
    axis = calibrate_axis("bottom", axis_labels(PLACES_PX, ["0", "10", "20", "30"]), (), offset_text="+34\u00d710^6")
    (finding,) = [one for one in axis_doubts(1, {"x": axis}) if one.code == "axis-factor-unread"]
    assert "+34\u00d710^6" in finding.message
    whole = calibrate_axis("bottom", axis_labels(PLACES_PX, ["0", "10", "20", "30"]), (), offset_text="+3.4\u00d710^6")
    assert "axis-factor-unread" not in codes(whole)


def test_points_between_thousands_are_no_repair_and_no_addend() -> None:
    axis = calibrate_axis("bottom", axis_labels(PLACES_PX, ["0", "400.000", "800.000", "1.200.000"]), ())
    assert not labels_that_read_otherwise(axis)
    texts = axis_labels(PLACES_PX, ["0", "4", "8", "12"])
    small = [finding.code for finding in axis_doubts(1, {"x": axis}, texts)]
    assert "axis-small-offset" not in small and "label-reread" not in small


def test_signs_that_only_the_other_labels_ask_for_are_repairs() -> None:
    axis = calibrate_axis("bottom", axis_labels(PLACES_PX, ["-15", "-10", "5", "0"]), ())
    assert [label.text for label in labels_that_read_otherwise(axis)] == ["5"]
    assert "label-reread" in codes(axis)


def test_thousandths_are_no_repairs_of_metres() -> None:
    axis = calibrate_axis("bottom", axis_labels(PLACES_PX, ["0", "2.5 m", "5 m", "7.5 m"]), ())
    assert axis.used[-1].value == pytest.approx(0.0075)
    assert not labels_that_read_otherwise(axis)


def test_categories_that_leave_places_free_at_an_end_are_doubtful() -> None:
    axis = calibrate_axis("bottom", axis_labels([60.0, 100.0, 140.0], ["red", "green", "blue"]), ())
    whole, longer = (Box(left=30.0, right=right, top=100.0, bottom=290.0) for right in (165.0, 215.0))
    assert not axis_doubts(1, {"x": axis}, (), whole)
    assert [finding.code for finding in axis_doubts(1, {"x": axis}, (), longer)] == ["axis-short"]
