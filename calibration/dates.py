"""Text to date. A value is in days since 1970-01-01, times of day as fractions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DateReading:
    """One way to read a text as a date.

    Attributes
    ----------
    days : float
        Since 1970-01-01; counted within an unknown year or day where those are not given.
    cost : float
        As of :class:`~calibration.numerals.Reading`.
    """

    days: float
    cost: float = 0.0


def date_readings(text: str) -> list[DateReading]:
    return []
