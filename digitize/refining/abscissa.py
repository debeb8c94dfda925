"""Coordinates along x in which samples may be evenly spaced."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from calibration.axis import AxisCalibration
from calibration.geometry import FloatArray
from calibration.scales import CategoryScale, DateScale, LogScale

DAYS_PER_MONTH = 30.44


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Abscissa:
    """A coordinate ``t`` along x, increasing with it.

    Attributes
    ----------
    name : str
    to_t, to_px : callable
        From pixels and back, (N,) arrays.
    cost : float
        How much less likely it is beforehand, in log units.
    steps : tuple of float
        The only steps it allows; empty for any.
    """

    name: str
    to_t: Callable[[FloatArray], FloatArray]
    to_px: Callable[[FloatArray], FloatArray]
    cost: float = 0.0
    steps: tuple[float, ...] = ()

    def per_px(self, x_px: FloatArray) -> FloatArray:
        """Units of ``t`` per pixel."""
        return np.maximum(np.abs(self.to_t(x_px + 0.5) - self.to_t(x_px - 0.5)), 1e-12)


def _same(x: FloatArray) -> FloatArray:
    return np.asarray(x, np.float64)


def list_abscissas(axis: AxisCalibration) -> list[Abscissa]:
    """The pixels themselves; the values of a log axis; the months of a date axis."""
    result = [Abscissa(name="pixels", to_t=_same, to_px=_same)]
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
        result.append(Abscissa(name="categories", to_t=axis.to_data, to_px=axis.to_pixel, steps=(1.0,)))
    if isinstance(axis.scale, DateScale) and axis.slope > 0 and axis.slope < DAYS_PER_MONTH:
        result.append(
            Abscissa(
                name="months",
                to_t=lambda x: to_months(axis.to_data(x)),
                to_px=lambda t: axis.to_pixel(from_months(np.asarray(t))),
                steps=(1.0, 2.0, 3.0, 4.0, 6.0, 12.0),
            )
        )
    return result


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
