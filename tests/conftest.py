"""Fixtures shared by all tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from calibration.axis import AxisCalibration, PanelCalibration, Scale, TickLabel
from calibration.geometry import Box, Side, TextBox
from calibration.scales import CategoryScale, DateScale, LinearScale
from digitize.findings import Finding, PointFlag
from digitize.values import (
    Figure,
    Image,
    Legend,
    LegendEntry,
    Panel,
    PanelReading,
    Provenance,
    Series,
    Trace,
)

BOX = Box(left=100.0, top=50.0, right=500.0, bottom=250.0)


def _axis(side: Side, scale: Scale, start: float, end: float, rejected: tuple[TickLabel, ...] = ()) -> AxisCalibration:
    """An axis that runs from ``start`` to ``end`` over the left-right or bottom-top edges of BOX."""
    start_px, end_px = (BOX.bottom, BOX.top) if side == "left" else (BOX.left, BOX.right)
    return AxisCalibration(
        side=side,
        scale=scale,
        slope=(end - start) / (end_px - start_px),
        intercept=(start + end) / 2,
        centre_px=(start_px + end_px) / 2,
        covariance=np.diag([1e-12, 1e-6]),
        residual_px=0.1,
        used=(
            TickLabel(text="a", value=start, position_px=start_px + 0.5, sigma_px=0.1, box=BOX),
            TickLabel(text="b", value=end, position_px=end_px, sigma_px=0.1, box=BOX),
        ),
        rejected=rejected,
        title="Step",
        unit="s",
    )


def _series(label: str, calibration: PanelCalibration) -> Series:
    """Five points falling through BOX, the third of them a break, the last one interpolated."""
    points = np.column_stack([np.linspace(BOX.left, BOX.right, 5), np.linspace(BOX.top, BOX.bottom, 5)])
    points[2] = np.nan
    sigma = np.full(points.shape, 0.2)
    flags = np.array([0, 0, 0, 0, PointFlag.INTERPOLATED | PointFlag.CROSSING], np.uint16)
    trace = Trace(label=label, points_px=points, sigma_px=sigma, flags=flags, colour=(214, 39, 40))
    x, y = calibration.x.to_data(points[:, 0]), calibration.y.to_data(points[:, 1])
    return Series(
        label=label,
        x=x,
        y=y,
        x_interval=calibration.x.interval(points[:, 0], sigma[:, 0]),
        y_interval=calibration.y.interval(points[:, 1], sigma[:, 1]),
        flags=flags,
        trace=trace,
    )


@pytest.fixture
def made_figure() -> Figure:
    """A reading made by hand: a linear panel with two series of one name, a panel of dates and categories, and a
    panel whose axes were refused."""
    wrong = TickLabel(text="1O", value=17.0, position_px=200.0, sigma_px=0.1, box=BOX, expected="10")
    linear = PanelCalibration(
        x=_axis("bottom", LinearScale(), 0.0, 1000.0), y=_axis("left", LinearScale(), 0.1, 0.3, rejected=(wrong,))
    )
    dates = PanelCalibration(
        x=_axis("bottom", DateScale(), 18262.0, 18266.0),
        y=_axis("left", CategoryScale(labels=("low", "mid", "high")), 0.0, 2.0),
    )
    first = (_series("loss, total", linear), _series("loss, total", linear))
    second = _series("größe", dates)
    legend = Legend(box=BOX, entries=(LegendEntry(label="loss, total", handle=None, colour=(214, 39, 40)),))
    panel = Panel(index=1, axes=BOX, region=BOX.expanded(40.0), title="Loss")
    doubt = Finding(code="label-rejected", severity="warning", panel=1, message="The label 1O reads 10.", value=np.nan)
    readings = (
        PanelReading(
            panel=panel,
            calibration=linear,
            legend=legend,
            traces=tuple(series.trace for series in first if series.trace),
            series=first,
            findings=(doubt,),
        ),
        PanelReading(
            panel=Panel(index=2, axes=BOX, region=BOX),
            calibration=dates,
            traces=(second.trace,) if second.trace else (),
            series=(second,),
        ),
        PanelReading(panel=Panel(index=3, axes=BOX, region=BOX), traces=(second.trace,) if second.trace else ()),
    )
    return Figure(
        image=Image(pixels=np.full((300, 600, 3), 255, np.uint8), source=Path("chart.png")),
        panels=readings,
        texts=(TextBox(text="Loss", box=BOX, confidence=0.9),),
        legends=(legend,),
        provenance=Provenance(
            version="0",
            source="chart.png",
            sha256="0" * 64,
            width_px=600,
            height_px=300,
            reader="none",
            seconds={"load": 0.5},
        ),
    )


@pytest.fixture
def empty_figure(made_figure: Figure) -> Figure:
    """A picture in which nothing was found."""
    finding = Finding(code="no-axes", severity="error", message="No axes.")
    return Figure(image=made_figure.image, panels=(), provenance=made_figure.provenance, findings=(finding,))
