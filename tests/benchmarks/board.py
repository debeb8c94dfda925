#!/usr/bin/env python3
"""The board: how much of figures with known truth is read right.

    board.py [--save NOW.json] [--against BEFORE.json] [--only REGEX]

Runs the bench's scorer (``score.py --help`` defines the columns) on its suites and on the figures in ``samples/``.
With ``--against`` it prints what moved, suite by suite and figure by figure. Where the bench is not at hand it says so.
"""

from __future__ import annotations

import argparse
import json
import shlex
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MOVED = 0.02
"""Figures whose F1 moved by less than this are not listed."""

Result = dict[str, Any]


def main() -> int:
    """Run the scorer, print its table and what moved; its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=Path, default=ROOT.parent / "shared" / "bench", help="folder of score.py")
    beside_python = str(Path(sys.executable).parent / "digitize")
    parser.add_argument("--digitize", default=beside_python, help="the command to score")
    parser.add_argument("--save", type=Path, help="keep every figure's result here")
    parser.add_argument("--against", type=Path, help="a file kept earlier with --save")
    parser.add_argument("--only", default="", help="regular expression on the figure's name")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", default="", help="folder to leave CSV and JSON files in")
    args = parser.parse_args()
    if args.against and not args.against.is_file():
        parser.error(f"there is no {args.against}: keep one with --save first")
    before = json.loads(args.against.read_text()) if args.against else None
    scorer = args.bench / "score.py"
    if not scorer.is_file():
        print(f"board: there is no scorer at {scorer}; nothing was measured")
        return 0
    suites = [*sorted((args.bench / "dev").glob("*/")), args.bench.parent / "figures", ROOT / "samples"]
    with tempfile.TemporaryDirectory() as folder:
        report = args.save or Path(folder) / "board.json"
        command = f"{shlex.quote(str(Path(args.digitize).absolute()))} {{image}} --out {{csv}} --json {{json}} --quiet"
        call = [sys.executable, str(scorer), *(str(suite) for suite in suites if suite.is_dir())]
        call += ["--cmd", command, "--json", str(report), "--jobs", str(args.jobs), "--only", args.only]
        done = subprocess.run(call + (["--keep", args.keep] if args.keep else []), check=False)
        if done.returncode == 0 and before is not None:
            print_moves(before, json.loads(report.read_text()))
    return done.returncode


def print_moves(before: list[Result], after: list[Result]) -> None:
    """Suite means and figures before and after, of the figures in both."""
    old = {(one["suite"], one["case"]): one for one in before}
    pairs = [(old[key], one) for one in after if (key := (one["suite"], one["case"])) in old]
    print(f"\n{'moved':<22}{'n':>5}{'F1':>17}{'strict':>17}{'whole':>17}{'axes':>17}")
    for suite in [*dict.fromkeys(one["suite"] for _, one in pairs), "all"]:
        chosen = [pair for pair in pairs if suite in (pair[1]["suite"], "all")]
        cells = ""
        for key in ("f1", "strict", "whole", "axes"):
            was, now = (_mean([pair[side] for pair in chosen], key) for side in (0, 1))
            cells += f"{was:8.1f} >{now:7.1f}"
        print(f"{suite:<22}{len(chosen):>5}{cells}")
    for was, now in sorted(pairs, key=lambda pair: pair[1]["f1"] - pair[0]["f1"]):
        change = now["f1"] - was["f1"]
        if abs(change) >= MOVED:
            values = f"{100 * was['f1']:5.1f} > {100 * now['f1']:5.1f}"
            print(f"  {100 * change:+6.1f}  {values}  {now['suite']}/{now['case']}")


def _mean(results: list[Result], key: str) -> float:
    values = [value for one in results for value in (one[key] if isinstance(one[key], list) else [one[key]])]
    return 100 * statistics.fmean(float(value) for value in values) if values else float("nan")


if __name__ == "__main__":
    sys.exit(main())
