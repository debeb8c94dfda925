"""The characters that the chart recogniser tells apart."""

from __future__ import annotations

import string

RAISED = dict(zip("0123456789-+", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", strict=True))
"""Exponents are characters of their own: 10³ is never 103."""
LOWERED = dict(zip("0123456789", "₀₁₂₃₄₅₆₇₈₉", strict=True))
SIGNS = "−–—×·°±µ€£…≤≥≈→∞√∂∇"
GREEK = "αβγδεζηθκλμνξπρσςτφϕχψωΓΔΘΛΞΠΣΦΨΩ"
ACCENTED = "àáâäãåçèéêëìíîïñòóôöõøùúûüßÀÁÂÄÃÅÇÈÉÊËÑÖØÜ"

ALPHABET = (
    string.digits
    + string.ascii_letters
    + string.punctuation
    + " "
    + SIGNS
    + GREEK
    + ACCENTED
    + "".join(RAISED.values())
    + "".join(LOWERED.values())
)
SAME = {"μ": "µ", "—": "–", "ϕ": "φ", "ς": "σ"}
"""Characters that print alike are one class."""
CLASSES = "".join(dict.fromkeys(SAME.get(character, character) for character in ALPHABET))


def to_classes(text: str) -> list[int]:
    """The class of every character, from 1 (0 is the CTC blank)."""
    return [CLASSES.index(SAME.get(character, character)) + 1 for character in text]
