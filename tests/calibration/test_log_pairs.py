"""Two labels make a log axis only where the ticks without labels bear it out."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.axis import AxisCalibration, Tick, calibrate_axis
from calibration.errors import CalibrationError
from calibration.geometry import Box, TextBox

DECADE_PX, ONE_PX = 140.0, 60.0
"""A decade, and where 1 stands."""


def label(text: str, x: float, shift_px: float = 0.0) -> TextBox:
    box = Box(left=x + shift_px - 3.0 * len(text), right=x + shift_px + 3.0 * len(text), top=100.0, bottom=110.0)
    return TextBox(text=text, box=box, confidence=0.95, numeric=text)


def minor_ticks(sign: float = 1.0) -> list[Tick]:
    at = [ONE_PX + sign * DECADE_PX * (k + np.log10(m)) for k in range(3) for m in range(2, 10)]
    return [Tick(position_px=round(x), length_px=2.0) for x in sorted(at)]


def values(axis: AxisCalibration, sign: float = 1.0) -> list[float]:
    return [float(v) for v in axis.to_data(np.array([ONE_PX, ONE_PX + sign * 3 * DECADE_PX]))]


@pytest.mark.parametrize(("sign", "shift_px"), [(1.0, 0.0), (1.0, 4.0), (-1.0, 0.0)])
def test_minor_ticks_place_an_axis_of_two_powers(sign: float, shift_px: float) -> None:
    one, other = (label(text, ONE_PX + sign * k * DECADE_PX, shift_px) for text, k in (("1e+00", 0), ("1e+02", 2)))
    axis = calibrate_axis("bottom", [one, other], minor_ticks(sign))
    assert axis.scale.name == "log"
    assert values(axis, sign) == pytest.approx([1.0, 1000.0], rel=0.02)


def test_even_steps_that_are_round_as_powers_alone_are_powers() -> None:
    pair = [label("0.1", ONE_PX), label("10", ONE_PX + 2 * DECADE_PX)]
    ticks = [Tick(position_px=ONE_PX + k * DECADE_PX, kind="gridline") for k in range(4)]
    axis = calibrate_axis("bottom", pair, [Tick(position_px=ONE_PX - 30.0, kind="gridline"), *ticks])
    assert axis.scale.name == "log"
    assert values(axis) == pytest.approx([0.1, 100.0], rel=0.01)


def test_even_steps_that_are_round_numbers_stay_numbers() -> None:
    pair = [label("10", ONE_PX), label("100", ONE_PX + 2 * DECADE_PX)]
    ticks = [Tick(position_px=ONE_PX + k * DECADE_PX, kind="gridline") for k in range(4)]
    axis = calibrate_axis("bottom", pair, ticks)
    assert axis.scale.name == "linear"


def test_two_powers_with_ticks_elsewhere_are_refused() -> None:
    pair = [label("1e+00", ONE_PX), label("1e+02", ONE_PX + 2 * DECADE_PX)]
    ticks = [Tick(position_px=x, length_px=2.0) for x in np.arange(70.0, 480.0, 33.0)]
    with pytest.raises(CalibrationError):
        calibrate_axis("bottom", pair, ticks)
