"""A panel's traced paths -> the samples that were drawn, where the picture supports them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from calibration.axis import PanelCalibration
from calibration.geometry import Box, FloatArray
from digitize.findings import Finding
from digitize.refining.abscissa import Abscissa, list_abscissas
from digitize.refining.corners import find_corners
from digitize.refining.grid import SampleGrid, find_grid
from digitize.refining.paths import PathPiece, cut_pieces
from digitize.refining.samples import fit_heights
from digitize.values import FlagArray, Image, Panel, Trace

SMOOTH_SHARE = 0.45
"""Above this share of a smooth curve's bulge the straight pieces are chords, not strokes between samples."""
SURE_SHARE_SIGMA = 0.2
LEAST_PIECE_PX = 3.5
"""Mean length below which straight pieces without a grid are no evidence of samples."""
END_REACH_PX = 1.5
"""How far, beside the cap, a path's end may lie from the sample it stands for."""
OFF_PATH_STROKES = 0.5
OFF_PATH_FRAC = 0.06
"""Share of seen columns that may lie further from the samples' line than half a stroke."""


def refine_traces(
    image: Image,
    panel: Panel,
    calibration: PanelCalibration,
    traces: Sequence[Trace],
    hidden: Sequence[Box] = (),
) -> tuple[tuple[Trace, ...], tuple[Finding, ...]]:
    """Replace traced paths by the samples they were drawn through.

    Parameters
    ----------
    image : Image
    panel : Panel
    calibration : PanelCalibration
        Of the panel; its x axis tells in what the samples may be evenly spaced.
    traces : sequence of Trace
        Only those of kind ``line`` are touched.
    hidden : sequence of Box
        Where other things lie over the data.

    Returns
    -------
    traces, findings
        In the same order. A trace whose samples the picture does not support stands as it was.
    """
    pieces = [piece for k, trace in enumerate(traces) if trace.kind == "line" for piece in cut_pieces(trace, k)]
    for piece in pieces:
        piece.corners = find_corners(piece.x, piece.y, piece.sigma, piece.seen)
    abscissas = list_abscissas(calibration.x)
    grids = _find_grids(pieces, abscissas, len(traces))
    refined = []
    for k, trace in enumerate(traces):
        own = [piece for piece in pieces if piece.trace == k]
        refined.append(_refine_one(trace, own, grids.get(k), panel) if own else trace)
    return tuple(refined), ()


def _find_grids(pieces: Sequence[PathPiece], abscissas: list[Abscissa], count: int) -> dict[int, SampleGrid]:
    """The grid of each trace: one for all where it holds, else one of its own."""
    lines = [[piece for piece in pieces if piece.trace == k and piece.corners is not None] for k in range(count)]
    found: dict[int, SampleGrid] = {}
    shared = find_grid(*_evidence(pieces), abscissas)
    for k, own in enumerate(lines):
        if not own:
            continue
        x, sigma = _evidence(own)
        alone = find_grid(x, sigma, abscissas)
        if shared is not None and _holds(shared, x, sigma) and (alone is None or _is_part_of(alone, shared, x)):
            found[k] = shared
        elif alone is not None:
            found[k] = alone
    return found


def _evidence(pieces: Sequence[PathPiece]) -> tuple[FloatArray, FloatArray]:
    inner = [(c.points[1:-1, 0], c.sigma_x[1:-1]) for c in (piece.corners for piece in pieces) if c is not None]
    if not inner:
        return np.empty(0), np.empty(0)
    x, sigma = (np.concatenate(side) for side in zip(*inner, strict=True))
    return x, sigma


def _holds(grid: SampleGrid, x: FloatArray, sigma: FloatArray) -> bool:
    """Whether a line's corners stand on a grid found with others."""
    if not len(x):
        return True
    place = grid.places(x)
    off_px = np.abs(grid.to_px(np.round(place).astype(np.int64)) - x)
    return float(np.mean(off_px > np.maximum(3.5 * np.hypot(sigma, 0.15), 0.3))) < 0.35


def _is_part_of(alone: SampleGrid, shared: SampleGrid, x: FloatArray) -> bool:
    """Whether a line's own grid is no finer than the shared one."""
    return alone.abscissa.name != shared.abscissa.name or alone.step >= 0.8 * shared.step


def _refine_one(trace: Trace, pieces: Sequence[PathPiece], grid: SampleGrid | None, panel: Panel) -> Trace:
    parts: list[tuple[FloatArray, FloatArray, FlagArray]] = []
    changed = False
    for piece in pieces:
        samples = _on_grid(piece, grid, panel) if grid is not None else None
        if samples is None:
            samples = _at_corners(piece)
        changed |= samples is not None
        if samples is None:
            samples = np.stack([piece.x, piece.y], axis=1), np.stack([np.zeros_like(piece.x), piece.sigma], axis=1)
            parts.append((*samples, piece.flags))
        else:
            nearest = np.abs(piece.x[None, :] - samples[0][:, :1]).argmin(axis=1)
            parts.append((*samples, piece.flags[nearest]))
    if not changed:
        return trace
    points, sigma, flags = _joined(parts)
    return replace(trace, points_px=points, sigma_px=sigma, flags=flags, path_px=trace.points_px)


def _joined(
    parts: Sequence[tuple[FloatArray, FloatArray, FlagArray]],
) -> tuple[FloatArray, FloatArray, FlagArray]:
    """Pieces in order, a NaN row between two."""
    gap = np.full((1, 2), np.nan), np.full((1, 2), np.nan), np.zeros(1, np.uint16)
    rows = [row for part in parts for row in (part, gap)][:-1]
    points, sigma, flags = (np.concatenate(side) for side in zip(*rows, strict=True))
    return points, sigma, flags


def _on_grid(piece: PathPiece, grid: SampleGrid, panel: Panel) -> tuple[FloatArray, FloatArray] | None:
    """Samples of one piece on a grid; None where they do not reproduce the path."""
    reach = END_REACH_PX + piece.stroke_px / 2
    first, last = grid.places(piece.x[[0, -1]])
    ends = np.round([first, last]).astype(np.int64)
    end_px = grid.to_px(ends)
    # an end off the grid is a line cut by the axes box, or a grid that is not the line's
    if end_px[0] - piece.x[0] > reach:
        ends[0] -= 1
    if piece.x[-1] - end_px[1] > reach:
        ends[1] += 1
    if ends[1] - ends[0] < 1:
        return None
    places = np.arange(ends[0], ends[1] + 1)
    nodes = grid.to_px(places)
    scatter = piece.corners.noise_px if piece.corners else 0.1
    relative = piece.sigma / np.median(piece.sigma)
    heights, sigma, residual = fit_heights(nodes, piece.x, piece.y, scatter * relative, piece.seen)
    if not _agrees(piece, residual, nodes):
        return None
    # beyond the path's own ends there was no ink: the line was cut there
    keep = np.ones(len(nodes), bool)
    if nodes[0] < piece.x[0] - reach:
        nodes[0], heights[0] = piece.x[0], np.interp(piece.x[0], nodes, heights)
    if nodes[-1] > piece.x[-1] + reach:
        nodes[-1], heights[-1] = piece.x[-1], np.interp(piece.x[-1], nodes, heights)
    return np.stack([nodes, heights], axis=1)[keep], np.stack([np.full(len(nodes), 0.05), sigma + 0.03], axis=1)


def _agrees(piece: PathPiece, residual: FloatArray, nodes: FloatArray) -> bool:
    """Whether the line through the samples follows the path, columns beside samples left out."""
    slope = np.gradient(piece.y) / np.maximum(np.gradient(piece.x), 0.3)
    nearest = np.abs(piece.x[:, None] - nodes[None, :]).min(axis=1)
    clear = piece.seen & (nearest > 1.5)
    if clear.sum() < 5:
        clear = piece.seen
    off = np.abs(residual) / np.hypot(1.0, slope)
    return float(np.mean(off[clear] > max(OFF_PATH_STROKES * piece.stroke_px, 0.6))) <= OFF_PATH_FRAC


def _at_corners(piece: PathPiece) -> tuple[FloatArray, FloatArray] | None:
    """The corners themselves where the path is straight between them."""
    corners = piece.corners
    if corners is None:
        return None
    points = corners.points
    mean_length = float(np.ptp(piece.x)) / max(len(points) - 1, 1)
    smooth = corners.curvature_share > SMOOTH_SHARE or corners.curvature_sigma > SURE_SHARE_SIGMA
    if (smooth and len(points) > 2) or mean_length < LEAST_PIECE_PX:
        return None
    residual = piece.y - np.interp(piece.x, points[:, 0], points[:, 1])
    if not _agrees(piece, residual, points[:, 0]):
        return None
    sigma_x = np.minimum(np.where(corners.sigma_x > 0, corners.sigma_x, 0.3), 5.0)
    return points, np.stack([sigma_x, np.full(len(points), corners.noise_px + 0.05)], axis=1)
