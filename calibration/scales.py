"""Scales: how data values become the coordinate ``u`` in which an axis is affine.

Every scale is a frozen value with ``name``, ``forward``, ``inverse`` and ``format``. A new one is a class here and a
row in :data:`SCALES`; nothing outside this file asks for a scale by name.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from calibration.geometry import FloatArray

Graduation = tuple[float, FloatArray]
"""Places where ticks may stand: a period in ``u`` and the offsets that repeat with it."""

EPOCH = dt.datetime(1970, 1, 1)
LOG_CEILING = 300.0
"""Powers of ten beyond this are cut: an extrapolated end must not overflow to infinity."""

SYMLOG_LINEAR_DECADES = 1.0 / (1.0 - 0.1)


def _number(value: float) -> str:
    """A number with as many digits as a double needs, without the ``.0`` of whole numbers."""
    if not np.isfinite(value):
        return ""
    return repr(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))


@dataclass(frozen=True, slots=True)
class LinearScale:
    """``u`` is the value itself."""

    name: str = "linear"

    def forward(self, value: ArrayLike) -> FloatArray:
        return np.asarray(value, np.float64)

    def inverse(self, u: ArrayLike) -> FloatArray:
        return np.asarray(u, np.float64)

    def format(self, value: float) -> str:
        return _number(value)

    def graduations(self, u: FloatArray) -> list[Graduation]:
        """Even parts of the labels' step, coarsest first."""
        values = np.unique(u)
        step = float(np.min(np.diff(values))) if len(values) > 1 else 0.0
        if step <= 0 or np.abs((values - values[0]) / step - np.round((values - values[0]) / step)).max() > 0.01:
            return []
        return [(step / parts, values[:1]) for parts in (1, 2, 3, 4, 5, 6, 8, 10, 20)]


@dataclass(frozen=True, slots=True)
class LogScale:
    """``u`` is the decimal logarithm of the value; zero and negative values have no place (NaN)."""

    name: str = "log"

    def forward(self, value: ArrayLike) -> FloatArray:
        value = np.asarray(value, np.float64)
        positive = value > 0
        return np.asarray(np.where(positive, np.log10(np.where(positive, value, 1.0)), np.nan), np.float64)

    def inverse(self, u: ArrayLike) -> FloatArray:
        return np.asarray(10.0 ** np.clip(np.asarray(u, np.float64), -LOG_CEILING, LOG_CEILING), np.float64)

    def format(self, value: float) -> str:
        return _number(value)

    def graduations(self, u: FloatArray) -> list[Graduation]:
        """The labels' even parts, then whole multiples of the powers of ten."""
        return [*LinearScale().graduations(u)[:1], (1.0, np.log10(np.arange(1.0, 10.0)))]


@dataclass(frozen=True, slots=True)
class SymlogScale:
    """Logarithmic on both sides of zero, linear between ``-linear_within`` and ``linear_within``.

    As matplotlib has it with its usual ``linscale``: the linear part is as long as 1.11 decades on either side, so that
    ``u`` and its slope go on smoothly.

    Attributes
    ----------
    linear_within : float
        The threshold, in data units.
    """

    linear_within: float = 1.0
    name: str = "symlog"

    def forward(self, value: ArrayLike) -> FloatArray:
        part = np.asarray(value, np.float64) / self.linear_within
        outer = SYMLOG_LINEAR_DECADES + np.log10(np.maximum(np.abs(part), 1.0))
        return np.asarray(np.where(np.abs(part) <= 1.0, SYMLOG_LINEAR_DECADES * part, np.sign(part) * outer))

    def inverse(self, u: ArrayLike) -> FloatArray:
        u = np.asarray(u, np.float64)
        outer = 10.0 ** np.clip(np.abs(u) - SYMLOG_LINEAR_DECADES, 0.0, LOG_CEILING)
        inner = np.abs(u) <= SYMLOG_LINEAR_DECADES
        return np.asarray(self.linear_within * np.where(inner, u / SYMLOG_LINEAR_DECADES, np.sign(u) * outer))

    def format(self, value: float) -> str:
        return _number(value)

    def graduations(self, u: FloatArray) -> list[Graduation]:
        """Ticks follow no one period on both sides of zero."""
        return []


@dataclass(frozen=True, slots=True)
class DateScale:
    """``u`` and the value are days since 1970-01-01, times of day as fractions."""

    name: str = "date"

    def forward(self, value: ArrayLike) -> FloatArray:
        return np.asarray(value, np.float64)

    def inverse(self, u: ArrayLike) -> FloatArray:
        return np.asarray(u, np.float64)

    def format(self, value: float) -> str:
        """ISO 8601, to the second where the value does not fall on a midnight."""
        if not np.isfinite(value):
            return ""
        try:
            moment = EPOCH + dt.timedelta(seconds=round(value * 86400.0))
        except OverflowError:
            return ""
        midnight = moment.hour == moment.minute == moment.second == 0
        return moment.date().isoformat() if midnight else moment.isoformat()

    def graduations(self, u: FloatArray) -> list[Graduation]:
        """Calendar and category ticks follow no period."""
        return []


@dataclass(frozen=True, slots=True)
class CategoryScale:
    """``u`` and the value are places: 0 for the first label (left or bottom), 1 for the next.

    Attributes
    ----------
    labels : tuple of str
        In the order of their places.
    """

    labels: tuple[str, ...] = ()
    name: str = "category"

    def forward(self, value: ArrayLike) -> FloatArray:
        return np.asarray(value, np.float64)

    def inverse(self, u: ArrayLike) -> FloatArray:
        return np.asarray(u, np.float64)

    def format(self, value: float) -> str:
        """The label of the nearest place, the number itself where none is near."""
        if not np.isfinite(value):
            return ""
        place = round(value)
        return self.labels[place] if 0 <= place < len(self.labels) and self.labels[place] else _number(value)

    def graduations(self, u: FloatArray) -> list[Graduation]:
        """Calendar and category ticks follow no period."""
        return []


SCALES = {
    "linear": LinearScale, "log": LogScale, "symlog": SymlogScale, "date": DateScale, "category": CategoryScale,
}  # fmt: skip
