"""Which pixels are whose: strength along each colour's ray, with the colours competing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.geometry import BoolArray
from digitize.tracing.canvas import Canvas, Float32Array, dilate
from digitize.values import RGB

CORE_ALPHA = 0.45
"""A pixel at least this strong is the body of a stroke, not its rim."""
RUN_ALPHA = 0.3
RESIDUAL_RGB = 20.0
RESIDUAL_FRAC = 0.13
"""Largest distance from the ray: a base, and a share of the strength."""
RIVAL_RGB = 6.0
"""How much worse than the best colour a pixel's fit may be at its core."""
SOLID_ALPHA = 0.8
BLEND_REACH_PX = 2
"""Two colours mix where solid pixels of both are this near."""
RIM_FRAC = 0.85
"""Beside solid pixels of one colour, another on its ray that is weaker than this share of it is its rim."""
BLEND_LEAST_SHARE = 0.12
BLEND_MOST_SUM = 1.2
BLEND_SLACK_RGB = 4.0
BLEND_LEAST_ANGLE = 0.03
"""Squared sine between two rays below which they are one."""
BAND_SHARE = 1.2
"""A pale level is a band if it has this many times more pixels than the strokes themselves."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InkMap:
    """What one colour owns.

    Attributes
    ----------
    alpha : (H, W) float32 array
        Coverage, 0 to about 1, of pixels that this colour explains; 0 elsewhere.
    own : (H, W) bool array
        Pixels that make its strokes (bands and stray rims left out).
    hidden : (H, W) bool array
        Ink of others, texts and blocked places: a stroke may run underneath.
    band_alpha : float
        Strength of a translucent band of the same colour; 0 where there is none.
    """

    alpha: Float32Array
    own: BoolArray
    hidden: BoolArray
    band_alpha: float = 0.0


def _find_band_level(alpha: Float32Array) -> float:
    """The strength of a translucent fill on the colour's own ray; 0 without one."""
    strong = int((alpha > 0.8).sum())
    counts, edges = np.histogram(alpha[(alpha > 0.1) & (alpha < 0.75)], bins=22, range=(0.1, 0.75))
    if not counts.sum():
        return 0.0
    level = int(np.argmax(counts))
    near = counts[max(level - 1, 0) : level + 2].sum()
    others = (counts.sum() - near) / max(len(counts) - 3, 1) * 3
    broad = near > BAND_SHARE * max(strong, 1) and near > 4 * others
    if broad or (near > 0.4 * max(strong, 1) and near > 8 * others):
        return float((edges[level] + edges[level + 1]) / 2)
    return 0.0


def map_ink(canvas: Canvas, colours: Sequence[RGB], rivals: Sequence[RGB] = ()) -> list[InkMap]:
    """Coverage and ownership for every colour of ``colours``; ``rivals`` compete but are not returned.

    A pixel is modelled as background + alpha (colour - background). It is a stroke's body where that fits best
    among all colours and alpha is high; rims count only beside a body of the same colour, because pale mixtures
    of other colours fit anything.
    """
    shape = canvas.shape
    visible = np.einsum("ijk,ijk->ij", canvas.colour, canvas.colour) > 36.0
    rows, cols = np.nonzero(visible & ~canvas.blocked)
    points = canvas.colour[rows, cols]
    rays = np.array([np.array(c, np.float32) - canvas.background for c in (*colours, *rivals)], np.float32)
    norms = np.maximum(np.einsum("ij,ij->i", rays, rays), 1.0)
    dots = points @ rays.T
    raw = dots / norms
    alpha = np.clip(raw, 0.0, 1.0)
    squares = np.einsum("ij,ij->i", points, points)[:, None]
    residual = np.sqrt(np.maximum(squares - 2 * alpha * dots + alpha**2 * norms, 0.0))
    limit = RESIDUAL_RGB + RESIDUAL_FRAC * alpha * np.sqrt(norms)
    fits = residual < limit
    # near-ties go to the colour that the pixel shows at full strength
    score = residual + 12.0 * (1.0 - alpha)
    fits &= ~_find_blends(shape, (rows, cols), points, rays, (alpha, residual, score), fits)
    best = score.min(axis=1, keepdims=True) if len(points) else score
    result = []
    for k in range(len(colours)):
        # a colour far past full strength (black over grey) is another's
        fit = fits[:, k] & (raw[:, k] < 1.0 + 60.0 / np.sqrt(norms[k]))
        body = fit & (alpha[:, k] > CORE_ALPHA) & (score[:, k] <= best[:, 0] + RIVAL_RGB)
        amap = np.zeros(shape, np.float32)
        amap[rows, cols] = np.where(fit, alpha[:, k], 0.0)
        core = np.zeros(shape, bool)
        core[rows, cols] = body
        band = _find_band_level(np.where(core | (amap > 0), amap, 0.0))
        threshold = max(RUN_ALPHA, 0.5 * (1.0 + band) if band > 0 else 0.0)
        if band > 0:
            core &= amap > threshold
        own = (amap > threshold) & dilate(core, 2)
        amap[~dilate(core, 3)] = 0.0
        taken = np.zeros(shape, bool)
        taken[rows, cols] = ~fit & (squares[:, 0] > 30.0**2)
        hidden = taken | canvas.blocked | (canvas.text & ~own)
        result.append(InkMap(alpha=amap, own=own & ~canvas.blocked, hidden=hidden, band_alpha=band))
    return result


def _find_blends(
    shape: tuple[int, int],
    places: tuple[NDArray[np.intp], NDArray[np.intp]],
    points: Float32Array,
    rays: Float32Array,
    measured: tuple[Float32Array, Float32Array, Float32Array],
    fits: BoolArray,
) -> BoolArray:
    """(N, K) pixels that look like a colour but are what others make: two of them mixed, or a stronger one's rim."""
    alpha, residual, score = measured
    count = rays.shape[0]
    best = score.min(axis=1, keepdims=True) if len(points) else score
    near, beside = np.zeros(fits.shape, bool), np.zeros(fits.shape, bool)
    norms = np.linalg.norm(rays, axis=1)
    for k in range(count):
        core = np.zeros(shape, bool)
        core[places] = fits[:, k] & (alpha[:, k] > SOLID_ALPHA) & (score[:, k] <= best[:, 0])
        near[:, k], beside[:, k] = dilate(core, BLEND_REACH_PX)[places], dilate(core, 1)[places]
    blends = np.zeros(fits.shape, bool)
    for a in range(count):
        for b in range(a + 1, count):
            system = rays[[a, b]].astype(np.float64)
            gram = system @ system.T
            if np.linalg.det(gram) < BLEND_LEAST_ANGLE * gram[0, 0] * gram[1, 1]:
                # the rim of a stroke has the colour of a paler one on its ray
                strong, weak = (a, b) if norms[a] > norms[b] else (b, a)
                if norms[weak] < RIM_FRAC * norms[strong]:
                    blends[:, weak] |= beside[:, strong]
                continue
            at = np.flatnonzero(near[:, a] & near[:, b])
            if not len(at):
                continue
            share = points[at] @ system.T @ np.linalg.inv(gram)
            off = np.linalg.norm(points[at] - share @ system, axis=1)
            mixed = (share.min(axis=1) > BLEND_LEAST_SHARE) & (share.sum(axis=1) < BLEND_MOST_SUM)
            better = mixed[:, None] & (off[:, None] < residual[at] + BLEND_SLACK_RGB)
            better[:, [a, b]] = False
            blends[at] |= better
    return blends
