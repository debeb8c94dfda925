"""Thin strokes of a figure, dark on light and light on dark: what letters, and curves, are made of.

Thin strokes on any flat background answer to the morphological top-hat (light on dark) and black-hat (dark on light)
transforms (Serra, "Image Analysis and Mathematical Morphology", 1982).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.geometry import BoolArray, ByteArray

WORK_LIMIT_PX = 3_000_000
"""A larger figure is reduced to this many pixels first."""
KERNEL_PX, LEVEL_PX = 13, 27
GROUND_LEVEL = 110


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ThinInk:
    """How strongly each pixel of a figure stands out from the ground around it as a thin stroke.

    Attributes
    ----------
    dark, light : (h, w) uint8 arrays
        Contrast of strokes darker and lighter than their ground, the most of the three channels.
    without_dark, without_light : (h, w, 3) uint8 arrays
        The picture with the dark, with the light strokes filled up from the ground around them.
    on_dark : (h, w) bool array, on_light : (h, w) bool array
        Whether the ground is dark behind light strokes, light behind dark ones.
    level : (h, w) uint8 array
        Mean lightness around each pixel: over more than the gaps between letters, which also answer as thin strokes.
    scale : float
        Pixels of these arrays for one of the figure, at most 1.
    shape : (int, int)
        Rows and columns of the figure.
    """

    dark: ByteArray
    light: ByteArray
    without_dark: ByteArray
    without_light: ByteArray
    on_light: BoolArray
    on_dark: BoolArray
    level: ByteArray
    scale: float
    shape: tuple[int, int]

    def masks(self, contrast_min_levels: int) -> tuple[BoolArray, BoolArray]:
        """Dark and light ink of at least a contrast.

        Gaps between strokes answer to the opposite transform: dark ink needs a light ground, and the reverse.
        """
        dark, light = self.dark > contrast_min_levels, self.light > contrast_min_levels
        return dark & self.on_light, light & self.on_dark


def find_thin_ink(pixels: ByteArray) -> ThinInk:
    """Strokes thinner than the kernel, dark on light and light on dark.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 array
        sRGB.
    """
    height, width = pixels.shape[:2]
    scale = min(1.0, (WORK_LIMIT_PX / (height * width)) ** 0.5)
    work = pixels if scale == 1.0 else cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    kernel = np.ones((KERNEL_PX, KERNEL_PX), np.uint8)
    closed, opened = cv2.morphologyEx(work, cv2.MORPH_CLOSE, kernel), cv2.morphologyEx(work, cv2.MORPH_OPEN, kernel)
    around = cv2.blur(cv2.cvtColor(work, cv2.COLOR_RGB2GRAY), (LEVEL_PX, LEVEL_PX))
    return ThinInk(
        dark=_strongest(cv2.subtract(closed, work)),
        light=_strongest(cv2.subtract(work, opened)),
        without_dark=np.asarray(closed, np.uint8),
        without_light=np.asarray(opened, np.uint8),
        on_light=cv2.cvtColor(closed, cv2.COLOR_RGB2GRAY) > GROUND_LEVEL,
        on_dark=cv2.cvtColor(opened, cv2.COLOR_RGB2GRAY) < GROUND_LEVEL,
        level=np.asarray(around, np.uint8),
        scale=scale,
        shape=(height, width),
    )


def _strongest(channels: NDArray[Any]) -> ByteArray:
    red, green, blue = cv2.split(channels)
    return np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)
