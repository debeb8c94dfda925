"""Sides of axes boxes whose labels were not read, or read against each other: their strip is read again.

Short labels hide how they are turned, above all powers: ``e`` with a raised 3, turned upright, looks like a slanted
``20``. A strip of labels read at each of the turns that people choose tells: at the right one most labels agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from calibration.axis import AxisCalibration
from calibration.dates import read_parts
from calibration.decimal_marks import decimal_mark
from calibration.geometry import Box, Side, TextBox
from calibration.numerals import readings_of
from digitize.panels.axes_boxes import AxesBox
from digitize.panels.axis_doubts import has_uneven_steps, labels_that_read_otherwise, lost_parts
from digitize.panels.axis_reader import AxisReader, SideReading
from digitize.panels.axis_texts import says_offset, stands_beside
from digitize.panels.choice import PanelCandidate, counts_numbers
from digitize.panels.crowded_rows import is_crowded, read_crowded
from digitize.panels.cut_labels import mostly_cut
from digitize.panels.label_repairs import repaired_labels
from digitize.panels.raised_exponents import LEANING_POWER, core
from digitize.panels.side_ticks import side_ticks
from digitize.panels.slanted_labels import FEWEST, FEWEST_AT_ALL, ReadAt, read_slanted, without_those_at
from digitize.values import Image

FEWEST_SURE, REJECTED_FRAC = 3, 1 / 3
"""An axis is unsure with fewer labels, or where as many of its labels were voted out."""
PART_CHARACTERS, STACKED_HEIGHTS, ASIDE_HEIGHTS = 2, 3.0, 1.1
MOST_PANELS = 4
TURNS_DEG: dict[Side, tuple[float, ...]] = {
    "bottom": (0.0, 90.0, 45.0, 30.0), "top": (0.0, 90.0, 45.0, 30.0), "left": (0.0,), "right": (0.0,),
}  # fmt: skip
BARE_OFFSET = re.compile(r"1e[-+\u2212]?\d+|\+\s?\d[\d.]*[eE][-+\u2212]?\d+")
"""A factor or an addend by itself."""
TURNED_DEG = 15.0
"""Short labels that are turned are read in pieces, or lose their signs, more often than level ones."""
FEW_CHARACTERS, LONGEST_CHARACTERS = 1.5, 4
WHOLE_FRAC = 0.6
"""So many labels of a crowded row must be legible as they stand, for what the others lost to be told by them."""
PARTS_FRAC, UNIT = 0.3, re.compile(r"[kKMGBTmn%\u00b0\u00b5]")
"""So many labels that lost their unit as they were read again."""
SAME_FRAC = 1e-6
POWER_FRAC = 0.75
"""Of the height of a power: its base."""
SEATED_WORTH, REJECTED_COST = 0.5, 1.0
CLEAR_GAIN = 0.5
"""How much better the labels read again must be than those read first."""


def texts_read_again(
    image: Image,
    panels: Sequence[PanelCandidate],
    reader: AxisReader,
    read_at: ReadAt,
    unread: Sequence[PanelCandidate] = (),
) -> list[TextBox] | None:
    """All texts of a figure, those along unsure sides read again; None where that brought nothing better.

    Parameters
    ----------
    image : Image
    panels : sequence of PanelCandidate
        As chosen at first.
    reader : AxisReader
    read_at : callable
        As for :func:`digitize.panels.slanted_labels.read_slanted`.
    unread : sequence of PanelCandidate
        Boxes of which no axis was read: those with crowded labels are looked at, too.
    """
    texts: list[TextBox] | None = None
    boxes = [panel.box for panel in panels]
    lone = len(panels) == 1  # where a figure has one box, it is worth a look though nothing was read beside it
    asked = [panel for panel in panels if (panel.x or panel.y or lone) and _unsure_names(panel, reader)]
    asked += [panel for panel in unread if _crowded_beside("bottom", panel.box, reader)]
    for panel in asked[:MOST_PANELS]:
        for name in _unsure_names(panel, reader):
            reading = panel.x if name == "x" else panel.y
            tried: tuple[Side, ...] = ("bottom", "top") if name == "x" else ("left", "right")
            for side in (reading.run.side,) if reading else tried:
                found = _side_read_again(image, side, panel, boxes, reading, reader, read_at)
                if found:
                    texts = [*without_those_at(texts or reader.texts, found), *found]
                    break
    return texts


def _unsure_names(panel: PanelCandidate, reader: AxisReader) -> list[str]:
    own = [(name, side) for name, side in (("x", panel.x), ("y", panel.y)) if name not in panel.shared]
    return [name for name, side in own if side is None or _is_unsure(side, reader)]


def _is_unsure(side: SideReading, reader: AxisReader) -> bool:
    if side.axis.scale.name == "category":
        return counts_numbers(side)
    axis = reader.seated(side)
    used, rejected = len({label.value for label in axis.used}), len(axis.rejected)
    if used < FEWEST_SURE or rejected >= REJECTED_FRAC * used or _amiss(axis):
        return True
    if len(side.run.labels) < used:
        return True  # several were read as one text: where each stands is a guess
    turned = float(np.median([abs(label.angle_deg) for label in side.run.labels])) >= TURNED_DEG
    if turned and (rejected or used == FEWEST_SURE):
        return True
    if axis.scale.name == "linear" and any(LEANING_POWER.fullmatch(core(label)) for label in axis.rejected):
        return True  # the others may be exponents alone
    if side.run.side in ("bottom", "top") and (_stacked(side, reader) or _read_in_part(side, reader)):
        return True
    seated = any(label.seated for label in axis.used)
    return not seated and _reads(side) <= FEW_CHARACTERS and len(reader.ticks(side)) >= FEWEST_SURE


def _amiss(axis: AxisCalibration) -> int:
    """How many labels were taken for another number than they read as, and what else speaks against them all."""
    return len(labels_that_read_otherwise(axis)) + has_uneven_steps(axis) + bool(lost_parts(axis))


def _read_in_part(side: SideReading, reader: AxisReader) -> int:
    """How many labels of an x axis were read cut, or level though they lean; 0 where these are not most of them."""
    if side.run.side not in ("bottom", "top"):
        return 0
    printed = zip(reader.printed(side.run), side.run.labels, strict=True)
    leaning = [label for label, own in printed if label.angle_deg != own.angle_deg]
    mostly = len(leaning) >= FEWEST_AT_ALL and 2 * len(leaning) > len(side.run.labels)
    return len(leaning if mostly else mostly_cut(side, reader))


def _stacked(side: SideReading, reader: AxisReader) -> bool:
    """Whether most labels are short, with others right below or above: parts of labels that are turned."""
    labels = [label for label in side.run.labels if len(label.text.strip()) <= PART_CHARACTERS]
    taken = {id(label) for label in side.run.labels}
    others = [text for text in reader.texts if id(text) not in taken and len(text.text.strip()) <= PART_CHARACTERS]
    stacked = [
        label
        for label in labels
        if any(
            abs(other.box.centre[0] - label.box.centre[0]) <= ASIDE_HEIGHTS * label.height_px
            and 0.0 < abs(other.box.centre[1] - label.box.centre[1]) <= STACKED_HEIGHTS * label.height_px
            for other in others
        )
    ]
    return 2 * len(stacked) > len(side.run.labels)


def _side_read_again(
    image: Image,
    side: Side,
    panel: PanelCandidate,
    boxes: Sequence[Box],
    before: SideReading | None,
    reader: AxisReader,
    read_at: ReadAt,
) -> tuple[TextBox, ...]:
    """The labels of one side at the turn at which they say most; empty where they say no more than before."""
    best: tuple[TextBox, ...] = ()
    most = _worth(before, reader) + CLEAR_GAIN
    height_px = _digit_height_px(panel.y if side in ("bottom", "top") else panel.x, reader)
    fewest = FEWEST if before and len(before.axis.used) > FEWEST_AT_ALL else FEWEST_AT_ALL
    for labels, ends in _crowded_labels(image, side, before.axes if before else panel.axes, height_px, reader, read_at):
        reading, worth = _judged(labels, side, panel, before, reader, height_px)
        if reading and worth > most and _is_borne_out(reading, ends):
            best, most = labels, worth
    if best:
        return best
    strip_box = before.axes.box if before else panel.box
    lean_deg = _lean_deg(before, reader)
    for angle_deg in sorted(TURNS_DEG[side], key=lambda turn: abs(turn - lean_deg) if lean_deg else 0.0):
        found = read_slanted(image, side, strip_box, height_px, read_at, angle_deg, boxes, fewest)
        found = _without_offsets(found, reader.texts) if angle_deg else found
        if not found:
            continue
        reading, worth = _judged(found, side, panel, before, reader, height_px)
        if reading and worth > most:
            best, most = found, worth
            whole_row = len(reading.axis.used) == len(reading.run.labels) > FEWEST_SURE and _reads(reading) > 1.0
            if whole_row and angle_deg:  # parts of turned labels look like level ones
                break
    return best


def _lean_deg(side: SideReading | None, reader: AxisReader) -> float:
    """How the labels of a side lean, though they were read level; 0 where they do not."""
    return float(np.median([abs(text.angle_deg) for text in reader.printed(side.run)])) if side else 0.0


def _crowded_labels(
    image: Image, side: Side, axes: AxesBox, height_px: float, reader: AxisReader, read_at: ReadAt
) -> Iterator[tuple[tuple[TextBox, ...], tuple[TextBox, ...]]]:
    """The labels of an x axis of which some were read as one text, for each way to cut it, and those surely whole."""
    if side not in ("bottom", "top"):
        return
    crowded = _crowded_beside(side, axes.box, reader)
    if crowded:
        ticks = side_ticks(reader.pixels, side, axes, crowded, height_px)
        yield from read_crowded(image, crowded, ticks, read_at)


def _crowded_beside(side: Side, box: Box, reader: AxisReader) -> list[TextBox]:
    return [t for t in reader.texts if is_crowded(t) and stands_beside(side, box, t, reader.text_height_px)]


def _judged(
    found: tuple[TextBox, ...],
    side: Side,
    panel: PanelCandidate,
    before: SideReading | None,
    reader: AxisReader,
    height_px: float,
) -> tuple[SideReading | None, float]:
    """What labels read again say of their side, and what that is worth."""
    if before and _says_less(found, before.run.labels):
        return None, 0.0
    whole = repaired_labels([*without_those_at(reader.texts, found), *found])
    again = AxisReader(reader.pixels, whole, height_px)
    reading = again.read_side(side, before.axes if before else panel.axes)
    if reading is None:
        return None, 0.0
    if reading.axis.scale.name == "linear" and any(LEANING_POWER.fullmatch(core(t)) for t in found):
        return None, 0.0  # the bases of some powers were seen: the other labels are exponents
    if len(reading.axis.used) < min(FEWEST_SURE, len(found)):
        return None, 0.0  # two labels are an axis where no others stand beside them
    stood = before and len(before.axis.used) >= FEWEST_SURE and _is_seated(before, reader)
    if stood and not _is_seated(reading, again):
        return None, 0.0  # labels that stand nowhere near the ticks are no better ones
    return reading, _worth(reading, again)


def _says_less(found: Sequence[TextBox], before: Sequence[TextBox]) -> bool:
    """Whether many labels read again are parts of what was read before: of ``60 m`` or ``15 Mar`` the number."""
    parts = 0
    for label in found:
        own = label.text.replace(" ", "")
        parts += any(_is_part_of(own, text.text) for text in before if text.box.contains(*label.box.centre))
    return parts >= FEWEST_AT_ALL and parts >= PARTS_FRAC * len(found)


def _is_part_of(own: str, before: str) -> bool:
    """Whether a text is a number less its unit, or a part of a date."""
    said = before.replace(" ", "")
    if own == said or own not in said:
        return False
    return bool(read_parts(before)) or (said.startswith(own) and bool(UNIT.fullmatch(said[len(own) :])))


def _is_borne_out(reading: SideReading, ends: Sequence[TextBox]) -> bool:
    """Whether enough labels of a crowded row say as they stand what the axis makes of them, one that is whole too."""
    axis = reading.axis
    mark = decimal_mark([label.text for label in axis.used])
    whole = {
        label.text for label in axis.used
        if axis.scale.name == "date" or any(
            abs(one.value * axis.factor - label.value) <= SAME_FRAC * abs(label.value)
            for one in readings_of(label.text, mark=mark)[:1]
        )
    }  # fmt: skip
    enough = len(whole) >= max(FEWEST_SURE, WHOLE_FRAC * len(reading.run.labels))
    return enough and any(end.text in whole for end in ends)


def _without_offsets(found: Sequence[TextBox], texts: Sequence[TextBox]) -> tuple[TextBox, ...]:
    """What was read at a turn, less what stands where a factor or an addend was read level: these are not turned."""
    level = [text for text in texts if not text.angle_deg]
    offsets = [text for text in level if says_offset(text) and text.text.strip()[0] == "\u00d7"]
    bare = [text for text in level if any(BARE_OFFSET.fullmatch(said.strip()) for said in (text.text, text.numeric))]
    offsets += bare if len(bare) == 1 else []  # more than one are labels in powers of ten
    return tuple(text for text in found if not any(text.box.contains(*one.box.centre) for one in offsets))


def _is_seated(reading: SideReading, reader: AxisReader) -> bool:
    return any(label.seated for label in reader.seated(reading).used)


def _worth(reading: SideReading | None, reader: AxisReader) -> float:
    """What the labels of a side say together: longer ones say more, digits alone may be parts of others."""
    if reading is None or reading.axis.scale.name == "category":
        return 0.0
    axis = reader.seated(reading)
    used = len({label.value for label in axis.used})  # one that was read twice counts once
    seated = min(sum(label.seated for label in axis.used), used)
    amiss = len(axis.rejected) + _amiss(axis) + _read_in_part(reading, reader)
    return used * float(np.sqrt(_reads(reading))) + SEATED_WORTH * seated - REJECTED_COST * amiss


def _digit_height_px(across: SideReading | None, reader: AxisReader) -> float:
    """Of the labels of the other axis where it has some: parts of unread labels spoil the figure's ruler."""
    labels = across.run.labels if across else ()
    # of a turned line more may be known than its ink shows; words may be as low as their small letters
    heights = [
        (POWER_FRAC if "^" in t.text else 1.0) * (min(t.height_px, t.box.height_px) if _has_digits(t) else t.height_px)
        for t in labels
    ]
    return float(np.median(heights)) if heights else reader.text_height_px


def _has_digits(text: TextBox) -> bool:
    return any(map(str.isdigit, text.text))


def _reads(reading: SideReading) -> float:
    """How many characters labels have on average."""
    lengths = [len(label.text.replace("^", "").replace(" ", "")) for label in reading.axis.used]
    return min(float(np.mean(lengths)), LONGEST_CHARACTERS)
