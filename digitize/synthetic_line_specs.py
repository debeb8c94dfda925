"""What a panel of lines may look like that are hard to tell apart: the knobs of :mod:`digitize.synthetic_lines`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from digitize.synthetic_specs import Dice, refuse_undrawable, refuse_unknown

Curves = Literal["smooth", "noisy", "dense", "steps", "jumps"]
Colouring = Literal["palette", "close", "pale", "grey", "one"]
Markers = Literal["none", "some", "all", "hollow", "only"]

PALETTES = (
    ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf"),
    ("#4c72b0", "#dd8452", "#55a868", "#c44e52", "#8172b3", "#937860", "#da8bc3", "#8c8c8c", "#ccb974", "#64b5cd"),
    ("#f8766d", "#d89000", "#a3a500", "#39b600", "#00bf7d", "#00bfc4", "#00b0f6", "#9590ff", "#e76bf3", "#ff62bc"),
    ("#636efa", "#ef553b", "#00cc96", "#ab63fa", "#ffa15a", "#19d3f3", "#ff6692", "#b6e880", "#ff97ff", "#fecb52"),
    ("#9400d3", "#009e73", "#56b4e9", "#e69f00", "#f0e442", "#0072b2", "#e51e10", "#000000", "#808080", "#a04000"),
    ("#004586", "#ff420e", "#ffd320", "#579d1c", "#7e0021", "#83caff", "#314004", "#aecf00", "#4b1f6f", "#ff950e"),
)
CLOSE_PALETTES = (
    ("#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725"),
    ("#08306b", "#1c6bb0", "#6aaed6", "#b6d4e9", "#00441b", "#238b45", "#74c476", "#7f2704", "#d94801", "#fd8d3c"),
    ("#e6194b", "#f58231", "#ffa347", "#d62728", "#ff7f0e", "#c23b22", "#8c1c13", "#b8860b", "#a0522d", "#e06666"),
)
PALE_PALETTES = (
    ("#aec7e8", "#ffbb78", "#98df8a", "#ff9896", "#c5b0d5", "#c49c94", "#f7b6d2", "#dbdb8d", "#9edae5", "#c7c7c7"),
    ("#8dd3c7", "#bebada", "#fb8072", "#80b1d3", "#fdb462", "#b3de69", "#fccde5", "#d9d9d9", "#bc80bd", "#ccebc5"),
)
GREYS = ("#000000", "#555555", "#999999")
ONE = ("#000000", "#1f77b4", "#d62728", "#555555")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesSpec:
    """What a panel of lines looks like. Its curves, names and places follow from ``seed``.

    Attributes
    ----------
    lines : int
    curves : {"smooth", "noisy", "dense", "steps", "jumps"}
        ``dense`` has several samples a pixel column, ``jumps`` leaps upright now and then.
    colouring : {"palette", "close", "pale", "grey", "one"}
        ``one`` draws every line in one colour.
    palette : int
        Which palette of its kind.
    opacity : float
        Of the lines, 0 to 1.
    dashed : bool
        Lines of different dashes, the first one solid.
    markers : {"none", "some", "all", "hollow", "only"}
        ``only`` leaves the lines out.
    error_bars, bands : bool
    crossings : bool
        Whether the curves cross freely; apart from one another otherwise.
    notes : bool
        Words, an arrow and a box of text among the lines.
    legend : {"inside", "right", "none"}
    grid : bool
    theme : {"light", "grey", "dark"}
    smooth_edges : bool
        Whether strokes are anti-aliased.
    line_pt : float
    width_px, height_px : int
        Of the picture, at 100 dpi and before ``scale``.
    scale : float
        By which the drawn picture is resampled.
    jpeg_quality : int
        0 leaves the picture as drawn.
    seed : int
    """

    lines: int = 3
    curves: Curves = "smooth"
    colouring: Colouring = "palette"
    palette: int = 0
    opacity: float = 1.0
    dashed: bool = False
    markers: Markers = "none"
    error_bars: bool = False
    bands: bool = False
    crossings: bool = True
    notes: bool = False
    legend: Literal["inside", "right", "none"] = "right"
    grid: bool = False
    theme: Literal["light", "grey", "dark"] = "light"
    smooth_edges: bool = True
    line_pt: float = 1.5
    width_px: int = 720
    height_px: int = 480
    scale: float = 1.0
    jpeg_quality: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        refuse_undrawable(self, "lines", "opacity", "line_pt", "width_px", "height_px", "scale")

    @property
    def colours(self) -> tuple[str, ...]:
        """One for every line."""
        tables = {"palette": PALETTES, "close": CLOSE_PALETTES, "pale": PALE_PALETTES, "grey": (GREYS,)}
        if self.colouring == "one":
            ink = "#e6e6e6" if self.theme == "dark" else ONE[self.palette % len(ONE)]
            return (ink,) * self.lines
        table = tables[self.colouring]
        row = table[self.palette % len(table)]
        if self.colouring == "grey" and self.theme == "dark":
            row = ("#ffffff", "#b0b0b0", "#808080")
        return tuple(row[k % len(row)] for k in range(self.lines))

    @property
    def properties(self) -> tuple[str, ...]:
        """What is hard about it, as the board's rows name it."""
        told = {
            self.curves: self.curves != "smooth",
            self.colouring: self.colouring != "palette",
            "translucent": self.opacity < 1,
            "dashed": self.dashed,
            "markers": self.markers in ("some", "all", "hollow"),
            "points only": self.markers == "only",
            "error bars": self.error_bars,
            "bands": self.bands,
            "crossings": self.crossings and self.lines > 2 and self.curves == "smooth",
            "many lines": self.lines > 5,
            "notes": self.notes,
            "no legend": self.legend == "none",
            "grid": self.grid,
            self.theme: self.theme != "light",
            "hard edges": not self.smooth_edges,
            "small": self.scale * self.width_px < 500,
            "resampled": self.scale != 1,
            "JPEG": self.jpeg_quality > 0,
        }
        return tuple(name for name, holds in told.items() if holds) or ("plain",)


def random_lines(rng: np.random.Generator, **fixed: Any) -> LinesSpec:
    """A spec drawn at random, with the fields in ``fixed`` as given: one or two things are hard at a time.

    Raises
    ------
    ValueError
        For a field that :class:`LinesSpec` does not have.
    """
    refuse_unknown(LinesSpec, fixed)
    pick, chance = Dice(rng).pick, Dice(rng).chance
    colouring = pick("palette", "palette", "palette", "palette", "close", "pale", "grey", "one")
    curves = pick("smooth", "smooth", "smooth", "noisy", "noisy", "dense", "steps", "jumps")
    markers = pick("none", "none", "none", "none", "some", "all", "hollow", "only")
    if curves in ("dense", "steps", "jumps") or (markers == "only" and colouring in ("grey", "one")):
        markers = "none"
    alike = colouring in ("grey", "one")
    dashed = (chance(0.75) if alike else chance(0.2)) and curves in ("smooth", "noisy") and markers == "none"
    named = not alike or dashed or markers != "none"
    lines = int(pick(2, 3, 4, 4, 5, 6, 8, 10))
    if alike or curves in ("dense", "steps", "jumps"):
        lines = min(lines, 4 if curves == "dense" else 5)
    chosen: dict[str, Any] = {
        "lines": lines,
        "curves": curves,
        "colouring": colouring,
        "palette": int(rng.integers(12)),
        "opacity": pick(1.0, 1.0, 1.0, 1.0, 0.6, 0.4) if colouring == "palette" else 1.0,
        "dashed": dashed,
        "markers": markers,
        "error_bars": chance(0.2) and curves in ("smooth", "noisy") and not dashed,
        "bands": chance(0.15) and curves in ("smooth", "noisy") and lines < 6 and markers != "only",
        "crossings": chance(0.7),
        "notes": chance(0.2),
        "legend": pick("inside", "right", "right", "none") if named else "none",
        "grid": chance(0.35),
        "theme": pick("light", "light", "light", "light", "grey", "dark"),
        "smooth_edges": chance(0.92),
        "line_pt": pick(0.8, 1.0, 1.5, 1.5, 2.0, 2.5),
        "width_px": int(pick(560, 640, 720, 900)),
        "height_px": int(pick(400, 440, 480, 560)),
        "scale": pick(1.0, 1.0, 1.0, 1.0, 1.0, 0.7, 1.6),
        "jpeg_quality": pick(0, 0, 0, 0, 0, 90, 75),
        "seed": int(rng.integers(2**31)),
    }
    return LinesSpec(**{**chosen, **fixed})
