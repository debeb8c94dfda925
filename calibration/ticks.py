"""Tick marks along a spine, to sub-pixel, and gridlines as ticks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from scipy.ndimage import median_filter

from calibration.axis import Tick
from calibration.geometry import Box, ByteArray, FloatArray, Side
from calibration.spines import StraightLine

TICK_DEPTH_HEIGHTS = 0.14
"""How far from the spine a tick mark must reach: minor ticks are a quarter of a digit long, and may carry labels."""
MEASURED_DEPTH_HEIGHTS = 0.7
TICK_END_FRAC = 0.5
"""A tick mark ends where its ink falls below this share of what it has at the spine."""
MAX_TICK_WIDTH_HEIGHTS = 0.45
OUTER_PX = 2
LABEL_EDGE_PX = 0.5
"""Boxes of labels are tight around ink at a low threshold: so much of the last pixel before one is free."""
MIN_TICK_LEVELS, SHALLOW_TICK_LEVELS = 12.0, 50.0
OUTSHINE_FACTOR = 2.5
"""Beside ticks so much stronger what reaches farther is noise."""
RINGING_HEIGHTS = 1.5
"""Over twice this length ticks are fewer than what lies between them."""
INNER_TICK_FRAC, GRAY_WEIGHTS = 0.25, (0.299, 0.587, 0.114)
NOISE_SIGMAS, MAD_SIGMA, NOISY_PEAK_FACTOR = 3.0, 1.4826, 1.5
"""Compression leaves noise beside a spine: ticks stand out of it."""
MIN_TICK_PEAK_FRAC = 0.35
"""A tick is at least this strong against the strongest one: ticks of one axis are drawn alike."""
TICK_SIGMA_PX = 0.1
GRIDLINE_SIGMA_PX = 0.1
FEWEST_GRIDLINES, MET_PX, MET_SHARE = 3, 1.2, 0.4
"""Of so many gridlines, or of the marks where these are fewer, this share meets one of the others."""
MIN_TICKS = 2
NEAR_HEIGHTS = 0.2
"""A gridline and the tick mark at its end stand no farther from each other."""
CLEAR_OF_SPINE_PX, RIM_REACH_PX, SPINE_RIM_PX = 3, 2, 1.0
MIN_RIM_LEVELS = 16.0
"""Of a paler stroke the rims are lost in rounding."""
SAME_SHADE_LEVELS = 10.0

Rims = tuple[float, float]


def find_ticks(
    pixels: ByteArray,
    side: Side,
    box: Box,
    spine_px: float,
    gridlines: Sequence[StraightLine],
    text_height_px: float,
    *,
    room_px: float = np.inf,
) -> tuple[Tick, ...]:
    """Ticks of one side of an axes box: marks outside it, else gridlines and marks inside.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 array
    side : Side
        Which spine.
    box : Box
        The axes box, its edges on the centres of the spines.
    spine_px : float
        Thickness of the spine.
    gridlines : sequence of StraightLine
        Lines across the box that meet this side.
    text_height_px : float
        Digit height of the tick labels.
    room_px : float
        Between the spine and the nearest label: beyond it there is the ink of labels.

    Returns
    -------
    tuple of Tick
        In increasing pixel order; may be empty.
    """
    grid = _gridlines(pixels, side, box, gridlines)
    near_px = NEAR_HEIGHTS * text_height_px
    outside = _find_marks(pixels, side, box, spine_px, text_height_px, outward=True, room_px=room_px)
    marks = [replace(mark, outward=not any(_continues(mark, one, near_px) for one in grid)) for mark in outside]
    ends = (box.top, box.bottom) if side in ("left", "right") else (box.left, box.right)
    inner = [line for line in grid if min(abs(line.position_px - end) for end in ends) > near_px]
    gridded = len(inner) >= FEWEST_GRIDLINES
    if gridded and (len(marks) < MIN_TICKS or (side in ("left", "bottom") and _stand_elsewhere(marks, grid))):
        marks = []
    if len(outside) < MIN_TICKS and len(grid) <= MIN_TICKS:
        marks = _find_inner_marks(pixels, side, box, spine_px, text_height_px)
    return _merged(marks, grid, near_px)


def _stand_elsewhere(marks: Sequence[Tick], grid: Sequence[Tick]) -> bool:
    """Whether marks keep off the gridlines, as noise beside a spine does: programs draw a tick where a gridline ends.

    A second axis, right or on top, has ticks between the gridlines of the first.
    """
    if not marks:
        return False
    at = np.array([mark.position_px for mark in marks])
    met = sum(np.abs(at - line.position_px).min() <= MET_PX for line in grid)
    return bool(met < MET_SHARE * min(len(marks), len(grid)))  # minor ticks, or minor gridlines, stand alone


def find_inner_ticks(
    pixels: ByteArray, side: Side, box: Box, spine_px: float, gridlines: Sequence[StraightLine], text_height_px: float
) -> tuple[Tick, ...]:
    """Marks inside one side of an axes box, and gridlines, whatever stands outside; see :func:`find_ticks`."""
    marks = _find_inner_marks(pixels, side, box, spine_px, text_height_px)
    return _merged(marks, _gridlines(pixels, side, box, gridlines), NEAR_HEIGHTS * text_height_px)


def _gridlines(pixels: ByteArray, side: Side, box: Box, lines: Sequence[StraightLine]) -> list[Tick]:
    """Lines across the box as ticks."""
    grid = []
    for line in lines:
        if line.kind == "ridge":
            rims, shade = _gridline_stroke(pixels, side, box, line.position_px)
            sigma_px = GRIDLINE_SIGMA_PX
            grid.append(
                Tick(position_px=line.position_px, sigma_px=sigma_px, kind="gridline", rims=rims, shade=shade)
            )
    return grid


def _find_inner_marks(pixels: ByteArray, side: Side, box: Box, spine_px: float, text_height_px: float) -> list[Tick]:
    """Marks inside a box."""
    marks = _find_marks(pixels, side, box, spine_px, text_height_px, outward=False)
    return [replace(mark, outward=False) for mark in marks]


def _merged(marks: Sequence[Tick], grid: Sequence[Tick], near_px: float) -> tuple[Tick, ...]:
    """Marks and the gridlines that have none, in increasing order."""
    extra = [one for one in grid if not any(abs(one.position_px - mark.position_px) <= near_px for mark in marks)]
    return tuple(sorted((*marks, *extra), key=lambda tick: tick.position_px))


def _continues(mark: Tick, gridline: Tick, near_px: float) -> bool:
    """Whether a mark is the end of a gridline that reaches over the edge of its box."""
    near = abs(mark.position_px - gridline.position_px) <= near_px
    return near and abs(mark.shade - gridline.shade) <= SAME_SHADE_LEVELS


def _find_marks(
    pixels: ByteArray, side: Side, box: Box, spine_px: float, text_height_px: float, *, outward: bool,
    room_px: float = np.inf,
) -> list[Tick]:  # fmt: skip
    depth_px = max(round(TICK_DEPTH_HEIGHTS * text_height_px), 2)
    skip_px = spine_px / 2 + 0.6
    edge = {"left": box.left, "right": box.right, "top": box.top, "bottom": box.bottom}[side]
    away = (1 if side in ("right", "bottom") else -1) * (1 if outward else -1)
    along_y = side in ("left", "right")
    limit = pixels.shape[1] if along_y else pixels.shape[0]
    near = int(np.ceil(edge + skip_px)) if away > 0 else int(np.floor(edge - skip_px))
    in_picture_px = limit - near if away > 0 else near + 1
    if room_px < 0:  # labels whose boxes reach over the spine were read together with their ticks
        room_px = depth_px + skip_px
    in_reach_px = int(min(in_picture_px, max(room_px - skip_px + LABEL_EDGE_PX, 0.0)))
    measured_px = min(max(round(MEASURED_DEPTH_HEIGHTS * text_height_px), depth_px), in_reach_px)
    if near < 0 or near >= limit or measured_px < depth_px:
        return []
    first = near if away > 0 else near - measured_px + 1
    # the spines across look like ticks from inside, and stronger ones
    margin = text_height_px * 0.5 if outward else -spine_px / 2 - SPINE_RIM_PX
    lo, hi = (box.top, box.bottom) if along_y else (box.left, box.right)
    start = max(int(np.ceil(lo - margin)), 0)
    stop = min(int(hi + margin) + 1, pixels.shape[0] if along_y else pixels.shape[1])
    if stop - start < 3:
        return []
    last = first + measured_px
    strip = pixels[start:stop, first:last] if along_y else pixels[first:last, start:stop]
    gray = cv2.cvtColor(np.ascontiguousarray(strip), cv2.COLOR_RGB2GRAY).astype(float)
    # rows run along the axis, columns away from it
    depth = (gray if along_y else gray.T)[:, :: 1 if away > 0 else -1]
    levels = np.abs(depth - np.median(depth))
    width_px = MAX_TICK_WIDTH_HEIGHTS * text_height_px + spine_px
    least = MIN_TICK_LEVELS
    if not outward and spine_px:  # inside there is the noise of the data too, and no tick much paler than its spine
        at = int(np.clip(round(edge), 0, limit - 1))
        spine = pixels[start:stop, at] if along_y else pixels[at, start:stop]
        gray_spine = float(np.median(spine.astype(float) @ GRAY_WEIGHTS))
        least = max(least, INNER_TICK_FRAC * abs(gray_spine - float(np.median(depth))))
    ticks = _peaks(levels, depth_px, start, width_px, least)
    deep = float(levels[:, :depth_px].min(axis=1).max())
    if (len(ticks) < MIN_TICKS or deep < SHALLOW_TICK_LEVELS) and depth_px > 1:
        # ticks that reach only half as far outward as drawn are a pixel long beside small digits, where a spine that
        # was resampled still rings
        ringing = median_filter(depth, size=(2 * round(RINGING_HEIGHTS * text_height_px) + 1, 1), mode="nearest")
        clear = np.abs(depth - ringing)
        shallow = _peaks(clear, 1, start, width_px, SHALLOW_TICK_LEVELS)
        outshine = len(shallow) >= MIN_TICKS and float(clear[:, 0].max()) > OUTSHINE_FACTOR * deep
        ticks = shallow if len(ticks) < MIN_TICKS or outshine else ticks
    shades = np.median(depth[:, :depth_px], axis=1)
    return [replace(tick, shade=float(shades[round(tick.position_px) - start])) for tick in ticks]


def _peaks(
    levels: FloatArray, depth_px: int, start: int, max_width_px: float, least_levels: float = MIN_TICK_LEVELS
) -> list[Tick]:
    """Narrow peaks of ink beside a spine as ticks, each at its centroid."""
    # a tick mark is inked from the spine on: the weakest pixel of the least depth counts
    ink = levels[:, :depth_px].min(axis=1)
    strongest = float(ink.max(initial=0.0))
    if strongest < least_levels:
        return []
    noise = NOISE_SIGMAS * MAD_SIGMA * float(np.median(np.abs(ink - np.median(ink))))
    over = np.pad(ink > max(MIN_TICK_LEVELS / 2, 0.12 * strongest, noise), 1).astype(np.int8)
    turns = np.diff(over)
    ticks = []
    for first, last in zip(np.nonzero(turns == 1)[0], np.nonzero(turns == -1)[0], strict=True):
        weight = ink[first:last]
        if weight.max() < max(MIN_TICK_PEAK_FRAC * strongest, least_levels, NOISY_PEAK_FACTOR * noise):
            continue
        if weight.sum() / weight.max() > max(max_width_px, 2.5):
            continue
        inked = levels[first:last] > TICK_END_FRAC * weight.max()
        reach = np.where(inked.all(axis=1), inked.shape[1], inked.argmin(axis=1))
        length = int(reach.max())
        if length >= depth_px + OUTER_PX:
            # its outer end is the tick's own: close minor ticks run together with it near the spine
            outer = levels[first:last, length - OUTER_PX : length].min(axis=1)
            weight = np.where(outer > 0.12 * outer.max(), outer, 0.0)
        centre = float((weight * np.arange(first, last)).sum() / weight.sum()) + start
        length_px = float(length)
        rims = _rims(np.median(levels[:, :depth_px], axis=1), int(first + np.argmax(ink[first:last])))
        ticks.append(Tick(position_px=centre, sigma_px=TICK_SIGMA_PX, kind="tick", length_px=length_px, rims=rims))
    return ticks


def _gridline_stroke(pixels: ByteArray, side: Side, box: Box, position_px: float) -> tuple[Rims, float]:
    """Rims and shade of a gridline, from its profile over the whole box: what crosses it does not count."""
    at = round(position_px)
    top, bottom = round(box.top) + CLEAR_OF_SPINE_PX, round(box.bottom) - CLEAR_OF_SPINE_PX
    left, right = round(box.left) + CLEAR_OF_SPINE_PX, round(box.right) - CLEAR_OF_SPINE_PX
    reach = slice(max(at - RIM_REACH_PX, 0), at + RIM_REACH_PX + 1)
    strip = pixels[reach, left:right] if side in ("left", "right") else pixels[top:bottom, reach].transpose(1, 0, 2)
    if strip.shape[0] <= 2 * RIM_REACH_PX or not strip.shape[1]:
        return (np.nan, np.nan), np.nan
    gray = cv2.cvtColor(np.ascontiguousarray(strip), cv2.COLOR_RGB2GRAY).astype(float)
    profile = np.median(gray, axis=1)
    return _rims(np.abs(profile - np.median(profile[[0, -1]])), RIM_REACH_PX), float(profile[RIM_REACH_PX])


def _rims(ink: FloatArray, at: int) -> Rims:
    """Ink before and after a stroke's own pixel, as shares of that; NaN for a stroke of several pixels."""
    if not 1 <= at < len(ink) - 1 or ink[at] < MIN_RIM_LEVELS:
        return np.nan, np.nan
    return float(ink[at - 1] / ink[at]), float(ink[at + 1] / ink[at])
