"""Which fragments make one line: a best path over gaps, crossings and dashes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.geometry import BoolArray, FloatArray
from digitize.tracing.clipping import find_frame_ends, is_return
from digitize.tracing.runs import Fragments, IntArray, Runs

HIDDEN_COST = 0.08
"""Cost of a bridged column under foreign ink, in columns of evidence."""
BARE_COST = 0.3
"""Cost of a bridged column over bare background (dashes have them)."""
FAR_COST = 0.02
"""Cost of a bare column beyond ``NEAR_STROKES``."""
NEAR_STROKES = 12.0
GAP_SLACK_FRAC = 0.2
"""A gap may differ by this share from those of a known pattern."""
DEVIATION_COST = 0.5
"""Cost of each stroke width by which a bridge misses both ends' directions."""
JUMP_COST = 0.12
"""Cost of each stroke width of height that a bridge climbs, beside its length."""
PREDECESSORS = 16
OVERLAP_STROKES = 4.0
"""Neighbouring dashes of a steep line share at most this many columns."""
LINK_SAMPLES = 12
LEAST_LETTERED_STROKES = 3.0
GAP_SHARE, LEAP_SHARE, LEAP_STROKES = 0.08, 0.15, 0.5
"""Letters leave gaps after more than this share of their columns, or leap by so much at that share of them."""
CARRIER_STROKES = 2.0
"""An end lies on another line when it is nearer to its middle than this."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chain:
    """A path through the runs: their numbers, one a column, and the score it reached."""

    runs: IntArray
    score: float
    fragments: IntArray


def find_best_chain(
    runs: Runs,
    fragments: Fragments,
    hidden: BoolArray,
    stroke_px: float,
    carriers: Sequence[FloatArray] = (),
    gaps_px: Sequence[float] = (),
) -> Chain | None:
    """The chain of fragments with the most evidence after the cost of its bridges.

    Dynamic programming from left to right; a bridge costs little under foreign ink, more over bare background,
    and more the less it follows the direction of the ends it joins. Between two places on a line already
    followed (``carriers``: its row for every column) it may run hidden underneath that line. Where the line's dash
    pattern is known, bare bridges as long as its gaps (``gaps_px``) are nearly free.
    """
    count = len(fragments)
    if not count:
        return None
    order = np.lexsort((fragments.end, fragments.start))
    frame = find_frame_ends(runs, fragments.members, hidden.shape[0], stroke_px)
    best = fragments.reward.astype(float).copy()
    previous = np.full(count, -1, np.int64)
    for place in range(1, count):
        node = int(order[place])
        earlier = order[:place]
        cost, keep = _base_costs(fragments, earlier, node, stroke_px)
        earlier, cost = earlier[keep], cost[keep]
        if not len(earlier):
            continue
        carried = _carried_costs(fragments, earlier, node, stroke_px, carriers)
        gap = np.maximum(fragments.start[node] - fragments.end[earlier] - 1, 0)
        carried = np.minimum(carried, frame.return_costs(earlier, node, gap))
        likely = np.argsort(cost + HIDDEN_COST * gap - best[earlier])[:PREDECESSORS]
        if np.isfinite(carried).any():
            likely = np.union1d(likely, np.argsort(carried - best[earlier])[:PREDECESSORS])
        earlier, cost, carried = earlier[likely], cost[likely], carried[likely]
        cost = np.minimum(cost + _gap_costs(fragments, earlier, node, hidden, stroke_px, gaps_px), carried)
        gain = best[earlier] - cost
        winner = int(np.argmax(gain))
        if gain[winner] > 0:
            best[node] += gain[winner]
            previous[node] = earlier[winner]
    last = int(np.argmax(best))
    score = float(best[last])
    path = []
    while last >= 0:
        path.append(last)
        last = int(previous[last])
    path.reverse()
    return Chain(runs=_join(runs, fragments, path), score=score, fragments=np.array(path, np.int64))


def _base_costs(fragments: Fragments, earlier: IntArray, node: int, stroke_px: float) -> tuple[FloatArray, BoolArray]:
    """Direction and height costs of the bridges from ``earlier`` to ``node``, and which are possible."""
    gap = fragments.start[node] - fragments.end[earlier] - 1
    possible = (
        (gap >= -OVERLAP_STROKES * stroke_px - 2)
        & (fragments.end[node] > fragments.end[earlier])
        & (fragments.start[node] > fragments.start[earlier])
    )
    run = np.maximum(fragments.start[node] - fragments.end[earlier], 1).astype(float)
    rise = fragments.y_start[node] - fragments.y_end[earlier]
    # a bridge may bend inside the gap, so one good end suffices
    miss_from = np.abs(fragments.y_end[earlier] + fragments.slope_end[earlier] * run - fragments.y_start[node])
    miss_to = np.abs(fragments.y_start[node] - fragments.slope_start[node] * run - fragments.y_end[earlier])
    flat = np.abs(rise)
    with np.errstate(invalid="ignore"):
        miss = np.fmin(np.fmin(miss_from, miss_to), np.where(np.isfinite(miss_from) | np.isfinite(miss_to), 1e9, flat))
        both = np.fmax(miss_from, miss_to)
    both = np.where(np.isfinite(both), both, miss)
    slack = 0.5 * stroke_px + 0.1 * run
    deviation = np.maximum(0.7 * miss + 0.3 * np.minimum(both, 3 * miss + 3 * stroke_px) - slack, 0.0) / stroke_px
    overlap = np.maximum(-gap, 0)
    cost = DEVIATION_COST * deviation + JUMP_COST * np.maximum(flat / stroke_px - 2.0 - run, 0.0) + overlap
    return cost, possible


def _gap_costs(
    fragments: Fragments,
    earlier: IntArray,
    node: int,
    hidden: BoolArray,
    stroke_px: float,
    gaps_px: Sequence[float] = (),
) -> FloatArray:
    """Cost of the bridged columns: what lies along the straight bridge decides."""
    gap = np.maximum(fragments.start[node] - fragments.end[earlier] - 1, 0).astype(float)
    t = (np.arange(LINK_SAMPLES) + 0.5) / LINK_SAMPLES
    x = fragments.end[earlier][:, None] + t * (fragments.start[node] - fragments.end[earlier])[:, None]
    y = fragments.y_end[earlier][:, None] + t * (fragments.y_start[node] - fragments.y_end[earlier])[:, None]
    rows = np.clip(np.round(y).astype(int), 0, hidden.shape[0] - 1)
    cols = np.clip(np.round(x).astype(int), 0, hidden.shape[1] - 1)
    share = hidden[rows, cols].mean(axis=1)
    bare = gap * (1.0 - share)
    near = NEAR_STROKES * stroke_px
    if gaps_px:
        length = np.hypot(bare, (fragments.y_start[node] - fragments.y_end[earlier]) * (1.0 - share))
        off = np.abs(length[:, None] - np.asarray(gaps_px)).min(axis=1)
        beyond = np.maximum(off - GAP_SLACK_FRAC * max(gaps_px) - 1.0, 0.0)
        known = np.where(bare > 0, BARE_COST * np.minimum(beyond, near) + FAR_COST * bare, 0.0)
        return np.asarray(HIDDEN_COST * gap * share + known, np.float64)
    cost = HIDDEN_COST * gap * share + BARE_COST * np.minimum(bare, near) + FAR_COST * np.maximum(bare - near, 0.0)
    return np.asarray(cost, np.float64)


def _carried_costs(
    fragments: Fragments, earlier: IntArray, node: int, stroke_px: float, carriers: Sequence[FloatArray]
) -> FloatArray:
    """Cost of running hidden underneath a followed line; infinite where an end does not lie on it."""
    cost = np.full(len(earlier), np.inf)
    start = int(fragments.start[node])
    ends = fragments.end[earlier]
    gap = np.maximum(start - ends - 1, 0)
    reach = CARRIER_STROKES * stroke_px + 2.0
    for carrier in carriers:
        if not abs(carrier[start] - fragments.y_start[node]) < reach:
            continue
        missing = np.concatenate([[0], np.cumsum(np.isnan(carrier))])
        on_it = np.abs(carrier[ends] - fragments.y_end[earlier]) < reach
        on_it &= (missing[start] - missing[ends] == 0) & (gap > 2 * stroke_px)
        cost = np.where(on_it, np.minimum(cost, 1.0 + HIDDEN_COST * 0.5 * gap), cost)
    return cost


def _join(runs: Runs, fragments: Fragments, path: list[int]) -> IntArray:
    """Run numbers of a chain; where fragments overlap, each keeps half of the shared columns."""
    parts: list[IntArray] = []
    for place, node in enumerate(path):
        members = fragments.members[node]
        cols = runs.col[members]
        keep = np.ones(len(members), bool)
        if place:
            overlap = fragments.end[path[place - 1]] - fragments.start[node] + 1
            if overlap > 0:
                keep &= cols >= fragments.start[node] + overlap // 2
        if place + 1 < len(path):
            overlap = fragments.end[node] - fragments.start[path[place + 1]] + 1
            if overlap > 0:
                keep &= cols < fragments.start[path[place + 1]] + overlap // 2
        parts.append(members[keep])
    return np.concatenate(parts)


def without_letters(runs: Runs, chosen: IntArray, text: BoolArray, stroke_px: float) -> IntArray:
    """A path without what it scribbles over letters of its colour at its ends: a name printed where the line stops.

    A line that goes on under a text is as even there as before it.
    """
    kept = chosen
    for _ in range(2):
        kept = kept[::-1]
        rows = np.clip(np.round(runs.centre[kept]).astype(int), 0, text.shape[0] - 1)
        lettered = text[rows, runs.col[kept]]
        count = int(np.argmin(lettered)) if not lettered.all() else 0
        if count < LEAST_LETTERED_STROKES * stroke_px:
            continue
        end = np.sort(kept[:count])
        steps, leaps = np.diff(runs.col[end]), np.abs(np.diff(runs.centre[end], 2))
        uneven = np.mean(steps > 1) > GAP_SHARE or np.mean(leaps > LEAP_STROKES * stroke_px) > LEAP_SHARE
        if uneven:
            kept = kept[count:]
    return kept


def trim_strays(runs: Runs, chain: Chain, stroke_px: float, height: int) -> IntArray:
    """Drop short pieces at either end that stand apart by more than the line's own habit of gaps.

    A piece that comes back into a panel ``height`` rows tall through the side where the line left stays.
    """
    kept = chain.runs
    while len(kept) > 2:
        steps = np.diff(runs.col[kept])
        gaps = steps[steps > 1] - 1
        if not len(gaps):
            break
        habit = max(float(np.median(gaps)) * 3.0, 4.0 * stroke_px)
        breaks = np.flatnonzero(steps > 1)
        head, tail = int(breaks[0]) + 1, len(kept) - 1 - int(breaks[-1])
        head_gap, tail_gap = steps[breaks[0]] - 1, steps[breaks[-1]] - 1
        if is_return(runs, kept[:head], kept[head:], height, stroke_px):
            head_gap = 0
        if is_return(runs, kept[:-tail], kept[-tail:], height, stroke_px):
            tail_gap = 0
        if head_gap > habit and runs.weight[kept[:head]].sum() < head_gap:
            kept = kept[head:]
        elif tail_gap > habit and runs.weight[kept[-tail:]].sum() < tail_gap:
            kept = kept[:-tail]
        else:
            break
    return kept
