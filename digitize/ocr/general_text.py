"""Reads crops with the PP-OCRv6 recognition network: any script, at ten times the cost of our own network."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.geometry import ByteArray
from digitize.ocr.ctc import NOTHING, Reading, decode, find_numeric_classes
from digitize.ocr.models import open_model

INPUT_HEIGHT_PX = 48
STEP_PX = 8
"""Columns of the network's input in one time step of its output."""
WIDTH_MIN_PX = 160
WIDTH_MAX_PX = 2400
BATCH_COLUMNS_PX = 2560
"""Columns of all crops of a batch together: bounds its memory."""


@cache
def _alphabet() -> tuple[str, ...]:
    """The class names: the blank, the characters in the model's metadata, the space."""
    characters = open_model("rec").get_modelmeta().custom_metadata_map["character"].splitlines()
    return ("", *characters, " ")


@cache
def _numeric_classes() -> NDArray[np.intp]:
    return find_numeric_classes(_alphabet())


def read_general_text(crops: Sequence[ByteArray]) -> list[Reading]:
    """Read upright crops of one line each, in the order given.

    Parameters
    ----------
    crops : sequence of (h, w, 3) uint8 arrays
        sRGB, a margin of about 2 px around the ink.
    """
    widths = [_input_width(crop) for crop in crops]
    order = sorted(range(len(crops)), key=lambda index: widths[index])
    readings = [NOTHING] * len(crops)
    while order:
        count = 1
        while count < len(order) and (count + 1) * widths[order[count]] <= BATCH_COLUMNS_PX:
            count += 1
        batch, order = order[:count], order[count:]
        for index, reading in zip(batch, _read_batch([crops[index] for index in batch]), strict=True):
            readings[index] = reading
    return readings


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
    return [
        decode(output[row], _alphabet(), _numeric_classes(), width / _scaled_width(crop))
        for row, crop in enumerate(crops)
    ]
