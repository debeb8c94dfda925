"""What the reading says where a table asks: the statistic of a row, and a known value in the axis' own unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from digitize.axis_span import AxisSpan, to_number
from digitize.curves import Curve
from digitize.digits import Measured
from digitize.levels import time_to_reach, value_at
from digitize.statistics import SeriesStatistics
from digitize.units import conversion
from digitize.validation.cells import Expected, parse_cell
from digitize.validation.pairing import ColumnPair, RowPair

FIRST_YEAR, LAST_YEAR = 1000.0, 2999.0
HALF_YEAR_DAYS = 183.0
"""A bare number between these is a year on an axis of dates."""
LARGEST_FRACTION = 2.0
"""An axis that ends below this holds fractions where a document says percent."""


def wanted_series(row: RowPair, column: ColumnPair, measured: Sequence[SeriesStatistics]) -> SeriesStatistics | None:
    """The series of a column in the panel of a row; for the end of a shared x axis the one that goes farthest."""
    own = [one for one in measured if one.curve.label == column.series and row.panel in (0, one.curve.panel)]
    if row.panel == 0 and row.statistic in ("maximum", "last"):
        return max(own, key=lambda one: (not one.last.x.doubtful, one.last.x.value), default=None)
    return own[0] if own else None


def found_value(one: SeriesStatistics, row: RowPair) -> tuple[Measured | None, AxisSpan]:
    """The measured value that a row asks for, and the axis it is measured on; None where the curve has none."""
    x, y = one.curve.x_axis, one.curve.y_axis
    if row.panel == 0:
        return (one.last if row.statistic in ("maximum", "last") else one.first).x, x
    if row.statistic == "reach":
        level = parse_cell(row.at)
        return (time_to_reach(one.curve, level.low) if level else None), x
    if row.statistic == "at":
        return value_at(one.curve, x.value_of(row.at)), y
    if row.statistic == "reached":
        return (one.reached.x if one.reached else None), x
    if row.statistic == "maximum_x":
        return one.maximum.x, x
    if row.statistic == "minimum_x":
        return one.minimum.x, x
    values = {
        "last": one.last.y,
        "first": one.first.y,
        "maximum": one.maximum.y,
        "minimum": one.minimum.y,
        "mean": one.mean,
        "plateau": one.plateau,
        "span": one.span,
        "change": _change(one),
    }
    return values[row.statistic], y


def in_axis_units(expected: Expected, axis: AxisSpan, names: Sequence[str]) -> Expected:
    """A known value as the axis counts: percent of a fraction, minutes on an axis of hours.

    Parameters
    ----------
    names : sequence of str
        Units the row and the column print; the cell's own comes before them. Unknown units change nothing.
    """
    if axis.kind == "date" and not expected.unit and FIRST_YEAR <= expected.low == expected.high <= LAST_YEAR:
        days = to_number(f"{expected.low:.0f}-07-02")
        return replace(expected, low=days, high=days, tolerance=HALF_YEAR_DAYS)
    for unit in (expected.unit, *names):
        if not unit:
            continue
        if unit == "%":
            fractions = axis.unit != "%" and max(abs(axis.start), abs(axis.end)) <= LARGEST_FRACTION
            return replace(expected.times(0.01), unit="") if fractions else expected
        step = conversion(unit, axis.unit) if axis.unit and axis.kind == "number" else None
        if step is not None:
            return expected.times(step.factor, step.offset)
    return expected


def _change(one: SeriesStatistics) -> Measured:
    first, last = one.first.y, one.last.y
    return Measured(
        value=last.value - first.value,
        low=last.low - first.high,
        high=last.high - first.low,
        doubtful=first.doubtful or last.doubtful,
    )


def panel_of_points(name: str, own: Sequence[Curve]) -> Sequence[Curve]:
    """Of one series' curves in several panels those that a name (number, title or heading) means; all for no name."""
    from digitize.validation.pairing import SURE, covered
    from digitize.validation.requests import words_of

    words = words_of(name)
    if not words:
        return own
    numbered = [one for one in own if str(one.panel) in words and (len(words) == 1 or "panel" in words)]
    if numbered:
        return numbered
    titled = [
        one
        for one in own
        if any(title and covered(words_of(title), words) >= SURE for title in (one.panel_title, one.y_axis.title))
    ]
    return titled or own
