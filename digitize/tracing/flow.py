"""Several lines of one colour followed at once: pieces of ink joined end to start by global assignment.

A piece runs from one branching of the ink to the next, so it belongs to one line; every end is joined to at most one
start, and of all ways to do so the cheapest is taken (minimum path cover, as in multi-target tracking; Jonker and
Volgenant's assignment solves it exactly). Deciding all crossings together keeps one line from taking another's way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.geometry import BoolArray, FloatArray
from digitize.tracing.runs import Fragments, IntArray, Runs, find_touching_pairs

JUNCTION_STROKES = 14.0
"""A piece between two branchings at most this long is a crossing that lines pass straight; a longer one is shared."""
TOUCHING_STROKES = 1.35
"""Shared ink taller than this shows two strokes side by side."""
MOST_SHARED = 3
SLOPE_BASES_PX = (6.0, 14.0, 30.0)
"""Lengths over which the direction at a piece's end is measured: the one that fits best counts."""
SLACK_STROKES = 0.35
SLACK_FRAC = 0.08
"""How far a joint may miss the direction of its ends at no cost: a base, and a share of its length."""
BEND_COST = 5.0
"""Cost of a joint that ignores its ends' directions altogether ..."""
BEND_STROKES = 4.0
"""... of which half is reached when it misses by this much."""
BARE_COST = 0.22
"""Cost of each stroke width of bare background under a joint."""
PASSES = ((2.0, 1.0), (4.0, 0.4), (6.5, 0.0))
"""Most that a joint may cost, and by how much it must beat the next best, pass by pass."""
LEAP_STROKES = 2.5
"""A joint over bare background may leave its ends' directions by this, and climb no more than its own length."""
OVERLAP_STROKES = 2.0
COLOUR_COST = 12.0
"""Cost of joining pieces of different strength, per unit of coverage."""
PATTERN_COST = 4.0
"""Cost of joining a solid piece and a dashed one."""
SAMPLES = 16
MOST_PIECES = 1500


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Piece:
    """Part of a line: run numbers from left to right, the row of the line in each, and the ink height that is its.

    ``spare`` marks the further copies of ink that several lines may share. ``parts`` are the lengths in px, along the
    stroke, of the separate strokes it was joined from. ``head`` and ``tail`` number the junction at either end, -1
    where it ends freely.
    """

    runs: IntArray
    y: FloatArray
    height: FloatArray
    parts: tuple[float, ...]
    strength: float
    spare: bool = False
    bare: float = 0.0
    head: int = -1
    tail: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """What is known of the lines: stroke width, the longest gap and dash to expect (px), whether shades tell."""

    stroke_px: float
    gap_px: float
    solid_px: float
    shaded: bool = False
    dashed: bool = False


def cut_pieces(runs: Runs, fragments: Fragments, stroke_px: float) -> tuple[list[Piece], BoolArray]:
    """Fragments as pieces; short junctions left out, long shared ones copied once for every line that enters.

    Returns
    -------
    pieces, dropped
        ``dropped``: (len(runs),) bool, the runs of junctions that were left out.
    """
    owner = np.empty(len(runs), np.int64)
    for k, members in enumerate(fragments.members):
        owner[members] = k
    left, right = find_touching_pairs(runs)
    pairs = np.unique(np.column_stack([owner[left], owner[right]])[owner[left] != owner[right]], axis=0)
    leaving = np.bincount(pairs[:, 0], minlength=len(fragments))
    entering = np.bincount(pairs[:, 1], minlength=len(fragments))
    lengths = np.array([_arc(runs.col[members], runs.centre[members]) for members in fragments.members])
    short = (np.maximum(leaving, entering) > 1) & (lengths <= JUNCTION_STROKES * stroke_px)
    head, tail = _number_junctions(pairs, short)
    pieces: list[Piece] = []
    dropped = np.zeros(len(runs), bool)
    for k, members in enumerate(fragments.members):
        y, height = runs.centre[members], runs.height[members]
        strength = float(np.median(runs.peak[members]))
        many = int(max(leaving[k], entering[k], 1))
        if short[k]:
            dropped[members] = True
            continue
        slope = np.gradient(y) if len(y) > 1 else np.zeros(1)
        one = stroke_px * np.hypot(1.0, np.clip(slope, -4.0, 4.0))
        shared = min(many, MOST_SHARED) if leaving[k] and entering[k] else 1
        for copy in range(shared):
            room = np.where(height > TOUCHING_STROKES * one, np.maximum(height - one, 0.0), 0.0)
            place = y + (room * (copy / (shared - 1) - 0.5) if shared > 1 else 0.0)
            own = np.minimum(height, one) if shared > 1 else height
            pieces.append(
                Piece(
                    runs=members, y=place, height=own, parts=(float(lengths[k]),), strength=strength,
                    spare=copy > 0, head=int(head[k]), tail=int(tail[k]),
                )
            )  # fmt: skip
    return pieces, dropped


def _number_junctions(pairs: IntArray, short: BoolArray) -> tuple[IntArray, IntArray]:
    """The number of the junction at the start and end of every fragment, -1 without; touching ones are one."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count = len(short)
    inner = pairs[short[pairs[:, 0]] & short[pairs[:, 1]]]
    graph = coo_array((np.ones(len(inner)), (inner[:, 0], inner[:, 1])), shape=(count, count))
    group = connected_components(graph, directed=False)[1]
    head, tail = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
    into, out = pairs[short[pairs[:, 1]]], pairs[short[pairs[:, 0]]]
    tail[into[:, 0]] = group[into[:, 1]]
    head[out[:, 1]] = group[out[:, 0]]
    return head, tail


def join_pieces(runs: Runs, pieces: list[Piece], inked: BoolArray, joining: Joining) -> list[Piece]:
    """Join pieces into lines, the clearest joints first, so that longer pieces tell directions and dashes better.

    Parameters
    ----------
    runs, pieces
    inked : (H, W) bool array
        Where a line may pass unseen: ink of any colour, texts, blocked places.
    joining : Joining
    """
    for most, margin in PASSES:
        for _ in range(2):
            before = len(pieces)
            if before > MOST_PIECES or before < 2:
                return pieces
            pieces = _join_once(runs, pieces, inked, joining, most, margin)
            if len(pieces) == before:
                break
    return pieces


def _join_once(
    runs: Runs, pieces: list[Piece], inked: BoolArray, joining: Joining, most: float, margin: float
) -> list[Piece]:
    from scipy.optimize import linear_sum_assignment

    cost, bare = _joint_costs(runs, pieces, inked, joining)
    spare = np.array([piece.spare for piece in pieces], float)
    cost = cost + most / 2 * (spare[:, None] + spare[None, :])
    gain = most - cost
    gain[gain < 0] = 0.0
    if margin > 0:
        for axis in (0, 1):
            ranked = np.partition(gain, -2, axis=axis)
            second = np.take(ranked, -2, axis=axis)
            best = np.take(ranked, -1, axis=axis)
            best, second = np.expand_dims(best, axis), np.expand_dims(second, axis)
            gain = np.where((gain == best) & (best - second < margin), 0.0, np.where(gain == best, gain, 0.0))
    ends, starts = linear_sum_assignment(-gain)
    following = {int(i): int(j) for i, j in zip(ends, starts, strict=True) if gain[i, j] > 0}
    firsts = set(range(len(pieces))) - set(following.values())
    result = []
    for first in sorted(firsts):
        chain = [first]
        while chain[-1] in following:
            chain.append(following[chain[-1]])
        gaps = [float(bare[i, j]) for i, j in zip(chain, chain[1:], strict=False)]
        result.append(_merge([pieces[k] for k in chain], gaps) if len(chain) > 1 else pieces[first])
    return result


def _merge(chain: Sequence[Piece], gaps: Sequence[float]) -> Piece:
    parts = list(chain[0].parts)
    for piece, gap in zip(chain[1:], gaps, strict=True):
        more = list(piece.parts)
        if gap < 0.5:  # under ink the stroke goes on unseen
            parts[-1] += more.pop(0)
        parts.extend(more)
    sizes = np.array([len(piece.runs) for piece in chain], float)
    return Piece(
        runs=np.concatenate([piece.runs for piece in chain]),
        y=np.concatenate([piece.y for piece in chain]),
        height=np.concatenate([piece.height for piece in chain]),
        parts=tuple(parts),
        strength=float((sizes * [piece.strength for piece in chain]).sum() / sizes.sum()),
        spare=all(piece.spare for piece in chain),
        bare=sum(piece.bare for piece in chain) + sum(gaps),
        head=chain[0].head,
        tail=chain[-1].tail,
    )


def _arc(col: IntArray, y: FloatArray) -> float:
    return float(np.hypot(np.diff(col), np.diff(y)).sum()) + 1.0


def _ends(runs: Runs, pieces: list[Piece], *, last: bool) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Column, row, half excess height and (B, N) directions at one end of every piece."""
    at = -1 if last else 0
    x = np.array([runs.col[piece.runs[at]] for piece in pieces], float)
    y = np.array([piece.y[at] for piece in pieces])
    height = np.array([piece.height[at] for piece in pieces])
    slopes = np.full((len(SLOPE_BASES_PX), len(pieces)), np.nan)
    for k, piece in enumerate(pieces):
        cols = runs.col[piece.runs[-31:] if last else piece.runs[:31]].astype(float)
        rows = piece.y[-31:] if last else piece.y[:31]
        for b, base in enumerate(SLOPE_BASES_PX):
            near = np.abs(cols - x[k]) <= base
            if b and near.sum() == len(cols) and len(cols) < 0.6 * base:
                continue
            cx, cy = cols[near], rows[near]
            if np.ptp(cx) < 2:
                continue
            dx = cx - cx.mean()
            slopes[b, k] = (dx * cy).sum() / (dx * dx).sum()
    return x, y, height, slopes


def _joint_costs(runs: Runs, pieces: list[Piece], inked: BoolArray, joining: Joining) -> tuple[FloatArray, FloatArray]:
    """(N, N) cost of joining the end of one piece to the start of another, and bare px under the joint."""
    stroke = joining.stroke_px
    xe, ye, he, se = _ends(runs, pieces, last=True)
    xs, ys, hs, ss = _ends(runs, pieces, last=False)
    count = len(pieces)
    cost, bare = np.full((count, count), np.inf), np.zeros((count, count))
    reach = max(joining.gap_px, JUNCTION_STROKES * stroke) + 4 * stroke + 8
    gap = xs[None, :] - xe[:, None]
    middle_e = np.array([runs.col[piece.runs].mean() for piece in pieces])
    possible = (gap >= -OVERLAP_STROKES * stroke) & (gap < reach)
    possible &= (middle_e[None, :] > middle_e[:, None]) & ~np.eye(count, dtype=bool)
    i, j = np.nonzero(possible)
    if not len(i):
        return cost, bare
    run, rise = np.maximum(xs[j] - xe[i], 1.0), ys[j] - ye[i]
    tall = np.maximum(he[i] - stroke, 0.0) / 2 + np.maximum(hs[j] - stroke, 0.0) / 2
    miss = []
    for slopes, which in ((se, i), (ss, j)):
        lean = slopes[:, which]
        off = np.abs(rise - lean * run) / np.sqrt(1.0 + np.clip(np.nan_to_num(lean), -4, 4) ** 2)
        off = np.where(np.isfinite(off), off, np.inf)
        miss.append(off.min(axis=0))
    unknown = [~np.isfinite(part) for part in miss]
    both = np.where(unknown[0], miss[1], np.where(unknown[1], miss[0], (miss[0] + miss[1]) / 2))
    both = np.where(unknown[0] & unknown[1], 0.7 * np.abs(rise), both)
    off_px = np.maximum(both - tall - SLACK_STROKES * stroke - SLACK_FRAC * run, 0.0)
    miss_strokes = off_px / stroke
    climb = np.maximum(np.abs(rise) - tall, 0.0)
    length = np.hypot(np.maximum(xs[j] - xe[i] - 1, 0.0), climb)
    t = (np.arange(SAMPLES) + 0.5) / SAMPLES
    px = xe[i][:, None] + t * (xs[j] - xe[i])[:, None]
    py = ye[i][:, None] + t * rise[:, None]
    rows = np.clip(np.round(py).astype(int), 0, inked.shape[0] - 1)
    cols = np.clip(np.round(px).astype(int), 0, inked.shape[1] - 1)
    open_px = length * (1.0 - inked[rows, cols].mean(axis=1))
    tail, head = np.array([piece.tail for piece in pieces]), np.array([piece.head for piece in pieces])
    open_px = np.where((tail[i] == head[j]) & (tail[i] >= 0), 0.0, open_px)
    value = BEND_COST * miss_strokes / (miss_strokes + BEND_STROKES) + BARE_COST * open_px / stroke
    leaps = (open_px > 1.0 + 0.5 * stroke) & (miss_strokes > LEAP_STROKES + 0.1 * run / stroke)
    value = np.where(leaps | (open_px > joining.gap_px), np.inf, value)
    value = value + _unlike(pieces, i, j, joining)
    cost[i, j], bare[i, j] = value, open_px
    return cost, bare


def _unlike(pieces: list[Piece], i: IntArray, j: IntArray, joining: Joining) -> FloatArray:
    """Cost of joining pieces that look different: solid and dashed, strong and pale."""
    longest = np.array([max(piece.parts) for piece in pieces])
    parts = np.array([len(piece.parts) for piece in pieces])
    solid, dashed = longest > joining.solid_px, (longest <= joining.solid_px) & (parts >= 3)
    mean = np.array([np.mean(piece.parts) for piece in pieces])
    unlike = (solid[i] & dashed[j]) | (dashed[i] & solid[j])
    cost = PATTERN_COST * unlike.astype(float)
    if joining.dashed:
        # beside a solid line a short piece whose far end is free is somebody else's dash
        short = longest < joining.solid_px / 2
        open_start = np.array([piece.head < 0 for piece in pieces])
        open_end = np.array([piece.tail < 0 for piece in pieces])
        cost += np.where((solid[i] & short[j] & open_end[j]) | (short[i] & open_start[i] & solid[j]), PATTERN_COST, 0.0)
    known = (parts[i] >= 4) & (parts[j] >= 4) & ~unlike & ~solid[i]
    cost += np.where(known, np.minimum(1.5 * np.abs(np.log(mean[i] / mean[j])), PATTERN_COST), 0.0)
    one_known = (np.maximum(parts[i], parts[j]) >= 4) & (np.minimum(parts[i], parts[j]) == 1) & ~unlike
    single = np.where(parts[i] == 1, mean[i], mean[j])
    most = np.where(parts[i] == 1, longest[j], longest[i])
    cost += np.where(one_known & (single > 1.4 * most + 1.0), 1.5, 0.0)
    if joining.shaded:
        strength = np.array([piece.strength for piece in pieces])
        cost += COLOUR_COST * np.maximum(np.abs(strength[i] - strength[j]) - 0.03, 0.0)
    return np.asarray(cost, np.float64)
