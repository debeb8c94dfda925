"""One curve with the axes it stands on: what statistics, report and validation look at.

A curve comes from a reading (axes known) or from a tidy CSV (axes taken as wide as the panel's curves).
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from calibration.geometry import FloatArray
from digitize.axis_span import AxisSpan, axis_span, span_of_cells
from digitize.colours import to_name
from digitize.errors import InputNotFound, NotAReading
from digitize.export.cells import to_printed
from digitize.findings import PointFlag
from digitize.load import shown
from digitize.values import Figure, FlagArray, PanelReading, Series

LOOP_FRAC = 0.05
"""A line that goes back along x by more than this share of its span is no function of x."""
DOUBTFUL = np.uint16(
    PointFlag.INTERPOLATED | PointFlag.HIDDEN | PointFlag.EXTRAPOLATED | PointFlag.LOW_CONTRAST | PointFlag.CLIPPED
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """A series without its broken places, sorted along x where it is a line that does not turn back."""

    panel: int
    panel_title: str
    label: str
    colour: str
    kind: str
    x: FloatArray
    y: FloatArray
    x_interval: FloatArray
    y_interval: FloatArray
    flags: FlagArray
    x_axis: AxisSpan
    y_axis: AxisSpan
    doubts: tuple[str, ...] = ()
    """Codes of the panel's findings that put the whole curve in doubt."""
    looped: bool = False
    """A line that turns back along x, its points in drawing order: no function of x."""


def figure_curves(figure: Figure) -> tuple[Curve, ...]:
    """Every series of a reading that has points."""
    return tuple(
        curve
        for reading in figure.panels
        for one in reading.series
        if (curve := _from_series(reading, one)) is not None
    )


def read_curves(path: str) -> tuple[Curve, ...]:
    """The curves of a tidy CSV that ``digitize --out`` wrote."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputNotFound(f"{shown(path)} cannot be opened: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise NotAReading(f"{shown(path)} is no UTF-8 text.") from None
    rows = list(csv.DictReader(io.StringIO(text)))
    if not rows or not {"series", "x", "y"} <= set(rows[0]):
        raise NotAReading(
            f"{shown(path)} has no columns series, x and y.", hint="Write it with: digitize chart.png --out"
        )
    groups: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in rows:
        groups.setdefault((row.get("panel") or "1", to_printed(row["series"] or "")), []).append(row)
    spans = {}
    for panel in {key[0] for key in groups}:
        own = [row for key, rows in groups.items() if key[0] == panel for row in rows]
        spans[panel] = tuple(span_of_cells([row.get(name) or "" for row in own]) for name in ("x", "y"))
    return tuple(curve for key, rows in groups.items() if (curve := _from_rows(key, rows, spans[key[0]])) is not None)


def _from_series(reading: PanelReading, series: Series) -> Curve | None:
    known = np.isfinite(series.x) & np.isfinite(series.y)
    calibration = reading.calibration
    if not known.any() or calibration is None:
        return None
    y_axis = calibration.twin_y if series.y_axis == "twin_y" and calibration.twin_y else calibration.y
    box = reading.panel.axes
    order, looped = _order(series.x, known, series.kind)
    severe = {one.code for one in reading.findings if one.severity != "info" and one.code in _AXIS_DOUBTS}
    return Curve(
        panel=reading.panel.index,
        panel_title=reading.panel.title or y_axis.title,
        label=series.label,
        colour=to_name(series.trace.colour) if series.trace else "",
        kind=series.kind,
        x=series.x[known][order],
        y=series.y[known][order],
        x_interval=series.x_interval[known][order],
        y_interval=series.y_interval[known][order],
        flags=series.flags[known][order],
        x_axis=axis_span(calibration.x, box.left, box.right),
        y_axis=axis_span(y_axis, box.bottom, box.top),
        doubts=tuple(sorted(severe)),
        looped=looped,
    )


_AXIS_DOUBTS = (
    "axis-thin",
    "axis-shared",
    "axis-guessed",
    "axis-from-labels",
    "axis-off-ticks",
    "axis-labels-cut",
    "axis-small-offset",
    "axis-factor-unread",
    "axis-uneven",
    "axis-short",
    "axis-two-meanings",
    "label-reread",
    "axis-categories",
    "same-colour",
    "small",
)


def _order(x: FloatArray, known: np.ndarray, kind: str) -> tuple[np.ndarray, bool]:
    """The order of a curve's known points, and whether it is a loop: that goes along its path."""
    count = int(known.sum())
    if kind not in ("line", "step"):
        return np.arange(count), False
    # where a line is broken its pieces may come in any order
    step = np.diff(x)[known[1:] & known[:-1]]
    back, ahead = -np.minimum(step, 0.0).sum(), np.maximum(step, 0.0).sum()
    if min(back, ahead) > LOOP_FRAC * np.ptp(x[known]):
        return np.arange(count), True
    return np.argsort(x[known], kind="stable"), False


def _from_rows(key: tuple[str, str], rows: list[dict[str, str]], spans: tuple[AxisSpan, ...]) -> Curve | None:
    names = ("x", "y", "x_lo", "x_hi", "y_lo", "y_hi")
    table = np.array([[spans[name[0] == "y"].value_of(row.get(name)) for name in names] for row in rows])
    known = np.isfinite(table[:, :2]).all(axis=1)
    if not known.any():
        return None
    flags = np.array([_flag_bits(row.get("flag") or "") for row in rows], np.uint16)
    kind = rows[0].get("kind") or "line"
    order, looped = _order(table[:, 0], known, kind)
    table, flags = table[known][order], flags[known][order]
    ends = np.where(np.isfinite(table[:, 2:]), table[:, 2:], table[:, [0, 0, 1, 1]])
    return Curve(
        panel=int(float(key[0])),
        panel_title=to_printed(rows[0].get("panel_title") or ""),
        label=key[1],
        colour="",
        kind=kind,
        x=table[:, 0],
        y=table[:, 1],
        x_interval=ends[:, :2],
        y_interval=ends[:, 2:],
        flags=flags,
        x_axis=spans[0],
        y_axis=spans[1],
        looped=looped,
    )


def _flag_bits(text: str) -> int:
    return sum(int(PointFlag[name]) for name in text.split(";") if name in PointFlag.__members__)
