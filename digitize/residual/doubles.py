"""Lines that explain nothing: their ink is already another line's of the same colour."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration.geometry import BoolArray
from digitize.colours import to_lab
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
    lines = [one for one in traces if one.kind in STROKED and not one.faint_of]
    if not any(_may_be_double(one) for one in lines):
        return tuple(traces), []
    lab = to_lab([one.colour for one in lines])
    alike = np.linalg.norm(lab[:, None] - lab[None, :], axis=-1) < SAME_DELTA_E
    corridors = [paint([one], canvas, BESIDE_PX) for one in lines]
    beside = {k: _lies_on(one, corridors, canvas) for k, one in enumerate(lines) if _may_be_double(one)}
    left = np.ones(len(lines), bool)
    while beside:
        alone = {}
        for k, on in beside.items():
            others = left & alike[k]
            others[k] = False
            alone[k] = 1.0 - float(on[others].any(axis=0).mean())
        worst = min(alone, key=lambda k: (alone[k], len(lines[k].points_px)))
        if alone[worst] >= OWN_SHARE:
            break
        left[worst] = False
        del beside[worst]
    gone = {id(one) for k, one in enumerate(lines) if not left[k]}
    return tuple(one for one in traces if id(one) not in gone), [one for one in traces if id(one) in gone]


def _may_be_double(one: Trace) -> bool:
    return one.entry is None and not one.faint_of and one.kind in ("line", "step") and one.tracer != "length"


def _lies_on(one: Trace, corridors: Sequence[BoolArray], canvas: Canvas) -> BoolArray:
    """(lines, N) whether each place along a line lies in each corridor."""
    courses = cut_courses(one, canvas)
    points = np.concatenate([course.points for course in courses]) if courses else np.zeros((1, 2))
    at = np.round(points).astype(np.int64)
    rows, cols = np.clip(at[:, 1], 0, canvas.shape[0] - 1), np.clip(at[:, 0], 0, canvas.shape[1] - 1)
    return np.array([corridor[rows, cols] for corridor in corridors])
