"""Tick labels measured again in the picture: boxes of texts are tight to about a pixel, their ink to a part of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from calibration.geometry import BoolArray, Box, ByteArray, FloatArray, TextBox
from digitize.panels.axis_texts import is_number_like

REACH_PX = 2
"""How far from the edges of its box the ink of a label may end."""
INK_LEVELS = 25.0
FULL_FRAC, FAINT_FRAC, SOFT_PX = 0.6, 0.12, 2
"""A pixel inked by so much lies within a stroke; so little is no ink; edges are at most so many pixels wide."""
STRONG_PERCENTILE = 97.0
SLANTED_DEG = (15.0, 75.0)
AROUND_HEIGHTS, BAND_HEIGHTS = 0.6, 0.8
"""How far beyond its box the ink of a slanted label may reach, and how far beside its middle line its pieces stand."""
SPINE_FRAC = 0.4
"""A spine read with a label runs through this outer part of its box."""
RUN_FRAC, TICK_FRAC = 0.6, 0.35
TALL_FACTOR, ALONG_FRAC = 1.6, 0.9
"""Labels so much higher than others hold other ink; a spine along them runs through so much of their width."""
CHARACTER_HEIGHTS, CHARACTER_LEAST_HEIGHTS, CHARACTER_GAP_HEIGHTS = 1.0, 0.6, 0.4
"""A character is no wider than it is high, not much lower than its label, and stands so near to the next."""
PIECE_FRAC = 0.3
"""A pixel inked by so much belongs to a piece of a character."""


def measured_labels(pixels: ByteArray, labels: Sequence[TextBox], *, whole: bool = False) -> list[TextBox]:
    """Labels with boxes whose edges lie where their ink begins; where other ink touches them, as they were.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 array
    labels : sequence of TextBox
    whole : bool
        Whether characters before or behind a level label are its own though they were not read.
    """
    boxes = [label.box for label in labels]
    if whole:
        labels = [_with_lost_characters(pixels, label, boxes) for label in labels]
    around = [_around_characters(pixels, label) for label in labels]
    usual_px = float(np.median([label.box.height_px for label in around])) if around else 0.0
    # characters of two labels may touch: what makes a label higher or lower than the others are not its own
    nearer = [
        new if abs(new.box.height_px - usual_px) < abs(old.box.height_px - usual_px) else old
        for old, new in zip(labels, around, strict=True)
    ]
    return [_measured(pixels, label) for label in nearer]


def _pieces(pixels: ByteArray, label: TextBox, beside_heights: float) -> list[Box]:
    """Pieces of ink as strong as a level label's around its box; those that reach over all of it are lines."""
    box, height_px = label.box, label.box.height_px
    rows, cols = box.expanded(beside_heights * height_px, AROUND_HEIGHTS * height_px).slices(pixels.shape)
    part = pixels[rows, cols].astype(float)
    if not part.size:
        return []
    levels = np.abs(part - np.median(part.reshape(-1, 3), axis=0)).max(axis=2)
    high, wide = box.slices(pixels.shape)
    own = levels[high.start - rows.start : high.stop - rows.start, wide.start - cols.start : wide.stop - cols.start]
    strong = float(np.percentile(own, STRONG_PERCENTILE)) if own.size else 0.0
    if strong < INK_LEVELS:
        return []
    ink = (levels >= FULL_FRAC * strong).astype(np.uint8)
    stats = cv2.connectedComponentsWithStats(ink, connectivity=8)[2][1:].astype(float)
    stats = stats[(stats[:, 2] < ink.shape[1]) & (stats[:, 3] < ink.shape[0])]
    lefts, tops = stats[:, 0] + cols.start - 0.5, stats[:, 1] + rows.start - 0.5
    edges = np.stack([lefts, tops, lefts + stats[:, 2], tops + stats[:, 3]], axis=1)
    return [Box(left=a, top=b, right=c, bottom=d) for a, b, c, d in edges.tolist()]


def _with_lost_characters(pixels: ByteArray, label: TextBox, others: Sequence[Box]) -> TextBox:
    """A level label with the character that stands as near as its own do; what is read of "0.4" may be ".4"."""
    box, height_px = label.box, label.box.height_px
    if abs(label.angle_deg) >= SLANTED_DEG[0]:
        return label
    lost = [
        piece for piece in _pieces(pixels, label, CHARACTER_GAP_HEIGHTS + CHARACTER_HEIGHTS)
        if piece.width_px <= CHARACTER_HEIGHTS * height_px and piece.height_px >= CHARACTER_LEAST_HEIGHTS * height_px
        and box.top - REACH_PX <= piece.top + 0.5 and piece.bottom - 0.5 <= box.bottom + REACH_PX
        and not any(piece.intersection_area(other) > 0 for other in others)
    ]  # fmt: skip
    near_px = CHARACTER_GAP_HEIGHTS * height_px
    left = min((one.left for one in lost if 0 <= box.left - one.right <= near_px), default=box.left)
    right = max((one.right for one in lost if 0 <= one.left - box.right <= near_px), default=box.right)
    return replace(label, box=replace(box, left=left, right=right))


def _around_characters(pixels: ByteArray, label: TextBox) -> TextBox:
    """A level label whose box ends where its characters do, where that is farther off than its ink is looked for.

    Boxes may cut characters, or take in a stroke of the axis beside them.
    """
    box = label.box
    if abs(label.angle_deg) >= SLANTED_DEG[0]:
        return label
    own = [piece for piece in _pieces(pixels, label, AROUND_HEIGHTS) if box.contains(*piece.centre)]
    if not own:
        return label
    top, bottom = min(piece.top for piece in own), max(piece.bottom for piece in own)
    if bottom - top < CHARACTER_LEAST_HEIGHTS * box.height_px:
        return label
    return replace(
        label,
        box=replace(
            box,
            top=top if abs(top - box.top) > REACH_PX else box.top,
            bottom=bottom if abs(bottom - box.bottom) > REACH_PX else box.bottom,
        ),
    )


def _measured(pixels: ByteArray, label: TextBox) -> TextBox:
    if SLANTED_DEG[0] < abs(label.angle_deg) < SLANTED_DEG[1]:
        return _measured_slanted(pixels, label)
    box = label.box
    rows, cols = box.expanded(REACH_PX + 1).slices(pixels.shape)
    part = pixels[rows, cols].astype(float)
    if min(part.shape[:2]) < 2 * REACH_PX + 3:
        return label
    border = np.concatenate([part[0], part[-1], part[:, 0], part[:, -1]])
    levels = np.abs(part - np.median(border, axis=0)).max(axis=2)
    strong = float(np.percentile(levels, STRONG_PERCENTILE))
    if strong < INK_LEVELS:
        return label
    ink = np.minimum(levels / strong, 1.0)
    # what lies beyond the box across the direction measured belongs to others
    inner_rows = slice(max(round(box.top + 0.5) - rows.start, 0), max(round(box.bottom + 0.5) - rows.start, 1))
    inner_cols = slice(max(round(box.left + 0.5) - cols.start, 0), max(round(box.right + 0.5) - cols.start, 1))
    across, down = ink[inner_rows].max(axis=0), ink[:, inner_cols].max(axis=1)
    left, right = _first(across, box.left - cols.start), _first(across[::-1], cols.stop - 1 - box.right)
    top, bottom = _first(down, box.top - rows.start), _first(down[::-1], rows.stop - 1 - box.bottom)
    measured = Box(
        left=cols.start + left,
        right=cols.stop - 1 - right,
        top=rows.start + top,
        bottom=rows.stop - 1 - bottom,
    )
    return replace(label, box=measured)


def beside_spines(pixels: ByteArray, texts: Sequence[TextBox]) -> list[TextBox]:
    """Texts, the level numbers among them without the spine and the tick marks that were read with them.

    Nor is the spine above a whole row that was read as one text a part of it.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 array
    texts : sequence of TextBox
    """
    level = [text for text in texts if abs(text.angle_deg) < SLANTED_DEG[0]]
    heights = [text.box.height_px for text in level if is_number_like(text)]
    tall_px = TALL_FACTOR * float(np.median(heights)) if heights else np.inf
    boxes = {
        id(text): _beside_spine(pixels, text.box) if is_number_like(text) else _below_spine(pixels, text.box)
        for text in level
        if is_number_like(text) or text.box.height_px > tall_px
    }
    return [replace(text, box=boxes[id(text)]) if id(text) in boxes else text for text in texts]


def _below_spine(pixels: ByteArray, box: Box) -> Box:
    """The box of a row of labels below, or over, the line through all of it."""
    rows, cols = box.slices(pixels.shape)
    part = pixels[rows, cols].astype(float)
    if min(part.shape[:2], default=0) < 2 * REACH_PX + 3:
        return box
    levels = np.abs(part - np.median(part[len(part) // 2 :].reshape(-1, 3), axis=0)).max(axis=2)
    line = np.flatnonzero((levels >= INK_LEVELS).mean(axis=1) >= ALONG_FRAC)
    below = line[line < len(part) / 2]
    return replace(box, top=float(rows.start + below.max() + 1) + 0.5) if len(below) else box


def _beside_spine(pixels: ByteArray, box: Box) -> Box:
    """The box of what stands beside a spine that was read with it, and with the tick marks on that."""
    rows, cols = box.expanded(REACH_PX, REACH_PX + 1).slices(pixels.shape)
    part = pixels[rows, cols].astype(float)
    if min(part.shape[:2], default=0) < 2 * REACH_PX + 3:
        return box
    levels = np.abs(part - np.median(part.reshape(-1, 3), axis=0)).max(axis=2)
    ink = levels >= max(INK_LEVELS, PIECE_FRAC * float(levels.max()))
    # a spine comes from above or below, and may end at the label
    runs = [np.where(way.all(axis=0), len(way), way.argmin(axis=0)) for way in (ink, ink[::-1])]
    through = np.flatnonzero(np.maximum(*runs) >= RUN_FRAC * len(ink))
    at = (through + 0.5) / part.shape[1]
    left, right = through[at < SPINE_FRAC], through[at > 1.0 - SPINE_FRAC]
    inner = ink[REACH_PX + 1 : -REACH_PX - 1]
    start = _behind_tick(inner, int(left.max()) + 2) if len(left) else 0
    stop = part.shape[1] - _behind_tick(inner[:, ::-1], part.shape[1] - int(right.min()) + 1) if len(right) else None
    ys, xs = np.nonzero(inner[:, start:stop])
    if not (len(left) or len(right)) or not len(ys):
        return box
    left_px, top_px = cols.start + start, rows.start + REACH_PX + 1
    return Box(
        left=float(left_px + xs.min()) - 0.5, right=float(left_px + xs.max()) + 0.5,
        top=float(top_px + ys.min()) - 0.5, bottom=float(top_px + ys.max()) + 0.5,
    )  # fmt: skip


def _behind_tick(ink: BoolArray, start: int) -> int:
    """Where a label begins behind a tick mark on the spine: at the first column without ink, if thin ink is before."""
    inked = ink[:, start:].sum(axis=0)
    free = np.flatnonzero(inked == 0)
    first = int(free[0]) if len(free) else 0
    thin = first and inked[:first].max() <= max(TICK_FRAC * len(ink), 1.0)
    return start + first if thin else start


def _measured_slanted(pixels: ByteArray, label: TextBox) -> TextBox:
    """A slanted label with the box of the ink along its middle line: boxes of turned text are off by some pixels."""
    box = label.box
    rows, cols = box.expanded(AROUND_HEIGHTS * label.height_px).slices(pixels.shape)
    part = pixels[rows, cols].astype(float)
    if min(part.shape[:2]) < 2 * REACH_PX + 3:
        return label
    levels = np.abs(part - np.median(part.reshape(-1, 3), axis=0)).max(axis=2)
    strong = float(np.percentile(levels, STRONG_PERCENTILE))
    if strong < INK_LEVELS:
        return label
    ink = np.minimum(levels / strong, 1.0)
    mask = (ink >= PIECE_FRAC).astype(np.uint8)
    pieces, marks, _, centres = cv2.connectedComponentsWithStats(mask, connectivity=8)
    lean = np.radians(label.angle_deg)
    x, y = centres[:, 0] + cols.start - box.centre[0], centres[:, 1] + rows.start - box.centre[1]
    across, along = y * np.cos(lean) + x * np.sin(lean), x * np.cos(lean) - y * np.sin(lean)
    half_px = (box.width_px - label.height_px * abs(np.sin(lean))) / np.cos(lean) / 2
    own = np.abs(across) <= BAND_HEIGHTS * label.height_px
    own &= np.abs(along) <= half_px
    own[0] = False
    if pieces < 2 or not own.any():
        return label
    # soft edges around the pieces are theirs
    ink = np.where(cv2.dilate(own[marks].astype(np.uint8), np.ones((3, 3), np.uint8)) > 0, ink, 0.0)
    if not (ink >= FULL_FRAC).any():
        return label
    beside, below = np.pad(ink.max(axis=0), SOFT_PX), np.pad(ink.max(axis=1), SOFT_PX)
    return replace(
        label,
        box=Box(
            left=cols.start - SOFT_PX + _begin(beside), right=cols.stop + SOFT_PX - 1 - _begin(beside[::-1]),
            top=rows.start - SOFT_PX + _begin(below), bottom=rows.stop + SOFT_PX - 1 - _begin(below[::-1]),
        ),
    )  # fmt: skip


def _begin(profile: FloatArray) -> float:
    """Where the ink of a profile begins; partly inked pixels count as far as they are inked."""
    at = int(np.flatnonzero(profile >= FULL_FRAC)[0])
    partly = profile[at - SOFT_PX : at + 1]
    return float(at + 0.5 - partly[partly > FAINT_FRAC].sum())


def _first(profile: FloatArray, edge_px: float) -> float:
    """Where the ink of a profile begins near ``edge_px``: partly inked pixels count as far as they are inked."""
    low = max(int(np.floor(edge_px - REACH_PX)), SOFT_PX)
    near = profile[low : int(np.ceil(edge_px + REACH_PX)) + 1]
    full = np.flatnonzero(near >= FULL_FRAC)
    if not len(full) or (full[0] == 0 and profile[low - 1] >= FULL_FRAC):
        return edge_px
    at = low + int(full[0])
    partly = profile[at - SOFT_PX : at + 1]
    return float(at + 0.5 - partly[partly > FAINT_FRAC].sum())
