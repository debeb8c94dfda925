"""The report's parts as Markdown: metadata, legend, panels, summary table, observations."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from digitize.axis_span import AxisSpan
from digitize.curves import figure_curves
from digitize.digits import Measured, printed
from digitize.levels import is_drawn_line
from digitize.report.observations import SHARED_FRAC, by_x_axis, observations
from digitize.report.summary_table import panel_table, summary_table, text_of
from digitize.statistics import SeriesStatistics, series_statistics
from digitize.trends import trend_sentence
from digitize.values import Figure, Legend

AXIS_PARTS = 250
"""An axis' ends are printed to this part of it."""
_PLACES = (("above", "below"), ("left of", "right of"))


def to_report(figure: Figure) -> str:
    """The whole report of a reading as Markdown."""
    curves = [series_statistics(curve) for curve in figure_curves(figure)]
    lines = [*_head(figure), *_legend(figure, curves), *_shared_axis(figure, curves)]
    for reading in figure.panels:
        own = [one for one in curves if one.curve.panel == reading.panel.index]
        title = reading.panel.title or (own[0].curve.panel_title if own else "")
        lines += ["", f"## Panel {reading.panel.index}{': ' + text_of(title) if title else ''}", ""]
        lines += _panel(own) if own else ["No series was read here."]
    if curves:
        lines += ["", "## Summary table (approximate values)", "", *summary_table(_in_order(figure, curves))]
        told = observations(_in_order(figure, curves))
        if told:
            lines += ["", "## Key observations", "", *(f"{n}. {text_of(line)}" for n, line in enumerate(told, 1))]
    doubts = list(dict.fromkeys(f.message for f in figure.all_findings() if f.severity != "info"))
    if doubts:
        lines += ["", "## Doubts", "", *(f"- {text_of(message)}" for message in doubts)]
    return "\n".join(lines) + "\n"


def _head(figure: Figure) -> list[str]:
    name = re.split(r"[/\\]", figure.provenance.source)[-1]
    kinds = list(dict.fromkeys(one.kind for reading in figure.panels for one in reading.series))
    count = len(figure.panels)
    chart = f"{' and '.join(kinds)} chart" if kinds else "nothing read"
    return [
        f"# {text_of(figure.title or name or 'Figure')}",
        "",
        "## Metadata and legend",
        "",
        f"- **Image:** {text_of(name) or 'an array'}, {figure.image.width_px} x {figure.image.height_px} px",
        f"- **Chart:** {chart}, {f'{count} panels' if count != 1 else '1 panel'}",
        f"- **Read by:** digitize {text_of(figure.provenance.version)}; values are rounded to what the picture"
        " supports, `~` marks a rounded value, (?) a place the picture does not show itself",
    ]


def _legends(figure: Figure) -> list[Legend]:
    own = [reading.legend for reading in figure.panels if reading.legend]
    return list({legend.box: legend for legend in (*figure.legends, *own)}.values())


def _in_order(figure: Figure, curves: Sequence[SeriesStatistics]) -> list[SeriesStatistics]:
    """The curves as the legend lists them, panel by panel kept apart by the caller."""
    labels = [entry.label for legend in _legends(figure) for entry in legend.entries]
    places = {label: place for place, label in reversed(list(enumerate(labels)))}
    return sorted(curves, key=lambda one: (places.get(one.curve.label, len(labels))))


def _legend(figure: Figure, curves: Sequence[SeriesStatistics]) -> list[str]:
    legends = _legends(figure)
    lines = [f"- **Legend:** {place}" for place in dict.fromkeys(_legend_place(figure, one) for one in legends)]
    dashed = {entry.label for legend in legends for entry in legend.entries if entry.dash}
    entries = dict.fromkeys((one.curve.label, one.curve.colour, one.curve.kind) for one in _in_order(figure, curves))
    series = []
    for number, (label, colour, kind) in enumerate(entries, 1):
        what = f"{'dashed ' if label in dashed else ''}{kind}"
        unnamed = colour and re.fullmatch(rf"{re.escape(colour)}( \d+)?", label)
        named = "not named in the figure" + (f", here {text_of(label)}" if label != colour else "")
        series.append(
            f"{number}. **{(colour or 'unnamed colour').capitalize()}** {what}: {named if unnamed else text_of(label)}"
        )
    return [*lines, "- **Series:**", "", *series] if series else lines


def _legend_place(figure: Figure, legend: Legend) -> str:
    """Where a legend stands: in a panel, or beside all of them."""
    x, y = (legend.box.left + legend.box.right) / 2, (legend.box.top + legend.box.bottom) / 2
    for reading in figure.panels:
        box = reading.panel.axes
        if box.left <= x <= box.right and box.top <= y <= box.bottom:
            row = ("top", "middle", "bottom")[min(int(3 * (y - box.top) / box.height_px), 2)]
            column = ("left", "centre", "right")[min(int(3 * (x - box.left) / box.width_px), 2)]
            return f"inside panel {reading.panel.index}, {row} {column}"
    boxes = [reading.panel.axes for reading in figure.panels]
    if not boxes:
        return "outside the axes"
    for before, place, ends in (
        (min(box.top for box in boxes), y, _PLACES[0]), (min(box.left for box in boxes), x, _PLACES[1]),
    ):  # fmt: skip
        after = max(box.bottom for box in boxes) if ends is _PLACES[0] else max(box.right for box in boxes)
        if place < before or place > after:
            return f"{ends[place > after]} the {'panels' if len(boxes) > 1 else 'axes'}"
    return "between the panels"


def _shared_axis(figure: Figure, curves: Sequence[SeriesStatistics]) -> list[str]:
    first = {one.curve.panel: one for one in reversed(curves)}
    if len(first) < 2 or len(by_x_axis(list(first.values()))) > 1:
        return []
    axes = [one.curve.x_axis for one in first.values()]
    ends = [axes[0].to_share(np.array([axis.start, axis.end])) for axis in axes]
    if any(abs(start) > SHARED_FRAC or abs(end - 1) > SHARED_FRAC for start, end in ends):
        return []
    panels = "All panels" if len(first) == len(figure.panels) else f"Panels {', '.join(map(str, sorted(first)))}"
    return ["", f"{panels} share the x axis: {_axis(axes[0])}."]


def _panel(own: Sequence[SeriesStatistics]) -> list[str]:
    lines = [f"- **X axis:** {_axis(own[0].curve.x_axis)}"]
    axes = {id(one.curve.y_axis): one.curve.y_axis for one in own}
    spans = list({(axis.start, axis.end, axis.title): axis for axis in axes.values()}.values())
    lines += [f"- **{'Y axis' if n == 0 else 'Second y axis'}:** {_axis(axis)}" for n, axis in enumerate(spans)]
    lines += ["- **Trends:**" if any(is_drawn_line(one.curve) for one in own) else "- **Values:**"]
    lines += [
        f"  - **{text_of(one.curve.label)}** [{one.curve.colour or '?'}]: {text_of(trend_sentence(one))}" for one in own
    ]
    return [*lines, "", *panel_table(own)]


def _axis(axis: AxisSpan) -> str:
    name = f"{text_of(axis.title) or '(no title)'}{f' ({text_of(axis.unit)})' if axis.unit else ''}"
    if axis.kind == "category":
        return f"{name}, {', '.join(text_of(label) for label in axis.labels if label)}"
    if axis.is_log:
        ends = [f"{end:.3g}" for end in (axis.start, axis.end)]
    else:
        step = abs(axis.end - axis.start) / AXIS_PARTS
        measured = [Measured(value=end, low=end - step, high=end + step) for end in (axis.start, axis.end)]
        ends = [printed(one, axis) for one in measured]
    return f"{name}, from {ends[0]} to {ends[1]}{', logarithmic' if axis.is_log else ''}"


