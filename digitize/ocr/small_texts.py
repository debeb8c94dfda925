"""Small labels read again by the network that knows nothing but labels; its readings go before the general ones."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from calibration.geometry import ByteArray, TextBox
from digitize.ocr.detector import Quad
from digitize.ocr.lines import cut_around
from digitize.ocr.small_labels import CHARACTERS, OTHER, read_small

SMALL_PX = 100.0
"""Ink of a line up to this height is small: digits of 8 px, a raised exponent on them."""
MARGINS_HEIGHTS = ((0.3, 0.3), (0.2, 0.45), (0.4, 0.2))
CLOSE_MARGINS_HEIGHTS = tuple((along, across) for along in (0.2, 0.3, 0.4) for across in (0.2, 0.3, 0.45))
"""Along and across, of the crops that vote."""
UPRIGHT_FROM_DEG = 45.0
GENERAL_SHARE = 0.25
"""What the general reader's own text counts among all readings."""
LEAST_SHARE = 0.03
"""Less likely readings are not kept."""
NEARLY_AS_LIKELY = math.log(2.0)
"""How much likelier what is no value may be than a value that still counts as a reading."""
LONGEST, SHORT = 16, 2
"""Characters of a label at most; so many letters may be misread digits, more where there are more characters."""
CALENDAR = re.compile(r"\bQ\d|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec", re.IGNORECASE)
TICKS_BEHIND = re.compile(r"(?<=\d)[ +]*\+$")
CUT_OFF = re.compile(r"[eE^/×(\[+-]$")
SAYS_A_VALUE = re.compile(r"[\dπ]")


def with_small_labels(pixels: ByteArray, texts: Sequence[TextBox], quads: Sequence[Quad]) -> list[TextBox]:
    """The texts, small ones that say a number as the small reader has them, with what else they may say.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 array
    texts : sequence of TextBox
    quads : sequence of Quad
        Where the ink of each lies, turned as it reads.
    """
    asked = [index for index, text in enumerate(texts) if text.height_px <= SMALL_PX and _may_be_label(text.text)]
    labels = [_without_ticks(quads[index], texts[index].text) for index in asked]
    crops = [cut_around(pixels, label, *margins) for label in labels for margins in MARGINS_HEIGHTS]
    readings = read_small(crops)
    result = list(texts)
    for place, index in enumerate(asked):
        own = readings[place * len(MARGINS_HEIGHTS) : (place + 1) * len(MARGINS_HEIGHTS)]
        shares: dict[str, float] = defaultdict(float)
        for reading in own:
            for text, probability in zip(reading.texts, reading.probabilities, strict=True):
                shares[text] += (1.0 - GENERAL_SHARE) * probability / len(own)
        general = texts[index]
        shares[alike(TICKS_BEHIND.sub("", general.text))] += GENERAL_SHARE * general.confidence
        result[index] = _weighed(general, shares)
    return result


def label_readings_of(pixels: ByteArray, text: TextBox) -> list[str]:
    """What the small reader makes of a level or upright text with more or less around it; its words from ``text``."""
    words = re.split(r"[(\[×]", text.text)[0].strip()
    quad = level_quad(text)
    readings = read_small([cut_around(pixels, quad, *margins) for margins in CLOSE_MARGINS_HEIGHTS])
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


def _is_value(text: str) -> bool:
    known = all(character in CHARACTERS or character in "^×" for character in text)
    return known and OTHER not in text and bool(SAYS_A_VALUE.search(text)) and not CUT_OFF.search(text)


def alike(text: str) -> str:
    """A text of the general reader in the spelling of the small one."""
    return text.replace("−", "-").replace("–", "-").strip()


def _weighed(general: TextBox, shares: dict[str, float]) -> TextBox:
    """A text as the likeliest reading has it where that is a value, with the others and what each costs."""
    order = sorted(shares, key=lambda text: -shares[text])
    values = [text for text in order if _is_value(text) and shares[text] >= LEAST_SHARE]
    likeliest = shares[order[0]]
    costs = tuple((text, math.log(likeliest / shares[text])) for text in values if text != order[0])
    if order[0] not in values:
        return replace(general, others=tuple(other for other in costs if other[1] <= NEARLY_AS_LIKELY))
    confidence = min(likeliest / sum(shares.values()), 1.0)
    return replace(general, text=order[0], numeric=order[0], confidence=confidence, others=costs)
