"""What a panel of overlapping points and fits may look like: the knobs of :mod:`digitize.synthetic_clouds`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from digitize.synthetic_line_specs import ONE, PALETTES
from digitize.synthetic_specs import Dice, refuse_undrawable, refuse_unknown

Spread = Literal["blob", "trend", "chain", "levels"]
Edge = Literal["face", "none", "white", "black", "hollow"]
Fit = Literal["none", "own", "other", "black"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudsSpec:
    """What a panel of points looks like. Its data, names and places follow from ``seed``.

    Attributes
    ----------
    groups : int
        Clouds, each of its own colour.
    count : int
        Points of each.
    spread : {"blob", "trend", "chain", "levels"}
        ``trend``: noise about a curve; ``chain``: evenly spaced along x, next to the curve; ``levels``: y in steps.
    fit : {"none", "own", "other", "black"}
        A curve through each cloud, in the colour of its points, in another one or in that of the text.
    fit_above : bool
        Whether fits are drawn over the points.
    markers : str
        Of the groups in turn, as matplotlib calls them.
    edge : {"face", "none", "white", "black", "hollow"}
        Outline of the markers: of their own colour (``none``: without one), of another, or nothing but an outline.
    size_pt, line_pt, opacity : float
    snapped : bool
        Whether the markers stand on whole pixels, as matplotlib's ``plot`` draws them and its ``scatter`` does not.
    palette : int
    legend : {"inside", "right", "none"}
    grid : bool
    theme : {"light", "grey", "dark"}
    width_px, height_px : int
        Of the picture, at 100 dpi and before ``scale``.
    scale : float
    jpeg_quality : int
        0 leaves the picture as drawn.
    seed : int
    """

    groups: int = 1
    count: int = 100
    spread: Spread = "blob"
    fit: Fit = "none"
    fit_above: bool = True
    markers: str = "o"
    edge: Edge = "face"
    size_pt: float = 6.0
    line_pt: float = 1.5
    opacity: float = 1.0
    snapped: bool = True
    palette: int = 0
    legend: Literal["inside", "right", "none"] = "right"
    grid: bool = False
    theme: Literal["light", "grey", "dark"] = "light"
    width_px: int = 640
    height_px: int = 480
    scale: float = 1.0
    jpeg_quality: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        refuse_undrawable(self, "groups", "count", "size_pt", "line_pt", "opacity", "width_px", "height_px", "scale")

    def colours(self, ink: str) -> tuple[tuple[str, str], ...]:
        """Of every cloud and its fit; ``ink`` is that of the text."""
        row = PALETTES[self.palette % len(PALETTES)]
        step = 2 if self.fit == "other" else 1
        clouds = [row[(step * k) % len(row)] for k in range(self.groups)]
        if self.groups == 1 and self.palette >= len(PALETTES):
            clouds = [ink if self.theme == "dark" else ONE[self.palette % len(ONE)]]
        fits = {
            "own": clouds, "other": [row[(2 * k + 1) % len(row)] for k in range(self.groups)]
        }.get(self.fit, [ink] * self.groups)  # fmt: skip
        return tuple(zip(clouds, fits, strict=True))

    @property
    def properties(self) -> tuple[str, ...]:
        """What is hard about it, as the board's rows name it."""
        told = {
            self.spread: True,
            "fit of its colour": self.fit == "own",
            "fit": self.fit in ("other", "black"),
            "groups": self.groups > 1,
            "many points": self.count > 150,
            "translucent": self.opacity < 1,
            f"{self.edge} edge": self.edge in ("white", "black"),
            "hollow": self.edge == "hollow",
            "shapes": self.markers != "o",
            "subpixel": not self.snapped,
            "no legend": self.legend == "none",
            "grid": self.grid,
            self.theme: self.theme != "light",
            "resampled": self.scale != 1,
            "JPEG": self.jpeg_quality > 0,
        }
        return tuple(name for name, holds in told.items() if holds)


def random_clouds(rng: np.random.Generator, **fixed: Any) -> CloudsSpec:
    """A spec drawn at random, with the fields in ``fixed`` as given.

    Raises
    ------
    ValueError
        For a field that :class:`CloudsSpec` does not have.
    """
    refuse_unknown(CloudsSpec, fixed)
    pick, chance = Dice(rng).pick, Dice(rng).chance
    groups = int(pick(1, 1, 1, 2, 3, 4))
    fit = pick("none", "none", "own", "other", "other", "black")
    chosen: dict[str, Any] = {
        "groups": groups,
        "count": int(pick(30, 60, 100, 100, 150, 250, 400, 1000 if groups == 1 else 200)),
        "spread": pick("trend", "chain") if fit != "none" else pick("blob", "blob", "trend", "chain", "levels"),
        "fit": fit,
        "fit_above": chance(0.7),
        "markers": pick("o", "o", "o", "o", "s", "os^D", "osv^", "x", "+"),
        "edge": pick("face", "face", "none", "white", "black", "hollow"),
        "size_pt": pick(4.0, 5.0, 6.0, 6.0, 7.0, 9.0),
        "line_pt": pick(1.0, 1.5, 1.5, 2.5),
        "opacity": pick(1.0, 1.0, 1.0, 0.8, 0.6, 0.4),
        "snapped": chance(0.5),
        "palette": int(rng.integers(12)),
        "legend": pick("inside", "right", "right", "none"),
        "grid": chance(0.35),
        "theme": pick("light", "light", "light", "light", "grey", "dark"),
        "width_px": int(pick(560, 640, 640, 900)),
        "height_px": int(pick(400, 480, 480, 560)),
        "scale": pick(1.0, 1.0, 1.0, 1.0, 1.0, 0.7, 1.6),
        "jpeg_quality": pick(0, 0, 0, 0, 0, 90, 75),
        "seed": int(rng.integers(2**31)),
    }
    return CloudsSpec(**{**chosen, **fixed})
