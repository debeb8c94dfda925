"""Which of two courses of a line the picture shows: both are drawn, and what is left is compared."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from calibration.geometry import BoolArray, FloatArray
from digitize.rendering.stroke import COARSE_PARTS, Stroke, draw_stroke

CLIP_LEVELS = 90.0
"""A pixel that is wrong altogether counts no more than this."""
STRETCH_PX = 40
FEWEST_PIXELS = 80
"""Compared at least in a stretch that is to say anything."""
PAD_PX = 2.0
"""Pixels this far beside both strokes are compared too: ink that neither explains."""


def draw_pieces(points: FloatArray, width_px: float, shape: tuple[int, ...]) -> list[Stroke]:
    """Strokes of the unbroken parts of a path with NaN rows."""
    finite = np.isfinite(points).all(axis=1)
    edges = np.diff(np.concatenate([[0], finite.astype(np.int8), [0]]))
    ends = zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True)
    pieces = [points[first:last] for first, last in ends if last - first > 1]
    return [draw_stroke(piece, width_px, shape, parts=COARSE_PARTS) for piece in pieces]


def cover(strokes: Sequence[Stroke], shape: tuple[int, ...]) -> FloatArray:
    """Coverage of every pixel of an image."""
    result = np.zeros(shape[:2])
    for stroke in strokes:
        at = stroke.rows, stroke.cols
        result[at] = np.maximum(result[at], stroke.coverage)
    return result


def compare_courses(
    picture: NDArray[np.float32],
    ground: NDArray[np.float32],
    colour: FloatArray,
    width_px: float,
    courses: Sequence[FloatArray],
    unusable: BoolArray,
) -> FloatArray:
    """What each course leaves, over the pixels that any of them touches.

    Parameters
    ----------
    picture, ground : (H, W, 3) float32 arrays
    colour : (3,) float array
    width_px : float
    courses : sequence of (N, 2) float arrays
        Vertices in the pictures' own pixels, NaN rows at breaks.
    unusable : (H, W) bool array
        Pixels that say nothing about this line.

    Returns
    -------
    (courses, stretches) float array
        Root mean square in colour levels, of every stretch of columns; NaN where nothing can be compared.
    """
    shape = picture.shape
    touched = np.zeros(shape[:2], bool)
    covers = []
    for points in courses:
        covers.append(cover(draw_pieces(points, width_px, shape), shape))
        touched |= cover(draw_pieces(points, width_px + 2 * PAD_PX, shape), shape) > 0
    touched &= ~unusable
    if not touched.any():
        return np.full((len(courses), 1), np.nan)
    stretch = np.nonzero(touched)[1] // STRETCH_PX
    count = np.bincount(stretch).astype(float)
    count[count < FEWEST_PIXELS] = np.nan
    under, shown = ground[touched].astype(np.float64), picture[touched].astype(np.float64)
    left = []
    for one in covers:
        drawn = under + one[touched][:, None] * (colour - under)
        rest = np.minimum(np.linalg.norm(shown - drawn, axis=1), CLIP_LEVELS)
        left.append(np.sqrt(np.bincount(stretch, rest**2) / count))
    return np.array(left)
