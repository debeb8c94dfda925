"""Dash patterns: measured along a followed line, and matched with those of legend handles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.geometry import FloatArray
from digitize.values import LegendEntry

SOLID_DUTY = 0.93
"""A line that shows at least this share of its length is solid."""
LEAST_PARTS = 4
EVEN_RATIO = 1.5
EVEN_SHARE = 0.6
"""Dashes of one line differ by less than this ratio, but for this share's rest that ran into other ink."""
DUTY_COST = 3.0
PERIOD_COST = 1.0
PERIOD_MOST = 2.0
SHADE_COST = 8.0
DECIDED_COST = 0.3
"""A match that could be swapped for another at less than this is no match."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """How a stroke is interrupted: inked share of its length, mean length of dash and gap together, longest dash."""

    duty: float
    period_px: float
    dash_px: float

    @property
    def is_solid(self) -> bool:
        return self.duty >= SOLID_DUTY or not np.isfinite(self.period_px)


SOLID = Pattern(duty=1.0, period_px=float("inf"), dash_px=float("inf"))


def measure_pattern(parts_px: Sequence[float], bare_px: float) -> Pattern:
    """The pattern of a line from the lengths of its separate strokes and the bare length between them."""
    inked = float(sum(parts_px))
    duty = inked / max(inked + bare_px, 1e-9)
    if len(parts_px) < LEAST_PARTS or duty >= SOLID_DUTY:
        return Pattern(duty=duty, period_px=float("inf"), dash_px=float(max(parts_px)))
    # strokes that ran into other ink are longer than the dash: the median does not mind
    lengths = np.array(parts_px)
    gap = bare_px / (len(lengths) - 1)
    typical = float(np.mean(lengths[lengths <= 2.2 * np.median(lengths)]))
    return Pattern(
        duty=typical / max(typical + gap, 1e-9),
        period_px=typical + gap,
        dash_px=float(np.percentile(lengths, 80)),
    )


def is_even(parts_px: Sequence[float], *, lengths: int = 2) -> bool:
    """Whether separate strokes have one or two lengths, as dashes do, instead of any."""
    inner = np.array(parts_px[1:-1] or parts_px)
    # dashes and dots in turn have two lengths
    near = np.zeros(len(inner), bool)
    for typical in np.percentile(inner, [25.0, 75.0] if lengths == 2 else [50.0]):
        near |= (inner > typical / EVEN_RATIO) & (inner < typical * EVEN_RATIO)
    return bool(near.mean() > EVEN_SHARE)


def to_pattern(dash: Sequence[float]) -> Pattern:
    """The pattern of a legend entry's ``dash``."""
    if len(dash) < 2:
        return SOLID
    on, off = list(dash[::2]), list(dash[1::2])
    period = float(np.mean(on) + np.mean(off))
    return Pattern(duty=float(np.mean(on)) / max(period, 1e-9), period_px=period, dash_px=float(max(on)))


def unlikeness(line: Pattern, entry: Pattern) -> float:
    """How badly a line's pattern fits an entry's; 0 is perfect."""
    cost = DUTY_COST * abs(line.duty - entry.duty)
    ends = (np.isfinite(line.period_px), np.isfinite(entry.period_px))
    if all(ends):
        cost += PERIOD_COST * min(abs(float(np.log(line.period_px / entry.period_px))), PERIOD_MOST)
        cost += 0.5 * PERIOD_COST * min(abs(float(np.log(line.dash_px / entry.dash_px))), PERIOD_MOST)
    elif any(ends):
        cost += PERIOD_MOST
    return cost


def match_lines(lines: Sequence[Pattern], off: FloatArray, entries: Sequence[LegendEntry]) -> list[LegendEntry | None]:
    """Which entry belongs to each line, by dash pattern and shade, decided together.

    Parameters
    ----------
    lines : sequence of Pattern
    off : (K, N, M) float array
        How far the shade of each line is from each entry's, as a share of full strength: for each of K ways in which
        all lines may be drawn fainter or stronger than in the legend, of which one holds.
    entries : sequence of LegendEntry

    Returns
    -------
    list of LegendEntry or None
        None for a line that no entry fits, or that another fits nearly as well.
    """
    patterns = [to_pattern(entry.dash) for entry in entries]
    cost = np.array([[unlikeness(line, pattern) for pattern in patterns] for line in lines])
    costs = cost + SHADE_COST * off
    total, rows, cols = min((_cheapest(one) for one in costs), key=lambda found: found[0])
    result: list[LegendEntry | None] = [None] * len(lines)
    for row, col in zip(rows, cols, strict=True):
        if min(_cost_without(one, row, col) for one in costs) - total > DECIDED_COST:
            result[row] = entries[col]
    return result


def _cheapest(cost: FloatArray) -> tuple[float, list[int], list[int]]:
    """Cost, rows and columns of the cheapest matching."""
    from scipy.optimize import linear_sum_assignment

    rows, cols = linear_sum_assignment(cost)
    return float(cost[rows, cols].sum()), rows.tolist(), cols.tolist()


def _cost_without(cost: FloatArray, row: int, col: int) -> float:
    """The cheapest matching that does not use this pair; infinite where there is no other."""
    if cost.shape == (1, 1):
        return float("inf")
    barred = cost.copy()
    barred[row, col] = 1e3
    return _cheapest(barred)[0]
