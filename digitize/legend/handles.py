"""Legend handles: the short strokes, markers and filled patches that stand beside a label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.geometry import BoolArray, Box, ByteArray, FloatArray
from digitize.legend.handle_pieces import (
    OFF_CENTRE_HEIGHTS,
    SHORTEST_STROKE_HEIGHTS,
    THICKEST_STROKE_HEIGHTS,
    cut_at_words,
    free_pieces,
    group_pieces,
    without_edges,
    without_letters,
)  # fmt: skip
from digitize.legend.inks import INK_DISTANCE, commonest_colour, ink_colours, ink_distance, run_pixels, strengths
from digitize.values import RGB

EDGE_STRENGTH_FRAC = 0.45
"""Share of full strength from which an anti-aliased pixel counts: lines shining through a legend frame stay below."""
LONGEST_HANDLE_HEIGHTS = 7.0
SMALLEST_MARK_HEIGHTS = 0.2
TALLEST_MARK_HEIGHTS = 1.5
OFF_MIDDLE_FRAC = 0.25
RUN_HEIGHTS = 0.5
KEY_DISTANCE = 6.0
"""How little a legend key's own background may differ from the figure's."""
KEY_FILLED_SHARE = 0.75
TALLEST_KEY_HEIGHTS = 2.6
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


def _describe(
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
        and _is_centred(float(np.flatnonzero(per_row >= 0.95 * per_row.max()).mean()), (height - 1) / 2, height)
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


def _is_centred(row: float, middle: float, height_px: float) -> bool:
    """Whether a stroke runs through the middle of a mark, not along its edge as the side of a hollow marker does."""
    return abs(row - middle) <= max(OFF_MIDDLE_FRAC * height_px, 1.0)


def find_handles(
    pixels: ByteArray,
    region: Box,
    background: FloatArray,
    centre_y: float,
    height_px: float,
    *,
    zones: Sequence[tuple[float, float]] = (),
    words: tuple[float, float] | None = None,
    depth: int = 0,
) -> list[Handle]:
    """All marks in ``region`` that could be legend handles for text centred on ``centre_y``.

    A handle is searched colour by colour, because it is drawn over whatever passes behind a legend: in the mask of
    its own colour it stands free even where a data line touches it.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 array
    region : Box
        Where to look: about one text height to either side of ``centre_y``, as wide as wanted.
    background : (3,) float array
        What the text is printed on.
    centre_y, height_px : float
        Of the line of text.
    zones : sequence of (left, right)
        Stretches whose colours are taken apart on their own, so that black words do not hide a grey handle.
    words : (left, right) or None
        The extent of the text; three and more tall marks of one colour in it are letters.

    Returns
    -------
    list of Handle
        In no order; overlapping ones resolved in favour of strokes, then of larger marks.
    """
    rows, cols = region.slices(pixels.shape)
    window = pixels[rows, cols].astype(float)
    if window.shape[0] < 3 or window.shape[1] < 3:
        return []
    centre_row = centre_y - rows.start
    middle = slice(max(int(centre_row - OFF_CENTRE_HEIGHTS * height_px), 0),
                   int(centre_row + OFF_CENTRE_HEIGHTS * height_px) + 2)  # fmt: skip
    threshold = ink_distance(window, background)
    offsets = (window - background).reshape(-1, 3)
    inked = np.flatnonzero(np.abs(offsets).max(axis=1) > 0.4 * threshold)
    offsets = offsets[inked]
    band = window[middle]
    samples = [band[run_pixels(band, int(RUN_HEIGHTS * height_px))]]
    for left, right in zones or [(region.left, region.right)]:
        first, last = (max(round(edge) - cols.start, 0) for edge in (left, right))
        samples.append(band[:, first:last].reshape(-1, 3))
    colours: list[FloatArray] = []
    for sample in samples:
        for colour in ink_colours(sample, background, max(3.0, 0.2 * height_px), threshold):
            if all(np.linalg.norm(colour - other) > 12.0 for other in colours):
                colours.append(colour)
    found = _on_key_blocks(pixels, region, window, background, centre_y, height_px) if depth == 0 else []
    for colour in colours:
        strength = np.zeros(window.shape[0] * window.shape[1])
        strength[inked] = strengths(offsets, colour - background, strongest=np.inf)
        strength = without_edges(strength.reshape(window.shape[:2]))
        pieces = free_pieces((strength >= EDGE_STRENGTH_FRAC).astype(np.uint8), centre_row, height_px)
        if pieces is None:
            continue
        labels, stats, indices = pieces
        groups = group_pieces(stats[indices], height_px)
        if words is not None:
            first, last = words[0] - cols.start, words[1] - cols.start
            groups = cut_at_words(groups, stats[indices], first, last)
            groups = without_letters(groups, stats[indices], first, last, height_px)
        for group in groups:
            members = [indices[one] for one in group]
            first, top = int(stats[members, 0].min()), int(stats[members, 1].min())
            last = int((stats[members, 0] + stats[members, 2]).max())
            bottom = int((stats[members, 1] + stats[members, 3]).max())
            part = (slice(top, bottom), slice(first, last))
            mask = np.isin(labels[part], members)
            origin = (cols.start + first, rows.start + top)
            handle = _describe(window[part], background, strength[part], mask, origin, height_px)
            if handle is None or handle.box.width_px > LONGEST_HANDLE_HEIGHTS * height_px:
                continue
            if not handle.line and depth == 0:
                handle = _within_patch(pixels, handle, height_px)
            found.append(handle)
    return _without_overlaps(found, background)


def _on_key_blocks(
    pixels: ByteArray, region: Box, window: FloatArray, background: FloatArray, centre_y: float, height_px: float
) -> list[Handle]:
    """Strokes and markers drawn on a filled block of their own, one block under the other without a gap."""
    distance = np.abs(window - background).max(axis=-1)
    off = distance > KEY_DISTANCE
    block = off.mean(axis=0) > 0.7
    if not block.any():
        return []
    edges = np.flatnonzero(np.diff(np.concatenate([[0], block.astype(np.int8), [0]])))
    found: list[Handle] = []
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        if not 0.7 * height_px <= stop - start <= 4.0 * height_px:
            continue
        part = window[:, start:stop]
        fill = commonest_colour(part.astype(np.uint8))
        if (np.abs(part - fill).max(axis=-1) < KEY_DISTANCE).mean() < 0.4 or np.linalg.norm(fill - background) < 8:
            continue
        left = np.ceil(region.left) + start
        inner = Box(left=left, right=left + stop - start - 1, top=region.top + 0.1 * height_px,
                    bottom=region.bottom - 0.1 * height_px)  # fmt: skip
        inside = [
            handle for handle in find_handles(pixels, inner, fill, centre_y, height_px, depth=1)
            if np.linalg.norm(np.array(handle.colour) - background) > INK_DISTANCE
        ]  # fmt: skip
        found += inside or _filled_key(pixels, inner, fill, background, centre_y, height_px)
    return found


def _filled_key(
    pixels: ByteArray, inside: Box, fill: FloatArray, background: FloatArray, centre_y: float, height_px: float
) -> list[Handle]:
    """A key that is one patch of colour from edge to edge: up to the next key, which may touch it."""
    if np.linalg.norm(fill - background) <= INK_DISTANCE:
        return []
    _, cols = inside.slices(pixels.shape)
    own = (np.abs(pixels[:, cols].astype(float) - fill).max(axis=-1) < KEY_DISTANCE).mean(axis=1) > KEY_FILLED_SHARE
    row = round(centre_y)
    if not own[row]:
        return []
    top = row - int(np.argmin(np.append(own[row::-1], False))) + 1
    bottom = row + int(np.argmin(np.append(own[row:], False))) - 1
    tall = bottom - top + 1
    if tall > TALLEST_KEY_HEIGHTS * height_px or abs((top + bottom) / 2 - centre_y) > OFF_CENTRE_HEIGHTS * height_px:
        return []
    red, green, blue = (round(float(v)) for v in fill)
    box = Box(left=float(inside.left) - 0.5, top=top - 0.5, right=float(inside.right) + 0.5, bottom=bottom + 0.5)
    return [
        Handle(box=box, colour=(red, green, blue), line=False, marker=box.width_px <= 1.6 * tall,
               stroke_px=float(tall), ink_px=int(tall * box.width_px))
    ]  # fmt: skip


def _within_patch(pixels: ByteArray, patch: Handle, height_px: float) -> Handle:
    """The stroke inside a filled patch, where there is one: a key's own background, or a band around its line."""
    box = patch.box
    if min(box.width_px, box.height_px) < 0.6 * height_px:
        return patch
    inner = box.expanded(-1.0)
    rows, cols = inner.slices(pixels.shape)
    if rows.stop - rows.start < 5 or cols.stop - cols.start < 5:
        return patch
    fill = commonest_colour(pixels[rows, cols])
    strokes = [
        handle
        for handle in find_handles(pixels, inner.expanded(1.0), fill, box.centre[1], box.height_px, depth=1)
        if handle.line and handle.box.width_px >= 0.5 * box.width_px
        and _is_centred(handle.box.centre[1], box.centre[1], box.height_px)
    ]  # fmt: skip
    return max(strokes, key=lambda handle: handle.box.width_px) if strokes else patch


def _without_overlaps(handles: Sequence[Handle], background: FloatArray) -> list[Handle]:
    """Of marks one over the other only the most striking: the stroke, not its shadow, ringing or key background."""

    def weight(handle: Handle) -> float:
        contrast = float(np.linalg.norm(np.array(handle.colour) - background))
        return contrast * handle.ink_px * (2.0 if handle.line else 1.0)

    kept: list[Handle] = []
    handles = [
        handle for handle in handles
        if not any(_is_edge_of(handle, other) or _is_part_of(handle, other) for other in handles)
    ]  # fmt: skip
    for handle in sorted(handles, key=weight, reverse=True):
        box = handle.box
        shared = (
            (min(box.right, other.box.right) - max(box.left, other.box.left))
            / max(min(box.width_px, other.box.width_px), 1e-9)
            for other in kept
        )
        if all(share < 0.5 for share in shared):
            kept.append(handle)
    return kept


def _is_edge_of(outer: Handle, inner: Handle) -> bool:
    """Whether ``outer`` is the drawn edge around ``inner``, a filled mark."""
    a, b = outer.box, inner.box
    around = a.left < b.left and a.right > b.right and a.top < b.top and a.bottom > b.bottom
    return around and not outer.line and not inner.line and inner.ink_px >= 0.4 * outer.ink_px


def _is_part_of(stroke: Handle, mark: Handle) -> bool:
    """Whether ``stroke`` is but the level part of a hollow marker's outline."""
    inside = mark.box.expanded(0.5).intersection_area(stroke.box) >= 0.99 * stroke.box.area_px
    return stroke.line and not mark.line and inside and stroke.box.width_px < 0.7 * mark.box.width_px
