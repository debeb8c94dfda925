"""Where a curve turns, settles and swings: its shape in shares of the axes a reader sees.

The same thresholds fit any figure, since all lengths are shares. What a curve does on the whole is told from a running
median (window :data:`SMOOTH_FRAC`), how much it swings from what the median leaves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.geometry import FloatArray

TURN_FRAC = 0.06
"""A turn is a move back by this share of the axis: smaller ones are wiggles."""
LEGS = 4
"""A sentence follows a curve through at most this many rises and falls."""
END_PLACE_FRAC = 0.02
"""A turn within this share of the curve's length from an end belongs to the end."""
FLANK_FRAC = 0.15
"""A turn whose lower flank is smaller than this has no flank on that side."""
SMOOTH_FRAC = 0.08
"""Window of the running median, in lengths of the curve."""
STILL_FRAC = 0.08
"""A curve that moves less than this has settled, or is flat."""
SETTLED_FRAC = 0.25
"""A curve settles where it does not move any more for at least this share of its length..."""
SLOWED_FRAC = 0.5
"""... and moves at less than this share of its speed on the whole: a steady rise to the end is no settling."""
WAVE_FRAC = 0.15
WAVE_TURNS = 5
WAVE_SPREAD_FRAC = 0.35
WAVE_LEVEL_FRAC = 0.5
"""An oscillation has this many turns of at least this height, its distances and its heights spread by no more than the
third, and moves away from where it began by no more than the last share of what it goes up and down."""
PLACES = 401
"""Even places along a curve at which its smooth course is known."""
SWING_PERCENT = (5.0, 95.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Course:
    """The smooth course of a curve.

    Attributes
    ----------
    at : (N,) float array
        Even places, as shares of the x axis.
    share : (N,) float array
        The running median there, as shares of the y axis.
    swing_frac : float
        Width of the band that holds nine tenths of the curve around its median.
    settled : int or None
        First place after which the course hardly moves; None where it moves to the end.
    """

    at: FloatArray
    share: FloatArray
    swing_frac: float
    settled: int | None

    @property
    def flat(self) -> bool:
        return bool(np.ptp(self.share) < STILL_FRAC)


def smooth_course(x_share: FloatArray, y_share: FloatArray) -> Course:
    """The course of a curve whose places rise along x; both (N,), in shares of their axes."""
    from scipy.ndimage import median_filter, uniform_filter1d

    at = np.linspace(x_share[0], x_share[-1], PLACES)
    seen = np.interp(at, x_share, y_share) if x_share[-1] > x_share[0] else np.full(PLACES, float(np.median(y_share)))
    window = int(SMOOTH_FRAC * PLACES) | 1
    share = uniform_filter1d(median_filter(seen, window, mode="nearest"), window // 2, mode="nearest")
    low, high = np.percentile(seen - share, SWING_PERCENT)
    backwards = share[::-1]
    moved = (np.maximum.accumulate(backwards) - np.minimum.accumulate(backwards))[::-1]
    slow = SLOWED_FRAC * moved[0] * (1 - np.arange(PLACES) / PLACES)
    settled = int(np.argmax(moved <= np.minimum(STILL_FRAC, slow)))
    long_enough = settled <= (1 - SETTLED_FRAC) * PLACES
    return Course(
        at=at,
        share=np.asarray(share, np.float64),
        swing_frac=float(high - low),
        settled=settled if long_enough else None,
    )


def turning_points(share: FloatArray, threshold: float) -> list[int]:
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


def few_turning_points(share: FloatArray) -> list[int]:
    """The turning points of a story short enough to tell."""
    threshold = TURN_FRAC
    while len(turns := turning_points(share, threshold)) > LEGS + 1:
        threshold *= 1.15
    return turns


def wave_length(at: FloatArray, share: FloatArray) -> float | None:
    """Length of an even up and down in shares of the x axis; None where there is none."""
    turns = turning_points(share, WAVE_FRAC)[1:-1]
    if len(turns) < WAVE_TURNS:
        return None
    apart, moves = at[turns[2:]] - at[turns[:-2]], np.abs(np.diff(share[turns]))
    even = all(np.std(each) <= WAVE_SPREAD_FRAC * np.mean(each) for each in (apart, moves))
    level = abs(share[-1] - share[0]) <= WAVE_LEVEL_FRAC * np.mean(moves)
    return float(np.mean(apart)) if even and level else None


def find_peaks_of(x_share: FloatArray, y_share: FloatArray, sign: float) -> list[tuple[int, float, float, bool]]:
    """(index, prominence, width at half of it, whether at an end) of all peaks; of drops for ``sign`` -1.

    An end counts as a peak where the curve falls away from it.
    """
    from scipy.signal import find_peaks, peak_widths

    height = np.concatenate([[np.min(sign * y_share)], sign * y_share, [np.min(sign * y_share)]])
    peaks, shape = find_peaks(height, prominence=TURN_FRAC)
    _, _, left, right = peak_widths(height, peaks, rel_height=0.5)
    starts, ends = np.interp(np.stack([left, right]), np.arange(len(x_share)) + 1, x_share)
    return [
        (int(peak) - 1, float(prominence), float(end - start), _at_end(x_share, y_share, int(peak) - 1))
        for peak, prominence, start, end in zip(peaks, shape["prominences"], starts, ends, strict=True)
    ]


def _at_end(x: FloatArray, share: FloatArray, peak: int) -> bool:
    """Whether a turn lacks one of its flanks: it is where the curve begins or ends, not a spike on its way."""
    near = min(x[peak] - x[0], x[-1] - x[peak]) <= END_PLACE_FRAC * (x[-1] - x[0])
    return bool(near or min(np.ptp(share[: peak + 1]), np.ptp(share[peak:])) < FLANK_FRAC)
