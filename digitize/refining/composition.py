"""Lines of a panel drawn over its ground, and what the picture has that the drawing has not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from calibration.geometry import BoolArray, FloatArray
from digitize.rendering.stroke import PARTS, ROUND_JOINS, Stroke, draw_stroke

Float32Array = NDArray[np.float32]
EDGE_CHOICES_PX = (1.0 / PARTS, 1.0, 1.8)
HUBER_LEVELS = 30.0
"""Residuals beyond this many colour levels count linearly."""
NO_GRID = -1
LEAST_CHANGE_LEVELS = 5.0
"""A pixel whose colour the line's coverage changes by less says nothing about it."""


@dataclass(slots=True, kw_only=True, eq=False)
class DrawnLine:
    """A broken line to fit.

    Attributes
    ----------
    points : (K, 2) float array
        Vertices in pixels; replaced as the fit goes.
    free_x : (K,) bool array
        Which vertices may move along x.
    width_px : float
    colour : (3,) float array
        Full-strength colour.
    sigma : (K, 2) float array
        Standard errors, once fitted.
    held : bool
        Drawn, for what it hides, but not moved.
    edge_px : float
        Breadth of the edges' ramp, as :func:`~digitize.rendering.stroke.draw_stroke` takes it.
    mitre : float
        Limit of mitred joins, likewise.
    gaps : (H, W) bool array or None
        Pixels in the gaps of a dashed line, where it hides nothing.
    grid : int
        Lines of the same number stand on one grid of samples, which may move along x as a whole.
    known_x : (K, 2) float array or None
        Places of the vertices along x as known beforehand, and how exactly: infinity where they are not.
    """

    points: FloatArray
    free_x: BoolArray
    width_px: float
    colour: FloatArray
    sigma: FloatArray
    held: bool = False
    edge_px: float = EDGE_CHOICES_PX[0]
    mitre: float = ROUND_JOINS
    gaps: BoolArray | None = None
    grid: int = NO_GRID
    known_x: FloatArray | None = None

    def blind(self, unusable: BoolArray) -> BoolArray:
        """Pixels that say nothing about this line, its own gaps among them."""
        return unusable if self.gaps is None else unusable | self.gaps


def draw_line(line: DrawnLine, shape: tuple[int, ...], parts: int = PARTS) -> Stroke:
    """One line's stroke; in the gaps of its dashes it covers nothing."""
    stroke = draw_stroke(line.points, line.width_px, shape, line.edge_px, parts, line.mitre)
    if line.gaps is None:
        return stroke
    inked = ~line.gaps[stroke.rows, stroke.cols]
    kept = inked[stroke.item_pixel]
    return replace(
        stroke,
        coverage=stroke.coverage * inked,
        item_pixel=stroke.item_pixel[kept],
        item_vertex=stroke.item_vertex[kept],
        item_slopes=stroke.item_slopes[kept],
        item_widening=stroke.item_widening[kept],
    )


def draw_lines(lines: Sequence[DrawnLine], shape: tuple[int, ...], parts: int = PARTS) -> list[Stroke]:
    """The strokes of all lines."""
    return [draw_line(line, shape, parts) for line in lines]


def compose(
    ground: Float32Array, lines: Sequence[DrawnLine], strokes: Sequence[Stroke]
) -> tuple[Float32Array, list[FloatArray]]:
    """The drawing, and for every line how each of its pixels changes with the coverage there, (P, 3)."""
    drawing = ground.copy()
    through = np.ones(ground.shape[:2])
    below = []
    for line, stroke in zip(lines, strokes, strict=True):
        under = drawing[stroke.rows, stroke.cols].astype(np.float64)
        below.append(line.colour - under)
        drawing[stroke.rows, stroke.cols] = under + stroke.coverage[:, None] * below[-1]
    for k in range(len(lines) - 1, -1, -1):
        stroke = strokes[k]
        below[k] = below[k] * through[stroke.rows, stroke.cols][:, None]
        through[stroke.rows, stroke.cols] *= 1.0 - stroke.coverage
    return drawing, below


def residuals_of(
    picture: Float32Array, drawing: Float32Array, stroke: Stroke, change: FloatArray, unusable: BoolArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Per pixel: residual along the colour's change (levels), the change's size (levels), and the weight."""
    size = np.linalg.norm(change, axis=1)
    rest = (picture[stroke.rows, stroke.cols] - drawing[stroke.rows, stroke.cols]).astype(np.float64)
    along = (rest * change).sum(axis=1) / np.maximum(size, 1e-6)
    # what is left across the colour's own direction is somebody else's ink
    across = np.sqrt(np.maximum((rest**2).sum(axis=1) - along**2, 0.0))
    amount = np.sqrt(along**2 + 4 * across**2)
    weight = np.minimum(1.0, HUBER_LEVELS / np.maximum(amount, 1e-6))
    weight[unusable[stroke.rows, stroke.cols] | (size < LEAST_CHANGE_LEVELS)] = 0.0
    return along, size, weight


def misfits_of(
    picture: Float32Array,
    ground: Float32Array,
    lines: Sequence[DrawnLine],
    strokes: Sequence[Stroke],
    unusable: BoolArray,
) -> FloatArray:
    """Mean robust residual of the pixels that each line covers or leaves bare."""
    drawing, changes = compose(ground, lines, strokes)
    result = []
    for line, stroke, change in zip(lines, strokes, changes, strict=True):
        along, _, weight = residuals_of(picture, drawing, stroke, change, line.blind(unusable))
        usable = weight > 0
        cost = np.minimum(along**2, 4 * HUBER_LEVELS * np.abs(along))
        # ink left unexplained within the picture counts by the pixels drawn: sums, not means, would reward shrinking
        result.append(float(cost[usable].sum() / max(stroke.coverage[usable].sum(), 1.0)))
    return np.array(result)


def shown_by(lines: Sequence[DrawnLine], strokes: Sequence[Stroke], unusable: BoolArray) -> FloatArray:
    """The share of each line that lies where the picture tells of it."""
    shares = []
    for line, stroke in zip(lines, strokes, strict=True):
        whole = draw_stroke(line.points, line.width_px, unusable.shape, parts=1) if line.gaps is not None else stroke
        seen = stroke.coverage[~line.blind(unusable)[stroke.rows, stroke.cols]].sum()
        shares.append(seen / max(float(whole.coverage.sum()), 1.0))
    return np.array(shares, np.float64)
