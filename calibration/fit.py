"""The vote of all labels for one affine axis, and the weighted fit behind it.

Wrong reads are common and wrong in correlated ways, so least squares over first readings is no use. Instead every
pair of readings proposes an axis, and every label is asked which of its readings, if any, stands where the proposal
says (RANSAC with all pairs, after Fischler and Bolles 1981, scored by likelihood as in MSAC rather than by count).
Distances are measured in pixels along the axis, so linear, log and date proposals compete on equal terms.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from calibration.geometry import FloatArray

FAR_SIGMA = 1e6
LABEL_GAIN = 4.0
"""What an agreeing label brings, in the units of reading costs: agreement ends at sqrt(2 * LABEL_GAIN) sigma."""
INVERTED_COST = 2.0
"""What it costs to take an axis for inverted: signs that were misread make it seem so more often than it is."""
MAX_READINGS = 180
"""Readings that take part in the vote; the costliest are left out beyond it."""
REFINED = 8
"""Proposals that are fitted to their supporters and scored again."""
PRIOR_DOF = 2.0
"""How many observations the stated sigma is worth against the scatter that is seen."""

IntArray = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Vote:
    """The winning proposal ``u = slope * px + intercept``.

    Attributes
    ----------
    slope, intercept : float
    chosen : (n,) int array
        For every label the index of its reading, -1 where it disagrees.
    score : float
        Summed gains.
    """

    slope: float
    intercept: float
    chosen: IntArray
    score: float

    @property
    def agreeing(self) -> list[int]:
        """Indices of the labels that support the proposal."""
        return [int(index) for index in np.flatnonzero(self.chosen >= 0)]

    @property
    def dissenting(self) -> list[int]:
        return [int(index) for index in np.flatnonzero(self.chosen < 0)]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Line:
    """A weighted least-squares line ``u = slope * (px - centre_px) + intercept``."""

    slope: float
    intercept: float
    centre_px: float
    covariance: FloatArray
    residuals_px: FloatArray

    def to_px(self, u: FloatArray) -> FloatArray:
        return np.asarray((u - self.intercept) / self.slope + self.centre_px, np.float64)


def vote(
    position_px: FloatArray,
    sigma_px: FloatArray,
    u: list[FloatArray],
    cost: list[FloatArray],
    *,
    falling: bool | None = None,
) -> Vote | None:
    """The affine axis that most labels agree on.

    Parameters
    ----------
    position_px, sigma_px : (n,) arrays
        Place of every label along the axis and its standard deviation.
    u, cost : lists of n arrays
        The readings of every label in the scaled coordinate, and what each costs.
    falling : bool, optional
        Whether values usually fall along the axis, as they do downward: an axis the other way costs more.

    Returns
    -------
    Vote or None
        None where no two labels have different readings.
    """
    owner = np.repeat(np.arange(len(u)), [len(values) for values in u])
    if not len(owner):
        return None
    values, costs = np.concatenate(u), np.concatenate(cost)
    reading = np.concatenate([np.arange(len(v)) for v in u])
    keep = np.isfinite(values) & (costs < LABEL_GAIN)
    if keep.sum() > MAX_READINGS:
        keep &= costs <= np.sort(costs[keep])[MAX_READINGS - 1]
    owner, values, costs, reading = owner[keep], values[keep], costs[keep], reading[keep]
    if len(np.unique(owner)) < 2:
        return None
    slopes, intercepts = _proposals(position_px[owner], owner, values, costs)
    if not len(slopes):
        return None
    scores = _scores(slopes, intercepts, position_px[owner], sigma_px[owner], owner, values, costs)[0]
    if falling is not None:
        scores = scores - INVERTED_COST * ((slopes < 0) != falling)
    best: Vote | None = None
    for index in np.argsort(-scores, kind="stable")[:REFINED]:
        found = _refine(slopes[index], intercepts[index], position_px, sigma_px, owner, values, costs, reading, len(u))
        if falling is not None and (found.slope < 0) != falling:
            found = replace(found, score=found.score - INVERTED_COST)
        if best is None or found.score > best.score + 1e-9:
            best = found
    return best


def _proposals(
    place: FloatArray, owner: IntArray, values: FloatArray, costs: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Slope and intercept of every pair of readings of two labels; costly pairs only where nothing cheap exists."""
    first, second = np.triu_indices(len(values), 1)
    pair_cost = costs[first] + costs[second]
    apart = (owner[first] != owner[second]) & (np.abs(place[first] - place[second]) > 2.0)
    apart &= values[first] != values[second]
    sensible = apart & (pair_cost <= 1.5)
    use = sensible if sensible.any() else apart
    first, second = first[use], second[use]
    slopes = (values[second] - values[first]) / (place[second] - place[first])
    return slopes, values[first] - slopes * place[first]


def _scores(
    slopes: FloatArray, intercepts: FloatArray, place: FloatArray, sigma: FloatArray,
    owner: IntArray, values: FloatArray, costs: FloatArray,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """Summed gain of every proposal (H,) and the gain of every reading (H, K)."""
    predicted = (values[None, :] - intercepts[:, None]) / slopes[:, None]
    # an exponent misread by a hundred decades is far off, and its square is no number
    off_sigma = np.clip((predicted - place[None, :]) / sigma[None, :], -FAR_SIGMA, FAR_SIGMA)
    gain = np.maximum(LABEL_GAIN - costs[None, :] - 0.5 * off_sigma**2, 0.0)
    starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
    return np.maximum.reduceat(gain, starts, axis=1).sum(axis=1), gain


def _refine(
    slope: float, intercept: float, position_px: FloatArray, sigma_px: FloatArray,
    owner: IntArray, values: FloatArray, costs: FloatArray, reading: IntArray, labels: int,
) -> Vote:  # fmt: skip
    """Fit a proposal to its supporters, twice, and keep the best scored of the three."""
    best: Vote | None = None
    starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
    for _ in range(3):
        score, gain = _scores(
            np.array([slope]), np.array([intercept]), position_px[owner], sigma_px[owner], owner, values, costs
        )
        # the best reading of every label: readings stand in the order of their labels
        top = np.lexsort((-gain[0], owner))[starts]
        at = top[gain[0, top] > 0]
        chosen = np.full(labels, -1)
        chosen[owner[at]] = reading[at]
        if best is None or score[0] > best.score:
            best = Vote(slope=float(slope), intercept=float(intercept), chosen=chosen, score=float(score[0]))
        if len(at) < 2 or np.ptp(values[at]) == 0:
            break
        line = fit_line(position_px[owner[at]], values[at], sigma_px[owner[at]])
        slope, intercept = line.slope, line.intercept - line.slope * line.centre_px
        if slope == 0 or not np.isfinite(slope):
            break
    assert best is not None
    return best


def fit_line(px: FloatArray, u: FloatArray, sigma_px: FloatArray) -> Line:
    """Weighted least squares of ``u`` on ``px``, the errors being in ``px``.

    The covariance is the one of the stated sigmas, inflated where the residuals are larger: the variance factor is
    the posterior mean of stated and seen scatter (:data:`PRIOR_DOF` against ``n - 2``), and never under 1.

    Raises
    ------
    ValueError
        Where fewer than two different positions are given.
    """
    weight = 1.0 / sigma_px**2
    centre = float((weight * px).sum() / weight.sum())
    spread = float((weight * (px - centre) ** 2).sum())
    if len(px) < 2 or spread == 0:
        raise ValueError(f"a line needs two positions, got {np.unique(px).size}")
    intercept = float((weight * u).sum() / weight.sum())
    slope = float((weight * (px - centre) * (u - intercept)).sum() / spread)
    residual_u = u - intercept - slope * (px - centre)
    residuals = residual_u / slope if slope else np.full(len(px), np.inf)
    chi2 = float((weight * residuals**2).sum())
    factor = max((PRIOR_DOF + chi2) / (PRIOR_DOF + len(px) - 2), 1.0)
    covariance = slope**2 * factor * np.diag([1.0 / spread, 1.0 / float(weight.sum())])
    return Line(
        slope=slope, intercept=intercept, centre_px=centre, covariance=covariance, residuals_px=np.asarray(residuals)
    )
