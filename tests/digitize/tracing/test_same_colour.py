"""Lines of one colour: told apart by continuity, dash pattern and shade, or left unnamed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from calibration.geometry import Box
from digitize.tracing import trace_panel
from digitize.tracing.dashes import is_even, match_lines, measure_pattern, to_pattern, unlikeness
from digitize.values import Legend, LegendEntry

from .conftest import Drawn

Draw = Callable[..., Drawn]
X = np.linspace(0, 1, 300)
WAVES = [0.5 + 0.3 * np.sin(2 * np.pi * (0.9 * X + shift)) for shift in (0.0, 0.35, 0.7)]
DASH_POINTS = {"-": (), "--": (3.7, 1.6), ":": (1.0, 1.65), "-.": (6.4, 1.6, 1.0, 1.6)}
STROKE_PX = 1.5 * 100 / 72


def _legend(drawn: Drawn, styles: list[str]) -> Legend:
    entries = tuple(
        replace(entry, dash=tuple(length * STROKE_PX for length in DASH_POINTS[style]))
        for entry, style in zip(drawn.entries, styles, strict=True)
    )
    return Legend(box=Box(left=0, top=0, right=1, bottom=1), entries=entries)


@pytest.mark.parametrize("jpeg", [0, 80])
def test_lines_of_one_colour_keep_their_way_through_crossings(draw: Draw, jpeg: int) -> None:
    drawn = draw([(X, y, {"color": "black", "linewidth": 1.5}) for y in WAVES], jpeg=jpeg)
    traces, findings = trace_panel(drawn.image, drawn.panel, None, ())
    assert len(traces) == len(WAVES)
    for line in range(len(WAVES)):
        assert max(drawn.share_within(trace.points_px, line, 2.5) for trace in traces) > 0.93
    assert len({trace.label for trace in traces}) == len(traces)
    assert "same-colour" in {finding.code for finding in findings}


def test_dash_patterns_tell_which_entry_is_whose(draw: Draw) -> None:
    styles = ["-", "--", ":", "-."]
    shapes = [*WAVES, 0.86 + 0.08 * X]
    lines = [
        (X, y, {"color": "black", "linewidth": 1.5, "linestyle": style})
        for y, style in zip(shapes, styles, strict=True)
    ]
    drawn = draw(lines)
    traces, _ = trace_panel(drawn.image, drawn.panel, _legend(drawn, styles), ())
    named = {trace.label: trace for trace in traces if trace.entry is not None}
    assert len(named) >= 3
    for label, trace in named.items():
        assert drawn.share_within(trace.points_px, int(label.split()[1]), 4.0) > 0.8


def test_lines_that_nothing_tells_apart_are_not_named(draw: Draw) -> None:
    drawn = draw([(X, y, {"color": "black", "linewidth": 1.5}) for y in WAVES[:2]])
    traces, findings = trace_panel(drawn.image, drawn.panel, _legend(drawn, ["-", "-"]), ())
    assert [trace.entry for trace in traces] == [None, None]
    assert "identity-undecided" in {finding.code for finding in findings}


def test_close_shades_are_matched_by_their_colour(draw: Draw) -> None:
    shades: list[dict[str, Any]] = [{"color": c, "linewidth": 2.5} for c in ("#1f4e8c", "#5577a8")]
    drawn = draw([(X, y, style) for y, style in zip(WAVES, shades, strict=False)])
    traces, _ = trace_panel(drawn.image, drawn.panel, _legend(drawn, ["-", "-"]), ())
    for trace in traces:
        assert trace.entry is not None
        assert drawn.share_within(trace.points_px, int(trace.label.split()[1]), 2.5) > 0.9


def test_pattern_is_measured_from_strokes_and_gaps() -> None:
    pattern = measure_pattern([8.0] * 10, bare_px=9 * 4.0)
    assert pattern.period_px == pytest.approx(12.0)
    assert pattern.duty == pytest.approx(2 / 3)
    assert measure_pattern([300.0], bare_px=0.0).is_solid
    assert unlikeness(pattern, to_pattern((8.0, 4.0))) < 0.01 < unlikeness(pattern, to_pattern((2.0, 4.0)))


def test_even_strokes_are_dashes_and_uneven_ones_are_not() -> None:
    assert is_even([6.0, 6.2, 5.9, 13.0, 6.1])
    assert not is_even([3.0, 17.0, 5.0, 40.0, 9.0, 1.0])


def test_two_entries_of_one_pattern_decide_nothing() -> None:
    entries = [LegendEntry(label=str(k), handle=None, colour=(0, 0, 0), dash=(6.0, 3.0)) for k in range(2)]
    lines = [measure_pattern([6.0] * 9, 27.0), measure_pattern([6.0] * 8, 24.0)]
    assert match_lines(lines, np.zeros((1, 2, 2)), entries) == [None, None]


def test_dashes_of_one_length_are_told_by_their_gaps(draw: Draw) -> None:
    gaps = (1.6, 5.0, 10.0)
    shapes = [*WAVES[:2], 0.86 + 0.08 * X]
    lines = [
        (X, y, {"color": "black", "linewidth": 1.5, "linestyle": (0, (4.0, gap)), "dash_capstyle": "butt"})
        for y, gap in zip(shapes, gaps, strict=True)
    ]
    drawn = draw(lines)
    entries = tuple(
        replace(entry, dash=(4.0 * STROKE_PX, gap * STROKE_PX)) for entry, gap in zip(drawn.entries, gaps, strict=True)
    )
    legend = Legend(box=Box(left=0, top=0, right=1, bottom=1), entries=entries)
    traces, _ = trace_panel(drawn.image, drawn.panel, legend, ())
    assert {trace.label for trace in traces} == {entry.label for entry in entries}
    for trace in traces:
        assert drawn.share_within(trace.points_px, int(trace.label.split()[1]), 4.0) > 0.8


@pytest.mark.parametrize("fade", [0.75, 1.0])
def test_shades_are_told_in_their_order_where_all_are_paler_than_the_legend(draw: Draw, fade: float) -> None:
    shades = [np.array(rgb, float) for rgb in ((30, 90, 160), (86, 131, 184), (132, 165, 204))]
    drawn_as = [tuple((255 - fade * (255 - shade)) / 255) for shade in shades]
    drawn = draw([(X, y, {"color": rgb, "linewidth": 2.5}) for y, rgb in zip(WAVES, drawn_as, strict=True)])
    entries = tuple(
        replace(entry, colour=tuple(int(v) for v in shade)) for entry, shade in zip(drawn.entries, shades, strict=True)
    )
    legend = Legend(box=Box(left=0, top=0, right=1, bottom=1), entries=entries)
    traces, _ = trace_panel(drawn.image, drawn.panel, legend, ())
    assert {trace.label for trace in traces} == {entry.label for entry in entries}
    for trace in traces:
        assert drawn.share_within(trace.points_px, int(trace.label.split()[1]), 2.5) > 0.9
