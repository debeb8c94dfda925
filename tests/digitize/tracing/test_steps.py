"""Steps are given back as their corners; slopes stay lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from digitize.tracing import trace_panel


@pytest.mark.parametrize("style", ["steps-post", "steps-pre", "steps-mid"])
def test_step_is_exported_at_its_corners(draw: Callable[..., Any], style: str) -> None:
    x = np.linspace(0.1, 0.9, 9)
    y = np.array([0.2, 0.5, 0.35, 0.8, 0.6, 0.3, 0.45, 0.7, 0.55])
    drawn = draw([(x, y, {"color": "#1f77b4", "drawstyle": style})])
    traces, _ = trace_panel(drawn.image, drawn.panel, None, ())
    assert [trace.kind for trace in traces] == ["step"]
    points = traces[0].points_px
    jumps = {"steps-post": x[1:-1], "steps-pre": x[1:-1], "steps-mid": (x[1:] + x[:-1]) / 2}[style]
    true = np.interp(jumps, x, drawn.paths[0][:, 0])
    assert np.abs(points[:, 0][:, None] - true[None, :]).min(axis=0).max() < 1.0
    levels = drawn.paths[0][1:-1, 1]
    assert np.abs(points[:, 1][:, None] - levels[None, :]).min(axis=0).max() < 0.3


def test_gentle_slope_is_no_step(draw: Callable[..., Any]) -> None:
    x = np.linspace(0.02, 0.98, 400)
    drawn = draw([(x, 0.4 + 0.05 * x + 0.02 * np.sin(9 * x), {"color": "#d62728"})])
    traces, _ = trace_panel(drawn.image, drawn.panel, None, ())
    assert [trace.kind for trace in traces] == ["line"]


def test_survival_curve_is_a_step_through_its_censor_ticks(draw: Callable[..., Any]) -> None:
    random = np.random.default_rng(5)
    x = np.cumsum(random.uniform(0.02, 0.06, 22)) + 0.02
    y = np.cumprod(np.r_[0.97, np.full(21, 0.95)])
    middle = (x[1:] + x[:-1])[::4] / 2

    def ticks(axes: Any) -> None:
        axes.plot(middle, y[:-1][::4], linestyle="", marker="|", color="#1f77b4", markersize=8)

    drawn = draw([(x, y, {"color": "#1f77b4", "drawstyle": "steps-post"})], extra=ticks)
    (trace,), _ = trace_panel(drawn.image, drawn.panel, None, ())
    assert trace.kind == "step"
    places, levels = drawn.paths[0][1:-1].T
    gap = np.hypot(trace.points_px[:, 0][:, None] - places, trace.points_px[:, 1][:, None] - levels).min(axis=0)
    assert np.percentile(gap, 90) < 1.2


def test_two_jumps_between_long_levels_are_a_step(draw: Callable[..., Any]) -> None:
    x, y = np.array([0.02, 0.3, 0.6, 0.98]), np.array([0.8, 0.5, 0.2, 0.2])
    drawn = draw([(x, y, {"color": "#1f77b4", "drawstyle": "steps-post"})])
    (trace,), _ = trace_panel(drawn.image, drawn.panel, None, ())
    assert trace.kind == "step"


def test_nearly_level_bold_line_is_no_step(draw: Callable[..., Any]) -> None:
    x = np.linspace(0.02, 0.98, 400)
    drawn = draw([(x, 0.3 + 0.15 * np.tanh(3 * x) + 0.02 * np.sin(6 * x), {"color": "#1f77b4", "linewidth": 2})])
    (trace,), _ = trace_panel(drawn.image, drawn.panel, None, ())
    assert trace.kind == "line"
