"""Hollow markers: filled, so that their middles are where the line runs."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from calibration.geometry import BoolArray
from digitize.tracing.canvas import Canvas, dilate
from digitize.tracing.masks import InkMap

LEAST_HOLES = 3
MOST_STROKES = 9.0
"""The inside of a marker is at most this many strokes wide."""
LEAST_PX = 4
WALL_ALPHA = 0.2
ALIKE_FRAC = 0.3
ALIKE_PX = 1.5
ALIKE_SHARE = 0.6
"""Holes of one size, for this share of the small ones, are markers; those between crossing lines differ."""
BARE_RGB = 30.0
BARE_SHARE = 0.5


def fill_markers(canvas: Canvas, ink: InkMap, stroke_px: float) -> InkMap:
    """A colour's ink with the insides of its hollow markers filled.

    Parameters
    ----------
    canvas : Canvas
    ink : InkMap
    stroke_px : float
        Width of the colour's strokes.
    """
    # an outline paler than the line still encloses
    walls = ink.own | (ink.alpha > WALL_ALPHA)
    _, labels, stats, _ = cv2.connectedComponentsWithStats((~walls).astype(np.uint8), connectivity=4)
    left, top = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
    width, height = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    inside = (left > 0) & (top > 0) & (left + width < ink.own.shape[1]) & (top + height < ink.own.shape[0])
    most = MOST_STROKES * stroke_px + 2.0
    small = inside & (width <= most) & (height <= most) & (stats[:, cv2.CC_STAT_AREA] >= LEAST_PX)
    places = np.flatnonzero(small)
    if len(places) < LEAST_HOLES:
        return ink
    sizes = np.column_stack([width[places], height[places]]).astype(float)
    slack = np.maximum(ALIKE_FRAC * sizes, ALIKE_PX)
    near = (np.abs(sizes[:, None] - sizes[None]) <= slack[:, None]).all(axis=2)
    alike = places[near[int(np.argmax(near.sum(axis=1)))]]
    if len(alike) < max(LEAST_HOLES, ALIKE_SHARE * len(places)):
        return ink
    hole = np.isin(labels, alike) & ~walls
    bare = np.linalg.norm(canvas.colour[hole], axis=1) < BARE_RGB
    if float(np.mean(bare)) < BARE_SHARE:
        return ink
    filled = dilate(hole, 1) & (hole | (ink.alpha > WALL_ALPHA))
    return replace(
        ink,
        own=ink.own | filled,
        alpha=np.where(hole, np.float32(1.0), ink.alpha).astype(np.float32),
        hidden=ink.hidden & ~filled,
    )


def find_holes(own: BoolArray, widest_px: float) -> BoolArray:
    """Small bare places that ink surrounds.

    Parameters
    ----------
    own : (H, W) bool array
        The ink.
    widest_px : float
        A hole is at most this wide and high.
    """
    _, labels, boxes, _ = cv2.connectedComponentsWithStats((~own).astype(np.uint8), connectivity=4)
    small = boxes[:, 2:4].max(axis=1) <= widest_px
    small[0] = False
    return np.asarray(small[labels], bool)
