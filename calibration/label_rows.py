"""Texts of one axis put right together: what one label shows clearly, the others show too.

A sign that the reader of text seldom sees, as pi, the colon of a time of day or a small percent sign, comes out as
the letter or digit most like it. Where another label of the axis has it, it is that sign.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from calibration.characters import plain_text

_PI_LOOKALIKES = "nTrtxX\u5143\u4e03"
_AS_PI = re.compile(r"([-\u4e00]?\d*)(?:[^\W\d_]|II|TT|\u03c0[IT1l7|]?)(/\d)?")
"""A letter that stands for pi where other labels show pi, or pi with one of its legs read twice."""
CLOCK, POINTED_CLOCK = re.compile(r"\d\d?:\d\d"), re.compile(r"[012]\d\.[0-5]\d")
_PERCENT = re.compile(r"([+-]?\d+(?:[.,]\d+)?)\s?%.?")
_AS_PERCENT = re.compile(r"([+-]?\d+(?:[.,]\d+)?)(?:[A-Za-z]?[1468]|[A-Za-z]{1,2})")
"""A small percent sign is taken for a digit with two bowls, or for letters."""
FEWEST_PERCENTS = 2
_NUMBER, _UNITED = re.compile(r"[-+]?\d[\d.,]*"), re.compile(r"([-+]?\d[\d.,]*)\s?([kKMGBTmn\u00b5\u03bc])")
FEWEST_UNITED, FEWEST_IN_LINE, IN_LINE_HEIGHTS = 2, 4, 0.5
"""So many labels must show the unit that others lost, and so many in line without it, each within this."""


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


def with_units(texts: Sequence[str], positions_px: Sequence[float], text_height_px: float) -> list[str]:
    """Texts of one axis in which ``7.5`` between ``6 m`` and ``9 m`` is ``7.5 m`` too.

    The numbers alone must stand in line, all of them: those of ``500``, ``1k`` and ``1.5k`` do not.
    """
    core = [plain_text(text) for text in texts]
    united = [match for text in core if (match := _UNITED.fullmatch(text))]
    bare = [text for text in core if _NUMBER.fullmatch(text) and text.strip("-+0.,")]
    if len(united) < FEWEST_UNITED or len({match[2] for match in united}) > 1 or not bare:
        return list(texts)
    numbers = [_UNITED.sub(r"\1", text) for text in core]
    points = [
        (float(number), at)
        for number, at in zip(numbers, positions_px, strict=True)
        if _NUMBER.fullmatch(number) and "," not in number and number.count(".") <= 1
    ]
    if len(points) < FEWEST_IN_LINE or len({value for value, _ in points}) < FEWEST_IN_LINE:
        return list(texts)
    value, at_px = np.array(points).T
    misses_px = at_px - np.polyval(np.polyfit(value, at_px, 1), value)
    if np.abs(misses_px).max() > IN_LINE_HEIGHTS * text_height_px:
        return list(texts)
    return [f"{whole} {united[0][2]}" if text in bare else whole for text, whole in zip(core, texts, strict=True)]
