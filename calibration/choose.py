"""From candidate labels and ticks to one calibrated axis: readings, vote between scales, seats, fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from calibration.axis import AxisCalibration, Scale, Tick, TickLabel
from calibration.errors import LabelsDisagree, TooFewLabels
from calibration.fit import Vote, vote
from calibration.geometry import FloatArray, Side, TextBox
from calibration.labels import OFF_ROW_COST, LabelMark, is_upright_axis, read_labels
from calibration.scales import DateScale, LinearScale, LogScale
from calibration.seats import Seating, seat_labels

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_READINGS = 8
LOG_COST = 1.5
POWER_AS_LINEAR_COST = 0.8
PAIR_COST_LIMIT = 0.6
MAJORITY_FRAC = 0.5
RESIDUAL_LIMIT_HEIGHTS = 0.35


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidate:
    """One scale's best explanation of the labels."""

    scale: Scale
    values: list[FloatArray]
    position_px: FloatArray
    ballot: Vote
    score: float
    slanted: bool


def hint_for(side: Side) -> str:
    """What a user can state instead."""
    return "state the range yourself: --y-axis 0.4:0.55@log" if is_upright_axis(side) else "state the range: --x-axis 0:130"


def choose_axis(
    side: Side, labels: Sequence[TextBox], ticks: Sequence[Tick], *, title: str = "", offset_text: str = ""
) -> AxisCalibration:
    """See :func:`calibration.axis.calibrate_axis`."""
    marks = read_labels(side, labels)
    candidates = [c for c in (_number_candidate(marks, LinearScale()), _number_candidate(marks, LogScale())) if c]
    if not candidates:
        raise TooFewLabels(
            f"the {side} axis has {sum(m.likely_number for m in marks)} readable tick labels of {len(marks)}",
            hint=hint_for(side),
        )
    best = max(candidates, key=lambda c: c.score)
    return _calibrated(side, marks, ticks, best, title=title)


def _anchors(marks: Sequence[LabelMark]) -> list[FloatArray]:
    """Where labels may stand: at their centres, or, slanted ones, at one of their ends."""
    places = [np.array([m.position_px for m in marks])]
    if np.mean([m.slanted for m in marks]) > 0.5:
        places += [np.array([m.ends_px[1] for m in marks]), np.array([m.ends_px[0] for m in marks])]
    return places


def _number_candidate(marks: Sequence[LabelMark], scale: Scale) -> Candidate | None:
    log = isinstance(scale, LogScale)
    values = [np.array([r.value for r in m.readings[:MOST_READINGS]], float) for m in marks]
    costs = [
        np.array([r.cost + (POWER_AS_LINEAR_COST if r.style == "power" and not log else 0.0)
                  for r in m.readings[:MOST_READINGS]], float) + (0.0 if m.in_row else OFF_ROW_COST)
        for m in marks
    ]  # fmt: skip
    return best_candidate(marks, scale, values, costs, LOG_COST if log else 0.0)


def best_candidate(
    marks: Sequence[LabelMark], scale: Scale, values: list[FloatArray], costs: list[FloatArray], prior_cost: float
) -> Candidate | None:
    """The vote on one scale, over the places where labels may stand."""
    sigma = np.array([m.sigma_px for m in marks])
    best: Candidate | None = None
    for index, position in enumerate(_anchors(marks) if len(marks) else []):
        ballot = vote(position, sigma, [scale.forward(v) for v in values], costs)
        if ballot is None:
            continue
        score = ballot.score - prior_cost - 0.1 * index
        if best is None or score > best.score:
            best = Candidate(
                scale=scale, values=values, position_px=position, ballot=ballot, score=score, slanted=index > 0
            )
    return best


def _calibrated(
    side: Side, marks: Sequence[LabelMark], ticks: Sequence[Tick], best: Candidate, *, title: str
) -> AxisCalibration:
    """Seat the labels that won, fit, and refuse what is not well founded."""
    chosen = best.ballot.chosen
    use = np.flatnonzero(chosen >= 0)
    likely = sum(m.likely_number and m.in_row for m in marks)
    if len(use) < 2:
        raise TooFewLabels(f"the {side} axis has fewer than two readable tick labels", hint=hint_for(side))
    value = np.array([best.values[i][chosen[i]] for i in use])
    u = best.scale.forward(value)
    sigma = np.array([marks[i].sigma_px for i in use])
    height = float(np.median([m.height_px for m in marks]))
    seating = seat_labels(best.position_px[use], sigma, u, ticks, height_px=height, slanted=best.slanted)
    if len(use) < max(3, MAJORITY_FRAC * likely) and not (
        len(use) == 2 and likely <= 2 and _pair_is_sure([marks[i] for i in use], seating)
    ):
        if likely >= 3:
            raise LabelsDisagree(
                f"only {len(use)} of {likely} tick labels of the {side} axis agree on a scale", hint=hint_for(side)
            )
        raise TooFewLabels(f"the {side} axis has too few readable tick labels ({likely})", hint=hint_for(side))
    line = seating.line
    residual = float(np.sqrt(np.mean(line.residuals_px**2)))
    if residual > RESIDUAL_LIMIT_HEIGHTS * height:
        raise LabelsDisagree(
            f"the tick labels of the {side} axis stand {residual:.1f} px off any scale", hint=hint_for(side)
        )
    used = tuple(
        TickLabel(
            text=marks[i].text, value=float(value[k]), position_px=float(seating.position_px[k]),
            sigma_px=float(seating.sigma_px[k]), box=marks[i].box, seated=bool(seating.seated[k]),
        )
        for k, i in enumerate(use)
    )  # fmt: skip
    return AxisCalibration(
        side=side, scale=best.scale, slope=line.slope, intercept=line.intercept, centre_px=line.centre_px,
        covariance=line.covariance, residual_px=residual, used=used,
        rejected=_rejected(marks, best, seating), title=title,
    )  # fmt: skip


def _pair_is_sure(marks: Sequence[LabelMark], seating: Seating) -> bool:
    return bool(seating.seated.all()) and all(m.readings and m.readings[0].cost <= PAIR_COST_LIMIT for m in marks)


def _rejected(marks: Sequence[LabelMark], best: Candidate, seating: Seating) -> tuple[TickLabel, ...]:
    """Labels in the row that say something else than the axis does there."""
    out = []
    for index in np.flatnonzero(best.ballot.chosen < 0):
        mark = marks[index]
        if not (mark.likely_number and mark.in_row):
            continue
        place = float(best.position_px[index]) + seating.offset_px
        line = seating.line
        says = float(best.scale.inverse(line.slope * (place - line.centre_px) + line.intercept))
        texts = [marks[i].text for i in np.flatnonzero(best.ballot.chosen >= 0)]
        out.append(
            TickLabel(
                text=mark.text, value=mark.readings[0].value, position_px=place, sigma_px=mark.sigma_px,
                box=mark.box, seated=False, expected=format_like(says, texts),
            )
        )  # fmt: skip
    return tuple(out)


def format_like(value: float, texts: Sequence[str]) -> str:
    """``value`` with as many decimals as its neighbours print."""
    decimals = [len(text.rpartition(".")[2].rstrip("%kKMBG ")) for text in texts if "." in text]
    if any(char in text for text in texts for char in "^×eE") or abs(value) >= 1e9:
        return f"{value:.3g}"
    if texts and sum("%" in text for text in texts) * 2 > len(texts):
        return f"{100 * value:.{max(decimals, default=0)}f}%"
    return f"{value:.{max(decimals, default=0)}f}"
