"""A panel's traced paths -> the samples that were drawn, where the picture supports them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from calibration.axis import PanelCalibration
from calibration.geometry import BoolArray, Box, FloatArray
from digitize.findings import Finding
from digitize.refining.abscissa import list_abscissas
from digitize.refining.agreement import runs_along
from digitize.refining.grid import SampleGrid
from digitize.refining.markers import find_markers
from digitize.refining.misfit import weigh
from digitize.refining.paths import PathPiece, cut_pieces, is_clear_of
from digitize.refining.redraw import redraw
from digitize.refining.search import find_grids
from digitize.refining.vertices import are_samples, at_corners, bends_of, evenly, gain_of_freedom, is_stair, on_grid
from digitize.values import FlagArray, Image, Panel, Sampling, Trace

UNKNOWN_SAMPLING = ("even", "path")
MOST_NAMES = 4
HELD_FRAC = 0.4
"""Where fewer of a grid's places bend any line that stands on it, the places that do not are no samples."""


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
        piece.markers = find_markers(image, panel, piece, traces[piece.trace].colour)
        if piece.markers is not None and not are_samples(piece):
            piece.markers = None
    grids = _find_grids(pieces, calibration, panel)
    sparse = _find_sparse(pieces, grids)
    refined, free_x = [], []
    for k, trace in enumerate(traces):
        own = [piece for piece in pieces if piece.trace == k]
        one, free = _refine_one(trace, own, grids.get(k), panel, sparse=k in sparse) if own else (trace, None)
        refined.append(one)
        free_x.append(free)
    drawn = redraw(image, panel, refined, traces, pieces, free_x, hidden)
    pairs = zip(drawn, traces, strict=True)
    kept = tuple(one if runs_along(one, trace, image, panel) else trace for one, trace in pairs)
    return kept, _tell(kept, panel)


def _tell(traces: Sequence[Trace], panel: Panel) -> tuple[Finding, ...]:
    """Which lines do not show their samples."""
    unknown = [trace for trace in traces if trace.kind == "line" and trace.sampling in UNKNOWN_SAMPLING]
    if not unknown:
        return ()
    names = ", ".join(repr(trace.label) for trace in unknown[:MOST_NAMES])
    names += ", ..." if len(unknown) > MOST_NAMES else ""
    return (
        Finding(
            code="samples-unknown",
            severity="info",
            panel=panel.index,
            message=f"The picture does not show where these lines were sampled: {names}; their points are read off the"
            " line at a spacing of ours.",
            value=float(len(unknown)),
        ),
    )


def _find_grids(pieces: Sequence[PathPiece], calibration: PanelCalibration, panel: Panel) -> dict[int, SampleGrid]:
    """The grid of each trace, told by its longest piece."""
    evidence = [weigh(piece) for piece in pieces]
    usable = [k for k in range(len(pieces)) if evidence[k].is_usable]
    abscissas = list_abscissas(calibration.x, panel.axes.width_px)
    choices = find_grids([evidence[k] for k in usable], abscissas)
    # a grid falls where the lines that stand on it are told shorter without
    gains: dict[SampleGrid, float] = {}
    for k, choice in zip(usable, choices, strict=True):
        if choice is not None:
            gains[choice.grid] = gains.get(choice.grid, 0.0) + gain_of_freedom(pieces[k], evidence[k], choice)
    found: dict[int, SampleGrid] = {}
    length: dict[int, float] = {}
    for k, choice in zip(usable, choices, strict=True):
        trace, span = pieces[k].trace, float(np.ptp(pieces[k].x))
        if choice is not None and span > length.get(trace, 0.0) and gains[choice.grid] <= 0:
            found[trace], length[trace] = choice.grid, span
    return found


def _find_sparse(pieces: Sequence[PathPiece], grids: dict[int, SampleGrid]) -> set[int]:
    """Traces whose grid bends few of its lines at few of its places: their samples are uneven, on whole numbers."""
    held: dict[SampleGrid, float] = {}
    for piece in pieces:
        grid = grids.get(piece.trace)
        if grid is not None:
            bends = bends_of(piece, grid)
            held[grid] = max(held.get(grid, 0.0), float(bends.mean()) if len(bends) else 0.0)
    return {trace for trace, grid in grids.items() if held.get(grid, 1.0) < HELD_FRAC}


def _refine_one(
    trace: Trace, pieces: Sequence[PathPiece], grid: SampleGrid | None, panel: Panel, *, sparse: bool
) -> tuple[Trace, BoolArray | None]:
    """A trace through its samples, and which of them may move along x; None for a trace that stands."""
    parts: list[tuple[FloatArray, FloatArray, FlagArray]] = []
    free: list[BoolArray] = []
    told: list[Sampling] = []
    for piece in pieces:
        sampling, samples = _samples_of(piece, grid, panel, sparse=sparse)
        told.append(sampling)
        if samples is None:
            path = np.stack([piece.x, piece.y], axis=1), np.stack([np.zeros_like(piece.x), piece.sigma], axis=1)
            parts.append((*path, piece.flags))
            free.append(np.zeros(len(piece.x) + 1, bool))
            continue
        nearest = np.abs(piece.x[None, :] - samples[0][:, :1]).argmin(axis=1)
        parts.append((*samples, piece.flags[nearest]))
        movable = np.full(len(samples[0]) + 1, sampling == "corners")
        movable[[0, -2]] = False
        if piece.markers is not None:
            movable[:-1] &= is_clear_of(samples[0][:, 0], piece.markers.x, 0.5)
        free.append(movable)
    if all(sampling == "path" for sampling in told):
        return trace, None
    points, sigma, flags = _joined(parts)
    longest = int(np.argmax([np.ptp(piece.x) for piece in pieces]))
    refined = replace(
        trace, points_px=points, sigma_px=sigma, flags=flags, path_px=trace.points_px, sampling=told[longest]
    )
    return refined, np.concatenate(free)[:-1]


def _samples_of(
    piece: PathPiece, grid: SampleGrid | None, panel: Panel, *, sparse: bool
) -> tuple[Sampling, tuple[FloatArray, FloatArray] | None]:
    """The samples of one piece, points and standard errors, and what told of them."""
    samples = on_grid(piece, grid, panel, sparse=sparse) if grid is not None and not is_stair(piece) else None
    if samples is not None:
        return "grid", samples
    samples = at_corners(piece)
    if samples is not None:
        return "corners", samples
    samples = evenly(piece, panel)
    return ("path" if samples is None else "even"), samples


def _joined(
    parts: Sequence[tuple[FloatArray, FloatArray, FlagArray]],
) -> tuple[FloatArray, FloatArray, FlagArray]:
    """Pieces in order, a NaN row between two."""
    gap = np.full((1, 2), np.nan), np.full((1, 2), np.nan), np.zeros(1, np.uint16)
    rows = [row for part in parts for row in (part, gap)][:-1]
    points, sigma, flags = (np.concatenate(side) for side in zip(*rows, strict=True))
    return points, sigma, flags
