"""Coordinates along x in which samples may be evenly spaced."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from calibration.axis import AxisCalibration
from calibration.geometry import FloatArray
from calibration.scales import CategoryScale, DateScale, LogScale

DAYS_PER_MONTH = 30.44
MONTH_STEPS = (1.0, 2.0, 3.0, 4.0, 6.0, 12.0)
MONTH_END = 30.4 / 31.4
"""Share of a month that has passed at the start of its last day."""
ROUND_STEPS = (1.0, 2.0, 2.5, 5.0)
ROUND_DECADES = 3
LOG_STEPS = (1.0, 0.5, 1.0 / 3.0, 0.25, 0.2, 0.1, float(np.log10(2.0)), float(np.log10(4.0)))
"""Steps of decades; samples doubled from one to the next."""

Grids = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Abscissa:
    """A coordinate ``t`` along x, increasing with it.

    Attributes
    ----------
    name : str
    to_t, to_px : callable
        From pixels and back, arrays of any shape.
    cost : float
        How much less likely it is beforehand, in log units.
    round_grids : tuple of (float, float)
        Origin and step of the grids that people choose in its units.
    is_fixed : bool
        Whether those are the only grids it allows.
    is_straight : bool
        Whether it is the pixels themselves.
    """

    name: str
    to_t: Callable[[FloatArray], FloatArray]
    to_px: Callable[[FloatArray], FloatArray]
    cost: float = 0.0
    round_grids: Grids = ()
    is_fixed: bool = False
    is_straight: bool = False


def _same(x: FloatArray) -> FloatArray:
    return np.asarray(x, np.float64)


def list_abscissas(axis: AxisCalibration, span_px: float) -> list[Abscissa]:
    """The pixels themselves; the values of a log axis; the months of a date axis; the places of categories.

    Parameters
    ----------
    axis : AxisCalibration
    span_px : float
        Length of the axis: round steps are those that divide it into a few to a few hundred parts.
    """
    result = [Abscissa(name="pixels", to_t=_same, to_px=_same, round_grids=_round_px(axis, span_px), is_straight=True)]
    if isinstance(axis.scale, LogScale):
        sign = 1.0 if axis.slope > 0 else -1.0
        result.append(
            Abscissa(
                name="values",
                to_t=lambda x: sign * axis.to_data(x),
                to_px=lambda t: axis.to_pixel(sign * np.asarray(t)),
                cost=1.0,
            )
        )
    if isinstance(axis.scale, CategoryScale) and axis.slope > 0:
        result.append(
            Abscissa(
                name="categories",
                to_t=axis.to_data,
                to_px=axis.to_pixel,
                round_grids=((0.0, 1.0),),
                is_fixed=True,
            )
        )
    if isinstance(axis.scale, DateScale) and axis.slope > 0 and axis.slope < DAYS_PER_MONTH:
        grids = tuple(
            (shift + phase, step) for step in MONTH_STEPS for shift in np.arange(step) for phase in (0.0, MONTH_END)
        )
        result.append(
            Abscissa(
                name="months",
                to_t=lambda x: to_months(axis.to_data(x)),
                to_px=lambda t: axis.to_pixel(from_months(np.asarray(t))),
                round_grids=grids,
                is_fixed=True,
            )
        )
    return result


def _round_px(axis: AxisCalibration, span_px: float) -> Grids:
    """Grids of round numbers, as origin and step in pixels."""
    if isinstance(axis.scale, LogScale):
        steps = list(LOG_STEPS)
    else:
        top = np.floor(np.log10(abs(axis.slope) * span_px))
        steps = [step * 10 ** (top - k) for k in range(ROUND_DECADES) for step in ROUND_STEPS]
    zero = axis.centre_px - axis.intercept / axis.slope
    grids = []
    for step in steps:
        step_px = step / abs(axis.slope)
        for shift in (0.0, 0.5):
            # counted from the axis' middle: an origin far away would turn rounding of the step into a shift
            near = zero + step_px * (np.round((axis.centre_px - zero) / step_px) + shift)
            grids.append((float(near), float(step_px)))
    return tuple(grids)


def to_months(days: FloatArray) -> FloatArray:
    """Months since January 1970, with the share of the month passed, of days since 1970-01-01."""
    days = np.asarray(days, np.float64)
    whole = np.floor(days).astype("datetime64[D]")
    month = whole.astype("datetime64[M]")
    start = month.astype("datetime64[D]").astype(np.float64)
    length = (month + 1).astype("datetime64[D]").astype(np.float64) - start
    return np.asarray(month.astype(np.float64) + (days - start) / length, np.float64)


def from_months(months: FloatArray) -> FloatArray:
    """Days since 1970-01-01 of months as :func:`to_months` counts them."""
    months = np.asarray(months, np.float64)
    month = np.floor(months).astype(np.int64).astype("datetime64[M]")
    start = month.astype("datetime64[D]").astype(np.float64)
    length = (month + 1).astype("datetime64[D]").astype(np.float64) - start
    return np.asarray(start + (months - np.floor(months)) * length, np.float64)
