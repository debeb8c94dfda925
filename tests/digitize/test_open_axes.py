"""Axes whose only lines are their tick marks, or whose spines stand apart, are found; the text is given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from calibration.geometry import Box, TextBox
from digitize.panels import CalibratedPanel, find_panels
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


def test_a_label_over_the_end_of_a_moved_spine_leaves_the_spine_whole() -> None:
    figure, (axes,) = new_figure(size=(5.2, 4.5))
    plot(axes)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_position(("outward", 8))
    axes.tick_params(axis="x", rotation=90)
    axes.set_xlim(0, 100)
    image, texts = drawn(figure)
    # boxes of texts are often larger than their ink
    grown = [
        TextBox(text=t.text, box=t.box.expanded(5.0), confidence=0.9, angle_deg=t.angle_deg, height_px=t.height_px)
        if t.angle_deg else t
        for t in texts
    ]  # fmt: skip
    (found,) = find_panels(image, grown)
    assert_ends(found, axes, image.height_px)


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
