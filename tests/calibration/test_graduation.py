"""Ticks without labels: they confirm a scale, contradict it, or say where an axis is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration import Tick, calibrate_axis
from calibration.fit import fit_line
from calibration.graduation import log_lattice
from tests.calibration.drawn import axis_labels, ticks_at

MAJOR_PX, MINOR_PX = 6.0, 3.0


def with_minor(major: np.ndarray, minor: np.ndarray) -> list[Tick]:
    return [*ticks_at(major, length_px=MAJOR_PX), *ticks_at(minor, length_px=MINOR_PX)]


@settings(max_examples=25, deadline=None)
@given(parts=st.sampled_from([2, 4, 5, 10]), start=st.floats(20, 60), pitch=st.floats(60, 110))
def test_minor_ticks_of_a_linear_axis_agree_with_it(parts: int, start: float, pitch: float) -> None:
    major = start + pitch * np.arange(5)
    minor = start + pitch * np.arange(4 * parts) / parts
    axis = calibrate_axis("bottom", axis_labels(list(major), ["0", "5", "10", "15", "20"]), with_minor(major, minor))
    assert axis.scale.name == "linear"
    assert axis.minor_ticks_say == ""


def test_minor_ticks_that_crowd_toward_labels_contradict_a_linear_axis() -> None:
    major = 50 + 90.0 * np.arange(5)
    minor = (major[:4, None] + 90.0 * np.log10(np.arange(2, 10))).ravel()
    labels = axis_labels(list(major), ["0", "20", "40", "60", "80"])
    assert calibrate_axis("bottom", labels, with_minor(major, minor)).minor_ticks_say == "log"


def test_even_minor_ticks_contradict_a_log_axis() -> None:
    major = 50 + 100.0 * np.arange(4)
    minor = 50 + 20.0 * np.arange(15)
    labels = axis_labels(list(major), ["1", "10", "100", "1000"])
    assert calibrate_axis("bottom", labels, with_minor(major, minor)).minor_ticks_say == "linear"


def test_minor_ticks_of_a_log_axis_make_flat_exponents_powers() -> None:
    major = 50 + 100.0 * np.arange(3)
    minor = (major[:2, None] + 100.0 * np.log10(np.arange(2, 10))).ravel()
    axis = calibrate_axis("bottom", axis_labels(list(major), ["102", "103", "104"]), with_minor(major, minor))
    assert axis.scale.name == "log"
    assert axis.to_data(major) == pytest.approx([1e2, 1e3, 1e4], rel=0.02)
    assert axis.minor_ticks_say == ""


@settings(max_examples=25, deadline=None)
@given(shift=st.floats(-8, 8), stretch=st.floats(-3, 3), decade=st.floats(70, 160))
def test_ticks_of_a_log_axis_tell_where_it_is(shift: float, stretch: float, decade: float) -> None:
    at = (40 + decade * (np.arange(3)[:, None] + np.log10(np.arange(1, 10)))).ravel()
    ends = np.array([at[0], at[-1]])
    guess = fit_line(ends + shift + np.array([0.0, stretch]), (ends - 40) / decade, np.ones(2))
    found = log_lattice(guess, ticks_at(at), 13.0)
    assert found is not None
    assert np.abs(found.to_px((ends - 40) / decade) - ends).max() < 0.1


def test_even_gridlines_are_no_log_axis() -> None:
    at = np.linspace(40, 340, 13)
    guess = fit_line(np.array([40.0, 340.0]), np.array([0.0, 3.0]), np.ones(2))
    assert log_lattice(guess, ticks_at(at), 12.0) is None


def test_labels_that_stand_beside_their_log_ticks_take_the_places_of_these() -> None:
    decade = 120.0
    at = (60 + decade * (np.arange(3)[:, None] + np.log10(np.arange(1, 10)))).ravel()
    # the longer a power with a raised exponent, the farther beside its gridline some renderers print it
    labels = axis_labels([60 + 8.0, 60 + decade + 7.0, 60 + 2 * decade + 4.0], ["10^-2", "10^-1", "1"])
    grid = [Tick(position_px=float(place), kind="gridline") for place in at]
    axis = calibrate_axis("bottom", labels, grid)
    assert axis.to_pixel([0.01, 0.1, 1.0]) == pytest.approx([60, 60 + decade, 60 + 2 * decade], abs=0.6)
