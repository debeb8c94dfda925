"""Panels drawn with matplotlib, whose lines are known in pixels."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from PIL import Image as PILImage

from calibration.geometry import Box, FloatArray
from digitize.values import Image, LegendEntry, Panel


@dataclass
class Drawn:
    """A picture, its panel, and the true path of every line in whole-image pixels."""

    image: Image
    panel: Panel
    paths: list[FloatArray]
    entries: list[LegendEntry] = field(default_factory=list)

    def gaps(self, points: FloatArray, line: int) -> FloatArray:
        """Vertical distance, at the traced columns, from the true path."""
        seen = points[np.isfinite(points).all(axis=1)]
        path = self.paths[line]
        inside = (seen[:, 0] >= path[0, 0]) & (seen[:, 0] <= path[-1, 0])
        return np.abs(seen[inside, 1] - np.interp(seen[inside, 0], path[:, 0], path[:, 1]))

    def share_within(self, points: FloatArray, line: int, tolerance_px: float) -> float:
        """Share of the true path's columns whose traced row is within a tolerance; columns without one are wrong."""
        path = self.paths[line]
        x = np.arange(np.ceil(path[0, 0]), np.floor(path[-1, 0]) + 1)
        seen = points[np.isfinite(points).all(axis=1)]
        y = np.interp(x, seen[:, 0], seen[:, 1], left=np.nan, right=np.nan)
        gap = np.abs(y - np.interp(x, path[:, 0], path[:, 1]))
        return float(np.mean(np.nan_to_num(gap, nan=1e9) <= tolerance_px))


def _draw(
    lines: Sequence[tuple[FloatArray, FloatArray, dict[str, Any]]],
    *,
    jpeg: int = 0,
    theme: str = "light",
    grid: bool = False,
    extra: Callable[[Any], None] | None = None,
    ylim: tuple[float, float] = (0.0, 1.0),
) -> Drawn:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.colors import to_rgb
    from matplotlib.figure import Figure

    background = {"light": "#ffffff", "grey": "#eaeaf2", "dark": "#1d2026"}[theme]
    figure = Figure(figsize=(6, 4), dpi=100)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes((0.1, 0.1, 0.85, 0.8))
    axes.set_facecolor(background)
    if grid:
        axes.grid(color="#ffffff" if theme == "grey" else "#b0b0b0", linewidth=0.8)
        axes.set_axisbelow(True)
    if extra:
        extra(axes)
    for x, y, style in lines:
        axes.plot(x, y, **style)
    axes.set_xlim(0, 1)
    axes.set_ylim(*ylim)
    canvas.draw()
    pixels = np.array(canvas.buffer_rgba())[..., :3].copy()
    height = pixels.shape[0]

    def to_pixels(points: FloatArray) -> FloatArray:
        moved = axes.transData.transform(points)
        return np.column_stack([moved[:, 0] - 0.5, height - moved[:, 1] - 0.5])

    corners = to_pixels(np.array([[0.0, ylim[1]], [1.0, ylim[0]]]))
    box = Box(left=corners[0, 0], top=corners[0, 1], right=corners[1, 0], bottom=corners[1, 1])
    if jpeg:
        buffer = io.BytesIO()
        PILImage.fromarray(pixels).save(buffer, "JPEG", quality=jpeg)
        pixels = np.array(PILImage.open(buffer).convert("RGB"))
    rgb = tuple(round(255 * v) for v in to_rgb(background))
    panel = Panel(index=1, axes=box, region=box, background=(rgb[0], rgb[1], rgb[2]))
    entries = []
    for k, (_, _, style) in enumerate(lines):
        r, g, b = (round(255 * v) for v in to_rgb(style.get("color", "#1f77b4")))
        entries.append(LegendEntry(label=f"line {k}", handle=None, colour=(r, g, b)))
    return Drawn(
        image=Image(pixels=pixels),
        panel=panel,
        paths=[to_pixels(np.column_stack([x, y])) for x, y, _ in lines],
        entries=entries,
    )


@pytest.fixture
def draw() -> Callable[..., Drawn]:
    return _draw
