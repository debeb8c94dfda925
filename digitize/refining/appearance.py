"""How a figure's program draws lines, measured in the figure itself: full colours, blur of the edges, joins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from calibration.geometry import BoolArray, FloatArray
from digitize.refining.composition import EDGE_CHOICES_PX, DrawnLine, Float32Array, draw_line, draw_lines, misfits_of
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
TRIAL_ROUNDS = 2
BETTER_JOINS_FRAC = 0.97

Stepper = Callable[[Float32Array, Float32Array, Sequence[DrawnLine], Sequence[Stroke], BoolArray], float]


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
    """The blur of the figure's edges: the one that leaves least, lines together."""
    costs = []
    for edge in EDGE_CHOICES_PX:
        for line in lines:
            line.edge_px = edge
        strokes = draw_lines(lines, picture.shape, COARSE_PARTS)
        costs.append(float(misfits_of(picture, ground, lines, strokes, unusable).sum()))
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
    sharp = [0 if line.held else _count_sharp(line.points) for line in lines]
    most = int(np.argmax(sharp))
    if sharp[most] < FEWEST_SHARP:
        return

    strokes = draw_lines(lines, picture.shape, COARSE_PARTS)

    def left(mitre: float) -> float:
        trial = [replace(line, points=line.points.copy(), held=k != most) for k, line in enumerate(lines)]
        trial[most].mitre = mitre
        drawn = list(strokes)
        for turn in range(TRIAL_ROUNDS + 1):
            drawn[most] = draw_line(trial[most], picture.shape, COARSE_PARTS)
            if turn < TRIAL_ROUNDS:
                step(picture, ground, trial, drawn, unusable)
        return float(misfits_of(picture, ground, trial, drawn, unusable)[most])

    costs = {mitre: left(mitre) for mitre in (ROUND_JOINS, *FIRST_MITRES)}
    if costs[ROUND_JOINS] <= min(costs.values()):
        return
    costs |= {mitre: left(mitre) for mitre in OTHER_MITRES}
    best = min(costs, key=lambda mitre: costs[mitre])
    if costs[best] < BETTER_JOINS_FRAC * costs[ROUND_JOINS]:
        for line in lines:
            line.mitre = best


def _count_sharp(points: FloatArray) -> int:
    """Corners at which joins differ."""
    step = np.diff(points, axis=0)
    unit = step / np.maximum(np.hypot(*step.T), 1e-9)[:, None]
    sine = np.sqrt(np.clip((1 + (unit[:-1] * unit[1:]).sum(axis=1)) / 2, 0.0, 1.0))
    return int((sine * SHARP_RATIO < 1.0).sum())
