"""Lines that are hard to tell apart are followed all the same: one drawn panel for each difficulty."""

from __future__ import annotations

import numpy as np
import pytest

from digitize.legend import find_legends, legend_of
from digitize.synthetic_line_specs import LinesSpec
from digitize.tracing import trace_panel
from digitize.values import Trace
from tests.curve_scores import LinesScore, score_panel

pytest.importorskip("matplotlib")
marks = pytest.importorskip("digitize.synthetic_lines")


def read(spec: LinesSpec) -> tuple[LinesScore, tuple[Trace, ...]]:
    drawn = marks.draw_lines(spec)
    legends = find_legends(drawn.image, drawn.texts, [drawn.panel])
    legend = legend_of(drawn.panel, legends, [drawn.panel], drawn.image)
    traces, _ = trace_panel(drawn.image, drawn.panel, legend, drawn.texts, [one.box for one in legends])
    return score_panel(drawn, traces), traces


CASES = {
    "error bars": (LinesSpec(lines=3, error_bars=True, crossings=False, seed=2), 0.97),
    "error bars in grey": (LinesSpec(lines=2, error_bars=True, colouring="grey", legend="none", seed=5), 0.97),
    "hollow markers": (LinesSpec(lines=4, curves="noisy", markers="hollow", crossings=False, seed=3), 0.98),
    "dense noise": (LinesSpec(lines=2, curves="dense", crossings=False, seed=6), 0.95),
    "dense noise without a legend": (LinesSpec(lines=2, curves="dense", crossings=False, legend="none", seed=7), 0.95),
    "close colours": (LinesSpec(lines=5, colouring="close", palette=2, crossings=False, seed=8), 0.98),
    "greys told by dashes": (LinesSpec(lines=3, colouring="grey", dashed=True, crossings=False, seed=9), 0.95),
    "pale": (LinesSpec(lines=4, colouring="pale", crossings=False, seed=10), 0.98),
    "words and arrows": (LinesSpec(lines=3, notes=True, grid=True, seed=11), 0.98),
}


@pytest.mark.parametrize("name", CASES)
def test_hard_lines_are_followed(name: str) -> None:
    spec, least = CASES[name]
    score, _ = read(spec)
    assert score.invented == 0
    assert score.f1 >= least
    assert score.named == score.names


def test_dash_patterns_name_lines_of_one_colour() -> None:
    score, _ = read(LinesSpec(lines=3, colouring="one", dashed=True, crossings=False, seed=12))
    assert score.named == score.names == 3
    assert score.f1 > 0.95


def test_an_isolated_line_is_placed_to_a_sixteenth_of_a_pixel() -> None:
    errors = []
    for seed in range(3):
        drawn = marks.draw_lines(LinesSpec(lines=1, legend="none", line_pt=1.5, seed=seed))
        (trace,), _ = trace_panel(drawn.image, drawn.panel, None, drawn.texts)
        x, y = trace.points_px.T
        truth = drawn.series[0].points_px
        inner = (x > truth[:, 0].min() + 3) & (x < truth[:, 0].max() - 3)
        errors.append(np.abs(y[inner] - np.interp(x[inner], *truth.T)))
    off = np.concatenate(errors)
    assert np.median(off) <= 0.06
    assert np.percentile(off, 95) <= 0.25


def test_four_crossing_lines_keep_their_ways() -> None:
    for seed in (1, 2):
        score, _ = read(LinesSpec(lines=4, crossings=True, seed=seed))
        assert min(score.series) >= 0.99
