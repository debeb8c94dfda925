"""Powers read in two parts are put together."""

from __future__ import annotations

from calibration.geometry import Box, TextBox
from digitize.panels.raised_exponents import joined_powers


def text(word: str, left: float, top: float, right: float, bottom: float) -> TextBox:
    return TextBox(text=word, confidence=0.9, box=Box(left=left, right=right, top=top, bottom=bottom))


def test_bases_and_raised_exponents_are_powers() -> None:
    texts = [
        text("e", 40, 26, 50, 36), text("3", 52, 18, 60, 28),
        text("e\u207b", 28, 198, 50, 212), text("- 1", 42, 194, 60, 204), text("1 .", 54, 194, 68, 204),
        text("10", 30, 300, 48, 312), text("-5", 49, 294, 60, 302),
    ]  # fmt: skip
    joined = joined_powers(texts)
    assert [one.text for one in joined] == ["e^3", "e^-1", "10^-5"]
    assert joined[0].box.as_list() == [40, 18, 60, 36]


def test_a_number_beside_another_in_one_line_is_no_exponent() -> None:
    row = [text("10", 30, 300, 48, 312), text("5", 50, 300, 58, 312), text("10", 130, 300, 148, 312)]
    assert joined_powers(row) == row
