"""Bands: fills between two edges, exported as two series each, with the line that they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from calibration.geometry import BoolArray, FloatArray
from digitize.colours import to_name
from digitize.tracing.band_edges import BandEdges, measure_edges
from digitize.tracing.canvas import Canvas, dilate
from digitize.tracing.credible import share_along
from digitize.tracing.fills import Fill, Fills, find_fills, read_membership
from digitize.tracing.kinds import is_ribbon
from digitize.tracing.masks import InkMap
from digitize.tracing.palette import StrokeColour
from digitize.values import RGB, Legend, LegendEntry, Panel, Trace

LEAST_SPAN_FRAC = 0.08
LEAST_COLUMNS_SHARE = 0.6
"""Share of the columns that a band spans in which it is seen."""
EXPLAINED_SHARE = 0.75
"""Share of a fill's pixels that lie between its edges: others are pies, maps, bars."""
ANOTHER_SHARE = 0.3
"""What is left outside the edges, as a share of the fill, that makes another band of the same shade."""
MOST_OF_ONE_SHADE = 6
LEVEL_PX = 1.5
"""An edge that keeps to one row within this is level; a fill with two level edges is a rectangle ..."""
FULL_WIDTH_FRAC = 0.9
"""... and only one that runs through the panel marks a range of y."""
THROUGH_PX = 3.0
THROUGH_SHARE = 0.9
"""A fill from the bottom to the top of the axes box shades a range of x."""
WITHIN_PX = 2.0
WITHIN_SHARE = 0.7
"""Share of the common columns in which a line lies between a band's edges if it is its own."""
COVERED_SHARE = 0.5
"""A line and its band have this share of the shorter one's columns in common."""
KINDS = ("line", "step", "reference")
OUTLINE_PX = 7
EDGE_PX = 1.5
EDGE_SHARE = 0.75
"""A path this near to edges, over this share of its length, is an outline."""
MIXED_SHARE = 0.5
"""With this share of a raw line's ink under bands it is but what they mix to."""
SHADE_RGB = 14.0
LONE_PX = 9.0
LONE_STROKES = 6.0
TAPER_FRAC = 0.15
"""A fill that stands alone is thicker than a bold line, and at its ends at least this share of its usual thickness."""
FAINT_OPACITY = 0.08
PALE_FRAC = 2.0
EVEN_FRAC, EVEN_SHARE = 0.35, 0.5
"""Of the ink up to twice as strong as a faint fill at least this share differs by less than so much from its shade."""
FEWEST_GAPS = 2
FLAT_PX = 0.1
LEVEL_SHARE = 0.8
"""Pieces with gaps between them, all level, are bars."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Band:
    """A band in crop coordinates."""

    fill: Fill
    edges: BandEdges
    rgb: RGB


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bands:
    """The bands of a panel, and the pixels and shades that they explain."""

    found: tuple[Band, ...]
    fills: Fills
    covered: BoolArray

    def explain(self, filled: BoolArray | None, points: FloatArray | None, colour: StrokeColour) -> bool:
        """Whether ink is a band's: ``filled`` lies between edges, or a path that no entry names runs along edges."""
        if filled is not None and (filled & self.covered).sum() > EXPLAINED_SHARE * max(int(filled.sum()), 1):
            return True
        if points is None or colour.entries or not self.found:
            return False
        edges = [np.column_stack([band.edges.cols, rows]) for band in self.found for rows in band.edges.sides()]
        return share_along(points, edges, [EDGE_PX] * len(edges)) > EDGE_SHARE


def find_bands(
    canvas: Canvas,
    colours: Sequence[StrokeColour],
    legend: Legend | None,
    panel: Panel,
    taken: BoolArray,
) -> Bands:
    """Every fill that has one upper and one lower edge in each column.

    Parameters
    ----------
    canvas : Canvas
    colours : sequence of StrokeColour
        Of the panel's lines.
    legend : Legend or None
        Its patches name bands.
    panel : Panel
    taken : (H, W) bool array
        Bars and points, which are no bands.
    """
    patches = [entry for entry in legend.entries if not entry.line and not entry.marker] if legend else []
    fills = find_fills(canvas, colours, patches, taken, panel.stroke_px)
    covered = np.zeros(canvas.shape, bool)
    if not fills.layers:
        return Bands(found=(), fills=fills, covered=covered)
    blind = canvas.grid | canvas.text | canvas.blocked | _grid_strips(canvas, panel) | dilate(taken, 1)
    insides, outsides = read_membership(canvas, fills, blind)
    found: list[Band] = []
    for fill, inside, outside in zip(fills.layers, insides, outsides, strict=True):
        own = cv2.morphologyEx(inside.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 1), np.uint8)).astype(bool)
        whole = float(own.sum())
        for _ in range(MOST_OF_ONE_SHADE):
            edges = measure_edges(canvas, own, outside, fill.opacity)
            if edges is None or not _is_band(fill, edges, canvas, panel.stroke_px) or _is_uneven(fill, edges, canvas):
                break
            found.append(Band(fill=fill, edges=edges, rgb=_full_colour(fill, colours, canvas)))
            covered |= edges.inside
            rest = own & ~dilate(edges.inside, 1)
            if rest.sum() < ANOTHER_SHARE * whole:
                break
            outside = outside | edges.inside
            own = rest
        if float((own & ~covered).sum()) > (1.0 - EXPLAINED_SHARE) * whole:
            found = [one for one in found if one.fill is not fill]
    return Bands(found=tuple(found), fills=fills, covered=covered)


def _grid_strips(canvas: Canvas, panel: Panel) -> BoolArray:
    """Rows and columns through gridlines: what shows a fill there is tinted."""
    strips = np.zeros(canvas.shape, bool)
    for positions, origin, axis in ((panel.gridlines_y_px, canvas.top, 0), (panel.gridlines_x_px, canvas.left, 1)):
        for at in np.asarray(positions, float) - origin:
            span = slice(max(int(np.floor(at)), 0), int(np.ceil(at)) + 1)
            if axis == 0:
                strips[span] = True
            else:
                strips[:, span] = True
    return strips


def _is_band(fill: Fill, edges: BandEdges, canvas: Canvas, stroke_px: float) -> bool:
    """Whether edges make a band: wide enough, seen enough, no range of x, no row of bars, no disc."""
    known = np.isfinite(edges.cols)
    height, width = canvas.shape
    span = float(np.nanmax(edges.cols) - np.nanmin(edges.cols)) + 1.0
    if span < LEAST_SPAN_FRAC * width or edges.seen_columns < LEAST_COLUMNS_SHARE * span:
        return False
    upper, lower = edges.upper[known], edges.lower[known]
    through = (upper < THROUGH_PX) & (lower > height - 1 - THROUGH_PX)
    if through.mean() > THROUGH_SHARE:
        return False
    level = [float(np.percentile(np.abs(one - np.median(one)), 95)) < LEVEL_PX for one in (upper, lower)]
    if all(level) and span < FULL_WIDTH_FRAC * width:
        return False
    if (~known).sum() >= FEWEST_GAPS and _share_level(edges) > LEVEL_SHARE:
        return False
    if fill.entry is not None or fill.colour >= 0:
        return True
    thickness = lower - upper
    slope = np.gradient((upper + lower) / 2.0)
    if float(np.median(thickness / np.hypot(1.0, slope))) < max(LONE_PX, LONE_STROKES * stroke_px):
        return False  # a bold line
    if is_ribbon(edges.inside):
        return False  # noise so dense that it fills its ribbon
    # pies and clouds taper to both sides
    return any(level) or min(thickness[:3].mean(), thickness[-3:].mean()) > TAPER_FRAC * float(np.median(thickness))


def _is_uneven(fill: Fill, edges: BandEdges, canvas: Canvas) -> bool:
    """Whether a faint fill has its shade in little of what lies between its edges: compression's halo of a line."""
    if fill.opacity > FAINT_OPACITY:
        return False
    shade = float(np.linalg.norm(fill.shade))
    ink = canvas.colour[edges.inside & ~canvas.grid & ~canvas.blocked].astype(float)
    pale = ink[np.linalg.norm(ink, axis=1) < PALE_FRAC * shade]
    off = np.linalg.norm(pale - fill.shade, axis=1)
    return bool(len(pale)) and float(np.mean(off < EVEN_FRAC * shade)) < EVEN_SHARE


def _share_level(edges: BandEdges) -> float:
    """Share of the columns in which both edges keep their rows."""
    steps = [np.abs(np.diff(one)) for one in edges.sides()]
    known = np.isfinite(steps[0]) & np.isfinite(steps[1])
    return float(np.mean((steps[0] < FLAT_PX) & (steps[1] < FLAT_PX) & known)) / max(float(known.mean()), 1e-9)


def _full_colour(fill: Fill, colours: Sequence[StrokeColour], canvas: Canvas) -> RGB:
    if fill.colour >= 0:
        return colours[fill.colour].rgb
    r, g, b = (int(v) for v in np.clip(np.round(canvas.background + fill.shade), 0, 255))
    return r, g, b


def to_band_traces(bands: Bands, lines: Sequence[Trace], canvas: Canvas) -> list[Trace]:
    """Two series a band, ``NAME (lower)`` and ``NAME (upper)``, linked to the line that runs between them.

    Parameters
    ----------
    bands : Bands
    lines : sequence of Trace
        Of the panel, named as they will be exported.
    canvas : Canvas
    """
    result: list[Trace] = []
    taken: dict[str, int] = {line.label: 1 for line in lines}
    for band in bands.found:
        line = _find_line(band, lines, canvas)
        entry: LegendEntry | None = band.fill.entry
        name = entry.label if entry and entry.label else line.label if line else to_name(band.rgb)
        for count in range(1, len(bands.found) + 1):
            own = name if count == 1 else f"{name} {count}"
            if f"{own} (lower)" not in taken:
                break
        for end in ("lower", "upper"):
            label = f"{own} ({end})"
            taken[label] = 1
            result.append(_to_trace(band, end, label, line, canvas))
    return result


def _to_trace(band: Band, end: str, label: str, line: Trace | None, canvas: Canvas) -> Trace:
    edges = band.edges
    rows, sigma, flags = (
        (edges.lower, edges.sigma_lower, edges.flags_lower)
        if end == "lower"
        else (edges.upper, edges.sigma_upper, edges.flags_upper)
    )
    return Trace(
        label=label,
        points_px=np.column_stack([edges.cols, rows]) + np.array([canvas.left, canvas.top], float),
        sigma_px=np.column_stack([np.where(np.isnan(edges.cols), np.nan, 0.1), sigma]),
        flags=flags,
        colour=band.rgb,
        kind="band",
        entry=band.fill.entry,
        stroke_px=1.0,
        band_of=line.label if line else "",
    )


def _find_line(band: Band, lines: Sequence[Trace], canvas: Canvas) -> Trace | None:
    """The line that runs between a band's edges: of its own hue before any other."""
    found: list[tuple[bool, float, Trace]] = []
    for line in lines:
        if line.kind not in KINDS or line.faint_of:
            continue
        share = _share_within(band, line.points_px - np.array([canvas.left, canvas.top], float))
        alike = band.fill.colour >= 0 and _is_near(line.colour, band.rgb)
        if share > WITHIN_SHARE or (alike and share > 0.3):
            found.append((alike, share, line))
    if any(alike for alike, *_ in found):
        found = [one for one in found if one[0]]
    elif band.fill.colour >= 0 and any(_is_near(line.colour, band.rgb) for line in lines if line.kind in KINDS):
        return None
    return max(found, key=lambda one: one[1])[2] if found else None


def _is_near(one: RGB, other: RGB) -> bool:
    return float(np.linalg.norm(np.array(one, float) - np.array(other, float))) < SHADE_RGB


def _share_within(band: Band, points: FloatArray) -> float:
    """Share of the common columns in which a path lies between the edges; 0 where too few are common."""
    path = points[np.isfinite(points).all(axis=1)]
    known = np.isfinite(band.edges.cols)
    cols, upper, lower = band.edges.cols[known], band.edges.upper[known], band.edges.lower[known]
    if len(path) < 2 or not len(cols):
        return 0.0
    order = np.argsort(path[:, 0], kind="stable")
    y = np.interp(cols, path[order, 0], path[order, 1], left=np.nan, right=np.nan)
    common = np.isfinite(y)
    shorter = min(len(cols), float(np.ptp(path[:, 0])) + 1.0)
    if common.sum() < COVERED_SHARE * shorter:
        return 0.0
    within = (y >= upper - WITHIN_PX) & (y <= lower + WITHIN_PX)
    return float(within[common].mean())


def without_shades(
    colours: Sequence[StrokeColour], inks: Sequence[InkMap], bands: Bands, canvas: Canvas
) -> tuple[list[StrokeColour], list[InkMap]]:
    """Colours and inks less those that no entry names and that are but shades or outlines of bands and overlaps."""
    flat = np.array(bands.fills.flat).reshape(-1, 3)
    edges = np.zeros(canvas.shape, np.uint8)
    for band in bands.found:
        for rows in band.edges.sides():
            known = np.isfinite(rows)
            places = np.column_stack([band.edges.cols, rows])[known]
            cv2.polylines(edges, [np.round(places).astype(np.int32)], False, 1, OUTLINE_PX)
    kept = []
    for colour, ink in zip(colours, inks, strict=True):
        if bands.found and not colour.entries:
            total = max(float(ink.own.sum()), 1.0)
            is_shade = _least_gap(flat, np.array(colour.rgb) - canvas.background) < SHADE_RGB
            is_outline = float(ink.own[edges > 0].sum()) > EDGE_SHARE * total
            is_mixture = colour.raw and float(ink.own[bands.covered].sum()) > MIXED_SHARE * total
            if is_shade or is_outline or is_mixture:
                continue
        kept.append((colour, ink))
    return [colour for colour, _ in kept], [ink for _, ink in kept]


def _least_gap(shades: FloatArray, shade: FloatArray) -> float:
    return float(np.linalg.norm(shades - shade, axis=1).min())
