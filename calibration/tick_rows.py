"""Rows of tick marks that stand free: short strokes of one length in line, where no spine joins them.

What is bare on both sides along the axis and ends in line with others of its kind is a tick mark, or the minus sign of
a column of labels: only those who know the labels can say which.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from calibration.geometry import BoolArray, Box, ByteArray, FloatArray

INK_FRAC, INK_LEVELS = 0.25, 20.0
"""Ink is what differs from its ground by this share of the strongest strokes, and by so much."""
GROUND_HEIGHTS, GROUND_MAX_PX = 2.0, 201
LENGTH_RANGE_HEIGHTS, LENGTH_MIN_PX = (0.12, 1.3), 2
MAJOR_HEIGHTS, MAJOR_MIN_PX = 0.25, 2.5
"""The long ones of a row: shorter, and they are decimal points."""
WIDTH_HEIGHTS, WIDTH_PX = 0.25, 2
"""Tick marks are no wider than this."""
SLENDER = 1.3
BARE_HEIGHTS, BARE_PX = 0.3, 2
"""So far on either side of a tick mark, along the axis, there is no ink but other tick marks."""
LINE_HEIGHTS = 3.0
"""What goes on for so long along a stroke's own direction is a line."""
IN_LINE_PX = 1
FEWEST, FEWEST_OF_ONE_LENGTH = 3, 2
"""Two strokes in line may be anything, but for being as long as the tick marks of the other axis."""
ALIKE_FRAC, ALIKE_PX = 0.12, 1.0
"""Tick marks of one figure are of one length, within so much."""
MAJOR_FRAC = 0.75


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TickRow:
    """Strokes in line: upright ones in a row under (over) the data, level ones in a column beside it.

    Attributes
    ----------
    upright : bool
        Whether the strokes are upright: those of an x axis.
    strokes : tuple of Box
        Around the ink of each, in increasing pixel order along the axis.
    near_px, far_px : float
        Where the long strokes begin and end, across the axis.
    """

    upright: bool
    strokes: tuple[Box, ...]
    near_px: float
    far_px: float

    @property
    def positions_px(self) -> FloatArray:
        """Of the middles of the strokes along the axis."""
        return np.array([box.centre[0 if self.upright else 1] for box in self.strokes])

    @property
    def length_px(self) -> float:
        return self.far_px - self.near_px

    @property
    def middle_px(self) -> float:
        """Across the axis: where its spine would be, give or take half a tick mark."""
        return (self.near_px + self.far_px) / 2

    def is_as_long_as(self, other: TickRow) -> bool:
        return abs(self.length_px - other.length_px) <= max(ALIKE_FRAC * other.length_px, ALIKE_PX)


def find_tick_rows(pixels: ByteArray, text_height_px: float) -> tuple[TickRow, ...]:
    """Rows and columns of free tick marks, those with most strokes first.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 array
    text_height_px : float
        The figure's ruler.
    """
    ink = find_ink(pixels, text_height_px)
    found: list[TickRow] = []
    for upright in (True, False):
        boxes = _bare_strokes(ink if upright else np.ascontiguousarray(ink.T), text_height_px)
        found += [_row(members, upright) for members in _in_line(boxes)]
    least_px = max(MAJOR_HEIGHTS * text_height_px, MAJOR_MIN_PX)
    found = [row for row in found if row.length_px >= least_px]
    sure = [row for row in found if len(row.strokes) >= FEWEST]
    pairs = [
        row for row in found
        if len(row.strokes) < FEWEST and any(row.upright != one.upright and row.is_as_long_as(one) for one in sure)
    ]  # fmt: skip
    return tuple(sorted(sure + pairs, key=lambda row: -len(row.strokes)))


def find_ink(pixels: ByteArray, text_height_px: float) -> BoolArray:
    """(H, W) mask of what differs from its ground: the median over a window that no stroke fills."""
    side = 2 * int(np.ceil(GROUND_HEIGHTS * text_height_px / 2)) + 1
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    ground = cv2.medianBlur(gray, min(max(side, 5), GROUND_MAX_PX))
    levels = cv2.absdiff(gray, ground)
    strong = levels[levels > INK_LEVELS]
    limit = max(INK_LEVELS, INK_FRAC * float(np.percentile(strong, 95.0))) if len(strong) else INK_LEVELS
    return np.asarray(levels > limit, bool)


def _bare_strokes(ink: BoolArray, text_height_px: float) -> FloatArray:
    """Left, top, right, bottom (inclusive pixels) of slender upright pieces of ink with nothing beside them."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    wide, high = stats[:, 2], stats[:, 3]
    fits = wide <= max(WIDTH_HEIGHTS * text_height_px, WIDTH_PX)
    fits &= high >= np.maximum(max(LENGTH_RANGE_HEIGHTS[0] * text_height_px, LENGTH_MIN_PX), SLENDER * wide)
    fits &= high <= LENGTH_RANGE_HEIGHTS[1] * text_height_px
    fits[0] = False
    reach = max(round(BARE_HEIGHTS * text_height_px), BARE_PX)
    # a gridline may end right beside a tick mark
    length = 2 * int(np.ceil(LINE_HEIGHTS * text_height_px / 2)) + 1
    gridlines = cv2.morphologyEx(ink.astype(np.uint8), cv2.MORPH_OPEN, np.ones((length, 1), np.uint8))
    others = ink & ~fits[labels] & (gridlines == 0)
    found = []
    for index in np.flatnonzero(fits):
        left, top, width, height = (int(part) for part in stats[index, :4])
        around = others[max(top, 0) : top + height, max(left - reach, 0) : left + width + reach]
        if not around.any():
            found.append((left, top, left + width - 1, top + height - 1))
    return np.array(found, float).reshape(-1, 4)


def _in_line(boxes: FloatArray) -> list[FloatArray]:
    """Groups of strokes that begin, or end, in line; each stroke in one group at most."""
    left = boxes
    groups = []
    while len(left) >= FEWEST_OF_ONE_LENGTH:
        best = np.zeros(len(left), bool)
        for edge in (1, 3):
            for place in np.unique(left[:, edge]):
                row = np.abs(left[:, edge] - place) <= IN_LINE_PX / 2 + 0.01
                if row.sum() > best.sum():
                    best = row
        if best.sum() < FEWEST_OF_ONE_LENGTH:
            break
        groups.append(left[best])
        left = left[~best]
    return groups


def _row(members: FloatArray, upright: bool) -> TickRow:
    members = members[np.argsort(members[:, 0])]
    long = members[:, 3] - members[:, 1]
    major = members[long >= MAJOR_FRAC * long.max()]
    grown = members + np.array([-0.5, -0.5, 0.5, 0.5])
    order = [0, 1, 2, 3] if upright else [1, 0, 3, 2]
    strokes = [Box(left=a, top=b, right=c, bottom=d) for a, b, c, d in grown[:, order].tolist()]
    return TickRow(
        upright=upright,
        strokes=tuple(strokes),
        near_px=float(np.median(major[:, 1])) - 0.5,
        far_px=float(np.median(major[:, 3])) + 0.5,
    )
