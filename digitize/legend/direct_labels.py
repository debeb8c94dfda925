"""Direct labels: names printed beside their lines or at their ends, instead of a legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from calibration.geometry import Box, FloatArray, TextBox, enclosing_box
from digitize.legend.inks import INK_DISTANCE, commonest_colour, ink_colours, strengths, text_colour
from digitize.values import RGB, Image, Legend, LegendEntry, Panel

SMALLEST_CHROMA = 40.0
COLOUR_DISTANCE = 60.0
REACH_HEIGHTS = 2.0
"""How far left of its label a line may end."""
RING_HEIGHTS = 1.6
"""How far above or below its line a coloured label may stand."""
WIDEST_MARGIN_FRAC = 0.2
"""Labels stand in the axes or this far right of them, in widths of the axes."""
FEWEST_LABELS = 2
FIRST_PLACE_FRAC = 0.5
"""Labels in the colour of the text stand in the right half, or right of the axes."""
INK_HEIGHTS = 0.3
"""Pixels of ink, in text heights, that make a line beside a label."""
STRENGTH = 0.6
ENDS_SHARE = 0.1
"""Share of the columns right of a label in which its line may still show: other lines' edges."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Label:
    text: TextBox
    colour: RGB
    coloured: bool
    at_end: bool


def find_direct_labels(image: Image, texts: Sequence[TextBox], panels: Sequence[Panel]) -> tuple[Legend, ...]:
    """A legend without handles for each panel whose lines are named where they run.

    A text in the colour of the ink around it names that ink, one in the figure's own colour only where the one
    coloured line to its left ends there. Two labels of different colours are asked for, or one coloured one at its
    line's end.

    Parameters
    ----------
    image : Image
    texts : sequence of TextBox
        Texts that belong to no other legend.
    panels : sequence of Panel
        Panels without a legend in their axes.

    Returns
    -------
    tuple of Legend
        Entries with ``handle=None`` and the colour of the line, from top to bottom. The box has no width: the labels
        stand among the lines and cover nothing but themselves.
    """
    legends = []
    for panel in panels:
        axes = panel.axes
        found: list[_Label] = []
        for text in sorted(texts, key=lambda text: text.box.top):
            x, y = text.box.left, text.box.centre[1]
            last = axes.right + WIDEST_MARGIN_FRAC * axes.width_px
            if not (axes.left <= x <= last and axes.top <= y <= axes.bottom):
                continue
            label = _read_label(image, text, axes)
            if label is not None:
                found.append(label)
        found = _consistent(found)
        if len(found) >= FEWEST_LABELS or any(one.coloured and one.at_end for one in found):
            entries = tuple(
                LegendEntry(label=one.text.text.strip(), handle=None, colour=one.colour) for one in found
            )
            around = enclosing_box(one.text.box for one in found)
            x = min(around.right, axes.right)
            legends.append(Legend(box=replace(around, left=x, right=x), entries=entries))
    return tuple(legends)


def _consistent(found: list[_Label]) -> list[_Label]:
    """One label a colour: of several the one at the line's end, and none where that leaves a choice.

    Remarks in a line's colour, too, stand beside it.
    """
    kept = []
    for one in found:
        rivals = [other for other in found if other is not one and _is_near(one.colour, other.colour)]
        if not rivals or (one.at_end and not any(other.at_end for other in rivals)):
            kept.append(one)
    return kept


def _is_near(one: RGB, other: RGB) -> bool:
    return float(np.linalg.norm(np.array(one, float) - np.array(other, float))) < COLOUR_DISTANCE / 2


def _read_label(image: Image, text: TextBox, axes: Box) -> _Label | None:
    """A text with the colour of the line that it names; None for another text."""
    rows, cols = text.box.slices(image.pixels.shape)
    patch = image.pixels[rows, cols]
    letters = sum(char.isalpha() for char in text.text)
    if patch.size == 0 or not letters:
        return None
    words = text_colour(patch, commonest_colour(patch))
    height = text.height_px
    y = text.box.centre[1]
    beside = Box(left=text.box.left - REACH_HEIGHTS * height, right=text.box.left,
                 top=y - 0.8 * height, bottom=y + 0.8 * height)  # fmt: skip
    if np.ptp(words) >= SMALLEST_CHROMA:
        colour = _nearest(_inks(image, beside, axes, height), words)
        if colour is None:
            ring = text.box.expanded(RING_HEIGHTS * height)
            colour = _nearest(_inks(image, ring, axes, height, without=text.box), words)
        if colour is None:
            return None
        return _Label(text=text, colour=_to_rgb(colour), coloured=True, at_end=_ends(image, text, axes, colour))
    if letters < 2 or text.box.left < axes.left + FIRST_PLACE_FRAC * axes.width_px:
        return None
    inks = [one for one in _inks(image, beside, axes, height) if np.ptp(one) >= SMALLEST_CHROMA]
    if len(inks) != 1 or not _ends(image, text, axes, inks[0]):
        return None
    return _Label(text=text, colour=_to_rgb(inks[0]), coloured=False, at_end=True)


def _inks(image: Image, box: Box, axes: Box, height_px: float, without: Box | None = None) -> list[FloatArray]:
    """The colours of the ink in a box, as far as it lies in the axes."""
    left, top = max(box.left, axes.left + 2), max(box.top, axes.top + 2)
    right, bottom = min(box.right, axes.right - 2), min(box.bottom, axes.bottom - 2)
    if right <= left or bottom <= top:
        return []
    inner = Box(left=left, top=top, right=right, bottom=bottom)
    rows, cols = inner.slices(image.pixels.shape)
    pixels = image.pixels[rows, cols]
    if not pixels.size:
        return []
    around = commonest_colour(pixels)
    keep = np.ones(pixels.shape[:2], bool)
    if without is not None:
        shifted = without.expanded(1.0)
        top, left = int(max(shifted.top - rows.start, 0)), int(max(shifted.left - cols.start, 0))
        keep[top : int(max(shifted.bottom - rows.start, 0)) + 1, left : int(max(shifted.right - cols.start, 0)) + 1] = 0
    strip = pixels[keep].astype(float)
    return ink_colours(strip, around, max(3.0, INK_HEIGHTS * height_px), INK_DISTANCE) if len(strip) else []


def _nearest(colours: Sequence[FloatArray], words: FloatArray) -> FloatArray | None:
    near = [colour for colour in colours if np.linalg.norm(colour - words) < COLOUR_DISTANCE]
    return min(near, key=lambda colour: float(np.linalg.norm(colour - words))) if near else None


def _ends(image: Image, text: TextBox, axes: Box, colour: FloatArray) -> bool:
    """Whether nothing of a colour is drawn right of a label's beginning: its line ends there."""
    left = text.box.left + 0.5 * text.height_px
    if left >= axes.right - 2 or axes.height_px <= 4:
        return True
    right = Box(left=left, top=axes.top + 2, right=axes.right - 2, bottom=axes.bottom - 2)
    rows, cols = right.slices(image.pixels.shape)
    pixels = image.pixels[rows, cols].astype(float)
    around = commonest_colour(image.pixels[rows, cols])
    strong = strengths((pixels - around).reshape(-1, 3), colour - around).reshape(pixels.shape[:2]) > STRENGTH
    own = text.box.expanded(2.0)
    top, first = int(max(own.top - rows.start, 0)), int(max(own.left - cols.start, 0))
    strong[top : int(own.bottom - rows.start) + 2, first : int(max(own.right - cols.start, 0)) + 2] = False
    return bool(strong.any(axis=0).mean() < ENDS_SHARE)


def _to_rgb(colour: FloatArray) -> RGB:
    red, green, blue = (round(float(part)) for part in colour)
    return red, green, blue
