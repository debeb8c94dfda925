"""Lines through markers go straight from one to the next, whatever the markers do to their ink."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from digitize.tracing import trace_panel

from .conftest import Drawn

Draw = Callable[..., Drawn]
X = np.linspace(0.04, 0.96, 24)
WAVE = 0.5 + 0.4 * np.sin(7 * X)


def _gaps(drawn: Drawn, line: int = 0) -> np.ndarray:
    traces, _ = trace_panel(drawn.image, drawn.panel, None, ())
    (trace,) = [one for one in traces if one.kind in ("line", "step")]
    assert np.nanmin(trace.points_px[:, 0]) < drawn.paths[line][0, 0] + 2.0
    assert np.nanmax(trace.points_px[:, 0]) > drawn.paths[line][-1, 0] - 2.0
    return drawn.gaps(trace.points_px, line)


@pytest.mark.parametrize(
    "style",
    [
        {"marker": "o", "markersize": 7},
        {"marker": "s", "markersize": 7, "markerfacecolor": "#cc0000"},
        {"marker": "^", "markersize": 8},
        {"marker": "o", "markersize": 7, "markerfacecolor": "white"},
    ],
    ids=["discs", "squares of another shade", "triangles", "rings"],
)
def test_large_markers_do_not_draw_the_line_aside(draw: Draw, style: dict[str, Any]) -> None:
    gaps = _gaps(draw([(X, WAVE, {"color": "#ff0000", "linewidth": 1.2, **style})]))
    assert np.median(gaps) < 0.15
    assert np.quantile(gaps, 0.95) < 0.6


def test_markers_rounded_to_pixels_follow_the_strokes_between_them(draw: Draw) -> None:
    x = np.linspace(0.05, 0.95, 8)
    y = np.array([0.2, 0.8, 0.35, 0.7, 0.3, 0.9, 0.5, 0.6])
    gaps = _gaps(draw([(x, y, {"color": "#1f77b4", "marker": "D", "markersize": 9})]))
    assert np.quantile(gaps, 0.9) < 0.25


def test_a_marker_that_lies_half_under_another_line_still_turns_the_path(draw: Draw) -> None:
    x = np.array([0.1, 0.25, 0.4, 0.55, 0.7, 0.85])
    y = np.array([0.9, 0.5, 0.4, 0.3, 0.27, 0.26])
    style = {"color": "#1f77b4", "marker": "o", "markersize": 8}
    over = ([0.0, 1.0], [0.4, 0.4], {"color": "#d62728", "linewidth": 2.5})
    drawn = draw([(x, y, style), over])
    traces, _ = trace_panel(drawn.image, drawn.panel, None, ())
    blue = next(one for one in traces if one.colour[2] > one.colour[0])
    assert drawn.share_within(blue.points_px, 0, 1.0) > 0.97


def test_markers_on_every_third_point_do_not_straighten_the_line(draw: Draw) -> None:
    x = np.linspace(0.04, 0.96, 40)
    y = 0.5 + 0.3 * np.sin(25 * x)
    gaps = _gaps(draw([(x, y, {"color": "#2ca02c", "marker": "o", "markersize": 6, "markevery": 3})]))
    assert np.median(gaps) < 0.3


def test_thick_spots_of_noise_are_no_markers(draw: Draw) -> None:
    x = np.linspace(0.0, 1.0, 900)
    y = 0.5 + 0.08 * np.random.default_rng(3).normal(size=len(x)).cumsum() / 6
    gaps = _gaps(draw([(x, y, {"color": "#9467bd", "linewidth": 1.5})]))
    assert np.median(gaps) < 2.0
