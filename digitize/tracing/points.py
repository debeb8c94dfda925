"""Markers without a line: one marker's shape is learnt from those that stand alone, then found in the heaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.geometry import BoolArray, FloatArray
from digitize.findings import PointFlag
from digitize.tracing.canvas import Canvas, Float32Array, dilate
from digitize.tracing.marker_template import MarkerTemplate, Spots, find_spots, find_template
from digitize.tracing.masks import InkMap
from digitize.values import FlagArray

OUTSIDE_FRAC = 0.14
"""Share of a marker's inner pixels that may lie where there is neither its ink nor anything over it."""
SINGLE_SIZE_FRAC = 0.2
SINGLE_SIZE_PX = 1.5
SINGLE_AREA_FRAC = 0.3
"""A spot whose sides and area differ from the template's by no more than this is one marker."""
LEAST_EDGE_FRAC = 0.2
LEAST_NEW_FRAC = 0.12
"""Share of a marker's outline and of its area that must be new to count as one more marker in a heap."""
AREA_WEIGHT = 0.35
VEILED_EDGE_WEIGHT = 0.5
HIDDEN_FRAC = 0.35
"""A marker of which less than this is seen is not claimed."""
DOUBTFUL_FRAC = 0.6
LEAST_POINTS = 6
LEAST_LARGE_POINTS = 4
LEAST_NAMED_POINTS = 1
LARGE_HEIGHTS = 0.6
"""Markers larger than this, in heights of the panel's text, are no pieces of a stroke."""
CLEAN_FRAC = 0.95
CLEAN_JOINED_FRAC = 0.05
EXPLAINED_FRAC = 0.72
BESIDE_LINE_FRAC = 0.3
"""Share of the ink that markers must explain: by themselves, and where the legend shows markers."""
JOINED_FRAC = 0.5
"""Where more markers than this have a stroke leaving them, they are markers on a line."""
ALONE_FRAC = 0.12
DOTTED_FRAC = 0.6
"""Where more markers than this lie evenly between their two neighbours, they may be the dots of a line ..."""
DOTTED_PITCH_SIZES = 4.0
"""... if they follow each other this closely ..."""
DOTTED_SIZE_HEIGHTS = 0.5
"""... and are this small beside the panel's text."""
PILED_SIZES = 1.6
"""A disc of this many marker sizes fits only into heaps."""
EVEN_FRAC = 0.2
STRAIGHT_COS = -0.85
MOST_POINTS = 3000
SNAPPED_PX = 0.08
"""Markers of which nearly all stand this near to one grid of whole pixels were snapped to them."""
SNAPPED_FRAC = 0.7
SNAPPED_LEAST = 5
SNAPPED_SHIFT_PX = 0.5
"""Agg (matplotlib) rounds a marker's place to a pixel edge and draws it on the pixel right of and below that edge."""
SNAPPED_SIGMA_PX = 0.3
SPOT_SIGMA_PX = 0.12
HEAP_SIGMA_PX = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Points:
    """Markers of one colour, in crop coordinates, left to right.

    Attributes
    ----------
    centres : (N, 2) float array
    sigma : (N, 2) float array
    separate : (M, 2) float array
        Centres of the ink of markers that stand apart and look alike.
    flags : (N,) uint16 array
    template : MarkerTemplate
    covered : (H, W) bool array
        Pixels under the markers.
    rest : InkMap
        The ink that no marker explains.
    explained : float
        Share of the ink that markers explain.
    alone : float
        Share of the markers that stand apart from all others.
    joined : float
        Share of the markers that a stroke leaves.
    piled : float
        Share of the ink that lies in heaps where single markers cannot be told apart.
    large : bool
        Whether the markers are too large to be pieces of a stroke.
    """

    centres: FloatArray
    sigma: FloatArray
    separate: FloatArray
    flags: FlagArray
    template: MarkerTemplate
    covered: BoolArray
    rest: InkMap
    explained: float
    alone: float
    joined: float
    piled: float
    large: bool

    @property
    def is_clean(self) -> bool:
        """Whether nothing but large markers was seen, so that no line could be meant."""
        return self.large and self.explained > CLEAN_FRAC and self.joined <= CLEAN_JOINED_FRAC


def find_points(canvas: Canvas, ink: InkMap, *, text_height_px: float = 10.0, vouched: bool = False) -> Points | None:
    """The markers of one colour where it is drawn as separate points.

    Parameters
    ----------
    canvas : Canvas
    ink : InkMap
        Of the colour.
    text_height_px : float
        Of the panel's tick labels.
    vouched : bool
        Whether the legend shows a marker without a line.

    Returns
    -------
    Points or None
        None where the ink is no cloud of equal markers.
    """
    if int(ink.own.sum()) < 9:
        return None
    spots = find_spots(ink, canvas.text)
    found = find_template(ink, spots, least=1 if vouched else 3)
    if found is None:
        return None
    template, alike = found
    centres, single, doubtful, covered = _cover(ink, template, spots, alike)
    large = template.size_px > LARGE_HEIGHTS * text_height_px
    least = LEAST_NAMED_POINTS if vouched else LEAST_LARGE_POINTS if large else LEAST_POINTS
    if not least <= len(centres) < MOST_POINTS:
        return None
    small = template.size_px < DOTTED_SIZE_HEIGHTS * text_height_px
    if not vouched and (template.is_long or (small and _is_dotted(centres, template.size_px))):
        return None
    total = float(ink.own.sum())
    left_over = ink.own & ~covered
    left_over &= cv2.morphologyEx(left_over.astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)).astype(bool)
    explained = 1.0 - float((ink.own & ~covered).sum()) / total
    joined = _share_joined(centres, template, left_over)
    alone = float(np.mean(single))
    if vouched:
        enough = explained >= BESIDE_LINE_FRAC
    else:
        enough = explained >= EXPLAINED_FRAC and joined < JOINED_FRAC and alone > ALONE_FRAC
    if not enough:
        return None
    return _to_points(
        ink, template, centres, single, doubtful, covered, (explained, alone, joined), alike=len(alike), large=large
    )


def unsnap(clouds: Sequence[Points]) -> list[Points]:
    """Undo the rounding of a panel's markers to whole pixels where its program did that."""
    if not are_snapped([cloud.separate for cloud in clouds]):
        return list(clouds)
    return [
        replace(
            cloud, centres=cloud.centres - SNAPPED_SHIFT_PX, sigma=np.asarray(np.hypot(cloud.sigma, SNAPPED_SIGMA_PX))
        )
        for cloud in clouds
    ]


def are_snapped(groups: Sequence[FloatArray]) -> bool:
    """Whether nearly all marker centres, each group of one shape, stand on one grid of whole pixels."""
    off = np.concatenate([_off_grid(centres) for centres in groups]) if groups else np.empty(0)
    return bool(len(off) >= SNAPPED_LEAST and np.mean(off < SNAPPED_PX) >= SNAPPED_FRAC)


def _off_grid(centres: FloatArray) -> FloatArray:
    """How far each lies from a grid of whole pixels on which most of them stand."""
    turn = np.exp(2j * np.pi * centres)
    lag = np.angle(turn * np.exp(-1j * np.angle(turn.sum(axis=0))))
    return np.asarray(np.abs(lag).max(axis=1, initial=0.0) / (2 * np.pi), np.float64)


def _share_piled(ink: InkMap, template: MarkerTemplate) -> float:
    side = int(np.ceil(PILED_SIZES * template.size_px))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    solid = cv2.morphologyEx(ink.own.astype(np.uint8), cv2.MORPH_OPEN, disc)
    return float(solid.sum()) / max(float(ink.own.sum()), 1.0)


def _cover(
    ink: InkMap, template: MarkerTemplate, spots: Spots, alike: NDArray[np.int64]
) -> tuple[FloatArray, BoolArray, BoolArray, BoolArray]:
    """Centres of ink, which of them stand apart, which are doubtful, and the pixels they cover.

    Spots that stand alone are taken as they are; in what remains, markers are placed one at a time where the
    outline of the ink agrees best with theirs.
    """
    covered = np.zeros(ink.own.shape, bool)
    reach = dilate(template.body, 1)
    alike = np.concatenate([alike, np.setdiff1d(_find_singles(spots, template), alike)])
    for x, y in spots.centroids[alike]:
        _paint(covered, reach, round(float(x)), round(float(y)), template.half)
    single = spots.centroids[alike]
    heap = ink.own & ~np.isin(spots.labels, np.asarray(alike) + 1)
    centres, seen = _place(ink, heap, template)
    for x, y in centres:
        _paint(covered, reach, int(x), int(y), template.half)
    everything = np.concatenate([single, centres]) if len(centres) else single
    doubtful = np.concatenate([np.zeros(len(single), bool), seen < DOUBTFUL_FRAC])
    return everything, np.arange(len(everything)) < len(single), doubtful, covered


def _find_singles(spots: Spots, template: MarkerTemplate) -> NDArray[np.int64]:
    """Spots apart from all other ink that are as large as one marker, the few odd ones out included."""
    size = spots.boxes[:, 2:].astype(float)
    slack = np.maximum(SINGLE_SIZE_FRAC * template.size_px, SINGLE_SIZE_PX)
    usual = np.array([template.width_px, template.height_px])
    area = float(template.body.sum())
    fits = (np.abs(size - usual - 0.5) <= slack).all(axis=1) & (np.abs(spots.areas / area - 1.0) <= SINGLE_AREA_FRAC)
    return np.flatnonzero(fits & spots.open).astype(np.int64)


def _place(ink: InkMap, heap: BoolArray, template: MarkerTemplate) -> tuple[FloatArray, FloatArray]:
    """Greedy cover of heaps by markers: (M, 2) centres and, for each, the share of it that was new."""
    half = template.half
    own, hidden = np.pad(heap, half), np.pad(ink.hidden & ~heap, half)
    body, outline = template.body.astype(np.float32), template.outline.astype(np.float32)
    area, length = float(body.sum()), float(outline.sum())
    core = template.core.astype(np.float32)
    outside = _correlate((~own & ~hidden).astype(np.float32), core) / float(core.sum())
    possible = outside <= OUTSIDE_FRAC
    bare = ~dilate(hidden, 1)
    inner = cv2.erode(own.astype(np.uint8), np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)).astype(bool)
    edge = own & ~inner
    fresh = own.astype(np.float32)
    # beside ink of others an edge may be a cut instead of the marker's own
    rim = np.maximum(edge.astype(np.float32), 0.5 * dilate(edge, 1).astype(np.float32) * own)
    rim *= np.where(bare, 1.0, VEILED_EDGE_WEIGHT).astype(np.float32)
    new_area = _correlate(fresh, body) / area
    new_edge = _correlate(rim, outline) / length
    veiled = _correlate(hidden.astype(np.float32), body) / area
    score = np.where(possible, new_edge + AREA_WEIGHT * new_area - outside, -1.0)
    centres: list[tuple[int, int]] = []
    seen: list[float] = []
    claimed = dilate(template.outline, 1)
    for _ in range(MOST_POINTS):
        row, col = divmod(int(np.argmax(score)), score.shape[1])
        best_edge, best_area = float(new_edge[row, col]), float(new_area[row, col])
        if score[row, col] <= 0.0:
            break
        needed = LEAST_EDGE_FRAC * max(1.0 - float(veiled[row, col]), 0.3)
        if best_edge < needed or best_area < LEAST_NEW_FRAC or (veiled[row, col] > 1 - HIDDEN_FRAC):
            score[row, col] = -1.0
            continue
        centres.append((col - half, row - half))
        seen.append(best_area)
        part = slice(row - half, row + half + 1), slice(col - half, col + half + 1)
        fresh[part][template.body] = 0.0
        rim[part][claimed] = 0.0
        top, bottom = max(row - 2 * half, half), min(row + 2 * half + 1, score.shape[0] - half)
        left, right = max(col - 2 * half, half), min(col + 2 * half + 1, score.shape[1] - half)
        wide = slice(top - half, bottom + half), slice(left - half, right + half)
        cut = slice(half, half + bottom - top), slice(half, half + right - left)
        here = slice(top, bottom), slice(left, right)
        new_area[here] = (_correlate(fresh[wide], body) / area)[cut]
        new_edge[here] = (_correlate(rim[wide], outline) / length)[cut]
        renewed = new_edge[here] + AREA_WEIGHT * new_area[here] - outside[here]
        score[here] = np.where(score[here] > -1.0, renewed, -1.0)
        score[row, col] = -1.0
    return np.array(centres, float).reshape(-1, 2), np.array(seen)


def _correlate(values: Float32Array, kernel: Float32Array) -> Float32Array:
    return np.asarray(cv2.filter2D(values, -1, kernel, borderType=cv2.BORDER_CONSTANT), np.float32)


def _paint(mask: BoolArray, shape: BoolArray, x: int, y: int, half: int) -> None:
    top, left = y - half, x - half
    rows = slice(max(top, 0), min(top + len(shape), mask.shape[0]))
    cols = slice(max(left, 0), min(left + len(shape), mask.shape[1]))
    mask[rows, cols] |= shape[rows.start - top : rows.stop - top, cols.start - left : cols.stop - left]


def _share_joined(centres: FloatArray, template: MarkerTemplate, rest: BoolArray) -> float:
    """Share of the markers beside which other ink of the colour begins."""
    if not len(centres):
        return 0.0
    around = dilate(template.body, 3)
    near = cv2.filter2D(rest.astype(np.float32), -1, around.astype(np.float32), borderType=cv2.BORDER_CONSTANT)
    rows = np.clip(np.round(centres[:, 1]).astype(int), 0, rest.shape[0] - 1)
    cols = np.clip(np.round(centres[:, 0]).astype(int), 0, rest.shape[1] - 1)
    return float(np.mean(near[rows, cols] > 1.5))


def _is_dotted(centres: FloatArray, size_px: float) -> bool:
    """Whether most spots lie evenly between their two neighbours: the dots of a line."""
    if len(centres) < LEAST_POINTS:
        return False
    from scipy.spatial import cKDTree

    distance, neighbour = cKDTree(centres).query(centres, k=3)
    one, other = centres[neighbour[:, 1]] - centres, centres[neighbour[:, 2]] - centres
    near, far = np.maximum(distance[:, 1], 1e-6), np.maximum(distance[:, 2], 1e-6)
    opposite = (one * other).sum(axis=1) / (near * far) < STRAIGHT_COS
    even = far - near < EVEN_FRAC * far + 1.0
    close = far < DOTTED_PITCH_SIZES * size_px
    return bool(np.mean(opposite & even & close) > DOTTED_FRAC)


def _to_points(
    ink: InkMap,
    template: MarkerTemplate,
    centres: FloatArray,
    single: BoolArray,
    doubtful: BoolArray,
    covered: BoolArray,
    shares: tuple[float, float, float],
    *,
    alike: int,
    large: bool,
) -> Points:
    base = np.where(single, SPOT_SIGMA_PX, HEAP_SIGMA_PX)
    sigma = np.stack([base, np.hypot(base, template.shift_sigma_px)], axis=1)
    flags = np.where(doubtful, int(PointFlag.HIDDEN), 0).astype(np.uint16)
    order = np.argsort(centres[:, 0], kind="stable")
    rest = InkMap(
        alpha=np.where(covered, 0.0, ink.alpha).astype(np.float32),
        own=ink.own & ~covered,
        hidden=ink.hidden | (ink.own & covered),
        band_alpha=ink.band_alpha,
    )
    explained, alone, joined = shares
    return Points(
        centres=(centres + template.shift_px)[order],
        sigma=sigma[order],
        separate=centres[:alike],
        piled=_share_piled(ink, template),
        flags=flags[order],
        template=template,
        covered=covered,
        rest=rest,
        explained=explained,
        alone=alone,
        joined=joined,
        large=large,
    )
