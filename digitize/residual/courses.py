"""Where a reading draws: the strokes of its traces, as paths and as pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from calibration.geometry import BoolArray, FloatArray
from digitize.tracing.canvas import Canvas, Float32Array
from digitize.values import Trace

STROKED = ("line", "step", "reference")
RIM_PX = 2.0
"""Beside its stroke a line's ink is its soft rim, or the picture's blur."""
SUBPIXEL_BITS = 3
STEP_PX = 1.0
OWN_ALPHA = 0.3
OWN_RGB = 20.0
OWN_FRAC = 0.13
"""A pixel is a colour's ink where it is this strong and no further off its ray: a base, and a share of the strength
(as :mod:`digitize.tracing.masks` has it)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Course:
    """An unbroken stroke of a trace, a place a pixel along it, in crop coordinates.

    Attributes
    ----------
    points : (N, 2) float array
    normals : (N, 2) float array
        Unit vectors across the stroke.
    rows : (N,) int array
        For every place, the row of the trace's points that begins its segment.
    """

    points: FloatArray
    normals: FloatArray
    rows: np.ndarray[tuple[int], np.dtype[np.int64]]


def cut_courses(trace: Trace, canvas: Canvas) -> list[Course]:
    """The unbroken strokes of a trace; a step's with its corners."""
    origin = np.array([canvas.left, canvas.top], float)
    courses = []
    for first, last in _unbroken(trace.points_px):
        points = trace.points_px[first:last] - origin
        rows = np.arange(first, last)
        if trace.kind == "step":
            points, rows = _with_corners(points), np.repeat(rows, 2)[:-1]
        if len(points) > 1:
            courses.append(_walk(points, rows))
    return courses


def paint(traces: Sequence[Trace], canvas: Canvas, rim_px: float = RIM_PX) -> BoolArray:
    """(H, W) pixels on the strokes, points and band edges of traces, and up to ``rim_px`` beside them."""
    mask = np.zeros(canvas.shape, np.uint8)
    origin = np.array([canvas.left, canvas.top], float)
    for trace in traces:
        paths = [trace.points_px[first:last] - origin for first, last in _unbroken(trace.points_px)]
        reach = rim_px + (0.0 if trace.kind in ("band", "bar") else trace.stroke_px / 2)
        if trace.kind in STROKED or trace.kind == "band":
            strokes = [_with_corners(path) if trace.kind == "step" else path for path in paths if len(path) > 1]
            fixed = [np.round(path * (1 << SUBPIXEL_BITS)).astype(np.int32) for path in strokes]
            cv2.polylines(mask, fixed, False, 1, int(np.ceil(2 * reach)), cv2.LINE_8, SUBPIXEL_BITS)
            paths = [path for path in paths if len(path) == 1]
        for x, y in np.round(np.concatenate([np.empty((0, 2)), *paths])).astype(int).tolist():
            cv2.circle(mask, (x, y), int(np.ceil(reach)), 1, -1)
    return mask > 0


def shade_bands(traces: Sequence[Trace], canvas: Canvas) -> tuple[Float32Array, list[Float32Array]]:
    """Fills of bands.

    Returns
    -------
    together : (H, W) float32 array
        How strong they are, those over each other added, in RGB bytes from the background.
    shades : list of (3,) float32 array
        The shade of each, as displacement from the background.
    """
    together = np.zeros(canvas.shape, np.float32)
    shades = []
    origin = np.array([canvas.left, canvas.top], float)
    for lower, upper in _band_pairs(traces):
        fill = np.zeros(canvas.shape, np.uint8)
        for one, other in zip(_unbroken(lower.points_px), _unbroken(upper.points_px), strict=False):
            outline = np.concatenate([lower.points_px[slice(*one)], upper.points_px[slice(*other)][::-1]]) - origin
            cv2.fillPoly(fill, [np.round(outline).astype(np.int32)], 1)
        if fill.any():
            shades.append(np.median(canvas.colour[fill > 0], axis=0).astype(np.float32))
            together += fill * np.float32(np.linalg.norm(shades[-1]))
    return together, shades


def is_own(pixels: Float32Array, ray: Float32Array, least: float = OWN_ALPHA) -> BoolArray:
    """Which pixels (..., 3), as displacements from the background, are ink of the colour at the end of ``ray``."""
    square = max(float(ray @ ray), 1.0)
    along = pixels @ ray
    alpha = np.clip(along / square, 0.0, 1.0)
    off = np.einsum("...k,...k->...", pixels, pixels) - 2 * alpha * along + alpha**2 * square
    limit = OWN_RGB + OWN_FRAC * alpha * np.sqrt(square)
    return np.asarray((along > least * square) & (off < limit**2), bool)


def to_ray(trace: Trace, canvas: Canvas) -> Float32Array:
    """A trace's colour as displacement from the background."""
    return np.asarray(np.array(trace.colour, np.float32) - canvas.background, np.float32)


def _unbroken(points: FloatArray) -> list[tuple[int, int]]:
    finite = np.isfinite(points).all(axis=1)
    edges = np.diff(np.concatenate([[0], finite.astype(np.int8), [0]]))
    return list(zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True))


def _with_corners(points: FloatArray) -> FloatArray:
    """A step holds its value until the next point and jumps there."""
    result = np.repeat(points, 2, axis=0)[:-1]
    result[1::2, 0] = points[1:, 0]
    return result


def _walk(points: FloatArray, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Course:
    delta = np.diff(points, axis=0)
    length = np.hypot(*delta.T)
    counts = np.maximum(np.ceil(length / STEP_PX).astype(np.int64), 1)
    segment = np.repeat(np.arange(len(counts)), counts)
    share = (np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)) / counts[segment]
    unit = delta / np.maximum(length, 1e-9)[:, None]
    normals = np.column_stack([-unit[:, 1], unit[:, 0]])[segment]
    return Course(points=points[segment] + share[:, None] * delta[segment], normals=normals, rows=rows[segment])


def _band_pairs(traces: Sequence[Trace]) -> list[tuple[Trace, Trace]]:
    edges = {trace.label: trace for trace in traces if trace.kind == "band"}
    lower = {label.removesuffix(" (lower)"): one for label, one in edges.items() if label.endswith(" (lower)")}
    return [(one, edges[f"{name} (upper)"]) for name, one in lower.items() if f"{name} (upper)" in edges]
