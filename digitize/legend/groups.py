"""Labelled handles gathered into legends: what aligns, what is believable, at which colour."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from calibration.geometry import BoolArray, Box, FloatArray, enclosing_box
from digitize.legend.inks import commonest_colour, strengths
from digitize.legend.pairs import NUMBER, Pair, chroma
from digitize.values import RGB, Image, Panel

ALIGNED_HEIGHTS = 0.4
ROW_DISTANCE_HEIGHTS = 4.0
COLUMN_DISTANCE_HEIGHTS = 7.0
COLOUR_DISTANCE = 45.0
FEWEST_PIXELS = 10
SMALLEST_CHROMA = 25.0
LONGEST_GAP_DASHES = 2.5
SAMPLED_PIXELS = 120_000
THIN_STROKE_PX = 2.0
STRONGEST_FRAC = 3.0
"""By how much a thin handle may be paler than the line it stands for."""
SHADE_DISTANCE = 16.0
PALE_RGB = 90.0
LEAST_TIMES, MOST_TIMES = 2.5, 15.0
"""A shade under a line is drawn with between 0.07 and 0.4 of its strength."""
LEVEL_FRAC = 0.1
HUE_FRAC = 0.15
GATHERED_SHARE = 0.3
MOST_CROWDED = 0.5


def _aligned(one: Pair, other: Pair) -> bool:
    """Whether two pairs stand one under the other, or side by side, as entries of one legend do."""
    if one.side != other.side or one.place != other.place:
        return False
    height = max(one.height_px, other.height_px)
    if min(one.height_px, other.height_px) < 0.5 * height or one.handle is other.handle or one.text == other.text:
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
        centred = abs(one.box.centre[0] - other.box.centre[0]) <= height and same
        # pgfplots centres labels in a column of their own
        centred |= handles and abs(one.text.centre[0] - other.text.centre[0]) <= close
        return flush or (centred and down <= 2.5 * height and one.handle.line and other.handle.line)
    apart = max(one.box.left, other.box.left) - min(one.box.right, other.box.right)
    level = down <= ALIGNED_HEIGHTS * height
    return level and same and -0.5 * height <= apart <= COLUMN_DISTANCE_HEIGHTS * height


def group_pairs(pairs: Sequence[Pair]) -> list[list[Pair]]:
    """Connected families of aligned pairs."""
    groups: list[list[Pair]] = []
    for pair in pairs:
        joined = [group for group in groups if any(_aligned(pair, member) for member in group)]
        groups = [group for group in groups if group not in joined]
        groups.append([pair, *(member for group in joined for member in group)])
    return groups


def choose_groups(groups: list[list[Pair]], inks: Sequence[PanelInk]) -> list[list[Pair]]:
    """Believable groups, each text and handle used once; larger groups and handles on the left go first."""
    chosen: list[list[Pair]] = []
    taken: list[Pair] = []

    def rank(group: list[Pair]) -> tuple[float, float]:
        gaps = [abs(pair.gap_px) / pair.height_px for pair in group]
        return len(group) + 0.5 * (group[0].side == "left"), -float(np.median(gaps))

    for group in sorted(groups, key=rank, reverse=True):
        rest: list[Pair] = []
        for pair in sorted(group, key=_off_column(group)):
            if not any(_conflict(pair, other) for other in taken + rest):
                rest.append(pair)
        rest = _trimmed(rest)
        if rest and _believable(rest, inks):
            chosen.append(rest)
            taken += rest
    return chosen


def _off_column(group: Sequence[Pair]) -> Callable[[Pair], float]:
    """How far a handle's ends are from where the group's others begin and end."""
    left = float(np.median([pair.handle.box.left for pair in group]))
    right = float(np.median([pair.handle.box.right for pair in group]))
    return lambda pair: abs(pair.handle.box.left - left) + abs(pair.handle.box.right - right)


def _trimmed(group: list[Pair]) -> list[Pair]:
    """Strokes cut to the length that the others of their column have in common: a data line ran into them."""
    result = []
    for pair in group:
        box = pair.handle.box
        column = [
            other.handle.box for other in group
            if other is not pair and other.handle.line
            and abs(other.text.centre[1] - pair.text.centre[1]) > 0.5 * pair.height_px
            and min(abs(other.handle.box.left - box.left), abs(other.handle.box.right - box.right)) <= 1.5
        ]  # fmt: skip
        result.append(pair)
        if not pair.handle.line or len(column) < 2:
            continue
        left = float(np.median([other.left for other in column]))
        right = float(np.median([other.right for other in column]))
        longer = max(left - box.left, box.right - right)
        if longer > 0.15 * pair.height_px and longer > 1.5:
            trimmed = replace(box, left=max(left, box.left), right=min(right, box.right))
            result[-1] = replace(pair, handle=replace(pair.handle, box=trimmed, dash=()))
    return result


def _conflict(one: Pair, other: Pair) -> bool:
    shared = one.handle.box.intersection_area(other.handle.box)
    if shared > 0.3 * min(one.handle.box.area_px, other.handle.box.area_px):
        return True
    return one.text.intersection_area(other.text) > 0.5 * min(one.text.area_px, other.text.area_px)


def _believable(group: list[Pair], inks: Sequence[PanelInk]) -> bool:
    """Several alike handles, or one level stroke; their colours are drawn in some panel."""
    words = [pair for pair in group if not NUMBER.match(pair.label)]
    if len(group) == 1:
        pair = group[0]
        letters = sum(char.isalnum() for char in pair.label)
        patch = pair.place < 0 and chroma(pair.handle) > SMALLEST_CHROMA
        shown = pair.handle.line or patch
        if not (words and shown and pair.gap_px <= 2.0 * pair.height_px and letters > 2):
            return False
        shortest = 0.5 if chroma(pair.handle) > SMALLEST_CHROMA else 0.8
        length = pair.handle.box.width_px / pair.height_px
        gappy = len(pair.handle.dash) > 1 and pair.handle.dash[1] > LONGEST_GAP_DASHES * max(pair.handle.dash[0], 1.0)
        if gappy or not shortest <= length <= 4.0 or (pair.side == "right" and pair.place < 0):
            return False
    elif not words and all(chroma(pair.handle) < SMALLEST_CHROMA for pair in group):
        return False  # tick labels and their ticks
    if len(group) > 1:
        # Points read as letters or boxes have other points beside them: short labels must be several and distinct.
        labels = {pair.label for pair in group}
        telling = [pair for pair in group if sum(char.isalnum() for char in pair.label) > 1]
        exposed = group[0].place >= 0 or not any(pair.handle.line for pair in group)
        if 2 * len(telling) <= len(group):
            spread = float(np.ptp([pair.handle.box.centre[0] for pair in group]))
            column = spread <= 0.15 * group[0].height_px
            if len(labels) < len(group) or (exposed and not (column and len(group) > 2)):
                return False
    around = enclosing_box(pair.box for pair in group)
    samples = [ink.outside(around) for ink in inks]
    seen = [is_drawn(pair.handle.colour, samples) for pair in group]
    return sum(seen) >= max(1.0, 0.5 * len(group))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PanelInk:
    """Ink inside an axes box, every ``step_px``-th pixel of it: (N, 2) places, (N, 3) colours."""

    background: FloatArray
    places_px: FloatArray
    colours: FloatArray
    step_px: int = 1

    def outside(self, box: Box) -> FloatArray:
        return self.colours[self._is_outside(box)]

    def _is_outside(self, box: Box) -> BoolArray:
        x, y = self.places_px[:, 0], self.places_px[:, 1]
        return ~((x >= box.left - 1) & (x <= box.right + 1) & (y >= box.top - 1) & (y <= box.bottom + 1))

    def crowding(self, chosen: BoolArray, box: Box, side_px: float) -> float:
        """How full of chosen ink, of what lies outside ``box``, the squares around each of it are, on average."""
        places = (self.places_px[self._is_outside(box)][chosen] / self.step_px).astype(int)
        first = places.min(axis=0)
        mask = np.zeros(tuple((places.max(axis=0) - first + 1)[::-1]), np.float32)
        mask[places[:, 1] - first[1], places[:, 0] - first[0]] = 1.0
        side = max(int(side_px / self.step_px), 3) | 1
        full = cv2.boxFilter(mask, -1, (side, side), borderType=cv2.BORDER_CONSTANT)
        return float(full[mask > 0].mean())


def panel_inks(image: Image, panels: Sequence[Panel]) -> list[PanelInk]:
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
        inks.append(PanelInk(background=background, places_px=places, colours=part[y, x].astype(float), step_px=step))
    return inks


def is_drawn(colour: RGB, samples: Sequence[FloatArray]) -> bool:
    """Whether one of the (N, 3) samples of ink holds the colour."""
    wanted = np.array(colour, float)
    return any((np.abs(sample - wanted).max(axis=-1) < COLOUR_DISTANCE).sum() >= FEWEST_PIXELS for sample in samples)


def at_full_strength(group: list[Pair], inks: Sequence[PanelInk]) -> list[Pair]:
    """Handles thinner than two pixels never reach their colour: it is taken from the lines they stand for."""
    if all(pair.handle.stroke_px > THIN_STROKE_PX for pair in group):
        return group
    around = enclosing_box(pair.box for pair in group)
    samples = [(ink.background, ink.outside(around)) for ink in inks]
    colours = [np.array(pair.handle.colour, float) for pair in group]
    result = []
    for pair, colour in zip(group, colours, strict=True):
        result.append(pair)
        if not pair.handle.line or pair.handle.stroke_px > THIN_STROKE_PX or chroma(pair.handle) < SMALLEST_CHROMA:
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
                red, green, blue = (round(float(v)) for v in np.median(near, axis=0))
                result[-1] = replace(pair, handle=replace(pair.handle, colour=(red, green, blue)))
                break
    return result


def of_shades(group: list[Pair], inks: Sequence[PanelInk]) -> list[Pair]:
    """Handles that show the shade under a line, as of a band around it, with the colour of that line.

    A shade of opacity ``a`` is ``1 / a`` times as pale as its line, the same for all entries: that is where, along each
    entry's own ray from the background, most of the ink stronger than the shade gathers. Translucent markers over each
    other grow as strong in heaps, not along lines.
    """
    if any(pair.handle.line for pair in group):
        return group
    around = enclosing_box(pair.box for pair in group)
    for ink in inks:
        offsets = ink.outside(around) - ink.background
        rays = [np.array(pair.handle.colour, float) - ink.background for pair in group]
        if not all(0.0 < np.linalg.norm(ray) < PALE_RGB for ray in rays):
            continue
        times = [_times_as_strong(offsets, ray) for ray in rays]
        levels = np.geomspace(LEAST_TIMES, MOST_TIMES, 60)
        near = np.array([[np.sum(np.abs(one / level - 1) < LEVEL_FRAC) for level in levels] for one in times])
        total = np.array([max(np.sum(one > LEAST_TIMES), 1) for one in times])
        shares = (near / total[:, None]).mean(axis=0)
        best = int(np.argmax(shares))
        if shares[best] < GATHERED_SHARE or near[:, best].min() < 4 * FEWEST_PIXELS:
            continue
        gathered = [np.abs(one / levels[best] - 1) < LEVEL_FRAC for one in times]
        if max(ink.crowding(one, around, group[0].height_px) for one in gathered) > MOST_CROWDED:
            continue  # no line is as thick as that
        colours = [np.median(offsets[one], axis=0) + ink.background for one in gathered]
        return [
            replace(pair, handle=replace(pair.handle, colour=_rgb(colour), marker=False))
            for pair, colour in zip(group, colours, strict=True)
        ]
    return group


def _times_as_strong(offsets: FloatArray, ray: FloatArray) -> FloatArray:
    """How many times as strong as ``ray`` each of (N, 3) offsets is; 0 where it is of another hue."""
    times = offsets @ ray / float(ray @ ray)
    across = np.linalg.norm(offsets - times[:, None] * ray, axis=1)
    return np.where(across < HUE_FRAC * np.linalg.norm(offsets, axis=1), times, 0.0)


def _rgb(colour: FloatArray) -> RGB:
    red, green, blue = (round(float(v)) for v in colour)
    return red, green, blue
