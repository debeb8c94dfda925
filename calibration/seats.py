"""Seating labels on ticks: which tick or gridline each label that took part in the vote belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from calibration.fit import Line, fit_line
from calibration.geometry import BoolArray, FloatArray
from calibration.rounding import resampled_bias_px, settle, snapping_bias_px, snapping_sigma

if TYPE_CHECKING:
    from calibration.axis import Tick

REACH_HEIGHTS = 0.6
"""How far a tick may stand from its label's centre."""
BESIDE_HEIGHTS, BESIDE_PX = 0.36, 2.0
"""Upright labels that all stand farther beside ticks than this do not belong to them."""
MOST_SEATED_FRAC, STRAY_HEIGHTS, STRAY_PX = 0.6, 0.2, 1.2
"""Where fewer of them find a tick, they must stand as near to it as this."""
UNEVEN_FACTOR, EVEN_PX = 3.0, 0.15
"""How much less even than labels are the few ticks may stand that they found."""
SLANTED_REACH_HEIGHTS = 3.0
"""The same for slanted labels, which end somewhere near their tick."""
MATCH_PX = 0.8
NEXT_MATCH_PX = 1.2
FIRST_MATCH_SIGMA = 2.0
SAME_TICK_PX = 0.75
FEWEST_OWN_TICKS = 4
OWN_TICKS_FRAC = 0.8
OUTLIER_SIGMA = 4.0
OUTLIER_FLOOR_PX = 0.6
TICK_SIGMA_FLOOR_PX = 0.08
ROUNDED_OUTLIER_PX = 1.1
UNKNOWN_ANCHOR_FRAC = 0.25
"""Of the way from one end of a slanted label to the other: it is fastened at its middle or at one end."""
OFFSET_SIGMA_HEIGHTS = 0.08
"""By how much label centres may stand off their ticks all together, where no tick tells."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seating:
    """Where labels stand once ticks were given to them.

    Attributes
    ----------
    position_px, sigma_px : (n,) arrays
    seated : (n,) bool array
    offset_px : float
        By how much ticks stand off label centres.
    line : Line
    bias_px : float
        By how much ticks were drawn off the places they mark; taken off ``position_px``.
    """

    position_px: FloatArray
    sigma_px: FloatArray
    seated: BoolArray
    offset_px: float
    line: Line
    bias_px: float = 0.0


def merged_ticks(ticks: Sequence[Tick]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Positions, sigmas and weights of distinct ticks: a tick and its gridline count once, the surer one stays."""
    order = sorted(ticks, key=lambda t: t.position_px)
    kept: list[Tick] = []
    for tick in order:
        if kept and tick.position_px - kept[-1].position_px < SAME_TICK_PX:
            if tick.sigma_px < kept[-1].sigma_px:
                kept[-1] = tick
        else:
            kept.append(tick)
    longest = max((t.length_px for t in kept if t.kind == "tick"), default=0.0)
    weight = [0.6 if t.kind == "tick" and t.length_px < 0.75 * longest else 1.0 for t in kept]
    return (
        np.array([t.position_px for t in kept], float),
        np.array([max(t.sigma_px, TICK_SIGMA_FLOOR_PX) for t in kept], float),
        np.array(weight, float),
    )


def _best_offset(
    predicted: FloatArray, ticks: FloatArray, weight: FloatArray, reach: float, match: float, anchors: Sequence[float]
) -> float | None:
    """The shift of all labels together that puts most of them on ticks; None where most find none.

    Among shifts that do as well the one nearest to where labels are fastened (``anchors``, as shifts) is taken.
    """
    shifts = (ticks[None, :] - predicted[:, None]).ravel()
    weights = np.broadcast_to(weight, (len(predicted), len(ticks))).ravel()
    near = np.abs(shifts) <= reach
    shifts, weights = shifts[near], weights[near]
    if not len(shifts):
        return None
    best: tuple[float, float] | None = None
    for shift in shifts:
        gap = np.abs(ticks[None, :] - (predicted + shift)[:, None])
        hit = np.where(gap <= match, weight[None, :], 0.0).max(axis=1)
        score = float(hit.sum()) - min(abs(shift - anchor) for anchor in anchors) / reach
        if best is None or score > best[0]:
            best = (score, float(shift))
    assert best is not None
    gap = ticks[None, :] - (predicted + best[1])[:, None]
    hits = np.abs(gap).min(axis=1) <= match
    if hits.sum() < min(2, len(predicted)) or hits.mean() < 0.5:
        return None
    nearest = gap[np.arange(len(gap)), np.abs(gap).argmin(axis=1)][hits]
    return best[1] + float(np.median(nearest))


def _own_ticks(position_px: FloatArray, u: FloatArray, ticks: FloatArray, reach: float) -> Line | None:
    """The axis through the tick nearest to each label, where nearly all of these fit one axis to sub-pixel."""
    gap = np.abs(ticks[None, :] - position_px[:, None])
    nearest = gap.argmin(axis=1)
    near = gap[np.arange(len(gap)), nearest] <= reach
    if near.sum() < FEWEST_OWN_TICKS or len(np.unique(nearest[near])) < near.sum() or near.mean() < OWN_TICKS_FRAC:
        return None
    at, places = ticks[nearest[near]], u[near]
    line = fit_line(at, places, np.full(len(at), TICK_SIGMA_FLOOR_PX))
    return line if np.abs(line.residuals_px).max() <= MATCH_PX else None


def seat_labels(
    position_px: FloatArray,
    sigma_px: FloatArray,
    u: FloatArray,
    ticks: Sequence[Tick],
    *,
    height_px: float,
    slanted: bool,
    anchors_px: Sequence[float] = (0.0,),
    known: Line | None = None,
) -> Seating:
    """Give labels that agree on an axis the exact positions of their ticks.

    Parameters
    ----------
    position_px, sigma_px, u : (n,) arrays
        Label centres, their scatter, and the scaled coordinates the vote chose.
    ticks : sequence of Tick
    height_px : float
        Of the labels' text.
    slanted : bool
        Whether the labels are turned, and so may end at their ticks.
    anchors_px : sequence of float
        How far from ``position_px`` labels may be fastened to their ticks.
    known : Line, optional
        The axis as the ticks alone have it, where they do.
    """
    line = fit_line(position_px, u, sigma_px)
    position, sigma = position_px.copy(), sigma_px.copy()
    seated = np.zeros(len(u), bool)
    offset, bias_px = None, 0.0
    at, at_sigma, weight = merged_ticks(ticks)
    if len(at):
        reach = REACH_HEIGHTS * height_px
        if slanted:  # long labels are fastened far from their centres
            reach = max(SLANTED_REACH_HEIGHTS * height_px, max(map(abs, anchors_px)) + REACH_HEIGHTS * height_px)
        expected = line.to_px(u)
        # labels alone place their ticks only as well as few of them allow
        match = max(MATCH_PX, FIRST_MATCH_SIGMA / np.sqrt(max(len(u) - 1, 1) / 2) * float(np.median(sigma_px)))
        offset = _best_offset(expected, at, weight, reach, match, anchors_px)
        beside = offset is not None and not slanted and abs(offset) > max(BESIDE_HEIGHTS * height_px, BESIDE_PX)
        if known is not None:
            line, offset, match = known, 0.0, NEXT_MATCH_PX
            expected = line.to_px(u)
        elif beside:
            offset = None  # upright labels are centred on their ticks: these are others'
        elif offset is None and (own := _own_ticks(position_px, u, at, reach)) is not None:
            # labels pushed inward at the ends of the axis leave no common shift
            line, offset, match = own, 0.0, NEXT_MATCH_PX
            expected = line.to_px(u)
        if offset is not None:
            expected = expected + offset
            for _ in range(3):
                gap = at[None, :] - expected[:, None]
                nearest = np.abs(gap).argmin(axis=1)
                seated = np.abs(gap[np.arange(len(u)), nearest]) <= match
                _keep_nearest(seated, nearest, gap)
                position = np.where(seated, at[nearest], position_px + offset)
                sigma = np.where(seated, at_sigma[nearest], sigma_px)
                if seated.sum() < 2 or np.ptp(u[seated]) == 0:
                    break
                seated, position, sigma = _unseat_outliers(position, sigma, u, seated, position_px + offset, sigma_px)
                line = fit_line(position, u, sigma)
                expected, match = line.to_px(u), NEXT_MATCH_PX
    alone_px = float(np.sqrt(np.mean(fit_line(position_px, u, sigma_px).residuals_px ** 2)))
    uneven = float(np.sqrt(np.mean(line.residuals_px**2))) > UNEVEN_FACTOR * max(alone_px, EVEN_PX)
    if _stray_ticks(seated, offset, height_px, uneven=uneven) and not slanted and known is None:
        seated = np.zeros(len(u), bool)
    sigma = np.where(seated, np.maximum(sigma, snapping_sigma(position[seated])), sigma)
    if not seated.any():
        offset = None
        line = fit_line(position_px, u, sigma_px)
        position, sigma = position_px, sigma_px
    else:
        bias_px = snapping_bias_px(position[seated], ticks)
        bias_px = bias_px or resampled_bias_px(position[seated], u[seated])
        position = np.where(seated, position - bias_px, position)
        line = settle(position, u, sigma, seated)
    if offset is None:
        # where slanted labels are fastened nothing tells either
        fastened_px = np.ptp(anchors_px) * UNKNOWN_ANCHOR_FRAC
        common = ((OFFSET_SIGMA_HEIGHTS * height_px) ** 2 + fastened_px**2) * line.slope**2
        line = Line(
            slope=line.slope, intercept=line.intercept, centre_px=line.centre_px,
            covariance=line.covariance + np.diag([0.0, common]), residuals_px=line.residuals_px,
        )  # fmt: skip
    return Seating(
        position_px=position, sigma_px=sigma, seated=seated, offset_px=offset or 0.0, line=line, bias_px=bias_px
    )


def _stray_ticks(seated: BoolArray, offset_px: float | None, height_px: float, *, uneven: bool) -> bool:
    """Whether few labels found ticks, and these beside them or less even than the labels are: noise gives as much."""
    if offset_px is None or seated.mean() >= MOST_SEATED_FRAC:
        return False
    return uneven or abs(offset_px) > max(STRAY_HEIGHTS * height_px, STRAY_PX)


def _keep_nearest(seated: BoolArray, nearest: NDArray[np.intp], gap: FloatArray) -> None:
    """No two labels on one tick: the nearer one keeps it (in place)."""
    distance = np.abs(gap[np.arange(len(nearest)), nearest])
    for tick in np.unique(nearest[seated]):
        rivals = np.flatnonzero(seated & (nearest == tick))
        seated[rivals] = False
        seated[rivals[distance[rivals].argmin()]] = True


def _unseat_outliers(
    position: FloatArray, sigma: FloatArray, u: FloatArray, seated: BoolArray,
    centre: FloatArray, centre_sigma: FloatArray,
) -> tuple[BoolArray, FloatArray, FloatArray]:  # fmt: skip
    """Send labels back to their own centres, worst first, whose tick does not fit the others' ticks."""
    seated, position, sigma = seated.copy(), position.copy(), sigma.copy()
    floor = ROUNDED_OUTLIER_PX if snapping_sigma(position[seated]) else OUTLIER_FLOOR_PX
    while seated.sum() >= 4:
        line = fit_line(position[seated], u[seated], sigma[seated])
        scatter = float(np.median(np.abs(line.residuals_px))) * 1.4826
        limit = max(OUTLIER_SIGMA * scatter, floor)
        worst = int(np.abs(line.residuals_px).argmax())
        if abs(line.residuals_px[worst]) <= limit:
            break
        index = np.flatnonzero(seated)[worst]
        seated[index], position[index], sigma[index] = False, centre[index], centre_sigma[index]
    return seated, position, sigma


def stands_between(labels: Sequence[float], ticks: Sequence[float]) -> bool:
    """Whether most labels stand in the middle between two ticks, as labels of stretches and categories do."""
    if len(labels) < 3 or len(ticks) < 3:
        return False
    at = np.sort(np.asarray(ticks, float))
    after = np.searchsorted(at, labels)
    inside = (after > 0) & (after < len(at))
    if inside.mean() < 0.5:
        return False
    low, high = at[after[inside] - 1], at[after[inside]]
    share = (np.asarray(labels, float)[inside] - low) / np.maximum(high - low, 1e-9)
    return bool(np.median(np.abs(share - 0.5)) < 0.12)
