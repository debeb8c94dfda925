from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration import SCALES, CategoryScale, DateScale, LinearScale, LogScale

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
