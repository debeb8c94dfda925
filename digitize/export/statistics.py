"""What the curves do, as a table: a row a series and statistic, with its interval, its place and the place's interval.

``panel, panel_title, series, statistic, value, low, high, at, at_low, at_high, doubtful``: values on the axis they
are measured on (dates ISO 8601, categories their label), low and high the 95 % interval, empty where there is none.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from digitize.axis_span import AxisSpan
from digitize.curves import figure_curves
from digitize.digits import Measured
from digitize.export.cells import to_safe
from digitize.export.tables import Cell, unique_labels
from digitize.levels import Place, is_drawn_line
from digitize.statistics import SeriesStatistics, series_statistics
from digitize.values import Figure

STATISTICS_COLUMNS = (
    "panel", "panel_title", "series", "statistic", "value", "low", "high", "at", "at_low", "at_high", "doubtful",
)  # fmt: skip
Row = tuple[Cell | int | bool, ...]


def statistics_rows(figure: Figure) -> Iterator[Row]:
    """The rows under :data:`STATISTICS_COLUMNS`, in the order of the panels and their series."""
    named = tuple(
        replace(
            reading,
            series=tuple(
                replace(series, label=name)
                for name, series in zip(unique_labels(reading.series), reading.series, strict=True)
            ),
        )
        for reading in figure.panels
    )
    for curve in figure_curves(replace(figure, panels=named)):
        one = series_statistics(curve)
        for name, value, axis, at in _statistics(one):
            doubtful = bool(value is not None and value.doubtful) or bool(at is not None and at.doubtful)
            yield (
                curve.panel,
                curve.panel_title,
                curve.label,
                name,
                *_cells(value, axis),
                *_cells(at, curve.x_axis),
                doubtful,
            )


def to_statistics_csv(figure: Figure) -> bytes:
    """The table as UTF-8 CSV."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(STATISTICS_COLUMNS)
    for row in statistics_rows(figure):
        writer.writerow([to_safe(cell) if isinstance(cell, str) else cell for cell in row])
    return text.getvalue().encode("utf-8", "replace")


def _statistics(one: SeriesStatistics) -> Iterator[tuple[str, Measured | None, AxisSpan | None, Measured | None]]:
    y = one.curve.y_axis
    # Categories have an order along the axis but no size.
    extremes = [("minimum", one.minimum), ("maximum", one.maximum)]
    places: list[tuple[str, Place]] = extremes if y.kind != "category" else []
    if is_drawn_line(one.curve):
        places = [("first", one.first), ("last", one.last), *places]
    for name, place in places:
        yield name, place.y, y, place.x
    if y.kind == "number":
        yield "range", one.span, None, None
    # of a loop the mean along x is that of nothing
    if y.kind == "number" and not one.curve.looped:
        yield "mean", one.mean, None, None
    if not is_drawn_line(one.curve) or y.kind != "number":
        return
    yield "plateau", one.plateau, None, None
    if one.settled:
        yield "settled", one.settled.level, None, one.settled.since
    if one.reached:
        yield "reached_90", one.reached.y, None, one.reached.x
    first, last = one.first.y, one.last.y
    change = Measured(value=last.value - first.value, low=last.low - first.high, high=last.high - first.low)
    yield "change", change, None, None
    yield "swing", _exact(one.swing), None, one.unsteady_at.x
    spikes = {id(turn) for turn in one.spikes}
    for turn in one.turns:
        kind = ("peak" if turn.peak else "drop") if id(turn) not in spikes else "spike" if turn.peak else "sharp_drop"
        yield kind, turn.at.y, None, turn.at.x


def _exact(value: float) -> Measured:
    return Measured(value=value, low=float("nan"), high=float("nan"))


def _cells(measured: Measured | None, axis: AxisSpan | None) -> list[Cell]:
    """Value and ends, printed as their axis prints; None where there is nothing."""
    values = [np.nan] * 3 if measured is None else [measured.value, measured.low, measured.high]
    printed = axis.printed if axis else None
    return [None if not np.isfinite(value) else printed(value) if printed else float(value) for value in values]
