"""Labels at even distances say even numbers; what rounds them is no misreading."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from calibration import calibrate_axis
from calibration.even_values import uneven_labels
from tests.calibration.drawn import axis_labels, ticks_at

PLACES_PX = [60.0, 133.0, 206.0]


@pytest.mark.parametrize("word", ["9", "8"])
def test_a_digit_that_a_reader_doubts_is_what_the_steps_ask_for(word: str) -> None:
    labels = axis_labels(PLACES_PX, ["3000", "1500", word], side="left")
    labels[2] = replace(labels[2], others=(("0", 1.2),))
    axis = calibrate_axis("left", labels, ticks_at(PLACES_PX))
    assert sorted(label.value for label in axis.used) == [0, 1500, 3000]


def test_labels_left_out_leave_the_steps_even() -> None:
    places = [60.0, 133.0, 206.0, 352.0]
    labels = axis_labels(places, ["0", "20", "40", "80"])
    assert [label.value for label in calibrate_axis("bottom", labels, ticks_at(places)).used] == [0, 20, 40, 80]


@pytest.mark.parametrize(
    ("texts", "values", "uneven"),
    [
        (["9", "1500", "3000"], [9, 1500, 3000], True),
        (["0.33", "0.67", "1.00"], [0.33, 0.67, 1.0], False),
        (["0", "17", "33", "50"], [0, 17, 33, 50], False),
        (["1.2k", "2.5k", "3.7k"], [1200, 2500, 3700], False),
        (["0", "15", "33", "50"], [0, 15, 33, 50], True),
    ],
)
def test_rounded_numbers_are_not_uneven(texts: list[str], values: list[float], uneven: bool) -> None:
    assert uneven_labels([100.0 + 50 * k for k in range(len(values))], values, texts) == uneven


def test_rounded_labels_on_even_ticks_stand_on_them() -> None:
    true = np.linspace(11.0, 3.7083, 8)
    at = 131.0 + 44.86 * np.arange(8)
    labels = axis_labels(list(at), [f"{value:.1f}" for value in true], side="right")
    axis = calibrate_axis("right", labels, ticks_at(at))
    assert all(label.seated for label in axis.used)
    assert [label.value for label in axis.used] == pytest.approx([round(float(value), 1) for value in true])
    assert axis.to_data([at[0], at[-1]]) == pytest.approx([11.0, 3.7083], abs=0.03)
