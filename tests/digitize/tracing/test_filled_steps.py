"""Histograms drawn as one filled outline are steps, under a fit too; overlaps of two and smooth areas are none."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from calibration.geometry import Box
from digitize.findings import PointFlag
from digitize.tracing import trace_panel
from digitize.values import Legend, Trace

BLUE, ORANGE = "#1f77b4", "#ff7f0e"
EDGES = np.linspace(0.05, 0.95, 19)
HEIGHTS = 0.75 * np.exp(-(((EDGES[:-1] + 0.025 - 0.4) / 0.2) ** 2)) * (1 + 0.15 * np.sin(9 * np.arange(18))) + 0.05
X = np.linspace(0.0, 1.0, 200)
FIT = 0.75 * np.exp(-(((X - 0.4) / 0.2) ** 2)) + 0.05


def histogram(axes: Any) -> None:
    axes.stairs(HEIGHTS, EDGES, fill=True, color=BLUE, alpha=0.2)


def traced(draw: Callable[..., Any], lines: Any, extra: Callable[[Any], None]) -> tuple[Any, tuple[Trace, ...]]:
    drawn = draw(lines, extra=extra)
    legend = Legend(box=Box(left=0, top=0, right=1, bottom=1), entries=tuple(drawn.entries))
    return drawn, trace_panel(drawn.image, drawn.panel, legend if lines else None, [])[0]


@pytest.mark.parametrize(
    "styles", [({"color": "black", "lw": 2},), ({"color": "#ff6666", "lw": 5}, {"color": "black", "lw": 2})]
)
def test_the_outline_of_a_filled_histogram_is_a_step(
    draw: Callable[..., Any], styles: tuple[dict[str, Any], ...]
) -> None:
    drawn, traces = traced(draw, [(X, FIT, style) for style in styles], histogram)
    (step,) = [one for one in traces if one.kind == "step"]
    assert not any(one.kind == "band" for one in traces)
    assert len([one for one in traces if one.kind == "line"]) == len(styles)
    box = drawn.panel.axes
    x = (step.points_px[:, 0] - box.left) / box.width_px
    y = (box.bottom - step.points_px[:, 1]) / box.height_px
    at, held = [], []
    for (x0, y0), (x1, _) in pairwise(zip(x, y, strict=True)):
        inside = (EDGES[:-1] + 0.025 > x0) & (EDGES[:-1] + 0.025 < x1)  # none beside the NaN row of a break
        at += np.flatnonzero(inside).tolist()
        held += [y0] * int(inside.sum())
    assert len(at) >= 10
    assert np.mean(np.abs(held - HEIGHTS[at]) < 0.006) > 0.9  # a bar that ends under the fit itself may be missed
    known = x[np.isfinite(x) & ((step.flags & PointFlag.HIDDEN) == 0)]
    assert np.mean([np.abs(EDGES - one).min() < 0.004 for one in known]) > 0.8


def test_what_two_histograms_share_and_smooth_areas_are_no_steps(draw: Callable[..., Any]) -> None:
    def two(axes: Any) -> None:
        histogram(axes)
        axes.stairs(HEIGHTS[::-1], EDGES, fill=True, color=ORANGE, alpha=0.5)

    _, traces = traced(draw, [], two)
    assert len([one for one in traces if one.kind == "step"]) <= 2
    _, traces = traced(draw, [], lambda axes: axes.fill_between(X, 0, FIT, color=BLUE, alpha=0.2))
    assert not any(one.kind == "step" for one in traces)
