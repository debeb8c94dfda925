"""The error budget: how far a traced point may be from the drawn one, term by term, in pixels.

Terms are independent and add in quadrature; on the axes they are mapped to interval ends at the last step, so that a
log axis gets its asymmetric bars. One standard deviation each:

===========  ========================================================================================================
calibration  the fit of the axis to its ticks and labels, rounding of the ticks included (:mod:`calibration.fit`)
centreline   where the ink's middle lies, as the tracer or the fit of samples states it
drawing      what the renderer did to the line: vertices rounded to the pixel grid, hinting, resampling
rounding     strokes that only run along the axes are moved onto whole pixels by renderers
crossing     another line's ink lies beside or over it
hidden       nothing of it was seen here
===========  ========================================================================================================

``drawing``, ``crossing`` and ``hidden`` were measured on figures of five renderers with known data.
"""

from __future__ import annotations

import numpy as np

from calibration.axis import AxisCalibration
from calibration.geometry import FloatArray
from digitize.findings import PointFlag
from digitize.values import Trace

DRAWING_PX = 0.16
ROUNDING_PX = 0.29
"""A uniform half pixel to either side."""
CROSSING_STROKES = 0.2
HIDDEN_STROKES = 0.4
ALONG_AXES_FRAC = 0.9
"""Share of a path's length that runs along the axes where it is of that kind."""
FLAT_PX = 0.06
UPRIGHT_PX = 0.35
UNSEEN = np.uint16(PointFlag.INTERPOLATED | PointFlag.HIDDEN)

Terms = dict[str, FloatArray]


def runs_along_axes(points_px: FloatArray) -> bool:
    """Whether a path is made of level and upright strokes: steps, and lines at one value."""
    step = np.abs(np.diff(points_px, axis=0))
    step = step[np.isfinite(step).all(axis=1)]
    length = step.max(axis=1, initial=0.0)
    along = (step[:, 1] < FLAT_PX) | (step[:, 0] < UPRIGHT_PX)
    return bool(length.sum() > 0 and (length * along).sum() > ALONG_AXES_FRAC * length.sum())


def position_terms(trace: Trace) -> Terms:
    """Standard deviations of a trace's points, (N, 2) each, that do not depend on the axes."""
    count = len(trace.points_px)
    crossing = (trace.flags & np.uint16(PointFlag.CROSSING)) > 0
    unseen = (trace.flags & UNSEEN) > 0
    rounded = trace.kind == "step" or (trace.kind != "scatter" and runs_along_axes(trace.points_px))

    def everywhere(sigma_px: FloatArray | float) -> FloatArray:
        return np.repeat(np.broadcast_to(np.asarray(sigma_px, float), (count,))[:, None], 2, axis=1)

    return {
        "centreline": np.array(trace.sigma_px),
        "drawing": everywhere(DRAWING_PX),
        "rounding": everywhere(ROUNDING_PX if rounded else 0.0),
        "crossing": everywhere(np.where(crossing, CROSSING_STROKES * trace.stroke_px, 0.0)),
        "hidden": everywhere(np.where(unseen, HIDDEN_STROKES * trace.stroke_px, 0.0)),
    }


def calibration_term(points_px: FloatArray, x: AxisCalibration, y: AxisCalibration) -> FloatArray:
    """(N, 2) standard deviation of the axes at a trace's points."""
    sides = [axis.sigma_u(points_px[:, k]) / abs(axis.slope) for k, axis in enumerate((x, y))]
    return np.stack(sides, axis=1)


def total_px(terms: Terms) -> FloatArray:
    """All terms together, (N, 2)."""
    return np.asarray(np.sqrt(sum(term**2 for term in terms.values())), np.float64)


def to_budget(terms: Terms) -> dict[str, tuple[float, float]]:
    """Root mean square of every term along x and y, in pixels: what the JSON document tells of a series."""
    budget = {}
    for name, term in terms.items():
        finite = term[np.isfinite(term).all(axis=1)]
        rms = np.sqrt((finite**2).mean(axis=0)) if len(finite) else np.full(2, np.nan)
        budget[name] = (round(float(rms[0]), 4), round(float(rms[1]), 4))
    return budget
