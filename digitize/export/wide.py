"""The wide table: one column a series, one row a place along x; panels one below the other.

``panel, panel_title, x`` and a column for every series name of the figure, left empty in panels without it. Places
are those of ``--grid`` or ``--at``; else every place at which some series of the panel was read, where places nearer
than the interval of x are one. A series on the second y axis counts in its own unit.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from digitize.export.cells import to_safe
from digitize.export.tables import Cell, axes_of, to_cells, unique_labels
from digitize.grids import Grid, has_common_x, to_grid
from digitize.values import Figure, PanelReading

if TYPE_CHECKING:
    import pandas as pd

LEADING = ("panel", "panel_title", "x")


def wide_columns(figure: Figure) -> list[str]:
    """The leading columns and every series name, in the order of the panels; a series named ``x`` is ``x (2)``."""
    names = dict.fromkeys(name for reading in figure.panels for name in unique_labels(reading.series))
    return [*LEADING, *(_column(name) for name in names)]


def with_common_x(figure: Figure) -> Figure:
    """The reading with one x for all series of a panel, made where it has not been."""
    if all(has_common_x(reading) for reading in figure.panels):
        return figure
    return to_grid(figure, Grid())


def panel_columns(reading: PanelReading) -> tuple[list[Cell], dict[str, list[Cell]]]:
    """x and the y of every series of a panel that has a common x, as cells."""
    if not reading.series:
        return [], {}
    x_axis, _ = axes_of(reading.series[0], reading.calibration)
    x = to_cells(reading.series[0].x, x_axis.scale if x_axis else None)
    ys = {}
    for name, series in zip(unique_labels(reading.series), reading.series, strict=True):
        _, y_axis = axes_of(series, reading.calibration)
        ys[name] = to_cells(series.y, y_axis.scale if y_axis else None)
    return x, ys


def to_wide_rows(figure: Figure) -> Iterator[tuple[Cell | int, ...]]:
    """The rows under :func:`wide_columns`."""
    columns = wide_columns(figure)[len(LEADING) :]
    for reading in with_common_x(figure).panels:
        x, ys = panel_columns(reading)
        known = {_column(name): y for name, y in ys.items()}
        for place, at in enumerate(x):
            values = (known[name][place] if name in known else None for name in columns)
            yield (reading.panel.index, reading.panel.title, at, *values)


def to_wide_frame(figure: Figure) -> pd.DataFrame:
    """The wide table as a pandas DataFrame; unknown numbers are NaN."""
    import pandas as pd

    return pd.DataFrame(list(to_wide_rows(figure)), columns=wide_columns(figure))


def to_wide_csv(figure: Figure) -> bytes:
    """The wide table as UTF-8 CSV."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([to_safe(name) for name in wide_columns(figure)])
    for row in to_wide_rows(figure):
        writer.writerow([to_safe(cell) if isinstance(cell, str) else cell for cell in row])
    return text.getvalue().encode("utf-8", "replace")


def _column(name: str) -> str:
    return f"{name} (2)" if name in LEADING else name
