"""Reference lines: thresholds, zero lines, marked places and diagonals that no legend entry names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from calibration.geometry import FloatArray
from digitize.colours import chroma, to_name
from digitize.tracing.canvas import INK_RGB, Canvas, Float32Array
from digitize.tracing.masks import InkMap
from digitize.tracing.palette import StrokeColour
from digitize.values import Image, LegendEntry, Panel, Trace

LEAST_SHARE = 0.3
"""Share of a row or column that a dashed line across the panel inks."""
DOTTED_SHARE = 0.15
"""The same of dotted gridlines: they tell that the few of them with more ink are gridlines too."""
EDGE_FRAC = 0.03
"""It begins and ends this near to the axes box, as a share of its length."""
FRAME_PX = 3.0
FRAME_FRAC = 0.015
"""What lies this near to the axes box (pixels, or a share of its smaller side) is a spine."""
THIN_PX = 3
BESIDE_SHARE = 0.5
"""So far beside a line there is less than this share of its ink."""
SAME_RGB = 40.0
SAME_SHARE = 0.6
"""Share of the ink that has the line's colour: less is many things in a row."""
GRID_COUNT = 3
GRID_RGB = 30.0
"""So many lines of one colour in one direction are a grid."""
PALE_RGB = 110.0
GREY_CHROMA = 12.0
SOLID_SHARE = 0.93
"""A pale grey line without gaps is a gridline, even a lone one."""
NAMED_RGB = 40.0
DOUBLE_PX = 3.0
SIGMA_PX = 0.15
STRAIGHT_PX = 0.8
EVEN_SHARE = 0.25
LEAST_DASHES = 10
CORNER_FRAC = 0.04
STEEP_FRAC = 0.3
"""A diagonal climbs at least this share of the panel."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Straight:
    at: float
    colour: FloatArray
    share: float
    upright: bool


def find_references(
    image: Image, panel: Panel, canvas: Canvas, colours: Sequence[StrokeColour], traces: Sequence[Trace]
) -> list[Trace]:
    """Level and upright lines through the whole panel that were not followed and are no gridlines.

    Parameters
    ----------
    image : Image
    panel : Panel
    canvas : Canvas
    colours : sequence of StrokeColour
        A line in a colour that the legend names is a series, and followed as one.
    traces : sequence of Trace
        What was followed.
    """
    rows, cols = slice(canvas.top, canvas.top + canvas.shape[0]), slice(canvas.left, canvas.left + canvas.shape[1])
    pixels = image.pixels[rows, cols].astype(np.float32) - canvas.background
    pixels[canvas.blocked] = 0.0
    found = [*_find_straight(pixels, upright=False), *_find_straight(pixels.transpose(1, 0, 2), upright=True)]
    ground = canvas.background.astype(float)
    named = [np.array(one.rgb, float) - ground for one in colours if any(entry.line for entry in one.entries)]
    result = []
    for line in found:
        if line.share <= LEAST_SHARE:
            continue
        alike = [one for one in found if np.linalg.norm(one.colour - line.colour) < GRID_RGB]
        if max(sum(one.upright == side for one in alike) for side in (True, False)) >= GRID_COUNT:
            continue
        r, g, b = (int(v) for v in np.clip(np.round(ground + line.colour), 0, 255))
        grey = float(chroma((r, g, b))) < GREY_CHROMA
        if grey and line.share > SOLID_SHARE and float(np.linalg.norm(line.colour)) < PALE_RGB:
            continue
        if any(np.linalg.norm(line.colour - ray) < NAMED_RGB for ray in named):
            continue
        trace = _to_trace(line, panel, canvas, (r, g, b))
        if not any(_is_along(trace, other) for other in traces):
            result.append(trace)
    return result


def _find_straight(pixels: Float32Array, *, upright: bool) -> list[_Straight]:
    strength = np.sqrt(np.einsum("ijk,ijk->ij", pixels, pixels))
    inked = strength > INK_RGB
    height, width = inked.shape
    share, force = inked[:, 3:-3].mean(axis=1), strength[:, 3:-3].mean(axis=1)
    found: list[_Straight] = []
    edge = max(int(EDGE_FRAC * width), 6)
    frame = int(max(FRAME_PX, FRAME_FRAC * min(inked.shape))) + 2
    for row in np.flatnonzero(share > DOTTED_SHARE).tolist():
        if row < frame or row >= height - frame or force[row] < force[row - 2 : row + 3].max():
            continue
        if max(share[max(row - THIN_PX, 0)], share[min(row + THIN_PX, height - 1)]) > BESIDE_SHARE * share[row]:
            continue
        if not (inked[row, frame : frame + edge].any() and inked[row, -frame - edge : -frame].any()):
            continue
        own = pixels[row][inked[row]]
        strong = np.linalg.norm(own, axis=1)
        colour = np.median(own[strong >= np.percentile(strong, 40)], axis=0).astype(float)
        along = np.clip(own @ colour / max(float(colour @ colour), 1.0), 0.0, 1.0)[:, None]
        if np.mean(np.linalg.norm(own - along * colour, axis=1) < SAME_RGB) < SAME_SHARE:
            continue
        if found and row - found[-1].at < THIN_PX:
            continue
        weight = strength[row - 2 : row + 3][:, inked[row]].mean(axis=1)
        weight = np.maximum(weight - weight[[0, -1]].mean(), 0.0)
        at = float((weight * np.arange(row - 2, row + 3)).sum() / max(float(weight.sum()), 1e-9))
        found.append(_Straight(at=at, colour=colour, share=float(share[row]), upright=upright))
    return found


def _to_trace(line: _Straight, panel: Panel, canvas: Canvas, rgb: tuple[int, int, int]) -> Trace:
    axes = panel.axes
    if line.upright:
        x = line.at + canvas.left
        points = np.array([[x, axes.bottom], [x, axes.top]])
    else:
        y = line.at + canvas.top
        points = np.array([[axes.left, y], [axes.right, y]])
    return Trace(
        label=to_name(rgb),
        points_px=points,
        sigma_px=np.full((2, 2), SIGMA_PX),
        flags=np.zeros(2, np.uint16),
        colour=rgb,
        kind="reference",
    )


def _is_along(line: Trace, other: Trace) -> bool:
    """Whether something that was followed is this line."""
    axis = 0 if np.ptp(line.points_px[:, 0]) == 0 else 1
    own = other.points_px[np.isfinite(other.points_px).all(axis=1)]
    if other.kind in ("scatter", "bar", "band") or len(own) < 2:
        return False
    return float(np.mean(np.abs(own[:, axis] - line.points_px[0, axis]) < DOUBLE_PX)) > BESIDE_SHARE


def to_upright(ink: InkMap, colour: StrokeColour, canvas: Canvas) -> Trace:
    """A vertical line: two points, from its top to its bottom."""
    entry: LegendEntry | None = colour.entries[0] if colour.entries else None
    columns = ink.alpha.sum(axis=0)
    rows = np.flatnonzero(ink.own.any(axis=1))
    x = float((columns * np.arange(len(columns))).sum() / columns.sum())
    ends = np.array([[x, float(rows[-1])], [x, float(rows[0])]]) + np.array([canvas.left, canvas.top], float)
    return Trace(
        label=entry.label if entry and entry.label else to_name(colour.rgb),
        points_px=ends,
        sigma_px=np.array([[0.1, 0.5], [0.1, 0.5]]),
        flags=np.zeros(2, np.uint16),
        colour=colour.rgb,
        kind="reference",
        entry=entry,
    )


def mark_diagonals(traces: Sequence[Trace], panel: Panel) -> list[Trace]:
    """Unnamed straight lines from corner to corner, dashes taken for points among them, as references."""
    return [_as_diagonal(trace, panel) for trace in traces]


def _as_diagonal(trace: Trace, panel: Panel) -> Trace:
    own = trace.points_px[np.isfinite(trace.points_px).all(axis=1)]
    if trace.entry is not None or trace.kind not in ("line", "scatter") or len(own) < LEAST_DASHES:
        return trace
    axes = panel.axes
    own = own[np.argsort(own[:, 0], kind="stable")]
    chord = own[-1] - own[0]
    length = float(np.hypot(*chord))
    if abs(chord[1]) < STEEP_FRAC * axes.height_px or length == 0.0:
        return trace
    normal = np.array([-chord[1], chord[0]]) / length
    if float(np.percentile(np.abs((own - own.mean(axis=0)) @ normal), 95)) > STRAIGHT_PX:
        return trace
    gaps = np.hypot(*np.diff(own, axis=0).T)
    if trace.kind == "scatter" and float(gaps.std()) > EVEN_SHARE * float(gaps.mean()):
        return trace
    reach = max(CORNER_FRAC * min(axes.width_px, axes.height_px), 1.5 * float(gaps.max()))
    corners = np.array(
        [[axes.left, axes.top], [axes.left, axes.bottom], [axes.right, axes.top], [axes.right, axes.bottom]]
    )
    if any(float(np.hypot(*(corners - end).T).min()) > reach for end in (own[0], own[-1])):
        return trace
    if trace.kind == "line":
        return replace(trace, kind="reference")
    return replace(
        trace,
        kind="reference",
        points_px=own[[0, -1]],
        sigma_px=np.full((2, 2), 2 * SIGMA_PX),
        flags=np.zeros(2, np.uint16),
        stroke_px=1.0,
    )
