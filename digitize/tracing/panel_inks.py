"""What every colour of a panel owns: mapped, without doubles, markers filled and error bars taken out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration.geometry import FloatArray
from digitize.tracing.canvas import Canvas, dilate
from digitize.tracing.hollow import fill_markers
from digitize.tracing.kinds import InkKind, classify_ink, has_ragged_edges
from digitize.tracing.masks import InkMap, map_ink
from digitize.tracing.palette import StrokeColour, are_alike, are_as_strong, choose_colours, find_mixture
from digitize.tracing.runs import estimate_stroke_px
from digitize.tracing.whiskers import without_whiskers
from digitize.values import RGB, Legend

DOUBLE_SHARE = 0.7
"""A colour that shares more than this of its ink with another is the same ..."""
BESIDE_SHARE = 0.5
"""... and so is one of like hue that stands in the other's columns for less than this share."""
OVERLAP_REACH_FRAC = 0.03
OVERLAP_REACH_PX = 6
OVERLAP_SHARE = 0.5
"""Two translucent colours make a third where both are this near to most of it."""


def map_colours(canvas: Canvas, legend: Legend | None) -> tuple[list[StrokeColour], list[InkMap]]:
    """The colours to follow and what each owns, without those that no entry names and that are another's shades."""
    colours = choose_colours(canvas, legend)
    inks = map_ink(canvas, [c.rgb for c in colours], _neutral_rivals(canvas, colours))
    background = canvas.background.astype(np.float64)
    kept: list[int] = []
    for k in sorted(range(len(colours)), key=lambda k: (not colours[k].entries, -int(inks[k].own.sum()))):
        named = [j for j in kept if colours[j].entries]
        if colours[k].entries or colours[k].raw or not (
            any(_is_double(colours, inks, background, k, j) for j in kept)
            or _is_overlap(colours, inks, background, k, named)
        ):
            kept.append(k)
    if len(kept) == len(colours):
        return colours, inks
    colours = [colours[k] for k in sorted(kept)]
    return colours, map_ink(canvas, [c.rgb for c in colours], _neutral_rivals(canvas, colours))


def without_error_bars(canvas: Canvas, colour: StrokeColour, ink: InkMap) -> InkMap:
    """A colour's ink without its error bars; hollow markers of lines are filled first, which bars pass through."""
    if any(entry.line for entry in colour.entries):
        ink = with_whole_markers(canvas, ink)
    return without_whiskers(ink, estimate_stroke_px(ink, canvas.text))


def with_whole_markers(canvas: Canvas, ink: InkMap) -> InkMap:
    """The ink of a line with its hollow markers filled."""
    return fill_markers(canvas, ink, estimate_stroke_px(ink, canvas.text))


def kind_of(colour: StrokeColour, ink: InkMap) -> InkKind:
    """How a colour is drawn; the legend's word makes noise that others lie over a line, thick and thin as it is."""
    kind = classify_ink(ink.own)
    named = any(entry.line for entry in colour.entries)
    return "stroke" if kind == "filled" and named and has_ragged_edges(ink.own) else kind


def _is_double(
    colours: Sequence[StrokeColour], inks: Sequence[InkMap], background: FloatArray, one: int, other: int
) -> bool:
    """Whether a colour is another again: nearly all its ink is shared, or it fills the other's gaps in a like hue.

    Lossy files give one line several shades along its length; two lines stand in the same columns.
    """
    own, its = inks[one].own, inks[other].own
    shared = float((own & its).sum()) > DOUBLE_SHARE * max(float(own.sum()), 1.0)
    if shared and are_as_strong(colours[one].rgb, colours[other].rgb, background):
        return True
    if not are_alike(colours[one].rgb, colours[other].rgb, background):
        return False
    columns, occupied = own.any(axis=0), its.any(axis=0)
    return float((columns & occupied).sum()) < BESIDE_SHARE * max(float(columns.sum()), 1.0)


def _is_overlap(
    colours: Sequence[StrokeColour], inks: Sequence[InkMap], background: FloatArray, one: int, named: Sequence[int]
) -> bool:
    """Whether a colour is what two named ones make where they lie over each other, and lies there."""
    pair = find_mixture(colours[one].rgb, [colours[j].rgb for j in named], background)
    if pair is None:
        return False
    own = inks[one].own
    reach = max(int(OVERLAP_REACH_FRAC * min(own.shape)), OVERLAP_REACH_PX)
    near = [dilate(inks[named[place]].own, reach) for place in pair]
    return float((own & near[0] & near[1]).sum()) > OVERLAP_SHARE * max(float(own.sum()), 1.0)


def _neutral_rivals(canvas: Canvas, colours: Sequence[StrokeColour]) -> list[RGB]:
    """Black (white on dark) and mid-grey compete for pixels unless they are themselves followed."""
    if any(colour.is_grey for colour in colours):
        return []
    return [(0, 0, 0) if float(canvas.background.mean()) > 110 else (255, 255, 255)]
