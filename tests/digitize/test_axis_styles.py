"""Drawn figures are read back in every style of axis the reader claims: their ranges, and a line on each."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.closeness import assert_box_close, assert_series_close, required_series, to_box

pytest.importorskip("matplotlib")
STYLES = ("integer", "decimal", "negative", "suffix", "percent", "offset")


@pytest.fixture(scope="module")
def reading() -> tuple[Any, dict[str, Any]]:
    """One figure with a panel of each style, read once, and its truth."""
    from digitize import read_figure
    from digitize.synthetic import draw_figure
    from digitize.synthetic_specs import FigureSpec

    spec = FigureSpec(
        panels=len(STYLES), columns=3, lines=1, y_styles=STYLES, legend="none", width_px=1500, height_px=800, seed=21
    )
    drawn = draw_figure(spec)
    return read_figure(drawn.pixels), drawn.truth


@pytest.mark.parametrize("place", range(len(STYLES)), ids=STYLES)
def test_axis_style_is_read_back(reading: tuple[Any, dict[str, Any]], place: int) -> None:
    figure, truth = reading
    assert len(figure.panels) == len(STYLES)
    panel, read = truth["panels"][place], figure.panels[place]
    box = to_box(panel["bbox"])
    assert_box_close(read.panel.axes, box, tolerance_px=1.0)
    assert read.calibration is not None
    for axis, ends in (("x", (box.left, box.right)), ("y", (box.bottom, box.top))):
        found = getattr(read.calibration, axis).to_data(ends)
        np.testing.assert_allclose(found, panel[axis]["range"], atol=0.005 * np.ptp(panel[axis]["range"]))
    (drawn,) = required_series(panel)
    (series,) = read.series
    assert_series_close(
        (series.x, series.y),
        (drawn["x"], drawn["y"]),
        x_range=panel["x"]["range"],
        y_range=panel["y"]["range"],
        what=STYLES[place],
    )
