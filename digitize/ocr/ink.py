"""Which pixels of a crop are the ink of its line of text, and which are ticks, gridlines and frames.

A crop is in the *line frame*: text runs from left to right. Everything here is relative to the height of the line.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.geometry import BoolArray, ByteArray

INK_FRAC = 0.2
"""Of the strongest contrast in the line: low, because minus signs are thin and pale from antialiasing."""
INK_MIN_LEVELS = 12
STRONG_FRAC = 0.35
NOISE_SIGMA = 4.0
RULE_LENGTH_FRAC = 0.9
"""A row or column inked over this much of the crop is a rule (gridline, frame), not a letter."""
RULE_WIDTH_HEIGHTS = 0.35
FLAT_HEIGHTS = 0.38
"""A piece lower than this is a dash."""
MINUS_GAP_HEIGHTS, MINUS_GAP_FACTOR = 0.34, 1.4
DASH_WIDTH_HEIGHTS = 1.0
HANDLE_WIDTH_HEIGHTS = 1.4
DASH_RATIO = 1.6
THIN_HEIGHTS, TICK_HEIGHTS = 0.2, 0.25
FOLLOWERS_MAX, FOLLOW_GAP_HEIGHTS = 3, 0.15
REACH_HEIGHTS = 0.3
"""A piece of ink further than this outside the found line does not belong to it."""


def find_ink(crop: ByteArray, core: tuple[int, int, int, int]) -> tuple[BoolArray, NDArray[np.uint8]]:
    """Pixels that differ from the background of the line.

    Parameters
    ----------
    crop : (h, w, 3) uint8 array
    core : (left, top, right, bottom)
        Columns and rows of the crop that the finder called text, end exclusive.

    Returns
    -------
    ink : (h, w) bool array
    background : (3,) uint8 array
    """
    left, top, right, bottom = core
    inside = crop[top:bottom, left:right].reshape(-1, 3)
    background = np.median(inside, axis=0).astype(np.uint8)
    difference = np.abs(crop.astype(np.int16) - background).max(axis=2)
    levels = difference[top:bottom, left:right]
    peak = float(np.percentile(levels, 97))
    quiet = levels[levels <= np.median(levels)]
    noise = float(quiet.std()) if quiet.size else 0.0
    threshold = max(INK_FRAC * peak, INK_MIN_LEVELS, NOISE_SIGMA * noise)
    strong = (difference > max(STRONG_FRAC * peak, threshold)).astype(np.uint8)
    # A pale curve that shows through a legend may touch the letters: only what lies close to strong ink is theirs.
    near = cv2.dilate(strong, np.ones((5, 5), np.uint8)) > 0
    return (difference > threshold) & near, background


def without_rules(ink: BoolArray, height_px: float) -> BoolArray:
    """Ink with gridlines and frames through the crop taken out, where they are thin."""
    result = ink.copy()
    thickest = max(2.0, RULE_WIDTH_HEIGHTS * height_px)
    for axis in (1, 0):
        full = ink.mean(axis=axis) >= RULE_LENGTH_FRAC
        if not full.any() or full.all():
            continue
        edges = np.flatnonzero(np.diff(np.concatenate(([0], full.astype(np.int8), [0]))))
        for start, stop in edges.reshape(-1, 2):
            if stop - start <= thickest:
                if axis == 1:
                    result[start:stop] = False
                else:
                    result[:, start:stop] = False
    return result


def keep_letters(
    ink: BoolArray,
    core: tuple[int, int, int, int],
    height_px: float,
    rules: BoolArray | None = None,
    reach_heights: float = REACH_HEIGHTS,
) -> BoolArray:
    """Ink of the pieces that belong to the line: in its core, or just outside and not cut by the crop's edge.

    Parameters
    ----------
    ink : (h, w) bool array
    core : (left, top, right, bottom)
        As in `find_ink`.
    height_px : float
        Height of the core.
    rules : (h, w) bool array, optional
        Ink of rules already taken out: what thinly stands on them is the rest of a frame.
    reach_heights : float
        How far outside the core, along the line, a letter may lie.
    """
    rows, cols = ink.shape
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    left, top, right, bottom = core
    x0, y0, wide, high = (stats[:, column].astype(float) for column in range(4))
    x1, y1 = x0 + wide, y0 + high
    centre_x, centre_y = (x0 + x1) / 2, (y0 + y1) / 2
    reach = reach_heights * height_px
    level = (centre_y > top) & (centre_y < bottom)
    within = (centre_x > left) & (centre_x < right)
    # Outside the core nothing may be higher than it: a spine that ends here.
    fits = (y0 >= top - 1) & (y1 <= bottom + 1)
    near = (centre_x > left - reach) & (centre_x < right + reach) & level & (within | fits)
    touches_side = (x0 <= 0) | (x1 >= cols)
    touches_end = (y0 <= 0) | (y1 >= rows)
    through = (touches_side & ((wide > 1.2 * height_px) | ~within)) | (touches_end & (high > 0.6 * rows))
    keep = near & ~through & ~((x0 <= 0) & (x1 >= cols))
    if rules is not None and rules.any():
        beside = cv2.dilate(rules.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        standing = np.bincount(labels[beside], minlength=count) > 0
        inside_core = np.zeros_like(rules)
        inside_core[top:bottom, left:right] = True
        spine = cv2.dilate((rules & ~inside_core).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        attached = np.bincount(labels[spine], minlength=count) > 0
        # Tick marks, left over from the spine they stood on.
        slim = np.minimum(wide, high) <= max(4.0, TICK_HEIGHTS * height_px)
        keep &= ~(attached & slim)
        through |= attached & slim
        outer = (x0 <= left + 0.5 * height_px) | (x1 >= right - 0.5 * height_px)
        keep &= ~(standing & outer & (wide <= max(2.0, THIN_HEIGHTS * height_px)) & (high > 0.5 * height_px))
    keep[0] = False
    level &= ~through & fits
    level[0] = False
    for _ in range(FOLLOWERS_MAX):
        # The last digit of an exponent often stands outside what was found, close to the one before it.
        if not keep.any():
            break
        close = level & ~keep & (x0 - x1[keep].max() <= FOLLOW_GAP_HEIGHTS * height_px) & (x1 < cols)
        close &= (x1 > x1[keep].max()) & (high > FLAT_HEIGHTS * height_px / 2)
        if not close.any():
            break
        keep |= close
    return np.asarray(keep[labels], bool)


def without_rule_ends(letters: BoolArray, height_px: float) -> BoolArray:
    """The ink of a line without the tick mark that follows or precedes it and without a legend handle before it.

    A minus sign stands close before its digits, a tick mark does not; no label ends in a dash.
    """
    runs = find_runs(letters.any(axis=0), 0.0)
    result = letters.copy()
    while len(runs) > 1 and _is_dash(result[:, slice(*runs[-1])], height_px):
        result[:, runs[-1][0] :] = False
        runs = runs[:-1]
    handle = False
    while len(runs) > 1 and is_flat(result[:, slice(*runs[0])], height_px):
        start, stop = runs[0]
        if len(runs) > 2 and is_flat(result[:, slice(*runs[1])], height_px):
            # Two in a row are a dashed handle.
            result[:, :stop] = False
            runs = runs[1:]
            handle = True
            continue
        if handle:
            result[:, :stop] = False
            runs = runs[1:]
            break
        # typewriter faces set a minus sign as far from its digits as these from each other
        gaps = [after[0] - before[1] for before, after in zip(runs[1:-1], runs[2:], strict=True)]
        limit = max(MINUS_GAP_HEIGHTS * height_px, MINUS_GAP_FACTOR * float(np.median(gaps)) if gaps else 0.0)
        if stop - start <= DASH_WIDTH_HEIGHTS * height_px and runs[1][0] - stop <= min(limit, height_px / 2):
            break
        result[:, :stop] = False
        runs = runs[1:]
    if len(runs) > 1 and _is_handle(result[:, slice(*runs[0])], height_px):
        result[:, : runs[0][1]] = False
    return result


def is_flat(part: BoolArray, height_px: float) -> bool:
    """Whether a piece is a dash at mid height, not a full stop or an underscore."""
    rows = np.flatnonzero(part.any(axis=1))
    if not rows.size:
        return True
    all_rows = part.shape[0]
    middle = (rows[0] + rows[-1] + 1) / 2 / all_rows
    return bool(rows[-1] + 1 - rows[0] <= max(FLAT_HEIGHTS * height_px, 2.0) and 0.2 < middle < 0.72)


def _is_dash(part: BoolArray, height_px: float) -> bool:
    """Whether a flat piece is longer than high: no full stop, which stands at mid height beside a descender."""
    rows = np.flatnonzero(part.any(axis=1))
    return is_flat(part, height_px) and part.shape[1] >= DASH_RATIO * (rows[-1] + 1 - rows[0] if rows.size else 1)


def without_handles(letters: BoolArray, height_px: float) -> BoolArray:
    """The ink of a row without the legend handles that stand between its texts."""
    result = letters.copy()
    for start, stop in find_runs(letters.any(axis=0), 0.0):
        part = result[:, start:stop]
        if stop - start >= HANDLE_WIDTH_HEIGHTS * height_px and (
            is_flat(part, height_px) or _is_handle(part, height_px)
        ):
            result[:, start:stop] = False
    return result


def _is_handle(part: BoolArray, height_px: float) -> bool:
    """Whether a wide piece is a stroke with a marker on it: both its ends are thin and at mid height."""
    wide = part.shape[1]
    if wide < HANDLE_WIDTH_HEIGHTS * height_px:
        return False
    end = max(2, wide // 6)
    tops, bottoms = [], []
    for side in (part[:, :end], part[:, -end:]):
        rows = np.flatnonzero(side.any(axis=1))
        tops.append(rows[0])
        bottoms.append(rows[-1] + 1)
    thickness, middle = max(bottoms) - min(tops), (max(bottoms) + min(tops)) / 2 / part.shape[0]
    return bool(thickness <= max(FLAT_HEIGHTS * height_px, 3.0) and 0.25 < middle < 0.75)


def find_runs(profile: NDArray[Any] | np.bool_, gap_px: float) -> list[tuple[int, int]]:
    """Stretches of a profile, (start, stop), parted by empty gaps longer than ``gap_px``."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], np.asarray(profile, np.int8), [0])))).reshape(-1, 2)
    runs: list[tuple[int, int]] = []
    for start, stop in edges:
        if runs and start - runs[-1][1] <= gap_px:
            runs[-1] = (runs[-1][0], int(stop))
        else:
            runs.append((int(start), int(stop)))
    return runs
