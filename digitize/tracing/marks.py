"""Points and bars are taken out of a panel before its lines are followed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from calibration.geometry import BoolArray, FloatArray
from digitize.colours import to_name
from digitize.tracing.barred_markers import only_markers
from digitize.tracing.bars import Bars, find_bars
from digitize.tracing.canvas import Canvas, dilate
from digitize.tracing.kinds import classify_ink
from digitize.tracing.masks import InkMap
from digitize.tracing.palette import StrokeColour
from digitize.tracing.points import Points, find_points, unsnap
from digitize.values import LegendEntry, Trace

LEAST_BARS = 3
LEAST_NAMED_BARS = 2
"""Fewer bars are not believed, without and with a legend entry; beside bars of other colours one will do."""
SQUARE_HANDLE = 1.6
"""A handle no wider than this many times its height is a marker."""
SAME_RAY_COS = 0.975
EDGE_PX = 2
ON_MARKERS_FRAC = 0.8
GRID_SHARE = 0.3
ON_GRID_FRAC = 0.9
BOLD_FRAC = 0.45
BOLD_LEAST_SHARE = 0.3
LITTLE_ALONE, LITTLE_EXPLAINED = 0.1, 0.6
"""With a smaller share of markers apart, and less ink explained, a legend's marker may stand for a line."""
PILED_FRAC = 0.75
"""With more of a cloud in heaps its points cannot be told apart ..."""
MOST_PILED_FRAC = 0.5
"""... with more than this most of them are missed ..."""
CROWDED_FRAC = 0.05
"""... and with more than this some are, and no line can be told from them."""
SHADE_RGB = 24.0
RIDER_SIZES = 0.1
RIDER_FRAC = 0.75
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
    taken : (H, W) bool array
        Pixels of the points and bars.
    """

    traces: tuple[Trace, ...]
    refusals: tuple[tuple[str, str], ...]
    colours: list[StrokeColour]
    inks: list[InkMap]
    taken: BoolArray


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
    clouds: list[tuple[StrokeColour, Points]] = []
    left: list[tuple[StrokeColour, InkMap]] = []
    rests: list[tuple[StrokeColour, InkMap]] = []
    taken = np.zeros(canvas.shape, bool)
    refusals: list[tuple[str, str]] = []
    # a colour with a bar or two is believed beside others with more
    beside_bars = any(_find_bars(canvas, one, ink) is not None for one, ink in zip(colours, inks, strict=True))
    largest = _largest_marker_px(colours)
    for colour, ink in zip(colours, inks, strict=True):
        pale = _find_pale_fill(canvas, colour, ink)
        bars = find_bars(canvas, pale[1]) if pale else None
        if pale and bars is not None:
            traces.append(_to_bar_trace(bars, pale[0], canvas))
            taken |= bars.covered
    for family in _group_shades(canvas, colours, inks):
        colour, ink = family[0]
        vouched = bool(colour.entries) and all(_shows_marker(entry, largest) for entry in colour.entries)
        bars = _find_bars(canvas, colour, ink, beside_bars=beside_bars)
        if bars is not None:
            traces.append(_to_bar_trace(bars, colour, canvas))
            taken |= bars.covered
            left.extend(family[1:])
            continue
        if colour.entries and not vouched:
            left.extend(family)
            continue
        bare = only_markers(_join(family), canvas.text)
        points = find_points(canvas, colour.rgb, bare or _join(family), text_height_px=text_height_px, vouched=vouched)
        if points is None and len(family) > 1:
            left.extend(family[1:])
            points = find_points(canvas, colour.rgb, ink, text_height_px=text_height_px, vouched=vouched)
        if points is None and vouched:
            bold = _without_bars(ink, colour.entries)
            if bold is not None:
                points = find_points(canvas, colour.rgb, bold, text_height_px=text_height_px, vouched=True)
            if points is None and classify_ink(ink.own) == "blobs" and not is_line(ink):
                refusals.append(_unreadable(colour))
                continue
        # a legend may show lines by dots or boxes of their colour
        doubtful = points is not None and (not vouched or _explain_little(points)) and not points.is_clean
        if points is None or (doubtful and is_line(ink)):
            left.append((colour, ink))
            continue
        clouds.append((colour, points))
        taken |= points.covered
        # the legend's word went to the points: a line among them must speak for itself
        ample = points.rest.own.sum() > LINE_REST_FRAC * ink.own.sum()
        if ample and points.piled < CROWDED_FRAC and is_line(points.rest):
            rests.append((replace(colour, entries=()), points.rest))
    clouds = [(colour, points) for colour, points in clouds if colour.entries or not _is_on_grid(canvas, points)]
    clouds = _drop_edges(clouds)
    refusals += [_heaped(colour, points) for colour, points in clouds if points.piled > CROWDED_FRAC]
    clouds = [(colour, points) for colour, points in clouds if points.piled <= PILED_FRAC]
    points_of = unsnap([points for _, points in clouds])
    traces.extend(_to_trace(one, colour, canvas) for (colour, _), one in zip(clouds, points_of, strict=True))
    if traces:
        near = dilate(taken, EDGE_PX)
        left = [(colour, ink) for colour, ink in left if colour.entries or not _lies_in(ink, near) or is_line(ink)]
    rest = [*left, *rests]
    return Marks(
        traces=tuple(traces),
        refusals=tuple(refusals),
        colours=[one for one, _ in rest],
        inks=[ink for _, ink in rest],
        taken=taken,
    )


def _without_bars(ink: InkMap, entries: Sequence[LegendEntry]) -> InkMap | None:
    """A colour's ink without strokes thinner than half its legend marker: error bars; None where little is left."""
    sides = [min(entry.handle.width_px, entry.handle.height_px) for entry in entries if entry.handle]
    side = int(BOLD_FRAC * min(sides, default=0.0))
    if side < 2:
        return None
    bold = cv2.morphologyEx(ink.own.astype(np.uint8), cv2.MORPH_OPEN, np.ones((side, side), np.uint8)).astype(bool)
    if bold.sum() < BOLD_LEAST_SHARE * ink.own.sum():
        return None
    near = dilate(bold, 1)
    return replace(ink, own=bold, alpha=np.where(near, ink.alpha, 0.0).astype(np.float32))


def _unreadable(colour: StrokeColour) -> tuple[str, str]:
    name = colour.entries[0].label
    return "kind-refused", f"{name!r} is drawn as separate points, which could not be told apart"


def _heaped(colour: StrokeColour, points: Points) -> tuple[str, str]:
    name = colour.entries[0].label if colour.entries else to_name(colour.rgb)
    missing = "most of its points are missing" if points.piled > MOST_PILED_FRAC else "points may be missing"
    what = "was refused" if points.piled > PILED_FRAC else missing
    return "points-heaped", f"{points.piled:.0%} of {name!r} lies in heaps that cannot be taken apart: {what}"


def _is_on_grid(canvas: Canvas, points: Points) -> bool:
    """Whether a cloud is what gridlines leave where they cross one another and other lines."""
    rows, cols = (np.round(points.centres[:, axis]).astype(int) for axis in (1, 0))
    level, upright = (dilate(canvas.grid.mean(axis=axis, keepdims=True) > GRID_SHARE, 1) for axis in (1, 0))
    rows, cols = np.clip(rows, 0, canvas.shape[0] - 1), np.clip(cols, 0, canvas.shape[1] - 1)
    return bool(np.mean(level[rows, 0] | upright[0, cols]) > ON_GRID_FRAC)


def _drop_edges(clouds: list[tuple[StrokeColour, Points]]) -> list[tuple[StrokeColour, Points]]:
    """Without the clouds that are outlines of other markers, or the mixed colour where two of them overlap."""
    # outlines before what they enclose, then the smaller before the larger
    kept = sorted(clouds, key=lambda item: (not item[1].template.is_hollow, float(item[1].template.body.sum())))
    for item in list(kept):
        others = [points.covered for _, points in kept if points is not item[1]]
        if item[0].entries or not others:
            continue
        near = dilate(np.logical_or.reduce(others), EDGE_PX)
        own = item[1].covered
        if float((own & near).sum()) > ON_MARKERS_FRAC * float(own.sum()):
            kept.remove(item)
    return kept


def drop_riders(traces: Sequence[Trace]) -> list[Trace]:
    """Without the points that no legend names and that all lie on one line: its markers in another colour."""
    lines = [trace for trace in traces if trace.kind in ("line", "step")]
    return [
        trace
        for trace in traces
        if trace.kind != "scatter" or trace.entry is not None or not any(_rides(trace, line) for line in lines)
    ]


def _rides(points: Trace, line: Trace) -> bool:
    path = line.points_px[np.isfinite(line.points_px).all(axis=1)]
    if len(path) < 2:
        return False
    from scipy.spatial import cKDTree

    distance, _ = cKDTree(path).query(points.points_px)
    return bool(np.mean(distance < RIDER_SIZES * points.stroke_px + 1.0) > RIDER_FRAC)


def _find_bars(canvas: Canvas, colour: StrokeColour, ink: InkMap, *, beside_bars: bool = False) -> Bars | None:
    if any(entry.line and not _is_square(entry) for entry in colour.entries):
        return None
    filled = classify_ink(ink.own) == "filled"
    if not filled and not colour.entries:
        return None
    least = 1 if beside_bars else LEAST_NAMED_BARS if colour.entries else LEAST_BARS
    return find_bars(canvas, ink, least=least)


def _find_pale_fill(canvas: Canvas, colour: StrokeColour, ink: InkMap) -> tuple[StrokeColour, InkMap] | None:
    """What fills areas in a paler shade of a colour: grey beside black. Bars may be drawn so, lines are not."""
    if ink.band_alpha <= 0:
        return None
    shade = ink.band_alpha * (np.array(colour.rgb, np.float32) - canvas.background)
    own = (np.linalg.norm(canvas.colour - shade, axis=2) < SHADE_RGB) & ~canvas.blocked
    r, g, b = (int(v) for v in np.clip(np.round(canvas.background + shade), 0, 255))
    alpha = np.clip(canvas.colour @ shade / max(float(shade @ shade), 1.0), 0.0, 1.0)
    fill = InkMap(alpha=alpha.astype(np.float32), own=own, hidden=canvas.ink & ~own)
    return StrokeColour(rgb=(r, g, b)), fill


def _is_square(entry: LegendEntry) -> bool:
    box = entry.handle
    return box is not None and box.width_px < SQUARE_HANDLE * box.height_px


def _largest_marker_px(colours: Sequence[StrokeColour]) -> float:
    entries = [entry for colour in colours for entry in colour.entries if _is_square(entry)]
    return max((entry.handle.width_px for entry in entries if entry.handle), default=0.0)


def _explain_little(points: Points) -> bool:
    """Whether hardly a marker stands apart, and all of them leave much of the ink."""
    return points.alone < LITTLE_ALONE and points.explained < LITTLE_EXPLAINED


def _shows_marker(entry: LegendEntry, largest_px: float) -> bool:
    """Whether a legend entry is a marker without a line; a hollow one may have been taken for a short line."""
    if not entry.line:
        return entry.marker
    return _is_square(entry) or (entry.handle is not None and entry.handle.width_px <= largest_px)


def _group_shades(
    canvas: Canvas, colours: Sequence[StrokeColour], inks: Sequence[InkMap]
) -> list[list[tuple[StrokeColour, InkMap]]]:
    """Colours with the unnamed ones that are other strengths of the same: translucent markers over each other."""
    order = sorted(range(len(colours)), key=lambda k: (not colours[k].entries, -int(inks[k].own.sum())))
    rays = np.array([np.array(one.rgb, float) - canvas.background for one in colours]).reshape(-1, 3)
    units = rays / np.maximum(np.linalg.norm(rays, axis=1, keepdims=True), 1e-9)
    families: dict[int, list[int]] = {}
    for k in order:
        leaders = [j for j in families if float(units[j] @ units[k]) > SAME_RAY_COS]
        if leaders and not colours[k].entries:
            families[max(leaders, key=lambda j: float(units[j] @ units[k]))].append(k)
        else:
            families[k] = [k]
    return [[(colours[k], inks[k]) for k in family] for family in families.values()]


def _join(family: Sequence[tuple[StrokeColour, InkMap]]) -> InkMap:
    if len(family) == 1:
        return family[0][1]
    own = np.logical_or.reduce([ink.own for _, ink in family])
    return InkMap(
        alpha=np.maximum.reduce([ink.alpha for _, ink in family]),
        own=own,
        hidden=np.logical_and.reduce([ink.hidden for _, ink in family]) & ~own,
        band_alpha=max(ink.band_alpha for _, ink in family),
    )


def _lies_in(ink: InkMap, near: BoolArray) -> bool:
    """Whether a colour is mixed or edged by markers: it occurs only on them."""
    return float((ink.own & near).sum()) > ON_MARKERS_FRAC * max(float(ink.own.sum()), 1.0)


def _to_bar_trace(bars: Bars, colour: StrokeColour, canvas: Canvas) -> Trace:
    entry: LegendEntry | None = colour.entries[0] if colour.entries else None
    return Trace(
        label=entry.label if entry and entry.label else to_name(colour.rgb),
        points_px=bars.ends + np.array([canvas.left, canvas.top], float),
        sigma_px=bars.sigma,
        flags=np.zeros(len(bars.ends), np.uint16),
        colour=colour.rgb,
        kind="bar",
        entry=entry,
        stroke_px=bars.width_px,
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
