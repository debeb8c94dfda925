"""Finds the lines of text in a figure, without reading them.

Two finders are combined. The detection network (`digitize.ocr.detector`) knows what text looks like but runs
neighbouring tick labels together and its edges are loose; connected pieces of ink (`digitize.ocr.glyphs`) give single
tick labels it missed. Every line is then cut out turned upright, tightened to its ink and split at wide gaps.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from calibration.geometry import ByteArray, enclosing_box
from digitize.ocr.detector import Quad, find_text_quads
from digitize.ocr.glyphs import find_glyph_lines, find_glyphs
from digitize.ocr.lines import UPRIGHT_DEG, TextLine, cut_lines, cut_turned
from digitize.ocr.turns import settled_turns

JOIN_GAP_HEIGHTS, JOIN_ACROSS_HEIGHTS = 0.6, 0.3
"""Lines this close along and across the reading direction are words of one line."""
GIANT_HEIGHTS, GIANT_LINES_MIN = 3.2, 6
SHARED_FRAC = 0.6
"""Of the smaller of two boxes: more in common and they are the same text."""


def find_text_lines(pixels: ByteArray) -> list[TextLine]:
    """Every line of text in a figure, tight boxes, in no particular order.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 array
        sRGB.
    """
    glyphs = find_glyphs(pixels)
    text_height_px = float(np.median(glyphs.height_px)) if glyphs.height_px.size >= 8 else 0.0
    quads = settled_turns(pixels, find_text_quads(pixels, text_height_px))
    # A whole panel taken for text would swallow the lines it covers.
    lines = _without_giants([line for quad in quads for line in cut_lines(pixels, quad)])
    lines = without_repeats(_with_parts_joined(pixels, lines))
    for quad in find_glyph_lines(glyphs, [line.box for line in lines]):
        lines.extend(replace(line, proposed=True) for line in cut_lines(pixels, quad))
    return _without_giants(without_repeats(lines))


def _without_giants(lines: list[TextLine]) -> list[TextLine]:
    """Lines without those far higher than the text of the figure: curves that zigzag like letters."""
    if len(lines) < GIANT_LINES_MIN:
        return lines
    usual = float(np.median([line.height_px for line in lines]))
    return [line for line in lines if line.height_px <= GIANT_HEIGHTS * usual]


def _with_parts_joined(pixels: ByteArray, lines: list[TextLine]) -> list[TextLine]:
    """Lines of which the network found the words apart, cut again as one."""
    result = [line for line in lines if line.angle_deg not in (0.0, 90.0)]
    for angle in (0.0, 90.0):
        alike = [line for line in lines if line.angle_deg == angle]
        for group in _collinear(alike, angle):
            if len(group) == 1:
                result.append(alike[group[0]])
                continue
            box = enclosing_box(alike[index].box for index in group)
            x, y = box.centre
            length, height = (box.width_px, box.height_px) if angle == 0.0 else (box.height_px, box.width_px)
            score = max(alike[index].quad.score for index in group)
            quad = Quad(x=x, y=y, length_px=length + 2, height_px=height + 2, angle_deg=angle, score=score)
            joined = cut_turned(pixels, quad, angle)
            result.extend(joined or [alike[index] for index in group])
    return result


def _collinear(lines: list[TextLine], angle_deg: float) -> list[list[int]]:
    """Groups of lines of one angle that follow each other at the distance of words or overlap."""
    if not lines:
        return []
    boxes = np.array([line.box.as_list() for line in lines])
    if angle_deg == 90.0:
        boxes = boxes[:, [1, 0, 3, 2]]
    height = boxes[:, 3] - boxes[:, 1]
    middle = (boxes[:, 1] + boxes[:, 3]) / 2
    taller, lower = np.maximum.outer(height, height), np.minimum.outer(height, height)
    gap = np.maximum.outer(boxes[:, 0], boxes[:, 0]) - np.minimum.outer(boxes[:, 2], boxes[:, 2])
    near = (np.abs(np.subtract.outer(middle, middle)) < JOIN_ACROSS_HEIGHTS * taller) & (lower > 0.5 * taller)
    near &= gap < JOIN_GAP_HEIGHTS * taller
    group_of = list(range(len(lines)))
    for first, second in np.argwhere(np.triu(near, 1)):
        old, new = group_of[second], group_of[first]
        group_of = [new if group == old else group for group in group_of]
    return [[index for index, group in enumerate(group_of) if group == wanted] for wanted in dict.fromkeys(group_of)]


def without_repeats(lines: list[TextLine]) -> list[TextLine]:
    """Lines found twice (tiles, both finders) once: the larger of two that share most of the smaller."""
    kept: list[TextLine] = []
    for line in sorted(lines, key=lambda line: -line.box.area_px):
        area = max(line.box.area_px, 1e-9)
        rivals = [other for other in kept if _comparable(line, other)]
        if all(line.box.intersection_area(other.box) < SHARED_FRAC * area for other in rivals):
            kept.append(line)
    return kept


def _comparable(line: TextLine, other: TextLine) -> bool:
    """Turned boxes are large and mostly empty: they hide only lines turned like them."""
    slanted = abs(other.angle_deg) % 90.0 > UPRIGHT_DEG
    return not slanted or abs(line.angle_deg - other.angle_deg) < 15.0
