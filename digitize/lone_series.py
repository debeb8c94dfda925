"""A series that stands alone, and no legend names, is what its axis measures: it takes the axis' title for a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from calibration.axis import PanelCalibration
from digitize.values import Trace

AIDS = ("reference", "band")
"""Kinds that stand beside a series and are none."""


def named_by_axis(traces: Sequence[Trace], calibration: PanelCalibration, panel_title: str) -> tuple[Trace, ...]:
    """The traces of a panel, the only series among them named by the axis that it is measured on.

    Parameters
    ----------
    traces : sequence of Trace
        Of one panel. A faint raw line and the edges of a band take part in the name of the line they belong to.
    calibration : PanelCalibration
    panel_title : str
        Stands in for the title of an axis that has none, as where a panel shows one metric under its name.

    Returns
    -------
    tuple of Trace
        As they came where several series, a second y axis or a legend leave open what the title names.
    """
    alone = [trace for trace in traces if trace.kind not in AIDS and not trace.faint_of]
    if len(alone) != 1 or any(trace.entry is not None for trace in traces) or calibration.twin_y is not None:
        return tuple(traces)
    measured = calibration.x if calibration.y.scale.name == "category" else calibration.y
    name, old = measured.title or panel_title, alone[0].label
    if not name:
        return tuple(traces)

    def renamed(trace: Trace) -> Trace:
        if trace is alone[0]:
            return replace(trace, label=name)
        if old in (trace.band_of, trace.faint_of):
            band_of, faint_of = (name if of else "" for of in (trace.band_of, trace.faint_of))
            return replace(trace, label=trace.label.replace(old, name, 1), band_of=band_of, faint_of=faint_of)
        return trace

    return tuple(renamed(trace) for trace in traces)
