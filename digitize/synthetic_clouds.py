"""Panels of points that lie over one another, with fits through them, drawn with known truth.

::

    drawn = draw_clouds(CloudsSpec(groups=2, count=200, fit="other", seed=7))
    drawn.image, drawn.panel, drawn.texts        # what tracing is given
    drawn.series                                 # what it should find, in pixels

As :mod:`digitize.synthetic_lines` does for lines. Needs matplotlib (the extra ``draw``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from calibration.geometry import FloatArray
from digitize.synthetic import THEMES
from digitize.synthetic_cloud_specs import CloudsSpec
from digitize.synthetic_panel import NAMES, DrawnPanel, draw_panel

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEVELS = 25
"""Steps of y that points on levels share."""
HOLLOW_PT = 1.2
EDGE_PT = 0.8


def draw_clouds(spec: CloudsSpec) -> DrawnPanel:
    """Draw a panel of points; the same spec gives the same picture.

    Raises
    ------
    ImportError
        Where matplotlib is not installed.
    """
    rng = np.random.default_rng(spec.seed)
    return draw_panel(spec, lambda axes: _draw_groups(axes, spec, rng), titles=("Dose", "Response"))


def _draw_groups(axes: Axes, spec: CloudsSpec, rng: np.random.Generator) -> list[tuple[str, str, FloatArray]]:
    """Draw every cloud and its fit; returns (name, kind, data) of each."""
    names = [str(name) for name in rng.permutation(NAMES)]
    ink = THEMES[spec.theme][2]
    result: list[tuple[str, str, FloatArray]] = []
    for k, (colour, fit_colour) in enumerate(spec.colours(ink)):
        points, curve = make_cloud(spec, rng)
        x, y = points.T
        result.append((names[k], "scatter", points))
        looks: dict[str, Any] = {"alpha": spec.opacity, "label": names[k], "zorder": 2.0}
        edge = {"white": axes.get_facecolor(), "black": ink}.get(spec.edge, colour)
        width = {"none": 0.0, "hollow": HOLLOW_PT, "face": 1.0}.get(spec.edge, EDGE_PT)
        face = "none" if spec.edge == "hollow" else colour
        marker = spec.markers[k % len(spec.markers)]
        open_shape = marker in "x+"
        if spec.snapped:
            looks |= {"markeredgewidth": HOLLOW_PT if open_shape else width, "markersize": spec.size_pt}
            looks |= {"markerfacecolor": face, "markeredgecolor": colour if open_shape else edge}
            axes.plot(x, y, marker=marker, linestyle="none", color=colour, **looks)
        elif open_shape:
            axes.scatter(x, y, s=spec.size_pt**2, marker=marker, color=colour, linewidths=HOLLOW_PT, **looks)
        else:
            looks |= {"facecolors": face, "edgecolors": [edge], "linewidths": width}
            axes.scatter(x, y, s=spec.size_pt**2, marker=marker, **looks)
        if spec.fit != "none":
            name = names[-1 - k]
            axes.plot(
                *curve.T, color=fit_colour, linewidth=spec.line_pt, label=name, zorder=2.5 if spec.fit_above else 1.5
            )
            result.append((name, "line", curve))
    return result


def make_cloud(spec: CloudsSpec, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """(N, 2) points of one cloud in the unit square, and the (M, 2) curve that they follow."""
    x = np.linspace(0.02, 0.98, spec.count)
    if spec.spread in ("blob", "levels"):
        wide, tall = rng.uniform(0.06, 0.2, 2)
        points = rng.normal(rng.uniform(0.25, 0.75, 2), (wide, tall), (spec.count, 2))
        if spec.spread == "levels":
            points[:, 1] = np.round(points[:, 1] * LEVELS) / LEVELS
        return np.clip(points, 0.01, 0.99), np.empty((0, 2))
    begin, end, bend, top = rng.uniform(0.1, 0.9, 4)

    def curve(at: FloatArray) -> FloatArray:
        peak = (top - 0.5) * np.exp(-0.5 * ((at - bend) / 0.12) ** 2)
        return np.asarray(np.clip(begin + (end - begin) * at + peak, 0.05, 0.95), np.float64)

    if spec.spread == "trend":
        x = np.sort(rng.uniform(0.02, 0.98, spec.count))
    noise = rng.uniform(0.03, 0.12) if spec.spread == "trend" else rng.uniform(0.004, 0.015)
    y = np.clip(curve(x) + noise * rng.normal(0, 1, spec.count), 0.01, 0.99)
    fine = np.linspace(0.02, 0.98, 200)
    return np.column_stack([x, y]), np.column_stack([fine, curve(fine)])
