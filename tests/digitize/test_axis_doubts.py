"""What may be read in two ways is said so."""

from __future__ import annotations

import pytest

from calibration import calibrate_axis
from calibration.geometry import Box, TextBox
from digitize.panels.axis_doubts import _two_meanings, axis_doubts, unread_side
from tests.calibration.drawn import axis_labels, ticks_at

PLACES_PX = [50.0, 150.0, 250.0, 350.0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["100", "101", "102", "103"], "powers of ten"),
        (["1.", "4.", "7.", "10."], "end in a point"),
        (["£4,000", "£8,000", "£12,00", "£16,00"], "cut off"),
        (["0.250", "0.500", "0.750", "1.000"], ""),
        (["100", "200", "300", "400"], ""),
        (["90", "100", "110", "120"], ""),
    ],
)
def test_labels_that_may_have_lost_a_part_are_doubted(words: list[str], said: str) -> None:
    code, message = _two_meanings(calibrate_axis("bottom", axis_labels(PLACES_PX, words), ()))
    assert (code == "axis-two-meanings") == bool(said)
    assert said in message


def test_an_axis_on_the_right_beside_numbers_on_the_left_is_said_to_be() -> None:
    def number(word: str, x: float, y: float) -> TextBox:
        return TextBox(text=word, box=Box(left=x - 8, right=x + 8, top=y - 4, bottom=y + 4), confidence=0.9)

    box = Box(left=60, top=10, right=400, bottom=300)
    axis = calibrate_axis("right", axis_labels(PLACES_PX[:3], ["0.4", "0.2", "0.0"], side="right"), ())
    lost = [number("-501", 40, 60), number("-100", 40, 200)]
    assert [one.code for one in unread_side(1, {"y": axis}, lost, box)] == ["axis-other-side"]
    assert not unread_side(1, {"y": axis}, lost[:1], box)


def test_what_may_be_a_misread_factor_below_the_row_is_not_passed_over() -> None:
    row = axis_labels(PLACES_PX, ["0.0", "0.6", "1.2", "1.8"])
    stray = TextBox(text="+107", box=Box(left=370, right=394, top=330, bottom=342), confidence=0.9)
    assert calibrate_axis("bottom", [*row, stray], ()).unread_factor == "+107"
    assert not calibrate_axis("bottom", row, ()).unread_factor


@pytest.mark.parametrize(("length_px", "said"), [(20.0, True), (600.0, False)])
def test_an_axis_too_short_for_what_is_promised_says_so(length_px: float, said: bool) -> None:
    places = [10.0 + length_px * k / 4 for k in range(4)]
    axis = calibrate_axis("bottom", axis_labels(places, ["0", "1", "2", "3"]), ticks_at(places))
    box = Box(left=5.0, top=0.0, right=5.0 + length_px, bottom=100.0)
    assert ("axis-imprecise" in {one.code for one in axis_doubts(1, {"x": axis}, (), box)}) == said


def test_numbers_that_are_not_even_at_even_places_are_doubted() -> None:
    axis = calibrate_axis("bottom", axis_labels(PLACES_PX[:3], ["9", "1500", "3000"]), ())
    assert "axis-uneven" in {one.code for one in axis_doubts(1, {"x": axis})}
