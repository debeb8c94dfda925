"""Pieces of gridlines that were read as characters: a grid inside ticks leaves them by the dozen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration.geometry import ByteArray, TextBox

STROKES = frozenset("1Il|!iT+tXV/\\\u4e28\u5341\u4e00\u4e8c\u3001\u30ce- ")
"""What a straight stroke, alone or crossed by another, is taken for."""
FEWEST_PIECES = 4
"""One number 1 may stand on a gridline, as labels beside a spine through the data do."""
BEYOND_HEIGHTS = 1.0
"""So far a line runs on beyond both ends of what was read."""
INK_LEVELS, ALIKE_FRAC = 25.0, 0.4


def without_line_pieces(pixels: ByteArray, texts: Sequence[TextBox]) -> list[TextBox]:
    """The texts less strokes that run on above and below their boxes, where there are several.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 array
    texts : sequence of TextBox
        As they were read.
    """
    pieces = {id(text) for text in texts if set(text.text) <= STROKES and _runs_on(pixels, text)}
    return [text for text in texts if id(text) not in pieces] if len(pieces) >= FEWEST_PIECES else list(texts)


def _runs_on(pixels: ByteArray, text: TextBox) -> bool:
    """Whether a column of a text's box is inked, as strongly, well beyond both its ends."""
    beyond_px = BEYOND_HEIGHTS * min(text.height_px, text.box.height_px)
    rows, columns = text.box.expanded(0.0, beyond_px).slices(pixels.shape)
    part = pixels[rows, columns].astype(float)
    around = pixels[text.box.expanded(beyond_px).slices(pixels.shape)]
    if not part.size:
        return False
    levels = np.abs(part - np.median(around.reshape(-1, 3), axis=0)).max(axis=2)
    whole = levels.shape[0] >= text.box.height_px + 1.5 * beyond_px  # at the edge of a picture nothing runs on
    inside = slice(round(text.box.top + 0.5) - rows.start, round(text.box.bottom + 0.5) - rows.start)
    strength = np.median(levels[inside], axis=0)
    return bool(whole and ((strength >= INK_LEVELS) & (levels.min(axis=0) >= ALIKE_FRAC * strength)).any())
