"""Markers without a line come out as points; markers on a line, dots and dashes do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from calibration.geometry import Box, FloatArray
from digitize.findings import PointFlag
from digitize.tracing import trace_panel
from digitize.values import Legend, LegendEntry, Trace

BLUE, ORANGE = "#1f77b4", "#ff7f0e"


def _cloud(count: int, seed: int, spread: float = 0.13, middle: float = 0.5) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    points = np.clip(rng.normal(middle, spread, (count, 2)), 0.04, 0.96)
    return points[:, 0], points[:, 1]


def _f1(found: FloatArray, true: FloatArray, tolerance_px: float = 3.5) -> float:
    gaps = np.linalg.norm(found[:, None] - true[None], axis=2)
    one, other = linear_sum_assignment(np.minimum(gaps, 2 * tolerance_px))
    return 2 * float((gaps[one, other] <= tolerance_px).sum()) / (len(found) + len(true))


def _scatter(traces: tuple[Trace, ...]) -> list[Trace]:
    return [trace for trace in traces if trace.kind == "scatter"]


def _points(marker: str = "o", size: float = 6.0, colour: str = BLUE, **style: Any) -> dict[str, Any]:
    return {"linestyle": "none", "marker": marker, "markersize": size, "color": colour, **style}


@pytest.mark.parametrize("marker", ["o", "s", "^", "D", "x", "+", "*", "h", "d", "v"])
def test_markers_of_every_shape_are_points(draw: Callable[..., Any], marker: str) -> None:
    drawn = draw([(*_cloud(50, 3), _points(marker, 7.0))])
    traces, _ = trace_panel(drawn.image, drawn.panel, None, [])
    assert [trace.kind for trace in traces] == ["scatter"]
    assert _f1(traces[0].points_px, drawn.paths[0]) > 0.9


@pytest.mark.parametrize(
    ("style", "picture"),
    [
        ({"markerfacecolor": "none"}, {}),
        ({"alpha": 0.5, "markeredgewidth": 0}, {}),
        ({"markeredgecolor": "white"}, {"theme": "grey", "grid": True}),
        ({"markeredgecolor": "black"}, {}),
        ({"size": 4.0}, {"theme": "dark"}),
        ({"size": 9.0}, {"jpeg": 85}),
        ({}, {"grid": True}),
    ],
)
def test_edges_alpha_backgrounds_and_jpeg_leave_the_points(
    draw: Callable[..., Any], style: dict[str, Any], picture: dict[str, Any]
) -> None:
    drawn = draw([(*_cloud(40, 5, 0.2), _points(**style))], **picture)
    traces, _ = trace_panel(drawn.image, drawn.panel, None, [])
    assert [trace.kind for trace in traces] == ["scatter"]
    assert _f1(traces[0].points_px, drawn.paths[0]) > 0.9


def test_colours_are_separate_series_under_their_names(draw: Callable[..., Any]) -> None:
    drawn = draw([(*_cloud(40, 1, middle=0.4), _points()), (*_cloud(40, 2, middle=0.6), _points("s", colour=ORANGE))])
    entries = tuple(
        LegendEntry(label=name, handle=None, colour=one.colour, marker=True, line=False)
        for name, one in zip(("cats", "dogs"), drawn.entries, strict=True)
    )
    legend = Legend(box=Box(left=0, top=0, right=1, bottom=1), entries=entries)
    traces, _ = trace_panel(drawn.image, drawn.panel, legend, [])
    named = {trace.label: trace for trace in traces}
    assert set(named) == {"cats", "dogs"}
    assert _f1(named["cats"].points_px, drawn.paths[0]) > 0.9
    assert _f1(named["dogs"].points_px, drawn.paths[1]) > 0.9


def test_separate_markers_are_placed_to_half_a_pixel(draw: Callable[..., Any]) -> None:
    x, y = np.meshgrid(np.linspace(0.07, 0.93, 7), np.linspace(0.13, 0.87, 6))
    drawn = draw([(x.ravel() + 0.0007 * np.arange(42), y.ravel(), _points(size=7.0))])
    traces, _ = trace_panel(drawn.image, drawn.panel, None, [])
    gaps = np.linalg.norm(traces[0].points_px[:, None] - drawn.paths[0][None], axis=2).min(axis=1)
    assert len(gaps) == 42
    assert np.median(gaps) < 0.5 and gaps.max() < 0.9  # Agg itself rounds markers to whole pixels
    off = np.abs(traces[0].points_px[:, None] - drawn.paths[0][None])
    assert np.all(off.min(axis=1) < 3 * traces[0].sigma_px)


def test_a_fit_line_of_another_colour_stays_a_line(draw: Callable[..., Any]) -> None:
    x, y = _cloud(40, 8, 0.2)
    drawn = draw([(x, y, _points()), (np.array([0.05, 0.95]), np.array([0.2, 0.8]), {"color": "black"})])
    traces, _ = trace_panel(drawn.image, drawn.panel, None, [])
    assert sorted(trace.kind for trace in traces) == ["line", "scatter"]
    assert _f1(_scatter(traces)[0].points_px, drawn.paths[0]) > 0.9


@pytest.mark.parametrize(
    "style",
    [
        {"marker": "o", "markersize": 6},
        {"marker": "s", "markersize": 5, "linestyle": "--"},
        {"linestyle": ":", "linewidth": 3},
        {"linestyle": "--", "linewidth": 3},
        {"linestyle": "-.", "linewidth": 2},
        {"marker": "o", "markersize": 6, "markerfacecolor": "white"},
        {"marker": "o", "markersize": 6, "markerfacecolor": "red", "markeredgecolor": "red"},
    ],
)
def test_markers_dots_and_dashes_of_a_line_are_no_points(draw: Callable[..., Any], style: dict[str, Any]) -> None:
    x = np.linspace(0.03, 0.97, 15)
    drawn = draw([(x, 0.5 + 0.3 * np.sin(5 * x), {"color": BLUE, **style})])
    traces, _ = trace_panel(drawn.image, drawn.panel, None, [])
    assert not _scatter(traces)


def test_a_legend_that_shows_a_line_rules_points_out(draw: Callable[..., Any]) -> None:
    x = np.linspace(0.03, 0.97, 60)
    drawn = draw([(x, 0.5 + 0.3 * np.sin(5 * x), {"color": BLUE, "linestyle": ":", "linewidth": 5})])
    legend = Legend(box=Box(left=0, top=0, right=1, bottom=1), entries=tuple(drawn.entries))
    traces, _ = trace_panel(drawn.image, drawn.panel, legend, [])
    assert not _scatter(traces)


def test_points_that_a_line_runs_over_are_found_by_what_shows_beside_it(draw: Callable[..., Any]) -> None:
    rng = np.random.default_rng(5)
    x = np.linspace(0.05, 0.95, 40)
    curve = 0.3 + 0.5 * (1 - np.exp(-4 * x))
    y = curve + rng.normal(0, 0.012, len(x))
    drawn = draw([(x, y, _points(size=5.0, colour="black")), (x, curve, {"color": "#3366ff", "linewidth": 2.5})])
    traces, _ = trace_panel(drawn.image, drawn.panel, None, [])
    (cloud,) = _scatter(traces)
    assert _f1(cloud.points_px, drawn.paths[0], tolerance_px=2.0) > 0.9


def test_of_a_cloud_of_which_most_lies_in_heaps_what_shows_is_given_and_the_rest_said(draw: Callable[..., Any]) -> None:
    drawn = draw([(*_cloud(3000, 4, 0.12), _points(size=7.0))])
    (trace,), findings = trace_panel(drawn.image, drawn.panel, None, [])
    (heaped,) = [one for one in findings if one.code == "points-heaped"]
    assert "most of its points are missing" in heaped.message
    flags = np.asarray(trace.flags)
    assert np.mean(flags & int(PointFlag.HIDDEN) > 0) > 0.5


def test_points_beyond_telling_apart_are_refused(draw: Callable[..., Any]) -> None:
    drawn = draw([(*_cloud(3000, 4, 0.06), _points(size=7.0))])
    traces, findings = trace_panel(drawn.image, drawn.panel, None, [])
    assert not traces
    assert {finding.code for finding in findings} & {"points-heaped", "kind-refused", "series-refused"}
