"""A reading as rows of the data set: points, series, panels, findings; and the table of figures itself.

``points`` has the columns of the tidy CSV after the figure's identity. One column holds one type over the whole data
set: ``x``, ``y`` and their intervals are always numbers, a date is days since 1970-01-01 and a category its place from
0, and ``x_text``, ``y_text`` then hold the date (ISO 8601) or the category's label.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from calibration.axis import AxisCalibration
from calibration.geometry import FloatArray
from digitize.export.metadata import axis_fields
from digitize.export.tables import COLUMNS, axes_of, prints_numbers, to_cells, unique_labels
from digitize.findings import PointFlag
from digitize.values import Figure, PanelReading, Series

_TEXT, _NUMBER, _COUNT = pa.string(), pa.float64(), pa.int32()


def _schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema([pa.field(name, kind) for name, kind in columns.items()])


def _axis_columns(name: str) -> dict[str, pa.DataType]:
    texts = dict.fromkeys((f"{name}_scale", f"{name}_title", f"{name}_unit"), _TEXT)
    return texts | dict.fromkeys((f"{name}_start", f"{name}_end"), _NUMBER)


_PANEL = {"figure": _TEXT, "panel": _COUNT, "panel_title": _TEXT}
_SERIES = _PANEL | {"series": _TEXT, "kind": _TEXT}

SCHEMAS: dict[str, pa.Schema] = {
    "points": _schema(
        **_SERIES,
        **dict.fromkeys(COLUMNS[4:10], _NUMBER),
        flag=_TEXT,
        x_text=_TEXT,
        y_text=_TEXT,
    ),
    "series": _schema(
        **_SERIES,
        y_axis=_TEXT,
        x_unit=_TEXT,
        y_unit=_TEXT,
        colour=_TEXT,
        point_count=_COUNT,
        **dict.fromkeys(("x_min", "x_max", "y_min", "y_max", "y_last"), _NUMBER),
    ),
    "panels": _schema(
        **_PANEL,
        **dict.fromkeys(("left_px", "top_px", "right_px", "bottom_px"), _NUMBER),
        **_axis_columns("x"),
        **_axis_columns("y"),
        **_axis_columns("twin_y"),
        series_count=_COUNT,
    ),
    "findings": _schema(
        figure=_TEXT, panel=_COUNT, code=_TEXT, severity=_TEXT, message=_TEXT, value=_NUMBER, limit=_NUMBER
    ),
}
"""Tables made of readings. ``panel`` of a finding is empty for the whole figure."""

FIGURES_SCHEMA = _schema(
    figure=_TEXT,
    name=_TEXT,
    origin=_TEXT,
    member=_TEXT,
    relative=_TEXT,
    page=_COUNT,
    **dict.fromkeys(("left_pt", "top_pt", "right_pt", "bottom_pt"), _NUMBER),
    sha256=_TEXT,
    duplicate_of=_TEXT,
    status=_TEXT,
    code=_TEXT,
    reason=_TEXT,
    hint=_TEXT,
    **dict.fromkeys(
        ("width_px", "height_px", "panel_count", "series_count", "point_count", "finding_count"), _COUNT
    ),
    settings=_TEXT,
    settings_digest=_TEXT,
    version=_TEXT,
)
"""One row a picture found, by name; several names of one picture share ``figure``, all but one ``duplicate_of`` it."""


def to_tables(figure: Figure, identity: str) -> dict[str, pa.Table]:
    """The rows of a reading by table."""
    columns: dict[str, dict[str, list[Any]]] = {
        name: {column: [] for column in schema.names} for name, schema in SCHEMAS.items()
    }
    for reading in figure.panels:
        _add(columns["panels"], _panel_row(reading))
        for label, series in zip(unique_labels(reading.series), reading.series, strict=True):
            _add(columns["series"], _series_row(reading, label, series))
            for name, values in _point_columns(reading, label, series).items():
                columns["points"][name] += values
    for finding in figure.all_findings():
        fields = {name: getattr(finding, name) for name in SCHEMAS["findings"].names if name != "figure"}
        _add(columns["findings"], fields | {"value": _known(finding.value), "limit": _known(finding.limit)})
    for rows in columns.values():
        rows["figure"] = [identity] * max(len(values) for values in rows.values())
    return {name: to_table(rows, SCHEMAS[name]) for name, rows in columns.items()}


def to_table(columns: Mapping[str, Sequence[Any]], schema: pa.Schema) -> pa.Table:
    """Columns as an Arrow table; texts that are no UTF-8 get their question marks here."""
    arrays = [
        pa.array([None if cell is None else str(cell).encode("utf-8", "replace") for cell in columns[field.name]])
        .cast(pa.binary()).cast(_TEXT)
        if field.type == _TEXT
        else pa.array(columns[field.name], field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def to_stream(table: pa.Table) -> bytes:
    """A table as bytes that travel and are kept until a part is written."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def from_stream(content: bytes) -> pa.Table:
    """The table that :func:`to_stream` packed."""
    with pa.ipc.open_stream(content, options=pa.ipc.IpcReadOptions(use_threads=False)) as reader:
        return reader.read_all()


def point_count(tables: Mapping[str, pa.Table]) -> int:
    """How many points a reading has; breaks in lines are none."""
    y = tables["points"]["y"]
    return int(len(y) - y.null_count)


def _add(columns: dict[str, list[Any]], row: Mapping[str, Any]) -> None:
    for name, value in row.items():
        columns[name].append(value)


def _panel_row(reading: PanelReading) -> dict[str, Any]:
    panel, box, calibration = reading.panel, reading.panel.axes, reading.calibration
    row: dict[str, Any] = {
        "panel": panel.index,
        "panel_title": panel.title,
        "left_px": box.left,
        "top_px": box.top,
        "right_px": box.right,
        "bottom_px": box.bottom,
        "series_count": len(reading.series),
    }
    axes: Iterator[tuple[str, AxisCalibration | None, float, float]] = iter(
        (
            ("x", calibration.x if calibration else None, box.left, box.right),
            ("y", calibration.y if calibration else None, box.bottom, box.top),
            ("twin_y", calibration.twin_y if calibration else None, box.bottom, box.top),
        )
    )
    for name, axis, start_px, end_px in axes:
        fields = axis_fields(axis, start_px, end_px) or {}
        row |= {f"{name}_{key}": fields.get(key) for key in ("scale", "title", "unit")}
        ends = axis.to_data([start_px, end_px]).tolist() if axis else (None, None)
        row |= {f"{name}_start": _known(ends[0]), f"{name}_end": _known(ends[1])}
    return row


def _series_row(reading: PanelReading, label: str, series: Series) -> dict[str, Any]:
    known = np.isfinite(series.x) & np.isfinite(series.y)
    x, y = series.x[known], series.y[known]
    return {
        "panel": reading.panel.index,
        "panel_title": reading.panel.title,
        "series": label,
        "kind": series.kind,
        "y_axis": series.y_axis,
        "x_unit": series.x_unit,
        "y_unit": series.y_unit,
        "colour": "#{:02x}{:02x}{:02x}".format(*map(int, series.trace.colour)) if series.trace else None,
        "point_count": int(known.sum()),
        "x_min": float(x.min()) if x.size else None,
        "x_max": float(x.max()) if x.size else None,
        "y_min": float(y.min()) if y.size else None,
        "y_max": float(y.max()) if y.size else None,
        "y_last": float(y[np.argmax(x)]) if x.size else None,
    }


def _point_columns(reading: PanelReading, label: str, series: Series) -> dict[str, list[Any]]:
    count = len(series.x)
    axes = axes_of(series, reading.calibration)
    names = {int(bits): PointFlag(int(bits)).names() for bits in np.unique(series.flags)}
    return {
        "panel": [reading.panel.index] * count,
        "panel_title": [reading.panel.title] * count,
        "series": [label] * count,
        "kind": [series.kind] * count,
        "x": _numbers(series.x),
        "y": _numbers(series.y),
        "x_lo": _numbers(series.x_interval[:, 0]),
        "x_hi": _numbers(series.x_interval[:, 1]),
        "y_lo": _numbers(series.y_interval[:, 0]),
        "y_hi": _numbers(series.y_interval[:, 1]),
        "flag": [names[bits] for bits in series.flags.tolist()],
        "x_text": _texts(series.x, axes[0]),
        "y_text": _texts(series.y, axes[1]),
    }


def _numbers(values: FloatArray) -> list[float | None]:
    return to_cells(values, None)  # type: ignore[return-value]  # without a scale cells are numbers


def _texts(values: FloatArray, axis: AxisCalibration | None) -> list[Any]:
    if axis is None or prints_numbers(axis.scale):
        return [None] * len(values)
    return list(to_cells(values, axis.scale))


def _known(value: float | None) -> float | None:
    return float(value) if value is not None and np.isfinite(value) else None
