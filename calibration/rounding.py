"""Ticks on the pixel grid.

Many renderers round ticks to whole pixels. The errors of neighbouring ticks are then alike, and least squares follows
their sawtooth: with a pitch close to a whole number the ends of an axis are off by half a pixel and averaging does not
help. But a rounded tick says exactly where its true place may be, within half a pixel to either side, and where the
rounding jumps pins the line down. So the line is the mean over all lines that every tick allows, each weighted by how
well it does (the posterior under a flat prior, on a grid of shifts of the two ends).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from calibration.fit import Line, fit_line
from calibration.geometry import BoolArray, FloatArray

if TYPE_CHECKING:
    from calibration.axis import Tick

ROUNDED_SIGMA_PX = 0.36
"""For least squares: more than the 0.29 of a uniform half pixel, since errors do not average."""
SHARED_FRACTION_PX = 0.06
SNAP_BIAS_PX = 0.5
UNTOLD_BIAS_SHARE = 0.5
CRISP_BIAS_SHARE = 0.2
"""The better guess where nothing tells who drew, and for crisp strokes without marks outside: Agg draws few of them."""
SOFT_RIM, EQUAL_RIMS = 0.02, 0.02
CRISP_RIM = 0.01
FEWEST_RIMS, MOST_RIMS = 2, 0.7
BIAS_SIGMA_PX = 0.25
MOST_STRAY_MARKS = 0.4
RESAMPLED_SIGMA_PX = 0.12
"""Ticks off the pixel grid may have been on it before the picture was resampled: what then is left of their bias."""
UNIFORM_SIGMA = 0.29
RESAMPLED_SCATTER_PX = 0.15
"""Ticks off the pixel grid that scatter by more than this were rounded, and the picture was resampled afterwards."""
MOST_RESAMPLED = 1.6
RESAMPLED_DOUBT = 0.35
"""Of the pixel of the picture before: whether its renderer moved ticks by half of it, or not, is not known."""
FEWEST_RESAMPLED = 4
SOFT_EDGE_PX = 0.05
GRID_REACH_PX = 1.2
GRID_STEPS = 61
ODD_TICK_WEIGHT = 1e-3
"""The weight of a line that one tick rules out: one tick may be measured wrong."""
FLOOR_SIGMA_PX = 0.03


def is_rounded(position_px: FloatArray) -> bool:
    """Whether ticks stand on the pixel grid: their positions share one fraction of a pixel."""
    if len(position_px) < 2:
        return True
    turn = np.exp(2j * np.pi * position_px)
    spread = float(np.sqrt(max(-2.0 * np.log(max(abs(turn.mean()), 1e-9)), 0.0)) / (2 * np.pi))
    return spread < SHARED_FRACTION_PX


def snapping_bias_px(position_px: FloatArray, ticks: Sequence[Tick] = ()) -> float:
    """By how much ticks on whole pixels stand right of, or below, the places they mark.

    A stroke of odd width is crisp only about a pixel's centre, so renderers round its place to a pixel's edge and
    move it on by half a pixel: Agg (matplotlib) draws at ``floor(x + 0.5) + 0.5``, Vega translates its axes by 0.5.
    Lines of data are not moved. Others round without moving: Plotly, LibreOffice, gnuplot. Who drew the axis is seen
    of its ``ticks``: Agg's strokes are given in points and have a rim on both sides of their pixel (of 5 % at 100
    dots per inch), and of the others Vega alone has marks outside the box. :data:`BIAS_SIGMA_PX` allows for the rest.
    """
    if len(position_px) < 2 or not is_rounded(position_px):
        return 0.0
    fraction = float(np.angle(np.exp(2j * np.pi * position_px).mean())) / (2 * np.pi)
    if abs(fraction) >= SHARED_FRACTION_PX:
        return 0.0
    outside = [tick for tick in ticks if tick.kind == "tick" and tick.outward]
    if _have_soft_rims(ticks) or len(outside) > MOST_STRAY_MARKS * len(position_px):
        return SNAP_BIAS_PX
    return SNAP_BIAS_PX * (CRISP_BIAS_SHARE if _are_crisp(ticks) else UNTOLD_BIAS_SHARE)


def _rims(ticks: Sequence[Tick]) -> FloatArray:
    rims = np.array([tick.rims for tick in ticks], float).reshape(-1, 2)
    return np.asarray(rims[np.isfinite(rims).all(axis=1)], float)


def _have_soft_rims(ticks: Sequence[Tick]) -> bool:
    """Whether most strokes have equal rims, as wide as strokes given in points leave."""
    rims = _rims(ticks)
    soft = (rims.min(axis=1) > SOFT_RIM) & (np.ptp(rims, axis=1) < EQUAL_RIMS) if len(rims) else np.zeros(0)
    return len(rims) >= FEWEST_RIMS and float(np.mean(soft)) > MOST_RIMS


def _are_crisp(ticks: Sequence[Tick]) -> bool:
    """Whether most strokes are one pixel wide and no more."""
    rims = _rims(ticks)
    return len(rims) >= FEWEST_RIMS and float(np.mean(rims.max(axis=1) < CRISP_RIM)) > MOST_RIMS


def resampled_scale(residuals_px: FloatArray) -> float:
    """How large a pixel of the picture was before it was resampled, from how ticks scatter about their line.

    0 where ticks do not scatter as rounded ones do: then they never were rounded.
    """
    freedom = len(residuals_px) - 2
    if len(residuals_px) < FEWEST_RESAMPLED:
        return 0.0
    scatter = float(np.sqrt((residuals_px**2).sum() / freedom))
    return float(np.clip(scatter / UNIFORM_SIGMA, 0.5, MOST_RESAMPLED)) if scatter > RESAMPLED_SCATTER_PX else 0.0


def resampled_bias_px(position_px: FloatArray, u: FloatArray) -> float:
    """What :func:`snapping_bias_px` is for ticks that were rounded before their picture was resampled."""
    if len(position_px) < FEWEST_RESAMPLED or is_rounded(position_px) or np.ptp(position_px) == 0:
        return 0.0
    line = fit_line(position_px, u, np.ones(len(u)))
    return SNAP_BIAS_PX * resampled_scale(line.residuals_px)


def snapping_sigma(position_px: FloatArray) -> float:
    """The standard deviation that rounding adds to these ticks, 0 where they are not rounded."""
    return ROUNDED_SIGMA_PX if is_rounded(position_px) else 0.0


def settle(px: FloatArray, u: FloatArray, sigma_px: FloatArray, on_tick: BoolArray) -> Line:
    """The line through ticks and labels: least squares, or what rounded ticks allow.

    Parameters
    ----------
    px, u, sigma_px : (n,) arrays
    on_tick : (n,) bool array
        Which positions are ticks (the others are label centres).
    """
    line = fit_line(px, u, sigma_px)
    if on_tick.sum() < 2:
        return line
    if not is_rounded(px[on_tick]):
        doubt_px = RESAMPLED_DOUBT * resampled_scale(line.residuals_px[on_tick])
        shared = np.diag([0.0, max(RESAMPLED_SIGMA_PX, doubt_px) ** 2 * line.slope**2])
        return replace(line, covariance=line.covariance + shared)
    ends = np.array([px.min(), px.max()])
    share = (px - ends[0]) / (ends[1] - ends[0])
    shift = np.linspace(-GRID_REACH_PX, GRID_REACH_PX, GRID_STEPS)
    first, last = (grid.ravel() for grid in np.meshgrid(shift, shift, indexing="ij"))
    # how far each tick lies off a line whose ends are shifted by (first, last) pixels
    off = line.to_px(u)[None, :] - px[None, :] + first[:, None] * (1 - share) + last[:, None] * share
    allowed = 1.0 / (1.0 + np.exp(np.clip((np.abs(off) - 0.5) / SOFT_EDGE_PX, -50, 50))) + ODD_TICK_WEIGHT
    gauss = -0.5 * (off / sigma_px[None, :]) ** 2
    weight = np.where(on_tick[None, :], np.log(allowed), gauss).sum(axis=1)
    weight = np.exp(weight - weight.max())
    weight /= weight.sum()
    mean = np.array([(weight * first).sum(), (weight * last).sum()])
    spread = np.stack([first - mean[0], last - mean[1]])
    covariance = (weight * spread) @ spread.T + np.eye(2) * FLOOR_SIGMA_PX**2 + BIAS_SIGMA_PX**2
    return _from_ends(line, px, u, ends, mean, covariance)


def _from_ends(
    line: Line, px: FloatArray, u: FloatArray, ends: FloatArray, shift: FloatArray, covariance_px: FloatArray
) -> Line:
    """The line whose ends stand ``shift`` pixels from where ``line`` has them, its centre where errors part."""
    u_ends = line.slope * (ends - line.centre_px) + line.intercept
    at = ends + shift
    slope = float((u_ends[1] - u_ends[0]) / (at[1] - at[0]))
    span = ends[1] - ends[0]
    to_slope = np.array([[1.0, -1.0], [-1.0, 1.0]]) / span**2
    slope_var = float((covariance_px * to_slope).sum())
    # the error at px is linear between the ends: it is least, and free of the slope's, at the centre
    cross = (covariance_px[0, 0] - covariance_px[0, 1]) / max(span**2 * slope_var, 1e-30)
    centre = float(ends[0] + span * np.clip(cross, -1.0, 2.0))
    part = (centre - ends[0]) / span
    lever = np.array([1 - part, part])
    intercept = float(u_ends[0] + slope * (centre - at[0]))
    return Line(
        slope=slope, intercept=intercept, centre_px=centre,
        covariance=slope**2 * np.diag([slope_var, float(lever @ covariance_px @ lever)]),
        residuals_px=np.asarray((u - intercept - slope * (px - centre)) / slope),
    )  # fmt: skip
