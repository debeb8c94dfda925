"""One plain sentence a curve, by rules from measured features. No rule knows a figure; shares are of the axes."""

from __future__ import annotations

import numpy as np

from digitize.digits import Measured, said, where
from digitize.levels import at_edge, is_drawn_line
from digitize.statistics import SPIKE_WIDTH_FRAC, UNSTEADY_FRAC, Leg, SeriesStatistics, Turn
from digitize.turns import STILL_FRAC

SLIGHT_FRAC = 0.15
SHARP_FRAC = 0.4
"""A leg smaller than the first is slight, one larger than the second sharp (if it is quick as well)."""
QUICK_FRAC = 0.1
"""Share of the x axis within which a quick leg happens."""
DRIFT_FRAC = 0.7
"""A flat curve still drifts where its ends are this share of its range apart."""
FEWEST_POINTS = 5
CORRELATED = 0.7
"""Rank correlation from which points are said to rise or to fall."""
MOST_SPIKES = 2
TOLD_FRAC = 0.02
"""A spike this near to an extreme that was told is not told again."""


def trend_sentence(one: SeriesStatistics) -> str:
    """What the curve does from its first point to its last, with places and values."""
    curve = one.curve
    if not is_drawn_line(curve) or len(curve.x) < 3:
        return _points(one)
    told = _waves(one) or _flat(one) or _story(one)
    edges = [name for name, end in (("upper", one.maximum), ("lower", one.minimum)) if at_edge(curve, end)]
    if edges:
        told += f"; it touches the {' and the '.join(edges)} edge{'s' * (len(edges) > 1)} of the axes"
        told += " and may go on beyond"
    return told[0].upper() + told[1:] + "."


def _points(one: SeriesStatistics) -> str:
    curve = one.curve
    x, y = curve.x_axis, curve.y_axis
    what = {"bar": "bar", "scatter": "point"}.get(curve.kind, "point")
    if len(curve.x) == 1:
        return f"One {what}, {said(one.first.y, y)} at {where(one.first.x, x)}."
    text = (
        f"{len(curve.x)} {what}s, the highest {said(one.maximum.y, y)} at {where(one.maximum.x, x)},"
        f" the lowest {said(one.minimum.y, y)} at {where(one.minimum.x, x)}"
    )
    if curve.kind != "scatter" or x.kind == "category" or len(curve.x) < FEWEST_POINTS:
        return text + "."
    from scipy.stats import spearmanr

    flat = np.ptp(curve.x) == 0 or np.ptp(curve.y) == 0
    rank = 0.0 if flat else float(spearmanr(curve.x, curve.y).statistic)
    way = "rising" if rank >= CORRELATED else "falling" if rank <= -CORRELATED else "without a clear direction"
    return f"{text}; on the whole {way} along x."


def _waves(one: SeriesStatistics) -> str:
    if one.wave is None:
        return ""
    y, x = one.curve.y_axis, one.curve.x_axis
    apart = f", a period about every {_length(one)}" if x.kind == "number" else ""
    return (
        f"oscillates between {said(one.minimum.y, y)} and {said(one.maximum.y, y)}{apart},"
        f" to {where(one.last.x, x)}"
    )  # fmt: skip


def _length(one: SeriesStatistics) -> str:
    x, wave = one.curve.x_axis, one.wave or 0.0
    length = Measured(value=wave, low=wave - one.last.x.half, high=wave + one.last.x.half)
    return f"{said(length, x)}{f' {x.unit}' if x.unit else ' along x'}"


def _flat(one: SeriesStatistics) -> str:
    if not one.flat:
        return ""
    y, end = one.curve.y_axis, where(one.last.x, one.curve.x_axis)
    low, high = said(one.minimum.y, y), said(one.maximum.y, y)
    if one.range_frac >= STILL_FRAC:
        bounds = "" if one.volatile else f" (between {low} and {high})"
        return f"stays around {said(one.mean, y)}{bounds}, to {end}{_manner(one)}{_spikes(one, ())}"
    first, last = said(one.first.y, y), said(one.last.y, y)
    if abs(one.net_frac) >= DRIFT_FRAC * one.range_frac and first != last:
        return f"nearly flat: {'rises' if one.net_frac > 0 else 'falls'} only from {first} to {last}, to {end}"
    return f"nearly flat {f'at {low}' if low == high else f'between {low} and {high}'}, to {end}"


def _story(one: SeriesStatistics) -> str:
    x, y = one.curve.x_axis, one.curve.y_axis
    spikes = {turn.at.x.value for turn in one.spikes}
    at_start = bool(one.spikes) and one.spikes[0].at_end and one.spikes[0].at.x.value == one.first.x.value
    begins = at_start and not one.volatile
    words: list[str] = []
    told: list[float] = []
    for number, leg in enumerate(one.legs):
        last = number == len(one.legs) - 1
        start = f" from {said(leg.start.y, y)}" if number == 0 else ""
        then = "then " if last and number and not one.settled else ""
        place = leg.end.x.value
        top = max(each.end.y.value for each in one.legs)
        later = one.settled.highest.value if one.settled else top
        highest = leg.share > 0 and leg.end.y.value >= max(top, later)
        goal = "a spike of " if leg.share > 0 and place in spikes else "a peak of " if highest and not last else ""
        told.append(place)
        words.append(
            f"{then}{_verb(leg, one)}{start} to {goal}{said(leg.end.y, y)} near {where(leg.end.x, x)}"
        )
    # A volatile curve is told by its course, which no single point of it has to touch.
    story = ("on the whole " if one.volatile and words else "") + ", ".join(words)
    if begins:
        story = f"starts with a spike, {story}"
        told.append(one.first.x.value)
    if one.settled:
        low, high = said(one.settled.lowest, y), said(one.settled.highest, y)
        bounds = f" (between {low} and {high})" if low != high else ""
        story += f"{', then ' if story else ''}settles around {said(one.settled.level, y)}{bounds},"
        story += f" to {where(one.last.x, x)}"
    return story + _manner(one) + _spikes(one, told)


def _manner(one: SeriesStatistics) -> str:
    y, x = one.curve.y_axis, one.curve.x_axis
    if one.volatile:
        low, high = one.minimum, one.maximum
        return (
            f"; highly volatile, between {said(low.y, y)} ({where(low.x, x)}) and"
            f" {said(high.y, y)} ({where(high.x, x)})"
        )
    return "; fluctuating on the way" if one.swing_frac >= UNSTEADY_FRAC else ""


def _spikes(one: SeriesStatistics, told: list[float] | tuple[()]) -> str:
    near = SPIKE_WIDTH_FRAC / 2 * abs(one.curve.x_axis.end - one.curve.x_axis.start)
    extremes = [one.minimum.y.value, one.maximum.y.value] if one.volatile else []
    others = [
        turn
        for turn in one.spikes
        if all(abs(turn.at.x.value - place) > near for place in told)
        and all(one.curve.y_axis.share_between(turn.at.y.value, value) > TOLD_FRAC for value in extremes)
    ]
    others = sorted(others, key=lambda turn: -turn.prominence_frac)[:MOST_SPIKES]
    return "; " + " and ".join(spike_words(turn, one) for turn in others) if others else ""


def spike_words(turn: Turn, one: SeriesStatistics) -> str:
    """``a spike to ~0.52 near hour 50``"""
    name = "a spike" if turn.peak else "a sharp drop"
    return f"{name} to {said(turn.at.y, one.curve.y_axis)} near {where(turn.at.x, one.curve.x_axis)}"


def _verb(leg: Leg, one: SeriesStatistics) -> str:
    rise = leg.share > 0
    length = one.curve.x_axis.share_between(leg.start.x.value, leg.end.x.value)
    if abs(leg.share) <= SLIGHT_FRAC:
        return "rises slightly" if rise else "dips slightly"
    if abs(leg.share) >= SHARP_FRAC and length <= QUICK_FRAC:
        return "jumps" if rise else "drops sharply"
    return "rises" if rise else "falls"
