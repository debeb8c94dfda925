from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration import SCALES, AxisCalibration, CategoryScale, DateScale, LinearScale, LogScale, SymlogScale

FINITE = st.floats(-1e12, 1e12, allow_nan=False)


@pytest.mark.parametrize("name", sorted(SCALES))
def test_every_scale_is_called_by_its_name(name: str) -> None:
    assert SCALES[name]().name == name


@given(FINITE)
def test_affine_scales_go_there_and_back(value: float) -> None:
    for scale in (LinearScale(), DateScale(), CategoryScale()):
        assert float(scale.inverse(scale.forward(value))) == value


@given(st.floats(1e-200, 1e200))
def test_log_goes_there_and_back(value: float) -> None:
    scale = LogScale()
    assert float(scale.inverse(scale.forward(value))) == pytest.approx(value, rel=1e-9)


@given(st.floats(-1e12, 1e12), st.floats(1e-6, 1e6))
def test_symlog_goes_there_and_back(value: float, limit: float) -> None:
    scale = SymlogScale(linear_within=limit)
    assert float(scale.inverse(scale.forward(value))) == pytest.approx(value, rel=1e-9, abs=1e-9 * limit)


@pytest.mark.parametrize("limit", [0.01, 1.0, 2.0])
def test_symlog_is_the_one_of_matplotlib(limit: float) -> None:
    from matplotlib.scale import SymmetricalLogTransform

    values = np.array([-300.0, -2.0, -0.005, 0.0, 0.5, 1.0, 7e4])
    theirs = SymmetricalLogTransform(10, limit, 1.0).transform_non_affine(values)
    assert SymlogScale(linear_within=limit).forward(values) * limit == pytest.approx(theirs)


@pytest.mark.parametrize("name", sorted(SCALES))
@given(st.floats(0.0, 1000.0), st.floats(0.001, 5.0))
def test_pixels_go_to_data_and_back(name: str, px: float, per_px: float) -> None:
    axis = AxisCalibration(
        side="bottom", scale=SCALES[name](), slope=0.01 * per_px, intercept=-1.0, centre_px=400.0,
        covariance=np.zeros((2, 2)), residual_px=0.0,
    )  # fmt: skip
    assert float(axis.to_pixel(axis.to_data(px))) == pytest.approx(px, abs=1e-6)


def test_log_has_no_place_for_zero_and_negative_values() -> None:
    assert np.isnan(LogScale().forward([0.0, -1.0])).all()
    assert np.isfinite(LogScale().inverse(1e6))


@given(st.integers(-700_000, 1_000_000))
def test_dates_are_written_as_iso_8601(days: int) -> None:
    stamp = np.datetime64(DateScale().format(float(days)), "D").astype(int)
    assert int(stamp) == days


def test_times_of_day_are_written_to_the_second() -> None:
    assert DateScale().format(0.5) == "1970-01-01T12:00:00"
    assert DateScale().format(17897.0) == "2019-01-01"
    assert DateScale().format(float("nan")) == ""
    assert DateScale().format(1e12) == ""


def test_categories_are_written_as_their_label() -> None:
    scale = CategoryScale(labels=("low", "", "high"))
    assert [scale.format(v) for v in (0.1, 1.0, 2.0, 7.0)] == ["low", "1", "high", "7"]


def test_numbers_keep_full_precision() -> None:
    assert LinearScale().format(0.1) == "0.1"
    assert LinearScale().format(3.0) == "3"
    assert float(LinearScale().format(np.pi)) == np.pi
