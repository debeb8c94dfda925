"""Labels of which a part was left unread: more ink stands right beside them that no text holds.

A label that is turned, read as if it stood level, comes out in pieces: of ``−8`` that reads upward the 8 alone, of a
slanted ``Jul 2009`` the last digits. What is left over stands no farther from them than one character from the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from calibration.geometry import BoolArray, Box, ByteArray, Side, TextBox
from digitize.findings import Finding
from digitize.panels.axis_reader import AxisReader, SideReading

DEPTH_HEIGHTS, OVER_HEIGHTS = 6.0, 2.5
"""How far from the box labels reach, and beyond its ends."""
INK_LEVELS, INK_FRAC = 40.0, 0.35
JOIN_HEIGHTS = 0.4
"""Characters of one label stand closer than this."""
AROUND_HEIGHTS, SOFT_PX = 1.0, 1.5
THIN_HEIGHTS, LONGEST_HEIGHTS = 0.25, 8.0
"""What is as thin and stands before all labels is a tick mark; what is longer a line."""
LEAST_HEIGHTS, LEAST_FRAC = 0.35, 0.1
"""What is left over is as long as a short minus sign, and so much of the ink of its label."""
FEWEST_CUT = 2
WORD_CHARACTERS = 3
"""A text of so many characters that is no label of the row is whole: a title, a factor. Fewer may be parts."""


def cut_findings(panel: int, sides: Mapping[str, SideReading | None], reader: AxisReader) -> tuple[Finding, ...]:
    """What to say of the axes of a panel most of whose labels are parts of something longer."""
    found = []
    for name, side in sides.items():
        cut = mostly_cut(side, reader) if side and side.axis.scale.name != "category" else []
        if cut:
            said = ", ".join(label.text for label in cut)
            message = f"Labels of the {name} axis ({said}) may be parts of longer ones: more stands beside them."
            found.append(Finding(code="axis-labels-cut", severity="warning", panel=panel, message=message))
    return tuple(found)


def mostly_cut(side: SideReading, reader: AxisReader) -> list[TextBox]:
    """The labels of an x axis that were read in part; none where these are not most of them."""
    run = side.run
    if run.side not in ("bottom", "top"):
        return []
    cut = cut_labels(reader.pixels, run.side, side.axes.box, run.labels, reader.texts)
    return cut if len(cut) >= FEWEST_CUT and 2 * len(cut) > len(run.labels) else []


def cut_labels(
    pixels: ByteArray, side: Side, box: Box, labels: Sequence[TextBox], texts: Sequence[TextBox]
) -> list[TextBox]:
    """The labels of a row beside which there is more ink than was read.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 array
    side : {'bottom', 'top'}
    box : Box
        The axes box.
    labels : sequence of TextBox
        Of its row.
    texts : sequence of TextBox
        All texts of the figure.
    """
    height_px = float(np.median([label.height_px for label in labels]))
    over_px, depth_px = OVER_HEIGHTS * height_px, DEPTH_HEIGHTS * height_px
    edge = {"top": box.bottom + 1.0, "bottom": box.bottom + depth_px}
    if side == "top":
        edge = {"top": box.top - depth_px, "bottom": box.top - 1.0}
    strip = Box(left=box.left - over_px, right=box.right + over_px, **edge)
    rows, cols = strip.slices(pixels.shape)
    part = pixels[rows, cols]
    if min(part.shape[:2]) < 2 * height_px:
        return []
    nearest = min(_gap_px(side, box, label) for label in labels)
    ink = _letters(part, side, height_px, nearest)
    free = ink.copy()
    for text in (*labels, *(text for text in texts if len(text.text.strip()) >= WORD_CHARACTERS)):
        free[_within(text.box.expanded(SOFT_PX), rows, cols)] = False
    if not free.any():
        return []
    reach_px = max(round(JOIN_HEIGHTS * height_px), 1)
    padded = np.pad(ink.astype(np.uint8), reach_px)
    joined = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, np.ones((reach_px, reach_px), np.uint8))
    whole = cv2.connectedComponents(joined, connectivity=8)[1][reach_px:-reach_px, reach_px:-reach_px]
    return [label for label in labels if _is_cut(label, ink, free, whole, (rows, cols), height_px)]


def _gap_px(side: Side, box: Box, label: TextBox) -> float:
    return label.box.top - box.bottom if side == "bottom" else box.top - label.box.bottom


def _within(box: Box, rows: slice, cols: slice) -> tuple[slice, slice]:
    """A box as rows and columns of a part of the picture."""
    top, bottom = max(round(box.top) - rows.start, 0), max(round(box.bottom) + 1 - rows.start, 0)
    left, right = max(round(box.left) - cols.start, 0), max(round(box.right) + 1 - cols.start, 0)
    return slice(top, bottom), slice(left, right)


def _letters(part: ByteArray, side: Side, height_px: float, nearest_px: float) -> BoolArray:
    """The ink of a strip less tick marks, what begins at the box and what is longer than labels are."""
    levels = np.abs(part.astype(np.int16) - np.median(part.reshape(-1, 3), axis=0)).max(axis=2)
    ink = levels > max(INK_LEVELS, INK_FRAC * float(levels.max()))
    marks, stats = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)[1:3]
    top, wide, high = stats[:, 1], stats[:, 2], stats[:, 3]
    before = top if side == "bottom" else ink.shape[0] - top - high
    ticks = (wide <= max(THIN_HEIGHTS * height_px, 2.0)) & (before + high <= nearest_px + SOFT_PX)
    gone = (before == 0) | ticks | (np.maximum(wide, high) > LONGEST_HEIGHTS * height_px)
    gone[0] = True
    return np.asarray(~gone[marks], bool)


def _is_cut(
    label: TextBox, ink: BoolArray, free: BoolArray, whole: np.ndarray, at: tuple[slice, slice], height_px: float
) -> bool:
    """Whether ink that is one piece with that of a label goes on beyond its box."""
    inside = _within(label.box, *at)
    around = _within(label.box.expanded(AROUND_HEIGHTS * height_px), *at)
    own = np.unique(whole[inside][ink[inside]])
    left_over = free[around] & np.isin(whole[around], own)
    y, x = np.nonzero(left_over)
    if not len(y) or len(y) < LEAST_FRAC * int(ink[inside].sum()):
        return False
    return bool(max(np.ptp(x), np.ptp(y)) + 1 >= LEAST_HEIGHTS * height_px)
