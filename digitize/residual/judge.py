"""A reading against its picture: ink without a series and series without ink become findings and flags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from calibration.axis import PanelCalibration
from calibration.geometry import Box, TextBox
from digitize.axis_span import AxisSpan, axis_span
from digitize.colours import delta_e, to_name
from digitize.digits import Measured, where
from digitize.findings import Finding, PointFlag
from digitize.residual.crossings import mend_crossings
from digitize.residual.doubles import drop_doubles
from digitize.residual.unexplained import Leftover, find_unexplained
from digitize.residual.unseen import Unseen, find_unseen
from digitize.tracing.canvas import Canvas, make_canvas
from digitize.values import Image, Legend, Panel, Trace

LEAST_COLUMNS_FRAC = 0.08
"""Unexplained ink is told of where it covers this share of the panel's columns."""
NAMED_DELTA_E = 15.0
"""Ink this near to a legend entry's colour is drawn in it."""
MOST_FINDINGS = 4
SLACK_PX = 1.0
BEND = 0.25
"""A line that is not seen may bend by this share of the way to where it is seen again (one standard deviation)."""


def judge_panel(
    image: Image,
    panel: Panel,
    calibration: PanelCalibration,
    traces: Sequence[Trace],
    legend: Legend | None = None,
    texts: Sequence[TextBox] = (),
    hidden: Sequence[Box] = (),
    traced: Sequence[Trace] = (),
) -> tuple[tuple[Trace, ...], tuple[Finding, ...]]:
    """Compare all that was read of a panel with its picture.

    Parameters
    ----------
    image : Image
    panel : Panel
    calibration : PanelCalibration
        Tells the places in the findings.
    traces : sequence of Trace
    legend : Legend or None
        Names the colours.
    texts : sequence of TextBox
        Of the figure.
    hidden : sequence of Box
        Legends and insets over the data.
    traced : sequence of Trace, optional
        The same traces before their samples were found: where these leave the ink that the trace kept to, it stands.

    Returns
    -------
    traces : tuple of Trace
        Points where the picture shows no ink flagged, their standard deviations widened.
    findings : tuple of Finding
        ``ink-unexplained`` and ``ink-unseen``, with their boxes; ``not-refined`` for a line that stands as traced.
    """
    inside = [text.box for text in texts if text.box.intersection_area(panel.axes) > 0]
    boxes = _boxes(panel, legend, hidden)
    canvas = make_canvas(image, panel, texts, boxes)
    span = axis_span(calibration.x, panel.axes.left, panel.axes.right)
    unseen = [_unseen_of(trace, canvas) for trace in traces]
    told: list[Finding] = []
    standing = list(traces)
    for k, before in enumerate(traced):
        if unseen[k] and traces[k].path_px is not None:
            own = _unseen_of(before, canvas)
            if _length(own) + SLACK_PX < _length(unseen[k]):
                standing[k], unseen[k] = before, own
                told.append(_stands(before, panel))
    findings = [
        _unexplained(one, legend, panel, calibration, span)
        for one in find_unexplained(canvas, panel, standing, [*boxes, *inside])
        if one.columns_frac > LEAST_COLUMNS_FRAC
    ]
    for trace, stretches in zip(standing, unseen, strict=True):
        findings.extend(_unseen(trace, stretches, panel, calibration, span))
    judged = tuple(_doubted(trace, stretches) for trace, stretches in zip(standing, unseen, strict=True))
    return judged, (*findings[:MOST_FINDINGS], *told)


def _unseen_of(trace: Trace, canvas: Canvas) -> list[Unseen]:
    # what was followed along its length may pass a place twice
    return find_unseen(trace, canvas) if trace.kind in ("line", "step") and trace.tracer != "length" else []


def _length(stretches: Sequence[Unseen]) -> float:
    return sum(one.length_px for one in stretches)


def _stands(trace: Trace, panel: Panel) -> Finding:
    return Finding(
        code="not-refined",
        severity="info",
        panel=panel.index,
        message=f"The samples found for {trace.label!r} left its ink: the line stands as it was followed.",
    )


def mend_panel(
    image: Image,
    panel: Panel,
    calibration: PanelCalibration,
    traces: Sequence[Trace],
    legend: Legend | None = None,
    texts: Sequence[TextBox] = (),
    hidden: Sequence[Box] = (),
) -> tuple[tuple[Trace, ...], tuple[Finding, ...]]:
    """Followed lines put right: those drawn twice left out, and those exchanged that took each other's way where they
    met; arguments as for :func:`judge_panel`.

    Returns
    -------
    traces : tuple of Trace
    findings : tuple of Finding
        ``drawn-twice`` for every line left out, ``crossing-mended`` for every exchange.
    """
    if sum(trace.kind == "line" for trace in traces) < 2:
        return tuple(traces), ()
    canvas = make_canvas(image, panel, texts, _boxes(panel, legend, hidden))
    once, doubles = drop_doubles(traces, canvas)
    mended, swaps = mend_crossings(once, canvas, legend)
    span = axis_span(calibration.x, panel.axes.left, panel.axes.right)
    findings = [
        Finding(
            code="drawn-twice",
            severity="info",
            panel=panel.index,
            message=f"A line ({to_name(one.colour)}) was left out: its ink is that of other lines.",
        )
        for one in doubles
    ]
    for one in swaps:
        start, end = max(one.start_px, panel.axes.left), min(one.end_px, panel.axes.right)
        box = Box(left=start, top=panel.axes.top, right=end, bottom=panel.axes.bottom)
        names = f"{mended[one.first].label!r} and {mended[one.second].label!r}"
        findings.append(
            Finding(
                code="crossing-mended",
                severity="info",
                panel=panel.index,
                message=f"{names} had been taken for each other {_between(box, calibration, span)}: their ink tells"
                " which is which.",
                box_px=_edges(box),
            )
        )
    return mended, tuple(findings)


def _boxes(panel: Panel, legend: Legend | None, hidden: Sequence[Box]) -> list[Box]:
    over = legend is not None and legend.entries and legend.box.intersection_area(panel.axes) > 0
    return [*hidden, legend.box] if legend is not None and over else [*hidden]


def _doubted(trace: Trace, unseen: Sequence[Unseen]) -> Trace:
    """The trace with its points on bare background flagged, and less certain the further they are from its ink."""
    if not unseen:
        return trace
    flags, sigma = trace.flags.copy(), trace.sigma_px.copy()
    for one in unseen:
        inner = np.arange(one.rows.start + 1, one.rows.stop - 1)
        points = trace.points_px[inner]
        away = np.minimum(*(np.hypot(*(points - end).T) for end in one.ends))
        flags[inner] |= np.uint16(PointFlag.INTERPOLATED)
        sigma[inner, 1] = np.hypot(sigma[inner, 1], BEND * away)
    return replace(trace, flags=flags, sigma_px=sigma)


def _unexplained(
    one: Leftover, legend: Legend | None, panel: Panel, calibration: PanelCalibration, span: AxisSpan
) -> Finding:
    entries = legend.entries if legend is not None else ()
    named = next((e.label for e in entries if float(delta_e(e.colour, one.colour)) < NAMED_DELTA_E), "")
    what = f"{to_name(one.colour).capitalize()} ink" + (f", the colour of {named!r}," if named else "")
    return Finding(
        code="ink-unexplained",
        severity="warning",
        panel=panel.index,
        message=f"{what} {_between(one.box, calibration, span)} is explained by no series: a line, or part of one, may"
        " be missing.",
        value=round(one.columns_frac, 3),
        limit=LEAST_COLUMNS_FRAC,
        box_px=_edges(one.box),
    )


def _unseen(
    trace: Trace, unseen: Sequence[Unseen], panel: Panel, calibration: PanelCalibration, span: AxisSpan
) -> list[Finding]:
    return [
        Finding(
            code="ink-unseen",
            severity="warning",
            panel=panel.index,
            message=f"The picture shows no ink where {trace.label!r} is drawn {_between(one.box, calibration, span)}.",
            value=round(one.length_px, 1),
            box_px=_edges(one.box),
        )
        for one in unseen
    ]


def _edges(box: Box) -> tuple[float, float, float, float]:
    return box.left, box.top, box.right, box.bottom


def _between(box: Box, calibration: PanelCalibration, span: AxisSpan) -> str:
    """``between step 120 and step 340``."""
    places = []
    for px in (box.left, box.right):
        value, *beside = (float(one) for one in calibration.x.to_data([px, px - 1.0, px + 1.0]))
        places.append(where(Measured(value=value, low=min(beside), high=max(beside)), span))
    return f"near {places[0]}" if places[0] == places[1] else f"between {places[0]} and {places[1]}"
