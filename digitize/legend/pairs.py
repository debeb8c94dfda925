"""Labels paired with the handles beside them: candidates for the entries of a legend."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from calibration.geometry import Box, FloatArray, TextBox, enclosing_box
from digitize.legend.handle import Handle
from digitize.legend.handles import find_handles
from digitize.legend.inks import commonest_colour, text_colour
from digitize.values import Image, Panel

REACH_HEIGHTS = 7.5
"""How far from its label a handle may begin."""
WIDEST_GAP_HEIGHTS = 3.0
STRIP_HEIGHTS = 0.9
"""Half height of the strip in which the handles of a label are looked for."""
COLOUR_DISTANCE = 45.0
INK_TO_LINE_FRAC = 1.35
"""From the height of a line's ink to the line height, the unit of all thresholds in heights."""
HANDLES_TRIED = 3
VIVID_CHROMA = 60.0
THINNED_HEIGHT_PX = 20.0
"""Text height to which large figures are thinned out for the search."""

_JUNK_BEFORE = re.compile(r"^(?:[^\w(\[{\"'$+<>]+|[oOxXIl|_](?=[\W_]))+\s*")
_DASH_BEFORE = re.compile(r"^(?:[—–―■□●○◯▲△◆◇→]+\s*|[^\w\s(\[{\"'$+<>%#&@≥≤±√∆Δ]{1,2}\s+)+")
_JUNK_AFTER = re.compile(r"[\s●•■◆▲○—–_:]+$")
_MARKER_LIKE = re.compile(r"^[A4oO0DVvxX+*\s△▲◇□口会]+$")
NUMBER = re.compile(r"^[\s$€£+\-−–.,%\d×xeEkKMG°^/:]+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A label with the handle that may belong to it."""

    label: str
    text: Box
    handle: Handle
    side: Literal["left", "right"]
    height_px: float
    place: int  # index of the panel whose axes hold it; -1 outside all

    @property
    def box(self) -> Box:
        return enclosing_box([self.text, self.handle.box])

    @property
    def gap_px(self) -> float:
        if self.side == "left":
            return self.text.left - self.handle.box.right
        return self.handle.box.left - self.text.right


def pair_labels(
    image: Image, text: TextBox, texts: Sequence[TextBox], panels: Sequence[Panel], height_px: float
) -> list[Pair]:
    """Every handle that could belong to ``text``, or to a part of it where handles stand inside its box."""
    rows, cols = text.box.expanded(0.1 * height_px).slices(image.pixels.shape)
    patch = image.pixels[rows, cols]
    if patch.size == 0:
        return []
    background = commonest_colour(patch)
    region = _search_region(text, texts, panels, height_px)
    zones = [(region.left, text.box.left), (text.box.right, region.right)]
    if not NUMBER.match(text.text) or (patch.max(axis=-1) - patch.min(axis=-1)).max() > VIVID_CHROMA:
        zones.append((text.box.left, text.box.right))
    handles = _find_thinned(image, region, background, text, height_px, zones)
    if not handles:
        return []
    # What reads as an odd sign in front may be a handle, wider than the words.
    third = patch.shape[1] // 3
    words_colour = text_colour(patch[:, :-third] if not text.text[-1].isalnum() else patch[:, third:], background)
    before, inside, after = [], [], []
    for handle in handles:
        box = handle.box
        if box.right <= text.box.left + 0.35 * height_px and box.left < text.box.left - 0.1 * height_px:
            before.append(handle)
        elif box.left >= text.box.right - 0.35 * height_px and box.right > text.box.right + 0.1 * height_px:
            after.append(handle)
        elif _stands_out(handle, text, background, words_colour, height_px) and _stands_alone(
            image, handle, text.box, background, words_colour, height_px
        ):
            inside.append(handle)
    pairs = []
    for label, box, had_before, had_after in _parts(text, inside, height_px):
        if had_before is not None:
            pairs.append(_make(label, box, had_before, "left", height_px, panels))
        elif before and box.left <= text.box.left + 1:
            nearest = sorted(before, key=_right, reverse=True)[:HANDLES_TRIED]
            pairs += [_make(label, box, handle, "left", height_px, panels) for handle in nearest]
        if had_after is not None:
            pairs.append(_make(label, box, had_after, "right", height_px, panels))
        elif after and box.right >= text.box.right - 1:
            nearest = sorted(after, key=_left)[:HANDLES_TRIED]
            pairs += [_make(label, box, handle, "right", height_px, panels) for handle in nearest]
    return [
        pair for pair in pairs
        if pair.label and pair.gap_px <= WIDEST_GAP_HEIGHTS * height_px and not _is_marker_row(pair, words_colour)
    ]  # fmt: skip


def _is_marker_row(pair: Pair, words_colour: FloatArray) -> bool:
    """Whether a "label" is a row of data markers that were read as letters: it has their colour."""
    same = np.linalg.norm(words_colour - pair.handle.colour) < COLOUR_DISTANCE
    return bool(same and chroma(pair.handle) > VIVID_CHROMA and _MARKER_LIKE.match(pair.label))


def line_height_px(image: Image, text: TextBox) -> float:
    """Height of a line of text, as its ink gives it: readers draw their boxes tight or wide."""
    rows, cols = text.box.slices(image.pixels.shape)
    patch = image.pixels[rows, cols]
    if patch.size == 0:
        return text.height_px
    inked = (np.abs(patch - commonest_colour(patch)).max(axis=-1) > 80).any(axis=1)
    places = np.flatnonzero(inked)
    height = float(places[-1] - places[0] + 1) if len(places) else text.box.height_px
    return INK_TO_LINE_FRAC * max(height, 0.4 * text.height_px)


def _search_region(text: TextBox, texts: Sequence[TextBox], panels: Sequence[Panel], height_px: float) -> Box:
    """Where handles of ``text`` may stand: up to the next words and to the edges of the axes it is in, or outside."""
    x, y = text.box.centre
    reach = REACH_HEIGHTS * height_px
    left, right = text.box.left - reach, text.box.right + reach
    for other in texts:
        if other is text or not wordy(other):
            continue
        if other.box.top < y < other.box.bottom or text.box.top < other.box.centre[1] < text.box.bottom:
            if other.box.centre[0] < x:
                left = max(left, min(other.box.right, text.box.left) - 0.3 * height_px)
            else:
                right = min(right, max(other.box.left, text.box.right) + 0.3 * height_px)
    for panel in panels:
        axes = panel.axes
        if axes.top - 1 <= y <= axes.bottom + 1:
            for edge in (axes.left, axes.right):
                if edge < x:
                    left = max(left, min(edge + 1.0, text.box.left))
                else:
                    right = min(right, max(edge - 1.0, text.box.right))
    half = STRIP_HEIGHTS * height_px
    return Box(left=left, right=max(right, left), top=y - half, bottom=y + half)


def wordy(text: TextBox) -> bool:
    return sum(char.isalnum() for char in text.text) >= 2


def _find_thinned(
    image: Image, region: Box, background: FloatArray, text: TextBox, height_px: float,
    zones: list[tuple[float, float]],
) -> list[Handle]:  # fmt: skip
    """:func:`find_handles` on every n-th pixel where text is large: strokes are thick there, too."""
    step = max(1, int(height_px / THINNED_HEIGHT_PX))
    y = text.box.centre[1]
    if step == 1:
        return find_handles(
            image.pixels, region, background, y, height_px, zones=zones, words=(text.box.left, text.box.right)
        )
    thinned = find_handles(
        image.pixels[::step, ::step], _scaled(region, 1 / step), background, y / step, height_px / step,
        zones=[(left / step, right / step) for left, right in zones],
        words=(text.box.left / step, text.box.right / step),
    )  # fmt: skip
    return [
        replace(
            handle, box=_scaled(handle.box, step), dash=tuple(length * step for length in handle.dash),
            stroke_px=handle.stroke_px * step, ink_px=handle.ink_px * step * step,
        )
        for handle in thinned
    ]  # fmt: skip


def _scaled(box: Box, factor: float) -> Box:
    return Box(left=box.left * factor, top=box.top * factor, right=box.right * factor, bottom=box.bottom * factor)


def _left(handle: Handle) -> float:
    return handle.box.left


def _right(handle: Handle) -> float:
    return handle.box.right


def _make(
    label: str, box: Box, handle: Handle, side: Literal["left", "right"], height_px: float, panels: Sequence[Panel]
) -> Pair:
    """A pair; where the text's box runs over the handle, box and label are cut back to the words."""
    label = label.strip().lstrip(":;,")
    if side == "left":
        label = _DASH_BEFORE.sub("", label)
    if side == "left" and handle.box.right > box.left:
        if handle.box.right > box.left + 0.4 * height_px:
            label = _JUNK_BEFORE.sub("", label)
        box = replace(box, left=min(handle.box.right + 1.0, box.right))
    elif side == "right" and handle.box.left < box.right:
        if handle.box.left < box.right - 0.4 * height_px:
            label = _JUNK_AFTER.sub("", label)
        box = replace(box, right=max(handle.box.left - 1.0, box.left))
    return Pair(
        label=_JUNK_AFTER.sub("", label), text=box, handle=handle, side=side, height_px=height_px,
        place=_place(box, panels),
    )  # fmt: skip


def _place(box: Box, panels: Sequence[Panel]) -> int:
    return next((panel.index for panel in panels if panel.axes.contains(*box.centre)), -1)


def _stands_out(
    handle: Handle, text: TextBox, background: FloatArray, words_colour: FloatArray, height_px: float
) -> bool:
    """Whether a mark within a text's box is a handle and not a letter: long and thin, or of another colour."""
    width, height = handle.box.width_px, handle.box.height_px
    # A dashed stroke in the colour of the words is only believed where the reading shows something odd too.
    odd_start = handle.box.left - text.box.left < 0.5 * height_px and not text.text[0].isalnum()
    odd_end = text.box.right - handle.box.right < 0.5 * height_px and not text.text[-1].isalnum()
    whole = not handle.dash or odd_start or odd_end
    shortest = (0.45 if odd_start else 0.75) * height_px
    if handle.line and whole and width >= shortest and height <= 0.3 * height_px:
        return True
    off_ray = _off_ray(handle, background, words_colour)
    large = width >= 0.3 * height_px and (handle.line or height >= 0.12 * height_px)
    return large and off_ray > (0.5 if odd_start else 1.0) * COLOUR_DISTANCE


def _off_ray(handle: Handle, background: FloatArray, words_colour: FloatArray) -> float:
    """How far a handle's colour is from all blends of the words' colour with the background."""
    ray, offset = words_colour - background, np.array(handle.colour) - background
    return float(np.linalg.norm(offset - float(offset @ ray) / max(float(ray @ ray), 1.0) * ray))


def _stands_alone(
    image: Image, handle: Handle, text: Box, background: FloatArray, words_colour: FloatArray, height_px: float
) -> bool:
    """Whether nothing else is printed over, under and close beside a mark within a text's box."""
    coloured = _off_ray(handle, background, words_colour) > 0.5 * COLOUR_DISTANCE
    beside = 0.0 if coloured or not handle.line else 0.12 * height_px + 1
    around = Box(left=handle.box.left - beside, right=handle.box.right + beside,
                 top=min(text.top, handle.box.top), bottom=max(text.bottom, handle.box.bottom))  # fmt: skip
    rows, cols = around.slices(image.pixels.shape)
    ink = np.abs(image.pixels[rows, cols].astype(float) - background).max(axis=-1) > 60
    own_rows, own_cols = handle.box.expanded(1.5 + 0.04 * height_px).slices(image.pixels.shape)
    ink[
        max(own_rows.start - rows.start, 0) : own_rows.stop - rows.start,
        max(own_cols.start - cols.start, 0) : own_cols.stop - cols.start,
    ] = False
    return bool(ink.sum() <= 0.02 * ink.size)


def chroma(handle: Handle) -> float:
    return float(max(handle.colour) - min(handle.colour))


def _parts(
    text: TextBox, inside: Sequence[Handle], height_px: float
) -> Iterable[tuple[str, Box, Handle | None, Handle | None]]:
    """A text cut at the handles inside its box: (label, box, handle before it, handle after it)."""
    box, words = text.box, text.text
    first: Handle | None = None
    inside = sorted(inside, key=_left)
    start_x, consumed = box.left, 0
    for handle in inside:
        if handle.box.left - start_x < 0.5 * height_px:  # nothing stands before it
            first, start_x = handle, handle.box.right
            continue
        if box.right - handle.box.right < 0.5 * height_px:  # nothing behind it
            part = Box(left=start_x, top=box.top, right=handle.box.left, bottom=box.bottom)
            yield words[consumed:], part, first, handle
            return
        # Words cover the box but for the handles in it.
        earlier = sum(one.box.width_px for one in inside if one.box.right < handle.box.left)
        covered = box.width_px - sum(one.box.width_px for one in inside)
        share = (handle.box.left - box.left - earlier) / max(covered, 1.0)
        cut = _nearest_space(words, share * len(words), consumed)
        part = Box(left=start_x, top=box.top, right=max(handle.box.left, start_x), bottom=box.bottom)
        yield words[consumed:cut], part, first, handle
        first, start_x, consumed = handle, handle.box.right, cut
    part = Box(left=start_x, top=box.top, right=max(box.right, start_x), bottom=box.bottom)
    yield words[consumed:], part, first, None


def _nearest_space(words: str, position: float, start: int) -> int:
    """Where to cut: the space nearest to ``position``, a wide one first."""
    for pattern in (r"\s{2,}|\s[^\w\s]+\s", r"\s|[—–]", r"(?<=[a-z])(?=[A-Z])"):
        cuts = [match.start() for match in re.finditer(pattern, words) if match.start() > start]
        if cuts:
            return min(cuts, key=lambda cut: abs(cut - position))
    return max(round(position), start)
