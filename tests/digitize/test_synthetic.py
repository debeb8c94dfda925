"""Drawn figures hold what their truth says, to a fraction of a pixel, in every style the reader is asked to read."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as PILImage

from calibration.geometry import FloatArray
from digitize.synthetic_specs import PALETTES, FigureSpec, random_spec
from tests.closeness import to_box

pytest.importorskip("matplotlib")
synthetic = pytest.importorskip("digitize.synthetic")
STYLES = ("integer", "decimal", "negative", "suffix", "percent", "offset", "log")


def rgb(colour: str) -> FloatArray:
    return np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)], float)


def to_pixels(panel: dict[str, Any], series: dict[str, Any]) -> FloatArray:
    """(N, 2) points of a series in our pixel frame, by the truth's box and ranges."""
    box = to_box(panel["bbox"])
    place = []
    for axis, first, last in (("x", box.left, box.right), ("y", box.bottom, box.top)):
        warp = np.log10 if panel[axis]["scale"] == "log" else np.asarray
        low, high = warp(np.array(panel[axis]["range"], float))
        place.append(first + (warp(np.array(series[axis], float)) - low) / (high - low) * (last - first))
    return np.column_stack(place)


def centre_of_ink(pixels: FloatArray, background: FloatArray, colour: FloatArray, x: float, y: float) -> float:
    """Row of the middle of the ink near (x, y), by the share of ``colour`` in each pixel of the column."""
    first, last = round(y) - 6, round(y) + 7
    column = pixels[first:last, round(x)]
    share = np.clip((column - background) @ (colour - background) / np.sum((colour - background) ** 2), 0, 1)
    return float(np.average(np.arange(first, last), weights=share + 1e-9))


@pytest.mark.parametrize("style", STYLES)
def test_line_lies_where_its_truth_says(style: str) -> None:
    spec = FigureSpec(lines=1, y_styles=(style,), x_styles=("integer",), legend="none", line_pt=2.0, seed=11)
    drawn = synthetic.draw_figure(spec)
    panel = drawn.truth["panels"][0]
    path = to_pixels(panel, panel["series"][0])
    slopes = np.abs(np.gradient(path[:, 1], path[:, 0]))
    flat = np.flatnonzero(slopes < 0.3)[3:-3:5]
    assert len(flat) >= 3
    for x, y in path[flat]:
        at = float(np.interp(round(x), path[:, 0], path[:, 1]))
        read = centre_of_ink(drawn.pixels.astype(float), rgb("#ffffff"), rgb(PALETTES[0][0]), x, y)
        assert abs(read - at) < 0.25, (style, x, y)


@pytest.mark.parametrize("scale", [1.0, 0.75, 1.5])
def test_box_runs_through_the_spines(scale: float) -> None:
    spec = FigureSpec(panels=2, columns=2, width_px=1000, legend="none", ticks="none", scale=scale, seed=3)
    drawn = synthetic.draw_figure(spec)
    dark = 255.0 - drawn.pixels.astype(float).mean(axis=2)
    for panel in drawn.truth["panels"]:
        box = to_box(panel["bbox"])
        row = round(box.top + 0.02 * box.height_px) + 3
        for edge in (box.left, box.right):
            cols = np.arange(round(edge) - 3, round(edge) + 4)
            assert abs(np.average(cols, weights=dark[row, cols] + 1e-9) - edge) < 0.15
        col = round(box.left + 0.5 * box.width_px)
        for edge in (box.top, box.bottom):
            rows = np.arange(round(edge) - 3, round(edge) + 4)
            assert abs(np.average(rows, weights=dark[rows, col] + 1e-9) - edge) < 0.15


def test_same_spec_gives_the_same_figure_and_another_seed_another() -> None:
    spec = FigureSpec(shapes=("noisy",), seed=5)
    one, two = synthetic.draw_figure(spec), synthetic.draw_figure(spec)
    assert (one.pixels == two.pixels).all() and one.truth == two.truth
    other = synthetic.draw_figure(FigureSpec(shapes=("noisy",), seed=6))
    assert other.truth["panels"] != one.truth["panels"]


def test_panels_lines_and_names_are_as_many_as_asked_for() -> None:
    spec = FigureSpec(panels=4, columns=2, lines=3, bands=True, legend="shared", width_px=1000, height_px=800, seed=2)
    panels = synthetic.draw_figure(spec).truth["panels"]
    assert len(panels) == 4
    names = [[s["name"] for s in panel["series"] if s["kind"] == "line"] for panel in panels]
    assert all(len(set(row)) == 3 and row == names[0] for row in names)
    assert all(sum(s["kind"] == "band" for s in panel["series"]) == 3 for panel in panels)
    boxes = [to_box(panel["bbox"]) for panel in panels]
    assert boxes[0].right < boxes[1].left and boxes[0].bottom < boxes[2].top


def test_steps_hold_their_value_then_jump() -> None:
    drawn = synthetic.draw_figure(FigureSpec(lines=1, shapes=("steps",), legend="none", line_pt=2.0, seed=8))
    panel = drawn.truth["panels"][0]
    assert panel["series"][0]["kind"] == "step"
    path = to_pixels(panel, panel["series"][0])
    for (x0, y0), (x1, _) in pairwise(path):
        assert np.abs(drawn.pixels[round(y0), round(0.2 * x0 + 0.8 * x1)] - rgb(PALETTES[0][0])).max() < 60


def test_dark_theme_and_jpeg_reach_the_pixels() -> None:
    spec = FigureSpec(theme="dark", legend="none", seed=1)
    clean = synthetic.draw_figure(spec).pixels
    assert np.median(clean) < 60
    rough = synthetic.draw_figure(FigureSpec(theme="dark", legend="none", jpeg_quality=50, seed=1)).pixels
    assert rough.shape == clean.shape and np.abs(rough.astype(int) - clean).max() > 0


def test_random_specs_keep_what_is_fixed_and_refuse_what_is_unknown() -> None:
    rng = np.random.default_rng(0)
    specs = [random_spec(rng, panels=4, theme="grey") for _ in range(20)]
    assert all(spec.panels == 4 and spec.theme == "grey" for spec in specs)
    assert {spec.y_styles[0] for spec in specs} > {"log", "percent"}
    with pytest.raises(ValueError, match="colour"):
        random_spec(rng, colour="red")
    with pytest.raises(ValueError, match="jpeg_quality"):
        FigureSpec(jpeg_quality=101)


def test_command_writes_pictures_with_their_truth(tmp_path: Path) -> None:
    synthetic.main([str(tmp_path / "out"), "--count", "2", "--seed", "4"])
    pictures = sorted((tmp_path / "out").glob("*.png"))
    assert len(pictures) == 2
    for picture in pictures:
        truth = json.loads(picture.with_suffix(".json").read_text())
        with PILImage.open(picture) as opened:
            assert opened.size == (truth["width"], truth["height"])
        assert all(set(panel) >= {"bbox", "title", "x", "y", "series"} for panel in truth["panels"])
