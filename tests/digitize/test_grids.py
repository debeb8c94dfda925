"""Series on common places along x: interpolation in scaled coordinates, gaps, ends, several values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import ArrayLike

from calibration.axis import PanelCalibration
from calibration.scales import LogScale
from digitize.findings import PointFlag
from digitize.grids import Grid, has_common_x, parse_grid, resample, to_grid
from digitize.values import Figure, Series, SeriesKind


def _series(x: ArrayLike, y: ArrayLike, *, half: float = 0.1, kind: SeriesKind = "line") -> Series:
    x, y = np.asarray(x, float), np.asarray(y, float)
    return Series(
        label="a",
        x=x,
        y=y,
        x_interval=np.column_stack([x - half, x + half]),
        y_interval=np.column_stack([y - half, y + half]),
        flags=np.zeros(len(x), np.uint16),
        kind=kind,
    )


@pytest.fixture
def linear(made_figure: Figure) -> PanelCalibration:
    calibration = made_figure.panels[0].calibration
    assert calibration
    return calibration


@pytest.fixture
def log_log(linear: PanelCalibration) -> PanelCalibration:
    return PanelCalibration(x=replace(linear.x, scale=LogScale()), y=replace(linear.y, scale=LogScale()))


def test_between_points_the_line_is_straight(linear: PanelCalibration) -> None:
    one, ambiguous = resample(_series([0, 10], [0, 5]), linear, np.array([0.0, 2.0, 10.0]))
    assert one.y.tolist() == [0.0, 1.0, 5.0] and ambiguous == 0
    assert one.y_interval[1] == pytest.approx([0.9, 1.1]) and one.x_interval[1] == pytest.approx([1.9, 2.1])


def test_on_log_axes_straight_means_a_power_law(log_log: PanelCalibration) -> None:
    one, _ = resample(_series([1, 100], [1, 1e4], half=0.01), log_log, np.array([10.0]))
    assert one.y == pytest.approx([100.0])


def test_gaps_stay_gaps_and_nothing_is_extrapolated(linear: PanelCalibration) -> None:
    series = _series([0, 1, np.nan, 5, 6], [0, 1, np.nan, 5, 6])
    one, _ = resample(series, linear, np.array([-1.0, 0.5, 3.0, 5.5, 7.0]))
    assert np.isnan(one.y[[0, 2, 4]]).all() and one.y[[1, 3]] == pytest.approx([0.5, 5.5])


def test_a_place_within_the_interval_of_the_end_is_the_end(linear: PanelCalibration) -> None:
    one, _ = resample(_series([0.05, 10], [1, 5]), linear, np.array([0.0, 10.2]))
    assert one.y[0] == 1.0 and one.flags[0] == PointFlag.EXTRAPOLATED and np.isnan(one.y[1])


def test_flags_of_both_neighbours_are_kept(linear: PanelCalibration) -> None:
    series = replace(_series([0, 1, 2], [0, 1, 2]), flags=np.array([1, 4, 0], np.uint16))
    one, _ = resample(series, linear, np.array([0.0, 0.5, 1.0, 1.5, 2.0]))
    assert one.flags.tolist() == [1, 5, 4, 4, 0]


def test_a_curve_that_turns_back_has_no_value_there(linear: PanelCalibration, made_figure: Figure) -> None:
    loop = _series([0, 10, 0], [0, 5, 10])
    one, ambiguous = resample(loop, linear, np.array([2.0, 10.0]))
    assert np.isnan(one.y[0]) and one.y[1] == 5.0 and ambiguous == 1
    figure = replace(made_figure, panels=(replace(made_figure.panels[0], series=(loop,)),))
    gridded = to_grid(figure, Grid(at=("2",)))
    assert gridded.panels[0].findings[-1].code == "not-a-function"


def test_a_line_drawn_from_right_to_left_is_a_function(linear: PanelCalibration) -> None:
    one, ambiguous = resample(_series([10, 5, 0], [1, 2, 3]), linear, np.array([2.5, 7.5]))
    assert one.y.tolist() == [2.5, 1.5] and ambiguous == 0


def test_on_the_edge_of_a_step_stands_the_new_level(linear: PanelCalibration) -> None:
    stairs = _series([0, 1, 1, 2, 2, 3], [5, 5, 7, 7, 2, 2], half=0.01, kind="step")
    one, ambiguous = resample(stairs, linear, np.array([0.5, 1.0, 1.5, 2.0, 3.0]))
    assert one.y.tolist() == [5.0, 7.0, 7.0, 2.0, 2.0] and ambiguous == 0
    assert one.y_interval[1] == pytest.approx([4.99, 7.01]) and one.y_interval[3] == pytest.approx([1.99, 7.01])


@pytest.mark.parametrize("kind", ["scatter", "bar"])
def test_between_separate_marks_there_is_nothing(linear: PanelCalibration, kind: SeriesKind) -> None:
    one, _ = resample(_series([3, 1, 2], [30, 10, 20], kind=kind), linear, np.array([1.0, 1.5, 2.05, 3.0]))
    assert one.y[[0, 2, 3]].tolist() == [10.0, 20.0, 30.0] and np.isnan(one.y[1])


def test_count_step_and_places(made_figure: Figure) -> None:
    first = replace(made_figure, panels=made_figure.panels[:1])
    assert to_grid(first, Grid(count=5)).panels[0].series[0].x.tolist() == [0.0, 250.0, 500.0, 750.0, 1000.0]
    assert to_grid(first, Grid(step=400.0)).panels[0].series[1].x.tolist() == [0.0, 400.0, 800.0]
    assert to_grid(first, Grid(at=("30", "10"))).panels[0].series[0].x.tolist() == [10.0, 30.0]
    assert has_common_x(to_grid(first, Grid()).panels[0])


def test_steps_are_round_numbers(made_figure: Figure) -> None:
    short = replace(made_figure.panels[0], series=(_series([0, 0.4], [0, 1], half=0.001),))
    gridded = to_grid(replace(made_figure, panels=(short,)), Grid(step=0.1))
    assert gridded.panels[0].series[0].x.tolist() == [0.0, 0.1, 0.2, 0.3, 0.4]


def test_own_places_are_those_the_eye_tells_apart(made_figure: Figure) -> None:
    pair = (_series([0, 1, 2], [0, 1, 2]), _series([0.01, 1.01, 3], [0, 1, 3]))
    panel = replace(made_figure.panels[0], series=pair)
    gridded = to_grid(replace(made_figure, panels=(panel,)), Grid()).panels[0]
    assert gridded.series[0].x == pytest.approx([0.005, 1.005, 2.0, 3.0])
    assert np.isfinite(gridded.series[0].y[:3]).all() and np.isnan(gridded.series[0].y[3])


def test_dates_and_categories_are_places_too(made_figure: Figure) -> None:
    second = replace(made_figure, panels=made_figure.panels[1:2])
    gridded = to_grid(second, Grid(at=("2020-01-02", "2020-01-03"))).panels[0].series[0]
    assert gridded.x.tolist() == [18263.0, 18264.0] and np.isfinite(gridded.y[0]) and np.isnan(gridded.y[1])


def test_a_number_on_an_axis_of_dates_is_a_year_or_nothing(made_figure: Figure) -> None:
    second = replace(made_figure, panels=made_figure.panels[1:2])
    assert to_grid(second, Grid(at=("2020",))).panels[0].series[0].x.tolist() == [18262.0]
    with pytest.raises(ValueError, match="no place"):
        to_grid(second, Grid(at=("18263",)))


def test_a_place_of_one_panel_is_left_out_of_the_others(made_figure: Figure) -> None:
    first, second, _ = to_grid(made_figure, Grid(at=("250", "2020-01-02"))).panels
    assert first.series[0].x.tolist() == [250.0] and second.series[0].x.tolist() == [18263.0]


def test_a_sharp_peak_of_a_dense_series_is_a_place(made_figure: Figure) -> None:
    dense = _series(np.arange(9.0), [0, 0, 0, 0, 9, 0, 0, 0, 0], half=3.0)
    panel = replace(made_figure.panels[0], series=(dense,))
    assert np.nanmax(to_grid(replace(made_figure, panels=(panel,)), Grid()).panels[0].series[0].y) == 9.0


def test_refused_panels_and_empty_figures_pass(made_figure: Figure, empty_figure: Figure) -> None:
    assert to_grid(empty_figure, Grid(count=5)).panels == ()
    assert to_grid(made_figure, Grid(count=5)).panels[2].series == ()


def test_many_points_on_many_places(linear: PanelCalibration) -> None:
    x = np.linspace(0, 1000, 5001)
    places = np.linspace(0, 1000, 1777)
    one, _ = resample(_series(x, np.sin(x / 50)), linear, places)
    assert np.abs(one.y - np.interp(places, x, np.sin(x / 50))).max() < 1e-12


def test_options_are_read(made_figure: Figure) -> None:
    assert parse_grid("50") == Grid(count=50) and parse_grid("0.5") == Grid(step=0.5)
    assert parse_grid("step=10") == Grid(step=10.0) and parse_grid(at="1, 2,2020-01-01").at == ("1", "2", "2020-01-01")


@pytest.mark.parametrize(
    ("grid", "at"), [("", ""), ("5", "1"), ("1", ""), ("x", ""), ("-0.5", ""), ("nan", ""), ("", ",")]
)
def test_senseless_options_are_refused(grid: str, at: str) -> None:
    with pytest.raises(ValueError, match=r"grid|at"):
        parse_grid(grid, at)


def test_senseless_places_are_refused(made_figure: Figure) -> None:
    with pytest.raises(ValueError, match="soon"):
        to_grid(made_figure, Grid(at=("soon",)))
    with pytest.raises(ValueError, match="more than"):
        to_grid(made_figure, Grid(step=1e-9))
