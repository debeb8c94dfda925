"""The colours that lines of a panel are drawn in: from the legend, else from the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from calibration.geometry import BoolArray, FloatArray
from digitize.colours import chroma, delta_e, to_lab
from digitize.tracing.canvas import Canvas, Float32Array, dilate
from digitize.tracing.faint import is_raw_shade
from digitize.values import RGB, Legend, LegendEntry

MIN_CREST_SPAN_FRAC = 0.05
"""A colour counts if its crest pixels reach over at least this share of the panel's columns ..."""
MIN_CREST_PX = 20
"""... and are at least this many."""
SAME_COLOUR_RGB = 30.0
"""Crest pixels this near belong to one colour."""
RAY_RESIDUAL_RGB = 26.0
"""A pixel this near to the line from background to a colour is a paler pixel of it."""
SAME_ENTRY_DELTA_E = 9.0
"""Two colours nearer than this are one to the eye of a legend reader."""
SAME_HUE_DEG = 25.0
ALIKE_STRENGTH_FRAC = 0.6
SAME_STRENGTH_FRAC = 0.8
THIN_BLACK_RATIO, THIN_BLACK_RGB = 1.3, 200.0
GREY_CHROMA = 12.0
MAX_COLOURS = 14
MIXTURE_RGB = 14.0
MIXTURE_LEAST = 0.2
MIXTURE_SUM = (0.85, 1.9)
MIXTURE_LEAST_ANGLE = 0.03
"""Least share of either colour in a mixture, their sum (translucent ink adds up), and squared sine between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StrokeColour:
    """One colour to follow: its full strength as RGB, and the legend entries that use it.

    ``raw`` is a paler shade of an entry's colour, that of the raw line behind a smoothed one.
    """

    rgb: RGB
    entries: tuple[LegendEntry, ...] = ()
    raw: bool = False

    @property
    def is_grey(self) -> bool:
        return float(chroma(self.rgb)) < GREY_CHROMA


def find_crests(canvas: Canvas) -> BoolArray:
    """Ink pixels that are at least as strong as both neighbours above and below, or left and right.

    These are the middles of strokes; anti-aliased rims, which mix colours, are left out.
    """
    strength = np.sqrt(np.einsum("ijk,ijk->ij", canvas.colour, canvas.colour))
    padded = np.pad(strength, 1)
    slack = 3.0
    middle = padded[1:-1, 1:-1] + slack
    vertical = (middle >= padded[:-2, 1:-1]) & (middle >= padded[2:, 1:-1])
    horizontal = (middle >= padded[1:-1, :-2]) & (middle >= padded[1:-1, 2:])
    return np.asarray((vertical | horizontal) & canvas.ink & ~canvas.blocked & ~canvas.text, bool)


def _shift_to_mean(centre: FloatArray, points: FloatArray, radius_rgb: float) -> FloatArray:
    for _ in range(3):
        near = np.linalg.norm(points - centre, axis=1) < radius_rgb
        if near.sum() < MIN_CREST_PX:
            break
        centre = np.median(points[near], axis=0)
    return centre


def _residual(points: FloatArray, ray: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Strength along a ray (1 = the colour itself), and distance from it."""
    alpha = points @ ray / max(float(ray @ ray), 1e-9)
    return alpha, np.linalg.norm(points - np.clip(alpha, 0.0, 1.0)[:, None] * ray, axis=1)


class _Shades:
    """Where each peak colour lies, worked out once."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._open = canvas.ink & ~canvas.text & ~canvas.blocked
        self._rows, self._cols = np.nonzero(canvas.ink)
        self._points = canvas.colour[self._rows, self._cols]
        self._at: dict[int, BoolArray] = {}
        self._around: dict[int, BoolArray] = {}

    def at(self, shade: FloatArray) -> BoolArray:
        """Ink pixels of this colour."""
        key = id(shade)
        if key not in self._at:
            mask = np.zeros(self._canvas.shape, bool)
            offset = self._points - shade.astype(np.float32)
            near = np.einsum("ij,ij->i", offset, offset) < SAME_COLOUR_RGB**2
            mask[self._rows[near], self._cols[near]] = True
            self._at[key] = mask
        return self._at[key]

    def around(self, shade: FloatArray) -> BoolArray:
        """The same, two pixels wider."""
        if id(shade) not in self._around:
            self._around[id(shade)] = dilate(self.at(shade), 2)
        return self._around[id(shade)]

    def is_own_stroke(self, weak: FloatArray, strong: FloatArray) -> bool:
        """Whether a paler colour on another's ray is a stroke of its own rather than rim, dash end or band."""
        at_weak = self.at(weak)
        alone = at_weak & ~self.around(strong) & self._open
        if alone.sum() < max(MIN_CREST_PX, 0.4 * at_weak.sum()):
            return False
        thick = cv2.morphologyEx(alone.astype(np.uint8), cv2.MORPH_OPEN, np.ones((7, 7), np.uint8)).astype(bool)
        thin = alone & ~dilate(thick, 2)
        span = np.count_nonzero(thin.any(axis=0))
        return bool(thin.sum() > 0.6 * alone.sum() and span > 0.15 * self._canvas.shape[1])


def find_stroke_colours(canvas: Canvas) -> list[FloatArray]:
    """Full-strength colours of the strokes, as displacement from the background, strongest support first.

    Crest pixels are gathered into peaks of a coarse colour histogram; peaks that are only paler shades of
    another (anti-aliasing, translucent bands) are dropped unless they make thin strokes of their own.
    """
    crest = find_crests(canvas)
    rows, cols = np.nonzero(crest)
    if len(rows) < MIN_CREST_PX:
        return []
    points = canvas.colour[rows, cols].astype(np.float64)
    least = max(MIN_CREST_PX, MIN_CREST_SPAN_FRAC * canvas.shape[1])
    step = 12.0
    keys = np.floor((points + 256.0) / step).astype(np.int64)
    code = (keys[:, 0] * 64 + keys[:, 1]) * 64 + keys[:, 2]
    free = np.ones(len(points), bool)
    peaks: list[FloatArray] = []
    while len(peaks) < 3 * MAX_COLOURS and free.sum() >= least:
        values, counts = np.unique(code[free], return_counts=True)
        best = values[np.argmax(counts)]
        centre = points[free & (code == best)].mean(axis=0)
        centre = _shift_to_mean(centre, points[free], SAME_COLOUR_RGB)
        near = free & (np.linalg.norm(points - centre, axis=1) < SAME_COLOUR_RGB)
        if near.sum() == 0:
            near = free & (code == best)
        free &= ~near
        if near.sum() >= 0.5 * least and len(np.unique(cols[near])) >= 0.6 * MIN_CREST_SPAN_FRAC * canvas.shape[1]:
            peaks.append(centre)
        elif counts.max() < 4:
            break
    peaks.sort(key=lambda peak: -float(np.linalg.norm(peak)))
    kept: list[FloatArray] = []
    shades = _Shades(canvas)
    for peak in peaks:
        rivals = [k for k in kept if _residual(peak[None], k)[1][0] < RAY_RESIDUAL_RGB]
        if rivals and not all(shades.is_own_stroke(peak, rival) for rival in rivals):
            continue
        kept.append(peak)
    final: list[tuple[int, FloatArray]] = []
    for colour in kept:
        support = _support(points, colour)
        if support >= least:
            final.append((support, colour))
    final.sort(key=lambda item: -item[0])
    return [colour for _, colour in final[:MAX_COLOURS]]


def choose_colours(canvas: Canvas, legend: Legend | None) -> list[StrokeColour]:
    """The colours to follow: the legend's entries (their shade corrected by the panel's own pixels) and strong
    colours of the picture that no entry explains."""
    background = canvas.background.astype(np.float64)
    found = find_stroke_colours(canvas)
    named: list[tuple[FloatArray, list[LegendEntry]]] = []
    for entry in legend.entries if legend else ():
        ray = np.array(entry.colour, float) - background
        for other, entries in named:
            near = float(delta_e(other + background, np.array(entry.colour, float))) < 2.5
            if near or _same_thin_black(entries[0], entry, background):
                entries.append(entry)
                break
        else:
            named.append((ray, [entry]))
    points = canvas.colour[find_crests(canvas)].astype(np.float64)
    result: list[StrokeColour] = []
    named = _match_by_hue(named, found, points, background)
    rays = [ray for ray, _ in named]
    for ray, entries in named:
        gaps = [float(np.linalg.norm(ray - other)) for other in rays if other is not ray]
        radius = min([SAME_COLOUR_RGB, *(0.45 * gap for gap in gaps)])
        shade = _shift_to_mean(ray, points, radius) if len(points) else ray
        result.append(StrokeColour(rgb=_to_rgb(shade + background), entries=tuple(entries)))
    result.extend(
        StrokeColour(rgb=_to_rgb(colour + background))
        for colour in found
        if not _is_explained(colour, rays, background)
    )
    explained = [colour for colour in found if _is_explained(colour, rays, background)]
    dashed = [ray for ray, entries in named if all(entry.dash for entry in entries)]
    raw = [colour for colour in explained if is_raw_shade(colour, rays, points, dashed)]
    result.extend(StrokeColour(rgb=_to_rgb(colour + background), raw=True) for colour in raw)
    return result


def _same_thin_black(one: LegendEntry, other: LegendEntry, background: FloatArray) -> bool:
    """Whether two greys under markers are one black: thin strokes never reach it, dashes less than others."""
    colours = np.array([one.colour, other.colour], float)
    contrasts = np.linalg.norm(colours - background, axis=1)
    return bool(
        one.marker and other.marker and chroma(colours).max() < GREY_CHROMA
        and contrasts.max() <= THIN_BLACK_RATIO * contrasts.min() and contrasts.min() > THIN_BLACK_RGB
    )  # fmt: skip


def _match_by_hue(
    named: list[tuple[FloatArray, list[LegendEntry]]],
    found: Sequence[FloatArray],
    points: FloatArray,
    background: FloatArray,
) -> list[tuple[FloatArray, list[LegendEntry]]]:
    """Give entries whose own colour is not in the panel the found colour of their hue.

    Lossy files wash the colour out of thin strokes; the hue stays.
    """
    absent = [k for k, (ray, _) in enumerate(named) if _support(points, ray) < MIN_CREST_PX]
    rays = [ray for k, (ray, _) in enumerate(named) if k not in absent]
    spare = [colour for colour in found if not _is_explained(colour, rays, background)]
    pairs = []
    for k in absent:
        for j, colour in enumerate(spare):
            turn = _hue_turn_deg(named[k][0] + background, colour + background)
            if turn < SAME_HUE_DEG:
                pairs.append((turn, k, j))
    result = list(named)
    used_entries: set[int] = set()
    used_colours: set[int] = set()
    for _, k, j in sorted(pairs):
        if k not in used_entries and j not in used_colours:
            result[k] = (spare[j], named[k][1])
            used_entries.add(k)
            used_colours.add(j)
    return result


def _support(points: FloatArray, ray: FloatArray) -> int:
    if not len(points):
        return 0
    alpha, residual = _residual(points, ray)
    return int(((residual < RAY_RESIDUAL_RGB) & (alpha > 0.5)).sum())


def _hue_turn_deg(one: FloatArray, other: FloatArray) -> float:
    """Angle between the hues of two sRGB colours; 180 where one is nearly grey."""
    a, b = to_lab(np.clip(one, 0, 255))[1:], to_lab(np.clip(other, 0, 255))[1:]
    if min(np.hypot(*a), np.hypot(*b)) < GREY_CHROMA * 0.6:
        return 180.0
    turn = abs(np.degrees(np.arctan2(a[1], a[0]) - np.arctan2(b[1], b[0])))
    return float(min(turn, 360.0 - turn))


def are_alike(one: RGB, other: RGB, background: FloatArray) -> bool:
    """Whether two colours are of one hue and about equally strong on their background."""
    a, b = np.array(one, float), np.array(other, float)
    norms = float(np.linalg.norm(a - background)), float(np.linalg.norm(b - background))
    return _hue_turn_deg(a, b) < SAME_HUE_DEG and min(norms) > ALIKE_STRENGTH_FRAC * max(norms)


def are_as_strong(one: RGB, other: RGB, background: FloatArray) -> bool:
    """Whether two colours are about equally far from their background: no two shades that tell lines apart."""
    norms = [float(np.linalg.norm(np.array(rgb, float) - background)) for rgb in (one, other)]
    return min(norms) > SAME_STRENGTH_FRAC * max(norms)


def find_mixture(colour: RGB, others: Sequence[RGB], background: FloatArray) -> tuple[int, int] | None:
    """Which two of the others make a colour where one of them lies translucent over the other; None where none do."""
    ray = np.array(colour, float) - background
    rays = [np.array(other, float) - background for other in others]
    for i, a in enumerate(rays):
        for j in range(i + 1, len(rays)):
            system = np.array([a, rays[j]])
            gram = system @ system.T
            if np.linalg.det(gram) <= MIXTURE_LEAST_ANGLE * gram[0, 0] * gram[1, 1]:
                continue
            shares = np.linalg.solve(gram, system @ ray)
            off = float(np.linalg.norm(ray - shares @ system))
            if off < MIXTURE_RGB and shares.min() > MIXTURE_LEAST and MIXTURE_SUM[0] < shares.sum() < MIXTURE_SUM[1]:
                return i, j
    return None


def _is_explained(colour: FloatArray, rays: Sequence[FloatArray], background: FloatArray) -> bool:
    for ray in rays:
        alpha, residual = _residual(colour[None], ray)
        if residual[0] < RAY_RESIDUAL_RGB * 1.3 and alpha[0] < 1.3:
            return True
        if float(delta_e(np.clip(colour + background, 0, 255), np.clip(ray + background, 0, 255))) < SAME_ENTRY_DELTA_E:
            return True
    return False


def _to_rgb(colour: FloatArray | Float32Array) -> RGB:
    r, g, b = (int(v) for v in np.clip(np.round(colour), 0, 255))
    return r, g, b
