"""By how much a picture is turned is told by its lines, however short the pieces that crossing lines leave of them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from digitize.deskew import find_turn_deg


def grid(across_px: int, down_px: int, turn_deg: float, *, lean_deg: float = 0.0) -> np.ndarray:
    """A grid of so wide and so high cells, turned counter-clockwise; only its level lines lean by ``lean_deg``."""
    pixels = np.full((320, 520, 3), 255, np.uint8)
    slope = np.tan(np.radians(lean_deg))
    for x in range(40, 500, across_px):
        cv2.line(pixels, (x, 20), (x, 300), (190, 190, 190), 1)
    for y in range(30, 300, down_px):
        cv2.line(pixels, (20, y), (500, round(y - 480 * slope)), (190, 190, 190), 1, cv2.LINE_AA)
    matrix = cv2.getRotationMatrix2D((259.5, 159.5), turn_deg, 1.0)
    turned = cv2.warpAffine(pixels, matrix, (520, 320), flags=cv2.INTER_CUBIC, borderValue=(255, 255, 255))
    return np.asarray(turned, np.uint8)


@pytest.mark.parametrize("turn_deg", [-0.8, 1.3])
def test_a_dense_grid_tells_its_turn(turn_deg: float) -> None:
    assert find_turn_deg(grid(130, 26, turn_deg)) == pytest.approx(turn_deg, abs=0.1)


def test_lines_that_lean_one_way_alone_are_no_turn() -> None:
    assert find_turn_deg(grid(130, 26, 0.0, lean_deg=0.8)) == 0.0
