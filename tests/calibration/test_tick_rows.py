"""Tick marks that stand free are found in rows, whatever else of their size is drawn."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.geometry import ByteArray
from calibration.tick_rows import find_tick_rows

HEIGHT_PX = 12.0
PLACES = [40, 90, 140, 190, 240]


def page() -> ByteArray:
    return np.full((300, 400, 3), 255, np.uint8)


def ticked(upright: bool, length_px: int = 6, places: list[int] = PLACES, at: int = 60) -> ByteArray:
    pixels = page()
    for place in places:
        pixels[place, at : at + length_px] = 0
    return np.ascontiguousarray(pixels.transpose(1, 0, 2)) if upright else pixels


@pytest.mark.parametrize("upright", [True, False])
def test_strokes_in_line_are_a_row(upright: bool) -> None:
    (row,) = find_tick_rows(ticked(upright), HEIGHT_PX)
    assert row.upright is upright
    np.testing.assert_allclose(row.positions_px, PLACES)
    assert (row.near_px, row.far_px) == (59.5, 65.5)


def test_shorter_ones_between_them_belong_to_the_row() -> None:
    pixels = ticked(upright=False)
    for place in (60, 75, 115):
        pixels[place, 60:63] = 0
    (row,) = find_tick_rows(pixels, HEIGHT_PX)
    assert len(row.strokes) == 8
    assert row.length_px == 6.0


def test_what_has_ink_above_or_below_it_is_no_tick_mark() -> None:
    pixels = ticked(upright=False)
    for place in PLACES:
        pixels[place + 3 : place + 8, 58:64] = 0
    assert find_tick_rows(pixels, HEIGHT_PX) == ()


def test_a_gridline_that_ends_beside_a_tick_mark_leaves_it_one() -> None:
    pixels = ticked(upright=False, places=PLACES[:3])
    pixels[PLACES[0] + 2, 63:390] = 0
    (row,) = find_tick_rows(pixels, HEIGHT_PX)
    assert len(row.strokes) == 3


def test_two_strokes_are_a_row_where_they_are_as_long_as_the_ticks_of_the_other_axis() -> None:
    pixels = ticked(upright=False)
    for length_px, found in ((6, 2), (11, 1)):
        both = pixels.copy()
        both[270 : 270 + length_px, 120] = both[270 : 270 + length_px, 300] = 0
        assert len(find_tick_rows(both, HEIGHT_PX)) == found


def test_decimal_points_and_letters_are_no_tick_marks() -> None:
    import cv2

    pixels = page()
    for k, place in enumerate(PLACES):
        cv2.putText(pixels, f"0.{k}l1", (40, place), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 1, cv2.LINE_AA)
    assert find_tick_rows(pixels, HEIGHT_PX) == ()


def test_a_picture_of_huge_letters_is_searched_too() -> None:
    pixels = np.full((900, 1200, 3), 255, np.uint8)
    for place in (200, 450, 700):
        pixels[place : place + 20, 300:380] = 0
    (row,) = find_tick_rows(pixels, 150.0)
    assert len(row.strokes) == 3
