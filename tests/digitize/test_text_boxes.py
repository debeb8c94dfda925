"""Lines of text are found where they were drawn, one box a label, tight around the ink."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from calibration.geometry import Box, ByteArray
from digitize.ocr.detector import Quad
from digitize.ocr.ink import find_runs
from digitize.ocr.lines import TextLine, cut_lines
from digitize.ocr.text_boxes import find_text_lines

TIGHT_PX = 1.5


def drawn(
    texts: list[tuple[str, int, int]], *, ground: int = 255, ink: int = 20, scale: float = 0.5
) -> tuple[ByteArray, list[Box]]:
    """A canvas with texts, left end and baseline given, and the boxes of their ink."""
    canvas = np.full((240, 420, 3), ground, np.uint8)
    boxes = []
    for text, x, y in texts:
        layer = np.zeros(canvas.shape[:2], np.uint8)
        cv2.putText(layer, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, scale, 255, 1, cv2.LINE_AA)
        weight = layer[:, :, None] / 255
        canvas[:] = np.round(canvas * (1 - weight) + ink * weight).astype(np.uint8)
        rows, cols = np.nonzero(layer > 60)
        boxes.append(Box(left=cols.min() - 0.5, top=rows.min() - 0.5, right=cols.max() + 0.5, bottom=rows.max() + 0.5))
    return canvas, boxes


def around(box: Box, margin_px: float = 3.0) -> Quad:
    x, y = box.centre
    return Quad(x=x, y=y, length_px=box.width_px + 2 * margin_px, height_px=box.height_px + 2 * margin_px)


def assert_same_box(found: Box, wanted: Box, tolerance_px: float = TIGHT_PX) -> None:
    assert np.abs(np.subtract(found.as_list(), wanted.as_list())).max() <= tolerance_px


@pytest.mark.parametrize(("ground", "ink"), [(255, 20), (30, 230), (235, 90)])
def test_label_is_boxed_to_its_ink_on_any_ground(ground: int, ink: int) -> None:
    canvas, (wanted,) = drawn([("0.25", 100, 100)], ground=ground, ink=ink)
    (line,) = cut_lines(canvas, around(wanted))
    assert_same_box(line.box, wanted)
    assert line.angle_deg == 0.0


def test_minus_sign_stays_with_its_digits() -> None:
    canvas, (wanted,) = drawn([("-0.5", 100, 100)])
    (line,) = cut_lines(canvas, around(wanted))
    assert_same_box(line.box, wanted)


def test_tick_mark_and_spine_beside_a_label_are_left_out() -> None:
    canvas, (wanted,) = drawn([("120", 100, 100)])
    spine = round(wanted.right) + 12
    canvas[:, spine : spine + 2] = 0
    canvas[94:96, spine - 6 : spine] = 0
    (line,) = cut_lines(canvas, around(wanted, 5.0))
    assert_same_box(line.box, wanted)


def test_gridline_through_a_label_does_not_widen_its_box() -> None:
    canvas, (wanted,) = drawn([("120", 100, 100)])
    canvas[95] = np.minimum(canvas[95], 190)
    (line,) = cut_lines(canvas, around(wanted))
    assert_same_box(line.box, wanted, 2.0)


def test_labels_run_together_come_apart_and_words_stay_together() -> None:
    canvas, (first, second) = drawn([("100", 60, 100), ("200", 110, 100)])
    merged = Box(left=first.left, top=first.top, right=second.right, bottom=second.bottom)
    assert len(cut_lines(canvas, around(merged))) == 2
    canvas, (name,) = drawn([("two words", 60, 100)])
    assert len(cut_lines(canvas, around(name))) == 1


def test_legend_handle_before_a_name_is_left_out() -> None:
    canvas, (name,) = drawn([("alpha", 100, 100)])
    cv2.line(canvas, (70, 95), (94, 95), (200, 60, 20), 2)
    whole = Box(left=70, top=name.top, right=name.right, bottom=name.bottom)
    (line,) = cut_lines(canvas, around(whole))
    assert_same_box(line.box, name)


def test_title_that_reads_upward_is_turned() -> None:
    canvas, (name,) = drawn([("Accuracy", 60, 100)])
    turned = np.ascontiguousarray(np.rot90(canvas))
    x, y = name.centre
    quad = Quad(x=y, y=canvas.shape[1] - 1 - x, length_px=name.width_px + 6, height_px=name.height_px + 6, angle_deg=90)
    (line,) = cut_lines(turned, quad)
    assert line.angle_deg == 90.0
    assert line.crop.shape[1] > line.crop.shape[0]
    assert abs(line.box.height_px - name.width_px) <= 2 * TIGHT_PX


def test_slanted_label_keeps_its_angle_and_place() -> None:
    canvas, (name,) = drawn([("label 12", 150, 120)])
    centre = name.centre
    matrix = cv2.getRotationMatrix2D(centre, 45, 1.0)
    turned = cv2.warpAffine(canvas, matrix, (420, 240), borderValue=(255, 255, 255))
    quad = Quad(x=centre[0], y=centre[1], length_px=name.width_px + 6, height_px=name.height_px + 6, angle_deg=45.0)
    (line,) = cut_lines(np.asarray(turned, np.uint8), quad)
    assert line.angle_deg == 45.0
    assert abs(line.box.centre[0] - centre[0]) <= 2.0
    assert abs(line.box.centre[1] - centre[1]) <= 2.0
    assert abs(line.height_px - name.height_px) <= 2.0


def test_every_tick_label_of_a_drawn_axis_has_a_box_of_its_own() -> None:
    texts = [(str(value), 30 + 60 * value, 200) for value in range(6)] + [("Training steps", 130, 228)]
    canvas, wanted = drawn(texts)
    canvas[170, 20:380] = 0
    lines: list[TextLine] = find_text_lines(canvas)
    for box in wanted:
        best = max(lines, key=lambda line: line.box.iou(box))
        assert_same_box(best.box, box, 2.0)


def test_empty_picture_has_no_lines() -> None:
    assert find_text_lines(np.full((120, 160, 3), 255, np.uint8)) == []


def test_runs_join_over_small_gaps_only() -> None:
    profile = np.array([0, 1, 1, 0, 1, 0, 0, 0, 1, 0], bool)
    assert find_runs(profile, 0.0) == [(1, 3), (4, 5), (8, 9)]
    assert find_runs(profile, 1.0) == [(1, 5), (8, 9)]
