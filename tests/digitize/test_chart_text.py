"""Our own recogniser, on lines drawn by its own generator with fonts that matplotlib brings."""

from __future__ import annotations

import random
from pathlib import Path

import matplotlib
import numpy as np
import pytest

from digitize.ocr.chart_text import read_chart_text
from digitize.ocr.contrast import STRIP_HEIGHT_PX, to_strip
from digitize.ocr.recognizer import read_crops
from digitize.ocr.training.corpus import draw_date, draw_number, to_target
from digitize.ocr.training.drawing import characters_of, draw_crop
from digitize.ocr.training.stray_marks import draw_marks_alone

FONT = str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf")


def drawn(runs: list[tuple[str, int]], size: float = 14.0, seed: int = 0) -> np.ndarray:
    crop = draw_crop(random.Random(seed), runs, FONT, size)
    assert crop is not None
    return crop


def plain(text: str) -> str:
    return text.replace("−", "-").replace("–", "-").replace(" ", "")


@pytest.mark.parametrize(
    ("runs", "text"),
    [
        ([("10", 0), ("3", 1)], "10³"),
        ([("10", 0), ("−4", 1)], "10⁻⁴"),
        ([("2.5 × 10", 0), ("6", 1)], "2.5×10⁶"),
        ([("103", 0)], "103"),
        ([("−0.25", 0)], "-0.25"),
        ([("1e−05", 0)], "1e-05"),
        ([("75%", 0)], "75%"),
    ],
)
def test_exponents_are_told_from_digits_on_the_line(runs: list[tuple[str, int]], text: str) -> None:
    readings = read_chart_text([drawn(runs, seed=seed) for seed in range(5)])
    assert sum(plain(reading.text) == text for reading in readings) >= 4


def test_numbers_of_nine_pixels_and_more_are_read() -> None:
    chance = random.Random(3)
    lines = []
    while len(lines) < 120:
        runs = draw_number(chance) if len(lines) % 4 else [(draw_date(chance), 0)]
        known = {character for text, _ in runs for character in text if character != " "} <= characters_of(FONT)
        crop = draw_crop(chance, runs, FONT, chance.uniform(12.5, 24.0)) if known else None
        if crop is not None:
            lines.append((crop, plain(" ".join(to_target(runs).split()))))
    readings = read_crops([crop for crop, _ in lines])
    right = [plain(reading.text) == text for reading, (_, text) in zip(readings, lines)]
    assert np.mean(right) >= 0.85  # among them some blurred beyond reading


def test_a_crop_without_text_says_nothing() -> None:
    chance = random.Random(5)
    readings = read_chart_text([draw_marks_alone(chance) for _ in range(60)])
    assert sum(not reading.text for reading in readings) >= 54


def test_theme_and_size_do_not_change_the_strip() -> None:
    crop = drawn([("128", 0)], size=20.0)
    strip = to_strip(crop)
    assert strip.shape[0] == STRIP_HEIGHT_PX
    assert strip.min() >= 0.0 and strip.max() <= 1.0
    np.testing.assert_allclose(to_strip(255 - crop), strip, atol=1e-5)


def test_readings_keep_the_order_of_the_crops() -> None:
    values = ["7", "12345678", "0.5", "300000", "42"]
    readings = read_chart_text([drawn([(value, 0)], size=18.0, seed=11) for value in values])
    assert [reading.text for reading in readings] == values
