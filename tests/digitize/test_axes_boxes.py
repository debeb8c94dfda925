"""Boxes that lines propose: lines of different extent can be spines of one row of panels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from calibration.geometry import Box, TextBox
from calibration.spines import StraightLine
from digitize.panels.axes_boxes import AxesBox, find_axes_boxes
from digitize.panels.axis_reader import AxisReader
from digitize.panels.choice import PanelCandidate
from digitize.panels.slices import without_slices


def line(at: float, start: float, end: float) -> StraightLine:
    return StraightLine(
        position_px=at, start_px=start, end_px=end, thickness_px=1.5, contrast=-120.0, coverage=1.0, kind="ridge"
    )


def test_spines_whose_ends_were_seen_at_different_places_part_a_row_of_panels() -> None:
    """Letters that touch a spine make it seem longer."""
    horizontal = [line(15.0, 20.0, 720.0), line(312.0, 20.0, 720.0)]
    vertical = [line(18.0, 6.0, 315.0), line(365.0, 15.0, 313.0), line(373.0, 16.0, 313.0), line(720.0, 6.0, 319.0)]
    found = [one.box.as_list() for one in find_axes_boxes(horizontal, vertical, 8.0)]
    for wanted in ([18.0, 15.0, 365.0, 312.0], [373.0, 15.0, 720.0, 312.0]):
        assert min(np.abs(np.subtract(box, wanted)).max() for box in found) <= 1.0


def test_a_spine_that_falls_between_two_pixels_is_wider_and_paler_and_still_parts_panels() -> None:
    horizontal = [line(15.0, 36.0, 491.0), line(238.0, 36.0, 491.0)]
    inner = [replace(line(at, 15.0, 238.0), thickness_px=2.2, contrast=-80.0) for at in (260.5, 266.5)]
    vertical = [line(36.0, 15.0, 238.0), *inner, line(491.0, 15.0, 238.0)]
    found = [one.box.as_list() for one in find_axes_boxes(horizontal, vertical, 8.0)]
    for wanted in ([36.0, 15.0, 260.5, 238.0], [266.5, 15.0, 491.0, 238.0]):
        assert min(np.abs(np.subtract(box, wanted)).max() for box in found) <= 1.0


def text(word: str, x: float, y: float) -> TextBox:
    box = Box(left=x - 3.0 * len(word), right=x + 3.0 * len(word), top=y - 5, bottom=y + 5)
    return TextBox(text=word, box=box, confidence=0.98)


@pytest.mark.parametrize(("words", "kept"), [(("-1000", "-10", "10", "1000"), 1), (("-7", "30", "10", "1000"), 2)])
def test_pieces_between_gridlines_are_panels_only_where_labels_begin_anew(words: tuple[str, ...], kept: int) -> None:
    column = [text(str(value), 40.0, 60.0 + 40 * k) for k, value in enumerate((40, 30, 20, 10))]
    row = [text(word, x, 232.0) for word, x in zip(words, (65.0, 180.0, 310.0, 450.0), strict=True)]
    lines = tuple(line(60.0 + 40 * k, 60.0, 460.0) for k in range(4))
    whole = AxesBox(box=Box(left=60, top=40, right=460, bottom=220), horizontal=lines, vertical=lines)
    piece = AxesBox(box=Box(left=310, top=40, right=460, bottom=220), horizontal=lines, vertical=())
    reader = AxisReader(np.full((260, 500, 3), 255, np.uint8), [*column, *row], 10.0)
    candidates = [PanelCandidate(axes=whole, y=reader.read_side("left", whole)), PanelCandidate(axes=piece)]
    assert len(without_slices(candidates, reader)) == kept


def test_two_spines_reach_beyond_bars_of_one_height() -> None:
    """The sides of bars are alike and many, and end below the spine: their box is a part of the whole."""
    horizontal = [line(370.0, 76.0, 604.0)]
    vertical = [line(79.0, 102.0, 370.0), *(line(at, 190.0, 372.0) for at in (90.0, 132.0, 300.0, 342.0, 384.0))]
    found = [one.box.as_list() for one in find_axes_boxes(horizontal, vertical, 10.0)]
    assert min(np.abs(np.subtract(box, [79.0, 102.0, 604.0, 370.0])).max() for box in found) <= 1.0
