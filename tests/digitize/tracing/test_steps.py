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
