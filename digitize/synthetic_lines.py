"""Panels of lines that are hard to tell apart, drawn with known truth: tests and benchmark share them.

::

    drawn = draw_lines(LinesSpec(lines=5, colouring="one", dashed=True, seed=7))
    drawn.image, drawn.panel, drawn.texts        # what tracing is given
    drawn.series                                 # what it should find, in pixels

Needs matplotlib (the extra ``draw``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from calibration.geometry import FloatArray
from digitize.synthetic_line_specs import Curves, LinesSpec
from digitize.synthetic_panel import NAMES, DrawnPanel, draw_panel

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DASHES: tuple[Any, ...] = ("-", "--", ":", "-.", (0, (8, 3)), (0, (1, 3)), (0, (5, 1, 1, 1)), (0, (12, 3, 2, 3)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">")


def draw_lines(spec: LinesSpec) -> DrawnPanel:
    """Draw a panel of lines; the same spec gives the same picture.

    Raises
    ------
    ImportError
        Where matplotlib is not installed.
    """
    rng = np.random.default_rng(spec.seed)

    def draw(axes: Axes) -> list[tuple[str, str, FloatArray]]:
        data = _draw_series(axes, spec, rng)
        if spec.notes:
            _draw_notes(axes, rng)
        return data

    settings = {
        "lines.linewidth": spec.line_pt,
        "lines.antialiased": spec.smooth_edges,
        "legend.handlelength": 2.6 if spec.dashed else 2.0,
    }
    return draw_panel(spec, draw, titles=("Step", "Value"), settings=settings)


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
