"""Text is read as printed: numbers, powers, names with their spaces, turned titles."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from calibration.geometry import BoolArray, Box, TextBox
from digitize.ocr import READERS, default_reader
from digitize.ocr.ink import without_rule_ends
from digitize.ocr.pieces import restore_spaces, split_numbers
from digitize.ocr.recorded import RecordedTextReader, write_recording
from digitize.ocr.superscripts import flatten_raised, to_power
from digitize.values import Image

BLANK = Image(pixels=np.full((80, 120, 3), 255, np.uint8))


def figure(*, dark: bool = False, log: bool = False) -> Image:
    """A small matplotlib figure with known texts."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    ground, ink = ("black", "white") if dark else ("white", "black")
    drawing = Figure(figsize=(4.5, 3.2), dpi=110, facecolor=ground)
    FigureCanvasAgg(drawing)
    axes = drawing.add_subplot(facecolor=ground)
    axes.plot([0, 10, 20, 30], [-0.5, 0.2, 0.4, 1.0] if not log else [1, 10, 100, 1000], label="two words")
    axes.set(xlabel="Training steps", ylabel="Mean return", title="Hopper", xticks=[0, 10, 20, 30])
    if log:
        axes.set_yscale("log")
    else:
        axes.set_yticks([-0.5, 0.0, 0.5, 1.0])
    axes.tick_params(colors=ink)
    for text in (axes.xaxis.label, axes.yaxis.label, axes.title):
        text.set_color(ink)
    for spine in axes.spines.values():
        spine.set_color(ink)
    axes.legend(loc="lower right", labelcolor=ink, facecolor=ground)
    drawing.tight_layout()
    stream = io.BytesIO()
    drawing.savefig(stream, facecolor=ground)
    return Image(pixels=np.array(PIL.Image.open(stream).convert("RGB")))


@pytest.mark.parametrize("dark", [False, True])
def test_every_text_of_a_figure_is_read(dark: bool) -> None:
    boxes = default_reader().read(figure(dark=dark))
    numbers = [box.numeric.replace("−", "-").replace("–", "-") for box in boxes]
    for wanted in ("0", "10", "20", "30", "-0.5", "0.0", "0.5", "1.0"):
        assert wanted in numbers
    texts = {box.text: box for box in boxes}
    assert {"Training steps", "Hopper", "two words", "Mean return"} <= set(texts)
    assert texts["Mean return"].angle_deg == 90.0
    assert texts["Training steps"].angle_deg == 0.0


def test_powers_are_read_with_a_caret() -> None:
    boxes = default_reader().read(figure(log=True))
    assert {"10^0", "10^1", "10^2", "10^3"} <= {box.numeric for box in boxes}


def test_blank_picture_has_no_text() -> None:
    assert default_reader().read(BLANK) == ()
    assert READERS["none"]().read(BLANK) == ()


def test_recording_returns_what_was_written(tmp_path: Path) -> None:
    box = TextBox(
        text="10^3", numeric="10^3", box=Box(left=1.5, top=2.5, right=20.5, bottom=9.5), confidence=0.75, angle_deg=90.0
    )
    write_recording([box], tmp_path / "texts.json")
    assert RecordedTextReader(tmp_path / "texts.json").read(BLANK) == (box,)


@pytest.mark.parametrize("content", ["{}", '[{"text": "a"}]', '[{"text": "a", "box": [1, 2, 3]}]', "[3]"])
def test_recording_that_is_none_names_the_fault(tmp_path: Path, content: str) -> None:
    path = tmp_path / "texts.json"
    path.write_text(content)
    with pytest.raises(ValueError, match="text box"):
        RecordedTextReader(path).read(BLANK)


def ink_of(widths: list[tuple[int, int]], columns: int) -> BoolArray:
    ink = np.zeros((12, columns), bool)
    for start, stop in widths:
        ink[1:11, start:stop] = True
    return ink


def test_numbers_side_by_side_are_labels_of_their_own() -> None:
    ink = ink_of([(0, 6), (7, 13), (21, 27), (28, 34)], 34)
    columns = np.array([3, 10, 24, 31]) / 34
    assert split_numbers("1020", columns, ink, 10.0) == [("10", 0, 13), ("20", 21, 34)]
    assert split_numbers("abcd", columns, ink, 10.0) == [("abcd", 0, 34)]
    assert split_numbers("0.20", columns, ink, 10.0) == [("0.20", 0, 34)]


@pytest.mark.parametrize(("gap_px", "kept"), [(3, True), (4, True), (9, False)], ids=["near", "typewriter", "tick"])
def test_a_minus_sign_stands_as_far_from_its_digits_as_they_from_each_other(gap_px: int, kept: bool) -> None:
    letters = np.zeros((10, 60), bool)
    letters[4:6, 0:5] = True
    for k in range(3):
        start = 5 + gap_px + 9 * k  # digits 6 px wide, 3 px apart
        letters[:, start : start + 6] = True
    assert bool(without_rule_ends(letters, 10.0)[:, :5].any()) == kept


def test_dropped_spaces_come_back_between_words_but_not_between_digits() -> None:
    ink = ink_of([(0, 6), (7, 13), (18, 24), (25, 31)], 31)
    columns = np.array([3, 10, 21, 28]) / 31
    assert restore_spaces("abcd", columns, ink, 12.0) == "ab cd"
    assert restore_spaces("1234", columns, ink, 12.0) == "1234"


@pytest.mark.parametrize(
    ("base", "exponent", "power"), [("10", "-3", "10^-3"), ("1O", "⁴", "10^4"), ("2", "8", "2^8"), ("R", "2", None)]
)
def test_base_and_exponent_make_a_power(base: str, exponent: str, power: str | None) -> None:
    assert to_power(base, exponent) == power


def test_superscript_characters_become_a_caret() -> None:
    assert flatten_raised("10⁻³") == "10^-3"
    assert flatten_raised("10⁻-2") == "10^-2"
    assert flatten_raised("R²") == "R²"
