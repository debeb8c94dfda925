"""Labels at even distances say even numbers: what differs from its neighbours by a digit is misread.

A ``0`` taken for a ``9`` below ``1500`` and ``3000`` stands within the scatter of its label, so the vote on places does
not notice it; the steps between the numbers do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from calibration.geometry import FloatArray
from calibration.scales import LinearScale
from calibration.verdicts import Candidate

FEWEST = 3
EVEN_FRAC = 0.12
"""Of a step, by which places may miss the even ones."""
EXACT_FRAC = 1e-6
MOST_COST = 2.0
"""What the readings that are even may cost more than those the vote chose."""
MOST_CHANGED_FRAC = 0.5
MOST_PARTS, FEWEST_ON_PITCH, ON_PITCH_PX, LEAST_PITCH_PX = 5, 4, 1.2, 8.0
"""Steps between two labels, ticks that bear out a pitch, and how exactly; finer ones are met by chance."""
ROUNDED_UNITS = 1.05
"""Rounded numbers miss even ones by a unit of their last digit at most, seen from two of them."""
FEWEST_ROUNDED, LEAST_ROUNDED_UNITS, MOST_ROUNDED_UNITS = 5, 0.02, 0.6
"""Of a line through rounded numbers they are half a unit of their last digit off, and a little more as it is fitted."""
NUMBER = re.compile(r"\d+(?:[.,](\d+))?")


def with_even_values(candidate: Candidate) -> Candidate:
    """The candidate, labels read otherwise where only that makes the values of evenly spaced labels even.

    Parameters
    ----------
    candidate : Candidate
        On any scale; only linear ones are looked at.
    """
    use = candidate.ballot.agreeing
    if not isinstance(candidate.scale, LinearScale) or len(use) < FEWEST:
        return candidate
    steps = _even_steps(candidate.position_px[use])
    if steps is None:
        return candidate
    chosen = candidate.ballot.chosen
    value = np.array([candidate.values[i][chosen[i]] for i in use])
    best: tuple[float, list[int]] | None = None
    for first, second in combinations(range(len(use)), 2):
        pitch = (value[second] - value[first]) / (steps[second] - steps[first])
        expected = value[first] + pitch * (steps - steps[first])
        if np.abs(value - expected).max() <= EXACT_FRAC * abs(pitch):
            return candidate
        exact = EXACT_FRAC * abs(pitch)
        found = [_reading_of(candidate, i, want, exact) for i, want in zip(use, expected, strict=True)]
        readings = [index for index in found if index is not None]
        if pitch == 0.0 or len(readings) < len(use):
            continue
        pairs = list(zip(use, readings, strict=True))
        more = float(sum(candidate.costs[i][index] - candidate.costs[i][chosen[i]] for i, index in pairs))
        few = sum(index != chosen[i] for i, index in pairs) < MOST_CHANGED_FRAC * len(use)
        if few and more <= MOST_COST and (best is None or more < best[0]):
            best = more, readings
    if best is None:
        return candidate
    even = chosen.copy()
    even[use] = best[1]
    return replace(candidate, ballot=replace(candidate.ballot, chosen=even))


def uneven_labels(position_px: Sequence[float], values: Sequence[float], texts: Sequence[str]) -> bool:
    """Whether the values of evenly spaced labels are less even than rounding to their last digit makes them."""
    order = np.argsort(position_px)
    place, value = np.array(position_px, float)[order], np.array(values, float)[order]
    steps = _even_steps(place) if len(place) >= FEWEST else None
    if steps is None:
        return False
    units = [_last_digit(texts[i], values[i]) for i in order]
    unit = max((one for one in units if one is not None), default=None)
    if unit is None:
        return False
    line = np.polyfit(steps, value, 1)
    return bool(np.abs(value - np.polyval(line, steps)).max() > ROUNDED_UNITS * unit)


def unrounded(position_px: FloatArray, value: FloatArray, texts: Sequence[str]) -> FloatArray:
    """The values of evenly spaced labels, even where rounding to the last digit that they print explains all else.

    ``11.0``, ``9.9``, ``8.9``, ``7.9`` are no four ticks on a line: what is printed is up to half a digit off.
    """
    steps = _even_steps(position_px) if len(value) >= FEWEST_ROUNDED else None
    units = [_last_digit(text, one) for text, one in zip(texts, value, strict=True)]
    known = [unit for unit in units if unit is not None]
    if steps is None or not known or max(known) > (1.0 + EXACT_FRAC) * min(known):
        return value
    even = np.polyval(np.polyfit(steps, value, 1), steps)
    off_units = float(np.abs(value - even).max()) / known[0]
    return np.asarray(even, np.float64) if LEAST_ROUNDED_UNITS < off_units <= MOST_ROUNDED_UNITS else value


def stand_on_even_ticks(position_px: FloatArray, ticks_px: Sequence[float]) -> bool:
    """Whether two labels stand on ticks of one pitch, others of which go on beyond or between them."""
    low, high = sorted(float(one) for one in position_px)
    at = np.array(ticks_px, float)
    for parts in range(1, MOST_PARTS + 1):
        pitch_px = (high - low) / parts
        if not len(at) or pitch_px < LEAST_PITCH_PX:
            break
        steps = np.arange(np.ceil((at.min() - low) / pitch_px), np.floor((at.max() - low) / pitch_px) + 1)
        found = np.abs(at[None, :] - (low + steps * pitch_px)[:, None]).min(axis=1) <= ON_PITCH_PX
        if found[(steps >= 0) & (steps <= parts)].all() and found.sum() >= FEWEST_ON_PITCH:
            return True
    return False


def _even_steps(position_px: FloatArray) -> NDArray[np.float64] | None:
    """How many steps each place stands from the lowest one; None where no step fits all."""
    away = position_px - position_px.min()
    gaps = np.diff(np.unique(away))
    if not len(gaps) or gaps.min() <= 0:
        return None
    steps = np.round(away / gaps.min())
    pitch = float((away * steps).sum() / (steps * steps).sum())
    if len(np.unique(steps)) < len(steps) or np.abs(away - steps * pitch).max() > EVEN_FRAC * pitch:
        return None
    return np.asarray(steps, np.float64)


def _reading_of(candidate: Candidate, label: int, value: float, tolerance: float) -> int | None:
    """The cheapest reading of a label that says a value."""
    same = np.flatnonzero(np.abs(candidate.values[label] - value) <= max(tolerance, 1e-12))
    return int(same[candidate.costs[label][same].argmin()]) if len(same) else None


def _last_digit(text: str, value: float) -> float | None:
    """What one unit of the last digit that a label prints is worth; None of labels that say nothing of it."""
    match = NUMBER.search(text)
    if not match or not value:
        return None
    printed = float(match[0].replace(",", "."))
    decimals = len(match[1] or "")
    return abs(value / printed) * 10.0**-decimals if printed else None
