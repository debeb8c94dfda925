"""Image and texts -> panels with calibrated axes.

Lines propose boxes (:mod:`digitize.axes_boxes`), rows and columns of labels beside a box decide: a box
is a panel when both of its axes can be calibrated from its own labels, or from those of a neighbour in the
same row or column with which it shares an axis. Where there are no lines at all, labels alone propose boxes.
Boxes of which one axis could be read, or none in a figure that shows no other, are returned without a calibration.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from calibration.axis import AxisCalibration, PanelCalibration
from calibration.geometry import Box, ByteArray, TextBox, enclosing_box
from calibration.spines import find_straight_lines
from digitize.axes_boxes import AxesBox, find_axes_boxes
from digitize.axis_reader import AxisReader, SideReading
from digitize.axis_texts import is_number_like, panel_title
from digitize.findings import Finding
from digitize.label_boxes import closed_box, find_label_boxes
from digitize.values import RGB, Image, Legend, Panel

MAX_CANDIDATES = 80
MAX_OVERLAP_FRAC = 0.15
MAX_INSET_FRAC = 0.4
INSET_LABELS_FRAC = 0.8
ALIGNED_HEIGHTS = 0.8
TWIN_MIN_LABELS = 3
MIN_SUPPORT_SHARED = 4
STRANGER_COST = 0.5
CATEGORY_WORTH = 0.5
"""Any evenly spaced texts can be categories."""
FAR_SIDE_WORTH = 0.7
"""Labels on top or on the right may as well be the neighbour's."""
OPEN_WORTH = 0.7
"""An open box may run over two panels: what its labels say counts less."""
MIN_REFUSED_FRAC = 0.25
"""A box with one readable axis is a panel from this share of the other panels' area on."""
MIN_BARE_FRAC = 0.1
"""A box without a readable axis is one from this share of the picture on."""
UNREAD_TEXT_FRAC = 0.025
"""Text height, as a share of the picture's height, where no text was read at all."""
FULL_SPAN_FRAC = 0.6
"""Tick labels that reach over this share of an axis count fully."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CalibratedPanel:
    """A panel, its calibration and the texts that label it.

    ``calibration`` is None where an axis was refused; ``axes_read`` then holds the other one.
    """

    panel: Panel
    calibration: PanelCalibration | None
    label_texts: tuple[TextBox, ...]
    findings: tuple[Finding, ...] = ()
    axes_read: Mapping[str, AxisCalibration] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Candidate:
    """A box with what its own labels say."""

    axes: AxesBox
    x: SideReading | None = None
    y: SideReading | None = None
    twin_y: SideReading | None = None
    numbers_inside: int = 0
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
    def evidence(self) -> float:
        """Labels that took part, worth less where they span little of the box or stand inside it."""
        worth = -STRANGER_COST * self.numbers_inside
        for side, length_px in ((self.x, self.box.width_px), (self.y, self.box.height_px)):
            if side:
                at = [label.position_px for label in side.axis.used]
                usual = 1.0 if side.run.side in ("bottom", "left") else FAR_SIDE_WORTH
                usual *= CATEGORY_WORTH if side.axis.scale.name == "category" else 1.0
                worth += usual * len(at) * min((max(at) - min(at)) / max(FULL_SPAN_FRAC * length_px, 1.0), 1.0)
        return worth if self.closed else OPEN_WORTH * worth

    @property
    def rank(self) -> tuple[float, ...]:
        return (-self.evidence, not self.closed, -self.axes.support, -self.box.area_px)


def find_panels(image: Image, texts: Sequence[TextBox]) -> tuple[CalibratedPanel, ...]:
    """The panels of a figure in reading order.

    Parameters
    ----------
    image : Image
    texts : sequence of TextBox
        All texts of the figure.

    Returns
    -------
    tuple of CalibratedPanel
        Empty where no axes were found; without a calibration where an axis could not be read.
    """
    numbers = [text.height_px for text in texts if is_number_like(text)]
    heights = numbers or [text.height_px for text in texts] or [UNREAD_TEXT_FRAC * image.height_px]
    text_height_px = max(float(np.median(heights)), 1.0)
    horizontal, vertical = find_straight_lines(image.pixels, [text.box for text in texts], text_height_px)
    reader = AxisReader(image.pixels, texts, text_height_px)
    proposed = [
        closed_box(axes, texts, text_height_px, image.pixels.shape)
        for axes in find_axes_boxes(horizontal, vertical, text_height_px)[:MAX_CANDIDATES]
    ]
    candidates = [candidate for axes in proposed if (candidate := _read_candidate(axes, reader))]
    panels = _selected(candidates, text_height_px)
    free = [text for text in texts if not any(text in panel.own_texts for panel in panels)]
    alone = [one for axes in find_label_boxes(free, text_height_px) if (one := _read_candidate(axes, reader))]
    panels = _selected([*panels, *alone], text_height_px)
    panels += _refused(candidates, panels, image.height_px * image.width_px)
    ordered = _reading_order([_without_foreign_twin(panel, panels) for panel in panels])
    return tuple(_panel(index, one, image, reader, ordered) for index, one in enumerate(ordered, 1))


def _read_candidate(axes: AxesBox, reader: AxisReader) -> _Candidate | None:
    left, right = reader.read_side("left", axes), reader.read_side("right", axes)
    x = reader.read_side("bottom", axes) or reader.read_side("top", axes) or reader.read_inner("bottom", axes)
    y = left or right or reader.read_inner("left", axes)
    if not (x or y or axes.support >= MIN_SUPPORT_SHARED):
        return None
    twin = right if left and right and len(right.axis.used) >= TWIN_MIN_LABELS else None
    taken = {id(label) for side in (x, y) if side for label in side.run.labels}
    strangers = [
        text
        for text in reader.texts
        if is_number_like(text) and axes.box.contains(*text.box.centre) and id(text) not in taken
    ]
    return _Candidate(axes=axes, x=x, y=y, twin_y=twin, numbers_inside=len(strangers))


def _selected(candidates: Sequence[_Candidate], text_height_px: float) -> list[_Candidate]:
    """The best set of boxes that do not overlap, shared axes filled in from neighbours."""
    chosen: list[_Candidate] = []
    for candidate in sorted((c for c in candidates if c.x and c.y), key=lambda c: c.rank):
        if all(_apart(candidate, other) for other in chosen):
            chosen.append(candidate)
    halves = sorted((c for c in candidates if not (c.x and c.y)), key=lambda c: c.rank)
    aligned_px = ALIGNED_HEIGHTS * text_height_px
    donors: list[_Candidate] = [*chosen, *(c for c in halves if c.x or c.y)]
    for half in halves:
        if not half.closed or not all(_apart(half, other) for other in chosen):
            continue
        x = half.x or _donated("x", half, donors, aligned_px)
        y = half.y or _donated("y", half, donors, aligned_px)
        alike = half.x or half.y or any(_same_size(half.box, c.box, aligned_px) for c in chosen)
        if x and y and alike:
            shared = tuple(name for name, own in (("x", half.x), ("y", half.y)) if own is None)
            chosen.append(replace(half, x=x, y=y, shared=shared))
    return chosen


def _refused(candidates: Sequence[_Candidate], panels: Sequence[_Candidate], picture_px: float) -> list[_Candidate]:
    """Boxes that are panels beside those read, though an axis of theirs could not be; at most one without any."""
    free = [c for c in candidates if c.closed and all(c.box.intersection_area(p.box) == 0 for p in panels)]
    least_px = max((MIN_REFUSED_FRAC * panel.box.area_px for panel in panels), default=MIN_BARE_FRAC * picture_px)
    halves = [c for c in free if (c.x or c.y) and c.box.area_px >= least_px]
    chosen: list[_Candidate] = []
    for half in sorted(halves, key=lambda c: c.rank):
        if all(half.box.intersection_area(other.box) == 0 for other in chosen):
            chosen.append(half)
    if not (panels or chosen):
        bare = [c for c in free if c.axes.support >= MIN_SUPPORT_SHARED and c.box.area_px >= MIN_BARE_FRAC * picture_px]
        chosen = sorted(bare, key=lambda c: -c.box.area_px)[:1]
    return [replace(one, twin_y=None) for one in chosen]


def _without_foreign_twin(panel: _Candidate, panels: Sequence[_Candidate]) -> _Candidate:
    """Labels between two panels belong to the one whose first y axis they are."""
    taken = {id(text) for other in panels if other is not panel for text in other.own_texts}
    foreign = panel.twin_y and any(id(text) in taken for text in panel.twin_y.run.labels)
    return replace(panel, twin_y=None) if foreign else panel


def _apart(candidate: _Candidate, other: _Candidate) -> bool:
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


def _donated(axis: str, half: _Candidate, donors: Sequence[_Candidate], aligned_px: float) -> SideReading | None:
    """The axis of the nearest panel in the same column (x) or row (y)."""
    box = half.box
    best: tuple[float, SideReading] | None = None
    for donor in donors:
        reading = donor.x if axis == "x" else donor.y
        if reading is None or donor is half:
            continue
        other = donor.box
        if axis == "x":
            apart, away = max(abs(box.left - other.left), abs(box.right - other.right)), box.centre[1] - other.centre[1]
        else:
            apart, away = max(abs(box.top - other.top), abs(box.bottom - other.bottom)), box.centre[0] - other.centre[0]
        if apart <= aligned_px and (best is None or abs(away) < best[0]):
            best = abs(away), reading
    return best[1] if best else None


def _same_size(box: Box, other: Box, aligned_px: float) -> bool:
    same = abs(box.width_px - other.width_px) <= aligned_px and abs(box.height_px - other.height_px) <= aligned_px
    return same and box.intersection_area(other) == 0


def _reading_order(panels: Sequence[_Candidate]) -> list[_Candidate]:
    """Rows from the top, each from the left; a row is what begins above the middle of its first panel."""
    left = sorted(panels, key=lambda c: c.box.top)
    ordered: list[_Candidate] = []
    while left:
        middle = left[0].box.centre[1]
        row = [c for c in left if c.box.top <= middle]
        ordered += sorted(row, key=lambda c: c.box.left)
        left = [c for c in left if c not in row]
    return ordered


def _panel(
    index: int, one: _Candidate, image: Image, reader: AxisReader, panels: Sequence[_Candidate]
) -> CalibratedPanel:
    box, ruler_px = one.box, reader.text_height_px
    sides = {"x": one.x, "y": one.y, "twin_y": one.twin_y}
    read = {name: reader.seated(side) for name, side in sides.items() if side}
    calibration = None
    if "x" in read and "y" in read:
        calibration = PanelCalibration(x=read["x"], y=read["y"], twin_y=read.get("twin_y"))
    texts = one.own_texts + (one.twin_y.run.labels if one.twin_y else ())
    over = [c.box for c in panels if c.box.bottom <= box.top and c.box.left < box.right and c.box.right > box.left]
    strokes = [line.thickness_px for line in (*one.axes.horizontal, *one.axes.vertical) if line.thickness_px > 0]
    panel = Panel(
        index=index,
        axes=box,
        region=enclosing_box([box, *(text.box for text in texts)]),
        title=panel_title(box, reader.texts, ruler_px, max((other.bottom for other in over), default=-1.0)),
        background=background_colour(image.pixels, box),
        text_height_px=float(np.median([text.height_px for text in texts] or [ruler_px])),
        stroke_px=float(np.median(strokes)) if strokes else max(0.1 * ruler_px, 1.0),
        gridlines_x_px=np.array([line.position_px for line in one.axes.vertical]),
        gridlines_y_px=np.array([line.position_px for line in one.axes.horizontal]),
    )
    return CalibratedPanel(
        panel=panel,
        calibration=calibration,
        label_texts=texts,
        findings=(*_axis_findings(index, read, one.shared), *refusals(index, [n for n in "xy" if n not in read])),
        axes_read=read,
    )


def refusals(index: int, names: Sequence[str]) -> tuple[Finding, ...]:
    """What to say of axes that could not be read, and how a user can state them."""
    return tuple(
        Finding(
            code="axis-refused",
            severity="error",
            panel=index,
            message=f"The {name} axis of panel {index} could not be read;"
            f" state the values at its ends: --{name}-axis {index}=FROM:TO (@log or @date after it).",
        )
        for name in names
    )


def _axis_findings(index: int, read: Mapping[str, AxisCalibration], shared: Sequence[str]) -> tuple[Finding, ...]:
    axes = list(read.values())
    rejected = [
        Finding(
            code="label-rejected",
            severity="info",
            panel=index,
            message=f'Tick label "{label.text}" on the {axis.side} axis was voted out'
            + (f"; {label.expected} should stand there." if label.expected else "."),
        )
        for axis in axes
        for label in axis.rejected
    ]
    borrowed = [
        Finding(
            code="axis-shared",
            severity="info",
            panel=index,
            message=f"The {axis} axis has no labels of its own; those of the neighbouring panel were used.",
        )
        for axis in shared
    ]
    return (*rejected, *borrowed)


def without_legend_titles(one: CalibratedPanel, legends: Sequence[Legend]) -> CalibratedPanel:
    """The panel less titles that are a legend's label: a legend may stand where a title would."""
    labels = {entry.label for legend in legends for entry in legend.entries}

    def cleared(axis: AxisCalibration) -> AxisCalibration:
        return replace(axis, title="") if axis.title in labels else axis

    calibration = one.calibration
    return replace(
        one,
        panel=replace(one.panel, title="") if one.panel.title in labels else one.panel,
        calibration=calibration
        and PanelCalibration(
            x=cleared(calibration.x),
            y=cleared(calibration.y),
            twin_y=cleared(calibration.twin_y) if calibration.twin_y else None,
        ),
    )


def background_colour(pixels: ByteArray, box: Box) -> RGB:
    """The commonest colour inside a box."""
    inside = pixels[box.slices(pixels.shape)]
    step = max(int(np.sqrt(inside.shape[0] * inside.shape[1] / 40_000)), 1)
    sample = inside[::step, ::step].reshape(-1, 3).astype(np.uint32)
    if not len(sample):
        return (255, 255, 255)
    packed = (sample[:, 0] << 16) | (sample[:, 1] << 8) | sample[:, 2]
    values, counts = np.unique(packed, return_counts=True)
    commonest = int(values[np.argmax(counts)])
    return commonest >> 16, commonest >> 8 & 255, commonest & 255
