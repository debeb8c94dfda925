"""Does a grid of samples explain the paths better than grids that miss them?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from calibration.geometry import FloatArray
from digitize.refining.grid import SampleGrid
from digitize.refining.paths import PathPiece
from digitize.refining.samples import fit_heights

LEAST_CONTRAST = 1.5
"""Scatter left by grids of the same fineness that miss the samples, over that of the grid."""
SURE_CONTRAST_LOGS = 6.0
"""The same as a log likelihood ratio, columns taken in groups that share their errors."""
SHARED_COLUMNS = 4.0
CLIP_SIGMA = 6.0
LEAST_NOISE_PX = 0.1
FEWEST_COLUMNS_PER_SAMPLE = 2.1
TUNING_STEPS = (0.3, 0.1)
"""Shifts of the grid's two ends that are tried, in steps of the grid."""


def nodes_of(grid: SampleGrid, piece: PathPiece) -> FloatArray:
    """Positions of the samples of one piece on a grid, in px."""
    ends = grid.places(piece.ends())
    return grid.to_px(np.arange(np.floor(ends[0] + 0.25), np.ceil(ends[1] - 0.25) + 1).astype(np.int64))


def misfit_of(nodes: FloatArray, piece: PathPiece) -> tuple[float, float]:
    """Summed squared distance, in standard errors, of a path from its best broken line, and the columns counted."""
    if len(nodes) < 2 or len(piece.x) < FEWEST_COLUMNS_PER_SAMPLE * len(nodes) or not np.isfinite(nodes).all():
        return 0.0, 0.0
    relative = np.maximum(piece.sigma / np.median(piece.sigma), 0.3)
    noise = max(piece.levels[0].noise_px if piece.levels else 0.1, LEAST_NOISE_PX)
    residual = fit_heights(nodes, piece.x, piece.y, noise * relative, piece.seen, rounds=2)[2]
    size = np.minimum(np.abs(residual) / (noise * relative), CLIP_SIGMA)[piece.seen & ~piece.under_markers()]
    return float((size**2).sum()), float(len(size))


def measure_misfit(grid: SampleGrid, pieces: Sequence[PathPiece]) -> tuple[float, float]:
    """Mean squared distance of paths from their best broken lines on a grid, and the columns it was measured over."""
    parts = np.array([misfit_of(nodes_of(grid, piece), piece) for piece in pieces]).reshape(-1, 2)
    total, columns = parts.sum(axis=0).tolist()
    return total / max(columns, 1.0), columns


def describe(nodes: Sequence[FloatArray], pieces: Sequence[PathPiece], parameters: float) -> float:
    """Description length of paths by broken lines with given nodes: what is left, and the numbers it takes."""
    parts = np.array([misfit_of(own, piece) for own, piece in zip(nodes, pieces, strict=True)]).reshape(-1, 2)
    total, columns = parts.sum(axis=0).tolist()
    if columns < 0.5 * sum(len(piece.x) for piece in pieces):
        return np.inf
    groups = columns / SHARED_COLUMNS
    return float(0.5 * groups * np.log(max(total / columns, 1.0)) + 0.5 * np.log(max(groups, 4.0)) * parameters)


def tune(grid: SampleGrid, pieces: Sequence[PathPiece]) -> SampleGrid:
    """The grid with both its ends shifted to where the paths fit best."""
    if grid.abscissa.steps or not pieces:
        return grid
    ends = np.array([min(p.x[0] for p in pieces), max(p.x[-1] for p in pieces)])
    count = max(float(np.ptp(grid.places(ends))), 1.0)
    first = float(grid.places(ends).min())
    best, least = grid, measure_misfit(grid, pieces)[0]
    for size in TUNING_STEPS:
        centre = best
        for low in (-size, 0.0, size):
            for high in (-size, 0.0, size):
                if low == high == 0.0:
                    continue
                step = centre.step * (1 + (high - low) / count)
                # places keep their numbers: the left end moves by low, the right one by high
                origin = centre.origin + low * centre.step - first * (step - centre.step)
                other = replace(centre, origin=origin, step=step)
                misfit = measure_misfit(other, pieces)[0]
                if misfit < least:
                    best, least = other, misfit
    return best


def measure_contrast(grid: SampleGrid, pieces: Sequence[PathPiece]) -> tuple[float, float]:
    """How much better a grid does than ones as fine that miss the samples.

    Returns
    -------
    ratio : float
        Misfit of the others over the grid's own.
    logs : float
        The same as a log likelihood ratio.
    """
    own, columns = measure_misfit(grid, pieces)
    if not columns:
        return 0.0, 0.0
    spans = [float(np.ptp(grid.places(piece.x[[0, -1]]))) for piece in pieces]
    count = max(float(np.median(spans)), 1.0)
    others = [replace(grid, origin=grid.origin + grid.step / 2)]
    if not grid.abscissa.steps:
        others += [replace(grid, step=grid.step * count / (count + half)) for half in (-0.5, 0.5)]
    misfits: FloatArray = np.array([measure_misfit(other, pieces)[0] for other in others])
    ratio = float(np.exp(np.log(np.maximum(misfits, 1e-9)).mean()) / max(own, 0.02))
    return ratio, 0.5 * columns / SHARED_COLUMNS * float(np.log(max(ratio, 1e-9)))


def is_clear(grid: SampleGrid, pieces: Sequence[PathPiece], least: float = LEAST_CONTRAST) -> bool:
    """Whether the paths establish a grid whose corners alone do not."""
    ratio, logs = measure_contrast(grid, pieces)
    return ratio >= least and logs >= SURE_CONTRAST_LOGS
