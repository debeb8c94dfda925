"""Gridlines that were read as characters are no texts."""

from __future__ import annotations

import numpy as np

from calibration.geometry import Box, TextBox
from digitize.panels.line_pieces import without_line_pieces


def stroke(x: float, y: float, word: str = "1") -> TextBox:
    box = Box(left=x - 2.0, right=x + 2.0, top=y - 5.0, bottom=y + 5.0)
    return TextBox(text=word, box=box, confidence=0.9, height_px=10.0)


def test_strokes_on_lines_are_pieces_of_them_and_ones_between_are_not() -> None:
    pixels = np.full((200, 200, 3), 255, np.uint8)
    pixels[:, 50] = pixels[:, 120] = 170
    pixels[96:105, 80] = 60
    pieces = [stroke(50, 60), stroke(50, 120, "\u5341"), stroke(120, 60, "11"), stroke(120, 140, "\\ |")]
    label, word = stroke(80, 100), stroke(50, 90, "7")
    assert without_line_pieces(pixels, [*pieces, label, word]) == [label, word]


def test_a_single_one_on_a_gridline_stays() -> None:
    pixels = np.full((200, 200, 3), 255, np.uint8)
    pixels[:, 50] = 170
    texts = [stroke(50, 60), stroke(80, 60, "2")]
    assert without_line_pieces(pixels, texts) == texts
