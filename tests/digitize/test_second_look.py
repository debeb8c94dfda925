"""What a second look finds once more is no further label."""

from __future__ import annotations

from dataclasses import replace

from calibration.geometry import Box, TextBox
from digitize.panels.second_look import each_once


def test_a_label_that_was_read_twice_is_one_label() -> None:
    first = TextBox(text="0", box=Box(left=10, right=16, top=20, bottom=28), confidence=0.9)
    other = replace(first, box=replace(first.box, left=11.0), angle_deg=90.0)
    elsewhere = replace(first, box=Box(left=60, right=66, top=20, bottom=28))
    turned = replace(first, text="O")
    assert each_once([first, other, elsewhere, turned]) == [first, elsewhere, turned]
