"""Reads crops with our own network, trained on drawn chart text (``digitize/ocr/training``).

It knows the two hundred characters that charts print, raised and lowered digits among them, says nothing where a marker
or a tick was cut out, and costs a tenth of a general recogniser.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from calibration.geometry import ByteArray
from digitize.ocr.contrast import STRIP_HEIGHT_PX, to_strip
from digitize.ocr.ctc import NOTHING, Reading, decode, find_numeric_classes
from digitize.ocr.models import open_model

CELL_PX = 16
"""Strips are padded to whole cells, so that few widths occur."""
BATCH_COLUMNS_PX = 2560
"""Columns of all strips of a batch together: bounds its memory."""


@cache
def _alphabet() -> tuple[str, ...]:
    """The character of every class; class 0 is the blank."""
    return ("", *open_model("chart").get_modelmeta().custom_metadata_map["characters"])


@cache
def _numeric_classes() -> NDArray[np.intp]:
    return find_numeric_classes(_alphabet())


def read_chart_text(crops: Sequence[ByteArray]) -> list[Reading]:
    """Read upright crops of one line each, in the order given; an empty reading where there is no text.

    Parameters
    ----------
    crops : sequence of (h, w, 3) uint8 arrays
        sRGB, a margin of about 2 px around the ink.
    """
    strips = [to_strip(crop) for crop in crops]
    order = sorted(range(len(strips)), key=lambda index: strips[index].shape[1])
    readings = [NOTHING] * len(strips)
    while order:
        count = 1
        while count < len(order) and (count + 1) * _padded_px(strips[order[count]]) <= BATCH_COLUMNS_PX:
            count += 1
        batch, order = order[:count], order[count:]
        for index, reading in zip(batch, _read_batch([strips[index] for index in batch]), strict=True):
            readings[index] = reading
    return readings


def _padded_px(strip: NDArray[np.float32]) -> int:
    return -(-len(strip[0]) // CELL_PX) * CELL_PX


def _read_batch(strips: list[NDArray[np.float32]]) -> list[Reading]:
    width = max(_padded_px(strip) for strip in strips)
    blob = np.zeros((len(strips), 1, STRIP_HEIGHT_PX, width), np.float32)
    for row, strip in enumerate(strips):
        blob[row, 0, :, : strip.shape[1]] = strip
    output = np.exp(open_model("chart").run(None, {"strips": blob})[0])
    return [
        decode(output[row], _alphabet(), _numeric_classes(), width / strip.shape[1]) for row, strip in enumerate(strips)
    ]
