"""The shape that the markers of one colour share, measured on those that stand alone."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.geometry import BoolArray, FloatArray
from digitize.tracing.canvas import Float32Array, dilate
from digitize.tracing.kinds import has_ragged_edges
from digitize.tracing.masks import InkMap

LEAST_PX = 3
"""Smaller spots are dots of a dotted line, or dirt."""
MOST_FRAC = 0.07
MOST_LEAST_PX = 12
"""Largest marker, as a share of the panel's smaller side, and never less than this."""
MOST_ASPECT = 1.8
DASH_ASPECT = 1.45
DASH_FILL = 0.8
LEAST_ALIKE = 3
SAME_SIZE_FRAC = 0.13
SAME_SIZE_PX = 1.0
ALIKE_NCC = 0.8
SAMPLES = 60
CHAIN_GAP_PX = 3
"""A line that lies over a chain of markers parts it by no more than twice this."""
LEAST_CHAIN_PEAKS = 12
CHAIN_SPREAD_FRAC = 0.1
CHAIN_ALIKE_SHARE = 0.35
"""Of the circles inside a chain of discs this share is alike ..."""
CHAIN_OPENED_FRAC = 0.8
CHAIN_SHARE = 0.92
"""... and an opening a bit smaller than they leaves this share of the ink."""
LEAST_CUT, CUT_SHARE, CUT_QUANTILE = 6, 0.6, 0.8
"""Discs that others cut: so many pieces, this share of the ink, and how wide the widest of them are."""
RIM_PX = 2
BODY_ALPHA = 0.5
CORE_ALPHA = 0.75
TRIANGLE_PULL_FRAC = 0.07
"""A centroid this far (of the height) from the middle of the box is a triangle's."""
SQUARE_ASPECT = 0.93


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MarkerTemplate:
    """One marker as drawn.

    Attributes
    ----------
    alpha : (S, S) float32 array
        Mean coverage, S odd; the centroid of the ink lies in the middle pixel's centre.
    body, core, outline : (S, S) bool array
        Pixels that are ink, those of them that are ink wherever the marker falls on the pixel grid, and those beside
        pixels that are not.
    width_px, height_px : float
        Of the ink.
    shift_px : (2,) float array
        From the ink's centroid to the place the marker stands for (not 0 for triangles).
    shift_sigma_px : float
        Doubt about that shift.
    """

    alpha: Float32Array
    body: BoolArray
    core: BoolArray
    outline: BoolArray
    width_px: float
    height_px: float
    shift_px: FloatArray
    shift_sigma_px: float

    @property
    def size_px(self) -> float:
        return max(self.width_px, self.height_px)

    @property
    def is_long(self) -> bool:
        """Whether it may be a dash."""
        return self.fill > DASH_FILL and self.size_px > DASH_ASPECT * min(self.width_px, self.height_px)

    @property
    def half(self) -> int:
        """Pixels from the middle to the patch's edge."""
        return int(self.alpha.shape[0] // 2)

    @property
    def is_hollow(self) -> bool:
        """Whether the middle is bare."""
        return not bool(self.body[self.half, self.half])

    @property
    def fill(self) -> float:
        """Share of the box that is ink: near 1 for squares, 0.79 for discs, small for crosses and rings."""
        return float(self.body.sum()) / max(self.width_px * self.height_px, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spots:
    """Separate pieces of one colour's ink: labels from 1, boxes (left, top, width, height), areas, ink centroids."""

    labels: NDArray[np.int32]
    boxes: NDArray[np.int64]
    areas: NDArray[np.int64]
    centroids: FloatArray
    clear: BoolArray
    open: BoolArray


def find_spots(ink: InkMap, text: BoolArray) -> Spots:
    """Connected pieces of ink; ``open`` touch no edge of the crop, ``clear`` nothing hidden and no text either."""
    own = ink.own.astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(own, connectivity=8)
    count = len(stats)
    weight = np.where(ink.own, ink.alpha, 0.0).ravel()
    flat = labels.ravel()
    mass = np.maximum(np.bincount(flat, weight, minlength=count), 1e-6)
    rows, cols = np.indices(ink.own.shape)
    x = np.bincount(flat, weight * cols.ravel(), minlength=count) / mass
    y = np.bincount(flat, weight * rows.ravel(), minlength=count) / mass
    beside = dilate(ink.hidden | text, 1)
    touched = np.bincount(flat, beside.ravel(), minlength=count) > 0
    left, top = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
    right, bottom = left + stats[:, cv2.CC_STAT_WIDTH], top + stats[:, cv2.CC_STAT_HEIGHT]
    inside = (left > 1) & (top > 1) & (right < own.shape[1] - 1) & (bottom < own.shape[0] - 1)
    return Spots(
        labels=labels.astype(np.int32, copy=False),
        boxes=stats[1:, :4].astype(np.int64),
        areas=stats[1:, cv2.CC_STAT_AREA].astype(np.int64),
        centroids=np.stack([x, y], axis=1)[1:],
        clear=(~touched & inside)[1:],
        open=inside[1:],
    )


def _are_sized(ink: InkMap, spots: Spots) -> BoolArray:
    """Which spots are as large, and as compact, as markers."""
    large, small = spots.boxes[:, 2:].max(axis=1), spots.boxes[:, 2:].min(axis=1)
    return np.asarray((small >= LEAST_PX) & (large <= _most_px(ink)) & (large <= MOST_ASPECT * small), bool)


def _most_px(ink: InkMap) -> float:
    return float(max(MOST_FRAC * min(ink.own.shape), MOST_LEAST_PX))


def find_template(
    ink: InkMap, spots: Spots, least: int = LEAST_ALIKE
) -> tuple[MarkerTemplate, NDArray[np.int64]] | None:
    """The marker that most separate spots show, and which spots those are; None where no ``least`` are alike."""
    width, height = spots.boxes[:, 2], spots.boxes[:, 3]
    large = np.maximum(width, height)
    sized = _are_sized(ink, spots)
    usable = np.flatnonzero(sized & spots.clear)
    if len(usable) < max(least, LEAST_ALIKE):
        usable = np.flatnonzero(sized & spots.open)  # over a band or a coloured area nothing is clear
    if len(usable) < least:
        return None
    sizes = np.stack([width[usable], height[usable]], axis=1).astype(float)
    slack = np.maximum(SAME_SIZE_FRAC * sizes, SAME_SIZE_PX)
    near = (np.abs(sizes[:, None] - sizes[None]) <= slack[:, None]).all(axis=2)
    # heaps are larger, but no two are alike
    votes = near.sum(axis=1) ** 2 * np.sqrt(sizes.prod(axis=1))
    alike = usable[near[int(np.argmax(votes))]]
    if len(alike) < least:
        return None
    half = int(np.ceil(large[alike].max() / 2)) + RIM_PX
    source = np.pad(ink.alpha.astype(np.float32), half)
    some = alike[np.linspace(0, len(alike) - 1, min(len(alike), SAMPLES)).astype(int)]
    centres = spots.centroids[some] + half
    side = (2 * half + 1, 2 * half + 1)
    cut = [cv2.getRectSubPix(source, side, (float(x), float(y))) for x, y in centres]
    patches = np.stack(cut).astype(np.float32)
    mean = np.median(patches, axis=0).astype(np.float32)
    match = _ncc(patches, mean)
    if np.mean(match > ALIKE_NCC) < 0.6 or (match > ALIKE_NCC).sum() < least:
        return None
    mean = patches[match > ALIKE_NCC].mean(axis=0).astype(np.float32)
    return to_template(mean), alike


def find_disc(ink: InkMap) -> MarkerTemplate | None:
    """The disc that a chain of discs is made of, none of which stands alone; None where the ink is no such chain.

    Its radius is that of the largest circles inside the ink, which are alike all along the chain; spikes of a noisy
    line are thinner than they, and a thick line has smooth edges.
    """
    solid = ink.own | (ink.hidden & dilate(ink.own, CHAIN_GAP_PX))
    depth = cv2.distanceTransform(np.pad(solid, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    peak = (depth >= cv2.dilate(depth, np.ones((5, 5), np.uint8))) & ink.own & (depth > LEAST_PX / 2)
    if peak.sum() < LEAST_CHAIN_PEAKS:
        return None
    depths = np.sort(depth[peak].astype(np.float64))
    first = np.searchsorted(depths, (1 - CHAIN_SPREAD_FRAC) * depths, side="right")
    end = np.searchsorted(depths, (1 + CHAIN_SPREAD_FRAC) * depths, side="left")
    usual = int(np.argmax(end - first))
    near = depths[first[usual] : end[usual]]
    radius = float(np.mean(near)) - 0.5  # to the edge, not to the first bare pixel's centre
    alike = len(near) / len(depths)
    if alike < CHAIN_ALIKE_SHARE or 2 * radius > _most_px(ink):
        return None
    side = 2 * int(CHAIN_OPENED_FRAC * radius) + 1
    opened = cv2.morphologyEx(
        solid.astype(np.uint8), cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    )
    if float(np.mean(opened[ink.own])) < CHAIN_SHARE or not has_ragged_edges(ink.own):
        return None
    return _to_disc(radius)


def find_cut_disc(ink: InkMap, spots: Spots) -> MarkerTemplate | None:
    """The disc of markers none of which is seen whole, as where a fit runs over all of them; None where they are none.

    What shows of a disc beside the line that hides its middle is as wide as the disc where half of it shows.
    """
    if not len(spots.areas) or spots.areas[~spots.clear].sum() < CUT_SHARE * spots.areas.sum():
        return None
    if (_are_sized(ink, spots) & spots.clear).sum() >= LEAST_ALIKE:
        return None
    wide = np.zeros(len(spots.areas) + 1)
    for labels in (spots.labels, spots.labels.T):
        chord = np.zeros((labels.shape[0], len(wide)))
        rows, cols = np.nonzero(labels)
        np.add.at(chord, (rows, labels[rows, cols]), 1.0)
        wide = np.maximum(wide, chord.max(axis=0))
    chords = np.sort(wide[1:][np.minimum(*spots.boxes[:, 2:].T) >= LEAST_PX - 1])
    if len(chords) < LEAST_CUT:
        return None
    width_px = float(np.quantile(chords, CUT_QUANTILE))
    alike = np.abs(chords - width_px) <= max(SAME_SIZE_FRAC * width_px, SAME_SIZE_PX)
    if alike.sum() < LEAST_CUT or not LEAST_PX < width_px <= _most_px(ink):
        return None
    return _to_disc(float(chords[alike].mean()) / 2)


def _to_disc(radius: float) -> MarkerTemplate:
    half = int(np.ceil(radius)) + RIM_PX
    away = np.hypot(*np.meshgrid(np.arange(-half, half + 1), np.arange(-half, half + 1)))
    return to_template(np.clip(radius + 0.5 - away, 0.0, 1.0).astype(np.float32))


def _ncc(patches: Float32Array, mean: Float32Array) -> FloatArray:
    """Normalised correlation of every patch with one."""
    flat = patches.reshape(len(patches), -1).astype(np.float64)
    flat = flat - flat.mean(axis=1, keepdims=True)
    model = mean.astype(np.float64).ravel() - mean.mean()
    return np.asarray(flat @ model / np.maximum(np.linalg.norm(flat, axis=1) * np.linalg.norm(model), 1e-9))


def to_template(mean: Float32Array) -> MarkerTemplate:
    body = mean > BODY_ALPHA * float(mean.max())
    outline = body & ~cv2.erode(body.astype(np.uint8), np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)).astype(
        bool
    )
    strength = mean / max(float(mean.max()), 1e-6)
    edges = [_extent(strength.max(axis=axis)) for axis in (0, 1)]
    (left, right), (top, bottom) = edges
    half = mean.shape[0] // 2
    width, height = right - left, bottom - top
    middle = (top + bottom) / 2 - half
    # programs differ: some centre a triangle's box on the point, some its centroid; the former draw it as high as wide
    pull = abs(middle) > TRIANGLE_PULL_FRAC * height and abs(middle) > 0.4
    square = height > SQUARE_ASPECT * width
    share = 0.0 if not pull else 1.0 if square else 0.5
    return MarkerTemplate(
        alpha=mean,
        body=body,
        core=mean > CORE_ALPHA * float(mean.max()),
        outline=outline,
        width_px=width,
        height_px=height,
        shift_px=np.array([0.0, share * middle]),
        shift_sigma_px=abs(middle) / 3 if pull else 0.05,
    )


def _extent(profile: Float32Array) -> tuple[float, float]:
    """Where a profile first and last crosses half of its height, to sub-pixel."""
    inside = np.flatnonzero(profile > BODY_ALPHA)
    first, last = int(inside[0]), int(inside[-1])

    def cross(inner: int, outer: int) -> float:
        if not 0 <= outer < len(profile):
            return float(inner)
        fall = float(profile[inner] - profile[outer])
        return inner + (outer - inner) * float(np.clip((profile[inner] - BODY_ALPHA) / max(fall, 1e-6), 0.0, 1.0))

    return cross(first, first - 1), cross(last, last + 1)
