"""Tick marks of an axis without a spine: short strokes in line between the labels and the data."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from calibration.axis import Tick
from calibration.geometry import Box, ByteArray, Side

NEAR_HEIGHTS, FAR_HEIGHTS = 0.1, 1.8
"""Between which distances from the labels tick marks stand."""
BEYOND_HEIGHTS = 2.0
"""How far beyond the first and the last label."""
INK_FRAC, INK_LEVELS = 0.3, 15.0
LENGTH_RANGE_HEIGHTS, LENGTH_MIN_PX = (0.12, 1.0), 2
WIDTH_HEIGHTS, WIDTH_PX = 0.3, 3
IN_LINE_PX = 1
FEWEST = 3
AT_LABELS_FRAC, AT_LABELS_HEIGHTS = 0.6, 0.4
"""Tick marks stand at most labels, no farther than this from their centres."""
TICK_SIGMA_PX = 0.1


def find_loose_ticks(
    pixels: ByteArray, side: Side, labels: Sequence[Box], text_height_px: float
) -> tuple[Tick, ...]:
    """Tick marks that stand in line beside the labels of an axis, no spine joining them; empty where there are none.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 array
    side : Side
        On which side of the data the labels stand.
    labels : sequence of Box
        Of the labels, at least two.
    text_height_px : float
        Digit height of the labels.

    Returns
    -------
    tuple of Tick
        In increasing pixel order, at the centroids of their ink.
    """
    along_y = side in ("left", "right")
    edges = np.array([box.as_list() for box in labels])
    inner = float(np.median(edges[:, {"left": 2, "right": 0, "top": 3, "bottom": 1}[side]]))
    outward = -1 if side in ("left", "top") else 1
    reach = sorted(inner - outward * part * text_height_px for part in (NEAR_HEIGHTS, FAR_HEIGHTS))
    along = edges[:, [1, 3]] if along_y else edges[:, [0, 2]]
    low, high = along.min() - BEYOND_HEIGHTS * text_height_px, along.max() + BEYOND_HEIGHTS * text_height_px
    lengthwise = slice(max(round(low), 0), round(high) + 1)
    crosswise = slice(max(round(reach[0]), 0), round(reach[1]) + 1)
    rows, cols = (lengthwise, crosswise) if along_y else (crosswise, lengthwise)
    part = pixels[rows, cols]
    if min(part.shape[:2]) < 3:
        return ()
    gray = cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_RGB2GRAY).astype(float)
    levels = np.abs((gray if along_y else gray.T) - np.median(gray))
    start = lengthwise.start
    at_labels = along.mean(axis=1) - start
    limit = INK_FRAC * float(np.percentile(levels, 99.5)) if levels.size else 0.0
    ink = (levels > max(limit, INK_LEVELS)).astype(np.uint8)
    stats = cv2.connectedComponentsWithStats(ink, connectivity=8)[2]
    wide, high_px = stats[:, 2], stats[:, 3]
    fits = high_px <= max(WIDTH_HEIGHTS * text_height_px, WIDTH_PX)
    fits &= wide <= LENGTH_RANGE_HEIGHTS[1] * text_height_px
    fits &= wide >= max(LENGTH_RANGE_HEIGHTS[0] * text_height_px, LENGTH_MIN_PX)
    fits &= (stats[:, 0] > 0) & (stats[:, 0] + wide < ink.shape[1])
    found = np.flatnonzero(fits[1:]) + 1
    if len(found) < FEWEST:
        return ()
    # ticks begin, or end, in line; major ones alone where minor ones are shorter
    ends = [stats[found, 0], stats[found, 0] + wide[found]]
    kept: np.ndarray = np.zeros(len(found), bool)
    for edge in ends:
        for place in np.unique(edge):
            row = np.abs(edge - place) <= IN_LINE_PX
            if row.sum() > kept.sum():
                kept = row
    found = found[kept]
    if len(found) < FEWEST:
        return ()
    ticks = []
    for index in found:
        first, last = stats[index, 1], stats[index, 1] + high_px[index]
        columns = slice(stats[index, 0], stats[index, 0] + wide[index])
        around = slice(max(first - 1, 0), last + 1)
        weight = levels[around, columns].sum(axis=1)
        weight = np.maximum(weight - 0.1 * weight.max(), 0.0)
        centre = float((weight * np.arange(around.start, around.start + len(weight))).sum() / weight.sum())
        ticks.append(
            Tick(position_px=centre + start, sigma_px=TICK_SIGMA_PX, kind="tick", length_px=float(wide[index]))
        )
    places = np.array([tick.position_px for tick in ticks]) - start
    near = np.abs(places[None, :] - at_labels[:, None]).min(axis=1) <= AT_LABELS_HEIGHTS * text_height_px
    return tuple(sorted(ticks, key=lambda tick: tick.position_px)) if near.mean() >= AT_LABELS_FRAC else ()
