"""What a curve does, in numbers: ends, extremes, mean, plateau, turns, spikes, volatility.

Shares are of the axis a reader sees, so the same thresholds fit any figure. An interval is the 95 % one of the points
it rests on; those of a mean take the points' errors as wholly shared (the calibration dominates), which is cautious.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.geometry import FloatArray
from digitize.curves import DOUBTFUL, Curve

TURN_FRAC = 0.06
"""A turn is a move back by this share of the axis: smaller ones are wiggles."""
LEGS = 4
"""A sentence follows a curve through at most this many rises and falls."""
SPIKE_FRAC = 0.3
SPIKE_WIDTH_FRAC = 0.12
"""A spike stands this far out of its surroundings and is narrower than this share of the x axis."""
END_SPIKE_FRAC = 0.5
"""A curve that begins high has only one flank: it must be this tall to be called a spike."""
END_PLACE_FRAC = 0.02
"""A turn within this share of the curve's length from an end belongs to the end."""
VOLATILE_FRAC = 0.8
UNSTEADY_FRAC = 0.3
"""Way up and down beyond the net change, in lengths of the y axis."""
PLATEAU_TAIL_FRAC = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A value with its 95 % interval; ``doubtful`` where the picture did not show the place itself."""

    value: float
    low: float
    high: float
    doubtful: bool = False

    @property
    def half(self) -> float:
        return abs(self.high - self.low) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A point of a curve."""

    x: Measured
    y: Measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A rise or a fall from turn to turn; ``share`` of the y axis, negative for a fall."""

    start: Place
    end: Place
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A peak (or drop) with its prominence and its width at half of it, as shares of the axes."""

    at: Place
    prominence_frac: float
    width_frac: float
    peak: bool
    at_end: bool = False

    @property
    def spike(self) -> bool:
        if self.at_end and (not self.peak or self.prominence_frac < END_SPIKE_FRAC):
            return False
        return self.prominence_frac >= SPIKE_FRAC and self.width_frac <= SPIKE_WIDTH_FRAC


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeriesStatistics:
    """Everything measured of one curve."""

    curve: Curve
    first: Place
    last: Place
    minimum: Place
    maximum: Place
    span: Measured
    mean: Measured
    plateau: Measured
    legs: tuple[Leg, ...]
    turns: tuple[Turn, ...]
    volatility_frac: float
    unsteady_at: Place

    @property
    def spikes(self) -> tuple[Turn, ...]:
        """Those that stand out; of a curve that goes up and down all the time only the tallest do."""
        volatile = self.volatility_frac >= VOLATILE_FRAC
        return tuple(
            turn for turn in self.turns if turn.spike and (not volatile or turn.prominence_frac >= END_SPIKE_FRAC)
        )

    @property
    def net_frac(self) -> float:
        """From first to last, as a share of the y axis."""
        first, last = self.curve.y_axis.to_share(np.array([self.first.y.value, self.last.y.value]))
        return float(last - first)


def series_statistics(curve: Curve) -> SeriesStatistics:
    """Measure one curve."""
    share = curve.y_axis.to_share(curve.y)
    low, high = int(np.argmin(curve.y)), int(np.argmax(curve.y))
    minimum, maximum = _place(curve, low), _place(curve, high)
    fine = _turning_points(share, TURN_FRAC)
    moves = np.diff(share[fine])
    biggest = int(np.argmax(np.abs(moves))) if len(moves) else 0
    excess = float(np.abs(moves).sum() - abs(share[-1] - share[0])) if len(moves) else 0.0
    tail = curve.x >= curve.x[-1] - PLATEAU_TAIL_FRAC * (curve.x[-1] - curve.x[0])
    return SeriesStatistics(
        curve=curve,
        first=_place(curve, 0),
        last=_place(curve, -1),
        minimum=minimum,
        maximum=maximum,
        span=Measured(
            value=maximum.y.value - minimum.y.value,
            low=maximum.y.low - minimum.y.high,
            high=maximum.y.high - minimum.y.low,
        ),
        mean=_mean(curve, np.ones(len(curve.x), bool)),
        plateau=_mean(curve, tail),
        legs=_legs(curve, share),
        turns=_turns(curve, share),
        volatility_frac=max(excess, 0.0),
        unsteady_at=_place(curve, int(fine[min(biggest + 1, len(fine) - 1)])),
    )


def time_to_reach(curve: Curve, level: float) -> Measured | None:
    """Where a curve first stands at or above (or, from above, at or below) ``level``; None where it never does."""
    above = curve.y >= level if curve.y[0] < level else curve.y <= level
    if not above.any():
        return None
    at = int(np.argmax(above))
    value = float(curve.x[at])
    if at and curve.y[at] != curve.y[at - 1]:
        part = (level - curve.y[at - 1]) / (curve.y[at] - curve.y[at - 1])
        value = float(curve.x[at - 1] + part * (curve.x[at] - curve.x[at - 1]))
    low, high = curve.x_interval[at]
    half = (high - low) / 2
    return Measured(value=value, low=value - half, high=value + half)


def value_at(curve: Curve, x: float) -> Measured | None:
    """The curve at ``x``, its interval widened by what an error along x means on a slope; None outside the curve."""
    margin = float(np.max(np.abs(curve.x_interval - curve.x[:, None]), initial=0.0))
    if not curve.x[0] - margin <= x <= curve.x[-1] + margin:
        return None
    y, low, high = (float(np.interp(x, curve.x, v)) for v in (curve.y, *curve.y_interval.T))
    near = int(np.argmin(np.abs(curve.x - x)))
    half_x = float(np.ptp(curve.x_interval[near])) / 2
    moved = np.interp([x - half_x, x + half_x], curve.x, curve.y)
    return Measured(value=y, low=min(low, *moved), high=max(high, *moved), doubtful=bool(curve.flags[near] & DOUBTFUL))


def _place(curve: Curve, index: int) -> Place:
    doubtful = bool(curve.flags[index] & DOUBTFUL)
    (x_low, x_high), (y_low, y_high) = curve.x_interval[index], curve.y_interval[index]
    return Place(
        x=Measured(value=float(curve.x[index]), low=float(x_low), high=float(x_high), doubtful=doubtful),
        y=Measured(value=float(curve.y[index]), low=float(y_low), high=float(y_high), doubtful=doubtful),
    )


def _mean(curve: Curve, part: np.ndarray) -> Measured:
    x = curve.x[part]
    columns = (curve.y[part], curve.y_interval[part, 0], curve.y_interval[part, 1])
    if len(x) > 1 and x[-1] > x[0] and curve.kind in ("line", "step"):
        value, low, high = (float(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2) / (x[-1] - x[0])) for y in columns)
    else:
        value, low, high = (float(y.mean()) for y in columns)
    return Measured(value=value, low=low, high=high)


def _turning_points(share: FloatArray, threshold: float) -> list[int]:
    """Indices of first point, turns larger than ``threshold`` and last point (a zigzag with hysteresis)."""
    turns, extreme, way = [0], 0, 0
    low = high = 0
    for index, value in enumerate(share):
        if way == 0:
            low, high = (index if value < share[low] else low), (index if value > share[high] else high)
            if share[high] - share[low] >= threshold:
                way, extreme = (1, high) if high > low else (-1, low)
                first = low if way == 1 else high
                if first and abs(share[first] - share[0]) >= threshold / 2:
                    turns.append(first)
        elif (value - share[extreme]) * way >= 0:
            extreme = index
        elif (share[extreme] - value) * way >= threshold:
            turns.append(extreme)
            way, extreme = -way, index
    if way and extreme != len(share) - 1 and abs(share[extreme] - share[-1]) >= threshold / 2:
        turns.append(extreme)
    return list(dict.fromkeys([*turns, len(share) - 1]))


def _legs(curve: Curve, share: FloatArray) -> tuple[Leg, ...]:
    threshold = TURN_FRAC
    while len(turns := _turning_points(share, threshold)) > LEGS + 1:
        threshold *= 1.15
    return tuple(
        Leg(start=_place(curve, a), end=_place(curve, b), share=float(share[b] - share[a]))
        for a, b in zip(turns, turns[1:], strict=False)
    )


def _turns(curve: Curve, share: FloatArray) -> tuple[Turn, ...]:
    """Peaks and drops, ends included: an end counts as a peak where the curve falls away from it."""
    from scipy.signal import find_peaks, peak_widths

    x = curve.x_axis.to_share(curve.x)
    found = []
    for sign in (1.0, -1.0):
        height = np.concatenate([[np.min(sign * share)], sign * share, [np.min(sign * share)]])
        peaks, shape = find_peaks(height, prominence=TURN_FRAC)
        _, _, left, right = peak_widths(height, peaks, rel_height=0.5)
        places = np.interp(np.stack([left, right]), np.arange(len(x)) + 1, x)
        for peak, prominence, start, end in zip(peaks, shape["prominences"], *places, strict=True):
            found.append(
                Turn(
                    at=_place(curve, int(peak) - 1),
                    prominence_frac=float(prominence),
                    width_frac=float(end - start),
                    peak=sign > 0,
                    at_end=_at_end(x, share, int(peak) - 1),
                )
            )
    return tuple(sorted(found, key=lambda turn: turn.at.x.value))


def _at_end(x: FloatArray, share: FloatArray, peak: int) -> bool:
    """Whether a turn lacks one of its flanks: it is where the curve begins or ends, not a spike on its way."""
    near = min(x[peak] - x[0], x[-1] - x[peak]) <= END_PLACE_FRAC * (x[-1] - x[0])
    return bool(near or min(np.ptp(share[: peak + 1]), np.ptp(share[peak:])) < SPIKE_FRAC / 2)
