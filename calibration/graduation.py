"""Ticks without labels: on which graduation they stand, and what that says of the scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from calibration.geometry import FloatArray
from calibration.rounding import settle, snapping_sigma
from calibration.seats import MATCH_PX, Seating, merged_ticks

if TYPE_CHECKING:
    from calibration.axis import Scale, Tick

CLOSEST_GRADUATION_PX = 4.0
GRADUATION_FRAC = 0.8
FEWEST_MINOR_TICKS = 4
SHORTEST_DECADE_PX = 25.0


def join_ticks(seating: Seating, u: FloatArray, ticks: Sequence[Tick], scale: Scale) -> Seating:
    """Let ticks without labels take part, where they stand on the scale's graduation.

    The coarsest graduation is taken on which nearly all such ticks stand; where there is none, nothing changes.
    """
    line = seating.line
    if seating.seated.sum() < 2 or not len(ticks):
        return seating
    at, at_sigma, _ = merged_ticks(ticks)
    at = at - seating.bias_px
    free = np.abs(at[:, None] - seating.position_px[None, seating.seated]).min(axis=1) > MATCH_PX
    at, at_sigma = at[free], np.maximum(at_sigma[free], snapping_sigma(seating.position_px[seating.seated]))
    if len(at) < 1:
        return seating
    at_u = line.slope * (at - line.centre_px) + line.intercept
    for period, offsets in scale.graduations(u[seating.seated]):
        places = (at_u[:, None] - offsets[None, :]) / period
        missing = (places - np.round(places)) * period
        nearest = np.abs(missing).argmin(axis=1)
        miss_u = missing[np.arange(len(at)), nearest]
        hit = np.abs(miss_u / line.slope) <= MATCH_PX
        gaps_px = np.diff(np.sort(np.append(offsets, offsets[0] + period))) / abs(line.slope)
        crowded = CLOSEST_GRADUATION_PX * (1 if len(at) >= FEWEST_MINOR_TICKS else 2)
        if gaps_px.min() < crowded or hit.mean() < GRADUATION_FRAC:
            continue
        joined = settle(
            np.append(seating.position_px, at[hit]),
            np.append(u, at_u[hit] - miss_u[hit]),
            np.append(seating.sigma_px, at_sigma[hit]),
            np.append(seating.seated, np.ones(int(hit.sum()), bool)),
        )
        return replace(seating, line=joined)
    return seating


def log_tick_support(seating: Seating, ticks: Sequence[Tick]) -> float:
    """How well ticks without labels stand where 2 to 9 times a power of ten would: 2 all of them, -2 none.

    0 where there are too few to tell.
    """
    at = np.array([tick.position_px for tick in ticks if tick.kind == "tick"], float)
    if not len(at):
        at = np.array([tick.position_px for tick in ticks], float)
    at = at - seating.bias_px
    labelled = seating.position_px[seating.seated]
    if len(labelled):
        at = at[np.abs(at[:, None] - labelled[None, :]).min(axis=1) > MATCH_PX]
    if len(at) < FEWEST_MINOR_TICKS:
        return 0.0
    line = seating.line
    u = line.slope * (at - line.centre_px) + line.intercept
    decade_px = abs(1.0 / line.slope)
    mantissas = np.log10(np.arange(1, 11))
    gap_px = np.abs((u % 1.0)[:, None] - mantissas[None, :]).min(axis=1) * decade_px
    return float(4.0 * np.mean(gap_px <= 1.25 * MATCH_PX) - 2.0) if decade_px > SHORTEST_DECADE_PX else 0.0
