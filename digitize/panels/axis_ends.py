"""What stands at the end of an axis where an offset text would, and was not read with the other texts."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from calibration.geometry import Box, ByteArray, Side, TextBox
from digitize.panels.axis_reader import AxisReader
from digitize.panels.choice import PanelCandidate
from digitize.values import Image

INK_FRAC, INK_LEVELS = 0.35, 40.0
JOIN_HEIGHTS = 0.5
WIDTH_RANGE_HEIGHTS, HEIGHT_RANGE_HEIGHTS = (1.4, 8.0), (0.6, 2.2)
"""Offset texts: ``1e6`` is the shortest."""
CLEAR_HEIGHTS, REACH_HEIGHTS = 0.25, 2.6
"""How far beyond the end of the axis, or beyond its labels, an offset text stands."""
ALONG_HEIGHTS = 7.0
MARGIN_HEIGHTS = 0.3
COVERED_PX = 1.5


def find_end_ink(
    pixels: ByteArray, side: Side, box: Box, labels: Sequence[Box], texts: Sequence[TextBox], text_height_px: float
) -> Box | None:
    """Where unread ink of the size of an offset text stands at the end of an axis; None where there is none.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 array
    side : Side
        On which the labels stand: the end of upright axes is over them, that of others below or above them, right.
    box : Box
        The axes box.
    labels : sequence of Box
        Of the labels.
    texts : sequence of TextBox
        What was read already.
    text_height_px : float
        Digit height of the labels.
    """
    near, far, along = (part * text_height_px for part in (CLEAR_HEIGHTS, REACH_HEIGHTS, ALONG_HEIGHTS))
    if side in ("left", "right"):
        top = min(box.top, *(label.top for label in labels))
        start = box.left - text_height_px if side == "left" else box.right - along
        place = Box(left=start, right=start + along + text_height_px, top=top - far, bottom=top - near)
    else:
        right = max(box.right, *(label.right for label in labels))
        outer = max(label.bottom for label in labels) if side == "bottom" else min(label.top for label in labels)
        low, high = (outer + near, outer + far) if side == "bottom" else (outer - far, outer - near)
        place = Box(left=right - along, right=right, top=low, bottom=high)
    rows, cols = place.slices(pixels.shape)
    part = pixels[rows, cols]
    if min(part.shape[:2]) < 4:
        return None
    levels = np.abs(part - np.median(part.reshape(-1, 3), axis=0)).max(axis=2)
    ink = (levels > max(INK_LEVELS, INK_FRAC * float(levels.max()))).astype(np.uint8)
    for text in texts:
        covered = text.box.expanded(COVERED_PX)
        over = slice(max(round(covered.top) - rows.start, 0), max(round(covered.bottom) + 1 - rows.start, 0))
        ink[over, max(round(covered.left) - cols.start, 0) : max(round(covered.right) + 1 - cols.start, 0)] = 0
    join_px = max(round(JOIN_HEIGHTS * text_height_px), 1)
    joined = cv2.morphologyEx(np.pad(ink, join_px), cv2.MORPH_CLOSE, np.ones((1, join_px), np.uint8))
    stats = cv2.connectedComponentsWithStats(joined, connectivity=8)[2][1:].astype(float)
    wide, high_px = stats[:, 2] / text_height_px, stats[:, 3] / text_height_px
    fits = (wide >= WIDTH_RANGE_HEIGHTS[0]) & (wide <= WIDTH_RANGE_HEIGHTS[1])
    fits &= (high_px >= HEIGHT_RANGE_HEIGHTS[0]) & (high_px <= HEIGHT_RANGE_HEIGHTS[1])
    # what runs out of the place is a line, or belongs to something else
    inner = stats[:, :2] > join_px
    ends = stats[:, :2] + stats[:, 2:4] - join_px
    fits &= inner.all(axis=1) & (ends[:, 0] < ink.shape[1]) & (ends[:, 1] < ink.shape[0])
    if not fits.any():
        return None
    left, top, width, height = stats[fits][int(wide[fits].argmax()), :4]
    return Box(
        left=cols.start + left - join_px - 0.5, top=rows.start + top - join_px - 0.5,
        right=cols.start + left - join_px + width - 0.5, bottom=rows.start + top - join_px + height - 0.5,
    ).expanded(MARGIN_HEIGHTS * text_height_px)  # fmt: skip


def unread_ends(
    image: Image, panels: Sequence[PanelCandidate], reader: AxisReader
) -> dict[tuple[int, str], Box]:
    """Unread ink at the ends of axes, by number of the panel and name of the axis: an offset text, very likely."""
    found: dict[tuple[int, str], Box] = {}
    for index, panel in enumerate(panels, 1):
        for name, side in (("x", panel.x), ("y", panel.y), ("twin_y", panel.twin_y)):
            if side and name not in panel.shared and side.axis.scale.name == "linear" and side.axis.factor == 1.0:
                labels = [label.box for label in side.run.labels]
                height_px = float(np.median([label.height_px for label in side.run.labels]))
                place = find_end_ink(image.pixels, side.run.side, panel.box, labels, reader.texts, height_px)
                if place:
                    found[index, name] = place
    return found
