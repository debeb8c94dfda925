"""Lines of one colour one after the other: what a followed line leaves behind, and which entry is whose."""

from __future__ import annotations

import numpy as np

from calibration.geometry import BoolArray, FloatArray
from digitize.tracing.masks import InkMap
from digitize.values import LegendEntry

CORRIDOR_STROKES = 0.5
CORRIDOR_PX = 1.5
STEEPEST = 8.0


def remove_path(ink: InkMap, points: FloatArray, stroke_px: float) -> InkMap:
    """A colour's ink without one followed line.

    The line's own corridor counts as hidden from now on, so that another line may pass underneath it.
    """
    corridor = _corridor(ink.own.shape, points, stroke_px)
    return InkMap(
        alpha=np.where(corridor, 0.0, ink.alpha).astype(np.float32),
        own=ink.own & ~corridor,
        hidden=ink.hidden | (ink.own & corridor),
        band_alpha=ink.band_alpha,
    )


def _corridor(shape: tuple[int, ...], points: FloatArray, stroke_px: float) -> BoolArray:
    mask = np.zeros(shape, bool)
    rows = np.arange(shape[0])[:, None]
    breaks = np.flatnonzero(np.isnan(points[:, 0]))
    for piece in np.split(points, breaks):
        part = piece[np.isfinite(piece).all(axis=1)]
        if len(part) < 2:
            continue
        cols = np.arange(max(int(part[0, 0]) - 1, 0), min(int(np.ceil(part[-1, 0])) + 2, shape[1]))
        middle = np.interp(cols, part[:, 0], part[:, 1])
        around = np.stack([np.interp(cols + step, part[:, 0], part[:, 1]) for step in (-1.0, 0.0, 1.0)])
        slope = np.clip(np.ptp(around, axis=0) / 2, 0.0, STEEPEST)
        reach = (CORRIDOR_STROKES * stroke_px + CORRIDOR_PX) * np.hypot(1.0, slope)
        low, high = np.minimum(around.min(axis=0), middle - reach), np.maximum(around.max(axis=0), middle + reach)
        mask[:, cols] |= (rows >= low) & (rows <= high)
    return mask


def match_entries(entries: tuple[LegendEntry, ...], inked_share: list[float]) -> list[LegendEntry | None]:
    """Which entry belongs to each line: the one whose dashes leave the same share of ink.

    Entries and lines are both ordered by that share; where the legend tells no dashes apart the order says nothing,
    and only the first line is named.
    """
    duty = [_duty(entry.dash) for entry in entries]
    if len({round(value, 2) for value in duty}) < len(duty):
        return [entries[0], *([None] * (len(inked_share) - 1))]
    best = sorted(range(len(entries)), key=lambda k: -duty[k])
    order = sorted(range(len(inked_share)), key=lambda k: -inked_share[k])
    result: list[LegendEntry | None] = [None] * len(inked_share)
    for line, entry in zip(order, best, strict=False):
        result[line] = entries[entry]
    return result


def _duty(dash: tuple[float, ...]) -> float:
    return 1.0 if not dash else float(sum(dash[::2]) / max(sum(dash), 1e-9))
