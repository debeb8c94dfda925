"""Ticks without labels: on which graduation they stand, and what that says of the scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from calibration.fit import Line, fit_line
from calibration.geometry import FloatArray
from calibration.rounding import settle, snapping_sigma
from calibration.seats import MATCH_PX, Seating, merged_ticks

if TYPE_CHECKING:
    from calibration.axis import Scale, Tick

CLOSEST_GRADUATION_PX = 4.0
GRADUATION_FRAC = 0.8
FEWEST_MINOR_TICKS = 4
SHORTEST_DECADE_PX = 25.0
EVEN_PARTS, COARSE_PARTS = (1, 2, 3, 4, 5, 6, 8, 10), 3
"""Into how many parts minor ticks divide a step; into few of them labels that were left out may divide it too."""
ON_MINOR_FRAC, OFF_MINOR_FRAC, MINOR_MATCH_PX = 0.85, 0.6, 1.0
LONGER_FACTOR = 1.25
"""Ticks with labels are at least so much longer than those without."""
FEWEST_MULTIPLES = 3
"""A pattern holds more than lines at one multiple of each power, and one by chance."""
FEWEST_IN_LATTICE, LATTICE_FRAC, LATTICE_STEP_PX = 5, 0.85, 0.5


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


def log_lattice(
    line: Line,
    ticks: Sequence[Tick],
    reach_px: float,
    *,
    anchors_px: Sequence[float] = (0.0,),
    fewest: int = FEWEST_IN_LATTICE,
    least_frac: float = LATTICE_FRAC,
) -> Line | None:
    """The log axis near ``line`` on which nearly all ticks stand at whole multiples of powers of ten.

    Ticks of a log axis crowd toward each power, so their pattern fits one place only: it tells where the axis is though
    all labels stand beside their ticks. None where there are too few ticks, or these stand elsewhere. ``anchors_px``
    are shifts of the labels, all alike, that renderers use.
    """
    marks = [tick for tick in ticks if tick.kind == "tick"]
    at, sigma, _ = merged_ticks(marks if len(marks) >= fewest else ticks)
    if len(at) < fewest or abs(1.0 / line.slope) < SHORTEST_DECADE_PX:
        return None
    share = (at - at[0]) / (at[-1] - at[0])
    shifts = np.arange(-reach_px, reach_px + LATTICE_STEP_PX, LATTICE_STEP_PX)
    first, last = (grid.ravel()[:, None] for grid in np.meshgrid(shifts, shifts, indexing="ij"))
    best: tuple[float, Line] | None = None
    for anchor_px in anchors_px:
        moved = at - anchor_px + first * (1 - share) + last * share
        u = line.slope * (moved - line.centre_px) + line.intercept
        nearest = _nearest_multiple(u)
        off_px = np.abs(u - nearest) / abs(line.slope)
        hits = (off_px <= MATCH_PX).sum(axis=1) - off_px.clip(0, MATCH_PX).mean(axis=1)
        most = int(hits.argmax())
        hit = off_px[most] <= MATCH_PX
        if len(np.unique(np.round(nearest[most][hit] % 1.0, 3) % 1.0)) < FEWEST_MULTIPLES:
            continue  # even lines fit anywhere
        if hit.mean() >= least_frac and (best is None or hits[most] > best[0]):
            best = float(hits[most]), fit_line(at[hit], nearest[most][hit], sigma[hit])
    return best[1] if best else None


def on_lattice(seating: Seating, lattice: Line, u: FloatArray) -> Seating:
    """Labels where the pattern of ticks has them, their own ticks being among it or not seen."""
    spread_px = np.sqrt(np.diag(lattice.covariance) @ np.array([float(np.ptp(u)) ** 2, 1.0])) / abs(lattice.slope)
    sigma_px = np.full(len(u), max(float(spread_px), MATCH_PX / 2))
    return replace(
        seating, position_px=lattice.to_px(u), sigma_px=sigma_px, seated=np.ones(len(u), bool), line=lattice,
        bias_px=0.0,
    )  # fmt: skip


def _nearest_multiple(u: FloatArray) -> FloatArray:
    """The nearest whole multiple of a power of ten, in decades."""
    mantissas = np.log10(np.arange(1, 11))
    part = u - np.floor(u)
    return np.asarray(np.floor(u) + mantissas[np.abs(part[..., None] - mantissas).argmin(axis=-1)], np.float64)


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


def stand_on_longer_ticks(seating: Seating, ticks: Sequence[Tick]) -> bool:
    """Whether the ticks on which labels stand are longer than most others, as those that carry labels are drawn."""
    marks = [tick for tick in ticks if tick.kind == "tick"]
    if not marks or not seating.seated.any():
        return False
    at = np.array([tick.position_px for tick in marks])
    length_px = np.array([tick.length_px for tick in marks])
    labelled = seating.position_px[seating.seated] + seating.bias_px
    own = np.abs(at[:, None] - labelled[None, :]).min(axis=1) <= MATCH_PX
    if not own.any() or own.all():
        return False
    return bool(np.median(length_px[own]) >= LONGER_FACTOR * np.median(length_px[~own]))


def minor_ticks_say(seating: Seating, ticks: Sequence[Tick], scale: Scale) -> str:
    """``log`` or ``linear`` where ticks between the labels stand as those of that scale and not as ``scale`` has them.

    Minor ticks divide the step of a linear axis evenly; those of a log axis crowd toward each power. Empty where they
    agree with the scale, where there are too few to tell, and for scales whose ticks follow neither rule.
    """
    labelled = np.sort(seating.position_px[seating.seated])
    if scale.name not in ("linear", "log") or len(labelled) < 2:
        return ""
    marks = [tick for tick in ticks if tick.kind == "tick"] or list(ticks)
    at = merged_ticks(marks)[0] - seating.bias_px if marks else np.zeros(0)
    at = at[np.abs(at[:, None] - labelled[None, :]).min(axis=1) > MATCH_PX] if len(at) else at
    pitch_px = float(np.diff(labelled).min())
    if len(at) < FEWEST_MINOR_TICKS or pitch_px < SHORTEST_DECADE_PX:
        return ""
    places = (at - labelled[0]) / pitch_px
    parts = [count for count in EVEN_PARTS if pitch_px / count >= CLOSEST_GRADUATION_PX]
    even = max(_share_on(places, np.arange(count) / count, pitch_px) for count in parts)
    rising, falling = np.log10(np.arange(1.0, 10.0)), 1.0 - np.log10(np.arange(1.0, 10.0))
    crowded = max(_share_on(places, rising, pitch_px), _share_on(places, falling, pitch_px))
    if scale.name == "linear":
        return "log" if crowded >= ON_MINOR_FRAC and even <= OFF_MINOR_FRAC else ""
    decade_px = abs(1.0 / seating.line.slope)
    step = pitch_px / decade_px
    if abs(step - round(step)) * decade_px > MINOR_MATCH_PX:
        return ""  # of another base: its minor ticks stand elsewhere
    fine = [count for count in parts if count > COARSE_PARTS]
    even = max((_share_on(places, np.arange(count) / count, pitch_px) for count in fine), default=0.0)
    decades = seating.line.slope * (at - seating.line.centre_px) + seating.line.intercept
    as_log = _share_on(decades, rising, decade_px)
    return "linear" if even >= ON_MINOR_FRAC and as_log <= OFF_MINOR_FRAC else ""


def _share_on(places: FloatArray, offsets: FloatArray, period_px: float) -> float:
    """The share of places, in periods, that stand on one of the offsets within a period."""
    gap = (places[:, None] - offsets[None, :] + 0.5) % 1.0 - 0.5
    return float(np.mean(np.abs(gap).min(axis=1) * period_px <= MINOR_MATCH_PX))
