"""Tick marks beside labels where no spine joins them."""

from __future__ import annotations

import numpy as np
import pytest

from calibration import Box
from calibration.geometry import Side
from calibration.loose_ticks import find_loose_ticks

HEIGHT_PX = 10.0
PLACES = (40.0, 90.25, 140.5, 190.75)


def drawn(side: Side) -> tuple[np.ndarray, list[Box]]:
    """A picture with ticks of one pixel, at parts of pixels, 4 px long and 5 px beside labels."""
    gray = np.full((260, 120), 255.0)
    for place in PLACES:
        whole = int(place)
        part = place - whole
        gray[whole, 60:64] -= 200 * (1 - part)
        gray[whole + 1, 60:64] -= 200 * part
    labels = [Box(left=30, right=55, top=p - HEIGHT_PX / 2, bottom=p + HEIGHT_PX / 2) for p in PLACES]
    if side in ("bottom", "top"):
        gray = gray.T
        labels = [Box(left=b.top, right=b.bottom, top=b.left, bottom=b.right) for b in labels]
    return np.repeat(gray[:, :, None], 3, axis=2).astype(np.uint8), labels


@pytest.mark.parametrize("side", ["left", "top"])
def test_ticks_in_line_beside_labels_are_found_to_a_part_of_a_pixel(side: Side) -> None:
    pixels, labels = drawn(side)
    assert [t.position_px for t in find_loose_ticks(pixels, side, labels, HEIGHT_PX)] == pytest.approx(PLACES, abs=0.1)


def test_strokes_elsewhere_than_at_labels_are_no_ticks() -> None:
    pixels, labels = drawn("left")
    moved = [Box(left=b.left, right=b.right, top=b.top + 25, bottom=b.bottom + 25) for b in labels]
    assert find_loose_ticks(pixels, "left", moved, HEIGHT_PX) == ()


def test_a_line_through_the_place_is_no_tick() -> None:
    pixels, labels = drawn("left")
    pixels[:, 62] = 0
    assert find_loose_ticks(pixels, "left", labels, HEIGHT_PX) == ()
