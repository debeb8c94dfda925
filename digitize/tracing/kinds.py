"""Is this colour drawn as a line at all? Bars, areas and point clouds are told apart and refused."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np

from calibration.geometry import BoolArray

FILL_FRAC = 0.035
"""A square of this share of the panel's smaller side fits inside bars and areas, not inside strokes."""
FILL_LEAST_PX = 9
FILLED_SHARE = 0.5
BLOB_LEAST_PX = 3
BLOB_MOST_FRAC = 0.06
BLOB_COUNT = 6
BLOB_SHARE = 0.75

UPRIGHT_SHARE = 0.85
UPRIGHT_COLUMNS_FRAC = 0.02
UPRIGHT_ROWS_FRAC = 0.3
RAGGED_PX = 0.75
"""The edges of noise leap by more than this from column to column, in the median ..."""
RAGGED_SHARE = 0.2
"""... or by more than ``RAGGED_PX`` in this share of the columns, on both edges."""
THICKNESS_RATIO = 5.0
UNBROKEN_FRAC = 0.6
LEAST_COLUMNS = 24

InkKind = Literal["stroke", "filled", "blobs", "upright", "nothing"]


def fill_side_px(shape: tuple[int, ...]) -> int:
    """Side of a square that fits inside bars and areas of a panel of this shape, not inside strokes."""
    return max(int(FILL_FRAC * min(shape)), FILL_LEAST_PX)


def classify_ink(own: BoolArray) -> InkKind:
    """How a colour's ink is spread.

    Returns
    -------
    {"stroke", "filled", "blobs", "upright", "nothing"}
        ``filled``: most of it lies in solid regions far thicker than a stroke (bars, areas); not those of dense noise.
        ``upright``: nearly all of it lies in a few neighbouring columns (a vertical reference line).
        ``blobs``: most of it lies in many small separate spots of one size (points without a line).
    """
    total = int(own.sum())
    if total < 12:
        return "nothing"
    columns = own.sum(axis=0)
    widest = max(int(UPRIGHT_COLUMNS_FRAC * own.shape[1]), 4)
    centre = int(np.argmax(columns))
    near = columns[max(centre - widest, 0) : centre + widest + 1].sum()
    if near > UPRIGHT_SHARE * total and np.ptp(np.flatnonzero(own.any(axis=1))) > UPRIGHT_ROWS_FRAC * own.shape[0]:
        return "upright"
    if is_filled(own):
        return "stroke" if is_ribbon(own) else "filled"
    count, _, stats, _ = cv2.connectedComponentsWithStats(own.astype(np.uint8), connectivity=8)
    if count - 1 < BLOB_COUNT:
        return "stroke"
    width, height = stats[1:, cv2.CC_STAT_WIDTH], stats[1:, cv2.CC_STAT_HEIGHT]
    area = stats[1:, cv2.CC_STAT_AREA]
    most = max(BLOB_MOST_FRAC * min(own.shape), 10)
    aspect = np.maximum(width, height) / np.maximum(np.minimum(width, height), 1)
    small = (np.maximum(width, height) <= most) & (np.minimum(width, height) >= BLOB_LEAST_PX) & (aspect < 1.8)
    if small.sum() < BLOB_COUNT or area[small].sum() < BLOB_SHARE * total:
        return "stroke"
    return "blobs"


def is_filled(own: BoolArray) -> bool:
    """Whether most of the ink lies in solid regions far thicker than a stroke."""
    side = fill_side_px(own.shape)
    solid = cv2.morphologyEx(own.astype(np.uint8), cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    return bool(solid.sum() > FILLED_SHARE * int(own.sum()))


def is_ribbon(own: BoolArray) -> bool:
    """Whether solid ink is a ribbon of about one thickness with two ragged edges, as dense noise is.

    Areas and bars have at least one smooth edge; clouds of points thin out towards their ends, markers leave gaps.
    """
    columns = np.flatnonzero(own.any(axis=0))
    if len(columns) < UNBROKEN_FRAC * (columns[-1] - columns[0] + 1):
        return False
    low, high = np.percentile(own.sum(axis=0)[columns], [10.0, 90.0])
    return bool(high <= THICKNESS_RATIO * low and has_ragged_edges(own))


def has_ragged_edges(own: BoolArray) -> bool:
    """Whether solid ink has two ragged edges: noise, or a cloud of points."""
    columns = np.flatnonzero(own.any(axis=0))
    if len(columns) < LEAST_COLUMNS:
        return False
    top = own.argmax(axis=0)[columns].astype(float)
    bottom = (own.shape[0] - 1 - own[::-1].argmax(axis=0))[columns].astype(float)
    # a ramp and a curve have no second difference, a step has it in one column of many
    leaps = [np.abs(np.diff(edge, 2)) / 2.0 > RAGGED_PX for edge in (top, bottom)]
    return min(float(np.mean(leap)) for leap in leaps) > RAGGED_SHARE
