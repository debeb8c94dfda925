"""Axes boxes seen by their ground: large rectangles of one colour that the page does not have."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from calibration.geometry import BoolArray, Box, ByteArray, FloatArray
from digitize.panels.axes_boxes import AxesBox

MAX_WORKING_PX = 700
"""Grounds are looked for on a picture reduced to this long side."""
LIKE_LEVELS = 8
"""Pixels of one ground differ by less, compressed or not; the page differs from it by more."""
MIN_AREA_FRAC = 0.04
CLOSED_HEIGHTS = 0.5
"""Gridlines and curves that part a ground are thinner than this."""
MIN_SIDE_HEIGHTS = 8.0
MIN_FILLED_FRAC, MIN_EDGE_FRAC = 0.75, 0.6
SAME_IOU = 0.8
MOST_GROUNDS = 2


def find_ground_boxes(
    pixels: ByteArray, known: Sequence[AxesBox], text_height_px: float
) -> tuple[AxesBox, ...]:
    """Boxes whose ground differs from the page, where no lines or edges told of them.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 array
    known : sequence of AxesBox
        Those that lines speak for.
    text_height_px : float
        The figure's ruler.
    """
    closed = [one.box for one in known if not (one.open_x or one.open_y)]
    factor = min(1.0, MAX_WORKING_PX / max(pixels.shape[:2]))
    small = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_NEAREST) if factor < 1 else pixels
    text_height_px *= factor
    found = []
    for ground in _grounds(np.asarray(small, np.uint8)):
        side = 2 * int(np.ceil(CLOSED_HEIGHTS * text_height_px / 2)) + 1
        joined = cv2.morphologyEx(ground.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
        _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=4)
        least_px = MIN_SIDE_HEIGHTS * text_height_px
        for index in np.flatnonzero((stats[:, 2] >= least_px) & (stats[:, 3] >= least_px)):
            left, top, width, height = (int(part) for part in stats[index, :4])
            part = labels[top : top + height, left : left + width] == index
            edges = _edges(part, left, top) if index and part.mean() >= MIN_FILLED_FRAC else None
            if edges is None:
                continue
            box = Box(**{name: (edge + 0.5) / factor - 0.5 for name, edge in edges.items()})
            if all(box.iou(other) < SAME_IOU for other in closed):
                found.append(AxesBox(box=box, horizontal=(), vertical=()))
    return tuple(found)


def _grounds(pixels: ByteArray) -> list[BoolArray]:
    """Masks of the commonest colours but the page's."""
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    left = ~_is_like(pixels, np.median(border, axis=0))
    grounds: list[BoolArray] = []
    while len(grounds) < MOST_GROUNDS and left.mean() >= MIN_AREA_FRAC:
        brightest = pixels.max(axis=2)
        level = int(np.bincount(brightest[left]).argmax())
        ground = left & _is_like(pixels, np.median(pixels[left & (brightest == level)], axis=0))
        if ground.mean() < MIN_AREA_FRAC:
            break
        grounds.append(ground)
        left &= ~ground
    return grounds


def _is_like(pixels: ByteArray, colour: FloatArray) -> BoolArray:
    """(H, W) mask of the pixels of a colour."""
    apart = cv2.absdiff(pixels, np.broadcast_to(np.round(colour).astype(np.uint8), pixels.shape).copy())
    return np.asarray(apart.max(axis=2) <= LIKE_LEVELS, bool)


def _edges(part: BoolArray, left: int, top: int) -> dict[str, float] | None:
    """The edges of the rectangle that most rows and columns of a piece fill; None where they fill none."""
    rows, cols = (np.flatnonzero(part.mean(axis=axis) >= MIN_EDGE_FRAC) for axis in (1, 0))
    if not (len(rows) and len(cols)):
        return None
    return {
        "left": left + float(cols[0]) - 0.5, "right": left + float(cols[-1]) + 0.5,
        "top": top + float(rows[0]) - 0.5, "bottom": top + float(rows[-1]) + 0.5,
    }  # fmt: skip
