#!/usr/bin/env python3
"""How well a reading is judged by its picture, on drawn figures: alarms on right readings, and what is found.

    residual.py [--count 60] [--seed 1001] [--jobs 2]

Figures of :mod:`digitize.synthetic_lines` are traced and judged. ``alarms``: readings that are whole and get a warning
nonetheless. ``removed``: of whole readings every line is left out once; ``found``: the judge tells of it. ``wrong``:
readings that are not whole, and how many of them get a warning.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
import warnings
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np  # noqa: E402

from calibration.axis import AxisCalibration, PanelCalibration  # noqa: E402
from calibration.geometry import Box, Side  # noqa: E402
from calibration.scales import LinearScale  # noqa: E402
from digitize.legend import find_legends, legend_of  # noqa: E402
from digitize.residual import judge_panel, mend_panel  # noqa: E402
from digitize.synthetic_line_specs import LinesSpec, random_lines  # noqa: E402
from digitize.synthetic_lines import draw_lines  # noqa: E402
from digitize.tracing import trace_panel  # noqa: E402
from tests.curve_scores import score_panel  # noqa: E402

LEAST_SPAN_FRAC = 0.15


def _calibration(box: Box) -> PanelCalibration:
    def axis(side: Side, start_px: float, end_px: float) -> AxisCalibration:
        return AxisCalibration(
            side=side, scale=LinearScale(), slope=1.0 / (end_px - start_px), intercept=0.0, centre_px=start_px,
            covariance=np.zeros((2, 2)), residual_px=0.0,
        )  # fmt: skip

    return PanelCalibration(x=axis("bottom", box.left, box.right), y=axis("left", box.bottom, box.top))


def measure(spec: LinesSpec) -> tuple[bool, bool, int, int, float]:
    """Whole, warned, lines removed, removals found, seconds of the judge."""
    warnings.simplefilter("ignore")
    drawn = draw_lines(spec)
    legends = find_legends(drawn.image, drawn.texts, [drawn.panel])
    legend = legend_of(drawn.panel, legends, [drawn.panel], drawn.image)
    hidden = [one.box for one in legends if one.box.intersection_area(drawn.panel.axes) > 0]
    traces, _ = trace_panel(drawn.image, drawn.panel, legend, drawn.texts, hidden)
    given = legend, drawn.texts, hidden
    calibration = _calibration(drawn.panel.axes)
    start = time.process_time()
    traces, _ = mend_panel(drawn.image, drawn.panel, calibration, traces, *given)
    _, findings = judge_panel(drawn.image, drawn.panel, calibration, traces, *given)
    seconds = time.process_time() - start
    whole = score_panel(drawn, traces).whole
    removed = found = 0
    for k, one in enumerate(traces):
        span = float(np.ptp(one.points_px[np.isfinite(one.points_px[:, 0]), 0]))
        if not whole or one.kind not in ("line", "step") or span < LEAST_SPAN_FRAC * drawn.panel.axes.width_px:
            continue
        rest = [other for j, other in enumerate(traces) if j != k and other.band_of != one.label]
        told = judge_panel(drawn.image, drawn.panel, calibration, rest, *given)[1]
        removed, found = removed + 1, found + any(finding.code == "ink-unexplained" for finding in told)
    return whole, any(one.severity == "warning" for one in findings), removed, found, seconds


def main() -> None:
    """Draw, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1001)
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    with multiprocessing.get_context("fork").Pool(args.jobs) as pool:
        results = pool.map(measure, [random_lines(rng) for _ in range(args.count)], chunksize=1)
    whole, wrong = [r for r in results if r[0]], [r for r in results if not r[0]]
    print(f"whole {len(whole)}, alarms {sum(r[1] for r in whole)}")
    print(f"removed {sum(r[2] for r in whole)}, found {sum(r[3] for r in whole)}")
    print(f"wrong {len(wrong)}, told {sum(r[1] for r in wrong)}")
    print(f"seconds a panel: median {np.median([r[4] for r in results]):.3f}, most {max(r[4] for r in results):.3f}")


if __name__ == "__main__":
    main()
