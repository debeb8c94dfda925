"""A line that leaves through the top or bottom is flagged there, and not led along the frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from digitize.findings import PointFlag
from digitize.tracing import trace_panel


def test_exit_and_return_are_flagged_with_a_break_between(draw: Callable[..., Any]) -> None:
    x = np.linspace(0.02, 0.98, 600)
    y = 0.5 + 0.9 * np.sin(9 * x)
    drawn = draw([(x, y, {"color": "#1f77b4"})])
    (trace,), _ = trace_panel(drawn.image, drawn.panel, None, ())
    points, axes = trace.points_px, drawn.panel.axes
    clipped = (trace.flags & PointFlag.CLIPPED) > 0
    crossings = np.flatnonzero(np.diff((y > 0) & (y < 1)))
    assert clipped.sum() == len(crossings) == 5
    true = np.interp(x[crossings], x, drawn.paths[0][:, 0])
    assert np.abs(points[clipped, 0] - true).max() < 1.5
    assert np.minimum(points[clipped, 1] - axes.top, axes.bottom - points[clipped, 1]).max() < 1.0
    assert np.isnan(points[:, 0]).sum() == 2
    assert np.percentile(drawn.gaps(points[~clipped], 0), 95) < 0.5


def test_a_line_along_the_frame_is_not_clipped(draw: Callable[..., Any]) -> None:
    x = np.linspace(0.02, 0.98, 300)
    drawn = draw([(x, 0.985 - 0.3 * np.exp(-9 * x), {"color": "#1f77b4"})])
    (trace,), _ = trace_panel(drawn.image, drawn.panel, None, ())
    assert not (trace.flags & PointFlag.CLIPPED).any()
    assert not np.isnan(trace.points_px).any()
