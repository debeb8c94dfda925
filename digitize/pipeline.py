"""The order of the stages, and the one place where a panel's failure is caught."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from calibration.geometry import Box, ByteArray, TextBox
from digitize.findings import Finding
from digitize.hints import AxisHints, state_axes
from digitize.legend import find_legends, legend_of
from digitize.load import image_from_array, load_image
from digitize.panels import CalibratedPanel, find_panels, without_legend_titles
from digitize.reduction import Reduction, reduce_figure
from digitize.refining import refine_traces
from digitize.series import choose_y_axis, ink_colour, to_series
from digitize.tracing import trace_panel
from digitize.values import Figure, Image, Legend, PanelReading, Provenance, Series, Trace

if TYPE_CHECKING:
    from digitize.ocr import TextReader

Progress = Callable[[str, float], None]


def read_figure(
    source: str | Path | Image | ByteArray,
    *,
    reader: TextReader | None = None,
    progress: Progress | None = None,
    hints: AxisHints | None = None,
) -> Figure:
    """Read every series of a figure, in data units.

    Parameters
    ----------
    source : str, Path, Image or (H, W, 3) uint8 array
        The picture.
    reader : TextReader, optional
        Reads the figure's text; the default reader where left out.
    progress : callable, optional
        Called with the name of each stage and the share of the work done before it, 0 to 1.
    hints : AxisHints, optional
        Axes stated by the user; they take the place of those read.

    Returns
    -------
    Figure
        With no panels, and a finding, where no axes were found.

    Raises
    ------
    DigitizeError
        Where the source is not a readable picture.
    """
    from digitize.ocr import default_reader

    seconds: dict[str, float] = {}

    @contextmanager
    def stage(name: str, done: float) -> Iterator[None]:
        if progress:
            progress(name, done)
        start = time.perf_counter()
        try:
            yield
        finally:
            seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - start

    with stage("load", 0.0):
        image = _as_image(source)
    with stage("text", 0.05):
        reader = reader or default_reader()
        texts = reader.read(image)
    with stage("panels", 0.6):
        panels = find_panels(image, texts, reader)
        texts = _with_second_look(texts, panels)
        if hints:
            panels = tuple(state_axes(one, hints) for one in panels)
    with stage("legend", 0.75):
        legends = find_legends(image, texts, [one.panel for one in panels])
        panels = tuple(without_legend_titles(one, legends) for one in panels)
    readings = []
    reduction = reduce_figure(image, [one.panel for one in panels])
    for number, one in enumerate(panels):
        with stage("tracing", 0.8 + 0.2 * number / len(panels)):
            reading = _read_panel(image, one, panels, texts, legends, reduction)
        with stage("refining", 0.8 + 0.2 * (number + 0.5) / len(panels)):
            readings.append(_refine(image, one, reading, _hidden_boxes(one, panels, legends)))
    if progress:
        progress("done", 1.0)
    findings = list(image.findings)
    if not panels:
        findings.append(
            Finding(code="no-axes", severity="error", message="No axes were found: this does not look like a chart.")
        )
    findings += hints.strangers(len(panels)) if hints else ()
    return Figure(
        image=image,
        panels=tuple(readings),
        provenance=_provenance(image, reader.name, seconds, hints),
        texts=tuple(texts),
        legends=tuple(legends),
        findings=tuple(findings),
    )


def _with_second_look(texts: Sequence[TextBox], panels: Sequence[CalibratedPanel]) -> tuple[TextBox, ...]:
    """All texts: those of the first reading, and labels that only a second look at an axis found."""
    labels = [text for one in panels for text in one.label_texts]
    found = {text.box.centre: text for text in labels if not any(_near(text, other) for other in texts)}
    return (*texts, *found.values())


def _near(text: TextBox, other: TextBox) -> bool:
    return text.box.intersection_area(other.box) > 0.5 * min(text.box.area_px, other.box.area_px)


def _as_image(source: str | Path | Image | ByteArray) -> Image:
    if isinstance(source, Image):
        return source
    if isinstance(source, np.ndarray):
        return image_from_array(source)
    return load_image(source)


def _read_panel(
    image: Image,
    one: CalibratedPanel,
    panels: Sequence[CalibratedPanel],
    texts: Sequence[TextBox],
    legends: Sequence[Legend],
    reduction: Reduction,
) -> PanelReading:
    """One panel's legend, traces and series; a failure becomes a finding and costs only this panel."""
    panel = one.panel
    reading = PanelReading(panel=panel, texts=one.label_texts, calibration=one.calibration, findings=one.findings)
    if one.calibration is None:
        return reading
    try:
        legend = legend_of(panel, legends, [other.panel for other in panels], image)
        hidden = [reduction.box(box) for box in _hidden_boxes(one, panels, legends)]
        small_texts = [reduction.text(text) for text in texts]
        small, small_legend = reduction.panel(panel), reduction.legend(legend)
        traces, found = trace_panel(reduction.image, small, small_legend, small_texts, hidden)
        traces = tuple(reduction.back(trace, legend) for trace in traces)
    except Exception as error:  # noqa: BLE001 - one panel's failure never costs its neighbours
        finding = Finding(
            code="series-refused",
            severity="error",
            panel=panel.index,
            message=f"Tracing this panel failed ({type(error).__name__}: {error}).",
        )
        return replace(reading, findings=(*one.findings, finding))
    traces = _named_apart(traces)
    return replace(
        reading,
        legend=legend,
        traces=traces,
        series=_panel_series(image, one, traces),
        findings=(*one.findings, *found),
    )


def _refine(image: Image, one: CalibratedPanel, reading: PanelReading, hidden: Sequence[Box]) -> PanelReading:
    """The samples behind the traces; a failure leaves the traces as they are."""
    if not reading.traces or one.calibration is None:
        return reading
    try:
        traces, found = refine_traces(image, one.panel, one.calibration, reading.traces, hidden)
        series = _panel_series(image, one, traces)
    except Exception as error:  # noqa: BLE001 - a reading is never lost to its own improvement
        finding = Finding(
            code="not-refined",
            severity="warning",
            panel=one.panel.index,
            message=f"The lines stand as traced: refining failed ({type(error).__name__}: {error}).",
        )
        return replace(reading, findings=(*reading.findings, finding))
    return replace(reading, traces=traces, series=series, findings=(*reading.findings, *found))


def _panel_series(image: Image, one: CalibratedPanel, traces: Sequence[Trace]) -> tuple[Series, ...]:
    calibration = one.calibration
    if calibration is None:
        return ()
    if calibration.twin_y is None:
        return tuple(to_series(trace, calibration) for trace in traces)
    middle = one.panel.axes.centre[0]
    beside = [text for text in one.label_texts if one.panel.axes.top <= text.box.centre[1] <= one.panel.axes.bottom]
    left = ink_colour(image.pixels, tuple(text for text in beside if text.box.centre[0] < middle))
    right = ink_colour(image.pixels, tuple(text for text in beside if text.box.centre[0] >= middle))
    return tuple(to_series(trace, calibration, choose_y_axis(trace, calibration, left, right)) for trace in traces)


def _hidden_boxes(one: CalibratedPanel, panels: Sequence[CalibratedPanel], legends: Sequence[Legend]) -> list[Box]:
    """What lies over a panel's data: legends, and insets with axes of their own."""
    axes = one.panel.axes
    boxes = [legend.box for legend in legends if legend.box.intersection_area(axes) > 0]
    for other in panels:
        inset = other.panel.axes
        if other is not one and inset.area_px < axes.area_px and inset.intersection_area(axes) > 0.5 * inset.area_px:
            boxes.append(other.panel.region)
    return boxes


def _named_apart(traces: Sequence[Trace]) -> tuple[Trace, ...]:
    """Labels made unique within the panel: ``blue``, ``blue (2)``."""
    seen: dict[str, int] = {}
    named = []
    for trace in traces:
        count = seen[trace.label] = seen.get(trace.label, 0) + 1
        named.append(trace if count == 1 else replace(trace, label=f"{trace.label} ({count})"))
    return tuple(named)


def _provenance(image: Image, reader: str, seconds: dict[str, float], hints: AxisHints | None) -> Provenance:
    from importlib.metadata import PackageNotFoundError, version

    libraries = {}
    for name in ("numpy", "opencv-python-headless", "onnxruntime", "rapidocr", "pillow"):
        try:
            libraries[name] = version(name)
        except PackageNotFoundError:
            continue
    try:
        own = version("digitize")
    except PackageNotFoundError:
        own = "0+source"
    return Provenance(
        version=own,
        source=str(image.source) if image.source else "",
        sha256=image.sha256,
        width_px=image.width_px,
        height_px=image.height_px,
        reader=reader,
        page=image.page,
        seconds={name: round(value, 4) for name, value in seconds.items()},
        libraries=libraries,
        stated_axes=hints.as_options() if hints else {},
    )
