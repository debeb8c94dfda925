"""Where a symmetric logarithmic axis may turn linear: candidates out of its labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration.labels import LabelMark

STEPS = (1.0, 2.0, 5.0)
ZERO_COST = 0.6
FEWEST_POWERS = 2
MOST_DECADES = 12
POWER_FRAC = 1e-6


def symlog_thresholds(marks: Sequence[LabelMark]) -> tuple[float, ...]:
    """Thresholds worth a trial; none where the labels are not powers of ten on either side of zero, or of it.

    A zero without negative labels may be the corner label of the other axis: then the threshold is a power of ten, as
    the sparser choice is easier to refute.
    """
    likely = [_as_power(mark) for mark in marks if mark.in_row and mark.likely_number]
    zero = any(value == 0.0 for value in likely)
    powers = np.array([value for value in likely if value and _is_power(value)])
    both = bool((powers > 0).any() and (powers < 0).any())
    if not (zero or both) or len(powers) < FEWEST_POWERS or len(powers) < 0.5 * len(likely):
        return ()
    decades = np.log10(np.abs(powers))
    near = np.abs(decades - np.median(decades)) <= MOST_DECADES / 2  # an exponent may have been read with a tick mark
    low, high = decades[near].min(), decades[near].max()
    if near.sum() < FEWEST_POWERS or high == low:
        return ()
    steps = STEPS if both else STEPS[:1]
    return tuple(step * 10.0**decade for decade in range(int(low) - 1, int(high) + 1) for step in steps)


def _as_power(mark: LabelMark) -> float:
    """The likeliest value, or the power of ten that the label may be though its exponent was read flat."""
    powers = [r.value for r in mark.readings if r.style == "power" and r.cost <= ZERO_COST and _is_power(r.value)]
    first = mark.readings[0].value
    return powers[0] if powers and first and not _is_power(first) else first


def _is_power(value: float) -> bool:
    exponent = np.log10(abs(value))
    return bool(abs(exponent - round(exponent)) < POWER_FRAC)
