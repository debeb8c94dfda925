"""Characters as they are printed and as they are read: one kind of minus, space and comma; raised digits; gaps."""

from __future__ import annotations

import re

_SPACES = dict.fromkeys(map(ord, "\u00a0\u2009\u202f\u2007\u2002\u2003\u2005\u200a"), " ")
_MINUS = dict.fromkeys(map(ord, "\u2212\u2013\u2014\u2010\u2011\u2012\ufe63\uff0d\u00ad\u4e00\u30fc"), "-")
_OTHER = {
    ord("\uff0b"): "+", ord("\uff0c"): ",", ord("\u3001"): ",", ord("\uff0e"): ".", ord("\u3002"): ".",
    ord("\u066b"): ".", ord("\u066c"): ",", ord("\u2019"): "'", ord("\u02bc"): "'", ord("\u2044"): "/",
    ord("\uff05"): "%", ord("\u00ba"): "\u00b0", ord("\u02da"): "\u00b0", ord("\u03bc"): "\u00b5",
    ord("\uff08"): "(", ord("\uff09"): ")", ord("\uff1a"): ":", ord("\u2215"): "/",
}  # fmt: skip
_PLAIN = {**_SPACES, **_MINUS, **_OTHER}
RAISED_DIGITS = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207a\u207b"
_RAISED = dict(zip(RAISED_DIGITS, "0123456789+-", strict=True))
_GAP = re.compile(
    r"(?:(?<=\d[.:])|(?<=\d,)(?=\s\d{3}(?!\d))|(?<=\d{4}-)(?=\s\d\d(?!\d)))\s(?=\d)"
)
_EXPONENT_GAP = re.compile(r"(?<=\d)\s?([eE])\s?([-+\u2212])\s?(?=\d)")
_APOSTROPHE = re.compile(r"(?<=\d)\s?['\u2019]\s?(?=\d{3}(?!\d))")
_SPECK = re.compile(r"^[,.'`]\s+(?=[-+\u2212]?\d)")
"""A speck, or a tick mark's end, before a number."""


def plain_text(text: str) -> str:
    """``text`` with one kind of minus, space, comma and prime, trimmed."""
    return text.translate(_PLAIN).strip()


def close_numbers(text: str) -> str:
    """``text`` without the gaps that wide type opens inside numbers: ``1. 6e+07``, ``1e- 05``, ``2015- 10``."""
    return _APOSTROPHE.sub("'", _EXPONENT_GAP.sub(r"\1\2", _GAP.sub("", _SPECK.sub("", text))))


def lower_exponents(text: str) -> str:
    """Raised digits written with a caret: ``10\u207b\u00b3`` becomes ``10^-3`` (also where only a part was raised)."""
    raised, out = False, []
    for char in text:
        if char in _RAISED:
            out.append(("" if raised else "^") + _RAISED[char])
            raised = True
        else:
            raised = False
            out.append(char)
    # a sign before raised digits was raised too
    return re.sub(r"(?<=[02e])([+-])\^(?=\d)", r"^\1", "".join(out))
