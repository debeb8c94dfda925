"""By how much a picture is turned is told by its lines, however short the pieces that crossing lines leave of them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from digitize.deskew import find_turn_deg

FONT = cv2.FONT_HERSHEY_SIMPLEX


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


def print_alone(turn_deg: float, *, below: bool = True) -> np.ndarray:
    """Tick marks and labels of axes without spines, and a curve, turned counter-clockwise."""
    pixels = np.full((320, 520, 3), 255, np.uint8)
    for k in range(6):
        cv2.line(pixels, (49, 30 + 45 * k), (53, 30 + 45 * k), (0, 0, 0), 1)
        number = f"{9 - k}" if below else f"{9 - k}E-H"
        cv2.putText(pixels, number, (36 if below else 3, 34 + 45 * k), FONT, 0.4, (0, 0, 0), 1, cv2.LINE_AA)
        if below or k % 2:
            cv2.line(pixels, (70 + 80 * k, 281), (70 + 80 * k, 285), (0, 0, 0), 1)
        if below:
            cv2.putText(pixels, f"{k}0", (60 + 80 * k, 300), FONT, 0.4, (0, 0, 0), 1, cv2.LINE_AA)
    x = np.linspace(60, 480, 200)
    curve = np.stack([x, 150 - 90 * np.sin(x / 70)], axis=1).round().astype(np.int32)
    cv2.polylines(pixels, [curve], False, (30, 120, 180), 2, cv2.LINE_AA)
    matrix = cv2.getRotationMatrix2D(((520 - 1) / 2, (320 - 1) / 2), turn_deg, 1.0)
    turned = cv2.warpAffine(pixels, matrix, (520, 320), flags=cv2.INTER_CUBIC, borderValue=(255, 255, 255))
    return np.asarray(turned, np.uint8)


@pytest.mark.parametrize("turn_deg", [-1.7, 1.2])
def test_tick_marks_and_labels_tell_a_turn_where_no_line_does(turn_deg: float) -> None:
    assert find_turn_deg(print_alone(turn_deg)) == pytest.approx(turn_deg, abs=0.15)


@pytest.mark.parametrize("turn_deg", [-0.8, 1.2])
def test_a_column_of_tick_marks_tells_a_turn_against_the_crests_of_a_curve(turn_deg: float) -> None:
    assert find_turn_deg(print_alone(turn_deg, below=False)) == pytest.approx(turn_deg, abs=0.15)
    assert find_turn_deg(print_alone(0.0, below=False)) == 0.0


def test_straight_print_with_a_rising_line_is_not_turned() -> None:
    pixels = print_alone(0.0)
    cv2.line(pixels, (60, 200), (480, 190), (200, 30, 30), 2, cv2.LINE_AA)
    assert find_turn_deg(pixels) == 0.0
