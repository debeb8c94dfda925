"""From a chain of column runs to a path with sub-pixel points, standard errors and flags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.geometry import BoolArray, FloatArray
from digitize.findings import PointFlag
from digitize.tracing.dense import HALF_COLUMN, TREND_COLUMNS, find_solid, zigzag
from digitize.tracing.runs import IntArray, Runs
from digitize.tracing.swellings import TALL_STROKES, find_slopes, find_swellings, pass_swellings

CROSSING = np.uint16(PointFlag.CROSSING)
HIDDEN = np.uint16(PointFlag.HIDDEN)
INTERPOLATED = np.uint16(PointFlag.INTERPOLATED)

SIGMA_CLEAN_PX = 0.13
SIGMA_CROSSING_PX = 0.4
SIGMA_STEEP_FRAC = 0.1
"""Share of a run's excess height that its middle may be off: the column averages over the rise."""
SIGMA_GAP_FRAC = 0.08
"""Share of the distance to the nearest seen point that an interpolated one may be off."""
PARTLY_HIDDEN_FRAC = 0.8
STEEP_SLOPE = 2.5
"""Above this the ink's height says nothing about what is hidden of it."""
CARRIER_STROKES = 2.0
"""A gap's ends lie on another line when they are nearer to its middle than this."""
DOT_STROKES = 1.6
"""Pieces up to this long are dots."""
DASH_END_FRAC = 0.88
GENTLE_STROKES = 1.4
HABIT_GAPS = 4
BREAK_STROKES = 9.0
BREAK_GAPS = 3.0
"""A bare gap longer than both (in stroke widths, in the line's own median gap) breaks the line."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Centreline:
    """Points in crop coordinates (x = column, y = row), NaN rows at breaks."""

    points: FloatArray
    sigma: FloatArray
    flags: NDArray[np.uint16]
    seen_columns: int


def fit_centreline(
    runs: Runs, chosen: IntArray, hidden: BoolArray, stroke_px: float, carriers: Sequence[FloatArray] = ()
) -> Centreline:
    """Place the path inside its runs.

    Gently sloping parts take the coverage-weighted middle of the run. At a local extremum the vertex is the
    ink's outer edge less half the stroke, because the middle of a tall run flattens peaks
    (research note, section 4.2, "extent rule"). Runs partly under foreign ink are completed from their visible edge.
    """
    x = runs.col[chosen].astype(float)
    y, height = runs.centre[chosen].copy(), runs.height[chosen].copy()
    slope = find_slopes(x, y)
    full = stroke_px * np.hypot(1.0, slope)
    flags = np.zeros(len(x), np.uint16)
    sigma = SIGMA_CLEAN_PX + SIGMA_STEEP_FRAC * np.maximum(height - stroke_px, 0.0)
    above, below = runs.covered_above[chosen], runs.covered_below[chosen]
    touched = above | below
    flags[touched] |= CROSSING
    partly = touched & (height < PARTLY_HIDDEN_FRAC * full) & (np.abs(slope) < STEEP_SLOPE)
    flags[partly] |= HIDDEN
    missing = np.clip(full - height, 0.0, None) / 2.0
    y = y - np.where(partly & above & ~below, missing, 0.0) + np.where(partly & below & ~above, missing, 0.0)
    sigma = np.where(partly, SIGMA_CROSSING_PX, sigma)
    keep = ~(partly & (height < 0.4 * full))
    if keep.sum() >= 2:
        x, y, height, slope, full = x[keep], y[keep], height[keep], slope[keep], full[keep]
        sigma, flags, touched = sigma[keep], flags[keep], touched[keep]
    x, y, height, sigma, flags = _tidy_pieces(x, y, height, full, stroke_px, sigma, flags)
    points, sigma, flags = _add_peaks(x, y, height, stroke_px, sigma, flags)
    return _bridge_gaps(points, sigma, flags, hidden, stroke_px, len(chosen), carriers)


def _tidy_pieces(
    x: FloatArray,
    y: FloatArray,
    height: FloatArray,
    full: FloatArray,
    stroke_px: float,
    sigma: FloatArray,
    flags: NDArray[np.uint16],
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, NDArray[np.uint16]]:
    """Leave out half-inked columns at the ends of dashes, and make one point of every dot."""
    breaks = np.flatnonzero(np.diff(x) > 1.6) + 1
    if len(breaks) < 2:
        return x, y, height, sigma, flags
    starts, ends = np.concatenate([[0], breaks]), np.concatenate([breaks, [len(x)]])
    keep = np.ones(len(x), bool)
    x, y = x.copy(), y.copy()
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        if end - start <= DOT_STROKES * stroke_px + 1 and height[start:end].max() < DOT_STROKES * stroke_px:
            mass = height[start:end]
            middle = start + (end - start) // 2
            x[middle], y[middle] = (mass * x[start:end]).sum() / mass.sum(), (mass * y[start:end]).sum() / mass.sum()
            keep[start:end] = False
            keep[middle] = True
        elif end - start > 3:
            for at in (start, end - 1):
                # on steep parts and under other ink the height says nothing
                sloping = full[at] > GENTLE_STROKES * stroke_px
                keep[at] = sloping or height[at] >= DASH_END_FRAC * full[at] or bool(flags[at] & CROSSING)
    return x[keep], y[keep], height[keep], sigma[keep], flags[keep]


def _add_peaks(
    x: FloatArray, y: FloatArray, height: FloatArray, stroke_px: float, sigma: FloatArray, flags: NDArray[np.uint16]
) -> tuple[FloatArray, FloatArray, NDArray[np.uint16]]:
    """Replace the middle by the outer extent where a tall run is a local extremum (by both, where it is two)."""
    count = len(x)
    excess = np.maximum(height - stroke_px, 0.0) / 2.0
    top, bottom = y - excess, y + excess
    before, after = np.maximum(np.arange(count) - 1, 0), np.minimum(np.arange(count) + 1, count - 1)
    joined = (x[after] - x <= 2) & (x - x[before] <= 2) & (np.arange(count) > 0) & (np.arange(count) < count - 1)
    tall = (height > TALL_STROKES * stroke_px) & joined
    is_top = tall & (top <= top[before]) & (top <= top[after]) & (top < np.minimum(y[before], y[after]) - 0.3)
    is_bottom = tall & (bottom >= bottom[before]) & (bottom >= bottom[after])
    is_bottom &= bottom > np.maximum(y[before], y[after]) + 0.3
    swellings = find_swellings(x, y, height, top, bottom, stroke_px)
    y, beyond = pass_swellings(x, y, height, stroke_px, swellings)
    swollen = np.zeros(count, bool)
    for start, end in swellings:
        swollen[start:end] = True
    is_top, is_bottom = is_top & ~swollen, is_bottom & ~swollen
    # two arms of a peak leave the top one after the other: of equal neighbours the first one stands
    is_top[1:] &= ~(is_top[:-1] & (top[1:] == top[:-1]))
    is_bottom[1:] &= ~(is_bottom[:-1] & (bottom[1:] == bottom[:-1]))
    both = is_top & is_bottom
    middle = np.where(is_top, top, np.where(is_bottom, bottom, y))
    rising = y[after] < y[before]
    first = np.where(both, np.where(rising, bottom, top), middle)
    second = np.where(rising, top, bottom)
    solid = find_solid(x, height, stroke_px, find_slopes(x, y, TREND_COLUMNS))
    if solid.any():
        up, down = zigzag(top, bottom, solid, y)
        first, second, both = np.where(solid, up, first), np.where(solid, down, second), both | solid
    place = np.arange(count)
    order = np.argsort(np.concatenate([place, place[both] + 0.5]), kind="stable")
    offset = np.where(solid, HALF_COLUMN, np.where(both, 0.15, 0.0))
    xs = np.concatenate([x - offset, (x + offset)[both]])[order]
    ys = np.concatenate([first, second[both]])[order]
    extreme = is_top | is_bottom
    sig = np.where(extreme, SIGMA_CLEAN_PX + 0.15 * stroke_px, sigma)
    sigma_y = np.concatenate([sig, sig[both]])[order]
    flag = np.concatenate([flags, flags[both]])[order]
    steep = np.concatenate([height, height[both]])[order] > 3 * stroke_px
    sigma_x = np.where(steep, 0.25, 0.1)
    line = ~np.concatenate([beyond, np.zeros(int(both.sum()), bool)])[order]
    points, spread = np.column_stack([xs, ys]), np.column_stack([sigma_x, sigma_y])
    return points[line], spread[line], flag.astype(np.uint16)[line]


def _bridge_gaps(
    points: FloatArray,
    sigma: FloatArray,
    flags: NDArray[np.uint16],
    hidden: BoolArray,
    stroke_px: float,
    seen: int,
    carriers: Sequence[FloatArray],
) -> Centreline:
    """Fill bridged columns with flagged points; break the line at long bare gaps."""
    steps = np.diff(points[:, 0])
    gaps = np.flatnonzero(steps > 1.6)
    if not len(gaps):
        return Centreline(points=points, sigma=sigma, flags=flags, seen_columns=seen)
    lengths = steps[gaps] - 1
    # a habit of gaps (dashes) needs several
    habit = float(np.median(lengths)) if len(lengths) >= HABIT_GAPS else 0.0
    longest = max(BREAK_STROKES * stroke_px, BREAK_GAPS * habit, 8.0)
    pieces_p, pieces_s, pieces_f = [], [], []
    last = 0
    for at in gaps.tolist():
        pieces_p.append(points[last : at + 1])
        pieces_s.append(sigma[last : at + 1])
        pieces_f.append(flags[last : at + 1])
        last = at + 1
        a, b = points[at], points[at + 1]
        x = np.arange(np.floor(a[0]) + 1, np.ceil(b[0]))
        if not len(x):
            continue
        carried = follow_carrier(carriers, a, b, x, stroke_px)
        y = carried if carried is not None else _interpolate(points, at, x)
        rows = np.clip(np.round(y).astype(int), 0, hidden.shape[0] - 1)
        under = hidden[rows, np.clip(x.astype(int), 0, hidden.shape[1] - 1)]
        bare = float((~under).sum())
        if bare > longest and carried is None:
            pieces_p.append(np.full((1, 2), np.nan))
            pieces_s.append(np.full((1, 2), np.nan))
            pieces_f.append(np.zeros(1, np.uint16))
            continue
        away = np.minimum(x - a[0], b[0] - x)
        pieces_p.append(np.column_stack([x, y]))
        spread = SIGMA_CLEAN_PX + SIGMA_GAP_FRAC * away
        pieces_s.append(np.column_stack([np.full(len(x), 0.1), spread]))
        code = np.where(under, INTERPOLATED | HIDDEN, INTERPOLATED)
        pieces_f.append(code.astype(np.uint16))
    pieces_p.append(points[last:])
    pieces_s.append(sigma[last:])
    pieces_f.append(flags[last:])
    return Centreline(
        points=np.concatenate(pieces_p),
        sigma=np.concatenate(pieces_s),
        flags=np.concatenate(pieces_f),
        seen_columns=seen,
    )


def follow_carrier(
    carriers: Sequence[FloatArray], a: FloatArray, b: FloatArray, x: FloatArray, stroke_px: float
) -> FloatArray | None:
    """The path of another line over a gap whose two ends lie on it: the line runs hidden underneath.

    ``carriers`` give a row for every column of the crop, NaN where they are not.
    """
    reach = CARRIER_STROKES * stroke_px + 2.0
    for carrier in carriers:
        ends = np.clip([int(a[0]), int(np.ceil(b[0]))], 0, len(carrier) - 1)
        offset = carrier[ends] - np.array([a[1], b[1]])
        cols = np.clip(x.astype(int), 0, len(carrier) - 1)
        if not (np.abs(offset) < reach).all() or np.isnan(carrier[cols]).any():
            continue
        t = (x - a[0]) / max(b[0] - a[0], 1e-6)
        return np.asarray(carrier[cols] - (1 - t) * offset[0] * (1 - t) - t * offset[1] * t, float)
    return None


def _interpolate(points: FloatArray, at: int, x: FloatArray) -> FloatArray:
    """Cubic between the two ends with their own directions; straight where those are wild."""
    a, b = points[at], points[at + 1]
    run = b[0] - a[0]
    chord = (b[1] - a[1]) / run
    ends = []
    for part in (points[max(at - 5, 0) : at + 1], points[at + 1 : at + 7]):
        if len(part) < 4 or not np.isfinite(part).all() or np.ptp(part[:, 0]) < 3 or np.ptp(part[:, 0]) > 20:
            ends.append(chord)
            continue
        dx = part[:, 0] - part[:, 0].mean()
        ends.append(float((dx * part[:, 1]).sum() / (dx * dx).sum()))
    wild = max(abs(ends[0] - chord), abs(ends[1] - chord)) > 0.6 + 0.5 * abs(chord)
    if wild:
        return np.asarray(a[1] + chord * (x - a[0]), float)
    t = (x - a[0]) / run
    h00, h10 = 2 * t**3 - 3 * t**2 + 1, t**3 - 2 * t**2 + t
    h01, h11 = -2 * t**3 + 3 * t**2, t**3 - t**2
    return np.asarray(h00 * a[1] + h10 * run * ends[0] + h01 * b[1] + h11 * run * ends[1], float)


def to_rows(points: FloatArray, width: int) -> FloatArray:
    """The row of a path at every column, NaN beyond its ends and in its breaks."""
    rows = np.full(width, np.nan)
    cols = np.arange(width, dtype=float)
    breaks = np.flatnonzero(np.isnan(points[:, 0]))
    for piece in np.split(points, breaks):
        part = piece[np.isfinite(piece).all(axis=1)]
        if len(part) > 1:
            inside = (cols >= part[0, 0]) & (cols <= part[-1, 0])
            rows[inside] = np.interp(cols[inside], part[:, 0], part[:, 1])
    return rows
