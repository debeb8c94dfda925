"""Labels that touch or overlap their neighbours, read as one long text: it is cut where labels meet.

Every label is centred on its tick or gridline, so that two of them meet halfway. Each piece is read by itself, cut as
wide as the ticks lie apart and somewhat wider: of labels that overlap the narrow piece lacks the ends, and the wide one
holds those of the neighbours. Which of them the labels say together the axis decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from calibration.axis import Tick
from calibration.geometry import Box, ByteArray, FloatArray, TextBox
from digitize.panels.overlapped_dates import overlapped_dates
from digitize.panels.slanted_labels import ReadAt
from digitize.values import Image

OF_LABELS, OF_LABELS_FRAC = frozenset("0123456789+-\u2212\u2013.,:/' "), 0.8
"""What labels of numbers or days consist of; two digits upon each other may be read as a letter."""
WHOLE = re.compile(
    r"[-+\u2212\u2013]?[$€£¥]?(?:0|[1-9]\d*|[1-9]\d{0,2}(?:([,.' ])\d{3})(?:\1\d{3})*)(?:(?!\1)(?:\.\d{1,4}|,\d\d?))?"
    r"\s?[%kKMGBT]?"
    r"|(?:1[5-9]|20)\d\d[-/.][01]\d(?:[-/.][0-3]\d)?|[0-3]?\d[-/.][0-3]?\d[-/.](?:1[5-9]|20)\d\d|[0-2]?\d(?::[0-5]\d){1,2}"
)
"""A number, a day, a month or a time of day of which nothing is seen to be missing, nor added by its neighbours."""
FEWEST_CHARACTERS, PIECE_CHARACTERS = 10, (3.0, 14.0)
"""Shorter labels stand apart: all of them, and each of them."""
FEWEST_CUT, LEVEL_DEG = 2, 15.0
END_PITCHES = (0.35, 0.8)
"""How far from its tick the first label begins, in distances of the ticks: labels that touch are about as wide."""
STEPS = (1, 2, 4, 5, 10)
"""Every so many ticks one is labelled."""
UNEVEN_FRAC, MAJOR_FRAC = 0.15, 0.75
"""Ticks are even within this; minor ones are shorter than this part of the longest."""
WIDE_FRAC = 0.12
"""A digit more or less changes the width of a label by more."""
NARROW, NARROW_DIGITS = ",.:'-/ ", 0.5
MOST_OVERLAP_DIGITS = 1.2
"""Where labels overlap by more, each hides a digit of the next."""
WIDTHS = (1.0, 1.15, 1.3)
OTHER_COST = 1.0
"""What a reading of a wider piece costs, as the logarithm of a ratio."""
ABOVE_HEIGHTS, AIR_HEIGHTS, AIR_PX = 0.15, 1.0, 1.0
MOST_WAYS, MOST_PIECES = 6, 16


def read_crowded(
    image: Image, texts: Sequence[TextBox], ticks: Sequence[Tick], read_at: ReadAt
) -> Iterator[tuple[tuple[TextBox, ...], tuple[TextBox, ...]]]:
    """The labels that make up crowded texts beside an axis, once for each way in which ticks may bear them.

    With them those at the ends of the texts that are as wide as what they say: they are whole for sure. The others may
    all lack their first digit where they overlap by one; what they say counts together with one that does not.

    Parameters
    ----------
    image : Image
    texts : sequence of TextBox
        Those beside one side of a box.
    ticks : sequence of Tick
        And gridlines of that side.
    read_at : callable
        As for :func:`digitize.panels.slanted_labels.read_slanted`.
    """
    crowded = [text for text in texts if is_crowded(text)]
    if not crowded:
        return
    dates = [overlapped_dates(text, [tick.position_px for tick in ticks]) for text in crowded]
    if all(dates):
        yield tuple(label for own in dates for label in own), tuple(own[-1] for own in dates)
        return
    for places_px in _ways(crowded, ticks):
        found = [_pieces(image, text, own, read_at) for text, own in zip(crowded, places_px, strict=True)]
        labels = tuple(label for own, _ in found for label in own)
        if len(labels) >= FEWEST_CUT:
            yield labels, tuple(end for _, ends in found for end in ends)


def is_crowded(text: TextBox) -> bool:
    """Whether a text is as long as several labels, and nothing but what labels say."""
    said = text.text.strip()
    share = sum(character in OF_LABELS for character in said) / max(len(said), 1)
    return abs(text.angle_deg) < LEVEL_DEG and len(said) >= FEWEST_CHARACTERS and share >= OF_LABELS_FRAC


def _ways(crowded: Sequence[TextBox], ticks: Sequence[Tick]) -> list[list[FloatArray]]:
    """Where labels may stand on ticks: those of each crowded text, for each way."""
    marks = [tick for tick in ticks if tick.kind == "tick"]
    longest_px = max((tick.length_px for tick in marks), default=0.0)
    # spines at the ends of a box count among the gridlines, and stand between ticks
    lines = [tick for tick in ticks if tick.kind == "gridline"]
    long = [tick for tick in marks if tick.length_px > MAJOR_FRAC * longest_px]
    kinds = [np.array([tick.position_px for tick in some]) for some in (lines, long, marks, ticks)]
    found: list[list[FloatArray]] = []
    for at in kinds:
        for step in STEPS:
            for first in range(step):
                own = [_under(text, at[first::step]) for text in crowded]
                new = all(len(one) >= FEWEST_CUT for one in own) and not any(
                    all(np.array_equal(a, b) for a, b in zip(own, before, strict=True)) for before in found
                )
                if new:
                    found.append(own)
    return found[:MOST_WAYS]


def _under(text: TextBox, at: FloatArray) -> FloatArray:
    """The places within a text at which its labels may be centred; empty where they do not fit it."""
    box = text.box
    own = at[(at > box.left) & (at < box.right)]
    if not FEWEST_CUT <= len(own) <= MOST_PIECES:
        return own[:0]
    gaps = np.diff(own)
    pitch_px = float(np.median(gaps))
    ends = (float(own[0]) - box.left, box.right - float(own[-1]))
    fits = all(END_PITCHES[0] * pitch_px <= end <= END_PITCHES[1] * pitch_px for end in ends)
    each = len(text.text.strip()) / len(own)
    fits &= PIECE_CHARACTERS[0] <= each <= PIECE_CHARACTERS[1]
    fits &= float(np.abs(gaps - pitch_px).max()) <= UNEVEN_FRAC * pitch_px
    return own if fits else own[:0]


def _pieces(image: Image, text: TextBox, at: FloatArray, read_at: ReadAt) -> tuple[list[TextBox], list[TextBox]]:
    """The labels of a crowded text, centred on their ticks, and those at its ends that are whole."""
    height_px = text.height_px
    pitch_px = float(np.median(np.diff(at)))
    parts = [
        _cut(image.pixels, text, (x, pitch_px, wide), (i == 0, i == len(at) - 1))
        for i, x in enumerate(at)
        for wide in WIDTHS
    ]
    sheet, places = _sheet(parts, height_px)
    read = read_at(Image(pixels=sheet), places, 0.0)
    said = [[one for one in read if place.contains(*one.box.centre)] for place in places]
    digit_px = text.box.width_px / _digits_wide(text.text)
    ends_px = {0: 2.0 * (float(at[0]) - text.box.left), len(at) - 1: 2.0 * (text.box.right - float(at[-1]))}
    if min(ends_px.values()) - pitch_px > MOST_OVERLAP_DIGITS * digit_px:
        return [], []
    labels, ends = [], []
    for index, x in enumerate(at):
        own = said[index * len(WIDTHS) : (index + 1) * len(WIDTHS)]
        costs = _whole_readings([one[0] for one in own if len(one) == 1])
        wide_px = ends_px.get(index)
        if wide_px:  # its tick stands at its middle, its free end tells how wide it is
            costs = {one: cost for one, cost in costs.items()
                     if abs(_digits_wide(one) * digit_px - wide_px) <= WIDE_FRAC * wide_px}  # fmt: skip
        if not costs:
            continue
        (first, _), *others = costs.items()
        half_px = pitch_px / 2
        box = Box(left=float(x) - half_px, right=float(x) + half_px, top=text.box.top, bottom=text.box.bottom)
        labels.append(TextBox(text=first, numeric=first, confidence=text.confidence, height_px=height_px, box=box,
                              others=tuple(others)))  # fmt: skip
        ends += labels[-1:] if wide_px else []
    return labels, ends


def _digits_wide(said: str) -> float:
    """How wide a text is, in digits."""
    return sum(NARROW_DIGITS if character in NARROW else 1.0 for character in said.strip())


def _whole_readings(pieces: Sequence[TextBox]) -> dict[str, float]:
    """What the pieces of one label say that is whole, the likeliest first, and what each costs."""
    costs: dict[str, float] = {}
    for wider, piece in enumerate(pieces):
        for said, cost in ((piece.text.strip(), 0.0), *piece.others):
            if WHOLE.fullmatch(said):
                costs[said] = min(costs.get(said, np.inf), cost + OTHER_COST * (wider > 0))
    return dict(sorted(costs.items(), key=lambda one: one[1]))


def _cut(pixels: ByteArray, text: TextBox, place: tuple[float, float, float], end: tuple[bool, bool]) -> ByteArray:
    """What stands around one tick; the outermost labels end where the text does."""
    x, pitch_px, wide = place
    half_px, air_px = wide * pitch_px / 2, AIR_PX
    left = text.box.left - air_px if end[0] else x - half_px
    right = text.box.right + air_px if end[1] else x + half_px
    above = ABOVE_HEIGHTS * text.height_px
    box = Box(left=left, right=right, top=text.box.top - above, bottom=text.box.bottom + above)
    return pixels[box.slices(pixels.shape)]


def _sheet(parts: Sequence[ByteArray], height_px: float) -> tuple[ByteArray, list[Box]]:
    """The parts below each other on one sheet of their ground, and where each lies."""
    air_px = max(round(AIR_HEIGHTS * height_px), 2)
    ground = np.median(np.concatenate([part.reshape(-1, 3) for part in parts]), axis=0)
    wide = max(part.shape[1] for part in parts) + 2 * air_px
    tops = np.cumsum([air_px, *(part.shape[0] + air_px for part in parts)])
    sheet = np.full((int(tops[-1]), wide, 3), ground).astype(np.uint8)
    places = []
    for part, top in zip(parts, tops, strict=False):
        high, long = part.shape[:2]
        sheet[top : top + high, air_px : air_px + long] = part
        places.append(
            Box(left=air_px - 0.5, right=air_px + long - 0.5, top=float(top) - 0.5, bottom=float(top) + high - 0.5)
        )
    return sheet, places
