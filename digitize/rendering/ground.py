"""What lies under the lines: the picture with their ink taken out."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.geometry import FloatArray
from digitize.values import Image, Panel

Float32Array = NDArray[np.float32]
MARGIN_PX = 3.0
"""How far beyond a stroke's edge its soft rim may reach."""
GRID_SPAN_FRAC = 0.5
GRID_SAME_RGB = 12.0
LEAST_OPEN_FRAC = 0.2


def measure_ground(
    image: Image, panel: Panel, paths: Sequence[tuple[FloatArray, float]]
) -> tuple[Float32Array, NDArray[np.bool_]]:
    """The picture without some lines: along each column their ink gives way to what is above and below it.

    Parameters
    ----------
    image : Image
    panel : Panel
        Only inside its axes box is ink taken out.
    paths : sequence of ((N, 2) float array, float)
        Path and stroke width of each line, in pixels; NaN rows break a path.

    Returns
    -------
    ground : (H, W, 3) float32 array
    replaced : (H, W) bool array
        Where ink was taken out.
    """
    ink = np.zeros(image.pixels.shape[:2], np.uint8)
    for points, stroke in paths:
        thickness = int(np.ceil(stroke + 2 * MARGIN_PX))
        for part in np.split(points, np.flatnonzero(np.isnan(points[:, 0]))):
            part = part[np.isfinite(part).all(axis=1)]
            if len(part) > 1:
                cv2.polylines(ink, [np.round(part * 8).astype(np.int32)], False, 1, thickness, cv2.LINE_8, 3)
    rows, cols = panel.axes.expanded(2.0).slices(ink.shape)
    replaced = np.zeros(ink.shape, bool)
    replaced[rows, cols] = ink[rows, cols] > 0
    ground = image.pixels.astype(np.float32)
    ground[rows, cols] = _filled(ground[rows, cols], replaced[rows, cols], np.array(panel.background, np.float32))
    return ground, replaced


def _filled(pixels: Float32Array, holes: NDArray[np.bool_], background: Float32Array) -> Float32Array:
    """Holes take, column by column, the mean of what is above and below, nearer counting more; rows of grid stay."""
    height = len(pixels)
    index = np.arange(height)[:, None]
    above = np.maximum.accumulate(np.where(holes, -1, index), axis=0)
    below = np.minimum.accumulate(np.where(holes, height, index)[::-1], axis=0)[::-1]
    cols = np.arange(pixels.shape[1])[None, :]
    up = np.where((above >= 0)[..., None], pixels[np.clip(above, 0, height - 1), cols], background)
    down = np.where((below < height)[..., None], pixels[np.clip(below, 0, height - 1), cols], background)
    share = ((index - above) / np.maximum(below - above, 1)).astype(np.float32)[..., None]
    result = np.where(holes[..., None], (1 - share) * up + share * down, pixels)
    open_ = ~holes
    # fewer than half of a plain row's pixels differ from the background, and so does not their median
    unlike = (np.abs(pixels - background).max(axis=-1) > GRID_SAME_RGB / 2) & open_
    wide = open_.sum(axis=1) >= LEAST_OPEN_FRAC * pixels.shape[1]
    for row in np.flatnonzero(holes.any(axis=1) & wide & (2 * unlike.sum(axis=1) >= open_.sum(axis=1))).tolist():
        own = np.median(pixels[row][open_[row]], axis=0)
        same = np.abs(pixels[row][open_[row]] - own).max(axis=1) < GRID_SAME_RGB
        if np.abs(own - background).max() > GRID_SAME_RGB / 2 and same.mean() > GRID_SPAN_FRAC:
            result[row][holes[row]] = own
    return np.asarray(result, np.float32)
