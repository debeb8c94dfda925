"""Labels of an inset that the gridlines of the panel around it cross: read again with these taken out of the picture.

A gridline through a row of labels hides all of them from the finder of texts, and what stands at a crossing is read
with pieces of it. Text lies over gridlines: where it covers one in part, its own share of a pixel stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from calibration.geometry import Box, ByteArray, FloatArray, Side, TextBox
from calibration.spines import StraightLine, find_straight_lines
from digitize.panels.axis_texts import LABEL_REACH_HEIGHTS, is_number_like, stands_beside
from digitize.panels.choice import PanelCandidate, is_half_read_inset
from digitize.panels.second_look import CLEAR_HEIGHTS, find_unread
from digitize.panels.slanted_labels import ReadAt
from digitize.values import Image

SIDES: tuple[Side, ...] = ("left", "bottom")
LONG_HEIGHTS = 6.0
"""Gridlines are longer than the strokes that a row of unread digits has in line."""
PALE_FRAC, SEEN_LEVELS = 0.6, 4.0
"""A gridline is paler than this share of the text's contrast, and differs from its ground by so much."""
SOFT_PX = 1
INK_PERCENTILE = 99.0


def read_over_gridlines(
    image: Image, texts: Sequence[TextBox], panels: Sequence[PanelCandidate], text_height_px: float, read_at: ReadAt
) -> list[TextBox] | None:  # fmt: skip
    """The texts with the labels of insets of which one axis was read read again; None where there is no such inset.

    Parameters
    ----------
    image : Image
    texts : sequence of TextBox
        As they were read.
    panels : sequence of PanelCandidate
        Those chosen, insets that could not be read whole among them.
    text_height_px : float
        The figure's ruler.
    read_at : callable
        :meth:`digitize.ocr.rapidocr.RapidTextReader.read_at`.
    """
    insets = _half_read_insets(panels)
    if not insets:
        return None
    lines = find_straight_lines(image.pixels, [text.box for text in texts], text_height_px)
    horizontal, vertical = ([one for one in each if one.length_px > LONG_HEIGHTS * text_height_px] for each in lines)
    kept, found = list(texts), []
    for box in insets:
        pixels = image.pixels.copy()
        for side in SIDES:
            _take_out_lines(pixels, _margin(box, side, text_height_px), horizontal, vertical)
        places = [place for side in SIDES for place in find_unread(pixels, box, side, (), text_height_px)]
        read = [text for text in read_at(replace(image, pixels=pixels), places, 0.0) if is_number_like(text)]
        beside = [text for text in kept if any(stands_beside(side, box, text, text_height_px) for side in SIDES)]
        lost = [
            text for text in beside
            if not is_number_like(text) or any(text.box.intersection_area(one.box) > 0 for one in read)
        ]  # fmt: skip
        kept = [text for text in kept if text not in lost]
        found += read
    return [*kept, *found] if found else None


def _half_read_insets(panels: Sequence[PanelCandidate]) -> list[Box]:
    """Boxes within panels that were read whole."""
    return [
        half.box for half in panels
        if any(panel.x and panel.y and is_half_read_inset(half, panel) for panel in panels)
    ]  # fmt: skip


def _margin(box: Box, side: Side, text_height_px: float) -> Box:
    """Where the labels of a side stand, ends included."""
    near, far = CLEAR_HEIGHTS * text_height_px, LABEL_REACH_HEIGHTS[side] * text_height_px
    if side == "left":
        return Box(left=box.left - far, right=box.left - near, top=box.top - far, bottom=box.bottom + far)
    return Box(left=box.left - far, right=box.right + far, top=box.bottom + near, bottom=box.bottom + far)


def _take_out_lines(
    pixels: ByteArray, place: Box, horizontal: Sequence[StraightLine], vertical: Sequence[StraightLine]
) -> None:
    """Replace, in place, what lines that cross a part of a picture add to its ground."""
    rows, cols = place.slices(pixels.shape)
    part = pixels[rows, cols].astype(float)
    if not part.size:
        return
    ground = np.median(part.reshape(-1, 3), axis=0)
    levels = np.abs(part - ground).max(axis=2)
    ink = float(np.percentile(levels, INK_PERCENTILE))
    for lines, turned, first, origin in ((horizontal, False, rows, cols), (vertical, True, cols, rows)):
        view = part.transpose(1, 0, 2) if turned else part
        for line in lines:
            reach = int(np.ceil(line.thickness_px / 2)) + SOFT_PX
            at = round(line.position_px) - first.start
            start, end = int(np.floor(line.start_px)) - origin.start, int(np.ceil(line.end_px)) + 1 - origin.start
            along = slice(max(start, 0), max(end, 0))
            if line.kind != "ridge" or not -reach <= at < len(view) + reach or view[0, along].size == 0:
                continue
            for index in range(max(at - reach, 0), min(at + reach + 1, len(view))):
                view[index, along] = _without_line(view[index, along], ground, ink)
    pixels[rows, cols] = np.round(np.clip(part, 0, 255)).astype(np.uint8)


def _without_line(stroke: FloatArray, ground: FloatArray, ink_levels: float) -> FloatArray:
    """(N, 3) pixels along a pale line as they would be on bare ground; ink over the line keeps its share of each."""
    colour = np.median(stroke, axis=0)
    level = float(np.abs(colour - ground).max())
    if not SEEN_LEVELS <= level <= PALE_FRAC * ink_levels:
        return stroke
    own = np.clip((np.abs(stroke - ground).max(axis=1) - level) / (ink_levels - level), 0.0, 1.0)
    return np.asarray(stroke + (1.0 - own)[:, None] * (ground - colour))
