"""The tidy table: one row a point, in drawing order. A contract; its columns do not move.

``panel, panel_title, series, kind, x, y, x_lo, x_hi, y_lo, y_hi, flag``: panels count from 1 in reading order, numbers
are numbers, dates ISO 8601, categories their label, lo and hi the 95 % interval, an empty ``y`` breaks the line.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from calibration.axis import AxisCalibration, PanelCalibration, Scale
from calibration.geometry import FloatArray
from digitize.export.cells import to_safe
from digitize.findings import PointFlag
from digitize.values import Figure, PanelReading, Series

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("panel", "panel_title", "series", "kind", "x", "y", "x_lo", "x_hi", "y_lo", "y_hi", "flag")

Cell = float | str | None
"""A number, a date or category as text, or None for unknown."""


def prints_numbers(scale: Scale) -> bool:
    """Whether values on this scale are plain numbers, asked of the scale itself."""
    return scale.format(0.5) == "0.5"


def to_cells(values: FloatArray, scale: Scale | None) -> list[Cell]:
    """Values as the exports hold them: floats, or dates and labels as text; None where not finite."""
    finite = np.isfinite(values)
    if scale is None or prints_numbers(scale):
        return [value if known else None for value, known in zip(values.tolist(), finite.tolist(), strict=True)]
    form: Callable[[float], str] = scale.format
    return [form(v) or None if known else None for v, known in zip(values.tolist(), finite.tolist(), strict=True)]


def unique_labels(series: Sequence[Series]) -> list[str]:
    """Series names of one panel, made unique: ``loss``, ``loss (2)``."""
    taken: set[str] = set()
    names = []
    for one in series:
        label = one.label.strip() or "unnamed"
        name, count = label, 1
        while name in taken:
            count += 1
            name = f"{label} ({count})"
        taken.add(name)
        names.append(name)
    return names


def axes_of(
    series: Series, calibration: PanelCalibration | None
) -> tuple[AxisCalibration | None, AxisCalibration | None]:
    """The x and y axes a series belongs to; None where its panel was refused."""
    if calibration is None:
        return None, None
    return calibration.x, (series.y_axis == "twin_y" and calibration.twin_y) or calibration.y


def to_rows(figure: Figure) -> Iterator[tuple[Cell | int, ...]]:
    """The rows of the table, in the order of :data:`COLUMNS`."""
    for reading in figure.panels:
        for name, series in zip(unique_labels(reading.series), reading.series, strict=True):
            yield from series_rows(reading, name, series)


def to_frame(figure: Figure) -> pd.DataFrame:
    """The table as a pandas DataFrame; unknown numbers are NaN."""
    import pandas as pd

    frame = pd.DataFrame(list(to_rows(figure)), columns=list(COLUMNS))
    if frame.empty:
        return frame.astype(dict.fromkeys(COLUMNS[4:10], "float64") | {"panel": "int64"})
    return frame


def to_csv(figure: Figure) -> bytes:
    """The table as UTF-8 CSV; numbers with every digit they have, texts safe from spreadsheets (``cells.py``)."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in to_rows(figure):
        writer.writerow([to_safe(cell) if isinstance(cell, str) else cell for cell in row])
    return text.getvalue().encode("utf-8", "replace")


def write_csv(figure: Figure, path: str | PathLike[str]) -> None:
    """Write the table to a file, in one step."""
    Path(path).write_bytes(to_csv(figure))


def series_rows(reading: PanelReading, name: str, series: Series) -> Iterator[tuple[Cell | int, ...]]:
    """The rows of one series under its name, in the order of :data:`COLUMNS`."""
    x_axis, y_axis = axes_of(series, reading.calibration)
    x_scale = x_axis.scale if x_axis else None
    y_scale = y_axis.scale if y_axis else None
    panel = reading.panel
    y = to_cells(series.y, y_scale)
    columns = (
        to_cells(series.x, x_scale),
        y,
        to_cells(series.x_interval[:, 0], x_scale),
        to_cells(series.x_interval[:, 1], x_scale),
        to_cells(series.y_interval[:, 0], y_scale),
        to_cells(series.y_interval[:, 1], y_scale),
    )
    flags = _flag_names(series.flags)
    for numbers, flag in zip(zip(*columns, strict=True), flags, strict=True):
        yield (panel.index, panel.title, name, series.kind, *numbers, flag)


def _flag_names(flags: np.ndarray[tuple[int, ...], np.dtype[np.uint16]]) -> list[str]:
    names = {int(bits): PointFlag(int(bits)).names() for bits in np.unique(flags)}
    return [names[bits] for bits in flags.tolist()]
