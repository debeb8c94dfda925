"""Which colours hold several lines, or are too close for a mask to part them: those are followed jointly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from calibration.geometry import BoolArray, FloatArray
from digitize.tracing.canvas import Canvas, dilate
from digitize.tracing.kinds import classify_ink, is_filled
from digitize.tracing.masks import InkMap
from digitize.tracing.palette import StrokeColour
from digitize.tracing.runs import BRIDGE_STROKES, estimate_stroke_px, find_runs
from digitize.values import LegendEntry

SAME_RAY_DEG = 9.0
SAME_UNNAMED_RAY_DEG = 16.0
"""Colours whose directions from the background differ by less are shades of one (JPEG turns thin strokes more) ..."""
NEXT_SHADE_FRAC = 0.72
NEXT_GREY_FRAC = 0.62
"""... and where each is at least this strong beside the next, a mask cannot part them (thin greys vary more)."""
BESIDE_PX = 1
MINGLED_SHARE = 0.35
"""... which shows where more than this share of either's ink lies beside the other's."""
SEVERAL_RUNS = 2
SEVERAL_COLUMNS_FRAC = 0.3
"""Two strokes at least in this share of the inked columns: several lines."""
STROKE_HEIGHTS = 3.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Family:
    """Colours followed together: the strongest, their ink, every entry, and how strong each entry is beside it."""

    colour: StrokeColour
    ink: InkMap
    entries: tuple[LegendEntry, ...]
    strengths: tuple[float, ...]
    members: tuple[int, ...]
    shades: dict[int, FloatArray]


def find_families(canvas: Canvas, colours: Sequence[StrokeColour], inks: Sequence[InkMap]) -> list[Family]:
    """Colours that hold several lines, or that are too close to be parted by colour."""
    background = canvas.background.astype(float)
    rays = [np.array(colour.rgb, float) - background for colour in colours]
    norms = [float(np.linalg.norm(ray)) for ray in rays]
    # a raw line is parted from its bold one by its shade, and named by it
    free = {k for k, colour in enumerate(colours) if not colour.raw}
    families: list[Family] = []
    for first in sorted(free, key=lambda k: -norms[k]):
        if first not in free or classify_ink(inks[first].own) not in ("stroke", "blobs"):
            continue
        members = [first]
        for other in sorted(free, key=lambda k: -norms[k]):
            least = NEXT_GREY_FRAC if colours[first].is_grey else NEXT_SHADE_FRAC
            unnamed = not (colours[first].entries or colours[other].entries)
            turn = SAME_UNNAMED_RAY_DEG if unnamed else SAME_RAY_DEG
            if (
                other not in members
                and _is_next_shade(rays[members[-1]], rays[other], least, turn)
                and _is_mingled(inks[members[-1]], inks[other])
            ):
                members.append(other)
        if len(members) == 1 and len(colours[first].entries) < 2 and is_filled(inks[first].own):
            continue  # a ribbon of noise
        family = _to_family(canvas, colours, inks, members)
        lines = sum(entry.line for entry in family.entries)
        if lines > 1 or _shows_several(family.ink, canvas.text):
            families.append(family)
            free -= set(members)
    return families


def _is_next_shade(one: FloatArray, other: FloatArray, least: float, most_deg: float) -> bool:
    norms = float(np.linalg.norm(one)), float(np.linalg.norm(other))
    turn = np.degrees(np.arccos(np.clip(one @ other / max(norms[0] * norms[1], 1e-9), -1.0, 1.0)))
    return bool(turn < most_deg and min(norms) > least * max(norms))


def _is_mingled(one: InkMap, other: InkMap) -> bool:
    """Whether much of either colour's ink lies on or beside the other's: then masks cannot part them."""
    if is_filled(one.own) or is_filled(other.own):
        return False
    near = dilate(one.own, BESIDE_PX), dilate(other.own, BESIDE_PX)
    shares = [
        float((ink.own & reach).sum()) / max(float(ink.own.sum()), 1.0)
        for ink, reach in zip((one, other), reversed(near), strict=True)
    ]
    return max(shares) > MINGLED_SHARE


def _to_family(
    canvas: Canvas, all_colours: Sequence[StrokeColour], all_inks: Sequence[InkMap], members: list[int]
) -> Family:
    colours, inks = [all_colours[k] for k in members], [all_inks[k] for k in members]
    entries = tuple(entry for colour in colours for entry in colour.entries)
    background = canvas.background.astype(float)
    ray = np.array(colours[0].rgb, np.float32) - canvas.background
    strengths = [
        float((np.array(colour.rgb, float) - background) @ ray / max(float(ray @ ray), 1.0))
        for colour in colours
        for _ in colour.entries
    ]
    shades = {id(entry): np.array(colour.rgb, float) - background for colour in colours for entry in colour.entries}
    if len(inks) == 1:
        return Family(
            colour=colours[0], ink=inks[0], entries=entries, strengths=tuple(strengths), members=tuple(members),
            shades=shades,
        )  # fmt: skip
    touched = np.any([ink.alpha > 0 for ink in inks], axis=0)
    own = np.any([ink.own for ink in inks], axis=0)
    alpha = np.where(touched, np.clip(canvas.colour @ ray / max(float(ray @ ray), 1.0), 0.0, 1.0), 0.0)
    hidden = np.all([ink.hidden for ink in inks], axis=0) & ~own
    ink = InkMap(alpha=alpha.astype(np.float32), own=own, hidden=hidden, band_alpha=max(i.band_alpha for i in inks))
    return Family(
        colour=colours[0], ink=ink, entries=entries, strengths=tuple(strengths), members=tuple(members),
        shades=shades,
    )  # fmt: skip


def _shows_several(ink: InkMap, text: BoolArray) -> bool:
    """Whether most inked columns hold two strokes or more."""
    own = ink.own & ~text
    if not own.any():
        return False
    stroke = estimate_stroke_px(ink, text)
    runs = find_runs(replace(ink, own=own), text, bridge_px=int(np.ceil(BRIDGE_STROKES * stroke)))
    slim = runs.height < STROKE_HEIGHTS * stroke + 2
    counts = np.bincount(runs.col[slim & (runs.weight > 0.5)], minlength=own.shape[1])
    wide = np.count_nonzero(counts >= SEVERAL_RUNS)
    return bool(wide > SEVERAL_COLUMNS_FRAC * max(np.count_nonzero(counts), 0.4 * own.shape[1]))
