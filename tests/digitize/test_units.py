"""What an axis title says, in another unit; what it does not say stays as printed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from calibration.scales import LogScale
from digitize.units import to_units
from digitize.values import Figure


def _with_units(figure: Figure, x: str, y: str, title: str = "Step") -> Figure:
    reading = figure.panels[0]
    assert reading.calibration
    calibration = replace(
        reading.calibration,
        x=replace(reading.calibration.x, unit=x, title=title),
        y=replace(reading.calibration.y, unit=y),
    )
    return replace(figure, panels=(replace(reading, calibration=calibration),))


@pytest.mark.parametrize(
    ("printed", "wanted", "factor"),
    [
        ("hours", "minutes", 60.0),
        ("h", "s", 3600.0),
        ("Hours", "min", 60.0),
        ("hrs.", "days", 1 / 24),
        ("m s-1", "km/h", 3.6),
        ("m s^-1", "km/h", 3.6),
        ("μm", "mm", 1e-3),
        ("%", "fraction", 0.01),
        ("GB", "MB", 1e3),
    ],
)
def test_conversion_of_series_and_axis(made_figure: Figure, printed: str, wanted: str, factor: float) -> None:
    figure = _with_units(made_figure, printed, "s")
    before, after = figure.panels[0], to_units(figure, wanted).panels[0]
    assert before.calibration and after.calibration
    assert after.findings == before.findings
    for old, new in zip(before.series, after.series, strict=True):
        assert new.x == pytest.approx(old.x * factor, nan_ok=True, rel=1e-12) and new.x_unit == wanted
        assert new.x_interval == pytest.approx(old.x_interval * factor, nan_ok=True, rel=1e-12)
        assert np.array_equal(new.y, old.y, equal_nan=True)
    px = np.array([100.0, 300.0, 500.0])
    assert after.calibration.x.to_data(px) == pytest.approx(before.calibration.x.to_data(px) * factor)
    assert after.calibration.x.interval(px, 0.3) == pytest.approx(before.calibration.x.interval(px, 0.3) * factor)
    assert after.calibration.x.unit == wanted and after.calibration.x.used[1].value == pytest.approx(1000 * factor)


def test_temperatures_have_an_offset(made_figure: Figure) -> None:
    figure = _with_units(made_figure, "°C", "s")
    after = to_units(figure, "kelvin").panels[0]
    assert after.series[0].x[:2] == pytest.approx([273.15, 523.15])


def test_log_axis_is_shifted(made_figure: Figure) -> None:
    figure = _with_units(made_figure, "s", "s")
    reading = figure.panels[0]
    assert reading.calibration
    axis = replace(reading.calibration.x, scale=LogScale(), slope=0.01, intercept=2.0)
    figure = replace(figure, panels=(replace(reading, calibration=replace(reading.calibration, x=axis)),))
    after = to_units(figure, "ms").panels[0]
    assert after.calibration and after.calibration.x.to_data([250.0]) == pytest.approx(1e3 * axis.to_data([250.0]))


def test_a_title_that_is_a_unit_counts(made_figure: Figure) -> None:
    after = to_units(_with_units(made_figure, "", "s", title="Hours"), "minutes").panels[0]
    assert after.series[0].x[1] == pytest.approx(250 * 60)


@pytest.mark.parametrize(
    ("printed", "why"), [("tokens", "not a known unit"), ("", "names no unit"), ("kg", "something else"),
                         ("GB", "something else"), ("$", "not a known unit"), ("10^3 m", "not a known unit")]
)
def test_unknown_units_stay_as_printed_with_a_finding(made_figure: Figure, printed: str, why: str) -> None:
    figure = _with_units(made_figure, printed, "s")
    after = to_units(figure, "minutes").panels[0]
    assert after.findings[-1].code == "unit-kept" and why in after.findings[-1].message
    assert np.array_equal(after.series[0].x, figure.panels[0].series[0].x, equal_nan=True)
    assert after.calibration and after.calibration.x.unit == printed


def test_dates_are_not_converted(made_figure: Figure) -> None:
    after = to_units(made_figure, "minutes", "minutes")
    codes = [(finding.code, finding.panel) for finding in after.panels[1].findings]
    assert codes == [("unit-kept", 2)] * 2 and after.panels[2].findings == ()


def test_what_is_no_unit_is_the_callers_mistake(made_figure: Figure) -> None:
    with pytest.raises(ValueError, match="furlongs-per"):
        to_units(made_figure, "furlongs-per")
