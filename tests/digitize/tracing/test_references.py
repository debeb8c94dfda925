"""Thresholds, marked places and diagonals are references; series that happen to be level are not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calibration.geometry import Box
from digitize.tracing import trace_panel
from digitize.values import Legend

X = np.linspace(0.02, 0.98, 300)
Y = 0.5 + 0.2 * np.sin(7 * X)
OUTSIDE = Box(left=0, top=0, right=1, bottom=1)
Draw = Callable[..., Any]


@pytest.mark.parametrize(
    ("extra", "ends"),
    [
        (lambda axes: axes.axhline(0.3, color="grey", linestyle="--"), [(0, 0.3), (1, 0.3)]),
        (lambda axes: axes.axhline(0.6, color="black", linewidth=0.8), [(0, 0.6), (1, 0.6)]),
        (lambda axes: axes.axvline(0.3, color="red", linestyle=":"), [(0.3, 0), (0.3, 1)]),
        (lambda axes: axes.plot([0, 1], [0, 1], color="grey", linestyle="--"), [(0, 0), (1, 1)]),
    ],
    ids=["threshold", "zero", "place", "diagonal"],
)
def test_reference_is_one(draw: Draw, extra: Callable[[Any], None], ends: list[tuple[float, float]]) -> None:
    drawn = draw([(X, Y, {"color": "#1f77b4"})], extra=extra)
    traces, _ = trace_panel(drawn.image, drawn.panel, Legend(box=OUTSIDE, entries=tuple(drawn.entries)), ())
    assert sorted(trace.kind for trace in traces) == ["line", "reference"]
    (line,) = [trace for trace in traces if trace.kind == "reference"]
    axes = drawn.panel.axes
    found = np.array([line.points_px[0], line.points_px[-1]])
    true = np.array([(axes.left + x * axes.width_px, axes.bottom - y * axes.height_px) for x, y in ends])
    across = 1 if ends[0][1] == ends[1][1] else 0
    if ends[0][0] != ends[1][0] and ends[0][1] != ends[1][1]:
        direction = np.diff(true, axis=0)[0]
        normal = np.array([-direction[1], direction[0]]) / np.hypot(*direction)
        assert np.abs((found - true[0]) @ normal).max() < 1.0
    else:
        assert np.abs(found[:, across] - true[0, across]).max() < 0.6


def test_grid_is_no_reference(draw: Draw) -> None:
    drawn = draw([(X, Y, {"color": "#1f77b4"})], grid=True)
    traces, _ = trace_panel(drawn.image, drawn.panel, None, ())
    assert [trace.kind for trace in traces] == ["line"]


def test_level_series_of_the_legend_is_a_line(draw: Draw) -> None:
    drawn = draw([(np.array([0, 1.0]), np.array([0.7, 0.7]), {"color": "#ff7f0e"}), (X, Y, {"color": "#1f77b4"})])
    traces, _ = trace_panel(drawn.image, drawn.panel, Legend(box=OUTSIDE, entries=tuple(drawn.entries)), ())
    assert {trace.label: trace.kind for trace in traces} == {"line 0": "line", "line 1": "line"}


def test_dotted_gridlines_are_no_references_though_some_hold_more_ink(draw: Draw) -> None:
    def extra(axes: Any) -> None:
        for place, dots in enumerate((4, 4, 2, 4, 2, 4)):
            looks = {"linestyle": (0, (1, dots)), "dash_capstyle": "butt"}
            axes.axvline(0.15 * (place + 1), color="#bbbbbb", linewidth=1, **looks)

    x = np.linspace(0, 1, 200)
    drawn = draw([(x, 0.5 + 0.3 * np.sin(6 * x), {"color": "#d62728", "linewidth": 2})], extra=extra)
    traces, _ = trace_panel(drawn.image, drawn.panel, None, ())
    assert [trace.kind for trace in traces] == ["line"]
