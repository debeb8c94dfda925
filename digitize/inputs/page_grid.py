"""A page as a coarse grid: what covers what, and what is near to what."""

from __future__ import annotations

import cv2
import numpy as np

from calibration.geometry import ByteArray

CELL_PT = 2.0
MOST_CELLS = 1000
"""A page that would have more along a side gets larger cells."""

PtBox = tuple[float, float, float, float]
"""(left, top, right, bottom) in points, y down."""


class PageGrid:
    """The grid of one page."""

    def __init__(self, width_pt: float, height_pt: float) -> None:
        self.cell_pt = max(CELL_PT, max(width_pt, height_pt) / MOST_CELLS)
        self.shape = int(height_pt / self.cell_pt) + 1, int(width_pt / self.cell_pt) + 1

    def covered(self, boxes: list[PtBox]) -> ByteArray:
        """1 where a box lies, else 0."""
        grid = np.zeros(self.shape, np.uint8)
        for box in boxes:
            grid[self._cells(box)] = 1
        return grid

    def covered_frac(self, box: PtBox, covered: ByteArray) -> float:
        """How much of a box is covered."""
        return float(covered[self._cells(box)].mean())

    def neighbours(self, boxes: list[PtBox], gap_pt: float) -> list[list[int]]:
        """Groups of boxes, by their index, that are nearer to each other than ``gap_pt``."""
        reach = max(1, round(gap_pt / self.cell_pt / 2))
        grown = cv2.dilate(self.covered(boxes), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
        _, found = cv2.connectedComponents(grown, connectivity=8)
        groups: dict[int, list[int]] = {}
        for at, box in enumerate(boxes):
            rows, columns = self._cells(box)
            groups.setdefault(int(found[rows.start, columns.start]), []).append(at)
        return list(groups.values())

    def _cells(self, box: PtBox) -> tuple[slice, slice]:
        left, top, right, bottom = (int(side / self.cell_pt) for side in box)
        height, width = self.shape
        rows = slice(min(top, height - 1), min(bottom, height - 1) + 1)
        return rows, slice(min(left, width - 1), min(right, width - 1) + 1)
