"""Labels whose boxes reach over the edge of the axes: read again with nothing but the label in sight.

The spine, or a tick mark that joins it, is read along with such a label: as a letter, a bar, or one more digit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from calibration.geometry import Box, ByteArray, FloatArray, TextBox
from digitize.panels.axis_texts import is_number_like
from digitize.panels.tick_labels import DASHES, lost_part
from digitize.values import Image

ReadAt = Callable[[Image, Sequence[Box], float], Sequence[TextBox]]
"""Reads the numbers at places of a picture, turned by some degrees."""

UPRIGHT_DEG = 15.0
OUTSIDE_FRAC = 0.5
"""At least so much of a label lies outside the axes."""
TICK_HEIGHTS, ROW_HEIGHTS = 1.2, 0.2
"""How long a tick mark may be, and how far from the middle of its label it is looked for."""
INK_LEVELS, INK_FRAC = 30.0, 0.35
AIR_PX = 1
BEYOND_HEIGHTS = 1.5
MARGIN_HEIGHTS = 0.2


def read_at_edges(
    image: Image, texts: Sequence[TextBox], boxes: Sequence[Box], text_height_px: float, read_at: ReadAt
) -> list[TextBox] | None:
    """The texts, those over the left or right edge of a box read again; None where none says anything else then.

    Parameters
    ----------
    image : Image
    texts : sequence of TextBox
        As they were read.
    boxes : sequence of Box
        Axes boxes.
    text_height_px : float
        The figure's ruler.
    read_at : callable
        :meth:`digitize.ocr.rapidocr.RapidTextReader.read_at`.
    """
    pixels: ByteArray | None = None
    cut: dict[int, tuple[TextBox, Box]] = {}
    for text in texts:
        if abs(text.angle_deg) >= UPRIGHT_DEG:
            continue
        for outward, edge_px in _edges_under(text, boxes):
            own = _own_box(image.pixels, text.box, edge_px, outward, text_height_px)
            if own is not None:
                pixels = image.pixels.copy() if pixels is None else pixels
                _paint(pixels, text.box, own, outward, text_height_px)
                cut[id(text)] = text, own
                break
    if pixels is None:
        return None
    places = {key: own.expanded(MARGIN_HEIGHTS * text_height_px) for key, (_, own) in cut.items()}
    found = read_at(replace(image, pixels=pixels), list(places.values()), 0.0)
    mended: dict[int, list[TextBox]] = {}
    for key, (text, own) in cut.items():
        new = [one for one in found if places[key].contains(*one.box.centre) and is_number_like(one)]
        # a dash on the side of the data is a tick mark, one on the other side the sign
        whole, on_left = text.text.strip(), own.left <= text.box.left + 1.0
        before = whole.rstrip(DASHES) if on_left else whole.lstrip(DASHES)
        if new and not (lost_part(new, before) or _lost_digit(new, before)):
            mended[key] = new
        elif is_number_like(text):
            mended[key] = [replace(text, box=own)]
    # boxes alone are no reason to look at the whole figure again
    told = any([one.text.strip() for one in mended[key]] != [cut[key][0].text.strip()] for key in mended)
    return [one for text in texts for one in mended.get(id(text), [text])] if told else None


def _lost_digit(new: Sequence[TextBox], before: str) -> bool:
    """Whether a label lost its last digit with the spine: one is read as a 1, as letters or as a bar."""
    after = "".join(one.text for one in new).strip()
    return bool(after) and before.startswith(after) and any(char in "023456789" for char in before[len(after) :])


def _edges_under(text: TextBox, boxes: Sequence[Box]) -> list[tuple[int, float]]:
    """The edges that run through a text beside a box, with -1 where the text stands left of it, else 1."""
    box, found = text.box, []
    for axes in boxes:
        if axes.top <= box.centre[1] <= axes.bottom:
            least_px = OUTSIDE_FRAC * box.width_px
            if box.left + least_px <= axes.left <= box.right:
                found.append((-1, axes.left))
            elif box.left <= axes.right <= box.right - least_px:
                found.append((1, axes.right))
    return found


def _own_box(pixels: ByteArray, box: Box, edge_px: float, outward: int, text_height_px: float) -> Box | None:
    """The ink of a label beyond the spine at ``edge_px`` and the tick mark that joins it; None where there is none."""
    rows, _ = box.slices(pixels.shape)
    middle, half = box.centre[1], max(ROW_HEIGHTS * text_height_px, 1.0)
    edge, length = round(edge_px), round(TICK_HEIGHTS * text_height_px)
    columns = np.arange(edge, edge + outward * (length + 1), outward)
    columns = columns[(columns >= 0) & (columns < pixels.shape[1])]
    level = slice(max(round(middle - half), 0), round(middle + half) + 1)
    ground = _ground(pixels, box, outward)
    tick = _ink(pixels[level][:, columns], ground).any(axis=0)
    free = np.flatnonzero(~tick)
    first = int(columns[free[0]]) if len(free) else edge + outward * (AIR_PX + 1)
    low, high = (round(box.left + 0.5), first) if outward < 0 else (first, round(box.right - 0.5))
    if high - low < 2:
        return None
    ys, xs = np.nonzero(_ink(pixels[rows, low : high + 1], ground))
    if not len(ys):
        return None
    return Box(
        left=low + float(xs.min()) - 0.5, right=low + float(xs.max()) + 0.5,
        top=rows.start + float(ys.min()) - 0.5, bottom=rows.start + float(ys.max()) + 0.5,
    )  # fmt: skip


def _paint(pixels: ByteArray, box: Box, own: Box, outward: int, text_height_px: float) -> None:
    """Paint over, in place, what stands between a label and the data and beyond."""
    rows = slice(max(round(box.top) - 1, 0), round(box.bottom) + 2)
    far_px = BEYOND_HEIGHTS * text_height_px
    start, stop = (own.right + AIR_PX, box.right + far_px) if outward < 0 else (box.left - far_px, own.left - AIR_PX)
    pixels[rows, max(round(start), 0) : max(round(stop), 0)] = _ground(pixels, box, outward).astype(np.uint8)


def _ground(pixels: ByteArray, box: Box, outward: int) -> FloatArray:
    """What a label stands on: the commonest colour of the half of its box that faces away from the data."""
    half = replace(box, right=box.centre[0]) if outward < 0 else replace(box, left=box.centre[0])
    return np.asarray(np.median(pixels[half.slices(pixels.shape)].reshape(-1, 3), axis=0), float)


def _ink(part: ByteArray, ground: FloatArray) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    levels = np.abs(part - ground).max(axis=2)
    return np.asarray(levels > max(INK_LEVELS, INK_FRAC * float(levels.max(initial=0.0))), bool)
