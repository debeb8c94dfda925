"""Where the middle of a line of type lies that stands upright beside its tick: tails and low letters do not move it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration.geometry import TextBox

TAILED = set("gjpqy\u00b5,;/()[]")
HIGH = set("0123456789bdfhijkl%\u00b0").union(map(chr, range(ord("A"), ord("Z") + 1)))
LOW = set("acemnorsuvwxz\u03c0")
SLIGHT_TAIL = set(",;/()[]")
"""Their tails are shorter than those of letters."""
TAIL_FRAC, SLIGHT_TAIL_FRAC, LOW_FRAC = 0.25, 0.15, 0.72
"""Of the height of high letters: what tails hang below the line, and how high low letters are."""


def ascent_px(labels: Sequence[TextBox]) -> float:
    """Height of high letters and digits above the line; 0 without labels.

    Of labels without tails where there are any among them.
    """
    plain, others = [], []
    for label in labels:
        letters = set(label.text)
        tail = _tail_frac(letters)
        if letters & HIGH and not tail:
            plain.append(label.box.height_px)
        elif letters & (HIGH | LOW):
            others.append(label.box.height_px / ((1.0 if letters & HIGH else LOW_FRAC) + tail))
    return float(np.median(plain or others or [0.0]))


def type_range_px(label: TextBox, high_px: float) -> tuple[float, float]:
    """Top and bottom of a level label as if it were one of digits, which is what renderers centre on the tick.

    Matplotlib (``va="center_baseline"``) centres half the height of an ``l`` whatever the text is.
    """
    letters, box = set(label.text), label.box
    tail = _tail_frac(letters)
    if letters & HIGH:
        return (box.top, box.top + high_px) if tail and box.height_px > high_px else (box.top, box.bottom)
    if not letters & LOW:
        return box.top, box.bottom
    line_px = box.bottom - tail * high_px
    return line_px - high_px, line_px


def _tail_frac(letters: set[str]) -> float:
    if not letters & TAILED:
        return 0.0
    return SLIGHT_TAIL_FRAC if letters & TAILED <= SLIGHT_TAIL else TAIL_FRAC
