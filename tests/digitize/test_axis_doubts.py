"""What may be read in two ways is said so."""

from __future__ import annotations

import pytest

from calibration import calibrate_axis
from digitize.panels.axis_doubts import _two_meanings
from tests.calibration.drawn import axis_labels

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
