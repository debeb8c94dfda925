"""Signs that one label of an axis shows clearly are seen in its other labels."""

from __future__ import annotations

import math

import pytest

from calibration import calibrate_axis
from calibration.label_rows import with_percents, with_pi, with_units
from tests.calibration.drawn import axis_labels, label_at

PLACES_PX = [50.0, 100.0, 150.0, 200.0, 250.0]


def values(words: list[str], side: str = "bottom") -> list[float]:
    axis = calibrate_axis("bottom", axis_labels(PLACES_PX[: len(words)], words), ())
    return [label.value for label in axis.used]


def test_the_letter_that_pi_was_taken_for_is_pi_where_it_stands_alone() -> None:
    assert with_pi(["-n", "0", "n", "2n", "n/2"]) == ["-\u03c0", "0", "\u03c0", "2\u03c0", "\u03c0/2"]
    assert with_pi(["0", "2n", "4n"]) == ["0", "2n", "4n"]
    assert with_pi(["2x", "0", "-2\u03c0"]) == ["2\u03c0", "0", "-2\u03c0"]
    assert with_pi(["3\u03c0", "2\u65e5", "\u4e00\u65e5", "0"]) == ["3\u03c0", "2\u03c0", "-\u03c0", "0"]


@pytest.mark.parametrize("words", [["0", "\u03c0T", "2\u03c07", "3\u03c01"], ["0", "\u2161", "2\u03c0", "3II"]])
def test_a_leg_of_pi_that_was_read_as_a_letter_is_a_leg(words: list[str]) -> None:
    assert values(words) == pytest.approx([0.0, math.pi, 2 * math.pi, 3 * math.pi])


def test_small_percent_signs_beside_clear_ones_are_percent_signs() -> None:
    assert with_percents(["901", "75%", "60s6", "45%k", "301", "0%"]) == ["90%", "75%", "60%", "45%", "30%", "0%"]
    assert with_percents(["901", "601", "75%"]) == ["901", "601", "75%"]
    assert values(["901", "75%", "601", "45%", "301"]) == pytest.approx([0.9, 0.75, 0.6, 0.45, 0.3])


def test_degree_signs_are_no_zeros_beside_a_true_one() -> None:
    # with only the characters of numbers allowed, a degree sign comes out as a zero
    words, numbers = ["90\u00b02", "60\u00b0", "30\u00b0", "0\u00b0"], ["900.2", "600", "300", "00"]
    labels = [label_at(*one[:2], numeric=one[2]) for one in zip(PLACES_PX, words, numbers)]
    axis = calibrate_axis("bottom", labels, ())
    assert [label.value for label in axis.used if label.text != "90\u00b02"] == [60.0, 30.0, 0.0]
    assert axis.to_data(PLACES_PX[0]) == pytest.approx(90.0, abs=1.0)


def test_small_dates_that_lost_their_hyphens_are_dates() -> None:
    axis = calibrate_axis("bottom", axis_labels(PLACES_PX[:4], ["201401", "201404", "2014.07", "2014-10"]), ())
    assert axis.scale.name == "date"
    assert axis.scale.format(axis.used[1].value).startswith("2014-04")


def test_a_comma_that_lost_the_digits_before_it_is_no_decimal_one() -> None:
    assert values(["\u00b1,000", "8,000", "12,000", "16,000", "20,000"])[-1] == 20000.0


def test_a_symmetric_axis_without_a_zero_is_logarithmic() -> None:
    labels = axis_labels([20.0, 80.0, 140.0, 200.0], ["10", "1", "0.1", "0.01"], side="left")
    corner = label_at(212.0, "0", side="left")
    assert calibrate_axis("left", [*labels, corner], ()).scale.name == "log"


def test_no_label_alone_has_lost_its_point() -> None:
    axis = calibrate_axis("left", axis_labels(PLACES_PX[:4], ["75", "40", "45", "30"], side="left"), ())
    assert [label.value for label in axis.used] == [75.0, 45.0, 30.0]
    assert [(label.text, label.expected) for label in axis.rejected] == [("40", "60")]


def test_a_unit_that_some_labels_lost_is_told_by_numbers_that_stand_in_line_without_it() -> None:
    mixed = ["9 m", "7.5", "6 m", "4.5", "0"]
    assert with_units(mixed, [10, 20, 30, 40, 70], 5.0) == ["9 m", "7.5 m", "6 m", "4.5 m", "0"]
    apart = ["0", "500", "1k", "1.5k", "2k"]
    assert with_units(apart, [10, 20, 30, 40, 50], 5.0) == apart
