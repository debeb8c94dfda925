"""Vertices moved until the drawing agrees with the picture: damped Gauss-Newton over all lines of a panel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded

from calibration.geometry import BoolArray, FloatArray
from digitize.rendering.stroke import COARSE_PARTS, PARTS, Stroke, draw_stroke

Float32Array = NDArray[np.float32]
SOFT_EDGES_PX = (1.5, 1.0)
"""Blurred edges of the first rounds, which see further."""
EDGE_CHOICES_PX = (1.0 / PARTS, 1.0, 1.8)
ROUNDS = 9
SECOND_LOOK = 4
"""Round after which the blur of the edges is measured once more."""
SETTLED_PX = 0.02
"""The fit ends when the vertices, nine in ten, move by less."""
SETTLED_QUANTILE = 0.9
HUBER_LEVELS = 30.0
"""Residuals beyond this many colour levels count linearly."""
STIFFNESS = 1e-6
DAMPING = 1e-5
MOST_MOVE_STROKES = 0.8
"""A vertex moves at most this far in one round."""
BAND = 12
NOISE_LEVELS = 2.0
CORE_COVERAGE = 0.98


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
    """

    points: FloatArray
    free_x: BoolArray
    width_px: float
    colour: FloatArray
    sigma: FloatArray
    held: bool = False
    edge_px: float = EDGE_CHOICES_PX[0]


def fit_lines(
    picture: Float32Array, ground: Float32Array, lines: Sequence[DrawnLine], unusable: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Fit all lines jointly, the later drawn over the earlier; each line's ``points`` and ``sigma`` are replaced.

    Parameters
    ----------
    picture, ground : (H, W, 3) float32 arrays
        What is there, and what lies under the lines.
    lines : sequence of DrawnLine
    unusable : (H, W) bool array
        Pixels that say nothing: under texts, legends, markers.

    Returns
    -------
    before, after : (L,) float arrays
        Mean robust residual of each line, in colour levels, where it was and where it is drawn.
    """
    _measure_colours(picture, lines, unusable)
    _choose_edges(picture, ground, lines, unusable)
    edges = [line.edge_px for line in lines]
    strokes = _draw(lines, picture.shape)
    before = _misfits(picture, ground, lines, strokes, unusable)
    kept = [(line.points.copy(), line.width_px) for line in lines]
    after = before.copy()
    for turn in range(ROUNDS):
        if turn == SECOND_LOOK:
            # a line that lies beside its ink looks blurred
            _choose_edges(picture, ground, lines, unusable)
            edges = [line.edge_px for line in lines]
        soft = SOFT_EDGES_PX[turn] if turn < len(SOFT_EDGES_PX) else 0.0
        for line, edge in zip(lines, edges, strict=True):
            line.edge_px = max(edge, soft)
        strokes = _draw(lines, picture.shape, COARSE_PARTS if turn < SECOND_LOOK else PARTS)
        moved = _step(picture, ground, lines, strokes, unusable)
        if turn > SECOND_LOOK and moved < SETTLED_PX:
            break
    for line, edge in zip(lines, edges, strict=True):
        line.edge_px = edge
    strokes = _draw(lines, picture.shape)
    after = _misfits(picture, ground, lines, strokes, unusable)
    for k, line in enumerate(lines):
        if not after[k] < before[k]:
            line.points, line.width_px = kept[k]
    return before, after


def _draw(lines: Sequence[DrawnLine], shape: tuple[int, ...], parts: int = PARTS) -> list[Stroke]:
    return [draw_stroke(line.points, line.width_px, shape, line.edge_px, parts) for line in lines]


def _compose(
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


def _residuals(
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
    weight[unusable[stroke.rows, stroke.cols] | (size < 5.0)] = 0.0
    return along, size, weight


def _misfits(
    picture: Float32Array,
    ground: Float32Array,
    lines: Sequence[DrawnLine],
    strokes: Sequence[Stroke],
    unusable: BoolArray,
) -> FloatArray:
    """Mean robust residual of the pixels that each line covers or leaves bare."""
    drawing, changes = _compose(ground, lines, strokes)
    result = []
    for stroke, change in zip(strokes, changes, strict=True):
        along, _, weight = _residuals(picture, drawing, stroke, change, unusable)
        usable = weight > 0
        cost = np.minimum(along**2, 4 * HUBER_LEVELS * np.abs(along))
        # ink left unexplained within the picture counts by the pixels drawn: sums, not means, would reward shrinking
        result.append(float(cost[usable].sum() / max(stroke.coverage[usable].sum(), 1.0)))
    return np.array(result)


def _step(
    picture: Float32Array,
    ground: Float32Array,
    lines: Sequence[DrawnLine],
    strokes: Sequence[Stroke],
    unusable: BoolArray,
) -> float:
    """One damped Gauss-Newton step of every line, with the others where they are; how far most vertices moved, px."""
    moved = [0.0]
    drawing, changes = _compose(ground, lines, strokes)
    for line, stroke, change in zip(lines, strokes, changes, strict=True):
        if line.held:
            continue
        along, size, weight = _residuals(picture, drawing, stroke, change, unusable)
        move, spread, widen = _solve(line, stroke, along, size, weight)
        most = MOST_MOVE_STROKES * max(line.width_px, 1.0)
        steep = _steepness(line.points)
        move[:, 0] = np.clip(move[:, 0], -most, most)
        move[:, 1] = np.clip(move[:, 1], -most * steep, most * steep)
        points = line.points + move
        # vertices keep their order
        gap = np.minimum(np.diff(line.points[:, 0], prepend=-np.inf), np.diff(line.points[:, 0], append=np.inf))
        points[:, 0] = np.clip(points[:, 0], line.points[:, 0] - 0.3 * gap, line.points[:, 0] + 0.3 * gap)
        moved.append(float(np.quantile(np.abs(points - line.points), SETTLED_QUANTILE)))
        line.points, line.sigma = points, spread
        line.width_px = float(np.clip(line.width_px + widen, 0.7 * line.width_px, 1.3 * line.width_px))
    return max(moved)


def _steepness(points: FloatArray) -> FloatArray:
    slope = np.abs(np.diff(points[:, 1])) / np.maximum(np.diff(points[:, 0]), 0.3)
    return np.asarray(np.hypot(1.0, np.maximum(np.append(slope, 0.0), np.insert(slope, 0, 0.0))), np.float64)


def _solve(
    line: DrawnLine, stroke: Stroke, along: FloatArray, size: FloatArray, weight: FloatArray
) -> tuple[FloatArray, FloatArray, float]:
    """Moves (K, 2) and standard errors (K, 2) of the vertices, and the change of width."""
    from scipy.sparse import csr_matrix

    count = len(line.points)
    height = size[stroke.item_pixel] * np.sqrt(weight[stroke.item_pixel])
    values = stroke.item_slopes * height[:, None]
    columns = 2 * stroke.item_vertex[:, None] + np.arange(4)
    rows = np.broadcast_to(stroke.item_pixel[:, None], columns.shape)
    shape = (len(stroke.rows), 2 * count)
    jacobian = csr_matrix((values.ravel(), (rows.ravel(), columns.ravel())), shape=shape)
    target = along * np.sqrt(weight)
    normal = (jacobian.T @ jacobian).tocsr()
    slope = np.asarray(jacobian.T @ target).ravel()
    bands = np.zeros((BAND + 1, 2 * count))
    for k in range(min(BAND, 2 * count - 1) + 1):
        bands[BAND - k, k:] = normal.diagonal(k)
    fixed = np.zeros(2 * count, bool)
    fixed[::2] = ~line.free_x
    for k in range(1, BAND + 1):
        bands[BAND - k, k:][fixed[k:] | fixed[:-k]] = 0.0
    usual = float(np.median(bands[BAND][1::2]))
    if not np.isfinite(bands).all() or not np.isfinite(slope).all() or usual <= 0:
        return np.zeros((count, 2)), np.full((count, 2), np.inf), 0.0
    _stiffen(bands, line.points, STIFFNESS * usual)
    slope[1::2] -= _bend_force(line.points) * STIFFNESS * usual
    bands[BAND] += DAMPING * usual
    bands[BAND][fixed], slope[fixed] = 1.0, 0.0
    move = solveh_banded(bands, slope).reshape(-1, 2)
    usable = weight > 0
    scatter = float(np.sqrt(np.mean(along[usable] ** 2))) if usable.any() else HUBER_LEVELS
    spread = max(scatter, NOISE_LEVELS) / np.sqrt(np.maximum(bands[BAND], 1e-6)).reshape(-1, 2)
    spread[fixed.reshape(-1, 2)] = 0.0
    widening = np.bincount(stroke.item_pixel, stroke.item_widening, len(stroke.rows)) * size
    widen = float((widening * along * weight).sum() / max((widening**2 * weight).sum(), 1e-6))
    return move, spread, widen


def _stiffen(bands: FloatArray, points: FloatArray, strength: float) -> None:
    """A weak second-difference prior on the heights: it holds vertices that nothing shows."""
    count = len(points)
    if count < 3:
        return
    main, one, two = np.zeros(count), np.zeros(count), np.zeros(count)
    main[:-2] += 1.0
    main[1:-1] += 4.0
    main[2:] += 1.0
    one[1:-1] -= 2.0
    one[2:] -= 2.0
    two[2:] += 1.0
    bands[BAND, 1::2] += strength * main
    bands[BAND - 2, 1::2] += strength * one
    bands[BAND - 4, 1::2] += strength * two


def _bend_force(points: FloatArray) -> FloatArray:
    """Gradient of half the squared second differences of the heights."""
    y = points[:, 1]
    force = np.zeros(len(y))
    if len(y) < 3:
        return force
    bend = y[:-2] - 2 * y[1:-1] + y[2:]
    force[:-2] += bend
    force[1:-1] -= 2 * bend
    force[2:] += bend
    return force


def _measure_colours(picture: Float32Array, lines: Sequence[DrawnLine], unusable: BoolArray) -> None:
    """Every line's colour from its own fully covered pixels, other lines' left out."""
    strokes = _draw(lines, picture.shape, COARSE_PARTS)
    covered = np.zeros(picture.shape[:2], np.int16)
    for stroke in strokes:
        covered[stroke.rows, stroke.cols] += 1
    for line, stroke in zip(lines, strokes, strict=True):
        core = (stroke.coverage > CORE_COVERAGE) & (covered[stroke.rows, stroke.cols] == 1)
        core &= ~unusable[stroke.rows, stroke.cols]
        if core.sum() < 20:
            continue
        found = np.median(picture[stroke.rows[core], stroke.cols[core]].astype(np.float64), axis=0)
        if np.abs(found - line.colour).max() < 40:
            line.colour = found


def _choose_edges(
    picture: Float32Array, ground: Float32Array, lines: Sequence[DrawnLine], unusable: BoolArray
) -> None:
    """The blur of the figure's edges: the one that leaves least, lines together."""
    costs = []
    for edge in EDGE_CHOICES_PX:
        for line in lines:
            line.edge_px = edge
        costs.append(float(_misfits(picture, ground, lines, _draw(lines, picture.shape, COARSE_PARTS), unusable).sum()))
    for line in lines:
        line.edge_px = EDGE_CHOICES_PX[int(np.argmin(costs))]
