"""The pixel frame, and the boxes that live in it.

One frame everywhere: whole-image pixel coordinates, x right, y down, **pixel centres at whole
numbers**, points as (x, y) float64. A box that covers the pixel columns 3 to 5 therefore has
``left=2.5`` and ``right=5.5``. The box of a pair of axes runs through the *centres* of its spines.
Arrays are indexed ``[row, col]``. Crops are views: a position is never crop-relative.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
ByteArray = NDArray[np.uint8]

Side = Literal["left", "right", "top", "bottom"]
"""Where an axis' labels stand: left and right are y axes, top and bottom are x axes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """An upright rectangle in whole-image pixel coordinates, ``left <= right``, ``top <= bottom``."""

    left: float
    top: float
    right: float
    bottom: float

    def __post_init__(self) -> None:
        if not (self.left <= self.right and self.top <= self.bottom):
            raise ValueError(
                f"box is inside out: left={self.left}, top={self.top}, right={self.right}, bottom={self.bottom}"
            )

    @property
    def width_px(self) -> float:
        return self.right - self.left

    @property
    def height_px(self) -> float:
        return self.bottom - self.top

    @property
    def area_px(self) -> float:
        return self.width_px * self.height_px

    @property
    def centre(self) -> tuple[float, float]:
        """(x, y) of the middle."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def contains(self, x: float, y: float, margin_px: float = 0.0) -> bool:
        return (
            self.left - margin_px <= x <= self.right + margin_px
            and self.top - margin_px <= y <= self.bottom + margin_px
        )

    def intersection_area(self, other: Box) -> float:
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(width, 0.0) * max(height, 0.0)

    def iou(self, other: Box) -> float:
        """Intersection over union, 0 to 1."""
        shared = self.intersection_area(other)
        return shared / max(self.area_px + other.area_px - shared, 1e-9)

    def expanded(self, x_px: float, y_px: float | None = None) -> Box:
        """Grown on every side (shrunk where negative, never past its own centre)."""
        y_px = x_px if y_px is None else y_px
        x_px, y_px = max(x_px, -self.width_px / 2), max(y_px, -self.height_px / 2)
        return Box(
            left=self.left - x_px, top=self.top - y_px, right=self.right + x_px, bottom=self.bottom + y_px
        )

    def slices(self, shape: tuple[int, ...]) -> tuple[slice, slice]:
        """(rows, cols) of the pixels whose centres lie inside, clipped to an array of ``shape``."""
        top, bottom = (int(np.clip(np.ceil(edge), 0, shape[0])) for edge in (self.top, np.floor(self.bottom) + 1))
        left, right = (int(np.clip(np.ceil(edge), 0, shape[1])) for edge in (self.left, np.floor(self.right) + 1))
        return slice(top, bottom), slice(left, right)

    def as_list(self) -> list[float]:
        """[left, top, right, bottom], as the JSON document has it."""
        return [self.left, self.top, self.right, self.bottom]


def enclosing_box(boxes: Iterable[Box]) -> Box:
    """The smallest box around all of ``boxes``; ``ValueError`` where there are none."""
    edges = np.array([box.as_list() for box in boxes], float)
    if not len(edges):
        raise ValueError("no boxes to enclose")
    left, top = edges[:, :2].min(axis=0)
    right, bottom = edges[:, 2:].max(axis=0)
    return Box(left=float(left), top=float(top), right=float(right), bottom=float(bottom))


@dataclass(frozen=True, slots=True, kw_only=True)
class TextBox:
    """One line of text as read off the picture.

    Attributes
    ----------
    text : str
        The free reading, as printed.
    box : Box
        Upright box tight around the ink (for turned text: around its turned ink).
    confidence : float
        Mean character confidence of the free reading, 0 to 1.
    angle_deg : float
        Counter-clockwise turn of the text: 0 upright, 90 reads upward (a usual y title), -90 downward.
    numeric : str
        The same pixels read with only the characters of numbers allowed (digits, signs, point, comma,
        ``e``, SI suffixes, %, superscripts); empty where nothing numeric came out.
    height_px : float
        Height of the line across its reading direction (= ``box.height_px`` for upright text).
    others : tuple of (str, float)
        What else the pixels may say, and how much likelier ``text`` is: the natural logarithm of the ratio.
    """

    text: str
    box: Box
    confidence: float
    angle_deg: float = 0.0
    numeric: str = ""
    height_px: float = 0.0
    others: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"confidence={self.confidence} is not within 0 to 1")
        if self.height_px <= 0.0:
            object.__setattr__(self, "height_px", self.box.height_px)
