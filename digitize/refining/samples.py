"""Heights of samples at known places: least squares of straight pieces through a traced path."""

from __future__ import annotations

import numpy as np
from scipy.linalg import solveh_banded

from calibration.geometry import BoolArray, FloatArray

ROUNDS = 4
HUBER_SIGMA = 2.0
UNSEEN_WEIGHT = 0.02
"""Of points that were interpolated by whoever followed the line."""
STIFFNESS = 1e-5
"""Weight of the second difference, relative to a column's: it only fills stretches that were not seen."""


def fit_heights(
    nodes_x: FloatArray,
    x: FloatArray,
    y: FloatArray,
    sigma: FloatArray,
    seen: BoolArray,
    rounds: int = ROUNDS,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Heights at ``nodes_x`` (rising) of the broken line nearest to a path.

    Returns
    -------
    heights, sigma : (K,) float arrays
    residual : (N,) float array
        Path minus line, in px; points outside the nodes are compared with the end pieces' continuation.
    """
    count = len(nodes_x)
    left = np.clip(np.searchsorted(nodes_x, x, side="right") - 1, 0, count - 2)
    share = (x - nodes_x[left]) / (nodes_x[left + 1] - nodes_x[left])
    inside = (share > -0.5) & (share < 1.5)
    base = np.where(inside, np.where(seen, 1.0, UNSEEN_WEIGHT), 1e-6) / np.maximum(sigma, 1e-3) ** 2
    weight = base.copy()
    heights = np.zeros(count)
    residual = np.zeros(len(x))
    bands = np.zeros((3, count))
    for _ in range(rounds):
        bands = _second_difference(count) * STIFFNESS * float(np.median(base))
        target = np.zeros(count)
        for band, first, second in ((2, (1 - share) ** 2, share**2), (1, None, share * (1 - share))):
            if first is not None:
                bands[band] += np.bincount(left, weight * first, count)
            bands[band] += np.bincount(left + 1, weight * second, count)
        target += np.bincount(left, weight * (1 - share) * y, count)
        target += np.bincount(left + 1, weight * share * y, count)
        bands[2] += 1e-9 * bands[2].max()
        heights = solveh_banded(bands, target)
        residual = y - (1 - share) * heights[left] - share * heights[left + 1]
        size = np.abs(residual) / np.maximum(sigma, 1e-3)
        weight = base * np.minimum(1.0, HUBER_SIGMA / np.maximum(size, 1e-9))
    return heights, 1.0 / np.sqrt(np.maximum(bands[2], 1e-9)), residual


def _second_difference(count: int) -> FloatArray:
    """Upper banded form (3, K) of the squared second difference."""
    bands = np.zeros((3, count))
    if count < 3:
        return bands
    bands[2, :-2] += 1.0
    bands[2, 1:-1] += 4.0
    bands[2, 2:] += 1.0
    bands[1, 1:-1] += -2.0
    bands[1, 2:] += -2.0
    bands[0, 2:] += 1.0
    return bands
