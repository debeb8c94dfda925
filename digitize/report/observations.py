"""What stands out across panels: who runs longest, who is volatile and where, who gets there first."""

from __future__ import annotations

from collections.abc import Sequence

from digitize.statistics import SPIKE_FRAC, SeriesStatistics, time_to_reach
from digitize.trends import is_volatile, said, where

LONGER_FRAC = 0.1
"""A series runs longest where it ends this share of the x axis after the next one."""
CLIMB_FRAC = 0.2
"""Only curves that rise by this share of the y axis race."""
SAME_FRAC = 0.15


def observations(curves: Sequence[SeriesStatistics]) -> list[str]:
    """Sentences on the whole figure, the plainest first; none where nothing stands out."""
    lines = [one for one in curves if one.curve.kind in ("line", "step")]
    return [*_longest(lines), *_volatile(lines), *_spikes(lines), *_first_there(lines)]


def _longest(curves: Sequence[SeriesStatistics]) -> list[str]:
    ends: dict[str, SeriesStatistics] = {}
    for one in curves:
        known = ends.get(one.curve.label)
        if known is None or one.last.x.value > known.last.x.value:
            ends[one.curve.label] = one
    order = sorted(ends.values(), key=lambda one: -one.last.x.value)
    if len(order) < 2:
        return []
    one, axis = order[0], order[0].curve.x_axis
    if axis.share_of(one.last.x.value - order[1].last.x.value) < LONGER_FRAC:
        return []
    others = ", ".join(f"{each.curve.label} at {where(each.last.x, axis)}" for each in order[1:5])
    return [f"{one.curve.label} runs longest, to {where(one.last.x, axis)}; the others end earlier ({others})."]


def _volatile(curves: Sequence[SeriesStatistics]) -> list[str]:
    told = []
    for label in dict.fromkeys(one.curve.label for one in curves):
        own = [one for one in curves if one.curve.label == label and is_volatile(one)]
        if own:
            places = ", ".join(
                f"{one.curve.panel_title or f'panel {one.curve.panel}'} (largest swing near"
                f" {where(one.unsteady_at.x, one.curve.x_axis)})"
                for one in own
            )
            told.append(f"{label} is volatile in {places}.")
    return told


def _spikes(curves: Sequence[SeriesStatistics]) -> list[str]:
    told = []
    for one in curves:
        for turn in one.spikes:
            if turn.prominence_frac < SPIKE_FRAC:
                continue
            told.append(
                f"{one.curve.label} {'spikes' if turn.peak else 'drops sharply'} to {said(turn.at.y, one.curve.y_axis)}"
                f" in {one.curve.panel_title or f'panel {one.curve.panel}'} near {where(turn.at.x, one.curve.x_axis)}."
            )
    return told


def _first_there(curves: Sequence[SeriesStatistics]) -> list[str]:
    told = []
    for panel in dict.fromkeys(one.curve.panel for one in curves):
        climbing = [one for one in curves if one.curve.panel == panel and one.net_frac >= CLIMB_FRAC]
        if len(climbing) < 2:
            continue
        level = min(one.maximum.y.value for one in climbing)
        arrivals = [(reached, one) for one in climbing if (reached := time_to_reach(one.curve, level))]
        arrivals.sort(key=lambda pair: pair[0].value)
        if len(arrivals) < 2:
            continue
        lowest = min(climbing, key=lambda one: one.maximum.y.value)
        order = ", then ".join(
            f"{one.curve.label} ({where(reached, one.curve.x_axis)})" for reached, one in arrivals[:5]
        )
        name = lowest.curve.panel_title or f"panel {panel}"
        told.append(f"In {name} all rising series reach {said(lowest.maximum.y, lowest.curve.y_axis)}: first {order}.")
    return told
