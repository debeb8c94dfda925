"""Points and bars are taken out of a panel before its lines are followed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from calibration.geometry import FloatArray
from digitize.colours import to_name
from digitize.tracing.canvas import Canvas
from digitize.tracing.masks import InkMap
from digitize.tracing.palette import StrokeColour
from digitize.tracing.points import Points, find_points
from digitize.values import LegendEntry, Trace

CLEAR_FRAC = 0.5
"""Of a cloud at least this share of the ink must come apart into markers."""
LINE_REST_FRAC = 0.02
"""Ink beside the markers, as a share of the colour's, in which a line is still looked for."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Marks:
    """What is no line, and what is left to be followed.

    Attributes
    ----------
    traces : tuple of Trace
        Points and bars.
    refusals : tuple of (code, message)
        Of findings.
    colours, inks : lists of equal length
        Where lines may still be.
    """

    traces: tuple[Trace, ...]
    refusals: tuple[tuple[str, str], ...]
    colours: list[StrokeColour]
    inks: list[InkMap]


def find_marks(
    canvas: Canvas,
    colours: Sequence[StrokeColour],
    inks: Sequence[InkMap],
    text_height_px: float,
    is_line: Callable[[InkMap], bool],
) -> Marks:
    """Take the points and bars out of a panel.

    Parameters
    ----------
    canvas : Canvas
    colours, inks : sequences of equal length
        Every colour of the panel, and what it owns.
    text_height_px : float
        Of the panel's tick labels.
    is_line : callable
        Whether one path explains a colour's ink.
    """
    traces: list[Trace] = []
    refusals: list[tuple[str, str]] = []
    rest: list[tuple[StrokeColour, InkMap]] = []
    for colour, ink in zip(colours, inks, strict=True):
        vouched = bool(colour.entries) and all(entry.marker and not entry.line for entry in colour.entries)
        line_shown = bool(colour.entries) and all(entry.line and not entry.marker for entry in colour.entries)
        points = find_points(canvas, ink, text_height_px=text_height_px, vouched=vouched, line_shown=line_shown)
        if points is None or (not vouched and is_line(ink)):
            rest.append((colour, ink))
            continue
        traces.append(_to_trace(points, colour, canvas))
        if points.rest.own.sum() > LINE_REST_FRAC * ink.own.sum():
            # the legend's word went to the points: a line among them must speak for itself
            rest.append((replace(colour, entries=()), points.rest))
    return Marks(
        traces=tuple(traces), refusals=tuple(refusals), colours=[one for one, _ in rest], inks=[ink for _, ink in rest]
    )


def _to_trace(points: Points, colour: StrokeColour, canvas: Canvas) -> Trace:
    entry: LegendEntry | None = colour.entries[0] if colour.entries else None
    origin: FloatArray = np.array([canvas.left, canvas.top], float)
    return Trace(
        label=entry.label if entry and entry.label else to_name(colour.rgb),
        points_px=points.centres + origin,
        sigma_px=points.sigma,
        flags=points.flags,
        colour=colour.rgb,
        kind="scatter",
        entry=entry,
        stroke_px=points.template.size_px,
    )
