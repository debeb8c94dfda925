"""Figures drawn with matplotlib whose vertices are known in pixels."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image as PillowImage

from calibration.axis import AxisCalibration, PanelCalibration
from calibration.geometry import Box, FloatArray, Side
from calibration.scales import LinearScale
from digitize.refining import refine_traces
from digitize.tracing import trace_panel
from digitize.values import Image, Panel, Trace


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A figure and where its vertices are."""

    image: Image
    panel: Panel
    calibration: PanelCalibration
    vertices: list[FloatArray]

    def refined(self) -> tuple[Trace, ...]:
        """Traced and refined, in the order of the drawn lines."""
        traces, _ = trace_panel(self.image, self.panel, None, ())
        traces, _ = refine_traces(self.image, self.panel, self.calibration, traces)
        assert len(traces) == len(self.vertices)
        middle = [float(np.nanmean(trace.points_px[:, 1])) for trace in traces]
        wanted = [float(line[:, 1].mean()) for line in self.vertices]
        order = np.argsort(np.argsort(wanted))
        ranked = [traces[k] for k in np.argsort(middle)]
        return tuple(ranked[k] for k in order)


def draw(lines: Sequence[tuple[FloatArray, FloatArray]], *, jpeg: int = 0, dpi: float = 100, **style: object) -> Drawn:
    """Lines on one pair of axes, 542 x 346 px at 100 dpi, with gridlines."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4.5), dpi=dpi)
    for x, y in lines:
        axes.plot(x, y, **style)
    axes.grid(True, alpha=0.3)
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=dpi)
    picture = PillowImage.open(buffer).convert("RGB")
    if jpeg:
        squeezed = io.BytesIO()
        picture.save(squeezed, "JPEG", quality=jpeg)
        picture = PillowImage.open(squeezed).convert("RGB")
    height = picture.height
    vertices = []
    for x, y in lines:
        at = axes.transData.transform(np.column_stack([x, y]))
        vertices.append(np.column_stack([at[:, 0] - 0.5, height - at[:, 1] - 0.5]))
    extent = axes.get_window_extent()
    left, right, top, bottom = extent.x0, extent.x1, height - extent.y1, height - extent.y0
    box = Box(left=left - 0.5, top=top - 0.5, right=right - 0.5, bottom=bottom - 0.5)
    limits = axes.get_xlim(), axes.get_ylim()
    plt.close(figure)
    region = Box(left=0.0, top=0.0, right=float(picture.width - 1), bottom=float(height - 1))
    ends = {"bottom": (box.left, box.right, *limits[0]), "left": (box.bottom, box.top, *limits[1])}
    x_axis, y_axis = (_axis(side, *ends[side]) for side in ("bottom", "left"))
    return Drawn(
        image=Image(pixels=np.array(picture)),
        panel=Panel(index=1, axes=box, region=region),
        calibration=PanelCalibration(x=x_axis, y=y_axis),
        vertices=vertices,
    )


def _axis(side: Side, start_px: float, end_px: float, start: float, end: float) -> AxisCalibration:
    slope = (end - start) / (end_px - start_px)
    return AxisCalibration(
        side=side,
        scale=LinearScale(),
        slope=slope,
        intercept=start,
        centre_px=start_px,
        covariance=np.zeros((2, 2)),
        residual_px=0.0,
    )


def wander(count: int, seed: int, noise: float, level: float = 0.0) -> FloatArray:
    """Slow waves with white noise on top."""
    rng = np.random.default_rng(seed)
    t = np.linspace(0, 1, count)
    waves = sum(np.sin(2 * np.pi * (k * t + rng.random())) / k for k in (1, 2, 3))
    return np.asarray(level + 0.12 * waves + rng.normal(0, noise, count), np.float64)


@pytest.fixture
def drawing() -> Callable[..., Drawn]:
    return draw
