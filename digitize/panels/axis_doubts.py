"""What is doubtful about axes that were read: few labels, labels taken for something else than they say."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

import numpy as np

from calibration.axis import AxisCalibration, TickLabel
from calibration.decimal_marks import decimal_mark
from calibration.even_values import uneven_labels
from calibration.geometry import Box, TextBox
from calibration.numerals import readings_of
from calibration.scales import CategoryScale, SymlogScale
from calibration.thousandths import means_thousandths
from digitize.findings import Finding
from digitize.panels.axis_texts import is_number_like

FEW_LABELS = 2
SAME_FRAC = 1e-6
OUTSIDE_HEIGHTS, OUTSIDE_SHARE = 0.75, 0.3
"""A tick so far beyond the box of a slanted label is not its own; one label in three may be measured badly."""
FLAT_POWER = re.compile(r"10\d")
THOUSANDS_OR_DECIMALS = re.compile(r"[1-9]\d{0,2}\.\d{3}")
MANY_PI = re.compile(r"[-\u2212]?[2-9]\d\s?\u03c0|[-\u2212]?\d{3,}\s?\u03c0")
TURNED_DEG = 15.0
UNNAMED_DAYS = 3.0
NUMBER_SHAPED = re.compile(r"\d|^\W*\w{1,3}[.,]\s?\w{1,3}\W*$")
"""Digits, or characters about a point: "U.Z" was 0.2."""
OFF_TICK_HEIGHTS, OFF_TICK_PX = 0.3, 1.5
"""Upright labels stand centred on their ticks, or all as much beside them as this at most."""
SMALL_PRINT_PX = 8.5
"""The raised exponent of an offset text beside labels of less is five pixels high and often misread."""
FREE_PLACES = 1.3
"""Categories begin and end with a place or less from the ends of their axis."""
FEWEST_UNREAD, UNREAD_REACH_FRAC = 2, 0.25
"""So many numbers left of a panel, so near in widths of the panel, are labels: its box may be cut short."""
PRECISE_FRAC, SIGMAS = 0.005, 1.96
"""What is promised of the ends of an axis, of its length, and how surely."""
UNEVEN_GAPS, FEWEST_UNEVEN = 6.0, 4
"""Ticks are even but for labels left out: the widest gap is no more than so many times the narrowest."""


def axis_doubts(
    panel: int, read: Mapping[str, AxisCalibration], texts: Sequence[TextBox] = (), box: Box | None = None
) -> tuple[Finding, ...]:
    """Findings on the axes of one panel, by the name of the axis; ``texts`` are its labels as read, ``box`` its box."""
    turned = {text.box for text in texts if abs(text.angle_deg) >= TURNED_DEG}
    digit_px = float(np.median([text.height_px for text in texts])) if texts else np.inf
    found = (_doubts(panel, name.replace("_", " "), axis, turned, digit_px) for name, axis in read.items())
    short = [name for name, axis in read.items() if box and _leaves_places(axis, box)]
    message = "The {} axis has room for another place beyond its labels: some were probably not read."
    coarse = (_imprecise(panel, name.replace("_", " "), axis, box) for name, axis in read.items() if box)
    return (
        *(finding for doubts in found for finding in doubts),
        *(finding for finding in coarse if finding),
        *(
            Finding(code="axis-short", severity="warning", panel=panel, message=message.format(name.replace("_", " ")))
            for name in short
        ),
    )


def unread_side(
    panel: int, read: Mapping[str, AxisCalibration], texts: Sequence[TextBox], box: Box
) -> tuple[Finding, ...]:
    """What to say of a y axis that was read on the right while labels on the left could not be."""
    y = read.get("y")
    if y is None or y.side != "right":
        return ()
    beside = replace(box, left=box.left - UNREAD_REACH_FRAC * box.width_px, right=box.left)
    left = [text for text in texts if is_number_like(text) and beside.contains(*text.box.centre)]
    if len(left) < FEWEST_UNREAD:
        return ()
    words = ", ".join(text.text for text in left)
    message = f"The y axis was read on the right; the labels on the left ({words}) could not be."
    return (Finding(code="axis-other-side", severity="warning", panel=panel, message=message),)


def _imprecise(panel: int, name: str, axis: AxisCalibration, box: Box) -> Finding | None:
    """What to say of an axis whose ends may lie farther off than is promised."""
    if isinstance(axis.scale, CategoryScale) or not any(label.seated for label in axis.used):
        return None  # labels without ticks are said to be
    low, high = (box.top, box.bottom) if axis.side in ("left", "right") else (box.left, box.right)
    sigma_px = float(np.max(axis.sigma_u([low, high]))) / abs(axis.slope)
    frac = SIGMAS * sigma_px / (high - low)
    if frac <= PRECISE_FRAC:
        return None
    message = f"The ends of the {name} axis are known to {100 * frac:.1f} % of its length only."
    return Finding(code="axis-imprecise", severity="info", panel=panel, message=message, value=frac, limit=PRECISE_FRAC)


def _leaves_places(axis: AxisCalibration, box: Box) -> bool:
    """Whether a whole place more would fit between the labels of categories and an end of their axis."""
    if not isinstance(axis.scale, CategoryScale):
        return False
    ends = (box.top, box.bottom) if axis.side in ("left", "right") else (box.left, box.right)
    at = [label.position_px for label in axis.used]
    return max(min(at) - ends[0], ends[1] - max(at)) > FREE_PLACES * abs(1.0 / axis.slope)


def _doubts(
    panel: int, name: str, axis: AxisCalibration, turned: AbstractSet[Box], digit_px: float
) -> list[Finding]:
    found = []
    if len({label.value for label in axis.used}) <= FEW_LABELS:
        found.append(
            Finding(
                code="axis-thin",
                severity="warning",
                panel=panel,
                message=f"The {name} axis rests on {len(axis.used)} labels alone"
                f" ({', '.join(label.text for label in axis.used)}).",
                value=float(len(axis.used)),
                limit=float(FEW_LABELS),
            )
        )
    if axis.unread_factor:
        message = f"The {name} axis counts in a factor that could not be read ({axis.unread_factor}): taken for"
        found.append(
            Finding(code="axis-factor-unread", severity="warning", panel=panel, message=f"{message} {axis.factor:g}.")
        )
    seated = any(label.seated for label in axis.used)
    unseated = f"No tick or gridline was found at the labels of the {name} axis; their centres were used."
    if isinstance(axis.scale, CategoryScale):
        slanted = [label for label in axis.used if _is_among(label, turned)]
        if not seated and slanted:  # level words are centred on their places
            found.append(Finding(code="axis-from-labels", severity="info", panel=panel, message=unseated))
        numbers = [label.text for label in axis.used if NUMBER_SHAPED.search(label.text)]
        if 2 * len(numbers) > len(axis.used):
            message = f"The labels of the {name} axis ({', '.join(numbers)}) fit no scale: taken as categories."
            found.append(Finding(code="axis-categories", severity="warning", panel=panel, message=message))
        return found
    found += [
        Finding(code=code, severity="warning", panel=panel, message=f"The {name} axis {message}.")
        for code, message in (
            _two_meanings(axis),
            _threshold(axis),
            _off_ticks(axis, turned),
            _small_offset(axis, digit_px),
            _uneven(axis),
            _minor_ticks(axis),
        )
        if message
    ]
    if axis.scale.name == "date" and max(label.value for label in axis.used) < UNNAMED_DAYS:
        message = f"The {name} axis shows times of a day that is named nowhere: they count from 1970-01-01."
        found.append(Finding(code="axis-no-day", severity="info", panel=panel, message=message))
    if not seated:
        found.append(Finding(code="axis-from-labels", severity="info", panel=panel, message=unseated))
    other = labels_that_read_otherwise(axis)
    if other:
        pairs = ", ".join(f'"{label.text}" as {axis.scale.format(label.value)}' for label in other)
        message = f"Labels of the {name} axis were taken for what the others ask for: {pairs}."
        found.append(Finding(code="label-reread", severity="info", panel=panel, message=message))
    return found


def _is_among(label: TickLabel, boxes: AbstractSet[Box]) -> bool:
    """Whether a label stands where one of the boxes is: its own was measured anew."""
    return any(box.contains(*label.box.centre) for box in boxes)


def _two_meanings(axis: AxisCalibration) -> tuple[str, str]:
    """Labels that may as well say a thousand times as much, nothing on the axis telling which."""
    texts = [label.text for label in axis.used]
    ends_in_m = sum(text.rstrip().endswith("m") for text in texts)
    if 2 * ends_in_m > len(texts) and means_thousandths(texts, axis.title) is None:
        return "axis-two-meanings", f"may count in thousandths: its labels ({texts[0]}) end in m"
    if all(THOUSANDS_OR_DECIMALS.fullmatch(text.strip()) for text in texts):
        return "axis-two-meanings", f"may have points between thousands, or before decimals: {texts[0]}"
    if 2 * sum(bool(MANY_PI.match(text)) for text in texts) > len(texts):
        return "axis-two-meanings", f"counts in large multiples of pi, or its labels end in another letter: {texts[0]}"
    lost = lost_parts(axis)
    return ("axis-two-meanings", lost) if lost else ("", "")


def lost_parts(axis: AxisCalibration) -> str:
    """What the labels of an axis may have lost by their looks, exponents or last digits; empty where nothing."""
    texts = [label.text for label in axis.used]
    numbers = [text.strip(" $€£¥%") for text in texts if re.search(r"\d[.,]\d", text)]
    behind = {len(re.split("[.,]", text)[-1]) for text in numbers}
    if len(numbers) > 2 and len({len(text) for text in numbers}) == 1 < len(behind) and max(behind) == 3:
        return f"may count in thousands, its labels cut off: {numbers[0]}, {numbers[-1]}"
    if axis.scale.name == "linear" and all(FLAT_POWER.fullmatch(text.strip()) for text in texts):
        return f"may count in powers of ten whose exponents lie flat: {texts[0]}"
    if 2 * sum(text.rstrip().endswith(".") for text in texts) > len(texts):
        return f"has labels that end in a point ({texts[0]}): what follows may be lost"
    return ""


def _threshold(axis: AxisCalibration) -> tuple[str, str]:
    """A symmetric log axis of which no label says where it turns linear."""
    if not isinstance(axis.scale, SymlogScale):
        return "", ""
    limit = axis.scale.linear_within
    return "axis-symlog", f"is taken for linear between {-limit:g} and {limit:g} and logarithmic beyond"


def _off_ticks(axis: AxisCalibration, turned: AbstractSet[Box]) -> tuple[str, str]:
    """Ticks and labels that disagree: labels stand off their ticks all to one side."""
    upright = axis.side in ("left", "right")
    if _seats_lie_outside([label for label in axis.used if label.seated and _is_among(label, turned)], upright=upright):
        return "axis-off-ticks", "has slanted labels of which some reach none of the ticks they were given"
    seated = [label for label in axis.used if label.seated and not _is_among(label, turned)]
    if len(seated) < FEW_LABELS:
        return "", ""
    off_px = np.array([label.box.centre[1 if upright else 0] - label.position_px for label in seated])
    height_px = float(np.median([label.box.height_px for label in seated]))
    shift_px = float(np.median(off_px))
    if np.ptp(off_px) > abs(shift_px) or abs(shift_px) < max(OFF_TICK_HEIGHTS * height_px, OFF_TICK_PX):
        return "", ""
    return "axis-off-ticks", f"has labels that all stand {abs(shift_px):.1f} px beside its ticks"


def _seats_lie_outside(labels: Sequence[TickLabel], *, upright: bool) -> bool:
    """Whether slanted labels, which are fastened at their middle or at an end, lie beside their ticks."""
    if len(labels) < FEW_LABELS:
        return False
    beyond = []
    for label in labels:
        low, high = (label.box.top, label.box.bottom) if upright else (label.box.left, label.box.right)
        beyond.append(max(low - label.position_px, label.position_px - high))
    heights = [min(label.box.height_px, label.box.width_px) for label in labels]
    height_px = float(np.quantile(heights, 0.25))  # boxes of long labels hold their slant
    return float(np.mean(np.array(beyond) > OUTSIDE_HEIGHTS * height_px)) > OUTSIDE_SHARE


def _minor_ticks(axis: AxisCalibration) -> tuple[str, str]:
    """Ticks between the labels that stand as those of another scale do."""
    if not axis.minor_ticks_say:
        return "", ""
    says = f"was read as {axis.scale.name}, but its minor ticks stand as on a {axis.minor_ticks_say} one"
    return "axis-minor-ticks", says


def _uneven(axis: AxisCalibration) -> tuple[str, str]:
    if has_uneven_steps(axis):
        return "axis-uneven", "has labels at very uneven steps"
    if axis.scale.name != "linear":
        return "", ""
    places, values, texts = zip(*((one.position_px, one.value, one.text) for one in axis.used), strict=True)
    if not uneven_labels(places, values, texts):
        return "", ""
    return "axis-uneven", f"has labels that stand evenly, but do not count evenly ({', '.join(texts)})"


def has_uneven_steps(axis: AxisCalibration) -> bool:
    """Whether the values of labels lie far apart and close together by turns, where ticks are even."""
    values = np.unique([label.value for label in axis.used])
    if axis.scale.name not in ("linear", "date") or len(values) < FEWEST_UNEVEN:
        return False
    gaps = np.diff(values)
    return bool(gaps.max() > UNEVEN_GAPS * gaps.min())


def _small_offset(axis: AxisCalibration, digit_px: float) -> tuple[str, str]:
    """A factor or an addend that was read off small print."""
    printed_px = float(np.median([label.box.height_px for label in axis.used]))  # of slanted labels more than digits
    if min(printed_px, digit_px) >= SMALL_PRINT_PX or axis.scale.name == "date":
        return "", ""
    mark = decimal_mark([label.text for label in axis.used])
    readings = [(label, readings_of(label.text, mark=mark)[:1]) for label in axis.used]
    added = [label.value - reading[0].value * axis.factor for label, reading in readings if reading]
    addend = float(np.median(added)) if added and axis.scale.name == "linear" else 0.0
    largest = max(abs(label.value) for label in axis.used)
    if axis.factor == 1.0 and (abs(addend) <= SAME_FRAC * largest or len(added) < len(readings)):
        return "", ""
    more = f" plus {addend:g}" if abs(addend) > SAME_FRAC * largest else ""
    return "axis-small-offset", f"counts in {axis.factor:g}{more}, as small print at its end or in its title says"


def labels_that_read_otherwise(axis: AxisCalibration) -> list[TickLabel]:
    """Labels whose own likeliest reading, as one of numbers, is another value than they were used with."""
    if axis.scale.name in ("date", "category"):
        return []
    mark = decimal_mark([label.text for label in axis.used])
    ratios = {id(label): _ratios(label, axis, mark) for label in axis.used if label.value}
    as_printed = sum(bool(own) and abs(own[0] - 1.0) <= SAME_FRAC for own in ratios.values())
    # an addend in the offset text moves all labels alike and is no doubt about one of them
    mostly = 2 * as_printed > len(ratios)
    return [
        label for label in axis.used
        if (own := ratios.get(id(label))) and abs(own[0] - 1.0) > SAME_FRAC
        and (mostly or any(abs(ratio - 1.0) <= SAME_FRAC for ratio in own))
        # thousandths rather than metres: the whole axis, or its title, says so
        and not (label.text.rstrip().endswith("m") and abs(own[0] / 1000.0 - 1.0) <= SAME_FRAC)
    ]  # fmt: skip


def _ratios(label: TickLabel, axis: AxisCalibration, mark: str) -> list[float]:
    """What a label may say, the likeliest first, as a share of the value it was used with."""
    return [reading.value * axis.factor / label.value for reading in readings_of(label.text, mark=mark)]
