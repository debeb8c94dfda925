"""Draws a line of text as the crop that a figure would give: any font, size, colour, resizing and compression."""

from __future__ import annotations

import random
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from calibration.geometry import ByteArray
from digitize.ocr.contrast import to_strip
from digitize.ocr.training.alphabet import ALPHABET
from digitize.ocr.training.corpus import Run, draw_line, to_target
from digitize.ocr.training.stray_marks import draw_marks_alone, with_stray_mark

SIZE_MIN_PX, SIZE_MAX_PX = 6.0, 34.0
"""Of the em square; digits are about 0.72 as high."""
CANVAS_MARGIN_EM = 1.4
STRAY_SHARE, EMPTY_SHARE = 0.15, 0.04
"""Lines with a tick, a marker or an arrow beside them; crops that hold no text at all."""


def draw_example(random_: random.Random, fonts: tuple[str, ...]) -> tuple[NDArray[np.float32], str] | None:
    """A strip and the text in it; None where the font or the alphabet lacks a character or nothing came out."""
    if random_.random() < EMPTY_SHARE:
        return to_strip(draw_marks_alone(random_)), ""
    runs = draw_line(random_)
    path = random_.choice(fonts)
    characters = {character for text, _ in runs for character in text if character != " "}
    if not characters <= characters_of(path) & set(ALPHABET):
        return None
    size = float(np.exp(random_.uniform(np.log(SIZE_MIN_PX), np.log(SIZE_MAX_PX))))
    crop = draw_crop(random_, runs, path, size)
    if crop is None:
        return None
    text = " ".join(to_target(runs).split())
    return to_strip(crop), text


def draw_crop(random_: random.Random, runs: list[Run], path: str, size: float) -> ByteArray | None:
    """The crop: drawn, degraded as pictures are, cut out with the margin that lines are cut out with."""
    oversample = random_.choice((1, 1, 1, 2, 3))
    ink = _draw_ink(random_, runs, path, size * oversample)
    if oversample > 1:
        phase = random_.randrange(oversample)
        ink = ink[phase:, random_.randrange(oversample) :]
        high, wide = ink.shape[0] // oversample, ink.shape[1] // oversample
        ink = ink[: high * oversample, : wide * oversample]
        ink = ink.reshape(high, oversample, wide, oversample).mean(axis=(1, 3))
    if random_.random() < 0.12:
        ink = _turned_and_back(random_, ink)
    if random_.random() < STRAY_SHARE:
        ink = with_stray_mark(random_, ink, size, before=re.match("[A-Za-z]{2}", runs[0][0]) is not None)
    letters = ink > 0.12 * 255
    rows, cols = np.flatnonzero(letters.any(axis=1)), np.flatnonzero(letters.any(axis=0))
    if rows.size < 3 or not cols.size:
        return None
    top, left = max(int(rows[0] - size / 2), 0), max(int(cols[0] - size / 2), 0)
    ink = ink[top : int(rows[-1] + size / 2) + 1, left : int(cols[-1] + size / 2) + 1]
    box = (int(rows[0]) - top, int(rows[-1]) + 1 - top, int(cols[0]) - left, int(cols[-1]) + 1 - left)
    picture = _coloured(random_, ink)
    picture, factor = _degraded(random_, picture, size)
    return _cut_out(random_, picture, tuple(edge * factor for edge in box))


@lru_cache(maxsize=4096)
def _font(path: str, size: float) -> Any:
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


@cache
def characters_of(path: str) -> frozenset[str]:
    """The characters that a font file has."""
    from fontTools.ttLib import TTFont

    with TTFont(path, lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap() or {}))


def find_fonts(folders: list[Path]) -> tuple[str, ...]:
    """Font files below the folders that hold at least Latin letters and digits."""
    needed = set("0123456789abcxyzABCXYZ.,-")
    found = []
    for path in sorted(file for folder in folders for suffix in ("*.ttf", "*.otf") for file in folder.rglob(suffix)):
        try:
            usable = needed <= characters_of(str(path)) and ImageFont.truetype(str(path), 12) is not None
        except Exception:  # noqa: BLE001 - a font that cannot be opened is none
            continue
        if usable:
            found.append(str(path))
    return tuple(found)


def _draw_ink(random_: random.Random, runs: list[Run], path: str, size: float) -> NDArray[np.float32]:
    """Coverage, 0 to 255, of the runs on one baseline."""
    base = _font(path, round(size * 4) / 4)
    small = _font(path, max(round(size * random_.uniform(0.58, 0.78) * 4) / 4, 3.5))
    spaced = random_.uniform(-0.02, 0.08) * size if random_.random() < 0.1 else 0.0
    width = sum((small if level else base).getlength(text) + max(spaced, 0) * len(text) for text, level in runs)
    margin = CANVAS_MARGIN_EM * size
    canvas = Image.new("L", (int(width + 2 * margin) + 2, int(3.4 * size) + 2))
    draw = ImageDraw.Draw(canvas)
    x, baseline = margin + random_.random(), 2.1 * size + random_.random()
    rise, drop = random_.uniform(0.32, 0.48) * size, random_.uniform(0.1, 0.25) * size
    for text, level in runs:
        font = small if level else base
        y = baseline - (rise if level > 0 else -drop if level < 0 else 0.0)
        if spaced:
            for character in text:
                draw.text((x, y), character, 255, font=font, anchor="ls")
                x += font.getlength(character) + spaced
        else:
            draw.text((x, y), text, 255, font=font, anchor="ls")
            x += font.getlength(text) + (random_.uniform(0, 0.06) * size)
    return np.asarray(canvas, np.float32)


def _turned_and_back(random_: random.Random, ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """Text that stood at an angle in the figure and was turned upright, blurred by both turns."""
    angle = random_.choice((random_.uniform(-3, 3), 30.0, 45.0, 60.0, -45.0))
    residue = random_.gauss(0, 0.8)
    high, wide = ink.shape
    side = int(np.hypot(high, wide)) + 4
    turn = cv2.getRotationMatrix2D((wide / 2, high / 2), angle, 1.0)
    turn[:, 2] += np.array([(side - wide) / 2, (side - high) / 2])
    turned = cv2.warpAffine(ink, turn, (side, side), flags=cv2.INTER_LINEAR)
    back = cv2.getRotationMatrix2D((side / 2, side / 2), -angle + residue, 1.0)
    back[:, 2] += np.array([(wide - side) / 2, (high - side) / 2])
    return np.asarray(cv2.warpAffine(turned, back, (wide, high), flags=cv2.INTER_LINEAR), np.float32)


def _coloured(random_: random.Random, ink: NDArray[np.float32]) -> ByteArray:
    """The ink in some colour on some background; rarely a rule or a tick beside it."""
    kind = random_.random()
    if kind < 0.7:
        background, colour = np.full(3, random_.uniform(225, 255)), np.full(3, random_.uniform(0, 110))
    elif kind < 0.85:
        background = np.array([random_.uniform(0, 70) for _ in range(3)])
        colour = np.full(3, random_.uniform(150, 255))
    else:
        background = np.full(3, random_.uniform(200, 255))
        colour = np.array([random_.uniform(0, 220) for _ in range(3)])
    if np.abs(background - colour).max() < 60:
        colour = background - 120
    opacity = np.clip((ink / 255) ** random_.uniform(0.75, 1.3), 0, 1)[:, :, None]
    return np.asarray(np.clip(background * (1 - opacity) + colour * opacity, 0, 255), np.uint8)


def _degraded(random_: random.Random, picture: ByteArray, size: float) -> tuple[ByteArray, float]:
    """Resized, blurred, noisy, compressed: each sometimes. Returns the factor of resizing, too."""
    factor = 1.0
    if random_.random() < 0.35 and size > 8:
        factor = random_.uniform(max(0.45, 5.5 / size), 1.0) if random_.random() < 0.8 else random_.uniform(1.0, 1.8)
        method = random_.choice((cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC))
        wide, high = max(8, round(picture.shape[1] * factor)), max(8, round(picture.shape[0] * factor))
        picture = np.asarray(cv2.resize(picture, (wide, high), interpolation=method), np.uint8)
    if random_.random() < 0.1:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), random_.uniform(0.3, 0.9)), np.uint8)
    if random_.random() < 0.08:
        noise = np.random.default_rng(random_.getrandbits(32)).normal(0, random_.uniform(2, 12), picture.shape)
        picture = np.asarray(np.clip(picture + noise, 0, 255), np.uint8)
    if random_.random() < 0.33:
        quality = [cv2.IMWRITE_JPEG_QUALITY, random_.randint(35, 95)]
        picture = np.asarray(cv2.imdecode(cv2.imencode(".jpg", picture, quality)[1], cv2.IMREAD_COLOR), np.uint8)
    return picture, factor


def _cut_out(random_: random.Random, picture: ByteArray, box: tuple[float, ...]) -> ByteArray | None:
    """The text with a margin of about a sixth of its height; sometimes less, or more."""
    top, bottom, left, right = box
    height = bottom - top
    margins = [max(random_.choice((1, 2, 2, 2)), random_.uniform(0.05, 0.3) * height) for _ in range(4)]
    y0, y1 = max(0, round(top - margins[0])), min(picture.shape[0], round(bottom + margins[1]))
    x0, x1 = max(0, round(left - margins[2])), min(picture.shape[1], round(right + margins[3]))
    if y1 - y0 < 5 or x1 - x0 < 3:
        return None
    return picture[y0:y1, x0:x1]
