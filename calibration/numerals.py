"""Text to number.

A tick label is a few small glyphs, and the reader of text is sometimes wrong about them in ways that repeat: a raised
exponent comes out flat (``103`` for 10^3), a thin minus sign is lost, an O stands for a zero, the tick mark is read
as a dash. One label alone cannot tell; the axis can. So a text has several *readings*, each with a cost, and the fit
over all labels chooses (:mod:`calibration.fit`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from calibration.characters import lower_exponents, plain_text
from calibration.decimal_marks import UNSIGNED

Style = Literal["plain", "power", "percent", "suffix", "pi", "fraction"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One way to read a text.

    Attributes
    ----------
    value : float
    cost : float
        Unlikeliness, in units where 1 is "one odd thing happened"; 0 for the text as printed.
    style : str
        What the text looked like: a ``power`` speaks for a log axis.
    """

    value: float
    cost: float = 0.0
    style: Style = "plain"


COST_OTHER_SEPARATOR = 1.0
COST_FLAT_POWER = 0.45
COST_LOOKALIKE = 0.7
COST_MINUS_LOST = 1.2
COST_MINUS_ADDED = 0.9
COST_TICK_ATTACHED = 0.1
COST_EXPONENT_SIGN, COST_EXPONENT_MINUS = 0.9, 1.8
COST_SPINE_ATTACHED = 0.35
COST_TICK_AS_ONE = 1.4
COST_UNIT_LETTERS = 0.3
COST_POINT_LOST = 1.5
COST_UPSIDE_DOWN = 1.8
COST_MASKED = 0.4
COST_MASKED_WORD = 2.5
COST_OTHER, COST_UNLIKELIER = 0.2, 0.5
"""Of a reading that the pixels bear out less: for being another, and for each power of e that it is unlikelier."""

_VULGAR = {"\u00bd": 1 / 2, "\u00bc": 1 / 4, "\u00be": 3 / 4, "\u2153": 1 / 3, "\u2154": 2 / 3, "\u215b": 1 / 8}
_LOOKALIKES = str.maketrans({"O": "0", "o": "0", "Q": "0", "D": "0", "l": "1", "I": "1", "|": "1", "i": "1",
                             "S": "5", "s": "5", "B": "8", "Z": "2", "z": "2", "g": "9", "q": "9"})  # fmt: skip
_SPINE_ENDS = "FEH+\u2020\u2021\u5341t"
"""What a spine with a tick on it is taken for where a label touches it."""
_TURNED = str.maketrans("0689", "0986")

SUFFIXES = {
    "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "B": 1e9, "b": 1e9, "T": 1e12, "P": 1e15, "\u00b5": 1e-6, "u": 1e-6,
    "n": 1e-9, "p": 1e-12, "bn": 1e9, "Bn": 1e9, "tn": 1e12, "mn": 1e6, "mln": 1e6, "Mio": 1e6, "mio": 1e6,
    "thousand": 1e3, "million": 1e6, "billion": 1e9, "mil": 1e6,
}  # fmt: skip
_CURRENCY = re.compile(r"(?:US\s?|C|A)?[$\u20ac\u00a3\u00a5\u20b9]|\b(?:USD|EUR|GBP|CHF)\b")
_NUMBER = re.compile(rf"([+-]?)\s*({UNSIGNED})(?:\s*[eE]\s*([+-]?)\s*(\d{{1,3}}))?")
_POWER = re.compile(
    r"([+-]?)\s*(?:([\d.,]+)\s*[x\u00d7*\u00b7\u22c5.]\s*)?(10|2|e)\s*\^\s*"
    r"\{?\s*([+-]?)\s*(\d{1,3}(?:[.,]\d+)?)\}?"
)
_FLAT = re.compile(r"([+-]?)\s*(?:([\d.,]+)\s*[x\u00d7X*\u00b7\u22c5]\s*)?(10|2|e)\s*([+-]?)\s*(\d{1,2})")
_PI = re.compile(r"([+-]?)\s*(\d*(?:\.\d+)?)\s*[*\u00b7]?\s*(?:\u03c0|\u03a0|\u5140|pi)\s*(?:/\s*(\d+))?")
_PI_FRACTION = re.compile(r"([+-]?)\s*(\d+)\s*/\s*(\d+)\s*(?:\u03c0|\u03a0|\u5140|pi)")
_FRACTION = re.compile(r"([+-]?)\s*(?:(\d+)\s+)?(\d+)\s*/\s*(\d+)")


def _unsigned(number: str, mark: str) -> float:
    """The value of digits with separators, ``mark`` being the decimal one; NaN where that cannot be."""
    grouping = "." if mark == "," else ","
    whole, _, decimals = number.replace(" ", "").replace("'", "").partition(mark)
    if grouping in decimals or mark in decimals:
        return math.nan
    if grouping in whole:
        groups = whole.split(grouping)
        if any(len(group) != 3 for group in groups[1:]) or not 1 <= len(groups[0]) <= 3 or groups[0].startswith("0"):
            return math.nan
        whole = "".join(groups)
    return float((whole or "0") + "." + (decimals or "0"))


def _scalars(text: str, mark: str) -> list[Reading]:
    """Readings of a bare number ``[sign] digits [exponent]``."""
    match = _NUMBER.fullmatch(text)
    if not match:
        return []
    sign, digits, exponent_sign, exponent = match.groups()
    readings: list[Reading] = []
    for candidate, cost in ((mark, 0.0), ("," if mark == "." else ".", COST_OTHER_SEPARATOR)):
        value = _unsigned(digits, candidate)
        if math.isfinite(value) and all(value != known.value for known in readings):
            readings.append(Reading(value=value, cost=cost))
    factor = 10.0 ** int((exponent_sign or "") + exponent) if exponent and int(exponent) < 300 else 1.0
    flip = -1.0 if sign == "-" else 1.0
    if exponent_sign and factor != 1.0:  # a small plus loses its upright stroke; a minus seldom gains one
        extra = COST_EXPONENT_SIGN if exponent_sign == "-" else COST_EXPONENT_MINUS
        readings += [Reading(value=reading.value / factor**2, cost=reading.cost + extra) for reading in readings]
    return [
        # 1e-03 is a power of ten, 1.5e-03 and 0e+00 are numbers of any axis
        Reading(value=flip * reading.value * factor, cost=reading.cost,
                style="power" if exponent and digits == "1" else "plain")
        for reading in readings
    ]


def _powers(text: str) -> list[Reading]:
    """``10^3``, ``2x10^3``, ``2^5``, and the same with the exponent read flat."""
    readings = []
    cost = 0.0
    match = _POWER.fullmatch(text.replace("X", "x"))
    if match is None:
        match = _FLAT.fullmatch(text)
        if match is None:
            return []
        cost = {"10": 1, "e": 0.5}.get(match.group(3), 3) * COST_FLAT_POWER  # "e3" is no number in any other way
        if match.group(4) == "-" and match.group(3) == "10":
            cost = 0.05  # "10-3" is no number at all unless the exponent was raised
    sign, mantissa, base_text, exponent_sign, exponent_text = match.groups()
    base = math.e if base_text == "e" else float(base_text)
    try:
        exponent = float((exponent_sign or "") + exponent_text.replace(",", "."))
        lead = float(mantissa.replace(",", ".")) if mantissa else 1.0
    except ValueError:
        return []
    if abs(exponent) * math.log10(base) > 250:
        return []
    value = (-1.0 if sign == "-" else 1.0) * lead * base**exponent
    readings.append(Reading(value=value, cost=cost, style="power"))
    if cost and exponent_sign != "-" and len(exponent_text) <= 2:
        readings.append(Reading(value=(-1.0 if sign == "-" else 1.0) * lead * base ** (-exponent),
                                cost=cost + COST_MINUS_LOST, style="power"))  # fmt: skip
    return readings


def _fractions(text: str) -> list[Reading]:
    for pattern, in_pi in ((_PI, True), (_PI_FRACTION, True), (_FRACTION, False)):
        match = pattern.fullmatch(text)
        if match is None:
            continue
        sign = -1.0 if match.group(1) == "-" else 1.0
        if pattern is _PI:
            value = float(match.group(2) or 1) * math.pi / float(match.group(3) or 1)
        elif float(match.groups()[-1]) == 0:
            return []
        elif in_pi:
            value = float(match.group(2)) * math.pi / float(match.group(3))
        else:
            value = float(match.group(2) or 0) + float(match.group(3)) / float(match.group(4))
        return [Reading(value=sign * value, style="pi" if in_pi else "fraction")]
    if text[-1:] in _VULGAR and re.fullmatch(r"[+-]?\d*", text[:-1]):
        whole = float(text[:-1].lstrip("+-") or 0)
        return [Reading(value=(-1.0 if text.startswith("-") else 1.0) * (whole + _VULGAR[text[-1]]), style="fraction")]
    return []


def _with_ending(text: str, mark: str) -> list[Reading]:
    """Numbers with a percent sign, an SI suffix, a degree sign or a unit behind them."""
    match = re.fullmatch(r"(.*?[\d.])\s*([%\u2030\u00b0A-Za-z\u00b5]{1,8})\.?", text)
    if match is None:
        return []
    body, ending = _scalars(match.group(1).strip(), mark), match.group(2)
    if ending in ("%", "\u2030"):
        part = 0.01 if ending == "%" else 0.001
        return [Reading(value=r.value * part, cost=r.cost, style="percent") for r in body]
    if ending.startswith("\u00b0"):
        south = ending[1:] in ("S", "W")
        return [Reading(value=-r.value if south else r.value, cost=r.cost + 0.05) for r in body]
    readings = []
    for suffix in (ending, ending[0]):
        if suffix in SUFFIXES:
            extra = 0.0 if suffix == ending else COST_UNIT_LETTERS
            extra += 0.2 if SUFFIXES[suffix] < 1 or suffix == "b" else 0.0
            readings += [Reading(value=r.value * SUFFIXES[suffix], cost=r.cost + extra, style="suffix") for r in body]
            break
    if ending[0] == "m" and ending not in SUFFIXES:
        # "500m, 1.0, 1.5" is milli, "5m, 10m, 15m" is metres or minutes: the axis tells
        readings += [Reading(value=r.value * 1e-3, cost=r.cost + 0.2, style="suffix") for r in body]
    known = ending in SUFFIXES
    if ending == "C":  # a small G has lost its bar
        readings += [Reading(value=r.value * 1e9, cost=r.cost + COST_LOOKALIKE, style="suffix") for r in body]
    readings += [Reading(value=r.value, cost=r.cost + (1.5 if known else 0.1 if ending == "m" else COST_UNIT_LETTERS))
                 for r in body]  # fmt: skip
    return readings


def _strict(text: str, mark: str) -> list[Reading]:
    """Readings of a text taken as it stands."""
    text = _CURRENCY.sub("", text).strip()
    if re.fullmatch(r"\(.*\d.*\)", text):
        return [Reading(value=-r.value, cost=r.cost + 0.3, style=r.style) for r in _strict(text[1:-1], mark)]
    raised = re.sub(r"^(-?(?:10|e))\s*~\s*(?=\d)", r"\1^-", lower_exponents(text))
    mixed = re.fullmatch(r"((?:.*[x\u00d7X*\u00b7])?\s*(?:10|2|e))\s*\^([+-]?\d*)(\d*)", raised)
    if mixed and mixed.group(2):
        raised = f"{mixed.group(1)}^{mixed.group(2)}{mixed.group(3)}"
    if re.fullmatch(r"(?:[\d.,]+\s*[x\u00d7X*\u00b7])?\s*[1l]0\s*[\u00b0oO]", raised):
        raised = raised.rstrip("\u00b0oO ") + "^0"  # a raised zero looks like a degree sign
    readings = _scalars(raised, mark) + _powers(raised)
    return readings or _fractions(raised) or _with_ending(raised, mark)


def readings_of(text: str, *, mark: str = ".") -> list[Reading]:
    """Every sensible reading of ``text``, the likeliest first.

    Parameters
    ----------
    text : str
        A tick label as read.
    mark : {".", ","}
        The axis' decimal mark (:func:`calibration.decimal_marks.decimal_mark`).

    Returns
    -------
    list of Reading
        Empty where the text is no number. No two have the same value.
    """
    text = plain_text(text)
    if not text or not any(char.isdigit() or char in "\u03c0\u03a0\u5140OoIlSp" or char in _VULGAR for char in text):
        return []
    trials: list[tuple[str, float]] = [(text, 0.0)]
    trimmed = text.strip("-_|~:;=>< \u00b7'`\"").strip()
    ends_dirty = text.rstrip("-_|~:;=>< \u00b7'`\"") != text or text[:1] in "_|~:;=><'`\""
    if ends_dirty and trimmed:
        lead = "-" if text.startswith("-") else ""
        trials.append((lead + trimmed, COST_TICK_ATTACHED))
    if len(text) > 1 and text[-1] in _SPINE_ENDS and text[-2] in " 0123456789":
        trials.append((text[:-1].strip(), COST_SPINE_ATTACHED))
    swapped = text.translate(_LOOKALIKES)
    if swapped != text and len(text) <= 8:
        changed = sum(a != b for a, b in zip(text, swapped, strict=True))
        trials.append((swapped, COST_LOOKALIKE * changed))
    if re.search(r"\d", text) and " " in text:
        trials.append((re.sub(r"(?<=[\d.,+-])\s+(?=[\d.,])", "", text), 0.3))
    best: dict[float, Reading] = {}

    def offer(reading: Reading, extra: float) -> None:
        cost = reading.cost + extra
        known = best.get(reading.value)
        if math.isfinite(reading.value) and (known is None or cost < known.cost):
            best[reading.value] = Reading(value=reading.value + 0.0, cost=cost, style=reading.style)

    for trial, extra in trials:
        for reading in _strict(trial, mark):
            offer(reading, extra)
    for reading, extra in _repairs(trimmed, mark):
        offer(reading, extra)
    for reading in list(best.values()):
        if reading.value:
            offer(Reading(value=-reading.value, style=reading.style),
                  reading.cost + (COST_MINUS_LOST if reading.value > 0 else COST_MINUS_ADDED))  # fmt: skip
    return sorted(best.values(), key=lambda reading: reading.cost)


def _repairs(text: str, mark: str) -> list[tuple[Reading, float]]:
    """Readings that suppose one fault of the text reader."""
    found: list[tuple[Reading, float]] = []
    digits = text.lstrip("+-")
    if re.fullmatch(r"0\d{1,3}", digits):
        found += [(r, 0.5) for r in _scalars(f"{text[:len(text) - len(digits)]}0.{digits[1:]}", mark)]
    if re.fullmatch(r"\d{2,4}", digits) and not digits.startswith("0"):
        found += [(r, COST_POINT_LOST) for r in _scalars(f"{text[:-1]}.{text[-1]}", ".")]
    if re.fullmatch(r"\d+(?:\.\d+)?[1Il|]", digits) and len(digits) >= 2:
        found += [(r, COST_TICK_AS_ONE) for r in _scalars(text[:-1], mark)]
    if re.fullmatch(r"%?[\d.,]*[0689][\d.,]*-?", digits) and not set(digits) & set("23457"):
        found += [(r, COST_UPSIDE_DOWN) for r in _strict(text[::-1].translate(_TURNED), mark)]
    return found


def label_readings(
    text: str, numeric: str = "", others: Sequence[tuple[str, float]] = (), *, mark: str = "."
) -> list[Reading]:
    """Readings of a label that was read more than once.

    Parameters
    ----------
    text, numeric : str
        The free reading, and the one with only the characters of numbers allowed.
    others : sequence of (str, float)
        What else the pixels may say, and the logarithm of how much likelier ``text`` is.
    mark : {".", ","}
        The axis' decimal mark.
    """
    trials: list[tuple[str, float]] = [(text, 0.0)]
    # among the characters of numbers a degree sign is a zero
    if numeric and plain_text(numeric) != plain_text(text) and not re.search(r"\d\u00b0", text):
        letters = sum(char.isalpha() for char in plain_text(text))
        trials.append((numeric, COST_MASKED if letters < 3 else COST_MASKED_WORD))
    trials += [(other, COST_OTHER + COST_UNLIKELIER * unlikelier) for other, unlikelier in others]
    best: dict[float, Reading] = {}
    for trial, extra in trials:
        for reading in readings_of(trial, mark=mark):
            known = best.get(reading.value)
            if known is None or reading.cost + extra < known.cost:
                best[reading.value] = replace(reading, cost=reading.cost + extra)
    return sorted(best.values(), key=lambda reading: reading.cost)


def split_numbers(text: str) -> Sequence[tuple[str, float, float]]:
    """Tokens of a text that holds several numbers, with where each starts and ends (0 to 1 of the text's width).

    Labels that stand close are at times read as one line: ``0.70 0.75 0.80``. Empty where there is only one.
    """
    tokens = [(m.group(), m.start() / len(text), m.end() / len(text)) for m in re.finditer(r"\S+", text)]
    numeric = [token for token in tokens if re.search(r"\d", token[0]) and readings_of(token[0])]
    return tokens if len(tokens) >= 2 and len(numeric) == len(tokens) else []
