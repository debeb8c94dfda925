"""The inside of an axes box as displacement from its background, with what is not a series taken out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.geometry import BoolArray, Box, TextBox
from digitize.colours import chroma
from digitize.values import Image, Panel

Float32Array = NDArray[np.float32]

INK_RGB = 24.0
"""Least distance from the background, in RGB bytes, that counts as ink."""
GRID_SPAN_FRAC = 0.6
"""A gridline or spine inks at least this share of its row or column."""
DITHER_TIMES = 2.5
GRID_SAME_RGB = 20.0
"""How far the pixels of one gridline may differ from its own colour."""
SPINE_PX = 1.6
SPINE_SAME_RGB = 60.0
"""The same for the rows this near to a spine."""
GRID_THICK_PX = 9
"""Grey as thick as this both ways is a bar or an area, no gridline."""
GRID_CHROMA = 16.0
"""A gridline is nearly grey."""
TEXT_MARGIN_PX = 1.0
TEXT_MOST_HEIGHTS = 3.0
TEXT_MOST_FRAC = 0.2
"""A "text" both taller than this many tick labels and taller than this share of the axes box is a misread curve."""
BAR_LETTERS = frozenset("TIHFloO|\u30ed\u53e3\u65e5\u5de5")
"""Markers with error bars and caps are read as words of these letters (ToI, HOH; the last look like boxes on bars)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Canvas:
    """A crop around the axes box.

    Attributes
    ----------
    left, top : int
        Whole-image position of the crop's first pixel: the only place where crop and image frames meet.
    colour : (H, W, 3) float32 array
        Pixel minus background, in RGB bytes; gridlines and spines are 0.
    background : (3,) float32 array
    ink : (H, W) bool array
        Pixels that differ from the background, grid and spines left out.
    blocked : (H, W) bool array
        Under legends and insets, where nothing can be said.
    text : (H, W) bool array
        Inside the boxes of texts.
    grid : (H, W) bool array
        Gridlines and spines that were blanked.
    """

    left: int
    top: int
    colour: Float32Array
    background: Float32Array
    ink: BoolArray
    blocked: BoolArray
    text: BoolArray
    grid: BoolArray

    @property
    def shape(self) -> tuple[int, int]:
        return int(self.ink.shape[0]), int(self.ink.shape[1])


def _paint(mask: BoolArray, box: Box, left: int, top: int) -> None:
    shifted = Box(left=box.left - left, top=box.top - top, right=box.right - left, bottom=box.bottom - top)
    if shifted.right < 0 or shifted.bottom < 0:
        return
    mask[shifted.slices(mask.shape)] = True


def _find_straight_rows(
    strength: Float32Array, pixels: Float32Array, known_rows: NDArray[np.int64], spines: tuple[float, float]
) -> BoolArray:
    """Pixels of near-grey straight lines along rows: gridlines and spines.

    A row counts if most of it has one near-grey colour; a row known to hold a gridline counts even if dashed.
    Of the rows next to ``spines`` everything near-grey goes: lossy files give one spine many greys.
    """
    found = np.zeros(strength.shape, bool)
    # lossy files dither the background
    inked = strength > max(INK_RGB * 0.25, DITHER_TIMES * float(np.median(strength)))
    share = inked.mean(axis=1)
    candidates = set(np.flatnonzero(share > GRID_SPAN_FRAC).tolist()) | set(known_rows.tolist())
    for row in sorted(candidates):
        if not 0 <= row < len(strength) or not inked[row].any():
            continue
        own = np.median(pixels[row][inked[row]], axis=0)
        if float(chroma(own)) > GRID_CHROMA:
            continue
        beside = min(abs(row - spine) for spine in spines) < SPINE_PX
        same = np.linalg.norm(pixels[row] - own, axis=1) < (SPINE_SAME_RGB if beside else GRID_SAME_RGB)
        if (same & inked[row]).mean() > GRID_SPAN_FRAC or row in known_rows:
            found[row] = same
    return found


def make_canvas(image: Image, panel: Panel, texts: Sequence[TextBox], ignore: Sequence[Box]) -> Canvas:
    """Crop the axes box, subtract the background, blank grid and spines, and mark what must not be traced."""
    axes = panel.axes
    left, top = max(int(np.floor(axes.left)) - 1, 0), max(int(np.floor(axes.top)) - 1, 0)
    right = min(int(np.ceil(axes.right)) + 2, image.width_px)
    bottom = min(int(np.ceil(axes.bottom)) + 2, image.height_px)
    pixels = image.pixels[top:bottom, left:right].astype(np.float32)
    background = np.array(panel.background, np.float32)
    colour = pixels - background
    strength = np.sqrt(np.einsum("ijk,ijk->ij", colour, colour)).astype(np.float32)

    def rows_of(positions: NDArray[np.float64], origin: int) -> NDArray[np.int64]:
        centre = np.round(np.asarray(positions, float) - origin).astype(np.int64)
        return np.unique(np.concatenate([centre - 1, centre, centre + 1])) if len(centre) else centre

    grid = _find_straight_rows(
        strength, pixels, rows_of(panel.gridlines_y_px, top), (axes.top - top, axes.bottom - top)
    )
    grid |= _find_straight_rows(
        np.ascontiguousarray(strength.T), pixels.transpose(1, 0, 2), rows_of(panel.gridlines_x_px, left),
        (axes.left - left, axes.right - left),
    ).T  # fmt: skip
    thick = np.ones((GRID_THICK_PX, GRID_THICK_PX), np.uint8)
    # rows at the crop's edge are no thicker than they look
    solid = cv2.morphologyEx(
        grid.astype(np.uint8), cv2.MORPH_OPEN, thick, borderType=cv2.BORDER_CONSTANT, borderValue=0
    )
    grid &= ~solid.astype(bool)
    colour[grid] = 0.0
    strength[grid] = 0.0
    blocked = np.zeros(strength.shape, bool)
    for box in ignore:
        _paint(blocked, box, left, top)
    text = np.zeros(strength.shape, bool)
    for item in texts:
        if set(item.text.strip()) <= BAR_LETTERS:
            continue
        if item.height_px > max(TEXT_MOST_HEIGHTS * panel.text_height_px, TEXT_MOST_FRAC * axes.height_px):
            continue
        _paint(text, item.box.expanded(TEXT_MARGIN_PX), left, top)
    # outside the axes box nothing belongs to a series
    inside = np.zeros(strength.shape, bool)
    _paint(inside, axes.expanded(1.0), left, top)
    ink = (strength > INK_RGB) & inside
    return Canvas(
        left=left, top=top, colour=colour, background=background, ink=ink, blocked=blocked, text=text, grid=grid
    )


def dilate(mask: BoolArray, radius_px: int) -> BoolArray:
    """Grown by a square of half-width ``radius_px``."""
    if radius_px <= 0:
        return mask
    kernel = np.ones((2 * radius_px + 1, 2 * radius_px + 1), np.uint8)
    return cv2.dilate(mask.astype(np.uint8), kernel).astype(bool)


def erode(mask: BoolArray, radius_px: int) -> BoolArray:
    """Shrunk by a square of half-width ``radius_px``; the border counts as set."""
    if radius_px <= 0:
        return mask
    kernel = np.ones((2 * radius_px + 1, 2 * radius_px + 1), np.uint8)
    return cv2.erode(mask.astype(np.uint8), kernel, borderType=cv2.BORDER_CONSTANT, borderValue=1).astype(bool)
