"""Which grid the samples of a panel's lines stand on: the one that explains the paths, where its neighbours do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from calibration.geometry import FloatArray
from digitize.refining.abscissa import Abscissa
from digitize.refining.grid import SampleGrid, list_grids
from digitize.refining.misfit import (
    LEVELS_PX,
    MOST_SCATTER_PX,
    Evidence,
    fit_nodes,
    measure,
    scatter_around,
    span_of,
)

SAMPLE_COST = 1.6
"""What a further sample must explain, in log units: it fits a little of the scatter too."""
SHORTLIST = 8
TUNING_STEPS = (0.25, 0.08, 0.025)
FINAL_STEPS = (0.012, 0.005)
"""Shifts of a grid's two ends that are tried, in steps of the grid; the last ones only for the grid that is taken."""
LEAST_DIP = 9.0
DIP_SIGMA = 3.0
"""By how much, in log units and in square roots of the columns that count, a grid must beat grids of the same fineness
that miss the samples: among the many grids tried some do better by chance."""
LEAST_DIP_FRACS = (0.4, 0.15, 0.06)
"""The same as a share of what those cost, at every level of scatter: what the coarse ones take for scatter may be
samples."""
OWN_DIP_FRAC = 0.3
"""The same for a line to have a grid of its own beside the panel's."""
SEVERAL_LINES = 3
FINER_STEPS = 1.3
"""Grids up to this step, in the panel's own, tell whether a line bends where the panel's grid has no sample."""
HOLDS_LOGS = 8.0
HOLDS_PER_SAMPLE = 0.25
"""How much more than its own best grid the panel's may cost a line that follows it: log units, and per sample."""
STRAIGHT_QUANTILE = 0.85
STRAIGHT_PX = 0.05
STRAIGHT_LEVELS = 1.0
"""Samples that bend the line by less, nearly all of them, are none: pixels, or shares of the scatter assumed."""
MOST_OFF_PX = 0.4
FAINT_FRAC = 0.3
"""Nor are samples that bend it less than this share of what the others' kinks would make of a smooth curve there, and
do not follow that curve: real ones either do or scatter as the others do."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidates:
    """Grids in one abscissa with what they cost every line.

    Attributes
    ----------
    abscissa : Abscissa
    origin, step : (G,) float arrays
    cost : (levels, L, G) float array
        Log units, the samples' own cost counted.
    counts : (L, G) int array
        Samples of every line.
    """

    abscissa: Abscissa
    origin: FloatArray
    step: FloatArray
    cost: FloatArray
    counts: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Choice:
    """A grid, what it costs each line, and how clearly it beats grids beside it, at one level of scatter."""

    grid: SampleGrid
    level: int
    cost: FloatArray
    dip: FloatArray


def _cost(origin: FloatArray, step: FloatArray, abscissa: Abscissa, evidence: Sequence[Evidence]) -> FloatArray:
    """(levels, L, G) cost of grids for every line."""
    return _measured(origin, step, abscissa, evidence).cost


def _measured(origin: FloatArray, step: FloatArray, abscissa: Abscissa, evidence: Sequence[Evidence]) -> Candidates:
    rows, counts = [], []
    for one in evidence:
        cost, count = measure(origin, step, abscissa, one)
        rows.append(cost + SAMPLE_COST * count + abscissa.cost)
        counts.append(count)
    return Candidates(
        abscissa=abscissa, origin=origin, step=step, cost=np.stack(rows, axis=1), counts=np.array(counts)
    )


def find_grids(evidence: Sequence[Evidence], abscissas: Sequence[Abscissa]) -> list[Choice | None]:
    """The grid of every line, None where the picture supports none.

    Scatter is assumed coarse first: where a grid explains the lines to a quarter of a pixel and none beside it does,
    what is left is the tracer's; a finer one is looked for only where that fails.

    Parameters
    ----------
    evidence : sequence of Evidence
        One of each line or piece of a line.
    abscissas : sequence of Abscissa
    """
    if not evidence:
        return []
    candidates = []
    for abscissa in abscissas:
        origin, step = list_grids(abscissa, evidence)
        if len(origin):
            candidates.append(_measured(origin, step, abscissa, evidence))
    if not candidates:
        return [None] * len(evidence)
    shared = _choose(candidates, evidence, range(len(evidence)))
    if len(evidence) == 1:
        return [shared]
    return [_assign(k, shared, candidates, evidence) for k in range(len(evidence))]


def _assign(
    line: int, shared: Choice | None, candidates: Sequence[Candidates], evidence: Sequence[Evidence]
) -> Choice | None:
    """The panel's grid for a line that follows it, else one of its own."""
    one = evidence[line]
    if shared is None:
        own = _choose(candidates, evidence, [line])
        # lines of a panel that share no grid have seldom one of their own each
        if own is not None and len(evidence) >= SEVERAL_LINES:
            beside = measure_dip(own.grid, [one], own.level)[1]
            return own if own.dip[line] > OWN_DIP_FRAC * beside else None
        return own
    grid = shared.grid
    best = min(float(some.cost[shared.level, line].min()) for some in candidates)
    if shared.cost[line] <= best + HOLDS_LOGS:
        return shared
    own = _choose(candidates, evidence, [line])
    if own is not None:
        cost = _cost(np.array([grid.origin]), np.array([grid.step]), grid.abscissa, [one])[own.level, 0, 0]
        beside = measure_dip(own.grid, [one], own.level)[1]
        if own.cost[line] + HOLDS_LOGS < cost and own.dip[line] > OWN_DIP_FRAC * beside:
            return own
    count = len(nodes_of(grid, one))
    fine = [some.cost[shared.level, line][some.counts[line] * FINER_STEPS >= count] for some in candidates]
    least = min(float(some.min()) for some in fine if len(some)) if any(len(some) for some in fine) else np.inf
    held = shared.cost[line] <= least + HOLDS_LOGS + HOLDS_PER_SAMPLE * count
    return shared if held or shared.dip[line] > LEAST_DIP else own


def nodes_of(grid: SampleGrid, evidence: Evidence) -> FloatArray:
    """Positions of a line's samples on a grid, in px."""
    first, last = span_of(np.array([grid.origin]), np.array([grid.step]), grid.abscissa, evidence)
    return grid.to_px(np.arange(first[0], max(last[0], first[0] + 1) + 1))


def _choose(candidates: Sequence[Candidates], evidence: Sequence[Evidence], lines: Sequence[int]) -> Choice | None:
    """The best grid of some lines together that stands out from its neighbours."""
    own = [evidence[k] for k in lines]
    for level in range(len(LEVELS_PX)):
        best = _best_at(level, candidates, own, lines)
        if best is not None:
            grid = _settled(_coarsened(best, own, level), own, level)
            cost = _cost(np.array([grid.origin]), np.array([grid.step]), grid.abscissa, evidence)[level, :, 0]
            return Choice(grid=grid, level=level, cost=cost, dip=measure_dip(grid, evidence, level)[0])
    return None


def _best_at(
    level: int, candidates: Sequence[Candidates], own: Sequence[Evidence], lines: Sequence[int]
) -> SampleGrid | None:
    tuned: list[tuple[float, SampleGrid]] = []
    for some in candidates:
        total = some.cost[level][list(lines)].sum(axis=0)
        short = np.argsort(total)[: 4 * SHORTLIST]
        short = short[_distinct(some.origin[short], some.step[short], some.abscissa, own)][:SHORTLIST]
        origin, step = some.origin[short], some.step[short]
        if not some.abscissa.is_fixed:
            origin, step = _tune(origin, step, some.abscissa, own, level)
        total = _cost(origin, step, some.abscissa, own)[level].sum(axis=0)
        tuned += [
            (float(cost), SampleGrid(abscissa=some.abscissa, origin=float(a), step=float(b)))
            for cost, a, b in zip(total, origin, step, strict=True)
        ]
    tuned.sort(key=lambda pair: pair[0])
    best: tuple[float, SampleGrid] | None = None
    least = max(LEAST_DIP, DIP_SIGMA * float(np.sqrt(sum(one.groups for one in own))))
    for cost, grid in tuned[:SHORTLIST]:
        dip, beside = measure_dip(grid, own, level)
        merit = float(dip.sum()) - (cost - tuned[0][0])
        clear = dip.sum() >= max(least, LEAST_DIP_FRACS[level] * beside)
        if clear and (best is None or merit > best[0]) and any(_lies_on(one, grid) for one in own):
            best = merit, grid
    return best[1] if best else None


def _lies_on(evidence: Evidence, grid: SampleGrid) -> bool:
    """Whether a line runs straight between the places of a grid, not just straighter than between others."""
    nodes = nodes_of(grid, evidence)
    if not np.isfinite(nodes).all():
        return False
    return scatter_around(fit_nodes(nodes, evidence)[0], evidence) <= MOST_SCATTER_PX


def _settled(grid: SampleGrid, evidence: Sequence[Evidence], level: int) -> SampleGrid:
    """A chosen grid with its ends told as exactly as the paths allow."""
    if grid.abscissa.is_fixed:
        return grid
    ends = np.array([grid.origin]), np.array([grid.step])
    origin, step = _tune(*ends, grid.abscissa, evidence, level, FINAL_STEPS)
    return replace(grid, origin=float(origin[0]), step=float(step[0]))


def _coarsened(grid: SampleGrid, evidence: Sequence[Evidence], level: int) -> SampleGrid:
    """Every second or third place of a grid where the others never bend a line: N samples, not 2N - 1."""
    for factor in (5, 3, 2):
        for shift in range(factor):
            coarse = replace(grid, origin=grid.origin + shift * grid.step, step=factor * grid.step)
            if all(_suffices(coarse, grid, one, level) for one in evidence):
                return _coarsened(coarse, evidence, level)
    return grid


def _suffices(coarse: SampleGrid, fine: SampleGrid, evidence: Evidence, level: int) -> bool:
    """Whether the finer grid's further samples of a line lie on straight strokes between the coarser's."""
    nodes = nodes_of(fine, evidence)
    place = coarse.places(nodes)
    on = np.abs(place - np.round(place)) < 0.1
    # a line cut by the axes box, or a cap taken for more of it, ends between the coarser places
    inner = ~on & (nodes > nodes[on].min(initial=np.inf)) & (nodes < nodes[on].max(initial=-np.inf))
    if on.sum() < 2 or not inner.any() or not np.isfinite(nodes).all():
        return False
    heights = fit_nodes(nodes, evidence)[1]
    off = heights[inner] - np.interp(nodes[inner], nodes[on], heights[on])
    run, rise = np.gradient(nodes), np.gradient(heights)
    steep = np.hypot(1.0, rise / np.maximum(run, 0.3))[inner]
    size = float(np.quantile(np.abs(off) / steep, STRAIGHT_QUANTILE))
    if size < max(STRAIGHT_PX, STRAIGHT_LEVELS * LEVELS_PX[level]):
        return True
    bulge = _bulge(place[inner], place[on], heights[on])
    follows = float((off * bulge / steep**2).sum() / max(float((bulge**2 / steep**2).sum()), 1e-9))
    usual = float(np.quantile(np.abs(bulge) / steep, STRAIGHT_QUANTILE))
    return size < MOST_OFF_PX and size < FAINT_FRAC * usual and abs(follows) < FAINT_FRAC


def _bulge(place: FloatArray, places: FloatArray, heights: FloatArray) -> FloatArray:
    """How far a smooth curve through samples would leave the straight strokes between them (Everett's formula)."""
    places = np.round(places)
    bend = np.zeros(len(heights))
    bend[1:-1] = heights[:-2] - 2 * heights[1:-1] + heights[2:]
    left = np.clip(np.searchsorted(places, place, side="right") - 1, 0, len(places) - 2)
    share = (place - places[left]) / np.maximum(places[left + 1] - places[left], 1e-6)
    return np.asarray(-share * (1 - share) / 6 * (bend[left] * (2 - share) + bend[left + 1] * (1 + share)), np.float64)


def _ends(abscissa: Abscissa, evidence: Sequence[Evidence]) -> FloatArray:
    """Where the lines together begin and end, in units of the abscissa."""
    return abscissa.to_t(np.array([min(one.ends[0] for one in evidence), max(one.ends[1] for one in evidence)]))


def _distinct(
    origin: FloatArray, step: FloatArray, abscissa: Abscissa, evidence: Sequence[Evidence]
) -> list[int]:
    """Grids that are not nearly one that came before."""
    places = (_ends(abscissa, evidence)[None, :] - origin[:, None]) / step[:, None]
    kept: list[int] = []
    for k in range(len(origin)):
        off = places[k] - places[kept]
        same = (np.abs(off - np.round(off)).max(axis=1, initial=0.0) < 0.25) & (np.abs(off[:, 1] - off[:, 0]) < 0.5)
        if not same.any():
            kept.append(k)
    return kept


def _tune(
    origin: FloatArray,
    step: FloatArray,
    abscissa: Abscissa,
    evidence: Sequence[Evidence],
    level: int,
    sizes: Sequence[float] = TUNING_STEPS,
) -> tuple[FloatArray, FloatArray]:
    """Grids with both their ends shifted to where the paths fit best."""
    t = _ends(abscissa, evidence)
    first = np.round((t[0] - origin) / step)
    count = np.maximum(np.round((t[1] - t[0]) / step), 1.0)
    start, end = origin + first * step, origin + (first + count) * step
    shifts = np.array([(a, b) for a in (-1.0, 0.0, 1.0) for b in (-1.0, 0.0, 1.0)])
    for size in sizes:
        starts = start[:, None] + size * step[:, None] * shifts[None, :, 0]
        ends = end[:, None] + size * step[:, None] * shifts[None, :, 1]
        steps = (ends - starts) / count[:, None]
        total = _cost(starts.ravel(), steps.ravel(), abscissa, evidence)[level].sum(axis=0).reshape(starts.shape)
        best = total.argmin(axis=1)
        rows = np.arange(len(start))
        start, end = starts[rows, best], ends[rows, best]
        step = (end - start) / count
    return start, step


def measure_dip(grid: SampleGrid, evidence: Sequence[Evidence], level: int) -> tuple[FloatArray, float]:
    """How much less a grid costs every line than grids of the same fineness that miss the samples, (L,).

    Also what those cost together.
    """
    t = _ends(grid.abscissa, evidence)
    first = grid.origin + grid.step * np.round((t[0] - grid.origin) / grid.step)
    count = max(float(np.round((t[1] - first) / grid.step)), 1.0)
    others = [(first + grid.step / 2, grid.step)]
    if grid.abscissa.is_fixed:
        others += [(first + share * grid.step, grid.step) for share in (0.3, 0.7)]
    else:
        for half in (-0.5, 0.5):
            step = grid.step * count / (count + half)
            others += [(first, step), (first + count * (grid.step - step), step)]
    origin, step_all = np.array([(grid.origin, grid.step), *others]).T
    cost = _cost(origin, step_all, grid.abscissa, evidence)[level]
    beside = cost[:, 1:].mean(axis=1)
    return beside - cost[:, 0], float(beside.sum())
