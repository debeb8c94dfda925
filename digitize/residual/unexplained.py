"""Ink that a reading does not explain: what is left of a panel's picture beside everything read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.geometry import BoolArray, Box, FloatArray
from digitize.colours import to_lab
from digitize.residual.courses import RIM_PX, STROKED, is_own, paint, shade_bands, to_ray
from digitize.tracing.canvas import INK_RGB, Canvas, Float32Array, dilate
from digitize.tracing.kinds import has_ragged_edges
from digitize.tracing.masks import CORE_ALPHA
from digitize.values import RGB, Panel, Trace

IntpArray = NDArray[np.intp]

DUST_TIMES = 2.0
DUST_PERCENTILE = 90.0
"""What is no stronger than a compression's dust on the background says nothing."""
LEAST_COLOUR_RGB = 40.0
"""A line is at least this far from the background."""
VEIL_TIMES = 1.3
"""Where bands lie, ink up to this many times as strong as they are together is theirs."""
SHADE_DELTA_E = 12.0
"""Ink of this little difference from the shade of a band that was read is more of that band."""
FRAME_PX = 3.0
FRAME_STROKES = 1.5
"""So near to the axes box spines and the stubs of ticks lie."""
TICK_HEIGHTS = 0.6
"""Ticks that point inward reach this far into it."""
GRID_PX = 1
STRAIGHT_SHARE = 0.25
STRAIGHT_SPAN = 0.6
STRAIGHT_BESIDE_PX = 5
DOT_GAP_HEIGHTS = 1.0
"""A row or column with ink on this share, reaching over that much of the panel with no longer gaps, and with less ink
beside it is a gridline, a spine or a reference line."""
ATTACHED_HEIGHTS = 1.6
"""What touches something read and is no wider than this is part of it: a marker, an error bar, a rim."""
THICK_STROKES = 3.0
THICK_PX = 2.0
"""Ink thicker than this is an area, no line, unless its edges are as ragged as noise."""
SAME_DELTA_E = 18.0
LEAST_AREA_STROKES = 2.0
GLYPH_HEIGHTS = (0.5, 1.7)
GLYPH_FULLNESS = 1.35
"""A piece as tall as a character holds at most this many times the ink of a straight stroke across its box, or it may
be one: words that nobody read are no lines."""
FRAME_HEIGHTS = 0.8
"""A frame stands so near around a text or a legend."""
STRAIGHT_STROKES = 0.8
HEAD_SHARE = 0.3
BRIDGE_HEIGHTS = 0.7
"""Pieces of one line lie so near to each other: half the gap, in heights of the panel's text."""
STRAIGHT_LEAST_FRAC = 0.5
"""What stands alone and keeps to a straight line within this many strokes (arrows, leaders, edges of boxes) is a
line only where it spans this share of the panel; an arrow's head may hold ``HEAD_SHARE`` of its ink."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Leftover:
    """Unexplained ink of one colour.

    Attributes
    ----------
    box : Box
        Around it, in whole-image pixels.
    colour : RGB
    columns_frac : float
        Columns in which it lies, as a share of the panel's.
    runs : float
        Strokes it shows in a column, on average.
    """

    box: Box
    colour: RGB
    columns_frac: float
    runs: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Pieces:
    """Connected pieces of ink: the first is the background's."""

    labels: NDArray[np.intp]
    left: FloatArray
    top: FloatArray
    width: FloatArray
    height: FloatArray
    area: FloatArray
    colour: FloatArray
    thickness: FloatArray


def find_unexplained(
    canvas: Canvas, panel: Panel, traces: Sequence[Trace], framed: Sequence[Box] = ()
) -> list[Leftover]:
    """Thin ink beside everything that was read, by colour, the widest first.

    Parameters
    ----------
    canvas : Canvas
        Of the panel, texts and hidden places marked.
    panel : Panel
    traces : sequence of Trace
        All that was read.
    framed : sequence of Box
        Legends and texts: a frame around one is no line.

    Returns
    -------
    list of Leftover
        Markers, error bars, frames, gridlines, areas and characters left out.
    """
    stroke = _usual_stroke(traces, panel)
    fills, shades = shade_bands(traces, canvas)
    rest, read = _rest(canvas, panel, traces, framed, fills, max(FRAME_PX, FRAME_STROKES * stroke))
    if not rest.any():
        return []
    pieces = _cut(rest, canvas)
    kept = np.flatnonzero(_may_be_lines(pieces, rest, read, panel, canvas, stroke))
    lab = to_lab(np.clip(pieces.colour + canvas.background, 0, 255))
    for shade in to_lab(np.clip(np.reshape(shades, (-1, 3)) + canvas.background, 0, 255)):
        kept = kept[np.linalg.norm(lab[kept] - shade, axis=1) > SHADE_DELTA_E]
    found = []
    left = kept[np.argsort(-pieces.area[kept], kind="stable")]
    while len(left):
        alike = np.linalg.norm(lab[left] - lab[left[0]], axis=1) < SAME_DELTA_E
        one = _to_leftover(pieces, left[alike], canvas, panel, stroke)
        found.extend([one] if one is not None else [])
        left = left[~alike]
    return sorted(found, key=lambda one: -one.columns_frac)


def _rest(
    canvas: Canvas,
    panel: Panel,
    traces: Sequence[Trace],
    framed: Sequence[Box],
    fills: Float32Array,
    frame_px: float,
) -> tuple[BoolArray, BoolArray]:
    """Ink inside the axes box beside everything read, gridlines and lines along the axes; and what is read."""
    height, width = canvas.shape
    usable = np.zeros(canvas.shape, bool)
    usable[_slices(panel.axes.expanded(-frame_px), canvas)] = True
    usable &= ~(canvas.blocked | canvas.text | canvas.grid)
    for box in framed:
        usable[_slices(box.expanded(FRAME_HEIGHTS * panel.text_height_px), canvas)] = False
    strength = np.sqrt(np.einsum("ijk,ijk->ij", canvas.colour, canvas.colour))
    ink = (strength > INK_RGB + _dust(strength, usable & ~canvas.ink)) & usable
    read = paint(traces, canvas)
    for trace in traces:
        if trace.kind != "band":
            own = _own_ink(canvas, trace, ink)
            # a bar's ink is all of its colour; what stands over or under a line in its colour is its own
            read |= dilate(own, round(RIM_PX)) if trace.kind == "bar" else _beside(own, read)
    read |= (fills > 0) & (strength < VEIL_TIMES * fills + INK_RGB)
    rest = ink & ~read
    for positions, origin, size, along_rows in (
        (panel.gridlines_y_px, canvas.top, height, True),
        (panel.gridlines_x_px, canvas.left, width, False),
    ):
        for at in np.round(positions - origin).astype(int).tolist():
            if 0 <= at < size:
                part = slice(max(at - GRID_PX, 0), at + GRID_PX + 1)
                rest[(part, slice(None)) if along_rows else (slice(None), part)] = False
    gap_px = max(round(DOT_GAP_HEIGHTS * panel.text_height_px), 2)
    return rest & ~_straight(rest, gap_px) & ~_straight(np.ascontiguousarray(rest.T), gap_px).T, read


def _dust(strength: Float32Array, pale: BoolArray) -> float:
    """How far a compression's dust on the background reaches, in RGB bytes: 0 in a lossless file."""
    leaps = np.abs(np.diff(strength, axis=1))[pale[:, 1:] & pale[:, :-1]]
    return DUST_TIMES * float(np.percentile(leaps, DUST_PERCENTILE)) if len(leaps) else 0.0


def _slices(box: Box, canvas: Canvas) -> tuple[slice, slice]:
    shifted = Box(
        left=box.left - canvas.left, top=box.top - canvas.top,
        right=box.right - canvas.left, bottom=box.bottom - canvas.top,
    )  # fmt: skip
    return shifted.slices(canvas.shape)


def _own_ink(canvas: Canvas, trace: Trace, ink: BoolArray) -> BoolArray:
    own = np.zeros(canvas.shape, bool)
    own[ink] = is_own(canvas.colour[ink], to_ray(trace, canvas), CORE_ALPHA)
    return own


def _beside(own: BoolArray, read: BoolArray) -> BoolArray:
    """Ink in upright runs that something read touches."""
    upright = np.ascontiguousarray(own.T)
    begins = upright & ~np.pad(upright, ((0, 0), (1, 0)))[:, :-1]
    number = np.cumsum(begins, axis=None).reshape(upright.shape)
    touched = np.zeros(int(number[-1, -1]) + 1, bool)
    touched[number[upright & read.T]] = True
    return np.asarray((upright & touched[number]).T, bool)


def _straight(rest: BoolArray, gap_px: int) -> BoolArray:
    """Rows of thin ink across the panel, with no gap longer than between dots."""
    count = rest.sum(axis=1)
    width = rest.shape[1]
    bridge = np.ones((1, 2 * gap_px + 1), np.uint8)
    reach = cv2.morphologyEx(rest.astype(np.uint8), cv2.MORPH_CLOSE, bridge).sum(axis=1)
    beside = np.minimum(np.roll(count, STRAIGHT_BESIDE_PX), np.roll(count, -STRAIGHT_BESIDE_PX))
    found = (count > STRAIGHT_SHARE * width) & (reach > STRAIGHT_SPAN * width) & (beside < count / 2)
    found |= np.roll(found, 1) | np.roll(found, -1)
    return np.asarray(rest & found[:, None], bool)


def _cut(rest: BoolArray, canvas: Canvas) -> _Pieces:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(rest.astype(np.uint8), connectivity=8)
    rows, cols = np.nonzero(rest)
    numbers: NDArray[np.intp] = labels.astype(np.intp)
    own = numbers[rows, cols]
    pixels = canvas.colour[rows, cols].astype(np.float64)
    # the strongest pixels tell a stroke's colour, not its rims
    weight = np.einsum("ij,ij->i", pixels, pixels) ** 1.5
    total = np.maximum(np.bincount(own, weight, count), 1e-9)
    colour = np.stack([np.bincount(own, weight * pixels[:, k], count) / total for k in range(3)], axis=1)
    depth = cv2.distanceTransform(rest.astype(np.uint8), cv2.DIST_L2, 3)
    left, top, width, height, area = stats.T.astype(np.float64)
    # the mean depth inside a ribbon is a quarter of its breadth; a line's markers hardly raise it
    thickness = 4.0 * np.bincount(own, depth[rows, cols], count) / area - 1.0
    return _Pieces(
        labels=numbers, left=left, top=top, width=width, height=height, area=area, colour=colour, thickness=thickness
    )


def _may_be_lines(
    pieces: _Pieces,
    rest: BoolArray,
    read: BoolArray,
    panel: Panel,
    canvas: Canvas,
    stroke: float,
) -> BoolArray:
    """Which pieces may belong to a line."""
    text_px = panel.text_height_px
    rows, cols = np.nonzero(rest)
    own, count = pieces.labels[rows, cols], len(pieces.area)
    touches = np.bincount(own, dilate(read, 1)[rows, cols], count) > 0
    attached = touches & (pieces.width <= ATTACHED_HEIGHTS * text_px)
    full = np.hypot(pieces.width, pieces.height) * np.minimum(pieces.thickness, stroke + 1.0)
    low, high = (factor * text_px for factor in GLYPH_HEIGHTS)
    glyph = (pieces.height >= low) & (pieces.height <= high) & (pieces.width <= high)
    glyph &= pieces.area > GLYPH_FULLNESS * full
    right, bottom = pieces.left + pieces.width - 1, pieces.top + pieces.height - 1
    short = TICK_HEIGHTS * text_px
    tick = (pieces.width <= short) & (
        (bottom >= canvas.shape[0] - FRAME_PX - 4) | (pieces.top <= FRAME_PX + 4)
    )
    tick |= (pieces.height <= short) & (pieces.width <= short) & (
        (right >= canvas.shape[1] - FRAME_PX - 4) | (pieces.left <= FRAME_PX + 4)
    )
    kept = ~(attached | glyph | tick) & (pieces.area >= LEAST_AREA_STROKES * stroke)
    kept &= np.linalg.norm(pieces.colour, axis=1) > LEAST_COLOUR_RGB
    kept[0] = False
    return np.asarray(kept, bool)


def _are_straight(x: FloatArray, y: FloatArray, own: IntpArray, count: int, stroke: float) -> BoolArray:
    """Which of ``count`` sets of pixels keep to a straight line, the heads of arrows left out."""
    area = np.maximum(np.bincount(own, minlength=count), 1)
    x, y = x - (np.bincount(own, x, count) / area)[own], y - (np.bincount(own, y, count) / area)[own]
    xx, yy, xy = (np.bincount(own, value, count) / area for value in (x * x, y * y, x * y))
    lean = 0.5 * np.arctan2(2 * xy, xx - yy)
    off = np.abs(-np.sin(lean)[own] * x + np.cos(lean)[own] * y)
    far = np.bincount(own, off > STRAIGHT_STROKES * stroke + 0.5, count) / area
    return np.asarray(far < HEAD_SHARE, bool)


def _usual_stroke(traces: Sequence[Trace], panel: Panel) -> float:
    widths = [trace.stroke_px for trace in traces if trace.kind in STROKED]
    return float(max(np.median(widths) if widths else panel.stroke_px, 1.0))


def _to_leftover(
    pieces: _Pieces, own: IntpArray, canvas: Canvas, panel: Panel, stroke: float
) -> Leftover | None:
    """The pieces of one colour together; None where they make areas, or straight lines too short for a series."""
    thick = pieces.thickness[own] > THICK_STROKES * stroke + THICK_PX
    mask = _among(pieces, own)
    if thick.any() and not has_ragged_edges(mask):
        own = own[~thick]
        mask = _among(pieces, own)
    reach = max(round(BRIDGE_HEIGHTS * panel.text_height_px), 2)
    count, near, stats, _ = cv2.connectedComponentsWithStats(dilate(mask, reach).astype(np.uint8), connectivity=8)
    rows, cols = np.nonzero(mask)
    cluster = near[rows, cols].astype(np.intp)
    straight = _are_straight(cols.astype(float), rows.astype(float), cluster, count, stroke)
    straight &= stats[:, cv2.CC_STAT_WIDTH] - 2 * reach < STRAIGHT_LEAST_FRAC * canvas.shape[1]
    # beside a curve of its colour a straight stretch is more of it
    if straight[cluster].all():
        return None
    runs = (mask & ~np.pad(mask, ((1, 0), (0, 0)))[:-1]).sum(axis=0)
    # dashes and the gaps between them
    bridge = np.ones((1, 2 * reach + 1), np.uint8)
    covered = cv2.morphologyEx((runs > 0).astype(np.uint8)[None, :], cv2.MORPH_CLOSE, bridge)
    colour = np.clip(np.round(pieces.colour[own[0]] + canvas.background), 0, 255).astype(int)
    return Leftover(
        box=Box(
            left=float(cols.min()) + canvas.left, top=float(rows.min()) + canvas.top,
            right=float(cols.max()) + canvas.left, bottom=float(rows.max()) + canvas.top,
        ),
        colour=(int(colour[0]), int(colour[1]), int(colour[2])),
        columns_frac=float(covered.mean()),
        runs=float(runs[runs > 0].mean()),
    )  # fmt: skip


def _among(pieces: _Pieces, own: IntpArray) -> BoolArray:
    chosen = np.zeros(len(pieces.area), bool)
    chosen[own] = True
    return np.asarray(chosen[pieces.labels], bool)
