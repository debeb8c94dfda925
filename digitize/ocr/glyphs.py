"""Finds single tick labels as connected pieces of ink, where the detection network missed them.

Thin strokes on any flat background answer to the morphological top-hat (light on dark) and black-hat (dark on light)
transforms (Serra, "Image Analysis and Mathematical Morphology", 1982). What has the height of a letter and stands in a
row or a column with labels already found is proposed as a label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from calibration.geometry import Box, ByteArray, FloatArray
from digitize.ocr.detector import Quad

WORK_LIMIT_PX = 3_000_000
"""A larger figure is reduced to this many pixels first."""
CONTRAST_MIN_LEVELS = 45
HEIGHT_MIN_PX, HEIGHT_MAX_FRAC = 4, 0.08
KERNEL_PX = 13
WIDTH_MIN_HEIGHTS = 0.25
"""A lone piece narrower than this is a tick mark."""
SAME_HEIGHT_FRAC = 0.2
ALIGNED_HEIGHTS = 0.18
NEAR_HEIGHTS = 14.0
JOIN_GAP_HEIGHTS = 0.3
PROPOSALS_MAX = 60


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Glyphs:
    """Pieces of ink of the size of letters; arrays of one length, whole-image pixels, edges as in `Box`."""

    left: FloatArray
    top: FloatArray
    right: FloatArray
    bottom: FloatArray

    @property
    def height_px(self) -> FloatArray:
        return self.bottom - self.top


def find_glyphs(pixels: ByteArray) -> Glyphs:
    """Connected pieces of thin ink, higher than wide or about so, dark on light and light on dark."""
    height, width = pixels.shape[:2]
    scale = min(1.0, (WORK_LIMIT_PX / (height * width)) ** 0.5)
    work = pixels if scale == 1.0 else cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    kernel = np.ones((KERNEL_PX, KERNEL_PX), np.uint8)
    found = []
    for operation, outer in ((cv2.MORPH_BLACKHAT, cv2.MORPH_CLOSE), (cv2.MORPH_TOPHAT, cv2.MORPH_OPEN)):
        answer = cv2.morphologyEx(work, operation, kernel).max(axis=2)
        ground = cv2.cvtColor(cv2.morphologyEx(work, outer, kernel), cv2.COLOR_RGB2GRAY)
        # Gaps between the letters answer to the opposite transform: dark ink needs a light ground, and the reverse.
        right_ground = ground > 110 if operation == cv2.MORPH_BLACKHAT else ground < 110
        mask = ((answer > CONTRAST_MIN_LEVELS) & right_ground).astype(np.uint8)
        stats = cv2.connectedComponentsWithStats(mask, connectivity=8)[2][1:].astype(float)
        wide, high, area = stats[:, 2], stats[:, 3], stats[:, 4]
        letter = (high >= HEIGHT_MIN_PX) & (high <= max(HEIGHT_MAX_FRAC * min(work.shape[:2]), 12))
        letter &= (wide <= 1.6 * high) & (area >= 0.12 * wide * high) & (area >= 4)
        found.append(stats[letter])
    stats = np.concatenate(found)
    left, top = stats[:, 0] / scale, stats[:, 1] / scale
    return Glyphs(
        left=left - 0.5,
        top=top - 0.5,
        right=left + stats[:, 2] / scale - 0.5,
        bottom=top + stats[:, 3] / scale - 0.5,
    )


def find_glyph_lines(glyphs: Glyphs, found: Sequence[Box]) -> list[Quad]:
    """Lines made of glyphs that no found box covers, but that stand in a row or column with found boxes.

    Parameters
    ----------
    glyphs : Glyphs
    found : sequence of Box
        Lines already found, tight.
    """
    if not len(found) or not glyphs.left.size:
        return []
    boxes = np.array([box.as_list() for box in found])
    x, y = (glyphs.left + glyphs.right) / 2, (glyphs.top + glyphs.bottom) / 2
    covered = (
        (x[:, None] > boxes[:, 0] - 1)
        & (x[:, None] < boxes[:, 2] + 1)
        & (y[:, None] > boxes[:, 1] - 1)
        & (y[:, None] < boxes[:, 3] + 1)
    ).any(axis=1)
    free = np.column_stack((glyphs.left, glyphs.top, glyphs.right, glyphs.bottom))[~covered]
    heights = boxes[:, 3] - boxes[:, 1]
    typical = np.array([np.abs(heights - high).min() <= SAME_HEIGHT_FRAC * high for high in free[:, 3] - free[:, 1]])
    lines = _joined(free[typical]) if typical.any() else np.empty((0, 4))
    lines = lines[lines[:, 2] - lines[:, 0] >= WIDTH_MIN_HEIGHTS * (lines[:, 3] - lines[:, 1])]
    proposals = []
    for line in lines:
        votes = _aligned(line, boxes)
        if votes:
            proposals.append((votes, line))
    proposals.sort(key=lambda proposal: -proposal[0])
    return [_to_quad(line) for _, line in proposals[:PROPOSALS_MAX]]


def _joined(glyphs: FloatArray) -> FloatArray:
    """Glyphs side by side made into lines: (N, 4) left, top, right, bottom."""
    lines: list[list[float]] = []
    for left, top, right, bottom in glyphs[np.argsort(glyphs[:, 0])]:
        high = bottom - top
        for line in reversed(lines):
            level = abs(line[3] - bottom) < 0.25 * high and abs(line[1] - top) < 0.4 * high
            if level and -0.2 * high < left - line[2] < JOIN_GAP_HEIGHTS * high:
                line[2] = max(line[2], right)
                line[1], line[3] = min(line[1], top), max(line[3], bottom)
                break
        else:
            lines.append([left, top, right, bottom])
    return np.array(lines, float).reshape(-1, 4)


def _aligned(line: FloatArray, boxes: FloatArray) -> int:
    """How many found boxes of its height a line shares a row or a column edge with."""
    high = line[3] - line[1]
    alike = np.abs(boxes[:, 3] - boxes[:, 1] - high) <= SAME_HEIGHT_FRAC * high
    tolerance = max(1.0, ALIGNED_HEIGHTS * high)
    same_row = (np.abs(boxes[:, 3] - line[3]) <= tolerance) & (np.abs(boxes[:, 1] - line[1]) <= tolerance)
    gap_x = np.maximum(boxes[:, 0] - line[2], line[0] - boxes[:, 2])
    gap_y = np.maximum(boxes[:, 1] - line[3], line[1] - boxes[:, 3])
    same_column = (np.abs(boxes[:, 2] - line[2]) <= tolerance) | (np.abs(boxes[:, 0] - line[0]) <= tolerance)
    rows = int((alike & same_row & (gap_x < NEAR_HEIGHTS * high)).sum())
    columns = int((alike & same_column & (gap_y < NEAR_HEIGHTS * high)).sum())
    return max(rows, columns)


def _to_quad(line: FloatArray) -> Quad:
    left, top, right, bottom = (float(edge) for edge in line)
    high = bottom - top
    return Quad(
        x=(left + right) / 2,
        y=(top + bottom) / 2,
        length_px=right - left + 0.5 * high,
        height_px=high * 1.3,
        score=0.5,
    )
