"""Hollow markers that lie over spines and gridlines: their ground is no gap in the line below."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.geometry import BoolArray

LARGEST_HOLE_HEIGHTS = 1.5
"""Of the text: a hole as wide as high holds a marker's ground; wider ones are cells between gridlines."""
RING_HEIGHTS = 0.25
"""How far the stroke around a hole may reach."""
GROUND_LEVELS = 2.5
LARGEST_ASPECT, LEAST_FILL, LEAST_HOLE_PX = 1.4, 0.6, 2
"""Holes of markers are as wide as high and rounded or square; slivers between strokes of noise are not."""
ALIKE_PX, FEWEST_ALIKE = 1, 3


def hollow_marks(gray: NDArray[np.float32], height_px: float) -> BoolArray:
    """Small patches of ground that ink encloses, with the ink around them.

    Parameters
    ----------
    gray : (H, W) float array
        Grey levels.
    height_px : float
        Typical height of a line of text.

    Returns
    -------
    (H, W) bool array
    """
    levels = gray.astype(np.uint8)
    border = np.concatenate([levels[0], levels[-1], levels[:, 0], levels[:, -1]])
    grounds = {int(np.median(border)), int(np.bincount(levels.ravel(), minlength=256).argmax())}
    holes = np.zeros(gray.shape, np.uint8)
    largest_px = LARGEST_HOLE_HEIGHTS * height_px
    for ground in grounds:
        bare = (np.abs(gray - ground) <= GROUND_LEVELS).astype(np.uint8)
        _, labels, stats, _ = cv2.connectedComponentsWithStats(bare, connectivity=4)
        holes |= _alike_holes(stats.astype(np.int_), largest_px)[labels].astype(np.uint8)
    ring_px = max(round(RING_HEIGHTS * height_px), 2)
    return cv2.dilate(holes, np.ones((2 * ring_px + 1, 2 * ring_px + 1), np.uint8)).astype(bool)


def _alike_holes(stats: NDArray[np.int_], largest_px: float) -> BoolArray:
    """Which components are compact, and of one size with some others."""
    width, height = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    large, small = np.maximum(width, height), np.minimum(width, height)
    compact = (large <= largest_px) & (small >= LEAST_HOLE_PX) & (large <= LARGEST_ASPECT * small + 1)
    compact &= stats[:, cv2.CC_STAT_AREA] >= LEAST_FILL * width * height
    compact[0] = False
    places = np.flatnonzero(compact)
    sizes = stats[places][:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
    near = (np.abs(sizes[:, None] - sizes[None]) <= ALIKE_PX).all(axis=2)
    compact[places[near.sum(axis=1) < FEWEST_ALIKE]] = False
    return np.asarray(compact, bool)
