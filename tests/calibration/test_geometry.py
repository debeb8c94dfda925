"""The pixel frame and its boxes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.geometry import Box, TextBox, enclosing_box

edges = st.floats(-50, 50)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    left, right = sorted((draw(edges), draw(edges)))
    top, bottom = sorted((draw(edges), draw(edges)))
    return Box(left=left, top=top, right=right, bottom=bottom)


@given(boxes())
def test_slices_hold_the_pixels_whose_centres_lie_inside(box: Box) -> None:
    rows, cols = box.slices((20, 30))
    inside = np.zeros((20, 30), bool)
    inside[rows, cols] = True
    y, x = np.mgrid[0:20, 0:30]
    expected = (x >= box.left) & (x <= box.right) & (y >= box.top) & (y <= box.bottom)
    assert np.array_equal(inside, expected)


@given(boxes(), boxes())
def test_overlap_is_symmetric_and_within_zero_and_one(one: Box, other: Box) -> None:
    assert one.iou(other) == pytest.approx(other.iou(one))
    assert 0.0 <= one.iou(other) <= 1.0 + 1e-9
    around = enclosing_box([one, other])
    assert around.area_px >= max(one.area_px, other.area_px)


def test_a_shrunk_box_never_turns_inside_out() -> None:
    box = Box(left=0, top=0, right=10, bottom=4).expanded(-3)
    assert (box.left, box.right) == (3, 7)
    assert box.top == box.bottom == 2


def test_an_impossible_box_or_confidence_is_refused() -> None:
    with pytest.raises(ValueError, match="inside out"):
        Box(left=2, top=0, right=1, bottom=1)
    with pytest.raises(ValueError, match="no boxes"):
        enclosing_box([])
    with pytest.raises(ValueError, match="confidence"):
        TextBox(text="1", box=Box(left=0, top=0, right=1, bottom=1), confidence=1.5)
