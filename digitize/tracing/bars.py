"""Bars: solid upright rectangles on one common baseline, read at their outer ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.geometry import BoolArray, FloatArray
from digitize.tracing.canvas import Canvas, Float32Array, dilate
from digitize.tracing.masks import InkMap

LEAST_WIDTH_PX = 3
LEVEL_PX = 1.5
"""Ends this near to each other are at one level."""
WIDTH_PX = 2.0
WIDTH_FRAC = 0.15
"""How far the widths of one colour's bars may differ."""
RECTANGLE_FRAC = 0.85
"""Share of a bar's box that must be its ink."""
EXPLAINED_FRAC = 0.85
"""Share of a colour's ink that its bars must explain."""
ON_BASELINE_FRAC = 0.99
NARROW_FRAC = 0.1
"""Share of a histogram's bars that may have lost columns to what is drawn across them."""
SPECK_FRAC = 0.003
THROUGH_PX = 3.0
THROUGH_SHARE = 0.5
"""A rectangle that reaches this near to both ends of the axes box shades a span of the axis: not for so many."""
BRIDGE_FRAC = 0.02
"""Other things drawn over a bar are bridged up to this share of the panel's smaller side."""
EDGE_MOST_PX = 5
EDGE_RGB = 60.0
END_SIGMA_PX = 0.25

Direction = Literal["vertical", "horizontal"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rectangles:
    """Candidates of one colour in the frame where bars stand: (N,) first and last rows and columns, both included."""

    top: NDArray[np.int64]
    bottom: NDArray[np.int64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.top)

    @property
    def width(self) -> NDArray[np.int64]:
        return self.right - self.left + 1

    @property
    def area(self) -> int:
        return int(((self.bottom - self.top + 1) * self.width).sum())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bars:
    """Bars of one colour in crop coordinates, in the order of their places.

    Attributes
    ----------
    ends : (N, 2) float array
        Middle of the width, and outer end, as (x, y).
    sigma : (N, 2) float array
    direction : str
    covered : (H, W) bool array
    width_px : float
    """

    ends: FloatArray
    sigma: FloatArray
    direction: Direction
    covered: BoolArray
    width_px: float


def find_bars(canvas: Canvas, ink: InkMap, least: int = 3) -> Bars | None:
    """The bars of one colour.

    Parameters
    ----------
    canvas : Canvas
    ink : InkMap
        Of the colour.
    least : int
        Fewer bars are not believed.

    Returns
    -------
    Bars or None
        None where the ink is no set of equally wide rectangles on one baseline: areas, pies, stacks.
    """
    total = float(ink.own.sum())
    reach = max(int(BRIDGE_FRAC * min(canvas.shape)), 3) | 1
    closed = cv2.morphologyEx(ink.own.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8)).astype(bool)
    solid = ink.own | (closed & (ink.hidden | canvas.grid))
    found = []
    for direction in ("vertical", "horizontal"):
        mask = solid if direction == "vertical" else np.ascontiguousarray(solid.T)
        boxes = widened(_find_rectangles(mask))
        if len(boxes) < least or boxes.area < EXPLAINED_FRAC * total:
            continue
        baseline = _find_baseline(boxes)
        if baseline is None or not _are_bars(boxes, mask.shape):
            continue
        found.append((direction, boxes, baseline))
    if len(found) != 1:
        # two bars of equal height, or a block of equal ones: which way they stand is not to be seen
        found = [item for item in found if _stand_apart(item[1])]
    if len(found) != 1:
        return None
    direction, boxes, baseline = found[0]
    return _to_bars(canvas, ink, boxes, baseline, "vertical" if direction == "vertical" else "horizontal")


def _find_rectangles(mask: BoolArray) -> Rectangles:
    """Rectangles that stand: each connected piece is cut where the height of its columns steps."""
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((1, LEAST_WIDTH_PX), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=4)
    parts: list[tuple[int, int, int, int]] = []
    for k in range(1, count):
        left, top, width, height, area = (int(v) for v in stats[k])
        if area < RECTANGLE_FRAC * width * height:
            piece = labels[top : top + height, left : left + width] == k
            parts.extend((a + top, b + top, c + left, d + left) for a, b, c, d in _cut_steps(piece))
        else:
            parts.append((top, top + height - 1, left, left + width - 1))
    table = np.array(parts, np.int64).reshape(-1, 4)
    table = table[table[:, 3] - table[:, 2] + 1 >= LEAST_WIDTH_PX]
    table = _split_wide(table[np.argsort(table[:, 2], kind="stable")])
    table = _without_specks(table)
    return Rectangles(top=table[:, 0], bottom=table[:, 1], left=table[:, 2], right=table[:, 3])


def _without_specks(table: NDArray[np.int64]) -> NDArray[np.int64]:
    """The rectangles less those that hold next to no ink and are not as wide as the others: ends of ticks, dirt."""
    if not len(table):
        return table
    width = table[:, 3] - table[:, 2] + 1
    area = width * (table[:, 1] - table[:, 0] + 1)
    usual = float(np.median(width))
    kept = (np.abs(width - usual) <= max(WIDTH_PX, WIDTH_FRAC * usual)) | (area >= SPECK_FRAC * area.sum())
    return np.asarray(table[kept], np.int64)


def _cut_steps(piece: BoolArray) -> list[tuple[int, int, int, int]]:
    """(top, bottom, left, right) of the parts of a piece between the columns where its top or bottom jumps."""
    first = piece.argmax(axis=0)
    last = piece.shape[0] - 1 - piece[::-1].argmax(axis=0)
    jump = (np.abs(np.diff(first)) > 1) | (np.abs(np.diff(last)) > 1)
    edges = np.concatenate([[0], np.flatnonzero(jump) + 1, [piece.shape[1]]])
    result = []
    for left, right in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        top, bottom = int(np.median(first[left:right])), int(np.median(last[left:right]))
        if np.ptp(first[left:right]) > 2 or np.ptp(last[left:right]) > 2:
            continue  # a slope: an area
        result.append((top, bottom, left, right - 1))
    return result


def _split_wide(table: NDArray[np.int64]) -> NDArray[np.int64]:
    """Neighbours of equal height that touch make one wide rectangle: cut it where the usual width goes in evenly."""
    if len(table) < 3:
        return table
    width = table[:, 3] - table[:, 2] + 1
    usual = float(np.median(width))
    narrow = width[width < 1.5 * usual]
    usual = float(np.mean(narrow))
    times = np.maximum(np.round(width / usual).astype(int), 1)
    even = np.abs(width / times - usual) <= max(1.0 / np.sqrt(max(times.max(), 1)), 0.08 * usual)
    rows: list[tuple[int, int, int, int]] = []
    for (top, bottom, left, right), n, fits in zip(table.tolist(), times.tolist(), even.tolist(), strict=True):
        cuts = np.round(np.linspace(left, right + 1, n + 1 if fits else 2)).astype(int)
        rows.extend((top, bottom, int(a), int(b) - 1) for a, b in zip(cuts[:-1], cuts[1:], strict=True))
    return np.array(rows, np.int64).reshape(-1, 4)


def widened(boxes: Rectangles) -> Rectangles:
    """The few bars that lost columns to a line across their ends, as wide as the others where their places are free."""
    usual = float(np.median(boxes.width)) if len(boxes) else 0.0
    narrow = np.flatnonzero(boxes.width < usual - max(WIDTH_PX, WIDTH_FRAC * usual))
    if not 0 < len(narrow) <= NARROW_FRAC * len(boxes):
        return boxes
    left, right = boxes.left.copy(), boxes.right.copy()
    for k in narrow.tolist():
        before, after = right[right < left[k]], left[left > right[k]]
        lack = round(usual - (right[k] - left[k] + 1))
        # a neighbour that touches says which side is whole
        free_before = int(min(lack, left[k] - before.max() - 1)) if len(before) else 0
        free_after = int(min(lack - free_before, after.min() - right[k] - 1)) if len(after) else 0
        left[k] -= free_before
        right[k] += free_after
    return Rectangles(top=boxes.top, bottom=boxes.bottom, left=left, right=right)


def _find_baseline(boxes: Rectangles) -> float | None:
    """The level at which every bar begins: all bottoms, all tops, or bottoms of some and tops of the others."""
    below, above = boxes.bottom + 0.5, boxes.top - 0.5
    levels = np.concatenate([below, above])
    on_level = [(np.abs(below - level) <= LEVEL_PX) | (np.abs(above - level) <= LEVEL_PX) for level in levels]
    shares = np.array([np.mean(on) for on in on_level])
    if shares.max() < ON_BASELINE_FRAC:
        return None
    best = levels[shares >= ON_BASELINE_FRAC]
    return float(best.max())  # bars of one height begin and end together: they stand


def _are_bars(boxes: Rectangles, shape: tuple[int, ...]) -> bool:
    """Whether all are equally wide and few run through the whole axes box."""
    usual = float(np.median(boxes.width))
    if (np.abs(boxes.width - usual) > max(WIDTH_PX, WIDTH_FRAC * usual)).any():
        return False
    through = (boxes.top <= THROUGH_PX) & (boxes.bottom >= shape[0] - 1 - THROUGH_PX)
    return float(np.mean(through)) < THROUGH_SHARE


def _stand_apart(boxes: Rectangles) -> bool:
    """Whether the bars lie side by side along the baseline."""
    order = np.argsort(boxes.left)
    return bool((boxes.left[order][1:] > boxes.right[order][:-1]).all())


def _to_bars(canvas: Canvas, ink: InkMap, boxes: Rectangles, baseline: float, direction: Direction) -> Bars:
    upright = direction == "vertical"
    alpha = np.where(dilate(ink.own, 1), ink.alpha, 0.0).astype(np.float32)
    colour = canvas.colour if upright else canvas.colour.transpose(1, 0, 2)
    alpha = alpha if upright else np.ascontiguousarray(alpha.T)
    covered = np.zeros(alpha.shape, bool)
    ends, sigmas = [], []
    for top, bottom, left, right in zip(boxes.top, boxes.bottom, boxes.left, boxes.right, strict=True):
        rises = abs(bottom + 0.5 - baseline) <= abs(top - 0.5 - baseline)
        margin = (right - left) // 4
        cols = slice(int(left) + margin, int(right) - margin + 1)
        end, edge = _measure_end(alpha[:, cols], colour[:, cols], int(top), int(bottom), up=rises)
        ends.append(((left + right) / 2, end))
        sigmas.append((0.5, END_SIGMA_PX + 0.25 * edge))
        covered[int(top) : int(bottom) + 1, int(left) : int(right) + 1] = True
    points, sigma = np.array(ends, float), np.array(sigmas, float)
    order = np.argsort(points[:, 0]) if upright else np.argsort(-points[:, 0])
    points, sigma = points[order], sigma[order]
    if not upright:
        points, sigma, covered = points[:, ::-1], sigma[:, ::-1], np.ascontiguousarray(covered.T)
    return Bars(ends=points, sigma=sigma, direction=direction, covered=covered, width_px=float(np.median(boxes.width)))


def _measure_end(alpha: Float32Array, colour: Float32Array, top: int, bottom: int, *, up: bool) -> tuple[float, float]:
    """Where a bar ends, by the coverage of its last pixels, and the width of the outline drawn on the end."""
    if not up:
        end, edge = _measure_end(alpha[::-1], colour[::-1], len(alpha) - 1 - bottom, len(alpha) - 1 - top, up=True)
        return len(alpha) - 1 - end, edge
    inner = min(top + 2, bottom)
    first = max(top - 2, 0)
    end = inner + 0.5 - float(np.median(np.clip(alpha[first : inner + 1], 0.0, 1.0).sum(axis=0)))
    beyond = colour[max(top - EDGE_MOST_PX - 1, 0) : top]
    strength = np.median(np.linalg.norm(beyond, axis=2), axis=1)[::-1] if len(beyond) else np.empty(0)
    inked = strength > EDGE_RGB
    run = int(np.argmin(inked)) if len(inked) and not inked.all() else 0
    edge = float(run) if run >= 1 and end < top + 0.6 and _is_outline(alpha, top, run) else 0.0
    return end - edge / 2, edge


def _is_outline(alpha: Float32Array, top: int, run: int) -> bool:
    """Whether the ink beyond a bar's end is not the bar's own fading."""
    own = np.median(alpha[max(top - run, 0) : top], axis=1)
    return bool(len(own) and own.max() < 0.3)
