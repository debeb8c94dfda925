"""How well followed lines agree with drawn ones: shares of each other's length within a tolerance, in pixels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial import cKDTree

from calibration.geometry import Box, FloatArray
from digitize.synthetic_panel import DrawnPanel, DrawnSeries
from digitize.values import Trace

TOLERANCE, STRICT = 0.01, 0.0025
"""Shares of the axes."""
WHOLE = 0.95
FOUND = 0.05
STEP = 0.0004


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesScore:
    """Of one panel: mean F1 over max(drawn, read), names right of those printed, and lines that nobody drew."""

    f1: float
    strict: float
    named: int
    names: int
    invented: int
    series: tuple[float, ...]

    @property
    def whole(self) -> bool:
        return self.invented == 0 and min(self.series, default=0.0) >= WHOLE


def score_panel(drawn: DrawnPanel, traces: Sequence[Trace]) -> LinesScore:
    """Traces paired with what was drawn so that the total is highest; references and bands read are not punished."""
    box = drawn.panel.axes
    wanted = [one for one in drawn.series if one.kind != "band"]
    read = [trace for trace in traces if np.isfinite(trace.points_px).all(axis=1).any()]
    table = np.array([[_score(one, trace, box) for trace in read] for one in wanted]).reshape(len(wanted), len(read), 2)
    pairs = [
        (i, j)
        for i, j in zip(*linear_sum_assignment(-table[..., 0] - 1e-3 * table[..., 1]), strict=True)
        if table[i, j, 0] > FOUND
    ]
    spare = set(range(len(read))) - {j for _, j in pairs}
    invented = sum(read[j].kind not in ("band", "reference") for j in spare)
    size = max(len(wanted) + invented, 1)
    own = [0.0] * len(wanted)
    for i, j in pairs:
        own[i] = float(table[i, j, 0])
    named = sum(_plain(wanted[i].name) == _plain(read[j].label) for i, j in pairs if wanted[i].name)
    return LinesScore(
        f1=sum(own) / size,
        strict=sum(float(table[i, j, 1]) for i, j in pairs) / size,
        named=named,
        names=sum(one.name is not None for one in wanted),
        invented=invented,
        series=tuple(own),
    )


def _plain(name: str | None) -> str:
    return re.sub(r"\s+", "", name or "").casefold()


def _score(drawn: DrawnSeries, trace: Trace, box: Box) -> tuple[float, float]:
    if (drawn.kind == "scatter") != (trace.kind == "scatter"):
        return 0.0, 0.0
    truth, read = _to_unit(drawn.points_px, box), _to_unit(trace.points_px, box)
    if drawn.kind == "scatter":
        gap = np.linalg.norm(truth[:, None] - read[None], axis=2)
        rows, cols = linear_sum_assignment(np.minimum(gap, 2 * TOLERANCE))
        hits = [float((gap[rows, cols] <= most).sum()) for most in (TOLERANCE, STRICT)]
        one, other = (2 * hit / (len(truth) + len(read)) for hit in hits)
        return one, other
    if trace.kind == "step":
        read = np.column_stack([np.repeat(read[:, 0], 2)[1:], np.repeat(read[:, 1], 2)[:-1]])
    a, b = _dense(truth), _dense(read)
    if not len(a) or not len(b):
        return 0.0, 0.0
    recall = cKDTree(b).query(_even_in_x(a))[0]
    precision = cKDTree(a).query(b[:: max(len(b) // 1500, 1)])[0]
    result = []
    for most in (TOLERANCE, STRICT):
        shares = float(np.mean(recall <= most)), float(np.mean(precision <= most))
        result.append(2 * shares[0] * shares[1] / max(sum(shares), 1e-9))
    return result[0], result[1]


def _to_unit(points: FloatArray, box: Box) -> FloatArray:
    return np.asarray((points - [box.left, box.top]) / [box.width_px, box.height_px], np.float64)


def _dense(points: FloatArray) -> FloatArray:
    """Points ``STEP`` apart along a broken line."""
    parts = []
    for a, b in zip(points[:-1], points[1:], strict=True):
        if np.isfinite(a).all() and np.isfinite(b).all():
            count = max(int(np.hypot(*(b - a)) / STEP), 1)
            parts.append(a + (np.arange(count) / count)[:, None] * (b - a))
    return np.concatenate(parts) if parts else np.empty((0, 2))


def _even_in_x(points: FloatArray) -> FloatArray:
    order = np.argsort(points[:, 0], kind="stable")
    at = np.searchsorted(points[order, 0], np.linspace(points[:, 0].min(), points[:, 0].max(), 600))
    return points[order[np.minimum(at, len(points) - 1)]]
