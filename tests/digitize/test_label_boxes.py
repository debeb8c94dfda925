"""Boxes that rows and columns of labels span where there are no lines."""

from __future__ import annotations

from calibration.geometry import Box, TextBox
from digitize.panels.label_boxes import find_label_boxes

HEIGHT_PX = 10.0
ROW_Y, COLUMN_X = 12.0, 20.0


def text(word: str, x: float, y: float) -> TextBox:
    box = Box(left=x - 3.0 * len(word), right=x + 3.0 * len(word), top=y - HEIGHT_PX / 2, bottom=y + HEIGHT_PX / 2)
    return TextBox(text=word, box=box, confidence=0.98)


COLUMN = [text(str(value), COLUMN_X, 60.0 + 40 * k) for k, value in enumerate((40, 30, 20, 10))]
ROW = [text(str(value), 60.0 + 70 * k, ROW_Y) for k, value in enumerate((10, 20, 30, 40))]


def test_a_row_of_labels_on_top_spans_a_box_below_it() -> None:
    (found,) = find_label_boxes([*ROW, *COLUMN], HEIGHT_PX)
    assert ROW_Y < found.box.top < 60.0
    assert found.box.bottom > 180.0
    assert found.box.left > COLUMN_X


def test_a_label_that_was_not_read_does_not_part_a_column() -> None:
    (found,) = find_label_boxes([*ROW, COLUMN[0], COLUMN[1], COLUMN[3]], HEIGHT_PX)
    assert found.box.bottom > 180.0


def test_texts_read_at_one_place_leave_no_pitch_and_no_error() -> None:
    assert find_label_boxes([COLUMN[0], COLUMN[0], COLUMN[1], COLUMN[1], *COLUMN[2:]], HEIGHT_PX) == ()
