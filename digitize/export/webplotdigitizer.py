"""A project of WebPlotDigitizer (version 4): a tar with the picture, calibrated axes and the points of every series.

Pixels there are counted from edges, so centres move by a half. An axis is calibrated by two points of its fitted line,
at the edges of the axes box, which reproduces the fit; numbers are texts, dates ``yyyy/mm/dd hh:ii:ss``. Axes of
categories are linear in the places.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import tarfile
from typing import Any

import numpy as np

from calibration.axis import AxisCalibration
from calibration.geometry import Box
from calibration.scales import EPOCH
from digitize.axis_span import axis_span
from digitize.export.tables import axes_of, unique_labels
from digitize.values import Figure, PanelReading, Series

EDGE_PX = 0.5
"""From a pixel's edge to its centre."""
PROJECT = "digitize"
_Json = dict[str, Any]


def to_wpd(figure: Figure) -> bytes:
    """The project as a tar; without the picture where the reading was restored from its document."""
    axes: list[_Json] = []
    data: list[_Json] = []
    for reading in figure.panels:
        calibration = reading.calibration
        if calibration is None:
            continue
        for one in (calibration.y, calibration.twin_y):
            own = [
                (name, series)
                for name, series in zip(unique_labels(reading.series), reading.series, strict=True)
                if axes_of(series, calibration)[1] is one
            ]
            if one is None or not own:
                continue
            name = _axes_name(reading, len(axes))
            axes.append(_axes(name, reading, calibration.x, one))
            data += [_dataset(label, name, series, calibration.x, one) for label, series in own]
    names = _unique([entry["name"] for entry in data])
    data = [entry | {"name": name} for entry, name in zip(data, names, strict=True)]
    project = {"version": [4, 2], "axesColl": axes, "datasetColl": data, "measurementColl": []}
    picture = _picture(figure)
    info = {"version": [4, 0], "json": "wpd.json", "images": ["figure.png"] if picture else []}
    files = {"info.json": _json(info), "wpd.json": _json(project)} | ({"figure.png": picture} if picture else {})
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path, content in files.items():
            entry = tarfile.TarInfo(f"{PROJECT}/{path}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def _json(document: _Json) -> bytes:
    return json.dumps(document, allow_nan=False).encode("ascii")


def _axes_name(reading: PanelReading, count: int) -> str:
    """Data bind to axes by name: the number keeps it unique."""
    title = re.sub(r"\s+", " ", reading.panel.title).strip()
    return f"{count + 1} {title}" if title else f"{count + 1} panel {reading.panel.index}"


def _axes(name: str, reading: PanelReading, x: AxisCalibration, y: AxisCalibration) -> _Json:
    box = reading.panel.axes
    corners = [(box.left, box.bottom), (box.right, box.bottom), (box.left, box.bottom), (box.left, box.top)]
    return {
        "name": name,
        "type": "XYAxes",
        "isLogX": _is_log(x, box),
        "isLogY": _is_log(y, box),
        "noRotation": True,
        "metadata": {
            "x_title": x.title, "x_unit": x.unit, "x_residual_px": _finite(x.residual_px),
            "y_title": y.title, "y_unit": y.unit, "y_residual_px": _finite(y.residual_px),
        },
        "calibrationPoints": [
            {
                "px": px + EDGE_PX,
                "py": py + EDGE_PX,
                "dx": _text(x, float(x.to_data([px])[0])),
                "dy": _text(y, float(y.to_data([py])[0])),
                "dz": None,
            }
            for px, py in corners
        ],
    }  # fmt: skip


def _dataset(label: str, axes: str, series: Series, x: AxisCalibration, y: AxisCalibration) -> _Json:
    known = np.isfinite(series.x) & np.isfinite(series.y)
    px, py = np.asarray(x.to_pixel(series.x[known])), np.asarray(y.to_pixel(series.y[known]))
    colour = series.trace.colour if series.trace else (0, 0, 0)
    values = zip(_values(x, series.x[known]), _values(y, series.y[known]), strict=True)
    return {
        "name": label,
        "axesName": axes,
        "colorRGB": [*(int(channel) for channel in colour), 255],
        "metadataKeys": [],
        "data": [
            {"x": float(a) + EDGE_PX, "y": float(b) + EDGE_PX, "value": list(value)}
            for a, b, value in zip(px, py, values, strict=True)
            if np.isfinite(a) and np.isfinite(b)
        ],
        "autoDetectionData": None,
    }


def _values(axis: AxisCalibration, values: np.ndarray) -> list[float]:
    """As that program holds them: dates in milliseconds since 1970."""
    return [float(value) for value in (values * 86_400_000.0 if _is_date(axis) else values)]


def _text(axis: AxisCalibration, value: float) -> str:
    if _is_date(axis):
        return (EPOCH + dt.timedelta(seconds=round(value * 86400.0))).strftime("%Y/%m/%d %H:%M:%S")
    return repr(value)


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _is_date(axis: AxisCalibration) -> bool:
    return axis_span(axis, 0.0, 1.0).kind == "date"


def _is_log(axis: AxisCalibration, box: Box) -> bool:
    return axis_span(axis, box.left, box.right).is_log


def _unique(names: list[str]) -> list[str]:
    taken: dict[str, int] = {}
    unique = []
    for name in names:
        taken[name] = taken.get(name, 0) + 1
        unique.append(f"{name} ({taken[name]})" if taken[name] > 1 else name)
    return unique


def _picture(figure: Figure) -> bytes:
    """The picture as PNG; nothing for the white stand-in of a restored reading."""
    from PIL import Image as Pil

    pixels = figure.image.pixels
    if 0 in pixels.strides:
        return b""
    file = io.BytesIO()
    Pil.fromarray(pixels).save(file, format="PNG")
    return file.getvalue()
