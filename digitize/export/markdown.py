"""A Markdown page: a table a panel, rounded to what the picture supports.

Values keep the decimals of the leading digit of their interval's half width. Places along x are those of ``--grid`` or
``--at``, else round ones, about :data:`ROWS` of them.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from calibration.axis import Scale
from digitize.export.metadata import Json, panel_axes
from digitize.export.tables import axes_of, prints_numbers, to_cells, unique_labels
from digitize.grids import Grid, has_common_x, to_grid
from digitize.values import Figure, PanelReading

ROWS = 11
MOST_DECIMALS = 15
NUMBER_DIGITS = 6
"""Significant digits of a value without an interval, and of an axis' ends."""


def to_markdown(figure: Figure) -> bytes:
    """The reading as GitHub-flavoured Markdown."""
    if not all(has_common_x(reading) for reading in figure.panels):
        pages = [to_grid(replace(figure, panels=(reading,)), _page_grid(reading)) for reading in figure.panels]
        figure = replace(figure, panels=tuple(panel for page in pages for panel in page.panels))
    name = re.split(r"[/\\]", figure.provenance.source)[-1]
    lines = [f"# {_text(figure.title or name or 'Figure')}"]
    for reading in figure.panels:
        title = f": {_text(reading.panel.title)}" if reading.panel.title else ""
        lines += ["", f"## Panel {reading.panel.index}{title}", "", *_axis_lines(reading), *_table(reading)]
    if findings := figure.all_findings():
        lines += ["", "## Findings", ""]
        lines += [
            f"- {one.severity}{f', panel {one.panel}' if one.panel else ''}: {_text(one.message)}" for one in findings
        ]
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def round_to_interval(value: float, low: float, high: float) -> str:
    """A number with the decimals that its interval supports: the place of the half width's leading digit."""
    half = abs(high - low) / 2
    if not np.isfinite(half) or half <= 0:
        return f"{value:.{NUMBER_DIGITS}g}"
    decimals = int(np.clip(-np.floor(np.log10(half) + 1e-9), -MOST_DECIMALS, MOST_DECIMALS))
    rounded = round(value, decimals) + 0.0  # no minus before zero
    return f"{rounded:.{max(decimals, 0)}f}"


def _page_grid(reading: PanelReading) -> Grid:
    """Multiples of 1, 2 or 5 times a power of ten on a straight scale, evenly parted places on any other."""
    x = np.concatenate([series.x for series in reading.series] or [np.empty(0)])
    x = x[np.isfinite(x)]
    straight = reading.calibration and np.ptp(np.diff(reading.calibration.x.scale.forward([1.0, 2.0, 3.0]))) < 1e-9
    if not straight or not x.size or np.ptp(x) == 0:
        return Grid(count=ROWS)
    rough = float(np.ptp(x)) / (ROWS - 1)
    power = 10.0 ** np.floor(np.log10(rough))
    return Grid(step=float(next(part * power for part in (1, 2, 5, 10) if part * power >= rough * (1 - 1e-9))))


def _axis_lines(reading: PanelReading) -> list[str]:
    lines = []
    for name, axis in panel_axes(reading).items():
        if axis:
            lines.append(f"- {name.replace('twin_y', 'second y')}: {_axis(axis)}")
    return [*lines, ""] if lines else ["- the axes were not read"]


def _axis(axis: Json) -> str:
    start, end = (f"{end:.{NUMBER_DIGITS}g}" if isinstance(end, float) else str(end or "?") for end in axis["range"])
    called = f"{axis['title']} ({axis['unit']})" if axis["unit"] else axis["title"]
    return ", ".join(part for part in (_text(called), axis["scale"], f"{start} to {end}") if part)


def _table(reading: PanelReading) -> list[str]:
    if not reading.series:
        return []
    x_axis, _ = axes_of(reading.series[0], reading.calibration)
    title = (x_axis.title if x_axis else "") or "x"
    names = [_text(name) for name in unique_labels(reading.series)]
    columns = [_x_cells(reading, x_axis.scale if x_axis else None)]
    for series in reading.series:
        _, y_axis = axes_of(series, reading.calibration)
        columns.append(_cells(series.y, series.y_interval, y_axis.scale if y_axis else None))
    head = f"| {' | '.join([_text(title), *names])} |"
    rule = f"|{'---:|' * (len(names) + 1)}"
    return [head, rule, *(f"| {' | '.join(row)} |" for row in zip(*columns, strict=True))]


def _x_cells(reading: PanelReading, scale: Scale | None) -> list[str]:
    """The places: exact, they were asked for; no shorter than they differ."""
    x = reading.series[0].x
    if scale is not None and not prints_numbers(scale):
        return [_text(str(cell or "")) for cell in to_cells(x, scale)]
    for digits in range(NUMBER_DIGITS, 17):
        cells = [f"{value:.{digits}g}" for value in x]
        if len(set(cells)) == len(cells):
            break
    return cells


def _cells(values: np.ndarray, interval: np.ndarray, scale: Scale | None) -> list[str]:
    if scale is not None and not prints_numbers(scale):
        return [_text(str(cell or "")) for cell in to_cells(values, scale)]
    return [
        round_to_interval(value, low, high) if np.isfinite(value) else ""
        for value, (low, high) in zip(values.tolist(), interval.tolist(), strict=True)
    ]


def _text(text: str) -> str:
    """A text as Markdown shows it: nothing in it is markup."""
    return re.sub(r"([\\`*_\[\]<>|#~])", r"\\\1", " ".join(text.split()))
