"""Figures drawn with known truth, for tests, notebooks and the project's measurement of itself.

::

    drawn = draw_figure(FigureSpec(lines=3, y_styles=("percent",), seed=7))
    drawn.pixels, drawn.truth

    python -m digitize.synthetic OUT --count 50 --seed 0

The truth has the schema of the benchmark: ``bbox`` in continuous pixels (the centre of the first pixel at 0.5), which
is our pixel frame plus a half. Spines are laid on pixel centres before drawing, so that the truth is exact. A percent
sign divides by a hundred: "20%" stands at 0.2.
Needs matplotlib (the extra ``draw``).
"""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image as PILImage

from calibration.geometry import ByteArray, FloatArray
from digitize.synthetic_specs import PALETTES, AxisStyle, FigureSpec, Shape, random_spec

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure as Canvas

SNAP_GUARD_PX = 1e-3
DASHES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D", "v", "P")
TITLES = ("Reward", "Response Length", "Gradient Norm", "KL Divergence", "Validation Loss", "Throughput", "Entropy")
Y_LABELS = ("Score", "Tokens", "Norm", "Accuracy", "Loss", "Samples", "Value")
X_LABELS = ("Step", "Time (hours)", "Epoch", "Iteration", "Samples seen")
NAMES = (
    "baseline",
    "ours",
    "PPO (clip=0.2)",
    "GRPO",
    "Sync. (interval=2)",
    "Off-Policy",
    "w/o KL",
    "large batch",
    "seed 3",
    "lr=1e-4",
)
THEMES = {  # figure, axes, text and spines, grid
    "light": ("#ffffff", "#ffffff", "#000000", "#b0b0b0"),
    "grey": ("#ffffff", "#e8e8e8", "#333333", "#ffffff"),
    "dark": ("#14161a", "#1d2026", "#e6e6e6", "#3c4048"),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnFigure:
    """A drawn picture, (H, W, 3) uint8 sRGB, with its truth in the benchmark's schema."""

    pixels: ByteArray
    truth: dict[str, Any]
    spec: FigureSpec


def draw_figure(spec: FigureSpec) -> DrawnFigure:
    """Draw a figure; the same spec gives the same figure.

    Raises
    ------
    ImportError
        Where matplotlib is not installed.
    """
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    rng = np.random.default_rng(spec.seed)
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_settings(spec))  # type: ignore[arg-type]  # names its every key
        canvas = Canvas(
            figsize=(spec.width_px / spec.dpi, spec.height_px / spec.dpi), dpi=spec.dpi, layout="constrained"
        )
        agg = FigureCanvasAgg(canvas)
        rows = -(-spec.panels // spec.columns)
        grid = canvas.subplots(rows, min(spec.panels, spec.columns), squeeze=False).ravel().tolist()
        for axes in grid[spec.panels :]:
            axes.remove()
        names = rng.permutation(NAMES)
        titles = rng.permutation(len(TITLES))
        panels = [
            _draw_panel(axes, spec, place, [str(names[k % len(names)]) for k in range(spec.lines)], titles, rng)
            for place, axes in enumerate(grid[: spec.panels])
        ]
        if spec.legend == "shared":
            canvas.legend(*grid[0].get_legend_handles_labels(), loc="outside upper center", ncols=spec.lines)
        lay_on_pixels(canvas, grid[: spec.panels])
        agg.draw()  # type: ignore[no-untyped-call]
        pixels = np.asarray(agg.buffer_rgba())[..., :3].copy()  # type: ignore[no-untyped-call]
    for axes, panel in zip(grid, panels, strict=False):
        left, bottom, right, top = axes.get_window_extent().extents
        panel["bbox"] = [left, pixels.shape[0] - top, right, pixels.shape[0] - bottom]
    drawn_size = pixels.shape[1], pixels.shape[0]
    pixels = degrade(pixels, spec.scale, spec.jpeg_quality)
    factors = np.tile(np.divide((pixels.shape[1], pixels.shape[0]), drawn_size), 2)
    for panel in panels:
        panel["bbox"] = (np.array(panel["bbox"]) * factors).tolist()
    truth = {
        "source": f"digitize.synthetic, seed {spec.seed}",
        "renderer": f"matplotlib {matplotlib.__version__}",
        "width": int(pixels.shape[1]),
        "height": int(pixels.shape[0]),
        "spec": asdict(spec),
        "panels": panels,
    }
    return DrawnFigure(pixels=pixels, truth=truth, spec=spec)


def write_figures(folder: Path, count: int, seed: int = 0, **fixed: Any) -> list[Path]:
    """Write ``count`` random figures as NAME.png with NAME.json, the form the benchmark reads; returns the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    pictures = []
    for place in range(count):
        drawn = draw_figure(random_spec(rng, **fixed))
        picture = folder / f"drawn_{place:04d}.png"
        PILImage.fromarray(drawn.pixels).save(picture)
        picture.with_suffix(".json").write_text(json.dumps(drawn.truth), encoding="utf-8")
        pictures.append(picture)
    return pictures


def theme_settings(theme: str) -> dict[str, Any]:
    """matplotlib's colour settings for a theme."""
    paper, inside, ink, grid = THEMES[theme]
    inked = ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color")
    return {
        "figure.facecolor": paper,
        "axes.facecolor": inside,
        "grid.color": grid,
        "axes.axisbelow": True,
        **dict.fromkeys(inked, ink),
    }


def _settings(spec: FigureSpec) -> dict[str, Any]:
    """matplotlib's settings for a spec."""
    return {
        **theme_settings(spec.theme),
        "grid.linewidth": 0.7,
        "font.size": spec.font_pt,
        "lines.linewidth": spec.line_pt,
        "axes.spines.left": spec.spines != "none",
        "axes.spines.bottom": spec.spines != "none",
        "axes.spines.right": spec.spines == "all",
        "axes.spines.top": spec.spines == "all",
        "xtick.direction": "in" if spec.ticks == "in" else "out",
        "ytick.direction": "in" if spec.ticks == "in" else "out",
    }


def _draw_panel(
    axes: Axes, spec: FigureSpec, place: int, names: Sequence[str], titles: Any, rng: np.random.Generator
) -> dict[str, Any]:
    """Draw one panel; returns its truth, but for the box."""
    which = int(titles[place % len(TITLES)])
    x_low, x_high = _style_axis(axes, "x", spec.x_styles[place % len(spec.x_styles)], rng)
    y_low, y_high = _style_axis(axes, "y", spec.y_styles[place % len(spec.y_styles)], rng)
    axes.set(title=TITLES[which], ylabel=Y_LABELS[which], xlabel=X_LABELS[spec.seed % len(X_LABELS)])
    if spec.grid != "none":
        axes.grid(axis=spec.grid)
    if spec.ticks == "none":
        axes.tick_params(which="both", length=0)
    to_x, to_y = _from_unit(axes.get_xscale(), x_low, x_high), _from_unit(axes.get_yscale(), y_low, y_high)
    series: list[dict[str, Any]] = []
    for k, name in enumerate(names):
        shape = spec.shapes[k % len(spec.shapes)]
        u, v = _curve(shape, few=spec.markers or spec.bands, rng=rng)
        x, y = to_x(u), to_y(v)
        colour = THEMES[spec.theme][2] if spec.palette < 0 else PALETTES[spec.palette][k % len(PALETTES[0])]
        dash = DASHES[k % len(DASHES)] if spec.dashed else "-"
        marker = MARKERS[k % len(MARKERS)] if spec.markers else None
        axes.plot(
            x,
            y,
            color=colour,
            linestyle=dash,
            marker=marker or "",
            markersize=3.5 * spec.line_pt,
            label=name,
            drawstyle="steps-post" if shape == "steps" else "default",
        )
        looks = {"color": colour, "linestyle": dash, "marker": marker, "linewidth_px": spec.line_pt * spec.dpi / 72}
        kind = "step" if shape == "steps" else "line"
        shown = None if spec.legend == "none" else name
        series.append({"name": shown, "kind": kind, **looks, "x": x.tolist(), "y": y.tolist()})
        if spec.bands and shape != "steps":
            low, high = to_y(v - 0.05), to_y(v + 0.05)
            axes.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
            ends = {"y_lo": low.tolist(), "y_hi": high.tolist()}
            series.append({"name": None, "kind": "band", "color": colour, "x": x.tolist(), "y": y.tolist(), **ends})
    if spec.legend == "inside":
        axes.legend()
    elif spec.legend == "right":
        axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0), borderaxespad=0.0)
    return {
        "title": TITLES[which],
        "x": {"label": axes.get_xlabel(), "scale": axes.get_xscale(), "range": list(map(float, axes.get_xlim()))},
        "y": {"label": axes.get_ylabel(), "scale": axes.get_yscale(), "range": list(map(float, axes.get_ylim()))},
        "series": series,
    }


def _style_axis(axes: Axes, which: str, style: AxisStyle, rng: np.random.Generator) -> tuple[float, float]:
    """Give an axis, "x" or "y", a range and tick labels of a style; returns the ends of the data."""
    from matplotlib.ticker import FuncFormatter, PercentFormatter, ScalarFormatter

    axis: Axis = getattr(axes, f"{which}axis")
    if style == "log":
        low = 10.0 ** int(rng.integers(-5, 3))
        high = low * 10.0 ** int(rng.integers(2, 6))
        axes.set(**{f"{which}scale": "log", f"{which}lim": (low / 1.5, high * 1.5)})
        return low, high
    low, high = {
        "integer": (float(rng.choice([0, 0, 1, 20])), float(rng.choice([50, 80, 120, 400, 1000, 2500]))),
        "decimal": (float(rng.choice([0.0, 0.2, 0.4])), float(rng.choice([0.55, 0.9, 1.2, 2.0]))),
        "negative": (-float(rng.choice([0.3, 2, 15, 120])), float(rng.choice([0.4, 3, 20, 80]))),
        "suffix": (0.0, float(rng.choice([8e3, 4e4, 2.5e5, 2e6, 9e6]))),
        "percent": (float(rng.choice([0, 0.2, 0.6])), float(rng.choice([0.8, 0.95, 1.0]))),
        "offset": (0.0, float(rng.choice([3e-5, 4e-4, 6e5, 2.5e7, 8e8]))),
    }[style]
    if style == "suffix":
        axis.set_major_formatter(FuncFormatter(lambda value, _: _with_suffix(value)))
    elif style == "percent":
        axis.set_major_formatter(PercentFormatter(xmax=1))
    elif style == "offset":
        formatter = ScalarFormatter(useMathText=bool(rng.random() < 0.5))
        formatter.set_powerlimits((0, 0))
        axis.set_major_formatter(formatter)
    margin = (high - low) * float(rng.choice([0.0, 0.03, 0.05]))
    axes.set(**{f"{which}lim": (low - margin, high + margin)})
    return low, high


def _with_suffix(value: float) -> str:
    for factor, suffix in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= factor:
            return f"{value / factor:g}{suffix}"
    return f"{value:g}"


def _from_unit(scale: str, low: float, high: float) -> Callable[[FloatArray], FloatArray]:
    """From 0 to 1 along an axis to data units."""
    if scale == "log":
        return lambda unit: np.power(10.0, np.log10(low) + unit * np.log10(high / low))
    return lambda unit: low + unit * (high - low)


def _curve(shape: Shape, *, few: bool, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """A curve in the unit square, (x, y): a trend that rises or falls, with waves, noise or steps."""
    count = int(rng.integers(6, 18)) if few or shape == "steps" else int(rng.integers(60, 160))
    last = float(rng.choice([1.0, 1.0, rng.uniform(0.4, 0.95)]))
    x = np.linspace(0.0, last, count)
    begin, end = rng.uniform(0.05, 0.95, 2)
    y = (
        begin
        + (end - begin) * (1 - np.exp(-rng.uniform(0.5, 5) * x))
        + rng.uniform(0, 0.12) * np.sin(rng.uniform(2, 14) * x + rng.uniform(0, 6))
    )
    if shape == "noisy":
        noise = np.convolve(rng.normal(0, 1, count + 2), [0.25, 0.5, 0.25], "valid")
        y = y + rng.uniform(0.01, 0.07) * noise
    elif shape == "steps":
        y = y + rng.normal(0, 0.06, count)
    return x, np.clip(y, 0.01, 0.99)


def lay_on_pixels(canvas: Canvas, grid: Sequence[Axes]) -> None:
    """Fix the layout and move every axes box so that its spines run through pixel centres."""
    canvas.draw_without_rendering()
    canvas.set_layout_engine("none")
    width, height = canvas.bbox.size
    for axes in grid:
        # A hair aside of the centres: matplotlib snaps a spine that lies right on one to the next pixel.
        hair = np.array([-SNAP_GUARD_PX, SNAP_GUARD_PX, -SNAP_GUARD_PX, SNAP_GUARD_PX])
        left, bottom, right, top = np.floor(axes.get_window_extent().extents) + 0.5 + hair
        axes.set_position((left / width, bottom / height, (right - left) / width, (top - bottom) / height))


def degrade(pixels: ByteArray, scale: float, jpeg_quality: int) -> ByteArray:
    """A picture resampled by ``scale`` and compressed at ``jpeg_quality`` (0: not at all)."""
    picture = PILImage.fromarray(pixels)
    if scale != 1.0:
        size = round(picture.width * scale), round(picture.height * scale)
        picture = picture.resize(size, PILImage.Resampling.LANCZOS)
    if jpeg_quality:
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=jpeg_quality)
        picture = PILImage.open(buffer).convert("RGB")
    return np.asarray(picture, np.uint8).copy()


def main(arguments: Sequence[str] | None = None) -> None:
    """Write figures into a folder, for the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m digitize.synthetic", description=main.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    write_figures(options.folder, options.count, options.seed)


if __name__ == "__main__":
    main()
