"""Puts a reading and the ink it came from together: spaces the network dropped, labels it ran together.

The network says for each character at which column it saw it; the ink says where the gaps are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from calibration.geometry import BoolArray, FloatArray
from digitize.ocr.ink import find_runs, is_flat

NUMBER_GAP_HEIGHTS = 0.45
"""Gap between two numbers of one line from which they are two labels; a thousands space is about 0.3."""
DENSE_WORDS_MIN = 3
DENSE_GAP_HEIGHTS = 0.25
SPACE_GAP_HEIGHTS = 0.3
SPACE_TO_LETTER_GAPS = 2.2
CLOSING = ".,:;%)]"
"""No space stands before these."""
HANDLE_TEXT = re.compile(r"[-−–—_=~·.…\s]+(?=[A-Za-z])")
"""Dashes before a word: what is left of a legend handle."""
NUMBER = re.compile(r"[-−–+]?[$€£]?\d[\d.,:/]*(?:[eE][-−+]?\d+)?\s?[%kKMGBT]?")


def find_gaps(ink: BoolArray) -> FloatArray:
    """Empty stretches between inked columns: (N, 2) start and end columns, end exclusive."""
    runs = find_runs(ink.any(axis=0), 0.0)
    return np.array([(a[1], b[0]) for a, b in zip(runs[:-1], runs[1:], strict=True)], float).reshape(-1, 2)


def split_numbers(text: str, columns: FloatArray, ink: BoolArray, height_px: float) -> list[tuple[str, int, int]]:
    """Parts of a line that are labels of their own: numbers side by side with clear gaps between them.

    Parameters
    ----------
    text : str
    columns : (len(text),) float array
        Where each character was seen, as a fraction of the crop's width.
    ink : (h, w) bool array
        Ink of the letters in the crop.
    height_px : float
        Height of the line.

    Returns
    -------
    list of (text, start, stop)
        With the crop columns of each part; the whole line where it is not a run of numbers.
    """
    runs = find_runs(ink.any(axis=0), _label_gap_px(text, ink, height_px))
    whole = [(text, runs[0][0], runs[-1][1])] if runs else []
    if len(runs) < 2:
        return whole
    middles = np.array([(a[1] + b[0]) / 2 for a, b in zip(runs[:-1], runs[1:], strict=True)])
    owner = np.searchsorted(middles, columns * ink.shape[1])
    words = [
        "".join(character for character, part in zip(text, owner, strict=True) if part == index).strip()
        for index in range(len(runs))
    ]
    if not all(NUMBER.fullmatch(word) for word in words):
        words = text.split()
        # The network's columns wander by a character at times; its own spaces, one for each gap, are as good.
        if len(words) != len(runs) or not all(NUMBER.fullmatch(word) for word in words):
            return whole
    if any(word[-1] in ".,:" for word in words[:-1]):
        return whole  # no label ends in a point: typewriter type sets what follows it far off
    return [(word, start, stop) for word, (start, stop) in zip(words, runs, strict=True)]


def _label_gap_px(text: str, ink: BoolArray, height_px: float) -> float:
    """Gap that parts labels: the usual one, or the one that parts as many as the network wrote, where they stand close.

    Dense labels stand nearer than the usual gap; but then their gaps are still the widest of the line.
    """
    usual, words = NUMBER_GAP_HEIGHTS * height_px, text.split()
    grouped = all(re.fullmatch(r"\d{3}", word) for word in words[1:])
    if len(words) < DENSE_WORDS_MIN or grouped or not all(NUMBER.fullmatch(word) for word in words):
        return usual
    gaps = find_gaps(ink)
    widths = np.sort(gaps[:, 1] - gaps[:, 0])[::-1]
    if len(widths) < len(words) - 1 or widths[len(words) - 2] < DENSE_GAP_HEIGHTS * height_px:
        return usual
    within = widths[len(words) - 1] if len(widths) >= len(words) else 0.0
    return float(within) if within < widths[len(words) - 2] else usual


def restore_spaces(text: str, columns: FloatArray, ink: BoolArray, height_px: float) -> str:
    """The text with a space at every gap as wide as one where the network wrote none.

    Parameters
    ----------
    text, columns, ink, height_px
        As in `split_numbers`.
    """
    gaps = find_gaps(ink)
    if not len(gaps) or len(text) < 2:
        return text
    widths = gaps[:, 1] - gaps[:, 0]
    letters = widths[widths < SPACE_GAP_HEIGHTS * height_px]
    usual = float(np.median(letters)) if letters.size else 0.0
    wide = gaps[widths >= max(SPACE_GAP_HEIGHTS * height_px, SPACE_TO_LETTER_GAPS * usual, 2.0)]
    return _with_spaces(text, columns * ink.shape[1], wide.mean(axis=1)) if len(wide) else text


def _with_spaces(text: str, columns: FloatArray, wanted: Sequence[float] | FloatArray) -> str:
    cuts = {int(np.searchsorted(columns, at)) for at in wanted}
    parts: list[str] = []
    for index, character in enumerate(text):
        near = text[max(index - 1, 0) : index + 1]
        # Between digits a wide gap is the side of a 1, not a space.
        if index in cuts and index > 0 and " " not in near and not near.isdigit() and character not in CLOSING:
            parts.append(" ")
        parts.append(character)
    return "".join(parts)


def without_handle_text(text: str, ink: BoolArray, height_px: float) -> tuple[str, int]:
    """The text without dashes read off a legend handle, and the column of ink at which it begins.

    Parameters
    ----------
    text, ink, height_px
        As in `split_numbers`.
    """
    runs = find_runs(ink.any(axis=0), 0.0)
    match = HANDLE_TEXT.match(text)
    if match is None or len(runs) < 2:
        return text, runs[0][0] if runs else 0
    flat = [is_flat(ink[:, start:stop], height_px) for start, stop in runs]
    first = flat.index(False) if False in flat else 0
    return (text[match.end() :], runs[first][0]) if first else (text, runs[0][0])
