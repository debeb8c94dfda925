"""Names of months whose first letter was misread or lost: the hook of a slanted J, as in ``lan 2010``, or all of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from calibration.geometry import TextBox

MISREAD_J = re.compile(r"(?:^|(?<=\d[ -]))[lI1|](?=(?:an(?:uary)?|une?|uly?)\.?(?P<rest>$|[ ,'\u2019-]*\d))")
BEHEADED = re.compile(r"(?P<tail>an|eb|ar|pr|ay|un|ul|ug|ep|ct|ov|ec)(?P<rest>$|[ -]*\d+$)")
"""No two months share their second and third letter."""
HEADS = {
    "an": "J", "eb": "F", "ar": "M", "pr": "A", "ay": "M", "un": "J", "ul": "J", "ug": "A", "ep": "S", "ct": "O",
    "ov": "N", "ec": "D",
}  # fmt: skip
MONTH = re.compile(
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?",
    re.IGNORECASE,
)
DATED_MONTH = re.compile(rf"{MONTH.pattern}[ -]*\d*", re.IGNORECASE)
FEWEST_MONTHS = 2
"""Beside so many names of months a bare ``lan`` or ``ay 01`` is one too."""


def with_months(texts: Sequence[TextBox]) -> list[TextBox]:
    """The texts, months with their first letter where a day or a year, or other months in the figure, ask for it."""
    months = sum(bool(DATED_MONTH.fullmatch(text.text.strip())) for text in texts)
    return [
        text if (whole := _whole_month(text.text.strip(), beside=months >= FEWEST_MONTHS)) is None
        else replace(text, text=whole, numeric="")
        for text in texts
    ]  # fmt: skip


def _whole_month(printed: str, *, beside: bool) -> str | None:
    """``printed`` with the first letter of its month, None where it has it or may be no month."""
    hookless = MISREAD_J.search(printed)
    if hookless and (beside or hookless["rest"] or hookless.start()):
        return MISREAD_J.sub("J", printed)
    beheaded = BEHEADED.fullmatch(printed)
    return HEADS[beheaded["tail"]] + printed if beheaded and beside else None
