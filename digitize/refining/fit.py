"""Vertices moved until the drawing agrees with the picture: damped Gauss-Newton over all lines of a panel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_solve_banded, cholesky_banded

from calibration.geometry import BoolArray, FloatArray
from digitize.refining.appearance import choose_edges, choose_joins, measure_colours
from digitize.refining.composition import (
    HUBER_LEVELS,
    NO_GRID,
    DrawnLine,
    Float32Array,
    compose,
    draw_lines,
    misfits_of,
    residuals_of,
    shown_by,
)
from digitize.refining.tips import reach_tips
from digitize.rendering.stroke import COARSE_PARTS, PARTS, Stroke

SOFT_EDGES_PX = (1.5, 1.0)
"""Blurred edges of the first rounds, which see further."""
ROUNDS = 12
SECOND_LOOK = 4
"""Round after which the blur of the edges is measured once more."""
SETTLED_PX = 0.02
"""The fit ends when the vertices, nine in ten, move by less."""
SETTLED_QUANTILE = 0.9
MOVING_PX = 0.3
"""... and none by more than this."""
STIFFNESS = 1e-6
DAMPING = 1e-5
MOST_MOVE_STROKES = 0.8
"""A vertex moves at most this far in one round."""
BAND = 12
NOISE_LEVELS = 2.0
LEAST_SHOWN_FRAC = 0.8
GRID_SHIFT_PX = 0.5
"""How far, one standard deviation, the axes and the search may leave either end of a grid beside the samples."""
MOST_SHIFT_PX = 0.4
"""A grid moves at most this far in one round."""


def fit_lines(
    picture: Float32Array,
    ground: Float32Array,
    lines: Sequence[DrawnLine],
    unusable: BoolArray,
    *,
    joins_known: bool = False,
) -> tuple[FloatArray, FloatArray]:
    """Fit all lines jointly, the later drawn over the earlier; each line's ``points`` and ``sigma`` are replaced.

    Parameters
    ----------
    picture, ground : (H, W, 3) float32 arrays
        What is there, and what lies under the lines.
    lines : sequence of DrawnLine
    unusable : (H, W) bool array
        Pixels that say nothing: under texts, legends, markers.
    joins_known : bool
        Whether the lines' joins are as they were found before.

    Returns
    -------
    before, after : (L,) float arrays
        Mean robust residual of each line, in colour levels, where it was and where it is drawn.
    """
    measure_colours(picture, lines, unusable)
    choose_edges(picture, ground, lines, unusable)
    edges = [line.edge_px for line in lines]
    strokes = draw_lines(lines, picture.shape)
    before, shown = misfits_of(picture, ground, lines, strokes, unusable), shown_by(lines, strokes, unusable)
    kept = [(line.points.copy(), line.width_px) for line in lines]
    for turn in range(ROUNDS):
        if turn == SECOND_LOOK:
            # a line that lies beside its ink looks blurred
            choose_edges(picture, ground, lines, unusable)
            edges = [line.edge_px for line in lines]
        soft = SOFT_EDGES_PX[turn] if turn < len(SOFT_EDGES_PX) else 0.0
        for line, edge in zip(lines, edges, strict=True):
            line.edge_px = max(edge, soft)
        if turn == len(SOFT_EDGES_PX):
            if not joins_known:
                choose_joins(picture, ground, lines, unusable, step_lines)
            for line in lines:
                if not line.held:
                    reach_tips(picture, ground, line, unusable)
        strokes = draw_lines(lines, picture.shape, COARSE_PARTS if turn < SECOND_LOOK else PARTS)
        moved = step_lines(picture, ground, lines, strokes, unusable)
        if turn > SECOND_LOOK and moved[0] < SETTLED_PX and moved[1] < MOVING_PX:
            break
    for line, edge in zip(lines, edges, strict=True):
        line.edge_px = edge
    strokes = draw_lines(lines, picture.shape)
    after = misfits_of(picture, ground, lines, strokes, unusable)
    # a line must not better itself by slipping under what hides it, or into its own gaps
    after[shown_by(lines, strokes, unusable) < LEAST_SHOWN_FRAC * shown] = np.inf
    for k, line in enumerate(lines):
        if not after[k] < before[k]:
            line.points, line.width_px = kept[k]
    return before, after


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Step:
    """What the normal equations of one line say.

    Attributes
    ----------
    move, sigma : (K, 2) float arrays
        Of the vertices, its grid at rest.
    widen : float
        Change of the width.
    lean : (K, 2) float array
        How the heights follow when the grid's left and right end move along x.
    pull : (2,) float array
    hold : (2, 2) float array
        Right side and matrix of the equations of the grid's two ends.
    """

    move: FloatArray
    sigma: FloatArray
    widen: float
    lean: FloatArray
    pull: FloatArray
    hold: FloatArray


def step_lines(
    picture: Float32Array,
    ground: Float32Array,
    lines: Sequence[DrawnLine],
    strokes: Sequence[Stroke],
    unusable: BoolArray,
) -> tuple[float, float]:
    """One damped Gauss-Newton step of every line, with the others where they are.

    Returns
    -------
    most, furthest : float
        How far most vertices moved and how far one did at most, in px.
    """
    moved = [(0.0, 0.0)]
    drawing, changes = compose(ground, lines, strokes)
    steps: dict[int, _Step] = {}
    for k, (line, stroke, change) in enumerate(zip(lines, strokes, changes, strict=True)):
        if not line.held:
            along, size, weight = residuals_of(picture, drawing, stroke, change, line.blind(unusable))
            steps[k] = _solve(line, stroke, along, size, weight, picture.shape[1])
    shifts = _shifts(lines, steps)
    for k, step in steps.items():
        line, move = lines[k], step.move
        if line.grid in shifts:
            shift = shifts[line.grid]
            move = move + np.stack([_ends_of(line, picture.shape[1]) @ shift, -step.lean @ shift], axis=1)
        most = MOST_MOVE_STROKES * max(line.width_px, 1.0)
        steep = _steepness(line.points)
        move[:, 0] = np.clip(move[:, 0], -most, most)
        move[:, 1] = np.clip(move[:, 1], -most * steep, most * steep)
        points = line.points + move
        # vertices keep their order
        gap = np.minimum(np.diff(line.points[:, 0], prepend=-np.inf), np.diff(line.points[:, 0], append=np.inf))
        points[:, 0] = np.clip(points[:, 0], line.points[:, 0] - 0.3 * gap, line.points[:, 0] + 0.3 * gap)
        size = np.abs(points - line.points)
        moved.append((float(np.quantile(size, SETTLED_QUANTILE)), float((size[:, 1] / steep).max())))
        line.points, line.sigma = points, step.sigma
        line.width_px = float(np.clip(line.width_px + step.widen, 0.7 * line.width_px, 1.3 * line.width_px))
    return max(most for most, _ in moved), max(furthest for _, furthest in moved)


def _shifts(lines: Sequence[DrawnLine], steps: dict[int, _Step]) -> dict[int, FloatArray]:
    """How far the left and right end of every grid move, all its lines together."""
    result = {}
    for grid in sorted({lines[k].grid for k in steps} - {NO_GRID}):
        own = [step for k, step in steps.items() if lines[k].grid == grid]
        shift = np.linalg.solve(sum(step.hold for step in own), sum(step.pull for step in own))
        result[grid] = np.clip(shift, -MOST_SHIFT_PX, MOST_SHIFT_PX)
    return result


def _ends_of(line: DrawnLine, width: int) -> FloatArray:
    """(K, 2): how far each vertex follows the picture's left and right edge."""
    share = line.points[:, 0] / max(width - 1, 1)
    return np.stack([1 - share, share], axis=1)


def _steepness(points: FloatArray) -> FloatArray:
    slope = np.abs(np.diff(points[:, 1])) / np.maximum(np.diff(points[:, 0]), 0.3)
    return np.asarray(np.hypot(1.0, np.maximum(np.append(slope, 0.0), np.insert(slope, 0, 0.0))), np.float64)


def _solve(
    line: DrawnLine, stroke: Stroke, along: FloatArray, size: FloatArray, weight: FloatArray, width: int
) -> _Step:
    from scipy.sparse import csr_matrix

    count = len(line.points)
    height = size[stroke.item_pixel] * np.sqrt(weight[stroke.item_pixel])
    told = np.flatnonzero(height)
    values = stroke.item_slopes[told] * height[told, None]
    columns = 2 * stroke.item_vertex[told, None] + np.arange(4)
    rows = np.broadcast_to(stroke.item_pixel[told, None], columns.shape)
    shape = (len(stroke.rows), 2 * count)
    jacobian = csr_matrix((values.ravel(), (rows.ravel(), columns.ravel())), shape=shape)
    target = along * np.sqrt(weight)
    normal = (jacobian.T @ jacobian).tocsr()
    slope = np.asarray(jacobian.T @ target).ravel()
    bands = np.zeros((BAND + 1, 2 * count))
    for k in range(min(BAND, 2 * count - 1) + 1):
        bands[BAND - k, k:] = normal.diagonal(k)
    usable = weight > 0
    scatter = float(np.sqrt(np.mean(along[usable] ** 2))) if usable.any() else HUBER_LEVELS
    scatter = max(scatter, NOISE_LEVELS)
    loose = np.eye(2) * (scatter / GRID_SHIFT_PX) ** 2
    still = np.zeros((count, 2)), np.zeros(2), loose
    usual = float(np.median(bands[BAND][1::2]))
    if not np.isfinite(bands).all() or not np.isfinite(slope).all() or usual <= 0:
        lean, pull, hold = still
        unknown = np.full((count, 2), np.inf)
        return _Step(move=np.zeros((count, 2)), sigma=unknown, widen=0.0, lean=lean, pull=pull, hold=hold)
    fixed = np.zeros(2 * count, bool)
    fixed[::2] = ~line.free_x
    for k in range(1, BAND + 1):
        bands[BAND - k, k:][fixed[k:] | fixed[:-k]] = 0.0
    _stiffen(bands, line.points, STIFFNESS * usual)
    force = slope.copy()
    force[1::2] -= _bend_force(line.points) * STIFFNESS * usual
    bands[BAND] += DAMPING * usual
    if line.known_x is not None:
        place, known = line.known_x.T
        hold = np.where(np.isfinite(known), (scatter / np.maximum(known, 1e-3)) ** 2, 0.0)
        bands[BAND][::2] += hold
        force[::2] += hold * (place - line.points[:, 0])
    bands[BAND][fixed], force[fixed] = 1.0, 0.0
    factor = cholesky_banded(bands, check_finite=False)
    move = cho_solve_banded((factor, False), force, check_finite=False)
    lean, pull, hold = still
    if line.grid != NO_GRID:
        ends = np.zeros((2 * count, 2))
        ends[::2] = _ends_of(line, width)
        beside = np.asarray(normal @ ends)
        inner = np.where(fixed[:, None], 0.0, beside)
        follows = cho_solve_banded((factor, False), inner, check_finite=False)
        pull = ends.T @ slope - inner.T @ move
        hold = loose + ends.T @ beside - inner.T @ follows
        lean = follows[1::2]
    spread = scatter / np.sqrt(np.maximum(bands[BAND], 1e-6)).reshape(-1, 2)
    spread[fixed.reshape(-1, 2)] = 0.0
    widening = np.bincount(stroke.item_pixel, stroke.item_widening, len(stroke.rows)) * size
    widen = float((widening * along * weight).sum() / max((widening**2 * weight).sum(), 1e-6))
    return _Step(move=move.reshape(-1, 2), sigma=spread, widen=widen, lean=lean, pull=pull, hold=hold)


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
