"""Spines that stand off their box, between it and the labels: matplotlib moves them outward."""

from __future__ import annotations

import cv2
import numpy as np

from calibration.geometry import Box, ByteArray, Side
from calibration.strokes import stroke_centre

CLEAR_PX, LEAST_ROOM_PX = 2, 3
INK_FRAC, INK_LEVELS = 0.35, 20.0
"""What belongs to a line differs from the ground by so much, and by this share of the strongest ink beside it."""
SPAN_FRAC = 0.85
"""Of the side: a moved spine is as long as its box."""
AROUND_PX = 2


def find_moved_spine(
    pixels: ByteArray, side: Side, box: Box, spine_px: float, room_px: float
) -> tuple[float, float] | None:
    """Where a line along a side stands beyond it, and how thick it is; None where there is none.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 array
    side : Side
    box : Box
        The axes box.
    spine_px : float
        Thickness of the line on the box's own edge; 0 where there is none.
    room_px : float
        Between the box and the labels.
    """
    along_y = side in ("left", "right")
    edge = {"left": box.left, "right": box.right, "top": box.top, "bottom": box.bottom}[side]
    outward = 1 if side in ("right", "bottom") else -1
    first = round(edge + outward * (spine_px / 2 + CLEAR_PX))
    last = round(edge + outward * room_px)
    low, high = sorted((first, last))
    limit = pixels.shape[1] if along_y else pixels.shape[0]
    low, high = max(low, 0), min(high, limit - 1)
    if outward * (last - first) < LEAST_ROOM_PX or high - low < LEAST_ROOM_PX:
        return None
    start, stop = (box.top, box.bottom) if along_y else (box.left, box.right)
    along = slice(max(round(start), 0), round(stop) + 1)
    strip = pixels[along, low : high + 1] if along_y else pixels[low : high + 1, along]
    gray = cv2.cvtColor(np.ascontiguousarray(strip), cv2.COLOR_RGB2GRAY).astype(float)
    lines = gray.T if along_y else gray
    ground = float(np.median(lines))
    levels = np.abs(lines - ground)
    ink = levels > max(INK_FRAC * float(np.percentile(levels, 99.5)), INK_LEVELS)
    share = ink.mean(axis=1)
    best = int(share.argmax())
    if share[best] < SPAN_FRAC or best in (0, len(share) - 1):
        return None
    around = slice(max(best - AROUND_PX, 0), best + AROUND_PX + 1)
    profile = np.median(lines[around], axis=1)
    at_px = np.arange(around.start, around.start + len(profile), dtype=float) + low
    centre_px, width_px, _ = stroke_centre(profile, at_px, float(np.median(lines[best])) - ground)
    return centre_px, width_px
