"""The colour tracer on drawn panels: distance from the true path in pixels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calibration.geometry import Box, FloatArray, TextBox
from digitize.findings import PointFlag
from digitize.tracing import TRACERS, choose_tracer, trace_panel
from digitize.values import Legend, LegendEntry, Trace

PALETTE = ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728")
OUTSIDE = Box(left=0, top=0, right=1, bottom=1)
AXIS_PERCENT_PX = 3.2


def smooth(seed: int, count: int = 400) -> tuple[FloatArray, FloatArray]:
    random = np.random.default_rng(seed)
    x = np.linspace(0.02, 0.98, count)
    y = sum(random.uniform(0.03, 0.12) * np.sin(2 * np.pi * (k * x + random.random())) for k in (0.7, 1.3, 2.1))
    return x, np.asarray(0.5 + y, float)


def one(draw: Callable[..., Any], style: dict[str, Any] | None = None, **kwargs: Any) -> tuple[Any, tuple[Trace, ...]]:
    x, y = smooth(1)
    drawn = draw([(x, y, {"color": PALETTE[0], "linewidth": 1.5} | (style or {}))], **kwargs)
    traces, _ = trace_panel(drawn.image, drawn.panel, None, ())
    return drawn, traces


@pytest.mark.parametrize(
    ("style", "drawing", "median_px", "p95_px"),
    [
        ({}, {}, 0.06, 0.25),
        ({}, {"grid": True}, 0.06, 0.3),
        ({}, {"grid": True, "theme": "grey"}, 0.06, 0.3),
        ({"color": "#ffb000"}, {"theme": "dark", "grid": True}, 0.06, 0.3),
        ({}, {"jpeg": 75}, 0.15, 0.6),
        ({"linewidth": 0.8}, {}, 0.08, 0.35),
        ({"linewidth": 3}, {}, 0.08, 0.35),
        ({"color": "black"}, {"grid": True}, 0.06, 0.3),
        ({"linestyle": "--"}, {}, 0.06, 0.35),
        ({"linestyle": ":"}, {}, 0.12, 0.5),
        ({"marker": "o", "markevery": 40, "markersize": 5}, {}, 0.06, 0.4),
    ],
    ids=["plain", "grid", "grey", "dark", "jpeg", "thin", "thick", "black", "dashed", "dotted", "markers"],
)
def test_single_smooth_line_is_followed_to_a_fraction_of_a_pixel(
    draw: Callable[..., Any], style: dict[str, Any], drawing: dict[str, Any], median_px: float, p95_px: float
) -> None:
    drawn, traces = one(draw, style, **drawing)
    assert len(traces) == 1
    gaps = drawn.gaps(traces[0].points_px, 0)
    assert np.median(gaps) <= median_px
    assert np.percentile(gaps, 95) <= p95_px
    assert drawn.share_within(traces[0].points_px, 0, AXIS_PERCENT_PX) >= 0.98


@pytest.mark.parametrize("legend", [True, False], ids=["legend", "no legend"])
@pytest.mark.parametrize("jpeg", [0, 85], ids=["png", "jpeg"])
def test_four_crossing_lines_keep_their_identity(draw: Callable[..., Any], legend: bool, jpeg: int) -> None:
    lines = [(*smooth(seed), {"color": colour}) for seed, colour in enumerate(PALETTE, 2)]
    drawn = draw(lines, grid=True, jpeg=jpeg)
    known = Legend(box=OUTSIDE, entries=tuple(drawn.entries)) if legend else None
    traces, findings = trace_panel(drawn.image, drawn.panel, known, ())
    assert len(traces) == len({t.label for t in traces}) == 4
    if legend or not jpeg:  # a lossy file turns thin red strokes brown
        names = {f"line {k}" for k in range(4)} if legend else {"blue", "orange", "green", "red"}
        assert {t.label for t in traces} == names
    shares = [max(drawn.share_within(t.points_px, k, AXIS_PERCENT_PX) for t in traces) for k in range(4)]
    assert np.mean(shares) >= 0.99
    assert not [f for f in findings if f.severity == "error"]


def test_noisy_line_keeps_its_peaks(draw: Callable[..., Any]) -> None:
    random = np.random.default_rng(3)
    x = np.linspace(0.02, 0.98, 70)
    y = 0.5 + 0.1 * random.standard_normal(70)
    drawn = draw([(x, y, {"color": PALETTE[3], "linewidth": 1.2})])
    (trace,), _ = trace_panel(drawn.image, drawn.panel, None, ())
    vertices = drawn.paths[0]
    seen = trace.points_px
    gap = np.array([np.min(np.hypot(*(seen - v).T)) for v in vertices])
    assert np.median(gap) < 0.8
    assert np.mean(gap < AXIS_PERCENT_PX) > 0.95


def test_band_around_a_line_does_not_pull_it(draw: Callable[..., Any]) -> None:
    x, y = smooth(5)

    def band(axes: Any) -> None:
        axes.fill_between(x, y - 0.03, y + 0.12, color=PALETTE[0], alpha=0.25)

    drawn = draw([(x, y, {"color": PALETTE[0]})], extra=band)
    traces, _ = trace_panel(drawn.image, drawn.panel, None, ())
    assert [trace.kind for trace in traces] == ["line", "band", "band"]
    gaps = drawn.gaps(traces[0].points_px, 0)
    assert np.median(gaps) <= 0.1
    assert np.percentile(gaps, 95) <= 0.5


def test_gap_without_ink_breaks_the_line(draw: Callable[..., Any]) -> None:
    x, y = smooth(6)
    y = np.where((x > 0.4) & (x < 0.55), np.nan, y)
    drawn = draw([(x, y, {"color": PALETTE[2]})])
    (trace,), _ = trace_panel(drawn.image, drawn.panel, None, ())
    assert np.isnan(trace.points_px[:, 0]).sum() == 1
    finite = trace.points_px[np.isfinite(trace.points_px[:, 0])]
    left, right = drawn.panel.axes.left, drawn.panel.axes.right
    middle = left + 0.475 * (right - left)
    assert not (np.abs(finite[:, 0] - middle) < 20).any()


def test_stretch_under_an_ignored_box_is_flagged_as_interpolated(draw: Callable[..., Any]) -> None:
    x, y = smooth(7)
    drawn = draw([(x, y, {"color": PALETTE[1]})])
    path = drawn.paths[0]
    middle = path[200]
    box = Box(left=middle[0] - 15, top=middle[1] - 40, right=middle[0] + 15, bottom=middle[1] + 40)
    (trace,), _ = trace_panel(drawn.image, drawn.panel, None, (), [box])
    inside = np.abs(trace.points_px[:, 0] - middle[0]) < 13
    assert inside.any()
    assert ((trace.flags[inside] & PointFlag.INTERPOLATED) > 0).all()
    assert (trace.sigma_px[inside, 1] > np.median(trace.sigma_px[~inside, 1])).all()
    assert drawn.gaps(trace.points_px[inside], 0).max() < AXIS_PERCENT_PX


def test_identical_stretch_of_two_lines_is_followed_underneath(draw: Callable[..., Any]) -> None:
    x = np.linspace(0.02, 0.98, 300)
    shared = 0.5 + 0.1 * np.sin(6 * x)
    apart = np.clip(np.abs(x - 0.5) - 0.2, 0, None)
    drawn = draw([(x, shared + apart, {"color": PALETTE[1]}), (x, shared - apart, {"color": PALETTE[0]})])
    traces, _ = trace_panel(drawn.image, drawn.panel, Legend(box=OUTSIDE, entries=tuple(drawn.entries)), ())
    found = {t.label: t for t in traces}
    assert drawn.share_within(found["line 0"].points_px, 0, AXIS_PERCENT_PX) > 0.97
    assert ((found["line 0"].flags & PointFlag.INTERPOLATED) > 0).sum() > 50


def test_dashed_line_is_bridged_and_no_break_is_made(draw: Callable[..., Any]) -> None:
    drawn, (trace,) = one(draw, {"linestyle": "-.", "linewidth": 2})
    assert np.isfinite(trace.points_px).all()
    assert drawn.share_within(trace.points_px, 0, 1.0) > 0.98


def test_empty_panel_gives_nothing(draw: Callable[..., Any]) -> None:
    drawn = draw([], grid=True)
    assert trace_panel(drawn.image, drawn.panel, None, ()) == ((), ())


def test_text_in_the_lines_colour_is_not_traced(draw: Callable[..., Any]) -> None:
    def label(axes: Any) -> None:
        axes.text(0.7, 0.9, "ours (best)", color=PALETTE[0], fontsize=12)

    x, y = smooth(8)
    keep = x < 0.68
    drawn = draw([(x[keep], y[keep], {"color": PALETTE[0]})], extra=label)
    axes = drawn.panel.axes
    box = Box(
        left=axes.left + 0.69 * axes.width_px,
        right=axes.left + 0.92 * axes.width_px,
        top=axes.top + 0.04 * axes.height_px,
        bottom=axes.top + 0.12 * axes.height_px,
    )
    text = TextBox(text="ours (best)", box=box, confidence=0.9)
    (trace,), _ = trace_panel(drawn.image, drawn.panel, None, [text])
    assert trace.points_px[:, 0].max() < drawn.paths[0][-1, 0] + 4


def test_entry_whose_line_is_missing_is_reported(draw: Callable[..., Any]) -> None:
    x, y = smooth(9)
    drawn = draw([(x, y, {"color": PALETTE[0]})])
    absent = LegendEntry(label="absent", handle=None, colour=(200, 30, 200))
    legend = Legend(box=OUTSIDE, entries=(*drawn.entries, absent))
    traces, findings = trace_panel(drawn.image, drawn.panel, legend, ())
    assert [t.label for t in traces] == ["line 0"]
    assert [f.code for f in findings] == ["entry-without-line"]


def test_level_line_across_the_panel_is_a_reference(draw: Callable[..., Any]) -> None:
    x, y = smooth(10)
    drawn = draw(
        [(x, y, {"color": PALETTE[0]})], extra=lambda axes: axes.axhline(0.2, color=PALETTE[3], linestyle="--")
    )
    traces, _ = trace_panel(drawn.image, drawn.panel, None, ())
    assert {t.label: t.kind for t in traces} == {"blue": "line", "red": "reference"}


def test_tracers_are_chosen_by_name() -> None:
    assert choose_tracer("colour").name in TRACERS
    with pytest.raises(ValueError, match="telepathy"):
        choose_tracer("telepathy")


def test_black_lines_are_told_apart_by_their_dashes(draw: Callable[..., Any]) -> None:
    x = np.linspace(0.02, 0.98, 300)
    lines = [(x, 0.3 + 0.4 * x, {"color": "black"}), (x, 0.75 - 0.45 * x**2, {"color": "black", "linestyle": "--"})]
    drawn = draw(lines, grid=True)
    entries = (
        LegendEntry(label="solid", handle=None, colour=(0, 0, 0)),
        LegendEntry(label="dashed", handle=None, colour=(0, 0, 0), dash=(7.7, 3.3)),
    )
    traces, findings = trace_panel(drawn.image, drawn.panel, Legend(box=OUTSIDE, entries=entries), ())
    found = {t.label: t for t in traces}
    assert set(found) == {"solid", "dashed"}
    assert drawn.share_within(found["solid"].points_px, 0, AXIS_PERCENT_PX) > 0.98
    assert drawn.share_within(found["dashed"].points_px, 1, AXIS_PERCENT_PX) > 0.96
    assert [f.code for f in findings if f.severity != "info"] == ["same-colour"]
