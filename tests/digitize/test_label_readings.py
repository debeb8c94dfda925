"""Labels of a few pixels are read by the network that knows nothing else, and what it is unsure of is voted on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from calibration.axis import calibrate_axis
from calibration.geometry import Box, ByteArray, TextBox
from digitize.ocr import rapidocr
from digitize.ocr.label_network import read_label_crops, to_rows
from digitize.ocr.label_readings import LabelPlace, level_quad, with_label_readings
from digitize.ocr.recognizer import Reading, read_crops
from digitize.values import Image

LABELS = {
    "0": "0", "7": "7", "25": "25", "-150": "-150", "0.25": "0.25", "-0.6": "-0.6", "1,200": "1,200", "0,75": "0,75",
    "80%": "80%", r"\$450": "$450", "2.5M": "2.5M", "300k": "300k", "45°": "45°", "1e-05": "1e-05", "2016": "2016",
    "$10^{-3}$": "10^-3", "$10^{5}$": "10^5", "$2^{8}$": "2^8", "3π/2": "3π/2", "$\\times10^{6}$": "×10^6",
    "3.0e+04": "3.0e+04",
}  # fmt: skip
ROW_HEIGHTS, LEFT_HEIGHTS = 3.0, 2.0


def drawn(words: list[str], digit_px: float, font: str) -> tuple[ByteArray, list[TextBox]]:
    """The words below each other, and where the ink of each lies."""
    canvas = Figure(figsize=(20 * digit_px / 72, ROW_HEIGHTS * digit_px * (len(words) + 1) / 72), dpi=72)
    agg = FigureCanvasAgg(canvas)
    high = canvas.bbox.height
    for row, word in enumerate(words, 1):
        canvas.text(LEFT_HEIGHTS * digit_px / canvas.bbox.width, 1.0 - ROW_HEIGHTS * digit_px * row / high, word,
                    fontsize=digit_px / 0.73, family=font)  # fmt: skip
    agg.draw()
    pixels = np.asarray(agg.buffer_rgba())[..., :3].copy()
    ink = (pixels.min(axis=2) < 200)
    texts = []
    for row in range(1, len(words) + 1):
        top, bottom = (round(digit_px * (ROW_HEIGHTS * row + part)) for part in (-2.0, 1.0))
        rows, cols = np.nonzero(ink[top:bottom])
        low, high_row = top + rows.min(), top + rows.max()
        box = Box(left=cols.min() - 0.5, right=cols.max() + 0.5, top=low - 0.5, bottom=high_row + 0.5)
        texts.append(TextBox(text="~", box=box, confidence=0.0))
    return pixels, texts


def read(words: list[str], digit_px: float, font: str) -> list[TextBox]:
    pixels, texts = drawn(words, digit_px, font)
    return with_label_readings(pixels, texts, [LabelPlace(quad=level_quad(text)) for text in texts])


@pytest.mark.parametrize("font", ["DejaVu Sans", "STIXGeneral", "DejaVu Sans Mono"])
@pytest.mark.parametrize(("digit_px", "least"), [(5.0, 0.75), (6.0, 0.85), (7.0, 0.9)])
def test_labels_of_few_pixels_are_read(digit_px: float, least: float, font: str) -> None:
    said = [text.text for text in read(list(LABELS), digit_px, font)]
    wrong = {word: text for word, text in zip(LABELS.values(), said, strict=True) if word != text}
    assert len(wrong) <= (1.0 - least) * len(LABELS), wrong


def test_words_are_left_to_the_general_reader() -> None:
    words = ["Loss", "Epoch", "north", "accuracy"]
    pixels, texts = drawn(words, 6.0, "DejaVu Sans")
    general = [TextBox(text=word, box=text.box, confidence=0.9) for word, text in zip(words, texts, strict=True)]
    assert with_label_readings(pixels, general, [LabelPlace(quad=level_quad(text)) for text in texts]) == general


def test_ink_is_told_from_its_ground_whatever_their_colours() -> None:
    pixels, texts = drawn(["0.25"], 8.0, "DejaVu Sans")
    crop = pixels[texts[0].box.expanded(3, 3).slices(pixels.shape)]
    coloured = (255 - 0.6 * (255 - crop.astype(float)) * [1.0, 0.5, 0.2]).astype(np.uint8)
    for other in (255 - crop, coloured):
        assert np.abs(to_rows(other).astype(int) - to_rows(crop)).max() <= 8
    assert read_label_crops([crop])[0].texts[0] == "0.25"


def test_the_row_decides_between_readings_that_the_pixels_leave_open() -> None:
    def label(words: str, x: float, others: tuple[tuple[str, float], ...] = ()) -> TextBox:
        box = Box(left=x - 6, right=x + 6, top=100, bottom=106)
        return TextBox(text=words, box=box, confidence=0.8, others=others)

    row = [label("0", 10), label("20", 60), label("48", 110, (("40", 0.3),)), label("60", 160)]
    row.append(label("88", 210, (("80", 1.0),)))
    axis = calibrate_axis("bottom", row, ())
    assert [used.value for used in axis.used] == [0, 20, 40, 60, 80]
    assert not axis.rejected


def test_labels_beyond_doubt_are_not_shown_to_the_general_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[ByteArray] = []

    def read_and_count(crops: Sequence[ByteArray]) -> list[Reading]:
        shown.extend(crops)
        return read_crops(crops)

    monkeypatch.setattr(rapidocr, "read_crops", read_and_count)
    words = ["Reward", "1,200", "0.25", "$10^{5}$", "75%", "15 May", "-150"]
    texts = rapidocr.RapidTextReader().read(Image(pixels=drawn(words, 11.0, "DejaVu Sans")[0]))
    assert {text.text for text in texts} == {"Reward", "1,200", "0.25", "10^5", "75%", "15 May", "-150"}
    assert 2 <= len(shown) <= 4
