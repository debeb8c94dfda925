"""Markers along a traced line are found where they sit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from digitize.tracing import trace_panel
from digitize.tracing.markers import marker_centres

X = np.linspace(0.05, 0.95, 10)
Y = np.array([0.2, 0.8, 0.5, 0.55, 0.1, 0.3, 0.9, 0.6, 0.7, 0.4])


@pytest.mark.parametrize(
    "style", [{"marker": "o"}, {"marker": "s"}, {"marker": "D"}, {"marker": "o", "markerfacecolor": "none"}]
)
def test_centres_of_the_markers_of_a_line(draw: Callable[..., Any], style: dict[str, Any]) -> None:
    drawn = draw([(X, Y, {"color": "#1f77b4", "markersize": 7, **style})])
    traces, _ = trace_panel(drawn.image, drawn.panel, None, [])
    centres = marker_centres(drawn.image, drawn.panel, traces[0])
    gaps = np.linalg.norm(drawn.paths[0][:, None] - centres[None], axis=2)
    assert len(centres) == 10
    assert np.all(np.diff(centres[:, 0]) > 0)
    assert np.median(gaps.min(axis=1)) < 1.3  # Agg draws markers up to a pixel right and below


def test_a_bare_line_has_none(draw: Callable[..., Any]) -> None:
    drawn = draw([(X, Y, {"color": "#1f77b4", "linewidth": 2})])
    traces, _ = trace_panel(drawn.image, drawn.panel, None, [])
    assert not len(marker_centres(drawn.image, drawn.panel, traces[0]))
