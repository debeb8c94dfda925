"""What becomes of every label once an axis is chosen: used, recovered, or rejected with what should stand there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from calibration.axis import Scale, Tick, TickLabel
from calibration.fit import Vote
from calibration.geometry import FloatArray
from calibration.labels import LabelMark
from calibration.seats import Seating

PAIR_COST_LIMIT = 0.6
PAIR_CONFIDENCE = 0.5
RECOVERED_COST = 0.8
RECOVERED_PX = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidate:
    """One scale's best explanation of the labels.

    Attributes
    ----------
    values : list of n arrays
        What every label may stand for, in data units.
    position_px : (n,) array
        Where the labels stand, as the winner has it.
    """

    scale: Scale
    values: list[FloatArray]
    costs: list[FloatArray]
    position_px: FloatArray
    ballot: Vote
    score: float
    slanted: bool


def as_printed(candidate: Candidate) -> Candidate:
    """The candidate with the labels that agree taken for what they most likely say.

    A falling axis looks unlikely, so two labels may have been taken for what they do not say.
    """
    use = candidate.ballot.agreeing
    chosen = candidate.ballot.chosen.copy()
    chosen[use] = [int(np.argmin(candidate.costs[i])) for i in use]
    return replace(candidate, ballot=replace(candidate.ballot, chosen=chosen))


def support(best: Candidate) -> float:
    """How many labels carry the axis, those that had to be read anew counting less."""
    cost = [float(best.costs[i][best.ballot.chosen[i]]) for i in best.ballot.agreeing]
    return float(sum(max(0.0, 1.0 - max(c, 0.0) / 2.0) for c in cost))


def pair_is_sure(marks: Sequence[LabelMark], best: Candidate, seating: Seating) -> bool:
    """Two labels make an axis only where both were read well and stand on ticks."""
    use = best.ballot.agreeing
    cost = [float(best.costs[i][best.ballot.chosen[i]]) for i in use]
    confident = all(marks[i].confidence >= PAIR_CONFIDENCE for i in use)
    return bool(seating.seated.all()) and confident and max(cost) <= PAIR_COST_LIMIT


def recovered_labels(
    marks: Sequence[LabelMark], ticks: Sequence[Tick], best: Candidate, seating: Seating
) -> dict[int, TickLabel]:
    """Labels that were pushed off their ticks (at the axis' ends) but say what stands there."""
    line = seating.line
    found: dict[int, TickLabel] = {}
    at = np.array([tick.position_px for tick in ticks])
    for index in best.ballot.dissenting:
        mark = marks[index]
        if not mark.in_row:
            continue
        low, high = mark.ends_px
        for value, cost in zip(best.values[index], best.costs[index], strict=True):
            u = float(best.scale.forward(value))
            if cost > RECOVERED_COST or not np.isfinite(u):
                continue
            place = float(line.to_px(np.array([u]))[0])
            if low - RECOVERED_PX <= place <= high + RECOVERED_PX:
                gap = np.abs(at - place) if len(at) else np.array([np.inf])
                seat = gap.min() <= RECOVERED_PX
                found[index] = TickLabel(
                    text=mark.text, value=float(value), position_px=float(at[gap.argmin()]) if seat else place,
                    sigma_px=mark.sigma_px, box=mark.box, seated=bool(seat),
                )  # fmt: skip
                break
    return found


def rejected_labels(
    marks: Sequence[LabelMark], best: Candidate, seating: Seating, recovered: set[int]
) -> tuple[TickLabel, ...]:
    """Labels in the row that say something else than the axis does there."""
    out = []
    texts = [marks[i].text for i in best.ballot.agreeing]
    line = seating.line
    for index in best.ballot.dissenting:
        mark = marks[index]
        if index in recovered or not (mark.likely_number and mark.in_row):
            continue
        place = float(best.position_px[index]) + seating.offset_px
        says = float(best.scale.inverse(line.slope * (place - line.centre_px) + line.intercept))
        expected = best.scale.format(says) if best.scale.name == "date" else format_like(says, texts)
        out.append(
            TickLabel(
                text=mark.text, value=mark.readings[0].value, position_px=place, sigma_px=mark.sigma_px,
                box=mark.box, seated=False, expected=expected,
            )
        )  # fmt: skip
    return tuple(out)


def format_like(value: float, texts: Sequence[str]) -> str:
    """``value`` with as many decimals as its neighbours print."""
    decimals = max((len(text.rpartition(".")[2].rstrip("%kKMBG ")) for text in texts if "." in text), default=0)
    if any(char in text for text in texts for char in "^\u00d7eE\u2070\u00b9\u00b2\u00b3") or abs(value) >= 1e9:
        return f"{value:.3g}"
    if texts and sum("%" in text for text in texts) * 2 > len(texts):
        return f"{100 * value:.{decimals}f}%"
    return f"{value:.{decimals}f}"
