"""Factors in small print are read at several sizes, and count as most of them have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from calibration.geometry import Box, TextBox
from calibration.titles import read_offset
from digitize.panels.small_print import with_small_print
from digitize.values import Image

IMAGE = Image(pixels=np.full((40, 80, 3), 255, np.uint8))
SIX, EIGHT, BROKEN = ("+3.4\u00d710\u2076",) * 2, ("+3.4\u00d710\u2078",) * 2, ("+3.4\u00d710\u201c", "+3.4\u00d710")


def small(word: str, height_px: float = 7.0) -> TextBox:
    box = Box(left=10.0, right=50.0, top=10.0, bottom=17.0)
    return TextBox(text=word, numeric="", box=box, confidence=0.9, height_px=height_px)


def again(text: TextBox, readings: Sequence[Sequence[str]]) -> str:
    (found,) = with_small_print(IMAGE, [text], lambda _image, _text: readings)
    return found.text


def test_most_of_the_readings_that_say_anything_count() -> None:
    assert again(small("+3.4\u00d710\u201c"), [SIX, SIX, BROKEN, BROKEN, SIX, EIGHT]) == SIX[0]


@pytest.mark.parametrize("readings", [[SIX, BROKEN, BROKEN, BROKEN], [SIX, EIGHT, SIX, EIGHT], [BROKEN] * 4])
def test_few_readings_or_ones_that_disagree_tell_nothing(readings: list[tuple[str, str]]) -> None:
    assert again(small("+3.4\u00d710\u201c"), readings) == "+3.4\u00d710\u201c"


def test_titles_count_by_their_factor() -> None:
    assert again(small("Loss [10\u201c]"), [("Loss [10\u2076]", "")] * 3) == "Loss [10\u2076]"


@pytest.mark.parametrize("text", [small("Loss"), small("10^3"), small("+3.4\u00d710^6", 20.0)])
def test_words_labels_and_large_print_are_not_read_again(text: TextBox) -> None:
    assert again(text, [SIX] * 4) == text.text


def test_large_print_that_lost_its_point_is_read_again() -> None:
    assert again(small("+34\u00d710^6", 20.0), [SIX] * 4) == SIX[0]


def test_the_reader_looks_closely_at_small_print() -> None:
    pytest.importorskip("onnxruntime")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from digitize.ocr.rapidocr import RapidTextReader

    canvas = FigureCanvasAgg(Figure(figsize=(1.6, 0.6), dpi=100))
    canvas.figure.text(0.5, 0.5, "$\\times10^{-5}$", fontsize=8, ha="center", va="center")
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3].copy()
    rows, columns = np.nonzero(pixels.min(axis=2) < 200)
    box = Box(left=columns.min() - 0.5, right=columns.max() + 0.5, top=rows.min() - 0.5, bottom=rows.max() + 0.5)
    text = TextBox(text="\u00d710$", box=box, confidence=0.9, height_px=box.height_px)
    (read,) = with_small_print(Image(pixels=pixels), [text], RapidTextReader().read_closely)
    assert read_offset(read.text) == pytest.approx((1e-5, 0.0))
    turned = Image(pixels=np.ascontiguousarray(np.rot90(pixels)))
    width = pixels.shape[1]
    upward = Box(left=box.top, right=box.bottom, top=width - 1 - box.right, bottom=width - 1 - box.left)
    (read,) = with_small_print(turned, [replace(text, box=upward, angle_deg=90.0)], RapidTextReader().read_closely)
    assert read_offset(read.text) == pytest.approx((1e-5, 0.0))
