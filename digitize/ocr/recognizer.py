"""Reads crops of single lines: our own network first, the general one where a character is in doubt."""

from __future__ import annotations

from collections.abc import Sequence

from calibration.geometry import ByteArray
from digitize.ocr.chart_text import read_chart_text
from digitize.ocr.ctc import RAISED_CHARACTERS, Reading
from digitize.ocr.general_text import read_general_text

SURE_MIN = 0.8
"""A line whose every character has this probability is read once."""
NARROW_HEIGHTS = 0.8
"""An empty crop narrower than this may hold a lone 1, which looks like a tick."""


def read_crops(crops: Sequence[ByteArray]) -> list[Reading]:
    """Read upright crops of one line each, in the order given.

    Parameters
    ----------
    crops : sequence of (h, w, 3) uint8 arrays
        sRGB, a margin of about 2 px around the ink.
    """
    readings = read_chart_text(crops)
    doubtful = [index for index, crop in enumerate(crops) if _is_doubtful(readings[index], crop)]
    others = read_general_text([crops[index] for index in doubtful])
    for index, other in zip(doubtful, others, strict=True):
        readings[index] = _surer(readings[index], other)
    return readings


def _is_doubtful(reading: Reading, crop: ByteArray) -> bool:
    if not reading.text:
        return bool(crop.shape[1] < NARROW_HEIGHTS * crop.shape[0])
    return reading.weakest < SURE_MIN


def _surer(own: Reading, general: Reading) -> Reading:
    """The reading to believe; raised digits only our own network tells from others."""
    if any(character in RAISED_CHARACTERS for character in own.text) or general.confidence <= own.confidence:
        return own
    return general
