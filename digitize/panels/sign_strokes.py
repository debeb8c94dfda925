"""Strokes in line that are no tick marks but minus signs: of labels beside them, or of those of the other axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from calibration.geometry import BoolArray, Box, TextBox
from calibration.spines import StraightLine
from calibration.tick_rows import TickRow

GOES_ON_HEIGHTS = 0.5
"""What follows a minus sign begins within this."""
NEAR_ROW_HEIGHTS, SAME_PLACE_PX, TOUCH_PX = 5.0, 1.5, 1.0
TURNED_DEG, TURNED_REACH_HEIGHTS = 80.0, 2.5
"""Turned labels end so near to their axis."""
SIGNS = tuple("-\u2212\u2013\u02c9~")


def without_signs(row: TickRow, upright: Sequence[TickRow], ink: BoolArray, text_height_px: float) -> TickRow:
    """A column of tick marks less the minus sign of a label of the x axis below (above) it that stands in line."""

    def is_sign(stroke: Box, across: TickRow) -> bool:
        level, others = stroke.centre[1], row.positions_px[row.positions_px != stroke.centre[1]]
        below = level > across.far_px + TOUCH_PX and (others < across.far_px + TOUCH_PX).all()
        above = level < across.near_px - TOUCH_PX and (others > across.near_px - TOUCH_PX).all()
        return bool(below or above) and goes_on(ink, stroke, text_height_px)

    kept = [stroke for stroke in row.strokes if not any(is_sign(stroke, across) for across in upright)]
    return replace(row, strokes=tuple(kept))


def goes_on(ink: BoolArray, stroke: Box, text_height_px: float) -> bool:
    """Whether there is ink right behind a level stroke, as behind a minus sign."""
    x, y = stroke.right, stroke.centre[1]
    half_px = text_height_px / 2
    behind = Box(left=x + 1.0, right=x + GOES_ON_HEIGHTS * text_height_px + 1.0, top=y - half_px, bottom=y + half_px)
    return bool(ink[behind.slices(ink.shape)].any())


def is_sign_of(row: TickRow, ticks: TickRow, text_height_px: float) -> bool:
    """Whether strokes stand at places of another column nearby, the tick marks before the same labels."""
    apart = np.abs(row.positions_px[:, None] - ticks.positions_px[None, :]).min(axis=1)
    near = abs(row.middle_px - ticks.middle_px) <= NEAR_ROW_HEIGHTS * text_height_px
    return bool(near and apart.max() <= SAME_PLACE_PX)


def are_turned_signs(
    row: TickRow,
    texts: Sequence[TextBox],
    horizontal: Sequence[StraightLine],
    others: Sequence[TickRow],
    text_height_px: float,
) -> bool:
    """Whether most strokes of a row begin labels that read upward (downward), whose axis lies at their other end."""
    reach_px = TURNED_REACH_HEIGHTS * text_height_px

    def is_sign(stroke: Box) -> bool:
        for text in texts:
            box, upward = text.box, text.angle_deg > 0.0
            begins = upward == (stroke.centre[1] > box.centre[1])
            if not (begins and box.contains(*stroke.centre) and text.text.strip().startswith(SIGNS)):
                continue
            end_px = box.top if upward else box.bottom
            axes = [line.position_px for line in horizontal if line.start_px <= stroke.centre[0] <= line.end_px]
            axes += [other.middle_px for other in others]
            if any(-TOUCH_PX <= (end_px - at if upward else at - end_px) <= reach_px for at in axes):
                return True
        return False

    return 2 * sum(is_sign(stroke) for stroke in row.strokes) > len(row.strokes)
