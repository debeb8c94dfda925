"""What a curve does, in numbers: ends, extremes, mean, plateau, turns, spikes, swings.

Shares are of the axis a reader sees, so the same thresholds fit any figure. An interval is the 95 % one of the points
it rests on; those of a mean take the points' errors as wholly shared (the calibration dominates), which is cautious.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.geometry import FloatArray
from digitize.curves import Curve
from digitize.digits import Measured
from digitize.levels import Place, is_drawn_line, on_axis, place_of, time_to_reach
from digitize.turns import (
    SMOOTH_FRAC,
    TURN_FRAC,
    Course,
    few_turning_points,
    find_peaks_of,
    smooth_course,
    turning_points,
    wave_length,
)

SPIKE_FRAC = 0.3
SPIKE_WIDTH_FRAC = 0.12
"""A spike stands this far out of its surroundings and is narrower than this share of the x axis."""
END_SPIKE_FRAC = 0.5
"""A curve that begins high has only one flank: it must be this tall to be called a spike."""
SPIKE_SWINGS = 1.5
"""It also stands out of what the curve does all the time, by this many of its swings."""
VOLATILE_FRAC = 0.08
UNSTEADY_FRAC = 0.04
"""A curve is volatile (fluctuates) where it swings around its course by this share of the y axis."""
COURSE_FRAC = 0.5
"""What the course of a volatile curve is told to: this part of its swings."""
PLATEAU_TAIL_FRAC = 0.1
RISE_FRAC = 0.9
"""A curve has got there when it has done this share of its way from its first value to its farthest one."""


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
    off_course_frac: float
    """How far it stands off the curve's running median, on its side."""
    at_end: bool = False

    @property
    def spike(self) -> bool:
        if self.at_end and (not self.peak or self.prominence_frac < END_SPIKE_FRAC):
            return False
        return self.prominence_frac >= SPIKE_FRAC and self.width_frac <= SPIKE_WIDTH_FRAC


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A curve's end that does not move any more: from where, at which level, and its bounds."""

    since: Measured
    level: Measured
    lowest: Measured
    highest: Measured


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
    reached: Place | None
    """Where it has done most of its way, and the level that is."""
    legs: tuple[Leg, ...]
    turns: tuple[Turn, ...]
    settled: Settled | None
    flat: bool
    swing_frac: float
    swing: float
    """The same in units, at the middle of the curve."""
    unsteady_at: Place
    wave: float | None
    """Length of an even up and down in units of x; None where there is none, or the x axis is not straight."""

    @property
    def volatile(self) -> bool:
        """Whether it swings around its course all the time."""
        return self.swing_frac >= VOLATILE_FRAC

    @property
    def spikes(self) -> tuple[Turn, ...]:
        """Those that stand out of what the curve does all the time."""
        if self.wave is not None:
            return ()
        least = SPIKE_SWINGS * self.swing_frac
        return tuple(
            turn
            for turn in self.turns
            if turn.spike
            and turn.prominence_frac >= least
            and (not self.volatile or turn.off_course_frac >= max(least, SPIKE_FRAC))
        )

    @property
    def net_frac(self) -> float:
        """From first to last, as a share of the y axis."""
        first, last = self.curve.y_axis.to_share(np.array([self.first.y.value, self.last.y.value]))
        return float(last - first)

    @property
    def range_frac(self) -> float:
        """From lowest to highest, as a share of the y axis."""
        return self.curve.y_axis.share_between(self.minimum.y.value, self.maximum.y.value)


def series_statistics(curve: Curve) -> SeriesStatistics:
    """Measure one curve."""
    x, share = on_axis(curve.x_axis, curve.x), on_axis(curve.y_axis, curve.y)
    order = np.argsort(x, kind="stable")
    course = smooth_course(x[order], share[order])
    minimum, maximum = _extreme(curve, -1.0), _extreme(curve, 1.0)
    fine = turning_points(share, TURN_FRAC)
    moves = np.abs(np.diff(share[fine]))
    biggest = int(np.argmax(moves)) if len(moves) else 0
    tail = curve.x >= curve.x.max() - PLATEAU_TAIL_FRAC * np.ptp(curve.x)
    line = is_drawn_line(curve)
    middle = float(np.median(curve.y))
    wave = wave_length(x, share) if line else None
    return SeriesStatistics(
        curve=curve,
        first=place_of(curve, 0),
        last=place_of(curve, -1),
        minimum=minimum,
        maximum=maximum,
        span=Measured(
            value=maximum.y.value - minimum.y.value,
            low=max(maximum.y.low - minimum.y.high, 0.0),
            high=maximum.y.high - minimum.y.low,
        ),
        mean=_mean(curve, np.ones(len(curve.x), bool)),
        plateau=_mean(curve, tail),
        reached=_reached(curve) if line else None,
        legs=_legs(curve, share, course) if line else (),
        turns=_turns(curve, x, share, course) if line else (),
        settled=_settled(curve, course) if line else None,
        flat=course.flat,
        swing_frac=course.swing_frac if line else 0.0,
        swing=course.swing_frac * curve.y_axis.units_per_share(middle) if line else 0.0,
        unsteady_at=place_of(curve, int(fine[min(biggest + 1, len(fine) - 1)])),
        wave=None if wave is None or curve.x_axis.is_log else wave * abs(curve.x_axis.end - curve.x_axis.start),
    )


def _reached(curve: Curve) -> Place | None:
    first = float(curve.y[0])
    farthest = max(float(curve.y.max()), float(curve.y.min()), key=lambda value: abs(value - first))
    level = first + RISE_FRAC * (farthest - first)
    reached = time_to_reach(curve, level) if farthest != first else None
    return Place(x=reached, y=Measured(value=level, low=level, high=level)) if reached else None


def _extreme(curve: Curve, sign: float) -> Place:
    """The lowest or highest point; its place is known as far as its neighbours are told from it."""
    index = int(np.argmax(sign * curve.y))
    place = place_of(curve, index)
    if not is_drawn_line(curve):
        return place
    bound = curve.y_interval[:, 1] >= place.y.low if sign > 0 else curve.y_interval[:, 0] <= place.y.high
    apart = np.flatnonzero(~bound)
    start = int(apart[apart < index].max(initial=-1)) + 1
    stop = int(apart[apart > index].min(initial=len(bound)))
    ends = curve.x_interval[start:stop]
    x = Measured(
        value=place.x.value,
        low=min(place.x.low, float(ends.min())),
        high=max(place.x.high, float(ends.max())),
        doubtful=place.x.doubtful,
    )
    return Place(x=x, y=place.y)


def _mean(curve: Curve, part: np.ndarray) -> Measured:
    x = curve.x[part]
    columns = (curve.y[part], curve.y_interval[part, 0], curve.y_interval[part, 1])
    if len(x) > 1 and x[-1] > x[0] and is_drawn_line(curve):
        value, low, high = (float(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2) / (x[-1] - x[0])) for y in columns)
    else:
        value, low, high = (float(y.mean()) for y in columns)
    return Measured(value=value, low=low, high=high)


def _settled(curve: Curve, course: Course) -> Settled | None:
    if course.settled is None or len(curve.x) < 3:
        return None
    x = on_axis(curve.x_axis, curve.x)
    part = x >= course.at[course.settled]
    part[-1] = True
    since = place_of(curve, int(np.argmax(part))).x
    half = max(since.half, SMOOTH_FRAC / 2 * float(np.ptp(curve.x)))
    lowest, highest = (int(np.argmax(np.where(part, sign * curve.y, -np.inf))) for sign in (-1.0, 1.0))
    return Settled(
        since=Measured(value=since.value, low=since.value - half, high=since.value + half),
        level=_mean(curve, part),
        lowest=place_of(curve, lowest).y,
        highest=place_of(curve, highest).y,
    )


def _legs(curve: Curve, share: FloatArray, course: Course) -> tuple[Leg, ...]:
    """Rises and falls up to where the curve settles; of a volatile curve those of its course, as uncertain as that."""
    until = course.at[course.settled] if course.settled is not None else np.inf
    if course.swing_frac < VOLATILE_FRAC:
        own = on_axis(curve.x_axis, curve.x) <= until
        own[: min(2, len(own))] = True
        part = share[own]
        turns = few_turning_points(part)
        places = [place_of(curve, turn) for turn in turns]
    else:
        part = course.share[course.at <= until] if course.settled != 0 else course.share
        turns = few_turning_points(part)
        places = [_course_place(curve, course, turn) for turn in turns]
    return tuple(
        Leg(start=places[n], end=places[n + 1], share=float(part[b] - part[a]))
        for n, (a, b) in enumerate(zip(turns, turns[1:], strict=False))
    )


def _course_place(curve: Curve, course: Course, turn: int) -> Place:
    own_x, own_y = on_axis(curve.x_axis, curve.x), on_axis(curve.y_axis, curve.y)
    x = float(np.interp(course.at[turn], own_x, curve.x))
    order = np.argsort(own_y)
    y = float(np.interp(course.share[turn], own_y[order], curve.y[order]))
    half_x = SMOOTH_FRAC / 4 * float(np.ptp(curve.x))
    half_y = COURSE_FRAC * course.swing_frac * curve.y_axis.units_per_share(y)
    return Place(
        x=Measured(value=x, low=x - half_x, high=x + half_x), y=Measured(value=y, low=y - half_y, high=y + half_y)
    )


def _turns(curve: Curve, x: FloatArray, share: FloatArray, course: Course) -> tuple[Turn, ...]:
    off_course = share - np.interp(x, course.at, course.share)
    found = [
        Turn(
            at=place_of(curve, index),
            prominence_frac=prominence,
            width_frac=width,
            peak=sign > 0,
            off_course_frac=float(sign * off_course[index]),
            at_end=at_end,
        )
        for sign in (1.0, -1.0)
        for index, prominence, width, at_end in find_peaks_of(x, share, sign)
    ]
    return tuple(sorted(found, key=lambda turn: turn.at.x.value))
