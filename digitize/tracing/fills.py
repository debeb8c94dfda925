"""Flat fills of a panel: their colours, which of them overlap where, and what every pixel says about each.

A fill of opacity ``a`` and colour ``c`` turns what lies under it, X, into ``(1 - a) X + a c``. Measured from the
background, where X is 0, a fill alone shows ``f = a c``, and over others ``(1 - a) X + f``: every overlap's colour
follows from the fills' own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

import cv2
import numpy as np

from calibration.geometry import BoolArray, FloatArray
from digitize.tracing.canvas import Canvas, Float32Array
from digitize.tracing.palette import StrokeColour
from digitize.values import LegendEntry

FAINTEST_RGB = 9.0
"""A paler fill cannot be told from the background's own scatter."""
FLAT_RGB = 7.0
"""Within a fill, neighbouring pixels differ by less."""
PEAK_RGB = 9.0
"""How far one fill's pixels lie from their own mean."""
LEAST_AREA_FRAC = 0.0012
"""Share of the panel that a fill's, or an overlap's, flat pixels cover."""
LEAST_THICK_PX = 5
THICK_STROKES = 2.0
THICK_SHARE = 0.4
"""Share of a fill's pixels that lie in squares thicker than strokes are."""
ON_RAY_RGB = 7.0
ON_RAY_FRAC = 0.09
OPACITY_RANGE = (0.03, 0.9)
PATCH_RGB = 16.0
"""A legend's patch and the fill it stands for differ by less."""
OVERLAP_RGB = 9.0
MOST_FILLS = 8
MOST_LAYERS = 4
UNKNOWN_OPACITY = 0.3
DECIDED_RGB = 3.0
"""A pixel belongs to a fill, or does not, where one fits better than the other by this ..."""
FITS_RGB = 6.0
FITS_SCATTERS = 2.0
"""... and well: a base, and multiples of the fills' own scatter."""
HUE_SLACK_RGB = 4.0
"""Of several colours that a fill may be a paler shade of, those hardly worse than the best are as likely."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fills:
    """The fills of a panel from the lowest to the topmost, how far their pixels scatter, and every flat shade seen."""

    layers: tuple[Fill, ...]
    scatter_rgb: float
    flat: tuple[FloatArray, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fill:
    """One fill.

    Attributes
    ----------
    shade : (3,) float array
        Its colour over the bare background, as displacement from it.
    opacity : float
    colour : int
        The number of the stroke colour that it is a paler shade of; -1 for none.
    entry : LegendEntry or None
        A patch of the legend that shows it.
    around : Fill or None
        The fill of the same hue that encloses it: it is nowhere seen without.
    """

    shade: FloatArray
    opacity: float
    colour: int = -1
    entry: LegendEntry | None = None
    around: Fill | None = None


def find_fills(
    canvas: Canvas, colours: Sequence[StrokeColour], patches: Sequence[LegendEntry], taken: BoolArray, stroke_px: float
) -> Fills:
    """The fills of a panel, overlaps left out.

    Parameters
    ----------
    canvas : Canvas
    colours : sequence of StrokeColour
        Of the lines.
    patches : sequence of LegendEntry
        Entries without a stroke.
    taken : (H, W) bool array
        Bars and points.
    stroke_px : float
        Of the panel's lines.
    """
    peaks = _find_flat_colours(canvas, taken, stroke_px)
    ground = canvas.background.astype(np.float64)
    rays = [np.array(one.rgb, np.float64) - ground for one in colours]
    # a line so thick that it is flat inside is no fill
    peaks = [
        one
        for one in peaks
        if not any(
            np.linalg.norm(one[0] - ray) < PEAK_RGB and any(entry.line for entry in colour.entries)
            for ray, colour in zip(rays, colours, strict=True)
        )
    ]
    flat = [shade for shade, *_ in peaks]
    # a patch's colour as the legend shows it, and as the panel's own pixels correct it
    shown = [(np.array(entry.colour, np.float64) - ground, entry) for entry in patches]
    shown += [(ray, entry) for ray, one in zip(rays, colours, strict=True) for entry in one.entries if entry in patches]
    named = [bool(one.entries) for one in colours]
    # an unnamed colour that is itself flat is a fill's or an overlap's
    strokes = [
        own or not any(np.linalg.norm(shade - ray) < PATCH_RGB for shade in flat)
        for ray, own in zip(rays, named, strict=True)
    ]
    fills: list[Fill] = []
    rest: list[FloatArray] = []
    # every overlap is stronger than the fills that make it
    for shade in sorted(flat, key=lambda one: float(np.linalg.norm(one))):
        entry = _find_patch(shade, shown)
        place, opacity = _on_ray(shade, rays, named)
        if entry is not None or place >= 0:
            _add(fills, Fill(shade=shade, opacity=opacity, colour=place, entry=entry))
        else:
            rest.append(shade)
    for shade in rest:
        place, opacity = _on_ray(shade, rays, strokes)
        _add(fills, Fill(shade=shade, opacity=opacity, colour=place))
    fills = sorted(fills[:MOST_FILLS], key=lambda one: one.colour)
    scatter = float(np.median([own for *_, own in peaks])) if peaks else 0.0
    return Fills(layers=tuple(_as_drawn(fills, flat)), scatter_rgb=scatter, flat=tuple(flat))


def _as_drawn(fills: list[Fill], flat: Sequence[FloatArray]) -> list[Fill]:
    """Fills from the lowest to the topmost: where two overlap, the shade tells which lies over the other."""
    count = len(fills)
    below = np.zeros(count)
    for i, j in combinations(range(count), 2):
        off = []
        for lower, upper in ((i, j), (j, i)):
            shade = (1.0 - fills[upper].opacity) * fills[lower].shade + fills[upper].shade
            off.append(min((float(np.linalg.norm(one - shade)) for one in flat), default=np.inf))
        below[i if off[0] <= off[1] or min(off) > OVERLAP_RGB else j] += 1
    return [fills[k] for k in sorted(range(count), key=lambda k: -below[k])]


def _add(fills: list[Fill], fill: Fill) -> None:
    """Add a fill, unless others make its shade by overlapping; the stronger of two on one ray lies inside the other."""
    if fill.entry is None and _is_overlap(fill.shade, fills):
        return
    outer = next((one for one in reversed(fills) if one.colour == fill.colour >= 0), None)
    if outer is not None and fill.entry is None:
        # what it adds to the one around it
        added = (fill.opacity - outer.opacity) / max(1.0 - outer.opacity, 1e-6)
        fill = Fill(shade=fill.shade * added / fill.opacity, opacity=added, colour=fill.colour, around=outer)
    fills.append(fill)


def _find_flat_colours(canvas: Canvas, taken: BoolArray, stroke_px: float) -> list[tuple[FloatArray, int, float]]:
    """Colours of thick flat regions with their areas and scatter, largest first."""
    colour = canvas.colour
    off = np.zeros(canvas.shape, np.float32)
    for axis in (0, 1):
        step = np.abs(np.diff(colour, axis=axis)).max(axis=2)
        if axis == 0:
            off[1:] = np.maximum(off[1:], step)
            off[:-1] = np.maximum(off[:-1], step)
        else:
            off[:, 1:] = np.maximum(off[:, 1:], step)
            off[:, :-1] = np.maximum(off[:, :-1], step)
    strength = np.sqrt(np.einsum("ijk,ijk->ij", colour, colour))
    flat = (off < FLAT_RGB) & (strength > FAINTEST_RGB) & ~canvas.grid & ~canvas.text & ~canvas.blocked & ~taken
    flat[:2], flat[-2:], flat[:, :2], flat[:, -2:] = False, False, False, False
    least = max(LEAST_AREA_FRAC * flat.size, 40.0)
    if flat.sum() < least:
        return []
    side = max(LEAST_THICK_PX, int(np.ceil(THICK_STROKES * stroke_px)) + 1)
    kernel = np.ones((side, side), np.uint8)
    points = colour[flat].astype(np.float64)
    code = np.floor((points + 256.0) / 6.0).astype(np.int64) @ np.array([10000, 100, 1])
    free = np.ones(len(points), bool)
    found: list[tuple[FloatArray, int, float]] = []
    while len(found) < 3 * MOST_FILLS and free.sum() >= least:
        values, counts = np.unique(code[free], return_counts=True)
        centre = points[free & (code == values[np.argmax(counts)])].mean(axis=0)
        for _ in range(2):
            near = free & (np.linalg.norm(points - centre, axis=1) < PEAK_RGB)
            if near.any():
                centre = points[near].mean(axis=0)
        near = free & (np.linalg.norm(points - centre, axis=1) < PEAK_RGB)
        if not near.any():
            break
        free &= ~near
        if near.sum() < least:
            if counts.max() < 0.3 * least:
                break
            continue
        around = (np.linalg.norm(colour - centre.astype(np.float32), axis=2) < PEAK_RGB + 3.0) & ~taken
        thick = cv2.morphologyEx(around.astype(np.uint8), cv2.MORPH_OPEN, kernel)
        if thick.sum() > THICK_SHARE * around.sum():
            scatter = float(np.sqrt(np.mean((points[near] - centre) ** 2)))
            found.append((centre, int(near.sum()), scatter))
    return found


def _find_patch(shade: FloatArray, shown: Sequence[tuple[FloatArray, LegendEntry]]) -> LegendEntry | None:
    off = [float(np.linalg.norm(own - shade)) for own, _ in shown]
    return shown[int(np.argmin(off))][1] if off and min(off) < PATCH_RGB else None


def _on_ray(shade: FloatArray, rays: Sequence[FloatArray], known: Sequence[bool]) -> tuple[int, float]:
    """Which of the ``known`` colours a fill is a paler shade of, and its opacity; -1 for none.

    Of those that fit, the strongest: paler ones are the line's own rims and outlines.
    """
    fitting: list[tuple[float, float, int, float]] = []
    for k, ray in enumerate(rays):
        share = float(shade @ ray) / max(float(ray @ ray), 1.0)
        off = float(np.linalg.norm(shade - share * ray))
        if known[k] and OPACITY_RANGE[0] < share < OPACITY_RANGE[1] and off < ON_RAY_RGB + ON_RAY_FRAC * share * 255.0:
            fitting.append((off, float(np.linalg.norm(ray)), k, share))
    if not fitting:
        return -1, UNKNOWN_OPACITY
    best = min(fitting)[0]
    _, _, place, opacity = max((one for one in fitting if one[0] < best + HUE_SLACK_RGB), key=lambda one: one[1])
    return place, opacity


def list_overlaps(fills: Sequence[Fill]) -> tuple[FloatArray, BoolArray]:
    """The colour of every overlap, single fills and the background included: (M, 3), and (M, N) who is in it.

    ``fills`` stand from the lowest to the topmost.
    """
    shades: list[FloatArray] = [np.zeros(3)]
    members: list[tuple[int, ...]] = [()]
    for count in range(1, min(len(fills), MOST_LAYERS) + 1):
        for group in combinations(range(len(fills)), count):
            layers = [fills[k] for k in group]
            if any(one.around is not None and one.around not in layers for one in layers):
                continue
            shade = np.zeros(3)
            for one in layers:
                shade = (1.0 - one.opacity) * shade + one.shade
            shades.append(shade)
            members.append(group)
    table = np.zeros((len(members), len(fills)), bool)
    for row, group in enumerate(members):
        table[row, list(group)] = True
    return np.array(shades), table


def _is_overlap(shade: FloatArray, fills: Sequence[Fill]) -> bool:
    """Whether overlapping fills show this colour; where an opacity is unknown, with any."""
    orders = permutations(fills) if len(fills) <= MOST_LAYERS else (fills, fills[::-1])
    for order in orders:
        shades, members = list_overlaps(order)
        several = members.sum(axis=1) > 1
        if several.any() and float(np.linalg.norm(shades[several] - shade, axis=1).min()) < OVERLAP_RGB:
            return True
    for upper in fills:
        if upper.colour >= 0:
            continue
        for lower in fills:
            if lower is upper:
                continue
            through = float((shade - upper.shade) @ lower.shade) / max(float(lower.shade @ lower.shade), 1.0)
            if 0.0 <= through < 1.0 and np.linalg.norm(shade - upper.shade - through * lower.shade) < OVERLAP_RGB:
                return True
    return False


def read_membership(canvas: Canvas, fills: Fills, blind: BoolArray) -> tuple[BoolArray, BoolArray]:
    """What each pixel says about each fill.

    Parameters
    ----------
    canvas : Canvas
    fills : Fills
    blind : (H, W) bool array
        Pixels that say nothing.

    Returns
    -------
    inside, outside : (N, H, W) bool arrays
        Pixels that surely belong to the fill, and that surely do not; strokes and mixtures are neither.
    """
    shades, members = list_overlaps(fills.layers)
    limit = FITS_RGB + FITS_SCATTERS * fills.scatter_rgb
    flat: Float32Array = canvas.colour.reshape(-1, 3)
    # every colour is compared once
    code = np.clip(np.round(flat) + 256, 0, 511).astype(np.int64) @ np.array([1 << 18, 1 << 9, 1])
    values, back = np.unique(code, return_inverse=True)
    unique = np.stack([values >> 18, (values >> 9) & 511, values & 511], axis=1).astype(np.float64) - 256.0
    distance = np.sqrt(
        np.maximum((unique**2).sum(axis=1)[:, None] - 2 * unique @ shades.T + (shades**2).sum(axis=1)[None], 0.0)
    )
    inside, outside = [], []
    for k in range(len(fills.layers)):
        own, other = distance[:, members[:, k]].min(axis=1), distance[:, ~members[:, k]].min(axis=1)
        inside.append(((own < limit) & (own + DECIDED_RGB < other))[back].reshape(canvas.shape) & ~blind)
        outside.append(((other < limit) & (other + DECIDED_RGB < own))[back].reshape(canvas.shape) & ~blind)
    return np.array(inside), np.array(outside)
