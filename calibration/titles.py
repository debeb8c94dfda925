"""What an axis title and an offset text say besides words: unit, factor, addend."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from calibration.characters import lower_exponents, plain_text

LONGEST_UNIT_CHARACTERS = 24
_TIMES = r"[x\u00d7X*\u00b7]"
_POWER_OF_TEN = (
    rf"(?:{_TIMES}\s*(?P<plain>10+)\b(?!\s*\^)|{_TIMES}?\s*10\s*\^\s*\{{?(?P<power>[+-]?\d+)\}}?"
    rf"|{_TIMES}?\s*1[eE](?P<sci>[+-]?\d+))"
)
_SYMBOL = re.compile(
    r"(?:[kMGTmµnpcdh]?(?:s|m|g|Hz|V|A|W|J|N|Pa|K|L|l|eV|mol|F|C|T|bar|B|b|Wh|rad|cal)|min|h|hr|hrs|d|yr|ms|sec|%|°C?|°F|deg"
    r"|px|dB|nats?|bits?|bpc|t|ppm|USD|EUR|GB|MB|KB|TB|seconds?|minutes?|hours?|days?|weeks?|months?|years?)(?:\^?[+-]?\d)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AxisTitle:
    """An axis title taken apart: ``Time (hours)`` is ``Time`` in ``hours``; ``Steps (x1000)`` has a factor of 1000."""

    title: str
    unit: str = ""
    factor: float = 1.0
    unread: str = ""
    """What stands where a factor would and looks like one, but says no number."""


_BROKEN_POWER = re.compile(
    rf"{_TIMES}\s*(?:[1Il|][0OoQ]?)?[^\w]*\w?[^\w]*|[1Il|][0OoQ][\W_]*[oOaB]?\W*"
    r"|[1Il|][eE][^\d]{0,3}\d?[^\d]*|[1Il|][0OoQ][^\w\s].{0,3}",
    re.IGNORECASE,
)
"""A power of ten of which the exponent, or the ten, was lost: ``x10``, ``10-``, ``1e``."""
_LOST_POINT = re.compile(rf"[+-]\d{{2,}}(?:{_TIMES}\s*10\^?|[eE])[+-]?\d+")
"""An addend as ``+34e6``: formatters print one digit before the point, so a point was lost."""
_BROKEN_ADDEND = re.compile(rf"[+-]\s*\d.*(?:{_TIMES}|[eE]).*")


@lru_cache(maxsize=4096)  # asked for each text of a figure beside each of its sides
def broken_factor(text: str) -> str:
    """What looks like a factor of which a part was lost, in brackets at the end of a title or alone; empty for none."""
    text = plain_text(text)
    bracket = re.search(r"[\(\[]([^()\[\]]*)[\)\]]?\s*$", text)
    inside = (bracket.group(1) if bracket else text).strip()
    if not bracket and _BROKEN_ADDEND.fullmatch(inside):
        return inside
    alone = re.match(rf"{_TIMES}\s*[1Il|]|[1Il|][eE]", inside)
    return inside if len(inside) > 1 and _BROKEN_POWER.fullmatch(inside) and (bracket or alone) else ""


def has_lost_point(text: str) -> bool:
    """Whether the mantissa of an addend has more digits than formatters print before the point."""
    return bool(_LOST_POINT.fullmatch(lower_exponents(plain_text(text)).replace(" ", "")))


def _factor(match: re.Match[str]) -> float:
    if match.group("plain"):
        return float(match.group("plain"))
    exponent = int(match.group("power") or match.group("sci"))
    return 10.0**exponent if abs(exponent) < 100 else 1.0


def is_unit(text: str) -> bool:
    """Whether every part of ``text`` is the symbol or the name of a unit (``m s-1``, ``kg/m^3``)."""
    parts = [part for part in re.split(r"[\s/\u00b7*]+", lower_exponents(plain_text(text))) if part]
    return bool(parts) and all(_SYMBOL.fullmatch(part) for part in parts)


def read_title(text: str) -> AxisTitle:
    """Take an axis title apart.

    A factor counts only where it is a bare power of ten in brackets or behind the title (``(x1000)``, ``[10^-3]``):
    ``(x 62.5K)`` and ``(millions)`` name the unit in which the labels count, and stay there.
    """
    found = _taken_apart(re.sub(r"(?<=[)\]])[^\w\s()\[\]]{1,2}$", "", plain_text(text)))  # less specks behind a bracket
    return replace(found, unread=broken_factor(text)) if found.factor in (1.0, 10.0) else found


def _taken_apart(text: str) -> AxisTitle:
    bracket = re.fullmatch(r"(.*?)\s*[\(\[]\s*([^()\[\]]+?)\s*[\)\]]", text)
    if bracket:
        title, inside = bracket.group(1).strip(), bracket.group(2)
        match = re.match(_POWER_OF_TEN, lower_exponents(inside))
        if match:
            rest = lower_exponents(inside)[match.end():].strip(" ,")
            if not rest or is_unit(rest):
                return AxisTitle(title=title, unit=rest, factor=_factor(match))
        flat = re.fullmatch(rf"{_TIMES}?\s*10\s*[{{(]?([+-]?[1-9]\d?)", lower_exponents(inside))
        if flat:  # "[103]" names no unit: its exponent was raised
            return AxisTitle(title=title, factor=10.0 ** int(flat.group(1)))
        words = len(inside.split())
        unit_like = re.search(r"[A-Za-z%\u00b0$\u00b5]", inside) and len(inside) <= LONGEST_UNIT_CHARACTERS
        called = re.fullmatch(r"(?:log|ln|exp|max|min|[A-Za-z])(?:_?\d+)?", title, re.IGNORECASE)
        prose = words > 2 or called or inside[0].isdigit() or re.search(r"\bvs\b|=|^x\s", inside)
        if title and unit_like and (is_unit(inside) or not prose):
            return AxisTitle(title=title, unit=inside)
        return AxisTitle(title=text)
    tail = re.fullmatch(rf"(.*?\w)\s*{_POWER_OF_TEN}", lower_exponents(text))
    if tail and re.search(r"\w", tail.group(1)):
        return AxisTitle(title=tail.group(1).strip(), factor=_factor(tail))
    for separator in (r"\s/\s", r",\s+", r"\s+in\s+"):
        parts = re.split(separator, text)
        if len(parts) == 2 and parts[0] and is_unit(parts[1]):
            return AxisTitle(title=parts[0].strip(), unit=parts[1].strip())
    return AxisTitle(title=text)


def read_offset(text: str) -> tuple[float, float] | None:
    """(factor, addend) of an offset text such as ``1e6``, ``x10^-3``, ``+1.2e3`` or ``1e-5+2``; None if it is none."""
    text = lower_exponents(plain_text(text)).replace(" ", "").replace("l", "1")
    text = re.sub(rf"^([+-]\d),(?=\d+(?:{_TIMES}|[eE]))", r"\1.", text)  # one digit before it: a decimal comma
    if not text:
        return None
    flat = re.fullmatch(rf"{_TIMES}10(?P<exponent>[+-]?[1-9]\d?)", text)
    if flat:
        return 10.0 ** int(flat.group("exponent")), 0.0
    number = rf"[+-]\d+(?:\.\d+)?(?:(?:[eE]|{_TIMES}10\^?)[+-]?\d+)?"
    match = re.fullmatch(rf"(?:{_POWER_OF_TEN})?(?P<addend>{number})?", text)
    if match is None or re.fullmatch(r"-[\d.]+", text):
        return None
    scaled = any(match.group(name) for name in ("plain", "power", "sci"))
    factor = _factor(match) if scaled else 1.0
    addend = re.sub(rf"{_TIMES}10\^?", "e", match.group("addend") or "0")
    return factor, float(addend)
