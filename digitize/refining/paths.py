"""Traces cut at their breaks, as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from calibration.geometry import BoolArray, FloatArray
from digitize.findings import PointFlag
from digitize.refining.corners import Corners
from digitize.values import FlagArray, Trace

if TYPE_CHECKING:
    from digitize.refining.markers import Markers

UNDER_MARKER = 0.6
"""Half width that a marker covers, in its widths."""
END_MARKER_WIDTHS = 0.8
"""An end nearer to a marker's centre than this, in its widths, is the marker's own."""
UNSEEN = np.uint16(PointFlag.INTERPOLATED)


@dataclass(slots=True, kw_only=True, eq=False)
class PathPiece:
    """One unbroken stretch of a trace, x rising.

    Attributes
    ----------
    trace : int
        Its trace's place among the panel's.
    x, y, sigma : (N,) float arrays
    seen : (N,) bool array
    flags : (N,) uint16 array
    stroke_px : float
    levels : list of Corners
        Once found, from the finest scatter assumed to the coarsest.
    markers : Markers or None
        Once found.
    """

    trace: int
    x: FloatArray
    y: FloatArray
    sigma: FloatArray
    seen: BoolArray
    flags: FlagArray
    stroke_px: float
    levels: list[Corners] = field(default_factory=list)
    markers: Markers | None = None

    def under_markers(self) -> BoolArray:
        """Which columns a marker covers."""
        if self.markers is None:
            return np.zeros(len(self.x), bool)
        return ~is_clear_of(self.x, self.markers.x, UNDER_MARKER * self.markers.width_px)


    def ends(self) -> FloatArray:
        """Where the line begins and ends along x: a marker at its end reaches beyond the sample it stands for."""
        found = self.x[[0, -1]].copy()
        if self.markers is not None:
            for k in (0, 1):
                nearest = float(self.markers.x[np.abs(self.markers.x - found[k]).argmin()])
                if abs(nearest - found[k]) < END_MARKER_WIDTHS * self.markers.width_px:
                    found[k] = nearest
        return found


def is_clear_of(x: FloatArray, others: FloatArray, reach: float) -> BoolArray:
    """Which positions have none of the others within reach."""
    return np.asarray((np.abs(x[:, None] - others[None, :]) > reach).all(axis=1), bool)


def cut_pieces(trace: Trace, number: int) -> list[PathPiece]:
    """The unbroken stretches of a trace, points with the same x merged into a rising order."""
    finite = np.isfinite(trace.points_px).all(axis=1)
    edges = np.diff(np.concatenate([[0], finite.astype(np.int8), [0]]))
    pieces = []
    for first, last in zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True):
        part = slice(first, last)
        x, y = trace.points_px[part].T
        pieces.append(
            PathPiece(
                trace=number,
                x=x.copy(),
                y=y.copy(),
                sigma=trace.sigma_px[part, 1].copy(),
                seen=(trace.flags[part] & UNSEEN) == 0,
                flags=trace.flags[part].copy(),
                stroke_px=trace.stroke_px,
            )
        )
    return pieces
