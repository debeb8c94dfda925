"""Dates that overlap are told by their months and by where their ticks stand."""

from __future__ import annotations

import datetime as dt

import pytest

from calibration.geometry import Box, TextBox
from digitize.panels.overlapped_dates import overlapped_dates

DAYS = ["2011-11-15", "2011-12-01", "2011-12-15", "2012-01-01", "2012-01-15", "2012-02-01"]
PX_PER_DAY = 5.0


def places(days: list[str]) -> list[float]:
    first = dt.date.fromisoformat(days[0])
    return [60.0 + PX_PER_DAY * (dt.date.fromisoformat(day) - first).days for day in days]


def crowded(said: str, at_px: list[float], half_px: float = 48.0) -> TextBox:
    box = Box(left=at_px[0] - half_px, right=at_px[-1] + half_px, top=400.0, bottom=412.0)
    return TextBox(text=said, confidence=0.9, height_px=12.0, box=box)


@pytest.mark.parametrize(
    "said",
    [
        "2011-11-152011-12-0011-12-152012-01-0012-01-152012-02-01",
        "2011-11-211-12-02011-12-2012-01-2012-01-18012-02-01",
    ],
)
def test_months_and_ticks_tell_the_days(said: str) -> None:
    at = places(DAYS)
    found = overlapped_dates(crowded(said, at), [30.0, *at, 470.0])
    assert [one.text for one in found] == DAYS
    assert [one.box.centre[0] for one in found] == pytest.approx(at)


def test_ticks_elsewhere_or_of_another_number_tell_nothing() -> None:
    at = places(DAYS)
    said = crowded("2011-11-152011-12-0011-12-152012-01-0012-01-152012-02-01", at)
    assert overlapped_dates(said, at[:-1]) == []
    assert overlapped_dates(said, [at[0], at[1] + 3.0, *at[2:]]) == []
    assert overlapped_dates(crowded("10002000300040005000", at), at) == []
