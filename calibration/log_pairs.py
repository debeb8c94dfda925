"""Log axes of which two labels alone were read: the others were left out, or could not be read.

Two numbers fit any scale. What decides is where the ticks without labels stand: minor ones crowd toward each power of
ten, in a pattern that fits one place only; and even steps that are round as powers, but not as numbers, are powers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration.axis import Tick
from calibration.fit import Line, fit_line
from calibration.geometry import FloatArray
from calibration.graduation import log_lattice
from calibration.labels import LabelMark
from calibration.scales import LogScale
from calibration.seats import merged_ticks
from calibration.verdicts import Candidate, as_printed

WHOLE_DECADE = 1e-6
REACH_HEIGHTS, FEWEST_TICKS, ON_LATTICE_FRAC = 0.6, 7, 0.75
EVEN_PX, FEWEST_EVEN = 1.2, 4
ROUND_STEPS, ROUND_FRAC = (1.0, 1.2, 1.5, 1.6, 2.0, 2.5, 3.0, 4.0, 4.5, 5.0, 6.0, 7.5, 8.0, 9.0, 10.0), 1e-3


def log_pair(marks: Sequence[LabelMark], ticks: Sequence[Tick], candidate: Candidate) -> Candidate | None:
    """Two labels as powers of ten, chosen or as printed, where the ticks bear them out; None where they do not."""
    if not isinstance(candidate.scale, LogScale) or len(candidate.ballot.agreeing) != 2:
        return None
    both = (candidate, as_printed(candidate))
    return next((one for one in both if pair_lattice(marks, ticks, one)), None)


def pair_lattice(marks: Sequence[LabelMark], ticks: Sequence[Tick], candidate: Candidate) -> Line | None:
    """The log axis on which two labels at powers of ten and the ticks stand; None where there is none."""
    use = candidate.ballot.agreeing
    value = np.array([candidate.values[i][candidate.ballot.chosen[i]] for i in use])
    u = candidate.scale.forward(value)
    if not isinstance(candidate.scale, LogScale) or not np.isfinite(u).all() or u[0] == u[1]:
        return None
    if np.abs(u - np.round(u)).max() > WHOLE_DECADE:
        return None
    at, pair = candidate.position_px[use], [marks[i] for i in use]
    line = fit_line(at, u, np.array([mark.sigma_px for mark in pair]))
    height_px = float(np.median([mark.height_px for mark in marks]))
    anchors = label_anchors_px(pair, at)
    lattice = log_lattice(
        line, ticks, REACH_HEIGHTS * height_px, anchors_px=anchors, fewest=FEWEST_TICKS, least_frac=ON_LATTICE_FRAC
    )
    return lattice or _even_powers(line, value, u, ticks, anchors, REACH_HEIGHTS * height_px)


def _even_powers(
    line: Line, value: FloatArray, u: FloatArray, ticks: Sequence[Tick], anchors_px: Sequence[float], reach_px: float
) -> Line | None:
    """The axis through even ticks whose steps are whole powers of ten, but no round numbers."""
    at, sigma, _ = merged_ticks(ticks)
    gaps = np.diff(at)
    if len(gaps) > 2:  # the spines across are no steps
        inner = slice(int(gaps[0] < np.median(gaps) - EVEN_PX), len(at) - int(gaps[-1] < np.median(gaps) - EVEN_PX))
        at, sigma = at[inner], sigma[inner]
    if len(at) < FEWEST_EVEN or np.ptp(np.diff(at)) > 2 * EVEN_PX:
        return None
    for anchor_px in anchors_px:
        place = line.to_px(u) + anchor_px
        nearest = np.abs(at[None, :] - place[:, None]).argmin(axis=1)
        steps = abs(int(nearest[1] - nearest[0]))
        if np.abs(at[nearest] - place).max() > reach_px or steps < 2:
            continue
        decades, step = abs(u[1] - u[0]) / steps, abs(value[1] - value[0]) / steps
        lead = step / 10.0 ** np.floor(np.log10(step))
        if decades == round(decades) and np.abs(lead / np.array(ROUND_STEPS) - 1.0).min() > ROUND_FRAC:
            powers = u[0] + (u[1] - u[0]) * (np.arange(len(at)) - nearest[0]) / (nearest[1] - nearest[0])
            return fit_line(at, powers, sigma)
    return None


def label_anchors_px(marks: Sequence[LabelMark], position_px: FloatArray) -> list[float]:
    """Where labels of one axis are fastened, all alike, as shifts from ``position_px``."""
    kinds = {len(mark.fastened_px) for mark in marks}
    if len(kinds) > 1:  # short labels whose turn cannot be seen stand among slanted ones
        marks = [mark for mark in marks if len(mark.fastened_px) == max(kinds)]
        return [*label_anchors_px(marks, np.array([mark.position_px for mark in marks])), 0.0]
    places = np.array([mark.fastened_px for mark in marks])
    return [float(shift) for shift in np.median(places - position_px[:, None], axis=0)]
