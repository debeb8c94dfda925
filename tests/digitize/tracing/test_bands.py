"""Bands are exported with both edges, beside the line that runs through them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calibration.geometry import Box, FloatArray
from digitize.findings import PointFlag
from digitize.tracing import trace_panel
from digitize.values import Legend, LegendEntry, Trace

Draw = Callable[..., Any]
X = np.linspace(0.03, 0.97, 120)
BLUE, ORANGE, GREEN, RED = "#1f77b4", "#ff7f0e", "#2ca02c", "#d62728"
OUTSIDE = Box(left=0, top=0, right=1, bottom=1)
UNSEEN = np.uint16(PointFlag.HIDDEN | PointFlag.INTERPOLATED)
ROUNDED_PX = 1.1
"""matplotlib rounds the corners of ``fill_between`` to whole pixels."""


def waves(seed: int) -> FloatArray:
    random = np.random.default_rng(seed)
    return np.asarray(
        0.5 + sum(random.uniform(0.03, 0.1) * np.sin(2 * np.pi * (k * X + random.random())) for k in (0.7, 1.3)), float
    )


def to_px(drawn: Any, y: FloatArray) -> FloatArray:
    """Where a curve in the unit square lies in the picture."""
    axes = drawn.panel.axes
    return np.column_stack([axes.left + X * axes.width_px, axes.bottom - y * axes.height_px])


def gaps(trace: Trace, true: FloatArray) -> tuple[FloatArray, float]:
    """Distances of the seen points from a true edge, and the share of its length that is covered."""
    known = np.isfinite(trace.points_px).all(axis=1)
    points = trace.points_px[known]
    seen = (trace.flags[known] & UNSEEN) == 0
    off = np.abs(points[:, 1] - np.interp(points[:, 0], true[:, 0], true[:, 1]))
    return off[seen], float(np.ptp(points[:, 0]) / np.ptp(true[:, 0]))


@pytest.mark.parametrize(
    ("count", "style", "drawing"),
    [
        (1, {}, {}),
        (1, {"linewidth": 0, "color": "grey"}, {}),
        (2, {"alpha": 0.5}, {"theme": "dark"}),
        (3, {}, {}),
        (2, {"linewidth": 0}, {"jpeg": 88}),
    ],
    ids=["outlined", "grey", "dark", "three", "jpeg"],
)
def test_both_edges_are_found_and_linked(
    draw: Draw, count: int, style: dict[str, Any], drawing: dict[str, Any]
) -> None:
    curves = [waves(seed) for seed in range(count)]
    halves = [0.05 * (1.3 + np.sin(5 * X + k)) for k in range(count)]
    colours = (BLUE, ORANGE, GREEN)

    def bands(axes: Any) -> None:
        for y, half, colour in zip(curves, halves, colours, strict=False):
            axes.fill_between(X, y - half, y + half, **({"color": colour, "alpha": 0.25} | style))

    drawn = draw(
        [(X, y, {"color": colour}) for y, colour in zip(curves, colours, strict=False)], extra=bands, **drawing
    )
    traces, _ = trace_panel(drawn.image, drawn.panel, Legend(box=OUTSIDE, entries=tuple(drawn.entries)), ())
    assert [trace.kind for trace in traces].count("line") == count
    for k, (y, half) in enumerate(zip(curves, halves, strict=True)):
        for end, edge in (("lower", y - half), ("upper", y + half)):
            (trace,) = [one for one in traces if one.label == f"line {k} ({end})"]
            assert trace.kind == "band"
            assert trace.band_of == f"line {k}"
            off, covered = gaps(trace, to_px(drawn, edge))
            assert covered > 0.9
            assert np.median(off) < ROUNDED_PX
            assert np.percentile(off, 95) < 2 * ROUNDED_PX


def test_an_area_is_a_band_from_its_baseline(draw: Draw) -> None:
    top = 0.4 + 0.2 * np.sin(6 * X)
    drawn = draw([], extra=lambda axes: axes.fill_between(X, 0.1, top, color=BLUE))
    traces, findings = trace_panel(drawn.image, drawn.panel, None, ())
    assert {trace.label: trace.kind for trace in traces} == {"blue (lower)": "band", "blue (upper)": "band"}
    assert not findings
    assert np.median(gaps(traces[1], to_px(drawn, top))[0]) < ROUNDED_PX
    assert np.median(gaps(traces[0], to_px(drawn, np.full(len(X), 0.1)))[0]) < ROUNDED_PX


def test_a_band_takes_the_name_that_the_legend_gives_its_patch(draw: Draw) -> None:
    y = waves(1)
    drawn = draw(
        [(X, y, {"color": BLUE})], extra=lambda axes: axes.fill_between(X, y - 0.1, y + 0.1, color="#c7d9e8")
    )
    patch = LegendEntry(label="95 % CI", handle=None, colour=(199, 217, 232), line=False)
    traces, _ = trace_panel(drawn.image, drawn.panel, Legend(box=OUTSIDE, entries=(*drawn.entries, patch)), ())
    assert [(one.label, one.band_of) for one in traces] == [
        ("line 0", ""),
        ("95 % CI (lower)", "line 0"),
        ("95 % CI (upper)", "line 0"),
    ]


def test_nested_bands_of_one_hue_are_two(draw: Draw) -> None:
    y = waves(2)

    def fan(axes: Any) -> None:
        axes.fill_between(X, y - 0.15, y + 0.15, color=BLUE, alpha=0.2, linewidth=0)
        axes.fill_between(X, y - 0.06, y + 0.06, color=BLUE, alpha=0.2, linewidth=0)

    drawn = draw([(X, y, {"color": BLUE})], extra=fan)
    traces, _ = trace_panel(drawn.image, drawn.panel, Legend(box=OUTSIDE, entries=tuple(drawn.entries)), ())
    bands = [one for one in traces if one.kind == "band"]
    assert len(bands) == 4
    upper = sorted(
        (one for one in bands if "upper" in one.label), key=lambda one: float(np.nanmean(one.points_px[:, 1]))
    )
    assert np.median(gaps(upper[0], to_px(drawn, y + 0.15))[0]) < ROUNDED_PX
    assert np.median(gaps(upper[1], to_px(drawn, y + 0.06))[0]) < ROUNDED_PX


@pytest.mark.parametrize("kind", ["bars", "bold", "span", "grid"])
def test_what_is_no_band_is_none(draw: Draw, kind: str) -> None:
    def extra(axes: Any) -> None:
        if kind == "bars":
            axes.bar(np.linspace(0.1, 0.9, 7), np.linspace(0.2, 0.8, 7), width=0.06, color=ORANGE)
        elif kind == "span":
            axes.axvspan(0.3, 0.4, color=ORANGE, alpha=0.3)

    drawn = draw([(X, waves(3), {"color": BLUE, "linewidth": 5 if kind == "bold" else 1.5})], extra=extra, grid=True)
    traces, _ = trace_panel(drawn.image, drawn.panel, None, ())
    assert "band" not in {trace.kind for trace in traces}
    assert "line" in {trace.kind for trace in traces}


def test_the_halo_of_a_compressed_line_is_no_band(draw: Draw) -> None:
    rng = np.random.default_rng(0)
    x = np.linspace(0.02, 0.98, 124)
    y = 0.5 + 0.3 * np.sin(6 * x) + rng.normal(0, 0.06, len(x))
    drawn = draw([(x, y, {"color": BLUE, "linewidth": 1.5})], jpeg=75, extra=lambda axes: axes.grid(alpha=0.3))
    traces, _ = trace_panel(drawn.image, drawn.panel, None, ())
    assert [trace.kind for trace in traces] == ["line"]
