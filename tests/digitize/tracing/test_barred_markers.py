"""Markers with error bars and no line: forest plots, means with their spread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calibration.geometry import Box, TextBox
from digitize.tracing import trace_panel

from .conftest import Drawn

Draw = Callable[..., Drawn]
X = np.linspace(0.1, 0.9, 7)
Y = np.array([0.3, 0.7, 0.45, 0.6, 0.52, 0.8, 0.2])
SPREAD = np.array([0.05, 0.12, 0.08, 0.15, 0.06, 0.1, 0.07])


def _points(drawn: Drawn, texts: tuple[TextBox, ...] = ()) -> list[np.ndarray]:
    traces, _ = trace_panel(drawn.image, drawn.panel, None, texts)
    return [trace.points_px for trace in traces if trace.kind == "scatter"]


@pytest.mark.parametrize("marker", ["o", "s"])
@pytest.mark.parametrize("face", ["white", "black"])
@pytest.mark.parametrize("bars", ["xerr", "yerr", "both"])
def test_markers_are_read_through_their_capped_bars(draw: Draw, marker: str, face: str, bars: str) -> None:
    spread = {"xerr": {"xerr": SPREAD}, "yerr": {"yerr": SPREAD}, "both": {"xerr": 0.04, "yerr": SPREAD}}[bars]

    def extra(axes: Any) -> None:
        axes.errorbar(X, Y, fmt=marker, mfc=face, color="black", capsize=4, **spread)

    drawn = draw([], extra=extra)
    (points,) = _points(drawn)
    box = drawn.panel.axes
    true = np.stack([box.left + X * box.width_px, box.bottom - Y * box.height_px], axis=1)
    assert len(points) == len(true)
    assert np.abs(points - true).max() < 0.8


def test_a_reference_line_across_the_bars_parts_no_marker(draw: Draw) -> None:
    def extra(axes: Any) -> None:
        axes.errorbar(X, Y, xerr=SPREAD, fmt="s", mfc="white", color="black", capsize=4)
        axes.axvline(0.3, color="grey", linestyle="--", linewidth=1)

    (points,) = _points(draw([], extra=extra))
    assert len(points) == len(X)


def test_bars_that_were_read_as_letters_are_ink_and_real_words_are_none(draw: Draw) -> None:
    def extra(axes: Any) -> None:
        axes.errorbar(X, Y, xerr=SPREAD, fmt="s", mfc="white", color="black", capsize=4)

    drawn = draw([], extra=extra)
    box = drawn.panel.axes
    x, y = box.left + X[1] * box.width_px, box.bottom - Y[1] * box.height_px
    over = Box(left=x - 70, top=y - 8, right=x + 70, bottom=y + 8)
    assert len(_points(drawn, (TextBox(text="HoH", box=over, confidence=0.7),))[0]) == len(X)
    hidden = _points(drawn, (TextBox(text="mean", box=over, confidence=0.7),))
    assert all(len(points) < len(X) for points in hidden)
