"""Strokes in line that are no tick marks but minus signs: of labels beside them, or of those of the other axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from calibration.geometry import BoolArray, Box, TextBox
from calibration.spines import StraightLine
from calibration.tick_rows import TickRow
from digitize.panels.axis_texts import is_number_like

GOES_ON_HEIGHTS = 0.5
"""What follows a minus sign begins within this."""
NEAR_ROW_HEIGHTS, SAME_PLACE_PX, TOUCH_PX = 5.0, 1.5, 1.0
TURNED_DEG, TURNED_REACH_HEIGHTS = 80.0, 2.5
"""Turned labels end so near to their axis."""
BESIDE_HEIGHTS, LEVEL_HEIGHTS = 1.0, 0.4
"""A label begins within this of its tick mark, its middle this close to it along the axis."""
FLUSH_HEIGHTS, BEGIN_HEIGHTS = 0.3, 0.7
"""How exactly labels end at one place; their digits begin so far behind their signs at most."""
UPRIGHT_DEG = 10.0
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


def before_flush_labels(row: TickRow, texts: Sequence[TextBox], text_height_px: float) -> bool:
    """Whether what follows strokes ends where other numbers do that begin elsewhere: labels left of an axis do."""
    numbers = [text for text in texts if abs(text.angle_deg) <= UPRIGHT_DEG and is_number_like(text)]
    own = [text for text in numbers if any(_follows(text, stroke, text_height_px) for stroke in row.strokes)]
    if not own:
        return False
    right = float(np.median([text.box.right for text in own]))
    begin = min(stroke.left for stroke in row.strokes) - FLUSH_HEIGHTS * text_height_px
    end = max(stroke.right for stroke in row.strokes) + BEGIN_HEIGHTS * text_height_px
    elsewhere = [text for text in numbers if text not in own and not begin <= text.box.left <= end]
    return any(abs(text.box.right - right) <= FLUSH_HEIGHTS * text_height_px for text in elsewhere)


def _follows(text: TextBox, stroke: Box, text_height_px: float) -> bool:
    """Whether a text was read with a stroke before it, or begins right behind it."""
    within = text.box.contains(*stroke.centre) and stroke.centre[0] < text.box.centre[0]
    return within or text_beside(stroke, [text], text_height_px, 1) is not None


def text_beside(stroke: Box, texts: Sequence[TextBox], text_height_px: float, way: int) -> TextBox | None:
    """The text right (``way`` 1) or left (-1) of a level stroke, at its height; one may have been read with it."""
    for text in texts:
        middle = text.box.centre
        gap = text.box.left - stroke.right if way > 0 else stroke.left - text.box.right
        beyond = way * (middle[0] - stroke.centre[0]) > 0
        level = text.box.top - 1.0 <= stroke.centre[1] <= text.box.bottom + 1.0
        level &= abs(middle[1] - stroke.centre[1]) <= max(LEVEL_HEIGHTS * text_height_px, 2.0)
        if beyond and level and gap <= BESIDE_HEIGHTS * text_height_px:
            return text
    return None


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
