#!/usr/bin/env python3
"""How well lines are followed that are hard to tell apart, by what makes them hard: axes and texts are given.

    tracing.py [--draw lines|clouds] [--count 100] [--seed 0] [--only PROPERTY] [--keep DIR] [--save NOW.json]
               [--against BEFORE.json]

Every figure is drawn by :mod:`digitize.synthetic_lines` (``clouds``: overlapping points with fits through them, by
:mod:`digitize.synthetic_clouds`) from a spec turned at random; legends are read, lines followed and compared with what
was drawn. F1 and strict: within 1 % and 0.25 % of the axes, over max(drawn, read); whole: every
line at 0.95 and none invented. A figure counts in the row of each of its properties.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
import warnings
from functools import partial
from pathlib import Path
from typing import Any

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np  # noqa: E402
from PIL import Image as PILImage  # noqa: E402

from digitize.legend import find_legends, legend_of  # noqa: E402
from digitize.overlay import draw_overlay  # noqa: E402
from digitize.synthetic_cloud_specs import CloudsSpec, random_clouds  # noqa: E402
from digitize.synthetic_clouds import draw_clouds  # noqa: E402
from digitize.synthetic_line_specs import LinesSpec, random_lines  # noqa: E402
from digitize.synthetic_lines import draw_lines  # noqa: E402
from digitize.tracing import trace_panel  # noqa: E402
from digitize.values import Figure, PanelReading, Provenance  # noqa: E402
from tests.curve_scores import score_panel  # noqa: E402

HEAD = f"{'property':<18}{'n':>5}{'F1':>8}{'strict':>8}{'whole':>8}{'names':>8}{'clean':>8}{'s/fig':>8}"


def measure(case: tuple[int, LinesSpec | CloudsSpec], keep: Path | None) -> dict[str, Any]:
    """Draw, read and score one figure."""
    warnings.simplefilter("ignore")
    number, spec = case
    drawn = draw_lines(spec) if isinstance(spec, LinesSpec) else draw_clouds(spec)
    start = time.process_time()
    legends = find_legends(drawn.image, drawn.texts, [drawn.panel])
    legend = legend_of(drawn.panel, legends, [drawn.panel], drawn.image)
    ignore = [one.box for one in legends if one.box.intersection_area(drawn.panel.axes) > 0]
    traces, findings = trace_panel(drawn.image, drawn.panel, legend, drawn.texts, ignore)
    seconds = time.process_time() - start
    score = score_panel(drawn, traces)
    if keep:
        reading = PanelReading(panel=drawn.panel, legend=legend, traces=traces, findings=findings)
        origin = Provenance(version="", source="", sha256="", width_px=0, height_px=0, reader="")
        shown = draw_overlay(Figure(image=drawn.image, panels=(reading,), provenance=origin))
        PILImage.fromarray(drawn.image.pixels).save(keep / f"{number:04d}.png")
        PILImage.fromarray(shown).save(keep / f"{number:04d}.overlay.png")
    return {
        "number": number, "properties": spec.properties, "f1": score.f1, "strict": score.strict,
        "whole": score.whole, "named": score.named, "names": score.names, "invented": score.invented,
        "series": score.series, "read": len(traces), "seconds": seconds, "findings": [f.code for f in findings],
    }  # fmt: skip


def row(name: str, results: list[dict[str, Any]]) -> str:
    """One row of the board."""
    names = sum(r["names"] for r in results)
    values = [
        100 * float(np.mean([r["f1"] for r in results])),
        100 * float(np.mean([r["strict"] for r in results])),
        100 * float(np.mean([r["whole"] for r in results])),
        100 * sum(r["named"] for r in results) / names if names else float("nan"),
        100 * float(np.mean([r["invented"] == 0 for r in results])),
    ]
    seconds = float(np.median([r["seconds"] for r in results]))
    return f"{name:<18}{len(results):>5}" + "".join(f"{value:8.1f}" for value in values) + f"{seconds:8.2f}"


def main() -> None:
    """Draw, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draw", choices=("lines", "clouds"), default="lines")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="figures with this property")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="folder for each picture over its traces")
    parser.add_argument("--save", type=Path, help="every figure's result")
    parser.add_argument("--against", type=Path, help="an earlier --save: what moved")
    parser.add_argument("--worst", type=int, default=20)
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    turn = {"lines": random_lines, "clouds": random_clouds}[args.draw]
    cases = [(number, turn(rng)) for number in range(args.count)]
    cases = [case for case in cases if not args.only or args.only in case[1].properties]
    if args.keep:
        args.keep.mkdir(parents=True, exist_ok=True)
    with multiprocessing.get_context("fork").Pool(args.jobs) as pool:
        results = pool.map(partial(measure, keep=args.keep), cases, chunksize=1)
    print(HEAD)
    for name in sorted({one for r in results for one in r["properties"]}):
        print(row(name, [r for r in results if name in r["properties"]]))
    print(row("all", results))
    for r in sorted(results, key=lambda r: r["f1"])[: args.worst]:
        print(
            f"  {r['number']:04d} F1 {100 * r['f1']:5.1f} strict {100 * r['strict']:5.1f} drawn {len(r['series'])} "
            f"read {r['read']} invented {r['invented']} names {r['named']}/{r['names']} {', '.join(r['properties'])}"
        )
    if args.save:
        args.save.write_text(json.dumps(results))
    if args.against:
        before = {r["number"]: r for r in json.loads(args.against.read_text())}
        print("moved")
        for r in results:
            old = before.get(r["number"])
            if old and (abs(old["f1"] - r["f1"]) > 0.005 or abs(old["strict"] - r["strict"]) > 0.02):
                print(
                    f"  {r['number']:04d} F1 {100 * old['f1']:5.1f} -> {100 * r['f1']:5.1f} strict "
                    f"{100 * old['strict']:5.1f} -> {100 * r['strict']:5.1f} {', '.join(r['properties'])}"
                )


if __name__ == "__main__":
    main()
