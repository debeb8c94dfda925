"""One plain sentence a curve, by rules from measured features. No rule knows a figure; shares are of the axes."""

from __future__ import annotations

import math

from digitize.curves import AxisSpan
from digitize.statistics import UNSTEADY_FRAC, VOLATILE_FRAC, Leg, Measured, SeriesStatistics

FLAT_FRAC = 0.08
"""A curve that stays within this share of the y axis is flat."""
SLIGHT_FRAC = 0.15
SHARP_FRAC = 0.4
"""A leg smaller than the first is slight, one larger than the second sharp (if it is quick as well)."""
QUICK_FRAC = 0.1
"""Share of the x axis within which a quick leg happens."""
LEVEL_TAIL_FRAC = 0.25
"""A curve levels off where its last leg's final part, this long, moves less than FLAT_FRAC / 2."""
WORD_FRAC = 0.005
"""Sentences round to this share of the axis: what a reader keeps in mind."""
_MOST_DECIMALS = 12
_PLURAL_UNITS = {
    "hours": "hour",
    "minutes": "minute",
    "seconds": "second",
    "days": "day",
    "weeks": "week",
    "months": "month",
    "years": "year",
    "epochs": "epoch",
    "steps": "step",
}


def trend_sentence(one: SeriesStatistics) -> str:
    """What the curve does from its first point to its last, with places and values."""
    curve = one.curve
    if curve.kind in ("scatter", "bar") or len(curve.x) < 3:
        return (
            f"{len(curve.x)} {'bars' if curve.kind == 'bar' else 'points'} between {said(one.minimum.y, curve.y_axis)}"
            f" and {said(one.maximum.y, curve.y_axis)}."
        )
    y_axis, x_axis = curve.y_axis, curve.x_axis
    if _range_frac(one) < FLAT_FRAC:
        low, high = said(one.minimum.y, y_axis), said(one.maximum.y, y_axis)
        level = f"at {low}" if low == high else f"between {low} and {high}"
        return f"Nearly flat {level}, to {where(one.last.x, x_axis)}."
    words = []
    top = one.maximum.x.value
    for number, leg in enumerate(one.legs):
        start = f" from {said(leg.start.y, y_axis)}" if number == 0 else ""
        last = number == len(one.legs) - 1
        goal = "a peak of " if leg.share > 0 and leg.end.x.value == top and not last else ""
        then = "" if number == 0 else "then " if (last and number > 1) or number == len(one.legs) - 1 else ""
        place = where(leg.end.x, x_axis)
        words.append(f"{then}{_verb(leg, x_axis)}{start} to {goal}{said(leg.end.y, y_axis)} near {place}")
    manner = _manner(one)
    sentence = ", ".join(words)
    tail = f"; {manner}" if manner else ""
    spikes = [
        f"a {'spike' if turn.peak else 'sharp drop'} to {said(turn.at.y, y_axis)} near {where(turn.at.x, x_axis)}"
        for turn in one.spikes
    ]
    if spikes:
        tail += f"; {' and '.join(spikes[:2])}"
    plateau = f", levelling off around {said(one.plateau, y_axis)}" if _levels_off(one) else ""
    return sentence[0].upper() + sentence[1:] + plateau + tail + "."


def said(measured: Measured, axis: AxisSpan) -> str:
    """A value in a sentence: no finer than its interval, nor than a reader needs; ``~`` says rounded."""
    if axis.printed:
        return axis.printed(measured.value)
    return "~" + rounded(measured, max(measured.half, WORD_FRAC * abs(axis.end - axis.start)))


def rounded(measured: Measured, half: float | None = None) -> str:
    """A number with the digits that half the width of its interval supports."""
    half = measured.half if half is None else half
    if not math.isfinite(half) or half <= 0:
        return f"{measured.value:.4g}"
    # A half width of 0.003 still settles the second decimal, one of 0.006 does not settle more than that.
    decimals = min(-math.floor(math.log10(2 * half)), _MOST_DECIMALS)
    number = round(measured.value, decimals) + 0.0
    return f"{number:.{max(decimals, 0)}f}"


def where(measured: Measured, axis: AxisSpan) -> str:
    """A place along x in words: ``hour 120``, ``step 40``, ``2020-03-01``, ``x = 3.5``."""
    number = said(measured, axis).lstrip("~")
    if axis.printed:
        return number
    unit = axis.unit.strip().lower()
    if unit in _PLURAL_UNITS:
        return f"{_PLURAL_UNITS[unit]} {number}"
    title = " ".join(axis.title.split())
    name = title.lower() if title and len(title) <= 30 else "x"
    return f"{name} {number}{' ' + axis.unit if unit else ''}" if name != "x" else f"x = {number}"


def is_volatile(one: SeriesStatistics) -> bool:
    """Whether a curve goes up and down by much more than it gets anywhere."""
    return one.volatility_frac >= VOLATILE_FRAC


def _manner(one: SeriesStatistics) -> str:
    if is_volatile(one):
        low, high = said(one.minimum.y, one.curve.y_axis), said(one.maximum.y, one.curve.y_axis)
        return f"highly volatile, between {low} and {high}"
    return "fluctuating on the way" if one.volatility_frac >= UNSTEADY_FRAC else ""


def _verb(leg: Leg, x_axis: AxisSpan) -> str:
    rise = leg.share > 0
    length = x_axis.share_of(leg.end.x.value - leg.start.x.value)
    if abs(leg.share) <= SLIGHT_FRAC:
        return "rises slightly" if rise else "dips slightly"
    if abs(leg.share) >= SHARP_FRAC and length <= QUICK_FRAC:
        return "jumps" if rise else "drops sharply"
    return "rises" if rise else "falls"


def _levels_off(one: SeriesStatistics) -> bool:
    curve = one.curve
    tail = curve.x >= curve.x[-1] - LEVEL_TAIL_FRAC * (curve.x[-1] - curve.x[0])
    share = curve.y_axis.to_share(curve.y[tail])
    return len(share) > 1 and float(share.max() - share.min()) < FLAT_FRAC and not is_volatile(one)


def _range_frac(one: SeriesStatistics) -> float:
    share = one.curve.y_axis.to_share(one.curve.y)
    return float(share.max() - share.min())
