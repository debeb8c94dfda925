"""Stated intervals on drawn figures: honest, and no wider than they must be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely

from calibration.geometry import FloatArray
from digitize.findings import PointFlag
from digitize.hints import AxisHint, AxisHints
from digitize.ocr.none import NoTextReader
from digitize.pipeline import read_figure
from digitize.synthetic import draw_figure
from digitize.synthetic_specs import FigureSpec
from digitize.uncertainty import DRAWING_PX, ROUNDING_PX, position_terms, runs_along_axes, to_budget, total_px
from digitize.values import Series, Trace

X = np.arange(20.0)
FOUND_FRAC = 0.8


def trace_of(y: FloatArray, flags: int = 0, sigma_px: float = 0.1) -> Trace:
    points = np.column_stack([X, y])
    return Trace(
        label="a", points_px=points, sigma_px=np.full((20, 2), sigma_px), flags=np.full(20, flags, np.uint16),
        colour=(0, 0, 0), stroke_px=2.0,
    )  # fmt: skip


def test_terms_add_in_quadrature() -> None:
    terms = position_terms(trace_of(0.3 * X))
    assert total_px(terms) == pytest.approx(np.full((20, 2), np.hypot(0.1, DRAWING_PX)))
    assert to_budget(terms)["centreline"] == (0.1, 0.1)


def test_what_runs_along_the_axes_may_have_been_rounded() -> None:
    level, sloping = trace_of(np.full(20, 7.0)), trace_of(0.3 * X)
    assert runs_along_axes(level.points_px) and not runs_along_axes(sloping.points_px)
    assert position_terms(level)["rounding"][0].tolist() == [ROUNDING_PX, ROUNDING_PX]


@pytest.mark.parametrize("flag", [PointFlag.CROSSING, PointFlag.HIDDEN, PointFlag.INTERPOLATED])
def test_doubtful_points_are_less_certain(flag: PointFlag) -> None:
    assert total_px(position_terms(trace_of(0.3 * X, int(flag)))).min() > 2 * total_px(
        position_terms(trace_of(0.3 * X))
    ).max()


def test_unknown_stays_unknown() -> None:
    y = 0.3 * X
    y[4] = np.nan
    budget = to_budget(position_terms(trace_of(y)))
    assert np.isfinite(list(budget.values())).all()


def covered(series: Series, truth: dict[str, Any], spans: tuple[float, float], sigmas: float) -> float:
    """Share of a series' points whose box of so many standard deviations meets the true line; 0 for another line."""
    x, y = np.array(truth["x"]) / spans[0], np.array(truth["y"]) / spans[1]
    if truth["kind"] == "step":
        x, y = np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1]
    line = shapely.LineString(np.column_stack([x, y]))
    at = np.column_stack([series.x / spans[0], series.y / spans[1]])
    share = sigmas / 1.96
    ends = [at[:, k : k + 1] + (interval / spans[k] - at[:, k : k + 1]) * share
            for k, interval in enumerate((series.x_interval, series.y_interval))]  # fmt: skip
    known = np.isfinite(at).all(axis=1)
    if not known.any() or np.mean(shapely.distance(shapely.points(at[known]), line) < 0.01) < FOUND_FRAC:
        return 0.0
    boxes = shapely.box(*(side[known] for side in (ends[0][:, 0], ends[1][:, 0], ends[0][:, 1], ends[1][:, 1])))
    return float(shapely.intersects(boxes, line).mean())


def test_intervals_on_drawn_figures_hold_as_often_as_they_say() -> None:
    one_sigma, two_sigma = [], []
    for seed, shapes in enumerate((("smooth",), ("noisy",), ("steps",), ("smooth", "noisy")) * 2):
        drawn = draw_figure(FigureSpec(lines=2, shapes=shapes, legend="none", width_px=640, height_px=420, seed=seed))
        panel = drawn.truth["panels"][0]
        hints = AxisHints(
            **{name: {None: AxisHint(start=panel[name]["range"][0], end=panel[name]["range"][1])} for name in "xy"}
        )
        figure = read_figure(drawn.pixels, reader=NoTextReader(), hints=hints)
        spans = tuple(float(np.ptp(panel[name]["range"])) for name in "xy")
        for truth in panel["series"]:
            for many, few in ((two_sigma, 1.96), (one_sigma, 1.0)):
                many.append(max(covered(one, truth, spans, few) for one in figure.panels[0].series))
    found = [share for share in two_sigma if share > 0]
    assert len(found) >= 14
    assert np.mean(found) >= 0.9
    assert 0.6 <= np.mean([share for share in one_sigma if share > 0]) <= 0.99
