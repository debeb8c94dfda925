"""Texts whose middle was read twice, with what stands before it and with what stands behind: ``1e`` and ``e-4``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from calibration.geometry import TextBox, enclosing_box

LEVEL_HEIGHTS = 0.25
OVERLAP_CHARACTERS = 0.6
"""How far the shared characters may be from covering what two boxes share."""
UPRIGHT_DEG = 15.0


def joined_overlaps(texts: Sequence[TextBox]) -> list[TextBox]:
    """The texts, those of one line that share ink and the characters on it as one."""
    level = sorted((text for text in texts if abs(text.angle_deg) < UPRIGHT_DEG), key=lambda text: text.box.left)
    wholes: dict[int, TextBox] = {}
    rests: set[int] = set()
    for number, first in enumerate(level):
        for rest in level[number + 1 :]:
            if rest.box.left >= first.box.right:
                break
            shared = _shared_characters(first, rest)
            if shared and not {id(first), id(rest)} & (rests | wholes.keys()):
                wholes[id(first)] = _joined(first, rest, shared)
                rests.add(id(rest))
    return [wholes.get(id(text), text) for text in texts if id(text) not in rests]


def _joined(first: TextBox, rest: TextBox, shared: int) -> TextBox:
    return replace(
        first, text=first.text.strip() + rest.text.strip()[shared:], numeric="",
        box=enclosing_box([first.box, rest.box]), confidence=min(first.confidence, rest.confidence),
    )  # fmt: skip


def _shared_characters(first: TextBox, rest: TextBox) -> int:
    """How many characters at the end of one text begin the other and stand where both boxes are; 0 for none."""
    before, after = first.text.strip(), rest.text.strip()
    shared_px = first.box.right - rest.box.left
    apart_px = abs(first.box.centre[1] - rest.box.centre[1])
    beyond = rest.box.right > first.box.right and first.box.left < rest.box.left
    if shared_px <= 0 or not beyond or apart_px > LEVEL_HEIGHTS * first.height_px or not before or not after:
        return 0
    wide_px = (first.box.width_px + rest.box.width_px) / (len(before) + len(after))
    for count in range(min(len(before), len(after)) - 1, 0, -1):
        fits = abs(shared_px - count * wide_px) <= OVERLAP_CHARACTERS * wide_px
        if fits and before[-count:].casefold() == after[:count].casefold():
            return count
    return 0
