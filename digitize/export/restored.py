"""The JSON document -> the reading it was written from, so that reports and checks need no picture.

Everything the document holds comes back: panels, series, intervals, flags, axes, legends, findings, provenance. What it
does not hold is lost: the pixels (the image is white, of the right size), and digits below a thousandth of a pixel
or a second.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any, cast

import numpy as np

from calibration.axis import AxisCalibration, PanelCalibration, Scale, TickLabel
from calibration.geometry import Box, FloatArray, TextBox
from calibration.scales import EPOCH, SCALES
from digitize.errors import InputNotFound, NotAReading
from digitize.export.document import FORMAT
from digitize.findings import Finding
from digitize.load import shown
from digitize.values import RGB, Figure, Image, Legend, LegendEntry, Panel, PanelReading, Provenance, Series, Trace

Json = dict[str, Any]
SECONDS_OF_A_DAY = 86400.0


def read_document(path: str | PathLike[str]) -> Figure:
    """A reading from the file ``digitize --json`` wrote.

    Raises
    ------
    InputNotFound
        There is no such file.
    NotAReading
        It is no such document.
    """
    name = shown(str(path))
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise InputNotFound(f"{name} cannot be opened: {error.strerror or error}.") from None
    try:
        document = json.loads(content)
    except ValueError:
        raise NotAReading(f"{name} is not JSON.", hint="Write a reading with: digitize chart.png --json FILE") from None
    try:
        return to_figure(document)
    except NotAReading as error:
        raise NotAReading(f"{name}: {error}", hint=error.hint) from None


def to_figure(document: Any) -> Figure:
    """A reading from its document (:func:`~digitize.export.document.to_document`)."""
    if not isinstance(document, dict) or "panels" not in document:
        raise NotAReading("This is no reading.", hint="Write one with: digitize chart.png --json FILE")
    if document.get("format") != FORMAT:
        raise NotAReading(
            f"The reading has format {document.get('format')}, this version knows {FORMAT}.",
            hint="Read the figure again with this version.",
        )
    try:
        return _figure(document)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise NotAReading(f"The reading is damaged: {type(error).__name__} {error}.") from None


def _figure(document: Json) -> Figure:
    provenance = Provenance(version=document["version"], **document["provenance"])
    # One white pixel seen everywhere: the size of the picture without its memory.
    white = np.broadcast_to(np.uint8(255), (document["height_px"], document["width_px"], 3))
    return Figure(
        image=Image(
            pixels=white,
            source=Path(provenance.source) if provenance.source else None,
            sha256=provenance.sha256,
            page=provenance.page,
        ),
        panels=tuple(_panel(panel) for panel in document["panels"]),
        provenance=provenance,
        texts=tuple(_text(text) for text in document["texts"]),
        legends=tuple(_legend(legend) for legend in document["legends"]),
        title=document["title"],
        findings=_findings(document),
    )


def _panel(panel: Json) -> PanelReading:
    x, y, twin = (_axis(panel[name]) if panel[name] else None for name in ("x", "y", "twin_y"))
    legend = _legend(panel["legend"]) if panel["legend"] else None
    calibration = PanelCalibration(x=x, y=y, twin_y=twin) if x and y else None
    series = tuple(_series(one, calibration, legend) for one in panel["series"])
    others = tuple(_trace(one, legend) for one in panel["traces_not_exported"])
    return PanelReading(
        panel=Panel(
            index=panel["index"],
            title=panel["title"],
            axes=_box(panel["axes_box"]),
            region=_box(panel["region"]),
            background=_colour(panel["background"]),
            text_height_px=panel["text_height_px"],
            stroke_px=panel["stroke_px"],
            gridlines_x_px=_floats(panel["gridlines_x_px"]),
            gridlines_y_px=_floats(panel["gridlines_y_px"]),
        ),
        texts=tuple(_text(text) for text in panel["texts"]),
        calibration=calibration,
        legend=legend,
        traces=tuple(one.trace for one in series if one.trace) + others,
        series=series,
        findings=_findings(panel),
    )


def _axis(axis: Json) -> AxisCalibration:
    # Categories carry labels of their own, a symmetric log scale its threshold; every other scale is its name.
    own: Json = {"labels": tuple(axis["categories"])} if axis.get("categories") else {}
    if axis.get("linear_within"):
        own["linear_within"] = float(axis["linear_within"])
    scale = cast(Scale, SCALES[axis["scale"]](**own))
    fit = {name: _float(axis[name]) for name in ("slope", "intercept", "centre_px", "residual_px", "factor")}
    return AxisCalibration(
        side=axis["side"],
        scale=scale,
        covariance=_floats(axis["covariance"]),
        used=tuple(_tick(tick, scale) for tick in axis["ticks_used"]),
        rejected=tuple(_tick(tick, scale) for tick in axis["ticks_rejected"]),
        title=axis["title"],
        unit=axis["unit"],
        slope=fit["slope"],
        intercept=fit["intercept"],
        centre_px=fit["centre_px"],
        residual_px=fit["residual_px"],
        factor=fit["factor"],
    )


def _tick(tick: Json, scale: Scale) -> TickLabel:
    return TickLabel(
        text=tick["text"],
        value=float(to_values([tick["value"]], scale)[0]),
        position_px=_float(tick["position_px"]),
        sigma_px=_float(tick["sigma_px"]),
        box=_box(tick["box"]),
        seated=tick["seated"],
        expected=tick["expected"],
    )


def to_values(cells: Sequence[float | str | None], scale: Scale | None) -> FloatArray:
    """What :func:`~digitize.export.tables.to_cells` printed, as (N,) numbers again; NaN for unknown."""
    labels = {label: place for place, label in reversed(list(enumerate(getattr(scale, "labels", ()))))}
    return np.array([_value(cell, labels) for cell in cells], np.float64)


def _value(cell: float | str | None, labels: dict[str, int]) -> float:
    if cell is None:
        return np.nan
    if not isinstance(cell, str):
        return float(cell)
    if cell in labels:
        return float(labels[cell])
    try:
        return float(cell)
    except ValueError:
        return (dt.datetime.fromisoformat(cell) - EPOCH).total_seconds() / SECONDS_OF_A_DAY


def _series(one: Json, calibration: PanelCalibration | None, legend: Legend | None) -> Series:
    side = one.get("y_axis", "y")
    x_scale = calibration.x.scale if calibration else None
    y_axis = calibration and ((side == "twin_y" and calibration.twin_y) or calibration.y)
    y_scale = y_axis.scale if y_axis else None

    def interval(name: str, scale: Scale | None) -> FloatArray:
        ends = [to_values([pair[end] for pair in one[name]], scale) for end in (0, 1)]
        return np.stack(ends, axis=-1)

    return Series(
        label=one["label"],
        kind=one["kind"],
        x=to_values(one["x"], x_scale),
        y=to_values(one["y"], y_scale),
        x_interval=interval("x_interval", x_scale),
        y_interval=interval("y_interval", y_scale),
        flags=np.array(one["flags"], np.uint16),
        x_unit=one["x_unit"],
        y_unit=one["y_unit"],
        y_axis=side,
        trace=_trace(one, legend) if "path_px" in one else None,
        budget_px={name: (_float(x), _float(y)) for name, (x, y) in one["uncertainty_px"].items()},
    )


def _trace(one: Json, legend: Legend | None) -> Trace:
    entries = legend.entries if legend else ()
    return Trace(
        label=one["label"],
        kind=one["kind"],
        points_px=_floats(one["path_px"]).reshape(-1, 2),
        sigma_px=_floats(one["sigma_px"]).reshape(-1, 2),
        flags=np.array(one["path_flags"], np.uint16),
        colour=_colour(one["colour"]),
        tracer=one["tracer"],
        sampling=one.get("sampling", "path"),
        entry=next((entry for entry in entries if entry.label == one["label"]), None),
        stroke_px=_float(one["stroke_px"]),
        band_of=one.get("band_of") or "",
        faint_of=one.get("faint_of") or "",
    )


def _legend(legend: Json) -> Legend:
    return Legend(
        box=_box(legend["box"]),
        title=legend["title"],
        entries=tuple(
            LegendEntry(
                label=entry["label"],
                handle=_box(entry["handle"]) if entry["handle"] else None,
                colour=_colour(entry["colour"]),
                dash=tuple(entry["dash"]),
                marker=entry["marker"],
                line=entry["line"],
            )
            for entry in legend["entries"]
        ),
    )


def _text(text: Json) -> TextBox:
    box = _box(text["box"])
    return TextBox(
        text=text["text"],
        numeric=text["numeric"],
        box=box,
        confidence=text["confidence"],
        angle_deg=text["angle_deg"],
    )


def _findings(holder: Json) -> tuple[Finding, ...]:
    return tuple(Finding(**finding) for finding in holder["findings"])


def _box(edges: Sequence[float]) -> Box:
    left, top, right, bottom = edges
    return Box(left=left, top=top, right=right, bottom=bottom)


def _colour(text: str) -> RGB:
    red, green, blue = bytes.fromhex(text.removeprefix("#"))
    return red, green, blue


def _float(value: float | None) -> float:
    return np.nan if value is None else float(value)


def _floats(values: Any) -> FloatArray:
    """An array of numbers, NaN for null."""
    return np.array(values, np.float64)
