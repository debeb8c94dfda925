"""Powers whose base and raised exponent were read as two texts, put together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from calibration.axis import TickLabel
from calibration.characters import plain_text
from calibration.geometry import TextBox, enclosing_box

BASE = re.compile(r"(-?(?:\d[\d.]*[x\u00d7])?(?:10|e))([-\u207b]?)")
EXPONENT = re.compile(r"(-?)(\d{1,2})")
LEANING_POWER = re.compile(
    r"-?(?:e[\^~-]*[\d\u207b\u00b9\u00b2\u00b3\u2070-\u2079]{1,3}"
    r"|(?:10|2)(?:\^-?\d{1,3}|-\d|\u207b?[\u00b9\u00b2\u00b3\u2070-\u2079]{1,3}))"
)
LEANING_DEG, LEVEL_FRAC = (10.0, 60.0), 1.15
UPRIGHT_DEG = 15.0
FEWEST_POWERS = 2
"""One power alone may be a word's end and a number beside it."""
RAISED_HEIGHTS = (0.3, 1.6)
"""How far the middle of the exponent lies above that of the base."""
GAP_HEIGHTS = 0.6


def joined_powers(texts: Sequence[TextBox]) -> list[TextBox]:
    """Texts in which ``e`` or ``10`` with a number raised at its end is one power, where that comes twice or more."""
    upright = [text for text in texts if abs(text.angle_deg) < UPRIGHT_DEG]
    exponents = [text for text in upright if EXPONENT.fullmatch(core(text))]
    pairs: dict[int, tuple[TextBox, list[TextBox]]] = {}
    for base in upright:
        raised = [text for text in exponents if text is not base and _is_raised(base, text)]
        if BASE.fullmatch(core(base)) and raised:
            pairs[id(base)] = base, raised
    if len(pairs) < FEWEST_POWERS:
        return list(texts)
    taken = {id(text) for _, raised in pairs.values() for text in raised}
    wholes = {key: _power(base, raised) for key, (base, raised) in pairs.items()}
    return [wholes.get(id(text), text) for text in texts if id(text) not in taken]


def levelled_powers(texts: Sequence[TextBox]) -> list[TextBox]:
    """Texts in which powers are level that only seem to slant: a raised exponent makes short ink lean.

    Text that slants by 30 degrees and more is about as high as it is wide.
    """
    return [
        replace(text, angle_deg=0.0, height_px=text.box.height_px)
        if LEANING_DEG[0] < abs(text.angle_deg) < LEANING_DEG[1]
        and LEANING_POWER.fullmatch(core(text))
        and text.box.width_px >= LEVEL_FRAC * text.box.height_px
        else text
        for text in texts
    ]


def core(text: TextBox | TickLabel) -> str:
    """The text of a label less what a tick mark or a spine adds to it."""
    return plain_text(text.text).replace(" ", "").strip(".=_|")


def _is_raised(base: TextBox, text: TextBox) -> bool:
    height = base.height_px
    up = base.box.centre[1] - text.box.centre[1]
    begins_px = base.box.left + 0.5 * min(height, base.box.width_px)
    starts = begins_px < text.box.left <= base.box.right + GAP_HEIGHTS * height
    return starts and RAISED_HEIGHTS[0] * height <= up <= RAISED_HEIGHTS[1] * height


def _power(base: TextBox, raised: Sequence[TextBox]) -> TextBox:
    """The power; an exponent that was read twice counts as the reading with its sign."""
    found = [match for text in raised if (match := EXPONENT.fullmatch(core(text)))]
    first = BASE.fullmatch(core(base))
    assert first
    sign = "-" if first[2] or any(match[1] for match in found) else ""
    text = f"{first[1]}^{sign}{found[0][2]}"
    box = enclosing_box([base.box, *(one.box for one in raised)])
    height_px = max(base.height_px, box.height_px)
    confidence = min(one.confidence for one in (base, *raised))
    return replace(base, text=text, numeric=text, box=box, confidence=confidence, height_px=height_px)
