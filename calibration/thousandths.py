"""Labels that end in ``m``: thousandths, or metres and minutes. The whole axis tells, or its title does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from calibration.characters import plain_text
from calibration.labels import LabelMark

ENDS_IN_M = re.compile(r"-?[\d.,]+\s?m")
BARE = re.compile(r"-?[\d.,]+")
PREFIXED = re.compile(r"-?[\d.,]+\s?[\u00b5unkKG]")
UNIT_TITLE = re.compile(
    r"\(\s*m(?:in)?\s*\)|\[\s*m(?:in)?\s*\]|\b(?:met(?:re|er)s?|minutes?|distance|height|length|depth)\b",
    re.IGNORECASE,
)
FEWEST = 2
THOUSAND = 1000.0


def means_thousandths(texts: Sequence[str], title: str = "") -> bool | None:
    """Whether ``m`` behind numbers is the prefix for thousandths; None where nothing tells.

    A unit stands behind every label, the prefix neither behind zero nor behind numbers from 1 on; numbers of 1000 and
    more carry no prefix for thousandths.
    """
    texts = [plain_text(text) for text in texts]
    ending = [text for text in texts if ENDS_IN_M.fullmatch(text)]
    if not ending:
        return None
    values = [float(text.rstrip("m ").replace(",", ".") or "nan") if text.count(".") < 2 else 0.0 for text in ending]
    if 0.0 in values or max(map(abs, values)) >= THOUSAND:
        return False
    if any(BARE.fullmatch(text) or PREFIXED.fullmatch(text) for text in texts):
        return True
    if len(ending) < FEWEST:
        return None
    return False if UNIT_TITLE.search(title) else None


def settle_thousandths(marks: Sequence[LabelMark], title: str) -> list[LabelMark]:
    """The labels, those that end in ``m`` with the one meaning that the axis gives them, where it does."""
    verdict = means_thousandths([mark.text for mark in marks if mark.in_row], title)
    if verdict is None:
        return list(marks)
    settled = []
    for mark in marks:
        if ENDS_IN_M.fullmatch(plain_text(mark.text)):
            styled = [r for r in mark.readings if (r.style == "suffix" and abs(r.value) < 1.0) == verdict]
            mark = replace(mark, readings=tuple(styled or mark.readings))
        settled.append(mark)
    return settled
