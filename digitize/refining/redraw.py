"""Refined traces checked and bettered against the picture: drawn, fitted, taken only where less is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from calibration.geometry import BoolArray, Box, FloatArray
from digitize.refining.appearance import CORE_COVERAGE
from digitize.refining.composition import DrawnLine
from digitize.refining.fit import fit_lines
from digitize.refining.judge import compare_courses, cover, draw_pieces
from digitize.refining.paths import PathPiece
from digitize.rendering.ground import measure_ground
from digitize.rendering.stroke import COARSE_PARTS, Stroke, draw_stroke
from digitize.values import Image, Panel, Trace

BARE_FRAC = 0.12
"""A line that shows no ink on more of its course than this is dashed, or not where it is drawn: it is not fitted."""
BETTER_FRAC = 0.95
"""Residual left, as a share of what it was, that makes a fit worth taking."""
WORSE_LEVELS = 45.0
"""In no stretch may samples leave this much more than the traced path (root mean square, colour levels)."""
MOST_SIGMA_PX = 1.0
MOST_MOVE_STROKES = 4.0
"""Vertices less certain than this, or moved further (of steep lines: across them), stay where they were."""
SIGMA_FACTOR = 2.0
SIGMA_FLOOR_PX = 0.1
"""Neighbouring pixels share errors that the normal matrix does not know of, and rasterisers differ."""
MARKER_REACH = 0.75
CROP_PX = 4.0
MOST_VERTICES = 1500


@dataclass(slots=True, kw_only=True, eq=False)
class Candidate:
    """One unbroken broken line of a trace: rows ``first`` to ``last`` of its points."""

    trace: int
    rows: slice
    line: DrawnLine
    start: FloatArray
    fitted: bool


def redraw(
    image: Image,
    panel: Panel,
    traces: Sequence[Trace],
    traced: Sequence[Trace],
    pieces: Sequence[PathPiece],
    free_x: Sequence[BoolArray | None],
    hidden: Sequence[Box],
) -> tuple[Trace, ...]:
    """Fit the refined traces of a panel to its picture.

    Parameters
    ----------
    image : Image
    panel : Panel
    traces : sequence of Trace
        All of the panel's lines; those without samples are drawn as they are.
    traced : sequence of Trace
        The same before their samples were found; one stands again where it explains the picture clearly better.
    pieces : sequence of PathPiece
        Whose markers are left out of the comparison.
    free_x : sequence of (N,) bool array or None
        For each trace, which of its points may move along x; None for a trace that is not fitted.
    hidden : sequence of Box
        Places that say nothing.

    Returns
    -------
    tuple of Trace
        In the same order.
    """
    rows, cols = panel.axes.expanded(CROP_PX).slices(image.pixels.shape)
    origin = np.array([cols.start, rows.start], float)
    lines = [(t.points_px, t.stroke_px) for t in traces if t.kind in ("line", "step", "reference")]
    ground = measure_ground(image, panel, lines)[0][rows, cols]
    picture = image.pixels[rows, cols].astype(np.float32)
    unusable = _unusable(picture.shape, origin, pieces, hidden)
    candidates = _candidates(traces, free_x, origin)
    candidates = _drop_bare(candidates, picture, ground, unusable)
    if not any(one.fitted for one in candidates):
        return tuple(traces)
    candidates = _in_layers(candidates, picture, unusable)
    before, after = fit_lines(picture, ground, [one.line for one in candidates], unusable)
    result = list(traces)
    for one, old, new in zip(candidates, before.tolist(), after.tolist(), strict=True):
        if one.fitted and new <= BETTER_FRAC * old:
            result[one.trace] = _taken(result[one.trace], one, origin)
    for k in sorted({one.trace for one in candidates if one.fitted}):
        others = [stroke for one in candidates if one.trace != k for stroke in _strokes(one, picture)]
        drawn = next(one.line for one in candidates if one.trace == k)
        blind = unusable | (cover(others, picture.shape) > 0)
        courses = [t.points_px - origin for t in (result[k], traces[k], traced[k])]
        left = compare_courses(picture, ground, drawn.colour, drawn.width_px, courses, blind)
        fitted, sampled, path = left
        if np.nansum(sampled**2) < np.nansum(fitted**2):
            result[k], fitted = traces[k], sampled
        if np.any(fitted**2 - path**2 > WORSE_LEVELS**2):
            result[k] = traced[k]
    return tuple(result)


def _strokes(one: Candidate, picture: NDArray[np.float32]) -> list[Stroke]:
    return draw_pieces(one.line.points, one.line.width_px, picture.shape)


def _unusable(
    shape: tuple[int, ...], origin: FloatArray, pieces: Sequence[PathPiece], hidden: Sequence[Box]
) -> BoolArray:
    import cv2

    mask = np.zeros(shape[:2], np.uint8)
    for box in hidden:
        left, top = np.round(np.array([box.left, box.top]) - origin).astype(int).tolist()
        right, bottom = np.round(np.array([box.right, box.bottom]) - origin).astype(int).tolist()
        cv2.rectangle(mask, (left, top), (right, bottom), 1, -1)
    for piece in pieces:
        if piece.markers is None:
            continue
        radius = int(np.ceil(MARKER_REACH * piece.markers.width_px))
        for x in piece.markers.x.tolist():
            y = float(np.interp(x, piece.x, piece.y))
            cv2.circle(mask, (round(x - origin[0]), round(y - origin[1])), radius, 1, -1)
    return mask > 0


def _candidates(
    traces: Sequence[Trace], free_x: Sequence[BoolArray | None], origin: FloatArray
) -> list[Candidate]:
    result = []
    for k, (trace, free) in enumerate(zip(traces, free_x, strict=True)):
        if trace.kind not in ("line", "step"):
            continue
        finite = np.isfinite(trace.points_px).all(axis=1)
        edges = np.diff(np.concatenate([[0], finite.astype(np.int8), [0]]))
        for first, last in zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True):
            if last - first < 2:
                continue
            part = slice(first, last)
            points = trace.points_px[part] - origin
            fitted = free is not None and last - first <= MOST_VERTICES
            line = DrawnLine(
                points=points.copy(),
                free_x=free[part].copy() if free is not None else np.zeros(last - first, bool),
                width_px=trace.stroke_px,
                colour=np.array(trace.colour, float),
                sigma=np.zeros_like(points),
                held=not fitted,
            )
            result.append(Candidate(trace=k, rows=part, line=line, start=points, fitted=fitted))
    return result


def _drop_bare(
    candidates: list[Candidate],
    picture: NDArray[np.float32],
    ground: NDArray[np.float32],
    unusable: BoolArray,
) -> list[Candidate]:
    """Dashed lines are neither fitted nor drawn: a solid stroke would hide what shows through their gaps."""
    kept = []
    for one in candidates:
        stroke = draw_stroke(one.line.points, one.line.width_px, picture.shape, parts=COARSE_PARTS)
        core = (stroke.coverage > CORE_COVERAGE * 0.9) & ~unusable[stroke.rows, stroke.cols]
        rows, cols = stroke.rows[core], stroke.cols[core]
        to_ground = np.abs(picture[rows, cols] - ground[rows, cols]).sum(axis=1)
        to_colour = np.abs(picture[rows, cols] - one.line.colour).sum(axis=1)
        if core.sum() < 10 or float(np.mean(to_ground < 0.5 * to_colour)) <= BARE_FRAC:
            kept.append(one)
    return kept


def _in_layers(candidates: list[Candidate], picture: NDArray[np.float32], unusable: BoolArray) -> list[Candidate]:
    """Lowest first: where two colours cross, the one that the picture shows lies above."""
    shape = picture.shape[:2]
    cores = []
    for one in candidates:
        stroke = draw_stroke(one.line.points, one.line.width_px, shape, parts=COARSE_PARTS)
        core = (stroke.coverage > CORE_COVERAGE) & ~unusable[stroke.rows, stroke.cols]
        mask = np.zeros(shape, bool)
        mask[stroke.rows[core], stroke.cols[core]] = True
        cores.append(mask)
    above = np.zeros(len(candidates))
    for a in range(len(candidates)):
        for b in range(a + 1, len(candidates)):
            both = picture[cores[a] & cores[b]]
            if not len(both):
                continue
            to_a, to_b = (np.abs(both - candidates[k].line.colour).sum(axis=1) for k in (a, b))
            won = np.sign(float(np.sum(to_a < to_b)) - float(np.sum(to_b < to_a)))
            above[a] += won
            above[b] -= won
    return [candidates[k] for k in np.argsort(above, kind="stable")]


def _taken(trace: Trace, one: Candidate, origin: FloatArray) -> Trace:
    """The fitted vertices in place of the old ones, except where the picture does not hold them."""
    points, sigma = trace.points_px.copy(), trace.sigma_px.copy()
    move = one.line.points - one.start
    run, rise = np.gradient(one.start[:, 0]), np.gradient(one.start[:, 1])
    steep = np.hypot(1.0, rise / np.maximum(np.abs(run), 0.3))
    held = one.line.sigma[:, 1] > MOST_SIGMA_PX * steep
    held |= np.abs(move[:, 1]) > MOST_MOVE_STROKES * max(trace.stroke_px, 1.5) * steep
    better = np.flatnonzero(~held)
    at = one.rows.start + better
    points[at] = one.line.points[better] + origin
    spread = np.hypot(SIGMA_FACTOR * one.line.sigma[better], SIGMA_FLOOR_PX)
    sigma[at, 1] = spread[:, 1]
    free = one.line.free_x[better]
    sigma[at[free], 0] = spread[free, 0]
    return replace(trace, points_px=points, sigma_px=sigma)
