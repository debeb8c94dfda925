"""The panel in which lines or clouds are drawn with known truth: figure, axes, legend, and what is known of them.

Axes, texts and background are handed over as drawn, so that nothing but tracing (and reading the legend) is measured.
Needs matplotlib (the extra ``draw``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from calibration.geometry import Box, FloatArray, TextBox
from digitize.synthetic import THEMES, degrade, lay_on_pixels, theme_settings
from digitize.synthetic_cloud_specs import CloudsSpec
from digitize.synthetic_line_specs import LinesSpec
from digitize.values import Image, Panel

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

DPI = 100
MARGIN = 0.04
"""Of the axes beyond the data, as a share of its range."""
NAMES = (
    "baseline", "Ours (full)", "PPO", "w/o KL", "seed 3", "lr=1e-4", "GRPO", "Adam", "SGD + momentum", "DE2-A",
    "control", "treated, 5 mg", "k = 10", "Model B", "reference run", "Upper bound",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnSeries:
    """One series as drawn.

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
class DrawnPanel:
    """A drawn panel: what tracing is given, and what it should find."""

    image: Image
    panel: Panel
    texts: tuple[TextBox, ...]
    series: tuple[DrawnSeries, ...]
    spec: LinesSpec | CloudsSpec


def draw_panel(
    spec: LinesSpec | CloudsSpec,
    draw: Callable[[Axes], list[tuple[str, str, FloatArray]]],
    *,
    titles: tuple[str, str],
    settings: Mapping[str, Any] | None = None,
) -> DrawnPanel:
    """Draw a panel of series.

    Parameters
    ----------
    spec : LinesSpec or CloudsSpec
        Size, theme, grid, legend, and what becomes of the picture.
    draw : callable
        Draws the series into the axes; returns name, kind and data of each.
    titles : pair of str
        Of the x and the y axis.
    settings : mapping, optional
        Of matplotlib, beside those of the theme.

    Raises
    ------
    ImportError
        Where matplotlib is not installed.
    """
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        looks = {**theme_settings(spec.theme), "legend.facecolor": THEMES[spec.theme][1], **(settings or {})}
        matplotlib.rcParams.update(looks)  # type: ignore[arg-type]  # names its every key
        canvas = Canvas(figsize=(spec.width_px / DPI, spec.height_px / DPI), dpi=DPI, layout="constrained")
        agg = FigureCanvasAgg(canvas)
        axes = canvas.subplots()
        axes.set(xlim=(-MARGIN, 1 + MARGIN), ylim=(-MARGIN, 1 + MARGIN), xlabel=titles[0], ylabel=titles[1])
        axes.grid(spec.grid)
        data = draw(axes)
        if spec.legend == "inside":
            axes.legend(fontsize=8, framealpha=1.0)
        elif spec.legend == "right":
            axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0), borderaxespad=0.0)
        lay_on_pixels(canvas, [axes])
        agg.draw()  # type: ignore[no-untyped-call]
        pixels = np.asarray(agg.buffer_rgba())[..., :3].copy()  # type: ignore[no-untyped-call]
        to_px = _pixel_frame(axes, pixels.shape[0], spec.scale)
        texts = _find_texts(canvas, pixels.shape[0], spec.scale)
    named = spec.legend != "none"
    return DrawnPanel(
        image=Image(pixels=degrade(pixels, spec.scale, spec.jpeg_quality)),
        panel=_to_panel(axes, to_px, texts, spec),
        texts=texts,
        series=tuple(
            DrawnSeries(name=name if named else None, kind=kind, points_px=to_px(points)) for name, kind, points in data
        ),
        spec=spec,
    )


def _pixel_frame(axes: Axes, height: int, scale: float) -> Any:
    """From data to our pixel frame in the resampled picture."""
    transform = axes.transData

    def to_px(points: FloatArray) -> FloatArray:
        x, y = np.asarray(transform.transform(points), float).T
        return np.column_stack([x * scale - 0.5, (height - y) * scale - 0.5])

    return to_px


def _find_texts(canvas: Canvas, height: int, scale: float) -> tuple[TextBox, ...]:
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


def _to_panel(axes: Axes, to_px: Any, texts: Sequence[TextBox], spec: LinesSpec | CloudsSpec) -> Panel:
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
