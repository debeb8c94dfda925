"""Markers that lie over one another are told apart by the edges that show, and fits through them stay lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from calibration.geometry import Box, FloatArray
from digitize.findings import PointFlag
from digitize.panels.find import background_colour
from digitize.synthetic_cloud_specs import CloudsSpec
from digitize.tracing import heaps, trace_panel
from digitize.tracing.heaps import _nudge, estimate_opacity, place_markers, render_markers
from digitize.tracing.marker_template import MarkerTemplate

drawing = pytest.importorskip("digitize.synthetic_clouds")
RADIUS = 5.0


def _shares(found: FloatArray, true: FloatArray, tolerance_px: float = 2.5) -> tuple[float, float]:
    """Of the points found that are true, and of the true ones that were found."""
    gaps = np.linalg.norm(found[:, None] - true[None], axis=2)
    one, other = linear_sum_assignment(np.minimum(gaps, 2 * tolerance_px))
    hits = float((gaps[one, other] <= tolerance_px).sum())
    return hits / len(found), hits / len(true)


def _disc() -> MarkerTemplate:
    half = int(RADIUS) + 3
    away = np.hypot(*np.meshgrid(np.arange(-half, half + 1), np.arange(-half, half + 1)))
    alpha = np.clip(RADIUS + 0.5 - away, 0.0, 1.0).astype(np.float32)
    return MarkerTemplate(
        alpha=alpha, body=alpha > 0.5, core=alpha > 0.75, outline=(alpha > 0.5) & (away > RADIUS - 1),
        width_px=2 * RADIUS, height_px=2 * RADIUS, shift_px=np.zeros(2), shift_sigma_px=0.0,
    )  # fmt: skip


@pytest.mark.parametrize("opacity", [1.0, 0.5])
def test_discs_over_each_other_are_found_to_a_fraction_of_a_pixel(opacity: float) -> None:
    true = np.array([[30.0, 30.0], [35.3, 31.6], [33.1, 37.2], [60.4, 40.0], [66.0, 40.0]])
    ink = render_markers((80, 100), true, _disc(), opacity)
    placed = place_markers(ink, np.zeros(ink.shape, bool), _disc(), opacity=opacity)
    assert len(placed.centres) == len(true)
    gaps = np.linalg.norm(placed.centres[:, None] - true[None], axis=2).min(axis=1)
    assert gaps.max() < 0.25
    assert np.all(gaps < 4 * np.hypot(*placed.sigma_px.T))


def test_a_disc_beneath_others_is_found_by_its_slivers_and_known_as_hidden() -> None:
    true = np.array([[30.0, 30.0], [34.0, 30.0], [38.0, 30.0]])
    ink = render_markers((60, 70), true, _disc(), 1.0)
    placed = place_markers(ink, np.zeros(ink.shape, bool), _disc())
    order = np.argsort(placed.centres[:, 0])
    assert len(order) == 3
    assert np.abs(placed.centres[order] - true).max() < 0.5
    assert placed.sigma_px[order][1, 0] > placed.sigma_px[order][0, 0]
    assert placed.seen[order][1] < 0.7 * placed.seen[order][0]


def test_the_opacity_shows_where_two_lie_over_each_other() -> None:
    rng = np.random.default_rng(3)
    centres = rng.uniform(15, 85, (30, 2))
    for opacity in (0.4, 0.7):
        ink = render_markers((100, 100), centres, _disc(), opacity)
        assert estimate_opacity(ink) == pytest.approx(opacity, abs=0.06)
    assert estimate_opacity(render_markers((100, 100), centres, _disc(), 1.0)) == 1.0


@pytest.mark.parametrize(
    "look",
    [
        {"count": 250},
        {"count": 250, "opacity": 0.5, "snapped": False},
        {"count": 100, "edge": "white"},
        {"count": 150, "markers": "x"},
        {"count": 100, "jpeg_quality": 80},
    ],
)
def test_most_markers_of_a_crowded_cloud_are_told_apart(look: dict[str, Any]) -> None:
    drawn = drawing.draw_clouds(CloudsSpec(legend="none", seed=1, **look))
    traces, _ = trace_panel(drawn.image, drawn.panel, None, drawn.texts)
    (cloud,) = [trace for trace in traces if trace.kind == "scatter"]
    right, found = _shares(cloud.points_px, drawn.series[0].points_px)
    assert right > 0.95 and found > 0.85


def test_a_cloud_of_which_much_is_hidden_is_read_and_says_so() -> None:
    drawn = drawing.draw_clouds(CloudsSpec(legend="none", count=1000, spread="trend", seed=1))
    traces, findings = trace_panel(drawn.image, drawn.panel, None, drawn.texts)
    (cloud,) = [trace for trace in traces if trace.kind == "scatter"]
    right, found = _shares(cloud.points_px, drawn.series[0].points_px, 4.0)
    assert right > 0.9 and found > 0.45
    assert "points-heaped" in {finding.code for finding in findings}
    assert np.mean((cloud.flags & PointFlag.HIDDEN) > 0) > 0.3


def test_a_chain_of_which_no_marker_stands_alone_is_read_beside_its_fit(draw: Callable[..., Any]) -> None:
    x = np.linspace(0.03, 0.97, 120)
    y = 0.5 + 0.3 * np.exp(-(((x - 0.5) / 0.15) ** 2)) + np.random.default_rng(2).normal(0, 0.012, 120)
    curve = {"color": "#ff7f0e", "linewidth": 1.5}
    points = {"color": "#1f77b4", "linestyle": "none", "marker": "o", "markersize": 6}
    drawn = draw([(x, y, points), (x, 0.5 + 0.3 * np.exp(-(((x - 0.5) / 0.15) ** 2)), curve)])
    traces, _ = trace_panel(drawn.image, drawn.panel, None, [])
    assert sorted(trace.kind for trace in traces) == ["line", "scatter"]
    by_kind = {trace.kind: trace for trace in traces}
    assert drawn.share_within(by_kind["line"].points_px, 1, 1.0) > 0.95
    right, found = _shares(by_kind["scatter"].points_px, drawn.paths[0], 4.0)
    assert right > 0.9 and found > 0.5


def test_a_thick_noisy_line_is_no_chain_of_discs(draw: Callable[..., Any]) -> None:
    x = np.linspace(0.03, 0.97, 150)
    y = 0.5 + 0.2 * np.sin(6 * x) + np.random.default_rng(2).normal(0, 0.02, 150)
    for width in (2.0, 5.0):
        drawn = draw([(x, y, {"color": "#1f77b4", "linewidth": width})])
        traces, _ = trace_panel(drawn.image, drawn.panel, None, [])
        assert "scatter" not in {trace.kind for trace in traces}


def test_the_background_of_a_panel_full_of_points_is_that_of_its_border() -> None:
    pixels = np.full((100, 200, 3), 255, np.uint8)
    pixels[10:90, 10:190] = (31, 119, 180)
    assert background_colour(pixels, Box(left=0, top=0, right=199, bottom=99)) == (255, 255, 255)
    pixels[:, :60] = (31, 119, 180)
    pixels[:60] = (31, 119, 180)
    assert background_colour(pixels, Box(left=0, top=0, right=199, bottom=99)) == (31, 119, 180)


def test_markers_that_slide_back_onto_one_that_stands_are_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bar wider than the markers leaves ink over that no marker explains: it must not be tried without end."""
    nudges: list[FloatArray] = []

    def counting(heap: Any, centre: FloatArray, pull: float = np.inf) -> FloatArray:
        nudges.append(centre)
        return _nudge(heap, centre, pull)

    monkeypatch.setattr(heaps, "_nudge", counting)
    ink = np.zeros((60, 160), np.float32)
    ink[25:36, 20:140] = 1.0
    placed = place_markers(ink, np.zeros(ink.shape, bool), _disc())
    assert len(placed.centres) > 20
    assert len(nudges) < 50 * len(placed.centres)
