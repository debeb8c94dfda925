"""Axes on which two labels alone are printed, without tick marks: what the two numbers say of the scale.

Programs leave labels out where these have no room, every second one most often. Numbers of a linear axis are then
multiples of the step between them or of its half, and one of the two is round; powers of ten that are not are powers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration.axis import AxisCalibration, TickLabel
from calibration.choose import printed_factor
from calibration.errors import TooFewLabels
from calibration.fit import fit_line
from calibration.geometry import Side, TextBox
from calibration.labels import LabelMark, read_labels
from calibration.log_pairs import ROUND_FRAC, ROUND_STEPS, WHOLE_DECADE
from calibration.scales import LinearScale, LogScale
from calibration.titles import read_title

SURE_CONFIDENCE, SURE_COST = 0.8, 0.3
HIDDEN = (1, 2)
"""Into how many steps labels that were left out divide the one between the two."""


def calibrate_pair(side: Side, labels: Sequence[TextBox], *, title: str = "", offset_text: str = "") -> AxisCalibration:
    """Calibrate an axis from its only two labels, on their centres.

    Parameters
    ----------
    side : Side
    labels : sequence of TextBox
        Two level or upright numbers, surely read.
    title, offset_text : str
        As for :func:`calibration.axis.calibrate_axis`.

    Raises
    ------
    TooFewLabels
        Where these are not two numbers of one row, or do not say which scale they are on.
    """
    marks = read_labels(side, labels, context=f"{title}\n{offset_text}")
    parted = read_title(title)
    sure = len(marks) == 2 and all(_is_sure(mark) for mark in marks) and not parted.unread
    scale = _scale(marks) if sure else None
    if scale is None:
        raise TooFewLabels(f"the two labels of the {side} axis do not say what it counts in", hint="state its ends")
    factor, addend = printed_factor(marks, parted, offset_text)
    value = np.array([mark.readings[0].value * factor + addend for mark in marks])
    at, sigma = (np.array([getattr(mark, name) for mark in marks]) for name in ("position_px", "sigma_px"))
    line = fit_line(at, scale.forward(value), sigma)
    used = tuple(
        TickLabel(
            text=mark.text, value=float(value[k]), position_px=mark.position_px, sigma_px=mark.sigma_px, box=mark.box,
            seated=False,
        )
        for k, mark in enumerate(marks)
    )
    return AxisCalibration(
        side=side, scale=scale, slope=line.slope, intercept=line.intercept, centre_px=line.centre_px,
        covariance=line.covariance, residual_px=0.0, used=used, title=parted.title, unit=parted.unit, factor=factor,
    )  # fmt: skip


def _is_sure(mark: LabelMark) -> bool:
    readings = mark.readings
    return bool(readings) and readings[0].cost <= SURE_COST and mark.confidence >= SURE_CONFIDENCE and not mark.slanted


def _scale(marks: Sequence[LabelMark]) -> LinearScale | LogScale | None:
    """The one scale of which two numbers are ticks, linear where both are; None where neither is."""
    first, second = (mark.readings[0] for mark in marks)
    apart = abs(second.value - first.value)
    if not apart or (first.style != second.style and 0.0 not in (first.value, second.value)):
        return None
    for parts in HIDDEN if first.style != "power" else ():
        step = apart / parts
        whole = abs(first.value / step - round(first.value / step)) <= ROUND_FRAC
        if whole and any(_is_round(one) for one in (step, apart)):
            return LinearScale()
    if min(first.value, second.value) <= 0.0:
        return None
    decades = np.log10([first.value, second.value])
    return LogScale() if np.abs(decades - np.round(decades)).max() <= WHOLE_DECADE else None


def _is_round(step: float) -> bool:
    lead = step / 10.0 ** np.floor(np.log10(step))
    return bool(np.abs(lead / np.array(ROUND_STEPS) - 1.0).min() <= ROUND_FRAC)
