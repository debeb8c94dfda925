"""Dates that overlap their neighbours, told by their months and by where their ticks stand.

Of ``2011-11-15`` and ``2011-12-01``, printed one over the other's end, the months in the middle stay legible, the days
do not. But ticks at whole days stand where only some days do: a first and a last day are sought that put every tick on
a day of its own month.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product

import numpy as np

from calibration.geometry import Box, FloatArray, TextBox

DAY = re.compile(r"-(?P<month>0[1-9]|1[0-2])-(?P<day>\d{0,2})")
YEAR = re.compile(r"(?P<year>(?:19|20)\d\d)-")
FEWEST_DATES, MOST_DAYS = 4, 4
"""Dates at uneven steps are on the same days of every month, four of them at most."""
END_FRAC = 0.2
"""How much farther, of a step, a text may reach at one end than at the other."""
MISSED_PX, APART_PX, DIGIT_PX = 0.5, 0.25, 0.15
"""How far from their days ticks may stand, how much farther those of other days must, and what a digit counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenDate:
    """What is legible of a date: its year and month, and the digit after them that may be its day's first."""

    year: int
    month: int
    digit: str


def overlapped_dates(text: TextBox, ticks_px: Sequence[float]) -> list[TextBox]:
    """The dates of a text that are centred on ticks; empty where months and ticks do not tell them.

    Parameters
    ----------
    text : TextBox
        Several dates of the form ``2011-11-15``, read as one.
    ticks_px : sequence of float
        Where ticks, gridlines and spines stand, in increasing order.
    """
    said = re.sub(r"\s", "", text.text)
    seen = _seen(said)
    if len(seen) < FEWEST_DATES:
        return []
    last = DAY.search(said[-6:])
    last_day = int(last["day"]) if last and len(last["day"]) == 2 else None
    for at in _rows_of_ticks(text.box, np.asarray(ticks_px, float), len(seen)):
        found = sorted(_spans(seen, at, last_day), key=lambda one: one[0])
        if found and found[0][1] <= MISSED_PX and (len(found) == 1 or found[1][0] - found[0][0] >= APART_PX):
            half_px = float(at[0] - text.box.left + text.box.right - at[-1]) / 2
            return [_label(text, day, x, half_px) for day, x in zip(found[0][2], at.tolist(), strict=True)]
    return []


def _label(text: TextBox, day: dt.date, x: float, half_px: float) -> TextBox:
    box = Box(left=x - half_px, right=x + half_px, top=text.box.top, bottom=text.box.bottom)
    return replace(text, text=day.isoformat(), numeric="", others=(), box=box)


def _rows_of_ticks(box: Box, ticks_px: FloatArray, count: int) -> Iterator[FloatArray]:
    """So many neighbouring ticks under a text that stand as far from its beginning as from its end."""
    under = ticks_px[(ticks_px > box.left) & (ticks_px < box.right)]
    for first in range(len(under) - count + 1):
        at = under[first : first + count]
        if abs((at[0] - box.left) - (box.right - at[-1])) <= END_FRAC * (at[1] - at[0]):
            yield at


def _seen(said: str) -> list[SeenDate]:
    """The dates of a line in their order; those of later years begin anew with an earlier month."""
    first = YEAR.match(said)
    seen: list[SeenDate] = []
    for match in DAY.finditer(said) if first else ():
        month, year = int(match["month"]), seen[-1].year if seen else int(first["year"]) if first else 0
        seen.append(SeenDate(year=year + bool(seen and month < seen[-1].month), month=month, digit=match["day"][:1]))
    return seen


def _spans(
    seen: Sequence[SeenDate], at: FloatArray, last_day: int | None
) -> Iterator[tuple[float, float, list[dt.date]]]:
    """Ways to count days from the first tick to the last: a score, how far ticks are off in pixels, and the days."""
    for first, last in product(_days(seen[0]), _days(seen[-1], last_day)):
        length = (last - first).days
        if length < len(at) - 1:
            continue
        count = length * (at - at[0]) / (at[-1] - at[0])
        days = [first + dt.timedelta(days=round(float(one))) for one in count]
        if any((day.year, day.month) != (one.year, one.month) for day, one in zip(days, seen, strict=True)):
            continue
        uneven = len({(after - day).days for day, after in pairwise(days)}) > 1
        if uneven and len({day.day for day in days}) > min(MOST_DAYS, len(days) // 2):
            continue
        off_px = float(np.sqrt(np.mean((count - np.round(count)) ** 2))) * (at[-1] - at[0]) / length
        other = sum(bool(one.digit) and f"{day.day:02d}"[0] != one.digit for day, one in zip(days, seen, strict=True))
        yield off_px + DIGIT_PX * other, off_px, days


def _days(seen: SeenDate, known: int | None = None) -> list[dt.date]:
    """The days of a month, or the one that is known."""
    days = []
    for day in [known] if known else range(1, 32):
        try:
            days.append(dt.date(seen.year, seen.month, day))
        except ValueError:
            continue
    return days
