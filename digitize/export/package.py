"""A Frictionless data package: a CSV a panel with types and units, and the whole reading as JSON.

One zip file and not a folder: outputs are written all together or not at all, which a folder of files cannot be, and
the package standard takes a zip with ``datapackage.json`` at its root as it is.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from dataclasses import replace
from typing import Any

from digitize.export.cells import to_safe
from digitize.export.document import to_json
from digitize.export.metadata import panel_axes
from digitize.export.parquet import column_type
from digitize.export.tables import COLUMNS, Cell, to_rows
from digitize.values import Figure, PanelReading

ENTRY_DATE = (1980, 1, 1, 0, 0, 0)
"""Of every file in the zip: the same reading gives the same bytes."""
DESCRIPTIONS = {
    "panel": "Panel number from 1, in reading order",
    "panel_title": "Panel title as printed",
    "series": "Series name as the legend prints it; spreadsheets' formula signs have an apostrophe before them",
    "kind": "line, step, scatter, bar, band or reference",
    "x": "Value along x",
    "y": "Value along y; empty where the line is broken",
    "x_lo": "Low end of the 95 % interval of x",
    "x_hi": "High end of the 95 % interval of x",
    "y_lo": "Low end of the 95 % interval of y",
    "y_hi": "High end of the 95 % interval of y",
    "flag": "What is doubtful about the point, separated by ;",
}


def to_package(figure: Figure, reading: Figure | None = None) -> bytes:
    """The data package as a zip.

    Parameters
    ----------
    figure : Figure
        The series of the tables.
    reading : Figure, optional
        What ``reading.json`` holds, where the tables are in other units or at other places than read.
    """
    files = {}
    resources: list[dict[str, Any]] = []
    for panel in figure.panels:
        if not panel.series:
            continue
        name = f"panel-{panel.panel.index}"
        files[f"{name}.csv"], schema = _table(figure, panel)
        resources.append(
            {
                "name": name,
                "path": f"{name}.csv",
                "title": panel.panel.title or name,
                "profile": "tabular-data-resource",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "schema": schema,
            }
        )
    files["reading.json"] = to_json(reading or figure)
    resources.append(
        {
            "name": "reading",
            "path": "reading.json",
            "title": "The whole reading",
            "profile": "data-resource",
            "format": "json",
            "mediatype": "application/json",
            "encoding": "utf-8",
        }
    )
    source = re.split(r"[/\\]", figure.provenance.source)[-1]
    descriptor = {
        "profile": "data-package",
        "name": _package_name(source),
        "title": figure.title or source,
        "description": f"Series read from a chart image by digitize {figure.provenance.version}.",
        "sources": [{"title": source or "an image", "sha256": figure.provenance.sha256}],
        "resources": resources,
    }
    # Escaped beyond ASCII: a file name may hold bytes that are no text.
    files = {"datapackage.json": (json.dumps(descriptor, indent=2, allow_nan=False) + "\n").encode("ascii")} | files
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path, ENTRY_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return packed.getvalue()


def _table(figure: Figure, panel: PanelReading) -> tuple[bytes, dict[str, Any]]:
    """The CSV of one panel, and its table schema."""
    alone = replace(figure, panels=(panel,))
    rows = [list(row) for row in to_rows(alone)]
    types: dict[str, dict[str, Any]] = {name: {"type": "string"} for name in COLUMNS} | {"panel": {"type": "integer"}}
    axes = panel_axes(panel)
    for axis, places in {"x": (4, 6, 7), "y": (5, 8, 9)}.items():
        kind = column_type(alone, axis)
        if kind == "date":
            _even_dates(rows, places)
        moments = kind == "date" and any("T" in str(row[place]) for row in rows for place in places if row[place])
        field: dict[str, Any] = {"type": {"number": "number", "text": "string"}.get(kind, kind)}
        if moments:
            field = {"type": "datetime", "format": "%Y-%m-%dT%H:%M:%S"}
        units = {(one.x_unit if axis == "x" else one.y_unit) for one in panel.series}
        # Two y axes have two units: the field has none, each axis below has its own.
        if len(units) == 1 and (unit := units.pop()):
            field["unit"] = unit
        if axes[axis] and (title := axes[axis]["title"]):  # type: ignore[index]
            field["title"] = title
        types |= {COLUMNS[place]: {key: value for key, value in field.items() if key != "title" or place in (4, 5)}
                  for place in places}
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([to_safe(cell) if isinstance(cell, str) else cell for cell in row])
    fields = [{"name": name} | types[name] | {"description": DESCRIPTIONS[name]} for name in COLUMNS]
    schema = {"fields": fields, "missingValues": [""], "axes": axes}
    return text.getvalue().encode("utf-8", "replace"), schema


def _even_dates(rows: list[list[Cell | int]], places: tuple[int, ...]) -> None:
    """Give all dates a time of day where one of them has one: a field has one type."""
    if any("T" in str(row[place]) for row in rows for place in places if row[place]):
        for row in rows:
            for place in places:
                cell = row[place]
                if isinstance(cell, str) and "T" not in cell:
                    row[place] = f"{cell}T00:00:00"


def _package_name(source: str) -> str:
    """What the standard allows: lower case letters, digits, ``.``, ``_`` and ``-``."""
    stem = source.rsplit(".", 1)[0].casefold()
    return re.sub(r"[^a-z0-9._-]+", "-", stem).strip("-.") or "figure"
