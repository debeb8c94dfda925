"""What a row of a table asks for: a statistic, a value at a place, the place of a value, and its unit.

``Final Reward``, ``Peak KL at``, ``Reward at hour 40``, ``Time to reach 0.5``, ``Max Time (min)``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from digitize.units import is_unit

STATISTICS: dict[str, tuple[str, ...]] = {
    "plateau": ("plateau", "plateaus", "converged", "settled", "settles", "stable", "asymptote", "tenth"),
    "reached": ("way",),
    "last": ("final", "last", "end", "ending", "ends"),
    "first": ("initial", "first", "start", "starting", "starts", "begin", "beginning"),
    "maximum": ("max", "maximum", "peak", "highest", "best", "top"),
    "minimum": ("min", "minimum", "lowest", "bottom"),
    "mean": ("mean", "average", "avg"),
    "span": ("range", "spread"),
    "change": ("change", "gain", "improvement", "delta", "net", "δ", "increase"),
}
"""Words that name a statistic; of several the first group wins, and where none is named the last value is meant."""
PLACE_WORDS = ("at", "time", "when", "where", "position", "argmax", "argmin", "location", "hour", "step", "epoch")
"""With the name of an extreme, these may ask where it is..."""
ASKING = {"at", "when", "where", "argmax", "argmin", "position", "location"}
"""... and these do so for sure."""
_MORE = {"plateau": ("last", "final"), "reached": ("90", "of", "the", "at")}
"""Words that go with a statistic and name no quantity."""
FILLERS = ("value", "values", "of", "the", "in", "on", "for")
_AT = re.compile(
    r"(?:\bat\b|@|\bafter\b|\bby\b)\s*(?:[A-Za-z]+\s*=?\s*)?(?P<x>[-+−]?\d[\d.,]*(?:e[-+]?\d+)?|\d{4}-\d\d(?:-\d\d)?)"
    r"\s*(?P<k>k)?\s*[A-Za-z]*\b",
    re.IGNORECASE,
)
_REACH = re.compile(
    r"\b(?:time|hours?|steps?|epochs?|minutes?|days?|x|iterations?)\b[\w ]*?\b(?:to|until|till)\b[\w ]*?"
    r"(?:\breach(?:es|ing)?\b\s*)?(?P<level>[-+−]?\d[\d.,]*(?:e[-+]?\d+)?)\s*(?P<percent>%)?|"
    r"\breach(?:es|ed|ing)?\b\s*(?P<other>[-+−]?\d[\d.,]*(?:e[-+]?\d+)?)",
    re.IGNORECASE,
)
_UNIT = re.compile(r"[(\[]\s*([^()\[\]]{1,20})\s*[)\]]\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A row's name, understood.

    Attributes
    ----------
    statistic : str
        A key of :data:`STATISTICS`, one of its extremes with ``_x`` (its place), ``at`` or ``reach``.
    words : tuple of str
        What is left of the name: the quantity.
    at : str
        The place (or the level to reach) as printed; empty for other statistics.
    unit : str
        In brackets at the end.
    """

    statistic: str
    words: tuple[str, ...]
    at: str = ""
    unit: str = ""
    place_words: tuple[str, ...] = ()
    named: bool = True
    """Whether the name says which statistic it means."""


def parse_request(name: str) -> Request:
    """Understand a row's name; no name asks for the last value."""
    unit = match[1].strip() if (match := _UNIT.search(name)) else ""
    if match and is_unit(unit):
        name = name[: match.start()]
    if match := _REACH.search(name):
        rest = name[: match.start()] + name[match.end() :]
        level = (match["level"] or match["other"]).rstrip(".,")
        return Request(statistic="reach", words=_content(rest), at=level, unit=unit)
    if match := _AT.search(name):
        rest = name[: match.start()] + name[match.end() :]
        at = match["x"].rstrip(".,") + ("e3" if match["k"] else "")
        return Request(statistic="at", words=_content(rest), at=at, unit=unit)
    words = words_of(name)
    for statistic, synonyms in STATISTICS.items():
        named = [word for word in words if word in synonyms]
        # "mean" and "range" belong to many quantities ("reward mean"): another statistic beside them counts
        if named:
            others = tuple(word for word in words if word not in named and word not in _MORE.get(statistic, ()))
            places = tuple(word for word in others if word in PLACE_WORDS)
            return Request(statistic=statistic, words=others, unit=unit, place_words=places)
    statistic = "maximum" if "duration" in words else "last"
    return Request(statistic=statistic, words=tuple(words), unit=unit, named=statistic == "maximum")


def words_of(text: str) -> list[str]:
    """Words and numbers of a name in lower case, parted at changes of case as well."""
    split = re.sub(r"([a-z])([A-Z])", r"\1 \2", text)
    return [word.lower() for word in re.findall(r"\d+(?:\.\d+)?|[^\W\d_]+", split)]


def _content(text: str) -> tuple[str, ...]:
    return tuple(word for word in words_of(text) if word not in FILLERS)
