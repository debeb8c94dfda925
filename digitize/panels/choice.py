"""Which of the proposed boxes are panels: what the labels beside each say, and the best set of boxes apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from calibration.geometry import Box, TextBox
from digitize.panels.axes_boxes import AxesBox
from digitize.panels.axis_doubts import labels_that_read_otherwise
from digitize.panels.axis_reader import AxisReader, SideReading
from digitize.panels.axis_texts import TIGHT_OVERHANG_HEIGHTS, is_number_like

MAX_OVERLAP_FRAC = 0.15
MAX_INSET_FRAC = 0.4
INSET_LABELS_FRAC = 0.8
ALIGNED_HEIGHTS = 0.8
TWIN_MIN_LABELS = 3
MIN_SUPPORT_SHARED, MIN_SUPPORT_ALIKE = 4, 3
"""Lines that speak for a box without labels: fewer may be a neighbour's of one size, a spine of which was lost."""
STRANGER_COST = 0.5
FEWEST_FOREIGN = 3
MIN_EVIDENCE = 1.5
"""A table has rows and columns of numbers too, but most of them stand inside."""
STRAY_FRAC = 0.1
"""So many things beside its labels may be read inside an inset: a tick mark as a 1."""
WHOLE_RUN_FRAC, WHOLE_SPAN_FRAC = 0.8, 0.5
"""A box around an inset reads nearly all labels along its sides, and they reach over most of them."""
WITHIN_FRAC, PART_FRAC, FEWEST_BEYOND = 0.95, 0.6, 2
"""What lies between gridlines, or under the ends of bars, lies inside the box and reads at most this share of the
labels of one of its axes, or so many less: two labels do not fall in with the axis of another box by chance."""
CENTRED_FRAC, STRIP_HEIGHTS, TITLE_HEIGHTS = 0.1, 2.5, 3.0
CATEGORY_WORTH, NUMBER_CATEGORY_WORTH = 0.5, 0.25
"""Any evenly spaced texts can be categories; numbers that fit no scale are rather the labels of two panels."""
FAR_SIDE_WORTH = 0.7
"""Labels on top or on the right may as well be the neighbour's."""
SECOND_WORTH = 0.25
"""Of two y axes the one that says less counts less: its labels may be the neighbour's."""
OPEN_WORTH = 0.75
"""An open box may run over two panels: what its labels say counts less."""
MIN_REFUSED_FRAC = 0.25
"""A box with one readable axis is a panel from this share of the other panels' area on."""
MIN_BARE_FRAC = 0.1
"""A box without a readable axis is one from this share of the picture on."""
MIN_SPINES_FRAC = 0.4
"""Two lines that meet are axes without a readable label from this share of the picture on."""
FULL_SPAN_FRAC = 0.6
"""Tick labels that reach over this share of an axis count fully."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PanelCandidate:
    """A box with what its own labels say; ``strangers`` are numbers inside that are no labels of its own."""

    axes: AxesBox
    x: SideReading | None = None
    y: SideReading | None = None
    twin_y: SideReading | None = None
    strangers: tuple[TextBox, ...] = ()
    shared: tuple[str, ...] = ()

    @property
    def box(self) -> Box:
        return self.axes.box

    @property
    def closed(self) -> bool:
        return not (self.axes.open_x or self.axes.open_y)

    @property
    def own_texts(self) -> tuple[TextBox, ...]:
        """Labels of its first axes, borrowed ones left out."""
        own = [(name, side) for name, side in (("x", self.x), ("y", self.y)) if side and name not in self.shared]
        return tuple(label for _, side in own for label in side.run.labels)

    @property
    def used_places(self) -> frozenset[tuple[str, float, float]]:
        """Where the labels stand that its axes rest on."""
        sides = {"x": self.x, "y": self.y}
        return frozenset((name, *label.box.centre) for name, side in sides.items() if side for label in side.axis.used)

    @property
    def evidence(self) -> float:
        """Labels that took part, worth less where they span little of the box or stand inside it."""
        worth = -STRANGER_COST * len(self.strangers)
        worth += _worth_along(self.x, self.box.width_px) if self.x else 0.0
        # few labels on the left and many on the right are one pair of axes, not a smaller box right of the left ones
        upright = sorted(_worth_along(side, self.box.height_px) for side in (self.y, self.twin_y) if side)
        worth += sum(upright[-1:]) + SECOND_WORTH * sum(upright[:-1])
        return worth if self.closed else OPEN_WORTH * worth

    @property
    def rank(self) -> tuple[float, ...]:
        return (-self.evidence, not self.closed, -self.axes.support, -self.box.area_px)


def _worth_along(side: SideReading, length_px: float) -> float:
    """What the labels of one side say for a box of this length."""
    at = [label.position_px for label in side.axis.used]
    usual = 1.0 if side.run.side in ("bottom", "left") else FAR_SIDE_WORTH
    if side.axis.scale.name == "category":
        usual *= NUMBER_CATEGORY_WORTH if counts_numbers(side) else CATEGORY_WORTH
    spanned = min((max(at) - min(at)) / max(FULL_SPAN_FRAC * length_px, 1.0), 1.0)
    # one that was read twice counts once
    return usual * len({label.value for label in side.axis.used}) * spanned - _foreign_labels(side)


def _foreign_labels(side: SideReading) -> int:
    """How many labels before, or behind, those kept were voted out together: another panel's, not misread.

    Two readings of one label count once. Beside labels voted out one that was taken for another number is out, too.
    """
    if not side.axis.rejected:
        return 0
    bent = labels_that_read_otherwise(side.axis)
    kept = [label.position_px for label in side.axis.used if label not in bent]
    along = 0 if side.run.side in ("bottom", "top") else 1
    out: list[float] = []
    for label in sorted((*side.axis.rejected, *bent), key=lambda one: one.box.centre[along]):
        place = label.box.centre[along]
        if not out or place - out[-1] > min(label.box.width_px, label.box.height_px) / 2:
            out.append(place)
    groups = sum(at < min(kept, default=-np.inf) for at in out), sum(at > max(kept, default=np.inf) for at in out)
    return sum(count for count in groups if count >= FEWEST_FOREIGN)


def lacks_labels(candidate: PanelCandidate) -> bool:
    """Whether labels along a y axis are another panel's."""
    return bool(candidate.x and candidate.y and _foreign_labels(candidate.y))


def _spans(box: Box, shape: tuple[int, ...]) -> bool:
    """Whether a box that two lines alone speak for is as large as only the axes of a figure are."""
    return box.area_px >= MIN_SPINES_FRAC * shape[0] * shape[1]


def read_candidate(axes: AxesBox, reader: AxisReader) -> PanelCandidate | None:
    left, right = reader.read_side("left", axes), reader.read_side("right", axes)
    x = reader.read_side("bottom", axes) or reader.read_side("top", axes) or reader.read_inner("bottom", axes)
    y = left or right or reader.read_inner("left", axes)
    if not (x or y or axes.support >= MIN_SUPPORT_ALIKE or _spans(axes.box, reader.pixels.shape)):
        return None
    twin = right if left and right and _is_second(right, left, reader) else None
    twin = None if twin and twin.axis.scale.name == "category" else twin
    taken = {id(label) for side in (x, y) if side for label in side.run.labels}
    strangers = tuple(
        text
        for text in reader.texts
        if is_number_like(text) and axes.box.contains(*text.box.centre) and id(text) not in taken
    )
    return PanelCandidate(axes=axes, x=x, y=y, twin_y=twin, strangers=strangers)


def _is_second(right: SideReading, left: SideReading, reader: AxisReader) -> bool:
    """Whether labels right of a box are those of a second y axis: two are where they stand on marks of their own."""
    return len(right.axis.used) >= TWIN_MIN_LABELS or reader.on_own_marks(right, left)


def choose_panels(candidates: Sequence[PanelCandidate], text_height_px: float) -> list[PanelCandidate]:
    """The best set of boxes that do not overlap, shared axes filled in from neighbours."""
    whole = _without_parts([c for c in candidates if c.x and c.y])
    whole = sorted((c for c in _around_insets(whole, candidates) if c.evidence >= MIN_EVIDENCE), key=lambda c: c.rank)
    heads = [c for c in whole if _labelled_with_titles(c, candidates, text_height_px)]
    chosen: list[PanelCandidate] = []
    _take([c for c in whole if c not in heads], chosen)
    halves = sorted((c for c in candidates if not (c.x and c.y)), key=lambda c: c.rank)
    aligned_px = ALIGNED_HEIGHTS * text_height_px
    donors: list[PanelCandidate] = [*chosen, *(c for c in halves if c.x or c.y)]
    for half in halves:
        if not half.closed or not all(_apart(half, other) for other in chosen):
            continue
        # a panel that was chosen is the better donor: other boxes around its labels miss some of its lines
        x = half.x or _donated("x", half, chosen, aligned_px) or _donated("x", half, donors, aligned_px)
        y = half.y or _donated("y", half, chosen, aligned_px) or _donated("y", half, donors, aligned_px)
        alike = half.x or half.y or any(of_one_size(half.box, c.box, aligned_px) for c in chosen)
        if x and y and alike:
            shared = tuple(name for name, own in (("x", half.x), ("y", half.y)) if own is None)
            chosen.append(replace(half, x=x, y=y, shared=shared))
    _take(heads, chosen)
    return chosen


def _without_parts(whole: Sequence[PanelCandidate]) -> list[PanelCandidate]:
    """The candidates less those between gridlines of a larger box that reads their labels, and more, as one axis."""
    return [part for part in whole if not any(_is_part(part, outer) for outer in whole)]


def _is_part(part: PanelCandidate, outer: PanelCandidate) -> bool:
    places, more = part.used_places, outer.used_places
    counts = [[sum(name == side for name, *_ in one) for side in "xy"] for one in (places, more)]
    fewer = any(own < PART_FRAC * all_ or all_ - own >= FEWEST_BEYOND for own, all_ in zip(*counts, strict=True))
    if any(side and counts_numbers(side) for side in (outer.x, outer.y)):
        return False
    overhangs = places == more and _overhangs(part) and not _overhangs(outer)
    within = part.box.intersection_area(outer.box) >= WITHIN_FRAC * part.box.area_px
    return within and (overhangs or (places < more and fewer))


def _overhangs(candidate: PanelCandidate) -> bool:
    """Whether its axes rest on a label that stands beyond the end of the box."""
    box = candidate.box
    ends = (candidate.x, box.left, box.right), (candidate.y, box.top, box.bottom)
    return any(
        not first - TIGHT_OVERHANG_HEIGHTS * label.box.height_px <= label.position_px
        <= last + TIGHT_OVERHANG_HEIGHTS * label.box.height_px
        for side, first, last in ends if side
        for label in side.axis.used
    )  # fmt: skip


def counts_numbers(side: SideReading) -> bool:
    """Whether an axis takes numbers for categories: they fit no scale."""
    numbers = sum(is_number_like(label) for label in side.run.labels)
    return side.axis.scale.name == "category" and 2 * numbers > len(side.run.labels)


def is_half_read_inset(half: PanelCandidate, outer: PanelCandidate) -> bool:
    """Whether a box well inside another, one axis of which was read from labels of its own, is an inset."""
    box, whole = half.box, outer.box
    if not half.closed or half.axes.support < MIN_SUPPORT_ALIKE or bool(half.x) == bool(half.y):
        return False
    inside = whole.left < box.left and whole.top < box.top and box.right < whole.right and box.bottom < whole.bottom
    taken = {id(text) for text in outer.own_texts}
    own = all(whole.contains(*text.box.centre) and id(text) not in taken for text in half.own_texts)
    return inside and own and box.area_px <= MAX_INSET_FRAC * whole.area_px


def _is_inset_of_one(half: PanelCandidate, panels: Sequence[PanelCandidate]) -> bool:
    """Whether a box one axis of which was read lies within one panel and apart from all others."""
    around = [panel for panel in panels if panel.box.intersection_area(half.box) > 0]
    return len(around) == 1 and is_half_read_inset(half, around[0])


def _around_insets(whole: Sequence[PanelCandidate], others: Sequence[PanelCandidate]) -> list[PanelCandidate]:
    """The candidates, those around an inset no longer charged with the labels of the inset."""
    insets = [c for c in whole if c.closed and len(c.strangers) <= STRAY_FRAC * len(c.own_texts)]
    found = []
    for outer in whole:
        if outer.closed and outer.strangers and _reads_whole_sides(outer):
            within = [c for c in insets if c.box.area_px < outer.box.area_px and _apart(c, outer)]
            within += [c for c in others if is_half_read_inset(c, outer)]
            taken = {id(text) for inset in within for text in (*inset.own_texts, *inset.strangers)}
            outer = replace(outer, strangers=tuple(text for text in outer.strangers if id(text) not in taken))
        found.append(outer)
    return found


def _reads_whole_sides(candidate: PanelCandidate) -> bool:
    """Whether nearly all labels along both sides were read as one axis that reaches over most of the side."""
    for side, length_px in ((candidate.x, candidate.box.width_px), (candidate.y, candidate.box.height_px)):
        if side is None:
            return False
        at = [label.position_px for label in side.axis.used]
        if len(at) < WHOLE_RUN_FRAC * side.run.numbers or max(at) - min(at) < WHOLE_SPAN_FRAC * length_px:
            return False
    return True


def _labelled_with_titles(candidate: PanelCandidate, others: Sequence[PanelCandidate], text_height_px: float) -> bool:
    """Whether the categories of an x axis are rather the titles, or strips, of panels below it."""
    if candidate.x is None or candidate.x.axis.scale.name != "category" or candidate.x.run.side != "bottom":
        return False
    below = [c.box for c in others if c.closed and c.box.centre[1] > candidate.box.bottom]
    headed = {
        (round(box.left), round(box.right))
        for label in candidate.x.axis.used
        for box in below
        if abs(label.box.centre[0] - box.centre[0]) <= CENTRED_FRAC * box.width_px
        and -STRIP_HEIGHTS * text_height_px <= box.top - label.box.centre[1] <= TITLE_HEIGHTS * text_height_px
        and box.width_px > label.box.width_px
    }
    return len(headed) >= 2


def _take(candidates: Sequence[PanelCandidate], chosen: list[PanelCandidate]) -> None:
    """Add to ``chosen``, in place, what stands apart from all of it."""
    for candidate in candidates:
        if all(_apart(candidate, other) for other in chosen):
            chosen.append(candidate)


def refused_panels(
    candidates: Sequence[PanelCandidate], panels: Sequence[PanelCandidate], picture_px: float
) -> list[PanelCandidate]:
    """Boxes that are panels beside, or within, those read, though an axis of theirs could not be.

    At most one of them is without any.
    """
    insets = [c for c in candidates if _has_numbers(c) and _is_inset_of_one(c, panels)]
    free = [c for c in candidates if c.closed and not (c.x and c.y)]
    free = [c for c in free if all(c.box.intersection_area(p.box) == 0 for p in panels)]
    least_px = max((MIN_REFUSED_FRAC * panel.box.area_px for panel in panels), default=MIN_BARE_FRAC * picture_px)
    halves = [c for c in free if _has_numbers(c) and c.box.area_px >= least_px]
    chosen: list[PanelCandidate] = []
    for half in sorted([*halves, *insets], key=lambda c: c.rank):
        if all(half.box.intersection_area(other.box) == 0 for other in chosen):
            chosen.append(half)
    if not (panels or chosen):
        bare = [c for c in free if c.axes.support >= MIN_SUPPORT_SHARED and c.box.area_px >= MIN_BARE_FRAC * picture_px]
        bare = bare or [c for c in free if c.box.area_px >= MIN_SPINES_FRAC * picture_px]
        chosen = sorted(bare, key=lambda c: -c.box.area_px)[:1]
    return [replace(one, twin_y=None) for one in chosen]


def _has_numbers(candidate: PanelCandidate) -> bool:
    """Whether one axis was read from numbers or dates: any row of titles under a frame can be categories."""
    return any(side is not None and side.axis.scale.name != "category" for side in (candidate.x, candidate.y))


def without_foreign_twin(panel: PanelCandidate, panels: Sequence[PanelCandidate]) -> PanelCandidate:
    """Labels between two panels belong to the one whose first y axis they are, or whose spine they stand nearer to."""
    others = [other for other in panels if other is not panel]
    taken = {id(text) for other in others for text in other.own_texts}
    twin, y = panel.twin_y, panel.y
    if twin and (any(id(text) in taken for text in twin.run.labels) or _is_neighbours(twin, panel, others)):
        twin = None
    if y and "y" not in panel.shared and y.run.side == "right" and _is_neighbours(y, panel, others):
        y = None
    return replace(panel, twin_y=twin, y=y)


def _is_neighbours(side: SideReading, panel: PanelCandidate, others: Sequence[PanelCandidate]) -> bool:
    """Whether labels right of a panel stand nearer to the next panel's left edge."""
    first = min(text.box.left for text in side.run.labels)
    last = max(text.box.right for text in side.run.labels)
    return any(
        abs(other.box.left - last) < abs(first - panel.box.right)
        and other.box.centre[0] > last
        and min(other.box.bottom, panel.box.bottom) > max(other.box.top, panel.box.top)
        for other in others
    )


def _apart(candidate: PanelCandidate, other: PanelCandidate) -> bool:
    """Whether two boxes can both be panels: beside each other, or one an inset with labels of its own."""
    shared = candidate.box.intersection_area(other.box)
    smaller, larger = sorted((candidate, other), key=lambda c: c.box.area_px)
    if shared <= MAX_OVERLAP_FRAC * smaller.box.area_px:
        return True
    if smaller.shared or smaller.box.area_px > MAX_INSET_FRAC * larger.box.area_px or not (smaller.x and smaller.y):
        return False
    inside = [text for text in smaller.own_texts if larger.box.contains(*text.box.centre)]
    taken = {id(text) for text in larger.own_texts}
    own = not any(id(text) in taken for text in smaller.own_texts)
    return own and len(inside) >= INSET_LABELS_FRAC * len(smaller.own_texts)


def _donated(
    axis: str, half: PanelCandidate, donors: Sequence[PanelCandidate], aligned_px: float
) -> SideReading | None:
    """The axis of the nearest panel in the same column (x) or row (y)."""
    box = half.box
    best: tuple[float, SideReading] | None = None
    for donor in donors:
        reading = donor.x if axis == "x" else donor.y
        other = donor.box
        if reading is None or box.intersection_area(other) >= WITHIN_FRAC * box.area_px:
            continue  # a box within another is no neighbour of it
        if axis == "x":
            apart, away = max(abs(box.left - other.left), abs(box.right - other.right)), box.centre[1] - other.centre[1]
        else:
            apart, away = max(abs(box.top - other.top), abs(box.bottom - other.bottom)), box.centre[0] - other.centre[0]
        if apart <= aligned_px and (best is None or abs(away) < best[0]):
            best = abs(away), reading
    return best[1] if best else None


def of_one_size(box: Box, other: Box, aligned_px: float) -> bool:
    """Whether two boxes that lie apart are as wide and as high as each other."""
    same = abs(box.width_px - other.width_px) <= aligned_px and abs(box.height_px - other.height_px) <= aligned_px
    return same and box.intersection_area(other) == 0


def reading_order(panels: Sequence[PanelCandidate]) -> list[PanelCandidate]:
    """Rows from the top, each from the left; a row is what begins above the middle of its first panel."""
    left = sorted(panels, key=lambda c: c.box.top)
    ordered: list[PanelCandidate] = []
    while left:
        middle = left[0].box.centre[1]
        row = [c for c in left if c.box.top <= middle]
        ordered += sorted(row, key=lambda c: c.box.left)
        left = [c for c in left if c not in row]
    return ordered
