"""Single digits between powers of ten: on log axes some programs print ``1  2  5  10  2  5  100``.

A digit alone does not say its power; the powers beside it do, through the vote of the axis.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration.labels import LabelMark

MANTISSA_COST = 0.8
"""What it costs to take a digit for so many tens, tenths, ...: two such never propose an axis together."""
FEWEST_MANTISSAS = 2
FEWEST_DIFFERENT = 4
BEYOND = 1
"""Powers beyond those that are printed."""
MOST_POWERS = 12
POWER_TOLERANCE = 1e-9


def is_mantissa(mark: LabelMark) -> bool:
    """Whether a label is a single digit from 2 to 9."""
    return len(mark.text) == 1 and mark.text in "23456789"


def is_printed_power(mark: LabelMark) -> bool:
    """Whether a label's likeliest value is a whole power of ten."""
    value = mark.readings[0].value if mark.likely_number else 0.0
    return value > 0 and abs(np.log10(value) - round(np.log10(value))) < POWER_TOLERANCE


def mantissa_exponents(marks: Sequence[LabelMark]) -> tuple[int, ...]:
    """Powers of ten that lone digits of an axis may belong to; empty where the axis is not of that kind.

    It is where its digits do not run one way: a digit comes twice, or 9 stands below 1. Where no power
    was read among many digits the one is taken for 1.
    """
    digits = [mark for mark in marks if is_mantissa(mark)]
    likely = [mark for mark in marks if mark.likely_number and mark.readings[0].value > 0]
    if len(digits) < FEWEST_MANTISSAS:
        return ()
    steps = np.sign(np.diff([mark.readings[0].value for mark in likely if mark.readings]))
    if len(np.unique(steps[steps != 0])) < 2 and len({mark.text for mark in digits}) == len(digits):
        return ()
    powers = [float(np.log10(mark.readings[0].value)) for mark in likely if not is_mantissa(mark)]
    powers = [power for power in powers if power == round(power)]
    if not powers and len({mark.text for mark in digits}) < FEWEST_DIFFERENT:
        return ()
    powers = powers or [0.0]
    first, last = int(min(powers)) - BEYOND, int(max(powers)) + BEYOND
    return tuple(range(first, last + 1)) if last - first <= MOST_POWERS else ()
