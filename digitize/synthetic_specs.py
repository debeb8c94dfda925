"""What a drawn figure may look like: the knobs of :mod:`digitize.synthetic`, and specs turned at random."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from digitize.synthetic_cloud_specs import CloudsSpec
    from digitize.synthetic_line_specs import LinesSpec

Shape = Literal["smooth", "noisy", "steps"]
AxisStyle = Literal["integer", "decimal", "negative", "suffix", "percent", "offset", "log"]
LegendPlace = Literal["inside", "right", "shared", "none"]

PALETTES = (
    ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#17becf"),
    ("#4c72b0", "#dd8452", "#55a868", "#c44e52", "#8172b3", "#937860", "#da8bc3", "#64b5cd"),
    ("#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#b8a800", "#7b3fa0"),
    ("#e41a1c", "#377eb8", "#4daf4a", "#984ea3", "#ff7f00", "#a65628", "#f781bf", "#008b8b"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureSpec:
    """What a figure looks like. Everything else (data, names, ranges) follows from ``seed``.

    Attributes
    ----------
    panels, columns, lines : int
        Panels, how many stand side by side, lines in each.
    shapes : tuple of {"smooth", "noisy", "steps"}
        Of the lines, taken in turn.
    x_styles, y_styles : tuple of AxisStyle
        Kinds of axis and of its tick labels, taken in turn over the panels.
    palette : int
        Which of ``PALETTES``; -1 draws every line in the colour of the text.
    dashed, markers, bands : bool
        Lines of different dashes, with markers, with a pale band around each.
    legend : {"inside", "right", "shared", "none"}
    grid : {"none", "x", "y", "both"}
    theme : {"light", "grey", "dark"}
    spines : {"all", "two", "none"}
    ticks : {"out", "in", "none"}
    width_px, height_px, dpi : int
        Of the picture, before ``scale``.
    font_pt, line_pt : float
    jpeg_quality : int
        0 leaves the picture as drawn.
    scale : float
        By which the drawn picture is resampled.
    seed : int
    """

    panels: int = 1
    columns: int = 4
    lines: int = 2
    shapes: tuple[Shape, ...] = ("smooth",)
    x_styles: tuple[AxisStyle, ...] = ("integer",)
    y_styles: tuple[AxisStyle, ...] = ("decimal",)
    palette: int = 0
    dashed: bool = False
    markers: bool = False
    bands: bool = False
    legend: LegendPlace = "inside"
    grid: Literal["none", "x", "y", "both"] = "none"
    theme: Literal["light", "grey", "dark"] = "light"
    spines: Literal["all", "two", "none"] = "all"
    ticks: Literal["out", "in", "none"] = "out"
    width_px: int = 800
    height_px: int = 560
    dpi: int = 100
    font_pt: float = 10.0
    line_pt: float = 1.5
    jpeg_quality: int = 0
    scale: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        refuse_undrawable(
            self, "panels", "columns", "lines", "width_px", "height_px", "dpi", "font_pt", "line_pt", "scale"
        )
        if not -1 <= self.palette < len(PALETTES):
            raise ValueError(f"palette={self.palette} is not within -1 to {len(PALETTES) - 1}")


@dataclass(frozen=True, slots=True, eq=False)
class Dice:
    """Chances and choices from one generator."""

    rng: np.random.Generator

    def pick(self, *choices: Any) -> Any:
        return choices[int(self.rng.integers(len(choices)))]

    def chance(self, probability: float) -> bool:
        return bool(self.rng.random() < probability)


def refuse_unknown(spec: type, names: Iterable[str]) -> None:
    """Raise ValueError for names that are no fields of a spec."""
    unknown = set(names) - {field.name for field in fields(spec)}
    if unknown:
        raise ValueError(f"no such field: {', '.join(sorted(unknown))}")


def refuse_undrawable(spec: FigureSpec | LinesSpec | CloudsSpec, *above_zero: str) -> None:
    """Raise ValueError where a size is not above 0, or the JPEG quality out of range."""
    for name in above_zero:
        if getattr(spec, name) <= 0:
            raise ValueError(f"{name}={getattr(spec, name)} is not above 0")
    if not 0 <= spec.jpeg_quality <= 100:
        raise ValueError(f"jpeg_quality={spec.jpeg_quality} is not within 0 to 100")


def random_spec(rng: np.random.Generator, **fixed: Any) -> FigureSpec:
    """A spec drawn at random, with the fields in ``fixed`` as given.

    Raises
    ------
    ValueError
        For a field that :class:`FigureSpec` does not have.
    """
    refuse_unknown(FigureSpec, fixed)
    pick, chance = Dice(rng).pick, Dice(rng).chance
    panels = fixed.get("panels", pick(1, 1, 1, 2, 3, 4))
    columns = fixed.get("columns", 2 if panels == 4 and chance(0.4) else panels)
    rows = -(-panels // columns)
    styles = ("integer", "decimal", "negative", "suffix", "percent", "offset", "log")
    grid, spines = pick("none", "none", "y", "both", "x"), pick("all", "all", "two", "none")
    chosen: dict[str, Any] = {
        "panels": panels,
        "columns": columns,
        "lines": pick(1, 2, 2, 3, 4, 5),
        "shapes": pick(("smooth",), ("noisy",), ("noisy",), ("steps",), ("smooth", "noisy")),
        "x_styles": (pick("integer", "integer", "suffix", "decimal", "log"),),
        "y_styles": tuple(pick(*styles) for _ in range(panels)),
        "palette": pick(0, 0, 1, 2, 3),
        "dashed": chance(0.2),
        "markers": chance(0.2),
        "bands": chance(0.15),
        "legend": pick("inside", "inside", "right", "shared", "none"),
        "grid": "y" if spines == "none" and grid == "none" else grid,
        "theme": pick("light", "light", "light", "grey", "dark"),
        "spines": spines,
        "ticks": pick("out", "out", "in", "none"),
        "width_px": int(pick(480, 560, 700) * min(panels, columns) + pick(0, 60, 160)),
        "height_px": int(pick(360, 420, 500) * rows),
        "dpi": pick(80, 100, 120),
        "font_pt": pick(8.0, 10.0, 11.0),
        "line_pt": pick(1.0, 1.5, 2.0),
        "jpeg_quality": pick(0, 0, 0, 92, 75, 55),
        "scale": pick(1.0, 1.0, 1.0, 0.75, 1.5),
        "seed": int(rng.integers(2**31)),
    }
    return FigureSpec(**{**chosen, **fixed})
