"""Unread ink at the end of an axis is found and said; labels are measured in the picture."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.geometry import Box, TextBox
from digitize.panels.axis_ends import find_end_ink
from digitize.panels.label_ink import beside_spines, measured_labels

HEIGHT_PX = 10.0
BOX = Box(left=100.0, top=60.0, right=300.0, bottom=200.0)
COLUMN = [Box(left=70.0, right=92.0, top=y - 5.0, bottom=y + 5.0) for y in (60.0, 130.0, 200.0)]
OFFSET = (slice(35, 46), slice(101, 126))
"""Where an offset text stands over the left end of the axis."""


def page() -> np.ndarray:
    return np.full((260, 360, 3), 255, np.uint8)


def test_ink_over_an_axis_that_was_not_read_is_found() -> None:
    pixels = page()
    pixels[OFFSET] = 0
    found = find_end_ink(pixels, "left", BOX, COLUMN, (), HEIGHT_PX)
    assert found is not None and found.contains(113.0, 40.0)


def test_ink_that_was_read_and_lines_through_the_place_are_nothing_new() -> None:
    pixels = page()
    pixels[OFFSET] = 0
    read = TextBox(text="title", confidence=0.9, box=Box(left=100.0, right=126.0, top=34.0, bottom=46.0))
    assert find_end_ink(pixels, "left", BOX, COLUMN, [read], HEIGHT_PX) is None
    pixels = page()
    pixels[40:42] = 0
    assert find_end_ink(pixels, "left", BOX, COLUMN, (), HEIGHT_PX) is None


@pytest.mark.parametrize("shift", [0.0, 0.25, 0.5, 0.75])
def test_a_label_is_measured_to_a_part_of_a_pixel(shift: float) -> None:
    coverage = np.zeros((40, 60))
    coverage[12:22, 20:40] = 1.0
    coverage[12, 20:40] = 1.0 - shift
    coverage[22, 20:40] = shift
    pixels = np.repeat((255 - 200 * coverage)[:, :, None], 3, axis=2).astype(np.uint8)
    coarse = TextBox(text="8", confidence=0.9, box=Box(left=19.5, right=40.5, top=10.5, bottom=23.0))
    box = measured_labels(pixels, [coarse])[0].box
    assert (box.left, box.right) == pytest.approx((19.5, 39.5), abs=0.15)
    assert box.centre[1] == pytest.approx(16.5 + shift, abs=0.1)


def test_a_label_read_with_the_spine_and_its_ticks_is_measured_beside_them() -> None:
    pixels = page()
    pixels[100:112, 60:80] = 0
    pixels[20:240, 86] = 0
    for y in (106, 112, 117):  # tick marks on both sides of it
        pixels[y, 82:92] = 0
    read = TextBox(text="10", confidence=0.9, box=Box(left=59.5, right=91.5, top=99.5, bottom=118.5))
    assert beside_spines(pixels, [read])[0].box.as_list() == pytest.approx([59.5, 99.5, 79.5, 111.5], abs=0.2)


def test_a_row_of_labels_read_with_the_spine_over_it_stands_below_it() -> None:
    pixels = page()
    pixels[200, 60:300] = 0
    for left in (70, 150, 230):
        pixels[210:220, left : left + 16] = 0
    row = TextBox(text="0 1G 2G", confidence=0.9, box=Box(left=62.0, right=260.0, top=188.0, bottom=222.0))
    other = TextBox(text="10", confidence=0.9, box=Box(left=20.0, right=40.0, top=100.0, bottom=110.0))
    cut = beside_spines(pixels, [row, other])[0].box
    assert 200.5 <= cut.top <= 210.0
    assert (cut.left, cut.right, cut.bottom) == (62.0, 260.0, 222.0)
