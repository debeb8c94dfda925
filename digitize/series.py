"""Traces in pixels -> series in data units, with honest intervals."""

from __future__ import annotations

import numpy as np

from calibration.axis import AxisCalibration, PanelCalibration
from calibration.geometry import ByteArray, TextBox
from digitize.colours import delta_e
from digitize.uncertainty import calibration_term, position_terms, to_budget, total_px
from digitize.values import RGB, Series, Trace

SIGMAS_95 = 1.96
SAME_COLOUR_DELTA_E = 20.0
MIN_CHROMA_LEVELS = 40
"""Labels this far from grey are coloured on purpose."""


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
        trace=trace,
        budget_px=to_budget(terms),
    )


def choose_y_axis(
    trace: Trace, calibration: PanelCalibration, left_colour: RGB | None, right_colour: RGB | None
) -> AxisCalibration:
    """The y axis a trace belongs to: by the colour of the labels, else by its name in an axis title.

    Parameters
    ----------
    trace : Trace
    calibration : PanelCalibration
    left_colour, right_colour : RGB or None
        Ink of the tick labels on either side where it is not grey.
    """
    if calibration.twin_y is None:
        return calibration.y
    away = [delta_e(trace.colour, colour) if colour else np.inf for colour in (left_colour, right_colour)]
    if min(away) <= SAME_COLOUR_DELTA_E:
        return calibration.y if away[0] <= away[1] else calibration.twin_y
    name = trace.label.casefold()
    shared = [_shared_words(name, axis.title.casefold()) for axis in (calibration.y, calibration.twin_y)]
    return calibration.twin_y if shared[1] > shared[0] else calibration.y


def _shared_words(name: str, title: str) -> int:
    words = {word.strip("()[],.:") for word in name.split()} & {word.strip("()[],.:") for word in title.split()}
    return len({word for word in words if len(word) > 1})


def ink_colour(pixels: ByteArray, texts: tuple[TextBox, ...]) -> RGB | None:
    """The common colour of some texts where it is not grey; None where it is, or where there are none."""
    found = []
    for text in texts:
        inside = pixels[text.box.slices(pixels.shape)].reshape(-1, 3).astype(int)
        if not len(inside):
            continue
        ground = np.median(inside, axis=0)
        away = np.abs(inside - ground).sum(axis=1)
        found.append(inside[away >= 0.8 * away.max()].mean(axis=0))
    if not found:
        return None
    ink = np.median(found, axis=0)
    if ink.max() - ink.min() < MIN_CHROMA_LEVELS:
        return None
    return int(ink[0]), int(ink[1]), int(ink[2])
