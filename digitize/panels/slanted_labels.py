"""Slanted labels of an x axis that could not be read as they stand: their strip is turned level and read again.

The turn of a short label is hard to see, that of a whole row is one of a few that people choose.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np

from calibration.geometry import Box, ByteArray, FloatArray, TextBox
from digitize.values import Image

ReadAt = Callable[[Image, Sequence[Box], float], Sequence[TextBox]]
"""Reads the numbers at places of a picture, turned by some degrees."""

ANGLES_DEG = (30.0, 45.0)
DEPTH_HEIGHTS, SIDE_HEIGHTS = 6.0, 2.5
CLEAR_HEIGHTS = 0.5
"""Where the ink of tick marks ends below a box."""
INK_FRAC, INK_LEVELS = 0.35, 40.0
JOIN_HEIGHTS = 0.5
HEIGHT_RANGE_HEIGHTS = (0.6, 2.0)
WIDTH_RANGE_HEIGHTS = (0.3, 8.0)
MARGIN_HEIGHTS = 0.25
FEWEST = 3
MAX_PLACES = 24
TALLEST_FACTOR, ALIKE_CORRELATION, LEAN_RANGE_DEG = 1.5, 0.9, (15.0, 65.0)
"""Boxes of slanted labels grow with their length in both directions."""


def read_slanted(
    image: Image, box: Box, text_height_px: float, read_at: ReadAt
) -> tuple[tuple[TextBox, ...], ...]:
    """What stands below a box, read at each of the turns that slanted labels usually have.

    Parameters
    ----------
    image : Image
    box : Box
        The axes box.
    text_height_px : float
        Digit height of the labels.
    read_at : callable
        Reads an image at places, at a turn: :meth:`digitize.ocr.rapidocr.RapidTextReader.read_at`.

    Returns
    -------
    tuple of tuples of TextBox
        One for each turn at which some labels were read, in the picture's pixels, with that turn.
    """
    near, far = box.bottom + CLEAR_HEIGHTS * text_height_px, box.bottom + DEPTH_HEIGHTS * text_height_px
    side_px = SIDE_HEIGHTS * text_height_px
    strip = Box(left=box.left - side_px, right=box.right + side_px, top=near, bottom=far)
    rows, cols = strip.slices(image.pixels.shape)
    part = image.pixels[rows, cols]
    if min(part.shape[:2]) < 2 * text_height_px:
        return ()
    found = []
    for angle_deg in ANGLES_DEG:
        level, back = _turned(np.ascontiguousarray(part), angle_deg)
        places = _pieces(level, text_height_px)
        if len(places) < FEWEST:
            continue
        texts = read_at(Image(pixels=level), places, 0.0)
        found.append(tuple(_as_printed(text, back, (cols.start, rows.start), angle_deg) for text in texts))
    return tuple(texts for texts in found if len(texts) >= FEWEST)


def _turned(part: ByteArray, angle_deg: float) -> tuple[ByteArray, FloatArray]:
    """The strip turned clockwise, grown so that nothing is cut off, and the (2, 3) transform back into it."""
    height, width = part.shape[:2]
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -angle_deg, 1.0)
    corners = np.array([[0, 0, 1], [width - 1, 0, 1], [0, height - 1, 1], [width - 1, height - 1, 1]], float) @ turn.T
    low, high = np.floor(corners.min(axis=0)), np.ceil(corners.max(axis=0))
    turn[:, 2] -= low
    size = tuple(int(side) + 1 for side in high - low)
    ground = np.median(part.reshape(-1, 3), axis=0).tolist()
    level = cv2.warpAffine(part, turn, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=ground)
    return np.asarray(level, np.uint8), np.asarray(cv2.invertAffineTransform(turn), np.float64)


def _pieces(pixels: ByteArray, text_height_px: float) -> list[Box]:
    """Ink of the size of labels in a strip turned level."""
    levels = np.abs(pixels - np.median(pixels.reshape(-1, 3), axis=0)).max(axis=2)
    ink = (levels > max(INK_LEVELS, INK_FRAC * float(levels.max()))).astype(np.uint8)
    reach_px = max(round(JOIN_HEIGHTS * text_height_px), 1)
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((1, reach_px), np.uint8))
    # a raised exponent stands free of its base
    joined = cv2.morphologyEx(joined, cv2.MORPH_CLOSE, np.ones((reach_px, reach_px), np.uint8))
    stats = cv2.connectedComponentsWithStats(joined, connectivity=8)[2][1:].astype(float)
    wide, high = stats[:, 2] / text_height_px, stats[:, 3] / text_height_px
    fits = (high >= HEIGHT_RANGE_HEIGHTS[0]) & (high <= HEIGHT_RANGE_HEIGHTS[1])
    fits &= (wide >= WIDTH_RANGE_HEIGHTS[0]) & (wide <= WIDTH_RANGE_HEIGHTS[1])
    margin_px = MARGIN_HEIGHTS * text_height_px
    return [
        Box(left=left - 0.5, top=top - 0.5, right=left + width - 0.5, bottom=top + height - 0.5).expanded(margin_px)
        for left, top, width, height in stats[fits, :4][:MAX_PLACES]
    ]


def _as_printed(text: TextBox, back: FloatArray, origin: tuple[int, int], angle_deg: float) -> TextBox:
    """A text read in the turned strip, in the picture's pixels."""
    box = text.box
    corners = np.array([[x, y, 1.0] for x in (box.left, box.right) for y in (box.top, box.bottom)]) @ back.T
    left, top = corners.min(axis=0) + origin
    right, bottom = corners.max(axis=0) + origin
    return TextBox(
        text=text.text, numeric=text.numeric, confidence=text.confidence, angle_deg=angle_deg, height_px=text.height_px,
        box=Box(left=float(left), top=float(top), right=float(right), bottom=float(bottom)),
    )  # fmt: skip


def without_those_at(texts: Sequence[TextBox], places: Sequence[TextBox]) -> list[TextBox]:
    """The texts less those whose middle lies where one of ``places`` stands: they were read anew."""
    return [text for text in texts if not any(place.box.contains(*text.box.centre) for place in places)]


def leaning_labels(labels: Sequence[TextBox]) -> list[TextBox]:
    """A row of labels that all seem level, slanted where the wider of them are higher as slanted ones are."""
    wide, high = np.array([(label.box.width_px, label.box.height_px) for label in labels]).T
    if any(label.angle_deg for label in labels) or len(labels) < FEWEST or np.ptp(wide) <= 0:
        return list(labels)
    if high.max() < TALLEST_FACTOR * high.min() or np.corrcoef(wide, high)[0, 1] < ALIKE_CORRELATION:
        return list(labels)
    angle_deg = float(np.degrees(np.arctan(np.polyfit(wide, high, 1)[0])))
    if not LEAN_RANGE_DEG[0] <= angle_deg <= LEAN_RANGE_DEG[1]:
        return list(labels)
    return [replace(label, angle_deg=angle_deg, height_px=float(high.min())) for label in labels]
