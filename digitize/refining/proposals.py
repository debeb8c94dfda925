"""A trace through its samples, as one way or another of finding them proposes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from calibration.geometry import BoolArray, FloatArray
from digitize.refining.composition import NO_GRID
from digitize.refining.grid import FINEST_STEP_PX, SampleGrid
from digitize.refining.paths import PathPiece, is_clear_of
from digitize.refining.vertices import at_corners, evenly, is_stair, on_grid
from digitize.values import FlagArray, Panel, Sampling, Trace

Way = Literal["grid", "finer", "corners", "even"]
WAYS: tuple[Way, ...] = ("grid", "finer", "corners", "even")
"""In the order in which they are tried; ``finer`` is the grid with places between its own."""

MARKED_PX = 0.5
"""A marker's middle is the sample's place to within this: markers are snapped to whole pixels."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Proposal:
    """Samples of one trace.

    Attributes
    ----------
    trace : Trace
        Through the samples; as followed where there are none.
    free_x : (N,) bool array or None
        Which of its points may move along x; None for a trace that is not to be fitted.
    known_x : (N, 2) float array or None
        Their places along x as markers tell them, and how exactly; infinity where none does.
    grid_number : int
        Lines of the same number stand on one grid.
    way : str or None
        How its longest piece's samples were found.
    """

    trace: Trace
    free_x: BoolArray | None = None
    known_x: FloatArray | None = None
    grid_number: int = NO_GRID
    way: Way | None = None


def propose(
    trace: Trace,
    pieces: Sequence[PathPiece],
    grid: SampleGrid | None,
    panel: Panel,
    ways: Sequence[Way],
    *,
    sparse: bool,
) -> Proposal:
    """A trace through samples found in the first of some ways that leads anywhere."""
    parts: list[tuple[FloatArray, FloatArray, FlagArray]] = []
    free: list[BoolArray] = []
    known: list[FloatArray] = []
    told: list[Way | None] = []
    for piece in pieces:
        way, samples = _samples_of(piece, grid, panel, ways, sparse=sparse)
        told.append(way)
        known.append(np.full((len(piece.x if samples is None else samples[0]) + 1, 2), np.inf))
        if samples is None:
            path = np.stack([piece.x, piece.y], axis=1), np.stack([np.zeros_like(piece.x), piece.sigma], axis=1)
            parts.append((*path, piece.flags))
            free.append(np.zeros(len(piece.x) + 1, bool))
            continue
        nearest = np.abs(piece.x[None, :] - samples[0][:, :1]).argmin(axis=1)
        parts.append((*samples, piece.flags[nearest]))
        movable = np.full(len(samples[0]) + 1, way == "corners")
        movable[[0, -2]] = False
        free.append(movable)
        known[-1][:-1, 0] = samples[0][:, 0]
        if piece.markers is not None:
            marked = ~is_clear_of(samples[0][:, 0], piece.markers.x, MARKED_PX)
            known[-1][:-1, 1] = np.where(marked, MARKED_PX, np.inf)
    if all(way is None for way in told):
        return Proposal(trace=trace)
    points, sigma, flags = _joined(parts)
    way = told[int(np.argmax([np.ptp(piece.x) for piece in pieces]))]
    refined = replace(
        trace, points_px=points, sigma_px=sigma, flags=flags, path_px=trace.points_px, sampling=_sampling_of(way)
    )
    return Proposal(trace=refined, free_x=np.concatenate(free)[:-1], known_x=np.concatenate(known)[:-1], way=way)


def _sampling_of(way: Way | None) -> Sampling:
    if way is None:
        return "path"
    return "grid" if way == "finer" else way


def _samples_of(
    piece: PathPiece, grid: SampleGrid | None, panel: Panel, ways: Sequence[Way], *, sparse: bool
) -> tuple[Way | None, tuple[FloatArray, FloatArray] | None]:
    """The samples of one piece, points and standard errors, and what told of them."""
    for way in ways:
        samples = None
        if way in ("grid", "finer") and grid is not None and not is_stair(piece):
            fine = replace(grid, step=grid.step / 2) if way == "finer" else grid
            if way == "grid" or float(np.diff(fine.to_px(np.arange(2))).min()) > FINEST_STEP_PX:
                samples = on_grid(piece, fine, panel, sparse=sparse and way == "grid")
        elif way == "corners":
            samples = at_corners(piece)
        elif way == "even":
            samples = evenly(piece, panel)
        if samples is not None:
            return way, samples
    return None, None


def _joined(
    parts: Sequence[tuple[FloatArray, FloatArray, FlagArray]],
) -> tuple[FloatArray, FloatArray, FlagArray]:
    """Pieces in order, a NaN row between two."""
    gap = np.full((1, 2), np.nan), np.full((1, 2), np.nan), np.zeros(1, np.uint16)
    rows = [row for part in parts for row in (part, gap)][:-1]
    points, sigma, flags = (np.concatenate(side) for side in zip(*rows, strict=True))
    return points, sigma, flags
