"""Minus signs that were not read are seen as strokes."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from PIL import Image as PILImage

from calibration.geometry import Box, Side, TextBox
from digitize.panels.minus_signs import with_signs

HEIGHT_PX = 11.0


def drawn(words: list[str], *, tick: bool = False) -> tuple[np.ndarray, list[TextBox]]:
    """Numbers below each other, their digits beginning at x = 60, with boxes around the digits alone."""
    canvas = Figure(figsize=(2, 2), dpi=100)
    labels = []
    for k, word in enumerate(words):
        y = 30 + 40 * k
        if word.startswith("-"):
            canvas.text(0.295, 1 - y / 200, "\u2212", ha="right", va="center_baseline", fontsize=11)
        if tick:
            canvas.add_artist(Line2D([0.19, 0.21], [1 - y / 200] * 2, color="k", linewidth=0.8))
        canvas.text(0.3, 1 - y / 200, word.lstrip("-"), va="center_baseline", fontsize=11)
        digits = word.lstrip("-")
        box = Box(left=60.0, right=60.0 + 9 * len(digits), top=y - HEIGHT_PX / 2, bottom=y + HEIGHT_PX / 2)
        labels.append(TextBox(text=digits, confidence=0.9, box=box))
    file = BytesIO()
    canvas.savefig(file, format="png")
    return np.asarray(PILImage.open(file).convert("RGB")), labels


@pytest.mark.parametrize("side", ["left", "right"])
def test_strokes_before_some_numbers_are_minus_signs(side: Side) -> None:
    pixels, labels = drawn(["40", "0", "-40", "-80"])
    found = with_signs(pixels, side, labels)
    assert [one.text for one in found] == ["40", "0", "\u221240", "\u221280"]
    assert found[2].box.left < labels[2].box.left


def test_numbers_without_strokes_stay_as_they_are() -> None:
    pixels, labels = drawn(["40", "20", "0"])
    assert with_signs(pixels, "left", labels) == labels


def test_strokes_before_all_numbers_on_the_right_are_ticks_unless_ticks_stand_before_them() -> None:
    words = ["-40", "-80", "-90"]
    pixels, labels = drawn(words)
    assert with_signs(pixels, "right", labels) == labels
    pixels, labels = drawn(words, tick=True)
    assert [one.text for one in with_signs(pixels, "right", labels)] == ["\u221240", "\u221280", "\u221290"]


def test_a_stroke_before_a_zero_is_a_tick_and_so_are_the_others_on_the_right() -> None:
    pixels, labels = drawn(["-40", "-20", "-0"])
    assert with_signs(pixels, "right", labels) == labels


def test_strokes_that_come_and_go_along_the_right_are_ticks() -> None:
    pixels, labels = drawn(["-40", "20", "-10", "-5"])
    assert with_signs(pixels, "right", labels) == labels


def test_the_sign_before_a_pi_is_as_wide_as_those_before_digits() -> None:
    pixels, labels = drawn(["2", "1", "0", "-1"])
    pi = replace(labels[3], text="\u03c0", box=replace(labels[3].box, top=labels[3].box.top + 3), height_px=8.0)
    tall = [replace(one, height_px=HEIGHT_PX) for one in labels[:3]]
    assert [one.text for one in with_signs(pixels, "left", [*tall, pi])] == ["2", "1", "0", "\u2212\u03c0"]
