"""Strokes against areas that are known, and their derivatives against differences."""

from __future__ import annotations

import numpy as np
import pytest

from digitize.rendering.stroke import Stroke, draw_stroke

SHAPE = (40, 60)


def _sheet(stroke: Stroke) -> np.ndarray:
    sheet = np.zeros(SHAPE)
    sheet[stroke.rows, stroke.cols] = stroke.coverage
    return sheet


def test_column_holds_the_strokes_thickness() -> None:
    points = np.array([[5.0, 10.3], [50.0, 25.3]])
    sheet = _sheet(draw_stroke(points, 2.1, SHAPE))
    thickness = 2.1 * np.hypot(1.0, 15 / 45)
    column = sheet[:, 25]
    assert abs(column.sum() - thickness) < 0.05
    assert abs((column * np.arange(SHAPE[0])).sum() / column.sum() - (10.3 + 20 / 3)) < 0.02


def test_upright_stroke_is_drawn() -> None:
    sheet = _sheet(draw_stroke(np.array([[20.2, 5.0], [20.2, 30.0]]), 3.0, SHAPE))
    assert abs(sheet[15].sum() - 3.0) < 0.05
    assert abs((sheet[15] * np.arange(SHAPE[1])).sum() / 3.0 - 20.2) < 0.03


def test_pixels_outside_the_image_are_left_out() -> None:
    stroke = draw_stroke(np.array([[-10.0, 5.0], [80.0, 45.0]]), 2.0, SHAPE)
    assert stroke.rows.min() >= 0
    assert stroke.cols.max() < SHAPE[1]


def test_slopes_agree_with_differences() -> None:
    points = np.array([[5.0, 30.0], [20.3, 8.2], [33.0, 22.0], [52.0, 12.0]])
    stroke = draw_stroke(points, 2.4, SHAPE, edge_px=1.5)
    for vertex, axis in ((1, 1), (2, 0), (2, 1)):
        moved = points.copy()
        moved[vertex, axis] += 1e-3
        change = (_sheet(draw_stroke(moved, 2.4, SHAPE, edge_px=1.5)) - _sheet(stroke)) / 1e-3
        predicted = np.zeros(len(stroke.rows))
        for side in (0, 1):
            own = stroke.item_vertex + side == vertex
            np.add.at(predicted, stroke.item_pixel[own], stroke.item_slopes[own, 2 * side + axis])
        found = change[stroke.rows, stroke.cols]
        assert np.abs(found - predicted).max() < 0.08
        assert np.corrcoef(found, predicted)[0, 1] > 0.99


SPIKES = np.array([[5.0, 30.0], [12.3, 8.2], [17.0, 31.0], [24.0, 9.0], [31.0, 30.0], [52.0, 12.0]])


def _drawn_by_agg(points: np.ndarray, width: float, join: str) -> np.ndarray:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure = plt.figure(figsize=(SHAPE[1] / 100, SHAPE[0] / 100), dpi=100)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.axis("off")
    axes.set(xlim=(-0.5, SHAPE[1] - 0.5), ylim=(SHAPE[0] - 0.5, -0.5))
    axes.plot(*points.T, "k", lw=width * 0.72, solid_joinstyle=join, solid_capstyle="round")
    figure.canvas.draw()
    drawn = 1 - np.asarray(figure.canvas.buffer_rgba())[..., 0] / 255.0  # type: ignore[attr-defined]
    plt.close(figure)
    return drawn


@pytest.mark.parametrize(("join", "mitre"), [("round", 0.0), ("miter", 4.0), ("bevel", 1.0)])
def test_joins_are_drawn_as_agg_draws_them(join: str, mitre: float) -> None:
    wanted = _drawn_by_agg(SPIKES, 4.2, join)
    sheet = _sheet(draw_stroke(SPIKES, 4.2, SHAPE, mitre=mitre))
    touched = wanted + sheet > 0
    assert np.sqrt(np.mean((sheet - wanted)[touched] ** 2)) < 0.02
    for other in {0.0, 4.0, 1.0} - {mitre}:
        wrong = _sheet(draw_stroke(SPIKES, 4.2, SHAPE, mitre=other))
        assert np.sqrt(np.mean((wrong - wanted)[touched] ** 2)) > 0.04


def test_slopes_of_mitres_agree_with_differences() -> None:
    stroke = draw_stroke(SPIKES, 2.4, SHAPE, edge_px=1.5, mitre=10.0)
    for vertex, axis in ((1, 1), (2, 0), (3, 1)):
        moved = SPIKES.copy()
        moved[vertex, axis] += 1e-3
        change = (_sheet(draw_stroke(moved, 2.4, SHAPE, edge_px=1.5, mitre=10.0)) - _sheet(stroke)) / 1e-3
        predicted = np.zeros(len(stroke.rows))
        for side in (0, 1):
            own = stroke.item_vertex + side == vertex
            np.add.at(predicted, stroke.item_pixel[own], stroke.item_slopes[own, 2 * side + axis])
        assert np.corrcoef(change[stroke.rows, stroke.cols], predicted)[0, 1] > 0.99
