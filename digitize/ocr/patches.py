"""Finds the patches of a figure in which text may stand, so that the detection network need not look at the rest.

Text is made of small pieces of thin ink; most of a figure is empty ground, gridlines and smooth curves. Everything
small is kept, markers and dashes too: a patch too many costs a little time, one too few costs a label. The patches are
parted at their gaps, over and over, as a page is parted into its blocks (Nagy and Seth, "Hierarchical representation
of optically scanned documents", ICPR 1984: the XY cut).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from calibration.geometry import BoolArray, ByteArray
from digitize.ocr.ink import find_runs
from digitize.ocr.thin_ink import GROUND_LEVEL, ThinInk

CONTRAST_MIN_LEVELS = 30
USUAL_HEIGHT_PX = 10.0
"""Height of small text where the figure does not tell."""
RULE_HEIGHTS = 4.0
"""A straight level or upright run longer than this is no stroke of a letter."""
PIECE_AREA_MIN_PX, PIECE_SIDE_MIN_PX = 4, 4
ACROSS_MAX_HEIGHTS, ACROSS_MAX_FRAC = 3.0, 0.08
"""Text is lower than this many usual heights, or than this part of the figure."""
LONG_HEIGHTS, FILLED_FRAC = 3.0, 0.18
"""Letters that touch fill more than this of their rectangle; a piece of a curve does not."""
SLIM_HEIGHTS, SLIM_LONG_HEIGHTS = 0.25, 1.6
FLAT_RATIO = 1.5
CELLS_A_HEIGHT = 4
GAP_HEIGHTS = 2.0
MARGIN_HEIGHTS = 3.0
"""The network tells letters from ticks and marks by what stands around them."""
WORTH_FRAC = 0.9
"""Parting a patch must leave less than this of its area."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """A rectangle of whole pixels, right and bottom end exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def wide_px(self) -> int:
        return self.right - self.left

    @property
    def high_px(self) -> int:
        return self.bottom - self.top


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TextPlaces:
    """What the detection network is shown.

    Attributes
    ----------
    picture : (H, W, 3) uint8 array
        The figure without its rules (spines, gridlines, frames) and the ticks on them: cut off at the edge of a patch
        they look like letters.
    patches : tuple of Patch
        Rectangles that hold all small pieces of ink, with a margin; they may overlap.
    """

    picture: ByteArray
    patches: tuple[Patch, ...]


def find_text_places(pixels: ByteArray, ink: ThinInk, text_height_px: float) -> TextPlaces:
    """Where text may stand.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 array
        sRGB.
    ink : ThinInk
        Of the whole figure.
    text_height_px : float
        Typical height of small text in the figure, 0 where unknown.
    """
    height = (text_height_px or USUAL_HEIGHT_PX) * ink.scale
    picture, mask = pixels.copy(), np.zeros(ink.dark.shape, bool)
    dark, light = ink.masks(CONTRAST_MIN_LEVELS)
    # Gaps between rows of letters answer as light rules: only what lies on a dark ground altogether is one.
    bright = ink.level > GROUND_LEVEL
    for strokes, ground, fill in ((dark, bright, ink.without_dark), (light, ~bright, ink.without_light)):
        pieces, rules = _small_pieces(strokes, height)
        mask |= pieces
        _paint_over(picture, rules & ground, fill)
    side = max(1, int(height / CELLS_A_HEIGHT))
    cells = _to_cells(mask, side)
    margin = MARGIN_HEIGHTS * height / side
    found = _parted(cells, (0, cells.shape[0], 0, cells.shape[1]), GAP_HEIGHTS * height / side, margin)
    rows, cols = ink.shape
    patches = []
    for top, bottom, left, right in found:
        edges = np.array([left - margin, top - margin, right + margin, bottom + margin]) * side / ink.scale
        patches.append(
            Patch(
                left=max(int(edges[0]), 0),
                top=max(int(edges[1]), 0),
                right=min(int(np.ceil(edges[2])), cols),
                bottom=min(int(np.ceil(edges[3])), rows),
            )
        )
    return TextPlaces(picture=picture, patches=tuple(patches))


def _paint_over(picture: ByteArray, mask: BoolArray, fill: ByteArray) -> None:
    """Put the fill, with the soft edges of what it covers, into the picture where the mask is set."""
    wide = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8))
    if wide.shape != picture.shape[:2]:
        size = picture.shape[1::-1]
        wide = cv2.resize(wide, size, interpolation=cv2.INTER_NEAREST)
        fill = np.asarray(cv2.resize(fill, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    picture[wide > 0] = fill[wide > 0]


def _small_pieces(ink: BoolArray, height_px: float) -> tuple[BoolArray, BoolArray]:
    """Ink without rules, curves and dashes, which may be letters; and the rules with the ticks on them."""
    mask = ink.astype(np.uint8)
    long = round(RULE_HEIGHTS * max(height_px, USUAL_HEIGHT_PX))
    level = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((1, long), np.uint8))
    rules = cv2.bitwise_or(level, cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((long, 1), np.uint8)))
    mask[rules > 0] = 0
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    standing = np.bincount(labels[cv2.dilate(rules, np.ones((3, 3), np.uint8)) > 0], minlength=count) > 0
    standing[0] = False
    wide, high, area = (stats[:, column].astype(float) for column in (2, 3, 4))
    along, across = np.maximum(wide, high), np.minimum(wide, high)
    keep = (area >= PIECE_AREA_MIN_PX) & (along >= PIECE_SIDE_MIN_PX)
    keep &= across <= max(ACROSS_MAX_HEIGHTS * height_px, ACROSS_MAX_FRAC * min(ink.shape))
    keep &= (along <= LONG_HEIGHTS * height_px) | (area >= FILLED_FRAC * wide * high)
    slim = across <= max(SLIM_HEIGHTS * height_px, 2.0)
    ticks = standing & slim & (along <= SLIM_LONG_HEIGHTS * height_px)
    keep &= ~ticks & ~(slim & ((along > SLIM_LONG_HEIGHTS * height_px) | (wide >= FLAT_RATIO * high)))
    keep[0] = False
    return np.asarray(keep[labels], bool), (rules > 0) | ticks[labels]


def _to_cells(mask: BoolArray, side: int) -> BoolArray:
    """Whether anything is set in each square of a mask."""
    rows, cols = (-(-length // side) * side for length in mask.shape)
    whole = np.zeros((rows, cols), bool)
    whole[: mask.shape[0], : mask.shape[1]] = mask
    return np.asarray(whole.reshape(rows // side, side, cols // side, side).any(axis=(1, 3)))


def _parted(
    cells: BoolArray, block: tuple[int, int, int, int], gap: float, margin: float
) -> list[tuple[int, int, int, int]]:
    """A block (top, bottom, left, right) trimmed to what is set in it and parted at gaps where that saves area."""
    top, bottom, left, right = block
    part = cells[top:bottom, left:right]
    rows, cols = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
    if not rows.size:
        return []
    top, bottom, left, right = top + rows[0], top + rows[-1] + 1, left + cols[0], left + cols[-1] + 1
    part = cells[top:bottom, left:right]
    level = [(int(top + a), int(top + b), int(left), int(right)) for a, b in find_runs(part.any(axis=1), gap)]
    upright = [(int(top), int(bottom), int(left + a), int(left + b)) for a, b in find_runs(part.any(axis=0), gap)]
    whole = [(int(top), int(bottom), int(left), int(right))]
    ways = [_trimmed(cells, blocks) for blocks in (level, upright) if len(blocks) > 1]
    if not ways:
        return whole
    best = min(ways, key=lambda blocks: _area(blocks, margin))
    finer = [smaller for blocks in best for smaller in _parted(cells, blocks, gap, margin)]
    return finer if _area(finer, margin) < WORTH_FRAC * _area(whole, margin) else whole


def _trimmed(cells: BoolArray, blocks: list[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    result = []
    for top, bottom, left, right in blocks:
        part = cells[top:bottom, left:right]
        rows, cols = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
        result.append((int(top + rows[0]), int(top + rows[-1] + 1), int(left + cols[0]), int(left + cols[-1] + 1)))
    return result


def _area(blocks: list[tuple[int, int, int, int]], margin: float) -> float:
    return sum((b - t + 2 * margin) * (r - ll + 2 * margin) for t, b, ll, r in blocks)
