"""Strokes against areas that are known, and their derivatives against differences."""

from __future__ import annotations

import numpy as np

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
