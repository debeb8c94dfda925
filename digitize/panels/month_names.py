"""Names of months whose J was taken for another upright stroke, as in ``lan 2010``: slanted ones lose its hook."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from calibration.geometry import TextBox

MISREAD_J = re.compile(r"(?:^|(?<=\d[ -]))[lI1|](?=(?:an(?:uary)?|une?|uly?)\.?(?P<rest>$|[ ,'\u2019-]*\d))")
MONTH = re.compile(
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?",
    re.IGNORECASE,
)
FEWEST_MONTHS = 2
"""Beside so many names of months a bare ``lan`` is one too."""


def with_months(texts: Sequence[TextBox]) -> list[TextBox]:
    """The texts, months with their J where a day or a year, or other months in the figure, say that they are such."""
    found = {id(text): match for text in texts if (match := MISREAD_J.search(text.text.strip()))}
    if not found:
        return list(texts)
    months = sum(bool(MONTH.fullmatch(text.text.strip())) for text in texts)
    whole = {key for key, match in found.items() if match["rest"] or match.start() or months >= FEWEST_MONTHS}
    return [
        replace(text, text=MISREAD_J.sub("J", text.text.strip()), numeric="") if id(text) in whole else text
        for text in texts
    ]
