"""Where a line ends, its name may begin, in its colour."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calibration.geometry import Box, TextBox
from digitize.tracing import trace_panel

GREEN = "#2ca02c"


@pytest.mark.parametrize("name", ["Germany", "baseline run", "GRPO"])
@pytest.mark.parametrize("gap", [0.004, 0.02])
def test_a_name_in_a_lines_colour_at_its_end_is_not_followed(draw: Callable[..., Any], name: str, gap: float) -> None:
    x = np.linspace(0.05, 0.7, 60)
    y = 0.3 + 0.4 * np.sin(3 * x)
    artists: list[Any] = []

    def extra(axes: Any) -> None:
        artists.append(axes.text(x[-1] + gap, y[-1], name, color=GREEN, fontsize=10, va="center"))

    drawn = draw([(x, y, {"color": GREEN, "linewidth": 1.5})], extra=extra)
    left, bottom, right, top = artists[0].get_window_extent().extents
    height = drawn.image.pixels.shape[0]
    box = Box(left=left - 0.5, right=right - 0.5, top=height - top - 0.5, bottom=height - bottom - 0.5)
    (trace,), _ = trace_panel(drawn.image, drawn.panel, None, [TextBox(text=name, box=box, confidence=1.0)])
    end = drawn.paths[0][-1, 0]
    assert abs(np.nanmax(trace.points_px[:, 0]) - end) < 4.0
    assert drawn.share_within(trace.points_px, 0, 0.75) > 0.97


def test_a_line_that_runs_on_under_a_text_keeps_its_end(draw: Callable[..., Any]) -> None:
    x = np.linspace(0.05, 0.9, 60)
    drawn = draw([(x, 0.5 + 0.2 * np.sin(4 * x), {"color": GREEN, "linewidth": 1.5})])
    end = drawn.paths[0][-1]
    box = Box(left=end[0] - 40, right=end[0] + 5, top=end[1] - 8, bottom=end[1] + 8)
    (trace,), _ = trace_panel(drawn.image, drawn.panel, None, [TextBox(text="end", box=box, confidence=1.0)])
    assert abs(np.nanmax(trace.points_px[:, 0]) - end[0]) < 2.0
