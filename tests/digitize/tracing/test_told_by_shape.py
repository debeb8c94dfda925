"""Series of one colour are told apart by the shape of their markers, joined by lines or not."""

from __future__ import annotations

import numpy as np
import pytest

from digitize.legend import find_legends, legend_of
from digitize.synthetic_line_specs import LinesSpec
from digitize.tracing import trace_panel
from tests.curve_scores import score_panel

pytest.importorskip("matplotlib")
drawing = pytest.importorskip("digitize.synthetic_lines")


def _read(spec: LinesSpec):  # type: ignore[no-untyped-def]
    drawn = drawing.draw_lines(spec)
    legends = find_legends(drawn.image, drawn.texts, [drawn.panel])
    legend = legend_of(drawn.panel, legends, [drawn.panel], drawn.image)
    traces, findings = trace_panel(drawn.image, drawn.panel, legend, drawn.texts, [one.box for one in legends])
    return drawn, traces, findings


@pytest.mark.parametrize("curves", ["smooth", "noisy"])
@pytest.mark.parametrize("seed", [0, 1])
def test_crossing_lines_of_one_colour_are_named_by_their_markers(curves: str, seed: int) -> None:
    drawn, traces, _ = _read(
        LinesSpec(lines=3, curves=curves, colouring="one", markers="all", legend="right", seed=seed)  # type: ignore[arg-type]
    )
    score = score_panel(drawn, traces)
    assert score.named == score.names == 3
    assert score.f1 > 0.97
    assert all(trace.kind == "line" and trace.markers_px is not None for trace in traces)


@pytest.mark.parametrize("seed", [0, 3])
def test_points_of_one_colour_are_named_by_their_shape_to_a_pixel(seed: int) -> None:
    drawn, traces, _ = _read(LinesSpec(lines=3, colouring="one", markers="only", legend="right", seed=seed))
    assert {trace.label for trace in traces} == {series.name for series in drawn.series}
    for series in drawn.series:
        (trace,) = [one for one in traces if one.label == series.name]
        assert trace.kind == "scatter"
        gaps = np.linalg.norm(trace.points_px[:, None] - series.points_px[None], axis=2)
        assert (gaps.min(axis=0) < 1.0).mean() > 0.85
        assert (gaps.min(axis=1) < 1.5).all()


def test_lines_without_markers_are_left_to_their_dashes() -> None:
    drawn, traces, _ = _read(
        LinesSpec(lines=2, colouring="one", dashed=True, crossings=False, legend="right", seed=4)
    )
    assert score_panel(drawn, traces).named == 2
    assert all(trace.markers_px is None for trace in traces)
