"""Straight lines of drawn pictures are found where they were drawn, to a fraction of a pixel."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from calibration.geometry import Box, ByteArray
from calibration.spines import find_straight_lines
from calibration.strokes import stroke_centre

HEIGHT_PX = 11.0
SUBPIXEL_BITS = 8


def page(level: int = 255) -> ByteArray:
    return np.full((300, 420, 3), level, np.uint8)


def frame(pixels: ByteArray, box: tuple[int, int, int, int], level: int = 0, thickness: int = 1) -> None:
    cv2.rectangle(pixels, box[:2], box[2:], (level,) * 3, thickness)


@pytest.mark.parametrize(("ground", "ink"), [(255, 0), (255, 215), (20, 230), (235, 255)])
def test_spines_are_found_on_their_pixels(ground: int, ink: int) -> None:
    pixels = page(ground)
    frame(pixels, (60, 40, 380, 250), ink)
    horizontal, vertical = find_straight_lines(pixels, [], HEIGHT_PX)
    assert [line.position_px for line in horizontal] == pytest.approx([40, 250], abs=0.05)
    assert [line.position_px for line in vertical] == pytest.approx([60, 380], abs=0.05)
    assert [(line.start_px, line.end_px) for line in horizontal] == [pytest.approx((59.5, 380.5), abs=2.0)] * 2


@pytest.mark.parametrize("height_px", [10.0, 11.0, 12.0, 14.0])
def test_a_line_ends_where_it_was_drawn_whatever_the_height_of_the_text(height_px: float) -> None:
    pixels = page()
    frame(pixels, (60, 40, 380, 250))
    for line in find_straight_lines(pixels, [], height_px)[0]:
        assert (line.start_px, line.end_px) == pytest.approx((60.5, 379.5), abs=0.1)  # corners are on both


def test_a_ring_that_runs_on_beside_two_spines_in_line_is_no_line() -> None:
    pixels = page(20)
    for first, last in ((30, 180), (200, 390)):
        pixels[100, first:last] = 230
    pixels[102, 30:390] = 26
    assert [round(line.position_px) for line in find_straight_lines(pixels, [], HEIGHT_PX)[0]] == [100, 100]


def test_a_line_between_pixels_has_its_subpixel_place() -> None:
    pixels = page()
    pixels[100, 50:350], pixels[101, 50:350] = 180, 75  # three tenths and seven tenths of the ink
    (line,) = find_straight_lines(pixels, [], HEIGHT_PX)[0]
    assert line.position_px == pytest.approx(100.7, abs=0.05)


def test_dashes_are_one_line() -> None:
    pixels = page()
    for start in range(50, 350, 8):
        pixels[120, start : start + 5] = 60
    (line,) = find_straight_lines(pixels, [], HEIGHT_PX)[0]
    assert (line.start_px, line.end_px) == pytest.approx((49.5, 350), abs=6.0)


def test_lines_of_neighbouring_panels_stay_apart() -> None:
    pixels = page()
    pixels[150, 40:190] = pixels[150, 230:380] = 0
    assert len(find_straight_lines(pixels, [], HEIGHT_PX)[0]) == 2


def test_the_page_between_two_dark_lines_is_no_line() -> None:
    pixels = page()
    frame(pixels, (40, 40, 200, 250))
    frame(pixels, (208, 40, 380, 250))
    _, vertical = find_straight_lines(pixels, [], HEIGHT_PX)
    assert [line.position_px for line in vertical] == pytest.approx([40, 200, 208, 380], abs=0.05)


def test_the_edge_of_a_filled_panel_is_a_line() -> None:
    pixels = page()
    pixels[60:241, 80:361] = 235
    horizontal, vertical = find_straight_lines(pixels, [], HEIGHT_PX)
    assert {line.kind for line in (*horizontal, *vertical)} == {"edge"}
    assert [line.position_px for line in horizontal] == pytest.approx([59.5, 240.5], abs=0.3)


def test_letters_are_no_lines() -> None:
    pixels = page()
    pixels[100, 50:350] = 0
    assert not find_straight_lines(pixels, [Box(left=40, top=90, right=360, bottom=110)], HEIGHT_PX)[0]


def test_coarse_grain_is_no_line() -> None:
    rng = np.random.default_rng(3)
    grain = cv2.GaussianBlur(rng.normal(0, 14, (300, 420)).astype(np.float32), (0, 0), 1.6)
    pixels = np.clip(page(225).astype(np.float32) + grain[:, :, None], 0, 255).astype(np.uint8)
    frame(pixels, (60, 40, 380, 250))
    horizontal, vertical = find_straight_lines(pixels, [], HEIGHT_PX)
    long = [line for line in (*horizontal, *vertical) if line.length_px > 150]
    assert sorted(line.position_px for line in long) == pytest.approx([40, 60, 250, 380], abs=0.3)


def test_the_centre_of_a_stroke_is_that_of_its_ink() -> None:
    at = np.arange(9.0)
    profile = np.array([255, 255, 255, 200, 0, 0, 100, 255, 255], float)
    centre, width, contrast = stroke_centre(profile, at, -1.0)
    assert centre == pytest.approx((3 * 55 + 4 * 255 + 5 * 255 + 6 * 155) / 720)
    assert (width, contrast) == pytest.approx((720 / 255, -255))


def test_ringing_of_a_compressed_picture_bridges_no_gap_between_panels() -> None:
    pixels = page()
    for left in (40, 200):
        pixels[60:200, left : left + 151] = 232
        frame(pixels, (left, 60, left + 151, 200), 80)
    jpeg = cv2.imdecode(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 70])[1], cv2.IMREAD_COLOR)
    horizontal, _ = find_straight_lines(np.asarray(jpeg, np.uint8), [], 8.0)
    spines = [line for line in horizontal if abs(line.contrast) > 100]
    assert len(spines) == 4
    assert max(line.length_px for line in spines) < 160


def test_a_line_goes_on_under_the_box_of_a_text_as_far_as_it_is_seen() -> None:
    pixels = page()
    pixels[100, 20:180] = 0
    text = Box(left=10, right=60, top=92, bottom=110)
    (line,), _ = find_straight_lines(pixels, [text], 10.0)
    assert (line.start_px, line.end_px) == (19.5, 179.5)


@pytest.mark.parametrize("ground", [255, 235])
def test_a_hollow_marker_does_not_part_the_line_under_it(ground: int) -> None:
    pixels = page(ground)
    frame(pixels, (60, 40, 380, 250), 110)
    pixels[150, 60:381] = 170
    for x in (120, 200, 290):
        cv2.circle(pixels, (x, 150), 4, (ground,) * 3, -1)
        cv2.circle(pixels, (x, 150), 4, (180, 130, 30), 2)
    across = [line for line in find_straight_lines(pixels, [], HEIGHT_PX)[0] if abs(line.position_px - 150) < 1]
    assert len(across) == 1
    assert across[0].length_px == pytest.approx(320, abs=4)
