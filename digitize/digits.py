"""Measured values in words: no digit that the picture does not support, ``~`` for what was rounded."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

from digitize.axis_span import SECONDS_OF_A_DAY, AxisSpan

WORD_FRAC = 0.01
"""Sentences round to this share of the axis: what a reader keeps in mind."""
LAST_DIGIT_UNITS = 2.0
"""Half an interval is at most so many units of the last digit that is printed."""
MOST_DECIMALS = 12
LONGEST_NAME = 30
"""A longer axis title does not name a place in a sentence."""
_EPOCH = dt.datetime(1970, 1, 1)
_DATE_FORMS = ((300.0, "%Y", "year"), (20.0, "%Y-%m", "month"), (0.5, "%Y-%m-%d", "day"), (0.02, "%Y-%m-%dT%H:%M", ""))
"""From this half width in days on, no finer part of a date is known."""
_PLURAL_UNITS = {
    "hours": "hour",
    "hrs": "hour",
    "h": "hour",
    "minutes": "minute",
    "min": "minute",
    "seconds": "second",
    "days": "day",
    "weeks": "week",
    "months": "month",
    "years": "year",
    "epochs": "epoch",
    "steps": "step",
    "iterations": "iteration",
    "episodes": "episode",
    "rounds": "round",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A value with its 95 % interval; ``doubtful`` where the picture did not show the place itself."""

    value: float
    low: float
    high: float
    doubtful: bool = False

    @property
    def half(self) -> float:
        return abs(self.high - self.low) / 2


def rounded(measured: Measured, half: float | None = None) -> str:
    """A number with the digits that its interval supports, and so many that it does not leave that interval.

    The last digit is known to two units at the worst.
    """
    half = measured.half if half is None else half
    if not math.isfinite(half) or half <= 0:
        return f"{measured.value:.4g}"
    decimals = min(math.floor(-math.log10(half / LAST_DIGIT_UNITS) + 1e-9), MOST_DECIMALS)
    low, high = measured.value - half, measured.value + half
    if half == measured.half and measured.low <= measured.value <= measured.high:
        low, high = measured.low, measured.high
    while not low <= round(measured.value, decimals) <= high and decimals < MOST_DECIMALS:
        decimals += 1
    number = round(measured.value, decimals) + 0.0
    return f"{number:.{max(decimals, 0)}f}"


def rounded_date(days: float, half: float) -> str:
    """A date, no finer than half its interval: ``2007``, ``2007-03``, ``2007-03-14``, ``2007-03-14T05:20``."""
    if not math.isfinite(days):
        return "unknown"
    try:
        moment = _EPOCH + dt.timedelta(seconds=round(days * SECONDS_OF_A_DAY))
        for least, form, part in _DATE_FORMS:
            if half >= least:
                return _nearest(moment, part).strftime(form)
    except OverflowError:
        return f"day {days:.0f}"
    return moment.isoformat() if moment.second or moment.minute or moment.hour else moment.date().isoformat()


def printed(measured: Measured, axis: AxisSpan, half: float | None = None) -> str:
    """A value as its axis prints it, as fine as ``half`` (its own interval) allows."""
    half = measured.half if half is None else half
    if axis.kind == "category" and axis.printed:
        return axis.printed(measured.value)
    if axis.kind == "date":
        near = min(measured.high - measured.value, measured.value - measured.low)
        return rounded_date(measured.value, max(min(half, near), 0.0) if half <= measured.half else half)
    return rounded(measured, half)


def said(measured: Measured, axis: AxisSpan) -> str:
    """A value in a sentence: no finer than its interval, nor than a reader needs; ``~`` says rounded."""
    text = printed(measured, axis, _word_half(measured, axis))
    return text if axis.kind == "category" else f"~{text}"


def where(measured: Measured, axis: AxisSpan) -> str:
    """A place along x in words: ``hour 120``, ``step 40``, ``2020-03``, ``x = 3.5``, the label of a category."""
    number = printed(measured, axis, _word_half(measured, axis))
    if axis.kind != "number":
        return number
    title, unit = " ".join(axis.title.split()), axis.unit.strip()
    for text in (unit, title):
        if text.lower() in _PLURAL_UNITS:
            return f"{_PLURAL_UNITS[text.lower()]} {number}"
    # capitals inside a name (GFLOPs) are its own
    name = title.lower() if title.istitle() or title.capitalize() == title else title
    return f"{name} {number}{' ' + unit if unit else ''}" if name and len(name) <= LONGEST_NAME else f"x = {number}"


def _word_half(measured: Measured, axis: AxisSpan) -> float:
    return max(measured.half, WORD_FRAC * axis.units_per_share(measured.value))


def _nearest(moment: dt.datetime, part: str) -> dt.datetime:
    """The nearest start of a year, month, day or minute."""
    if part == "year":
        return moment.replace(year=moment.year + (moment.month > 6), month=1, day=1)
    if part == "month":
        after = moment.replace(day=28) + dt.timedelta(days=4)
        return after if moment.day > 15 else moment
    if part == "day":
        return moment + dt.timedelta(hours=12)
    return moment + dt.timedelta(seconds=30)
