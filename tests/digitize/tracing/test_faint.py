"""A faint raw line is a series of its own, named after its bold one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from digitize.tracing import trace_panel


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
