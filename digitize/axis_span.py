"""An axis as far as sentences, statistics and checks need it: its ends, its words, where a value lies on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from calibration.axis import AxisCalibration
from calibration.geometry import FloatArray
from calibration.scales import CategoryScale, DateScale
from digitize.export.cells import is_number

SECONDS_OF_A_DAY = 86400.0
SLOPE_STEP_FRAC = 1e-4
"""How far apart two values are whose places tell how long a unit is near them."""
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AxisSpan:
    """An axis between its two ends.

    Attributes
    ----------
    start, end : float
        Values at the left (bottom) and right (top) edge of the axes box; dates as days since 1970-01-01, categories
        as their place from 0.
    forward : callable
        Values to the coordinate that is even along the axis.
    kind : str
        What its values are.
    printed : callable or None
        A value as the exports print it, for values that are no numbers.
    labels : tuple of str
        Categories in the order of their places.
    drawn : bool
        Whether the ends were seen; False where they are those of the points at hand.
    """

    start: float
    end: float
    forward: Callable[[FloatArray], FloatArray]
    kind: Literal["number", "date", "category"] = "number"
    printed: Callable[[float], str] | None = None
    title: str = ""
    unit: str = ""
    labels: tuple[str, ...] = ()
    drawn: bool = True

    def to_share(self, values: FloatArray) -> FloatArray:
        """Place on the axis, 0 at its start and 1 at its end, along what the eye sees (log axes included)."""
        with np.errstate(all="ignore"):  # an axis may end at infinity, or nowhere
            low, high = self.forward(np.array([self.start, self.end]))
            return np.asarray((self.forward(np.asarray(values, float)) - low) / ((high - low) or 1.0), np.float64)

    def share_between(self, one: float, other: float) -> float:
        """How far two values stand apart, as a share of the axis' length; NaN where one has no place on it."""
        places = self.to_share(np.array([one, other]))
        return float(abs(places[1] - places[0]))

    def units_per_share(self, value: float) -> float:
        """How many units the axis would span if it were everywhere as it is at ``value``."""
        step = SLOPE_STEP_FRAC * (abs(value) or abs(self.end - self.start) or 1.0)
        share = self.share_between(value - step, value + step)
        return 2 * step / share if np.isfinite(share) and share > 0 else abs(self.end - self.start)

    @property
    def is_log(self) -> bool:
        """Whether equal lengths are equal ratios."""
        return self.kind == "number" and not np.allclose(self.forward(np.array([1.0, 2.0, 3.0])), [1.0, 2.0, 3.0])

    def value_of(self, text: str | None) -> float:
        """A printed value as a number of this axis; NaN for none."""
        text = (text or "").strip()
        if self.kind == "category" and text in self.labels:
            return float(self.labels.index(text))
        return to_number(text)


def axis_span(axis: AxisCalibration, start_px: float, end_px: float) -> AxisSpan:
    """The part of a calibrated axis between two edges of its box."""
    start, end = (float(value) for value in axis.to_data([start_px, end_px]))
    labels = tuple(getattr(axis.scale, "labels", ()))
    numbers = not labels and axis.scale.format(0.5) == "0.5"
    return AxisSpan(
        start=start,
        end=end,
        forward=axis.scale.forward,
        kind="number" if numbers else "category" if labels else "date",
        printed=None if numbers else axis.scale.format,
        title=axis.title,
        unit=axis.unit,
        labels=labels,
    )


def span_of_cells(cells: Sequence[str]) -> AxisSpan:
    """The axis that a column of a table stands on: numbers, ISO 8601 dates, or categories as they come."""
    known = [cell.strip() for cell in cells if cell.strip() and not (is_number(cell) and not np.isfinite(float(cell)))]
    values = [to_number(cell) for cell in known]
    if not all(np.isfinite(values)):
        labels = tuple(dict.fromkeys(known))
        scale = CategoryScale(labels=labels)
        return AxisSpan(
            start=0.0, end=max(len(labels) - 1.0, 1.0), forward=scale.forward, kind="category", printed=scale.format,
            labels=labels, drawn=False,
        )  # fmt: skip
    dates = bool(known) and any(not is_number(cell) for cell in known)
    values = values or [0.0, 1.0]
    return AxisSpan(
        start=min(values), end=max(values), forward=DateScale().forward, kind="date" if dates else "number",
        printed=DateScale().format if dates else None, drawn=False,
    )  # fmt: skip


def to_number(text: str | None) -> float:
    """A cell as a number; dates as days since 1970; NaN for anything else."""
    text = (text or "").strip()
    if is_number(text):
        return float(text)
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return float("nan")
    return (moment.replace(tzinfo=moment.tzinfo or dt.UTC) - _EPOCH).total_seconds() / SECONDS_OF_A_DAY
