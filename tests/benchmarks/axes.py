#!/usr/bin/env python3
"""The axis board: how many drawn axes are read right, and how well.

    axes.py [--count 1000] [--seed 0] [--jobs 1] [--only STYLE|LAYOUT] [--keep DIR] [--save FILE.json]

For 1,000 axes on a machine of 16 cores: ``axes.py --count 1000 --jobs 16 --keep wrong --save axes.json`` (half a
gigabyte and about 1.5 s an axis for each process).

Draws axes over scales, label formats, fonts, sizes, ticks, spines, grids, turns, themes and layouts (`drawn_axes.py`),
reads each picture's text and panels as the pipeline does, and compares the ends of every axis with what was drawn.

  right   both ends within 0.5 % of the axis
  silent  read wrong without a finding on its axis: the worst that can happen
  doubted read wrong, and a finding says that the axis is doubtful
  refused not read, and said so
  missed  no panel was found there
  px      median and 90th percentile of the error of the ends, over axes read right
  <1s <2s ends within one and two stated standard deviations (68 and 95 where the uncertainty is true)
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image as PILImage

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from drawn_axes import AxesSpec, draw_axes, random_axes

from calibration.axis import AxisCalibration
from calibration.geometry import TextBox
from digitize.deskew import straightened
from digitize.ocr import TextReader, default_reader
from digitize.panels import CalibratedPanel, find_panels
from digitize.values import Image

RIGHT_FRAC = 0.005
SMALL_PX = 8.0
OUTCOMES = ("right", "silent", "doubted", "refused", "missed")
AXES = ("x", "y", "twin_y")
DOUBTS = ("label", "axis")
"""How the codes of findings begin that speak of an axis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AxisResult:
    """What became of one axis."""

    picture: int
    axis: str
    outcome: str
    error_px: tuple[float, float]
    sigma_px: tuple[float, float]
    properties: dict[str, str]


def judge(
    number: int, spec: AxesSpec, truth: Sequence[dict[str, Any]], panels: Sequence[CalibratedPanel]
) -> list[AxisResult]:
    """One result for each axis of each panel drawn."""
    results = []
    for index, drawn in enumerate(truth):
        box = np.array(drawn["box"])
        near = [one for one in panels if _overlap(np.array(one.panel.axes.as_list()), box) > 0.5]
        for which in AXES:
            if which in drawn:
                ends_px = box[[0, 2]] if which == "x" else box[[3, 1]]
                outcome, error, sigma = _outcome(which, drawn[which], ends_px, near[0] if near else None)
                own = _properties(spec, which, index)
                results.append(
                    AxisResult(
                        picture=number, axis=which, outcome=outcome, error_px=error, sigma_px=sigma, properties=own
                    )
                )
    return results


def _properties(spec: AxesSpec, which: str, index: int) -> dict[str, str]:
    style = spec.styles[0] if which == "x" else spec.styles[1] if which == "y" else "second axis"
    if spec.layout in ("inset", "broken") and index:
        style = "second panel"
    return {
        "style": style, "digits": f"{spec.digit_px:4.0f} px", "layout": spec.layout, "axis": which,
        "rotation": str(spec.rotation if which == "x" else 0),
        "arrangement": spec.arrangement if which == "x" else "row",
        "far side": str(spec.far[which != "x"]), "inverted": str(spec.inverted[which != "x"]), "ticks": spec.ticks,
        "minor": str(spec.minor), "spines": spec.spines, "grid": str(spec.grid), "theme": spec.theme, "font": spec.font,
        "jpeg": str(spec.jpeg), "shrunk": str(spec.shrunk), "turned": str(spec.turn_deg != 0.0), "dpi": str(spec.dpi),
    }  # fmt: skip


Ends = tuple[float, float]


def _outcome(which: str, ends: list[float], ends_px: Any, one: CalibratedPanel | None) -> tuple[str, Ends, Ends]:
    axis = one.axes_read.get(which) if one else None
    if one is None or axis is None:
        return ("refused" if one else "missed"), (np.nan, np.nan), (np.nan, np.nan)
    if axis.scale.name == "linear" and ends[0] > 9000 and 1700 < axis.used[0].value < 2200:
        ends = [1970 + days / 365.2425 for days in ends]  # bare years may be numbers
    error, sigma = _errors(axis, ends, ends_px)
    if max(map(abs, error)) <= RIGHT_FRAC * abs(ends_px[1] - ends_px[0]):
        return "right", error, sigma
    doubted = any(finding.code.startswith(DOUBTS) for finding in one.findings)
    return ("doubted" if doubted else "silent"), error, sigma


def _errors(axis: AxisCalibration, ends: list[float], ends_px: Any) -> tuple[Ends, Ends]:
    with np.errstate(all="ignore"):
        off = np.nan_to_num(axis.to_pixel(ends) - ends_px, nan=1e6, posinf=1e6, neginf=-1e6)
        sigma = axis.sigma_u(ends_px) / abs(axis.slope)
    return (float(off[0]), float(off[1])), (float(sigma[0]), float(sigma[1]))


def _overlap(one: Any, other: Any) -> float:
    width, height = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    shared = max(width, 0.0) * max(height, 0.0)
    areas = [float(np.prod(box[2:] - box[:2])) for box in (one, other)]
    return float(shared / (sum(areas) - shared))


@cache
def _reader() -> TextReader:
    return default_reader()


def read_picture(pixels: Any, reader: TextReader) -> tuple[Image, tuple[TextBox, ...], tuple[CalibratedPanel, ...]]:
    """As the pipeline reads a picture, up to its panels."""
    image = straightened(Image(pixels=pixels))
    texts = reader.read(image)
    return image, texts, find_panels(image, texts, reader)


def run_one(task: tuple[int, AxesSpec, Path | None]) -> list[AxisResult]:
    """Draw, read and judge one picture; keep it where an axis was not read right."""
    number, spec, keep = task
    pixels, truth = draw_axes(spec)
    image, texts, panels = read_picture(pixels, _reader())
    found = judge(number, spec, truth, panels)
    bad = [f"{r.axis}-{r.outcome}" for r in found if r.outcome != "right"]
    if keep and bad:
        keep.mkdir(parents=True, exist_ok=True)
        stem = keep / f"{number:04d}_{'_'.join(bad)}"
        PILImage.fromarray(image.pixels).save(f"{stem}.png")
        read = [(text.text, text.numeric, text.angle_deg, text.box.as_list()) for text in texts]
        said = [[finding.message for finding in one.findings] for one in panels]
        axes = [{k: [(u.text, u.value) for u in axis.used] for k, axis in one.axes_read.items()} for one in panels]
        notes = {"spec": asdict(spec), "truth": truth, "texts": read, "findings": said, "axes": axes}
        Path(f"{stem}.json").write_text(json.dumps(notes))
    return found


def pictures(count: int, seed: int, wanted: Callable[[AxesSpec], bool]) -> list[AxesSpec]:
    """Pictures drawn by lot with at least ``count`` axes together."""
    rng, specs, axes = np.random.default_rng(seed), [], 0
    while axes < count:
        spec = random_axes(rng)
        if wanted(spec):
            specs.append(spec)
            axes += {"single": 2, "twin": 3, "shared": 8}.get(spec.layout, 4)
    return specs


def line(name: str, results: list[AxisResult]) -> str:
    """One row of the table."""
    share = {key: 100 * np.mean([r.outcome == key for r in results]) for key in OUTCOMES}
    right = [r for r in results if r.outcome == "right"]
    error = np.abs([r.error_px for r in right]) if right else np.full((1, 2), np.nan)
    z = error / (np.array([r.sigma_px for r in right]) if right else 1.0)
    cells = "".join(f"{share[key]:9.1f}" for key in OUTCOMES)
    spread = f"{np.median(error):8.3f}{np.quantile(error, 0.9):8.3f}"
    return f"{name:<28}{len(results):>6}{cells}{spread}{100 * np.mean(z < 1):7.0f}{100 * np.mean(z < 1.96):6.0f}"


def table(results: list[AxisResult]) -> str:
    """All rows: the whole, by size, and by every property."""
    head = "".join(f"{key:>9}" for key in OUTCOMES)
    rows = [f"{'':<28}{'n':>6}{head}{'px':>8}{'p90':>8}{'<1s':>7}{'<2s':>6}", line("all", results)]
    small = [r.properties["digits"] < f"{SMALL_PX:4.0f}" for r in results]
    for name, kept in (("8 px digits and more", False), ("5 to 7 px digits", True)):
        part = [r for r, s in zip(results, small, strict=True) if s == kept]
        rows += [line(name, part)] if part else []
    for name in results[0].properties:
        rows.append("")
        for value in sorted({r.properties[name] for r in results}):
            rows.append(line(f"{name} {value}", [r for r in results if r.properties[name] == value]))
    return "\n".join(rows)


def silents(results: list[AxisResult]) -> list[str]:
    """A line for every axis read wrong without a finding; its picture is the one of that number with ``--keep``."""
    wrong = [r for r in results if r.outcome == "silent"]
    lines = [f"silent: {len(wrong)} of {len(results)}"]
    shown = ("style", "digits", "layout", "rotation", "ticks", "spines", "grid", "font", "jpeg", "shrunk")
    for r in wrong:
        off = " ".join(f"{error:.1f}" for error in r.error_px)
        lines.append(f"  {r.picture:04d} {r.axis}  off by {off} px  {', '.join(r.properties[key] for key in shown)}")
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000, help="how many axes, at least")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--only", help="pictures with this style or layout alone")
    parser.add_argument("--keep", type=Path, help="leave the pictures of axes read wrong here")
    parser.add_argument("--save", type=Path, help="keep every axis' result here")
    args = parser.parse_args()
    start = time.process_time()

    def wanted(spec: AxesSpec) -> bool:
        return not args.only or args.only in (spec.layout, *spec.styles)

    tasks = [(number, spec, args.keep) for number, spec in enumerate(pictures(args.count, args.seed, wanted))]
    if args.jobs > 1:
        os.environ["OMP_NUM_THREADS"] = "1"  # a process a core: threads beside them would only take turns
        with multiprocessing.Pool(args.jobs, initializer=cv2.setNumThreads, initargs=(1,)) as pool:
            found = pool.map(run_one, tasks, chunksize=1)
    else:
        found = [run_one(task) for task in tasks]
    results = [result for picture in found for result in picture]
    if args.save:
        args.save.write_text(json.dumps([asdict(result) for result in results]))
    print(table(results))
    print("\n".join(["", *silents(results)]))
    if args.jobs == 1:
        print(f"\n{(time.process_time() - start) / len(results):.2f} s CPU an axis")
    return 0


if __name__ == "__main__":
    sys.exit(main())
