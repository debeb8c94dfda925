"""Ink on a background: which colours were drawn in a crop, and how much of one colour each pixel holds."""

from __future__ import annotations

import cv2
import numpy as np

from calibration.geometry import BoolArray, ByteArray, FloatArray

INK_DISTANCE = 22.0
"""Euclidean RGB distance from the background from which a pixel is ink."""
RAY_DISTANCE = 34.0
"""How far a pixel may lie off the straight line from background to full colour and still be that colour's edge."""
STRONGER_FRAC = 1.4
"""Share of full strength beyond which a pixel is of another, stronger colour."""
GRAIN_SIGMA = 4.0
RUN_DISTANCE = 14.0
COLOURS_TRIED = 8


def commonest_colour(pixels: ByteArray) -> FloatArray:
    """The commonest colour of an (..., 3) uint8 array, noise of a few grey levels averaged out."""
    flat = pixels.reshape(-1, 3)
    if len(flat) > 20_000:
        flat = flat[:: len(flat) // 20_000 + 1]
    # Two grids, half a cell apart: a colour that falls on a cell border of one lies inside a cell of the other.
    best: tuple[int, BoolArray] | None = None
    for shift in (0, 8):
        cells = np.minimum(flat.astype(np.int32) + shift, 255) >> 4
        keys = (cells[:, 0] << 8) | (cells[:, 1] << 4) | cells[:, 2]
        counts = np.bincount(keys, minlength=4096)
        key = int(counts.argmax())
        if best is None or counts[key] > best[0]:
            best = int(counts[key]), keys == key
    assert best is not None
    return np.asarray(np.median(flat[best[1]], axis=0), float)


def strengths(
    offsets: FloatArray, ray: FloatArray, off_ray_distance: float = RAY_DISTANCE, strongest: float = STRONGER_FRAC
) -> FloatArray:
    """How much of a colour pixels hold: 1 at full strength, 0 for the background and for what is no such blend.

    Parameters
    ----------
    offsets : (N, 3) float array
        Pixels less the background.
    ray : (3,) float array
        The colour less the background.
    off_ray_distance : float
        RGB distance from the line through background and colour at which a pixel is of another colour.
    strongest : float
        Strength above which a pixel is of another, stronger colour.
    """
    length = max(float(ray @ ray), 1.0)
    along = offsets @ ray / length
    across = np.einsum("ij,ij->i", offsets, offsets) - along * along * length
    along[(across > off_ray_distance**2) | (along > strongest)] = 0.0
    return np.maximum(along, 0.0)


def ink_distance(window: FloatArray, background: FloatArray) -> float:
    """The distance from the background at which ink begins: above the grain of a scan or a JPEG."""
    grain = float(np.median(np.linalg.norm(window.reshape(-1, 3) - background, axis=1)))
    return max(INK_DISTANCE, min(GRAIN_SIGMA * grain, 4.0 * INK_DISTANCE))


def run_pixels(window: FloatArray, length_px: int) -> BoolArray:
    """Pixels in level runs of one colour at least ``length_px`` long: strokes, but hardly letters."""
    steady = (np.abs(np.diff(window, axis=1)).max(axis=-1) < RUN_DISTANCE).astype(np.uint8)
    kernel = np.ones((1, max(length_px - 1, 2)), np.uint8)
    runs = cv2.morphologyEx(np.pad(steady, ((0, 0), (0, 1))), cv2.MORPH_OPEN, kernel)
    return np.asarray(runs, bool)


def ink_colours(pixels: FloatArray, background: FloatArray, fewest: float, threshold: float) -> list[FloatArray]:
    """Full-strength colours of the ink among (N, 3) pixels, most ink first, their anti-aliased edges left out."""
    offsets = pixels - background
    distance = np.linalg.norm(offsets, axis=1)
    offsets, distance = offsets[distance > threshold], distance[distance > threshold]
    chosen: list[FloatArray] = []
    while len(offsets) >= fewest and len(chosen) < COLOURS_TRIED:
        cells = (offsets + 256.0).astype(np.int32) >> 4
        keys = (cells[:, 0] << 10) | (cells[:, 1] << 5) | cells[:, 2]
        members = keys == int(np.bincount(keys, weights=distance).argmax())
        ray = np.median(offsets[members], axis=0)
        # Extreme along the ray through this colour: thin strokes have more edge than core.
        near = strengths(offsets, ray, strongest=np.inf)
        on_ray = near > 0.8
        if on_ray.sum() >= fewest:
            top = np.quantile(near[on_ray], 0.9)
            ray = np.median(offsets[on_ray & (near >= top - 0.05)], axis=0)
        chosen.append(background + ray)
        keep = (strengths(offsets, ray, strongest=np.inf) <= 0.0) & ~members
        offsets, distance = offsets[keep], distance[keep]
    return chosen


def text_colour(pixels: ByteArray, background: FloatArray) -> FloatArray:
    """The colour of the words in a crop: of its ink colours the one found in most columns."""
    offsets = pixels.astype(float) - background
    colours = ink_colours(pixels.reshape(-1, 3).astype(float), background, 3.0, INK_DISTANCE)
    if not colours:
        return 255.0 - background
    spread = [
        int((strengths(offsets.reshape(-1, 3), colour - background).reshape(offsets.shape[:2]) > 0.5).any(axis=0).sum())
        for colour in colours
    ]
    return colours[int(np.argmax(spread))]
