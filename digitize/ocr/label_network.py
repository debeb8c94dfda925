"""Reads tick labels with a network of our own: it knows the characters of axes alone, raised ones as such.

A general recogniser of 18,710 characters has seen little print of 5 px; this one has seen little else. It is a small
convolutional network with connectionist temporal classification (Graves et al., ICML 2006), trained on drawn labels by
``tests/training/train.py``, which says how. What is no part of a tick label comes out as :data:`OTHER`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.geometry import ByteArray
from digitize.ocr.batches import batches_by_width
from digitize.ocr.models import open_model

CHARACTERS = "0123456789-+.,' %°$€£¥kKMGBTmµeEx/π:()[]·⁰¹²³⁴⁵⁶⁷⁸⁹⁻?"
"""What the network tells apart, in the order of its classes, after the blank."""
OTHER = "?"
"""Stands for any run of characters that are none of these."""
ROWS = 24
"""Every crop is brought to this height."""
STEP_COLUMNS = 2
"""Columns of the input in one time step of the output."""
WIDEST_COLUMNS = 400
STRONG_FRAC = 0.05
"""The strongest pixels, by share, count as full ink."""
GROUND_LEVEL, INK_LEVELS = 48, 160.0
BATCH_COLUMNS = 4096
BEAMS, LEAST_PROBABILITY, SURELY_BLANK = 6, 0.01, 0.999
"""Readings followed at once; what a character must have to be one of them; steps that add nothing."""
RAISED = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+")
DEGREE_AS_POWER = re.compile(r"(?<=\d)\^0$"), re.compile(r"(?:.*\D)?(?:10|2|e)\^0")
""""180^0" is 180°; powers have a base."""
SAYS_A_VALUE, CUT_OFF = re.compile(r"[\dπ]"), re.compile(r"[eE^/×(\[+-]$")
_TO_LEVEL = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelReading:
    """What one crop says.

    Attributes
    ----------
    texts : tuple of str
        The likeliest first, raised runs as ``^3``, any multiplication sign as ``×``.
    probabilities : tuple of float
        How likely each is.
    """

    texts: tuple[str, ...]
    probabilities: tuple[float, ...]


def read_label_crops(crops: Sequence[ByteArray]) -> list[LabelReading]:
    """Read upright crops of one label each, in the order given.

    Parameters
    ----------
    crops : sequence of (h, w, 3) uint8 arrays
        sRGB, about 0.3 heights of its ink shown around it.
    """
    rows = [to_rows(crop) for crop in crops]
    readings: list[LabelReading | None] = [None] * len(rows)
    for batch in batches_by_width([row.shape[1] for row in rows], BATCH_COLUMNS):
        for index, reading in zip(batch, _read_batch([rows[index] for index in batch]), strict=True):
            readings[index] = reading
    return [reading for reading in readings if reading is not None]


def is_label_value(text: str) -> bool:
    """Whether a reading is a whole value in characters that the network knows."""
    known = all(character in CHARACTERS or character in "^×" for character in text)
    return known and OTHER not in text and bool(SAYS_A_VALUE.search(text)) and not CUT_OFF.search(text)


def to_rows(crop: ByteArray) -> ByteArray:
    """How much of its ink each pixel of a crop holds, brought to the height the network reads.

    Parameters
    ----------
    crop : (h, w, 3) uint8 array

    Returns
    -------
    (ROWS, W) uint8 array
        `GROUND_LEVEL` is the ground, `INK_LEVELS` above it full ink, whatever the colours of both are.
    """
    pixels = crop.astype(np.float32)
    ground = np.median(pixels.reshape(-1, 3), axis=0)
    away = pixels - ground
    size = np.sqrt((away * away).sum(axis=2))
    direction = (away * size[..., None]).sum(axis=(0, 1))
    direction /= max(float(np.sqrt((direction * direction).sum())), 1e-6)
    strength = away @ direction
    flat = np.sort(strength, axis=None)
    full = float(flat[-max(int(STRONG_FRAC * flat.size), 1) :].mean())
    wide = int(np.clip(round(crop.shape[1] * ROWS / crop.shape[0]), 2 * STEP_COLUMNS, WIDEST_COLUMNS))
    enlarges = crop.shape[0] < ROWS
    scaled = cv2.resize(
        strength / max(full, 1e-6), (wide, ROWS), interpolation=cv2.INTER_CUBIC if enlarges else cv2.INTER_AREA
    )
    rows: ByteArray = np.clip(np.round(GROUND_LEVEL + INK_LEVELS * scaled), 0, 255).astype(np.uint8)
    return rows


def _read_batch(batch: list[ByteArray]) -> list[LabelReading]:
    wide = -(-(max(rows.shape[1] for rows in batch) + 2 * STEP_COLUMNS) // STEP_COLUMNS) * STEP_COLUMNS
    blob = np.full((len(batch), 1, ROWS, wide), GROUND_LEVEL, np.uint8)
    for place, rows in enumerate(batch):
        blob[place, 0, :, : rows.shape[1]] = rows
    probability: NDArray[np.float32] = open_model("label").run(None, {"rows": blob})[0]
    return [_decode(one) for one in probability]


def _decode(probability: NDArray[np.float32]) -> LabelReading:
    """The likeliest texts, by beam search over prefixes (Hannun et al., arXiv:1408.2873)."""
    beams: dict[tuple[int, ...], list[float]] = {(): [1.0, 0.0]}  # ending in a blank, in a character
    for step in probability:
        if step[0] > SURELY_BLANK:
            beams = {prefix: [sum(both), 0.0] for prefix, both in beams.items()}
            continue
        grown: dict[tuple[int, ...], list[float]] = {}
        likely = [(int(index), float(step[index])) for index in np.flatnonzero(step > LEAST_PROBABILITY)]
        for prefix, (blank, character) in beams.items():
            for index, own in likely:
                if index == 0:
                    grown.setdefault(prefix, [0.0, 0.0])[0] += (blank + character) * own
                elif prefix and prefix[-1] == index:
                    grown.setdefault(prefix, [0.0, 0.0])[1] += character * own
                    grown.setdefault((*prefix, index), [0.0, 0.0])[1] += blank * own
                else:
                    grown.setdefault((*prefix, index), [0.0, 0.0])[1] += (blank + character) * own
        beams = dict(sorted(grown.items(), key=lambda beam: -sum(beam[1]))[:BEAMS])
    shares: dict[str, float] = {}
    for prefix, both in beams.items():
        text = _printed(prefix)
        shares[text] = shares.get(text, 0.0) + sum(both)
    order = sorted(shares, key=lambda text: -shares[text])
    return LabelReading(texts=tuple(order), probabilities=tuple(shares[text] for text in order))


def _printed(classes: tuple[int, ...]) -> str:
    text = "".join(CHARACTERS[index - 1] for index in classes)
    text = RAISED.sub(lambda run: "^" + run[0].translate(_TO_LEVEL), text).replace("x", "×").strip()
    degree, power = DEGREE_AS_POWER
    return text if power.fullmatch(text) else degree.sub("°", text)
