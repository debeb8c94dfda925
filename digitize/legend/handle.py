"""One legend handle: what a group of pixels beside a label is, a stroke, a marker, both, or a filled patch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.geometry import BoolArray, Box, FloatArray
from digitize.legend.handle_pieces import SHORTEST_STROKE_HEIGHTS, THICKEST_STROKE_HEIGHTS
from digitize.values import RGB

SMALLEST_MARK_HEIGHTS = 0.2
TALLEST_MARK_HEIGHTS = 1.5
OFF_MIDDLE_FRAC = 0.25
ANOTHER_DASH = 1.8
"""Of two dashes one of which is this many times as long, the other is a dot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handle:
    """A mark that could be a legend handle.

    Attributes
    ----------
    box : Box
        Around its pixels.
    colour : RGB
        At full strength.
    line, marker : bool
        Whether a horizontal stroke, and whether a marker, is part of it.
    dash : tuple of float
        On and off lengths in px; empty for a solid stroke or none.
    stroke_px : float
        Thickness of the stroke; height of a mark without one.
    ink_px : int
        Number of its pixels.
    """

    box: Box
    colour: RGB
    line: bool
    marker: bool
    dash: tuple[float, ...] = ()
    stroke_px: float = 1.0
    ink_px: int = 0


def _measure_dash(profile: FloatArray) -> tuple[float, ...]:
    """On and off lengths along a stroke from its strength per column; () when it has no gap."""
    inked = profile > 0.5
    if inked.all() or not inked.any():
        return ()
    edges = np.flatnonzero(np.diff(inked.astype(np.int8)))
    # Sub-pixel: where the strength passes one half between two columns.
    before, after = profile[edges], profile[edges + 1]
    crossing = edges + (0.5 - before) / np.where(after == before, 1.0, after - before)
    starts_on = bool(inked[edges[0]])
    lengths = np.diff(crossing)
    ons = lengths[1::2] if starts_on else lengths[0::2]
    offs = lengths[0::2] if starts_on else lengths[1::2]
    offs = offs[offs >= 0.8]
    if not len(offs):
        return ()
    if not len(ons):
        ons = np.array([crossing[0] + 0.5])
    # a dash that the handle's end cuts is at least as long as what is seen of it
    cut = np.array([crossing[0] + 0.5, len(profile) - 0.5 - crossing[-1]])[[starts_on, bool(inked[-1])]]
    ons = np.concatenate([ons, cut[cut > ANOTHER_DASH * ons.max() + 0.5]])
    off = round(float(np.median(offs)), 2)
    if len(ons) >= 2 and ons.max() > ANOTHER_DASH * ons.min() + 0.5:
        middle = (ons.max() + ons.min()) / 2
        long, short = float(np.median(ons[ons > middle])), float(np.median(ons[ons <= middle]))
        return round(long, 2), off, round(short, 2), off
    return round(float(np.median(ons)), 2), off


def describe_handle(
    window: FloatArray,
    background: FloatArray,
    strength: FloatArray,
    mask: BoolArray,
    origin: tuple[int, int],
    height_px: float,
) -> Handle | None:
    """Shape and colour of the pixels in ``mask``; None where they look like no handle."""
    mask = _without_caps(mask, height_px)
    rows, cols = np.nonzero(mask)
    top, bottom, left, right = rows.min(), rows.max() + 1, cols.min(), cols.max() + 1
    width, height = right - left, bottom - top
    part = mask[top:bottom, left:right]
    thickness = part.sum(axis=0)
    inked = thickness[thickness > 0]
    stroke = float(np.quantile(inked, 0.25))
    # The rows of the stroke are those that hold ink along most of the inked columns.
    per_row = part.sum(axis=1)
    long_rows = np.flatnonzero(per_row >= 0.6 * per_row.max())
    span = int(long_rows[-1] - long_rows[0] + 1)
    line = bool(
        width >= SHORTEST_STROKE_HEIGHTS * height_px
        and stroke <= max(THICKEST_STROKE_HEIGHTS * height_px, 1.0)
        and span <= stroke + max(2.0, 0.5 * stroke)
        and width >= 2.2 * stroke
        and per_row.max() >= 0.45 * len(inked)
        and _ends_level(thickness)
        and is_centred(float(np.flatnonzero(per_row >= 0.95 * per_row.max()).mean()), (height - 1) / 2, height)
    )
    if not line:
        if width < SMALLEST_MARK_HEIGHTS * height_px or height < SMALLEST_MARK_HEIGHTS * height_px:
            return None
        if width > 4.5 * height_px or height > TALLEST_MARK_HEIGHTS * height_px or width > 6 * height:
            return None
        if width > 1.6 * height and per_row.max() < 0.9 * width:
            return None  # neither a patch, nor as wide as tall
    box = Box(left=float(origin[0] + left - 0.5), top=float(origin[1] + top - 0.5),
              right=float(origin[0] + right - 0.5), bottom=float(origin[1] + bottom - 0.5))  # fmt: skip
    core = mask.copy()
    dash: tuple[float, ...] = ()
    marker = bool(width <= 1.6 * height) if not line else False
    if line:
        stroke_rows = slice(top + int(long_rows[0]), top + int(long_rows[-1]) + 1)
        # a hollow marker has little ink in a column, but far apart
        extent = np.where(thickness > 0, len(part) - part[::-1].argmax(axis=0) - part.argmax(axis=0), 0)
        bulging = extent > 1.5 * stroke + 1.5
        marker = bool(bulging.sum() >= 2 and extent.max() >= 0.2 * height_px)
        core[: stroke_rows.start] = core[stroke_rows.stop :] = False
        # Ink of any colour fills a gap: a marker of another colour is no dash.
        ray_px = max(float(np.median(np.linalg.norm(window[mask] - background, axis=1))), 1.0)
        ink = np.linalg.norm(window[stroke_rows, left:right] - background, axis=-1) / ray_px
        own = strength[stroke_rows, left:right].max(axis=0)
        profile = np.maximum(own, np.where(ink.max(axis=0) > 0.5, np.minimum(ink.max(axis=0), 1.0), 0.0))
        filled = (own < 0.3) & (profile > 0.5)
        marker = marker or bool(filled.sum() >= max(3, 0.2 * height_px))
        if not marker:
            dash = _measure_dash(profile)
        elif (thickness == 0).any():
            first, last = np.flatnonzero(bulging | filled)[[0, -1]]
            sides = [side for side in (profile[:first], profile[last + 1 :]) if len(side) > 2]
            dash = next((found for found in map(_measure_dash, sides) if found), ())
    values = strength[core]
    best = window[core][values >= np.quantile(values, 0.85) - 0.04] if line else window[core][values > 0.85]
    if not len(best):
        best = window[core]
    red, green, blue = (round(float(v)) for v in np.median(best, axis=0))
    return Handle(box=box, colour=(red, green, blue), line=line, marker=marker, dash=dash,
                  stroke_px=stroke if line else float(height), ink_px=len(rows))  # fmt: skip


def _without_caps(mask: BoolArray, height_px: float) -> BoolArray:
    """A stroke without the bars across its two ends, as where a legend shows a line with its error bars."""
    cols = np.flatnonzero(mask.any(axis=0))
    if cols[-1] - cols[0] < 2 * SHORTEST_STROKE_HEIGHTS * height_px:
        return mask
    thickness = mask[:, cols[0] : cols[-1] + 1].sum(axis=0)
    stroke = float(np.quantile(thickness[thickness > 0], 0.25))
    tall = thickness > 2.0 * stroke + 1.0
    near = int(2.0 * stroke) + 2  # the stroke may show a bit beyond
    caps = [int(np.flatnonzero(end).max(initial=-1)) + 1 for end in (tall[:near], tall[::-1][:near])]
    if not all(caps) or tall[caps[0] : len(tall) - caps[1]].all():
        return mask
    trimmed = mask.copy()
    trimmed[:, : cols[0] + caps[0]] = trimmed[:, cols[-1] + 1 - caps[1] :] = False
    return trimmed


def _ends_level(thickness: NDArray[np.int_]) -> bool:
    """Whether the thickness stays the same for a while from both ends, as no marker's outline does."""
    tip, inner = round(0.05 * len(thickness)), max(round(0.21 * len(thickness)), 2)
    sides = (thickness, thickness[::-1])
    return all(side[: inner + 1].max() <= 1.5 * side[: tip + 1].max() + 1.5 for side in sides)


def is_centred(row: float, middle: float, height_px: float) -> bool:
    """Whether a stroke runs through the middle of a mark, not along its edge as the side of a hollow marker does."""
    return abs(row - middle) <= max(OFF_MIDDLE_FRAC * height_px, 1.0)
