"""What stands on a page of a PDF document: where each text, line, area and picture is, without drawing anything.

Positions are in points, from the upper left corner of the page as it is stored (before its own rotation), y down.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from enum import Enum, auto
from typing import Any, NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

MOST_OBJECTS = 30_000
"""Of more, every so many are looked at: enough to know where the ink is."""
LONGEST_TEXT_CHARS = 200
RULE_PT = 3.0
"""Nothing that is thicker is a plain line; bounds include the width of its stroke."""
CLIPPED_PT = 60.0
"""Only of larger things is it asked whether they are cut off; the lines of a chart may lead far out of its axes."""
WHOLE_PAGE_FRAC = 0.85
WHITE_LEVEL = 250
FEW_SEGMENTS = 5
ROUNDED_SEGMENTS = 20


class Mark(Enum):
    """What an object looks like."""

    TEXT = auto()
    RULE = auto()
    """A straight horizontal or vertical line."""
    BLOCK = auto()
    """A rectangle, with or without rounded corners."""
    CURVE = auto()
    """Any other path: a slanted line, a polyline, a circle."""
    PICTURE = auto()


class Placed(NamedTuple):
    """An object and where it is; ``angle_deg`` is the direction a text runs in, ``raw`` PDFium's own handle."""

    mark: Mark
    left: float
    top: float
    right: float
    bottom: float
    angle_deg: float = 0.0
    raw: Any = None

    @property
    def width_pt(self) -> float:
        return self.right - self.left

    @property
    def height_pt(self) -> float:
        return self.bottom - self.top

    @property
    def letters_pt(self) -> float:
        """How high the letters of a text are, whichever way it runs."""
        return self.height_pt if abs(math.cos(math.radians(self.angle_deg))) > 0.7 else self.width_pt

    @property
    def box(self) -> tuple[float, float, float, float]:
        return self.left, self.top, self.right, self.bottom


class Form(NamedTuple):
    """A drawing put on the page as a whole (how LaTeX includes one), and what it is made of."""

    left: float
    top: float
    right: float
    bottom: float
    inside: tuple[Placed, ...]

    @property
    def box(self) -> tuple[float, float, float, float]:
        return self.left, self.top, self.right, self.bottom


def page_frame(page: pdfium.PdfPage) -> tuple[float, float, float, float]:
    """(left, top, width, height) of the visible page in the document's own coordinates, where y runs up."""
    left, bottom, right, top = page.get_bbox()
    return left, top, right - left, top - bottom


def read_objects(page: pdfium.PdfPage) -> tuple[list[Placed], list[Form]]:
    """Everything visible on the page, and the forms on it apart.

    A form as large as the page is opened: it is a way to write a page, not a figure. So is a small one: a marker.
    """
    frame = page_frame(page)
    count = pdfium_c.FPDFPage_CountObjects(page)
    handles = (pdfium_c.FPDFPage_GetObject(page, at) for at in range(0, count, 1 + count // MOST_OBJECTS))
    placed: list[Placed] = []
    forms: list[Form] = []
    for raw in handles:
        _read_object(raw, frame, _IDENTITY, placed, forms, depth=0)
    return placed, forms


_Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: _Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_Frame = tuple[float, float, float, float]


def _read_object(
    raw: Any, frame: _Frame, matrix: _Matrix, placed: list[Placed], forms: list[Form], depth: int
) -> None:
    kind = pdfium_c.FPDFPageObj_GetType(raw)
    box = _visible_box(raw, frame, matrix)
    if box is None:
        return
    left, top, right, bottom = box
    if kind == pdfium_c.FPDF_PAGEOBJ_TEXT:
        if pdfium_c.FPDFTextObj_GetTextRenderMode(raw) != pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE:
            placed.append(Placed(Mark.TEXT, left, top, right, bottom, _angle(_times(_matrix_of(raw), matrix)), raw))
    elif kind == pdfium_c.FPDF_PAGEOBJ_IMAGE:
        placed.append(Placed(Mark.PICTURE, left, top, right, bottom, 0.0, raw if depth == 0 else None))
    elif kind == pdfium_c.FPDF_PAGEOBJ_SHADING:
        placed.append(Placed(Mark.BLOCK, left, top, right, bottom))
    elif kind == pdfium_c.FPDF_PAGEOBJ_PATH:
        mark = _look_of(raw, right - left, bottom - top, frame)
        if mark is not None:
            placed.append(Placed(mark, left, top, right, bottom))
    elif kind == pdfium_c.FPDF_PAGEOBJ_FORM and depth < 4:
        inside: list[Placed] = []
        inner = _times(_matrix_of(raw), matrix)
        whole = (right - left) * (bottom - top) >= WHOLE_PAGE_FRAC * frame[2] * frame[3]
        deeper: list[Form] = forms if whole else []
        if max(right - left, bottom - top) < CLIPPED_PT:
            placed.append(Placed(Mark.CURVE, left, top, right, bottom))
            return
        for child in _children(raw):
            _read_object(child, frame, inner, inside, deeper, depth + 1)
        if whole:
            placed += inside
            return
        inside += (one for form in deeper for one in form.inside)
        if inside:  # the form's own bounds count what is cut off inside it
            left, top = max(left, min(one.left for one in inside)), max(top, min(one.top for one in inside))
            right, bottom = min(right, max(one.right for one in inside)), min(bottom, max(one.bottom for one in inside))
            if left <= right and top <= bottom:
                forms.append(Form(left, top, right, bottom, tuple(inside)))


def _children(form: Any) -> Iterator[Any]:
    count = pdfium_c.FPDFFormObj_CountObjects(form)
    for at in range(0, count, 1 + count // MOST_OBJECTS):
        yield pdfium_c.FPDFFormObj_GetObject(form, at)


class PageText:
    """What the texts on a page say; read only when it is asked for."""

    def __init__(self, page: pdfium.PdfPage) -> None:
        self.page = page
        self.textpage: pdfium.PdfTextPage | None = None

    def read(self, one: Placed) -> str:
        if self.textpage is None:
            self.textpage = self.page.get_textpage()
        buffer = ctypes.create_string_buffer(2 * LONGEST_TEXT_CHARS)
        pointer = ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort))
        size = pdfium_c.FPDFTextObj_GetText(one.raw, self.textpage, pointer, 2 * LONGEST_TEXT_CHARS)
        return buffer.raw[: max(0, min(size, 2 * LONGEST_TEXT_CHARS) - 2)].decode("utf-16-le", "replace")


def _visible_box(raw: Any, frame: _Frame, matrix: _Matrix) -> tuple[float, float, float, float] | None:
    """(left, top, right, bottom) of what can be seen of an object; None for nothing."""
    sides = [ctypes.c_float() for _ in range(4)]
    if not pdfium_c.FPDFPageObj_GetBounds(raw, *sides):
        return None
    left, bottom, right, top = (side.value for side in sides)
    if max(right - left, top - bottom) > CLIPPED_PT:
        clip = _clip_box(raw)
        if clip is not None:
            left, bottom = max(left, clip[0]), max(bottom, clip[1])
            right, top = min(right, clip[2]), min(top, clip[3])
    if matrix is not _IDENTITY:
        corners = [_moved(matrix, x, y) for x in (left, right) for y in (bottom, top)]
        left, right = min(x for x, _ in corners), max(x for x, _ in corners)
        bottom, top = min(y for _, y in corners), max(y for _, y in corners)
    page_left, page_top, width, height = frame
    left, right = max(left - page_left, 0.0), min(right - page_left, width)
    top, bottom = max(page_top - top, 0.0), min(page_top - bottom, height)
    if not (left <= right and top <= bottom):  # outside, or not a number
        return None
    return left, top, right, bottom


def _clip_box(raw: Any) -> tuple[float, float, float, float] | None:
    """(left, bottom, right, top) of the paths an object is cut off by."""
    clip = pdfium_c.FPDFPageObj_GetClipPath(raw)
    count = pdfium_c.FPDFClipPath_CountPaths(clip) if clip else 0
    box: tuple[float, float, float, float] | None = None
    x, y = ctypes.c_float(), ctypes.c_float()
    for path in range(min(count, 8)):
        points = []
        for at in range(min(pdfium_c.FPDFClipPath_CountPathSegments(clip, path), 100)):
            segment = pdfium_c.FPDFClipPath_GetPathSegment(clip, path, at)
            if pdfium_c.FPDFPathSegment_GetPoint(segment, x, y):
                points.append((x.value, y.value))
        if points:
            left, right = min(x for x, _ in points), max(x for x, _ in points)
            bottom, top = min(y for _, y in points), max(y for _, y in points)
            if box is not None:
                left, bottom = max(left, box[0]), max(bottom, box[1])
                right, top = min(right, box[2]), min(top, box[3])
            box = left, bottom, right, top
    return box


def _look_of(raw: Any, width_pt: float, height_pt: float, frame: _Frame) -> Mark | None:
    """What a path looks like; None for one that cannot be seen."""
    mode, stroked = ctypes.c_int(), ctypes.c_int()
    pdfium_c.FPDFPath_GetDrawMode(raw, mode, stroked)
    if not stroked.value:
        if mode.value == pdfium_c.FPDF_FILLMODE_NONE or _is_white(raw):
            return None
        if width_pt * height_pt >= WHOLE_PAGE_FRAC * frame[2] * frame[3]:
            return None  # the paper
    if min(width_pt, height_pt) <= RULE_PT:
        return Mark.RULE
    segments = pdfium_c.FPDFPath_CountSegments(raw)
    if segments <= 2:
        return Mark.CURVE
    if segments <= FEW_SEGMENTS and _is_rectangle(raw, segments):
        return Mark.BLOCK
    if FEW_SEGMENTS < segments <= ROUNDED_SEGMENTS and _has_rounded_corners(raw, segments):
        return Mark.BLOCK
    return Mark.CURVE


def _is_rectangle(raw: Any, segments: int) -> bool:
    """Whether the points of a path have no more than two places along each side."""
    across, down = set(), set()
    x, y = ctypes.c_float(), ctypes.c_float()
    for at in range(segments):
        if pdfium_c.FPDFPathSegment_GetPoint(pdfium_c.FPDFPath_GetPathSegment(raw, at), x, y):
            across.add(round(x.value, 1))
            down.add(round(y.value, 1))
    return segments > 3 and len(across) <= 2 and len(down) <= 2


def _has_rounded_corners(raw: Any, segments: int) -> bool:
    """Whether a path goes straight, turns smoothly, goes straight, and closes."""
    kinds = [
        pdfium_c.FPDFPathSegment_GetType(pdfium_c.FPDFPath_GetPathSegment(raw, at)) for at in range(segments)
    ]
    smooth = kinds.count(pdfium_c.FPDF_SEGMENT_BEZIERTO)
    straight = kinds.count(pdfium_c.FPDF_SEGMENT_LINETO)
    return smooth == 12 and 3 <= straight <= 5


def _is_white(raw: Any) -> bool:
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not pdfium_c.FPDFPageObj_GetFillColor(raw, red, green, blue, alpha):
        return False
    return alpha.value == 0 or min(red.value, green.value, blue.value) >= WHITE_LEVEL


def _matrix_of(raw: Any) -> _Matrix:
    matrix = pdfium_c.FS_MATRIX()
    if not pdfium_c.FPDFPageObj_GetMatrix(raw, matrix):
        return _IDENTITY
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _times(first: _Matrix, then: _Matrix) -> _Matrix:
    if then is _IDENTITY:
        return first
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u


def _moved(matrix: _Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _angle(matrix: _Matrix) -> float:
    return math.degrees(math.atan2(matrix[1], matrix[0]))
