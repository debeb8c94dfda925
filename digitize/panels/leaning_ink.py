"""Labels that seem level though their ink leans: short ones are as wide as high, whichever way they are turned."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from calibration.geometry import ByteArray, FloatArray, TextBox

LEANS_DEG = np.arange(-65.0, 66.0, 5.0)
LEAST_LEAN_DEG, LOWER_FRAC = 25.0, 0.8
"""Seen along its own direction a line of text is so much lower than it stands."""
FEWEST, FEWEST_CHARACTERS = 2, 2
NO_POWER = re.compile(r"[.,%°$€£π/]")
"""A raised exponent leans too, but beside none of these."""
INK_FRAC, STRONG_PERCENTILE, MARGIN_PX = 0.4, 97.0, 1.0


def leaning_by_ink(pixels: ByteArray, labels: Sequence[TextBox]) -> list[TextBox]:
    """The labels of a row, slanted where the ink of most of them leans alike; else as they are.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 array
    labels : sequence of TextBox
    """
    plain = [label for label in labels if len(label.text.strip()) >= FEWEST_CHARACTERS]
    sure = [label for label in plain if NO_POWER.search(label.text)]
    if any(label.angle_deg for label in labels) or len(sure) < max(FEWEST, len(plain) / 2):
        return list(labels)
    heights = np.array([_heights(pixels, label) for label in sure])
    shares = np.median(heights / heights[:, len(LEANS_DEG) // 2, None], axis=0)
    best = int(shares.argmin())
    if shares[best] > LOWER_FRAC or abs(LEANS_DEG[best]) < LEAST_LEAN_DEG:
        return list(labels)
    height_px = float(np.median(heights[:, best]))
    return [replace(label, angle_deg=float(LEANS_DEG[best]), height_px=height_px) for label in labels]


def _heights(pixels: ByteArray, label: TextBox) -> FloatArray:
    """How high the ink of a label is across each of :data:`LEANS_DEG`."""
    part = pixels[label.box.expanded(MARGIN_PX).slices(pixels.shape)].astype(float)
    border = np.concatenate([part[0], part[-1], part[:, 0], part[:, -1]])
    levels = np.abs(part - np.median(border, axis=0)).max(axis=2)
    y, x = np.nonzero(levels > INK_FRAC * max(float(np.percentile(levels, STRONG_PERCENTILE)), 1.0))
    lean = np.radians(LEANS_DEG)[:, None]
    across = y[None, :] * np.cos(lean) + x[None, :] * np.sin(lean)
    return np.asarray(np.ptp(across, axis=1) + 1.0 if len(y) else np.ones(len(LEANS_DEG)), np.float64)
