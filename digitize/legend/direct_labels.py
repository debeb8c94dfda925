"""Direct labels: names printed at the ends of their lines, in the lines' own colours, instead of a legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from calibration.geometry import Box, TextBox, enclosing_box
from digitize.legend.inks import INK_DISTANCE, commonest_colour, ink_colours, text_colour
from digitize.values import RGB, Image, Legend, LegendEntry, Panel

SMALLEST_CHROMA = 40.0
COLOUR_DISTANCE = 60.0
REACH_HEIGHTS = 2.0
"""How far left of its label a line may end."""
FIRST_PLACE_FRAC = 0.5
"""Labels begin in the right half of the axes, or right of them."""
WIDEST_MARGIN_FRAC = 0.15
FEWEST_LABELS = 2


def find_direct_labels(image: Image, texts: Sequence[TextBox], panels: Sequence[Panel]) -> tuple[Legend, ...]:
    """A legend without handles for each panel whose lines are named at their ends.

    Deliberately narrow: at least two coloured texts near the right end of the axes, each with ink of its own colour
    just left of it.

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
        found: list[tuple[TextBox, RGB]] = []
        for text in sorted(texts, key=lambda text: text.box.top):
            x, y = text.box.left, text.box.centre[1]
            first = axes.left + FIRST_PLACE_FRAC * axes.width_px
            last = axes.right + WIDEST_MARGIN_FRAC * axes.width_px
            letters = sum(char.isalpha() for char in text.text)
            if letters < 2 or not (first <= x <= last and axes.top <= y <= axes.bottom):
                continue
            colour = _colour_of_its_line(image, text, axes)
            if colour is not None:
                found.append((text, colour))
        if len({colour for _, colour in found}) >= FEWEST_LABELS:
            entries = tuple(LegendEntry(label=text.text.strip(), handle=None, colour=colour) for text, colour in found)
            around = enclosing_box(text.box for text, _ in found)
            x = min(around.right, axes.right)
            legends.append(Legend(box=replace(around, left=x, right=x), entries=entries))
    return tuple(legends)


def _colour_of_its_line(image: Image, text: TextBox, axes: Box) -> RGB | None:
    """Colour of the ink just left of a coloured text, inside the axes, where it is the text's own colour."""
    rows, cols = text.box.slices(image.pixels.shape)
    patch = image.pixels[rows, cols]
    if patch.size == 0:
        return None
    background = commonest_colour(patch)
    words = text_colour(patch, background)
    if np.ptp(words) < SMALLEST_CHROMA:
        return None
    reach = REACH_HEIGHTS * text.height_px
    y = text.box.centre[1]
    beside = Box(left=text.box.left - reach, right=text.box.left, top=y - 0.8 * text.height_px,
                 bottom=y + 0.8 * text.height_px)  # fmt: skip
    if text.box.left > axes.right + reach:
        return None
    rows, cols = beside.slices(image.pixels.shape)
    strip = image.pixels[rows, cols].reshape(-1, 3).astype(float)
    if not len(strip):
        return None
    around = commonest_colour(image.pixels[rows, cols])
    colours = ink_colours(strip, around, max(3.0, 0.3 * text.height_px), INK_DISTANCE)
    near = [colour for colour in colours if np.linalg.norm(colour - words) < COLOUR_DISTANCE]
    if not near:
        return None
    best = min(near, key=lambda colour: float(np.linalg.norm(colour - words)))
    red, green, blue = (round(float(part)) for part in best)
    return red, green, blue
