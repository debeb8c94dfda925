"""A uniform grid of samples under the corners of a panel's lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.geometry import FloatArray
from digitize.refining.abscissa import Abscissa

FINEST_STEP_PX = 2.2
"""Samples closer than this leave no corners to see."""
FEWEST_CORNERS = 4
SYSTEMATIC_PX = 0.12
"""Standard error of a corner's place that its fit does not know of (joins, rasterisation)."""
BLUR_PX = 2.5
"""Corners less certain than this say nothing."""
STRAY_FRAC = 0.1
"""Share of corners expected to be no sample: glitches of the trace."""
LEAST_EVIDENCE = 12.0
"""Log likelihood ratio against corners anywhere, cost of the search included."""
MOST_STRAY_FRAC = 0.3
LEAST_HELD_FRAC = 0.45
SHOWING_STEPS_PX = (6.0, 16.0)
"""Below the first step corners may not show, above the second nearly all do."""
STRAY_SIGMA = 3.5
MOST_ANCHORS = 4
ANCHOR_SPAN_FRAC = 0.3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SampleGrid:
    """Samples at ``origin + k * step`` along an abscissa, k any whole number.

    Attributes
    ----------
    abscissa : Abscissa
        What the samples are uniform in: the axis' own coordinate, its values, or months.
    origin, step : float
        In units of the abscissa.
    evidence : float
        Log likelihood ratio against corners anywhere.
    stray : float
        Share of the corners off the grid.
    held : float
        Share of the grid's places, over all lines, that hold a corner.
    step_px : float
        Step in pixels, about.
    """

    abscissa: Abscissa
    origin: float
    step: float
    evidence: float
    stray: float
    held: float = 1.0
    step_px: float = 0.0

    def to_px(self, places: NDArray[np.int64]) -> FloatArray:
        """Pixel positions of grid places."""
        return self.abscissa.to_px(self.origin + self.step * np.asarray(places, float))

    def places(self, x_px: FloatArray) -> FloatArray:
        """Grid places, with fractions, of pixel positions."""
        return (self.abscissa.to_t(x_px) - self.origin) / self.step


def _log_ratio(t: FloatArray, sigma: FloatArray, origin: FloatArray, step: FloatArray) -> FloatArray:
    """Evidence of grids (G,) from corners (C,), against corners anywhere."""
    place = (t[None, :] - origin[:, None]) / step[:, None]
    off = (place - np.round(place)) * step[:, None]
    density = np.exp(-0.5 * (off / sigma) ** 2) / (np.sqrt(2 * np.pi) * sigma) * step[:, None]
    return np.asarray(np.log((1 - STRAY_FRAC) * density + STRAY_FRAC).sum(axis=1))


def _occupancy(t: FloatArray, sigma: FloatArray, origin: float, step: float, spans_t: FloatArray) -> float:
    """Evidence from how full the grid is: its places hold corners, corners anywhere leave most of them empty."""
    held, places = _count_held(t, sigma, origin, step, spans_t)
    return (places - held) * float(np.log(1 - held / places)) + held


def _count_held(
    t: FloatArray, sigma: FloatArray, origin: float, step: float, spans_t: FloatArray
) -> tuple[float, float]:
    """Corners on a grid, and its places within the lines' spans, ends left out."""
    off = t - origin - step * np.round((t - origin) / step)
    held = float((np.abs(off) < 3 * sigma).sum())
    inner = np.maximum(np.abs(spans_t[:, 1] - spans_t[:, 0]) / step - 1.0, 0.0)
    return held, max(float(inner.sum()), held + 0.5)


def find_grids(
    x_px: FloatArray, sigma_px: FloatArray, spans_px: FloatArray, abscissas: Sequence[Abscissa]
) -> list[SampleGrid]:
    """Uniform grids that corners stand on, the best supported first; their evidence may still be poor.

    Candidates run through pairs of sharp corners far apart, with every whole number of steps between them; the
    coarsest grid wins by itself, because a corner on it was the less likely by chance.

    Parameters
    ----------
    x_px, sigma_px : (C,) float arrays
        Corners of all lines together.
    spans_px : (L, 2) float array
        First and last position of every line.
    abscissas : sequence of Abscissa
        Coordinates in which the samples may be uniform.
    """
    clear = sigma_px < BLUR_PX
    x, sigma = x_px[clear], np.hypot(sigma_px[clear], SYSTEMATIC_PX)
    if len(x) < FEWEST_CORNERS:
        return []
    found = [grid for abscissa in abscissas for grid in _find_on(x, sigma, spans_px, abscissa)]
    return sorted(found, key=lambda grid: -grid.evidence)


def _find_on(x: FloatArray, sigma_px: FloatArray, spans_px: FloatArray, abscissa: Abscissa) -> list[SampleGrid]:
    t = abscissa.to_t(x)
    scale = abscissa.per_px(x)
    sigma = sigma_px * scale
    if not np.isfinite(t).all():
        return []
    finest = FINEST_STEP_PX * float(np.median(scale))
    spans_t = np.stack([abscissa.to_t(spans_px[:, 0]), abscissa.to_t(spans_px[:, 1])], axis=1)
    candidates: list[tuple[float, float]] = []
    trials = 0
    for a, b in _anchors(x, sigma_px):
        span = abs(t[b] - t[a])
        most = int(span / finest)
        if most < 1:
            continue
        if abscissa.steps:
            origins = np.concatenate([t[[a, b]], [0.0]])
            origin, step = (side.ravel() for side in np.meshgrid(origins, np.array(abscissa.steps, float)))
            step_ok = step >= finest
            origin, step = origin[step_ok], step[step_ok]
        else:
            numbers = np.arange(1, most + 1, dtype=float)
            origin, step = np.full(len(numbers), min(t[a], t[b])), span / numbers
        if not len(step):
            continue
        trials += len(step)
        candidates += _best_few(t, sigma, origin, step)
    grids: list[SampleGrid] = []
    for origin_one, step_one in candidates:
        origin_one, step_one = _polish(t, sigma, origin_one, step_one, fixed_step=bool(abscissa.steps))
        if any(abs(grid.step / step_one - 1) < 1e-3 for grid in grids):
            continue
        evidence = float(_log_ratio(t, sigma, np.array([origin_one]), np.array([step_one]))[0])
        evidence += _occupancy(t, sigma, origin_one, step_one, spans_t) - float(np.log(max(trials, 1))) - abscissa.cost
        off = np.abs(t - origin_one - step_one * np.round((t - origin_one) / step_one)) / sigma
        stray = float(np.mean(off > STRAY_SIGMA))
        held, places = _count_held(t, sigma, origin_one, step_one, spans_t)
        grids.append(
            SampleGrid(
                abscissa=abscissa,
                origin=origin_one,
                step=step_one,
                evidence=evidence,
                stray=stray,
                held=held / places,
                step_px=step_one / float(np.median(scale)),
            )
        )
    return grids


def is_supported(grid: SampleGrid) -> bool:
    """Whether the corners alone establish a grid."""
    return grid.evidence >= LEAST_EVIDENCE and grid.stray <= MOST_STRAY_FRAC and not is_hollow(grid)


def is_hollow(grid: SampleGrid) -> bool:
    """Whether a grid coarse enough for every corner to show holds few of them."""
    low, high = SHOWING_STEPS_PX
    return grid.held < LEAST_HELD_FRAC * float(np.clip((grid.step_px - low) / (high - low), 0.0, 1.0))


def _anchors(x: FloatArray, sigma: FloatArray) -> list[tuple[int, int]]:
    """Pairs of sharp corners far apart."""
    span = float(np.ptp(x))
    order = np.argsort(sigma)
    left = [int(k) for k in order if x[k] < x.min() + ANCHOR_SPAN_FRAC * span][:MOST_ANCHORS]
    right = [int(k) for k in order if x[k] > x.max() - ANCHOR_SPAN_FRAC * span][:MOST_ANCHORS]
    return [(a, b) for a in left for b in right if x[b] > x[a]]


def _best_few(
    t: FloatArray, sigma: FloatArray, origin: FloatArray, step: FloatArray, few: int = 3
) -> list[tuple[float, float]]:
    # an anchor's own error tilts the grid: judge with a little more room before polishing
    evidence = _log_ratio(t, 1.5 * sigma, origin, step)
    return [(float(origin[k]), float(step[k])) for k in np.argsort(-evidence)[:few]]


def _polish(
    t: FloatArray, sigma: FloatArray, origin: float, step: float, *, fixed_step: bool
) -> tuple[float, float]:
    """Least squares of origin and step over the corners near the grid."""
    for room in (4.0, 3.0, 3.0):
        place = np.round((t - origin) / step)
        off = t - origin - step * place
        near = np.abs(off) < np.minimum(room * sigma, 0.35 * step)
        if near.sum() < 3 or np.ptp(place[near]) < 1:
            break
        weight = sigma[near] ** -1.0
        columns = np.stack([np.ones(int(near.sum())), place[near]], axis=1)[:, : 1 if fixed_step else 2]
        change = np.linalg.lstsq(columns * weight[:, None], off[near] * weight, rcond=None)[0]
        origin += float(change[0])
        step += 0.0 if fixed_step else float(change[1])
    return origin, step
