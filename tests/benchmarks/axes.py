#!/usr/bin/env python3
"""The axis board: how many drawn axes are read right, and how well.

    axes.py [--count 1000] [--seed 0] [--keep DIR] [--save FILE.json]

Draws axes over scales, label formats, fonts, sizes, ticks, spines, grids, rotations and themes (matplotlib, seeded),
reads each picture's text and panels, and compares the ends of every axis with what was drawn.

  right   both ends within 0.5 % of the axis
  silent  read wrong without a finding on its panel: the worst that can happen
  refused not read, and said so
  missed  no panel was found there
  px      median and 90th percentile of the error of the ends, over axes read right
  <1s <2s ends within one and two stated standard deviations (68 and 95 where the uncertainty is true)
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as PILImage

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from calibration.axis import AxisCalibration
from digitize.panels import CalibratedPanel, find_panels
from digitize.synthetic import THEMES, lay_on_pixels
from digitize.values import Image

RIGHT_FRAC = 0.005
SMALL_PX = 8.0
STYLES = (
    "integer", "decimal", "negative", "thousands", "log power", "log plain", "log e", "date", "category", "percent",
    "suffix", "offset", "scientific",
)  # fmt: skip
FONTS = ("DejaVu Sans", "DejaVu Sans", "DejaVu Serif", "STIXGeneral", "DejaVu Sans Mono")
WORDS = ("north", "south", "east", "west", "centre", "alpha", "beta", "gamma", "delta", "red", "green", "blue")


@dataclass(frozen=True, slots=True, kw_only=True)
class AxesSpec:
    """What one picture with two axes looks like."""

    styles: tuple[str, str]
    inverted: tuple[bool, bool]
    rotation: int
    font: str
    digit_px: float
    dpi: int
    ticks: str
    minor: bool
    spines: str
    grid: bool
    theme: str
    jpeg: int
    width_px: int
    height_px: int
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AxisResult:
    """What became of one axis."""

    picture: int
    axis: str
    outcome: str
    error_px: tuple[float, float]
    sigma_px: tuple[float, float]
    properties: dict[str, str]


def random_axes(rng: np.random.Generator) -> AxesSpec:
    def pick(*choices: Any) -> Any:
        return choices[int(rng.integers(len(choices)))]

    digit_px = float(pick(5, 6, 7, 8, 9, 10, 11, 12, 14, 16))
    x_style, y_style = pick(*STYLES), pick(*(style for style in STYLES if style != "date"))
    spines = pick("all", "all", "two", "none")
    ticks = pick("out", "out", "in", "inout", "none")
    return AxesSpec(
        styles=(x_style, y_style),
        inverted=(rng.random() < 0.08, rng.random() < 0.08),
        rotation=pick(0, 0, 0, 30, 45, 90),
        font=pick(*FONTS),
        digit_px=digit_px,
        dpi=pick(72, 100, 144),
        ticks=ticks,
        minor=bool(rng.random() < 0.2),
        spines=spines,
        grid=bool(rng.random() < 0.4) or (spines == "none" and ticks == "none"),
        theme=pick("light", "light", "light", "grey", "dark"),
        jpeg=pick(0, 0, 0, 85, 60),
        width_px=int(40 * digit_px + pick(60, 160, 260)),
        height_px=int(28 * digit_px + pick(60, 120, 200)),
        seed=int(rng.integers(2**31)),
    )


def draw_axes(spec: AxesSpec) -> tuple[np.ndarray[Any, np.dtype[np.uint8]], dict[str, Any]]:
    """The picture, and the truth: the box (pixel centres at whole numbers), each axis' scale and ends."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rng = np.random.default_rng(spec.seed)
    paper, inside, ink, pale = THEMES[spec.theme]
    colours = {"text.color": ink, "axes.edgecolor": ink, "axes.labelcolor": ink, "xtick.color": ink, "ytick.color": ink}
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        font_pt = spec.digit_px / 0.73 * 72 / spec.dpi
        thin_pt = max(0.07 * spec.digit_px, 0.8) * 72 / spec.dpi
        matplotlib.rcParams.update(
            {
                "font.family": spec.font, "font.size": font_pt, "axes.linewidth": thin_pt, "figure.facecolor": paper,
                "axes.facecolor": inside, "grid.color": pale, "grid.linewidth": thin_pt, **colours,
                "mathtext.fontset": "dejavusans" if "Sans" in spec.font else "stix",
                "axes.spines.right": spec.spines == "all", "axes.spines.top": spec.spines == "all",
                "axes.spines.left": spec.spines != "none", "axes.spines.bottom": spec.spines != "none",
            }
        )  # fmt: skip
        for which in ("xtick", "ytick"):
            length = 0.0 if spec.ticks == "none" else 0.4 * font_pt
            matplotlib.rcParams.update(
                {f"{which}.direction": "out" if spec.ticks == "none" else spec.ticks, f"{which}.major.size": length,
                 f"{which}.minor.size": length / 2, f"{which}.major.width": thin_pt, f"{which}.minor.width": thin_pt}
            )  # fmt: skip
        size = spec.width_px / spec.dpi, spec.height_px / spec.dpi
        canvas = Figure(figsize=size, dpi=spec.dpi, layout="constrained")
        agg = FigureCanvasAgg(canvas)
        axes = canvas.subplots()
        for which, style, inverted in zip("xy", spec.styles, spec.inverted, strict=True):
            _style(axes, which, style, rng)
            if inverted and style != "category":  # places count from the left and from below
                getattr(axes, f"invert_{which}axis")()
        if spec.minor and not {"category", "date"} & set(spec.styles):
            axes.minorticks_on()
        axes.tick_params(axis="x", rotation=spec.rotation)
        if spec.grid:
            axes.grid(True)
            axes.set_axisbelow(True)
        if rng.random() < 0.6:
            axes.set_xlabel(str(rng.choice(["Step", "Time (hours)", "Epoch"])))
            axes.set_ylabel(str(rng.choice(["Loss", "Score"])))
        unit = np.linspace(0.03, 0.97, 60)
        high = 0.5 + 0.4 * np.sin(rng.uniform(3, 9) * unit + rng.uniform(0, 6))
        colour = rng.choice(["#1f77b4", "#d62728", "#2ca02c"])
        axes.plot(unit, high, transform=axes.transAxes, color=colour, linewidth=1.5)
        lay_on_pixels(canvas, [axes])
        agg.draw()
        pixels = np.asarray(agg.buffer_rgba())[..., :3].copy()
        left, bottom, right, top = axes.get_window_extent().extents
        height = pixels.shape[0]
        box = [left - 0.5, height - top - 0.5, right - 0.5, height - bottom - 0.5]
        truth = {"box": box, "x": list(map(float, axes.get_xlim())), "y": list(map(float, axes.get_ylim()))}
    if spec.jpeg:
        buffer = io.BytesIO()
        PILImage.fromarray(pixels).save(buffer, "JPEG", quality=spec.jpeg)
        pixels = np.asarray(PILImage.open(buffer).convert("RGB"), np.uint8).copy()
    return pixels, truth


def _style(axes: Any, which: str, style: str, rng: np.random.Generator) -> None:
    """Range, scale and label format of one axis."""
    from matplotlib import dates, ticker

    axis = getattr(axes, f"{which}axis")
    few = ticker.MaxNLocator(int(rng.integers(4, 8)))
    if style.startswith("log"):
        low = 10.0 ** rng.integers(-5, 3)
        axes.set(**{f"{which}scale": "log", f"{which}lim": (low / 1.7, low * 10.0 ** rng.integers(3, 6) * 1.7)})
        formats: dict[str, Callable[[float, int], str]] = {
            "log plain": lambda value, _: f"{value:g}" if 1e-3 <= value < 1e5 else f"{value:.0e}",
            "log e": lambda value, _: f"{value:.0e}",
        }
        if style in formats:
            axis.set_major_formatter(ticker.FuncFormatter(formats[style]))
            axis.set_minor_formatter(ticker.NullFormatter())
        return
    if style == "category":
        count = int(rng.integers(3, 6))
        axis.set_major_locator(ticker.FixedLocator(range(count)))
        axis.set_major_formatter(ticker.FixedFormatter(rng.permutation(WORDS)[:count].tolist()))
        axes.set(**{f"{which}lim": (-0.5, count - 0.5)})
        return
    if style == "date":
        start = 10_000 + float(rng.integers(0, 9000))
        span = float(rng.choice([1.0, 20.0, 90.0, 400.0, 3000.0, 12_000.0]))
        axes.set(**{f"{which}lim": (start, start + span)})
        locator = dates.AutoDateLocator(minticks=3, maxticks=6)
        axis.set_major_locator(locator)
        concise = rng.random() < 0.4
        axis.set_major_formatter(dates.ConciseDateFormatter(locator) if concise else dates.AutoDateFormatter(locator))
        return
    low, high = {
        "integer": (float(rng.choice([0, 0, 1, 20])), float(rng.choice([50, 80, 120, 400, 1000, 2500]))),
        "decimal": (float(rng.choice([0.0, 0.2, 0.4])), float(rng.choice([0.55, 0.9, 1.2, 2.0]))),
        "negative": (-float(rng.choice([0.3, 2, 15, 120])), float(rng.choice([0.4, 3, 20, 80]))),
        "thousands": (0.0, float(rng.choice([4e3, 2.5e4, 1.2e6]))),
        "suffix": (0.0, float(rng.choice([8e3, 4e4, 2.5e5, 2e6, 9e6]))),
        "percent": (float(rng.choice([0, 0.2, 0.6])), float(rng.choice([0.8, 0.95, 1.0]))),
        "offset": (0.0, float(rng.choice([3e-5, 4e-4, 6e5, 2.5e7, 8e8]))),
        "scientific": (0.0, float(rng.choice([3e-5, 4e-3, 6e5, 2.5e7]))),
    }[style]
    axis.set_major_locator(few)
    if style == "thousands":
        axis.set_major_formatter(ticker.StrMethodFormatter("{x:,.0f}"))
    elif style == "suffix":
        axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: _with_suffix(value)))
    elif style == "percent":
        axis.set_major_formatter(ticker.PercentFormatter(xmax=1))
    elif style == "scientific":
        axis.set_major_formatter(ticker.StrMethodFormatter("{x:.1e}"))
    elif style == "offset":
        formatter = ticker.ScalarFormatter(useMathText=bool(rng.random() < 0.5))
        formatter.set_powerlimits((0, 0))
        axis.set_major_formatter(formatter)
    margin = (high - low) * float(rng.choice([0.0, 0.03, 0.05]))
    axes.set(**{f"{which}lim": (low - margin, high + margin)})


def _with_suffix(value: float) -> str:
    factor, suffix = next(((f, s) for f, s in ((1e6, "M"), (1e3, "k")) if abs(value) >= f), (1.0, ""))
    return f"{value / factor:g}{suffix}"


def judge(number: int, spec: AxesSpec, truth: dict[str, Any], panels: tuple[CalibratedPanel, ...]) -> list[AxisResult]:
    """One result for each of the two axes."""
    box = np.array(truth["box"])
    near = [one for one in panels if _overlap(np.array(one.panel.axes.as_list()), box) > 0.5]
    results = []
    for k, which in enumerate("xy"):
        ends_px = box[[0, 2]] if which == "x" else box[[3, 1]]
        axis = near[0].axes_read.get(which) if near else None
        error, sigma = (np.nan, np.nan), (np.nan, np.nan)
        if not near:
            outcome = "missed"
        elif axis is None:
            outcome = "refused"
        else:
            ends = truth[which]
            if spec.styles[k] == "date" and axis.scale.name == "linear" and 1700 < axis.used[0].value < 2200:
                ends = [1970 + days / 365.2425 for days in ends]  # bare years may be numbers
            error, sigma = _errors(axis, ends, ends_px)
            limit = RIGHT_FRAC * abs(ends_px[1] - ends_px[0])
            doubted = any(finding.code.startswith(("label", "axis")) for finding in near[0].findings)
            outcome = "right" if max(map(abs, error)) <= limit else ("doubted" if doubted else "silent")
        properties = {
            "style": spec.styles[k], "digits": f"{spec.digit_px:4.0f} px", "font": spec.font, "ticks": spec.ticks,
            "spines": spec.spines, "theme": spec.theme, "grid": str(spec.grid), "minor": str(spec.minor),
            "inverted": str(spec.inverted[k]), "rotation": str(spec.rotation if which == "x" else 0), "axis": which,
            "jpeg": str(spec.jpeg), "dpi": str(spec.dpi),
        }  # fmt: skip
        one = AxisResult(
            picture=number, axis=which, outcome=outcome, error_px=error, sigma_px=sigma, properties=properties
        )  # fmt: skip
        results.append(one)
    return results


def _errors(axis: AxisCalibration, ends: list[float], ends_px: Any) -> tuple[tuple[float, float], tuple[float, float]]:
    with np.errstate(all="ignore"):
        off = np.nan_to_num(axis.to_pixel(ends) - ends_px, nan=1e6, posinf=1e6, neginf=-1e6)
        sigma = axis.sigma_u(ends_px) / abs(axis.slope)
    return (float(off[0]), float(off[1])), (float(sigma[0]), float(sigma[1]))


def _overlap(one: Any, other: Any) -> float:
    width, height = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    shared = max(width, 0.0) * max(height, 0.0)
    areas = [float(np.prod(box[2:] - box[:2])) for box in (one, other)]
    return float(shared / (sum(areas) - shared))


def line(name: str, results: list[AxisResult]) -> str:
    """One row of the table."""
    share = {key: 100 * np.mean([r.outcome == key for r in results]) for key in OUTCOMES}
    right = [r for r in results if r.outcome == "right"]
    error = np.abs([r.error_px for r in right]) if right else np.full((1, 2), np.nan)
    z = error / (np.array([r.sigma_px for r in right]) if right else 1.0)
    cells = "".join(f"{share[key]:9.1f}" for key in OUTCOMES)
    spread = f"{np.median(error):8.3f}{np.quantile(error, 0.9):8.3f}"
    return f"{name:<24}{len(results):>6}{cells}{spread}{100 * np.mean(z < 1):7.0f}{100 * np.mean(z < 1.96):6.0f}"


OUTCOMES = ("right", "silent", "doubted", "refused", "missed")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000, help="how many axes (two a picture)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="leave the pictures of axes read wrong here")
    parser.add_argument("--save", type=Path, help="keep every axis' result here")
    args = parser.parse_args()
    from digitize.ocr import default_reader

    reader, rng, results, start = default_reader(), np.random.default_rng(args.seed), [], time.process_time()
    for number in range(-(-args.count // 2)):
        spec = random_axes(rng)
        pixels, truth = draw_axes(spec)
        image = Image(pixels=pixels)
        texts = reader.read(image)
        found = judge(number, spec, truth, find_panels(image, texts))
        results += found
        bad = [f"{r.axis}-{r.outcome}" for r in found if r.outcome != "right"]
        if args.keep and bad:
            args.keep.mkdir(parents=True, exist_ok=True)
            stem = args.keep / f"{number:04d}_{'_'.join(bad)}"
            PILImage.fromarray(pixels).save(f"{stem}.png")
            read = [(text.text, text.numeric, text.box.as_list()) for text in texts]
            notes = {"spec": asdict(spec), "truth": truth, "texts": read}
            Path(f"{stem}.json").write_text(json.dumps(notes))
    if args.save:
        args.save.write_text(json.dumps([asdict(result) for result in results]))
    head = "".join(f"{key:>9}" for key in OUTCOMES)
    print(f"{'':<24}{'n':>6}{head}{'px':>8}{'p90':>8}{'<1s':>7}{'<2s':>6}")
    small = [r.properties["digits"] < f"{SMALL_PX:4.0f}" for r in results]
    print(line("all", results))
    print(line("8 px digits and more", [r for r, s in zip(results, small, strict=True) if not s]))
    print(line("5 to 7 px digits", [r for r, s in zip(results, small, strict=True) if s]))
    for name in results[0].properties:
        print()
        for value in sorted({r.properties[name] for r in results}):
            print(line(f"{name} {value}", [r for r in results if r.properties[name] == value]))
    print(f"\n{(time.process_time() - start) / len(results):.2f} s CPU an axis")
    return 0


if __name__ == "__main__":
    sys.exit(main())
