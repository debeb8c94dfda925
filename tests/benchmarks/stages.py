#!/usr/bin/env python3
"""Time and peak memory of one figure as a cold process, with the breakdown by stage; and of ``digitize --help``.

    stages.py [FIGURE ...] [--runs 5]

Each run is a fresh process, timed from outside; memory is the operating system's own account of it. The stages are
those the reading itself states (``provenance.seconds`` of the JSON document); what is left over is starting Python,
importing and writing. Medians over the runs; the first is a warm-up and not counted. Idle cores make honest numbers.
The text stage, the most expensive one, is also measured by itself: boxes recognised and processor time, which other
work on the machine does not distort.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes in which ru_maxrss counts."""


def run_cold(command: list[str]) -> tuple[float, float, int]:
    """(wall seconds, peak MiB, exit code) of one fresh process."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    return seconds, usage.ru_maxrss * UNIT / 2**20, process.returncode


def measure(command: list[str], runs: int, document: Path | None = None) -> dict[str, float]:
    """Medians over ``runs``: wall, peak, and the seconds of each stage where a document is written."""
    figures: dict[str, list[float]] = {}
    for number in range(runs + 1):
        wall, peak, code = run_cold(command)
        if code:
            sys.exit(f"stages: {' '.join(command)} ended with exit code {code}")
        if number == 0:
            continue
        seconds = json.loads(document.read_text())["provenance"]["seconds"] if document else {}
        rest = {"start, import, write": wall - sum(seconds.values())} if document else {}
        for name, value in ({"wall": wall, "peak": peak} | seconds | rest).items():
            figures.setdefault(name, []).append(value)
    return {name: statistics.median(values) for name, values in figures.items()}


def measure_text(figure: Path) -> tuple[int, int, float]:
    """(lines of text, crops recognised, seconds of processor time) of the text of one figure, models loaded."""
    from digitize.load import load_image
    from digitize.ocr import default_reader, recognizer

    reader, image, crops = default_reader(), load_image(figure), 0
    reader.read(image)
    read_batch = recognizer._read_batch

    def counted(batch: list[Any]) -> list[Any]:
        nonlocal crops
        crops += len(batch)
        return read_batch(batch)

    recognizer._read_batch = counted
    start = time.process_time()
    try:
        lines = len(reader.read(image))
    finally:
        recognizer._read_batch = read_batch
    return lines, crops, time.process_time() - start


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("figures", nargs="*", type=Path, default=[ROOT / "samples" / "training_metrics.png"])
    parser.add_argument("--digitize", default=str(Path(sys.executable).parent / "digitize"), help="the command to time")
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each command")
    args = parser.parse_args()
    command = str(Path(args.digitize).absolute())
    print(f"\ncold processes, median of {args.runs}, {os.cpu_count()} cores")
    started = measure([command, "--help"], args.runs)
    print(f"{'digitize --help':<40}{started['wall']:8.2f} s{started['peak']:8.0f} MiB")
    for figure in args.figures:
        with tempfile.TemporaryDirectory() as folder:
            document = Path(folder) / "reading.json"
            call = [command, str(figure), "--out", f"{folder}/series.csv", "--json", str(document), "--quiet"]
            taken = measure(call, args.runs, document)
        print(f"{figure.name:<40}{taken.pop('wall'):8.2f} s{taken.pop('peak'):8.0f} MiB")
        for name, seconds in taken.items():
            print(f"  {name:<38}{seconds:8.2f} s")
        lines, crops, cpu = measure_text(figure)
        print(f"  {f'text: {lines} lines, {crops} boxes recognised':<38}{cpu:8.2f} s CPU")


if __name__ == "__main__":
    main()
