"""Samples recovered from drawn figures, against the vertices that were drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from calibration.geometry import FloatArray
from digitize.refining import refine_traces, to_every_pixel
from digitize.refining.agreement import runs_along
from digitize.refining.paths import cut_pieces
from digitize.refining.proposals import Proposal
from digitize.refining.redraw import redraw
from digitize.refining.scene import cut_scene, to_drawn
from digitize.tracing import trace_panel
from digitize.values import Trace
from tests.digitize.refining.conftest import Drawn, wander


def _errors(trace: Trace, vertices: FloatArray) -> FloatArray:
    """Distance of every true vertex from the nearest point read."""
    points = trace.points_px[np.isfinite(trace.points_px).all(axis=1)]
    return np.asarray(np.linalg.norm(vertices[:, None] - points[None], axis=2).min(axis=1))


@pytest.mark.parametrize(("count", "median_px", "least_share"), [(68, 0.1, 0.99), (135, 0.15, 0.95)])
def test_noisy_line_gives_back_its_samples(
    drawing: Callable[..., Drawn], count: int, median_px: float, least_share: float
) -> None:
    drawn = drawing([(np.arange(count, dtype=float), wander(count, 1, 0.03))])
    (trace,) = drawn.refined()
    assert len(trace.points_px) == count
    error = _errors(trace, drawn.vertices[0])
    assert np.median(error) < median_px
    assert np.mean(error < 0.01 * drawn.panel.axes.height_px) >= least_share


def test_lines_that_cross_share_one_grid(drawing: Callable[..., Drawn]) -> None:
    x = np.arange(60, dtype=float)
    drawn = drawing([(x, wander(60, seed, 0.03, 0.2 * seed)) for seed in range(4)])
    for trace, vertices in zip(drawn.refined(), drawn.vertices, strict=True):
        assert abs(len(trace.points_px) - 60) <= 1
        error = _errors(trace, vertices)
        assert np.median(error) < 0.15
        assert np.mean(error < 0.01 * drawn.panel.axes.height_px) > 0.97


def test_jpeg_keeps_the_samples(drawing: Callable[..., Drawn]) -> None:
    drawn = drawing([(np.arange(60, dtype=float), wander(60, 3, 0.03))], jpeg=75)
    (trace,) = drawn.refined()
    assert len(trace.points_px) == 60
    assert np.mean(_errors(trace, drawn.vertices[0]) < 0.01 * drawn.panel.axes.height_px) > 0.98


def test_uneven_samples_stand_at_their_corners(drawing: Callable[..., Drawn]) -> None:
    x = np.array([0.0, 3, 4, 9, 17, 20, 31, 38, 40])
    y = np.array([0.0, 2, 1.2, 3, 2.4, 4, 3.1, 3.3, 1.0])
    drawn = drawing([(x, y)])
    (trace,) = drawn.refined()
    # a steep end's cap may pass for one more piece
    assert len(x) <= len(trace.points_px) <= len(x) + 1
    error = _errors(trace, drawn.vertices[0])
    assert error[1:-1].max() < 0.3
    # of a line's end the cap is seen, and a steep one within its column only
    assert error.max() < 7.0


def test_samples_on_a_straight_line_are_found_by_their_markers(drawing: Callable[..., Drawn]) -> None:
    x = np.array([0.0, 1, 2, 5, 6, 9, 10])
    drawn = drawing([(x, 0.3 * x + 1.0)], marker="o", markersize=6)
    (trace,) = drawn.refined()
    assert len(trace.points_px) == len(x)
    # markers are snapped to whole pixels
    assert _errors(trace, drawn.vertices[0]).max() < 1.0


def test_smooth_curve_is_not_cut_into_chords(drawing: Callable[..., Drawn]) -> None:
    x = np.linspace(0, 6.28, 1200)
    drawn = drawing([(x, np.sin(x))])
    (trace,) = drawn.refined()
    points = trace.points_px
    between = np.interp(drawn.vertices[0][:, 0], points[:, 0], points[:, 1]) - drawn.vertices[0][:, 1]
    assert trace.sampling == "even"
    assert 80 < len(points) < 120
    assert np.quantile(np.abs(between), 0.95) < 0.3


def test_dense_noise_is_given_as_followed(drawing: Callable[..., Drawn]) -> None:
    drawn = drawing([(np.arange(900, dtype=float), wander(900, 5, 0.04))])
    (trace,) = drawn.refined()
    assert trace.sampling == "path"
    assert len(trace.points_px) > 400


def test_lines_without_samples_are_told(drawing: Callable[..., Drawn]) -> None:
    x = np.linspace(0, 6.28, 1200)
    drawn = drawing([(x, np.sin(x))])
    traces, _ = trace_panel(drawn.image, drawn.panel, None, ())
    _, findings = refine_traces(drawn.image, drawn.panel, drawn.calibration, traces)
    assert [finding.code for finding in findings] == ["samples-unknown"]


def test_samples_of_a_smooth_curve_show_by_their_chords(drawing: Callable[..., Drawn]) -> None:
    x = np.linspace(0, 6.28, 41)
    drawn = drawing([(x, np.sin(x)), (x, np.cos(x))])
    for trace, vertices in zip(drawn.refined(), drawn.vertices, strict=True):
        assert trace.sampling == "grid"
        assert len(trace.points_px) == len(vertices)
        assert np.median(_errors(trace, vertices)) < 0.1


def test_straight_line_shares_the_samples_of_its_panel(drawing: Callable[..., Drawn]) -> None:
    x = np.arange(12, dtype=float)
    drawn = drawing([(x, wander(12, 2, 0.05)), (x, 0.02 * x + 0.5)])
    for trace in drawn.refined():
        assert len(trace.points_px) == 12


def test_uneven_samples_on_whole_numbers_are_not_filled_up(drawing: Callable[..., Drawn]) -> None:
    x = np.array([0.0, 2, 3, 8, 15, 22, 29, 30, 40])
    drawn = drawing([(x, np.array([0.0, 3, 1, 4, 2, 5, 1, 3, 2]))])
    (trace,) = drawn.refined()
    assert len(x) <= len(trace.points_px) <= len(x) + 1
    assert np.median(_errors(trace, drawn.vertices[0])) < 0.3


def test_course_that_leaves_the_ink_is_not_taken(drawing: Callable[..., Drawn]) -> None:
    x = np.arange(30, dtype=float)
    drawn = drawing([(x, wander(30, 4, 0.05))])
    (trace,), _ = trace_panel(drawn.image, drawn.panel, None, ())
    vertices = drawn.vertices[0]
    off = vertices.copy()
    off[10:13, 1] += 25.0
    for points, stands in ((vertices, True), (off, False)):
        course = replace(
            trace,
            points_px=points,
            sigma_px=np.full_like(points, 0.1),
            flags=np.zeros(len(points), np.uint16),
            sampling="grid",
        )
        assert runs_along(course, trace, drawn.image, drawn.panel) is stands


def test_stated_errors_are_honest(drawing: Callable[..., Drawn]) -> None:
    drawn = drawing([(np.arange(60, dtype=float), wander(60, seed, 0.03, 0.3 * seed)) for seed in range(3)])
    off, sigma = [], []
    for trace, vertices in zip(drawn.refined(), drawn.vertices, strict=True):
        if len(trace.points_px) == len(vertices):
            off.append(trace.points_px[:, 1] - vertices[:, 1])
            sigma.append(trace.sigma_px[:, 1])
    inside = np.abs(np.concatenate(off)) < 2 * np.concatenate(sigma)
    assert inside.mean() > 0.85


def test_every_pixel_goes_through_the_samples() -> None:
    points = np.array([[2.5, 1.0], [6.5, 9.0], [np.nan, np.nan], [8.0, 1.0], [8.5, 2.0]])
    trace = Trace(
        label="a",
        points_px=points,
        sigma_px=np.where(np.isnan(points), np.nan, 0.1),
        flags=np.zeros(5, np.uint16),
        colour=(1, 2, 3),
        path_px=points,
    )
    dense = to_every_pixel(trace)
    assert dense.points_px[:6].tolist() == [[2.5, 1.0], [3.0, 2.0], [4.0, 4.0], [5.0, 6.0], [6.0, 8.0], [6.5, 9.0]]
    assert np.isnan(dense.points_px[6]).all()
    assert len(dense.points_px) == len(dense.flags) == 9


@pytest.mark.parametrize("join", ["bevel", "miter"])
def test_joins_do_not_move_the_samples(drawing: Callable[..., Drawn], join: str) -> None:
    drawn = drawing([(np.arange(68, dtype=float), wander(68, 1, 0.03))], linewidth=3, solid_joinstyle=join)
    (trace,) = drawn.refined()
    assert len(trace.points_px) == 68
    error = _errors(trace, drawn.vertices[0])
    # as round joins they would lie 0.1 to 0.2 px off at the median, and 0.35 to 0.6 px off at the spikes
    assert np.median(error) < 0.05 and np.quantile(error, 0.95) < 0.25


def test_steep_ends_reach_their_samples(drawing: Callable[..., Drawn]) -> None:
    y = np.where(np.arange(30) % 2, 0.0, 1.0) + wander(30, 3, 0.05)
    drawn = drawing([(np.arange(30, dtype=float), y)], linewidth=3)
    (trace,) = drawn.refined()
    assert len(trace.points_px) == 30
    assert _errors(trace, drawn.vertices[0])[[0, -1]].max() < 0.5


def test_grid_beside_its_axis_is_fitted_along_x(drawing: Callable[..., Drawn]) -> None:
    drawn = drawing([(np.arange(40, dtype=float), wander(40, 6, 0.05))])
    traces, _ = trace_panel(drawn.image, drawn.panel, None, ())
    pieces = cut_pieces(traces[0], 0)
    proposal = Proposal(
        trace=replace(
            traces[0],
            points_px=drawn.vertices[0] + np.array([0.35, 0.0]),
            sigma_px=np.full((40, 2), 0.1),
            flags=np.zeros(40, np.uint16),
            sampling="grid",
        ),
        free_x=np.zeros(40, bool),
        grid_number=0,
        way="grid",
    )
    scene = cut_scene(drawn.image, drawn.panel, [*traces, proposal.trace], pieces, ())
    ((fitted,), _) = redraw(scene, traces, [proposal])
    assert fitted.no_worse
    off = fitted.trace.points_px - drawn.vertices[0]
    assert np.abs(off[:, 0]).max() < 0.06
    assert np.quantile(np.abs(off[:, 1]), 0.9) < 0.1


def test_samples_worse_than_the_path_are_refused(drawing: Callable[..., Drawn]) -> None:
    drawn = drawing([(np.arange(40, dtype=float), wander(40, 6, 0.05))])
    traces, _ = trace_panel(drawn.image, drawn.panel, None, ())
    pieces = cut_pieces(traces[0], 0)
    coarse = drawn.vertices[0][::3]
    proposal = Proposal(
        trace=replace(
            traces[0],
            points_px=coarse,
            sigma_px=np.full_like(coarse, 0.1),
            flags=np.zeros(len(coarse), np.uint16),
            sampling="grid",
        ),
        free_x=np.zeros(len(coarse), bool),
        way="grid",
    )
    scene = cut_scene(drawn.image, drawn.panel, [*traces, proposal.trace], pieces, ())
    ((fitted,), _) = redraw(scene, traces, [proposal])
    assert fitted.no_worse is False


def test_dashed_line_gives_back_its_samples(drawing: Callable[..., Drawn]) -> None:
    drawn = drawing([(np.arange(40, dtype=float), wander(40, 6, 0.03))], linestyle="--")
    (trace,) = drawn.refined()
    assert abs(len(trace.points_px) - 40) <= 1
    error = _errors(trace, drawn.vertices[0])
    assert np.median(error) < 0.15 and np.mean(error < 0.01 * drawn.panel.axes.height_px) > 0.9


def test_step_is_drawn_with_its_corners() -> None:
    points = np.array([[1.0, 5.0], [4.0, 2.0], [9.0, 8.0]])
    trace = Trace(
        label="a",
        kind="step",
        points_px=points,
        sigma_px=np.full_like(points, 0.1),
        flags=np.zeros(3, np.uint16),
        colour=(1, 2, 3),
    )
    assert to_drawn(points, trace).tolist() == [[1, 5], [4, 5], [4, 2], [9, 2], [9, 8]]
    assert to_drawn(points, replace(trace, kind="line")) is points


def test_line_that_turns_beside_the_panels_grid_keeps_its_own_corners(drawing: Callable[..., Drawn]) -> None:
    x = np.arange(40, dtype=float)
    own = np.array([0.0, 5.4, 9.6, 17.3, 24.6, 31.45, 39.0])
    drawn = drawing([(x, wander(40, 2, 0.05)), (own, 1.5 + np.array([0.0, 0.3, 0.1, 0.35, 0.05, 0.3, 0.1]))])
    on_grid, free = drawn.refined()
    assert len(on_grid.points_px) == 40
    assert len(free.points_px) <= len(own) + 1
    assert _errors(free, drawn.vertices[1])[1:-1].max() < 0.5
