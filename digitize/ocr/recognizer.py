"""Reads crops of single lines with the PP-OCRv6 recognition network.

One run of the network gives two readings: the free one, and one in which only the characters of numbers may come out.
Both are greedy CTC decodings (Graves et al., ICML 2006): the best class of every time step, repeats merged, blanks
dropped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.geometry import ByteArray, FloatArray
from digitize.ocr.batches import batches_by_width
from digitize.ocr.models import open_model

INPUT_HEIGHT_PX = 48
STEP_PX = 8
"""Columns of the network's input in one time step of its output."""
WIDTH_MIN_PX = 160
WIDTH_MAX_PX = 2400
BATCH_COLUMNS_PX = 2560
"""Columns of all crops of a batch together: bounds its memory."""
NUMERIC_CHARACTERS = "0123456789+-−–.,eE%kKMGTBµ×x^⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺"
SILENT_CHARACTERS = "$€£() "
"""Allowed beside the numeric ones so that they are not bent into digits; they are dropped afterwards."""
RAISED_CHARACTERS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺"
TRAILING = re.compile(r"(?<=[\d%kKMGBT])[-−–+eE×x.,]+$")
"""What no number ends in: a tick mark or a speck read along."""
NUMERIC_SUPPORT_MIN = 0.4
"""Mean probability, over the characters read freely, that numeric characters must reach."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reading:
    """What one crop says.

    Attributes
    ----------
    text, numeric : str
        Free and number-only reading.
    confidence : float
        Mean probability of the free reading's characters; 0 where nothing was read.
    columns : (len(text),) float array
        Where in the crop each character of ``text`` was seen, as a fraction of its width.
    """

    text: str
    numeric: str
    confidence: float
    columns: FloatArray


@cache
def _alphabet() -> tuple[str, ...]:
    """The class names: the blank, the characters in the model's metadata, the space."""
    characters = open_model("rec").get_modelmeta().custom_metadata_map["character"].splitlines()
    return ("", *characters, " ")


@cache
def _numeric_classes() -> NDArray[np.intp]:
    wanted = set(NUMERIC_CHARACTERS + SILENT_CHARACTERS)
    alphabet = _alphabet()
    return np.array([0, *(index for index, name in enumerate(alphabet) if name in wanted)], np.intp)


def read_crops(crops: Sequence[ByteArray]) -> list[Reading]:
    """Read upright crops of one line each, in the order given.

    Parameters
    ----------
    crops : sequence of (h, w, 3) uint8 arrays
        sRGB, a margin of about 2 px around the ink.
    """
    widths = [_input_width(crop) for crop in crops]
    readings: list[Reading | None] = [None] * len(crops)
    for batch in batches_by_width(widths, BATCH_COLUMNS_PX):
        for index, reading in zip(batch, _read_batch([crops[index] for index in batch]), strict=True):
            readings[index] = reading
    return [reading for reading in readings if reading is not None]


def _input_width(crop: ByteArray) -> int:
    return max(WIDTH_MIN_PX, _scaled_width(crop))


def _scaled_width(crop: ByteArray) -> int:
    return int(np.clip(np.ceil(INPUT_HEIGHT_PX * crop.shape[1] / crop.shape[0]), STEP_PX, WIDTH_MAX_PX))


def _read_batch(crops: list[ByteArray]) -> list[Reading]:
    width = -(-max(_input_width(crop) for crop in crops) // STEP_PX) * STEP_PX
    # Zero, the network's mid-grey, right of each line: it learnt that as padding, a background colour reads worse.
    blob = np.zeros((len(crops), 3, INPUT_HEIGHT_PX, width), np.float32)
    for row, crop in enumerate(crops):
        wide = _scaled_width(crop)
        scaled = cv2.resize(crop, (wide, INPUT_HEIGHT_PX), interpolation=cv2.INTER_LINEAR)
        blob[row, :, :, :wide] = scaled[:, :, ::-1].transpose(2, 0, 1) / np.float32(127.5) - 1
    session = open_model("rec")
    output: NDArray[np.float32] = session.run(None, {session.get_inputs()[0].name: blob})[0]
    best = output.argmax(axis=2)
    best_probability = np.take_along_axis(output, best[:, :, None], axis=2)[:, :, 0]
    classes = _numeric_classes()
    masked = output[:, :, classes]
    steps = width / STEP_PX
    return [
        _decode(best[row], best_probability[row], masked[row], steps * STEP_PX / _scaled_width(crop), classes)
        for row, crop in enumerate(crops)
    ]


def _decode(
    best: NDArray[np.intp],
    probability: NDArray[np.float32],
    masked: NDArray[np.float32],
    width_ratio: float,
    classes: NDArray[np.intp],
) -> Reading:
    alphabet = _alphabet()
    seen = _emitted(best)
    text = "".join(alphabet[best[step]] for step in seen)
    if not text:
        return Reading(text="", numeric="", confidence=0.0, columns=np.empty(0))
    columns = (seen + 0.5) / len(best) * width_ratio
    confidence = float(np.clip(probability[seen].mean(), 0.0, 1.0))
    choice = masked.argmax(axis=1)
    numeric = "".join(alphabet[classes[choice[step]]] for step in _emitted(choice))
    numeric = "".join(character for character in numeric if character not in SILENT_CHARACTERS)
    if "^" not in numeric and numeric[-1:] not in RAISED_CHARACTERS:
        numeric = TRAILING.sub("", numeric)
    support = float(masked[seen, 1:].max(axis=1).mean())
    if support < NUMERIC_SUPPORT_MIN or not any(character.isdigit() for character in numeric):
        numeric = ""
    return Reading(text=text, numeric=numeric, confidence=confidence, columns=columns)


def _emitted(best: NDArray[np.intp]) -> NDArray[np.intp]:
    """Steps at which a CTC path says a new character."""
    changed = np.ones(len(best), bool)
    changed[1:] = best[1:] != best[:-1]
    return np.flatnonzero(changed & (best != 0))
