"""Which way two lines go on after they met: told by the colour and the dashes of their ink before and after.

A tracer that follows several lines of like colour may take one for the other where they touch. Beside every meeting the
ink of both is measured; where the tails look more like each other's beginnings than like their own, they change places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from calibration.geometry import BoolArray, FloatArray
from digitize.colours import to_lab
from digitize.findings import PointFlag
from digitize.tracing.canvas import Canvas
from digitize.values import RGB, Legend, Trace

APART_STROKES = 1.0
APART_PX = 1.5
"""Two lines stand apart where their middles are further from each other than this."""
LEAST_COLUMNS = 8
"""A stretch between two meetings that is to say anything shows so many columns of each line's ink."""
COLOUR_DELTA_E = 10.0
DUTY_FRAC = 0.12
"""A clear difference of two inks: in colour, and in the share of the columns that dashes leave inked."""
DUTY_COLUMNS = 40
"""The dashes of a shorter stretch say nothing."""
CLEAR = 1.2
"""So many clear differences tell two lines apart, or ask for a change of places."""
NEAREST_ROWS = (-1, 0, 1)
STRONG_QUANTILE = 0.9
INKED_FRAC = 0.5
"""A column is inked where it is at least this strong, beside the strongest."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """A line's ink in one stretch: its colour, and its inked share (NaN where that says nothing)."""

    rgb: RGB
    lab: FloatArray
    duty: float

    def differs(self, other: Look) -> float:
        """In clear differences."""
        duty = abs(self.duty - other.duty) / DUTY_FRAC
        colour = float(np.linalg.norm(self.lab - other.lab)) / COLOUR_DELTA_E
        return float(np.hypot(colour, 0.0 if np.isnan(duty) else duty))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Swap:
    """A stretch in which two lines changed places.

    Attributes
    ----------
    first, second : int
        Places of the two traces.
    start_px, end_px : float
        Along x.
    """

    first: int
    second: int
    start_px: float
    end_px: float


def mend_crossings(
    traces: Sequence[Trace], canvas: Canvas, legend: Legend | None = None
) -> tuple[tuple[Trace, ...], list[Swap]]:
    """Lines that took each other's way where they met, put right where their ink tells so.

    Parameters
    ----------
    traces : sequence of Trace
        As followed, a point a column. Only those of kind ``line`` are looked at.
    canvas : Canvas
        Of the panel.
    legend : Legend or None
        Names the mended lines by their colours.

    Returns
    -------
    traces, swaps
        In the same order; and what was changed.
    """
    result, swaps = list(traces), []
    places = [k for k, one in enumerate(traces) if one.kind == "line" and one.tracer != "length" and not one.faint_of]
    rows = [_rows(one, canvas) if one.kind == "line" else np.full(canvas.shape[1], np.nan) for one in traces]
    for number, first in enumerate(places):
        for second in places[number + 1 :]:
            for start, end in _swapped_spans(result, rows, first, second, canvas):
                result[first], result[second] = _exchanged(result[first], result[second], start, end)
                swaps.append(Swap(first=first, second=second, start_px=start, end_px=end))
                rows[first], rows[second] = _rows(result[first], canvas), _rows(result[second], canvas)
    mended = {place for one in swaps for place in (one.first, one.second)}
    return tuple(_named_anew(result, mended, canvas, legend)), swaps


def _swapped_spans(
    traces: Sequence[Trace], rows: Sequence[FloatArray], first: int, second: int, canvas: Canvas
) -> list[tuple[float, float]]:
    """Stretches along x, whole-image pixels, in which two lines should change places."""
    one, other = traces[first], traces[second]
    rows_of = [rows[first], rows[second]]
    gap = rows_of[0] - rows_of[1]
    apart = np.abs(gap) > APART_STROKES * (one.stroke_px + other.stroke_px) / 2 + APART_PX
    if apart.sum() < 2 * LEAST_COLUMNS or not (np.isfinite(gap) & ~apart).any():
        return []
    side = np.where(apart, np.sign(gap), 0).astype(int)
    edges = np.flatnonzero(np.diff(side, prepend=0, append=0))
    stretches = [(a, b) for a, b in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True) if side[a]]
    if len(stretches) < 2:
        return []
    others = np.array([own for k, own in enumerate(rows) if k not in (first, second)]).reshape(-1, canvas.shape[1])
    looks = []
    for a, b in stretches:
        pair = [_look(trace, own, others, canvas, a, b) for trace, own in zip((one, other), rows_of, strict=True)]
        if pair[0] is not None and pair[1] is not None:
            looks.append((a, b, pair[0], pair[1]))
    if len(looks) < 2:
        return []
    _, _, mine, its = max(looks, key=lambda look: look[1] - look[0])
    if mine.differs(its) < CLEAR:
        return []
    found = []
    for a, b, here, there in looks:
        kept = here.differs(mine) + there.differs(its)
        if kept <= here.differs(its) + there.differs(mine) + CLEAR:
            continue
        before = max((end for _, end in stretches if end <= a), default=None)
        after = min((start for start, _ in stretches if start >= b), default=None)
        meets = [np.isfinite(gap[low:high]).all() for low, high in ((before, a), (b, after)) if None not in (low, high)]
        if all(meets):
            # they change places in the middle of their meetings
            start = -np.inf if before is None else (before + a - 1) / 2 + canvas.left
            found.append((start, np.inf if after is None else (b + after - 1) / 2 + canvas.left))
    return found


def _rows(trace: Trace, canvas: Canvas) -> FloatArray:
    """The trace's row in every column of the crop; NaN where it has none."""
    rows = np.full(canvas.shape[1], np.nan)
    finite = np.isfinite(trace.points_px).all(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], finite.astype(np.int8), [0]])))
    for first, last in edges.reshape(-1, 2).tolist():
        x, y = (trace.points_px[first:last] - np.array([canvas.left, canvas.top], float)).T
        cols = np.arange(max(int(np.ceil(x[0])), 0), min(int(np.floor(x[-1])), canvas.shape[1] - 1) + 1)
        rows[cols] = np.interp(cols, x, y)
    return rows


def _look(
    trace: Trace, rows: FloatArray, others: FloatArray, canvas: Canvas, first: int, last: int
) -> Look | None:
    """The ink of a line between two columns, other lines' left out; None where too little is seen."""
    cols = np.arange(first, last)
    cols = cols[np.isfinite(rows[cols])]
    near_others = np.abs(others[:, cols] - rows[cols]) < APART_STROKES * trace.stroke_px + APART_PX
    cols = cols[~near_others.any(axis=0)]
    if len(cols) < LEAST_COLUMNS:
        return None
    near = np.round(rows[cols]).astype(np.int64)[:, None] + np.array(NEAREST_ROWS)
    near = np.clip(near, 0, canvas.shape[0] - 1)
    usable = ~(canvas.blocked | canvas.text | canvas.grid)[near, cols[:, None]].any(axis=1)
    pixels = canvas.colour[near, cols[:, None]][usable]
    if len(pixels) < LEAST_COLUMNS:
        return None
    strength = np.einsum("ijk,ijk->ij", pixels, pixels)
    strongest = pixels[np.arange(len(pixels)), strength.argmax(axis=1)]
    inked = np.sqrt(strength.max(axis=1)) > INKED_FRAC * np.sqrt(np.quantile(strength.max(axis=1), STRONG_QUANTILE))
    if inked.sum() < LEAST_COLUMNS:
        return None
    r, g, b = np.clip(np.round(np.median(strongest[inked], axis=0) + canvas.background), 0, 255).astype(int).tolist()
    duty = float(inked.mean()) if len(inked) >= DUTY_COLUMNS else np.nan
    return Look(rgb=(r, g, b), lab=to_lab((r, g, b)), duty=duty)


def _exchanged(one: Trace, other: Trace, start: float, end: float) -> tuple[Trace, Trace]:
    """Two traces with their points between two places along x exchanged."""
    inner, its_inner = (_between(trace.points_px[:, 0], start, end) for trace in (one, other))
    return _spliced(one, other, ~inner, its_inner, (start, end)), _spliced(other, one, ~its_inner, inner, (start, end))


def _spliced(own: Trace, its: Trace, kept: BoolArray, taken: BoolArray, ends: tuple[float, float]) -> Trace:
    """Some points of one trace with some of another's, in order along x; near ``ends`` they are flagged."""
    x = np.concatenate([_held(own.points_px[:, 0])[kept], _held(its.points_px[:, 0])[taken]])
    order = np.argsort(x, kind="stable")
    near = np.abs(x[order][:, None] - np.array(ends)).min(axis=1) < own.stroke_px + APART_PX
    flags = np.concatenate([own.flags[kept], its.flags[taken]])[order]
    return replace(
        own,
        points_px=np.concatenate([own.points_px[kept], its.points_px[taken]])[order],
        sigma_px=np.concatenate([own.sigma_px[kept], its.sigma_px[taken]])[order],
        flags=np.where(near, flags | np.uint16(PointFlag.CROSSING), flags).astype(np.uint16),
    )


def _held(x: FloatArray) -> FloatArray:
    """Places along x, those of breaks taken from the point before."""
    known = np.maximum.accumulate(np.where(np.isfinite(x), np.arange(len(x)), 0))
    return np.asarray(x[known], np.float64)


def _between(x: FloatArray, start: float, end: float) -> BoolArray:
    held = _held(x)
    return np.asarray((held > start) & (held <= end), bool)


def _named_anew(traces: list[Trace], mended: set[int], canvas: Canvas, legend: Legend | None) -> list[Trace]:
    """Mended lines in the colour that they show, under the legend's name for it."""
    rows = [_rows(one, canvas) if one.kind == "line" else np.full(canvas.shape[1], np.nan) for one in traces]
    result = list(traces)
    taken = {trace.label for k, trace in enumerate(traces) if k not in mended}
    for k in sorted(mended):
        others = np.array([own for j, own in enumerate(rows) if j != k]).reshape(-1, canvas.shape[1])
        look = _look(traces[k], rows[k], others, canvas, 0, canvas.shape[1])
        if look is None:
            continue
        result[k] = replace(traces[k], colour=look.rgb)
        entries = [one for one in legend.entries if one.label not in taken] if legend is not None else []
        far = [float(np.linalg.norm(to_lab(one.colour) - look.lab)) for one in entries]
        if far and min(far) < COLOUR_DELTA_E:
            entry = entries[int(np.argmin(far))]
            result[k] = replace(result[k], entry=entry, label=entry.label)
        taken.add(result[k].label)
    return result
