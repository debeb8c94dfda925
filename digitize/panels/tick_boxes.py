"""Axes boxes that tick marks alone speak for: a row of them and a column that meet at a corner."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration.geometry import BoolArray, Box, ByteArray
from calibration.tick_rows import TickRow, find_ink
from digitize.panels.axes_boxes import AxesBox

BEYOND_STEPS, BEYOND_HEIGHTS = 1.2, 2.5
"""How far an axis goes on beyond its last tick mark."""
INWARD_HEIGHTS = 1.0
MIN_SIDE_HEIGHTS = 4.0
TEXT_MARGIN_PX = 2.0


def find_tick_boxes(
    pixels: ByteArray, rows: Sequence[TickRow], texts: Sequence[Box], text_height_px: float
) -> tuple[AxesBox, ...]:
    """A box for every row and every column of tick marks that meet, spines between them or not.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 array
    rows : sequence of TickRow
        Those that are tick marks.
    texts : sequence of Box
        Where text stands: an axis goes on beyond its last tick mark as far as other ink does.
    text_height_px : float
        The figure's ruler.
    """
    data: BoolArray | None = None
    beside = [row for row in rows if not row.upright]
    found = []
    for along_x in (row for row in rows if row.upright):
        for along_y in beside:
            across = _corner(along_y.middle_px, along_x, text_height_px)
            down = _corner(along_x.middle_px, along_y, text_height_px)
            if across is None or down is None:
                continue
            if data is None:
                data = _data_ink(pixels, rows, texts, text_height_px)
            second = [row.middle_px for row in beside if row is not along_y]
            rows_px = slice(max(round(min(down)), 0), round(max(down)) + 1)
            right = _far_end(across, along_x, np.asarray(data[rows_px].any(axis=0)), second, text_height_px)
            cols_px = slice(max(round(min(across[0], right)), 0), round(max(across[0], right)) + 1)
            top = _far_end(down, along_y, np.asarray(data[:, cols_px].any(axis=1)), (), text_height_px)
            left, right = sorted((across[0], right))
            top, bottom = sorted((down[0], top))
            if min(right - left, bottom - top) >= MIN_SIDE_HEIGHTS * text_height_px:
                box = Box(left=left, right=right, top=top, bottom=bottom)
                found.append(AxesBox(box=box, horizontal=(), vertical=()))
    return tuple(found)


def _reach_px(row: TickRow, text_height_px: float) -> float:
    """How far beyond its outer tick marks an axis may end."""
    return max(BEYOND_STEPS * float(np.diff(row.positions_px).max()), BEYOND_HEIGHTS * text_height_px)


def _corner(edge_px: float, row: TickRow, text_height_px: float) -> tuple[float, float] | None:
    """Where an axis begins, at the edge that the other makes, and its last tick mark; None where they do not meet."""
    first, last = float(row.positions_px[0]), float(row.positions_px[-1])
    inward_px, reach_px = INWARD_HEIGHTS * text_height_px, _reach_px(row, text_height_px)
    if -inward_px <= first - edge_px <= reach_px:
        return edge_px, last
    return (edge_px, first) if -inward_px <= edge_px - last <= reach_px else None


def _far_end(
    ends_px: tuple[float, float], row: TickRow, ink: BoolArray, second_px: Sequence[float], text_height_px: float
) -> float:
    """Where an axis ends beyond its last tick mark: at a second axis, or as far as the data goes."""
    edge, last = ends_px
    outward = 1.0 if last > edge else -1.0
    reach_px, near_px = _reach_px(row, text_height_px), INWARD_HEIGHTS * text_height_px
    beyond = [at for at in second_px if -near_px <= outward * (at - last) <= reach_px]
    if beyond:
        return min(beyond, key=lambda at: abs(at - last))
    inked = np.flatnonzero(ink).astype(float)
    inked = inked[(outward * (inked - last) > 0) & (outward * (inked - last) <= reach_px)]
    return float(inked.max() if outward > 0 else inked.min()) if len(inked) else last


def _data_ink(
    pixels: ByteArray, rows: Sequence[TickRow], texts: Sequence[Box], text_height_px: float
) -> BoolArray:
    """The ink that is neither text nor tick mark."""
    ink = find_ink(pixels, text_height_px)
    for box in (*texts, *(stroke for row in rows for stroke in row.strokes)):
        ink[box.expanded(TEXT_MARGIN_PX).slices(ink.shape)] = False
    return ink
