"""A second look at the margins of axes boxes: tick labels that the first reading of the figure did not see.

Finders of text miss what is a single small character, and whole rows of tick labels are such. Beside a box, what has
the height of a label and is no text yet is very likely one.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from calibration.geometry import Box, ByteArray, Side, TextBox
from digitize.panels.axis_reader import AxisReader, SideReading
from digitize.panels.axis_texts import LABEL_REACH_HEIGHTS, TURNED_DEG, is_number_like, stands_beside
from digitize.panels.choice import ALIGNED_HEIGHTS, PanelCandidate, counts_numbers, of_one_size
from digitize.values import Image

CLEAR_HEIGHTS = 0.25
"""Tick marks and the spine's own blur end about here."""
INK_MIN_LEVELS = 30.0
INK_FRAC = 0.35
JOIN_HEIGHTS = 0.45
"""Characters of one label stand closer than this."""
HEIGHT_RANGE_HEIGHTS = (0.55, 1.7)
WIDTH_RANGE_HEIGHTS = (0.2, 7.0)
SURE_WIDTH_HEIGHTS = 0.45
MARGIN_HEIGHTS = 0.2
FEWEST_LABELS = 4
"""An axis with fewer labels read is looked at again."""
MAX_PLACES = 48
INWARD_HEIGHTS = 0.6
WELL_SUPPORTED = 6
LYING_CHARACTERS = 2
"""What a turned label of few characters is taken for when it is read as if it stood upright."""


def find_unread(
    pixels: ByteArray,
    box: Box,
    side: Side,
    texts: Sequence[TextBox],
    text_height_px: float,
    *,
    along_y: bool = False,
    clear_heights: float = CLEAR_HEIGHTS,
) -> list[Box]:
    """Where ink of the size of labels stands beside a box and no text was read.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 array
    box : Box
        The axes box.
    side : Side
        Which margin.
    texts : sequence of TextBox
        What was read already.
    text_height_px : float
        The figure's ruler.
    along_y : bool
        Whether the labels read along a vertical axis. A short one that was read lying does not count as read.
    clear_heights : float
        How far from the box what is looked at begins: labels may touch an edge without a spine.

    Returns
    -------
    list of Box
        Around each piece, with a small margin.
    """
    near, far = clear_heights * text_height_px, LABEL_REACH_HEIGHTS[side] * text_height_px
    over = 0.8 * text_height_px
    strip = {
        "left": (box.left - far, box.top - over, box.left - near, box.bottom + over),
        "right": (box.right + near, box.top - over, box.right + far, box.bottom + over),
        "top": (box.left - over, box.top - far, box.right + over, box.top - near),
        "bottom": (box.left - over, box.bottom + near, box.right + over, box.bottom + far),
    }[side]
    rows = slice(max(int(strip[1]), 0), max(int(strip[3]) + 1, 0))
    cols = slice(max(int(strip[0]), 0), max(int(strip[2]) + 1, 0))
    part = pixels[rows, cols]
    if min(part.shape[:2]) < 3:
        return []
    ground = np.median(part.reshape(-1, 3), axis=0)
    levels = np.abs(part - ground).max(axis=2)
    ink = (levels > max(INK_MIN_LEVELS, INK_FRAC * float(levels.max()))).astype(np.uint8)
    if along_y:
        texts = [text for text in texts if abs(text.angle_deg) >= TURNED_DEG or len(text.text) > LYING_CHARACTERS]
    for text in texts:
        covered = text.box.expanded(1.5)
        top, bottom = round(covered.top) - rows.start, round(covered.bottom) + 1 - rows.start
        left, right = round(covered.left) - cols.start, round(covered.right) + 1 - cols.start
        if bottom > 0 and right > 0:
            ink[max(top, 0) : bottom, max(left, 0) : right] = 0
    reach_px = max(int(JOIN_HEIGHTS * text_height_px), 1)
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((reach_px, 1) if along_y else (1, reach_px), np.uint8))
    stats = cv2.connectedComponentsWithStats(joined, connectivity=8)[2][1:].astype(float)
    wide, high = (stats[:, k] / text_height_px for k in ((3, 2) if along_y else (2, 3)))
    fits = (high >= HEIGHT_RANGE_HEIGHTS[0]) & (high <= HEIGHT_RANGE_HEIGHTS[1])
    fits &= (wide >= WIDTH_RANGE_HEIGHTS[0]) & (wide <= WIDTH_RANGE_HEIGHTS[1])
    if not (wide[fits] >= SURE_WIDTH_HEIGHTS).any():
        return []  # ticks, or the ends of lines: even a column of ones has a wider label
    margin_px = MARGIN_HEIGHTS * text_height_px
    return [
        Box(
            left=cols.start + left - 0.5 - margin_px,
            top=rows.start + top - 0.5 - margin_px,
            right=cols.start + left + width - 0.5 + margin_px,
            bottom=rows.start + top + height - 0.5 + margin_px,
        )
        for left, top, width, height in stats[fits, :4][:MAX_PLACES]
    ]


def unread_places(
    image: Image, panels: Sequence[PanelCandidate], reader: AxisReader, *, along_y: bool
) -> list[Box]:
    """Where labels, upright or along a y axis, may stand unread beside panels that have few or none of their own."""
    places: list[Box] = []

    def inside(place: Box, other: PanelCandidate) -> bool:
        return other.box.contains(*place.centre, -INWARD_HEIGHTS * reader.text_height_px)

    for panel in panels:
        usual: list[tuple[str, SideReading | None, Side]] = [("x", panel.x, "bottom"), ("y", panel.y, "left")]
        if panel.y and panel.y.run.side == "left" and _has_numbers_right(panel, reader):
            usual.append(("twin_y", panel.twin_y, "right"))
        for name, side, margin in usual:
            own = side if side and name not in panel.shared and not counts_numbers(side) else None
            where = side.run.side if side else margin
            enough = bool(own and len(own.axis.used) >= FEWEST_LABELS)
            if own and (name == "x" or enough) and along_y != _reads_along_y(own):
                continue
            # labels that touch an edge made of gridline ends stand partly inside
            inward = (0.0,) if own else (0.0, INWARD_HEIGHTS)
            for heights in inward:
                box = panel.box.expanded(-heights * reader.text_height_px)
                found = find_unread(
                    image.pixels, box, where, reader.texts, reader.text_height_px, along_y=along_y,
                    clear_heights=CLEAR_HEIGHTS if heights or panel.axes.has_spine(where) else 0.0,
                )  # fmt: skip
                if own and enough:  # only what stands in the row of so many labels
                    found = in_row(found, where, [label.box for label in own.run.labels])
                places += [place for place in found if not any(inside(place, other) for other in panels)]
    return places[:MAX_PLACES]


def _has_numbers_right(panel: PanelCandidate, reader: AxisReader) -> bool:
    """Whether numbers stand where the labels of a second y axis do."""
    numbers = [text for text in reader.texts if is_number_like(text)]
    return any(stands_beside("right", panel.box, text, reader.text_height_px) for text in numbers)


def _reads_along_y(side: SideReading) -> bool:
    """Whether most labels of a side are turned upright."""
    return float(np.median([abs(label.angle_deg) for label in side.run.labels])) >= TURNED_DEG


def each_once(texts: Sequence[TextBox]) -> list[TextBox]:
    """The texts less those that say what another at the same place says: a place may be looked at more than once."""
    kept: list[TextBox] = []
    for text in texts:
        if not any(text.text == one.text and one.box.contains(*text.box.centre) for one in kept):
            kept.append(text)
    return kept


def in_row(places: Sequence[Box], side: Side, labels: Sequence[Box]) -> list[Box]:
    """The places whose middle, across the axis, lies within the row of labels that were read."""
    edges = np.array([label.as_list() for label in labels])
    across = 0 if side in ("left", "right") else 1
    low, high = float(np.median(edges[:, across])), float(np.median(edges[:, across + 2]))
    # words of one column begin or end at different places
    low, high = (low, high) if across else (float(edges[:, 0].min()), float(edges[:, 2].max()))
    return [place for place in places if low <= place.centre[across] <= high]


def worth_another_look(
    candidates: Sequence[PanelCandidate], chosen: Sequence[PanelCandidate], text_height_px: float
) -> list[PanelCandidate]:
    """The panels, and the boxes beside them that may be panels of which one axis, or none, was read."""
    return [*chosen, *_half_read(candidates, chosen), *_unread_neighbours(candidates, chosen, text_height_px)]


def _half_read(candidates: Sequence[PanelCandidate], chosen: Sequence[PanelCandidate]) -> list[PanelCandidate]:
    """Boxes that many lines speak for, of which one axis was read: labels alone may have won over them."""
    closed = [panel for panel in chosen if panel.closed]
    halves = [c for c in candidates if c.closed and c.axes.support >= WELL_SUPPORTED and bool(c.x) != bool(c.y)]
    apart = [c for c in halves if all(c.box.intersection_area(panel.box) == 0 for panel in closed)]
    return _apart(sorted(apart, key=lambda c: (-c.axes.support, -c.box.area_px)))


def _unread_neighbours(
    candidates: Sequence[PanelCandidate], chosen: Sequence[PanelCandidate], text_height_px: float
) -> list[PanelCandidate]:
    """Boxes without any label, of the size of a panel and in its row or column: their labels may not have been seen."""
    near_px = ALIGNED_HEIGHTS * text_height_px

    def beside(box: Box, other: Box) -> bool:
        in_line = abs(box.left - other.left) <= near_px or abs(box.top - other.top) <= near_px
        return in_line and of_one_size(box, other, near_px)

    bare = [c for c in candidates if c.closed and not (c.x or c.y)]
    bare = [c for c in bare if all(c.box.intersection_area(panel.box) == 0 for panel in chosen)]
    bare = [c for c in bare if any(beside(c.box, panel.box) for panel in chosen)]
    return _apart(sorted(bare, key=lambda c: -c.axes.support))


def _apart(candidates: Sequence[PanelCandidate]) -> list[PanelCandidate]:
    """Those, from the first on, that lie over none before them."""
    found: list[PanelCandidate] = []
    for candidate in candidates:
        if all(candidate.box.intersection_area(other.box) == 0 for other in found):
            found.append(candidate)
    return found
