"""What a table's columns mean, for formats that have a place for it: axes, units, series, doubts, origin."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from calibration.axis import AxisCalibration
from digitize.export.document import FORMAT, finding_fields
from digitize.export.tables import Cell, to_cells, unique_labels
from digitize.values import Figure, PanelReading

Json = dict[str, Any]


def to_metadata(figure: Figure) -> Json:
    """The document without points, pixels and texts."""
    return {
        "format": FORMAT,
        "title": figure.title,
        "panels": [_panel(reading) for reading in figure.panels],
        "findings": [finding_fields(finding) for finding in figure.all_findings()],
        "provenance": asdict(figure.provenance),
    }


def axis_fields(axis: AxisCalibration | None, start_px: float, end_px: float) -> Json | None:
    """Title, unit, scale and range of an axis between two places."""
    if axis is None:
        return None
    ends: list[Cell] = to_cells(axis.to_data([start_px, end_px]), axis.scale)
    return {"title": axis.title, "unit": axis.unit, "scale": axis.scale.name, "range": ends}


def panel_axes(reading: PanelReading) -> dict[str, Json | None]:
    """``x``, ``y`` and ``twin_y`` of a panel; None where there is none."""
    box, calibration = reading.panel.axes, reading.calibration
    if calibration is None:
        return {"x": None, "y": None, "twin_y": None}
    return {
        "x": axis_fields(calibration.x, box.left, box.right),
        "y": axis_fields(calibration.y, box.bottom, box.top),
        "twin_y": axis_fields(calibration.twin_y, box.bottom, box.top),
    }


def _panel(reading: PanelReading) -> Json:
    series = [
        {
            "name": name,
            "kind": one.kind,
            "x_unit": one.x_unit,
            "y_unit": one.y_unit,
            "y_axis": one.y_axis,
            "colour": "#{:02x}{:02x}{:02x}".format(*one.trace.colour) if one.trace else None,
        }
        for name, one in zip(unique_labels(reading.series), reading.series, strict=True)
    ]
    return {"panel": reading.panel.index, "title": reading.panel.title} | panel_axes(reading) | {"series": series}
