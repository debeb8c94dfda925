"""Curves that turn back along x are followed along their length."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.spatial import cKDTree

from calibration.geometry import Box, FloatArray
from digitize.findings import PointFlag
from digitize.tracing import trace_panel
from digitize.values import Legend

T = np.linspace(0, 2 * np.pi, 500)
OUTSIDE = Box(left=0, top=0, right=1, bottom=1)


def _hysteresis() -> tuple[FloatArray, FloatArray]:
    up, down = np.linspace(0.1, 0.9, 120), np.linspace(0.9, 0.1, 120)
    y = np.concatenate([0.5 + 0.35 * np.tanh(8 * (up - 0.6)), 0.5 + 0.35 * np.tanh(8 * (down - 0.4))])
    return np.concatenate([up, down]), y


CURVES = {
    "circle": (0.5 + 0.3 * np.cos(T), 0.5 + 0.3 * np.sin(T)),
    "lissajous": (0.5 + 0.4 * np.sin(3 * T + 0.5), 0.5 + 0.4 * np.sin(2 * T)),
    "spiral": (0.5 + 0.06 * T * np.cos(2 * T), 0.5 + 0.06 * T * np.sin(2 * T)),
    "upright": (0.5 + 0.3 * np.sin(T), np.linspace(0.05, 0.95, len(T))),
    "hysteresis": _hysteresis(),
}


@pytest.mark.parametrize("name", CURVES)
def test_curve_is_followed_in_drawing_order(draw: Callable[..., Any], name: str) -> None:
    drawn = draw([(*CURVES[name], {"color": "#1f77b4"})])
    (trace,), _ = trace_panel(drawn.image, drawn.panel, Legend(box=OUTSIDE, entries=tuple(drawn.entries)), ())
    assert trace.label == "line 0"
    path = drawn.paths[0]
    dense = np.column_stack([np.interp(np.linspace(0, 1, 5000), np.linspace(0, 1, len(path)), axis) for axis in path.T])
    seen = (trace.flags & PointFlag.CROSSING) == 0
    off = cKDTree(dense).query(trace.points_px[seen])[0]
    assert np.median(off) < 0.15
    assert np.percentile(off, 95) < 0.5
    missed = cKDTree(trace.points_px).query(dense)[0]
    assert np.percentile(missed, 98) < 2.0
    # one after the other along the curve, either way round
    length = [float(np.hypot(*np.diff(one, axis=0).T).sum()) for one in (trace.points_px, path)]
    assert abs(length[0] / length[1] - 1.0) < 0.05


def test_lines_of_one_colour_stay_lines(draw: Callable[..., Any]) -> None:
    x = np.linspace(0.03, 0.97, 200)
    drawn = draw([(x, 0.3 + 0.4 * x, {"color": "#1f77b4"}), (x, 0.8 - 0.5 * x, {"color": "#1f77b4"})])
    traces, _ = trace_panel(drawn.image, drawn.panel, None, ())
    assert len(traces) == 2
    assert all((np.diff(trace.points_px[:, 0]) >= 0).all() for trace in traces)


def test_frame_around_a_remark_is_no_curve(draw: Callable[..., Any]) -> None:
    x = np.linspace(0.03, 0.97, 200)
    box = {"boxstyle": "round", "facecolor": "none", "edgecolor": "grey"}
    drawn = draw(
        [(x, 0.3 + 0.4 * x, {"color": "#1f77b4"})], extra=lambda axes: axes.text(0.6, 0.2, " " * 30, bbox=box)
    )
    traces, _ = trace_panel(drawn.image, drawn.panel, None, ())
    assert [trace.label for trace in traces] == ["blue"]
