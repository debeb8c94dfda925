"""Labels are measured whole, and alone, though their boxes cut them or take in what stands beside them."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from calibration.geometry import Box, ByteArray, TextBox
from digitize.panels.label_ink import measured_labels

LOOSE_PX = 0.6


def drawn(word: str, spine_px: int | None = None) -> tuple[ByteArray, TextBox]:
    """A label 13 px high, a spine right of it, and the box of its ink."""
    pixels = np.full((90, 140, 3), 255, np.uint8)
    cv2.putText(pixels, word, (40, 52), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 1)
    rows, cols = np.nonzero(pixels[:, :, 0] < 100)
    box = Box(left=cols.min() - 0.5, right=cols.max() + 0.5, top=rows.min() - 0.5, bottom=rows.max() + 0.5)
    if spine_px is not None:
        pixels[:, spine_px] = 0
    return pixels, TextBox(text=word, box=box, confidence=0.9)


def test_a_box_that_cuts_the_heads_of_its_digits_is_measured_up_to_their_ends() -> None:
    pixels, label = drawn("0.0")
    cut = replace(label, box=replace(label.box, top=label.box.top + 5))
    assert measured_labels(pixels, [cut])[0].box.centre[1] == pytest.approx(label.box.centre[1], abs=LOOSE_PX)


def test_a_spine_that_was_read_with_a_label_does_not_make_it_higher() -> None:
    pixels, label = drawn("0.48", spine_px=90)
    read = replace(label, text="0.48|", box=replace(label.box, right=93.0, top=label.box.top - 5))
    assert measured_labels(pixels, [read])[0].box.centre[1] == pytest.approx(label.box.centre[1], abs=LOOSE_PX)


@pytest.mark.parametrize(("read", "part"), [(".4", (10, 0)), ("0.", (0, 10))])
def test_a_character_that_was_not_read_is_part_of_its_label(read: str, part: tuple[int, int]) -> None:
    pixels, label = drawn("0.4")
    box = replace(label.box, left=label.box.left + part[0], right=label.box.right - part[1])
    found = measured_labels(pixels, [replace(label, text=read, box=box)], whole=True)[0].box
    assert found.centre[0] == pytest.approx(label.box.centre[0], abs=LOOSE_PX)


def test_the_character_of_another_label_is_none_of_its_own() -> None:
    pixels, label = drawn("0.4")
    first, last = replace(label.box, right=label.box.right - 11), replace(label.box, left=label.box.right - 9)
    labels = [replace(label, text=word, box=box) for word, box in (("0.", first), ("4", last))]
    found = measured_labels(pixels, labels, whole=True)[0].box
    assert found.right < last.left
