"""What gets cut out along with text, or in place of it: ticks, markers, pieces of lines. It says nothing."""

from __future__ import annotations

import random

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.geometry import ByteArray


def with_stray_mark(
    random_: random.Random, ink: NDArray[np.float32], size: float, *, before: bool
) -> NDArray[np.float32]:
    """The ink with one mark beside the letters.

    Parameters
    ----------
    ink : (h, w) float32 array
        Coverage, 0 to 255.
    size : float
        The em square, in pixels.
    before : bool
        Whether a dash may stand before the text: before a number it would be a minus sign.
    """
    letters = ink > 30
    rows, cols = np.flatnonzero(letters.any(axis=1)), np.flatnonzero(letters.any(axis=0))
    if not rows.size:
        return ink
    top, bottom, left, right = float(rows[0]), float(rows[-1]), float(cols[0]), float(cols[-1])
    middle, gap = (top + bottom) / 2, random_.uniform(0.28, 0.8) * size
    length, width = random_.uniform(0.15, 0.6) * size, max(1.0, random_.uniform(0.04, 0.12) * size)
    kind = random_.random()
    result = ink.copy()
    if kind < 0.3:
        x = random_.uniform(left, right)
        edge, far = (top - 0.5 * gap, -length) if random_.random() < 0.7 else (bottom + 0.5 * gap, length)
        _line(result, (x, edge), (x, edge + 0.5 * far), width)
    elif kind < 0.6:
        _line(result, (right + gap, middle), (right + gap + length, middle), width)
        if random_.random() < 0.3:
            x = right + gap + length
            _line(result, (x, middle - length), (x, middle + length), width)
    elif kind < 0.75:
        x = left - gap if random_.random() < 0.5 else right + gap
        _line(result, (x, top - 0.1 * size), (x, bottom + 0.1 * size), width)
    elif kind < 0.87 or not before:
        x = left - gap - length if before else right + gap + length
        _marker(random_, result, (x, middle), random_.uniform(0.15, 0.4) * size)
    else:
        _line(result, (left - gap - length, middle), (left - gap, middle), width)
    return result


def draw_marks_alone(random_: random.Random) -> ByteArray:
    """A crop without text: markers, a piece of a curve, a patch, specks."""
    high = random_.randint(8, 40)
    wide = random_.randint(high // 2, 4 * high)
    ink = np.zeros((high, wide), np.float32)
    kind = random_.random()
    if kind < 0.45:
        for _ in range(random_.randint(1, 3)):
            _marker(random_, ink, (random_.uniform(0.2, 0.8) * wide, high / 2), random_.uniform(0.2, 0.42) * high)
    elif kind < 0.8:
        points = [(x, random_.uniform(0.15, 0.85) * high) for x in np.linspace(2, wide - 3, random_.randint(2, 5))]
        for start, end in zip(points, points[1:]):
            _line(ink, start, end, random_.uniform(1, 0.25 * high))
    else:
        ink[2 : high - 2, 2 : wide - random_.randint(2, max(3, wide // 2))] = 255
    background = np.full(3, random_.uniform(200, 255))
    colour = np.array([random_.uniform(0, 200) for _ in range(3)])
    opacity = (ink / 255)[:, :, None] * random_.uniform(0.5, 1.0)
    return np.asarray(np.clip(background * (1 - opacity) + colour * opacity, 0, 255), np.uint8)


def _line(ink: NDArray[np.float32], start: tuple[float, float], end: tuple[float, float], width: float) -> None:
    a, b = ((round(x * 8), round(y * 8)) for x, y in (start, end))
    cv2.line(ink, a, b, 255.0, max(1, round(width)), cv2.LINE_AA, 3)


def _marker(random_: random.Random, ink: NDArray[np.float32], centre: tuple[float, float], radius: float) -> None:
    corners = random_.choice((3, 4, 4, 24, 24, 24))
    turn = random_.choice((0.0, np.pi / 4, np.pi / 2, -np.pi / 2))
    angles = turn + 2 * np.pi * np.arange(corners) / corners
    outline = np.array(centre) + radius * np.column_stack((np.cos(angles), np.sin(angles)))
    shape = np.round(8 * outline).astype(np.int32)
    if random_.random() < 0.65:
        cv2.fillPoly(ink, [shape], 255.0, cv2.LINE_AA, 3)
    else:
        cv2.polylines(ink, [shape], True, 255.0, max(1, round(0.25 * radius)), cv2.LINE_AA, 3)
