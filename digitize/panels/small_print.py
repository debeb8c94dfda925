"""Factors and addends in small print, read again: a raised exponent is half as high as a label, and misread most.

At each of a few sizes the recogniser sees other pixels of the same print. What it makes of most of them counts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from calibration.geometry import TextBox
from calibration.titles import has_lost_point, read_offset, read_title
from digitize.panels.axis_texts import is_number_like, says_offset
from digitize.values import Image

ReadClosely = Callable[[Image, TextBox], Sequence[Sequence[str]]]
"""What a text says at several sizes, freely and as a number: ``RapidTextReader.read_closely``."""

SMALL_PX = 20.0
"""Lines, brackets and raised digits included, of which an exponent is eight pixels high."""
SAYING_FRAC, ALIKE_FRAC = 0.4, 0.6
"""So much of all readings must say the same, and so much of those that say anything, where the first said nothing."""
OVERRULING_FRAC = 0.75
"""So much of all readings overrule a first one that said something."""
LIKE_A_FACTOR = re.compile(r"[(\[](?:[^)\]]*\d{3}\s*|\W?10\W*)[)\]]")
"""Of \"(×1000)\" the sign is misread before the zeros are, of \"[10³]\" the exponent."""
MOST_TEXTS = 8
LOST_EXPONENT = (10.0, 0.0)
"""What is left of a power of ten whose exponent was not seen."""


def with_small_print(image: Image, texts: Sequence[TextBox], read_closely: ReadClosely) -> list[TextBox]:
    """The texts, factors and addends that are small or lost a part read again; as they were where that tells nothing.

    Parameters
    ----------
    image : Image
    texts : sequence of TextBox
        As they were read.
    read_closely : callable
        Reads one place at several sizes.
    """
    asked = [text for text in texts if _counts(text) and (text.height_px < SMALL_PX or not _meaning(text.text))]
    mended = {id(text): _voted(text, read_closely(image, text)) for text in asked[:MOST_TEXTS]}
    return [mended.get(id(text), text) for text in texts]


def _counts(text: TextBox) -> bool:
    """Whether a text says in what an axis counts."""
    if says_offset(text):
        return True
    title = read_title(text.text)
    says_factor = title.factor != 1.0 or bool(title.unread) or bool(LIKE_A_FACTOR.search(text.text))
    return says_factor and not is_number_like(replace(text, numeric=""))


def _voted(text: TextBox, readings: Sequence[Sequence[str]]) -> TextBox:
    """The text as most of its readings have it."""
    ways = (((meaning, one) for one in said if (meaning := _meaning(one))) for said in readings)
    meant = [first for way in ways if (first := next(way, None))]
    if not meant:
        return text
    meaning, count = Counter(meaning for meaning, _ in meant).most_common(1)[0]
    fewest = OVERRULING_FRAC if _meaning(text.text) else SAYING_FRAC
    if count < fewest * len(readings) or count < ALIKE_FRAC * len(meant):
        return text
    said = Counter(one for own, one in meant if own == meaning).most_common(1)[0][0]
    return replace(text, text=said, numeric="")


def _meaning(text: str) -> tuple[float, float] | None:
    """Factor and addend that an offset text or a title says; None where it says none, or lost a part."""
    if text[:1] in "+\u00d7":
        meaning = None if has_lost_point(text) else read_offset(text)
        return None if meaning == LOST_EXPONENT else meaning
    title = read_title(text)
    return (title.factor, 0.0) if title.factor != 1.0 and not title.unread else None
