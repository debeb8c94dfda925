"""Traces in pixels -> series in data units, with honest intervals."""

from __future__ import annotations

from calibration.axis import AxisCalibration, PanelCalibration
from digitize.uncertainty import calibration_term, position_terms, to_budget, total_px
from digitize.values import Series, Trace

SIGMAS_95 = 1.96


def to_series(trace: Trace, calibration: PanelCalibration, y: AxisCalibration | None = None) -> Series:
    """One trace in the units of its axes.

    Parameters
    ----------
    trace : Trace
    calibration : PanelCalibration
        Of the trace's panel.
    y : AxisCalibration, optional
        The y axis it belongs to where the panel has two; the panel's first otherwise.

    Returns
    -------
    Series
        Points in the trace's order; NaN rows stay NaN.
    """
    x_axis, y_axis = calibration.x, y or calibration.y
    px, py = trace.points_px.T
    terms = position_terms(trace)
    sigma_x, sigma_y = total_px(terms).T
    terms["calibration"] = calibration_term(trace.points_px, x_axis, y_axis)
    return Series(
        label=trace.label,
        x=x_axis.to_data(px),
        y=y_axis.to_data(py),
        x_interval=x_axis.interval(px, sigma_x, SIGMAS_95).reshape(-1, 2),
        y_interval=y_axis.interval(py, sigma_y, SIGMAS_95).reshape(-1, 2),
        flags=trace.flags,
        kind=trace.kind,
        x_unit=x_axis.unit,
        y_unit=y_axis.unit,
        y_axis="twin_y" if y is not None and y is calibration.twin_y else "y",
        trace=trace,
        budget_px=to_budget(terms),
    )
