"""Panels of hard lines hold what they say, to a fraction of a pixel, and turn up with every difficulty."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from digitize.synthetic_line_specs import LinesSpec, random_lines

pytest.importorskip("matplotlib")
marks = pytest.importorskip("digitize.synthetic_lines")


@pytest.mark.parametrize("scale", [1.0, 1.6])
def test_the_points_lie_on_the_ink(scale: float) -> None:
    drawn = marks.draw_lines(LinesSpec(lines=1, legend="none", line_pt=2.0, scale=scale, seed=4))
    points = drawn.series[0].points_px
    ink = np.linalg.norm(drawn.image.pixels.astype(float) - drawn.panel.background, axis=2)
    for x, y in points[5:-5:7]:
        rows = np.arange(round(y) - 8, round(y) + 9)
        assert np.average(rows, weights=ink[rows, round(x)] + 1e-9) == pytest.approx(y, abs=0.6 * scale)
    axes = drawn.panel.axes
    assert points[:, 0].min() > axes.left and points[:, 0].max() < axes.right
    row = drawn.image.pixels[round((axes.top + axes.bottom) / 2)]
    assert np.ptp(row[round(axes.left)].astype(int)) < 40 and row[round(axes.left)].mean() < 140


def test_texts_are_where_they_are_printed() -> None:
    drawn = marks.draw_lines(LinesSpec(lines=2, legend="inside", notes=True, seed=1))
    words = {text.text for text in drawn.texts}
    assert {"Step", "Value", "after 3 days", *(one.name for one in drawn.series)} <= words
    for text in drawn.texts:
        rows, cols = text.box.slices(drawn.image.pixels.shape)
        assert np.ptp(drawn.image.pixels[rows, cols].astype(int)) > 100


def test_the_same_spec_gives_the_same_picture() -> None:
    spec = LinesSpec(lines=3, curves="noisy", error_bars=True, seed=9)
    one, two = marks.draw_lines(spec), marks.draw_lines(spec)
    assert np.array_equal(one.image.pixels, two.image.pixels)
    assert [series.name for series in one.series] == [series.name for series in two.series]


def test_random_specs_show_every_difficulty() -> None:
    rng = np.random.default_rng(0)
    specs = [random_lines(rng) for _ in range(300)]
    seen = Counter(name for spec in specs for name in spec.properties)
    wanted = {
        "crossings", "dashed", "grey", "one", "close", "pale", "translucent", "markers", "points only", "error bars",
        "bands", "dense", "noisy", "steps", "jumps", "JPEG", "small", "dark", "many lines", "notes", "no legend",
    }  # fmt: skip
    assert min(seen[name] for name in wanted) >= 5
    assert {spec.lines for spec in specs} >= {2, 3, 4, 5, 6, 8, 10}
    assert all(spec.theme == "dark" for spec in (random_lines(rng, theme="dark") for _ in range(5)))


def test_unknown_and_impossible_knobs_are_refused() -> None:
    with pytest.raises(ValueError, match="no such field: colour"):
        random_lines(np.random.default_rng(0), colour="red")
    with pytest.raises(ValueError, match="lines=0"):
        LinesSpec(lines=0)
    with pytest.raises(ValueError, match="jpeg_quality=101"):
        LinesSpec(jpeg_quality=101)
