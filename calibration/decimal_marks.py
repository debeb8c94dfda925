"""Whether the commas of an axis are decimal ones, or its points stand between thousands."""

from __future__ import annotations

import re
from collections.abc import Iterable

from calibration.characters import plain_text

UNSIGNED = r"(?:\d{1,3}(?:[ '.,]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d*)?|[.,]\d+)"
"""Digits with separators of any kind."""


def decimal_mark(texts: Iterable[str]) -> str:
    """The decimal mark of an axis: ``,`` only where the labels say so.

    A comma not followed by exactly three digits, or after a leading zero, is a decimal comma; points in groups of
    three beside labels without any point are thousands separators (a formatter prints equally many decimals), and so
    are points before nothing but three zeros. A comma before one or two digits, a zero last, beside several before
    three is no decimal comma: a digit was lost there.
    """
    comma = point = cut_off = grouped_commas = 0
    grouped_points = bare = round_groups = plain_points = 0
    for text in texts:
        core = plain_text(text)
        for match in re.finditer(UNSIGNED, core):
            number = match.group()
            if re.search(r"\d\.\d{3}(?:\.\d{3})+|\.\d{3},\d", number):
                comma += 2
            elif re.search(r",\d{3}(?:,\d{3})+|,\d{3}\.\d", number):
                point += 2
            elif re.fullmatch(r"0,\d+|\d*,(?!\d{3}$)\d+", number):  # ",000" has lost its first digits
                comma += 1
                cut_off += bool(re.fullmatch(r"[1-9]\d*,\d?0", number))
            elif re.fullmatch(r"[1-9]\d{0,2},\d{3}", number):
                grouped_commas += 1
            elif re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", number):
                grouped_points += 1
                round_groups += number.endswith("000")
            elif "." in number:
                plain_points += 1
            elif re.fullmatch(r"\d{1,3}", number):
                bare += 1
    if grouped_commas > max(cut_off, 1):
        comma -= cut_off
    if grouped_points >= 2 and round_groups == grouped_points and not plain_points:
        comma += 2  # no formatter prints three decimals that are all zero on every label
    point += plain_points
    if comma or point:
        return "," if comma > point else "."
    return "," if grouped_points >= 2 and bare >= 1 else "."
