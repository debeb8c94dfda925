"""Markers that lie over one another: each is placed where the edges of the ink are its own, then all fitted together.

A heap is explained by its synthesis: markers of one known shape over each other, opaque or translucent, each letting
``1 - opacity * template`` of what lies below it through. They are placed one at a time where the gradient of the ink
runs as that of the marker's outline does (a matching pursuit [1]_ on gradients, in which the inside of a heap, that any
marker would explain, has no say), their places are then fitted to the ink by least squares, and those that explain
nothing are taken out.

References
----------
.. [1] S. Mallat, Z. Zhang: Matching pursuits with time-frequency dictionaries. IEEE Trans. Signal Process. 41 (1993).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from calibration.geometry import BoolArray, FloatArray
from digitize.tracing.canvas import Float32Array, dilate
from digitize.tracing.marker_template import MarkerTemplate

MOST_POINTS = 3000
OUTSIDE_FRAC = 0.14
"""Share of a marker's inner pixels that may lie where there is neither its ink nor anything over it."""
LEAST_EDGE_FRAC = 0.05
"""Share of a marker's outline that must be seen to place it by its edges ..."""
LEAST_NEW_FRAC = 0.015
"""... and of its area that must be explained by nothing else ..."""
LEAST_INNER_FRAC = 0.15
"""... or this much of its area where the ink has no edges."""
AREA_WEIGHT = 0.25
OUTSIDE_WEIGHT = 1.0
HIDDEN_FRAC = 0.3
"""A marker of which less than this is not under other colours is not claimed."""
CLAIM_FRAC = 0.5
"""An outline belongs to a marker where its gradient is at least this share of its steepest."""
SATURATED = 0.12
"""Where less than this shines through the markers found, another one would not be seen."""
FLOOR = 1e-3
INK_STRENGTH = 0.3
SAME_PX = 0.5
"""A marker that slides as near as this to another one is that one."""
SWEEPS, STEPS = 3, 3
PULL = 0.15
STEP_PX = 0.8
REACH_PX = 2.5
"""A fit moves a marker by no more than this, a step at a time."""
LEAST_SIGMA_PX = 0.12
MOST_SIGMA_FRAC = 0.35
"""Of a marker's size: the doubt about one whose place within its heap shows nowhere."""
NOISE = 0.08
"""Of the ink's strength, between a marker as drawn and as fitted."""
EVEN_STRENGTH = 0.05
LEVEL_WIDTH = 0.06
LEVEL_BINS = 53
LEVEL_SHARE = 0.004
LEVEL_LEAST_PX = 3
"""Where ink is even to within ``EVEN_STRENGTH``, a level of two markers holds this share of it."""
LEAST_OPACITY = 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placed:
    """Markers found in heaps.

    Attributes
    ----------
    centres : (N, 2) float array
        Of their ink, in crop coordinates.
    sigma_px : (N, 2) float array
    seen : (N,) float array
        Share of each marker's area that nothing else explains.
    left : float
        Share of the ink that no marker explains.
    """

    centres: FloatArray
    sigma_px: FloatArray
    seen: FloatArray
    left: float


class _Heap:
    """The ink of a heap and the markers that explain it; arrays are padded by half a marker."""

    def __init__(
        self, strength: Float32Array, hidden: BoolArray, template: MarkerTemplate, opacity: float, rim_px: int
    ) -> None:
        self.alpha = np.pad(template.alpha, rim_px)
        self.half = self.alpha.shape[0] // 2
        self.opacity = opacity
        self.ink = np.pad(strength, self.half).astype(np.float32)
        self.hidden = np.pad(hidden, self.half)
        own = dilate(self.ink > INK_STRENGTH, rim_px + 1)
        self.known = (~dilate(self.hidden, 1) | (self.hidden & own if rim_px else False)).astype(np.float32)
        self.slope_x, self.slope_y = _gradient(self.alpha)
        self.rimmed = rim_px > 0
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * rim_px + 1, 2 * rim_px + 1))
        self.cover = np.asarray(cv2.dilate(self.alpha, disc), np.float32) if rim_px else self.alpha
        self.through = np.zeros(self.ink.shape, np.float32)
        """Logarithm of what the markers found let through."""
        self.area = float(np.minimum(self.alpha, 1.0).sum())

    def patch(self, x: int, y: int, reach: int) -> tuple[slice, slice]:
        return slice(y - reach, y + reach + 1), slice(x - reach, x + reach + 1)

    def shifted(self, image: Float32Array, x: float, y: float) -> Float32Array:
        """A template moved by a fraction of a pixel."""
        side = (image.shape[1], image.shape[0])
        return np.asarray(cv2.getRectSubPix(image, side, (self.half - x, self.half - y)), np.float32)

    def layer(self, centre: FloatArray) -> tuple[tuple[slice, slice], Float32Array]:
        """Where a marker lies, and the logarithm of what it lets through there."""
        x, y = (round(float(v)) for v in centre)
        cover = self.shifted(self.cover, float(centre[0]) - x, float(centre[1]) - y)
        return self.patch(x, y, self.half), np.log(np.maximum(1.0 - self.opacity * cover, FLOOR)).astype(np.float32)

    def add(self, centre: FloatArray, sign: float = 1.0) -> None:
        where, layer = self.layer(centre)
        self.through[where] += sign * layer

    def rest(self, where: tuple[slice, slice] | None = None) -> tuple[Float32Array, BoolArray]:
        """How strong one more marker would be in every pixel, 0 to 1, and where that could be seen."""
        ink, through = (self.ink, self.through) if where is None else (self.ink[where], self.through[where])
        open_share = np.exp(through)
        explained = (1.0 - open_share) / self.opacity
        rest = np.clip((ink - explained) / np.maximum(open_share, SATURATED), 0.0, 1.0)
        seen = open_share > SATURATED
        return np.where(seen, rest, 0.0).astype(np.float32), np.asarray(seen, bool)


def place_markers(
    strength: Float32Array, hidden: BoolArray, template: MarkerTemplate, *, opacity: float = 1.0, rim_px: int = 0
) -> Placed:
    """The markers that explain heaps of ink.

    Parameters
    ----------
    strength : (H, W) float32 array
        Ink of the heaps, 1 inside a single marker, more where translucent ones lie over each other; 0 elsewhere.
    hidden : (H, W) bool array
        Where other things lie over the heaps.
    template : MarkerTemplate
    opacity : float
        Of one marker, 1 where a second one over it does not show.
    rim_px : int
        Width of an edge of another colour, or of the background's, around every marker.
    """
    heap = _Heap(strength, hidden, template, opacity, rim_px)
    centres = _pursue(heap, template, by_edges=True)
    centres = _fit(heap, centres)
    centres = _prune(heap, centres)
    more = _pursue(heap, template, by_edges=False)
    centres = _prune(heap, _fit(heap, np.concatenate([centres, more])))
    sigma, seen = _judge(heap, centres, template)
    rest, _ = heap.rest()
    ink = np.minimum(heap.ink, 1.0) * ~heap.hidden
    left = float((rest * ~heap.hidden).sum()) / max(float(ink.sum()), 1.0)
    return Placed(centres=centres - heap.half, sigma_px=sigma, seen=seen, left=left)


def estimate_opacity(strength: Float32Array) -> float:
    """Opacity of markers from the strength of ink where two lie over each other; 1 where that is no stronger.

    Only where the ink is even: the rims of translucent markers have strengths of every kind.
    """
    square = np.ones((3, 3), np.uint8)
    spread = cv2.dilate(strength, square) - cv2.erode(strength, square)
    even = strength[(spread < EVEN_STRENGTH) & (strength > 1.0 - LEVEL_WIDTH)]
    counts, edges = np.histogram(even, bins=LEVEL_BINS, range=(1.0 - LEVEL_WIDTH, 2.0))
    smooth = np.convolve(counts, np.ones(3), "same")
    least = max(LEVEL_SHARE * len(even), LEVEL_LEAST_PX)
    for k in np.flatnonzero(edges[:-1] >= 1.0 + LEVEL_WIDTH).tolist():
        if smooth[k] >= least and smooth[k] == smooth[max(k - 3, 0) : k + 4].max():
            return float(np.clip(2.0 - (edges[k] + edges[k + 1]) / 2, LEAST_OPACITY, 1.0))
    return 1.0


def render_markers(
    shape: tuple[int, int], centres: FloatArray, template: MarkerTemplate, opacity: float
) -> Float32Array:
    """(H, W) strength of the ink of markers at (N, 2) ``centres``."""
    heap = _Heap(np.zeros(shape, np.float32), np.zeros(shape, bool), template, opacity, 0)
    for centre in centres + heap.half:
        heap.add(np.clip(centre, heap.half, np.array(heap.ink.shape[::-1]) - heap.half - 1))
    drawn = (1.0 - np.exp(heap.through)) / opacity
    return np.asarray(drawn[heap.half : -heap.half, heap.half : -heap.half], np.float32)


def _gradient(image: Float32Array) -> tuple[Float32Array, Float32Array]:
    """Differences along x and y between the neighbours of every pixel."""
    step = np.array([[-0.5, 0.0, 0.5]], np.float32)
    along_x = cv2.filter2D(image, -1, step, borderType=cv2.BORDER_REPLICATE)
    along_y = cv2.filter2D(image, -1, step.T.copy(), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(along_x, np.float32), np.asarray(along_y, np.float32)


def _correlate(values: Float32Array, kernel: Float32Array) -> Float32Array:
    return np.asarray(cv2.filter2D(values, -1, kernel, borderType=cv2.BORDER_CONSTANT), np.float32)


def _pursue(heap: _Heap, template: MarkerTemplate, *, by_edges: bool) -> FloatArray:
    """Greedy placement, (M, 2) in padded coordinates: by the edges of the ink, or wherever ink is left."""
    half, area = heap.half, heap.area
    core = np.pad(template.core, half - template.half).astype(np.float32)
    core /= core.sum()
    body = np.minimum(heap.alpha, 1.0).astype(np.float32) / np.float32(area)
    steepness = heap.slope_x**2 + heap.slope_y**2
    length = float(steepness.sum())
    gradient = _gradient(heap.ink)
    weight = heap.known.copy()
    claimed = 1.0 - (np.sqrt(steepness) > CLAIM_FRAC * np.sqrt(steepness.max())).astype(np.float32)
    bare = 1.0 - heap.hidden.astype(np.float32)

    def judge(where: tuple[slice, slice]) -> tuple[Float32Array, Float32Array, Float32Array]:
        rest, seen = heap.rest(where)
        visible = heap.known[where] * seen  # where another colour begins, pixels hold both
        new = _correlate(rest * bare[where], body)
        outside = _correlate((1.0 - rest) * visible, core)
        w = weight[where]
        edge = _correlate(gradient[0][where] * w, heap.slope_x) + _correlate(gradient[1][where] * w, heap.slope_y)
        edge /= length
        possible = (outside <= OUTSIDE_FRAC) & (_correlate(bare[where], body) > HIDDEN_FRAC)
        if by_edges:
            possible &= (edge > LEAST_EDGE_FRAC) & (new > LEAST_NEW_FRAC)
            score = edge + AREA_WEIGHT * new - OUTSIDE_WEIGHT * outside
        else:
            possible &= new > LEAST_INNER_FRAC
            score = new + AREA_WEIGHT * edge - OUTSIDE_WEIGHT * outside
        return np.where(possible, score, -1.0).astype(np.float32), edge, new

    everything = slice(0, heap.ink.shape[0]), slice(0, heap.ink.shape[1])
    score = judge(everything)[0]
    score[:half] = score[-half:] = -1.0
    score[:, :half] = score[:, -half:] = -1.0
    tried = np.zeros(score.shape, bool)
    centres: list[FloatArray] = []
    while len(centres) < MOST_POINTS:
        row, col = divmod(int(np.argmax(score)), score.shape[1])
        if score[row, col] <= 0.0:
            break
        tried[row, col] = True
        centre = _nudge(heap, np.array([col, row], float), pull=PULL)
        if any(np.abs(centre - other).max() < SAME_PX for other in centres):
            score[row, col] = -1.0  # it slid onto a marker that is there already, and would again
            continue
        centres.append(centre)
        heap.add(centre)
        col, row = (round(float(v)) for v in centre)
        weight[heap.patch(col, row, half)] *= claimed
        top, bottom = max(row - 2 * half, half), min(row + 2 * half + 1, score.shape[0] - half)
        left, right = max(col - 2 * half, half), min(col + 2 * half + 1, score.shape[1] - half)
        wide = slice(top - half, bottom + half), slice(left - half, right + half)
        again = judge(wide)[0][half:-half, half:-half]
        score[top:bottom, left:right] = np.where(tried[top:bottom, left:right], -1.0, again)
    return np.array(centres, float).reshape(-1, 2)


def _nudge(heap: _Heap, centre: FloatArray, pull: float = np.inf) -> FloatArray:
    """A centre moved to where the marker agrees best with the ink, given the others (damped Gauss-Newton)."""
    start = centre
    cost, grad, normal = _misfit(heap, centre, pull)
    for _ in range(STEPS):
        step = np.linalg.solve(normal + 0.05 * np.trace(normal) * np.eye(2) + 1e-6 * np.eye(2), grad)
        length = float(np.hypot(*step))
        if length < 0.02:
            break
        moved = centre + step * min(1.0, STEP_PX / length)
        if np.hypot(*(moved - start)) > REACH_PX or not _inside(heap, moved):
            break
        again = _misfit(heap, moved, pull)
        if again[0] >= cost:
            break
        centre, (cost, grad, normal) = moved, again
    return centre


def _inside(heap: _Heap, centre: FloatArray) -> bool:
    x, y = (round(float(v)) for v in centre)
    height, width = heap.ink.shape
    return bool(heap.half <= x < width - heap.half and heap.half <= y < height - heap.half)


def _misfit(heap: _Heap, centre: FloatArray, pull: float = np.inf) -> tuple[float, FloatArray, FloatArray]:
    """Squared misfit around a marker that is not among those added yet, its descent and normal matrix.

    Ink that the marker lacks counts for no more than ``pull``: another one that is not found yet may explain it.
    """
    x, y = (round(float(v)) for v in centre)
    dx, dy = float(centre[0]) - x, float(centre[1]) - y
    where = heap.patch(x, y, heap.half)
    alpha = heap.shifted(heap.alpha, dx, dy)
    below = np.exp(heap.through[where])
    weight = heap.known[where] * below
    if heap.rimmed:
        off = weight * (heap.ink[where] - alpha)
    else:
        left = np.maximum(1.0 - heap.opacity * alpha, 0.0)
        off = heap.known[where] * (heap.ink[where] - (1.0 - below * left) / heap.opacity)
    off = np.minimum(off, pull)
    jx, jy = -weight * heap.shifted(heap.slope_x, dx, dy), -weight * heap.shifted(heap.slope_y, dx, dy)
    grad = np.array([(jx * off).sum(), (jy * off).sum()], float)
    normal = np.array([[(jx * jx).sum(), (jx * jy).sum()], [(jx * jy).sum(), (jy * jy).sum()]], float)
    return float((off**2).sum()), grad, normal


def _fit(heap: _Heap, centres: FloatArray) -> FloatArray:
    """Every marker in turn moved to where it agrees best with the ink and all others."""
    centres = centres.copy()
    for _ in range(SWEEPS):
        moved = 0.0
        for k in range(len(centres)):
            heap.add(centres[k], -1.0)
            better = _nudge(heap, centres[k])
            moved = max(moved, float(np.hypot(*(better - centres[k]))))
            centres[k] = better
            heap.add(better)
        if moved < 0.05:
            break
    return centres


def _prune(heap: _Heap, centres: FloatArray) -> FloatArray:
    """Without markers that the others make needless, the least useful first."""
    gains = np.array([_gain(heap, centre) for centre in centres])
    kept = np.ones(len(centres), bool)
    for k in np.argsort(gains):
        if _gain(heap, centres[k]) < LEAST_NEW_FRAC * heap.area:
            heap.add(centres[k], -1.0)
            kept[k] = False
    return centres[kept]


def _gain(heap: _Heap, centre: FloatArray) -> float:
    """How much more misfit there would be without one of the markers added."""
    where, layer = heap.layer(centre)
    known, ink = heap.known[where], heap.ink[where]
    if heap.rimmed:
        x, y = (round(float(v)) for v in centre)
        alpha = heap.shifted(heap.alpha, float(centre[0]) - x, float(centre[1]) - y)
        open_share = np.exp(heap.through[where] - layer)
        return float((known * open_share * (ink**2 - (ink - alpha) ** 2)).sum())
    with_it = (1.0 - np.exp(heap.through[where])) / heap.opacity
    without = (1.0 - np.exp(heap.through[where] - layer)) / heap.opacity
    return float((known * ((ink - without) ** 2 - (ink - with_it) ** 2)).sum())


def _judge(heap: _Heap, centres: FloatArray, template: MarkerTemplate) -> tuple[FloatArray, FloatArray]:
    """Doubt about every centre along x and y, and the share of each marker that nothing else explains."""
    sigma, seen = np.empty((len(centres), 2)), np.empty(len(centres))
    most = MOST_SIGMA_FRAC * template.size_px
    for k, centre in enumerate(centres):
        seen[k] = _gain(heap, centre) / heap.area
        heap.add(centre, -1.0)
        normal = _misfit(heap, centre)[2]
        heap.add(centre)
        spread = np.linalg.inv(normal / NOISE**2 + np.eye(2) / most**2)
        sigma[k] = np.clip(np.sqrt(np.diag(spread)), LEAST_SIGMA_PX, most)
    return sigma, np.clip(seen, 0.0, 1.0)
