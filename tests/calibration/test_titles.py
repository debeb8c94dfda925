"""Factors in titles and offset texts of which a part was lost are said to be unread."""

from __future__ import annotations

import pytest

from calibration import calibrate_axis
from calibration.titles import broken_factor, has_lost_point, read_offset, read_title
from tests.calibration.drawn import axis_labels


@pytest.mark.parametrize(
    ("title", "unread"),
    [
        ("Time (\u00d710\u2212)", True), ("Loss [10\u00b0]", True), ("Count (x10)", True), ("Loss [10-]", True),
        ("Step [10*z]", True), ("Count (\u00d710", True), ("Step [10{3]", False), ("Time (s)", False),
        ("Count (\u00d710\u00b3)", False), ("Speed (x)", False), ("Width (10 m)", False), ("Steps (x1000)", False),
        ("Top 10", False), ("Score", False),
    ],
)  # fmt: skip
def test_a_factor_that_lost_a_part_is_unread(title: str, unread: bool) -> None:
    assert bool(read_title(title).unread) == unread


@pytest.mark.parametrize("text", ["\u00d710", "1e-", "le6", "+3.\u00b1\u00d710\u00aa"])
def test_an_offset_text_that_lost_a_part_is_broken(text: str) -> None:
    assert broken_factor(text)


def test_an_axis_says_that_its_factor_is_unread() -> None:
    labels = axis_labels([50.0, 100.0, 150.0, 200.0], ["0", "2", "4", "6"])
    assert calibrate_axis("bottom", labels, (), title="Time (\u00d710\u2212)").unread_factor
    assert not calibrate_axis("bottom", labels, (), title="Time (\u00d710\u00b3)").unread_factor


def test_an_addend_smaller_than_what_the_labels_span_was_misread() -> None:
    labels = axis_labels([50.0, 100.0, 150.0, 200.0], ["0", "25", "50", "75"])
    assert calibrate_axis("bottom", labels, (), offset_text="+3.46").unread_factor
    assert not calibrate_axis("bottom", labels, (), offset_text="+3.4e6").unread_factor


@pytest.mark.parametrize(
    ("text", "lost"),
    [("+34\u00d710^6", True), ("+34e6", True), ("-12\u00d710\u2076", True), ("+3.4\u00d710^6", False), ("+34", False),
     ("\u00d710^6", False)],
)  # fmt: skip
def test_addends_have_one_digit_before_the_point(text: str, lost: bool) -> None:
    assert has_lost_point(text) == lost


@pytest.mark.parametrize(
    ("text", "found"),
    [("\u00d710-\u2075", (1e-5, 0.0)), ("\u00d710\u207b5", (1e-5, 0.0)), ("+3,4\u00d710\u2076", (1.0, 3.4e6))],
)
def test_offset_texts_of_which_a_part_was_read_as_raised(text: str, found: tuple[float, float]) -> None:
    assert read_offset(text) == pytest.approx(found)


@pytest.mark.parametrize("title", ["Count (\u00d710-\u00b3)", "Count [10-\u00b3]}", "Count [10^-3]'"])
def test_an_ordinary_minus_sign_before_a_raised_digit_was_raised_too(title: str) -> None:
    read = read_title(title)
    assert (read.title, read.factor, read.unread) == ("Count", pytest.approx(1e-3), "")
