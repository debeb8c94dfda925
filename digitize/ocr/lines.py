"""Cuts lines of text out of a figure: turned upright, tightened to their ink, parted at wide gaps."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from calibration.geometry import BoolArray, Box, ByteArray, FloatArray, enclosing_box
from digitize.ocr.detector import Quad
from digitize.ocr.ink import (
    REACH_HEIGHTS,
    find_ink,
    find_runs,
    keep_letters,
    without_handles,
    without_rule_ends,
    without_rules,
)

UPRIGHT_DEG = 4.0
"""A line turned by less is read as it stands."""
TALL_RATIO = 1.35
"""Height over width from which an upright rectangle may be text that reads upward."""
SPLIT_GAP_HEIGHTS = 0.95
"""Gap between ink columns at which a line falls apart; spaces between words are about 0.3."""
MARGIN_LEFT_HEIGHTS, MARGIN_RIGHT_HEIGHTS, MARGIN_ACROSS_HEIGHTS = 0.7, 0.7, 0.35
CROP_MARGIN_HEIGHTS = 0.16
CROP_MARGIN_MIN_PX = 2
FLAT_HEIGHTS = 0.3
"""A part of a line lower than this is a dash or a legend handle, not a word."""
LINE_HEIGHT_MIN_PX = 3.5
TURNED_AREA_FRAC = 0.75
STACKED_RATIO = 1.1
SHORT_TITLE_RATIO = 1.15
GLYPH_RATIO_MAX = 3.3
STACKED_GAP_HEIGHTS, STACKED_WIDE_GAP_HEIGHTS, STACKED_WIDE_RATIO = 0.5, 0.25, 2.0
RISE_FRAC = 0.3
SHORT_RATIO, SHORT_ANGLE_DEG = 3.2, 22.0
"""A line shorter than this many heights is not believed to be turned by less than this angle."""
GROWTH_HEIGHTS, GROWTH_RATIO = 2.5, 3.0
"""How far a title that reads upward may go on beyond what was found of it."""
LETTER_GAP_HEIGHTS = 0.12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TextLine:
    """One line, found but not read.

    Attributes
    ----------
    box : Box
        Tight around the ink, upright, whole-image pixels.
    angle_deg : float
        Counter-clockwise turn of the text.
    height_px : float
        Height of the ink across the reading direction.
    crop : (h, w, 3) uint8 array
        The line turned upright, a small margin around its ink, foreign ink painted over.
    ink : (h, w) bool array
        Ink of the letters in ``crop``.
    quad : Quad
        The turned rectangle around the ink.
    ambiguous : bool
        Whether the text may as well stand upright (a short tall box): read both ways.
    to_image : (2, 3) float array
        Affine map from pixel centres of the crop, (x, y), to those of the image.
    proposed : bool
        Whether only its ink speaks for it: worth keeping where a number comes out.
    """

    box: Box
    angle_deg: float
    height_px: float
    crop: ByteArray
    ink: BoolArray
    quad: Quad
    to_image: FloatArray
    ambiguous: bool = field(default=False)
    proposed: bool = field(default=False)

    def part_box(self, left: int, top: int, right: int, bottom: int) -> Box:
        """Upright box, in the image, around a part of the crop given by its pixels, end exclusive."""
        return _box_around(self.to_image, left, top, right, bottom)

    def part(self, start: int, stop: int) -> TextLine:
        """The line between two columns of its crop, cut again with a margin of its own."""
        own = np.zeros_like(self.ink)
        own[:, start:stop] = self.ink[:, start:stop]
        background = np.median(self.crop[~self.ink], axis=0).astype(np.uint8)
        line = _to_line(self.crop, own, background, 0, self.to_image, self.angle_deg, self.quad)
        return self if line is None else line


def cut_lines(pixels: ByteArray, quad: Quad) -> list[TextLine]:
    """The lines inside a rectangle that a finder proposed: none, one, or several where it ran texts together."""
    if quad.settled:
        return cut_turned(pixels, quad, quad.angle_deg)
    if abs(quad.angle_deg) < SHORT_ANGLE_DEG and quad.length_px < SHORT_RATIO * quad.height_px:
        # A raised exponent tilts a short label's rectangle, and its corners would reach into the axis title.
        rise = quad.length_px * abs(np.sin(np.radians(quad.angle_deg)))
        return cut_turned(pixels, replace(quad, angle_deg=0.0, height_px=quad.height_px + RISE_FRAC * rise), 0.0)
    if abs(quad.angle_deg) > 90.0 - SHORT_ANGLE_DEG and quad.length_px < SHORT_RATIO * quad.height_px:
        quad = replace(quad, angle_deg=90.0)
    upright = cut_turned(pixels, upright_quad(quad), 0.0)
    if quad.length_px < TALL_RATIO * quad.height_px:
        return _read_upward_if_tall(pixels, quad, upright)
    if abs(quad.angle_deg) < UPRIGHT_DEG:
        return upright
    if abs(abs(quad.angle_deg) - 90.0) >= UPRIGHT_DEG:
        turned = cut_turned(pixels, quad, quad.angle_deg)
        # A raised exponent tilts the rectangle of a short upright label; turned text fills its own much better.
        if not turned or _filled_px(turned) > TURNED_AREA_FRAC * _filled_px(upright):
            return upright
        return turned
    long = quad.length_px > GLYPH_RATIO_MAX * quad.height_px
    if _is_stack(upright) or (not long and len(upright) == 1 and _looks_like_one_glyph(upright[0])):
        return upright
    return cut_turned(pixels, replace(quad, angle_deg=90.0), 90.0)


def _read_upward_if_tall(pixels: ByteArray, quad: Quad, upright: list[TextLine]) -> list[TextLine]:
    """The lines of a nearly square rectangle: letters above each other in a tall shape are a short turned title."""
    if len(upright) < 2:
        return upright
    box = enclosing_box(line.box for line in upright)
    if box.height_px < SHORT_TITLE_RATIO * box.width_px or _is_stack(upright):
        return upright
    side = max(quad.length_px, quad.height_px)
    return cut_turned(pixels, replace(quad, angle_deg=90.0, length_px=side, height_px=min(side, quad.height_px)), 90.0)


def _filled_px(lines: list[TextLine]) -> float:
    return sum(line.quad.length_px * line.quad.height_px for line in lines)


def _is_stack(lines: list[TextLine]) -> bool:
    """Whether upright lines above each other look like labels, not like the words of a title that reads upward."""
    if len(lines) < 2 or any(line.box.width_px < STACKED_RATIO * line.height_px for line in lines):
        return False
    boxes = sorted((line.box for line in lines), key=lambda box: box.top)
    gaps = [below.top - above.bottom for above, below in zip(boxes[:-1], boxes[1:], strict=True)]
    wide = all(box.width_px >= STACKED_WIDE_RATIO * box.height_px for box in boxes)
    least = STACKED_WIDE_GAP_HEIGHTS if wide else STACKED_GAP_HEIGHTS
    return min(gaps) >= least * float(np.median([box.height_px for box in boxes]))


def upright_quad(quad: Quad) -> Quad:
    """The upright rectangle around a turned one."""
    turn = np.radians(quad.angle_deg)
    cos, sin = abs(np.cos(turn)), abs(np.sin(turn))
    return Quad(
        x=quad.x,
        y=quad.y,
        length_px=float(quad.length_px * cos + quad.height_px * sin),
        height_px=float(quad.length_px * sin + quad.height_px * cos),
        angle_deg=0.0,
        score=quad.score,
    )


def _looks_like_one_glyph(line: TextLine) -> bool:
    """Whether a tall upright piece of ink is a single character such as 1 or l."""
    if line.height_px > GLYPH_RATIO_MAX * line.box.width_px:
        return False
    stats = cv2.connectedComponentsWithStats(line.ink.astype(np.uint8), connectivity=8)[2][1:]
    return bool(len(stats)) and float(stats[:, 3].max()) > 0.75 * line.height_px


def cut_turned(pixels: ByteArray, quad: Quad, angle_deg: float) -> list[TextLine]:
    """The lines inside a rectangle, read at an angle of 0, 90 or -90, or its own."""
    height = min(quad.height_px, quad.length_px)
    left, right = round(MARGIN_LEFT_HEIGHTS * height), round(MARGIN_RIGHT_HEIGHTS * height)
    across = max(2, round(MARGIN_ACROSS_HEIGHTS * height))
    grows = angle_deg == 90.0 and quad.length_px > GROWTH_RATIO * quad.height_px
    if grows:
        left = right = round(GROWTH_HEIGHTS * height)
    wide, high = max(1, round(quad.length_px)), max(1, round(quad.height_px))
    crop, to_image = _cut(pixels, quad, angle_deg, wide, high, (left, right, across))
    if crop.shape[0] < 3 or crop.shape[1] < 2:
        return []
    core = _core_of(to_image, quad, crop.shape, angle_deg, wide, high)
    if core[2] - core[0] < 2 or core[3] - core[1] < 3:
        return []
    ink, background = find_ink(crop, core)
    ruled = without_rules(ink, height)
    rules = ink & ~ruled
    letters = keep_letters(ruled, core, height, rules, GROWTH_HEIGHTS if grows and not rules.any() else REACH_HEIGHTS)
    lines: list[TextLine] = []
    for top, bottom in _rows_of(letters):
        row_height = bottom - top
        row = without_handles(letters[top:bottom], row_height)
        if row_height < LINE_HEIGHT_MIN_PX:
            continue
        for start, stop in find_runs(row.any(axis=0), _split_gap_px(row, row_height)):
            own = np.zeros(letters.shape, bool)
            own[top:bottom, start:stop] = without_rule_ends(row[:, start:stop], row_height)
            line = _to_line(crop, own, background, row_height, to_image, angle_deg, quad)
            if line is not None:
                lines.append(line)
    return lines


def _rows_of(letters: BoolArray) -> list[tuple[int, int]]:
    """Rows of text in a crop: parted by empty rows, dots and accents kept with their letters."""
    runs = find_runs(letters.any(axis=1), 0.0)
    if len(runs) < 2:
        return runs
    tallest = max(stop - start for start, stop in runs)
    merged: list[tuple[int, int]] = []
    for start, stop in runs:
        small = stop - start < 0.5 * tallest
        previous_small = merged and merged[-1][1] - merged[-1][0] < 0.5 * tallest
        if merged and (small or previous_small) and start - merged[-1][1] <= 0.35 * tallest:
            merged[-1] = (merged[-1][0], stop)
        else:
            merged.append((start, stop))
    return merged


def _split_gap_px(row: BoolArray, row_height: int) -> float:
    """Gap at which a line falls apart: letters set wide apart (typewriter faces) have wide spaces too."""
    runs = find_runs(row.any(axis=0), 0.0)
    gaps = [after[0] - before[1] for before, after in zip(runs[:-1], runs[1:], strict=True)]
    small = [gap for gap in gaps if gap < 0.5 * row_height]
    usual = float(np.median(small)) if len(small) > 2 else LETTER_GAP_HEIGHTS * row_height
    return SPLIT_GAP_HEIGHTS * row_height + max(usual - LETTER_GAP_HEIGHTS * row_height, 0.0) * 2


def _to_line(
    crop: ByteArray,
    own: BoolArray,
    background: ByteArray,
    row_height: int,
    to_image: FloatArray,
    angle_deg: float,
    quad: Quad,
) -> TextLine | None:
    rows, cols = np.flatnonzero(own.any(axis=1)), np.flatnonzero(own.any(axis=0))
    if not rows.size:
        return None
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(cols[0]), int(cols[-1]) + 1
    height = bottom - top
    if height < LINE_HEIGHT_MIN_PX or height < FLAT_HEIGHTS * row_height:
        return None
    margin = max(CROP_MARGIN_MIN_PX, round(CROP_MARGIN_HEIGHTS * height))
    y0, y1 = max(top - margin, 0), min(bottom + margin, crop.shape[0])
    x0, x1 = max(left - margin, 0), min(right + margin, crop.shape[1])
    ink = own[y0:y1, x0:x1]
    clean = _painted_over(crop[y0:y1, x0:x1], ink, background)
    box = _box_around(to_image, left, top, right, bottom)
    return TextLine(
        box=box,
        angle_deg=angle_deg,
        height_px=float(height),
        crop=clean,
        ink=ink,
        quad=Quad(
            x=box.centre[0],
            y=box.centre[1],
            length_px=float(right - left),
            height_px=float(height),
            angle_deg=angle_deg,
            score=quad.score,
        ),
        to_image=np.column_stack((to_image[:, :2], to_image[:, :2] @ np.array([x0, y0], float) + to_image[:, 2])),
        ambiguous=angle_deg == 90.0 and right - left < 2.6 * height,
    )


def _box_around(to_image: FloatArray, left: int, top: int, right: int, bottom: int) -> Box:
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], float) - 0.5
    corners = corners @ to_image[:, :2].T + to_image[:, 2]
    low, high = corners.min(axis=0), corners.max(axis=0)
    return Box(left=float(low[0]), top=float(low[1]), right=float(high[0]), bottom=float(high[1]))


def _painted_over(crop: ByteArray, ink: BoolArray, background: ByteArray) -> ByteArray:
    """The crop with everything but the letters and their soft edges in the background colour."""
    near = cv2.dilate(ink.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    result = crop.copy()
    result[~near] = background
    return result


def cut_around(pixels: ByteArray, quad: Quad, along_heights: float, across_heights: float) -> ByteArray:
    """A rectangle turned upright with what stands around it, as it is: nothing is painted over.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 array
    quad : Quad
        Around the ink of one line.
    along_heights, across_heights : float
        Margins along the reading direction and across it, in heights of the rectangle; a pixel at least.
    """
    along, across = (max(round(heights * quad.height_px), 1) for heights in (along_heights, across_heights))
    turns = round(quad.angle_deg / 90.0)
    angle_deg = 90.0 * turns if abs(quad.angle_deg - 90.0 * turns) < UPRIGHT_DEG else quad.angle_deg
    wide, high = max(1, round(quad.length_px)), max(1, round(quad.height_px))
    return _cut(pixels, quad, angle_deg, wide, high, (along, along, across))[0]


def _cut(
    pixels: ByteArray, quad: Quad, angle_deg: float, wide: int, high: int, margins: tuple[int, int, int]
) -> tuple[ByteArray, FloatArray]:
    """A crop in the line frame and the (2, 3) affine map from its pixel centres to the image's."""
    left, right, across = margins
    rows, cols = pixels.shape[:2]
    if angle_deg in (0.0, 90.0, -90.0):
        lengths = (wide, high) if angle_deg == 0.0 else (high, wide)
        before = {0.0: (left, across), 90.0: (across, right), -90.0: (across, left)}[angle_deg]
        after = {0.0: (right, across), 90.0: (across, left), -90.0: (across, right)}[angle_deg]
        x0 = max(round(quad.x - lengths[0] / 2 + 0.5) - before[0], 0)
        y0 = max(round(quad.y - lengths[1] / 2 + 0.5) - before[1], 0)
        x1 = min(round(quad.x - lengths[0] / 2 + 0.5) + lengths[0] + after[0], cols)
        y1 = min(round(quad.y - lengths[1] / 2 + 0.5) + lengths[1] + after[1], rows)
        part = pixels[y0 : max(y1, y0), x0 : max(x1, x0)]
        if angle_deg == 0.0:
            return part, np.array([[1.0, 0.0, x0], [0.0, 1.0, y0]])
        if angle_deg == 90.0:
            # Turned clockwise: what ran upward now runs to the right.
            return np.ascontiguousarray(np.rot90(part, -1)), np.array([[0.0, 1.0, x0], [-1.0, 0.0, y1 - 1.0]])
        return np.ascontiguousarray(np.rot90(part, 1)), np.array([[0.0, -1.0, x1 - 1.0], [1.0, 0.0, y0]])
    turn = np.radians(angle_deg)
    along, down = np.array([np.cos(turn), -np.sin(turn)]), np.array([np.sin(turn), np.cos(turn)])
    size = (wide + left + right, high + 2 * across)
    origin = np.array([quad.x, quad.y]) - along * (left + (wide - 1) / 2) - down * (across + (high - 1) / 2)
    to_image = np.column_stack((along, down, origin))
    crop = cv2.warpAffine(
        pixels, to_image, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(crop, np.uint8), to_image


def _core_of(
    to_image: FloatArray, quad: Quad, shape: tuple[int, ...], angle_deg: float, wide: int, high: int
) -> tuple[int, int, int, int]:
    """Where the proposed rectangle lies in its crop: left, top, right, bottom, end exclusive."""
    x, y = np.linalg.solve(to_image[:, :2], np.array([quad.x, quad.y]) - to_image[:, 2])
    left, top = round(x - wide / 2 + 0.5), round(y - high / 2 + 0.5)
    return max(left, 0), max(top, 0), min(left + wide, shape[1]), min(top + high, shape[0])
