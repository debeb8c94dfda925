"""Draw the figure this project was born from: four training metrics of four runs under one shared legend.

The published picture is not to be had; what is left of it is a description in words (a copy of its facts stands in
``tests/digitize/test_sample.py``). This script draws training curves that agree with every value and trend it states
and writes the exact truth beside the picture, in the schema of the benchmark::

    python samples/training_metrics.py

Where the description contradicts itself, and what was drawn:

- purple reward: "reaching ~0.51 by hour 45", but 0.50 in the table of final values. It touches 0.508 at hour 43.5 and
  ends at 0.503;
- purple KL: "reaching ~0.18 by hour 45", but 0.17 in the table. It touches 0.178 at hour 43.5 and ends at 0.173;
- red length: "plateauing around 1000 by hour 40", but 950 in the table. It wavers between the two and ends at 951;
- blue KL: "around 0.25 from hour 100 onwards", but 0.24 in the table. It wavers around 0.25 and ends at 0.242;
- red gradient norm: "stabilizes around 0.09-0.10", 0.10 in the table. It ends at 0.098;
- axis "ranges": blue reaches a reward of 0.53 on an axis "from 0.40 to 0.50+" and a KL of 0.52 on one "from 0.0 to
  0.5", green starts at a length of 800 on one "from 1000": the ranges are those of the printed tick labels, and the
  axes reach past them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.signal import lfilter

SEED = 20250813
# Runs start a little apart, as different runs do, and lines are thin enough that each shows almost all of its length:
# what lies wholly under another line is not in the picture, and no reader can be held to it.
WIDTH_PX, HEIGHT_PX, DPI = 3000, 750, 150
LINE_WIDTH_PT = 1.0
X_LIMITS = (-5.0, 135.0)

RUNS: dict[str, tuple[str, float, float]] = {  # name -> colour, hours between two steps, last hour
    "Sync. (sync_interval=1)": ("#1f77b4", 1.0, 129.7),
    "Sync. (sync_interval=2)": ("#2ca02c", 0.8, 74.8),
    "Sync. (sync_interval=10)": ("#d62728", 0.6, 40.1),
    "One-Step Off-Policy": ("#9467bd", 0.65, 45.2),
}


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A noisy curve through stated points.

    ``anchors`` are (hour, value) pairs met exactly; ``noise`` is the standard deviation between them, fading out over
    the last ``calm`` hours before each, ``memory`` its correlation from one step to the next; values are folded back
    into ``low`` to ``high`` once ``settled`` hours have passed.
    """

    anchors: tuple[tuple[float, float], ...]
    noise: float
    low: float
    high: float
    memory: float = 0.5
    calm: float = 2.0
    settled: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One panel: its title, its y axis, a curve for each run in the order of ``RUNS``."""

    title: str
    limits: tuple[float, float]
    ticks: tuple[float, ...]
    digits: int
    curves: tuple[Curve, Curve, Curve, Curve]


METRICS = (
    Metric(
        title="Reward",
        limits=(0.392, 0.538),
        ticks=(0.40, 0.42, 0.44, 0.46, 0.48, 0.50, 0.52),
        digits=2,
        curves=(
            Curve(
                anchors=(
                    (0, 0.402),
                    (12, 0.428),
                    (35, 0.458),
                    (60, 0.472),
                    (90, 0.503),
                    (110, 0.515),
                    (120, 0.530),
                    (129.7, 0.511),
                ),
                noise=0.0060,
                low=0.398,
                high=0.530,
            ),
            Curve(
                anchors=((0, 0.404), (6, 0.447), (14, 0.483), (40, 0.489), (74.8, 0.490)),
                noise=0.0040,
                low=0.481,
                high=0.499,
                settled=14,
            ),
            Curve(
                anchors=((0, 0.409), (6, 0.468), (15, 0.490), (28, 0.508), (40.1, 0.519)),
                noise=0.0035,
                low=0.398,
                high=0.5195,
            ),
            Curve(
                anchors=((0, 0.398), (6, 0.457), (15, 0.487), (28, 0.499), (43.5, 0.508), (45.2, 0.503)),
                noise=0.0035,
                low=0.398,
                high=0.508,
            ),
        ),
    ),
    Metric(
        title="Response Length",
        limits=(720, 2600),
        ticks=(1000, 1500, 2000, 2500),
        digits=0,
        curves=(
            Curve(
                anchors=(
                    (0, 815),
                    (15, 1180),
                    (35, 1830),
                    (50, 2250),
                    (60, 2020),
                    (75, 1750),
                    (92, 2140),
                    (110, 2500),
                    (120, 2330),
                    (129.7, 2202),
                ),
                noise=60,
                low=780,
                high=2500,
                memory=0.2,
                calm=6,
            ),
            Curve(anchors=((0, 803), (74.8, 1750)), noise=24, low=780, high=1790),
            Curve(anchors=((0, 785), (12, 885), (25, 962), (36, 998), (40.1, 951)), noise=14, low=780, high=1004),
            Curve(anchors=((0, 801), (15, 985), (30, 1150), (45.2, 1302)), noise=22, low=780, high=1320),
        ),
    ),
    Metric(
        title="Gradient Norm",
        limits=(0.0745, 0.1655),
        ticks=(0.08, 0.10, 0.12, 0.14, 0.16),
        digits=2,
        curves=(
            Curve(
                anchors=((0, 0.123), (10, 0.112), (38, 0.117), (55, 0.129), (80, 0.104), (100, 0.093), (129.7, 0.0802)),
                noise=0.0080,
                low=0.0815,
                high=0.1290,
                memory=0.55,
            ),
            Curve(anchors=((0, 0.115), (10, 0.095), (40, 0.098), (74.8, 0.091)), noise=0.0060, low=0.0825, high=0.1185),
            Curve(
                anchors=((0, 0.120), (5, 0.100), (12, 0.0945), (40.1, 0.098)),
                noise=0.0022,
                low=0.0903,
                high=0.0997,
                settled=5,
            ),
            Curve(
                anchors=((0, 0.160), (1.3, 0.131), (3.25, 0.113), (20, 0.109), (45.2, 0.110)),
                noise=0.0040,
                low=0.1005,
                high=0.1195,
                settled=3,
            ),
        ),
    ),
    Metric(
        title="KL Divergence",
        limits=(-0.025, 0.548),
        ticks=(0.0, 0.1, 0.2, 0.3, 0.4, 0.5),
        digits=1,
        curves=(
            Curve(
                anchors=(
                    (0, 0.001),
                    (20, 0.055),
                    (40, 0.150),
                    (46, 0.215),
                    (50, 0.520),
                    (53, 0.330),
                    (58, 0.225),
                    (75, 0.205),
                    (92, 0.243),
                    (105, 0.250),
                    (120, 0.252),
                    (129.7, 0.242),
                ),
                noise=0.0070,
                low=0.0,
                high=0.520,
            ),
            Curve(anchors=((0, 0.006), (25, 0.063), (50, 0.131), (74.8, 0.201)), noise=0.0035, low=0.0, high=0.206),
            Curve(anchors=((0, 0.001), (15, 0.018), (40.1, 0.041)), noise=0.0012, low=0.0, high=0.046),
            Curve(
                anchors=((0, 0.010), (12, 0.040), (25, 0.088), (43.5, 0.178), (45.2, 0.173)),
                noise=0.0040,
                low=0.0,
                high=0.178,
            ),
        ),
    ),
)


def step_hours(run: str, anchors: tuple[tuple[float, float], ...], rng: np.random.Generator) -> np.ndarray:
    """Hours at which a run logged a step: even but for some jitter, with the hours of the anchors among them."""
    _, every, last = RUNS[run]
    hours = np.arange(0, last, every)
    hours[1:] += rng.normal(0, 0.08 * every, len(hours) - 1)
    fixed = np.array([hour for hour, _ in anchors])
    apart = np.abs(hours[:, None] - fixed).min(axis=1) > 0.45 * every
    return np.sort(np.concatenate([hours[apart], fixed]))


def draw_curve(curve: Curve, hours: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Values at ``hours``: a monotone spline through the anchors, and noise that vanishes at each of them."""
    at, value = np.array(curve.anchors, float).T
    base = PchipInterpolator(at, value)(hours)
    white = rng.normal(0, curve.noise * np.sqrt(1 - curve.memory**2), len(hours))
    away = np.clip(np.abs(hours[:, None] - at).min(axis=1) / curve.calm, 0, 1)
    values = base + lfilter([1], [1, -curve.memory], white) * away
    bound = (hours >= curve.settled) & (away > 0)
    values[bound & (values < curve.low)] = (2 * curve.low - values)[bound & (values < curve.low)]
    values[bound & (values > curve.high)] = (2 * curve.high - values)[bound & (values > curve.high)]
    return values


def draw_data(seed: int = SEED) -> dict[str, dict[str, tuple[np.ndarray, np.ndarray]]]:
    """(hours, values) of every run, by metric and by the run's name."""
    rng = np.random.default_rng(seed)
    data: dict[str, dict[str, tuple[np.ndarray, np.ndarray]]] = {}
    for metric in METRICS:
        data[metric.title] = {}
        for run, curve in zip(RUNS, metric.curves, strict=True):
            hours = step_hours(run, curve.anchors, rng)
            data[metric.title][run] = hours, draw_curve(curve, hours, rng)
    return data


def draw(image: Path, truth: Path) -> None:
    """Write the picture and its truth."""
    data = draw_data()
    plt.rcdefaults()
    figure = plt.figure(figsize=(WIDTH_PX / DPI, HEIGHT_PX / DPI), dpi=DPI)
    panels: list[dict[str, Any]] = []
    top, bottom, width = 141.499, 659.499, 627.0
    for place, metric in enumerate(METRICS):
        # Spines on pixel centres, but for a hair: matplotlib snaps one that lies right on a centre to the next pixel.
        left = 98.499 + 736.0 * place
        axes = figure.add_axes(
            (left / WIDTH_PX, 1 - bottom / HEIGHT_PX, width / WIDTH_PX, (bottom - top) / HEIGHT_PX),
            title=metric.title,
            xlabel="Time (hours)",
            xlim=X_LIMITS,
            ylim=metric.limits,
        )
        axes.title.set_size(14)
        axes.xaxis.label.set_size(12)
        axes.tick_params(labelsize=11)
        axes.set_xticks([0, 25, 50, 75, 100, 125])
        axes.set_yticks(metric.ticks, [f"{tick:.{metric.digits}f}" for tick in metric.ticks])
        axes.grid(color="#b0b0b0", alpha=0.3, linewidth=0.8)
        series = []
        for run, (hours, values) in data[metric.title].items():
            axes.plot(hours, values, color=RUNS[run][0], linewidth=LINE_WIDTH_PT, label=run)
            series.append(
                {
                    "name": run,
                    "kind": "line",
                    "color": RUNS[run][0],
                    "linestyle": "-",
                    "marker": None,
                    "linewidth_px": LINE_WIDTH_PT * DPI / 72,
                    "alpha": 1.0,
                    "visible": True,
                    "x": [round(float(hour), 6) for hour in hours],
                    "y": [float(f"{value:.9g}") for value in values],
                }
            )
        panels.append(
            {
                "bbox": [left, top, left + width, bottom],
                "title": metric.title,
                "x": {"label": "Time (hours)", "scale": "linear", "range": list(X_LIMITS)},
                "y": {"label": None, "scale": "linear", "range": list(metric.limits)},
                "series": series,
            }
        )
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(
        handles,
        labels,
        loc="upper center",
        ncols=4,
        fontsize=13,
        bbox_to_anchor=(0.5, 0.995),
        handlelength=2.5,
        columnspacing=12.0,
    )
    figure.savefig(image, dpi=DPI, metadata={"Software": None})
    plt.close(figure)
    document = {
        "source": "samples/training_metrics.py",
        "renderer": "matplotlib",
        "width": WIDTH_PX,
        "height": HEIGHT_PX,
        "panels": panels,
    }
    truth.write_text(json.dumps(document, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    here = Path(__file__).parent
    draw(here / "training_metrics.png", here / "training_metrics.json")
