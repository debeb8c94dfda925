"""Panels of lines that are hard to tell apart, drawn with known truth: tests and benchmark share them.

::

    drawn = draw_lines(LinesSpec(lines=5, colouring="one", dashed=True, seed=7))
    drawn.image, drawn.panel, drawn.texts        # what tracing is given
    drawn.series                                 # what it should find, in pixels

Axes, texts and background are handed over as drawn, so that nothing but tracing (and reading the legend) is measured.
Needs matplotlib (the extra ``draw``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from calibration.geometry import Box, FloatArray, TextBox
from digitize.synthetic import THEMES, degrade, lay_on_pixels, theme_settings
from digitize.synthetic_cloud_specs import CloudsSpec
from digitize.synthetic_line_specs import Curves, LinesSpec
from digitize.values import Image, Panel

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

DPI = 100
MARGIN = 0.04
"""Of the axes beyond the data, as a share of its range."""
DASHES: tuple[Any, ...] = ("-", "--", ":", "-.", (0, (8, 3)), (0, (1, 3)), (0, (5, 1, 1, 1)), (0, (12, 3, 2, 3)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">")
NAMES = (
    "baseline", "Ours (full)", "PPO", "w/o KL", "seed 3", "lr=1e-4", "GRPO", "Adam", "SGD + momentum", "DE2-A",
    "control", "treated, 5 mg", "k = 10", "Model B", "reference run", "Upper bound",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnSeries:
    """One line as drawn.

    Attributes
    ----------
    name : str or None
        None where no legend shows it.
    kind : {"line", "step", "scatter", "band"}
    points_px : (N, 2) float array
        Its data in pixels; the corners of a step.
    """

    name: str | None
    kind: str
    points_px: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnLines:
    """A drawn panel: what tracing is given, and what it should find."""

    image: Image
    panel: Panel
    texts: tuple[TextBox, ...]
    series: tuple[DrawnSeries, ...]
    spec: LinesSpec | CloudsSpec


def draw_lines(spec: LinesSpec) -> DrawnLines:
    """Draw a panel of lines; the same spec gives the same picture.

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
        canvas = Canvas(figsize=(spec.width_px / DPI, spec.height_px / DPI), dpi=DPI, layout="constrained")
        agg = FigureCanvasAgg(canvas)
        axes = canvas.subplots()
        axes.set(xlim=(-MARGIN, 1 + MARGIN), ylim=(-MARGIN, 1 + MARGIN), xlabel="Step", ylabel="Value")
        axes.grid(spec.grid)
        data = _draw_series(axes, spec, rng)
        if spec.notes:
            _draw_notes(axes, rng)
        if spec.legend == "inside":
            axes.legend(fontsize=8, framealpha=1.0)
        elif spec.legend == "right":
            axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0), borderaxespad=0.0)
        lay_on_pixels(canvas, [axes])
        agg.draw()  # type: ignore[no-untyped-call]
        pixels = np.asarray(agg.buffer_rgba())[..., :3].copy()  # type: ignore[no-untyped-call]
        to_px = pixel_frame(axes, pixels.shape[0], spec.scale)
        texts = find_texts(canvas, pixels.shape[0], spec.scale)
    pixels = degrade(pixels, spec.scale, spec.jpeg_quality)
    series = tuple(
        DrawnSeries(name=name if spec.legend != "none" else None, kind=kind, points_px=to_px(points))
        for name, kind, points in data
    )
    return DrawnLines(
        image=Image(pixels=pixels), panel=to_panel(axes, to_px, texts, spec), texts=texts, series=series, spec=spec
    )


def _settings(spec: LinesSpec) -> dict[str, Any]:
    return {
        **theme_settings(spec.theme),
        "lines.linewidth": spec.line_pt,
        "lines.antialiased": spec.smooth_edges,
        "legend.facecolor": THEMES[spec.theme][1],
        "legend.handlelength": 2.6 if spec.dashed else 2.0,
    }


def _draw_series(axes: Axes, spec: LinesSpec, rng: np.random.Generator) -> list[tuple[str, str, FloatArray]]:
    """Draw every line; returns (name, kind, data) of each."""
    names = [str(name) for name in rng.permutation(NAMES)]
    few = spec.markers in ("all", "hollow", "only") or spec.error_bars
    result: list[tuple[str, str, FloatArray]] = []
    for k, colour in enumerate(spec.colours):
        points = make_curve(spec.curves, k, spec.lines, few=few, crossings=spec.crossings, rng=rng)
        looks: dict[str, Any] = {"color": colour, "alpha": spec.opacity, "label": names[k]}
        looks |= {"linestyle": DASHES[k % len(DASHES)] if spec.dashed else "-"}
        if spec.markers != "none":
            looks |= {"marker": MARKERS[k % len(MARKERS)], "markersize": 3 + 1.6 * spec.line_pt}
        if spec.markers == "some":
            looks |= {"markevery": max(len(points) // 9, 1)}
        elif spec.markers == "hollow":
            looks |= {"markerfacecolor": axes.get_facecolor()}
        elif spec.markers == "only":
            looks |= {"linestyle": ""}
        if spec.curves == "steps":
            looks |= {"drawstyle": "steps-post"}
        x, y = points.T
        if spec.error_bars:
            size = rng.uniform(0.015, 0.06) * rng.uniform(0.5, 1.5, len(x))
            axes.errorbar(x, y, yerr=size, capsize=float(rng.choice([0.0, 2.5, 4.0])), **looks)
        else:
            axes.plot(x, y, **looks)
        if spec.bands:
            half = float(rng.uniform(0.02, 0.06))
            axes.fill_between(x, y - half, y + half, color=colour, alpha=0.2, linewidth=0)
        kind = "scatter" if spec.markers == "only" else "step" if spec.curves == "steps" else "line"
        result.append((names[k], kind, _corners(points) if kind == "step" else points))
    return result


def make_curve(
    curves: Curves, place: int, lines: int, *, few: bool, crossings: bool, rng: np.random.Generator
) -> FloatArray:
    """One curve in the unit square, (N, 2): a trend with waves, and noise, levels or jumps where asked for.

    Curves that do not cross keep to a lane each.
    """
    count = int(rng.integers(7, 20)) if few else int(rng.integers(60, 200))
    if curves == "dense":
        count = int(rng.integers(900, 2400))
    elif curves == "steps":
        count = int(rng.integers(10, 30))
    first, last = float(rng.choice([0.0, 0.0, 0.05])), float(rng.choice([1.0, 1.0, rng.uniform(0.6, 0.95)]))
    x = np.linspace(first, last, count)
    begin, end = rng.uniform(0.08, 0.92, 2)
    y = begin + (end - begin) * (1 - np.exp(-rng.uniform(0.5, 6) * x)) / 1.0
    y = y + rng.uniform(0.02, 0.18) * np.sin(rng.uniform(2, 11) * x + rng.uniform(0, 6))
    if curves == "noisy":
        y = y + rng.uniform(0.01, 0.05) * np.convolve(rng.normal(0, 1, count + 2), [0.25, 0.5, 0.25], "valid")
    elif curves == "dense":
        y = y + rng.uniform(0.01, 0.04) * rng.normal(0, 1, count)
    elif curves == "steps":
        y = y + rng.normal(0, 0.05, count)
    elif curves == "jumps":
        level = np.cumsum(np.where(rng.random(count) < 0.05, rng.normal(0, 0.3, count), 0.0))
        y = y + level - level.mean()
    y = 0.5 + (y - 0.5) / max(1.0, 2.04 * float(np.abs(y - 0.5).max()))
    if not crossings and curves != "jumps":
        y = (place + 0.1 + 0.8 * y) / lines
    return np.column_stack([x, np.clip(y, 0.01, 0.99)])


def _corners(points: FloatArray) -> FloatArray:
    x, y = np.repeat(points[:, 0], 2)[1:], np.repeat(points[:, 1], 2)[:-1]
    return np.column_stack([x, y])


def _draw_notes(axes: Axes, rng: np.random.Generator) -> None:
    """Words, an arrow to somewhere and a box of text, all in the colour of the axes' text."""
    spots = rng.uniform(0.15, 0.85, (4, 2))
    axes.annotate("peak", xy=tuple(spots[0]), xytext=tuple(spots[1]), arrowprops={"arrowstyle": "->"})
    axes.text(float(spots[2, 0]), float(spots[2, 1]), "after 3 days")
    frame: dict[str, Any] = {"boxstyle": "round", "facecolor": axes.get_facecolor()}
    axes.text(float(spots[3, 0]), float(spots[3, 1]), "n = 42", bbox=frame)


def pixel_frame(axes: Axes, height: int, scale: float) -> Any:
    """From data to our pixel frame in the resampled picture."""
    transform = axes.transData

    def to_px(points: FloatArray) -> FloatArray:
        x, y = np.asarray(transform.transform(points), float).T
        return np.column_stack([x * scale - 0.5, (height - y) * scale - 0.5])

    return to_px


def find_texts(canvas: Canvas, height: int, scale: float) -> tuple[TextBox, ...]:
    """Every word of the picture with its box, as a perfect reader would give them."""
    from matplotlib.text import Text

    found = []
    for text in canvas.findobj(Text):
        assert isinstance(text, Text)
        words = text.get_text().strip()
        if not words or not text.get_visible():
            continue
        left, bottom, right, top = Text.get_window_extent(text).extents
        if right <= 0 or left >= canvas.bbox.width or top <= 0 or bottom >= canvas.bbox.height:
            continue
        box = Box(
            left=left * scale - 0.5, top=(height - top) * scale - 0.5,
            right=right * scale - 0.5, bottom=(height - bottom) * scale - 0.5,
        )  # fmt: skip
        angle = float(text.get_rotation())
        tall = box.width_px if abs(angle) == 90 else box.height_px
        found.append(TextBox(text=words, box=box, confidence=1.0, angle_deg=angle, height_px=tall))
    return tuple(found)


def to_panel(axes: Axes, to_px: Any, texts: Sequence[TextBox], spec: LinesSpec | CloudsSpec) -> Panel:
    """The panel as a perfect finder of axes would give it."""
    ends = np.array([[axes.get_xlim()[0], axes.get_ylim()[1]], [axes.get_xlim()[1], axes.get_ylim()[0]]])
    (left, top), (right, bottom) = to_px(ends)
    box = Box(left=left, top=top, right=right, bottom=bottom)
    inside = THEMES[spec.theme][1].lstrip("#")
    grid = [
        to_px(np.column_stack([axes.get_xticks(), np.zeros(len(axes.get_xticks()))]))[:, 0],
        to_px(np.column_stack([np.zeros(len(axes.get_yticks())), axes.get_yticks()]))[:, 1],
    ]
    edges = [np.array([left, right]), np.array([top, bottom])]
    shown = [np.concatenate([one, edge]) if spec.grid else edge for one, edge in zip(grid, edges, strict=True)]
    kept = [
        np.unique(np.round(one[(one >= low - 1) & (one <= high + 1)], 2))
        for one, low, high in zip(shown, (left, top), (right, bottom), strict=True)
    ]
    heights = [text.box.height_px for text in texts if text.angle_deg == 0]
    red, green, blue = (int(inside[at : at + 2], 16) for at in (0, 2, 4))
    return Panel(
        index=1,
        axes=box,
        region=Box(left=0.0, top=0.0, right=spec.width_px * spec.scale - 1, bottom=spec.height_px * spec.scale - 1),
        background=(red, green, blue),
        text_height_px=float(np.median(heights)) if heights else 10.0,
        stroke_px=max(0.8 * DPI / 72 * spec.scale, 1.0),
        gridlines_x_px=kept[0],
        gridlines_y_px=kept[1],
    )
