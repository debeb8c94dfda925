"""Labels of a row are turned alike: short ones are settled together, a raised exponent turns none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from digitize.ocr.detector import Quad
from digitize.ocr.turns import _surest, settled_turns

pytest.importorskip("matplotlib")
pytest.importorskip("onnxruntime")


def row_of(words: list[str], turn_deg: float) -> tuple[Any, list[tuple[float, float, float, float]]]:
    """A picture of a row of words, and for each its middle, length and height in pixels."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 1.4), dpi=100)
    canvas = FigureCanvasAgg(figure)
    places = []
    for k, word in enumerate(words):
        flat = figure.text(0.15 + 0.2 * k, 0.5, word, fontsize=12, ha="center", va="center")
        size = flat.get_window_extent(canvas.get_renderer())
        flat.set_rotation(turn_deg)
        places.append((500 * (0.15 + 0.2 * k), 70.0, size.width + 4, size.height + 4))
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy(), places


@pytest.mark.parametrize("turn_deg", [30.0, 45.0])
def test_short_turned_labels_are_turned_by_one_usual_angle(turn_deg: float) -> None:
    pixels, places = row_of(["0.15", "0.30", "0.45", "0.60"], turn_deg)
    seen = turn_deg + np.array([-6.0, 3.0, 5.0, -2.0])  # nearly square boxes tell their angle badly
    boxes = [dict(zip(("x", "y", "length_px", "height_px"), place, strict=True)) for place in places]
    quads = [Quad(**box, angle_deg=angle) for box, angle in zip(boxes, seen, strict=True)]
    settled = settled_turns(pixels, quads)
    assert {quad.angle_deg for quad in settled} == {turn_deg}
    assert all(quad.settled for quad in settled)


@pytest.mark.parametrize(
    ("words", "turn_deg", "seen_deg"),
    [(["0.2", "0.4", "0.6", "0.8"], 30.0, 15.0), ([f"$10^{{{k}}}$" for k in (-1, 1, 2, 3)], 45.0, 60.0)],
    ids=["nearly square", "raised exponents"],
)
def test_labels_are_turned_as_they_are_read_best(words: list[str], turn_deg: float, seen_deg: float) -> None:
    pixels, places = row_of(words, turn_deg)
    quads = [Quad(x=x, y=y, length_px=w, height_px=0.9 * w, angle_deg=seen_deg) for x, y, w, _ in places]
    assert {quad.angle_deg for quad in settled_turns(pixels, quads)} == {turn_deg}


@pytest.mark.parametrize(("turn_deg", "seen_deg"), [(30.0, 39.0), (45.0, 60.0), (0.0, 35.0), (90.0, -40.0)])
def test_powers_are_turned_as_they_are_read_best(turn_deg: float, seen_deg: float) -> None:
    pixels, places = row_of([f"$10^{k}$" for k in (1, 2, 3, 4)], turn_deg)
    quads = [Quad(x=x, y=y, length_px=w, height_px=0.8 * w, angle_deg=seen_deg) for x, y, w, _ in places]
    assert {quad.angle_deg for quad in settled_turns(pixels, quads)} == {turn_deg}


def test_raised_exponents_do_not_turn_a_row() -> None:
    pixels, places = row_of([f"$e^{k}$" for k in (2, 3, 4, 5)], 0.0)
    quads = [Quad(x=x, y=y, length_px=w, height_px=0.8 * w, angle_deg=38.0) for x, y, w, _ in places]
    assert {quad.angle_deg for quad in settled_turns(pixels, quads)} == {0.0}


def test_powers_that_read_upward_are_not_slanted() -> None:
    pixels, places = row_of([f"$e^{k}$" for k in (2, 3, 4, 5)], 90.0)
    quads = [Quad(x=x, y=y, length_px=w, height_px=0.8 * w, angle_deg=-60.0) for x, y, w, _ in places]
    assert {quad.angle_deg for quad in settled_turns(pixels, quads)} == {90.0}


def test_powers_beside_a_y_axis_do_not_turn_slanted_labels_below() -> None:
    pixels, places = row_of(["100", "200", "300", "400"], 45.0)
    row = [Quad(x=x, y=y, length_px=w, height_px=h, angle_deg=44.0) for x, y, w, h in places]
    column = [replace(row[0], x=20.0, y=10.0 + 45.0 * k, angle_deg=38.0) for k in range(3)]
    assert {quad.angle_deg for quad in settled_turns(pixels, [*row, *column])[: len(row)]} == {45.0}


def test_a_lone_slanted_line_keeps_its_angle() -> None:
    pixels = np.full((60, 200, 3), 255, np.uint8)
    lone = Quad(x=100.0, y=30.0, length_px=90.0, height_px=12.0, angle_deg=31.0)
    assert settled_turns(pixels, [lone]) == [lone]


@pytest.mark.parametrize(
    ("clear", "turn_deg"),
    [
        ({0.0: 0.98, 90.0: 0.0, 30.0: 0.1, 45.0: 0.0, 60.0: 0.0}, 0.0),
        ({0.0: 0.0, 90.0: 0.0, 30.0: 0.99, 37.0: 0.99, 45.0: 0.9, 60.0: 0.0}, 30.0),
        ({0.0: 0.5, 90.0: 0.0, 30.0: 0.0, 45.0: 0.0, 60.0: 0.1}, 0.0),  # half of the labels, and none elsewhere
        ({0.0: 0.5, 90.0: 0.0, 30.0: 0.4, 45.0: 0.0, 60.0: 0.1}, None),
        ({0.0: 0.9, 90.0: 0.8, 30.0: 0.0, 45.0: 0.0, 60.0: 0.1}, None),
        ({}, None),
    ],
)
def test_a_turn_is_sure_where_labels_are_read_at_no_other(clear: dict[float, float], turn_deg: float | None) -> None:
    assert _surest(clear) == turn_deg


def test_slanted_words_are_no_powers() -> None:
    pixels, places = row_of(["Oct", "1999", "Apr", "Jul"], 30.0)
    seen = (27.0, 31.0, 23.0, 34.0)
    quads = [
        Quad(x=x, y=y, length_px=w, height_px=1.3 * h, angle_deg=angle)
        for (x, y, w, h), angle in zip(places, seen, strict=True)
    ]
    assert {quad.angle_deg for quad in settled_turns(pixels, quads)} == {30.0}
