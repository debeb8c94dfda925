"""The whole reading as one JSON document: what the table has no room for.

Positions are whole-image pixels, centres at whole numbers; boxes are ``[left, top, right, bottom]``; unknown is
``null``, never NaN. Dates are ISO 8601. ``format`` counts up when a field changes its meaning.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from calibration.axis import AxisCalibration, TickLabel
from calibration.geometry import Box, TextBox
from digitize.export.tables import Cell, axes_of, to_cells, unique_labels
from digitize.findings import Finding, PointFlag
from digitize.values import RGB, Figure, Legend, PanelReading, Series, Trace

FORMAT = 1
_PIXEL_DECIMALS = 3
"""A thousandth of a pixel: far below what any tracer resolves, and short enough to read."""


def to_document(figure: Figure) -> dict[str, Any]:
    """Everything read of a figure, as values JSON can hold.

    Of each panel: ``axes_box``, ``x`` and ``y`` (``scale``, ``range`` at the box's left and right, bottom and top
    edges, labels used and rejected, residual, covariance), legend, series with their path in pixels, findings. Of the
    figure: the statistics of every series (:mod:`digitize.export.statistics`).
    """
    from digitize.export.statistics import STATISTICS_COLUMNS, statistics_rows

    provenance = asdict(figure.provenance)
    return {
        "format": FORMAT,
        "version": provenance.pop("version"),
        "title": figure.title,
        "width_px": figure.image.width_px,
        "height_px": figure.image.height_px,
        "panels": [_panel(reading) for reading in figure.panels],
        "legends": [_legend(legend) for legend in figure.legends],
        "texts": [_text(text) for text in figure.texts],
        "statistics": [dict(zip(STATISTICS_COLUMNS, row, strict=True)) for row in statistics_rows(figure)],
        "findings": [finding_fields(finding) for finding in figure.findings],
        "point_flags": {flag.name: int(flag) for flag in PointFlag if flag},
        "provenance": provenance,
    }


def to_json(figure: Figure) -> bytes:
    """The document as UTF-8 JSON on one line."""
    text = json.dumps(to_document(figure), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # A file name may hold bytes that are no text; their backslash escape is JSON's own.
    return (text + "\n").encode("utf-8", "backslashreplace")


def write_json(figure: Figure, path: str | PathLike[str]) -> None:
    """Write the document to a file, in one step."""
    Path(path).write_bytes(to_json(figure))


def read_document(path: str | PathLike[str]) -> Figure:
    """The reading a JSON document was written from; see :mod:`digitize.export.restored`."""
    from digitize.export import restored

    return restored.read_document(path)


def _panel(reading: PanelReading) -> dict[str, Any]:
    panel, calibration = reading.panel, reading.calibration
    box = panel.axes
    exported = {id(series.trace) for series in reading.series}
    return {
        "index": panel.index,
        "title": panel.title,
        "axes_box": box.as_list(),
        "region": panel.region.as_list(),
        "background": _colour(panel.background),
        "text_height_px": _number(panel.text_height_px),
        "stroke_px": _number(panel.stroke_px),
        "gridlines_x_px": _pixels(panel.gridlines_x_px),
        "gridlines_y_px": _pixels(panel.gridlines_y_px),
        "x": _axis(calibration.x, box.left, box.right) if calibration else None,
        "y": _axis(calibration.y, box.bottom, box.top) if calibration else None,
        "twin_y": _axis(calibration.twin_y, box.bottom, box.top) if calibration and calibration.twin_y else None,
        "legend": _legend(reading.legend) if reading.legend else None,
        "series": [
            _series(name, series, reading)
            for name, series in zip(unique_labels(reading.series), reading.series, strict=True)
        ],
        "traces_not_exported": [
            {"label": trace.label, "kind": trace.kind} | _trace(trace)
            for trace in reading.traces
            if id(trace) not in exported
        ],
        "texts": [_text(text) for text in reading.texts],
        "findings": [finding_fields(finding) for finding in reading.findings],
    }


def _axis(axis: AxisCalibration, start_px: float, end_px: float) -> dict[str, Any]:
    return {
        "side": axis.side,
        "scale": axis.scale.name,
        "categories": list(getattr(axis.scale, "labels", ())) or None,
        "linear_within": getattr(axis.scale, "linear_within", None),
        "range": to_cells(axis.to_data([start_px, end_px]), axis.scale),
        "title": axis.title,
        "unit": axis.unit,
        "factor": _number(axis.factor),
        "slope": _number(axis.slope),
        "intercept": _number(axis.intercept),
        "centre_px": _number(axis.centre_px),
        "covariance": [[_number(value) for value in row] for row in np.asarray(axis.covariance).tolist()],
        "residual_px": _number(axis.residual_px),
        "ticks_used": [_tick(axis, label) for label in axis.used],
        "ticks_rejected": [_tick(axis, label) for label in axis.rejected],
    }


def _tick(axis: AxisCalibration, label: TickLabel) -> dict[str, Any]:
    should_be_px = float(axis.to_pixel(label.value))
    return {
        "text": label.text,
        "value": to_cells(np.array([label.value], float), axis.scale)[0],
        "position_px": _number(label.position_px),
        "sigma_px": _number(label.sigma_px),
        "residual_px": _number(label.position_px - should_be_px),
        "expected": label.expected,
        "seated": label.seated,
        "box": label.box.as_list(),
    }


def _series(name: str, series: Series, reading: PanelReading) -> dict[str, Any]:
    x_axis, y_axis = axes_of(series, reading.calibration)
    x_scale = x_axis.scale if x_axis else None
    y_scale = y_axis.scale if y_axis else None

    def interval(ends: np.ndarray[Any, np.dtype[np.float64]], scale: Any) -> list[list[Cell]]:
        return [list(pair) for pair in zip(to_cells(ends[:, 0], scale), to_cells(ends[:, 1], scale), strict=True)]

    return {
        "label": name,
        "kind": series.kind,
        "y_axis": series.y_axis,
        "x_unit": series.x_unit,
        "y_unit": series.y_unit,
        "x": to_cells(series.x, x_scale),
        "y": to_cells(series.y, y_scale),
        "x_interval": interval(series.x_interval, x_scale),
        "y_interval": interval(series.y_interval, y_scale),
        "flags": series.flags.tolist(),
        "band_of": (series.trace.band_of if series.trace else "") or None,
        "faint_of": (series.trace.faint_of if series.trace else "") or None,
        "uncertainty_px": {name: [_number(value) for value in pair] for name, pair in series.budget_px.items()},
    } | (_trace(series.trace) if series.trace else {})


def _trace(trace: Trace) -> dict[str, Any]:
    return {
        "colour": _colour(trace.colour),
        "tracer": trace.tracer,
        "stroke_px": _number(trace.stroke_px),
        "sampling": trace.sampling,
        "path_px": _pixels(trace.points_px),
        "sigma_px": _pixels(trace.sigma_px),
        "path_flags": trace.flags.tolist(),
    }


def _legend(legend: Legend) -> dict[str, Any]:
    return {
        "box": legend.box.as_list(),
        "title": legend.title,
        "entries": [
            {
                "label": entry.label,
                "handle": _box(entry.handle),
                "colour": _colour(entry.colour),
                "dash": list(entry.dash),
                "marker": bool(entry.marker),
                "line": bool(entry.line),
            }
            for entry in legend.entries
        ],
    }


def _text(text: TextBox) -> dict[str, Any]:
    return {
        "text": text.text,
        "numeric": text.numeric,
        "box": text.box.as_list(),
        "confidence": _number(text.confidence),
        "angle_deg": _number(text.angle_deg),
    }


def finding_fields(finding: Finding) -> dict[str, Any]:
    """A finding as the document holds it."""
    return asdict(finding) | {"value": _number(finding.value), "limit": _number(finding.limit)}


def _box(box: Box | None) -> list[float] | None:
    return box.as_list() if box else None


def _colour(colour: RGB) -> str:
    return "#{:02x}{:02x}{:02x}".format(*(int(channel) for channel in colour))


def _number(value: float | None) -> float | None:
    return float(value) if value is not None and np.isfinite(value) else None


def _pixels(values: ArrayLike) -> Any:
    """Nested lists of pixel positions, null where unknown."""
    rounded = np.round(np.asarray(values, float), _PIXEL_DECIMALS)
    holed = rounded.astype(object)
    holed[~np.isfinite(rounded)] = None
    return holed.tolist()
