"""What stands out across panels: who runs longest, who is volatile and where, who gets there first, ends highest."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Sequence

import numpy as np

from digitize.axis_span import AxisSpan
from digitize.curves import Curve
from digitize.digits import LAST_DIGIT_UNITS, WORD_FRAC, Measured, said, where
from digitize.levels import is_drawn_line, time_to_reach
from digitize.statistics import SeriesStatistics, Turn

LONGER_FRAC = 0.1
"""A series runs longest where it ends this share of the x axis after the next one."""
CLIMB_FRAC = 0.2
"""Only curves that rise by this share of the y axis race."""
APART_FRAC = 0.05
"""Curves that end this share of the y axis apart, and further than their intervals, end higher and lower."""
SHARED_FRAC = 0.05
"""Panels without words on their x axes share one where its ends are within this share of it."""
EVENT_FRAC = 0.25
TOGETHER_FRAC = 0.05
"""Turns of this height, within this share of the x axis in different panels, happen at the same time."""
MOST_NAMED = 5
"""So many series a sentence names."""


def observations(curves: Sequence[SeriesStatistics]) -> list[str]:
    """Sentences on the whole figure, the plainest first; none where nothing stands out."""
    lines = [one for one in curves if is_drawn_line(one.curve)]
    return [*_longest(lines), *_volatile(lines), *_spikes(lines), *_together(lines), *_races(lines), *_ends(lines)]


def panel_name(curve: Curve) -> str:
    """A panel's title, else its number."""
    return curve.panel_title or f"panel {curve.panel}"


def by_x_axis(curves: Iterable[SeriesStatistics]) -> list[list[SeriesStatistics]]:
    """The curves of panels that share an x axis: the same words or, where it has none, the same ends."""
    groups: list[list[SeriesStatistics]] = []
    for one in curves:
        own = next((group for group in groups if _same_axis(group[0].curve.x_axis, one.curve.x_axis)), None)
        if own is None:
            groups.append([one])
        else:
            own.append(one)
    return groups


def _same_axis(one: AxisSpan, other: AxisSpan) -> bool:
    if (one.kind, one.title, one.unit) != (other.kind, other.title, other.unit):
        return False
    start, end = one.to_share(np.array([other.start, other.end]))
    return bool(one.title or one.unit or (abs(start) <= SHARED_FRAC and abs(end - 1) <= SHARED_FRAC))


def _longest(curves: Sequence[SeriesStatistics]) -> list[str]:
    told = []
    for own in by_x_axis(curves):
        ends: dict[str, SeriesStatistics] = {}
        for one in own:
            known = ends.get(one.curve.label)
            if known is None or one.last.x.value > known.last.x.value:
                ends[one.curve.label] = one
        order = sorted(ends.values(), key=lambda one: -one.last.x.value)
        if len(order) < 2:
            continue
        first, second, axis = order[0], order[1], order[0].curve.x_axis
        if axis.share_between(first.last.x.value, second.last.x.value) < LONGER_FRAC:
            continue
        others = ", ".join(f"{each.curve.label} at {where(each.last.x, axis)}" for each in order[1 : 1 + MOST_NAMED])
        more = f", {len(order) - 1 - MOST_NAMED} more" if len(order) > 1 + MOST_NAMED else ""
        told.append(
            f"{first.curve.label} runs longest, to {where(first.last.x, axis)};"
            f" the others end earlier ({others}{more})."
        )
    return told


def _volatile(curves: Sequence[SeriesStatistics]) -> list[str]:
    told = []
    for own in _groups((one for one in curves if one.volatile), lambda one: one.curve.label):
        places = ", ".join(
            f"{panel_name(one.curve)} (largest swing near {where(one.unsteady_at.x, one.curve.x_axis)})" for one in own
        )
        told.append(f"{own[0].curve.label} is volatile in {places}.")
    return told


def _spikes(curves: Sequence[SeriesStatistics]) -> list[str]:
    told = []
    for one in curves:
        spikes = sorted(one.spikes, key=lambda turn: -turn.prominence_frac)[:2]
        words = " and ".join(_spike(turn, one) for turn in sorted(spikes, key=lambda turn: turn.at.x.value))
        told += [f"{one.curve.label} {words}."] if words else []
    return told


def _spike(turn: Turn, one: SeriesStatistics) -> str:
    value, place = said(turn.at.y, one.curve.y_axis), where(turn.at.x, one.curve.x_axis)
    return f"{'spikes' if turn.peak else 'drops sharply'} to {value} in {panel_name(one.curve)} near {place}"


def _together(curves: Sequence[SeriesStatistics]) -> list[str]:
    """Large turns of one series at one place in several panels: something happened there."""
    told = []
    for own in _groups(curves, lambda one: one.curve.label):
        own = max(by_x_axis(own), key=len)
        if len({one.curve.panel for one in own}) < 2:
            continue
        events = [(turn, one) for one in own for turn in _events(one)]
        events.sort(key=lambda event: event[0].at.x.value)
        for number, (turn, one) in enumerate(events):
            near = [
                event for event in events[number:]
                if one.curve.x_axis.share_between(event[0].at.x.value, turn.at.x.value) <= TOGETHER_FRAC
            ]  # fmt: skip
            if len({event[1].curve.panel for event in near}) > 1:
                places = " and ".join(
                    f"{panel_name(each.curve)} ({'peak' if at.peak else 'drop'} of {said(at.at.y, each.curve.y_axis)}"
                    f" near {where(at.at.x, each.curve.x_axis)})"
                    for at, each in near
                )
                told.append(f"{one.curve.label} turns in {places} at about the same time.")
                break
    return told


def _events(one: SeriesStatistics) -> list[Turn]:
    """The peaks and drops on a curve's way, unless it goes up and down all the time."""
    if one.volatile or one.wave is not None:
        return []
    return [turn for turn in one.turns if not turn.at_end and turn.prominence_frac >= EVENT_FRAC]


def _races(curves: Sequence[SeriesStatistics]) -> list[str]:
    told = []
    for own in _groups(curves, _axes_key):
        climbing = [one for one in own if one.net_frac >= CLIMB_FRAC]
        level = _level(climbing)
        if level is None:
            continue
        racing = [one for one in climbing if one.first.y.value < level.value]
        reached = [(time, one) for one in racing if (time := time_to_reach(one.curve, level.value))]
        reached.sort(key=lambda pair: pair[0].value)
        if len(reached) < 2 or reached[-1][0].low <= reached[0][0].high:
            continue
        axis = reached[0][1].curve.x_axis
        parts: list[str] = []
        for number, (time, one) in enumerate(reached[:MOST_NAMED]):
            tied = number > 0 and time.low <= reached[number - 1][0].high
            join = "" if not number else " and about then " if tied else ", then "
            parts.append(f"{join}{one.curve.label} ({where(time, axis)})")
        more = f", then {len(reached) - MOST_NAMED} more" if len(reached) > MOST_NAMED else ""
        which = "both" if len(reached) == 2 else f"all {len(reached)}"
        kind = "series" if len(reached) == len(own) else "series that climb there"
        told.append(
            f"In {panel_name(own[0].curve)} {which} {kind} reach {said(level, own[0].curve.y_axis)}:"
            f" first {''.join(parts)}{more}."
        )
    return told


def _level(climbing: Sequence[SeriesStatistics]) -> Measured | None:
    """A round level that all of them reach for sure, just under the lowest of their maxima."""
    if len(climbing) < 2:
        return None
    lowest = min(climbing, key=lambda one: one.maximum.y.value)
    axis, top = lowest.curve.y_axis, lowest.maximum.y
    half = max(top.half, WORD_FRAC * axis.units_per_share(top.value))
    step = 10.0 ** math.ceil(math.log10(half / LAST_DIGIT_UNITS)) if half > 0 else 0.0
    level = math.floor((top.low - step / 2) / step) * step if step else top.value
    return Measured(value=level, low=level - half, high=level + half)


def _ends(curves: Sequence[SeriesStatistics]) -> list[str]:
    told = []
    for own in _groups(curves, _axes_key):
        order = sorted(own, key=lambda one: -one.last.y.value)
        if len(order) < 2:
            continue
        high, low, axis = order[0], order[-1], order[0].curve.y_axis
        sure = high.last.y.low > low.last.y.high
        if not sure or axis.share_between(high.last.y.value, low.last.y.value) < APART_FRAC:
            continue
        # with a rival within its interval none is highest alone
        highest = [one for one in order if one.last.y.high >= high.last.y.low]
        lowest = [one for one in order if one.last.y.low <= low.last.y.high]
        if len(highest) + len(lowest) > len(order):
            continue
        told.append(
            f"In {panel_name(high.curve)} {_names(highest)} {_verb('end', highest)} highest"
            f" ({said(high.last.y, axis)}), {_names(lowest)} lowest ({said(low.last.y, axis)})."
        )
    return told


def _names(some: Sequence[SeriesStatistics]) -> str:
    return " and ".join(one.curve.label for one in some[:MOST_NAMED])


def _verb(word: str, some: Sequence[SeriesStatistics]) -> str:
    return word if len(some) > 1 else f"{word}s"


def _axes_key(one: SeriesStatistics) -> Hashable:
    """Curves of one panel on one y axis: a second axis is another measure."""
    axis = one.curve.y_axis
    return one.curve.panel, axis.start, axis.end, axis.title


def _groups(
    curves: Iterable[SeriesStatistics], key: Callable[[SeriesStatistics], Hashable]
) -> list[list[SeriesStatistics]]:
    groups: dict[Hashable, list[SeriesStatistics]] = {}
    for one in curves:
        groups.setdefault(key(one), []).append(one)
    return list(groups.values())
