"""Markers with error bars and no line, as in a forest plot: a piece of ink is one marker, its bars and their caps."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from calibration.geometry import BoolArray
from digitize.tracing.canvas import dilate
from digitize.tracing.hollow import find_holes
from digitize.tracing.masks import InkMap
from digitize.tracing.runs import IntArray

HOLE_FRAC = 0.1
"""A hollow marker's inside is no wider than this share of the panel."""
ALIKE_DEPTH_FRAC = 0.6
"""Markers are the pieces of ink that are thickest, none thinner than this share of the thickest ..."""
OPENED_FRAC = 0.7
"""... and found by an opening of this share of their thickness ..."""
THIN_FRAC = 0.4
"""... beside which their bars are thin."""
LEAST_MARKERS = 3
ONE_EACH_SHARE = 0.9
"""Share of the pieces with a marker that hold just one."""
ALIKE_FRAC, ALIKE_PX = 0.25, 1.5
ALIKE_SHARE = 0.8
"""Most markers of one cloud are about of a size; caps that touch theirs make some larger."""
WALL_ALPHA = 0.25
"""From here on a rim parts the inside of a hollow marker from the outside."""
BARRED_FRAC = 2.2
"""A piece with bars is this many times as long as a marker (two that touch are twice); most may have lost theirs."""
UNMARKED_SHARE = 0.35
"""Share of the ink that may lie in pieces without a marker: ends of bars that other ink parts, remains of ticks."""
CAP_STROKES = 2.0
STRAIGHT_SHARE = 0.7
"""Of a piece's ink beside its marker at least this share is level with the marker's middle, or above or below it."""


def only_markers(ink: InkMap, text: BoolArray) -> InkMap | None:
    """The ink of the markers alone; None where the ink is not made of markers with bars, each apart from the others.

    Parameters
    ----------
    ink : InkMap
        Of one colour.
    text : (H, W) bool array
    """
    own = ink.own & ~text
    walls = (ink.alpha > WALL_ALPHA) & ~text
    # the soft inner rim is neither wall nor hole
    solid = own | dilate(find_holes(walls, HOLE_FRAC * min(own.shape)), 1)
    _, pieces, boxes, _ = cv2.connectedComponentsWithStats(own.astype(np.uint8), connectivity=8)
    _, whole, _, _ = cv2.connectedComponentsWithStats(solid.astype(np.uint8), connectivity=8)
    depth = cv2.distanceTransform(np.pad(solid, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    deepest = np.zeros(int(whole.max()) + 1)
    np.maximum.at(deepest, whole.ravel().astype(np.int64), depth.ravel())
    thick = deepest[1:][deepest[1:] > ALIKE_DEPTH_FRAC * deepest[1:].max(initial=0.0)]
    if len(thick) < LEAST_MARKERS:
        return None
    side = 2 * int(OPENED_FRAC * float(np.median(thick))) + 1  # odd: an even opening moves what it keeps
    bold = cv2.morphologyEx(solid.astype(np.uint8), cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    bars = own & (dilate(bold > 0, 1) == 0)
    stroke = 2.0 * float(np.percentile(depth[bars], 90)) - 1.0 if bars.any() else side
    count, markers, marker_boxes, _ = cv2.connectedComponentsWithStats(bold, connectivity=8)
    if count - 1 < LEAST_MARKERS or stroke > THIN_FRAC * 2.0 * float(np.median(thick)):
        return None
    sizes = marker_boxes[1:, 2:4]
    off = np.abs(sizes - np.median(sizes, axis=0)).max(axis=1)
    if np.mean(off <= ALIKE_FRAC * np.median(sizes) + ALIKE_PX) < ALIKE_SHARE:
        return None
    # the piece that each marker is part of: its rim is ink even where its middle is bare
    rims = [pieces[(markers == k) & own] for k in range(1, count)]
    part_of = [np.bincount(rim, minlength=len(boxes))[1:].argmax() + 1 for rim in rims]
    one_each = np.bincount(part_of, minlength=len(boxes))
    if np.mean(one_each[one_each > 0] == 1) < ONE_EACH_SHARE:
        return None
    loose = boxes[1:][one_each[1:] == 0]
    unmarked = loose[:, cv2.CC_STAT_AREA][~_in_one_row(loose, stroke)].sum()
    longest = boxes[part_of][:, 2:4].max(axis=1)
    if unmarked > UNMARKED_SHARE * own.sum() or longest.max() < BARRED_FRAC * np.median(sizes):
        return None
    for k, part in enumerate(part_of):
        if max(boxes[part][2:4]) > BARRED_FRAC * np.median(sizes) and not _is_straight(
            pieces == part, marker_boxes[k + 1], stroke
        ):
            return None
    kept = own & (bold > 0)
    return replace(ink, own=kept, alpha=np.where(dilate(bold > 0, 1), ink.alpha, 0.0).astype(np.float32))


def _in_one_row(boxes: IntArray, stroke_px: float) -> BoolArray:
    """Which pieces are the dashes of one level or upright line: a reference of the markers' colour."""
    if not len(boxes):
        return np.zeros(0, bool)
    centres = boxes[:, :2] + boxes[:, 2:4] / 2
    aligned = np.abs(centres - np.median(centres, axis=0)) <= stroke_px + 1.0
    return np.asarray(aligned[:, int(aligned.sum(axis=0).argmax())], bool)


def _is_straight(piece: BoolArray, marker: IntArray, stroke_px: float) -> bool:
    """Whether what leaves a marker runs level or upright from its middle."""
    left, top, width, height = (float(v) for v in marker[:4] + np.array([-1, -1, 2, 2]))  # with its soft rim
    rows, cols = np.nonzero(piece)
    beside = (cols < left) | (cols >= left + width) | (rows < top) | (rows >= top + height)
    # but for the caps at its ends
    for at, low, high in ((cols, left, left + width), (rows, top, top + height)):
        beside &= ((at >= at.min() + CAP_STROKES * stroke_px) | (at >= low)) & (
            (at <= at.max() - CAP_STROKES * stroke_px) | (at < high)
        )
    if not beside.any():
        return True
    off_x, off_y = np.abs(cols - left - (width - 1) / 2), np.abs(rows - top - (height - 1) / 2)
    return bool(np.mean(np.minimum(off_x, off_y)[beside] <= stroke_px + 0.5) >= STRAIGHT_SHARE)
