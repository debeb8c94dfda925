"""Crops as the chart recogniser sees them: how strongly each pixel differs from the background, one size for all."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.geometry import ByteArray

STRIP_HEIGHT_PX = 32
STRIP_WIDTH_MIN_PX = 16
STRIP_WIDTH_MAX_PX = 1536
FULL_CONTRAST_PERCENTILE = 99.0
CONTRAST_MIN_LEVELS = 8.0


def to_strip(crop: ByteArray) -> NDArray[np.float32]:
    """One line of text as contrast against its background, whatever its colours, theme and size.

    Parameters
    ----------
    crop : (h, w, 3) uint8 array
        A line turned upright, with a margin of background around its ink.

    Returns
    -------
    (STRIP_HEIGHT_PX, width) float32 array
        0 on the background, 1 in the strokes; the crop's proportions are kept.
    """
    border = np.concatenate((crop[0], crop[-1], crop[:, 0], crop[:, -1]))
    background = np.median(border, axis=0).astype(np.float32)
    strength = np.abs(crop.astype(np.float32) - background).max(axis=2)
    full = max(float(np.percentile(strength, FULL_CONTRAST_PERCENTILE)), CONTRAST_MIN_LEVELS)
    strength = np.minimum(strength / np.float32(full), 1.0)
    scale = STRIP_HEIGHT_PX / crop.shape[0]
    width = int(np.clip(round(crop.shape[1] * scale), STRIP_WIDTH_MIN_PX, STRIP_WIDTH_MAX_PX))
    method = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(strength, (width, STRIP_HEIGHT_PX), interpolation=method), np.float32)
