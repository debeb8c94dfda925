"""Slanted labels are turned level and read again; rows that only seem level, and powers that only seem slanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from PIL import Image as PILImage

from calibration.geometry import Box, TextBox
from digitize.panels.label_ink import measured_labels
from digitize.panels.leaning_ink import leaning_by_ink
from digitize.panels.raised_exponents import levelled_powers
from digitize.panels.slanted_labels import leaning_labels, read_slanted, slanted_alike
from digitize.values import Image

PLACES_PX = (60.0, 140.0, 220.0, 300.0)


def picture(canvas: Figure) -> Image:
    file = BytesIO()
    canvas.savefig(file, format="png")
    return Image(pixels=np.asarray(PILImage.open(file).convert("RGB")))


def places_asked(canvas: Figure, bottom_px: float, text_height_px: float, turn_deg: float) -> list[Box]:
    """The places that are looked at below an axes box."""
    asked: list[Box] = []

    def read_at(_: Image, places: Sequence[Box], _angle_deg: float) -> list[TextBox]:
        asked.extend(places)
        return []

    box = Box(left=20.0, right=380.0, top=10.0, bottom=bottom_px)
    read_slanted(picture(canvas), "bottom", box, text_height_px, read_at, turn_deg)
    return asked


@pytest.mark.parametrize("spine", [False, True], ids=["", "spine off the box"])
@pytest.mark.parametrize("turn_deg", [0.0, 30.0, 45.0, 90.0])
def test_slanted_labels_are_found_level_and_put_back_where_they_stand(turn_deg: float, spine: bool) -> None:
    canvas = Figure(figsize=(4, 2), dpi=100)
    if spine:  # it touches upright labels
        canvas.add_artist(Line2D([0.05, 0.95], [0.49, 0.49], color="k", linewidth=1.0))
    for place in PLACES_PX:
        canvas.text(place / 400, 0.4, "2400", rotation=turn_deg, ha="center", va="center", fontsize=11)
    image = picture(canvas)

    def read_at(_: Image, places: Sequence[Box], angle_deg: float) -> list[TextBox]:
        assert angle_deg == 0.0
        return [TextBox(text="2400", box=place, confidence=0.9) for place in places if place.height_px < 40]

    box = Box(left=20.0, right=380.0, top=10.0, bottom=75.0)
    level = read_slanted(image, "bottom", box, 11.0, read_at, turn_deg)
    assert {text.angle_deg for text in level} == {turn_deg}
    assert [text.box.centre[0] for text in level] == pytest.approx(PLACES_PX, abs=2.0)
    assert [text.box.centre[1] for text in level] == pytest.approx([120.0] * 4, abs=3.0)


def label(word: str, width_px: float, height_px: float, angle_deg: float = 0.0) -> TextBox:
    box = Box(left=0.0, right=width_px, top=0.0, bottom=height_px)
    return TextBox(text=word, box=box, confidence=0.9, angle_deg=angle_deg)


def test_labels_that_grow_in_both_directions_are_slanted() -> None:
    row = [label("-180", 44, 42), label("-90", 32, 28), label("0", 14, 16), label("90", 22, 23)]
    assert all(30 < one.angle_deg < 50 for one in leaning_labels(row))
    level = [label("-180", 44, 12), label("-90", 32, 12), label("0", 14, 12)]
    assert leaning_labels(level) == level


def test_level_labels_one_of_which_has_other_ink_in_its_box_are_not_slanted() -> None:
    row = [label("May 15", 50, 22), label("Jun 01", 45, 14), label("Jun 15", 45, 14)]
    assert leaning_labels(row) == row
    powers = [label("10^0", 22, 14), label("10^1", 24, 19), label("10^2", 22, 14), label("10^3", 23, 16)]
    assert leaning_labels(powers) == powers


def test_labels_beside_slanted_ones_that_are_too_high_for_level_print_are_slanted_too() -> None:
    row = [label("360", 22, 26), label("90", 20, 20, 45.0), label("-90", 20, 25), label("0", 10, 9)]
    row = [replace(one, height_px=10.0) if one.angle_deg else one for one in row]
    assert [one.angle_deg for one in slanted_alike(row)] == [45.0, 45.0, 45.0, 0.0]


def test_a_raised_exponent_does_not_make_a_label_slanted() -> None:
    wide, high = label("e^-3", 25, 17, 22.0), label("e^-3", 25, 24, 30.0)
    assert [one.angle_deg for one in levelled_powers([wide, high])] == [0.0, 30.0]
    years = [label("2020", 48, 37, 30.0), label("1000", 48, 37, 30.0)]
    assert levelled_powers(years) == years


def slanted_row(words: Sequence[str], turn_deg: float) -> tuple[np.ndarray, list[TextBox]]:
    """Words drawn at a turn, and boxes some pixels off their ink that say they are level."""
    canvas = Figure(figsize=(4, 2), dpi=100)
    for place, word in zip(PLACES_PX, words, strict=True):
        canvas.text(place / 400, 0.5, word, rotation=turn_deg, ha="center", va="center", fontsize=11)
    file = BytesIO()
    canvas.savefig(file, format="png")
    pixels = np.asarray(PILImage.open(file).convert("RGB"))
    found = []
    for place, word in zip(PLACES_PX, words, strict=True):
        ink = np.argwhere(pixels[:, round(place) - 38 : round(place) + 38].min(axis=2) < 128)
        (top, left), (bottom, right) = ink.min(axis=0), ink.max(axis=0)
        box = Box(left=left + place - 38.5, right=right + place - 37.5, top=top - 0.5, bottom=bottom + 0.5)
        found.append(TextBox(text=word, box=box, confidence=0.9))
    return pixels, found


@pytest.mark.parametrize("turn_deg", [0.0, 30.0, 45.0])
def test_short_labels_of_one_length_show_their_turn_by_their_ink(turn_deg: float) -> None:
    pixels, labels = slanted_row(["0.2", "0.3", "0.4", "0.5"], turn_deg)
    leaning = leaning_by_ink(pixels, labels)
    assert [one.angle_deg for one in leaning] == pytest.approx([turn_deg] * 4, abs=5.0)
    assert all(one.height_px < 13 for one in leaning)


def test_slanted_labels_are_measured_by_their_ink_however_wide_their_boxes_are() -> None:
    pixels, labels = slanted_row(["1200", "0.3", "0.4", "0.5"], 45.0)
    loose = [replace(one, box=one.box.expanded(4.0), angle_deg=45.0, height_px=11.0) for one in labels]
    for one, tight in zip(measured_labels(pixels, loose), labels, strict=True):
        assert one.box.as_list() == pytest.approx(tight.box.as_list(), abs=1.0)


@pytest.mark.parametrize("turn_deg", [45.0, 90.0])
def test_small_turned_labels_are_enlarged_and_keep_their_signs_and_pi(turn_deg: float) -> None:
    pytest.importorskip("onnxruntime")
    from digitize.ocr.rapidocr import RapidTextReader

    words = ["\u221275", "\u221225", "0", "2\u03c0"]
    canvas = Figure(figsize=(4, 2), dpi=100)
    for place, word in zip(PLACES_PX, words, strict=True):
        canvas.text(place / 400, 0.45, word, rotation=turn_deg, ha="center", va="center", fontsize=7)
    image = picture(canvas)
    box = Box(left=20.0, right=380.0, top=10.0, bottom=94.0)
    found = read_slanted(image, "bottom", box, 7.0, RapidTextReader().read_at, turn_deg)
    assert [one.text.replace("-", "\u2212") for one in sorted(found, key=lambda one: one.box.left)] == words
    assert [one.box.centre[0] for one in sorted(found, key=lambda one: one.box.left)] == pytest.approx(PLACES_PX, abs=2)
    assert all(one.height_px < 10.0 for one in found)


def test_a_unit_behind_a_space_is_of_its_label_and_a_tick_mark_is_not() -> None:
    canvas = Figure(figsize=(4, 2), dpi=100)
    for place in PLACES_PX:
        canvas.text(place / 400, 0.45, "2.5 m", rotation=90, ha="center", va="center", fontsize=11)
        canvas.text(place / 400, 0.73, "|", ha="center", va="center", fontsize=6)
    asked = places_asked(canvas, 40.0, 11.0, 90.0)
    long = [place for place in asked if place.width_px > 7 * 11.0]  # enlarged, and with a margin
    assert len(long) == len(PLACES_PX)
    assert all(place.width_px < 9.5 * 11.0 for place in long)


@pytest.mark.parametrize("turn_deg", [45.0, 90.0])
def test_an_exponent_and_its_low_base_are_at_one_place(turn_deg: float) -> None:
    canvas = Figure(figsize=(4, 2), dpi=100)
    for place in PLACES_PX:
        canvas.text(place / 400, 0.4, "$e^{-2}$", rotation=turn_deg, ha="center", va="center", fontsize=14)
    asked = places_asked(canvas, 75.0, 13.0, turn_deg)
    assert len(asked) == len(PLACES_PX)
    assert all(place.width_px > 25.0 for place in asked)
