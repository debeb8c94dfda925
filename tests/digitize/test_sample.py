"""The figure the project was born from: what it shows agrees with its description, and is read back whole."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image as PILImage

from calibration.geometry import FloatArray
from tests.closeness import assert_box_close, assert_series_close, match_by_name, to_box

if TYPE_CHECKING:
    from digitize.values import Figure

SAMPLES = Path(__file__).parents[2] / "samples"
BLUE, GREEN, RED, PURPLE = RUNS = (
    "Sync. (sync_interval=1)",
    "Sync. (sync_interval=2)",
    "Sync. (sync_interval=10)",
    "One-Step Off-Policy",
)
PANELS = ("Reward", "Response Length", "Gradient Norm", "KL Divergence")
Curve = tuple[FloatArray, FloatArray]

# The summary table of the description: the last value of every run, and half a unit of its last stated digit.
FINAL_VALUES = {
    "Reward": ((0.51, 0.49, 0.52, 0.50), 0.005),
    "Response Length": ((2200, 1750, 950, 1300), 5.0),
    "Gradient Norm": ((0.08, 0.09, 0.10, 0.11), 0.005),
    "KL Divergence": ((0.24, 0.20, 0.04, 0.17), 0.005),
}
FINAL_HOURS = (130, 75, 40, 45)
# Printed tick labels reach from the first to the second; the axes reach past them.
TICK_RANGES = {
    "Reward": (0.40, 0.50),
    "Response Length": (1000, 2500),
    "Gradient Norm": (0.08, 0.16),
    "KL Divergence": (0.0, 0.5),
}


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((SAMPLES / "training_metrics.json").read_text(encoding="utf-8"))
    return document


@pytest.fixture(scope="module")
def curves(truth: dict[str, Any]) -> dict[str, dict[str, Curve]]:
    """(hours, values) by panel and run."""
    return {
        panel["title"]: {series["name"]: (np.array(series["x"]), np.array(series["y"])) for series in panel["series"]}
        for panel in truth["panels"]
    }


def between(curve: Curve, first: float, last: float) -> Curve:
    hours, values = curve
    inside = (hours >= first) & (hours <= last)
    return hours[inside], values[inside]


def at(curve: Curve, hour: float) -> float:
    return float(np.interp(hour, *curve))


def peak(curve: Curve) -> tuple[float, float]:
    hours, values = curve
    place = int(np.argmax(values))
    return float(hours[place]), float(values[place])


def test_four_panels_share_four_named_runs_and_an_axis_of_hours(truth: dict[str, Any]) -> None:
    assert tuple(panel["title"] for panel in truth["panels"]) == PANELS
    for panel in truth["panels"]:
        assert tuple(series["name"] for series in panel["series"]) == RUNS
        assert panel["x"]["label"] == "Time (hours)"
        assert panel["x"]["range"][0] <= 0 and 130 <= panel["x"]["range"][1] < 150
        low, high = panel["y"]["range"]
        first, last = TICK_RANGES[panel["title"]]
        assert low < first < last < high


def test_final_hours_and_values_are_those_of_the_summary_table(curves: dict[str, dict[str, Curve]]) -> None:
    for panel, (values, half_a_unit) in FINAL_VALUES.items():
        for run, hour, value in zip(RUNS, FINAL_HOURS, values, strict=True):
            x, y = curves[panel][run]
            assert abs(x[-1] - hour) <= 0.5, (panel, run)
            assert abs(y[-1] - value) <= half_a_unit, (panel, run)


def test_reward_follows_its_description(curves: dict[str, dict[str, Curve]]) -> None:
    reward = curves["Reward"]
    hour, value = peak(reward[BLUE])
    assert abs(hour - 120) < 2 and abs(value - 0.53) <= 0.005
    assert 0.01 < value - reward[BLUE][1][-1] < 0.03  # a slight dip
    assert np.std(np.diff(between(reward[BLUE], 20, 100)[1])) > 0.003  # volatile
    settled = between(reward[GREEN], 20, 75)[1]
    assert settled.min() >= 0.48 and settled.max() <= 0.50
    assert abs(between(reward[RED], 35, 40.5)[1].max() - 0.52) <= 0.005
    assert abs(between(reward[PURPLE], 40, 45.5)[1].max() - 0.51) <= 0.005
    climbs = {run: at(reward[run], 6) - at(reward[run], 0) for run in RUNS}
    assert max(climbs, key=climbs.__getitem__) == RED  # the steepest
    assert at(reward[GREEN], 12) - 0.40 > 2 * (at(reward[BLUE], 12) - 0.40)  # rapid
    shared = np.linspace(0, 40, 81)
    apart = np.abs(np.interp(shared, *reward[PURPLE]) - np.interp(shared, *reward[RED]))
    assert apart.max() < 0.025  # similar: within a sixth of the axis


def test_response_length_follows_its_description(curves: dict[str, dict[str, Curve]]) -> None:
    length = curves["Response Length"]
    assert abs(at(length[BLUE], 50) - 2250) <= 5
    assert abs(at(length[BLUE], 75) - 1750) <= 5
    assert between(length[BLUE], 35, 60)[1].max() < 2300 and between(length[BLUE], 65, 85)[1].min() > 1700
    hour, value = peak(length[BLUE])
    assert abs(hour - 110) < 2 and abs(value - 2500) <= 5
    hours, values = length[GREEN]
    assert abs(values[0] - 800) <= 5
    assert np.abs(values - np.interp(hours, [0, 75], [800, 1750])).max() < 100  # linear-like
    assert abs(between(length[RED], 30, 40.5)[1].max() - 1000) <= 50
    assert abs(length[PURPLE][1][-1] - 1300) <= 5
    growth = {run: at(length[run], 40) - at(length[run], 0) for run in RUNS}
    assert min(growth, key=growth.__getitem__) == RED  # the slowest


def test_gradient_norm_follows_its_description(curves: dict[str, dict[str, Curve]]) -> None:
    norm = curves["Gradient Norm"]
    hours, values = norm[BLUE]
    assert abs(values[0] - 0.12) <= 0.005
    assert values.min() >= 0.0795 and values.max() <= 0.1305
    assert hours[np.argmin(values)] > 100 and np.argmin(values) == len(values) - 1  # ends at its lowest
    assert np.std(np.diff(values)) > 0.004  # highly volatile
    assert norm[GREEN][1].min() >= 0.08 and norm[GREEN][1].max() <= 0.12
    assert abs(norm[RED][1][0] - 0.12) <= 0.005
    settled = between(norm[RED], 6, 41)[1]
    assert settled.min() >= 0.09 and settled.max() <= 0.10
    assert abs(norm[PURPLE][1][0] - 0.16) <= 0.005 and peak(norm[PURPLE])[0] == 0
    settled = between(norm[PURPLE], 5, 46)[1]
    assert settled.min() >= 0.10 and settled.max() <= 0.12


def test_kl_divergence_follows_its_description(curves: dict[str, dict[str, Curve]]) -> None:
    divergence = curves["KL Divergence"]
    hour, value = peak(divergence[BLUE])
    assert abs(hour - 50) < 1 and abs(value - 0.52) <= 0.005
    assert at(divergence[BLUE], 60) < 0.3  # a sharp drop
    settled = between(divergence[BLUE], 100, 130)[1]
    assert settled.min() >= 0.23 and settled.max() <= 0.27
    for run, last in ((GREEN, 0.20), (PURPLE, 0.18)):
        x, y = divergence[run]
        assert abs(y.max() - last) <= 0.0051
        assert np.corrcoef(x, y)[0, 1] > 0.97  # a steady slope
    assert divergence[RED][1].max() < 0.05


def test_drawing_again_gives_the_same_data(truth: dict[str, Any]) -> None:
    pytest.importorskip("matplotlib")
    script = runpy.run_path(str(SAMPLES / "training_metrics.py"))
    data = script["draw_data"]()
    for panel in truth["panels"]:
        for series in panel["series"]:
            hours, values = data[panel["title"]][series["name"]]
            np.testing.assert_allclose(hours, series["x"], atol=1e-5)
            np.testing.assert_allclose(values, series["y"], rtol=1e-6)


def test_spines_in_the_picture_lie_where_the_truth_says(truth: dict[str, Any]) -> None:
    with PILImage.open(SAMPLES / "training_metrics.png") as opened:
        grey = np.asarray(opened.convert("L")).astype(float)
    assert grey.shape == (truth["height"], truth["width"])
    for panel in truth["panels"]:
        box = to_box(panel["bbox"])
        for line in (grey[:, round(box.left)], grey[:, round(box.right)]):
            assert (line[round(box.top) : round(box.bottom)] < 60).all()
        for line in (grey[round(box.top)], grey[round(box.bottom)]):
            assert (line[round(box.left) : round(box.right)] < 60).all()


@pytest.fixture(scope="module")
def figure() -> Figure:
    from digitize import read_figure

    return read_figure(SAMPLES / "training_metrics.png")


def test_panels_are_found_with_their_axes_and_titles(figure: Figure, truth: dict[str, Any]) -> None:
    assert len(figure.panels) == len(truth["panels"])
    for reading, panel in zip(figure.panels, truth["panels"], strict=True):
        assert reading.panel.title == panel["title"]
        assert_box_close(reading.panel.axes, to_box(panel["bbox"]), tolerance_px=1.0)
        assert reading.calibration is not None
        box = to_box(panel["bbox"])
        # matplotlib draws each tick on the nearest pixel, so four of them may be half a pixel off in a slant.
        ends = reading.calibration.x.to_data([box.left, box.right])
        np.testing.assert_allclose(ends, panel["x"]["range"], atol=0.004 * np.ptp(panel["x"]["range"]))
        ends = reading.calibration.y.to_data([box.bottom, box.top])
        np.testing.assert_allclose(ends, panel["y"]["range"], atol=0.004 * np.ptp(panel["y"]["range"]))


@pytest.mark.parametrize("place", range(4), ids=[title.replace(" ", "-").lower() for title in PANELS])
def test_every_run_is_read_under_its_legend_name(figure: Figure, truth: dict[str, Any], place: int) -> None:
    panel = truth["panels"][place]
    series = match_by_name(figure.panels[place].series, RUNS)
    for drawn in panel["series"]:
        read = series[drawn["name"]]
        assert read.label == drawn["name"]
        assert_series_close(
            (read.x, read.y),
            (drawn["x"], drawn["y"]),
            x_range=panel["x"]["range"],
            y_range=panel["y"]["range"],
            tolerance_percent=1.0,
            share=0.99,
            what=f"{panel['title']}, {drawn['name']}",
        )
