"""The connected pieces of one colour that may make up a legend handle: dashes, strokes, markers, not letters."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.geometry import BoolArray, ByteArray, FloatArray
from digitize.legend.inks import STRONGER_FRAC

SHORTEST_STROKE_HEIGHTS = 0.45
THICKEST_STROKE_HEIGHTS = 0.34
DASH_GAP_HEIGHTS = 1.0
MARKER_GAP_HEIGHTS = 0.2
OFF_CENTRE_HEIGHTS = 0.42
STUB_ASPECT = 1.5
"""A marker that holds a dash on one side is this many times as wide as high."""
LEAST_PIECE_PX = 2
LARGEST_DOT_PX, DOT_ROW_PX, FEWEST_DOTS = 4, 0.6, 5
"""Dots of a dotted stroke in a small picture are single pixels; fewer specks on one row are dirt."""


def free_pieces(
    mask: ByteArray, centre_row: float, height_px: float
) -> tuple[NDArray[np.int32], FloatArray, list[int]] | None:
    """Components near the middle row that end inside the window; long ones that do not are cut to their stroke."""
    rows_count, cols_count = mask.shape
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if count < 2:
        return None
    touching = (stats[:, 1] <= 0) | (stats[:, 1] + stats[:, 3] >= rows_count)
    touching[0] = False
    if touching.any():
        # Error bars and frames cross the window: only their level strokes can be part of a handle.
        kernel = np.ones((1, max(int(SHORTEST_STROKE_HEIGHTS * height_px), 3)), np.uint8)
        crossing = touching[labels]
        level = cv2.morphologyEx(np.where(crossing, mask, 0).astype(np.uint8), cv2.MORPH_OPEN, kernel)
        mask = np.where(crossing, level, mask).astype(np.uint8)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    left, top, width, height = (stats[:, column] for column in range(4))
    middle = top + height / 2 - 0.5
    good = (
        (left > 0)
        & (left + width < cols_count)
        & (top > 0)
        & (top + height < rows_count)
        & (np.abs(middle - centre_row) <= max(OFF_CENTRE_HEIGHTS * height_px, 1.5))
    )
    good[0] = False
    good &= (stats[:, 4] >= LEAST_PIECE_PX) | _in_dotted_row(good, stats[:, 4].astype(float), middle)
    indices = [int(index) for index in np.flatnonzero(good)]
    return (np.asarray(labels, np.int32), np.asarray(stats, float), indices) if indices else None


def _in_dotted_row(good: BoolArray, area_px: FloatArray, middle: FloatArray) -> BoolArray:
    """Which specks are dots of a dotted stroke: small pieces on one row, as many as chance does not put there."""
    dots = good & (area_px <= LARGEST_DOT_PX)
    level = (np.abs(middle[:, None] - middle[None, :]) <= DOT_ROW_PX) & dots[None, :]
    return np.asarray(dots & (level.sum(axis=1) >= FEWEST_DOTS), bool)


def group_pieces(stats: FloatArray, height_px: float) -> list[list[int]]:
    """Indices of components that follow each other along one row: dashes, and a marker in their middle."""
    flat = stats[:, 3] <= max(THICKEST_STROKE_HEIGHTS * height_px, 2.0)
    groups: list[list[int]] = []
    for index in (int(one) for one in np.argsort(stats[:, 0])):
        left, top, _, height = stats[index, :4]
        for group in groups:
            last = stats[group[-1]]
            right = last[0] + last[2]
            level = abs((last[1] + last[3] / 2) - (top + height / 2)) <= max(0.12 * height_px, 1.0)
            # Letters are tall and neighbours of each other; a marker is tall between two flat pieces.
            either = flat[index] or flat[group[-1]]
            alike = not (flat[index] and flat[group[-1]]) or abs(last[3] - height) <= 1.5 + 0.3 * height
            gap = DASH_GAP_HEIGHTS if flat[index] and flat[group[-1]] else MARKER_GAP_HEIGHTS
            if level and either and alike and left - right <= max(gap * height_px, 3.0):
                group.append(index)
                break
        else:
            groups.append([index])
    return [part for group in groups for part in _cut_at_letters(group, stats, flat)]


def _cut_at_letters(group: list[int], stats: FloatArray, flat: BoolArray) -> list[list[int]]:
    """A chain of flat and tall pieces taken apart at the tall ones that are not in its middle."""
    tall = [place for place, index in enumerate(group) if not flat[index]]
    if not tall or len(tall) == len(group):
        return [group]
    left, right = stats[group[0], 0], stats[group[-1], 0] + stats[group[-1], 2]
    for place in tall:
        middle = stats[group[place], 0] + stats[group[place], 2] / 2
        with_stub = stats[group[place], 2] > STUB_ASPECT * stats[group[place], 3]
        at_end = place in (0, len(group) - 1) and not with_stub
        if abs(middle - (left + right) / 2) > 0.15 * (right - left) or at_end:
            parts = [group[:place], [group[place]], group[place + 1 :]]
            return [piece for part in parts if part for piece in _cut_at_letters(part, stats, flat)]
    return [group]


def cut_at_words(groups: list[list[int]], stats: FloatArray, left: float, right: float) -> list[list[int]]:
    """Chains cut where a lone stroke beside the words was joined to level parts of letters."""
    cut: list[list[int]] = []
    for group in groups:
        before = [one for one in group if stats[one, 0] + stats[one, 2] <= left + 1]
        after = [one for one in group if stats[one, 0] >= right - 1]
        within = [one for one in group if one not in before and one not in after]
        for outside in (before, after):
            if len(outside) == 1 and within:
                cut.append(outside)
            else:
                within = sorted(within + outside, key=lambda one: float(stats[one, 0]))
        if within:
            cut.append(within)
    return cut


def without_letters(
    groups: list[list[int]], stats: FloatArray, left: float, right: float, height_px: float
) -> list[list[int]]:
    """Groups less the tall marks between ``left`` and ``right``, where there are too many of them to be markers."""
    letters = [
        group for group in groups
        if len(group) == 1 and stats[group[0], 3] > THICKEST_STROKE_HEIGHTS * height_px
        and left <= stats[group[0], 0] and stats[group[0], 0] + stats[group[0], 2] <= right + 1
    ]  # fmt: skip
    return [group for group in groups if group not in letters] if len(letters) > 2 else groups


def without_edges(strength: FloatArray) -> FloatArray:
    """Strengths without stronger ink and without the anti-aliased edge around it."""
    stronger = (strength > STRONGER_FRAC).astype(np.uint8)
    if stronger.any():
        strength[cv2.dilate(stronger, np.ones((3, 3), np.uint8)) > 0] = 0.0
    return strength
