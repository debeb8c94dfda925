"""From candidate labels and ticks to one calibrated axis: readings, vote between scales, seats, fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from calibration.axis import AxisCalibration, Tick, TickLabel
from calibration.beside_gridlines import places_beside
from calibration.candidates import date_candidate, number_candidate
from calibration.categories import Places, counted_by_ticks, find_places
from calibration.errors import CalibrationError, LabelsDisagree, TooFewLabels
from calibration.even_values import stand_on_even_ticks, unrounded, with_even_values
from calibration.fastening import fastened
from calibration.fit import fit_line
from calibration.geometry import FloatArray, Side, TextBox
from calibration.graduation import (
    FEWEST_MINOR_TICKS,
    join_ticks,
    log_lattice,
    log_tick_support,
    minor_ticks_say,
    on_lattice,
    stand_on_longer_ticks,
)
from calibration.labels import LabelMark, is_upright_axis, read_labels
from calibration.log_pairs import label_anchors_px, log_pair, pair_lattice
from calibration.scales import CategoryScale, LinearScale, LogScale, SymlogScale
from calibration.seats import Seating, seat_labels
from calibration.thousandths import settle_thousandths
from calibration.thresholds import symlog_thresholds
from calibration.titles import AxisTitle, broken_factor, has_lost_point, read_offset, read_title
from calibration.verdicts import Candidate, as_printed, pair_is_sure, recovered_labels, rejected_labels, support

LOST_EXPONENTS = (None, (10.0, 0.0))
"""Of an offset text that lost its exponent nothing is left, or ten."""
LEAST_ADDEND_SPANS = 10.0
SAME_STEP_FRAC = 0.1
FEWEST_SUPPORT = 2.2
MAJORITY_FRAC = 0.55
RESIDUAL_LIMIT_HEIGHTS = 0.35
SEAT_GAIN = 2.0
FEW_SEATED_FRAC, LATTICE_REACH_HEIGHTS, SLANTED_REACH_HEIGHTS = 0.6, 1.2, 0.6
"""Where fewer labels of a log axis stand on ticks, the ticks are asked alone, so near to where the labels have it."""
SCALE_DOUBT = 2.0
"""Scores of two scales that lie closer are told apart by minor ticks, where there are any."""
MINOR_DOUBT = 4.0
"""The same where the minor ticks contradict the likelier scale and bear out the other."""
FEWEST_CHARACTERS = 2
"""Of a pair on an inverted axis: digits alone may be parts of turned labels."""


def hint_for(side: Side) -> str:
    """What a user can state instead."""
    option = "--y-axis 0.4:0.55, or --y-axis 0.001:1@log" if is_upright_axis(side) else "--x-axis 0:130"
    return f"state the values at the two ends of the axis yourself, for example {option}"


def choose_axis(
    side: Side, labels: Sequence[TextBox], ticks: Sequence[Tick], *, title: str = "", offset_text: str = ""
) -> AxisCalibration:
    """See :func:`calibration.axis.calibrate_axis`."""
    marks = read_labels(side, labels, context=f"{title}\n{offset_text}")
    parted = read_title(title)
    # a factor that stands in line with the labels says so by its sign
    factors = [m for m in marks if m.text.startswith("\u00d7") and read_offset(m.text)]
    if len(factors) == 1 and len(marks) > 2:
        marks, offset_text = [m for m in marks if m is not factors[0]], offset_text or factors[0].text
    words = find_places(side, marks, numbers=False)
    if words is not None:
        return _category_axis(side, marks, ticks, words, parted)
    marks = settle_thousandths(marks, title)
    factor, addend = printed_factor(marks, parted, offset_text)
    unread = parted.unread or (broken_factor(offset_text) if read_offset(offset_text) in LOST_EXPONENTS else "")
    unread = unread or (offset_text if has_lost_point(offset_text) else "")
    if (factor, addend) == (1.0, 0.0):  # a factor or an addend as it may be misread, among the labels but not in row
        unread = unread or next((m.text for m in marks if not m.in_row and m.text[:1] in tuple("+\u00d7xX")), "")
    try:
        axis = _number_axis(side, marks, ticks, parted, factor, addend)
        if axis.scale.name == "date":
            return axis
        span = max(label.value for label in axis.used) - min(label.value for label in axis.used)
        if addend and abs(addend) < LEAST_ADDEND_SPANS * span:  # no renderer takes so little off its labels
            unread = unread or offset_text
        return replace(axis, unread_factor=unread) if factor in (1.0, 10.0) else axis
    except CalibrationError:
        numbers = find_places(side, marks, numbers=True)
        if numbers is None:
            raise
        return _category_axis(side, marks, ticks, numbers, parted)


def printed_factor(marks: Sequence[LabelMark], title: AxisTitle, offset_text: str) -> tuple[float, float]:
    """Factor and addend of the printed labels: of the offset text, or of one that came among the labels."""
    found = read_offset(offset_text) if offset_text else None
    if found is None:
        strays = [m for m in marks if not m.in_row and m.readings and any(c in m.text for c in "eEx\u00d7^")]
        strays = [m for m in strays if not _continues_row(m, marks)]
        offsets = [found for found in (read_offset(m.text) for m in strays) if found]
        plain = all(m.readings[0].style != "power" for m in marks if m.in_row and m.readings)
        found = offsets[0] if len(offsets) == 1 and plain else None
    factor, addend = found or (1.0, 0.0)
    # a factor in the title and the same one as offset text are one and the same
    return (factor if title.factor in (1.0, factor) else factor * title.factor), addend


def _continues_row(stray: LabelMark, marks: Sequence[LabelMark]) -> bool:
    """Whether a label that is out of line stands one step beyond the last one in the row: it is no offset text."""
    at = np.sort([m.position_px for m in marks if m.in_row])
    if len(at) < 3:
        return False
    step_px = float(np.median(np.diff(at)))
    beyond_px = max(at[0] - stray.position_px, stray.position_px - at[-1])
    return bool(abs(beyond_px - step_px) <= SAME_STEP_FRAC * step_px)


def _number_axis(
    side: Side, marks: Sequence[LabelMark], ticks: Sequence[Tick], title: AxisTitle, factor: float, addend: float
) -> AxisCalibration:
    candidates = [
        candidate
        for candidate in (
            number_candidate(side, marks, LinearScale(), factor, addend),
            number_candidate(side, marks, LogScale(), factor, addend),
            *(number_candidate(side, marks, SymlogScale(limit), factor, addend) for limit in symlog_thresholds(marks)),
            date_candidate(side, marks, ticks),
        )
        if candidate is not None
    ]
    if not candidates:
        readable = sum(m.likely_number for m in marks)
        raise TooFewLabels(f"the {side} axis has {readable} readable tick labels, two are needed", hint=hint_for(side))
    ranked = sorted(candidates, key=lambda c: -c.score)
    best = ranked[0]
    if len(ranked) > 1 and ranked[0].score - ranked[1].score < SCALE_DOUBT:
        best = max(ranked[:2], key=lambda c: c.score + _tick_evidence(marks, ticks, c))
    if len(best.ballot.agreeing) == 2:
        best = next((pair for c in ranked if (pair := log_pair(marks, ticks, c))), _sure_pair(marks, ticks, best))
    says = _minor_ticks_say(marks, ticks, best)
    others = [c for c in ranked if c.scale.name == says and best.score - c.score < MINOR_DOUBT]
    if others and not _minor_ticks_say(marks, ticks, others[0]):
        best = others[0]
    best = with_even_values(best)
    return _calibrated(side, marks, ticks, best, title=title, factor=factor if best.scale.name != "date" else 1.0)


def _sure_pair(marks: Sequence[LabelMark], ticks: Sequence[Tick], best: Candidate) -> Candidate:
    """Two labels as printed where these are sure and differ, else as the vote has them."""
    printed = as_printed(best)
    value = [float(best.values[i][printed.ballot.chosen[i]]) for i in best.ballot.agreeing]
    if not np.isfinite(best.scale.forward(np.array(value))).all() or value[0] == value[1]:
        return best
    if min(len(marks[i].text.strip()) for i in best.ballot.agreeing) < FEWEST_CHARACTERS:
        return best
    seating = _seated(marks, ticks, printed)[1]
    even = stand_on_even_ticks(seating.position_px, [tick.position_px for tick in ticks])
    return printed if even and pair_is_sure(marks, printed, seating) else best


def _tick_evidence(marks: Sequence[LabelMark], ticks: Sequence[Tick], candidate: Candidate) -> float:
    """What ticks say for a scale: labels stand on them (up to 2), minor ones where a log axis has them (2 to -2)."""
    if not ticks or len(candidate.ballot.agreeing) < 2:
        return 0.0
    seating = _seated(marks, ticks, candidate)[1]
    minor = log_tick_support(seating, ticks) if isinstance(candidate.scale, LogScale) else 0.0
    return SEAT_GAIN * float(seating.seated.mean()) + minor


def _minor_ticks_say(marks: Sequence[LabelMark], ticks: Sequence[Tick], candidate: Candidate) -> str:
    if len(ticks) < FEWEST_MINOR_TICKS or len(candidate.ballot.agreeing) < 2:
        return ""
    return minor_ticks_say(_seated(marks, ticks, candidate)[1], ticks, candidate.scale)


def _seated(marks: Sequence[LabelMark], ticks: Sequence[Tick], best: Candidate) -> tuple[FloatArray, Seating]:
    """Values of the labels that agree, and their seats."""
    use = best.ballot.agreeing
    value = np.array([best.values[i][best.ballot.chosen[i]] for i in use])
    sigma = np.array([marks[i].sigma_px for i in use])
    linear = isinstance(best.scale, LinearScale)
    texts = [marks[i].text for i in use]
    u = best.scale.forward(unrounded(best.position_px[use], value, texts) if linear else value)
    height_px = float(np.median([m.height_px for m in marks]))
    anchors = label_anchors_px([marks[i] for i in use], best.position_px[use])
    seat = partial(
        seat_labels, best.position_px[use], sigma, u, ticks, height_px=height_px, slanted=best.slanted,
        anchors_px=anchors,
    )  # fmt: skip
    seating = seat()
    if best.slanted and not seating.seated.all():  # labels of other lengths are even at their ends, if at all
        for ends_px in np.array([marks[i].ends_px for i in use]).T:
            at_ends = label_anchors_px([marks[i] for i in use], ends_px)
            other = seat_labels(ends_px, sigma, u, ticks, height_px=height_px, slanted=True, anchors_px=at_ends)
            seating = other if other.seated.sum() > seating.seated.sum() else seating
    if len(use) == 2 and (lattice := pair_lattice(marks, ticks, best)):
        return value, on_lattice(seating, lattice, u)
    if isinstance(best.scale, LogScale) and best.slanted:  # among minor ticks slanted labels find seats everywhere
        line = fit_line(best.position_px[use], u, sigma)
        lattice = log_lattice(line, ticks, SLANTED_REACH_HEIGHTS * height_px, anchors_px=anchors)
        seating = seat(known=lattice) if lattice else seating
    elif isinstance(best.scale, LogScale) and seating.seated.mean() < FEW_SEATED_FRAC:
        lattice = log_lattice(seating.line, ticks, LATTICE_REACH_HEIGHTS * height_px)
        seating = seat(known=lattice) if lattice else seating
    elif (
        isinstance(best.scale, LogScale)
        and log_tick_support(seating, ticks) < 0.0
        and not stand_on_longer_ticks(seating, ticks)
    ):
        # ticks of labels that were not seen leave their minor neighbours to be taken for them
        centred = fit_line(best.position_px[use], u, sigma)
        lattice = log_lattice(centred, ticks, LATTICE_REACH_HEIGHTS * height_px)
        seating = on_lattice(seating, lattice, u) if lattice else seating
    if not best.slanted and not seating.seated.any():
        ends_px = np.array([marks[i].ends_px for i in use])
        beside = places_beside(ends_px, u, ticks, height_px)
        if beside is not None:
            seating = seat_labels(beside, sigma, u, ticks, height_px=height_px, slanted=False)
    return value, join_ticks(seating, u, ticks, best.scale)


def _calibrated(
    side: Side, marks: Sequence[LabelMark], ticks: Sequence[Tick], best: Candidate, *, title: AxisTitle, factor: float
) -> AxisCalibration:
    """Seat the labels that won, fit, and refuse what is not well founded."""
    use = best.ballot.agreeing
    likely = sum((m.likely_number or bool(m.dates)) and m.in_row for m in marks)
    if len(use) < 2:
        raise TooFewLabels(f"the {side} axis has fewer than two readable tick labels", hint=hint_for(side))
    value, seating = _seated(marks, ticks, best)
    if best.slanted and not seating.seated.any():
        seating = fastened(side, [marks[i] for i in use], best.scale.forward(value), seating)
    recovered = recovered_labels(marks, ticks, best, seating)
    agreeing = len(use) + len(recovered)
    height = float(np.median([m.height_px for m in marks]))
    trust = support(best) + len(recovered)
    founded = agreeing >= 3 and trust >= max(FEWEST_SUPPORT, MAJORITY_FRAC * likely)
    if not founded and not (agreeing == 2 and likely <= 2 and pair_is_sure(marks, best, seating)):
        if likely >= 3:
            raise LabelsDisagree(
                f"only {agreeing} of {likely} tick labels of the {side} axis agree on a scale", hint=hint_for(side)
            )
        raise TooFewLabels(f"the {side} axis has too few readable tick labels ({likely})", hint=hint_for(side))
    line = seating.line
    misses_px = line.to_px(best.scale.forward(value)) - seating.position_px
    residual = float(np.sqrt(np.mean(misses_px**2)))
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
        covariance=line.covariance, residual_px=residual,
        used=tuple(sorted((*used, *recovered.values()), key=lambda label: label.position_px)),
        rejected=rejected_labels(marks, best, seating, set(recovered)),
        title=title.title, unit=title.unit, factor=factor,
        minor_ticks_say=minor_ticks_say(seating, ticks, best.scale),
    )  # fmt: skip


def _category_axis(
    side: Side, marks: Sequence[LabelMark], ticks: Sequence[Tick], places: Places, title: AxisTitle
) -> AxisCalibration:
    kept = [marks[i] for i in places.indices]
    seating = seat_labels(
        np.array([m.position_px for m in kept]), np.array([m.sigma_px for m in kept]), places.place, ticks,
        height_px=kept[0].height_px, slanted=any(m.slanted for m in kept),
    )  # fmt: skip
    if any(m.slanted for m in kept) and not seating.seated.any():
        seating = fastened(side, kept, places.place, seating)
    elif seating.seated.all() and (counted := counted_by_ticks(side, places, seating.position_px, ticks)) is not places:
        return _category_axis(side, marks, ticks, counted, title)
    line = seating.line
    return AxisCalibration(
        side=side, scale=CategoryScale(labels=places.labels), slope=line.slope, intercept=line.intercept,
        centre_px=line.centre_px, covariance=line.covariance,
        residual_px=float(np.sqrt(np.mean(line.residuals_px**2))),
        used=tuple(
            TickLabel(
                text=m.text, value=float(place), position_px=float(seating.position_px[k]),
                sigma_px=float(seating.sigma_px[k]), box=m.box, seated=bool(seating.seated[k]),
            )
            for k, (m, place) in enumerate(zip(kept, places.place, strict=True))
        ),
        title=title.title, unit=title.unit,
    )  # fmt: skip
