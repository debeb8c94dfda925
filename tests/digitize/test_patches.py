"""The detection network is shown every text, on sheets far smaller than the figure."""

from __future__ import annotations

import io

import cv2
import numpy as np
import PIL.Image
import pytest

from calibration.geometry import ByteArray
from digitize.ocr.detector import find_text_quads
from digitize.ocr.patches import Patch, TextPlaces, find_text_places
from digitize.ocr.sheets import Sheet, lay_out
from digitize.ocr.thin_ink import find_thin_ink

STRIDE_PX = 32


def figure(*, ground: int = 255, ink: int = 20) -> tuple[ByteArray, list[tuple[int, int]]]:
    """A box with a curve and a grid, texts around it and one on a gridline; and the middles of the texts."""
    canvas = np.full((500, 700, 3), ground, np.uint8)
    cv2.rectangle(canvas, (80, 40), (660, 420), (ink, ink, ink), 1)
    for x in range(80, 660, 116):
        canvas[40:420, x] = (ground + ink) // 2
    x = np.linspace(80, 660, 300)
    curve = np.column_stack((x, 230 + 150 * np.sin(x / 90)))
    cv2.polylines(canvas, [np.round(curve * 16).astype(np.int32)], False, (ink, 90, 200), 2, cv2.LINE_AA, shift=4)
    places = []
    texts = [("0.5", 45, 235), ("120", 180, 445), ("240", 420, 445), ("Steps", 340, 480), ("a", 430, 120)]
    for text, left, base in texts:
        (wide, high), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.5, 1)
        cv2.putText(canvas, text, (left, base), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (ink, ink, ink), 1, cv2.LINE_AA)
        places.append((left + wide // 2, base - high // 2))
    return canvas, places


def places_of(canvas: ByteArray, text_height_px: float = 10.0) -> TextPlaces:
    return find_text_places(canvas, find_thin_ink(canvas), text_height_px)


def holds(patch: Patch, place: tuple[int, int], margin_px: int) -> bool:
    (x, y), margin = place, margin_px
    return patch.left + margin <= x < patch.right - margin and patch.top + margin <= y < patch.bottom - margin


@pytest.mark.parametrize(("ground", "ink"), [(255, 20), (25, 230)])
def test_patches_hold_every_text_and_leave_curve_and_grid_out(ground: int, ink: int) -> None:
    canvas, places = figure(ground=ground, ink=ink)
    patches = places_of(canvas).patches
    assert all(any(holds(patch, place, 10) for patch in patches) for place in places)
    assert sum(patch.wide_px * patch.high_px for patch in patches) < 0.25 * canvas.shape[0] * canvas.shape[1]


def test_blank_picture_has_no_patch() -> None:
    blank = np.full((120, 160, 3), 200, np.uint8)
    assert places_of(blank, 0.0).patches == ()
    assert find_text_quads(blank, []) == []


def test_spines_and_the_ticks_on_them_are_not_shown_but_minus_signs_are() -> None:
    canvas = np.full((200, 300, 3), 255, np.uint8)
    cv2.putText(canvas, "-1", (40, 105), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
    labels = canvas.copy()
    cv2.line(canvas, (80, 20), (80, 180), (0, 0, 0), 1)
    for y in range(20, 181, 40):
        cv2.line(canvas, (75, y), (85, y), (0, 0, 0), 1)
    assert np.array_equal(places_of(canvas).picture, labels)


def test_lines_found_on_a_sheet_lie_where_they_stand_in_the_figure() -> None:
    pytest.importorskip("onnxruntime")
    canvas, places = figure()
    shown = places_of(canvas)
    quads = find_text_quads(shown.picture, shown.patches, 10.0)
    for x, y in places[:4]:
        assert any(abs(quad.x - x) < 6.0 and abs(quad.y - y) < 4.0 for quad in quads), (x, y)


def assert_sound(sheets: list[Sheet], sizes: list[tuple[int, int]], gutter_px: int) -> None:
    """Every rectangle once, inside its sheet, with an empty gutter to the next."""
    assert sorted(index for sheet in sheets for index, _, _ in sheet.places) == list(range(len(sizes)))
    for sheet in sheets:
        taken = np.zeros((sheet.high_px + gutter_px, sheet.wide_px + gutter_px), int)
        for index, x, y in sheet.places:
            wide, high = sizes[index]
            assert x + wide <= sheet.wide_px
            assert y + high <= sheet.high_px
            taken[y : y + high + gutter_px, x : x + wide + gutter_px] += 1
        assert taken.max() == 1
        assert sheet.wide_px % STRIDE_PX == sheet.high_px % STRIDE_PX == 0


def test_rectangles_are_laid_out_apart_and_close() -> None:
    rng = np.random.default_rng(3)
    sizes = [(int(wide), int(high)) for wide, high in rng.integers((20, 15), (160, 60), (40, 2))]
    sizes += [(500, 50), (30, 300)]
    sheets = lay_out(sizes, 1_000_000, STRIDE_PX, 8)
    assert_sound(sheets, sizes, 8)
    (sheet,) = sheets
    assert sheet.area_px < 1.4 * sum((wide + 8) * (high + 8) for wide, high in sizes)


def test_what_is_too_much_for_one_sheet_goes_on_the_next() -> None:
    sizes = [(200, 100)] * 30
    sheets = lay_out(sizes, 250_000, STRIDE_PX, 4)
    assert_sound(sheets, sizes, 4)
    assert len(sheets) >= 3
    assert all(sheet.area_px <= 250_000 for sheet in sheets)
    assert lay_out([], 250_000, STRIDE_PX, 4) == []


def test_signs_of_a_title_that_reads_upward_stay_in_it() -> None:
    pytest.importorskip("matplotlib")
    pytest.importorskip("onnxruntime")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from digitize.ocr import default_reader
    from digitize.values import Image

    drawing = Figure(figsize=(5, 4), dpi=90)
    FigureCanvasAgg(drawing)
    axes = drawing.add_subplot()
    axes.plot([0, 1], [0, 10])
    axes.set_ylabel("sin(x) * 3 + x")
    stream = io.BytesIO()
    drawing.savefig(stream)
    texts = default_reader().read(Image(pixels=np.array(PIL.Image.open(stream).convert("RGB"))))
    assert "sin(x)*3+x" in [text.text.replace(" ", "") for text in texts if text.angle_deg == 90.0]
