"""Image and texts -> panels with calibrated axes.

Lines propose boxes (:mod:`digitize.axes_boxes`), rows and columns of labels beside a box decide: a box
is a panel when both of its axes can be calibrated from its own labels, or from those of a neighbour in the
same row or column with which it shares an axis. Where there are no lines at all, labels alone propose boxes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from calibration.axis import AxisCalibration, PanelCalibration, calibrate_axis
from calibration.errors import CalibrationError
from calibration.geometry import Box, ByteArray, Side, TextBox, enclosing_box
from calibration.spines import StraightLine, find_straight_lines
from calibration.ticks import find_ticks
from digitize.axes_boxes import AxesBox, find_axes_boxes
from digitize.axis_texts import LabelRun, axis_title, is_number_like, label_runs, offset_text, panel_title
from digitize.findings import Finding
from digitize.label_boxes import closed_box, find_label_boxes
from digitize.values import RGB, Image, Legend, Panel

MAX_CANDIDATES = 80
MAX_RUNS_PER_SIDE = 3
MAX_OVERLAP_FRAC = 0.15
ALIGNED_HEIGHTS = 0.8
TWIN_MIN_LABELS = 3
STRANGER_COST = 0.5
CATEGORY_WORTH = 0.5
"""Any evenly spaced texts can be categories."""
FAR_SIDE_WORTH = 0.7
"""Labels on top or on the right may as well be the neighbour's."""
OPEN_WORTH = 0.7
"""An open box may run over two panels: what its labels say counts less."""
FULL_SPAN_FRAC = 0.6
"""Tick labels that reach over this share of an axis count fully."""
SIDES: tuple[Side, ...] = ("bottom", "top", "left", "right")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CalibratedPanel:
    """A panel, its calibration and the texts that label it."""

    panel: Panel
    calibration: PanelCalibration
    label_texts: tuple[TextBox, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Candidate:
    """A box with what its own labels say."""

    axes: AxesBox
    x: AxisCalibration | None = None
    y: AxisCalibration | None = None
    twin_y: AxisCalibration | None = None
    twin_texts: tuple[TextBox, ...] = ()
    texts: tuple[TextBox, ...] = ()
    numbers_inside: int = 0
    shared: tuple[str, ...] = ()

    @property
    def box(self) -> Box:
        return self.axes.box

    @property
    def closed(self) -> bool:
        return not (self.axes.open_x or self.axes.open_y)

    @property
    def evidence(self) -> float:
        """Labels that took part, worth less where they span little of the box or stand inside it."""
        worth = -STRANGER_COST * self.numbers_inside
        for axis, length_px in ((self.x, self.box.width_px), (self.y, self.box.height_px)):
            if axis:
                at = [label.position_px for label in axis.used]
                usual = 1.0 if axis.side in ("bottom", "left") else FAR_SIDE_WORTH
                usual *= CATEGORY_WORTH if axis.scale.name == "category" else 1.0
                worth += usual * len(at) * min((max(at) - min(at)) / max(FULL_SPAN_FRAC * length_px, 1.0), 1.0)
        return worth if self.closed else OPEN_WORTH * worth

    @property
    def rank(self) -> tuple[float, ...]:
        return (-self.evidence, not self.closed, -self.axes.support, -self.box.area_px)


@dataclass(slots=True)
class _AxisReader:
    """Calibrates the sides of boxes, each set of labels and ticks once."""

    pixels: ByteArray
    texts: Sequence[TextBox]
    text_height_px: float
    done: dict[tuple[object, ...], AxisCalibration | CalibrationError] = field(default_factory=dict)

    def read_side(self, side: Side, axes: AxesBox) -> tuple[AxisCalibration, LabelRun] | None:
        """The calibration that explains most labels of one side; None where none does."""
        best: tuple[AxisCalibration, LabelRun] | None = None
        for run in label_runs(side, axes.box, self.texts, self.text_height_px)[:MAX_RUNS_PER_SIDE]:
            result = self._calibrate(side, axes, run)
            if isinstance(result, AxisCalibration) and side in ("right", "top") and result.scale.name == "category":
                continue
            if isinstance(result, AxisCalibration) and (best is None or len(result.used) > len(best[0].used)):
                best = result, run
        return best

    def _calibrate(self, side: Side, axes: AxesBox, run: LabelRun) -> AxisCalibration | CalibrationError:
        along_y = side in ("left", "right")
        parallel = axes.vertical if not along_y else axes.horizontal
        across = axes.horizontal if not along_y else axes.vertical
        edge = {"left": axes.box.left, "right": axes.box.right, "top": axes.box.top, "bottom": axes.box.bottom}[side]
        key = (side, round(edge), *(id(label) for label in run.labels), round(axes.box.left), round(axes.box.top))
        if key not in self.done:
            spine = min(across, key=lambda line: abs(line.position_px - edge), default=None)
            near = spine is not None and abs(spine.position_px - edge) < 0.5 * self.text_height_px
            spine_px = spine.thickness_px if spine is not None and near else 0.0
            height_px = float(np.median([label.height_px for label in run.labels]))
            ticks = find_ticks(self.pixels, side, axes.box, spine_px, parallel, height_px)
            title = axis_title(side, axes.box, run, self.texts, self.text_height_px)
            offset = offset_text(side, axes.box, self.texts, self.text_height_px)
            try:
                self.done[key] = calibrate_axis(side, run.labels, ticks, title=title, offset_text=offset)
            except CalibrationError as error:
                self.done[key] = error
        return self.done[key]


def find_panels(image: Image, texts: Sequence[TextBox]) -> tuple[CalibratedPanel, ...]:
    """The panels of a figure in reading order, each with calibrated axes.

    Parameters
    ----------
    image : Image
    texts : sequence of TextBox
        All texts of the figure.

    Returns
    -------
    tuple of CalibratedPanel
        Empty where no axes were found.
    """
    if not texts:
        return ()
    numbers = [text.height_px for text in texts if is_number_like(text)]
    text_height_px = float(np.median(numbers or [text.height_px for text in texts]))
    horizontal, vertical = find_straight_lines(image.pixels, [text.box for text in texts], text_height_px)
    reader = _AxisReader(image.pixels, texts, text_height_px)
    proposed = [
        closed_box(axes, texts, text_height_px, image.pixels.shape)
        for axes in find_axes_boxes(horizontal, vertical, text_height_px)[:MAX_CANDIDATES]
    ]
    candidates = [candidate for axes in proposed for candidate in _read_candidate(axes, reader)]
    panels = _selected(candidates, text_height_px)
    free = [text for text in texts if not any(text in panel.texts for panel in panels)]
    alone = [c for axes in find_label_boxes(free, text_height_px) for c in _read_candidate(axes, reader)]
    panels = _selected([*panels, *alone], text_height_px)
    ordered = _reading_order([_without_foreign_twin(panel, panels) for panel in panels])
    return tuple(_panel(index, one, image, texts, ordered, text_height_px) for index, one in enumerate(ordered, 1))


def _read_candidate(axes: AxesBox, reader: _AxisReader) -> Iterator[_Candidate]:
    found = {side: reader.read_side(side, axes) for side in SIDES}
    x = found["bottom"] or found["top"]
    y = found["left"] or found["right"]
    inner = () if y else _inner_spines(axes, reader.text_height_px)
    for spine in inner:  # a y axis through the data: its labels stand beside it, inside the box
        y = reader.read_side("left", replace(axes, box=replace(axes.box, left=spine.position_px)))
        if y:
            break
    if not x:
        for spine in _inner_floors(axes, reader.text_height_px):
            x = reader.read_side("bottom", replace(axes, box=replace(axes.box, bottom=spine.position_px)))
            if x:
                break
    right = found["right"] if found["left"] else None
    twin = right[0] if right and len(right[0].used) >= TWIN_MIN_LABELS else None
    if x or y or axes.support >= 4:
        runs = [one[1] for one in (x, y) if one]
        taken = {id(label) for run in runs for label in run.labels}
        strangers = [
            text
            for text in reader.texts
            if is_number_like(text) and axes.box.contains(*text.box.centre) and id(text) not in taken
        ]
        yield _Candidate(
            axes=axes,
            numbers_inside=len(strangers),
            twin_texts=right[1].labels if right and twin else (),
            x=x[0] if x else None,
            y=y[0] if y else None,
            twin_y=twin,
            texts=tuple(label for run in runs for label in run.labels),
        )


def _inner_spines(axes: AxesBox, text_height_px: float) -> list[StraightLine]:
    margin = 2 * text_height_px
    inside = [line for line in axes.vertical if axes.box.left + margin < line.position_px < axes.box.right - margin]
    return inside if len(inside) == 1 else []


def _inner_floors(axes: AxesBox, text_height_px: float) -> list[StraightLine]:
    margin = 2 * text_height_px
    inside = [line for line in axes.horizontal if axes.box.top + margin < line.position_px < axes.box.bottom - margin]
    return inside if len(inside) == 1 else []


def _selected(candidates: Sequence[_Candidate], text_height_px: float) -> list[_Candidate]:
    """The best set of boxes that do not overlap, shared axes filled in from neighbours."""
    whole = sorted((c for c in candidates if c.x and c.y), key=lambda c: c.rank)
    chosen: list[_Candidate] = []
    for candidate in whole:
        if all(_apart(candidate, other) for other in chosen):
            chosen.append(candidate)
    halves = sorted((c for c in candidates if not (c.x and c.y)), key=lambda c: c.rank)
    aligned_px = ALIGNED_HEIGHTS * text_height_px
    donors: list[_Candidate] = [*chosen, *(c for c in halves if c.x or c.y)]
    for candidate in halves:
        if candidate.axes.open_x or candidate.axes.open_y or not all(_apart(candidate, other) for other in chosen):
            continue
        x, y, shared = candidate.x, candidate.y, list(candidate.shared)
        if x is None:
            x = _donated("x", candidate, donors, aligned_px)
            shared.append("x")
        if y is None:
            y = _donated("y", candidate, donors, aligned_px)
            shared.append("y")
        alike = candidate.x or candidate.y or any(_same_size(candidate.box, c.box, aligned_px) for c in chosen)
        if x and y and alike:
            chosen.append(replace(candidate, x=x, y=y, shared=tuple(shared)))
    return chosen


def _without_foreign_twin(panel: _Candidate, panels: Sequence[_Candidate]) -> _Candidate:
    """Labels between two panels belong to the one whose first y axis they are."""
    taken = {id(text) for other in panels if other is not panel for text in other.texts}
    if panel.twin_y and any(id(text) in taken for text in panel.twin_texts):
        return replace(panel, twin_y=None, twin_texts=())
    return replace(panel, texts=panel.texts + panel.twin_texts)


def _apart(candidate: _Candidate, other: _Candidate) -> bool:
    """Whether two boxes can both be panels: beside each other, or one an inset with labels of its own."""
    shared = candidate.box.intersection_area(other.box)
    smaller, larger = sorted((candidate, other), key=lambda c: c.box.area_px)
    if shared <= MAX_OVERLAP_FRAC * smaller.box.area_px:
        return True
    if smaller.shared or smaller.box.area_px > 0.4 * larger.box.area_px or not (smaller.x and smaller.y):
        return False
    inside = [text for text in smaller.texts if larger.box.contains(*text.box.centre)]
    own = {id(text) for text in larger.texts}
    return len(inside) >= 0.8 * len(smaller.texts) and not any(id(text) in own for text in smaller.texts)


def _donated(axis: str, candidate: _Candidate, donors: Sequence[_Candidate], aligned_px: float) -> AxisCalibration | None:
    """The axis of the nearest panel in the same column (x) or row (y)."""
    box, best = candidate.box, None
    for donor in donors:
        calibration: AxisCalibration | None = getattr(donor, axis)
        if calibration is None or donor is candidate:
            continue
        other = donor.box
        ends = ((box.left, other.left), (box.right, other.right)) if axis == "x" else (
            (box.top, other.top),
            (box.bottom, other.bottom),
        )
        if max(abs(a - b) for a, b in ends) > aligned_px:
            continue
        away = abs(box.centre[1] - other.centre[1]) if axis == "x" else abs(box.centre[0] - other.centre[0])
        if best is None or away < best[0]:
            best = away, calibration
    return best[1] if best else None


def _same_size(box: Box, other: Box, aligned_px: float) -> bool:
    same = abs(box.width_px - other.width_px) <= aligned_px and abs(box.height_px - other.height_px) <= aligned_px
    return same and box.intersection_area(other) == 0


def _reading_order(panels: Sequence[_Candidate]) -> list[_Candidate]:
    """Rows from the top, each from the left; a row is what overlaps its first panel by half."""
    left = sorted(panels, key=lambda c: c.box.top)
    ordered: list[_Candidate] = []
    while left:
        first = left[0]
        middle = first.box.centre[1]
        row = [c for c in left if c.box.top <= middle]
        ordered += sorted(row, key=lambda c: c.box.left)
        left = [c for c in left if c not in row]
    return ordered


def _panel(
    index: int,
    one: _Candidate,
    image: Image,
    texts: Sequence[TextBox],
    panels: Sequence[_Candidate],
    text_height_px: float,
) -> CalibratedPanel:
    assert one.x and one.y
    box = one.box
    above = [c.box.bottom for c in panels if c is not one and c.box.bottom <= box.top and c.box.left < box.right and c.box.right > box.left]
    strokes = [line.thickness_px for line in (*one.axes.horizontal, *one.axes.vertical) if line.thickness_px > 0]
    heights = [text.height_px for text in one.texts] or [text_height_px]
    panel = Panel(
        index=index,
        axes=box,
        region=enclosing_box([box, *(text.box for text in one.texts)]),
        title=panel_title(box, texts, text_height_px, max(above, default=-1.0)),
        background=background_colour(image.pixels, box),
        text_height_px=float(np.median(heights)),
        stroke_px=float(np.median(strokes)) if strokes else max(0.1 * text_height_px, 1.0),
        gridlines_x_px=np.array([line.position_px for line in one.axes.vertical]),
        gridlines_y_px=np.array([line.position_px for line in one.axes.horizontal]),
    )
    findings = [
        Finding(
            code="label-rejected",
            severity="info",
            panel=index,
            message=f'Tick label "{label.text}" on the {axis.side} axis was voted out'
            + (f"; {label.expected} should stand there." if label.expected else "."),
        )
        for axis in (one.x, one.y)
        for label in axis.rejected
    ]
    findings += [
        Finding(
            code="axis-shared",
            severity="info",
            panel=index,
            message=f"The {axis} axis has no labels of its own; those of the neighbouring panel were used.",
        )
        for axis in one.shared
    ]
    return CalibratedPanel(
        panel=panel,
        calibration=PanelCalibration(x=one.x, y=one.y, twin_y=one.twin_y),
        label_texts=one.texts,
        findings=tuple(findings),
    )


def without_legend_titles(one: CalibratedPanel, legends: Sequence[Legend]) -> CalibratedPanel:
    """The panel less titles that are a legend's label: a legend may stand where a title would."""
    labels = {entry.label for legend in legends for entry in legend.entries}
    calibration = one.calibration
    axes = {
        name: replace(axis, title="") if axis and axis.title in labels else axis
        for name, axis in (("x", calibration.x), ("y", calibration.y), ("twin_y", calibration.twin_y))
    }
    panel = replace(one.panel, title="") if one.panel.title in labels else one.panel
    return replace(one, panel=panel, calibration=replace(calibration, **axes))


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
