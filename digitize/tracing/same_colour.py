"""Several lines of one colour, or of close shades: found, followed jointly, and given their legend entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from calibration.geometry import BoolArray, FloatArray
from digitize.tracing.canvas import Canvas
from digitize.tracing.centreline import Centreline, fit_centreline
from digitize.tracing.credible import is_fill_edge, is_on_grid
from digitize.tracing.dashes import LEAST_PARTS, Pattern, is_even, match_lines, measure_pattern
from digitize.tracing.families import Family, find_families
from digitize.tracing.flow import Joining, Piece, cut_pieces, join_pieces
from digitize.tracing.masks import InkMap
from digitize.tracing.palette import StrokeColour
from digitize.tracing.runs import (
    BRIDGE_STROKES,
    Fragments,
    IntArray,
    Runs,
    estimate_stroke_px,
    find_fragments,
    find_runs,
    find_touching_pairs,
)
from digitize.tracing.told_lines import Strokes, are_distinct, follow_patterns, follow_shades
from digitize.values import LegendEntry

SHADED_FRAC = 0.1
"""Shades that differ by more tell lines apart."""
GAP_STROKES = 6.0
SOLID_GAP_STROKES = 2.5
SOLID_STROKES = 14.0
"""Longest gap and dash to expect where no legend shows them."""
LEAST_DASHES = 8
DASHES_SHARE = 0.15
"""So many separate short strokes, with this share of all inked columns, show that lines are dashed."""
DASH_SLACK = 1.7
HABIT_GAPS = 2.5
"""Pieces may be stitched over this many of the longest mean gap that the dashed ones among them show."""
NAMED_SPAN_FRAC = 0.05
CLEAR_SPAN_FRAC = 0.4
"""A line that no entry asks for spans this share of the panel ..."""
CLEAR_SEEN_FRAC = 0.3
"""... shows ink in this share of the columns it spans ..."""
CLEAR_INK_SHARE = 0.25
"""... and has this share of the median line's ink."""
EXTRA_INK_SHARE = 0.7
"""The same where the legend lists several lines of the colour: few are missing there."""
CLEAR_LINES_SHARE = 0.6
"""Share of the lines that must be solid or evenly dashed: otherwise this is noise, not lines."""
MOST_LINES = 40
MOST_UNNAMED_PIECES = 700
"""More separate pieces than this without a legend are texture or noise."""
STRONG_PERCENTILE = 70.0
ALIKE_FRAC = 0.22
"""Lines of one colour differ by less than this share of its strength."""
FEWEST_IN_ORDER = 3
LEAST_FADE, FADES = 0.65, 25
FADE_OFF = 0.05
"""From so many entries on, all lines may be fainter or stronger than the legend's handles by one common factor."""
EXPLAINED_FRAC = 0.6
"""Share of the ink that the lines must explain together, where no entry vouches for them."""
NAMED_EXPLAINED_FRAC = 0.5
PATTERNED_INK_SHARE = 0.75
"""The same where every line is followed by its dash pattern."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JointLine:
    """One of several lines: its path, its entry where that is certain, and what it was measured with."""

    line: Centreline
    entry: LegendEntry | None
    entries: tuple[LegendEntry, ...]
    colour: StrokeColour
    ink: InkMap
    runs: IntArray
    stroke_px: float
    path_ink_px: float


def follow_families(
    canvas: Canvas, colours: Sequence[StrokeColour], inks: Sequence[InkMap]
) -> tuple[list[list[JointLine]], list[int]]:
    """Follow the colours that hold several lines each.

    Returns
    -------
    families, alone
        The lines of each such colour, and the places in ``colours`` of those that are better followed on their own.
    """
    followed = []
    alone = set(range(len(colours)))
    for family in find_families(canvas, colours, inks):
        lines = follow_family(canvas, family)
        if len(lines) > 1:
            followed.append(lines)
            alone -= set(family.members)
    return followed, sorted(alone)


def follow_family(canvas: Canvas, family: Family) -> list[JointLine]:
    """Follow every line of a family; empty where that makes no clear lines.

    Returns
    -------
    list of JointLine
        Those an entry belongs to first, in the legend's order.
    """
    ink = family.ink
    stroke = estimate_stroke_px(ink, canvas.text)
    runs = find_runs(ink, canvas.text, bridge_px=int(np.ceil(BRIDGE_STROKES * stroke)))
    if not len(runs):
        return []
    entries = [(e, s) for e, s in zip(family.entries, family.strengths, strict=True) if e.line]
    dashes = [entry.dash for entry, _ in entries if entry.dash]
    shaded = bool(entries) and max(family.strengths) - min(family.strengths) > SHADED_FRAC and not dashes
    fragments = find_fragments(runs)
    dashed = bool(dashes) or _shows_dashes(runs, fragments, stroke)
    gap = (GAP_STROKES if dashed else SOLID_GAP_STROKES) * stroke
    joining = Joining(
        stroke_px=stroke,
        gap_px=max([gap, *(DASH_SLACK * max(dash[1::2], default=0.0) for dash in dashes)]),
        solid_px=DASH_SLACK * max(max(d[::2]) for d in dashes) if dashes else SOLID_STROKES * stroke,
        shaded=shaded,
        dashed=dashed,
    )
    told = _follow_told(canvas, family, runs, fragments, stroke, entries)
    if told:
        return told
    pieces, dropped = cut_pieces(runs, fragments, stroke)
    if not entries and len(pieces) > MOST_UNNAMED_PIECES:
        return []
    # what lies in crossings belongs to several lines
    total = float(ink.own.sum() - (runs.last - runs.first + 1)[dropped].sum())
    inked = ink.hidden | ink.own
    pieces = join_pieces(runs, pieces, inked, joining)
    pieces = _choose(runs, pieces, len(entries), canvas.shape[1], inked, joining)
    if not pieces:
        return []
    patterns = [measure_pattern(piece.parts, piece.bare) for piece in pieces]
    clear = sum(pattern.is_solid or is_even(piece.parts) for pattern, piece in zip(patterns, pieces, strict=True))
    if clear < CLEAR_LINES_SHARE * len(pieces):
        return []
    shades = [_shade(canvas, runs, piece) for piece in pieces]
    matched = _match(canvas, patterns, pieces, entries, shades, family, shaded=shaded)
    if len(entries) < 2:
        kept = [k for k, pattern in enumerate(patterns) if _is_alike(k, patterns, pieces, shades, matched)]
        if len(kept) < len(pieces) and entries:
            return []
        pieces, matched = [pieces[k] for k in kept], [matched[k] for k in kept]
    lines = [
        _to_line(canvas, family, runs, piece, entry, inked, stroke)
        for piece, entry in zip(pieces, matched, strict=True)
    ]
    if not entries:
        lines = [one for one in lines if not _is_doubtful(canvas, one)]
        if sum(one.path_ink_px for one in lines) < EXPLAINED_FRAC * total:
            return []
    elif sum(one.path_ink_px for one in lines) < NAMED_EXPLAINED_FRAC * total:
        return []
    order = {id(entry): k for k, (entry, _) in enumerate(entries)}
    return sorted(lines, key=lambda one: order.get(id(one.entry), len(order)))


def _follow_told(
    canvas: Canvas,
    family: Family,
    runs: Runs,
    fragments: Fragments,
    stroke_px: float,
    entries: list[tuple[LegendEntry, float]],
) -> list[JointLine]:
    """The lines of a family by their dashes or shades; empty where those do not tell them apart, or leave much open."""
    ink, named = family.ink, [entry for entry, _ in entries]
    strokes = Strokes(runs=runs, fragments=fragments, hidden=ink.hidden, stroke_px=stroke_px)
    if are_distinct(named):
        found = follow_patterns(strokes, named, [strength for _, strength in entries])
    elif not any(entry.dash for entry in named):
        ray = np.array(family.colour.rgb, float) - canvas.background
        drawn = [float((np.array(entry.colour, float) - canvas.background) @ ray / (ray @ ray)) for entry in named]
        found = follow_shades(strokes, named, drawn)
    else:
        return []
    used = np.unique(np.concatenate([one.runs for one in found])) if found else np.empty(0, np.int64)
    if float((runs.last[used] - runs.first[used] + 1).sum()) < PATTERNED_INK_SHARE * float(ink.own.sum()):
        return []
    return [
        JointLine(
            line=fit_centreline(runs, one.runs, ink.hidden | ink.own, stroke_px),
            entry=one.entry,
            entries=family.entries,
            colour=family.colour,
            ink=ink,
            runs=one.runs,
            stroke_px=stroke_px,
            path_ink_px=float((runs.last[one.runs] - runs.first[one.runs] + 1).sum()),
        )
        for one in found
    ]


def _shade(canvas: Canvas, runs: Runs, piece: Piece) -> FloatArray:
    """Colour of a line, as displacement from the background: the median of its strongest pixels."""
    rows = np.clip(np.round(piece.y).astype(int), 0, canvas.shape[0] - 1)
    pixels = canvas.colour[rows, runs.col[piece.runs]].astype(float)
    strength = np.linalg.norm(pixels, axis=1)
    low, high = np.percentile(strength, [STRONG_PERCENTILE, 98])
    return np.asarray(np.median(pixels[(strength >= low) & (strength <= high)], axis=0), float)


def _is_alike(
    k: int,
    patterns: list[Pattern],
    pieces: list[Piece],
    shades: list[FloatArray],
    matched: list[LegendEntry | None],
) -> bool:
    """Whether a line that no entry names is solid or evenly dashed, and of the main line's shade."""
    if matched[k] is not None:
        return True
    main = next((j for j, entry in enumerate(matched) if entry is not None), 0)
    off = float(np.linalg.norm(shades[k] - shades[main])) / max(float(np.linalg.norm(shades[main])), 1.0)
    return off < ALIKE_FRAC and (patterns[k].is_solid or is_even(pieces[k].parts, lengths=1))


def _match(
    canvas: Canvas,
    patterns: list[Pattern],
    pieces: list[Piece],
    entries: list[tuple[LegendEntry, float]],
    shades: list[FloatArray],
    family: Family,
    *,
    shaded: bool,
) -> list[LegendEntry | None]:
    if not entries:
        return [None] * len(patterns)
    wanted = [family.shades[id(entry)] for entry, _ in entries]
    full = max(float(np.linalg.norm(shade)) for shade in wanted)
    off = np.array([[float(np.linalg.norm(shade - want)) / full for want in wanted] for shade in shades])
    if len(entries) == 1 and not entries[0][0].dash:
        # the entry of a lone solid handle is that of the solid line with most ink
        solid = [k for k, pattern in enumerate(patterns) if pattern.is_solid and off[k, 0] < off.min() + ALIKE_FRAC]
        most = max(solid or range(len(pieces)), key=lambda k: len(pieces[k].runs))
        return [entries[0][0] if k == most else None for k in range(len(pieces))]
    if not shaded:
        return match_lines(patterns, np.zeros_like(off)[None], [entry for entry, _ in entries])
    background = canvas.background.astype(float)
    drawn = [np.array(entry.colour, float) - background for entry, _ in entries]
    ways = [off]
    if len(pieces) >= len(entries) >= FEWEST_IN_ORDER:
        faded = _misses_where_faded(shades, drawn, full)
        # corrected shades that turn the legend's order over are not believed
        ways = [off, *faded] if _order(wanted) == _order(drawn) else faded
    return match_lines(patterns, np.array(ways), [entry for entry, _ in entries])


def _misses_where_faded(shades: list[FloatArray], drawn: list[FloatArray], full: float) -> list[FloatArray]:
    """How far lines are from entries where all are drawn translucent, or stronger than thin handles, by one factor."""
    ways = []
    for fade in np.geomspace(LEAST_FADE, 1.0 / LEAST_FADE, FADES):
        miss = [[float(np.linalg.norm(shade - fade * want)) / full for want in drawn] for shade in shades]
        ways.append(np.array(miss) + FADE_OFF * abs(float(np.log(fade))))
    return ways


def _order(rays: list[FloatArray]) -> list[int]:
    return sorted(range(len(rays)), key=lambda k: float(np.linalg.norm(rays[k])))


def _span(runs: Runs, piece: Piece) -> int:
    return int(runs.col[piece.runs[-1]] - runs.col[piece.runs[0]]) + 1


def _shows_dashes(runs: Runs, fragments: Fragments, stroke_px: float) -> bool:
    """Whether a good part of the ink lies in short strokes that touch nothing."""
    left, right = find_touching_pairs(runs)
    before, after = np.ones(len(runs), bool), np.ones(len(runs), bool)
    after[left], before[right] = False, False
    free = [bool(before[one[0]] and after[one[-1]]) for one in fragments.members]
    short = fragments.end - fragments.start + 1 <= SOLID_STROKES * stroke_px
    columns = fragments.end - fragments.start + 1
    dashed = np.array(free) & short
    return bool(dashed.sum() >= LEAST_DASHES and columns[dashed].sum() > DASHES_SHARE * columns.sum())


def _choose(
    runs: Runs, pieces: list[Piece], wanted: int, width: int, inked: BoolArray, joining: Joining
) -> list[Piece]:
    """The pieces that are lines: as many as the legend asks for, and any others that are as clear."""
    ample = [piece for piece in pieces if len(piece.runs) >= 4 and not piece.spare]
    if len(ample) > max(wanted, 1):
        habits = [piece.bare / (len(piece.parts) - 1) for piece in ample if len(piece.parts) >= LEAST_PARTS]
        loose = replace(joining, gap_px=max([joining.gap_px, *(HABIT_GAPS * habit for habit in habits)]))
        ample = join_pieces(runs, ample, inked, loose)
    ample.sort(key=lambda piece: -float(runs.weight[piece.runs].sum()))
    ample = ample[:MOST_LINES]
    kept = []
    clear = [p for p in ample if _span(runs, p) > CLEAR_SPAN_FRAC * width]
    typical = float(np.median([len(p.runs) for p in clear])) if clear else 0.0
    for place, piece in enumerate(ample):
        span = _span(runs, piece)
        least = max(CLEAR_SEEN_FRAC * span, (CLEAR_INK_SHARE if wanted < 2 else EXTRA_INK_SHARE) * typical)
        named = place < wanted and span > NAMED_SPAN_FRAC * width
        if named or (span > CLEAR_SPAN_FRAC * width and len(piece.runs) > least):
            kept.append(piece)
    return kept


def _to_line(
    canvas: Canvas,
    family: Family,
    runs: Runs,
    piece: Piece,
    entry: LegendEntry | None,
    inked: BoolArray,
    stroke_px: float,
) -> JointLine:
    """The sub-pixel path of a piece, with the rows it has inside shared ink."""
    order = np.argsort(runs.col[piece.runs], kind="stable")
    cols = runs.col[piece.runs][order]
    order = order[np.concatenate([[True], np.diff(cols) > 0])]
    chosen = piece.runs[order]
    own = replace(runs, centre=runs.centre.copy(), height=runs.height.copy())
    own.centre[chosen] = piece.y[order]
    own.height[chosen] = piece.height[order]
    line = fit_centreline(own, chosen, inked, stroke_px)
    return JointLine(
        line=line,
        entry=entry,
        entries=family.entries,
        colour=family.colour,
        ink=family.ink,
        runs=chosen,
        stroke_px=stroke_px,
        path_ink_px=float((runs.last[chosen] - runs.first[chosen] + 1).sum()),
    )


def _is_doubtful(canvas: Canvas, one: JointLine) -> bool:
    return is_fill_edge(canvas, one.line.points, one.stroke_px) or is_on_grid(canvas, one.line.points)
