"""Figures on a scanned page, which is one picture: axes are connected ink that is larger than any letter."""

from __future__ import annotations

import cv2
import numpy as np
import pypdfium2 as pdfium

from digitize.inputs.page_figures import SMALLEST_PT, WHOLE_PAGE_FRAC, Region, merged
from digitize.inputs.page_grid import PtBox
from digitize.inputs.page_objects import Placed, page_frame

LOOK_DPI = 100.0
"""A page is looked at that coarsely: letters stay apart, lines hold together."""
INK_FRAC = 0.004
"""A component fills at least so much of its own box: a thin frame as wide as the page fills about a hundredth."""
MOST_INK_FRAC = 0.6
"""More is a photograph or the dark edge of the scanner."""
LABELS_HEIGHTS = (9.0, 4.0, 4.0, 6.0)
"""How far the labels of a figure reach beyond its frame, left, top, right and bottom, in heights of letters."""
LETTERS_PT = (3.0, 16.0)


def find_scanned_regions(page: pdfium.PdfPage, scan: Placed) -> list[Region]:
    """The figures on a page that consists of one picture.

    Parameters
    ----------
    scan : Placed
        The picture; the regions are drawn at its own resolution.
    """
    _, _, width_pt, height_pt = page_frame(page)
    scale = min(LOOK_DPI / 72.0, 2000.0 / max(width_pt, height_pt))
    grey = page.render(scale=scale, grayscale=True, may_draw_forms=False).to_numpy()
    grey = np.ascontiguousarray(grey.reshape(grey.shape[0], grey.shape[1]))
    _, ink = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    boxes = stats[1:, :4] / scale
    filled = stats[1:, 4] / np.maximum(stats[1:, 2] * stats[1:, 3], 1)
    large = (boxes[:, 2] >= SMALLEST_PT[0]) & (boxes[:, 3] >= SMALLEST_PT[1])
    whole = boxes[:, 2] * boxes[:, 3] >= WHOLE_PAGE_FRAC * width_pt * height_pt
    drawn = large & ~whole & (filled >= INK_FRAC) & (filled <= MOST_INK_FRAC)
    letters = boxes[(boxes[:, 3] >= LETTERS_PT[0]) & (boxes[:, 3] <= LETTERS_PT[1]), 3]
    if not drawn.any():
        return []
    letter_pt = float(np.median(letters)) if len(letters) else LETTERS_PT[0]
    left, top, right, bottom = (reach * letter_pt for reach in LABELS_HEIGHTS)
    regions = []
    for x, y, width, height in boxes[drawn]:
        box: PtBox = (
            max(float(x) - left, 0.0),
            max(float(y) - top, 0.0),
            min(float(x + width) + right, width_pt),
            min(float(y + height) + bottom, height_pt),
        )
        regions.append(Region(box_pt=box, scan=scan))
    return merged(regions)
