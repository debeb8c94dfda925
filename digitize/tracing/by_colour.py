"""The default tracer: every colour's ink is followed from left to right on its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.geometry import Box, FloatArray, TextBox
from digitize.colours import to_name
from digitize.findings import Finding
from digitize.tracing.bands import find_bands, to_band_traces, without_shades
from digitize.tracing.canvas import Canvas, make_canvas
from digitize.tracing.centreline import Centreline, fit_centreline, to_rows
from digitize.tracing.chain import Chain, find_best_chain, trim_strays, without_letters
from digitize.tracing.clipping import mark_clipped
from digitize.tracing.credible import (
    is_arrow,
    is_fill_edge,
    is_gridlike,
    is_on_grid,
    is_reference,
    is_rim,
    is_spine,
    is_straight,
    share_along,
)
from digitize.tracing.dense import tip_stroke_px
from digitize.tracing.doubts import doubts, finding, joint_doubts, refused, tangled
from digitize.tracing.faint import drop_unlinked, link_faint
from digitize.tracing.filled_steps import take_filled_steps
from digitize.tracing.kinds import InkKind, classify_ink, is_filled, is_ribbon
from digitize.tracing.leftover import match_entries, remove_path
from digitize.tracing.loops import follow_loops
from digitize.tracing.marked_lines import MarkedLine, find_marked_line, through_markers
from digitize.tracing.marks import drop_riders, find_marks
from digitize.tracing.masks import InkMap
from digitize.tracing.palette import StrokeColour
from digitize.tracing.panel_inks import kind_of, map_colours, with_whole_markers, without_error_bars
from digitize.tracing.references import find_references, mark_diagonals, to_upright
from digitize.tracing.runs import BRIDGE_STROKES, estimate_stroke_px, find_fragments, find_runs
from digitize.tracing.same_colour import JointLine, follow_families
from digitize.tracing.steps import to_step
from digitize.tracing.told_by_shape import take_told_by_shape
from digitize.values import Image, Legend, LegendEntry, Panel, Trace

UNNAMED_SPAN_FRAC = 0.12
"""A line that no legend entry vouches for must reach over this share of the panel ..."""
UNNAMED_SEEN_FRAC = 0.45
"""... and show ink in this share of the columns it spans."""
NAMED_SEEN_COLUMNS = 4
GREY_SPAN_FRAC = 0.35
GREY_BESIDE_SPAN_FRAC = 0.6
"""Share of the panel that a grey line without a legend entry spans: alone, and beside others where it is straight
or shows ink in less than ``GREY_SEEN_FRAC`` of its columns."""
GREY_SEEN_FRAC = 0.85
DASHED_INK_SHARE = 0.7
DASHED_SEEN_FRAC = 0.35
SCORE_FRAC = 0.25
"""Evidence left after the cost of bridges, in columns, as a share of the span."""
MOST_OF_ONE_COLOUR = 12
REST_INK_FRAC = 0.4
"""Ink left, as a share of the least inked line so far, that makes another line worth looking for."""
ANOTHER_SPAN_FRAC = 0.5
FAMILY_INK_SHARE = 0.7
STRANGER_SHARE = 0.6
"""A further line that runs along lines of other colours over this share of its length is what they left."""
PATH_INK_SHARE = 0.4
"""Share of a colour's ink that one path must explain where no legend vouches for it."""
WHOLE_INK_SHARE = 0.85
RAW_ALONG_SHARE = 0.9
"""A raw line scatters around its bold one; what runs along it for longer is its rim."""
RIBBON_TIPS = 4.0
"""A "stroke" this many times as wide as the tips of its spikes is a ribbon of noise."""
RIBBON_INK_SHARE = 0.7
"""A ribbon of dense noise that no legend vouches for holds this share of its colour's ink."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Followed:
    line: Centreline
    chain: Chain
    stroke_px: float
    ink: InkMap
    path_ink_px: float
    ribbon: bool = False
    """Whether it is noise so dense that it fills a ribbon."""
    marked: MarkedLine | None = None
    """The markers that it was led through."""

    @property
    def width_px(self) -> float:
        """Of what it covers, markers included."""
        return max(self.stroke_px, self.marked.size_px if self.marked else 0.0)

    @property
    def inked_share(self) -> float:
        """Share of the columns spanned that show ink: 1 for a solid line, less for dashes."""
        x = self.line.points[:, 0]
        return self.line.seen_columns / (float(np.nanmax(x) - np.nanmin(x)) + 1.0)

    def has_gaps(self) -> bool:
        """Whether ink was missed that lies under others or beyond the path's ends."""
        x = self.line.points[:, 0]
        spans = float(np.nanmax(x) - np.nanmin(x)) + 1.0
        return self.line.seen_columns < 0.97 * spans or self.path_ink_px < 0.9 * float(self.ink.own.sum())


class ColourTracer:
    """Colours as rays from the background, column runs, best chain of fragments, local sub-pixel measurement."""

    name = "colour"

    def trace_panel(
        self,
        image: Image,
        panel: Panel,
        legend: Legend | None,
        texts: Sequence[TextBox],
        ignore: Sequence[Box] = (),
    ) -> tuple[tuple[Trace, ...], tuple[Finding, ...]]:
        """See :meth:`digitize.tracing.Tracer.trace_panel`."""
        boxes = [*ignore]
        if legend is not None and legend.entries and panel.axes.intersection_area(legend.box) > 0:
            boxes.append(legend.box)
        canvas = make_canvas(image, panel, texts, boxes)
        colours, inks = map_colours(canvas, legend)
        inks = [without_error_bars(canvas, one, ink) for one, ink in zip(colours, inks, strict=True)]
        findings: list[Finding] = []
        accepted: list[_Followed] = []
        traces, colours, inks = take_told_by_shape(image, canvas, colours, inks)
        marks = find_marks(
            canvas, colours, inks, panel.text_height_px, lambda ink: _is_dashed(_follow(canvas, ink))
        )
        traces.extend(marks.traces)
        findings.extend(finding(panel, code, message, error=True) for code, message in marks.refusals)
        bands = find_bands(canvas, colours, legend, panel, marks.taken)
        inks = [with_whole_markers(canvas, ink) for ink in marks.inks]
        loops, colours, inks = follow_loops(canvas, *without_shades(marks.colours, inks, bands, canvas))
        traces.extend(loops)
        families, alone = follow_families(canvas, colours, inks)
        for members in families:
            lines = [one for one in members if one.entry or not is_spine(canvas, one.line.points)]
            joint = [_to_followed(one) for one in lines]
            accepted.extend(joint)
            traces.extend(
                _to_trace(one, line.colour, line.entry, canvas) for one, line in zip(joint, lines, strict=True)
            )
            findings.extend(joint_doubts(panel, lines, legend))
        rest = [colours[k] for k in alone], [inks[k] for k in alone]
        single = _follow_all(canvas, *rest)
        for colour, ink, kind, followed in single:
            if kind == "upright":
                traces.append(to_upright(ink, colour, canvas))
                continue
            if bands.explain(ink.own if kind == "filled" else None, followed.line.points if followed else None, colour):
                continue
            if kind == "filled" or (kind == "blobs" and not _is_dashed(followed)):
                findings.append(refused(panel, colour, kind))
                continue
            if followed is None or not _is_credible(followed, colour, canvas, accepted):
                findings.extend(
                    finding(panel, "entry-without-line", f"no line found for the legend entry {entry.label!r}")
                    for entry in colour.entries
                    if entry.line
                )
                continue
            everyone = [one for *_, one in single if one is not None and one is not followed]
            family = [followed, *_follow_others(canvas, colour, followed, everyone)]
            if not colour.entries:
                family = _keep_explained(family, ink)
            if not family:
                findings.append(tangled(panel, colour))
                continue
            level = [is_reference(canvas, one.line.points) for one in family]
            if not colour.entries and sum(level) > 1:
                continue  # gridlines that nobody knew of
            accepted.append(followed)
            entries = match_entries(colour.entries, [one.inked_share for one in family]) if colour.entries else []
            for one, entry in zip(family, entries or [None] * len(family), strict=True):
                traces.append(_to_trace(one, colour, entry, canvas))
            findings.extend(doubts(panel, followed.line, colour, legend, len(family)) if not colour.raw else ())
        if not traces and not findings:
            findings.extend(tangled(panel, colour) for colour, *_, followed in single if followed)
        traces = link_faint(drop_riders(traces), panel.background, panel.axes.height_px)
        traces = drop_unlinked(traces, [colour.rgb for colour in colours if colour.raw], panel.axes.width_px)
        traces = mark_diagonals(traces, panel)
        traces += find_references(image, panel, canvas, colours, traces)
        outlined, bands = take_filled_steps(bands, canvas)
        traces = [to_step(one) if one.kind == "line" else one for one in traces]
        traces = list(_unique_labels([*traces, *outlined]))
        return (*traces, *to_band_traces(bands, traces, canvas)), tuple(findings)


def _follow_all(
    canvas: Canvas, colours: Sequence[StrokeColour], inks: Sequence[InkMap]
) -> list[tuple[StrokeColour, InkMap, InkKind, _Followed | None]]:
    """Follow every colour twice: the second time knowing where the others run, to pass underneath them."""
    kinds = [kind_of(colour, ink) for colour, ink in zip(colours, inks, strict=True)]
    marked = [
        find_marked_line(canvas, ink) if kind != "upright" else None for ink, kind in zip(inks, kinds, strict=True)
    ]
    # large markers fill the panel as bars do
    kinds = ["stroke" if line else kind for line, kind in zip(marked, kinds, strict=True)]
    followed = [
        _follow(canvas, ink, marked=line) if kind in ("stroke", "blobs") else None
        for ink, line, kind in zip(inks, marked, kinds, strict=True)
    ]
    carriers = [
        to_rows(one.line.points, canvas.shape[1]) if one is not None and kind == "stroke" else None
        for one, kind in zip(followed, kinds, strict=True)
    ]
    for k, one in enumerate(followed):
        if one is None or not one.has_gaps():
            continue
        if not colours[k].entries and one.chain.score < SCORE_FRAC * one.line.seen_columns:
            continue
        others = [carrier for j, carrier in enumerate(carriers) if j != k and carrier is not None]
        again = _follow(canvas, inks[k], others, marked[k]) if others else None
        followed[k] = again if again is not None and again.chain.score >= one.chain.score else one
    together = list(zip(colours, inks, kinds, followed, strict=True))
    # the best supported of the unnamed first, so that a rim or a faint copy finds its line already there
    together.sort(key=lambda item: 0.0 if item[0].entries else 1.0 - (item[3].chain.score if item[3] else 0.0))
    together.sort(key=lambda item: not item[0].entries)
    return together


def _follow_others(
    canvas: Canvas, colour: StrokeColour, first: _Followed, everyone: Sequence[_Followed]
) -> list[_Followed]:
    """Further lines of the same colour, as long as clear ones are left that are no rims of ``everyone`` else's."""
    found: list[_Followed] = []
    last = first
    while len(found) < MOST_OF_ONE_COLOUR:
        rest = remove_path(last.ink, last.line.points, last.width_px)
        least = REST_INK_FRAC * min(one.path_ink_px for one in (first, *found))
        if rest.own.sum() < least or classify_ink(rest.own) not in ("stroke", "blobs"):
            break
        one = _follow(canvas, rest)
        wanted = len(found) + 1 < len(colour.entries)
        if one is None or not _is_another(one, first, canvas, wanted=wanted):
            break
        paths, strokes = [other.line.points for other in everyone], [other.width_px for other in everyone]
        if not wanted and share_along(one.line.points, paths, strokes) > STRANGER_SHARE:
            break
        found.append(one)
        last = one
    return found


def _keep_explained(family: list[_Followed], ink: InkMap) -> list[_Followed]:
    """Of lines that no legend vouches for: all where they explain the colour's ink, else the first or none."""
    total = max(float(ink.own.sum()), 1.0)
    if sum(one.path_ink_px for one in family) >= FAMILY_INK_SHARE * total:
        return family
    return family[:1] if family[0].path_ink_px >= PATH_INK_SHARE * total else []


def _is_another(one: _Followed, first: _Followed, canvas: Canvas, *, wanted: bool) -> bool:
    x = one.line.points[:, 0]
    span = float(np.nanmax(x) - np.nanmin(x)) + 1.0
    if span < (UNNAMED_SPAN_FRAC if wanted else ANOTHER_SPAN_FRAC) * canvas.shape[1]:
        return False
    if one.chain.score < SCORE_FRAC * span or one.line.seen_columns < DASHED_SEEN_FRAC * span:
        return False
    if not 0.6 < one.stroke_px / first.stroke_px < 1.6:
        return False
    if is_rim(one.line.points, one.stroke_px, [first.line.points], [first.stroke_px]):
        return False
    return wanted or not (is_fill_edge(canvas, one.line.points, one.stroke_px) or is_on_grid(canvas, one.line.points))


def _follow(
    canvas: Canvas, ink: InkMap, carriers: Sequence[FloatArray] = (), marked: MarkedLine | None = None
) -> _Followed | None:
    """Runs, fragments, best chain, centreline; None where there is too little to follow."""
    stroke = estimate_stroke_px(ink, canvas.text)
    tips = tip_stroke_px(ink.own)
    ribbon = is_filled(ink.own) or (stroke > RIBBON_TIPS * tips and is_ribbon(ink.own))
    stroke = min(stroke, tips) if ribbon else stroke
    runs = find_runs(ink, canvas.text, bridge_px=int(np.ceil(BRIDGE_STROKES * stroke)))
    if len(runs) < NAMED_SEEN_COLUMNS:
        return None
    fragments = find_fragments(runs)
    chain = find_best_chain(runs, fragments, ink.hidden, stroke, carriers)
    if chain is None:
        return None
    chosen = without_letters(runs, trim_strays(runs, chain, stroke, canvas.shape[0]), canvas.text, stroke)
    if len(chosen) < NAMED_SEEN_COLUMNS:
        return None
    line = fit_centreline(runs, chosen, ink.hidden, stroke, carriers)
    line = mark_clipped(line, runs, chosen, canvas.shape[0], stroke)
    on_path = float((runs.last[chosen] - runs.first[chosen] + 1).sum())
    if marked is not None:
        line, stroke, ribbon = through_markers(line, marked), marked.stroke_px, False
    return _Followed(
        line=line, chain=chain, stroke_px=stroke, ink=ink, path_ink_px=on_path, ribbon=ribbon,
        marked=marked,
    )  # fmt: skip


def _is_dashed(followed: _Followed | None) -> bool:
    """Whether separate spots line up as one dashed line instead of a cloud of points."""
    if followed is None:
        return False
    x = followed.line.points[:, 0]
    span = float(np.nanmax(x) - np.nanmin(x)) + 1.0
    on_path = followed.path_ink_px / max(float(followed.ink.own.sum()), 1.0)
    return on_path > DASHED_INK_SHARE and followed.line.seen_columns > DASHED_SEEN_FRAC * span


def _is_credible(followed: _Followed, colour: StrokeColour, canvas: Canvas, others: Sequence[_Followed]) -> bool:
    """The legend's word suffices; a line without one needs reach, ink, two equal sides and a place of its own."""
    if colour.entries:
        return followed.line.seen_columns >= NAMED_SEEN_COLUMNS
    points = followed.line.points
    span = float(np.nanmax(points[:, 0]) - np.nanmin(points[:, 0])) + 1.0
    least = UNNAMED_SPAN_FRAC
    if colour.is_grey:
        plain = followed.line.seen_columns < GREY_SEEN_FRAC * span or is_straight(points, followed.stroke_px)
        least = GREY_BESIDE_SPAN_FRAC if others and plain else GREY_SPAN_FRAC
    # pieces between real gaps are a line where they are all of a colour's ink
    whole = not colour.is_grey and followed.path_ink_px > WHOLE_INK_SHARE * float(followed.ink.own.sum())
    seen = followed.line.seen_columns
    if span < least * canvas.shape[1] or seen < (least * canvas.shape[1] if whole else UNNAMED_SEEN_FRAC * span):
        return False
    if followed.ribbon and is_ribbon(followed.ink.own):
        return followed.path_ink_px > RIBBON_INK_SHARE * float(followed.ink.own.sum())
    if followed.marked is None and is_arrow(followed.ink.own, points, followed.stroke_px):
        return False
    evidence = SCORE_FRAC * (seen if whole else span)
    if followed.chain.score < evidence or is_gridlike(canvas, points, colour.rgb):
        return False
    if colour.is_grey and is_on_grid(canvas, points):
        return False
    paths, strokes = [one.line.points for one in others], [one.width_px for one in others]
    if colour.raw:
        return share_along(points, paths, strokes) < RAW_ALONG_SHARE
    return not (is_rim(points, followed.stroke_px, paths, strokes) or is_fill_edge(canvas, points, followed.stroke_px))


def _to_trace(followed: _Followed, colour: StrokeColour, entry: LegendEntry | None, canvas: Canvas) -> Trace:
    origin: FloatArray = np.array([canvas.left, canvas.top], float)
    marked = followed.marked
    return Trace(
        label=entry.label if entry and entry.label else to_name(colour.rgb),
        points_px=followed.line.points + origin,
        sigma_px=followed.line.sigma,
        flags=followed.line.flags,
        colour=colour.rgb,
        kind="reference" if (entry is None or entry.dash) and is_reference(canvas, followed.line.points) else "line",
        entry=entry,
        stroke_px=followed.stroke_px,
        markers_px=marked.centres + origin if marked else None,
        marker_width_px=marked.size_px if marked else 0.0,
    )


def _to_followed(one: JointLine) -> _Followed:
    chain = Chain(runs=one.runs, score=float(len(one.runs)), fragments=np.empty(0, np.int64))
    return _Followed(line=one.line, chain=chain, stroke_px=one.stroke_px, ink=one.ink, path_ink_px=one.path_ink_px)


def _unique_labels(traces: Sequence[Trace]) -> tuple[Trace, ...]:
    """Series names are unique within a panel: a second ``blue`` becomes ``blue 2``."""
    from dataclasses import replace

    seen: dict[str, int] = {}
    result = []
    for trace in traces:
        seen[trace.label] = seen.get(trace.label, 0) + 1
        count = seen[trace.label]
        result.append(trace if count == 1 else replace(trace, label=f"{trace.label} {count}"))
    return tuple(result)
