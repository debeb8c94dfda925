"""Labels of a y axis that read along it, as base R prints them."""

from __future__ import annotations

import numpy as np
import pytest

matplotlib = pytest.importorskip("matplotlib")


@pytest.mark.parametrize("ticks", [(-4, -2, 0, 2, 4), (0, 100, 200, 300), (0.0, 0.5, 1.0, 1.5)], ids=str)
def test_labels_along_the_y_axis_are_read(ticks: tuple[float, ...]) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Drawing

    from digitize import read_figure

    drawing = Drawing(figsize=(6, 4.5), dpi=100)
    canvas = FigureCanvasAgg(drawing)
    axes = drawing.add_subplot()
    x = np.linspace(0, 40, 41)
    low, high = ticks[0], ticks[-1]
    axes.plot(x, low + (high - low) * (0.5 + 0.4 * np.sin(x / 6)), color="navy")
    axes.set_yticks(ticks)
    axes.tick_params(axis="y", rotation=90)
    for label in axes.get_yticklabels():
        label.set_verticalalignment("center")
    axes.set_ylabel("y")
    canvas.draw()
    (panel,) = read_figure(np.asarray(canvas.buffer_rgba())[:, :, :3].copy()).panels
    assert panel.calibration is not None
    box = axes.get_window_extent()
    height_px = canvas.get_width_height()[1]
    edges = (height_px - box.y0 - 0.5, height_px - box.y1 - 0.5)
    np.testing.assert_allclose(panel.calibration.y.to_data(edges), axes.get_ylim(), atol=0.005 * (high - low) * 1.1)
