"""A faint raw line is a series of its own, named after its bold one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from calibration.geometry import Box
from digitize.tracing import trace_panel
from digitize.values import Legend


def test_faint_raw_line_is_linked_to_its_bold_line(draw: Callable[..., Any]) -> None:
    x = np.linspace(0.02, 0.98, 60)
    smooth = 0.5 + 0.2 * np.sin(5 * x)
    raw = smooth + np.random.default_rng(1).normal(0, 0.06, 60)
    pale, bold = {"color": "#a6d5cf", "linewidth": 1.5}, {"color": "#009988", "linewidth": 2.5}
    drawn = draw([(x, raw, pale), (x, smooth, bold)])
    traces, _ = trace_panel(drawn.image, drawn.panel, None, ())
    labels = {trace.label for trace in traces}
    assert len(labels) == 2
    assert any(f"{label} (raw)" in labels for label in labels)


def test_raw_line_is_found_beside_a_legend_that_shows_the_bold_one(draw: Callable[..., Any]) -> None:
    x = np.linspace(0.02, 0.98, 80)
    lines, random = [], np.random.default_rng(1)
    for colour, base in (("#1f77b4", 0.3), ("#ff7f0e", 0.65)):
        smooth = base + 0.15 * np.tanh(3 * x) + 0.02 * np.sin(6 * x)
        lines.append((x, smooth + random.normal(0, 0.025, 80), {"color": colour, "alpha": 0.35}))
        lines.append((x, smooth, {"color": colour, "linewidth": 2}))
    drawn = draw(lines)
    legend = Legend(box=Box(left=0, top=0, right=1, bottom=1), entries=(drawn.entries[1], drawn.entries[3]))
    traces, findings = trace_panel(drawn.image, drawn.panel, legend, ())
    found = {trace.label: trace for trace in traces}
    assert set(found) == {"line 1", "line 3", "line 1 (raw)", "line 3 (raw)"}
    assert {trace.faint_of for trace in traces} == {"", "line 1", "line 3"}
    assert not findings
    for k in (1, 3):
        assert drawn.share_within(found[f"line {k}"].points_px, k, 1.5) > 0.95
        assert drawn.share_within(found[f"line {k} (raw)"].points_px, k - 1, 2.5) > 0.9
