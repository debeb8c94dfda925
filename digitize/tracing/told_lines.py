"""Lines of one colour whose legend shows a dash pattern or a shade for each: every line is followed by its own.

A piece of ink that touches nothing is a dash or a dot, and its length says of which pattern, as does the gap beside
it; a long piece is of the solid line. Solid lines in shades of one colour are told by how strong their pieces are.
Each line takes the best chain of pieces, weighed by how well they fit, and passes unseen under the others'. The most
telling one goes first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from calibration.geometry import BoolArray, FloatArray
from digitize.tracing.chain import Chain, find_best_chain, trim_strays
from digitize.tracing.dashes import to_pattern
from digitize.tracing.runs import Fragments, IntArray, Runs, find_touching_pairs
from digitize.values import LegendEntry

LENGTH_SLACK_FRAC = 0.3
LENGTH_SLACK_PX = 1.0
"""Spread of a dash's length about that of the legend's."""
SOLID_DASHES = 1.7
"""A piece this many times as long as the longest dash is of the solid line."""
TOUCHING_WEIGHT = 0.5
"""What a piece that runs into other ink counts for any line."""
STRAY_WEIGHT = 0.03
GAP_REACH = 2.0
AIM_FRAC = 0.3
"""The next dash lies within twice the longest gap, and off the direction by less than this share of the way."""
STRENGTH_SLACK = 0.25
OTHER_SHADE_WEIGHT = 0.3
FEWEST_SHADES = 3
LEAST_SHADE_STEP = 0.05
SHADE_SLACK = 0.5
CERTAIN_FIT = 0.5
LEAST_FADE, FADES = 0.65, 45
"""Shades that differ by this share tell lines apart, each to within half a step; all may be fainter or stronger."""
LEAST_SPAN_FRAC = 0.2
LEAST_SCORE_FRAC = 0.12
"""A line is found where it spans this share of the panel and its evidence is this share of what its pattern inks."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Strokes:
    """The ink of one colour.

    Attributes
    ----------
    runs : Runs
    fragments : Fragments
    hidden : (H, W) bool array
        Where a line may pass unseen besides under the colour's own ink.
    stroke_px : float
    """

    runs: Runs
    fragments: Fragments
    hidden: BoolArray
    stroke_px: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ToldLine:
    """The runs of one line, left to right, and its entry."""

    entry: LegendEntry
    runs: IntArray
    score: float


def are_distinct(entries: Sequence[LegendEntry]) -> bool:
    """Whether the dash patterns of all entries differ, so that pieces of ink tell whose they are."""
    return len(entries) > 1 and all(
        _differ(one.dash, other.dash) for k, one in enumerate(entries) for other in entries[k + 1 :]
    )


def _differ(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Whether two patterns have a dash, or a gap, that the other has nothing like."""
    if not one or not other:
        return bool(one) != bool(other)
    return any(
        min(abs(x - y) for y in b) > LENGTH_SLACK_FRAC * x + LENGTH_SLACK_PX
        for start in (0, 1)
        for a, b in ((one[start::2], other[start::2]), (other[start::2], one[start::2]))
        for x in a
    )


def follow_patterns(
    strokes: Strokes,
    entries: Sequence[LegendEntry],
    strengths: Sequence[float],
) -> list[ToldLine]:
    """Follow one line for each entry, by its dash pattern.

    Parameters
    ----------
    strokes : Strokes
    entries : sequence of LegendEntry
        Of distinct patterns.
    strengths : sequence of float
        How strong each entry's shade is beside the strongest.

    Returns
    -------
    list of ToldLine
        In the order of the entries; empty where one of them is not found.
    """
    fragments = strokes.fragments
    lengths, free = _measure(strokes.runs, fragments)
    reach_px = GAP_REACH * max((off for entry in entries for off in entry.dash[1::2]), default=0.0)
    gaps = _measure_gaps(fragments, free, strokes.stroke_px, reach_px)
    longest = max((on for entry in entries for on in entry.dash[::2]), default=0.0)
    shaded = max(strengths) - min(strengths) > STRENGTH_SLACK
    peaks = _peaks(strokes)
    weights = []
    for entry, strength in zip(entries, strengths, strict=True):
        weight = _weigh(entry, lengths, gaps, free, longest)
        if shaded:
            off = (peaks - strength) / STRENGTH_SLACK
            weight = weight * (OTHER_SHADE_WEIGHT + (1.0 - OTHER_SHADE_WEIGHT) * np.exp(-(off**2)))
        weights.append(weight)
    certain = free | (lengths > SOLID_DASHES * longest)
    telling = sorted(range(len(entries)), key=lambda k: -max(entries[k].dash[::2], default=np.inf))
    return _follow_each(strokes, entries, weights, telling, certain)


def follow_shades(
    strokes: Strokes,
    entries: Sequence[LegendEntry],
    strengths: Sequence[float],
) -> list[ToldLine]:
    """Follow one solid line for each entry, by its shade.

    Parameters
    ----------
    strokes : Strokes
    entries : sequence of LegendEntry
    strengths : sequence of float
        How strong the legend shows each entry, beside the strongest ink: lines may all be drawn fainter or stronger.

    Returns
    -------
    list of ToldLine
        In the order of the entries; empty where one of them is not found, or shades are too near each other.
    """
    steps = np.diff(np.sort(strengths))
    if len(entries) < FEWEST_SHADES or steps.min() < LEAST_SHADE_STEP:
        return []
    peaks = _peaks(strokes)
    fades = np.geomspace(LEAST_FADE, 1.0 / LEAST_FADE, FADES)
    shown = fades[:, None] * np.asarray(strengths)
    slack = SHADE_SLACK * fades * steps.min()
    fit = np.exp(-(((peaks[:, None, None] - shown) / slack[:, None]) ** 2))
    fade = int((strokes.fragments.reward[:, None] * fit.max(axis=2)).sum(axis=0).argmax())
    weights = [np.maximum(fit[:, fade, k], STRAY_WEIGHT) for k in range(len(entries))]
    certain = fit[:, fade].max(axis=1) > CERTAIN_FIT
    telling = sorted(range(len(entries)), key=lambda k: -strengths[k])
    return _follow_each(strokes, entries, weights, telling, certain)


def _follow_each(
    strokes: Strokes,
    entries: Sequence[LegendEntry],
    weights: Sequence[FloatArray],
    telling: Sequence[int],
    certain: BoolArray,
) -> list[ToldLine]:
    """One chain for each entry, the most telling first; pieces that are certainly one's are no other's."""
    runs, fragments, hidden, stroke_px = strokes.runs, strokes.fragments, strokes.hidden, strokes.stroke_px
    left = np.ones(len(fragments), bool)
    veiled = hidden.copy()
    for col, first, last in zip(runs.col.tolist(), runs.first.tolist(), runs.last.tolist(), strict=True):
        veiled[first : last + 1, col] = True
    found: dict[int, ToldLine] = {}
    for k in telling:
        weight = weights[k] * left
        pieces = replace(fragments, reward=fragments.reward * weight)
        chain = find_best_chain(runs, pieces, veiled, stroke_px, gaps_px=entries[k].dash[1::2])
        if chain is None:
            return []
        chain = _without_strangers(runs, fragments, chain, weight)
        chosen = trim_strays(runs, chain, stroke_px, hidden.shape[0])
        if len(chosen) < 2:
            return []
        span = float(runs.col[chosen[-1]] - runs.col[chosen[0]] + 1)
        duty = to_pattern(entries[k].dash).duty
        if span < LEAST_SPAN_FRAC * hidden.shape[1] or chain.score < LEAST_SCORE_FRAC * duty * span:
            return []
        found[k] = ToldLine(entry=entries[k], runs=chosen, score=chain.score)
        left[chain.fragments[certain[chain.fragments]]] = False
    return [found[k] for k in range(len(entries))]


def _peaks(strokes: Strokes) -> FloatArray:
    return np.array([float(np.median(strokes.runs.peak[members])) for members in strokes.fragments.members])


def _measure(runs: Runs, fragments: Fragments) -> tuple[FloatArray, BoolArray]:
    """Length of every fragment along its stroke, and whether both of its ends are free."""
    left, right = find_touching_pairs(runs)
    before, after = np.ones(len(runs), bool), np.ones(len(runs), bool)
    after[left], before[right] = False, False
    lengths = np.array(
        [float(np.hypot(np.diff(runs.col[m]), np.diff(runs.centre[m])).sum()) + 1.0 for m in fragments.members]
    )
    free = np.array([bool(before[m[0]] and after[m[-1]]) for m in fragments.members])
    # ink of others beside an end hides how far it goes
    covered = runs.covered_above | runs.covered_below
    return lengths, free & ~np.array([bool(covered[m[[0, -1]]].any()) for m in fragments.members])


def _measure_gaps(fragments: Fragments, free: BoolArray, stroke_px: float, most_px: float) -> FloatArray:
    """(N, 2) bare length from each free fragment back and on to the nearest one that lies in its direction."""
    ahead = fragments.start[None, :] - fragments.end[:, None]
    rise = fragments.y_start[None, :] - fragments.y_end[:, None]
    slope = np.nan_to_num(fragments.slope_end)[:, None]
    back = np.nan_to_num(fragments.slope_start)[None, :]
    miss = np.minimum(np.abs(rise - slope * ahead), np.abs(rise - back * ahead))
    length = np.hypot(ahead, rise) - 1.0
    likely = (ahead > 0) & (miss < stroke_px + AIM_FRAC * ahead) & (length < most_px)
    length = np.where(likely, length, np.inf)
    gaps = np.stack([length.min(axis=0), length.min(axis=1)], axis=1)
    gaps[~free] = np.inf
    return gaps


def _weigh(entry: LegendEntry, lengths: FloatArray, gaps: FloatArray, free: BoolArray, longest: float) -> FloatArray:
    """How well each fragment fits an entry's pattern, 0 to 1."""
    if not entry.dash:
        whole = lengths > SOLID_DASHES * longest
        return np.where(whole, 1.0, np.where(free, STRAY_WEIGHT, TOUCHING_WEIGHT))
    fit = np.zeros(len(lengths))
    for on in set(entry.dash[::2]):
        spread = LENGTH_SLACK_FRAC * on + LENGTH_SLACK_PX
        fit = np.maximum(fit, np.exp(-(((lengths - on) / spread) ** 2)))
    between = np.zeros(gaps.shape)
    for off in set(entry.dash[1::2]):
        spread = LENGTH_SLACK_FRAC * off + LENGTH_SLACK_PX
        between = np.maximum(between, np.exp(-(((gaps - off) / spread) ** 2)))
    # a gap that others' ink fills says nothing
    open_ended = np.isfinite(gaps).sum(axis=1) == 0
    fit = fit * np.where(open_ended, TOUCHING_WEIGHT, np.where(np.isfinite(gaps), between, 0.0).max(axis=1))
    fits = np.maximum(fit, STRAY_WEIGHT)
    most = SOLID_DASHES * max(entry.dash[::2])
    return np.where(free, fits, np.where(lengths > most, 0.0, TOUCHING_WEIGHT))


def _without_strangers(runs: Runs, fragments: Fragments, chain: Chain, weight: FloatArray) -> Chain:
    """A chain without the pieces that do not count for it: it passes under them."""
    own = chain.fragments[weight[chain.fragments] > STRAY_WEIGHT]
    members = np.concatenate([fragments.members[k] for k in own]) if len(own) else np.empty(0, np.int64)
    return replace(chain, runs=chain.runs[np.isin(chain.runs, members)], fragments=own)
