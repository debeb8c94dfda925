"""Tick marks along a spine are found where they were drawn, in every direction and length."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.geometry import Box, ByteArray, Side
from calibration.spines import StraightLine
from calibration.ticks import find_ticks

BOX = Box(left=60.0, top=40.0, right=360.0, bottom=240.0)
AT: dict[Side, list[int]] = {
    "left": [60, 110, 160, 210],
    "right": [60, 110, 160, 210],
    "bottom": [80, 150, 220, 290, 340],
    "top": [80, 150, 220, 290, 340],
}


def drawn(side: Side, *, length_px: int = 5, outward: bool = True, width_px: int = 1) -> ByteArray:
    """A frame with ticks on one side."""
    pixels = np.full((300, 420, 3), 255, np.uint8)
    pixels[40, 60:361] = pixels[240, 60:361] = 0
    pixels[40:241, 60] = pixels[40:241, 360] = 0
    edge = {"left": 60, "right": 360, "top": 40, "bottom": 240}[side]
    away = (1 if side in ("right", "bottom") else -1) * (1 if outward else -1)
    reach = sorted((edge, edge + away * length_px))
    for at in AT[side]:
        along, across = slice(at, at + width_px), slice(reach[0], reach[1] + 1)
        pixels[(along, across) if side in ("left", "right") else (across, along)] = 0
    return pixels


def positions(pixels: ByteArray, side: Side, gridlines: list[StraightLine] | None = None) -> list[float]:
    return [tick.position_px for tick in find_ticks(pixels, side, BOX, 1.0, gridlines or [], 12.0)]


@pytest.mark.parametrize("side", AT)
@pytest.mark.parametrize("outward", [True, False], ids=["outside", "inside"])
def test_ticks_are_found_on_every_side(side: Side, outward: bool) -> None:
    assert positions(drawn(side, outward=outward), side) == pytest.approx(AT[side], abs=0.05)


def test_minor_ticks_two_pixels_long_are_found_and_known_as_short() -> None:
    pixels = drawn("left")
    pixels[85, 57:60] = 0
    found = {round(tick.position_px): tick.length_px for tick in find_ticks(pixels, "left", BOX, 1.0, [], 12.0)}
    assert found[85] < 0.75 * found[60]


def test_a_tick_two_pixels_wide_has_its_centre_between_them() -> None:
    assert positions(drawn("bottom", width_px=2), "bottom") == pytest.approx(
        [at + 0.5 for at in AT["bottom"]], abs=0.05
    )


def test_labels_are_no_ticks() -> None:
    pixels = drawn("left")
    pixels[80:92, 40:52] = 0
    assert positions(pixels, "left") == pytest.approx(AT["left"], abs=0.05)


def test_gridlines_are_ticks_where_there_are_none_else() -> None:
    pixels = drawn("top")
    lines = [
        StraightLine(position_px=at, start_px=60, end_px=360, thickness_px=1, contrast=-30, coverage=1.0, kind="ridge")
        for at in (70.25, 120.5, 200.75)
    ]
    found = find_ticks(pixels, "left", BOX, 1.0, lines, 12.0)
    assert [(tick.position_px, tick.kind) for tick in found] == [(line.position_px, "gridline") for line in lines]


def test_a_box_at_the_edge_of_the_picture_has_no_ticks_outside() -> None:
    pixels = np.full((241, 361, 3), 255, np.uint8)
    assert positions(pixels, "bottom") == []


@pytest.mark.parametrize("side", ["left", "right"])
def test_marks_that_keep_off_the_gridlines_are_noise_except_on_a_second_axis(side: Side) -> None:
    pixels = drawn(side)
    lines = []
    for at in (66, 116, 166, 216):
        pixels[at, 61:360] = 200
        lines.append(
            StraightLine(
                position_px=at, start_px=60, end_px=360, thickness_px=1.0, contrast=-55.0, coverage=1.0, kind="ridge"
            )
        )
    found = find_ticks(pixels, side, BOX, 1.0, lines, 12.0)
    marks = [tick.position_px for tick in found if tick.kind == "tick"]
    assert marks == ([] if side == "left" else pytest.approx(AT[side], abs=0.05))
    across = [tick.position_px for tick in found if tick.kind == "gridline"]
    assert across == pytest.approx([66, 116, 166, 216], abs=0.1)


def test_ticks_at_every_third_gridline_are_ticks() -> None:
    pixels = drawn("left")
    lines = []
    for at in range(60, 240, 10):
        pixels[at, 61:360] = 200
        lines.append(
            StraightLine(
                position_px=at, start_px=60, end_px=360, thickness_px=1.0, contrast=-55.0, coverage=1.0, kind="ridge"
            )
        )
    found = find_ticks(pixels, "left", BOX, 1.0, lines, 12.0)
    assert [tick.position_px for tick in found if tick.kind == "tick"] == pytest.approx(AT["left"], abs=0.05)


def test_spines_are_no_gridlines_that_marks_could_keep_off() -> None:
    pixels = drawn("left")
    lines = [
        StraightLine(position_px=at, start_px=60, end_px=360, thickness_px=1, contrast=-30, coverage=1.0, kind="ridge")
        for at in (BOX.top, BOX.bottom - 8.0, BOX.bottom)
    ]
    found = find_ticks(pixels, "left", BOX, 1.0, lines, 12.0)
    assert [tick.position_px for tick in found if tick.kind == "tick"] == pytest.approx(AT["left"], abs=0.05)
