"""Lines that explain nothing: their ink is already another line's of the same colour."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from digitize.colours import delta_e
from digitize.residual.courses import STROKED, cut_courses, paint
from digitize.tracing.canvas import Canvas
from digitize.values import Trace

BESIDE_PX = 1.0
SAME_DELTA_E = 12.0
OWN_SHARE = 0.25
"""A line that no legend names, and that runs beside ink of its own over less of its length than this, is another's
again."""


def drop_doubles(traces: Sequence[Trace], canvas: Canvas) -> tuple[tuple[Trace, ...], list[Trace]]:
    """Leave out the lines without a legend entry whose course lies on those of others of their colour.

    Of two that lie on each other one stays.

    Returns
    -------
    kept, dropped
    """
    kept = list(traces)
    dropped: list[Trace] = []
    while True:
        doubtful = [
            (_share_alone(one, kept, canvas), len(one.points_px), k)
            for k, one in enumerate(kept)
            if one.entry is None and not one.faint_of and one.kind in ("line", "step") and one.tracer != "length"
        ]
        worst = min(doubtful, default=(1.0, 0, 0))
        if worst[0] >= OWN_SHARE:
            return tuple(kept), dropped
        dropped.append(kept.pop(worst[2]))


def _share_alone(one: Trace, traces: Sequence[Trace], canvas: Canvas) -> float:
    """Share of a line's length that lies beside all other lines of its colour."""
    others = [
        other
        for other in traces
        if other is not one
        and other.kind in STROKED
        and not other.faint_of
        and float(delta_e(other.colour, one.colour)) < SAME_DELTA_E
    ]
    courses = cut_courses(one, canvas)
    if not others or not courses:
        return 1.0
    taken = paint(others, canvas, BESIDE_PX)
    at = np.round(np.concatenate([course.points for course in courses])).astype(np.int64)
    rows, cols = np.clip(at[:, 1], 0, canvas.shape[0] - 1), np.clip(at[:, 0], 0, canvas.shape[1] - 1)
    return float(np.mean(~taken[rows, cols]))
