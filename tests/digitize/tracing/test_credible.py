"""What is drawn beside the series is not traced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from digitize.tracing import trace_panel

X = np.linspace(0.03, 0.97, 300)
Y = 0.5 + 0.2 * np.sin(7 * X)
Draw = Callable[..., Any]


def _arrow(axes: Any) -> None:
    axes.annotate("", (0.75, 0.4), (0.6, 0.1), arrowprops={"arrowstyle": "->", "color": "red", "lw": 2})


def _outlined_band(axes: Any) -> None:
    axes.fill_between(X, Y - 0.06, Y + 0.06, facecolor="#1f77b4", edgecolor="#1f77b4", alpha=0.25, linewidth=1)


def _area(axes: Any) -> None:
    axes.fill_between(X, 0, Y, color="#1f77b4", alpha=0.3)


@pytest.mark.parametrize("extra", [_arrow, _outlined_band, _area], ids=["arrow", "band", "area"])
def test_only_the_line_itself_is_followed(draw: Draw, extra: Callable[[Any], None]) -> None:
    drawn = draw([(X, Y, {"color": "#1f77b4", "linewidth": 1.5})], extra=extra)
    traces, _ = trace_panel(drawn.image, drawn.panel, None, ())
    lines = [trace for trace in traces if trace.kind == "line"]
    assert len(lines) == 1
    assert drawn.share_within(lines[0].points_px, 0, 1.5) > 0.97


def test_two_lines_side_by_side_are_two(draw: Draw) -> None:
    drawn = draw([(X, Y, {"color": "#1f77b4"}), (X, Y + 0.015 * np.sin(9 * X), {"color": "#ff7f0e"})])
    traces, _ = trace_panel(drawn.image, drawn.panel, None, ())
    assert len(traces) == 2


def test_pieces_between_real_gaps_are_a_line(draw: Draw) -> None:
    y = Y.copy()
    y[30:120] = np.nan
    y[150:260] = np.nan
    drawn = draw([(X, y, {"color": "#2ca02c"})])
    traces, _ = trace_panel(drawn.image, drawn.panel, None, ())
    assert len(traces) == 1
    assert np.isnan(traces[0].points_px).any()
