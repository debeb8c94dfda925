"""Axes whose only lines are their tick marks, or whose spines stand apart, are found; the text is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from calibration.geometry import Box, TextBox
from calibration.tick_rows import find_tick_rows
from digitize.panels import CalibratedPanel, find_panels
from digitize.panels.edge_labels import _lost_digit
from digitize.panels.ground_boxes import find_ground_boxes
from digitize.panels.tick_labels import lost_part, read_beside_ticks, tick_marks
from digitize.values import Image
from tests.digitize.test_panels import drawn, new_figure, plot


class Retelling:
    """Reads again what stands at a place as it is known to be printed; counts how often it was asked."""

    def __init__(self, texts: Sequence[TextBox]) -> None:
        self.texts, self.asked = texts, 0

    def read_at(self, image: Image, places: Sequence[Box], angle_deg: float = 0.0) -> tuple[TextBox, ...]:
        self.asked += len(places)
        inked = [text for text in self.texts if np.ptp(image.pixels[text.box.slices(image.pixels.shape)]) > 60]
        return tuple(text for place in places for text in inked if place.contains(*text.box.centre))


def open_axes(axes: Any, direction: str = "out") -> None:
    axes.spines[:].set_visible(False)
    axes.tick_params(direction=direction)


def assert_ends(one: CalibratedPanel, axes: Any, height_px: int) -> None:
    left, bottom, right, top = axes.get_window_extent().extents
    assert one.calibration is not None
    for axis, ends, values in (
        (one.calibration.x, (left - 0.5, right - 0.5), axes.get_xlim()),
        (one.calibration.y, (height_px - bottom - 0.5, height_px - top - 0.5), axes.get_ylim()),
    ):
        np.testing.assert_allclose(axis.to_pixel(values), ends, atol=1.5)


@pytest.mark.parametrize("direction", ["out", "in", "inout"])
def test_tick_marks_alone_make_a_panel(direction: str) -> None:
    figure, (axes,) = new_figure()
    plot(axes)
    open_axes(axes, direction)
    image, texts = drawn(figure)
    (found,) = find_panels(image, texts)
    assert_ends(found, axes, image.height_px)
    extent = axes.get_window_extent()
    assert found.panel.axes.width_px == pytest.approx(extent.width, rel=0.1)
    assert found.panel.axes.height_px == pytest.approx(extent.height, rel=0.1)


def test_two_labels_on_top_are_enough_where_tick_marks_tell_the_rest() -> None:
    figure, (axes,) = new_figure()
    plot(axes)
    open_axes(axes)
    axes.xaxis.tick_top()
    axes.set_xticks([20, 70])
    image, texts = drawn(figure)
    (found,) = find_panels(image, texts)
    assert_ends(found, axes, image.height_px)


def misread(texts: Sequence[TextBox], wanted: Sequence[str], before: str, behind: str, px: float) -> list[TextBox]:
    """Texts of which some were read together with the tick mark before or behind them."""
    found = []
    for text in texts:
        if text.text in wanted:
            box = text.box
            box = Box(
                left=box.left - px * bool(before), right=box.right + px * bool(behind), top=box.top, bottom=box.bottom
            )
            text = TextBox(text=before + text.text + behind, box=box, confidence=0.9, height_px=text.height_px)
        found.append(text)
    return found


def test_a_label_read_with_its_tick_mark_is_read_again_without_it() -> None:
    figure, (axes,) = new_figure()
    plot(axes, 1000.0)
    open_axes(axes)
    image, texts = drawn(figure)
    reader: Any = Retelling(texts)
    read = misread(texts, ["200", "400", "600", "1000"], "", "2", 8.0)
    (found,) = find_panels(image, read, reader)
    assert reader.asked
    assert_ends(found, axes, image.height_px)
    assert found.calibration is not None
    assert not found.calibration.y.rejected


@pytest.mark.parametrize("gridlines", [True, False])
def test_tick_marks_of_a_second_axis_without_a_spine_are_no_minus_signs(gridlines: bool) -> None:
    figure, (axes,) = new_figure()
    plot(axes)
    axes.set_ylim(0, 1.05)
    axes.grid(gridlines)
    axes.spines[["top", "right"]].set_visible(False)
    twin = axes.twinx()
    twin.plot([0, 100], [20, 90], color="C1")
    twin.set_ylim(15, 95)
    twin.spines[:].set_visible(False)
    image, texts = drawn(figure)
    words = [str(value) for value in range(20, 100, 10)]
    right = [text for text in texts if text.box.left > axes.get_window_extent().x1]
    rest = [text for text in texts if text not in right]
    reader: Any = Retelling(texts)
    (found,) = find_panels(image, [*rest, *misread(right, words, "-", "", 8.0)], reader)
    assert found.calibration is not None
    assert found.calibration.twin_y is not None
    assert sorted(label.value for label in found.calibration.twin_y.used) == [float(word) for word in words]


def test_minus_signs_in_line_are_no_tick_marks() -> None:
    figure, (axes,) = new_figure()
    axes.plot([0, 100], [-90, -20])
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    axes.yaxis.tick_right()
    axes.tick_params(length=0)
    axes.grid(True)
    image, texts = drawn(figure)
    reader: Any = Retelling(texts)
    (found,) = find_panels(image, texts, reader)
    assert found.calibration is not None
    assert all(label.value < 0 for label in found.calibration.y.used)


def test_a_broken_axis_is_two_panels_though_its_spines_run_on() -> None:
    figure, (upper, lower) = new_figure(2, 1, size=(6.4, 5.0), sharex=True, gridspec_kw={"hspace": 0.1})
    upper.plot([0, 100], [0, 250])
    lower.plot([0, 100], [0.42, 0.54])
    upper.spines["bottom"].set_visible(False)
    lower.spines["top"].set_visible(False)
    upper.tick_params(axis="x", length=0)
    image, texts = drawn(figure)
    above, below = upper.get_window_extent(), lower.get_window_extent()
    left, right = round(below.x0 - 0.5), round(below.x1 - 0.5)
    top, bottom = round(image.height_px - above.y0), round(image.height_px - below.y1)
    for column in (left, right):  # cut marks, and what compression makes of them
        image.pixels[top - 2 : bottom + 2, column] = 60
    found = find_panels(image, texts)
    assert len([one for one in found if one.calibration]) == 2
    for one, axes in zip(found, (upper, lower), strict=True):
        assert_ends(one, axes, image.height_px)


def test_two_spines_whose_labels_cannot_be_read_are_a_refused_panel() -> None:
    figure, (axes,) = new_figure()
    plot(axes)
    axes.spines[["top", "right"]].set_visible(False)
    image, _ = drawn(figure)
    (found,) = find_panels(image, [])
    assert found.calibration is None
    assert {finding.code for finding in found.findings} == {"axis-refused"}


def test_a_ground_of_another_colour_is_a_panel_where_its_edges_are_too_ragged_for_lines() -> None:
    rng = np.random.default_rng(3)
    pixels = np.full((300, 420, 3), 255, np.uint8)
    for row in range(30, 250):
        left, right = rng.integers(-2, 3, 2)
        pixels[row, 70 + left : 391 + right] = 232
    for column in range(66, 396):
        above, below = rng.integers(-2, 3, 2)
        pixels[28 : 30 + above, column] = pixels[250 + below : 252, column] = 255
    (found,) = find_ground_boxes(pixels, (), 10.0)
    np.testing.assert_allclose(found.box.as_list(), [69.5, 29.5, 390.5, 249.5], atol=2.5)
    assert find_ground_boxes(pixels, [found], 10.0) == ()


def test_tick_marks_stand_in_the_corners_of_the_boxes_of_slanted_labels() -> None:
    pixels = np.full((300, 400, 3), 255, np.uint8)
    texts = []
    for x in (80, 160, 240, 320):
        pixels[262:268, x] = 0
        cv2.putText(pixels, "/", (x - 20, 285), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 1)
        box = Box(left=x - 35.0, right=x + 15.0, top=260.0, bottom=305.0)
        texts.append(TextBox(text="-10^1", box=box, confidence=0.9, angle_deg=45.0, height_px=16.0))
    (row,) = [row for row in find_tick_rows(pixels, 11.0) if row.upright]
    assert tick_marks(pixels, [row], texts, 11.0) == [row]
    level = [replace(text, angle_deg=0.0) for text in texts]
    assert tick_marks(pixels, [row], level, 11.0) == []


@pytest.mark.parametrize("labelled", [True, False])
def test_the_sign_of_an_x_label_in_line_with_the_tick_marks_of_y_is_none_of_them(labelled: bool) -> None:
    pixels = np.full((300, 400, 3), 255, np.uint8)
    for x in (60, 140, 220):
        pixels[251:257, x] = 0
    for y in (40, 90, 140, 190, 268):
        pixels[y, 50:56] = 0
    pixels[263:273, 59:66] = 0 if labelled else 255
    marks = tick_marks(pixels, find_tick_rows(pixels, 10.0), [], 10.0)
    counts = {mark.upright: len(mark.strokes) for mark in marks}
    assert counts == {True: 3, False: 4 if labelled else 5}


@pytest.mark.parametrize("spine", [True, False])
def test_signs_of_labels_that_read_upward_are_no_tick_marks(spine: bool) -> None:
    """They stand in line below the labels; an axis lies above those."""
    pixels = np.full((300, 400, 3), 255, np.uint8)
    pixels[220, 30:380] = 0 if spine else 255
    texts = []
    for x in (60, 140, 220):
        pixels[262:268, x] = 0
        pixels[232:258, x - 4 : x + 5 : 2] = 0
        box = Box(left=x - 5.0, right=x + 5.0, top=231.0, bottom=269.0)
        texts.append(TextBox(text="-100", box=box, confidence=0.9, angle_deg=90.0, height_px=10.0))
    (row,) = [row for row in find_tick_rows(pixels, 10.0) if row.upright]
    assert tick_marks(pixels, [row], texts, 10.0) == ([] if spine else [row])
    words = [replace(text, text="100") for text in texts]
    assert tick_marks(pixels, [row], words, 10.0) == [row]


def test_signs_as_long_as_tick_marks_stand_behind_them() -> None:
    """Hyphens are about as long as tick marks are; all labels have one."""
    pixels = np.full((300, 400, 3), 255, np.uint8)
    for x in (60, 140, 220):
        pixels[262:268, x] = 0
    texts = []
    for place in (40, 90, 140, 190):
        pixels[place, 300:306] = pixels[place, 314:320] = 0
        pixels[place - 5 : place + 5, 323:330] = 0
        box = Box(left=313.5, right=329.5, top=place - 5.5, bottom=place + 4.5)
        texts.append(TextBox(text="-8", box=box, confidence=0.9))
    marks = tick_marks(pixels, find_tick_rows(pixels, 10.0), texts, 10.0)
    assert sorted((mark.upright, mark.near_px) for mark in marks) == [(False, 299.5), (True, 261.5)]


def test_signs_in_line_with_each_other_stay_where_labels_end_at_one_place() -> None:
    """Tick marks of an x axis are as long as the hyphens of labels on the left, -100 and 0 tell which is which."""
    pixels = np.full((300, 400, 3), 255, np.uint8)
    for x in (60, 140, 220):
        pixels[262:268, x] = 0
    texts = []
    for place, word, first in ((40, "0", 37), (90, "-25", 30), (140, "-50", 30), (190, "-75", 30), (240, "-100", 23)):
        pixels[place - 5 : place + 5, first:44] = 0
        left = first - 8 if word != "0" else first
        if word != "0":
            pixels[place, left : left + 6] = 0
        box = Box(left=left - 0.5, right=43.5, top=place - 5.5, bottom=place + 4.5)
        texts.append(TextBox(text=word, box=box, confidence=0.9))
    marks = tick_marks(pixels, find_tick_rows(pixels, 10.0), texts, 10.0)
    assert [mark.upright for mark in marks] == [True]
    assert len(tick_marks(pixels, find_tick_rows(pixels, 10.0), [], 10.0)) == 2


@pytest.mark.parametrize(("direction", "side"), [("in", "left"), ("out", "left"), ("in", "right")])
def test_labels_read_with_the_spine_are_read_again_without_it(direction: str, side: str) -> None:
    figure, (axes,) = new_figure()
    plot(axes, 36.0)
    axes.tick_params(axis="y", direction=direction)
    if side == "right":
        axes.yaxis.tick_right()
    image, texts = drawn(figure)
    words = ["5", "10", "15", "20", "25", "30", "35"]
    extent = axes.get_window_extent()
    beside = [t for t in texts if (t.box.right < extent.x0 if side == "left" else t.box.left > extent.x1)]
    column = [text for text in beside if text.text in words]
    rest = [text for text in texts if text not in column]
    reader: Any = Retelling(texts)
    read = misread(column, words, "", "L", 12.0) if side == "left" else misread(column, words, "1", "", 12.0)
    (found,) = find_panels(image, [*rest, *read], reader)
    assert reader.asked
    assert_ends(found, axes, image.height_px)
    assert found.calibration is not None
    assert {label.text for label in found.calibration.y.used} >= set(words)


def test_a_slanted_label_keeps_its_sign_beside_a_tick_mark() -> None:
    pixels = np.full((300, 400, 3), 255, np.uint8)
    texts = []
    for x, word in ((60, "-1.5"), (140, ", -1.0"), (220, "-0.5 -")):
        pixels[262:268, x] = 0
        box = Box(left=x - 20.0, right=x + 4.0, top=262.0, bottom=290.0)
        texts.append(TextBox(text=word, box=box, confidence=0.9, angle_deg=45.0, height_px=10.0))
    marks = tick_marks(pixels, find_tick_rows(pixels, 10.0), texts, 10.0)
    reader: Any = Retelling(texts)
    mended = read_beside_ticks(Image(pixels=pixels), texts, marks, 10.0, reader.read_at)
    assert [one.text for one in mended] == ["-1.5", "-1.0", "-0.5"]


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [("80", "8", True), ("481", "48", False), ("7.5k", "7.5", True), ("-5", "5", True), ("90 F", "90", False)],
)
def test_a_spine_may_be_taken_off_a_label_but_no_digit(before: str, after: str, lost: bool) -> None:
    box = Box(left=0.0, right=10.0, top=0.0, bottom=10.0)
    new = [TextBox(text=after, box=box, confidence=0.9)]
    assert (lost_part(new, before) or _lost_digit(new, before)) == lost
