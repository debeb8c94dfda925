"""Series of one colour that only the shape of their markers tells apart, as in figures made for print without colour.

The legend shows each shape once. Wherever one of them fits the ink and fits better than the others stands a marker of
its series; what runs straight between neighbouring markers of one shape makes them a line, else they are points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import cv2
import numpy as np

from calibration.geometry import BoolArray, FloatArray
from digitize.findings import PointFlag
from digitize.tracing.canvas import Canvas, Float32Array, dilate
from digitize.tracing.hollow import find_holes
from digitize.tracing.marker_template import MarkerTemplate, to_template
from digitize.tracing.masks import InkMap
from digitize.tracing.palette import StrokeColour
from digitize.tracing.points import SNAPPED_SHIFT_PX, SNAPPED_SIGMA_PX, are_snapped
from digitize.tracing.runs import estimate_stroke_px
from digitize.values import RGB, Image, LegendEntry, Trace

LEAST_PX = 4.0
"""Of a smaller marker's shape nothing is left."""
BULGE_PX = 1.5
INK_ALPHA = 0.5
OUTSIDE_WEIGHT = 0.5
FITS_MISFIT = 0.4
"""Share of a marker's energy by which it may miss the ink, and ..."""
TOLD_MISFIT = 0.12
"""... the least by which another shape of the legend must miss its own handle."""
DOUBTED_MISFIT = 0.05
"""A place that the next shape misses by hardly more may be that one's."""
SOLID_FILL = 0.45
STROKE_SIZES = 0.4
"""What is wider than this share of the markers is no stroke between them."""
APART_SIZES = 0.6
LEAST_MARKERS = 3
END_SIZES = 0.7
LEG_STEP_PX = 0.5
LEG_INK_SHARE = 0.25
JOINED_SHARE = 0.6
"""Of the ways from marker to marker this share must show ink over ``LEG_INK_SHARE`` of their length."""
EXPLAINED_SHARE = 0.75
PLACE_SIGMA_PX = 0.2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Shape:
    """A marker as the legend shows it, and where it fits: (N, 2) places in the crop, and how well those are told."""

    entry: LegendEntry
    template: MarkerTemplate
    centres: FloatArray
    doubtful: BoolArray


def take_told_by_shape(
    image: Image, canvas: Canvas, colours: Sequence[StrokeColour], inks: Sequence[InkMap]
) -> tuple[list[Trace], list[StrokeColour], list[InkMap]]:
    """The series that only their markers tell apart, and the colours that are left.

    Parameters
    ----------
    image : Image
        Whole, for the handles of the legend.
    canvas : Canvas
    colours, inks : sequences of equal length

    Returns
    -------
    traces : list of Trace
    colours, inks : lists of equal length
    """
    traces: list[Trace] = []
    left: list[tuple[StrokeColour, InkMap]] = []
    for colour, ink in zip(colours, inks, strict=True):
        shapes = _shapes_of(image, colour)
        found = _fitted(ink, canvas.text, shapes) if shapes else []
        told = _to_traces(canvas, ink, colour.rgb, found) if found else []
        traces.extend(told)
        if not told:
            left.append((colour, ink))
    return traces, [colour for colour, _ in left], [ink for _, ink in left]


def _shapes_of(image: Image, colour: StrokeColour) -> list[tuple[LegendEntry, MarkerTemplate]]:
    """The markers of a colour's entries; empty where there are not several or two look alike."""
    if len(colour.entries) < 2 or not all(entry.marker and entry.handle for entry in colour.entries):
        return []
    shapes = [(entry, _cut_marker(image, entry)) for entry in colour.entries]
    known = [(entry, template) for entry, template in shapes if template is not None]
    if len(known) < len(shapes):
        return []
    side = max(template.half for _, template in known)
    patches = [_padded(template.alpha, side) for _, template in known]
    alike = any(_misfit_between(one, other) < TOLD_MISFIT for one, other in combinations(patches, 2))
    return [] if alike else known


def _cut_marker(image: Image, entry: LegendEntry) -> MarkerTemplate | None:
    """The marker in the middle of a handle, its stroke left out; None where it shows none."""
    assert entry.handle is not None
    rows, cols = entry.handle.expanded(2.0).slices(image.pixels.shape)
    patch = image.pixels[rows, cols].astype(np.float32)
    edge = np.concatenate([patch[0], patch[-1]])
    background = np.median(edge, axis=0)
    ray = np.array(entry.colour, np.float32) - background
    alpha = np.clip((patch - background) @ ray / max(float(ray @ ray), 1.0), 0.0, 1.0).astype(np.float32)
    inked = alpha > INK_ALPHA
    reach = np.where(inked.any(axis=0), len(inked) - inked[::-1].argmax(axis=0) - inked.argmax(axis=0), 0)
    stroke = float(np.quantile(reach[reach > 0], 0.25)) if entry.line and (reach > 0).any() else 0.0
    bulging = np.flatnonzero(reach > stroke + BULGE_PX)
    if not len(bulging):
        return None
    tall = inked[:, bulging].any(axis=1)
    high = np.flatnonzero(tall)
    middle = (bulging[0] + bulging[-1]) / 2
    half = max(bulging[-1] - bulging[0] + 1, high[-1] - high[0] + 1) / 2
    if 2 * half < LEAST_PX:
        return None
    upright = bulging[-1] - bulging[0] < stroke + BULGE_PX  # of a plus, whose other bar runs along the stroke
    reach_px = half if upright else (bulging[-1] - bulging[0] + 1) / 2
    outside = np.abs(np.arange(alpha.shape[1]) - middle) > reach_px + 0.5
    alpha[:, outside] = 0.0
    y, x = (float((alpha * axis).sum() / alpha.sum()) for axis in np.indices(alpha.shape))
    side = 2 * (int(np.ceil(half)) + 2) + 1
    return to_template(cv2.getRectSubPix(np.pad(alpha, side), (side, side), (x + side, y + side)).astype(np.float32))


def _padded(alpha: Float32Array, half: int) -> Float32Array:
    return np.pad(alpha, half - alpha.shape[0] // 2).astype(np.float32)


def _misfit_between(one: Float32Array, other: Float32Array) -> float:
    """By what share of its energy one marker misses another, moved to where it does so least."""
    wide = np.pad(one, 1)
    apart = cv2.matchTemplate(wide, other, cv2.TM_SQDIFF)
    return float(apart.min()) / max(float((one**2).sum()), 1e-6)


def _fitted(
    ink: InkMap, text: BoolArray, shapes: Sequence[tuple[LegendEntry, MarkerTemplate]]
) -> list[_Shape]:
    """Where each shape fits the ink best."""
    side = max(template.half for _, template in shapes)
    alpha = np.where(dilate(ink.own, 1), np.clip(ink.alpha, 0.0, 1.0), 0.0).astype(np.float32)
    patches = [_padded(template.alpha, side) for _, template in shapes]
    if all(template.fill > SOLID_FILL and not template.is_hollow for _, template in shapes):
        stroke_px = estimate_stroke_px(ink, text)
        if stroke_px < STROKE_SIZES * min(template.size_px for _, template in shapes):
            alpha = _without_strokes(alpha, stroke_px)
            patches = [_without_strokes(patch, stroke_px) for patch in patches]
    # the insides of hollow ones take part, and as much around them as tells their edges
    bodies = np.any([patch > INK_ALPHA / 2 for patch in patches], axis=0)
    around = dilate(bodies | find_holes(bodies, bodies.shape[0]), 1)
    energy = float(np.mean([(patch**2).sum() for patch in patches]))
    misfit = np.stack([_misfit(alpha, patch, around) for patch in patches]) / energy
    best = misfit.min(axis=0)
    reach = 2 * int(APART_SIZES * min(template.size_px for _, template in shapes)) + 1
    lowest = best <= cv2.erode(best, np.ones((reach, reach), np.uint8))
    rows, cols = np.nonzero(lowest & (best < FITS_MISFIT))
    which, ranked = misfit[:, rows, cols].argmin(axis=0), np.sort(misfit[:, rows, cols], axis=0)
    result = []
    for k, (entry, template) in enumerate(shapes):
        own = which == k
        places = [_lowest_near(misfit[k], int(row), int(col)) for row, col in zip(rows[own], cols[own], strict=True)]
        doubtful = ranked[1, own] - ranked[0, own] < DOUBTED_MISFIT
        centres = np.array(places, float).reshape(-1, 2)
        order = np.argsort(centres[:, 0], kind="stable")
        result.append(_Shape(entry=entry, template=template, centres=centres[order], doubtful=doubtful[order]))
    return result if all(len(shape.centres) >= LEAST_MARKERS for shape in result) else []


def _without_strokes(alpha: Float32Array, stroke_px: float) -> Float32Array:
    """Solid markers without the lines that run into them."""
    side = 2 * int(stroke_px / 2 + 1.0) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    thick = cv2.morphologyEx((alpha > INK_ALPHA).astype(np.uint8), cv2.MORPH_OPEN, disc) > 0
    return np.where(dilate(thick, 1), alpha, 0.0).astype(np.float32)


def _misfit(alpha: Float32Array, patch: Float32Array, around: BoolArray) -> Float32Array:
    """The squares of what a marker misses of the ink around each pixel; strokes that leave it count for less."""
    weight = np.where(patch > INK_ALPHA / 2, 1.0, np.where(around, OUTSIDE_WEIGHT, 0.0)).astype(np.float32)
    power = cv2.filter2D(alpha * alpha, -1, weight, borderType=cv2.BORDER_CONSTANT)
    shared = cv2.filter2D(alpha, -1, patch * weight, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(power - 2.0 * shared + float((weight * patch**2).sum()), np.float32)


def _lowest_near(misfit: Float32Array, row: int, col: int) -> tuple[float, float]:
    """(x, y) of the vertex of the parabolas through a minimum and its neighbours."""

    def vertex(before: float, at: float, after: float) -> float:
        bend = before - 2 * at + after
        return float(np.clip((before - after) / (2 * bend), -0.5, 0.5)) if bend > 0 else 0.0

    padded = np.pad(misfit, 1, mode="edge")[row : row + 3, col : col + 3]
    return col + vertex(*padded[1].tolist()), row + vertex(*padded[:, 1].tolist())


def _to_traces(canvas: Canvas, ink: InkMap, rgb: RGB, shapes: Sequence[_Shape]) -> list[Trace]:
    """Lines through the markers of each shape, or points; empty where these leave too much ink."""
    covered = np.zeros(canvas.shape, np.uint8)
    near = dilate(ink.own, 1) | dilate(ink.hidden, 1)
    joined = [_are_joined(shape, near) for shape in shapes]
    for shape, line in zip(shapes, joined, strict=True):
        for x, y in shape.centres:
            cv2.circle(covered, (round(x), round(y)), round(shape.template.size_px / 2) + 2, 1, -1)
        if line:
            path = np.round(shape.centres).astype(np.int32).reshape(-1, 1, 2)
            cv2.polylines(covered, [path], isClosed=False, color=1, thickness=5)
    if (ink.own & (covered > 0)).sum() < EXPLAINED_SHARE * ink.own.sum():
        return []
    snapped = are_snapped([shape.centres for shape in shapes])
    origin = np.array([canvas.left, canvas.top], float) - (SNAPPED_SHIFT_PX if snapped else 0.0)
    sigma_px = float(np.hypot(PLACE_SIGMA_PX, SNAPPED_SIGMA_PX if snapped else 0.0))
    traces = []
    for shape, line in zip(shapes, joined, strict=True):
        points = shape.centres + shape.template.shift_px + origin
        sigma = np.full(points.shape, sigma_px)
        sigma[:, 1] = np.hypot(sigma[:, 1], shape.template.shift_sigma_px)
        traces.append(
            Trace(
                label=shape.entry.label, points_px=points, sigma_px=sigma, colour=rgb, entry=shape.entry,
                flags=np.where(shape.doubtful, int(PointFlag.CROSSING), 0).astype(np.uint16),
                kind="line" if line else "scatter", sampling="corners",
                markers_px=points if line else None, marker_width_px=shape.template.size_px if line else 0.0,
            )
        )  # fmt: skip
    return traces


def _are_joined(shape: _Shape, near: BoolArray) -> bool:
    """Whether ink runs straight from marker to marker."""
    shares = []
    for start, end in pairwise(shape.centres):
        length, bare = float(np.hypot(*(end - start))), END_SIZES * shape.template.size_px
        if length <= 2 * bare + 1.0:
            continue
        at = np.arange(bare, length - bare, LEG_STEP_PX)[:, None] / length
        x, y = np.round(start + at * (end - start)).astype(int).clip(0, np.array(near.shape[::-1]) - 1).T
        shares.append(float(near[y, x].mean()))
    return bool(shares) and float(np.mean(np.array(shares) > LEG_INK_SHARE)) > JOINED_SHARE
