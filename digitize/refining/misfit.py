"""How far paths lie from their best broken lines, for many grids of samples at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded

from calibration.geometry import FloatArray
from digitize.refining.abscissa import Abscissa
from digitize.refining.paths import PathPiece

LEVELS_PX = (0.25, 0.08, 0.02)
"""Scatter to assume at least, coarsest first: errors that neighbouring columns share do not show in how much these
differ, and how large they are depends on what lies under a line."""
SHARED_COLUMNS = 4.0
"""Neighbouring columns share their errors: so many count as one."""
LEAST_SCATTER_PX = 0.008
MOST_SCATTER_PX = 0.3
CALM_QUANTILE = 0.4
CALM_SIGMA = 1.9
"""Standard deviation of second differences over their 0.4 quantile, were they normal."""
CORNER_DOUBT = 0.2
"""A column's middle is off by up to this share of the bend there: at corners it holds the ink of two strokes."""
CAP_PX = 0.75
"""Beyond half the stroke, how far a line's ink may reach past its last sample."""
CAP_STEPS = 0.45
OUTSIDE = 0.1
"""Weight of columns beyond the last sample: they hold the cap."""
HOLD = 1e-5
"""Weight of a step between neighbouring samples, relative to a column's: it only fills what was not seen."""
MARKER_SIGMA_PX = 0.6
"""Markers are snapped to whole pixels, and what lies beside them shifts their middle."""
FAR_PX = 1e3
BARE_COST = 2.0
"""Of a place without a marker, or a marker too many."""
ONE_SIGMA = 0.68
FEWEST_COLUMNS = 12
ITEMS_AT_ONCE = 120_000
"""Columns times grids compared in one go: bounds the memory, and stays in the processor's cache."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """What one piece of a path says about where its samples are.

    Attributes
    ----------
    x, y : (N,) float arrays
    weights : (levels, N) float array
        Inverse variance of y at every level of scatter; 0 where nothing was seen. Steep columns and corners say less.
    scatter_px : float
        By how much neighbouring columns differ beyond what the line's course makes of it.
    reach_px : float
        How far the ink may reach beyond the first and last sample.
    ends : (2,) float array
        Where the line begins and ends.
    markers : (M,) float array
        Where its markers stand along x.
    """

    x: FloatArray
    y: FloatArray
    weights: FloatArray
    scatter_px: float
    reach_px: float
    ends: FloatArray
    markers: FloatArray

    @property
    def fit_weight(self) -> FloatArray:
        """Weights of the least squares: between the extremes, for all levels alike."""
        return np.asarray(self.weights[1], np.float64)

    @property
    def groups(self) -> float:
        """Columns that count, neighbours that share their errors taken together."""
        return float((self.fit_weight > 0).sum()) / SHARED_COLUMNS

    @property
    def is_usable(self) -> bool:
        """Whether the piece is long enough to say anything."""
        return bool((self.fit_weight > 0).sum() >= FEWEST_COLUMNS)

    def bends(self) -> FloatArray:
        """How much the path bends at every column, in standard errors on a log scale; 0 where nothing is known."""
        size = np.zeros(len(self.x))
        if len(self.x) > 4:
            size[1:-1] = np.abs(self.y[:-2] - 2 * self.y[1:-1] + self.y[2:]) / (2.5 * max(self.scatter_px, 0.02))
        return np.where(self.fit_weight > 0, np.log1p(size), 0.0)


def weigh(piece: PathPiece) -> Evidence:
    """Prepare a piece of a path for :func:`measure`."""
    x, y = piece.x, piece.y
    bend = np.zeros(len(x))
    slope = np.gradient(y) / np.maximum(np.gradient(x), 0.3)
    if len(x) > 4:
        bend[1:-1] = np.abs(y[:-2] - 2 * y[1:-1] + y[2:])
    usable = piece.seen & ~piece.under_markers()
    calm = bend[usable] / np.hypot(1.0, slope[usable]) if usable.any() else bend
    scatter = float(np.quantile(calm, CALM_QUANTILE)) / np.sqrt(6.0) * CALM_SIGMA
    scatter = float(np.clip(scatter, LEAST_SCATTER_PX, MOST_SCATTER_PX))
    near = np.maximum(bend, np.maximum(np.append(bend[1:], 0.0), np.insert(bend[:-1], 0, 0.0)))
    levels = np.maximum(np.array(LEVELS_PX), scatter)[:, None]
    variance = levels**2 * (1 + slope**2) + (CORNER_DOUBT * near) ** 2
    return Evidence(
        x=x,
        y=y,
        weights=np.where(usable, 1.0 / variance, 0.0),
        scatter_px=scatter,
        reach_px=piece.stroke_px / 2 + CAP_PX,
        ends=piece.ends(),
        markers=piece.markers.x if piece.markers is not None else np.empty(0),
    )


def measure(
    origin: FloatArray, step: FloatArray, abscissa: Abscissa, evidence: Evidence
) -> tuple[FloatArray, NDArray[np.int64]]:
    """Description length of a piece's columns by grids of samples, these not counted, and how many they are.

    A column that lies ``z`` standard errors off its line costs ``log(1 + z**2)``: a heavy tail, so that what the tracer
    got wrong costs every grid the same.

    Parameters
    ----------
    origin, step : (G,) float arrays
        Grids, in units of the abscissa.
    abscissa : Abscissa
    evidence : Evidence

    Returns
    -------
    cost : (levels, G) float array
    count : (G,) int array
    """
    cost, counts = np.zeros((len(LEVELS_PX), len(origin))), np.zeros(len(origin), np.int64)
    size = max(ITEMS_AT_ONCE // max(len(evidence.x), 1), 1)
    t = abscissa.to_t(evidence.x)
    # grids of like fineness together: the block of equations is as wide as the finest
    order = np.argsort(step, kind="stable")
    for start in range(0, len(order), size):
        part = order[start : start + size]
        cost[:, part], counts[part] = _measure(origin[part], step[part], abscissa, evidence, t)
    return cost, counts


def _measure(
    origin: FloatArray, step: FloatArray, abscissa: Abscissa, evidence: Evidence, t: FloatArray
) -> tuple[FloatArray, NDArray[np.int64]]:
    first, last = span_of(origin, step, abscissa, evidence)
    count = np.maximum(last - first + 1, 2)
    place = (t[None, :] - origin[:, None]) / step[:, None]
    left = np.clip(np.floor(place).astype(np.int64), first[:, None], (first + count - 2)[:, None])
    if abscissa.is_straight:
        share = place - left
    else:
        here = abscissa.to_px(origin[:, None] + step[:, None] * left)
        there = abscissa.to_px(origin[:, None] + step[:, None] * (left + 1))
        share = (evidence.x[None, :] - here) / np.maximum(there - here, 1e-6)
        # a log axis has no place for what a grid of values holds at and below 0
        share = np.where(np.isfinite(share), share, 0.0)
    residual = _fit(left - first[:, None], np.clip(share, -1.0, 2.0), count, evidence)[0]
    cost = describe(residual, evidence)
    if len(evidence.markers):
        cost += _cost_of_markers(origin, step, abscissa, count, evidence)
    return cost, count


def _cost_of_markers(
    origin: FloatArray, step: FloatArray, abscissa: Abscissa, count: NDArray[np.int64], evidence: Evidence
) -> FloatArray:
    """Markers off the places of grids, and places without a marker."""
    place = (abscissa.to_t(evidence.markers)[None, :] - origin[:, None]) / step[:, None]
    nearest_px = abscissa.to_px(origin[:, None] + step[:, None] * np.round(place))
    off_px = np.nan_to_num(evidence.markers[None, :] - nearest_px, nan=FAR_PX, posinf=FAR_PX, neginf=FAR_PX)
    bare = np.abs(count - len(evidence.markers))
    return np.asarray(np.log1p((off_px / MARKER_SIGMA_PX) ** 2).sum(axis=1) + BARE_COST * bare, np.float64)


def describe(residual: FloatArray, evidence: Evidence) -> FloatArray:
    """Cost (levels, ...) of residuals (..., N) as :func:`measure` counts it."""
    square = residual**2
    cost = [np.log1p(square * weight).sum(axis=-1) for weight in evidence.weights]
    return np.asarray(np.array(cost) / SHARED_COLUMNS, np.float64)


def _fit(
    left: NDArray[np.int64], share: FloatArray, count: NDArray[np.int64], evidence: Evidence
) -> tuple[FloatArray, FloatArray]:
    """Least squares of broken lines, many at once: residuals (G, N) and heights of the samples (G, K)."""
    grids, width = len(left), int(count.max())
    own = evidence.fit_weight[None, :]
    weight = np.where((share >= 0) & (share <= 1), own, OUTSIDE * own)
    flat = (left + width * np.arange(grids)[:, None]).ravel()
    size = grids * width
    rest = 1 - share
    middle = float(evidence.y.mean())
    y = evidence.y - middle

    def gathered(values: FloatArray, shift: int) -> FloatArray:
        sums = np.asarray(np.bincount(flat, values.ravel(), size), np.float64)
        return np.concatenate([[0.0], sums[:-1]]) if shift else sums

    wr, ws = weight * rest, weight * share
    diagonal = gathered(wr * rest, 0) + gathered(ws * share, 1)
    beside = gathered(wr * share, 0)
    target = gathered(wr * y, 0) + gathered(ws * y, 1)
    usual = HOLD * float(own.max(initial=1e-9))
    inner = (np.arange(width)[None, :] < (count - 1)[:, None]).ravel()
    diagonal += usual * (inner + np.concatenate([[0.0], inner[:-1]])) + 1e-3 * usual
    beside = np.where(inner, beside - usual, 0.0)
    # all lines' tridiagonal equations stand in one banded system, with nothing between their blocks
    bands = np.zeros((2, size))
    bands[1] = diagonal
    bands[0, 1:] = beside[:-1]
    height = solveh_banded(bands, target, overwrite_ab=True, check_finite=False)
    residual = y - rest * height[flat].reshape(rest.shape) - share * height[flat + 1].reshape(rest.shape)
    return residual, height.reshape(grids, width) + middle


def fit_nodes(nodes: FloatArray, evidence: Evidence) -> tuple[FloatArray, FloatArray]:
    """Residuals (N,) and heights (K,) of the broken line with given samples, (K,) rising, nearest to a path."""
    left = np.clip(np.searchsorted(nodes, evidence.x, side="right") - 1, 0, len(nodes) - 2)
    share = (evidence.x - nodes[left]) / np.maximum(nodes[left + 1] - nodes[left], 1e-6)
    residual, height = _fit(left[None, :], np.clip(share, -1.0, 2.0)[None, :], np.array([len(nodes)]), evidence)
    return residual[0], height[0]


def scatter_around(residual: FloatArray, evidence: Evidence) -> float:
    """What a broken line leaves, in px: two thirds of the columns lie within, steep ones measured across."""
    usable = evidence.fit_weight > 0
    if not usable.any():
        return np.inf
    off = np.sqrt(residual[usable] ** 2 * evidence.fit_weight[usable])
    return float(np.quantile(off, ONE_SIGMA)) * max(evidence.scatter_px, LEVELS_PX[1])


def span_of(
    origin: FloatArray, step: FloatArray, abscissa: Abscissa, evidence: Evidence
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last place of grids on a line, its caps not counted."""
    t = abscissa.to_t(evidence.ends)
    inside = abscissa.to_t(evidence.ends + np.array([evidence.reach_px, -evidence.reach_px]))
    reach = np.minimum(np.abs(inside - t)[None, :], CAP_STEPS * step[:, None])
    first = np.floor((t[0] + reach[:, 0] - origin) / step).astype(np.int64)
    last = np.ceil((t[1] - reach[:, 1] - origin) / step).astype(np.int64)
    return first, last
