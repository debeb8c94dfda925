"""Minus signs seen as ink: a thin stroke before a number is what the reading of text loses first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.geometry import ByteArray, Side, TextBox
from digitize.panels.axis_texts import is_number_like

UPRIGHT_DEG = 15.0
REACH_HEIGHTS = 2.2
"""How far before the first digit a minus sign is looked for, and the tick mark before it."""
WIDTH_RANGE_HEIGHTS = (0.3, 1.05)
THICKNESS_HEIGHTS, THICKNESS_PX = 0.25, 2
GAP_HEIGHTS = 0.4
"""Between a minus sign and its number: tick marks keep farther off."""
LEVEL_RANGE_FRAC = (0.3, 0.85)
"""Where its middle lies, from the top of the digits (0) to their feet (1)."""
INK_FRAC = 0.4
"""Of the contrast of the digits: a stroke thinner than a pixel is paler than they are."""
SIGNS = "-+\u2212\u2013\u2014"


def with_signs(pixels: ByteArray, side: Side, labels: Sequence[TextBox]) -> list[TextBox]:
    """Labels of one side, those before which a minus sign stands unread with it.

    The strokes before labels of an axis on the right may be the tick marks of an axis without a spine: a zero has no
    sign, and signs stand before the labels on one side of zero. Where tick marks are, signs are second strokes.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 array
    side : Side
        Of the axes box.
    labels : sequence of TextBox
    """
    usual_px = float(np.median([label.height_px for label in labels])) if labels else 0.0
    strokes = [
        _strokes_before(pixels, label, max(label.height_px, usual_px)) if _is_unsigned(label) else ()
        for label in labels
    ]  # a pi is lower than the digits beside it, its sign as wide as theirs
    counts = [len(found) for found in strokes]
    able = [_may_lack_sign(label) for label in labels]
    fewest = 1
    if side == "right":
        at_zero = max((count for count, one in zip(counts, able, strict=True) if not one), default=0)
        fewest = 2 if at_zero or max(counts, default=0) > 1 else 1
        order = sorted((k for k, one in enumerate(able) if one), key=lambda k: labels[k].box.top)
        before = [counts[k] >= fewest for k in order]
        if fewest == 1 and (all(before) or sum(a != b for a, b in pairwise(before)) > 1):
            return list(labels)
    return [
        _signed(label, found[-1]) if one and len(found) >= fewest else label
        for label, found, one in zip(labels, strokes, able, strict=True)
    ]


def _signed(label: TextBox, left_px: float) -> TextBox:
    """The label with the sign that begins at ``left_px``."""
    numeric = f"-{label.numeric}" if label.numeric else ""
    text = f"\u2212{label.text.strip()}"
    return replace(label, text=text, numeric=numeric, box=replace(label.box, left=left_px))


def _is_unsigned(label: TextBox) -> bool:
    """Whether it is a number, upright and without a sign."""
    return abs(label.angle_deg) < UPRIGHT_DEG and is_number_like(label) and label.text.strip()[:1] not in SIGNS


def _may_lack_sign(label: TextBox) -> bool:
    """Whether it is such a number, and other than zero."""
    return _is_unsigned(label) and any(char in "123456789\u03c0" for char in label.text)


def _strokes_before(pixels: ByteArray, label: TextBox, height_px: float) -> tuple[float, ...]:
    """Where level strokes of the size of a minus sign begin before a label, the nearest, last, as a sign would."""
    box = label.box
    digits = pixels[box.slices(pixels.shape)]
    top, bottom = round(box.top + 0.5), round(box.bottom + 0.5)
    left, right = max(round(box.left - REACH_HEIGHTS * height_px), 0), round(box.left + 0.5)
    before = pixels[max(top, 0) : bottom, left:right]
    if not digits.size or min(before.shape[:2], default=0) < 3:
        return ()
    ground = np.median(before.reshape(-1, 3), axis=0)
    contrast = float(np.percentile(np.abs(digits - ground).max(axis=2), 90))
    ink = (np.abs(before - ground).max(axis=2) > INK_FRAC * contrast).astype(np.uint8)
    pieces = cv2.connectedComponentsWithStats(ink, connectivity=8)[2][1:]
    ends = pieces[:, 0] + pieces[:, 2]
    level = [_is_level_stroke(piece, ink.shape[0], height_px) for piece in pieces]
    if not len(pieces) or not all(level):
        return ()
    nearest = int(ends.argmax())
    gap, wide = ink.shape[1] - ends[nearest], pieces[nearest, 2]
    fits = WIDTH_RANGE_HEIGHTS[0] * height_px <= wide <= WIDTH_RANGE_HEIGHTS[1] * height_px
    if pieces[nearest, 0] == 0 or not fits or not 0 < gap <= GAP_HEIGHTS * height_px:
        return ()
    return tuple(float(left + start - 0.5) for start in np.sort(pieces[:, 0]))


def _is_level_stroke(piece: NDArray[np.int32], rows: int, height_px: float) -> bool:
    """Whether a piece of ink, given as left, top, width, height, is a thin level stroke half-way up the digits."""
    wide, high = int(piece[2]), int(piece[3])
    middle = (int(piece[1]) + high / 2) / rows
    thin = high <= max(THICKNESS_HEIGHTS * height_px, THICKNESS_PX) and wide >= 1.5 * high
    return thin and LEVEL_RANGE_FRAC[0] <= middle <= LEVEL_RANGE_FRAC[1]
