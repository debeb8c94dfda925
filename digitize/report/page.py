"""The report's parts as Markdown: metadata, legend, panels, summary table, observations."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from digitize.curves import AxisSpan, figure_curves
from digitize.report.observations import observations
from digitize.statistics import Measured, SeriesStatistics, series_statistics, time_to_reach
from digitize.trends import rounded, trend_sentence
from digitize.values import Figure

RISE_SHARE_FRAC = 0.9
"""The table tells when a curve has done this share of its way from its first value to its farthest one."""
DOUBT_MARK = " (?)"


def to_report(figure: Figure) -> str:
    """The whole report of a reading as Markdown."""
    curves = [series_statistics(curve) for curve in figure_curves(figure)]
    panels = list(dict.fromkeys(one.curve.panel for one in curves))
    lines = [*_head(figure), *_legend(curves)]
    for reading in figure.panels:
        own = [one for one in curves if one.curve.panel == reading.panel.index]
        title = reading.panel.title or (own[0].curve.panel_title if own else "")
        lines += ["", f"## Panel {reading.panel.index}{': ' + _text(title) if title else ''}", ""]
        lines += _panel(own) if own else ["No series was read here."]
    if curves:
        lines += ["", "## Summary table (approximate values)", "", *_summary(curves, panels)]
        told = observations(curves)
        if told:
            lines += ["", "## Key observations", "", *(f"{n}. {_text(line)}" for n, line in enumerate(told, 1))]
    doubts = list(dict.fromkeys(f.message for f in figure.all_findings() if f.severity != "info"))
    if doubts:
        lines += ["", "## Doubts", "", *(f"- {_text(message)}" for message in doubts)]
    return "\n".join(lines) + "\n"


def _head(figure: Figure) -> list[str]:
    name = re.split(r"[/\\]", figure.provenance.source)[-1]
    kinds = sorted({one.kind for reading in figure.panels for one in reading.series})
    count = len(figure.panels)
    return [
        f"# {_text(figure.title or name or 'Figure')}",
        "",
        "## Metadata and legend",
        "",
        f"- **Image:** {_text(name) or 'an array'}, {figure.image.width_px} x {figure.image.height_px} px",
        f"- **Chart:** {count} {'panel' if count == 1 else 'panels'}, {', '.join(kinds) or 'nothing read'}",
        f"- **Read by:** digitize {_text(figure.provenance.version)}; values are rounded to what the picture supports,"
        f" `~` marks a rounded value,{DOUBT_MARK} a place the picture does not show itself",
    ]


def _legend(curves: Sequence[SeriesStatistics]) -> list[str]:
    entries = dict.fromkeys((one.curve.label, one.curve.colour, one.curve.kind) for one in curves)
    lines = [
        f"{n}. **{colour.capitalize() or 'Unnamed colour'}** {kind}: {_text(label)}"
        for n, (label, colour, kind) in enumerate(entries, 1)
    ]
    return ["- **Series:**", "", *lines] if lines else []


def _panel(own: Sequence[SeriesStatistics]) -> list[str]:
    lines = [f"- **X axis:** {_axis(own[0].curve.x_axis)}"]
    axes = {id(one.curve.y_axis): one.curve.y_axis for one in own}
    spans = list({(axis.start, axis.end, axis.title): axis for axis in axes.values()}.values())
    lines += [f"- **{'Y axis' if n == 0 else 'Second y axis'}:** {_axis(axis)}" for n, axis in enumerate(spans)]
    lines += ["- **Trends:**"]
    lines += [
        f"  - **{_text(one.curve.label)}** [{one.curve.colour or '?'}]: {_text(trend_sentence(one))}" for one in own
    ]
    heads = [
        "Series",
        "First",
        "Last",
        "Min",
        "at",
        "Max",
        "at",
        "Range",
        "Mean",
        "Plateau",
        f"{RISE_SHARE_FRAC:.0%} of the way at",
    ]
    return [*lines, "", *_table(heads, [[_text(one.curve.label), *_statistics(one)] for one in own])]


def _statistics(one: SeriesStatistics) -> list[str]:
    x, y = one.curve.x_axis, one.curve.y_axis
    first = one.first.y.value
    farthest = max((one.maximum, one.minimum), key=lambda place: abs(place.y.value - first)).y.value
    reached = time_to_reach(one.curve, first + RISE_SHARE_FRAC * (farthest - first))
    plain = y.printed is None
    return [
        cell(one.first.y, y),
        cell(one.last.y, y),
        cell(one.minimum.y, y),
        cell(one.minimum.x, x),
        cell(one.maximum.y, y),
        cell(one.maximum.x, x),
        cell(one.span, y) if plain else "",
        cell(one.mean, y),
        cell(one.plateau, y),
        cell(reached, x) if reached else "",
    ]


def cell(measured: Measured, axis: AxisSpan) -> str:
    """A value for a table: ``~0.51``, with a mark where the place itself was not seen."""
    text = axis.printed(measured.value) if axis.printed else f"~{rounded(measured)}"
    return _text(text) + (DOUBT_MARK if measured.doubtful else "")


def _summary(curves: Sequence[SeriesStatistics], panels: Sequence[int]) -> list[str]:
    columns = list(dict.fromkeys((one.curve.label, one.curve.colour) for one in curves))
    heads = [
        "Metric",
        *(f"{_text(label)} [{colour.capitalize()}]" if colour else _text(label) for label, colour in columns),
    ]
    by_column = {key: [one for one in curves if (one.curve.label, one.curve.colour) == key] for key in columns}
    axes = {(one.curve.x_axis.title, one.curve.x_axis.unit) for one in curves}
    title, unit = axes.pop() if len(axes) == 1 else ("x", "")
    longest = []
    for key in columns:
        last = max(by_column[key], key=lambda one: one.last.x.value)
        longest.append(cell(last.last.x, last.curve.x_axis))
    rows = [[f"**Max {_text(title) or 'x'}{f' ({_text(unit)})' if unit else ''}**", *longest]]
    for panel in panels:
        own = {(one.curve.label, one.curve.colour): one for one in curves if one.curve.panel == panel}
        name = next(iter(own.values())).curve.panel_title or f"value, panel {panel}"
        cells = [cell(own[key].last.y, own[key].curve.y_axis) if key in own else "" for key in columns]
        rows.append([f"**Final {_text(name)}**", *cells])
    return _table(heads, rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(heads)} |", f"|{' :--- |' * len(heads)}", *(f"| {' | '.join(row)} |" for row in rows)]


def _axis(axis: AxisSpan) -> str:
    ends = []
    for end in (axis.start, axis.end):
        step = abs(axis.end - axis.start) / 200
        text = axis.printed(end) if axis.printed else rounded(Measured(value=end, low=end - step, high=end + step))
        ends.append(text)
    log = axis.printed is None and not np.allclose(axis.forward(np.array([1.0, 2.0, 3.0])), [1.0, 2.0, 3.0])
    if log:
        ends = [f"{end:.3g}" for end in (axis.start, axis.end)]
    name = f"{_text(axis.title) or '(no title)'}{f' ({_text(axis.unit)})' if axis.unit else ''}"
    return f"{name}, from {_text(ends[0])} to {_text(ends[1])}{', logarithmic' if log else ''}"


def _text(text: str) -> str:
    """A text as Markdown shows it: nothing in it is markup (a ``~`` alone is none)."""
    return re.sub(r"([\\`*\[\]<>|#])", r"\\\1", " ".join(text.split()))
