"""Text to date. A value is in days since 1970-01-01, times of day as fractions.

Labels of a date axis are seldom complete: ``2012  July  2013  July``, or ``Apr 7`` with the year in the axis title.
A text therefore gives :class:`DateParts`, and :func:`axis_dates` completes the parts of all labels together. Where
several completions are possible (two-digit years, day or month first, the year of a bare month) all are offered and
the vote of the axis decides.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from calibration.characters import plain_text

EPOCH = dt.date(1970, 1, 1).toordinal()
PIVOT_YEAR = 69
"""Two-digit years from here on belong to the 1900s, as POSIX and Python have it."""
COST_OTHER_CENTURY = 0.35
COST_DAY_FIRST = 0.2
COST_FILLED_YEAR = 0.1
COST_BARE_YEAR = 0.2
COST_BARE_DAY = 0.8
COST_HYPHEN_LOST, COST_HYPHEN_POINT = 0.3, 0.6
COST_NAMED_MONTH = -0.5
COST_AFTER_NAMED = 0.3
"""The month that stands at the end of an axis is the one of its last label."""
MOST_YEARS = 12
YEAR = re.compile(r"1[5-9]\d\d|20\d\d|21\d\d")

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?" \
         r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"  # fmt: skip
_YEAR = r"(?P<year>1[0-9]\d\d|20\d\d|21\d\d)"
_SHORT = r"['\u2019]?(?P<short>\d\d)"
_DAY = r"(?P<day>\d\d?)(?:st|nd|rd|th)?"
_CLOCK = r"(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d+)?)?\s*(?P<half>am|pm)?"
_HOUR = r"(?P<hour>\d\d?)\s*(?:h|(?P<half>am|pm))"
_MOMENT = r"(?P<hour>\d\d?)(?:\s*h|:(?P<minute>\d\d)(?::(?P<second>\d\d))?\s*(?P<half>am|pm)?)"
_SEP = r"[\s,/-]*"


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


_FORMS: tuple[tuple[re.Pattern[str], float], ...] = (
    (_pattern(rf"{_YEAR}[-/.](?P<month>\d\d?)[-/.]{_DAY}(?:[T\s]*{_CLOCK})?"), 0.0),
    (_pattern(rf"{_YEAR}[-/](?P<month>\d\d)"), 0.0),
    # small hyphens are lost between digits, or read as points
    (_pattern(rf"{_YEAR}[-.]?(?P<month>\d\d)[-.]?(?P<day>\d\d)"), COST_HYPHEN_LOST),
    (_pattern(rf"{_YEAR}(?P<month>\d\d)"), COST_HYPHEN_LOST),
    (_pattern(rf"{_YEAR}\.(?P<month>\d\d)"), COST_HYPHEN_POINT),
    (_pattern(r"(?P<month>\d\d)[-/](?P<year>(?:19|20)\d\d)"), 0.1),
    (_pattern(r"(?P<month>\d\d)-(?P<day>\d\d) ?(?P<hour>[01]\d|2[0-3])"), 0.15),
    (_pattern(rf"(?P<month>\d\d?)[-/.]{_DAY}[-/.](?:{_YEAR}|{_SHORT})"), 0.0),
    (_pattern(rf"{_DAY}[-/.](?P<month>\d\d?)[-/.](?:{_YEAR}|{_SHORT})"), COST_DAY_FIRST),
    (_pattern(rf"{_YEAR}[\s-]*Q(?P<quarter>[1-4])"), 0.0),
    (_pattern(rf"Q(?P<quarter>[1-4])[\s'-]*{_YEAR}"), 0.0),
    (_pattern(rf"Q(?P<quarter>[1-4])[\s'-]*{_SHORT}"), 0.1),
    (_pattern(rf"{_MONTH}{_SEP}{_YEAR}"), 0.0),
    (_pattern(rf"{_YEAR}{_SEP}{_MONTH}"), 0.0),
    (_pattern(rf"{_MONTH}{_SEP}{_SHORT}"), 0.3),
    (_pattern(rf"{_MONTH}{_SEP}{_DAY}{_SEP}{_YEAR}"), 0.0),
    (_pattern(rf"{_DAY}{_SEP}{_MONTH}{_SEP}(?:{_YEAR}|{_SHORT})"), 0.0),
    (_pattern(rf"{_YEAR}{_SEP}{_MONTH}{_SEP}{_DAY}"), 0.0),
    (_pattern(rf"{_MONTH}{_SEP}{_DAY}(?:{_SEP}{_MOMENT})?"), 0.05),
    (_pattern(rf"{_DAY}{_SEP}{_MONTH}"), 0.1),
    (_pattern(rf"(?P<month>\d\d)[-/]{_DAY}(?:\s+{_CLOCK})?"), 0.5),
    (_pattern(rf"{_DAY}[-/](?P<month>\d\d)"), 0.7),
    (_pattern(_MONTH), 0.0),
    (_pattern(_CLOCK), 0.0),
    (_pattern(_HOUR), 0.3),
    (_pattern(_YEAR), COST_BARE_YEAR),
)
CONTEXT_FORMS = (r"[\w/:-]+", r"[\w/:-]+\s\d+", r"\d\d?\s[A-Za-z]{3,9}\.?\s\d{4}", r"[A-Za-z]{3,9}\.?\s\d\d?,?\s\d{4}")
"""What names the day, month or year of the labels at the end of an axis: one word, or up to three."""
ZERO_DAY = re.compile(r"0[1-9]")
_CONCISE_MONTH = re.compile(r"(?<![\w-])(?:19|20)\d\d-[A-Z][a-z]{2}(?![\w-])")
"""``2021-Sep``, as stands at the end of an axis of days; no title says it so."""
_LETTER_ZERO = re.compile(r"(?<=[ \-./:])[oO](?=\d\b)|(?<=[ \-./:]\d)[oO]\b")
"""``May o1``: beside another digit a letter is one too."""
_LOOSE_HYPHEN = re.compile(r"(?<=\d\d\d\d) ?- ?(?=[A-Z][a-z]{2}(?![\w-]))")
"""Typewriter type leaves room about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DateReading:
    """One way to read a text as a date.

    Attributes
    ----------
    days : float
        Since 1970-01-01.
    cost : float
        As of :class:`~calibration.numerals.Reading`.
    """

    days: float
    cost: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DateParts:
    """What a text says of a date; None where it says nothing."""

    year: int | None
    month: int | None
    day: int | None
    hours: float | None
    cost: float

    @property
    def bare_year(self) -> bool:
        return self.year is not None and self.month is None and self.hours is None

    @property
    def complete(self) -> bool:
        return self.year is not None

    def to_days(self) -> float | None:
        """Days since 1970-01-01, missing months and days being the first; None where no such day exists."""
        if self.year is None:
            return self.hours / 24.0 if self.hours is not None and self.month is None else None
        try:
            ordinal = dt.date(self.year, self.month or 1, self.day or 1).toordinal()
        except ValueError:
            return None
        return ordinal - EPOCH + (self.hours or 0.0) / 24.0


def read_parts(text: str) -> list[DateParts]:
    """Every way to take ``text`` for a date, complete or not; empty where there is none."""
    text = _LETTER_ZERO.sub("0", plain_text(text)).strip(" -_|,.'`\u2032\u00b4")
    found: list[DateParts] = []
    for pattern, cost in _FORMS:
        match = pattern.fullmatch(text)
        if match is None:
            continue
        parts = match.groupdict()
        month = _MONTHS.index(parts["name"][:3].lower()) + 1 if parts.get("name") else None
        if parts.get("month"):
            month = int(parts["month"])
        if parts.get("quarter"):
            month = 3 * int(parts["quarter"]) - 2
        day = int(parts["day"]) if parts.get("day") else None
        hours = _hours(parts)
        if (month is not None and not 1 <= month <= 12) or (day is not None and not 1 <= day <= 31) or hours == -1.0:
            continue
        years: list[tuple[int | None, float]] = [(None, 0.0)]
        if parts.get("year"):
            years = [(int(parts["year"]), 0.0)]
        elif parts.get("short"):
            short = int(parts["short"])
            likely, other = (1900, 2000) if short >= PIVOT_YEAR else (2000, 1900)
            years = [(likely + short, 0.0), (other + short, COST_OTHER_CENTURY)]
        found += [DateParts(year=y, month=month, day=day, hours=hours, cost=cost + extra) for y, extra in years]
    return found


def _hours(parts: dict[str, str | None]) -> float | None:
    """Hours since midnight; None where no time is given, -1 where there is no such time."""
    hour_text = parts.get("hour")
    if hour_text is None:
        return None
    hour, minute, second = int(hour_text), int(parts.get("minute") or 0), int(parts.get("second") or 0)
    half = (parts.get("half") or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return -1.0
        hour = hour % 12 + (12 if half == "pm" else 0)
    return hour + minute / 60 + second / 3600 if hour <= 24 and minute < 60 and second < 60 else -1.0


def axis_dates(texts: Sequence[str], context: str = "", *, bare_years: bool = False) -> list[tuple[DateReading, ...]]:
    """Dates that the labels of one axis may stand for.

    Parameters
    ----------
    texts : sequence of str
    context : str
        Axis title and offset text, a line each, which may name the year or the day.
    bare_years : bool
        Whether labels such as ``1990`` are offered even where nothing else on the axis is a date.

    Returns
    -------
    list of tuples of DateReading
        One for every text; empty where it is no date, or where its year is said nowhere.
    """
    parts = [read_parts(text) for text in texts]
    other_dates = any(p.complete and not p.bare_year for label in parts for p in label)
    months = any(p.month is not None for label in parts for p in label)
    years = {p.year for label in parts for p in label if p.year is not None and p.cost <= 0.2}
    # what stands at the end of an axis names the year of its last labels
    after = 2 if years else 1
    years |= {int(year) for year in re.findall(r"\b(?:19|20)\d\d\b", context)}
    context = _LOOSE_HYPHEN.sub("-", context)
    concise = bool(_CONCISE_MONTH.search(context))
    words = [word for form in CONTEXT_FORMS for word in re.findall(form, context)]
    day = next((p for word in words for p in read_parts(word) if p.complete and p.day is not None), None)
    named = {(p.year, p.month) for word in words for p in read_parts(word)
             if p.complete and p.month is not None and p.day is None}  # fmt: skip
    last = max(named, default=(dt.MAXYEAR, 12))
    # numbers go without a leading zero, days of the month that stands at the end of the axis with one
    month_at_end = any(p.complete and p.month and p.day is None for p in read_parts(context.rpartition("\n")[2]))
    concise = concise or (month_at_end and sum(bool(ZERO_DAY.fullmatch(text.strip())) for text in texts) > 1)
    narrow = bool(years) and max(years) - min(years) <= MOST_YEARS
    near = range(min(years) - 1, max(years) + after) if narrow else ()
    span = {year: COST_FILLED_YEAR * (1 if year in years else 2) for year in near}
    out = []
    for text, label in zip(texts, parts, strict=True):
        best: dict[float, float] = {}
        if not label and (months or concise) and re.fullmatch(r"[012]?\d|3[01]", text.strip()):
            # a day between months: "Nov 15 Dec 15", or of the month at the end of the axis
            label = [
                DateParts(year=None, month=month, day=int(text), hours=None, cost=COST_BARE_DAY)
                for month in range(1, 13)
            ]
        for p in label:
            if p.bare_year and not (bare_years or other_dates or months):
                continue
            for full in _completed(p, span, day):
                days = full.to_days()
                # the month that stands at the end of the axis is the one of bare days
                known = COST_NAMED_MONTH if p.day and (full.year, full.month) in named else 0.0
                if concise and p.year is None and full.month and (full.year, full.month) > last:
                    known = COST_AFTER_NAMED
                if days is not None and full.cost + known < best.get(days, 9.0):
                    best[days] = full.cost + known
        out.append(tuple(sorted((DateReading(days=d, cost=c) for d, c in best.items()), key=lambda r: r.cost)))
    return out


def _completed(parts: DateParts, years: Mapping[int, float], day: DateParts | None) -> list[DateParts]:
    """``parts`` with the year, or for a time of day the day, that the rest of the axis names."""
    if parts.year is not None:
        return [parts]
    if parts.month is None:
        if day is None:
            # no day anywhere: hours of an unnamed day, and of the next one after midnight
            return [parts, replace(parts, hours=(parts.hours or 0.0) + 24.0, cost=parts.cost + COST_FILLED_YEAR)]
        hours = parts.hours or 0.0
        # the day that stands at the end of an axis is the one of its last label: others may be of the day before
        return [replace(day, hours=hours + extra, cost=parts.cost + abs(extra) / 240) for extra in (0.0, -24.0, 24.0)]
    return [replace(parts, year=year, cost=parts.cost + cost) for year, cost in years.items()]


def year_step(texts: Sequence[str]) -> int:
    """The commonest difference of neighbouring labels that are all bare years, 0 where they are not."""
    years = [int(text) for text in map(plain_text, texts) if YEAR.fullmatch(text)]
    if len(years) < 3:
        return 0
    steps = [abs(b - a) for a, b in itertools.pairwise(years)]
    return max(set(steps), key=steps.count)
