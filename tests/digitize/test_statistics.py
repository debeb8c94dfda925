"""What is measured of a curve, against curves whose features are known; and the sentences made of it."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.geometry import FloatArray
from digitize.axis_span import AxisSpan
from digitize.curves import Curve
from digitize.digits import Measured, rounded
from digitize.findings import PointFlag
from digitize.levels import time_to_reach, value_at
from digitize.statistics import series_statistics
from digitize.trends import trend_sentence


def _span(start: float, end: float, title: str = "", unit: str = "") -> AxisSpan:
    return AxisSpan(start=start, end=end, forward=lambda v: np.asarray(v, float), title=title, unit=unit)


def curve_of(x: FloatArray, y: FloatArray, half: float = 0.001, **changes: object) -> Curve:
    fields: dict[str, object] = {
        "panel": 1, "panel_title": "Reward", "label": "a", "colour": "blue", "kind": "line", "x": x, "y": y,
        "x_interval": np.stack([x - 0.1, x + 0.1], axis=1), "y_interval": np.stack([y - half, y + half], axis=1),
        "flags": np.zeros(len(x), np.uint16), "x_axis": _span(0, 100, "Time", "hours"), "y_axis": _span(0, 1),
    }  # fmt: skip
    return Curve(**{**fields, **changes})  # type: ignore[arg-type]


X = np.linspace(0, 100, 501)


def test_ends_extremes_mean_and_plateau() -> None:
    one = series_statistics(curve_of(X, X / 100))
    assert (one.first.y.value, one.last.y.value, one.span.value) == pytest.approx((0, 1, 1))
    assert one.maximum.x.value == 100 and one.minimum.x.value == 0
    assert one.mean.value == pytest.approx(0.5) and one.plateau.value == pytest.approx(0.95)
    assert (one.mean.low, one.mean.high) == pytest.approx((0.499, 0.501))


def test_mean_weighs_time_not_points() -> None:
    x = np.concatenate([np.linspace(0, 1, 100), [100.0]])
    assert series_statistics(curve_of(x, np.where(x < 2, 0.0, 1.0))).mean.value == pytest.approx(0.495)


def test_level_is_reached_between_the_points() -> None:
    curve = curve_of(np.array([0.0, 10.0, 20.0]), np.array([0.0, 0.2, 0.8]))
    reached = time_to_reach(curve, 0.5)
    assert reached is not None and reached.value == pytest.approx(15)
    assert time_to_reach(curve, 0.9) is None


def test_value_on_a_slope_is_less_certain() -> None:
    found = value_at(curve_of(X, np.where(X < 50, 0.0, 1.0)), 50)
    assert found is not None and found.high - found.low > 0.3
    assert value_at(curve_of(X, X / 100), 120) is None


def test_spike_is_told_from_a_hill() -> None:
    spike = series_statistics(curve_of(X, 0.1 + 0.6 * np.exp(-(((X - 40) / 2) ** 2))))
    hill = series_statistics(curve_of(X, 0.1 + 0.6 * np.exp(-(((X - 40) / 20) ** 2))))
    assert [turn.at.x.value for turn in spike.spikes] == pytest.approx([40])
    assert not hill.spikes and [turn.at.x.value for turn in hill.turns if turn.peak] == pytest.approx([40])


def test_volatile_is_told_from_steady() -> None:
    noise = np.random.default_rng(0).normal(0, 0.06, len(X))
    assert series_statistics(curve_of(X, 0.5 + 0.15 * np.sin(X / 30) + noise)).volatile
    assert not series_statistics(curve_of(X, 0.5 + 0.15 * np.sin(X / 30))).volatile
    assert not series_statistics(curve_of(X, X / 100 + 0.01 * np.sin(X))).volatile


def test_rise_peak_and_dip_are_told_with_places() -> None:
    y = np.interp(X, [0, 90, 100], [0.42, 0.83, 0.76])
    sentence = trend_sentence(series_statistics(curve_of(X, y)))
    assert sentence.startswith("Rises from ~0.42 to a peak of ~0.83 near hour 90, then dips slightly to ~0.76")


def test_flat_curve_is_called_flat() -> None:
    assert "flat" in trend_sentence(series_statistics(curve_of(X, np.full(len(X), 0.3))))


def test_doubtful_end_is_marked() -> None:
    flags = np.zeros(len(X), np.uint16)
    flags[-1] = PointFlag.HIDDEN
    one = series_statistics(curve_of(X, X / 100, flags=flags))
    assert one.last.y.doubtful and not one.first.y.doubtful


@pytest.mark.parametrize(
    ("value", "half", "text"),
    [(0.51234, 0.004, "0.51"), (0.51234, 0.0004, "0.512"), (26.3, 1.5, "26"), (2203.6, 5, "2200"), (5.0, 0, "5")]
)
def test_digits_follow_the_interval(value: float, half: float, text: str) -> None:
    assert rounded(Measured(value=value, low=value - half, high=value + half)) == text
