"""Labels beside free tick marks: what is a tick mark, and the labels read again where one was read with them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from calibration.geometry import Box, ByteArray, TextBox
from calibration.spines import StraightLine, find_straight_lines
from calibration.tick_rows import TickRow, find_ink
from digitize.panels.axis_texts import is_number_like
from digitize.panels.crowded_rows import is_crowded
from digitize.panels.sign_strokes import (
    TURNED_DEG,
    UPRIGHT_DEG,
    are_turned_signs,
    before_flush_labels,
    goes_on,
    is_sign_of,
    text_beside,
    without_signs,
)
from digitize.values import Image

ReadAt = Callable[[Image, Sequence[Box], float], Sequence[TextBox]]
"""Reads the numbers at places of a picture, turned by some degrees."""

FEWEST = 2
"""Fewer tick marks are no row."""
BEFORE_FRAC = 0.6
NEAR_HEIGHTS = 0.7
"""What is read takes in so much beside the box of a text."""
INNER_HEIGHTS = 0.6
"""Letters have others before and behind them."""
LINE_HEIGHTS = 8.0
TOUCH_PX, SOFT_PX, WITHIN_PX = 1.0, 1, 1.5
PLACE_MARGIN_HEIGHTS = 0.2
INK_LEVELS, INK_FRAC = 30.0, 0.35
SLANTED_MARGIN_HEIGHTS = 0.4
MAX_PLACES = 48
SIGNS = "-\u2212\u2013\u207b\u02c9~^\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"
UNIT_BEHIND = re.compile(r"\d[kMGBT%\u00b0]$")
MOST_LOST = 3
"""A tick mark, and a gap, are no more characters of a text."""
STRAY, DASHES = " ,'`_|:;\u2032\u00b4\u2019", "-\u2013\u2014"
"""What a tick mark is read as before or behind a slanted label."""


def tick_marks(
    pixels: ByteArray,
    rows: Sequence[TickRow],
    texts: Sequence[TextBox],
    text_height_px: float,
) -> list[TickRow]:
    """The rows that are tick marks rather than the minus signs of a column of labels, or parts of letters.

    What follows a minus sign is its number. Level strokes with ink right behind most of them are tick marks, of an
    axis on the right, only if they are as long as those of an x axis, or stand where spines or gridlines end.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 array
    rows : sequence of TickRow
        From :func:`calibration.tick_rows.find_tick_rows`.
    texts : sequence of TextBox
        As they were read.
    text_height_px : float
        The figure's ruler.
    """
    rows = [row for row in rows if not _within_texts(row, texts, text_height_px)]
    upright = [row for row in rows if row.upright]
    level = [row for row in rows if not row.upright]
    ink = find_ink(pixels, text_height_px) if level else None
    doubtful = [
        row for row in level
        if np.mean([ink is not None and goes_on(ink, stroke, text_height_px) for stroke in row.strokes]) >= BEFORE_FRAC
    ]  # fmt: skip
    turned = [text for text in texts if abs(text.angle_deg) >= TURNED_DEG]
    boxes = [text.box for text in texts]
    horizontal = find_straight_lines(pixels, boxes, text_height_px)[0] if doubtful or (upright and turned) else ()
    upright = [
        row for row in upright
        if not are_turned_signs(row, turned, horizontal, [one for one in upright if one is not row], text_height_px)
    ]  # fmt: skip
    if ink is not None:
        sure = [row for row in level if row not in doubtful]
        level = [without_signs(row, upright, ink, text_height_px) if row in sure else row for row in level]
        level = [row for row in level if len(row.strokes) >= FEWEST]

    def is_mark(row: TickRow) -> bool:
        alike = any(row.is_as_long_as(one) for one in upright) or _where_lines_end(row, horizontal, text_height_px)
        others = [one for one in level if one not in doubtful or one.near_px < row.near_px]
        flush = before_flush_labels(row, texts, text_height_px)
        return alike and not flush and not any(is_sign_of(row, one, text_height_px) for one in others)

    return upright + [row for row in level if row not in doubtful or is_mark(row)]


def _within_texts(row: TickRow, texts: Sequence[TextBox], text_height_px: float) -> bool:
    """Whether most strokes stand in the middle of texts: they are parts of letters."""
    margin_px = INNER_HEIGHTS * text_height_px

    def inside(stroke: Box, text: TextBox) -> bool:
        box, turn = text.box, abs(text.angle_deg)
        across = stroke.left - box.left >= margin_px and box.right - stroke.right >= margin_px
        down = stroke.top - box.top >= margin_px and box.bottom - stroke.bottom >= margin_px
        # a slanted text leaves the corners of its box bare: tick marks stand there
        fits = down if turn >= TURNED_DEG else across if turn <= UPRIGHT_DEG else across and down
        return box.contains(*stroke.centre) and fits

    within = [any(inside(stroke, text) for text in texts) for stroke in row.strokes]
    return 2 * sum(within) > len(within)


def _where_lines_end(row: TickRow, horizontal: Sequence[StraightLine], text_height_px: float) -> bool:
    """Whether a spine or gridline reaches as far as a column of strokes does: no sign stands on the data's ground."""
    long_px = LINE_HEIGHTS * text_height_px
    lines = [line for line in horizontal if line.length_px >= long_px and line.start_px < row.near_px - long_px / 2]
    return any(row.near_px - TOUCH_PX <= line.end_px <= row.far_px + row.length_px for line in lines)


def read_beside_ticks(
    image: Image, texts: Sequence[TextBox], marks: Sequence[TickRow], text_height_px: float, read_at: ReadAt
) -> list[TextBox]:
    """The texts, those read with a tick mark, or slanted beside a y axis, read again in a picture without the marks.

    Parameters
    ----------
    image : Image
    texts : sequence of TextBox
        As they were read.
    marks : sequence of TickRow
        Free tick marks.
    text_height_px : float
        The figure's ruler.
    read_at : callable
        :meth:`digitize.ocr.rapidocr.RapidTextReader.read_at`.
    """
    if not marks:
        return list(texts)
    strokes = [(row, stroke) for row in marks for stroke in row.strokes]
    kept = [text for text in texts if not any(_lies_within(text.box, stroke) for _, stroke in strokes)]
    pixels = without_strokes(image.pixels, [stroke for _, stroke in strokes])
    places: dict[float, list[tuple[TextBox, Box]]] = {0.0: [], 90.0: []}
    mended: dict[int, list[TextBox]] = {}
    touching: set[int] = set()
    for text in kept:
        touched = [(row, stroke) for row, stroke in strokes if _is_read_with(text, row, stroke, text_height_px)]
        turn = abs(text.angle_deg)
        if touched and UPRIGHT_DEG < turn < TURNED_DEG and touched[0][0].upright:
            # a dash before a number is its sign
            words = (word.strip(STRAY).rstrip(STRAY + DASHES) for word in (text.text, text.numeric))
            mended[id(text)] = [replace(text, text=next(words), numeric=next(words))]
        elif touched and (place := _place(pixels, text, touched[0], text_height_px)):
            places[90.0 if turn >= TURNED_DEG else 0.0].append((text, place))
            if text.box.intersection_area(touched[0][1].expanded(TOUCH_PX)) > 0 or UPRIGHT_DEG < turn < TURNED_DEG:
                touching.add(id(text))
    cleaned = replace(image, pixels=pixels)
    for angle_deg, wanted in places.items():
        found = read_at(cleaned, [place for _, place in wanted[:MAX_PLACES]], angle_deg) if wanted else ()
        for text, place in wanted[:MAX_PLACES]:
            new = [one for one in found if place.contains(*one.box.centre) and is_number_like(one)]
            inner = text.text.strip(STRAY + DASHES)
            if new and lost_part(new, inner):
                new = [replace(text, text=inner, angle_deg=angle_deg, box=place)]
                mended[id(text)] = [one for one in new if is_number_like(one)]
            elif new and (id(text) in touching or _is_part(new, text)):
                mended[id(text)] = new
    return [one for text in kept for one in mended.get(id(text), [text])]


def _lies_within(box: Box, stroke: Box) -> bool:
    """Whether a text is nothing but a tick mark."""
    around = stroke.expanded(WITHIN_PX)
    return around.contains(box.left, box.top) and around.contains(box.right, box.bottom)


def _is_read_with(text: TextBox, row: TickRow, stroke: Box, text_height_px: float) -> bool:
    """Whether a tick mark lies within a text, or a text beside a y axis seems slanted."""
    turn = abs(text.angle_deg)
    slanted = UPRIGHT_DEG < turn < TURNED_DEG
    if is_crowded(text) or (row.upright and turn <= UPRIGHT_DEG and is_number_like(text)):
        return False  # with strokes of its own, or above or below its tick mark, which was read as no part of it
    if slanted and not row.upright:
        return any(text_beside(stroke, [text], text_height_px, way) for way in (-1, 1))
    near_px = NEAR_HEIGHTS * text_height_px
    around = stroke.expanded(TOUCH_PX, near_px) if row.upright else stroke.expanded(near_px, TOUCH_PX)
    return text.box.intersection_area(around) > 0


def lost_part(new: Sequence[TextBox], before: str) -> bool:
    """Whether a sign, that digits are raised, or a unit was read at first and is missing now."""
    after = "".join(one.text for one in new).strip()
    part = before != after and before.startswith(after)
    lost_unit = part and bool(UNIT_BEHIND.search(before))
    lost_sign = any(char in SIGNS for char in before) and not any(char in SIGNS for char in after)
    return lost_unit or lost_sign


def _is_part(new: Sequence[TextBox], text: TextBox) -> bool:
    """Whether what was read again is the text less its first or last characters."""
    first, again = text.text.strip(), " ".join(one.text.strip() for one in new)
    return 0 < len(first) - len(again) <= MOST_LOST and (first.startswith(again) or first.endswith(again))


def _place(pixels: ByteArray, text: TextBox, mark: tuple[TickRow, Box], text_height_px: float) -> Box | None:
    """Around the ink of a text on the far side of its tick mark; None where there is none."""
    (row, stroke), box = mark, text.box
    if UPRIGHT_DEG < abs(text.angle_deg) < TURNED_DEG:  # the box of what was read at a wrong angle
        box = box.expanded(SLANTED_MARGIN_HEIGHTS * text_height_px)
    if row.upright:
        name, edge = ("top", stroke.bottom) if box.centre[1] > stroke.centre[1] else ("bottom", stroke.top)
    else:
        name, edge = ("left", stroke.right) if box.centre[0] > stroke.centre[0] else ("right", stroke.left)
    inward = max if name in ("top", "left") else min
    box = replace(box, **{name: inward(getattr(box, name), edge)})
    rows, cols = box.slices(pixels.shape)
    part = pixels[rows, cols]
    if min(part.shape[:2]) < 2:
        return None
    levels = np.abs(part.astype(float) - np.median(part.reshape(-1, 3), axis=0)).max(axis=2)
    ys, xs = np.nonzero(levels > max(INK_LEVELS, INK_FRAC * float(levels.max())))
    if not len(ys):
        return None
    tight = Box(
        left=cols.start + xs.min() - 0.5, right=cols.start + xs.max() + 0.5,
        top=rows.start + ys.min() - 0.5, bottom=rows.start + ys.max() + 0.5,
    )  # fmt: skip
    return tight.expanded(PLACE_MARGIN_HEIGHTS * text_height_px)


def without_strokes(pixels: ByteArray, strokes: Sequence[Box]) -> ByteArray:
    """The picture with strokes painted over in what lies on either side of them."""
    painted = pixels.copy()
    height, width = pixels.shape[:2]
    for stroke in strokes:
        rows, cols = stroke.expanded(SOFT_PX).slices(pixels.shape)
        if stroke.width_px >= stroke.height_px:
            sides = painted[[max(rows.start - 1, 0), min(rows.stop, height - 1)], cols].mean(axis=0)
            painted[rows, cols] = sides[None].astype(np.uint8)
        else:
            sides = painted[rows, [max(cols.start - 1, 0), min(cols.stop, width - 1)]].mean(axis=1)
            painted[rows, cols] = sides[:, None].astype(np.uint8)
    return painted


