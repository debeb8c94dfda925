"""Markers without a line: one marker's shape is learnt from those that stand alone, then found in the heaps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.geometry import BoolArray, FloatArray
from digitize.findings import PointFlag
from digitize.tracing.canvas import Canvas, Float32Array, dilate
from digitize.tracing.heaps import Placed, estimate_opacity, place_markers, render_markers
from digitize.tracing.marker_template import MarkerTemplate, Spots, find_cut_disc, find_disc, find_spots, find_template
from digitize.tracing.masks import InkMap
from digitize.values import RGB, FlagArray

SINGLE_SIZE_FRAC = 0.2
SINGLE_SIZE_PX = 1.5
SINGLE_AREA_FRAC = 0.3
"""A spot whose sides and area differ from the template's by no more than this is one marker."""
DOUBTFUL_FRAC = 0.6
LEAST_POINTS = 6
LEAST_LARGE_POINTS = 4
LEAST_NAMED_POINTS = 1
LEAST_APART = 4
"""With this many apart from all others, the rest of a cloud may be one heap if markers explain it all."""
LARGE_HEIGHTS = 0.6
"""Markers larger than this, in heights of the panel's text, are no pieces of a stroke."""
CLEAN_FRAC = 0.95
CLEAN_JOINED_FRAC = 0.08
EXPLAINED_FRAC = 0.72
THIN_MARGIN, THIN_SIZES, SOLID_FILL = 0.05, 0.55, 0.6
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
MOST_STRENGTH = 4.0
OVER_STRENGTH = 0.12
"""Ink this much stronger than the markers found makes it is something else's."""
SNAPPED_PX = 0.08
"""Markers of which nearly all stand this near to one grid of whole pixels were snapped to them."""
SNAPPED_FRAC = 0.7
SNAPPED_LEAST = 5
SNAPPED_SHIFT_PX = 0.5
"""Agg (matplotlib) rounds a marker's place to a pixel edge and draws it on the pixel right of and below that edge."""
SNAPPED_SIGMA_PX = 0.3
SPOT_SIGMA_PX = 0.12
RIMMED_LEFT_FRAC = 0.2
"""Where more of the heaps' ink than this is left over, their markers may have rims of the background's colour ..."""
RIMMED_LESS_FRAC, RIMMED_LEAST_FRAC = 0.5, 0.8
"""... if with rims less than this share of that is left, and no fewer than this share of the markers are found."""


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


_Shape = tuple[MarkerTemplate, NDArray[np.int64], bool]
"""A marker, the spots that look like it, and whether it was drawn rather than measured on them."""


def find_points(
    canvas: Canvas, rgb: RGB | None, ink: InkMap, *, text_height_px: float = 10.0, vouched: bool = False
) -> Points | None:
    """The markers of one colour where it is drawn as separate points.

    Parameters
    ----------
    canvas : Canvas
    rgb : RGB or None
        The colour, of one marker where they are translucent; without it the ink is taken as it is.
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
    strong = ink if rgb is None else replace(ink, alpha=_to_strength(canvas, rgb, ink))
    first: Points | None = None
    for shape in _shapes(ink, strong, spots, vouched=vouched):
        points = _explain(canvas, ink, strong, spots, shape, text_height_px=text_height_px, vouched=vouched)
        if points is not None and points.is_clean:
            return points
        first = first or points
    return first


def _shapes(ink: InkMap, strong: InkMap, spots: Spots, *, vouched: bool) -> Iterator[_Shape]:
    """What the markers may look like, the likeliest first."""
    found = find_template(strong, spots, least=1 if vouched else 3)
    if found is not None:
        yield *found, False
    elif (disc := find_disc(ink)) is not None:
        yield disc, np.empty(0, np.int64), True
    # where the legend vouches for markers, little need be explained by them: a guess would always do
    if not vouched and (cut := find_cut_disc(ink, spots)) is not None:
        yield cut, np.empty(0, np.int64), True


def _explain(
    canvas: Canvas, ink: InkMap, strong: InkMap, spots: Spots, shape: _Shape, *, text_height_px: float, vouched: bool
) -> Points | None:
    """The markers of one shape that explain a colour's ink; None where they leave too much of it."""
    template, alike, drawn = shape
    alike = np.concatenate([alike, np.setdiff1d(_find_singles(spots, template), alike)])
    large = template.size_px > LARGE_HEIGHTS * text_height_px
    shaped = drawn or len(alike) >= LEAST_APART
    # so many must be placed that too few would stand apart, unless nothing but markers is there: told beforehand,
    # since heaps take long to explain
    fewest = EXPLAINED_FRAC * float(ink.own.sum()) / float(dilate(template.body, 1).sum())
    clean = large and shaped and _thin_share(ink, template) <= 1.0 - CLEAN_FRAC + THIN_MARGIN
    if not (vouched or clean or drawn) and fewest * ALONE_FRAC > len(alike):
        return None
    level = np.float32(np.median(template.alpha[template.body]))
    strength, unit = strong.alpha / level, replace(template, alpha=template.alpha / level)
    heap = ink.own & ~np.isin(spots.labels, alike + 1)
    opacity = estimate_opacity(np.where(heap, strength, 0.0).astype(np.float32))
    placed = _place(strength, ink, heap, unit, opacity)
    single = np.arange(len(alike) + len(placed.centres)) < len(alike)
    centres = np.concatenate([spots.centroids[alike], placed.centres])
    covered = np.zeros(ink.own.shape, bool)
    for x, y in centres:
        _paint(covered, dilate(template.body, 1), round(float(x)), round(float(y)), template.half)
    if opacity < 1.0:  # a line that lies over translucent markers is stronger than they are
        covered &= strength - render_markers(ink.own.shape, centres, unit, opacity) < OVER_STRENGTH
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
    if not vouched:  # where another colour begins, pixels hold both
        explained = 1.0 - float((ink.own & ~covered & ~dilate(ink.hidden, 1)).sum()) / total
    joined = _share_joined(centres, template, left_over)
    alone = float(np.mean(single))
    if vouched:
        enough = explained >= BESIDE_LINE_FRAC
    else:
        clean = large and explained > CLEAN_FRAC and joined <= CLEAN_JOINED_FRAC and shaped
        enough = explained >= EXPLAINED_FRAC and joined < JOINED_FRAC and (alone > ALONE_FRAC or clean)
    if not enough:
        return None
    return _to_points(ink, template, (centres, placed), covered, (explained, alone, joined), large=large)


def _thin_share(ink: InkMap, template: MarkerTemplate) -> float:
    """Share of the ink that is too thin for the marker; 0 where the marker itself is made of strokes."""
    side = 2 * int(THIN_SIZES * min(template.width_px, template.height_px) / 2) + 1
    if template.is_hollow or template.fill < SOLID_FILL or side < 3:
        return 0.0
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    bold = cv2.morphologyEx(ink.own.astype(np.uint8), cv2.MORPH_OPEN, disc) > 0
    return 1.0 - float((ink.own & dilate(bold, 1)).sum()) / max(float(ink.own.sum()), 1.0)


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


def _to_strength(canvas: Canvas, rgb: RGB, ink: InkMap) -> Float32Array:
    """How strong the ink is along its colour's ray, beyond 1 where translucent markers lie over each other."""
    ray = np.array(rgb, np.float32) - canvas.background
    strength = np.clip(canvas.colour @ ray / max(float(ray @ ray), 1.0), 0.0, MOST_STRENGTH)
    return np.where(dilate(ink.own, 1) & ((ink.alpha > 0) | ink.own), strength, 0.0).astype(np.float32)


def _place(strength: Float32Array, ink: InkMap, heap: BoolArray, template: MarkerTemplate, opacity: float) -> Placed:
    """The markers in heaps, with rims between them where that explains more."""
    heaped = np.where(dilate(heap, 1), strength, 0.0).astype(np.float32)
    hidden = ink.hidden & ~heap
    plain = place_markers(heaped, hidden, template, opacity=opacity)
    if plain.left < RIMMED_LEFT_FRAC or opacity < 1.0:
        return plain
    rimmed = place_markers(heaped, hidden, template, rim_px=1)
    enough = len(rimmed.centres) >= RIMMED_LEAST_FRAC * len(plain.centres)
    return rimmed if enough and rimmed.left < RIMMED_LESS_FRAC * plain.left else plain


def _find_singles(spots: Spots, template: MarkerTemplate) -> NDArray[np.int64]:
    """Spots apart from all other ink that are as large as one marker, the few odd ones out included."""
    size = spots.boxes[:, 2:].astype(float)
    slack = np.maximum(SINGLE_SIZE_FRAC * template.size_px, SINGLE_SIZE_PX)
    usual = np.array([template.width_px, template.height_px])
    area = float(template.body.sum())
    fits = (np.abs(size - usual - 0.5) <= slack).all(axis=1) & (np.abs(spots.areas / area - 1.0) <= SINGLE_AREA_FRAC)
    return np.flatnonzero(fits & spots.open).astype(np.int64)


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
    found: tuple[FloatArray, Placed],
    covered: BoolArray,
    shares: tuple[float, float, float],
    *,
    large: bool,
) -> Points:
    centres, placed = found
    alike = len(centres) - len(placed.centres)
    sigma = np.concatenate([np.full((alike, 2), SPOT_SIGMA_PX), placed.sigma_px])
    sigma[:, 1] = np.hypot(sigma[:, 1], template.shift_sigma_px)
    doubtful = np.concatenate([np.zeros(alike, bool), placed.seen < DOUBTFUL_FRAC])
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
