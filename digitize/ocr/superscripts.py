"""Finds raised exponents by geometry: recognition flattens every second 10^3 to 103."""

from __future__ import annotations

import re

import cv2
import numpy as np

from calibration.geometry import BoolArray, ByteArray

WORK_HEIGHT_PX = 64
STRENGTHS_FRAC = (0.35, 0.5, 0.65)
SPECK_MIN_PX = 8
RAISED_HEIGHTS = 0.22
"""How far above the baseline the bottoms of an exponent lie at least, in digit heights."""
EXPONENT_HEIGHT_MIN, EXPONENT_HEIGHT_MAX = 0.35, 0.9
TOP_BELOW_HEIGHTS = 0.25
BASE = re.compile(r"(?:[-−–+]?[\d.,]+\s*[×xX*·.]\s*|[×xX*·]\s*|[-−–+]\s*)?(?:10|2|e)")
EXPONENT = re.compile(r"[-−–+]?\d{1,3}(?:[.,]\d+)?")
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_CONFUSED = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1", "|": "1", "—": "-", "–": "-", "−": "-", "_": "-"})


def find_exponent(crop: ByteArray, ink: BoolArray) -> tuple[int, int, int] | None:
    """The column at which a raised trailing group begins, and its rows.

    Parameters
    ----------
    crop : (h, w, 3) uint8 array
        One line, turned upright, on a flat background.
    ink : (h, w) bool array
        Ink of its letters, generously.

    Returns
    -------
    (column, top, bottom) or None
        End exclusive; None where the line ends on its baseline.
    """
    if not ink.any() or ink.all():
        return None
    background = np.median(crop[~ink], axis=0)
    strength = np.abs(crop - background).max(axis=2) * ink
    # Enlarged, and at half the contrast, digits that touch at the low ink threshold come apart.
    factor = max(1.0, WORK_HEIGHT_PX / crop.shape[0])
    large = cv2.resize(strength.astype(np.float32), None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    for threshold in STRENGTHS_FRAC:
        found = _raised_group(large > threshold * float(np.percentile(strength[ink], 95)))
        if found is not None:
            column, top, bottom = found
            return int(column / factor), int(top / factor), min(int(np.ceil(bottom / factor)), crop.shape[0])
    return None


def _raised_group(ink: BoolArray) -> tuple[int, int, int] | None:
    count, _, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    stats = stats[(np.arange(count) == 0) | (stats[:, 4] >= SPECK_MIN_PX)]
    count = len(stats)
    if count < 3:
        return None
    stats = stats[1:][np.argsort(stats[1:, 0])]
    left, top, high = stats[:, 0], stats[:, 1], stats[:, 3]
    right, bottom = left + stats[:, 2], top + high
    first = high > 0.5 * high.max()
    if not first.any():
        return None
    base = int(np.flatnonzero(first)[0])
    digit, baseline = float(high[base]), float(bottom[base])
    raised = bottom <= baseline - RAISED_HEIGHTS * digit
    start = len(stats)
    while start > 0 and raised[start - 1]:
        start -= 1
    if start == len(stats) or start <= base:
        return None
    group = slice(start, None)
    tallest = float(high[group].max())
    if not EXPONENT_HEIGHT_MIN * digit <= tallest <= EXPONENT_HEIGHT_MAX * digit:
        return None
    overlap = right[:start].max() - left[group].min()
    if top[group].min() > top[base] + TOP_BELOW_HEIGHTS * digit or overlap > 0.2 * digit:
        return None
    # Half-way through the gap: soft edges of both sides stay whole.
    column = min((right[:start].max() + left[group].min()) // 2, left[group].min())
    return int(column), int(top[group].min()), int(bottom[group].max())


def to_power(base: str, exponent: str) -> str | None:
    """``10`` and ``-3`` as ``10^-3``; None where the two are not a power."""
    base = base.strip().replace(" ", "").translate({ord("O"): "0", ord("o"): "0", ord("l"): "1", ord("I"): "1"})
    exponent = exponent.replace(" ", "").translate(_RAISED).translate(_CONFUSED)
    return f"{base}^{exponent}" if BASE.fullmatch(base) and EXPONENT.fullmatch(exponent) else None


def flatten_raised(text: str) -> str:
    """Superscript characters as a caret form: ``10⁻³`` is ``10^-3``."""
    mixed = re.fullmatch(r"(.*10)([⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺][-⁰¹²³⁴⁵⁶⁷⁸⁹0-9.]*)", text)
    if mixed is not None and mixed.group(2) not in "⁻⁺":
        return f"{mixed.group(1)}^{mixed.group(2).translate(_RAISED)}".replace("--", "-")
    return text
