"""Finds lines of text with the PP-OCRv6 detection network, at a bounded resolution.

The network gives a probability map of *shrunken* text lines (Liao et al., "Real-time Scene Text Detection with
Differentiable Binarization", AAAI 2020); a line is a connected component of it, grown back by a distance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.geometry import ByteArray, FloatArray
from digitize.ocr.models import open_model

SHORT_SIDE_PX = 736
"""A smaller figure is raised to this short side; the network was tuned for it."""
INPUT_LIMIT_PX = 1_300_000
"""Pixels of one network input: memory grows with them, about 300 MB a million."""
TILE_LIMIT = 6
"""Tiles one figure may be cut into."""
TILE_OVERLAP_HEIGHTS = 12.0
SMALL_TEXT_PX = 7.0
"""Text lower than this in the network's input is often missed: cut into tiles instead of shrinking so far."""
STRIDE_PX = 32
PROBABILITY_MIN = 0.3
SCORE_MIN = 0.5
UNCLIP = 1.6
CORE_AREA_MIN_PX = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Quad:
    """A turned rectangle around a line of text.

    Attributes
    ----------
    x, y : float
        Centre, whole-image pixels.
    length_px, height_px : float
        Along and across the reading direction, as far as it is known.
    angle_deg : float
        Counter-clockwise, -90 < angle <= 90.
    score : float
        Mean probability of being text, 0 to 1.
    settled : bool
        Whether its angle was decided together with its neighbours' and stands.
    """

    x: float
    y: float
    length_px: float
    height_px: float
    angle_deg: float = 0.0
    score: float = 1.0
    settled: bool = False


def find_text_quads(pixels: ByteArray, text_height_px: float = 0.0) -> list[Quad]:
    """Lines of text found by the network.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 array
        sRGB.
    text_height_px : float
        Typical height of small text in the figure, 0 where unknown: decides whether a huge figure is cut into tiles.
    """
    height, width = pixels.shape[:2]
    scale = max(1.0, SHORT_SIDE_PX / min(height, width))
    scale = min(scale, (INPUT_LIMIT_PX / (height * width)) ** 0.5)
    if scale < 1.0 and 0 < text_height_px * scale < SMALL_TEXT_PX:
        wanted = min(1.0, SMALL_TEXT_PX / text_height_px)
        wanted = min(wanted, (TILE_LIMIT * 0.8 * INPUT_LIMIT_PX / (height * width)) ** 0.5)
        if wanted > scale * 1.15:
            return _quads_of_tiles(pixels, wanted, text_height_px)
    return _quads_of(pixels, scale)


def _quads_of_tiles(pixels: ByteArray, scale: float, text_height_px: float) -> list[Quad]:
    height, width = pixels.shape[:2]
    count = height * width * scale**2 / INPUT_LIMIT_PX
    overlap = int(TILE_OVERLAP_HEIGHTS * text_height_px)
    along_x = max(1, round((count * width / height) ** 0.5))
    along_y = max(1, int(np.ceil(count / along_x)))
    quads: list[Quad] = []
    edges_x = np.linspace(0, width, along_x + 1).astype(int)
    edges_y = np.linspace(0, height, along_y + 1).astype(int)
    for top, bottom in zip(edges_y[:-1], edges_y[1:], strict=True):
        for left, right in zip(edges_x[:-1], edges_x[1:], strict=True):
            y0, y1 = max(top - overlap, 0), min(bottom + overlap, height)
            x0, x1 = max(left - overlap, 0), min(right + overlap, width)
            found = _quads_of(pixels[y0:y1, x0:x1], scale)
            quads.extend(replace(quad, x=quad.x + x0, y=quad.y + y0) for quad in found)
    return quads


def _quads_of(pixels: ByteArray, scale: float) -> list[Quad]:
    height, width = pixels.shape[:2]
    to_height = max(STRIDE_PX, round(height * scale / STRIDE_PX) * STRIDE_PX)
    to_width = max(STRIDE_PX, round(width * scale / STRIDE_PX) * STRIDE_PX)
    method = cv2.INTER_AREA if scale < 0.6 else cv2.INTER_LINEAR
    small = cv2.resize(pixels, (to_width, to_height), interpolation=method)
    # The network was trained on blue-green-red.
    blob = (small[:, :, ::-1].astype(np.float32) / 127.5 - 1.0).transpose(2, 0, 1)[None]
    session = open_model("det")
    probability = session.run(None, {session.get_inputs()[0].name: np.ascontiguousarray(blob)})[0][0, 0]
    return _to_quads(probability, width / to_width, height / to_height)


def _to_quads(probability: NDArray[np.float32], x_factor: float, y_factor: float) -> list[Quad]:
    """Connected components of the probability map, grown back and scaled to the image."""
    mask = cv2.dilate((probability > PROBABILITY_MIN).astype(np.uint8), np.ones((2, 2), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    sums = np.bincount(labels.ravel(), weights=probability.ravel(), minlength=count)
    quads: list[Quad] = []
    for index in range(1, count):
        left, top, wide, high, area = (int(value) for value in stats[index])
        score = float(sums[index] / area)
        if area < CORE_AREA_MIN_PX or score < SCORE_MIN:
            continue
        part = (labels[top : top + high, left : left + wide] == index).astype(np.uint8)
        contours, _ = cv2.findContours(part, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        rect = cv2.minAreaRect(np.concatenate(contours))
        quads.append(_to_quad(rect, (left, top), x_factor, y_factor, min(score, 1.0)))
    return quads


def _to_quad(
    rect: tuple[Sequence[float], Sequence[float], float],
    offset: tuple[int, int],
    x_factor: float,
    y_factor: float,
    score: float,
) -> Quad:
    corners: FloatArray = cv2.boxPoints(rect).astype(np.float64) + offset
    first, second = corners[1] - corners[0], corners[2] - corners[1]
    along, across = (first, second) if np.hypot(*first) >= np.hypot(*second) else (second, first)
    # +1: the rectangle runs through pixel centres.
    length, height = float(np.hypot(*along)) + 1.0, float(np.hypot(*across)) + 1.0
    grown = UNCLIP * length * height / (2 * (length + height))
    if along[0] < 0 or (along[0] == 0 and along[1] > 0):
        along = -along
    angle = float(np.degrees(np.arctan2(-along[1], along[0]))) if np.any(along) else 0.0
    factor = (x_factor + y_factor) / 2
    x, y = corners.mean(axis=0)
    return Quad(
        x=float((x + 0.5) * x_factor - 0.5),
        y=float((y + 0.5) * y_factor - 0.5),
        length_px=(length + 2 * grown) * factor,
        height_px=(height + 2 * grown) * factor,
        angle_deg=angle,
        score=score,
    )
