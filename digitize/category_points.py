"""Lines over an axis of categories have their points at the categories, and none between."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from calibration.axis import AxisCalibration
from calibration.geometry import BoolArray, FloatArray
from calibration.scales import CategoryScale
from digitize.findings import PointFlag
from digitize.values import Trace

SLACK_PLACES = 0.2
"""A line reaches a category from so far off; points all nearer than this to categories of their own are left alone."""
STRAIGHT_STROKES = 1.0
"""How far, typically, the path may lie off straight pieces between the categories."""


def at_categories(trace: Trace, axis: AxisCalibration) -> Trace:
    """A line read at the places of the categories that it spans.

    Between two categories there is no value: what is drawn there only joins them. Straight pieces are fitted to the
    whole path (`digitize.refining.samples`), which takes the rounding of corners off; a path that is not made of
    straight pieces, such as a step line, is read where it passes each category.

    Parameters
    ----------
    trace : Trace
    axis : AxisCalibration
        The x axis in the frame of the trace.

    Returns
    -------
    Trace
        The same trace where the axis has no categories, where it is no line, or where it has its points there already.
    """
    if not isinstance(axis.scale, CategoryScale) or trace.kind not in ("line", "step") or trace.sampling == "grid":
        return trace
    path, sigma = trace.points_px, trace.sigma_px[:, 1]
    known = np.isfinite(path).all(axis=1)
    places = axis.to_data(path[known, 0])
    if known.sum() < 2 or (np.diff(path[known, 0]) < 0).any() or _are_categories(places):
        return trace
    low, high = places.min(), places.max()
    wanted = np.arange(np.ceil(low - SLACK_PLACES), np.floor(high + SLACK_PLACES) + 1)
    wanted = wanted[(wanted >= 0) & (wanted < len(axis.scale.labels))]
    nodes = np.sort(axis.to_pixel(wanted))
    if len(nodes) < 2:
        return trace
    x, y = path[known].T
    seen = (trace.flags[known] & PointFlag.INTERPOLATED) == 0
    heights, error = _heights(nodes, x, y, sigma[known], seen, trace)
    beside = np.abs(x[:, None] - nodes).argmin(axis=0)
    # a gap in the line at a category is a value that is missing
    gaps = np.flatnonzero(np.diff(np.flatnonzero(known)) > 1)
    inside = (nodes[:, None] > x[gaps]) & (nodes[:, None] < x[gaps + 1])
    broken = inside.any(axis=1) & (np.abs(x[beside] - nodes) > trace.stroke_px)
    points = np.where(broken[:, None], np.nan, np.stack([nodes, heights], axis=1))
    return replace(
        trace,
        points_px=points,
        sigma_px=np.where(broken[:, None], np.nan, np.stack([np.zeros(len(nodes)), error], axis=1)),
        flags=np.where(broken, 0, trace.flags[known][beside]).astype(np.uint16),
        path_px=path if trace.path_px is None else trace.path_px,
        sampling="grid",
    )


def _are_categories(places: FloatArray) -> bool:
    """Whether each point is at a category of its own."""
    nearest = np.round(places)
    return bool(len(np.unique(nearest)) == len(places) and np.abs(places - nearest).max() < SLACK_PLACES)


def _heights(
    nodes: FloatArray, x: FloatArray, y: FloatArray, sigma: FloatArray, seen: BoolArray, trace: Trace
) -> tuple[FloatArray, FloatArray]:
    """Heights at the nodes and their standard errors."""
    from digitize.refining.samples import fit_heights

    if trace.kind == "line":
        heights, error, residual = fit_heights(nodes, x, y, sigma, seen)
        inside = seen & (x >= nodes[0]) & (x <= nodes[-1])
        if inside.any() and np.median(np.abs(residual[inside])) <= STRAIGHT_STROKES * trace.stroke_px:
            return heights, error
    return np.interp(nodes, x, y), np.interp(nodes, x, sigma)
