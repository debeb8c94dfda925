"""One piece of a path through its samples: on a grid, at markers and corners, or evenly where nothing shows them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from calibration.geometry import BoolArray, FloatArray
from digitize.refining.corners import Corners, find_corners
from digitize.refining.grid import SampleGrid
from digitize.refining.misfit import Evidence, describe, fit_nodes, weigh
from digitize.refining.paths import END_MARKER_WIDTHS, PathPiece, is_clear_of
from digitize.refining.prune import prune
from digitize.refining.samples import fit_heights
from digitize.refining.search import SAMPLE_COST, Choice, nodes_of
from digitize.values import Panel

SCATTER_LEVELS_PX = (0.03, 0.1, 0.2)
"""Scatter to assume at least, finest first: neighbouring columns share errors that their differences do not show."""
COARSER_SCATTER = 1.6
COARSER_PX = 0.16
"""A coarser level serves where it leaves no more scatter than this: times the finest's, or pixels."""
SMOOTH_SHARE = 0.45
"""Above this share of a smooth curve's bulge the straight pieces are chords, not strokes between samples."""
SMOOTH_SIGMA = 2.0
PLACE_PX = 0.3
"""How exactly the place of a free vertex must be told."""
FREE_STEP_PX = 8.0
FREE_FRAC = 0.6
"""Vertices anywhere are thought of where a grid's samples stand further apart, and these are this much fewer."""
FEWEST_CORNERS = 3
CORNER_REACH_PX = 1.0
CORNER_REACH_STROKES = 0.75
CORNER_REACH_STEPS = 0.15
CORNER_SIGMA = 3.0
ELSEWHERE_FRAC = 0.5
"""So many corners of a line, more of them than this further from a grid's places than so, and it is not its grid."""
LEAST_PIECE_PX = 3.5
"""Mean length below which straight pieces without a grid are no evidence of samples."""
FEWEST_END_COLUMNS = 4
CORNERS_PER_MARKER = 0.5
PLACES_PER_MARKER = 1.3
"""A few markers may go unseen under other lines."""
LEAST_STEP_PX = 0.5
MARKER_DOUBT = 6.0
"""How much less a column under a marker says about the line's height."""
STUB_STEPS = 0.2
STUB_STROKES = 2.5
EDGE_PX = 2.0
BENDING_PX = 0.3
BENDING_SIGMA = 3.5
"""A place bends the line where it moves it by more than so many pixels and standard errors."""
END_REACH_PX = 1.5
"""How far, beside the cap, a path's end may lie from the sample it stands for."""
SHARED_PX = 0.1
"""Errors that the columns of a stroke share: they do not average out."""
MOST_SIGMA_PX = 5.0
MARKED_STEPS = 0.15
MARKED_STROKES = 4.0
OFF_PATH_STROKES = 0.5
OFF_PATH_FRAC = 0.09
OFF_PATH_GRID_FRAC = 0.3
"""Share of seen columns that may lie further from the samples' line than half a stroke: of a grid, which the picture
is asked about as well, and whose path cuts off what is steep, more."""
LEVEL_PX = 0.2
UPRIGHT_STROKES = 1.5
STAIR_FRAC = 0.85
LEVEL_FRAC = 0.15
EVEN_FRACS = (0.01, 0.005)
"""Where nothing shows the samples: a point every hundredth of the axis, or half of that, if the line bends no more
between them than this:"""
EVEN_OFF_PX = 0.3
EVEN_OFF_STROKES = 0.15
EVEN_QUANTILE = 0.98
EVEN_SPIKE = 3.0
"""No single column may lie further off than this, in the same measure: a spike is data."""


def are_samples(piece: PathPiece) -> bool:
    """Whether swellings mark the samples: a line that turns beside them as often swells by turning sharply."""
    corners = _coarsest(piece)
    if corners is None or piece.markers is None:
        return True
    points = prune(corners.points, corners.sigma_x, corners.kink, piece.stroke_px)[0]
    beside = is_clear_of(points[1:-1, 0], piece.markers.x, piece.markers.width_px)
    return float(beside.sum()) <= CORNERS_PER_MARKER * len(piece.markers.x)


def gain_of_freedom(piece: PathPiece, evidence: Evidence, choice: Choice) -> float:
    """How many fewer words vertices anywhere need than those of a grid, their places told too; 0 where they cannot."""
    nodes = nodes_of(choice.grid, evidence)
    if float(np.ptp(piece.x)) < FREE_STEP_PX * (len(nodes) - 1):
        return 0.0
    free = _free_nodes(piece)
    # a straight line tells nothing of where it was sampled
    if free is None or len(free[0]) <= 2 or len(free[0]) > FREE_FRAC * len(nodes):
        return 0.0
    price = SAMPLE_COST + np.log(max(float(np.ptp(piece.x)) / PLACE_PX, 2.0))
    cost = float(describe(fit_nodes(free[0], evidence)[0], evidence)[choice.level]) + price * len(free[0])
    on_grid = float(describe(fit_nodes(nodes, evidence)[0], evidence)[choice.level]) + SAMPLE_COST * len(nodes)
    return float(on_grid - cost)


def turns_elsewhere(piece: PathPiece, grid: SampleGrid) -> bool:
    """Whether a line's own corners, where it has some far apart, stand beside the places of a grid."""
    ends = np.round(grid.places(piece.ends())).astype(np.int64)
    spacing = np.diff(grid.to_px(np.arange(ends[0], ends[1] + 1)))
    if not len(spacing) or not np.nanmedian(spacing) > FREE_STEP_PX:
        return False
    free = _free_nodes(piece)
    if free is None or len(free[0]) < FEWEST_CORNERS + 2:
        return False
    nodes, sigma = free[0][1:-1], free[1][1:-1]
    nearest = grid.to_px(np.round(grid.places(nodes)).astype(np.int64))
    beside = grid.to_px(np.round(grid.places(nodes)).astype(np.int64) + 1)
    clear = np.isfinite(nearest) & (np.abs(beside - nearest) > FREE_STEP_PX)
    if clear.sum() < FEWEST_CORNERS:
        return False
    # a wide stroke's sharp turn has a corner on either side of its tip
    reach = np.maximum(CORNER_REACH_PX + CORNER_REACH_STROKES * piece.stroke_px, CORNER_SIGMA * sigma)
    # and a marker one on either side of its rim
    off = np.abs(nodes - nearest) > np.maximum(reach, CORNER_REACH_STEPS * np.abs(beside - nearest))
    return float(off[clear].mean()) > ELSEWHERE_FRAC


def _is_smooth(corners: Corners) -> bool:
    return corners.curvature_share > max(SMOOTH_SHARE, SMOOTH_SIGMA * corners.curvature_sigma)


def on_grid(
    piece: PathPiece, grid: SampleGrid, panel: Panel, *, sparse: bool
) -> tuple[FloatArray, FloatArray] | None:
    """Samples of one piece on a grid, or on those places of it that bend the line if it is ``sparse``.

    None where they do not reproduce the path.
    """
    reach = END_REACH_PX + piece.stroke_px / 2
    first, last = piece.ends().tolist()
    ends = np.round(grid.places(piece.ends())).astype(np.int64)
    end_px = grid.to_px(ends)
    # an end off the grid is a line cut by the axes box
    if end_px[0] - first > reach:
        ends[0] -= 1
    if last - end_px[1] > reach:
        ends[1] += 1
    if ends[1] - ends[0] < 1:
        return None
    # where markers are drawn, places without one are no samples, and each of them is
    if piece.markers is not None:
        off = np.log((ends[1] - ends[0] + 1) / len(piece.markers.x))
        if abs(off) > np.log(PLACES_PER_MARKER):
            return None
    nodes = grid.to_px(np.arange(ends[0], ends[1] + 1))
    inside = _is_inside(piece, panel)
    if nodes[0] < first - reach:
        nodes = nodes[1:] if inside[0] and _is_stub(nodes[1] - first, nodes, piece) else np.append(first, nodes[1:])
    if len(nodes) > 1 and nodes[-1] > last + reach:
        nodes = nodes[:-1] if inside[1] and _is_stub(last - nodes[-2], nodes, piece) else np.append(nodes[:-1], last)
    if len(nodes) < 2:
        return None
    if sparse and len(nodes) > 3:
        evidence = weigh(piece)
        kept = _are_bending(nodes, fit_nodes(nodes, evidence)[1], evidence)
        nodes = nodes[np.concatenate([[True], kept, [True]])]
    return _through(piece, nodes, np.full(len(nodes), 0.05), OFF_PATH_GRID_FRAC)


def _is_inside(piece: PathPiece, panel: Panel) -> tuple[bool, bool]:
    """Whether a line begins and ends clear of the axes box, which would cut it."""
    edge = piece.stroke_px + EDGE_PX
    axes = panel.axes
    return tuple(
        axes.left + edge < x < axes.right - edge and axes.top + edge < y < axes.bottom - edge
        for x, y in ((piece.x[k], piece.y[k]) for k in (0, -1))
    )


def _is_stub(length_px: float, nodes: FloatArray, piece: PathPiece) -> bool:
    """Whether what reaches past the last place of a grid is a marker or a cap, not more of the line."""
    return length_px < min(STUB_STEPS * float(np.diff(nodes).max()), STUB_STROKES * max(piece.stroke_px, 1.5))


def bends_of(piece: PathPiece, grid: SampleGrid) -> BoolArray:
    """Which inner places of a grid bend a line; all of them where they stand close or markers show them."""
    evidence = weigh(piece)
    nodes = nodes_of(grid, evidence)
    if len(nodes) < 4 or not np.isfinite(nodes).all():
        return np.ones(0, bool)
    if float(np.diff(nodes).min()) < FREE_STEP_PX or piece.markers is not None:
        return np.ones(len(nodes) - 2, bool)
    heights = fit_nodes(nodes, evidence)[1]
    return _are_bending(nodes, heights, evidence)


def _are_bending(nodes: FloatArray, heights: FloatArray, evidence: Evidence) -> BoolArray:
    slope = np.diff(heights) / np.diff(nodes)
    share = np.minimum(np.diff(nodes)[:-1], np.diff(nodes)[1:]) / 2
    off = np.abs(np.diff(slope)) * share / np.hypot(1.0, (slope[1:] + slope[:-1]) / 2)
    return np.asarray(off > max(BENDING_PX, BENDING_SIGMA * evidence.scatter_px), bool)


def _through(
    piece: PathPiece, nodes: FloatArray, sigma_x: FloatArray, most_off_frac: float = OFF_PATH_FRAC
) -> tuple[FloatArray, FloatArray] | None:
    """Samples at given places; None where their line leaves the path."""
    # a log axis has no place for what a grid of values holds at and below 0
    known = np.isfinite(nodes)
    nodes, sigma_x = nodes[known], sigma_x[known]
    apart = np.concatenate([[True], np.diff(nodes) > LEAST_STEP_PX])[: len(nodes)]
    nodes, sigma_x = nodes[apart], sigma_x[apart]
    if len(nodes) < 2:
        return None
    scatter = weigh(piece).scatter_px
    relative = piece.sigma / np.median(piece.sigma)
    if piece.markers is not None:
        relative = np.where(piece.under_markers(), MARKER_DOUBT * relative, relative)
    heights, sigma, residual = fit_heights(nodes, piece.x, piece.y, scatter * relative, piece.seen)
    if not _agrees(piece, residual, nodes, most_off_frac):
        return None
    # a last sample with next to no line before it has only the path's end to tell its height
    clear = piece.x[piece.seen & ~piece.under_markers()]
    for end, beside in ((0, 1), (-1, -2)):
        low, high = sorted((nodes[end], nodes[beside]))
        if np.sum((clear > low - 0.5) & (clear < high + 0.5)) < FEWEST_END_COLUMNS:
            heights[end] = np.interp(nodes[end], piece.x, piece.y)
    sigma = np.minimum(np.hypot(sigma, SHARED_PX), MOST_SIGMA_PX)
    return np.stack([nodes, heights], axis=1), np.stack([sigma_x, sigma], axis=1)


def _agrees(piece: PathPiece, residual: FloatArray, nodes: FloatArray, most_off_frac: float) -> bool:
    """Whether the line through the samples follows the path, columns beside samples left out."""
    slope = np.gradient(piece.y) / np.maximum(np.gradient(piece.x), 0.3)
    nearest = np.abs(piece.x[:, None] - nodes[None, :]).min(axis=1)
    # markers too small to be told from the line shift its middle beside the samples
    beside = np.clip(MARKED_STEPS * float(np.median(np.diff(nodes))), 1.5, max(MARKED_STROKES * piece.stroke_px, 1.5))
    clear = piece.seen & (nearest > beside) & ~piece.under_markers()
    if clear.sum() < 5:
        clear = piece.seen
    off = np.abs(residual) / np.hypot(1.0, slope)
    return float(np.mean(off[clear] > max(OFF_PATH_STROKES * piece.stroke_px, 0.6))) <= most_off_frac


def _coarsest(piece: PathPiece) -> Corners | None:
    """The coarsest level that describes the path as well as the finest."""
    if not piece.levels:
        levels = [find_corners(piece.x, piece.y, piece.sigma, piece.seen, level) for level in SCATTER_LEVELS_PX]
        piece.levels = [level for level in levels if level is not None]
    if not piece.levels:
        return None
    most = max(COARSER_SCATTER * piece.levels[0].noise_px, COARSER_PX)
    return [level for level in piece.levels if level is piece.levels[0] or level.noise_px <= most][-1]


def _free_nodes(piece: PathPiece) -> tuple[FloatArray, FloatArray] | None:
    """Markers, and the corners that no marker covers: positions along x and their standard errors.

    None where the path bends smoothly, so that its pieces are chords.
    """
    corners = _coarsest(piece)
    if corners is None:
        return None
    points, sigma_x, _ = prune(corners.points, corners.sigma_x, corners.kink, piece.stroke_px)
    nodes = points[:, 0]
    if piece.markers is not None:
        clear = is_clear_of(nodes, piece.markers.x, END_MARKER_WIDTHS * piece.markers.width_px)
        nodes = np.concatenate([nodes[clear], piece.markers.x])
        sigma_x = np.concatenate([sigma_x[clear], np.full(len(piece.markers.x), piece.markers.sigma_px)])
        order = np.argsort(nodes)
        nodes, sigma_x = nodes[order], sigma_x[order]
    else:
        mean_length = float(np.ptp(piece.x)) / max(len(nodes) - 1, 1)
        if (_is_smooth(corners) and len(nodes) > 2) or mean_length < LEAST_PIECE_PX:
            return None
    if len(nodes) < 2:
        return None
    return nodes, np.minimum(np.where(sigma_x > 0, sigma_x, 0.3), 3.0)


def at_corners(piece: PathPiece) -> tuple[FloatArray, FloatArray] | None:
    """Samples at markers and corners where the path is straight between them."""
    free = _free_nodes(piece)
    return None if free is None else _through(piece, *free)


def evenly(piece: PathPiece, panel: Panel) -> tuple[FloatArray, FloatArray] | None:
    """Evenly spaced points of a line that shows no samples; None where it bends too much between them."""
    # what was interpolated over is part of the line as well
    evidence = weigh(replace(piece, seen=np.ones(len(piece.x), bool)))
    span = float(np.ptp(piece.x))
    for frac in EVEN_FRACS:
        count = round(span / (frac * panel.axes.width_px))
        if count < 2 or 2 * count > len(piece.x):
            continue
        nodes = np.linspace(piece.x[0], piece.x[-1], count + 1)
        residual, heights = fit_nodes(nodes, evidence)
        # the caps of a line's ends lie beside it
        clear = (piece.x > piece.x[0] + evidence.reach_px) & (piece.x < piece.x[-1] - evidence.reach_px)
        off = np.abs(residual) / np.hypot(1.0, np.gradient(piece.y) / np.maximum(np.gradient(piece.x), 0.3))
        most = max(EVEN_OFF_PX, EVEN_OFF_STROKES * piece.stroke_px)
        if not clear.any() or float(off[clear].max()) > EVEN_SPIKE * most:
            continue
        if float(np.quantile(off[clear], EVEN_QUANTILE)) < most:
            heights[[0, -1]] = piece.y[[0, -1]]
            sigma = np.interp(nodes, piece.x, piece.sigma)
            return np.stack([nodes, heights], axis=1), np.stack([np.zeros_like(nodes), sigma], axis=1)
    return None


def is_stair(piece: PathPiece) -> bool:
    """Whether a path is made of level and upright strokes: it jumps between samples instead of running to them."""
    rise = np.abs(np.diff(piece.y))
    level, upright = rise < LEVEL_PX, rise > UPRIGHT_STROKES * max(piece.stroke_px, 1.0)
    return bool(upright.any() and level.mean() > LEVEL_FRAC and float((level | upright).mean()) > STAIR_FRAC)
