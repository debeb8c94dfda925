"""A panel's traced paths -> the samples that were drawn, where the picture supports them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from calibration.axis import PanelCalibration
from calibration.geometry import BoolArray, Box, FloatArray
from digitize.findings import Finding
from digitize.refining.abscissa import Abscissa, list_abscissas
from digitize.refining.agreement import runs_along
from digitize.refining.contrast import LEAST_CONTRAST, describe, is_clear, measure_contrast, nodes_of, tune
from digitize.refining.corners import Corners, find_corners
from digitize.refining.grid import SampleGrid, find_grids, is_hollow, is_supported
from digitize.refining.markers import find_markers
from digitize.refining.paths import END_MARKER_WIDTHS, PathPiece, cut_pieces, is_clear_of
from digitize.refining.prune import prune
from digitize.refining.redraw import redraw
from digitize.refining.samples import fit_heights
from digitize.values import FlagArray, Image, Panel, Trace

SCATTER_LEVELS_PX = (0.03, 0.1, 0.2)
"""Scatter to assume at least, finest first: neighbouring columns share errors that their differences do not show."""
COARSER_SCATTER = 1.6
COARSER_PX = 0.16
"""A coarser level serves where it leaves no more scatter than this: times the finest's, or pixels."""
SMOOTH_SHARE = 0.45
"""Above this share of a smooth curve's bulge the straight pieces are chords, not strokes between samples."""
SMOOTH_SIGMA = 2.0
SMOOTH_CONTRAST = 4.0
"""What a grid on smooth curves must show against others, where corners say nothing."""
MOST_CANDIDATES = 6
STRAIGHT_QUANTILE = 0.85
STRAIGHT_PX = 0.35
STRAIGHT_STROKES = 0.15
"""Samples that bend the line by less, nearly all of them, are none: pixels, or stroke widths."""
PLACE_PX = 0.3
"""How exactly the place of a free vertex must be told."""
HOLDING_CONTRAST = 1.3
"""A line follows the panel's grid where that beats missing grids by this much, whatever its own corners say."""
LEAST_PIECE_PX = 3.5
"""Mean length below which straight pieces without a grid are no evidence of samples."""
FEWEST_END_COLUMNS = 4
CORNERS_PER_MARKER = 0.5
PLACES_PER_MARKER = 1.3
"""A few markers may go unseen under other lines."""
LEAST_STEP_PX = 0.5
MARKER_DOUBT = 6.0
"""How much less a column under a marker says about the line's height."""
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
    # what was followed along its length is no function of x
    lines = [(k, trace) for k, trace in enumerate(traces) if trace.kind == "line" and trace.tracer != "length"]
    pieces = [piece for k, trace in lines for piece in cut_pieces(trace, k)]
    for piece in pieces:
        levels = [find_corners(piece.x, piece.y, piece.sigma, piece.seen, level) for level in SCATTER_LEVELS_PX]
        piece.levels = [level for level in levels if level is not None]
        piece.markers = find_markers(image, panel, piece, traces[piece.trace].colour)
        if piece.markers is not None and not _are_samples(piece):
            piece.markers = None
    grids = _find_grids(pieces, list_abscissas(calibration.x), len(traces))
    refined, free_x = [], []
    for k, trace in enumerate(traces):
        own = [piece for piece in pieces if piece.trace == k]
        one, free = _refine_one(trace, own, grids.get(k)) if own else (trace, None)
        refined.append(one)
        free_x.append(free)
    drawn = redraw(image, panel, refined, traces, pieces, free_x, hidden)
    kept = [one if runs_along(one, trace) else trace for one, trace in zip(drawn, traces, strict=True)]
    return tuple(kept), ()


def _are_samples(piece: PathPiece) -> bool:
    """Whether swellings mark the samples: a line that turns beside them as often swells by turning sharply."""
    corners = _coarsest(piece)
    if corners is None or piece.markers is None:
        return True
    points = prune(corners.points, corners.sigma_x, corners.kink, piece.stroke_px)[0]
    beside = is_clear_of(points[1:-1, 0], piece.markers.x, piece.markers.width_px)
    return float(beside.sum()) <= CORNERS_PER_MARKER * len(piece.markers.x)


def _find_grids(pieces: Sequence[PathPiece], abscissas: list[Abscissa], count: int) -> dict[int, SampleGrid]:
    """The grid of each trace: one for all where it holds, else one of its own."""
    found: dict[int, SampleGrid] = {}
    shared = _best_grid(pieces, abscissas)
    for k in range(count):
        own = [piece for piece in pieces if piece.trace == k and piece.levels]
        if not own:
            continue
        alone = _best_grid(own, abscissas) if len(own) < len(pieces) else shared
        held = shared is not None and (
            any(_holds(shared, *_evidence(own, level)) for level in range(len(SCATTER_LEVELS_PX)))
            or measure_contrast(shared, own)[0] > HOLDING_CONTRAST
        )
        if shared is not None and held and _no_finer(alone, shared):
            found[k] = shared
        elif alone is not None:
            found[k] = alone
    return found


def _no_finer(alone: SampleGrid | None, shared: SampleGrid) -> bool:
    return alone is None or alone.abscissa.name != shared.abscissa.name or alone.step >= 0.8 * shared.step


def _best_grid(pieces: Sequence[PathPiece], abscissas: list[Abscissa]) -> SampleGrid | None:
    """The grid that corners establish; where they do not, the one of their candidates that the paths establish."""
    spans = np.array([piece.x[[0, -1]] for piece in pieces if piece.levels])
    if not len(spans):
        return None
    found = [
        grid
        for level in range(len(SCATTER_LEVELS_PX))
        for grid in find_grids(*_evidence(pieces, level), spans, abscissas)[:MOST_CANDIDATES]
    ]
    found.sort(key=lambda grid: -grid.evidence)
    smooth = _are_smooth(pieces)
    eligible = [] if smooth else [grid for grid in found if is_supported(grid)]
    if not eligible:
        tuned = [tune(grid, pieces) for grid in found[:MOST_CANDIDATES] if not is_hollow(grid)]
        eligible = [grid for grid in tuned if is_clear(grid, pieces, SMOOTH_CONTRAST if smooth else LEAST_CONTRAST)]
    judged = [(_length_on(grid, pieces), k) for k, grid in enumerate(eligible)]
    if not judged or min(judged)[0] > _length_at_corners(pieces):
        return None
    return _coarsened(eligible[min(judged)[1]], pieces)


def _coarsened(grid: SampleGrid, pieces: Sequence[PathPiece]) -> SampleGrid:
    """Every second or third place of a grid where the others never bend a line: N samples, not 2N - 1."""
    for factor in (3, 2):
        for shift in range(factor):
            coarse = replace(grid, origin=grid.origin + shift * grid.step, step=factor * grid.step)
            if coarse.abscissa.steps and coarse.step not in coarse.abscissa.steps:
                continue
            if all(_suffices(coarse, grid, piece) for piece in pieces):
                return _coarsened(coarse, pieces)
    return grid


def _suffices(coarse: SampleGrid, fine: SampleGrid, piece: PathPiece) -> bool:
    """Whether the finer grid's further samples of one piece lie on straight lines between the coarser's."""
    if piece.markers is not None:
        held = [np.abs(places - np.round(places)) for places in (g.places(piece.markers.x) for g in (fine, coarse))]
        if np.any((held[0] < 0.25) & (held[1] > 0.25)):
            return False
    nodes = nodes_of(fine, piece)
    if len(nodes) < 3 or len(nodes) > len(piece.x):
        return False
    heights = fit_heights(nodes, piece.x, piece.y, piece.sigma, piece.seen)[0]
    place = coarse.places(nodes)
    on = np.abs(place - np.round(place)) < 0.1
    # ends between the coarser places are no samples of it
    inner = ~on & (nodes > nodes[on].min(initial=np.inf)) & (nodes < nodes[on].max(initial=-np.inf))
    if on.sum() < 2 or not inner.any() or (~on).sum() - inner.sum() > 1:
        return False
    off = np.abs(heights[inner] - np.interp(nodes[inner], nodes[on], heights[on]))
    return float(np.quantile(off, STRAIGHT_QUANTILE)) < max(STRAIGHT_PX, STRAIGHT_STROKES * piece.stroke_px)


def _are_smooth(pieces: Sequence[PathPiece]) -> bool:
    """Whether most of the paths bend steadily: the corners of their chords stand as evenly as samples would."""
    known = [piece for piece in pieces if piece.levels]
    smooth = [piece for piece in known if piece.markers is None and _is_smooth(piece.levels[0])]
    return len(smooth) > 0.5 * len(known)


def _is_smooth(corners: Corners) -> bool:
    return corners.curvature_share > max(SMOOTH_SHARE, SMOOTH_SIGMA * corners.curvature_sigma)


def _length_on(grid: SampleGrid, pieces: Sequence[PathPiece]) -> float:
    nodes = [nodes_of(grid, piece) for piece in pieces]
    return describe(nodes, pieces, sum(len(own) for own in nodes) + 2)


def _length_at_corners(pieces: Sequence[PathPiece]) -> float:
    """Description length by vertices anywhere, whose places must be told too."""
    free = [_free_nodes(piece) for piece in pieces]
    known = [(own[0], piece) for own, piece in zip(free, pieces, strict=True) if own is not None]
    if len(known) < len(pieces):
        return np.inf
    nodes = [own for own, _ in known]
    places = sum(len(own) * np.log(max(float(np.ptp(piece.x)) / PLACE_PX, 2.0)) for own, piece in known)
    return describe(nodes, pieces, sum(len(own) for own in nodes)) + float(places)


def _evidence(pieces: Sequence[PathPiece], level: int) -> tuple[FloatArray, FloatArray]:
    """Where samples show: corners at one level, and markers, which outdo the corners that they cover."""
    x, sigma = [np.empty(0)], [np.empty(0)]
    for piece in pieces:
        if not piece.levels:
            continue
        corners = piece.levels[min(level, len(piece.levels) - 1)]
        own_x, own_sigma = corners.points[1:-1, 0], corners.sigma_x[1:-1]
        if piece.markers is not None:
            clear = is_clear_of(own_x, piece.markers.x, piece.markers.width_px)
            own_x, own_sigma = own_x[clear], own_sigma[clear]
            x.append(piece.markers.x)
            sigma.append(np.full(len(piece.markers.x), piece.markers.sigma_px))
        x.append(own_x)
        sigma.append(own_sigma)
    return np.concatenate(x), np.concatenate(sigma)


def _holds(grid: SampleGrid, x: FloatArray, sigma: FloatArray) -> bool:
    """Whether a line's corners stand on a grid found with others."""
    if not len(x):
        return True
    place = grid.places(x)
    off_px = np.abs(grid.to_px(np.round(place).astype(np.int64)) - x)
    return float(np.mean(off_px > np.maximum(3.5 * np.hypot(sigma, 0.15), 0.3))) < 0.35


def _refine_one(
    trace: Trace, pieces: Sequence[PathPiece], grid: SampleGrid | None
) -> tuple[Trace, BoolArray | None]:
    """A trace through its samples, and which of them may move along x; None for a trace that stands."""
    parts: list[tuple[FloatArray, FloatArray, FlagArray]] = []
    free: list[BoolArray] = []
    changed = False
    for piece in pieces:
        samples = _on_grid(piece, grid) if grid is not None else None
        on_grid = samples is not None
        if samples is None:
            samples = _at_corners(piece)
        if samples is None:
            path = np.stack([piece.x, piece.y], axis=1), np.stack([np.zeros_like(piece.x), piece.sigma], axis=1)
            parts.append((*path, piece.flags))
            free.append(np.zeros(len(piece.x) + 1, bool))
            continue
        changed = True
        nearest = np.abs(piece.x[None, :] - samples[0][:, :1]).argmin(axis=1)
        parts.append((*samples, piece.flags[nearest]))
        movable = np.full(len(samples[0]) + 1, not on_grid)
        movable[[0, -2]] = False
        if piece.markers is not None:
            movable[:-1] &= is_clear_of(samples[0][:, 0], piece.markers.x, 0.5)
        free.append(movable)
    if not changed:
        return trace, None
    points, sigma, flags = _joined(parts)
    refined = replace(trace, points_px=points, sigma_px=sigma, flags=flags, path_px=trace.points_px)
    return refined, np.concatenate(free)[:-1]


def _joined(
    parts: Sequence[tuple[FloatArray, FloatArray, FlagArray]],
) -> tuple[FloatArray, FloatArray, FlagArray]:
    """Pieces in order, a NaN row between two."""
    gap = np.full((1, 2), np.nan), np.full((1, 2), np.nan), np.zeros(1, np.uint16)
    rows = [row for part in parts for row in (part, gap)][:-1]
    points, sigma, flags = (np.concatenate(side) for side in zip(*rows, strict=True))
    return points, sigma, flags


def _on_grid(piece: PathPiece, grid: SampleGrid) -> tuple[FloatArray, FloatArray] | None:
    """Samples of one piece on a grid; None where they do not reproduce the path."""
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
    # where markers are drawn, places without one are no samples
    if piece.markers is not None and ends[1] - ends[0] + 1 > PLACES_PER_MARKER * len(piece.markers.x):
        return None
    nodes = grid.to_px(np.arange(ends[0], ends[1] + 1))
    if nodes[0] < first - reach:
        nodes[0] = first
    if nodes[-1] > last + reach:
        nodes[-1] = last
    return _through(piece, nodes, np.full(len(nodes), 0.05))


def _through(piece: PathPiece, nodes: FloatArray, sigma_x: FloatArray) -> tuple[FloatArray, FloatArray] | None:
    """Samples at given places; None where their line leaves the path."""
    # a log axis has no place for what a grid of values holds at and below 0
    known = np.isfinite(nodes)
    nodes, sigma_x = nodes[known], sigma_x[known]
    apart = np.concatenate([[True], np.diff(nodes) > LEAST_STEP_PX])[: len(nodes)]
    nodes, sigma_x = nodes[apart], sigma_x[apart]
    if len(nodes) < 2:
        return None
    scatter = piece.levels[0].noise_px if piece.levels else 0.1
    relative = piece.sigma / np.median(piece.sigma)
    if piece.markers is not None:
        relative = np.where(piece.under_markers(), MARKER_DOUBT * relative, relative)
    heights, sigma, residual = fit_heights(nodes, piece.x, piece.y, scatter * relative, piece.seen)
    if not _agrees(piece, residual, nodes):
        return None
    # a last sample with next to no line before it has only the path's end to tell its height
    clear = piece.x[piece.seen & ~piece.under_markers()]
    for end, beside in ((0, 1), (-1, -2)):
        low, high = sorted((nodes[end], nodes[beside]))
        if np.sum((clear > low - 0.5) & (clear < high + 0.5)) < FEWEST_END_COLUMNS:
            heights[end] = np.interp(nodes[end], piece.x, piece.y)
    return np.stack([nodes, heights], axis=1), np.stack([sigma_x, np.minimum(sigma + 0.03, 5.0)], axis=1)


def _agrees(piece: PathPiece, residual: FloatArray, nodes: FloatArray) -> bool:
    """Whether the line through the samples follows the path, columns beside samples left out."""
    slope = np.gradient(piece.y) / np.maximum(np.gradient(piece.x), 0.3)
    nearest = np.abs(piece.x[:, None] - nodes[None, :]).min(axis=1)
    clear = piece.seen & (nearest > 1.5) & ~piece.under_markers()
    if clear.sum() < 5:
        clear = piece.seen
    off = np.abs(residual) / np.hypot(1.0, slope)
    return float(np.mean(off[clear] > max(OFF_PATH_STROKES * piece.stroke_px, 0.6))) <= OFF_PATH_FRAC


def _coarsest(piece: PathPiece) -> Corners | None:
    """The coarsest level that describes the path as well as the finest."""
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


def _at_corners(piece: PathPiece) -> tuple[FloatArray, FloatArray] | None:
    """Samples at markers and corners where the path is straight between them."""
    free = _free_nodes(piece)
    return None if free is None else _through(piece, *free)
