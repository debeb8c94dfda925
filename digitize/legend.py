"""Legends: handles paired with labels, wherever in the figure they stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np

from calibration.geometry import Box, FloatArray, TextBox, enclosing_box
from digitize.handles import Handle, find_handles
from digitize.inks import commonest_colour, strengths, text_colour
from digitize.values import Image, Legend, LegendEntry, Panel

UPRIGHT_DEG = 20.0
REACH_HEIGHTS = 7.5
"""How far from its label a handle may begin."""
WIDEST_GAP_HEIGHTS = 3.0
STRIP_HEIGHTS = 0.9
"""Half height of the strip in which the handles of a label are looked for."""
ALIGNED_HEIGHTS = 0.4
ROW_DISTANCE_HEIGHTS = 4.0
COLUMN_DISTANCE_HEIGHTS = 7.0
COLOUR_DISTANCE = 45.0
FEWEST_PIXELS = 10
VIVID_CHROMA = 60.0
THINNED_HEIGHT_PX = 20.0
"""Text height to which large figures are thinned out for the search."""
SAMPLED_PIXELS = 120_000
THIN_STROKE_PX = 2.0
STRONGEST_FRAC = 3.0
"""By how much a thin handle may be paler than the line it stands for."""
SHADE_DISTANCE = 16.0
SMALLEST_CHROMA = 25.0
FRAME_REACH_HEIGHTS = 2.0
FRAME_DISTANCE = 6.0
FRAME_SHARE_FRAC = 0.9

_JUNK_BEFORE = re.compile(r"^(?:[^\w(\[{\"'$+<>]+|[oOxXIl|_](?=[\W_]))+\s*")
_JUNK_AFTER = re.compile(r"[\s●•■◆▲○—–_]+$")
_NUMBER = re.compile(r"^[\s$€£+\-−–.,%\d×xeEkKMG°^/:]+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
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


def find_legends(image: Image, texts: Sequence[TextBox], panels: Sequence[Panel]) -> tuple[Legend, ...]:
    """All legends of a figure: inside panels or outside, shared or not, in columns or rows.

    Every upright text is a label if a handle stands beside it; labels whose handles align, in a column or along a
    row, form a legend. A lone label needs a level stroke whose colour occurs in a panel.

    Parameters
    ----------
    image : Image
    texts : sequence of TextBox
        Everything read off the figure. Boxes may cover handles, or several labels of a row.
    panels : sequence of Panel

    Returns
    -------
    tuple of Legend
        In reading order; empty where there is none.
    """
    upright = [text for text in texts if abs(text.angle_deg) < UPRIGHT_DEG and text.text.strip()]
    if not upright:
        return ()
    usual_px = float(np.median([text.height_px for text in upright]))
    pairs: list[_Pair] = []
    for text in upright:
        pairs += _pair(image, text, texts, panels, max(text.height_px, 0.7 * usual_px))
    inks = _panel_inks(image, panels) if pairs else []
    groups = _choose(_group(pairs), inks)
    groups = [_at_full_strength(group, inks) for group in groups]
    legends = [_to_legend(image, group, upright) for group in groups]
    return tuple(sorted(legends, key=lambda legend: (round(legend.box.top / (usual_px * 4)), legend.box.left)))


def legend_of(panel: Panel, legends: Sequence[Legend], panels: Sequence[Panel]) -> Legend | None:
    """The legend that serves ``panel``: the one in its axes, else in its region or nearest to it, else a shared one.

    A legend inside another panel's axes is taken only where ``panel`` has none of its own, none stands outside all
    panels, and it is the only one of the figure.
    """
    if not legends:
        return None
    inside = [legend for legend in legends if panel.axes.contains(*legend.box.centre)]
    if inside:
        return max(inside, key=lambda legend: len(legend.entries))
    elsewhere = [other for other in panels if other.index != panel.index]
    free = [
        legend for legend in legends if not any(other.axes.contains(*legend.box.centre) for other in elsewhere)
    ]
    if free:
        # Legends shared among panels are as near to one as to the next: a legend of this panel's own is nearer
        # to it than to any other.
        own = [
            legend
            for legend in free
            if all(_distance(legend.box, panel.axes) <= _distance(legend.box, other.axes) for other in elsewhere)
        ]
        return min(own or free, key=lambda legend: _distance(legend.box, panel.axes))
    return legends[0] if len(legends) == 1 else None


def _distance(box: Box, other: Box) -> float:
    across = max(box.left - other.right, other.left - box.right, 0.0)
    down = max(box.top - other.bottom, other.top - box.bottom, 0.0)
    return float(np.hypot(across, down))


def _place(box: Box, panels: Sequence[Panel]) -> int:
    return next((panel.index for panel in panels if panel.axes.contains(*box.centre)), -1)


def _wordy(text: TextBox) -> bool:
    return sum(char.isalnum() for char in text.text) >= 2


def _search_region(text: TextBox, texts: Sequence[TextBox], panels: Sequence[Panel], height_px: float) -> Box:
    """Where handles of ``text`` may stand: up to the next words and to the edges of the axes it is in, or outside."""
    x, y = text.box.centre
    reach = REACH_HEIGHTS * height_px
    left, right = text.box.left - reach, text.box.right + reach
    for other in texts:
        if other is text or not _wordy(other):
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


def _pair(
    image: Image, text: TextBox, texts: Sequence[TextBox], panels: Sequence[Panel], height_px: float
) -> list[_Pair]:
    """Every handle that could belong to ``text``, or to a part of it where handles stand inside its box."""
    rows, cols = text.box.expanded(0.1 * height_px).slices(image.pixels.shape)
    patch = image.pixels[rows, cols]
    if patch.size == 0:
        return []
    background = commonest_colour(patch)
    region = _search_region(text, texts, panels, height_px)
    zones = [(region.left, text.box.left), (text.box.right, region.right)]
    if not _NUMBER.match(text.text) or (patch.max(axis=-1) - patch.min(axis=-1)).max() > VIVID_CHROMA:
        zones.append((text.box.left, text.box.right))
    handles = _find_thinned(image, region, background, text, height_px, zones)
    if not handles:
        return []
    words_colour = text_colour(patch, background)
    before, inside, after = [], [], []
    for handle in handles:
        box = handle.box
        if box.right <= text.box.left + 0.35 * height_px and box.left < text.box.left - 0.1 * height_px:
            before.append(handle)
        elif box.left >= text.box.right - 0.35 * height_px and box.right > text.box.right + 0.1 * height_px:
            after.append(handle)
        elif _stands_out(handle, text, background, words_colour, height_px) and _stands_alone(
            image, handle, text.box, background, height_px
        ):
            inside.append(handle)
    pairs = []
    for label, box, had_before, had_after in _parts(text, inside, height_px):
        if had_before is not None:
            pairs.append(_make(label, box, had_before, "left", height_px, panels))
        elif before and box.left <= text.box.left + 1:
            pairs.append(_make(label, box, max(before, key=_right), "left", height_px, panels))
        if had_after is not None:
            pairs.append(_make(label, box, had_after, "right", height_px, panels))
        elif after and box.right >= text.box.right - 1:
            pairs.append(_make(label, box, min(after, key=_left), "right", height_px, panels))
    return [pair for pair in pairs if pair.label and pair.gap_px <= WIDEST_GAP_HEIGHTS * height_px]


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
) -> _Pair:
    """A pair; where the text's box runs over the handle, box and label are cut back to the words."""
    label = label.strip()
    if side == "left" and handle.box.right > box.left:
        if handle.box.right > box.left + 0.4 * height_px:
            label = _JUNK_BEFORE.sub("", label)
        box = replace(box, left=min(handle.box.right + 1.0, box.right))
    elif side == "right" and handle.box.left < box.right:
        if handle.box.left < box.right - 0.4 * height_px:
            label = _JUNK_AFTER.sub("", label)
        box = replace(box, right=max(handle.box.left - 1.0, box.left))
    return _Pair(
        label=_JUNK_AFTER.sub("", label), text=box, handle=handle, side=side, height_px=height_px,
        place=_place(box, panels),
    )  # fmt: skip


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
    ray, offset = words_colour - background, np.array(handle.colour) - background
    off_ray = float(np.linalg.norm(offset - (offset @ ray) / max(ray @ ray, 1.0) * ray))
    return off_ray > COLOUR_DISTANCE and width >= 0.3 * height_px and (handle.line or height >= 0.12 * height_px)


def _stands_alone(image: Image, handle: Handle, text: Box, background: FloatArray, height_px: float) -> bool:
    """Whether nothing else is printed over, under and close beside a mark within a text's box."""
    beside = 0.12 * height_px + 1 if handle.line else 0.0
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


def _chroma(handle: Handle) -> float:
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
            yield words[consumed:], Box(left=start_x, top=box.top, right=handle.box.left, bottom=box.bottom), first, handle
            return
        # Words cover the box but for the handles in it.
        earlier = sum(one.box.width_px for one in inside if one.box.right < handle.box.left)
        covered = box.width_px - sum(one.box.width_px for one in inside)
        share = (handle.box.left - box.left - earlier) / max(covered, 1.0)
        cut = _nearest_space(words, share * len(words), consumed)
        part = Box(left=start_x, top=box.top, right=max(handle.box.left, start_x), bottom=box.bottom)
        yield words[consumed:cut], part, first, handle
        first, start_x, consumed = handle, handle.box.right, cut
    yield words[consumed:], Box(left=start_x, top=box.top, right=max(box.right, start_x), bottom=box.bottom), first, None


def _nearest_space(words: str, position: float, start: int) -> int:
    """Where to cut: the space nearest to ``position``, a wide one first."""
    for pattern in (r"\s{2,}|\s[^\w\s]+\s", r"\s|[—–]", r"(?<=[a-z])(?=[A-Z])"):
        cuts = [match.start() for match in re.finditer(pattern, words) if match.start() > start]
        if cuts:
            return min(cuts, key=lambda cut: abs(cut - position))
    return max(round(position), start)


def _aligned(one: _Pair, other: _Pair) -> bool:
    """Whether two pairs stand one under the other, or side by side, as entries of one legend do."""
    if one.side != other.side or one.place != other.place:
        return False
    height = max(one.height_px, other.height_px)
    if min(one.height_px, other.height_px) < 0.6 * height or one.handle is other.handle:
        return False
    mine, its = one.handle.box, other.handle.box
    close = ALIGNED_HEIGHTS * height
    down = abs(one.text.centre[1] - other.text.centre[1])
    same = abs(mine.width_px - its.width_px) <= max(0.3 * height, 0.3 * max(mine.width_px, its.width_px))
    same &= abs(one.gap_px - other.gap_px) <= 0.6 * height
    if down > 0.5 * height:
        handles = abs(mine.centre[0] - its.centre[0]) <= close or (
            abs(mine.left - its.left) <= close and abs(mine.right - its.right) <= close
        )
        near, far = (one.text.left, other.text.left) if one.side == "left" else (one.text.right, other.text.right)
        flush = handles and abs(near - far) <= 1.5 * close and down <= ROW_DISTANCE_HEIGHTS * height
        centred = abs(one.box.centre[0] - other.box.centre[0]) <= height and down <= 2.5 * height
        return flush or (centred and same and one.handle.line and other.handle.line)
    apart = max(one.box.left, other.box.left) - min(one.box.right, other.box.right)
    level = down <= ALIGNED_HEIGHTS * height
    return level and same and -0.5 * height <= apart <= COLUMN_DISTANCE_HEIGHTS * height


def _group(pairs: Sequence[_Pair]) -> list[list[_Pair]]:
    """Connected families of aligned pairs."""
    groups: list[list[_Pair]] = []
    for pair in pairs:
        joined = [group for group in groups if any(_aligned(pair, member) for member in group)]
        groups = [group for group in groups if group not in joined]
        groups.append([pair, *(member for group in joined for member in group)])
    return groups


def _choose(groups: list[list[_Pair]], inks: Sequence[_PanelInk]) -> list[list[_Pair]]:
    """Believable groups, each text and handle used once; larger groups and handles on the left go first."""
    chosen: list[list[_Pair]] = []
    taken: list[_Pair] = []

    def rank(group: list[_Pair]) -> tuple[float, float]:
        gaps = [abs(pair.gap_px) / pair.height_px for pair in group]
        return len(group) + 0.5 * (group[0].side == "left"), -float(np.median(gaps))

    for group in sorted(groups, key=rank, reverse=True):
        rest = [pair for pair in group if not any(_conflict(pair, other) for other in taken)]
        if rest and _believable(rest, inks):
            chosen.append(rest)
            taken += rest
    return chosen


def _conflict(one: _Pair, other: _Pair) -> bool:
    shared = one.handle.box.intersection_area(other.handle.box)
    if shared > 0.3 * min(one.handle.box.area_px, other.handle.box.area_px):
        return True
    return one.text.intersection_area(other.text) > 0.5 * min(one.text.area_px, other.text.area_px)


def _believable(group: list[_Pair], inks: Sequence[_PanelInk]) -> bool:
    """Several alike handles, or one level stroke; their colours are drawn in some panel."""
    words = [pair for pair in group if not _NUMBER.match(pair.label)]
    if len(group) == 1:
        pair = group[0]
        letters = sum(char.isalnum() for char in pair.label)
        if not (words and pair.handle.line and pair.gap_px <= 2.0 * pair.height_px and letters > 2):
            return False
        shortest = 0.5 if _chroma(pair.handle) > SMALLEST_CHROMA else 0.8
        length = pair.handle.box.width_px / pair.height_px
        if not shortest <= length <= 6.0 or (pair.side == "right" and pair.place < 0):
            return False
    elif not words and all(_chroma(pair.handle) < SMALLEST_CHROMA for pair in group):
        return False  # tick labels and their ticks
    if len(group) > 1:
        # Points read as letters or boxes have other points beside them: short labels must be several and distinct.
        labels = {pair.label for pair in group}
        telling = [pair for pair in group if sum(char.isalnum() for char in pair.label) > 1]
        exposed = group[0].place >= 0 or not any(pair.handle.line for pair in group)
        if 2 * len(telling) < len(group) and (len(labels) < len(group) or len(group) < (3 if exposed else 2)):
            return False
    around = enclosing_box(pair.box for pair in group)
    samples = [ink.outside(around) for ink in inks]
    seen = [_drawn_in_a_panel(pair.handle, samples) for pair in group]
    return sum(seen) >= max(1.0, 0.5 * len(group))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _PanelInk:
    """Ink inside an axes box, thinned out: (N, 2) places, (N, 3) colours."""

    background: FloatArray
    places_px: FloatArray
    colours: FloatArray

    def outside(self, box: Box) -> FloatArray:
        x, y = self.places_px[:, 0], self.places_px[:, 1]
        inside = (x >= box.left - 1) & (x <= box.right + 1) & (y >= box.top - 1) & (y <= box.bottom + 1)
        return self.colours[~inside]


def _panel_inks(image: Image, panels: Sequence[Panel]) -> list[_PanelInk]:
    whole = Box(left=0.0, top=0.0, right=image.width_px - 1.0, bottom=image.height_px - 1.0)
    inks = []
    for axes in [panel.axes for panel in panels] or [whole]:
        rows, cols = axes.expanded(-2.0).slices(image.pixels.shape)
        step = max(1, int(np.sqrt((rows.stop - rows.start) * (cols.stop - cols.start) / SAMPLED_PIXELS)))
        part = image.pixels[rows, cols][::step, ::step]
        if part.size == 0:
            continue
        background = commonest_colour(part)
        differs = cv2.absdiff(part, np.broadcast_to(background.astype(np.uint8), part.shape).copy()).max(axis=-1) > 12
        y, x = np.nonzero(differs)
        places = np.stack([x * step + cols.start, y * step + rows.start], axis=1).astype(float)
        inks.append(_PanelInk(background=background, places_px=places, colours=part[y, x].astype(float)))
    return inks


def _drawn_in_a_panel(handle: Handle, samples: Sequence[FloatArray]) -> bool:
    colour = np.array(handle.colour, float)
    return any((np.abs(sample - colour).max(axis=-1) < COLOUR_DISTANCE).sum() >= FEWEST_PIXELS for sample in samples)


def _at_full_strength(group: list[_Pair], inks: Sequence[_PanelInk]) -> list[_Pair]:
    """Handles thinner than two pixels never reach their colour: it is taken from the lines they stand for."""
    if all(pair.handle.stroke_px > THIN_STROKE_PX for pair in group):
        return group
    around = enclosing_box(pair.box for pair in group)
    samples = [(ink.background, ink.outside(around)) for ink in inks]
    colours = [np.array(pair.handle.colour, float) for pair in group]
    result = []
    for pair, colour in zip(group, colours, strict=True):
        result.append(pair)
        if not pair.handle.line or pair.handle.stroke_px > THIN_STROKE_PX:
            continue
        for background, sample in samples:
            ray = colour - background
            strength = strengths(sample - background, ray, SHADE_DISTANCE, STRONGEST_FRAC)
            rivals = strengths(np.array(colours) - background, ray, SHADE_DISTANCE, np.inf)
            if any(rival > 0.3 and abs(rival - 1.0) > 0.15 for rival in rivals):
                continue  # another entry is a paler or stronger shade of the same colour
            own = strength[strength > 0.75]
            if len(own) < 4 * FEWEST_PIXELS:
                continue
            best = float(np.quantile(own, 0.9))
            if 1.1 < best < STRONGEST_FRAC:
                near = sample[np.abs(strength - best) < 0.1]
                red, green, blue = (int(round(float(v))) for v in np.median(near, axis=0))
                result[-1] = replace(pair, handle=replace(pair.handle, colour=(red, green, blue)))
                break
    return result


def _to_legend(image: Image, group: list[_Pair], texts: Sequence[TextBox]) -> Legend:
    height = float(np.median([pair.height_px for pair in group]))
    around = enclosing_box(pair.box for pair in group)
    frame = _find_frame(image, around, height)
    box = frame or around
    free = [
        text for text in texts
        if _wordy(text) and not any(text.box.intersection_area(pair.text) > 0.3 * text.box.area_px for pair in group)
    ]  # fmt: skip
    entries = []
    for pair in sorted(group, key=lambda pair: (round(pair.text.centre[1] / (0.7 * height)), pair.text.left)):
        label, text_box = _completed(pair, free, group, box, frame is not None)
        if frame is None:
            box = enclosing_box([box, text_box])
        entries.append(LegendEntry(
            label=label, handle=pair.handle.box, colour=pair.handle.colour, dash=pair.handle.dash,
            marker=pair.handle.marker, line=pair.handle.line,
        ))  # fmt: skip
    title = _title(around, free, box if frame else None, height)
    return Legend(box=box, entries=tuple(entries), title=title)


def _completed(
    pair: _Pair, free: list[TextBox], group: list[_Pair], box: Box, framed: bool
) -> tuple[str, Box]:
    """The label with what stands further along its line, and on a second line under it, when it is its own."""
    label, around = pair.label, pair.text
    if pair.side == "left":
        reach = 25.0 if framed else 0.9
        handles = [other.handle.box.left for other in group if other is not pair and other.handle.box.left > around.right
                   and abs(other.text.centre[1] - around.centre[1]) < 0.5 * pair.height_px]  # fmt: skip
        for text in sorted(free, key=lambda text: text.box.left):
            level = abs(text.box.centre[1] - pair.text.centre[1]) <= 0.35 * pair.height_px
            gap = text.box.left - around.right
            inside = not framed or box.contains(*text.box.centre)
            if level and inside and -0.3 * pair.height_px <= gap <= reach * pair.height_px and (
                not handles or text.box.right < min(handles)
            ):
                label, around = f"{label} {text.text.strip()}", enclosing_box([around, text.box])
    return label, around


def _title(around: Box, free: list[TextBox], frame: Box | None, height_px: float) -> str:
    """The text over the first entry, inside the frame or flush with the handles."""
    for text in sorted(free, key=lambda text: -text.box.bottom):
        if not -0.5 * height_px <= around.top - text.box.bottom <= 1.6 * height_px:
            continue
        x, y = text.box.centre
        if frame is not None and frame.contains(x, y):
            return text.text.strip()
        if frame is None and abs(text.box.left - around.left) <= 0.8 * height_px:
            return text.text.strip()
    return ""


def _find_frame(image: Image, around: Box, height_px: float) -> Box | None:
    """The drawn frame or filled box around the entries: on each side the first line that differs along its length."""
    rows, cols = around.expanded(2.0).slices(image.pixels.shape)
    inner = image.pixels[rows, cols]
    if inner.size == 0:
        return None
    background = commonest_colour(inner)
    reach = int(FRAME_REACH_HEIGHTS * height_px) + 2
    pixels = image.pixels
    edges: list[float] = []
    for axis, start, step, along in (
        (1, cols.start, -1, rows), (0, rows.start, -1, cols), (1, cols.stop - 1, 1, rows), (0, rows.stop - 1, 1, cols),
    ):  # fmt: skip
        limit = pixels.shape[axis]
        found = None
        for offset in range(reach):
            at = start + step * offset
            if not 0 <= at < limit:
                break
            line = pixels[along, at] if axis == 1 else pixels[at, along]
            differs = np.abs(line.astype(float) - background).max(axis=-1) > FRAME_DISTANCE
            if differs.mean() >= FRAME_SHARE_FRAC:
                found = float(at)
                break
        if found is None:
            return None
        edges.append(found)
    return Box(left=edges[0], top=edges[1], right=edges[2], bottom=edges[3])
