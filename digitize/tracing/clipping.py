"""Where a line leaves the axes box through its top or bottom, and comes back."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from calibration.geometry import BoolArray, FloatArray
from digitize.findings import PointFlag
from digitize.tracing.centreline import Centreline
from digitize.tracing.runs import IntArray, Runs

FRAME_STROKES = 1.0
FRAME_PX = 3.5
"""Ink that ends this near to the edge of the crop reaches the spine, whose pixels were blanked."""
TALL_STROKES = 2.0
STEEP = 0.6
"""A line steeper than this (rows a column) crosses the frame; a lone run as tall as that does, too."""
INNER_RUNS = 4
MOST_COLUMNS = 3.0
"""The frame is met no further on than this."""
RETURN_COST = 1.0
FAR_COST = 0.01
"""Cost of coming back through the same side, and of each column outside, in columns of evidence."""
INSET_PX = 1.5
"""The frame's own row in the crop, from its edge."""
SIGMA_PX = 0.5
CLIPPED = np.uint16(PointFlag.CLIPPED)
TOP, BOTTOM = 1, 2


def find_sides(runs: Runs, ends: IntArray, inner: IntArray, height: int, stroke_px: float) -> IntArray:
    """Through which side a line leaves at each of some runs: 0 for none, ``TOP`` or ``BOTTOM``.

    ``inner`` are runs a little further inside, which tell the direction.
    """
    margin = FRAME_STROKES * stroke_px + FRAME_PX
    away = np.maximum(np.abs(runs.col[ends] - runs.col[inner]), 1)
    climb = (runs.centre[ends] - runs.centre[inner]) / away
    tall = (runs.height[ends] > TALL_STROKES * stroke_px) & (ends == inner)
    top = (runs.first[ends] <= margin) & (tall | (climb < -STEEP))
    bottom = (runs.last[ends] >= height - 1 - margin) & (tall | (climb > STEEP))
    return np.where(top & ~bottom, TOP, np.where(bottom & ~top, BOTTOM, 0)).astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FrameEnds:
    """Through which side each fragment comes in and goes out; 0 for none."""

    enters: IntArray
    leaves: IntArray

    def return_costs(self, earlier: IntArray, node: int, gap: IntArray) -> FloatArray:
        """Cost of leaving after each ``earlier`` fragment and coming back with ``node``; infinite elsewhere."""
        same = (self.leaves[earlier] == self.enters[node]) & (self.enters[node] > 0) & (gap >= 0)
        return np.where(same, RETURN_COST + FAR_COST * gap, np.inf)


def find_frame_ends(runs: Runs, members: tuple[IntArray, ...], height: int, stroke_px: float) -> FrameEnds:
    """The sides through which fragments begin and end. A steep line's last columns are looked at together."""
    places = (0, INNER_RUNS), (-1, -1 - INNER_RUNS)
    sides = []
    for end, inner in places:
        ends = np.array([one[end] for one in members], np.int64)
        within = np.array([one[np.clip(inner, -len(one), len(one) - 1)] for one in members], np.int64)
        sides.append(find_sides(runs, ends, within, height, stroke_px))
    return FrameEnds(enters=sides[0], leaves=sides[1])


def is_return(runs: Runs, before: IntArray, after: IntArray, height: int, stroke_px: float) -> bool:
    """Whether between two stretches of a chain the line was outside."""
    ends = find_frame_ends(runs, (before, after), height, stroke_px)
    return bool(ends.leaves[0] == ends.enters[1] > 0)


def mark_clipped(line: Centreline, runs: Runs, chosen: IntArray, height: int, stroke_px: float) -> Centreline:
    """Lead a line to the frame where it leaves and comes back, with a break between and both ends flagged.

    Parameters
    ----------
    line : Centreline
    runs : Runs
    chosen : (N,) int array
        The runs it was fitted to, from left to right.
    height : int
        Of the crop.
    stroke_px : float
    """
    cols = runs.col[chosen].astype(float)
    pieces = tuple(np.split(chosen, np.flatnonzero(np.diff(cols) > 1) + 1))
    frame = find_frame_ends(runs, pieces, height, stroke_px)
    rows = {side: INSET_PX if side == TOP else height - 1 - INSET_PX for side in (TOP, BOTTOM)}
    out: list[tuple[float, FloatArray, FloatArray, float]] = []  # from, where it leaves, where it returns, to
    for k in range(len(pieces) - 1):
        if frame.leaves[k] == frame.enters[k + 1] > 0:
            row = rows[int(frame.leaves[k])]
            start, left = _find_exit(runs, pieces[k], row)
            stop, back = _find_exit(runs, pieces[k + 1][::-1], row)
            out.append((start, left, back, stop))
    points, sigma, flags = line.points, line.sigma, line.flags
    spread = np.array([[SIGMA_PX, SIGMA_PX], [np.nan, np.nan], [SIGMA_PX, SIGMA_PX]])
    for start, left, back, stop in out:
        keep = ~_is_within(points, start, stop)
        points, sigma, flags = points[keep], sigma[keep], flags[keep]
        at = int(np.searchsorted(_filled(points[:, 0]), start + 0.2, side="right"))
        points = np.insert(points, at, np.array([left, [np.nan, np.nan], back]), axis=0)
        sigma = np.insert(sigma, at, spread, axis=0)
        flags = np.insert(flags, at, np.array([CLIPPED, 0, CLIPPED], np.uint16))
    for side, piece in ((frame.enters[0], pieces[0][::-1]), (frame.leaves[-1], pieces[-1])):
        if side == 0:
            continue
        last, end = _find_exit(runs, piece, rows[int(side)])
        first = runs.col[piece[0]] > runs.col[piece[-1]]
        keep = points[:, 0] > last - 0.2 if first else ~(points[:, 0] > last + 0.2)
        points, sigma, flags = points[keep], sigma[keep], flags[keep]
        place = 0 if first else len(points)
        points, sigma = np.insert(points, place, end, axis=0), np.insert(sigma, place, spread[0], axis=0)
        flags = np.insert(flags, place, CLIPPED)
    return replace(line, points=points, sigma=sigma, flags=flags.astype(np.uint16))


def _find_exit(runs: Runs, piece: IntArray, row: float) -> tuple[float, FloatArray]:
    """The last column of a stretch that is seen whole, and where the line goes on to meet the frame's row.

    The very last run is cut by the frame, and its middle is not the line's.
    """
    if len(piece) < 3:
        last = float(runs.col[piece[-1]])
        return last, np.array([last + 0.25 * np.sign(last - float(runs.col[piece[0]])), row])
    whole, inner = piece[-2], piece[-min(len(piece), 2 + INNER_RUNS)]
    across = float(runs.col[whole] - runs.col[inner])
    last = float(runs.col[whole])
    forward = float(np.sign(runs.col[piece[-1]] - runs.col[piece[0]]))
    climb = float(runs.centre[whole] - runs.centre[inner]) / (across or forward)
    away = (row - float(runs.centre[whole])) / climb if climb else forward
    return last, np.array([last + float(np.clip(away * forward, 0.25, MOST_COLUMNS)) * forward, row])


def _filled(x: FloatArray) -> FloatArray:
    """Columns with breaks at the place of the point before."""
    known = np.where(np.isnan(x), -np.inf, x)
    return np.asarray(np.maximum.accumulate(known), np.float64)


def _is_within(points: FloatArray, start: float, stop: float) -> BoolArray:
    """Points, and breaks, between two columns."""
    x = _filled(points[:, 0])
    broken = np.isnan(points[:, 0])
    return np.asarray(((x > start + 0.2) & (x < stop - 0.2)) | (broken & (x >= start - 0.3) & (x < stop - 0.2)), bool)
