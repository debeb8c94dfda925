"""Spines that stand off their box are found, and what else runs beside a box is none."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.geometry import Box, ByteArray, Side
from calibration.moved_spines import find_moved_spine
from calibration.ticks import find_inner_ticks, find_ticks

BOX = Box(left=60.0, top=40.0, right=360.0, bottom=240.0)
EVEN = [80, 150, 220, 290, 340]


def moved(side: Side, length_px: int = 301, *, tick_px: int = 2) -> ByteArray:
    """A grey face, and a line ten pixels off one of its sides with ticks across it."""
    pixels = np.full((300, 420, 3), 255, np.uint8)
    pixels[40:241, 60:361] = 230
    if side == "bottom":
        pixels[250, 60 : 60 + length_px] = 0
        for at in EVEN:
            pixels[250 - tick_px : 251 + tick_px, at] = 0
    else:
        pixels[40:241, 50] = 0
    return pixels


@pytest.mark.parametrize(("side", "place_px"), [("bottom", 250.0), ("left", 50.0)])
def test_a_line_as_long_as_its_side_is_a_spine(side: Side, place_px: float) -> None:
    found = find_moved_spine(moved(side), side, BOX, 0.0, 18.0)
    assert found is not None
    assert found[0] == pytest.approx(place_px, abs=0.1)


def test_a_shorter_line_is_none() -> None:
    assert find_moved_spine(moved("bottom", 150), "bottom", BOX, 0.0, 18.0) is None


def framed(noise: int) -> ByteArray:
    """A frame with short ticks inside its lower edge, and the noise of compression around."""
    pixels = np.full((300, 420, 3), 220, np.uint8)
    rough = np.random.default_rng(1).integers(-noise, noise + 1, pixels.shape[:2])
    pixels = (pixels + rough[..., None]).clip(0, 255).astype(np.uint8)
    pixels[[40, 240], 60:361] = 0
    pixels[40:241, [60, 360]] = 0
    for at in EVEN:
        pixels[237:240, at] = 20
    return pixels


def test_ticks_inside_are_found_beside_the_spines_across() -> None:
    ticks = find_inner_ticks(framed(0), "bottom", BOX, 1.0, (), 6.0)
    assert [tick.position_px for tick in ticks] == EVEN


def test_noise_outside_is_taken_for_no_ticks() -> None:
    assert [tick.position_px for tick in find_ticks(framed(25), "bottom", BOX, 1.0, (), 6.0)] == pytest.approx(
        EVEN, abs=0.1
    )
