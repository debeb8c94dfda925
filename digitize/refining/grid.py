"""A uniform grid of samples, and which grids the paths of a panel may stand on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.geometry import FloatArray
from digitize.refining.abscissa import Abscissa
from digitize.refining.misfit import Evidence

FINEST_STEP_PX = 2.05
"""Samples closer than this leave no straight stretch to see."""
COARSEST_WAVE_PX = 40.0
"""Bends that return at a longer distance are found by counting."""
COUNTED_STEP_PX = 7.0
"""From this step on every whole number of samples between a line's ends is tried."""
SHIFTED_STEP_PX = 30.0
"""Below this step with the ends moved a little too."""
END_SHIFT_PX = 0.9
FEWEST_STEPS = 3
MOST_WAVES = 24
WAVE_RESOLUTION = 0.2
"""Steps between the wave numbers tried, in waves over the whole length."""
SAME_END_PX = 2.0
MOST_SPANS = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SampleGrid:
    """Samples at ``origin + k * step`` along an abscissa, k any whole number.

    Attributes
    ----------
    abscissa : Abscissa
        What the samples are uniform in: the axis' own coordinate, its values, months, categories.
    origin, step : float
        In units of the abscissa.
    """

    abscissa: Abscissa
    origin: float
    step: float

    def to_px(self, places: NDArray[np.int64]) -> FloatArray:
        """Pixel positions of grid places."""
        return self.abscissa.to_px(self.origin + self.step * np.asarray(places, float))

    def places(self, x_px: FloatArray) -> FloatArray:
        """Grid places, with fractions, of pixel positions."""
        return (self.abscissa.to_t(x_px) - self.origin) / self.step


def list_grids(abscissa: Abscissa, evidence: Sequence[Evidence]) -> tuple[FloatArray, FloatArray]:
    """Origins and steps, (G,) each, of the grids worth measuring.

    Round numbers of the axis; every number of samples from a line's one end to its other; distances at which bends
    return, which a Fourier sum over the bends of all lines tells together with their phase.
    """
    ends = np.array([one.ends for one in evidence])
    low, high = abscissa.to_t(np.array([ends.min(), ends.max()])).tolist()
    span_px = float(ends.max() - ends.min())
    per_px = (high - low) / max(span_px, 1e-9)
    found: list[Sequence[tuple[float, float]]] = [abscissa.round_grids]
    if not abscissa.is_fixed:
        for left, right in _spans(ends):
            a, b = abscissa.to_t(np.array([left, right])).tolist()
            found.append(_counted(a, b, right - left))
    if abscissa.is_straight:
        found.append(_waves(evidence))
    grids = np.array([grid for some in found for grid in some], float).reshape(-1, 2)
    step_px = grids[:, 1] / per_px
    # of values on a log axis the step in pixels varies along the line
    finest = FINEST_STEP_PX if abscissa.is_straight or abscissa.is_fixed else 0.5 * FINEST_STEP_PX
    fits = (step_px >= finest) & (step_px <= span_px / (FEWEST_STEPS - 1))
    return grids[fits, 0], grids[fits, 1]


def _spans(ends: FloatArray) -> list[tuple[float, float]]:
    """The longest span of all lines, and of single lines those that differ."""
    spans = [(float(ends[:, 0].min()), float(ends[:, 1].max()))]
    for left, right in sorted(ends.tolist(), key=lambda pair: pair[0] - pair[1]):
        if all(abs(left - a) + abs(right - b) > SAME_END_PX for a, b in spans):
            spans.append((left, right))
    return spans[:MOST_SPANS]


def _counted(low: float, high: float, span_px: float) -> list[tuple[float, float]]:
    per_px = (high - low) / span_px
    grids = []
    for steps in range(FEWEST_STEPS - 1, int(span_px / COUNTED_STEP_PX) + 1):
        shifts = (0.0,) if span_px / steps > SHIFTED_STEP_PX else (-END_SHIFT_PX, END_SHIFT_PX)
        for a in shifts:
            for b in shifts:
                start, end = low + a * per_px, high + b * per_px
                grids.append((start, (end - start) / steps))
    return grids


def _waves(evidence: Sequence[Evidence]) -> list[tuple[float, float]]:
    """Step and phase of the strongest waves in where the lines bend."""
    low = int(np.floor(min(one.x[0] for one in evidence)))
    high = int(np.ceil(max(one.x[-1] for one in evidence)))
    bends = np.zeros(high - low + 1)
    for one in evidence:
        size = one.bends()
        at = np.clip(np.round(one.x).astype(np.int64) - low, 0, len(bends) - 1)
        np.add.at(bends, at, size - size.mean())
    length = max(high - low, 1)
    numbers = np.arange(length / COARSEST_WAVE_PX, length / FINEST_STEP_PX, WAVE_RESOLUTION) / length
    if not len(numbers):
        return []
    x = np.arange(len(bends))
    sums = np.exp(2j * np.pi * numbers[:, None] * x[None, :]) @ bends
    strength = np.abs(sums)
    peak = np.ones(len(strength), bool)
    peak[1:] &= strength[1:] >= strength[:-1]
    peak[:-1] &= strength[:-1] >= strength[1:]
    best = np.flatnonzero(peak)
    best = best[np.argsort(-strength[best])][:MOST_WAVES]
    # the wave's crest: exp(2 pi i f x) has the phase of the sum where x stands on a sample
    origin = low + np.angle(sums[best]) / (2 * np.pi * numbers[best])
    return list(zip(origin.tolist(), (1.0 / numbers[best]).tolist(), strict=True))
