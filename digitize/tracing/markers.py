"""Markers that sit on a traced line: their centres, also where the line is steep."""

from __future__ import annotations

import cv2
import numpy as np

from calibration.geometry import BoolArray, Box, FloatArray
from digitize.tracing.canvas import Float32Array, dilate
from digitize.values import Image, Panel, Trace

RESIDUAL_RGB = 26.0
RESIDUAL_FRAC = 0.2
COVER_ALPHA = 0.5
CORRIDOR_STROKES = 6.0
CORRIDOR_PX = 6.0
"""Markers reach no further from the path than this: in stroke widths, and on top of them."""
BODY_STROKES = 1.35
"""A disc of this many stroke widths does not fit into the line itself, ..."""
BODY_PX = 1.5
"""... and is at least this much wider."""
SAME_SIZE = 1.5
"""Sides of one line's markers differ from their median by less than this factor."""
FEWEST = 3
ALIKE_FRAC = 0.5
OFF_PATH_SIZES = 0.5


def marker_centres(image: Image, panel: Panel, trace: Trace) -> FloatArray:
    """Centres of the markers along a traced line.

    Ink of the line's colour near its path, holes of hollow markers filled, is opened by a disc wider than the stroke:
    what is left are the markers' bodies. Their centre is that of all ink of the marker, stroke left out on both sides
    alike.

    Parameters
    ----------
    image : Image
    panel : Panel
    trace : Trace
        A line; ``path_px`` is used where there is one.

    Returns
    -------
    (M, 2) float array
        (x, y) in whole-image pixels in the order of the path; empty where fewer than three bodies of one size stand
        on the path. Crosses and pluses, which have no body, are not found. These are the markers as drawn: Agg
        (matplotlib) draws them up to one pixel right of and below their places, half a pixel on average.
    """
    path = trace.points_px if trace.path_px is None else trace.path_px
    path = path[np.isfinite(path).all(axis=1)]
    if len(path) < 2:
        return np.empty((0, 2))
    stroke = max(trace.stroke_px, 1.0)
    reach = CORRIDOR_STROKES * stroke + CORRIDOR_PX
    low, high = path.min(axis=0) - reach, path.max(axis=0) + reach
    rows, cols = Box(left=low[0], top=low[1], right=high[0], bottom=high[1]).slices(image.pixels.shape)
    origin = np.array([cols.start, rows.start], float)
    alpha = _cover(image.pixels[rows, cols].astype(np.float32), panel, trace)
    near = np.zeros(alpha.shape, np.uint8)
    line = np.round((path - origin) * 16).astype(np.int32).reshape(-1, 1, 2)
    cv2.polylines(near, [line], False, 1, thickness=round(2 * reach), shift=4)
    own = (alpha > COVER_ALPHA) & near.astype(bool)
    return np.asarray(_find_bodies(own, alpha, path - origin, stroke) + origin, np.float64)


def _cover(pixels: Float32Array, panel: Panel, trace: Trace) -> Float32Array:
    """Share of every pixel that the trace's colour covers; 0 where the pixel is of another colour."""
    background = np.array(panel.background, np.float32)
    ray = np.array(trace.colour, np.float32) - background
    norm = max(float(ray @ ray), 1.0)
    away = pixels - background
    alpha = np.clip(away @ ray / norm, 0.0, 1.0)
    residual = np.linalg.norm(away - alpha[..., None] * ray, axis=-1)
    alpha[residual > RESIDUAL_RGB + RESIDUAL_FRAC * alpha * np.sqrt(norm)] = 0.0
    return np.asarray(alpha, np.float32)


def _find_bodies(own: BoolArray, alpha: Float32Array, path: FloatArray, stroke: float) -> FloatArray:
    filled = _fill_holes(own, most_px=(CORRIDOR_STROKES * stroke + CORRIDOR_PX) ** 2)
    side = int(np.ceil(max(BODY_STROKES * stroke, stroke + BODY_PX))) | 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    body = cv2.morphologyEx(filled.astype(np.uint8), cv2.MORPH_OPEN, disc)
    count, _, stats, middles = cv2.connectedComponentsWithStats(body, connectivity=8)
    if count - 1 < FEWEST:
        return np.empty((0, 2))
    sides = stats[1:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].astype(float)
    usual = np.median(sides, axis=0)
    alike = ((sides < SAME_SIZE * usual) & (sides * SAME_SIZE > usual)).all(axis=1)
    alike &= sides.max(axis=1) < SAME_SIZE * sides.min(axis=1)
    gap = np.linalg.norm(middles[1:, None] - path[None], axis=2)
    alike &= gap.min(axis=1) < OFF_PATH_SIZES * usual.max()
    if alike.sum() < FEWEST or alike.mean() < ALIKE_FRAC:
        return np.empty((0, 2))
    weight = np.where(filled, np.maximum(alpha, body.astype(np.float32)), 0.0)
    weight = np.where(dilate(body.astype(bool), 1), weight, 0.0)
    half = usual / 2 + 1.5
    centres = np.array([_centre(weight, middles[1 + k], half) for k in np.flatnonzero(alike)])
    order = np.argsort(gap[alike].argmin(axis=1), kind="stable")
    return np.asarray(centres[order], np.float64)


def _fill_holes(own: BoolArray, most_px: float) -> BoolArray:
    """With the background enclosed by small rings filled in: hollow markers."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((~own).astype(np.uint8), connectivity=4)
    small = stats[:, cv2.CC_STAT_AREA] < most_px
    compact = stats[:, cv2.CC_STAT_WIDTH] < 2 * stats[:, cv2.CC_STAT_HEIGHT]
    compact &= stats[:, cv2.CC_STAT_HEIGHT] < 2 * stats[:, cv2.CC_STAT_WIDTH]
    hole = small & compact
    hole[0] = False
    return np.asarray(own | hole[labels], bool)


def _centre(weight: FloatArray, middle: FloatArray, half: FloatArray) -> FloatArray:
    left, top = (max(int(np.floor(v)), 0) for v in middle - half)
    right, bottom = (int(np.ceil(v)) + 1 for v in middle + half)
    part = weight[top:bottom, left:right]
    total = max(float(part.sum()), 1e-6)
    x = float((part.sum(axis=0) * np.arange(left, left + part.shape[1])).sum()) / total
    y = float((part.sum(axis=1) * np.arange(top, top + part.shape[0])).sum()) / total
    return np.array([x, y])
