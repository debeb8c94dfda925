"""Tick labels measured again in the picture: boxes of texts are tight to about a pixel, their ink to a part of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from calibration.geometry import Box, ByteArray, FloatArray, TextBox

REACH_PX = 2
"""How far from the edges of its box the ink of a label may end."""
INK_LEVELS = 25.0
FULL_FRAC, FAINT_FRAC, SOFT_PX = 0.6, 0.12, 2
"""A pixel inked by so much lies within a stroke; so little is no ink; edges are at most so many pixels wide."""
STRONG_PERCENTILE = 97.0


def measured_labels(pixels: ByteArray, labels: Sequence[TextBox]) -> list[TextBox]:
    """Labels with boxes whose edges lie where their ink begins; where other ink touches them, as they were.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 array
    labels : sequence of TextBox
    """
    return [_measured(pixels, label) for label in labels]


def _measured(pixels: ByteArray, label: TextBox) -> TextBox:
    box = label.box
    rows, cols = box.expanded(REACH_PX + 1).slices(pixels.shape)
    part = pixels[rows, cols].astype(float)
    if min(part.shape[:2]) < 2 * REACH_PX + 3:
        return label
    border = np.concatenate([part[0], part[-1], part[:, 0], part[:, -1]])
    levels = np.abs(part - np.median(border, axis=0)).max(axis=2)
    strong = float(np.percentile(levels, STRONG_PERCENTILE))
    if strong < INK_LEVELS:
        return label
    ink = np.minimum(levels / strong, 1.0)
    # what lies beyond the box across the direction measured belongs to others
    inner_rows = slice(max(round(box.top + 0.5) - rows.start, 0), max(round(box.bottom + 0.5) - rows.start, 1))
    inner_cols = slice(max(round(box.left + 0.5) - cols.start, 0), max(round(box.right + 0.5) - cols.start, 1))
    across, down = ink[inner_rows].max(axis=0), ink[:, inner_cols].max(axis=1)
    left, right = _first(across, box.left - cols.start), _first(across[::-1], cols.stop - 1 - box.right)
    top, bottom = _first(down, box.top - rows.start), _first(down[::-1], rows.stop - 1 - box.bottom)
    measured = Box(
        left=cols.start + left,
        right=cols.stop - 1 - right,
        top=rows.start + top,
        bottom=rows.stop - 1 - bottom,
    )
    return replace(label, box=measured)


def _first(profile: FloatArray, edge_px: float) -> float:
    """Where the ink of a profile begins near ``edge_px``: partly inked pixels count as far as they are inked."""
    low = max(int(np.floor(edge_px - REACH_PX)), SOFT_PX)
    near = profile[low : int(np.ceil(edge_px + REACH_PX)) + 1]
    full = np.flatnonzero(near >= FULL_FRAC)
    if not len(full) or (full[0] == 0 and profile[low - 1] >= FULL_FRAC):
        return edge_px
    at = low + int(full[0])
    partly = profile[at - SOFT_PX : at + 1]
    return float(at + 0.5 - partly[partly > FAINT_FRAC].sum())
