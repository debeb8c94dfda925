"""Bars are read at their outer ends; areas, stacks and spans are refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calibration.geometry import Box, FloatArray
from digitize.tracing import trace_panel
from digitize.tracing.bars import Rectangles, widened
from digitize.values import Legend, LegendEntry, Trace

BLUE, ORANGE = "#1f77b4", "#ff7f0e"
HEIGHTS = np.array([0.31, 0.62, 0.15, 0.87, 0.44, 0.5])
PLACES = np.linspace(0.1, 0.9, 6)


def _traces(draw: Callable[..., Any], extra: Callable[[Any], None], **picture: Any) -> tuple[Any, tuple[Trace, ...]]:
    drawn = draw([], extra=extra, **picture)
    return drawn, trace_panel(drawn.image, drawn.panel, None, [])[0]


def _values(drawn: Any, trace: Trace, axis: int = 1) -> FloatArray:
    box = drawn.panel.axes
    if axis == 1:
        return np.asarray((box.bottom - trace.points_px[:, 1]) / box.height_px)
    return np.asarray((trace.points_px[:, 0] - box.left) / box.width_px)


@pytest.mark.parametrize(
    "style",
    [
        {},
        {"edgecolor": "black", "linewidth": 1.5},
        {"color": "0.5"},
        {"alpha": 0.6},
        {"width": 0.03},
    ],
)
@pytest.mark.parametrize("picture", [{}, {"grid": True}, {"theme": "dark"}, {"jpeg": 85}])
def test_ends_of_bars(draw: Callable[..., Any], style: dict[str, Any], picture: dict[str, Any]) -> None:
    drawn, traces = _traces(
        draw, lambda axes: axes.bar(PLACES, HEIGHTS, **{"width": 0.1, "color": BLUE, **style}), **picture
    )
    if style.get("edgecolor") == "black" and picture.get("theme") == "dark":
        pytest.skip("black outlines vanish on a dark ground")
    bars = [trace for trace in traces if trace.kind == "bar"]
    assert len(bars) == 1 and not any(trace.kind == "scatter" for trace in traces)
    assert np.abs(_values(drawn, bars[0]) - HEIGHTS).max() < 0.004
    assert np.all(np.diff(bars[0].points_px[:, 0]) > 0)


def test_a_bar_that_a_line_cuts_into_is_as_wide_as_the_others() -> None:
    """Bars of a histogram touch; where a fit passes the end of one, columns of it are lost."""
    left = np.arange(0, 200, 10)
    right = left + 9
    whole = Rectangles(top=np.full(20, 50), bottom=np.full(20, 99), left=left, right=right.copy())
    cut = Rectangles(top=whole.top, bottom=whole.bottom, left=left + 3 * (left == 70), right=right - 3 * (left == 120))
    np.testing.assert_array_equal(widened(cut).left, whole.left)
    np.testing.assert_array_equal(widened(cut).right, whole.right)
    uneven = Rectangles(top=whole.top, bottom=whole.bottom, left=left, right=right - 3 * (left % 20 == 0))
    assert widened(uneven) is uneven


def test_horizontal_bars_end_along_x(draw: Callable[..., Any]) -> None:
    drawn, traces = _traces(draw, lambda axes: axes.barh(PLACES, HEIGHTS, height=0.1, color=BLUE))
    assert [trace.kind for trace in traces] == ["bar"]
    assert np.abs(_values(drawn, traces[0], axis=0) - HEIGHTS).max() < 0.004


def test_negative_bars_hang_from_the_baseline(draw: Callable[..., Any]) -> None:
    heights = np.array([0.3, -0.2, 0.45, -0.4, 0.1])
    places = np.linspace(0.1, 0.9, 5)
    drawn, traces = _traces(draw, lambda axes: axes.bar(places, heights, width=0.1, color=BLUE), ylim=(-0.5, 0.5))
    assert [trace.kind for trace in traces] == ["bar"]
    assert np.abs(_values(drawn, traces[0]) - 0.5 - heights).max() < 0.006


def test_grouped_bars_are_one_series_a_colour(draw: Callable[..., Any]) -> None:
    def extra(axes: Any) -> None:
        axes.bar(PLACES - 0.03, HEIGHTS, width=0.06, color=BLUE)
        axes.bar(PLACES + 0.03, HEIGHTS[::-1], width=0.06, color=ORANGE)

    drawn = draw([], extra=extra)
    entries = tuple(
        LegendEntry(label=name, handle=None, colour=colour, line=False)
        for name, colour in (("a", (31, 119, 180)), ("b", (255, 127, 14)))
    )
    legend = Legend(box=Box(left=0, top=0, right=1, bottom=1), entries=entries)
    traces, _ = trace_panel(drawn.image, drawn.panel, legend, [])
    named = {trace.label: trace for trace in traces}
    assert set(named) == {"a", "b"}
    assert np.abs(_values(drawn, named["a"]) - HEIGHTS).max() < 0.004
    assert np.abs(_values(drawn, named["b"]) - HEIGHTS[::-1]).max() < 0.004


def test_the_bars_of_a_histogram_touch(draw: Callable[..., Any]) -> None:
    rng = np.random.default_rng(4)
    counts, edges = np.histogram(rng.normal(0.5, 0.12, 500), bins=20, range=(0.1, 0.9))
    heights = counts / 100
    drawn, traces = _traces(
        draw, lambda axes: axes.bar(edges[:-1], heights, width=np.diff(edges), align="edge", color=BLUE)
    )
    assert [trace.kind for trace in traces] == ["bar"]
    found = _values(drawn, traces[0])
    seen = heights[heights > 0.015]
    assert abs(len(found) - len(seen)) <= 2
    assert np.mean(np.abs(found[:, None] - heights[None]).min(axis=1) < 0.006) > 0.9


@pytest.mark.parametrize("kind", ["area", "stack", "span", "pie"])
def test_areas_stacks_spans_and_pies_are_not_bars(draw: Callable[..., Any], kind: str) -> None:
    def extra(axes: Any) -> None:
        x = np.linspace(0, 1, 50)
        if kind == "area":
            axes.fill_between(x, 0, 0.5 + 0.3 * np.sin(6 * x), color=BLUE, linewidth=0)
        elif kind == "stack":
            axes.bar(PLACES, HEIGHTS / 2, width=0.1, color=BLUE)
            axes.bar(PLACES, HEIGHTS[::-1] / 2, width=0.1, bottom=HEIGHTS / 2, color=ORANGE)
        elif kind == "span":
            axes.axvspan(0.2, 0.4, color=BLUE)
        else:
            axes.pie([0.3, 0.5, 0.2], center=(0.5, 0.5), radius=0.4)

    drawn = draw([], extra=extra)
    traces, findings = trace_panel(drawn.image, drawn.panel, None, [])
    labels = {trace.kind for trace in traces}
    assert "scatter" not in labels
    if kind == "stack":
        assert sum(trace.kind == "bar" for trace in traces) <= 1
    else:
        assert "bar" not in labels
    assert findings or kind == "span" or labels == {"band"}


def test_a_speck_of_their_colour_is_no_bar(draw: Callable[..., Any]) -> None:
    def extra(axes: Any) -> None:
        axes.bar(PLACES, HEIGHTS, width=0.1, color=BLUE)
        axes.bar([0.01], [0.004], bottom=[0.985], width=0.008, color=BLUE, linewidth=0)

    drawn, traces = _traces(draw, extra)
    (trace,) = [one for one in traces if one.kind == "bar"]
    assert _values(drawn, trace) == pytest.approx(HEIGHTS, abs=0.01)
