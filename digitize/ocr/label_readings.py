"""Tick labels read again by the network that knows nothing but labels; what both readers say is weighed.

Each label is shown to it with more and less around it, and once with foreign ink painted over. The smaller the print,
the less the general reader's word counts. What is nearly as likely goes along as :attr:`TextBox.others`: the row that a
label stands in decides better than its few pixels do.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from calibration.geometry import ByteArray, TextBox
from digitize.ocr.detector import Quad
from digitize.ocr.label_network import CHARACTERS, CUT_OFF, OTHER, LabelReading, is_label_value, read_label_crops
from digitize.ocr.lines import TextLine, cut_around

CROP_HEIGHTS = ((0.3, 0.3), (0.15, 0.45))
CLOSE_CROP_HEIGHTS = tuple((along, across) for along in (0.2, 0.3, 0.4) for across in (0.2, 0.3, 0.45))
"""Margins along and across, of the crops that vote: exponents reach beyond the ink that was found of their line."""
UPRIGHT_FROM_DEG = 45.0
GENERAL_SHARES, GENERAL_HEIGHTS_PX = (0.2, 0.6), (6.0, 13.0)
"""What the general reader's own text counts among all readings, by the height of the ink."""
WIDEST_CHARACTER_HEIGHTS = 1.0
"""Of typewriter digits 0.85, of a capital M 0.9."""
LEAST_SHARE = 0.03
"""Less likely readings are not kept."""
NEARLY_AS_LIKELY = math.log(2.0)
"""How much likelier what is no value may be than a value that still counts as a reading."""
BEYOND_DOUBT = 0.97
"""With this probability, in every crop, a label needs no other reader."""
SURE_OF_WORDS = 0.8
"""With this confidence the general reader is believed that letters are letters."""
FROM_NOTHING = 0.7
"""What a label must have where the general reader saw nothing."""
LONGEST, SHORT = 16, 2
"""Characters of a label at most; so many letters may be misread digits, more where there are more characters."""
CALENDAR = re.compile(r"\bQ\d|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec", re.IGNORECASE)
TICKS_BEHIND = re.compile(r"(?<=\d)[ +]*\+$")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelPlace:
    """Where the ink of a text lies.

    Attributes
    ----------
    quad : Quad
        Around it, turned as it reads.
    cleaned : (h, w, 3) uint8 array or None
        The text turned upright, foreign ink painted over.
    """

    quad: Quad
    cleaned: ByteArray | None = None


def read_sure_labels(pixels: ByteArray, lines: Sequence[TextLine]) -> dict[int, TextBox]:
    """The lines that the network alone reads beyond doubt, by index: the same in every crop. No other reader need look.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 array
    lines : sequence of TextLine
    """
    asked = [index for index, line in enumerate(lines) if not line.ambiguous and _is_short(line)]
    crops = [cut_around(pixels, lines[index].quad, *margins) for index in asked for margins in CROP_HEIGHTS]
    readings = iter(read_label_crops(crops))
    found = {}
    for index in asked:
        own, line = [next(readings) for _ in CROP_HEIGHTS], lines[index]
        text, sure = own[0].texts[0], min(reading.probabilities[0] for reading in own)
        if sure >= BEYOND_DOUBT and {reading.texts[0] for reading in own} == {text} and _fills(text, line):
            found[index] = TextBox(text=text, numeric=text, box=line.box, confidence=min(sure, 1.0),
                                   angle_deg=line.angle_deg, height_px=line.height_px)  # fmt: skip
    return found


def with_label_readings(pixels: ByteArray, texts: Sequence[TextBox], places: Sequence[LabelPlace]) -> list[TextBox]:
    """The texts, those that may be tick labels as both readers together have them, with what else they may say.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 array
    texts : sequence of TextBox
        As the general reader has them.
    places : sequence of LabelPlace
        Of each.
    """
    asked = [index for index, text in enumerate(texts) if _may_be_label(text.text)]
    crops: list[list[ByteArray]] = []
    for index in asked:
        place, label = places[index], _without_ticks(places[index].quad, texts[index].text)
        crops.append([cut_around(pixels, label, *margins) for margins in CROP_HEIGHTS])
        if place.cleaned is not None and label is place.quad:
            crops[-1].append(place.cleaned)
    readings = iter(read_label_crops([crop for own in crops for crop in own]))
    result = list(texts)
    for index, own in zip(asked, crops, strict=True):
        result[index] = _weighed(texts[index], [next(readings) for _ in own])
    return result


def closely_as_label(pixels: ByteArray, text: TextBox) -> list[str]:
    """What the network makes of a level or upright text with more or less around it; its words from ``text``."""
    words = re.split(r"[(\[×]", text.text)[0].strip()
    quad = level_quad(text)
    readings = read_label_crops([cut_around(pixels, quad, *margins) for margins in CLOSE_CROP_HEIGHTS])
    whole = (next((one for one in reading.texts if not CUT_OFF.search(one)), "") for reading in readings)
    return [" ".join(one.replace(OTHER, words, 1).split()) for one in whole]


def level_quad(text: TextBox) -> Quad:
    """The rectangle around a text that stands level or upright."""
    length, height = text.box.width_px, text.box.height_px
    if abs(text.angle_deg) > UPRIGHT_FROM_DEG:
        length, height = height, length
    x, y = text.box.centre
    return Quad(x=x, y=y, length_px=length, height_px=height, angle_deg=text.angle_deg)


def _without_ticks(quad: Quad, text: str) -> Quad:
    """The part of a rectangle that the label fills: what was read as plus signs at its end is a tick and a spine."""
    label = TICKS_BEHIND.sub("", text)
    if label == text:
        return quad
    kept_px = quad.length_px * (len(label) + 0.5) / (len(text) + 0.5)
    back, turn = (quad.length_px - kept_px) / 2, math.radians(quad.angle_deg)
    return replace(quad, x=quad.x - back * math.cos(turn), y=quad.y + back * math.sin(turn), length_px=kept_px)


def _may_be_label(text: str) -> bool:
    letters = sum(character.isalpha() for character in text)
    return len(text) <= LONGEST and letters < SHORT + len(text) / 2 and not CALENDAR.search(text)


def _weighed(general: TextBox, own: Sequence[LabelReading]) -> TextBox:
    """A text as the likeliest reading has it where that is a value, with the others and what each costs."""
    said = TICKS_BEHIND.sub("", general.text).replace("−", "-").replace("–", "-").strip()
    (least, most), (low, high) = GENERAL_SHARES, GENERAL_HEIGHTS_PX
    share = least + (most - least) * min(max((general.height_px - low) / (high - low), 0.0), 1.0)
    shares: dict[str, float] = defaultdict(float)
    shares[said] = share * general.confidence
    for reading in own:
        for text, probability in zip(reading.texts, reading.probabilities, strict=True):
            # what stands beside a label in one crop and not in the other is no part of it
            text = said if said in text.split(" ") else text
            shares[text] += (1.0 - share) * probability / len(own)
    order = sorted(shares, key=lambda text: -shares[text])
    values = [text for text in order if is_label_value(text) and shares[text] >= LEAST_SHARE]
    likeliest = shares[order[0]]
    costs = [(text, math.log(likeliest / shares[text])) for text in values]
    if order[0] not in values or (not said and likeliest < FROM_NOTHING):
        return replace(general, others=tuple(other for other in costs if other[1] <= NEARLY_AS_LIKELY))
    if general.confidence >= SURE_OF_WORDS and any(c.isalpha() and c not in CHARACTERS for c in said):
        return replace(general, others=tuple(costs))
    confidence = min(likeliest / sum(shares.values()), 1.0)
    return replace(general, text=order[0], numeric=order[0], confidence=confidence, others=tuple(costs[1:]))


def _is_short(line: TextLine) -> bool:
    return line.quad.length_px <= LONGEST * line.quad.height_px


def _fills(text: str, line: TextLine) -> bool:
    """Whether a reading is one whole label: no lone character, no two labels, no tick read along, no word left out."""
    whole = line.quad.length_px <= WIDEST_CHARACTER_HEIGHTS * len(text) * line.quad.height_px
    return whole and len(text) > 1 and is_label_value(text) and not set(" +") & set(text)
