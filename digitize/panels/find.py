"""Image and texts -> panels with calibrated axes.

Lines propose boxes (:mod:`digitize.panels.axes_boxes`), rows and columns of labels beside a box decide: a box
is a panel when both of its axes can be calibrated from its own labels, or from those of a neighbour in the
same row or column with which it shares an axis. Where there are no lines at all, labels alone propose boxes.
Boxes of which one axis could be read, or none in a figure that shows no other, are returned without a calibration.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from calibration.axis import AxisCalibration, PanelCalibration
from calibration.geometry import Box, ByteArray, TextBox, enclosing_box
from calibration.spines import find_straight_lines
from calibration.tick_rows import TickRow, find_tick_rows
from digitize.findings import Finding
from digitize.panels.axes_boxes import find_axes_boxes
from digitize.panels.axis_doubts import axis_doubts, unread_side
from digitize.panels.axis_ends import unread_ends
from digitize.panels.axis_reader import AxisReader
from digitize.panels.axis_texts import is_number_like, panel_title
from digitize.panels.choice import (
    PanelCandidate,
    choose_panels,
    lacks_labels,
    read_candidate,
    reading_order,
    refused_panels,
    without_foreign_twin,
)
from digitize.panels.cut_labels import cut_findings
from digitize.panels.edge_labels import read_at_edges
from digitize.panels.grid_boxes import boxes_parted_alike, boxes_stacked
from digitize.panels.ground_boxes import find_ground_boxes
from digitize.panels.inset_labels import read_over_gridlines
from digitize.panels.label_boxes import closed_box, find_label_boxes, parted_boxes
from digitize.panels.label_ink import beside_spines
from digitize.panels.label_repairs import repaired_labels, with_offsets_apart, without_tick_marks
from digitize.panels.line_pieces import without_line_pieces
from digitize.panels.lines_across import with_pieces
from digitize.panels.lone_pairs import insets_of_pairs, with_lone_pairs
from digitize.panels.second_look import each_once, unread_places, worth_another_look
from digitize.panels.shared_titles import shared_titles
from digitize.panels.slanted_labels import ReadAt
from digitize.panels.slices import without_slices
from digitize.panels.small_print import with_small_print
from digitize.panels.tick_boxes import find_tick_boxes
from digitize.panels.tick_labels import read_beside_ticks, tick_marks, without_strokes
from digitize.panels.unsure_sides import texts_read_again
from digitize.values import RGB, Image, Legend, Panel

if TYPE_CHECKING:
    from digitize.ocr import TextReader

MAX_CANDIDATES = 80
MOST_LIKELY = 6
SAME_IOU = 0.9
AS_WELL_FOUNDED = 0.5
"""Labels that agree better when they are read again may lose that much evidence for their boxes."""
UNREAD_TEXT_FRAC = 0.025
BORDER_FRAC, BORDER_LEAST_PX = 0.01, 3
BORDER_SHARE = 0.6
"""A colour that holds more than this of the pixels this far inside a box is its background."""
"""Text height, as a share of the picture's height, where no text was read at all."""


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


def find_panels(
    image: Image, texts: Sequence[TextBox], reader: TextReader | None = None
) -> tuple[CalibratedPanel, ...]:
    """The panels of a figure in reading order.

    Parameters
    ----------
    image : Image
    texts : sequence of TextBox
        All texts of the figure.
    reader : TextReader, optional
        Looks again at axes whose labels are missing, where it can (``read_at``).

    Returns
    -------
    tuple of CalibratedPanel
        Empty where no axes were found; without a calibration where an axis could not be read.
    """
    read_at: ReadAt | None = getattr(reader, "read_at", None)
    texts = with_offsets_apart(without_line_pieces(image.pixels, texts))
    ruler_px = _text_height_px(image, texts)
    marks = tick_marks(image.pixels, find_tick_rows(image.pixels, ruler_px), texts, ruler_px)
    if read_at is not None:
        texts = read_beside_ticks(image, texts, marks, ruler_px, read_at)
    texts = repaired_labels(texts)
    if read_closely := getattr(reader, "read_closely", None):
        texts = with_small_print(image, texts, read_closely)
    axis_reader, chosen, candidates = _chosen(image, texts, marks)
    if read_at is not None:
        axis_reader, chosen = _looked_again(image, texts, read_at, axis_reader, chosen, candidates, marks)
    chosen = [with_lone_pairs(panel, axis_reader) for panel in chosen]
    ordered = reading_order([without_foreign_twin(panel, chosen) for panel in chosen])
    ends = unread_ends(image, ordered, axis_reader)
    if ends and read_at is not None:
        axis_reader.texts = [*axis_reader.texts, *read_at(image, list(ends.values()), 0.0)]
    labels = [label for one in ordered for label in one.own_texts]
    boxes = [one.box for one in ordered]
    axis_reader.shared = shared_titles(boxes, labels, axis_reader.texts, axis_reader.text_height_px)
    unread = {
        key: place for key, place in ends.items()
        if not any(place.intersection_area(text.box) > 0 for text in axis_reader.texts)
    }  # fmt: skip
    panels = [_panel(index, one, image, axis_reader, ordered) for index, one in enumerate(ordered, 1)]
    return tuple(_with_unread_ends(one, [name for index, name in unread if index == one.panel.index]) for one in panels)


def _looked_again(
    image: Image, texts: Sequence[TextBox], read_at: ReadAt, axis_reader: AxisReader,
    chosen: list[PanelCandidate], candidates: Sequence[PanelCandidate], marks: Sequence[TickRow],
) -> tuple[AxisReader, list[PanelCandidate]]:  # fmt: skip
    """The panels, with labels that were not seen at first where they say more."""
    looked_at = worth_another_look(candidates, chosen, axis_reader.text_height_px)
    # labels over an edge may be why another box won
    likely = sorted((one for one in candidates if one.closed), key=lambda one: one.rank)[:MOST_LIKELY]
    boxes = [panel.box for panel in (*looked_at, *likely)]
    whole = read_at_edges(image, texts, boxes, axis_reader.text_height_px, read_at)
    if whole is not None:
        other_reader, other, others = _chosen(image, whole, marks)
        if _worth(other) >= _worth(chosen) and _second_labels(other) >= _second_labels(chosen):
            texts, axis_reader, chosen, candidates = whole, other_reader, other, others
            looked_at = worth_another_look(candidates, chosen, axis_reader.text_height_px)
    found = [
        without_tick_marks(text)
        for angle_deg in (0.0, 90.0)
        if (places := unread_places(image, looked_at, axis_reader, along_y=angle_deg > 0))
        for text in read_at(image, places, angle_deg)
    ]
    if found:
        other_reader, other, _ = _chosen(image, each_once([*texts, *found]), marks)
        seconds = _second_labels(other) > _second_labels(chosen)
        if _worth(other) > _worth(chosen) or (seconds and _worth(other) == _worth(chosen)):
            axis_reader, chosen = other_reader, other
    bare = read_over_gridlines(image, axis_reader.texts, chosen, axis_reader.text_height_px, read_at)
    if bare is not None:
        other_reader, other, _ = _chosen(image, bare, marks)
        if _worth(other)[0] > _worth(chosen)[0]:
            axis_reader, chosen = other_reader, other
    unread = [one for one in looked_at if not (one.x or one.y)]
    again = texts_read_again(image, chosen, axis_reader, read_at, unread)
    if again is not None:
        other_reader, other, _ = _chosen(image, repaired_labels(again), marks)
        (count, worth), (count_before, worth_before) = _worth(other), _worth(chosen)
        as_many = count == count_before > 0 and _second_labels(other) >= _second_labels(chosen)
        halves = count == count_before == 0 and _sides(other) > _sides(chosen)
        if count > count_before or halves or (as_many and worth > worth_before - AS_WELL_FOUNDED):
            axis_reader, chosen = other_reader, other
    return axis_reader, chosen


def _text_height_px(image: Image, texts: Sequence[TextBox]) -> float:
    """The figure's ruler."""
    numbers = [text for text in texts if is_number_like(text)]
    heights = [text.height_px for text in numbers or texts] or [UNREAD_TEXT_FRAC * image.height_px]
    return max(float(np.median(heights)), 1.0)


def _chosen(
    image: Image, texts: Sequence[TextBox], marks: Sequence[TickRow]
) -> tuple[AxisReader, list[PanelCandidate], list[PanelCandidate]]:
    """The boxes that are panels, with what their labels say, and all boxes that lines proposed."""
    texts = beside_spines(image.pixels, texts)
    numbers = [text for text in texts if is_number_like(text)]
    text_height_px = _text_height_px(image, texts)
    horizontal, vertical = find_straight_lines(image.pixels, [text.box for text in texts], text_height_px)
    reader = AxisReader(image.pixels, texts, text_height_px)
    if marks:
        reader.unmarked = without_strokes(image.pixels, [stroke for row in marks for stroke in row.strokes])
    boxes = find_axes_boxes(horizontal, vertical, text_height_px, [text.box for text in numbers])[:MAX_CANDIDATES]
    boxes += (
        *boxes_parted_alike(boxes, text_height_px),
        *boxes_stacked(boxes, horizontal, vertical, text_height_px),
        *find_ground_boxes(image.pixels, boxes, text_height_px),
    )
    proposed = [closed_box(axes, texts, text_height_px, image.pixels.shape) for axes in boxes]
    proposed += find_label_boxes(texts, text_height_px, horizontal)
    proposed += find_tick_boxes(image.pixels, marks, [text.box for text in texts], text_height_px)
    candidates = [candidate for axes in proposed if (candidate := read_candidate(axes, reader))]
    unread = [one.axes for one in candidates if (one.x and not one.y) or lacks_labels(one)]
    parts = [part for axes in unread for part in parted_boxes(axes, texts, text_height_px)]
    known = [one.box for one in candidates if one.closed]
    parts = [part for part in parts if all(part.box.iou(box) < SAME_IOU for box in known)]
    candidates += [one for axes in parts if (one := read_candidate(axes, reader))]
    panels = choose_panels(without_slices(candidates, reader), text_height_px)
    free = [text for text in texts if not any(text in panel.own_texts for panel in panels)]
    boxes = find_label_boxes(free, text_height_px, horizontal)
    alone = [one for axes in boxes if (one := read_candidate(axes, reader))]
    panels = choose_panels([*panels, *alone, *insets_of_pairs(candidates, panels, reader)], text_height_px)
    panels = [with_pieces(one, horizontal, vertical, text_height_px) for one in panels]
    return reader, panels + refused_panels(candidates, panels, image.height_px * image.width_px), candidates


def _worth(panels: Sequence[PanelCandidate]) -> tuple[int, float]:
    """How many panels have both axes, and what their labels say."""
    read = [panel for panel in panels if panel.x and panel.y]
    return len(read), sum(panel.evidence for panel in read)


def _second_labels(panels: Sequence[PanelCandidate]) -> int:
    """How many labels second y axes rest on."""
    return sum(len(panel.twin_y.axis.used) for panel in panels if panel.twin_y)


def _sides(panels: Sequence[PanelCandidate]) -> int:
    """How many axes were read, of panels without the other one too."""
    return sum(bool(panel.x) + bool(panel.y) for panel in panels)


def _with_unread_ends(one: CalibratedPanel, names: Sequence[str]) -> CalibratedPanel:
    """The panel with a finding for each axis at whose end something stands that could not be read."""
    said = tuple(
        Finding(
            code="axis-factor-unread", severity="warning", panel=one.panel.index,
            message=f"What stands at the end of the {name.replace('_', ' ')} axis, perhaps a factor, was not read.",
        )
        for name in names
    )  # fmt: skip
    return replace(one, findings=(*one.findings, *said)) if said else one


def _panel(
    index: int, one: PanelCandidate, image: Image, reader: AxisReader, panels: Sequence[PanelCandidate]
) -> CalibratedPanel:
    box, ruler_px = one.box, reader.text_height_px
    sides = {"x": one.x, "y": one.y, "twin_y": one.twin_y}
    read = {
        name: reader.seated_twin(side) if name == "twin_y" else reader.seated(side)
        for name, side in sides.items()
        if side
    }
    calibration = None
    if "x" in read and "y" in read:
        calibration = PanelCalibration(x=read["x"], y=read["y"], twin_y=read.get("twin_y"))
    apart = [name for name in one.shared if (s := sides[name]) and reader.contradicts(read[name], s.run, one.axes)]
    texts = one.own_texts + (one.twin_y.run.labels if one.twin_y else ())
    printed = [label for side in sides.values() if side for label in reader.printed(side.run)]
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
        findings=(
            *_axis_findings(index, read, one.shared, apart, printed, box),
            *unread_side(index, read, reader.texts, box),
            *cut_findings(index, sides, reader),
            *refusals(index, [n for n in "xy" if n not in read]),
        ),
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


def _axis_findings(
    index: int,
    read: Mapping[str, AxisCalibration],
    shared: Sequence[str],
    apart: Sequence[str],
    texts: Sequence[TextBox],
    box: Box,
) -> tuple[Finding, ...]:
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
            severity="warning" if axis in apart else "info",
            panel=index,
            message=f"The {axis} axis has no labels of its own; those of the neighbouring panel were used"
            + (", though its ticks stand elsewhere." if axis in apart else "."),
        )
        for axis in shared
    ]
    return (*rejected, *borrowed, *axis_doubts(index, read, texts, box))


def without_legend_titles(one: CalibratedPanel, legends: Sequence[Legend]) -> CalibratedPanel:
    """The panel less titles that are a legend's label: a legend may stand where a title would."""
    labels = {entry.label for legend in legends for entry in legend.entries}

    calibration = one.calibration
    if calibration and calibration.x.title in labels:  # a y title stands upright beside its axis: no legend does
        calibration = replace(calibration, x=replace(calibration.x, title=""))
    title = "" if one.panel.title in labels else one.panel.title
    return replace(one, panel=replace(one.panel, title=title), calibration=calibration)


def background_colour(pixels: ByteArray, box: Box) -> RGB:
    """The colour of most of a box's border, just inside; else the commonest inside, which may be that of a cloud."""
    inside = pixels[box.slices(pixels.shape)]
    if not inside.size:
        return (255, 255, 255)
    inset = max(int(BORDER_FRAC * min(inside.shape[:2])), BORDER_LEAST_PX)
    inner = inside[inset:-inset, inset:-inset]
    if inner.size:
        colour, share = _commonest(np.concatenate([inner[0], inner[-1], inner[:, 0], inner[:, -1]]))
        if share > BORDER_SHARE:
            return colour
    step = max(int(np.sqrt(inside.shape[0] * inside.shape[1] / 40_000)), 1)
    return _commonest(inside[::step, ::step].reshape(-1, 3))[0]


def _commonest(sample: ByteArray) -> tuple[RGB, float]:
    """The commonest of (N, 3) colours, and its share."""
    parts = sample.astype(np.uint32)
    values, counts = np.unique((parts[:, 0] << 16) | (parts[:, 1] << 8) | parts[:, 2], return_counts=True)
    best = int(np.argmax(counts))
    packed = int(values[best])
    return (packed >> 16, packed >> 8 & 255, packed & 255), float(counts[best] / len(sample))
