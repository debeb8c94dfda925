#!/usr/bin/env python3
"""How exactly the data points behind drawn lines come back: noisy polylines of known vertices, the calibration given.

    samples.py [--seeds 3] [--only REGEX]

Every row draws figures with matplotlib (542 x 346 px axes at 100 dpi) whose lines hold samples at even distances, a
slow wave with noise of 4 % of the axis on top, follows the lines and recovers the samples; only the axes are told.
Of every true vertex the error is the distance of the nearest point read that no other vertex takes.

=========  ============================================================================================
median     of the vertices' errors, px (no vertex left out: one that has no point counts as infinitely far)
in 1 %     share of vertices within 1 % of the axis height
count      share of lines with exactly as many points as samples
grid       share of lines whose samples were found on a grid
z<2        share of vertices within two stated standard errors along y (fit and drawing)
cpu        seconds of refining a panel
=========  ============================================================================================
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from digitize.refining import refine_traces
from digitize.tracing import trace_panel
from digitize.uncertainty import position_terms, total_px
from digitize.values import Trace
from tests.digitize.refining.conftest import Drawn, draw, wander

AXES_PX = 542.5
AXES_HEIGHT_PX = 346.5
INSIDE = 1 / 1.1
"""Share of the axes that lines span between matplotlib's margins."""
NOISE_FRAC = 0.04


@dataclass(frozen=True)
class Case:
    """One row of the table."""

    name: str
    spacing_px: float
    lines: int = 1
    points: float = 1.5
    dpi: float = 100
    jpeg: int = 0
    smooth: bool = False
    goal: str = ""


CASES = (
    Case("16 px a sample", 16.0),
    Case("8 px", 8.0),
    Case("4 px", 4.0, goal="0.05 px, 99 %"),
    Case("4 px, 1 pt", 4.0, points=1.0, goal="0.05 px, 99 %"),
    Case("4 px, 2.5 pt", 4.0, points=2.5, goal="0.05 px, 99 %"),
    Case("4 px, 72 dpi", 4.0, dpi=72, goal="0.05 px, 99 %"),
    Case("4 px, 150 dpi", 4.0, dpi=150, goal="0.05 px, 99 %"),
    Case("3 px", 3.0),
    Case("2 px", 2.0, goal="95 %"),
    Case("8 px, JPEG 75", 8.0, jpeg=75, goal="98 %"),
    Case("4 px, JPEG 75", 4.0, jpeg=75, goal="98 %"),
    Case("8 px, four lines", 8.0, lines=4, goal="0.1 px, 98 %"),
    Case("4 px, four lines", 4.0, lines=4, goal="0.1 px, 98 %"),
    Case("8 px, smooth", 8.0, smooth=True),
    Case("20 px, smooth", 20.0, smooth=True),
)


def draw_case(case: Case, seed: int) -> Drawn:
    """The figure of one seed."""
    count = round(AXES_PX * case.dpi / 100 * INSIDE / case.spacing_px) + 1
    x = np.arange(count, dtype=float)
    noise = 0.0 if case.smooth else NOISE_FRAC * 0.55
    lines = [(x, wander(count, 10 * seed + k, noise, 0.12 * k)) for k in range(case.lines)]
    return draw(lines, jpeg=case.jpeg, dpi=case.dpi, linewidth=case.points)


def errors_of(trace: Trace, vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distance of every vertex from its point, and that along y in stated standard errors."""
    good = np.isfinite(trace.points_px).all(axis=1)
    points, sigma = trace.points_px[good], total_px(position_terms(trace))[good]
    away = np.linalg.norm(vertices[:, None] - points[None], axis=2)
    rows, cols = linear_sum_assignment(np.minimum(away, 50.0))
    error, pull = np.full(len(vertices), np.inf), np.full(len(vertices), np.inf)
    error[rows] = away[rows, cols]
    pull[rows] = np.abs(vertices[rows, 1] - points[cols, 1]) / sigma[cols, 1]
    return error, pull


def measure(case: Case, seeds: int) -> str:
    """One line of the table."""
    errors, pulls, exact, grids, seconds, height = [], [], [], [], [], 1.0
    for seed in range(seeds):
        drawn = draw_case(case, seed)
        height = drawn.panel.axes.height_px
        traces, _ = trace_panel(drawn.image, drawn.panel, None, ())
        start = time.process_time()
        traces, _ = refine_traces(drawn.image, drawn.panel, drawn.calibration, traces)
        seconds.append(time.process_time() - start)
        for vertices in drawn.vertices:
            found = [errors_of(trace, vertices) for trace in traces if len(trace.points_px)]
            best = min(range(len(found)), key=lambda k: np.median(np.minimum(found[k][0], 50.0)), default=None)
            if best is None:
                errors.append(np.full(len(vertices), np.inf))
                continue
            errors.append(found[best][0])
            pulls.append(found[best][1])
            exact.append(len(traces[best].points_px) == len(vertices))
            grids.append(traces[best].sampling == "grid")
    error, pull = np.concatenate(errors), np.concatenate(pulls)
    cells = (
        f"{np.median(error):8.3f}{100 * np.mean(error < 0.01 * height):8.1f}{100 * np.mean(exact):8.0f}"
        f"{100 * np.mean(grids):8.0f}{100 * np.mean(pull < 2):8.1f}{np.mean(seconds):8.2f}"
    )
    return f"{case.name:<22}{len(exact):>6}{cells}  {case.goal}"


def main() -> None:
    """Draw, read and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3, help="figures a row")
    parser.add_argument("--only", default="", help="rows whose name matches")
    args = parser.parse_args()
    columns = "".join(f"{name:>8}" for name in ("median", "in 1 %", "count", "grid", "z<2", "cpu"))
    print(f"{'':<22}{'lines':>6}{columns}  goal")
    for case in CASES:
        if re.search(args.only, case.name):
            print(measure(case, args.seeds), flush=True)


if __name__ == "__main__":
    main()
