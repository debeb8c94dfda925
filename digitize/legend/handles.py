"""Legend handles: the short strokes, markers and filled patches that stand beside a label."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration.geometry import Box, ByteArray, FloatArray
from digitize.legend.handle import Handle, describe_handle, is_centred
from digitize.legend.handle_pieces import (
    OFF_CENTRE_HEIGHTS,
    cut_at_words,
    free_pieces,
    group_pieces,
    without_edges,
    without_letters,
)  # fmt: skip
from digitize.legend.inks import INK_DISTANCE, commonest_colour, ink_colours, ink_distance, run_pixels, strengths

EDGE_STRENGTH_FRAC = 0.45
"""Share of full strength from which an anti-aliased pixel counts: lines shining through a legend frame stay below."""
LONGEST_HANDLE_HEIGHTS = 7.0
RUN_HEIGHTS = 0.5
KEY_DISTANCE = 6.0
"""How little a legend key's own background may differ from the figure's."""
KEY_FILLED_SHARE = 0.75
TALLEST_KEY_HEIGHTS = 2.6


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
            handle = describe_handle(window[part], background, strength[part], mask, origin, height_px)
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
        and is_centred(handle.box.centre[1], box.centre[1], box.height_px)
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
