"""What is measured of a curve, against curves whose features are known; and the sentences made of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.geometry import FloatArray
from calibration.scales import CategoryScale, DateScale, LogScale
from digitize.axis_span import AxisSpan
from digitize.curves import Curve, read_curves
from digitize.digits import Measured, rounded, rounded_date
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


def _log_span(start: float, end: float) -> AxisSpan:
    return AxisSpan(start=start, end=end, forward=LogScale().forward)


def test_a_log_axis_rounds_where_the_value_stands() -> None:
    y = 10.0 ** np.interp(X, [0, 100], [-3, 2])
    curve = curve_of(X, y, y_axis=_log_span(1e-4, 1e3), y_interval=np.stack([y * 0.98, y * 1.02], axis=1))
    assert trend_sentence(series_statistics(curve)).startswith("Rises from ~0.0010 to ~100 near hour 100")
    found = value_at(curve, 50)
    assert found is not None and found.value == pytest.approx(10**-0.5, rel=1e-6)


def test_dates_are_no_finer_than_their_interval() -> None:
    days = np.linspace(10957.0, 14610.0, 300)
    curve = curve_of(
        days, np.interp(days, [10957, 13000, 14610], [0.1, 0.9, 0.2]),
        x_interval=np.stack([days - 3, days + 3], axis=1),
        x_axis=AxisSpan(start=10957, end=14610, forward=DateScale().forward, kind="date", printed=DateScale().format),
    )  # fmt: skip
    assert "a peak of ~0.90 near 2005-08, then falls to ~0.20 near 2010-01." in trend_sentence(series_statistics(curve))
    assert [rounded_date(13000.4, half) for half in (400, 40, 2, 0.1, 0)] == [
        "2006", "2005-08", "2005-08-05", "2005-08-05T09:36", "2005-08-05T09:36:00",
    ]  # fmt: skip


def test_bars_and_points_are_told_by_their_extremes() -> None:
    labels = ("Morris", "Waseca", "Duluth")
    axis = AxisSpan(
        start=-0.5, end=2.5, forward=CategoryScale(labels=labels).forward, kind="category",
        printed=CategoryScale(labels=labels).format, labels=labels,
    )  # fmt: skip
    bars = curve_of(np.arange(3.0), np.array([0.3, 0.8, 0.5]), kind="bar", x_axis=axis)
    assert trend_sentence(series_statistics(bars)) == "3 bars, the highest ~0.80 at Waseca, the lowest ~0.30 at Morris."
    cloud = curve_of(X[::-1], X[::-1] / 100, kind="scatter")
    assert "on the whole rising along x" in trend_sentence(series_statistics(cloud))


def test_a_noisy_curve_is_told_by_its_course() -> None:
    noise = np.random.default_rng(1).normal(0, 0.06, len(X))
    one = series_statistics(curve_of(X, np.interp(X, [0, 30, 100], [0.2, 0.7, 0.72]) + noise))
    sentence = trend_sentence(one)
    assert sentence.startswith("On the whole rises from ~0.2 to ~0.") and "settles around ~0.71" in sentence
    assert "highly volatile" in sentence and not one.spikes
    outlier = np.where(np.abs(X - 60) < 0.5, -0.6, 0.0)
    (drop,) = series_statistics(curve_of(X, np.interp(X, [0, 30, 100], [0.2, 0.7, 0.72]) + noise + outlier)).spikes
    assert drop.at.x.value == pytest.approx(60, abs=0.5) and not drop.peak


def test_a_steady_rise_does_not_settle_and_an_even_wave_is_one() -> None:
    assert series_statistics(curve_of(X, X / 100)).settled is None
    settled = series_statistics(curve_of(X, 0.9 * (1 - np.exp(-X / 12)))).settled
    assert settled is not None and 20 < settled.since.value < 40
    assert settled.level.value == pytest.approx(0.89, abs=0.01)
    wave = series_statistics(curve_of(X, 0.5 + 0.3 * np.sin(X / 3)))
    assert trend_sentence(wave) == "Oscillates between ~0.20 and ~0.80, a period about every ~19 hours, to hour 100."


def test_a_line_cut_off_by_the_edge_is_told_so() -> None:
    cut = np.minimum(0.5 + 0.9 * np.exp(-(((X - 50) / 10) ** 2)), 1.0)
    sentence = trend_sentence(series_statistics(curve_of(X, cut)))
    assert "touches the upper edge of the axes and may go on beyond" in sentence
    assert "edge" not in trend_sentence(series_statistics(curve_of(X, X / 100)))


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40),
    st.sampled_from(["line", "step", "scatter", "bar"]),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_any_curve_has_statistics_and_a_sentence(values: list[float], kind: str, log: bool) -> None:
    x = np.sort(np.array(values)) if kind in ("line", "step") else np.array(values)
    y = np.array(values[::-1])
    axis = _log_span(1e-3, 1e3) if log else _span(-1e6, 1e6)
    one = series_statistics(curve_of(x, y, kind=kind, y_axis=axis, x_axis=_span(float(x.min()), float(x.max()))))
    sentence = trend_sentence(one)
    assert sentence.endswith(".") and "nan" not in sentence and "inf" not in sentence
    assert one.minimum.y.value == y.min() and one.maximum.y.value == y.max()


def test_loop_goes_along_its_path_and_has_no_mean(tmp_path: Path) -> None:
    turn = np.linspace(0, 2 * np.pi, 60)
    rows = [f"1,a,line,{50 + 30 * np.cos(t):.4f},{0.5 + 0.3 * np.sin(t):.4f}" for t in turn]
    file = tmp_path / "loop.csv"
    file.write_text("panel,series,kind,x,y\n" + "\n".join(rows))
    (curve,) = read_curves(str(file))
    assert curve.looped and np.argmax(curve.y) == 15
    one = series_statistics(curve)
    assert one.maximum.y.value == pytest.approx(0.8, abs=0.002) and not one.turns and not one.legs


def test_pieces_in_any_order_are_no_loop(tmp_path: Path) -> None:
    file = tmp_path / "pieces.csv"
    rows = ["1,a,line,5,1", "1,a,line,6,2", "1,a,line,7,3", "1,a,line,7,", "1,a,line,1,1", "1,a,line,2,2"]
    file.write_text("panel,series,kind,x,y\n" + "\n".join(rows))
    (curve,) = read_curves(str(file))
    assert not curve.looped and curve.x.tolist() == [1, 2, 5, 6, 7]
