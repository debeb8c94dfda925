"""Texts of one axis put right together: what one label shows clearly, the others show too.

A sign that the reader of text seldom sees, as pi, the colon of a time of day or a small percent sign, comes out as
the letter or digit most like it. Where another label of the axis has it, it is that sign.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from calibration.characters import plain_text

_PI_LOOKALIKES = "nTrtxX\u5143\u4e03"
_AS_PI = re.compile(r"([-\u4e00]?\d*)(?:[^\W\d_]|II|TT|\u03c0[IT1l7|]?)(/\d)?")
"""A letter that stands for pi where other labels show pi, or pi with one of its legs read twice."""
CLOCK, POINTED_CLOCK = re.compile(r"\d\d?:\d\d"), re.compile(r"[012]\d\.[0-5]\d")
_PERCENT = re.compile(r"([+-]?\d+(?:[.,]\d+)?)\s?%.?")
_AS_PERCENT = re.compile(r"([+-]?\d+(?:[.,]\d+)?)(?:[A-Za-z]?[1468]|[A-Za-z]{1,2})")
"""A small percent sign is taken for a digit with two bowls, or for letters."""
FEWEST_PERCENTS = 2


def with_pi(texts: Sequence[str]) -> list[str]:
    """Texts of one axis in which the letter that pi was taken for is pi: where it stands alone it is no suffix."""
    core = [plain_text(text).replace(" ", "") for text in texts]
    if any("\u03c0" in text for text in core):
        return [
            f"{match[1]}\u03c0{match[2] or ''}".replace("\u4e00", "-") if (match := _AS_PI.fullmatch(text)) else whole
            for text, whole in zip(core, texts, strict=True)
        ]
    for letter in _PI_LOOKALIKES:
        multiple = re.compile(rf"(-?\d*){letter}(/\d)?")
        if sum(bool(multiple.fullmatch(text)) for text in core) > 1 and {letter, f"-{letter}"} & set(core):
            return [
                text.replace(letter, "\u03c0") if multiple.fullmatch(text) else whole
                for text, whole in zip(core, texts, strict=True)
            ]
    return list(texts)


def with_colons(texts: Sequence[str]) -> list[str]:
    """Texts of one axis in which ``08.00`` beside ``06:00`` is a time of day too: a small colon loses its upper dot."""
    if not any(CLOCK.fullmatch(text.strip()) for text in texts):
        return list(texts)
    return [text.replace(".", ":") if POINTED_CLOCK.fullmatch(text.strip()) else text for text in texts]


def with_percents(texts: Sequence[str]) -> list[str]:
    """Texts of one axis in which ``901`` and ``60s6`` beside ``75%`` and ``45%`` are percentages too."""
    core = [plain_text(text) for text in texts]
    if sum(bool(_PERCENT.fullmatch(text)) for text in core) < FEWEST_PERCENTS:
        return list(texts)
    return [
        f"{match[1]}%" if (match := _PERCENT.fullmatch(text) or _AS_PERCENT.fullmatch(text)) else whole
        for text, whole in zip(core, texts, strict=True)
    ]
