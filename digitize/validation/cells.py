"""Cells as people print them: ``~0.48–0.50``, ``0.50+``, ``<0.05``, ``0.5 ± 0.02``, ``51 %``, ``2.2k``, ``2010-03``."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

from digitize.axis_span import to_number

KEPT_DIGITS = 2
"""Trailing zeros of ``~2200`` are rounding, but this many leading digits always count: ``~1000`` is 950 to 1050."""
_ABOUT = r"~|∼|≈|≃|about|around|approx\.?|approximately|roughly|ca\.?|c\."
_BELOW = r"<|≤|<=|⩽|under|below|less than|at most|up to"
_ABOVE = r">|≥|>=|⩾|over|above|more than|at least"
_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_CELL = re.compile(
    rf"(?P<below>(?i:{_BELOW}))?(?P<above>(?i:{_ABOVE}))?\s*(?P<about>(?i:{_ABOUT}))?\s*[$€£]?"
    rf"(?P<low>{_NUMBER})(?P<low_k>[kKMGB](?![A-Za-z]))?"
    rf"(?:\s*%?\s*(?:–|—|-|to|\.\.\.?|…)\s*~?\s*(?P<high>{_NUMBER})(?P<high_k>[kKMGB](?![A-Za-z]))?)?"
    rf"\s*(?P<more>\+)?(?:\s*(?:±|\+/-|\+-)\s*(?P<error>{_NUMBER}))?\s*(?P<unit>%|[A-Za-zµμ°][\w/µ^*·-]*)?"
)
_DATE = re.compile(r"~?\s*([12]\d{3})-(\d\d)(?:-(\d\d)(T\d\d:\d\d(:\d\d)?)?)?")
_DAYS = {"month": 15.0, "day": 0.5, "minute": 0.5 / 1440, "second": 0.5 / 86400}
_MULTIPLES = {"k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "B": 1e9}
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SUPERSCRIPT_FORMS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A known value: ``low`` to ``high`` (equal for one number), right to ``tolerance``; ``text`` as printed.

    A date is days since 1970-01-01. ``unit`` is what the cell prints behind the number, empty for nothing.
    """

    low: float
    high: float
    tolerance: float
    text: str
    unit: str = ""

    def times(self, factor: float, offset: float = 0.0) -> Expected:
        """The same in another unit."""
        low, high = sorted((self.low * factor + offset, self.high * factor + offset))
        return replace(self, low=low, high=high, tolerance=abs(self.tolerance * factor))


def parse_cell(text: str) -> Expected | None:
    """A cell as a person prints it; None where it is no value.

    ``~0.51`` is right to half a unit of its last digit; the trailing zeros of ``~2200`` are rounding too. ``± 0.02``
    states the tolerance itself. ``<0.05`` and ``0.50+`` are open on one side. What follows in brackets is a remark.
    """
    shown = re.sub(r"[*`_\\]", "", text).replace("\u00a0", " ").strip()
    plain = re.sub(r"(\s*(\([^()]*\)|\[[^\[\]]*\]|[†‡§]))+\s*$", "", shown)
    if date := _DATE.fullmatch(plain):
        return _date(date, shown)
    match = _CELL.fullmatch(_plain_numbers(plain))
    if not match:
        return None
    about = bool(match["about"] or match["more"])
    factors = [_MULTIPLES.get(match[name] or "", 1.0) for name in ("low_k", "high_k")]
    # "1-2k" is one to two thousand
    if match["high"] and factors[1] != 1.0 and not match["low_k"]:
        factors[0] = factors[1]
    low = float(match["low"]) * factors[0]
    high = float(match["high"]) * factors[1] if match["high"] else low
    halves = [_half_unit(match["low"], about) * factors[0]]
    halves += [_half_unit(match["high"], about) * factors[1]] if match["high"] else []
    half = float(match["error"]) if match["error"] else max(halves)
    low, high = min(low, high), max(low, high)
    if match["below"]:
        low, half = -math.inf, 0.0
    if match["above"] or match["more"]:
        high, half = math.inf, half if match["more"] else 0.0
    unit = match["unit"] or ("%" if "%" in plain else "")
    return Expected(low=low, high=high, tolerance=abs(half), text=shown, unit=unit)


def _plain_numbers(text: str) -> str:
    """One spelling of minus, power of ten, thousands and decimal comma."""
    text = text.replace("−", "-").replace("\u2212", "-")
    text = re.sub(rf"[{_SUPERSCRIPT_FORMS}]+", lambda run: "^" + run[0].translate(_SUPERSCRIPTS), text)
    text = re.sub(r"\s*[×x·*]\s*10\s*(?:\^|\*\*)\s*\{?(-?\d+)\}?", r"e\1", text)
    text = re.sub(r"(?<![\d.])10\s*(?:\^|\*\*)\s*\{?(-?\d+)\}?", r"1e\1", text)
    text = re.sub(r"(?<=\d)[\u2009\u202f' ](?=\d{3}(?!\d))", "", text)
    # "1,750" has a separator, "0,51" and "0,510" a decimal comma.
    text = re.sub(r"(?<![\d.,])([1-9]\d{0,2}(?:,\d{3})+)(?![\d,])", lambda number: number[0].replace(",", ""), text)
    return re.sub(r"(?<=\d),(?=\d)", ".", text)


def _half_unit(text: str, about: bool) -> float:
    mantissa, _, exponent = text.lower().partition("e")
    scale = 10.0 ** int(exponent or 0)
    whole, _, decimals = mantissa.lstrip("+-").partition(".")
    if decimals or not about:
        return 0.5 * 10.0 ** -len(decimals) * scale
    digits = whole.lstrip("0")
    zeros = min(len(digits) - len(digits.rstrip("0")), max(len(digits) - KEPT_DIGITS, 0))
    return 0.5 * 10.0**zeros * scale


def _date(match: re.Match[str], shown: str) -> Expected | None:
    part = "second" if match[5] else "minute" if match[4] else "day" if match[3] else "month"
    text = match[0].lstrip("~ ")
    days = to_number(f"{text}-01" if part == "month" else text)
    if not math.isfinite(days):
        return None
    return Expected(low=days, high=days, tolerance=_DAYS[part], text=shown)
