"""What was read, in the few lines a terminal has room for."""

from __future__ import annotations

import numpy as np
from rich.console import Console
from rich.style import Style
from rich.text import Text

from calibration.axis import AxisCalibration
from digitize.findings import Finding, PointFlag
from digitize.values import Figure, PanelReading, Series

_MARKS = {"error": ("x", "bold red"), "warning": ("!", "yellow"), "info": ("-", "dim")}
_DOUBT_SHARE_FRAC = 0.005
"""A flag on fewer of a series' points than this is not worth a word."""
_DOUBTS = {
    PointFlag.INTERPOLATED: "interpolated",
    PointFlag.HIDDEN: "hidden",
    PointFlag.EXTRAPOLATED: "extrapolated",
    PointFlag.LOW_CONTRAST: "faint",
}


def print_summary(figure: Figure, console: Console) -> None:
    """Print size, panels, axes with ranges and units, series with their points, and what is doubtful."""
    console.print(Text(f"{_count(len(figure.panels), 'panel')}, {_count(_series_count(figure), 'series', 'series')}")
                  .append(f"   {figure.image.width_px} x {figure.image.height_px} px", "dim")
                  .append(f"   {sum(figure.provenance.seconds.values()):.1f} s", "dim"))
    if figure.title:
        console.print(Text(figure.title, "bold"), soft_wrap=True)
    for reading in figure.panels:
        _print_panel(reading, console)
    print_findings(figure.findings, console)


def print_findings(findings: tuple[Finding, ...], console: Console, indent: str = "") -> None:
    """One line a finding, the gravest first; a repeated line is said once."""
    order = list(_MARKS)
    said: set[str] = set()
    for finding in sorted(findings, key=lambda finding: order.index(finding.severity)):
        if finding.message in said:
            continue
        said.add(finding.message)
        mark, style = _MARKS[finding.severity]
        console.print(Text(indent).append(f"{mark} ", style).append(finding.message), soft_wrap=True)


def _print_panel(reading: PanelReading, console: Console) -> None:
    panel, calibration = reading.panel, reading.calibration
    console.print()
    console.print(Text(f"{panel.index}  ", "bold cyan").append(panel.title or "(no title)", "bold"), soft_wrap=True)
    if calibration is None:
        console.print(Text("   axes not read", "red"))
    else:
        console.print(_axis_line("x", calibration.x, panel.axes.left, panel.axes.right), soft_wrap=True)
        console.print(_axis_line("y", calibration.y, panel.axes.bottom, panel.axes.top), soft_wrap=True)
        if calibration.twin_y is not None:
            line = _axis_line("y (right)", calibration.twin_y, panel.axes.bottom, panel.axes.top)
            console.print(line, soft_wrap=True)
    width = max((len(series.label) for series in reading.series), default=0)
    for series in reading.series:
        console.print(_series_line(series, width), soft_wrap=True)
    print_findings(reading.findings, console, indent="   ")


def _axis_line(name: str, axis: AxisCalibration, start_px: float, end_px: float) -> Text:
    low, high = (_short(axis, float(value)) for value in axis.to_data([start_px, end_px]))
    line = Text(f"   {name}  ", "cyan").append(f"{low} to {high}")
    if axis.unit:
        line.append(f" {axis.unit}")
    if axis.title:
        line.append(f"   {axis.title}", "italic")
    details = f"{axis.scale.name}, {len(axis.used)} labels, residual {axis.residual_px:.2f} px"
    return line.append(f"   {details}", "dim")


def _series_line(series: Series, width: int) -> Text:
    red, green, blue = series.trace.colour if series.trace else (128, 128, 128)
    line = Text("   ").append("■ ", Style(color=f"rgb({int(red)},{int(green)},{int(blue)})"))
    line.append(series.label.ljust(width)).append(f"  {series.kind:<9}", "dim")
    known = np.isfinite(series.y)
    total = int(known.sum())
    line.append(f"{total:>6} points")
    doubts = []
    for flag, word in _DOUBTS.items():
        share = np.count_nonzero(series.flags[known] & np.uint16(flag)) / max(total, 1)
        if share >= _DOUBT_SHARE_FRAC:
            doubts.append(f"{100 * share:.0f} % {word}")
    return line.append("   " + ", ".join(doubts), "yellow") if doubts else line


def _short(axis: AxisCalibration, value: float) -> str:
    """A value as a person would say it: four digits, or a date, or a label."""
    if not np.isfinite(value):
        return "?"
    text = axis.scale.format(value)
    try:
        return f"{float(text):.4g}"
    except ValueError:
        return text


def _series_count(figure: Figure) -> int:
    return sum(len(reading.series) for reading in figure.panels)


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
