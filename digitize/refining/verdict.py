"""Which of two courses of a line the picture shows: both are drawn, and what is left is compared."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.geometry import BoolArray, FloatArray
from digitize.rendering.stroke import COARSE_PARTS, ROUND_JOINS, Stroke, draw_stroke

CLIP_LEVELS = 90.0
"""A pixel that is wrong altogether counts no more than this."""
STRETCH_PX = 20
FEWEST_PIXELS = 40
"""Compared at least in a stretch that is to say anything."""
PAD_PX = 2
"""Pixels this far beside both strokes are compared too: ink that neither explains."""
MORE_FRAC = 1.2
"""Residual of samples that are no worse than the path, as a share of what the path leaves."""
MORE_EVEN_FRAC = 1.3
"""Of points at a spacing of ours, which cannot be as near to the ink as a point in every column."""
UNTOLD_LEVELS = 7.5
"""Root mean square that is left by a line a twentieth of a pixel off: no worse by that."""
LOCAL_LEVELS = 45.0
"""In no stretch may samples leave this much more than the traced path (root mean square, colour levels): that of a
line nearly a pixel off."""

BESIDE_LEVELS = 22.0
BESIDE_FRAC = 0.1
PLAIN_LEVELS = 15.0
"""Nor may they leave this much more, that of a line a quarter of a pixel off, in more of the stretches, where the path
explains the picture to so many levels: on a grid that is not theirs samples lie beside the ink now and again."""


def draw_pieces(
    points: FloatArray, width_px: float, shape: tuple[int, ...], mitre: float = ROUND_JOINS
) -> list[Stroke]:
    """Strokes of the unbroken parts of a path with NaN rows."""
    finite = np.isfinite(points).all(axis=1)
    edges = np.diff(np.concatenate([[0], finite.astype(np.int8), [0]]))
    ends = zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True)
    pieces = [points[first:last] for first, last in ends if last - first > 1]
    return [draw_stroke(piece, width_px, shape, parts=COARSE_PARTS, mitre=mitre) for piece in pieces]


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
    covers: Sequence[FloatArray],
    unusable: BoolArray,
) -> FloatArray:
    """What each course leaves, over the pixels that any of them touches.

    Parameters
    ----------
    picture, ground : (H, W, 3) float32 arrays
    colour : (3,) float array
    covers : sequence of (H, W) float array
        Coverage by each course.
    unusable : (H, W) bool array
        Pixels that say nothing about this line.

    Returns
    -------
    (courses, stretches) float array
        Root mean square in colour levels, of every stretch of columns; NaN where nothing can be compared.
    """
    touched = np.max(covers, axis=0) > 0
    kernel = np.ones((2 * PAD_PX + 1, 2 * PAD_PX + 1), np.uint8)
    touched = (cv2.dilate(touched.astype(np.uint8), kernel) > 0) & ~unusable
    if not touched.any():
        return np.full((len(covers), 1), np.nan)
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


def is_no_worse(samples: FloatArray, path: FloatArray, *, even: bool) -> bool | None:
    """Whether samples explain the picture as well as the path, in all and everywhere; None where nothing tells.

    Parameters
    ----------
    samples, path : (stretches,) float arrays
        What each leaves, as :func:`compare_courses` finds it.
    even : bool
        Whether the samples are points at a spacing of ours.
    """
    told = np.isfinite(samples) & np.isfinite(path)
    if not told.any():
        return None
    own, other = samples[told] ** 2, path[told] ** 2
    frac = MORE_EVEN_FRAC if even else MORE_FRAC
    if own.sum() > frac * other.sum() + told.sum() * UNTOLD_LEVELS**2:
        return False
    if (own - other > LOCAL_LEVELS**2).any():
        return False
    beside = float(np.mean(own - other > BESIDE_LEVELS**2))
    return beside <= BESIDE_FRAC or float(other.mean()) > PLAIN_LEVELS**2
