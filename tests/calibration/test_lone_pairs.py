"""Two labels make an axis where they say themselves which one."""

from __future__ import annotations

import pytest

from calibration.errors import TooFewLabels
from calibration.lone_pairs import calibrate_pair
from tests.calibration.drawn import axis_labels


@pytest.mark.parametrize(
    ("words", "scale", "middle"),
    [
        (["300'000", "900'000"], "linear", 600_000.0),
        (["\u20ac6,000", "\u20ac18,000"], "linear", 12_000.0),
        (["0", "0.5"], "linear", 0.25),
        (["0.1", "10"], "log", 1.0),
        (["10^-4", "10^-2"], "log", 1e-3),
    ],
)
def test_two_labels_say_their_scale(words: list[str], scale: str, middle: float) -> None:
    axis = calibrate_pair("bottom", axis_labels([100.0, 300.0], words))
    assert axis.scale.name == scale
    assert float(axis.to_data(200.0)) == pytest.approx(middle)
    assert not any(label.seated for label in axis.used)


@pytest.mark.parametrize("words", [["0.17", "0.91"], ["10^1", "7"], ["north", "10"], ["-1", "10^2"]])
def test_two_labels_that_do_not_are_refused(words: list[str]) -> None:
    with pytest.raises(TooFewLabels):
        calibrate_pair("bottom", axis_labels([100.0, 300.0], words))
