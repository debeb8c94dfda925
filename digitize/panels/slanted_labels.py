"""Labels that could not be read as they stand: the strip beside their axis is turned level and read again.

The turn of a short label is hard to see, that of a whole row is one of a few that people choose.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np

from calibration.geometry import BoolArray, Box, ByteArray, FloatArray, Side, TextBox, enclosing_box
from digitize.panels.axis_texts import is_number_like
from digitize.panels.minus_signs import with_signs
from digitize.values import Image

ReadAt = Callable[[Image, Sequence[Box], float], Sequence[TextBox]]
"""Reads the numbers at places of a picture, turned by some degrees."""

DEPTH_HEIGHTS, LONG_DEPTH_HEIGHTS, SIDE_HEIGHTS = 6.0, 8.0, 2.5
"""How far from the box labels reach, and those that read upward."""
NEAR_HEIGHTS, CLEAR_HEIGHTS, TICK_HEIGHTS = 0.15, 0.5, 1.1
"""Where the spine's own ink ends, most tick marks end, and the longest do beside small print."""
LEAST_STRIP_HEIGHTS, SPINE_FRAC = 1.3, 0.5
"""A strip holds a label that reads upward; lines along so much of it are spines that stand off the box."""
INK_FRAC, INK_LEVELS, FAINT_FRAC = 0.25, 40.0, 0.5
JOIN_HEIGHTS = 0.5
SPACE_HEIGHTS, LETTER_HEIGHTS = 0.8, 0.5
"""Turned labels stand on lines of their own: letters that follow behind a space are of one label."""
HEIGHT_RANGE_HEIGHTS = (0.6, 2.0)
WIDTH_RANGE_HEIGHTS = (0.3, 8.0)
MARGIN_HEIGHTS = 0.25
RAISED_FRAC = 0.3
"""An exponent ends above the line of its base by so much of its height."""
READ_FRAC = 0.8
FEWEST, FEWEST_AT_ALL = 3, 2
SMALL_PX, ENLARGEMENT = 12.0, 2.0
"""Smaller print is enlarged as it is turned: its thin strokes, minus signs first, outlive only one resampling."""
MAX_PLACES = 48
FEWEST_STEEP, LONG_CHARACTERS, NARROW_HEIGHTS, STEEPEST_FRAC, LEVEL_FRAC = 2, 4, 0.33, 0.8, 1.12
"""Digits are about half as wide as high; labels that slant by 45 degrees stand in square boxes."""
HIGHER_FACTOR, ROW_HEIGHTS = 1.35, 0.6
"""A label beside slanted ones is slanted too where it begins or ends at their level and is this much higher."""
TALLEST_FACTOR, ALIKE_CORRELATION, LEAN_RANGE_DEG = 1.5, 0.9, (15.0, 65.0)
"""Boxes of slanted labels grow with their length in both directions."""
SPREAD_HEIGHTS, RISE_HEIGHTS = 0.3, 0.6
"""How far their widths must differ to tell anything; by how much the line through their sizes may miss what print of
their height would give."""


def read_slanted(
    image: Image,
    side: Side,
    box: Box,
    text_height_px: float,
    read_at: ReadAt,
    angle_deg: float,
    boxes: Sequence[Box] = (),
    fewest: int = FEWEST,
) -> tuple[TextBox, ...]:
    """The numbers that stand beside a box, read as turned by an angle.

    Parameters
    ----------
    image : Image
    side : Side
        Of the box.
    box : Box
        The axes box.
    text_height_px : float
        Digit height of the labels.
    read_at : callable
        Reads an image at places, at a turn: :meth:`digitize.ocr.rapidocr.RapidTextReader.read_at`.
    angle_deg : float
        Counter-clockwise turn of the labels.
    boxes : sequence of Box
        All axes boxes of the figure: the strip ends where another begins.
    fewest : int
        How many numbers make a row of labels.

    Returns
    -------
    tuple of TextBox
        In the picture's pixels, with that turn; empty where fewer were read.
    """
    strip = _strip(side, box, text_height_px, angle_deg, boxes)
    rows, cols = strip.slices(image.pixels.shape)
    part = image.pixels[rows, cols]
    if min(part.shape[:2]) < LEAST_STRIP_HEIGHTS * text_height_px:
        return ()
    factor = ENLARGEMENT if text_height_px < SMALL_PX else 1.0
    level, back = _turned(_without_ticks(part, side, text_height_px), angle_deg, factor)
    places = _pieces(level, factor * text_height_px, SPACE_HEIGHTS if angle_deg else 0.0)
    if len(places) < fewest:
        return ()
    read = with_signs(level, "bottom", read_at(Image(pixels=level), places, 0.0))
    texts = _whole(read, places, MARGIN_HEIGHTS * factor * text_height_px)
    found = tuple(_as_printed(text, back, (cols.start, rows.start), angle_deg, factor) for text in texts)
    return found if len(found) >= fewest else ()


def _strip(side: Side, box: Box, text_height_px: float, angle_deg: float, boxes: Sequence[Box]) -> Box:
    """Where the labels of a side stand, up to the next box."""
    depth = LONG_DEPTH_HEIGHTS if angle_deg > 60.0 else DEPTH_HEIGHTS
    near_px, far_px, over_px = (part * text_height_px for part in (NEAR_HEIGHTS, depth, SIDE_HEIGHTS))
    beside_y = [other for other in boxes if other.top < box.bottom and other.bottom > box.top]
    beside_x = [other for other in boxes if other.left < box.right and other.right > box.left]
    if side == "bottom":
        end = min([box.bottom + far_px, *(other.top for other in beside_x if other.top > box.bottom)])
        return Box(left=box.left - over_px, right=box.right + over_px, top=min(box.bottom + near_px, end), bottom=end)
    if side == "top":
        end = max([box.top - far_px, *(other.bottom for other in beside_x if other.bottom < box.top)])
        return Box(left=box.left - over_px, right=box.right + over_px, top=end, bottom=max(box.top - near_px, end))
    if side == "left":
        end = max([box.left - far_px, *(other.right for other in beside_y if other.right < box.left)])
        return Box(left=end, right=max(box.left - near_px, end), top=box.top - over_px, bottom=box.bottom + over_px)
    end = min([box.right + far_px, *(other.left for other in beside_y if other.left > box.right)])
    return Box(left=min(box.right + near_px, end), right=end, top=box.top - over_px, bottom=box.bottom + over_px)


def _without_ticks(part: ByteArray, side: Side, text_height_px: float) -> ByteArray:
    """The strip less spines, and less what begins at the box and is no longer than a tick mark; longer ink loses its
    beginning."""
    across = part.transpose(1, 0, 2)
    rows = {"bottom": part, "top": part[::-1], "right": across, "left": across[::-1]}[side].copy()
    ground = np.median(part.reshape(-1, 3), axis=0)
    along = _ink(rows).mean(axis=1) >= SPINE_FRAC
    rows[cv2.dilate(along.astype(np.uint8)[:, None], np.ones((3, 1), np.uint8))[:, 0] > 0] = ground
    ink = _ink(rows).astype(np.uint8)
    stats = cv2.connectedComponentsWithStats(ink, connectivity=8)[1:3]
    at_box = stats[1][:, 1] == 0
    at_box[0] = False
    long = stats[1][:, 3] > TICK_HEIGHTS * text_height_px
    clear_px = max(round((CLEAR_HEIGHTS - NEAR_HEIGHTS) * text_height_px), 1)
    rows[cv2.dilate((at_box & ~long)[stats[0]].astype(np.uint8), np.ones((3, 3), np.uint8)) > 0] = ground
    rows[:clear_px][(at_box & long)[stats[0][:clear_px]]] = ground
    back = {"bottom": rows, "top": rows[::-1], "right": rows.transpose(1, 0, 2), "left": rows[::-1].transpose(1, 0, 2)}
    return np.ascontiguousarray(back[side])


def _ink(pixels: ByteArray, part: float = 1.0) -> BoolArray:
    """What differs from the ground by a share of the most that anything does, or by a part of that share."""
    levels = np.abs(pixels - np.median(pixels.reshape(-1, 3), axis=0)).max(axis=2)
    return np.asarray(levels > part * max(INK_LEVELS, INK_FRAC * float(levels.max())), bool)


def _turned(part: ByteArray, angle_deg: float, factor: float) -> tuple[ByteArray, FloatArray]:
    """The strip turned clockwise and enlarged, nothing cut off, and the (2, 3) transform back into it."""
    height, width = part.shape[:2]
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -angle_deg, factor)
    corners = np.array([[0, 0, 1], [width - 1, 0, 1], [0, height - 1, 1], [width - 1, height - 1, 1]], float) @ turn.T
    low, high = np.floor(corners.min(axis=0)), np.ceil(corners.max(axis=0))
    turn[:, 2] -= low
    size = tuple(int(side) + 1 for side in high - low)
    ground = np.median(part.reshape(-1, 3), axis=0).tolist()
    level = cv2.warpAffine(part, turn, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=ground)
    return np.asarray(level, np.uint8), np.asarray(cv2.invertAffineTransform(turn), np.float64)


def _pieces(pixels: ByteArray, text_height_px: float, space_heights: float) -> list[Box]:
    """Ink of the size of labels in a strip turned level; spaces of up to so many heights lie within labels."""
    # thin strokes of small letters are pale: what lies beside surer ink is ink too
    ink = _ink(pixels, FAINT_FRAC).astype(np.uint8)
    parts = cv2.connectedComponents(cv2.dilate(ink, np.ones((3, 3), np.uint8)), connectivity=8)[1]
    sure = np.unique(parts[_ink(pixels)])
    ink &= np.isin(parts, sure[sure > 0])
    reach_px = max(round(JOIN_HEIGHTS * text_height_px), 1)
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((1, reach_px), np.uint8))
    # a raised exponent stands free of its base
    joined = cv2.morphologyEx(joined, cv2.MORPH_CLOSE, np.ones((reach_px, reach_px), np.uint8))
    stats = cv2.connectedComponentsWithStats(joined, connectivity=8)[2][1:].astype(float)
    boxes = [
        Box(left=left - 0.5, top=top - 0.5, right=left + width - 0.5, bottom=top + height - 0.5)
        for left, top, width, height in stats[stats[:, 3] >= LETTER_HEIGHTS * text_height_px, :4]
    ]
    if len(boxes) <= MAX_PLACES:
        boxes = _over_spaces(boxes, space_heights * text_height_px, JOIN_HEIGHTS * text_height_px)
    return [box.expanded(MARGIN_HEIGHTS * text_height_px) for box in boxes if _fits(box, text_height_px)][:MAX_PLACES]


def _fits(box: Box, text_height_px: float) -> bool:
    """Whether a piece of ink has the size of a label."""
    wide, high = box.width_px / text_height_px, box.height_px / text_height_px
    low, high_most = HEIGHT_RANGE_HEIGHTS
    return low <= high <= high_most and WIDTH_RANGE_HEIGHTS[0] <= wide <= WIDTH_RANGE_HEIGHTS[1]


def _over_spaces(boxes: Sequence[Box], space_px: float, raised_px: float) -> list[Box]:
    """Boxes, those that follow each other on one line at the distance of a space as one, and raised ones at theirs."""
    joined: list[Box] = []
    for box in sorted(boxes, key=lambda one: one.left):
        for index, before in enumerate(joined):
            gap_px, shared_px = box.left - before.right, min(before.bottom, box.bottom) - max(before.top, box.top)
            level = shared_px > 0.5 * min(before.height_px, box.height_px) and 0.0 < gap_px <= space_px
            rises = box.top < before.top and box.bottom < before.bottom - RAISED_FRAC * before.height_px
            if level or (rises and shared_px >= -raised_px and abs(gap_px) <= raised_px):
                joined[index] = enclosing_box([before, box])
                break
        else:
            joined.append(box)
    return joined


def _whole(texts: Sequence[TextBox], places: Sequence[Box], margin_px: float) -> list[TextBox]:
    """Texts that say all that stands at their place: an exponent whose pale base was not seen would be a number."""
    kept: list[TextBox] = []
    for place in places:
        here = [text for text in texts if place.contains(*text.box.centre) and text not in kept]
        if here:
            box = enclosing_box(text.box for text in here)
            kept += here if box.width_px >= READ_FRAC * (place.width_px - 2 * margin_px) else []
    return kept


def _as_printed(
    text: TextBox, back: FloatArray, origin: tuple[int, int], angle_deg: float, factor: float
) -> TextBox:
    """A text read in the turned strip, in the picture's pixels."""
    box = text.box
    corners = np.array([[x, y, 1.0] for x in (box.left, box.right) for y in (box.top, box.bottom)]) @ back.T
    left, top = corners.min(axis=0) + origin
    right, bottom = corners.max(axis=0) + origin
    return TextBox(
        text=text.text, numeric=text.numeric, confidence=text.confidence, angle_deg=angle_deg,
        height_px=text.height_px / factor,
        box=Box(left=float(left), top=float(top), right=float(right), bottom=float(bottom)),
    )  # fmt: skip


def without_those_at(texts: Sequence[TextBox], places: Sequence[TextBox]) -> list[TextBox]:
    """The texts less those that were read anew: their middle lies where one of ``places`` stands, or two in them."""

    def again(text: TextBox) -> bool:
        held = sum(text.box.contains(*place.box.centre) for place in places)
        return held > 1 or any(place.box.contains(*text.box.centre) for place in places)

    return [text for text in texts if not again(text)]


def leaning_labels(labels: Sequence[TextBox]) -> list[TextBox]:
    """A row of labels that all seem level, slanted where the wider of them are higher as slanted ones are."""
    wide, high = np.array([(label.box.width_px, label.box.height_px) for label in labels]).T
    if any(label.angle_deg for label in labels) or len(labels) < FEWEST or np.ptp(wide) < SPREAD_HEIGHTS * high.min():
        return list(labels)
    if high.max() < TALLEST_FACTOR * high.min() or np.corrcoef(wide, high)[0, 1] < ALIKE_CORRELATION:
        return list(labels)
    slope, rise_px = np.polyfit(wide, high, 1)
    lean = float(np.arctan(slope))
    if not LEAN_RANGE_DEG[0] <= np.degrees(lean) <= LEAN_RANGE_DEG[1]:
        return list(labels)
    # a label l long and h high that leans by t is l cos t + h sin t wide and l sin t + h cos t high
    if abs(rise_px * np.cos(lean) - high.min() * np.cos(2 * lean)) > RISE_HEIGHTS * high.min():
        return list(labels)
    angle_deg = float(np.degrees(lean))
    return [replace(label, angle_deg=angle_deg, height_px=float(high.min())) for label in labels]


def slanted_alike(texts: Sequence[TextBox]) -> list[TextBox]:
    """Texts in which what stands in a row with slanted labels, and is too high for level print, is slanted as they."""
    steep = [text for text in texts if not text.angle_deg and is_number_like(text) and _too_narrow(text)]
    if len(steep) >= FEWEST_STEEP:
        others = [text.height_px for text in texts if text not in steep]
        height_px = float(np.median(others or [steep[0].height_px / 2]))
        texts = [
            replace(text, angle_deg=_usual_lean_deg(text.box), height_px=height_px) if text in steep else text
            for text in texts
        ]
    slanted = [t for t in texts if LEAN_RANGE_DEG[0] < abs(t.angle_deg) < LEAN_RANGE_DEG[1] and is_number_like(t)]
    return [
        replace(text, angle_deg=row[0].angle_deg, height_px=row[0].height_px)
        if not text.angle_deg and is_number_like(text) and (row := [one for one in slanted if _in_row(text, one)])
        else text
        for text in texts
    ]


def _too_narrow(text: TextBox) -> bool:
    """Whether a text of several characters is too high for level print, and too wide for print that reads upward."""
    count = len(text.text.replace(" ", "").replace("^", ""))
    level_px = NARROW_HEIGHTS * count * text.box.height_px
    return count >= LONG_CHARACTERS and STEEPEST_FRAC * text.box.height_px < text.box.width_px < level_px


def _usual_lean_deg(box: Box) -> float:
    return 30.0 if box.width_px >= LEVEL_FRAC * box.height_px else 45.0


def _in_row(text: TextBox, slanted: TextBox) -> bool:
    level_px = ROW_HEIGHTS * slanted.height_px
    ends = abs(text.box.top - slanted.box.top), abs(text.box.bottom - slanted.box.bottom)
    return min(ends) <= level_px and text.box.height_px >= HIGHER_FACTOR * slanted.height_px
