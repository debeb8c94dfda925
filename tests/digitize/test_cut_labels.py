"""Labels beside which there is ink of theirs that was not read."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from calibration.geometry import Box, TextBox
from digitize.panels.axes_boxes import AxesBox
from digitize.panels.axis_reader import AxisReader
from digitize.panels.cut_labels import cut_findings, cut_labels

AXES = Box(left=20.0, right=280.0, top=10.0, bottom=100.0)


def drawn(words: list[str]) -> tuple[np.ndarray, list[TextBox]]:
    """A spine with ticks and labels below it, and where all the ink of each label lies."""
    pixels = np.full((140, 300, 3), 255, np.uint8)
    pixels[100, 20:281] = 0
    labels = []
    for k, word in enumerate(words):
        x = 60 + 80 * k
        pixels[100:105, x] = 0
        cv2.putText(pixels, word, (x - 10, 122), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0))
        y, xs = np.nonzero(pixels[107:130, x - 20 : x + 40, 0] < 128)
        box = Box(left=x - 20.5 + xs.min(), right=x - 19.5 + xs.max(), top=106.5 + y.min(), bottom=107.5 + y.max())
        labels.append(TextBox(text=word, box=box, confidence=0.9))
    return pixels, labels


@pytest.mark.parametrize("words", [["-8", "-4", "0"], ["200", "300", "400"]])
def test_labels_that_were_read_whole_are_not_cut(words: list[str]) -> None:
    pixels, labels = drawn(words)
    assert cut_labels(pixels, "bottom", AXES, labels, labels) == []


@pytest.mark.parametrize(("words", "part"), [(["-8", "-4", "-2"], 0.5), (["200", "300", "400"], 0.7)])
def test_what_is_left_over_beside_labels_tells_that_they_are_cut(words: list[str], part: float) -> None:
    pixels, labels = drawn(words)
    cut = [
        TextBox(text=one.text[1:], confidence=0.9, height_px=one.height_px,
                box=Box(left=one.box.right - part * one.box.width_px, right=one.box.right,
                        top=one.box.top, bottom=one.box.bottom))
        for one in labels
    ]  # fmt: skip
    assert cut_labels(pixels, "bottom", AXES, cut, cut) == cut


def test_an_axis_whose_labels_are_parts_of_longer_ones_says_so() -> None:
    pixels, labels = drawn(["-8", "-6", "-4"])
    cut = [
        TextBox(text=one.text[1:], confidence=0.9, height_px=one.height_px,
                box=Box(left=one.box.right - one.box.width_px / 2, right=one.box.right,
                        top=one.box.top, bottom=one.box.bottom))
        for one in labels
    ]  # fmt: skip
    axes = AxesBox(box=AXES, horizontal=(), vertical=())
    for texts, codes in ((cut, ["axis-labels-cut"]), (labels, [])):
        reader = AxisReader(pixels, texts, 11.0)
        side = reader.read_side("bottom", axes)
        assert side is not None
        assert [finding.code for finding in cut_findings(1, {"x": side, "y": None}, reader)] == codes
