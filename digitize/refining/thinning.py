"""Every second place of a grid, where the fit shows the others on straight strokes: N samples, not 2 N - 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from calibration.geometry import FloatArray
from digitize.values import Trace

STRAIGHT_PX = 0.2
STRAIGHT_QUANTILE = 0.9
"""Vertices that bend their line by less, nine in ten, are no samples..."""
BENDING_PX = 1.0
BENDING_TIMES = 6.0
BENDING_QUANTILE = 0.75
"""... where others of the same grid bend it by more than this, in pixels and times that."""
FEWEST_BENDS = 6
PLACE_STEPS = 0.1


def thin_out(traces: Sequence[Trace]) -> tuple[Trace, ...]:
    """Drop the idle places of a grid.

    Parameters
    ----------
    traces : sequence of Trace
        The lines of one grid, even along x in pixels, as fitted.

    Returns
    -------
    tuple of Trace
        The same where any of the others bends a line, or ends one.
    """
    places = [_places(trace, traces[0]) for trace in traces]
    if any(one is None for one in places):
        return tuple(traces)
    known = [one for one in places if one is not None]
    for odd in (0, 1):
        if any(one[0] % 2 == odd or one[-1] % 2 == odd for one in known):
            continue
        idle = np.concatenate([_bends(trace)[at[1:-1] % 2 == odd] for trace, at in zip(traces, known, strict=True)])
        busy = np.concatenate([_bends(trace)[at[1:-1] % 2 != odd] for trace, at in zip(traces, known, strict=True)])
        if min(len(idle), len(busy)) < FEWEST_BENDS:
            continue
        most = float(np.quantile(idle, STRAIGHT_QUANTILE))
        if most < STRAIGHT_PX and np.quantile(busy, BENDING_QUANTILE) > max(BENDING_PX, BENDING_TIMES * most):
            return tuple(_kept(trace, at % 2 != odd) for trace, at in zip(traces, known, strict=True))
    return tuple(traces)


def _places(trace: Trace, first: Trace) -> NDArray[np.int64] | None:
    """Numbers of a trace's points on the grid of the first one; None where they do not stand on it one by one."""
    x, other = trace.points_px[:, 0], first.points_px[:, 0]
    if len(x) < 3 or len(other) < 3 or not np.isfinite(x).all() or not np.isfinite(other).all():
        return None
    step = float(np.median(np.diff(other)))
    place = (x - other[1]) / step
    number: NDArray[np.int64] = np.round(place).astype(np.int64)
    if np.abs(place - number)[1:-1].max() > PLACE_STEPS or not (np.diff(number) == 1).all():
        return None
    return number


def _bends(trace: Trace) -> FloatArray:
    """How far every inner point lies off the chord of its neighbours, across it."""
    x, y = trace.points_px.T
    slope = (y[2:] - y[:-2]) / np.maximum(x[2:] - x[:-2], 1e-6)
    return np.asarray(np.abs(y[1:-1] - (y[:-2] + y[2:]) / 2) / np.hypot(1.0, slope), np.float64)


def _kept(trace: Trace, rows: NDArray[np.bool_]) -> Trace:
    return replace(
        trace, points_px=trace.points_px[rows], sigma_px=trace.sigma_px[rows], flags=trace.flags[rows]
    )
