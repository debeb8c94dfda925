"""What the labels of an axis say on each scale: the best explanation of all of them, as a candidate."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from calibration.axis import Scale, Tick
from calibration.fit import vote
from calibration.geometry import FloatArray, Side
from calibration.labels import OFF_ROW_COST, LabelMark, is_upright_axis
from calibration.mantissas import MANTISSA_COST, is_mantissa, is_printed_power, mantissa_exponents
from calibration.numerals import COST_FLAT_POWER, COST_POINT_LOST, Reading
from calibration.scales import DateScale, LogScale, SymlogScale
from calibration.seats import stands_between
from calibration.thresholds import symlog_thresholds
from calibration.verdicts import Candidate

MOST_READINGS = 8
POINTED = re.compile(r"\d[.,]\d|[.,]\d")
LOG_COST = 1.5
SYMLOG_COST = 3.0
ZERO_COST = 2.0
END_COST = 1.0
"""What it costs to take slanted labels to stand at one of their ends: characters fill these differently."""
LOOSE_POWER_HEIGHTS = 0.6
DATE_COST = 0.0
DATE_GAIN = 0.5
"""A label that reads as a date and as a number is a date: ``bare years`` are offered only where they may be."""
EXPLICIT_POWER = re.compile(r"\d\s*[eE]\s*[-+]?\d|\^|[\u2070\u00b9\u00b2\u00b3\u2074-\u2079]")
"""What says its exponent is no flat power: its sign is not easily misread."""
POWER_AS_LINEAR_COST = 0.8
FLAT_POWER_LIMIT = 0.5
FLAT_POWER_FRAC = 0.75


def _anchors(marks: Sequence[LabelMark]) -> list[FloatArray]:
    """Where labels may stand: at their centres, or, slanted ones, at one of their ends."""
    places = [np.array([m.position_px for m in marks])]
    if marks and np.mean([m.slanted for m in marks]) > 0.5:
        places += [np.array([m.ends_px[1] for m in marks]), np.array([m.ends_px[0] for m in marks])]
    return places


def number_candidate(
    side: Side, marks: Sequence[LabelMark], scale: Scale, factor: float, addend: float
) -> Candidate | None:
    """The best explanation of the labels as numbers on one scale; None where there is none.

    Parameters
    ----------
    side : Side
    marks : sequence of LabelMark
    scale : Scale
    factor, addend : float
        What the axis counts in, and what it leaves off its labels.
    """
    log = isinstance(scale, LogScale | SymlogScale)
    powers = log and _speaks_in_powers(marks)
    exponents = mantissa_exponents(marks)
    twice = {mark.text for mark, after in pairwise(sorted(marks, key=lambda m: m.text)) if mark.text == after.text}
    pointed = any(POINTED.search(mark.text) for mark in marks)
    values, costs = [], []
    for mark in marks:
        readings = list(mark.readings[:MOST_READINGS])
        if mark.text in twice and readings:  # one text does not mean two numbers, but for a sign or an exponent lost
            size = abs(readings[0].value)
            readings = [r for r in readings if r.style == "power" or abs(r.value) == size]
        if not pointed:  # formatters print equally many decimals: no label alone has lost its point
            readings = [r for r in readings if r.style != "plain" or r.cost < COST_POINT_LOST or r.value.is_integer()]
        worth = [r.value * factor + addend for r in readings]
        # digits are printed smaller, so powers need not stand in line with them
        astray = OFF_ROW_COST if not mark.in_row and not exponents else 0.0
        flat = powers and not EXPLICIT_POWER.search(mark.text)
        cost = [_style_cost(r, log=log, flat_powers=flat) + astray for r in readings]
        if log and is_mantissa(mark):
            worth += [float(mark.text) * 10.0**k for k in exponents if k]
            cost += [MANTISSA_COST for k in exponents if k]
        values.append(np.array(worth, float))
        costs.append(np.array(cost, float))
    prior_cost = SYMLOG_COST if isinstance(scale, SymlogScale) else LOG_COST if log else 0.0
    if isinstance(scale, LogScale) and symlog_thresholds(marks):
        prior_cost += ZERO_COST  # zero has no place on it
    if log and exponents:  # powers among digits are larger print, and need not stand as exactly where they belong
        marks = [
            replace(m, sigma_px=max(m.sigma_px, LOOSE_POWER_HEIGHTS * m.height_px)) if is_printed_power(m) else m
            for m in marks
        ]
    best = _best_candidate(side, marks, scale, values, costs, prior_cost)
    digits_alone = best and not any(is_printed_power(marks[i]) for i in best.ballot.agreeing)
    if digits_alone and exponents and any(map(is_printed_power, marks)):
        return None  # no label says of which power the digits are
    if best and isinstance(scale, SymlogScale) and not _reaches_zero(best):
        return None  # its labels say nothing that a logarithmic axis does not say
    if best and (log or exponents) and all(is_mantissa(marks[i]) for i in best.ballot.agreeing):
        return None
    return best


def _reaches_zero(candidate: Candidate) -> bool:
    """Whether zero is among the values that won, or between them."""
    ballot = candidate.ballot
    values = [float(candidate.values[i][ballot.chosen[i]]) for i in ballot.agreeing]
    return min(values) <= 0.0 <= max(values)


def _speaks_in_powers(marks: Sequence[LabelMark]) -> bool:
    """Whether nearly every label can be read as a power: then flat exponents are the rule, not the exception."""
    rows = [m for m in marks if m.in_row and m.likely_number]
    able = [any(r.style == "power" and r.cost <= FLAT_POWER_LIMIT for r in m.readings) for m in rows]
    return len(able) >= 3 and sum(able) >= FLAT_POWER_FRAC * len(able)


def _style_cost(reading: Reading, *, log: bool, flat_powers: bool) -> float:
    """The cost of a reading on this scale: powers of ten are at home on log axes, flat ones where all labels are."""
    if reading.style == "power":
        usual = min(reading.cost, COST_FLAT_POWER) if flat_powers else 0.0
        return reading.cost + (0.0 if log else POWER_AS_LINEAR_COST) - usual
    return reading.cost + (POWER_AS_LINEAR_COST if flat_powers else 0.0)


def date_candidate(side: Side, marks: Sequence[LabelMark], ticks: Sequence[Tick]) -> Candidate | None:
    """The best explanation of the labels as dates, values in days; None where there is none, or they name stretches."""
    numbers_too = [m for m in marks if m.dates and m.readings]
    if len(numbers_too) == sum(bool(m.dates) for m in marks):
        # years printed in the middle between ticks name the stretch, not a moment
        between = stands_between([m.position_px for m in numbers_too], [t.position_px for t in ticks])
        if between:
            return None
    values = [np.array([r.days for r in m.dates], float) for m in marks]
    costs = [
        np.array([r.cost - DATE_GAIN for r in m.dates], float) + (0.0 if m.in_row else OFF_ROW_COST) for m in marks
    ]
    return _best_candidate(side, marks, DateScale(), values, costs, DATE_COST)


def _best_candidate(
    side: Side,
    marks: Sequence[LabelMark],
    scale: Scale,
    values: list[FloatArray],
    costs: list[FloatArray],
    prior_cost: float,
) -> Candidate | None:
    """The vote on one scale, over the places where labels may stand."""
    sigma = np.array([m.sigma_px for m in marks])
    best: Candidate | None = None
    for index, position in enumerate(_anchors(marks)):
        ballot = vote(position, sigma, [scale.forward(v) for v in values], costs, falling=is_upright_axis(side))
        if ballot is None:
            continue
        score = ballot.score - prior_cost - END_COST * (index > 0)
        if best is None or score > best.score:
            best = Candidate(
                scale=scale, values=values, costs=costs, position_px=position, ballot=ballot, score=score,
                slanted=len(_anchors(marks)) > 1,
            )  # fmt: skip
    return best
