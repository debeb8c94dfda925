"""One panel: its legend, its lines, their samples, their series. A panel's failure stays its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial

from calibration.axis import PanelCalibration
from calibration.geometry import Box, TextBox
from digitize.category_points import at_categories
from digitize.findings import Finding
from digitize.legend import legend_of
from digitize.lone_series import named_by_axis
from digitize.panels import CalibratedPanel
from digitize.reduction import Reduction
from digitize.refining import refine_traces, to_every_pixel
from digitize.residual import judge_panel, mend_panel
from digitize.series import to_series
from digitize.tracing import trace_panel
from digitize.twin_axes import choose_y_axes
from digitize.values import Image, Legend, PanelReading, Trace

Stage = Callable[[str], AbstractContextManager[None]]
FAILURES = {
    "series-refused": "Tracing this panel failed",
    "not-refined": "The lines stand as traced: refining failed",
    "not-judged": "The lines were not compared with the picture",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FigureParts:
    """What all panels of a figure share.

    Attributes
    ----------
    image : Image
    texts : tuple of TextBox
    panels : tuple of CalibratedPanel
    legends : tuple of Legend
    reduction : Reduction
        The copy of the picture on which lines are followed.
    refine : bool
        Whether the samples behind the lines are looked for.
    every_pixel : bool
        Whether lines get a point in every pixel column beside them.
    """

    image: Image
    texts: tuple[TextBox, ...]
    panels: tuple[CalibratedPanel, ...]
    legends: tuple[Legend, ...]
    reduction: Reduction
    refine: bool = True
    every_pixel: bool = False


def read_panel(one: CalibratedPanel, parts: FigureParts, stage: Stage) -> PanelReading:
    """Everything drawn in one panel, in pixels and in data units.

    Parameters
    ----------
    one : CalibratedPanel
        Without a calibration nothing is traced.
    parts : FigureParts
    stage : callable
        Times what runs inside the context manager that it makes of a stage's name.
    """
    panel, reduction = one.panel, parts.reduction
    reading = PanelReading(panel=panel, texts=one.label_texts, calibration=one.calibration, findings=one.findings)
    if one.calibration is None:
        return reading
    hidden = [reduction.box(box) for box in _hidden_boxes(one, parts)]
    try:
        with stage("legend"):
            legend = legend_of(panel, parts.legends, [other.panel for other in parts.panels], parts.image)
        with stage("tracing"):
            texts = [reduction.text(text) for text in parts.texts]
            small, small_legend = reduction.panel(panel), reduction.legend(legend)
            traces, found = trace_panel(reduction.image, small, small_legend, texts, hidden)
            traces = named_by_axis(traces, one.calibration, panel.title)
    except Exception as error:  # noqa: BLE001 - one panel's failure never costs its neighbours
        return replace(reading, findings=(*one.findings, _failure("series-refused", panel.index, error)))
    look = partial(_looked, one, one.calibration, reduction, small_legend, texts, hidden)
    with stage("residual"):
        traces, more = look(mend_panel, traces)
        found = (*found, *more)
    traced = traces
    if parts.refine:
        with stage("refining"):
            traces, more = _refined(one, one.calibration, reduction, traces, hidden)
            found = (*found, *more)
    with stage("residual"):
        traces, more = look(partial(judge_panel, traced=traced), traces)
        found = (*found, *more)
    x_axis = reduction.calibration(one.calibration).x
    traces = tuple(at_categories(trace, x_axis) for trace in traces)
    if parts.every_pixel:
        traces = tuple(to_every_pixel(trace) for trace in traces)
    traces = tuple(reduction.back(trace, legend) for trace in traces)
    axes, guessed = choose_y_axes(parts.image.pixels, panel, one.calibration, traces, one.label_texts, parts.texts)
    return replace(
        reading,
        legend=legend,
        traces=traces,
        series=tuple(to_series(trace, one.calibration, y) for trace, y in zip(traces, axes, strict=True)),
        findings=(*one.findings, *found, *guessed),
    )


def _refined(
    one: CalibratedPanel,
    calibration: PanelCalibration,
    reduction: Reduction,
    traces: Sequence[Trace],
    hidden: Sequence[Box],
) -> tuple[tuple[Trace, ...], tuple[Finding, ...]]:
    """The samples behind the traces; a failure leaves the traces as they are."""
    if not traces:
        return tuple(traces), ()
    try:
        small = reduction.calibration(calibration)
        return refine_traces(reduction.image, reduction.panel(one.panel), small, traces, hidden)
    except Exception as error:  # noqa: BLE001 - a reading is never lost to its own improvement
        return tuple(traces), (_failure("not-refined", one.panel.index, error),)


def _looked(
    one: CalibratedPanel,
    calibration: PanelCalibration,
    reduction: Reduction,
    legend: Legend | None,
    texts: Sequence[TextBox],
    hidden: Sequence[Box],
    look: Callable[..., tuple[tuple[Trace, ...], tuple[Finding, ...]]],
    traces: Sequence[Trace],
) -> tuple[tuple[Trace, ...], tuple[Finding, ...]]:
    """The traces compared with the picture; a failure leaves them as they are."""
    try:
        panel, small = reduction.panel(one.panel), reduction.calibration(calibration)
        traces, found = look(reduction.image, panel, small, traces, legend, texts, hidden)
        return traces, tuple(reduction.finding(each) for each in found)
    except Exception as error:  # noqa: BLE001 - a reading is never lost to its own judge
        return tuple(traces), (_failure("not-judged", one.panel.index, error),)


def _failure(code: str, panel: int, error: Exception) -> Finding:
    what = FAILURES[code]
    message = f"{what} ({type(error).__name__}: {error})."
    return Finding(code=code, severity="error" if code == "series-refused" else "warning", panel=panel, message=message)


def _hidden_boxes(one: CalibratedPanel, parts: FigureParts) -> list[Box]:
    """What lies over a panel's data: legends, and insets with axes of their own."""
    axes = one.panel.axes
    boxes = [legend.box for legend in parts.legends if legend.box.intersection_area(axes) > 0]
    for other in parts.panels:
        inset = other.panel.axes
        if other is not one and inset.area_px < axes.area_px and inset.intersection_area(axes) > 0.5 * inset.area_px:
            boxes.append(other.panel.region)
    return boxes
