"""Straight horizontal and vertical lines of a figure: spines, gridlines, edges of filled panels.

Method: a pixel belongs to a horizontal line when it is darker (or lighter) than the pixels a short
reach above *and* below, and to an edge when the two sides differ and each is flat. Runs of such pixels
along a row are joined over dashes and over crossing ink, but never over bare background, so that lines
of neighbouring panels stay apart. Vertical lines are horizontal lines of the transposed picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.geometry import BoolArray, Box, ByteArray
from calibration.hollow_marks import hollow_marks
from calibration.strokes import stroke_centre

MAX_WORKING_PX = 1800
"""Lines are searched on a picture reduced to this long side, then seated at full resolution."""
RIDGE_LEVELS = 2.5
EDGE_LEVELS = 5.0
GAP_PX = 8
SOFT_LETTER_PX = 1.0
"""By how much the soft edge of a letter reaches beyond its box."""
NOISE_SIGMAS = 3.0
DOUBLED_PX, DOUBLED_FRAC = 3.0, 0.7
DASH_GAP_HEIGHTS = 0.5
MIN_LENGTH_HEIGHTS = 2.2
MIN_RUN_HEIGHTS = 0.9
MAX_BRIDGE_FRAC = 0.3
INK_BRIDGE_FRAC = 0.6
END_FRAC, SAME_GREY_FRAC = 0.3, 0.4
"""A stroke ends where its contrast falls below this share of what it usually is."""
BARE_HEIGHTS = 0.8
"""Page showing over more than this between two runs parts them, whatever the panels' own ground."""
BARE_FRAC = 0.3
"""Of the step from page to panel: so far the page may ring, where a picture was compressed."""
MIN_COVERAGE_FRAC = 0.35
RINGING_FRAC, RINGING_ALONG_FRAC = 0.25, 0.75
"""Rings of a compressed stroke are fainter than this, and lie along strokes for most of their length."""

LineKind = Literal["ridge", "edge"]
GrayArray = NDArray[np.float32]
IntArray = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class StraightLine:
    """A straight line along an axis direction.

    Attributes
    ----------
    position_px : float
        y of a horizontal line, x of a vertical one: sub-pixel centre of the stroke, or place of the edge.
    start_px, end_px : float
        Extent along the line.
    thickness_px : float
        Of the stroke; 0 for an edge.
    contrast : float
        Signed grey levels against the surroundings (negative: darker); for an edge lower minus upper side.
    coverage : float
        Share of the extent where the line itself is seen, 0 to 1.
    kind : {"ridge", "edge"}
    """

    position_px: float
    start_px: float
    end_px: float
    thickness_px: float
    contrast: float
    coverage: float
    kind: LineKind

    @property
    def length_px(self) -> float:
        return self.end_px - self.start_px


def find_straight_lines(
    pixels: ByteArray, texts: Sequence[Box], text_height_px: float
) -> tuple[tuple[StraightLine, ...], tuple[StraightLine, ...]]:
    """Horizontal and vertical straight lines.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 array
    texts : sequence of Box
        Where text stands: strokes of letters are not lines.
    text_height_px : float
        Typical height of a line of text: the ruler for all lengths.

    Returns
    -------
    horizontal, vertical : tuple of StraightLine
    """
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)
    factor = min(1.0, MAX_WORKING_PX / max(gray.shape))
    small = cv2.resize(gray, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA) if factor < 1 else gray
    letters = np.zeros(small.shape, bool)
    for box in texts:
        scaled = Box(left=box.left * factor, top=box.top * factor, right=box.right * factor, bottom=box.bottom * factor)
        letters[scaled.expanded(SOFT_LETTER_PX).slices(small.shape)] = True
    height_px = max(text_height_px * factor, 5.0)
    found = []
    for turned in (False, True):
        work = (small.T if turned else small).astype(np.float32)
        full = gray.T if turned else gray
        lines = _find_rows(np.ascontiguousarray(work), letters.T if turned else letters, height_px)
        found.append(_without_doubles([_seated(line, full, factor) for line in lines], DOUBLED_PX / factor))
    return found[0], found[1]


def _shifted(gray: GrayArray, rows: int) -> GrayArray:
    """``out[y] = gray[y + rows]``, edge rows repeated."""
    index = np.clip(np.arange(gray.shape[0]) + rows, 0, gray.shape[0] - 1)
    return gray[index]


def _noise_levels(gray: GrayArray) -> float:
    """Standard deviation of the grain in flat regions, in grey levels, as differences over a line's reach see it.

    Pixel-to-pixel noise (Immerkaer 1996, robust form) misses the coarse grain of scans that were turned or compressed.
    """
    laplacian = cv2.filter2D(gray, cv2.CV_32F, np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32))
    fine = float(np.median(np.abs(laplacian)) / 0.6745 / 6.0)
    coarse = float(np.median(np.abs(gray[4:] - gray[:-4])) / 0.6745)
    return max(fine, coarse)


def _line_masks(gray: GrayArray) -> list[tuple[BoolArray, LineKind, float]]:
    """Masks of dark ridges, light ridges, and of edges of either sign."""
    ridge_levels = max(RIDGE_LEVELS, NOISE_SIGMAS * _noise_levels(gray))
    edge_levels = ridge_levels * EDGE_LEVELS / RIDGE_LEVELS
    dark, light = np.zeros(gray.shape, bool), np.zeros(gray.shape, bool)
    for reach in (2, 4):
        above, below = _shifted(gray, -reach), _shifted(gray, reach)
        dark |= (above - gray > ridge_levels) & (below - gray > ridge_levels)
        light |= (gray - above > ridge_levels) & (gray - below > ridge_levels)
    # page showing between two dark lines is no light line: beyond them the page goes on
    light &= (gray - _shifted(gray, -GAP_PX) > ridge_levels) | (gray - _shifted(gray, GAP_PX) > ridge_levels)
    above, below = _shifted(gray, -1), _shifted(gray, 2)
    still = edge_levels / 2
    flat = (np.abs(_shifted(gray, -3) - above) < still) & (np.abs(_shifted(gray, 4) - below) < still)
    step = below - above
    return [
        (dark, "ridge", -1.0),
        (light, "ridge", 1.0),
        (flat & (step > edge_levels), "edge", 1.0),
        (flat & (step < -edge_levels), "edge", -1.0),
    ]


def _find_rows(gray: GrayArray, letters: BoolArray, height_px: float) -> list[StraightLine]:
    lines = []
    # odd: OpenCV moves what it closes or opens over an even length
    dash_px, run_px = max(int(DASH_GAP_HEIGHTS * height_px), 3) | 1, max(int(MIN_RUN_HEIGHTS * height_px), 6) | 1
    hollow = hollow_marks(gray, height_px)
    for mask, kind, sign in _line_masks(gray):
        seen, mask = mask, mask & ~letters
        joined = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((1, dash_px), np.uint8))
        joined = cv2.morphologyEx(joined, cv2.MORPH_OPEN, np.ones((1, run_px), np.uint8))
        parts = _row_segments(joined.astype(bool), gray, hollow, height_px)
        rows = _without_ringing([_under_letters(*part, seen & letters, gray, run_px) for part in parts], gray)
        lines += _merge_rows(rows, mask, kind, sign)
    return lines


def _row_segments(
    mask: BoolArray, gray: GrayArray, hollow: BoolArray, height_px: float
) -> list[tuple[int, int, int]]:
    """(row, first, last) of runs, joined where ink, or a hollow mark, rather than background lies between them."""
    segments: list[tuple[int, int, int]] = []
    min_px, bridge_px = MIN_LENGTH_HEIGHTS * height_px, MAX_BRIDGE_FRAC * gray.shape[1]
    border = np.concatenate([gray[0], gray[-1], gray[:, 0], gray[:, -1]])
    page_level, bare_px = float(np.median(border)), BARE_HEIGHTS * height_px
    row_of, starts, ends = _runs(mask & ~_page_between(mask, gray, page_level, bare_px))
    k = 0
    while k < len(row_of):
        row, first, last = int(row_of[k]), int(starts[k]), int(ends[k]) - 1
        k += 1
        while k < len(row_of) and row_of[k] == row and starts[k] - last <= bridge_px:
            gap = gray[row, last + 1 : starts[k]]
            level = float(gray[row, last - min(last - first, 4) : last + 1].mean())
            beside = float(np.median(gray[max(row - 4, 0), first : last + 1]))
            # what crosses a line may reach over the end of its run
            usual = float(np.median(gray[row, first : last + 1]))
            ink = np.abs(gap - beside) > max(0.7 * min(abs(level - beside), abs(usual - beside)), RIDGE_LEVELS)
            ink |= hollow[row, last + 1 : starts[k]]
            own_ground = _on_own_ground(gray, row, slice(first, last + 1), page_level)
            step = max(abs(beside - page_level), abs(level - page_level)) if own_ground else 0.0
            bare = np.abs(gap - page_level) <= max(RIDGE_LEVELS, BARE_FRAC * step)
            both = (gray[row, first : last + 1], gray[row, starts[k] : ends[k]])
            steps = sorted(abs(float(np.median(run)) - beside) for run in both)
            # on the page's own ground a legend may be what lies between: then most of it must be bare
            parted = len(gap) > bare_px and bare.mean() > INK_BRIDGE_FRAC
            parted |= own_ground and _longest_run_px(bare) > bare_px
            if parted or steps[0] < END_FRAC * steps[1] or ink.mean() < INK_BRIDGE_FRAC:
                break
            last = int(ends[k]) - 1
            k += 1
        if last - first + 1 >= min_px:
            segments.append((row, first, last))
    return segments


def _under_letters(
    row: int, first: int, last: int, seen: BoolArray, gray: GrayArray, run_px: int
) -> tuple[int, int, int]:
    """A run that ends where the box of a text begins, with what is seen there of a line of its grey."""
    level = float(np.median(gray[row, first : last + 1]))
    beside = float(np.median(gray[max(row - GAP_PX // 2, 0), first : last + 1]))
    on = seen[row] & (np.abs(gray[row] - level) <= SAME_GREY_FRAC * abs(level - beside))
    start, end = first, last
    while start > 0 and on[start - 1]:
        start -= 1
    while end < len(on) - 1 and on[end + 1]:
        end += 1
    # flanks of letters beside its end are of its grey too
    return row, start if first - start >= run_px else first, end if end - last >= run_px else last


def _runs(mask: BoolArray) -> tuple[IntArray, IntArray, IntArray]:
    """Row, start and end (exclusive) of every run of a mask along its rows."""
    turns = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    row_of, starts = np.nonzero(turns == 1)
    return row_of, starts, np.nonzero(turns == -1)[1]


def _longest_run_px(mask: BoolArray) -> int:
    _, starts, ends = _runs(mask[None, :])
    return int((ends - starts).max(initial=0))


def _on_own_ground(gray: GrayArray, row: int, run: slice, page_level: float) -> bool:
    """Whether a line borders on, or lies in, a panel of another colour than the page: bare page is a gap only then."""
    sides = (max(row - GAP_PX // 2, 0), min(row + GAP_PX // 2, gray.shape[0] - 1))
    return any(abs(float(np.median(gray[side, run])) - page_level) > 2 * RIDGE_LEVELS for side in sides)


def _page_between(mask: BoolArray, gray: GrayArray, page_level: float, bare_px: float) -> BoolArray:
    """Where runs go on over bare page: the ringing of compressed strokes crosses the gap between two panels."""
    between = np.zeros_like(mask)
    for row, start, end in zip(*_runs(mask), strict=True):
        if end - start <= 2 * bare_px:
            continue
        run = gray[row, start:end]
        if not _on_own_ground(gray, row, slice(start, end), page_level):
            continue
        step = abs(float(np.median(run)) - page_level)
        if step * BARE_FRAC <= RIDGE_LEVELS:
            continue
        bare = np.abs(run - page_level) <= BARE_FRAC * step
        if bare.any():
            for _, first, last in zip(*_runs(bare[None, :]), strict=True):
                between[row, start + first : start + last] = last - first > bare_px
    return between


def _without_ringing(segments: list[tuple[int, int, int]], gray: GrayArray) -> list[tuple[int, int, int]]:
    """The segments less the faint ones along a strong one: they ring beside it, and on over the gap to the next."""
    bottom = gray.shape[0] - 1
    strength = []
    for row, first, last in segments:
        run = slice(first, last + 1)
        beside = (gray[max(row - GAP_PX // 2, 0), run] + gray[min(row + GAP_PX // 2, bottom), run]) / 2
        strength.append(abs(float(np.median(gray[row, run] - beside))))
    by_row: dict[int, list[int]] = {}
    for index, (row, _, _) in enumerate(segments):
        by_row.setdefault(row, []).append(index)

    def rings(index: int) -> bool:
        row, first, last = segments[index]
        for step in (-2, -1, 1, 2):
            strong = [k for k in by_row.get(row + step, ()) if strength[index] < RINGING_FRAC * strength[k]]
            along = sum(max(min(last, segments[k][2]) - max(first, segments[k][1]), 0) for k in strong)
            if along >= RINGING_ALONG_FRAC * (last - first):
                return True
        return False

    return [segment for index, segment in enumerate(segments) if not rings(index)]


def _merge_rows(
    segments: list[tuple[int, int, int]], mask: BoolArray, kind: LineKind, sign: float
) -> list[StraightLine]:
    """One line per stack of neighbouring rows with overlapping extents."""
    groups: list[list[tuple[int, int, int]]] = []
    for row, first, last in segments:
        for group in reversed(groups[-40:]):
            near_row, a, b = group[-1]
            overlap = min(last, b) - max(first, a)
            if row - near_row <= 2 and overlap > 0.6 * min(last - first, b - a) and row - group[0][0] <= 8:
                group.append((row, first, last))
                break
        else:
            groups.append([(row, first, last)])
    lines = []
    for group in groups:
        lengths = np.array([last - first + 1 for _, first, last in group], float)
        main = [g for g, n in zip(group, lengths, strict=True) if n >= 0.6 * lengths.max()]
        first, last = min(g[1] for g in main), max(g[2] for g in main)
        rows = [g[0] for g in main]
        seen = mask[rows[0] : rows[-1] + 1, first : last + 1].any(axis=0)
        coverage = float(seen.mean())
        if coverage < MIN_COVERAGE_FRAC or (kind == "ridge" and len(rows) > 7):
            continue
        offset = 0.5 if kind == "edge" else 0.0
        lines.append(
            StraightLine(
                position_px=float(np.mean(rows)) + offset,
                start_px=first - 0.5,
                end_px=last + 0.5,
                thickness_px=0.0 if kind == "edge" else float(len(rows)),
                contrast=sign,
                coverage=coverage,
                kind=kind,
            )
        )
    return lines


def _seated(line: StraightLine, gray: NDArray[np.uint8], factor: float) -> StraightLine:
    """The line in full-resolution pixels, its position measured on the full picture."""
    position = (line.position_px + 0.5) / factor - 0.5
    start, end = (line.start_px + 0.5) / factor - 0.5, (line.end_px + 0.5) / factor - 0.5
    reach = int(np.ceil(max(4.0, (line.thickness_px + 2) / factor)))
    row = round(position)
    top, bottom = max(row - reach, 0), min(row + reach + 1, gray.shape[0])
    cols = slice(max(int(start), 0), max(int(end), int(start) + 1))
    profile = np.median(gray[top:bottom, cols], axis=1).astype(float)
    rows = np.arange(top, bottom, dtype=float)
    if line.kind == "edge":
        step = np.abs(np.diff(profile))
        where = float((step * (rows[:-1] + 0.5)).sum() / max(step.sum(), 1e-9)) if step.sum() > 0 else position
        contrast, thickness = float(profile[-1] - profile[0]), 0.0
    else:
        where, thickness, contrast = stroke_centre(profile, rows, line.contrast)
    if abs(where - position) > reach:
        where = position
    if line.kind == "ridge":
        start, end = _inked_ends(gray, where, start, end, thickness)
    return StraightLine(
        position_px=where,
        start_px=start,
        end_px=end,
        thickness_px=thickness,
        contrast=contrast,
        coverage=line.coverage,
        kind=line.kind,
    )


def _inked_ends(
    gray: NDArray[np.uint8], row_px: float, start_px: float, end_px: float, thickness_px: float
) -> tuple[float, float]:
    """Where a stroke really begins and ends: the ringing of compressed text beside its end goes on as a pale line."""
    row, away = round(row_px), int(np.ceil(thickness_px / 2)) + 1
    first, last = max(int(np.ceil(start_px)), 0), min(int(end_px) + 1, gray.shape[1])
    if not away < row < gray.shape[0] - away - 1 or last - first < 3:
        return start_px, end_px
    around = (gray[row - away, first:last].astype(float) + gray[row + away, first:last]) / 2
    contrast = np.abs(gray[row - 1 : row + 2, first:last].astype(float) - around).max(axis=0)
    strong = np.flatnonzero(contrast >= END_FRAC * float(np.median(contrast)))
    if not len(strong):
        return start_px, end_px
    begin = start_px if strong[0] == 0 else first + float(strong[0]) - 0.5
    return begin, end_px if strong[-1] == last - first - 1 else first + float(strong[-1]) + 0.5


def _without_doubles(lines: list[StraightLine], near_px: float) -> tuple[StraightLine, ...]:
    """The lines less the edges and fainter ridges that the flanks of a stroke cause."""
    kept: list[StraightLine] = []
    # rings of compressed strokes may run on from panel to panel: they are longer, but fainter than the strokes
    for line in sorted(lines, key=lambda one: (one.kind != "ridge", -one.length_px * one.coverage * abs(one.contrast))):
        beside = [other for other in kept if abs(line.position_px - other.position_px) <= near_px]
        shared = (min(line.end_px, one.end_px) - max(line.start_px, one.start_px) for one in beside)
        if sum(overlap for overlap in shared if overlap > 0) <= DOUBLED_FRAC * line.length_px:
            kept.append(line)
    return tuple(sorted(kept, key=lambda one: one.position_px))
