"""Tables of the report: a row a series in every panel, and final values of all panels side by side."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence

import numpy as np

from digitize.axis_span import AxisSpan
from digitize.digits import Measured, printed
from digitize.levels import is_drawn_line
from digitize.report.observations import by_x_axis
from digitize.statistics import RISE_FRAC, SeriesStatistics

DOUBT_MARK = " (?)"
MOST_BARS = 40
"""So many bars of a panel are listed one by one."""


def cell(measured: Measured, axis: AxisSpan) -> str:
    """A value for a table: ``~0.51``, with a mark where the place itself was not seen."""
    text = printed(measured, axis)
    return text_of(text if axis.kind == "category" else f"~{text}") + (DOUBT_MARK if measured.doubtful else "")


def panel_table(own: Sequence[SeriesStatistics]) -> list[str]:
    """The statistics of a panel's lines, the extent of its points, its bars one by one."""
    lines = [one for one in own if is_drawn_line(one.curve)]
    bars = [one for one in own if one.curve.kind == "bar"]
    points = [one for one in own if one not in lines and one not in bars]
    if sum(len(one.curve.x) for one in bars) > MOST_BARS:
        bars, points = [], [*bars, *points]
    tables = [
        part
        for part in (_lines(lines) if lines else [], _points(points) if points else [], _bars(bars) if bars else [])
        if part
    ]
    return [line for number, part in enumerate(tables) for line in ([""] if number else []) + part]


def _lines(lines: Sequence[SeriesStatistics]) -> list[str]:
    heads = ["Series", "First", "Last", "Min", "at", "Max", "at", "Range", "Mean", "Last tenth"]
    rows = []
    for one in lines:
        x, y = one.curve.x_axis, one.curve.y_axis
        rows.append(
            [
                text_of(one.curve.label),
                *(cell(value, y) for value in (one.first.y, one.last.y)),
                cell(one.minimum.y, y),
                cell(one.minimum.x, x),
                cell(one.maximum.y, y),
                cell(one.maximum.x, x),
                cell(one.span, y) if y.kind == "number" else "",
                *(cell(value, y) for value in (one.mean, one.plateau)),
                cell(one.reached.x, x) if one.reached else "",
            ]
        )
    return table([*heads, f"{RISE_FRAC:.0%} of the way at"], rows)


def _points(points: Sequence[SeriesStatistics]) -> list[str]:
    heads = ["Series", "Points", "From x", "To x", "Min", "at", "Max", "at", "Mean"]
    rows = []
    for one in points:
        x, y = one.curve.x_axis, one.curve.y_axis
        ends = [int(np.argmin(one.curve.x)), int(np.argmax(one.curve.x))]
        rows.append(
            [
                text_of(one.curve.label),
                str(len(one.curve.x)),
                *(cell(_x(one, end), x) for end in ends),
                cell(one.minimum.y, y),
                cell(one.minimum.x, x),
                cell(one.maximum.y, y),
                cell(one.maximum.x, x),
                cell(one.mean, y),
            ]
        )
    return table(heads, rows)


def _x(one: SeriesStatistics, index: int) -> Measured:
    low, high = one.curve.x_interval[index]
    return Measured(value=float(one.curve.x[index]), low=float(low), high=float(high))


def _bars(bars: Sequence[SeriesStatistics]) -> list[str]:
    """A row a place along x where the series share their places, else a row a bar."""
    axis = bars[0].curve.x_axis
    title = text_of(axis.title) or "x"
    values = [
        {cell(_x(one, n), axis): cell(_y(one, n), one.curve.y_axis) for n in range(len(one.curve.x))} for one in bars
    ]
    places = list(dict.fromkeys(place for own in values for place in own))
    if len(places) <= max(len(own) for own in values):
        rows = [[place, *(own.get(place, "") for own in values)] for place in places]
        return table([title, *(text_of(one.curve.label) for one in bars)], rows)
    rows = [
        [text_of(one.curve.label), place, value]
        for one, own in zip(bars, values, strict=True)
        for place, value in own.items()
    ]
    return table(["Series", "x", "y"], rows)


def _y(one: SeriesStatistics, index: int) -> Measured:
    low, high = one.curve.y_interval[index]
    return Measured(value=float(one.curve.y[index]), low=float(low), high=float(high))


def summary_table(curves: Sequence[SeriesStatistics]) -> list[str]:
    """Largest x and, panel by panel, the final value of lines, the highest of points and bars; a column a series."""
    colours: dict[str, str] = {}
    for one in curves:
        colours[one.curve.label] = colours.get(one.curve.label) or one.curve.colour
    heads = [
        "Metric",
        *(text_of(label) + (f" [{colour.capitalize()}]" if colour else "") for label, colour in colours.items()),
    ]
    return table(heads, [*_longest_rows(curves, list(colours)), *_value_rows(curves, list(colours))])


def _longest_rows(curves: Sequence[SeriesStatistics], labels: Sequence[str]) -> list[list[str]]:
    groups = by_x_axis(one for one in curves if one.curve.x_axis.kind != "category")
    rows = []
    for own in groups:
        axis = own[0].curve.x_axis
        panels = sorted({one.curve.panel for one in own})
        named = f", panel {', '.join(map(str, panels))}" if len(groups) > 1 else ""
        unit = f" ({text_of(axis.unit)})" if axis.unit else ""
        rows.append([f"**Max {text_of(axis.title) or 'x'}{unit}{named}**", *(_longest(own, label) for label in labels)])
    return rows


def _longest(own: Sequence[SeriesStatistics], label: str) -> str:
    ends = [
        one.last.x if is_drawn_line(one.curve) else _x(one, int(np.argmax(one.curve.x)))
        for one in own
        if one.curve.label == label
    ]
    return cell(max(ends, key=lambda end: (not end.doubtful, end.value)), own[0].curve.x_axis) if ends else ""


def _value_rows(curves: Sequence[SeriesStatistics], labels: Sequence[str]) -> list[list[str]]:
    groups: dict[Hashable, list[SeriesStatistics]] = {}
    for one in sorted(curves, key=lambda one: one.curve.panel):
        axis = one.curve.y_axis
        groups.setdefault((one.curve.panel, axis.start, axis.end, axis.title), []).append(one)
    names = [_row_name(own, list(groups)) for own in groups.values()]
    rows = []
    for name, own in zip(names, groups.values(), strict=True):
        lines = any(is_drawn_line(one.curve) for one in own)
        cells = {
            one.curve.label: cell(one.last.y if is_drawn_line(one.curve) else one.maximum.y, one.curve.y_axis)
            for one in own
            if is_drawn_line(one.curve) or not lines
        }
        twice = f", panel {own[0].curve.panel}" if names.count(name) > 1 else ""
        rows.append(
            [f"**{'Final' if lines else 'Highest'} {name}{twice}**", *(cells.get(label, "") for label in labels)]
        )
    return rows


def _row_name(own: Sequence[SeriesStatistics], groups: Sequence[Hashable]) -> str:
    curve = own[0].curve
    axes = sum(isinstance(group, tuple) and group[0] == curve.panel for group in groups)
    title = curve.y_axis.title if axes > 1 and curve.y_axis.title else curve.panel_title
    return text_of(title) or f"value, panel {curve.panel}"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table of finished cells."""
    return [f"| {' | '.join(heads)} |", f"|{' :--- |' * len(heads)}", *(f"| {' | '.join(row)} |" for row in rows)]


def text_of(text: str) -> str:
    """A text as Markdown shows it: nothing in it is markup (a ``~`` alone is none)."""
    return re.sub(r"([\\`*\[\]<>|#])", r"\\\1", " ".join(text.split()))
