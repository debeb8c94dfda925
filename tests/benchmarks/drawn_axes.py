"""Axes of every kind, drawn with known truth for the axis board (`axes.py`); seeded.

A picture is drawn from an :class:`AxesSpec`: scales, label formats, fonts, sizes, ticks, spines, grids, turns, themes
and layouts. The truth holds, for every panel, the box (pixel centres at whole numbers) and the ends of its axes.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
from axis_styles import NUMBER_STYLES, STYLES, Y_STYLES, style_axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image as PILImage

from digitize.synthetic import THEMES, lay_on_pixels

FONTS = ("DejaVu Sans", "DejaVu Sans", "DejaVu Serif", "STIXGeneral", "DejaVu Sans Mono")
LAYOUTS = ("single",) * 12 + ("twin", "twin", "shared", "inset", "broken")
DIGITS_PX = (5, 6, 7, 8, 9, 10, 11, 12, 14, 16)
COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd")
MOVED_HEIGHTS = 0.8

Pixels = np.ndarray[Any, np.dtype[np.uint8]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AxesSpec:
    """What one picture looks like."""

    layout: str
    styles: tuple[str, str]
    inverted: tuple[bool, bool]
    rotation: int
    arrangement: str
    far: tuple[bool, bool]
    font: str
    digit_px: float
    dpi: int
    ticks: str
    minor: bool
    spines: str
    grid: bool
    theme: str
    jpeg: int
    turn_deg: float
    shrunk: float
    width_px: int
    height_px: int
    seed: int


def random_axes(rng: np.random.Generator) -> AxesSpec:
    """One picture drawn by lot; every property comes often enough to be judged alone."""

    def pick(*choices: Any) -> Any:
        return choices[int(rng.integers(len(choices)))]

    layout = pick(*LAYOUTS)
    digit_px = float(pick(*DIGITS_PX))
    single = layout == "single"
    spines = pick("all", "all", "two", "none", "moved") if single or layout == "twin" else "all"
    ticks = pick("out", "out", "in", "inout", "none")
    wide = {"shared": 1.9, "inset": 1.5, "broken": 1.5}.get(layout, 1.0)
    return AxesSpec(
        layout=layout,
        styles=(pick(*STYLES), pick(*Y_STYLES)) if single else (pick(*NUMBER_STYLES), pick(*NUMBER_STYLES)),
        inverted=(rng.random() < 0.08, rng.random() < 0.08) if layout in ("single", "twin") else (False, False),
        rotation=pick(0, 0, 0, 30, 45, 90) if single else 0,
        arrangement=pick("row", "row", "row", "row", "staggered", "dropped") if single else "row",
        far=(rng.random() < 0.08, rng.random() < 0.08) if single else (False, False),
        font=pick(*FONTS),
        digit_px=digit_px,
        dpi=pick(72, 100, 144),
        ticks=ticks,
        minor=bool(rng.random() < 0.25),
        spines=spines,
        grid=bool(rng.random() < 0.4) or (spines == "none" and ticks == "none"),
        theme=pick("light", "light", "light", "grey", "dark"),
        jpeg=pick(0, 0, 0, 85, 60),
        turn_deg=float(rng.uniform(-2.0, 2.0)) if rng.random() < 0.06 else 0.0,
        shrunk=pick(0.5, 0.6, 0.75) if rng.random() < 0.15 else 1.0,
        width_px=int(wide * (40 * digit_px + pick(60, 160, 260))),
        height_px=int(wide * (28 * digit_px + pick(60, 120, 200))),
        seed=int(rng.integers(2**31)),
    )


def draw_axes(spec: AxesSpec) -> tuple[Pixels, list[dict[str, Any]]]:
    """The picture, and for every panel its ``box`` and the ends (``x``, ``y``, ``twin_y``) of its axes."""
    rng = np.random.default_rng(spec.seed)
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_looks(spec))
        size = spec.width_px / spec.shrunk / spec.dpi, spec.height_px / spec.shrunk / spec.dpi
        canvas = Figure(figsize=size, dpi=spec.dpi, layout="constrained")
        agg = FigureCanvasAgg(canvas)
        panels = LAYOUT_DRAWERS[spec.layout](canvas, spec, rng)
        if spec.layout != "inset":
            lay_on_pixels(canvas, [axes for axes, _ in panels])
        agg.draw()
        pixels = np.asarray(agg.buffer_rgba())[..., :3].copy()
        truth = [_truth(axes, twin, pixels.shape[0]) for axes, twin in panels]
    return _worn(pixels, truth, spec)


def _looks(spec: AxesSpec) -> dict[str, Any]:
    paper, inside, ink, pale = THEMES[spec.theme]
    digit_px = spec.digit_px / spec.shrunk
    font_pt = digit_px / 0.73 * 72 / spec.dpi
    thin_pt = max(0.07 * digit_px, 0.8) * 72 / spec.dpi
    box = spec.spines in ("all", "moved")
    looks = {
        "font.family": spec.font, "font.size": font_pt, "axes.linewidth": thin_pt, "figure.facecolor": paper,
        "axes.facecolor": inside, "grid.color": pale, "grid.linewidth": thin_pt, "text.color": ink,
        "axes.edgecolor": ink, "axes.labelcolor": ink, "xtick.color": ink, "ytick.color": ink,
        "mathtext.fontset": "dejavusans" if "Sans" in spec.font else "stix",
        "axes.spines.right": box and spec.spines != "moved", "axes.spines.top": box and spec.spines != "moved",
        "axes.spines.left": spec.spines != "none", "axes.spines.bottom": spec.spines != "none",
    }  # fmt: skip
    for which in ("xtick", "ytick"):
        length = 0.0 if spec.ticks == "none" else 0.4 * font_pt
        looks |= {
            f"{which}.direction": "out" if spec.ticks == "none" else spec.ticks, f"{which}.major.size": length,
            f"{which}.minor.size": length / 2, f"{which}.major.width": thin_pt, f"{which}.minor.width": thin_pt,
        }  # fmt: skip
    return looks


def _curve(axes: Any, rng: np.random.Generator, colour: str | None = None) -> None:
    unit = np.linspace(0.03, 0.97, 60)
    high = 0.5 + 0.4 * np.sin(rng.uniform(3, 9) * unit + rng.uniform(0, 6))
    colour = colour or str(rng.choice(COLOURS))
    axes.plot(unit, high, transform=axes.transAxes, color=colour, linewidth=1.5)


def _dressed(axes: Any, spec: AxesSpec, rng: np.random.Generator, title: bool = True) -> None:
    """Styles, ticks, grid and titles of one pair of axes."""
    titled = title and rng.random() < 0.6
    for which, style, inverted in zip("xy", spec.styles, spec.inverted, strict=True):
        label = str(rng.choice(["Step", "Time", "Epoch"] if which == "x" else ["Loss", "Score"])) if titled else ""
        style_axis(axes, which, style, rng, label)
        if inverted and style != "category":  # places count from the left and from below
            getattr(axes, f"invert_{which}axis")()
    if spec.minor and not {"category", "words"} & set(spec.styles):
        axes.minorticks_on()
    axes.tick_params(axis="x", rotation=spec.rotation)
    if spec.rotation in (30, 45) and rng.random() < 0.6:
        for label in axes.get_xticklabels():
            label.set_horizontalalignment("right")
            label.set_rotation_mode("anchor")
    if spec.grid:
        axes.grid(True, which="both" if spec.minor and rng.random() < 0.3 else "major")
        axes.set_axisbelow(True)
    if spec.spines == "moved":
        moved_pt = MOVED_HEIGHTS * matplotlib.rcParams["font.size"]
        for name in ("left", "bottom"):
            axes.spines[name].set_position(("outward", moved_pt))
    if spec.far[0]:
        axes.xaxis.tick_top()
        axes.xaxis.set_label_position("top")
    if spec.far[1]:
        axes.yaxis.tick_right()
        axes.yaxis.set_label_position("right")


def _arrange(axes: Any, spec: AxesSpec) -> None:
    """Every second label of the x axis lower, or away."""
    axes.figure.draw_without_rendering()
    labels = [tick for tick in axes.xaxis.get_major_ticks() if tick.label1.get_text() or tick.label2.get_text()]
    for tick in labels[1::2]:
        if spec.arrangement == "dropped" and len(labels) >= 7:
            tick.label1.set_visible(False)
            tick.label2.set_visible(False)
        elif spec.arrangement == "staggered":
            tick.set_pad(tick.get_pad() + 1.25 * matplotlib.rcParams["font.size"])


def _draw_single(canvas: Figure, spec: AxesSpec, rng: np.random.Generator) -> list[tuple[Any, Any]]:
    axes = canvas.subplots()
    _dressed(axes, spec, rng)
    _curve(axes, rng)
    if spec.arrangement != "row":
        _arrange(axes, spec)
    return [(axes, None)]


def _draw_twin(canvas: Figure, spec: AxesSpec, rng: np.random.Generator) -> list[tuple[Any, Any]]:
    axes = canvas.subplots()
    _dressed(axes, spec, rng)
    twin = axes.twinx()
    twin.spines[["left", "bottom", "top", "right"]].set_visible(False)
    twin.spines["right"].set_visible(spec.spines in ("all", "moved"))
    if spec.spines == "moved":
        twin.spines["right"].set_position(("outward", MOVED_HEIGHTS * matplotlib.rcParams["font.size"]))
    style_axis(twin, "y", str(rng.choice(NUMBER_STYLES)), rng, str(rng.choice(["", "Rate"])))
    colours = rng.permutation(COLOURS)[:2].tolist()
    for one, colour in zip((axes, twin), colours, strict=True):
        _curve(one, rng, colour)
        if rng.random() < 0.5:
            one.tick_params(axis="y", colors=colour)
    return [(axes, twin)]


def _draw_shared(canvas: Figure, spec: AxesSpec, rng: np.random.Generator) -> list[tuple[Any, Any]]:
    grid = canvas.subplots(2, 2, sharex=True, sharey=True)
    _dressed(grid[0, 0], spec, rng, title=False)
    for axes, letter in zip(grid.flat, "abcd", strict=True):
        _curve(axes, rng)
        axes.set_title(f"({letter})", loc="left")
        axes.grid(spec.grid)
    if rng.random() < 0.5:
        canvas.supxlabel("Step")
        canvas.supylabel("Loss")
    return [(axes, None) for axes in grid.flat]


def _draw_inset(canvas: Figure, spec: AxesSpec, rng: np.random.Generator) -> list[tuple[Any, Any]]:
    axes = canvas.subplots()
    _dressed(axes, spec, rng)
    axes.set_title("Whole and part")
    unit = np.linspace(0.03, 0.97, 60)
    axes.plot(unit, 0.3 - 0.2 * unit, transform=axes.transAxes, color="#1f77b4", linewidth=1.5)
    lay_on_pixels(canvas, [axes])
    box = axes.get_position()
    inset = canvas.add_axes((box.x0 + 0.5 * box.width, box.y0 + 0.52 * box.height, 0.44 * box.width, 0.4 * box.height))
    style_axis(inset, "x", "decimal", rng, "")
    style_axis(inset, "y", "integer", rng, "")
    inset.tick_params(labelsize=0.85 * matplotlib.rcParams["font.size"])
    _curve(inset, rng)
    lay_on_pixels(canvas, [inset])
    return [(axes, None), (inset, None)]


def _draw_broken(canvas: Figure, spec: AxesSpec, rng: np.random.Generator) -> list[tuple[Any, Any]]:
    upper, lower = canvas.subplots(2, 1, sharex=True)
    _dressed(upper, spec, rng, title=False)
    style_axis(lower, "y", "decimal", rng, "")
    upper.spines["bottom"].set_visible(False)
    lower.spines["top"].set_visible(False)
    upper.tick_params(axis="x", which="both", bottom=False, labelbottom=False)
    cut = {"marker": [(-1, -0.5), (1, 0.5)], "markersize": 8, "linestyle": "none", "color": "k", "clip_on": False}
    upper.plot([0, 1], [0, 0], transform=upper.transAxes, **cut)
    lower.plot([0, 1], [1, 1], transform=lower.transAxes, **cut)
    for axes in (upper, lower):
        _curve(axes, rng, COLOURS[0])
    return [(upper, None), (lower, None)]


LAYOUT_DRAWERS = {
    "single": _draw_single, "twin": _draw_twin, "shared": _draw_shared, "inset": _draw_inset, "broken": _draw_broken,
}  # fmt: skip


def _truth(axes: Any, twin: Any, height: int) -> dict[str, Any]:
    left, bottom, right, top = axes.get_window_extent().extents
    box = [left - 0.5, height - top - 0.5, right - 0.5, height - bottom - 0.5]
    ends = {"x": list(map(float, axes.get_xlim())), "y": list(map(float, axes.get_ylim()))}
    if twin is not None:
        ends["twin_y"] = list(map(float, twin.get_ylim()))
    return {"box": box, **ends}


def _worn(pixels: Pixels, truth: list[dict[str, Any]], spec: AxesSpec) -> tuple[Pixels, list[dict[str, Any]]]:
    """The picture shrunk, turned and compressed; the boxes in the truth follow where they move."""
    picture = PILImage.fromarray(pixels)
    if spec.shrunk != 1.0:
        size = round(picture.width * spec.shrunk), round(picture.height * spec.shrunk)
        factors = np.tile(np.divide(size, picture.size), 2)
        truth = [panel | {"box": ((np.array(panel["box"]) + 0.5) * factors - 0.5).tolist()} for panel in truth]
        picture = picture.resize(size, PILImage.Resampling.LANCZOS)
    if spec.turn_deg:
        # back about the centre is how it is straightened: the boxes stay where they are
        ground = picture.getpixel((0, 0))
        picture = picture.rotate(spec.turn_deg, PILImage.Resampling.BICUBIC, fillcolor=ground)
    if spec.jpeg:
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=spec.jpeg)
        picture = PILImage.open(buffer).convert("RGB")
    return np.asarray(picture.convert("RGB"), np.uint8).copy(), truth
