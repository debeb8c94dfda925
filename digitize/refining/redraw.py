"""Refined traces checked and bettered against the picture: drawn, fitted, taken only where less is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from calibration.geometry import BoolArray, FloatArray
from digitize.refining.appearance import CORE_COVERAGE
from digitize.refining.composition import NO_GRID, DrawnLine, draw_line
from digitize.refining.fit import fit_lines
from digitize.refining.proposals import Proposal
from digitize.refining.scene import Scene, find_gaps, to_drawn
from digitize.refining.verdict import compare_courses, cover, draw_pieces, is_no_worse
from digitize.rendering.stroke import COARSE_PARTS, ROUND_JOINS
from digitize.values import Trace

BETTER_FRAC = 0.95
"""Residual left, as a share of what it was, that makes a fit worth taking."""
MOST_SIGMA_PX = 1.0
MOST_MOVE_STROKES = 4.0
"""Vertices less certain than this, or moved further (of steep lines: across them), stay where they were."""
SIGMA_FACTOR = 2.0
SIGMA_FLOOR_PX = 0.1
"""Neighbouring pixels share errors that the normal matrix does not know of, and rasterisers differ."""
MOST_VERTICES = 1500
LEAST_SEEN_FRAC = 0.4
"""A dashed line with fewer of its course to see, between gaps and under markers, is not fitted."""


@dataclass(slots=True, kw_only=True, eq=False)
class Candidate:
    """One unbroken broken line of a trace: rows ``first`` to ``last`` of its points."""

    trace: int
    rows: slice
    line: DrawnLine
    start: FloatArray
    fitted: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Redrawn:
    """A line's samples after the fit.

    Attributes
    ----------
    trace : Trace
    no_worse : bool or None
        Whether they explain the picture as well as the path; None where nothing tells.
    left : float
        What they leave, mean square of colour levels.
    """

    trace: Trace
    no_worse: bool | None = None
    left: float = np.inf


def redraw(
    scene: Scene, traced: Sequence[Trace], proposals: Sequence[Proposal], mitre: float | None = None
) -> tuple[tuple[Redrawn, ...], float | None]:
    """Fit the proposed samples of a panel's lines to its picture, and compare them with the paths.

    Parameters
    ----------
    scene : Scene
    traced : sequence of Trace
        All of the panel's traces, as followed.
    proposals : sequence of Proposal
        Of every trace; those that are not to be fitted are drawn as they are.
    mitre : float or None
        Limit of the panel's mitred joins where they are known already.

    Returns
    -------
    lines : tuple of Redrawn
    mitre : float or None
        As found.
    """
    candidates = _candidates(scene, traced, proposals)
    result = [Redrawn(trace=one.trace) for one in proposals]
    judged = sorted({one.trace for one in candidates if proposals[one.trace].free_x is not None})
    if not judged:
        return tuple(result), mitre
    candidates = _in_layers(candidates, scene)
    picture, ground, unusable = scene.picture, scene.ground, scene.unusable
    lines = [one.line for one in candidates]
    for line in lines:
        line.mitre = ROUND_JOINS if mitre is None else mitre
    before, after = fit_lines(picture, ground, lines, unusable, joins_known=mitre is not None)
    better = [one.trace for one in proposals]
    for one, old, new in zip(candidates, before.tolist(), after.tolist(), strict=True):
        if one.fitted and new <= BETTER_FRAC * old:
            better[one.trace] = _taken(better[one.trace], one, scene.origin)
    shape = picture.shape
    covered = np.zeros(shape[:2], np.int16)
    owners: dict[int, BoolArray] = {}
    for one in candidates:
        own = owners.setdefault(one.trace, np.zeros(shape[:2], bool))
        stroke = draw_line(one.line, shape, COARSE_PARTS)
        inked = stroke.coverage > 0
        own[stroke.rows[inked], stroke.cols[inked]] = True
    for own in owners.values():
        covered += own
    for k in judged:
        drawn = next(one.line for one in candidates if one.trace == k)
        # other lines' ink is theirs to explain
        blind = drawn.blind(unusable) | (covered - owners[k] > 0)
        courses = [to_drawn(t.points_px, t) - scene.origin for t in (better[k], proposals[k].trace, traced[k])]
        covers = [cover(draw_pieces(course, drawn.width_px, shape, drawn.mitre), shape) for course in courses[:2]]
        # a path through every column has no corners to speak of
        covers.append(cover(draw_pieces(courses[2], drawn.width_px, shape), shape))
        fitted, sampled, path = compare_courses(picture, ground, drawn.colour, covers, blind)
        samples = better[k]
        if np.nansum(sampled**2) < np.nansum(fitted**2):
            samples, fitted = proposals[k].trace, sampled
        verdict = is_no_worse(fitted, path, even=samples.sampling == "even")
        left = fitted[np.isfinite(fitted)]
        result[k] = Redrawn(trace=samples, no_worse=verdict, left=float(np.mean(left**2)) if len(left) else np.inf)
    return tuple(result), lines[0].mitre


def _candidates(scene: Scene, traced: Sequence[Trace], proposals: Sequence[Proposal]) -> list[Candidate]:
    """What is drawn of every line; a line that is not seen where it should be is left out."""
    result = []
    for k, (path, one) in enumerate(zip(traced, proposals, strict=True)):
        trace = one.trace
        if trace.kind not in ("line", "step"):
            continue
        gaps, present = find_gaps(scene, path)
        if not present:
            continue
        finite = np.isfinite(trace.points_px).all(axis=1)
        edges = np.diff(np.concatenate([[0], finite.astype(np.int8), [0]]))
        for first, last in zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True):
            if last - first < 2:
                continue
            part = slice(first, last)
            points = to_drawn(trace.points_px[part], trace) - scene.origin
            shift = np.array([scene.origin[0], 0.0])
            free = one.free_x[part] if one.free_x is not None and trace.kind == "line" else None
            fitted = free is not None and last - first <= MOST_VERTICES
            line = DrawnLine(
                points=points.copy(),
                free_x=free.copy() if free is not None else np.zeros(len(points), bool),
                width_px=trace.stroke_px,
                colour=np.array(trace.colour, float),
                sigma=np.zeros_like(points),
                held=not fitted,
                gaps=gaps,
                grid=one.grid_number if fitted else NO_GRID,
                known_x=one.known_x[part] - shift if fitted and one.known_x is not None else None,
            )
            if fitted and gaps is not None and _seen_frac(line, scene) < LEAST_SEEN_FRAC:
                line.held, line.grid, fitted = True, NO_GRID, False
            result.append(Candidate(trace=k, rows=part, line=line, start=points, fitted=fitted))
    return result


def _seen_frac(line: DrawnLine, scene: Scene) -> float:
    """The share of a dashed line's course that says anything of it."""
    whole = draw_line(replace(line, gaps=None), scene.picture.shape, COARSE_PARTS)
    usable = ~line.blind(scene.unusable)[whole.rows, whole.cols]
    return float(whole.coverage[usable].sum() / max(float(whole.coverage.sum()), 1.0))


def _in_layers(candidates: list[Candidate], scene: Scene) -> list[Candidate]:
    """Lowest first: where two colours cross, the one that the picture shows lies above."""
    shape = scene.picture.shape[:2]
    cores: list[NDArray[np.bool_]] = []
    for one in candidates:
        stroke = draw_line(one.line, shape, COARSE_PARTS)
        core = (stroke.coverage > CORE_COVERAGE) & ~scene.unusable[stroke.rows, stroke.cols]
        mask = np.zeros(shape, bool)
        mask[stroke.rows[core], stroke.cols[core]] = True
        cores.append(mask)
    above = np.zeros(len(candidates))
    for a in range(len(candidates)):
        for b in range(a + 1, len(candidates)):
            both = scene.picture[cores[a] & cores[b]]
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
