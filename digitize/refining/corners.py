"""A traced path as straight pieces: where its corners are, and whether it has any."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.geometry import BoolArray, FloatArray

NOISE_FLOOR_PX = 0.03
"""No column's middle is known better, whatever the neighbours say (rasterisation)."""
TRIMMED_FRAC = 0.9
PENALTY_LOGS = 5.0
"""What a further straight piece must explain, in units of log(number of points)."""
SKIP_COST = 2.5
"""Cost of leaving a point out between two pieces: the columns around a corner hold both pieces' ink."""
MOST_SKIPPED = 3
LONGEST_PIECE = 600
"""Points; longer straight pieces are put together again where corners that bend nothing are pruned."""
REACH_PX = 2.5
"""How far outside the gap between two pieces their crossing may lie and still be their corner."""
FREE_WEIGHT = 1e-4
"""Weight of points that were interpolated, not seen."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Corners:
    """Vertices of one unbroken piece of a path, its two ends included.

    Attributes
    ----------
    points : (K, 2) float array
        In pixels, in drawing order.
    sigma_x : (K,) float array
        Standard error of each vertex along x.
    kink : (K,) float array
        Change of slope at each vertex; 0 at the ends.
    noise_px : float
        Scatter of the path's points around straight pieces.
    curvature_share : float
        0 where the pieces are straight, 1 where they are chords of a smooth curve.
    curvature_sigma : float
        Standard error of it.
    """

    points: FloatArray
    sigma_x: FloatArray
    kink: FloatArray
    noise_px: float
    curvature_share: float
    curvature_sigma: float


def estimate_noise_px(y: FloatArray, relative: FloatArray) -> float:
    """Scatter of column middles, from second differences (corners are the few large ones and are trimmed)."""
    if len(y) < 5:
        return 0.1
    bend = np.abs(y[:-2] - 2 * y[1:-1] + y[2:]) / relative[1:-1] / np.sqrt(6.0)
    bend.sort()
    kept = bend[: max(int(TRIMMED_FRAC * len(bend)), 3)]
    return float(max(1.4826 * np.median(bend), 0.5 * np.sqrt(np.mean(kept**2)), NOISE_FLOOR_PX))


class _Sums:
    """Prefix sums from which the straight-line fit of any stretch follows."""

    def __init__(self, x: FloatArray, y: FloatArray, weight: FloatArray) -> None:
        terms = np.stack([weight, weight * x, weight * y, weight * x * x, weight * x * y, weight * y * y])
        self.sums = np.concatenate([np.zeros((6, 1)), np.cumsum(terms, axis=1)], axis=1)

    def fit(
        self, first: NDArray[np.int64], last: NDArray[np.int64]
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Slope, level at the mean, mean x and weighted squared error of stretches first..last (both included)."""
        w, wx, wy, wxx, wxy, wyy = self.sums[:, last + 1] - self.sums[:, first]
        w = np.maximum(w, 1e-12)
        mean_x, mean_y = wx / w, wy / w
        sxx = np.maximum(wxx - wx * mean_x, 1e-9)
        sxy, syy = wxy - wx * mean_y, np.maximum(wyy - wy * mean_y, 0.0)
        slope = sxy / sxx
        return slope, mean_y, mean_x, np.maximum(syy - slope * sxy, 0.0)


def split_straight(x: FloatArray, y: FloatArray, sigma: FloatArray) -> list[tuple[int, int]]:
    """Best partition of a path into straight pieces (dynamic programming over every stretch).

    Returns
    -------
    list of (first, last)
        Point indices, both included; a few points between two pieces may belong to neither.
    """
    count = len(x)
    sums = _Sums(x - x.mean(), y - y.mean(), sigma**-2.0)
    penalty = PENALTY_LOGS * np.log(max(count, 8))
    best = np.full(count + 1, np.inf)
    best[0] = 0.0
    came = np.zeros((count + 1, 2), np.int64)
    entry = np.full(count + 1, np.inf)  # best cost of starting a piece at a point, points skipped before it counted
    entry_from = np.zeros(count + 1, np.int64)
    for end in range(count):
        options = [best[end - skip] + SKIP_COST * skip if end >= skip else np.inf for skip in range(MOST_SKIPPED + 1)]
        chosen = int(np.argmin(options))
        entry[end], entry_from[end] = options[chosen], end - chosen
        earliest = max(end + 1 - LONGEST_PIECE, 0)
        starts = np.arange(earliest, end + 1, dtype=np.int64)
        error = sums.fit(starts, np.full(len(starts), end))[3]
        cost = entry[earliest : end + 1] + error + penalty
        start = earliest + int(np.argmin(cost))
        best[end + 1] = cost[start - earliest]
        came[end + 1] = (start, entry_from[start])
    pieces = []
    at = count
    while at > 0:
        start, before = came[at].tolist()
        pieces.append((start, at - 1))
        at = before
    return pieces[::-1]


def find_corners(
    x: FloatArray, y: FloatArray, sigma_px: FloatArray, seen: BoolArray, floor_px: float = NOISE_FLOOR_PX
) -> Corners | None:
    """Corners of one unbroken path with rising x.

    Parameters
    ----------
    x, y : (N,) float arrays
    sigma_px : (N,) float array
        Of y; only the ratios count, the scale is measured.
    seen : (N,) bool array
        False for interpolated points.
    floor_px : float
        Least scatter to assume: errors that neighbouring columns share do not show in their differences.

    Returns
    -------
    Corners or None
        None where the path is too short to tell.
    """
    if len(x) < 6:
        return None
    relative = np.maximum(sigma_px / np.median(sigma_px), 0.3)
    noise = max(estimate_noise_px(y, relative), floor_px)
    sigma = np.where(seen, noise * relative, noise / np.sqrt(FREE_WEIGHT))
    pieces = split_straight(x, y, sigma)
    sums = _Sums(x - x.mean(), y - y.mean(), sigma**-2.0)
    firsts, lasts = (np.array(side) for side in zip(*pieces, strict=True))
    slope, level, middle, error = sums.fit(firsts, lasts)
    points_in = lasts - firsts + 1
    keep = points_in >= 2
    if keep.sum() < 1:
        return None
    pieces = [piece for piece, kept in zip(pieces, keep.tolist(), strict=True) if kept]
    slope, level, middle, points_in = slope[keep], level[keep] + y.mean(), middle[keep] + x.mean(), points_in[keep]
    points, sigma_x, kink = _join(x, pieces, slope, level, middle, sigma, points_in)
    share, share_sigma = _measure_curvature(x, y, sigma, pieces, slope, level, middle)
    freedom = max(int(points_in.sum()) - 2 * len(pieces), 1)
    scatter = noise * float(np.sqrt(max(error[keep].sum() / freedom, 0.05)))
    return Corners(
        points=points, sigma_x=sigma_x, kink=kink, noise_px=scatter, curvature_share=share, curvature_sigma=share_sigma
    )


def _join(
    x: FloatArray,
    pieces: list[tuple[int, int]],
    slope: FloatArray,
    level: FloatArray,
    middle: FloatArray,
    sigma: FloatArray,
    points_in: FloatArray,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Vertices where neighbouring pieces cross; both ends where they do not meet."""

    def at(k: int, where: float) -> float:
        return float(level[k] + slope[k] * (where - middle[k]))

    vertices = [(float(x[pieces[0][0]]), at(0, float(x[pieces[0][0]])))]
    spread, kinks = [0.0], [0.0]
    for k in range(len(pieces) - 1):
        left, right = float(x[pieces[k][1]]), float(x[pieces[k + 1][0]])
        change = float(slope[k + 1] - slope[k])
        near = sigma[[pieces[k][1], pieces[k + 1][0]]].mean()
        error = near * np.sqrt(4.0 / points_in[k] + 4.0 / points_in[k + 1])
        crossing = np.nan
        if abs(change) > 1e-6:
            crossing = (at(k, 0.0) - at(k + 1, 0.0)) / change
        if left - REACH_PX <= crossing <= right + REACH_PX and crossing > vertices[-1][0]:
            vertices.append((crossing, at(k, crossing)))
            spread.append(float(error / abs(change)))
            kinks.append(change)
        else:
            for where, piece in ((left, k), (right, k + 1)):
                if where > vertices[-1][0]:
                    vertices.append((where, at(piece, where)))
                    spread.append(1.0)
                    kinks.append(change)
    last = float(x[pieces[-1][1]])
    vertices.append((last, at(len(pieces) - 1, last)))
    return np.array(vertices), np.array([*spread, 0.0]), np.array([*kinks, 0.0])


def _measure_curvature(
    x: FloatArray,
    y: FloatArray,
    sigma: FloatArray,
    pieces: list[tuple[int, int]],
    slope: FloatArray,
    level: FloatArray,
    middle: FloatArray,
) -> tuple[float, float]:
    """Are the pieces chords of a smooth curve? Their bulge, against what the kinks at their ends would make of it.

    A smooth curve cut into chords bends by the kink over a chord's length, so a chord of length L between
    kinks k bulges as k x^2 / 2L; a true straight piece does not bulge at all.
    """
    numerator = denominator = 0.0
    for k, (first, last) in enumerate(pieces):
        beside = [slope[k + side] - slope[k + side - 1] for side in (0, 1) if 0 < k + side < len(pieces)]
        if last - first < 4 or not beside:
            continue
        # the smaller of the two where signs agree: a curve bends steadily, a kink beside it is no curvature
        if len(beside) == 2:
            bend = min(beside, key=abs) if beside[0] * beside[1] > 0 else 0.0
        else:
            bend = 0.5 * beside[0]
        inner = slice(first + 1, last)
        local = x[inner] - middle[k]
        length = x[last] - x[first] + 1.0
        shape = local**2 - np.mean(local**2)
        expected = bend / (2 * length) * shape
        rest = y[inner] - level[k] - slope[k] * local
        weight = sigma[inner] ** -2.0
        numerator += float((weight * expected * (rest - rest.mean())).sum())
        denominator += float((weight * expected**2).sum())
    if denominator <= 0:
        return 0.0, 0.0
    return numerator / denominator, float(denominator**-0.5)
