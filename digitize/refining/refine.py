"""A panel's traced paths -> the samples that were drawn, where the picture supports them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from calibration.axis import PanelCalibration
from calibration.geometry import Box
from digitize.findings import Finding
from digitize.refining.abscissa import list_abscissas
from digitize.refining.agreement import runs_along
from digitize.refining.grid import SampleGrid
from digitize.refining.markers import find_markers, known_markers
from digitize.refining.misfit import weigh
from digitize.refining.paths import PathPiece, cut_pieces
from digitize.refining.proposals import WAYS, Proposal, Way, propose
from digitize.refining.redraw import Redrawn, redraw
from digitize.refining.scene import cut_scene
from digitize.refining.search import find_grids
from digitize.refining.thinning import thin_out
from digitize.refining.vertices import are_samples, bends_of, gain_of_freedom, turns_elsewhere
from digitize.values import Image, Panel, Trace

UNKNOWN_SAMPLING = ("even", "path")
MOST_NAMES = 4
FINER_FRAC = 0.8
"""Residual of a grid with places between its own, as a share of the grid's: where more is left, those are none."""
MOST_TURNS = 3
"""How often a line whose samples the picture does not bear out gets others."""
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
        trace = traces[piece.trace]
        piece.markers = known_markers(trace, piece) or find_markers(image, panel, piece, trace.colour)
        if piece.markers is not None and not are_samples(piece):
            piece.markers = None
    grids = _find_grids(pieces, calibration, panel)
    sparse = _find_sparse(pieces, grids)
    numbers = {grid: number for number, grid in enumerate(dict.fromkeys(grids.values()))}

    def proposal(k: int, ways: Sequence[Way]) -> Proposal:
        own = [piece for piece in pieces if piece.trace == k]
        if not own:
            return Proposal(trace=traces[k])
        one = propose(traces[k], own, grids.get(k), panel, ways, sparse=k in sparse)
        return replace(one, grid_number=numbers[grids[k]]) if one.way == "grid" else one

    proposals = [proposal(k, WAYS) for k in range(len(traces))]
    scene = cut_scene(image, panel, [*traces, *(one.trace for one in proposals if one.way)], pieces, hidden)
    kept: list[Trace] = list(traces)
    on_grid: dict[int, list[int]] = {}
    open_ = {k for k, one in enumerate(proposals) if one.way is not None}
    least = dict.fromkeys(open_, np.inf)
    mitre: float | None = None
    for _ in range(MOST_TURNS):
        if not open_:
            break
        drawn, mitre = redraw(scene, traces, proposals, mitre)
        for k in sorted(open_):
            one, way = drawn[k], proposals[k].way
            # places between a grid's own are samples only where they make the difference
            idle = way == "finer" and not one.left < FINER_FRAC * least[k]
            least[k] = min(least[k], one.left)
            if not idle and _is_taken(one, traces[k], image, panel):
                kept[k] = one.trace
                if way == "grid":
                    on_grid.setdefault(proposals[k].grid_number, []).append(k)
                proposals[k] = Proposal(trace=one.trace)
            else:
                proposals[k] = proposal(k, WAYS[WAYS.index(way) + 1 :]) if way else Proposal(trace=traces[k])
        open_ = {k for k in open_ if proposals[k].way is not None}
    for members in on_grid.values():
        for k, thinned in zip(members, thin_out([kept[k] for k in members]), strict=True):
            kept[k] = thinned
    return tuple(kept), _tell(kept, panel)


def _is_taken(one: Redrawn, traced: Trace, image: Image, panel: Panel) -> bool:
    """Whether samples replace the path: the picture decides, and where it does not tell, the path itself."""
    if one.no_worse is False:
        return False
    return runs_along(one.trace, traced, image, panel, seen=one.no_worse is True)


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
        if choice is None or gains[choice.grid] > 0 or turns_elsewhere(pieces[k], choice.grid):
            continue
        if span > length.get(trace, 0.0):
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
