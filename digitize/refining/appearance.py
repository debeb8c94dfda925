"""How a figure's program draws lines, measured in the figure itself: full colours, blur of the edges, joins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from calibration.geometry import BoolArray, FloatArray
from digitize.refining.composition import EDGE_CHOICES_PX, DrawnLine, Float32Array, draw_line, draw_lines, misfits_of
from digitize.refining.tips import reach_tips
from digitize.rendering.stroke import COARSE_PARTS, ROUND_JOINS, Stroke

CORE_COVERAGE = 0.98
FEWEST_CORE_PX = 20
COLOUR_OFF_LEVELS = 40.0
"""What the covered pixels show instead is some other line's colour from here on."""
FIRST_MITRES = (1.0, 4.0, 10.0)
OTHER_MITRES = (2.0,)
"""Limits of mitred joins that plotting programs use: all corners cut off; SVG and Agg; canvases, Cairo, PostScript;
and, looked at where those are better than round ones, plotly's and Agg's of thin lines."""
SHARP_RATIO = 1.6
"""A corner whose mitre is longer than this, in widths, shows how it was drawn."""
FEWEST_SHARP = 3
TRIAL_ROUNDS = 8
"""Ended sooner, trials of lines that began far off take the wrong joins."""
TRIAL_FRAC = 0.25
LEAST_TRIAL_PX = 80
TRIAL_RIM_PX = 6
"""A quarter of the columns, those with most sharp corners, tell enough."""
BETTER_JOINS_FRAC = 0.75

Stepper = Callable[[Float32Array, Float32Array, Sequence[DrawnLine], Sequence[Stroke], BoolArray], tuple[float, float]]


def measure_colours(picture: Float32Array, lines: Sequence[DrawnLine], unusable: BoolArray) -> None:
    """Every line's colour from its own fully covered pixels, other lines' left out."""
    strokes = draw_lines(lines, picture.shape, COARSE_PARTS)
    covered = np.zeros(picture.shape[:2], np.int16)
    for stroke in strokes:
        covered[stroke.rows, stroke.cols] += 1
    for line, stroke in zip(lines, strokes, strict=True):
        core = (stroke.coverage > CORE_COVERAGE) & (covered[stroke.rows, stroke.cols] == 1)
        core &= ~unusable[stroke.rows, stroke.cols]
        if core.sum() < FEWEST_CORE_PX:
            continue
        found = np.median(picture[stroke.rows[core], stroke.cols[core]].astype(np.float64), axis=0)
        if np.abs(found - line.colour).max() < COLOUR_OFF_LEVELS:
            line.colour = found


def choose_edges(
    picture: Float32Array, ground: Float32Array, lines: Sequence[DrawnLine], unusable: BoolArray
) -> None:
    """The blur of the figure's edges: the one that leaves least, lines together, where they have most vertices."""
    window = _busiest(np.concatenate([line.points[:, 0] for line in lines]), picture.shape[1])[1]
    parts = [part for line in lines if (part := _within(line, window)) is not None]
    picture, ground, unusable = picture[:, window], ground[:, window], unusable[:, window]
    costs = []
    for edge in EDGE_CHOICES_PX:
        for part in parts:
            part.edge_px = edge
        strokes = draw_lines(parts, picture.shape, COARSE_PARTS)
        costs.append(float(misfits_of(picture, ground, parts, strokes, unusable).sum()))
    for line in lines:
        line.edge_px = EDGE_CHOICES_PX[int(np.argmin(costs))]


def choose_joins(
    picture: Float32Array,
    ground: Float32Array,
    lines: Sequence[DrawnLine],
    unusable: BoolArray,
    step: Stepper,
) -> None:
    """The joins of the figure's lines: those with which the line of most sharp corners is fitted best.

    Parameters
    ----------
    picture, ground : (H, W, 3) float32 arrays
    lines : sequence of DrawnLine
        Their ``mitre`` is replaced.
    unusable : (H, W) bool array
    step : callable
        Moves the lines that are not held once, as :func:`~digitize.refining.fit.step_lines` does.
    """
    most, window = _sharpest(lines, picture.shape[1])
    if most is None:
        return
    picture, ground, unusable = picture[:, window], ground[:, window], unusable[:, window]
    parts = [_within(line, window) for line in lines]
    chosen = sum(part is not None for part in parts[:most])
    beside = [part for part in parts if part is not None]
    strokes = draw_lines(beside, picture.shape, COARSE_PARTS)

    def left(mitre: float) -> float:
        trial = [replace(line, points=line.points.copy(), held=k != chosen) for k, line in enumerate(beside)]
        trial[chosen].mitre = mitre
        reach_tips(picture, ground, trial[chosen], unusable)
        drawn = list(strokes)
        drawn[chosen] = draw_line(trial[chosen], picture.shape, COARSE_PARTS)
        for _ in range(TRIAL_ROUNDS):
            step(picture, ground, trial, drawn, unusable)
            drawn[chosen] = draw_line(trial[chosen], picture.shape, COARSE_PARTS)
        return float(misfits_of(picture, ground, trial, drawn, unusable)[chosen])

    costs = {mitre: left(mitre) for mitre in (ROUND_JOINS, *FIRST_MITRES)}
    if costs[ROUND_JOINS] <= min(costs.values()):
        return
    costs |= {mitre: left(mitre) for mitre in OTHER_MITRES}
    best = min(costs, key=lambda mitre: costs[mitre])
    if costs[best] < BETTER_JOINS_FRAC * costs[ROUND_JOINS]:
        for line in lines:
            line.mitre = best


def _sharpest(lines: Sequence[DrawnLine], width: int) -> tuple[int | None, slice]:
    """The line with the most sharp corners in some columns, and those; None where too few corners are sharp."""
    best, most, window = FEWEST_SHARP - 1, None, slice(0, width)
    for k, line in enumerate(lines):
        at = line.points[1:-1][_are_sharp(line.points), 0]
        if line.held or len(at) <= best:
            continue
        count, own = _busiest(at, width)
        if count > best:
            best, most, window = count, k, own
    return most, window


def _busiest(x: FloatArray, width: int) -> tuple[int, slice]:
    """How many of some places a quarter of the columns holds at most, and those columns."""
    size = max(int(TRIAL_FRAC * width), LEAST_TRIAL_PX)
    at = np.sort(x)
    count = np.searchsorted(at, at + size) - np.arange(len(at))
    left = int(np.clip(at[count.argmax()] - TRIAL_RIM_PX, 0, max(width - size, 0)))
    return int(count.max()), slice(left, min(left + size + 2 * TRIAL_RIM_PX, width))


def _are_sharp(points: FloatArray) -> BoolArray:
    """Inner vertices at which joins differ."""
    step = np.diff(points, axis=0)
    unit = step / np.maximum(np.hypot(*step.T), 1e-9)[:, None]
    sine = np.sqrt(np.clip((1 + (unit[:-1] * unit[1:]).sum(axis=1)) / 2, 0.0, 1.0))
    return np.asarray(sine * SHARP_RATIO < 1.0, bool)


def _within(line: DrawnLine, window: slice) -> DrawnLine | None:
    """What of a line crosses some columns, in their own pixels; None where it does not."""
    x = line.points[:, 0]
    inside = np.flatnonzero((x >= window.start) & (x < window.stop))
    if not len(inside):
        return None
    part = slice(max(inside[0] - 1, 0), inside[-1] + 2)
    points = line.points[part] - np.array([window.start, 0.0])
    if len(points) < 2:
        return None
    return replace(
        line,
        points=points,
        free_x=line.free_x[part].copy(),
        sigma=line.sigma[part].copy(),
        known_x=None if line.known_x is None else line.known_x[part] - np.array([window.start, 0.0]),
        gaps=None if line.gaps is None else line.gaps[:, window],
    )
