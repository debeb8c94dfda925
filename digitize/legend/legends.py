"""Legends: handles paired with labels, wherever in the figure they stand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration.geometry import Box, TextBox, enclosing_box
from digitize.legend.direct_labels import find_direct_labels
from digitize.legend.groups import at_full_strength, choose_groups, group_pairs, is_drawn, of_shades, panel_inks
from digitize.legend.inks import commonest_colour
from digitize.legend.pairs import NUMBER, Pair, line_height_px, pair_labels, wordy
from digitize.legend.rows import joined_rows
from digitize.values import Image, Legend, LegendEntry, Panel

UPRIGHT_DEG = 20.0
TELLING_CHROMA = 25
FRAME_REACH_HEIGHTS = 2.0
FRAME_DISTANCE = 6.0
FRAME_SHARE_FRAC = 0.9


def find_legends(
    image: Image, texts: Sequence[TextBox], panels: Sequence[Panel], tick_labels: Sequence[TextBox] = ()
) -> tuple[Legend, ...]:
    """All legends of a figure: inside panels or outside, shared or not, in columns or rows.

    Every upright text is a label if a handle stands beside it; labels whose handles align, in a column or along a
    row, form a legend. A lone label needs a level stroke whose colour occurs in a panel.

    Parameters
    ----------
    image : Image
    texts : sequence of TextBox
        Everything read off the figure. Boxes may cover handles, or several labels of a row.
    panels : sequence of Panel
    tick_labels : sequence of TextBox, optional
        What was read beside the panels' axes: numbers among it are no names.

    Returns
    -------
    tuple of Legend
        In reading order; empty where there is none.
    """
    taken = [label.box for label in tick_labels if NUMBER.match(label.text)]
    upright = [
        text for text in texts
        if abs(text.angle_deg) < UPRIGHT_DEG and text.text.strip() and not _is_tick_label(text, taken)
    ]  # fmt: skip
    if not upright:
        return ()
    heights_px = [line_height_px(image, text) for text in upright]
    usual_px = float(np.median(heights_px))
    pairs: list[Pair] = []
    for text, height_px in zip(upright, heights_px, strict=True):
        pairs += pair_labels(image, text, texts, panels, max(height_px, 0.75 * usual_px))
    inks = panel_inks(image, panels) if pairs else []
    groups = choose_groups(group_pairs(pairs), inks)
    groups = [of_shades(at_full_strength(group, inks), inks) for group in groups]
    found = [_to_legend(image, group, upright, panels) for group in groups]
    legends = [legend for legend in found if legend is not None]
    legends = joined_rows(image, legends, panels)
    if not legends:
        legends += find_direct_labels(image, upright, panels)
    return tuple(sorted(legends, key=lambda legend: (round(legend.box.top / (usual_px * 4)), legend.box.left)))


def _is_tick_label(text: TextBox, taken: Sequence[Box]) -> bool:
    return bool(NUMBER.match(text.text)) and any(box.contains(*text.box.centre) for box in taken)


def legend_of(
    panel: Panel, legends: Sequence[Legend], panels: Sequence[Panel], image: Image | None = None
) -> Legend | None:
    """The legend that serves ``panel``: the one in its axes, else the nearest outside all axes, else a shared one.

    A legend inside another panel's axes is taken last, and only where its colours are drawn in ``panel``, too.

    Parameters
    ----------
    panel : Panel
    legends : sequence of Legend
        Of the whole figure.
    panels : sequence of Panel
        Of the whole figure, ``panel`` among them.
    image : Image or None
        To look for the colours; without it another panel's legend is taken if it is the only one of the figure.
    """
    inside = [legend for legend in legends if panel.axes.contains(*legend.box.centre)]
    if inside:
        return max(inside, key=lambda legend: len(legend.entries))
    elsewhere = [other for other in panels if other.index != panel.index]
    free = [legend for legend in legends if not any(other.axes.contains(*legend.box.centre) for other in elsewhere)]
    if free:
        # A legend of this panel's own is nearer to it than to any other.
        own = [
            legend for legend in free
            if all(_distance(legend.box, panel.axes) <= _distance(legend.box, other.axes) for other in elsewhere)
        ]  # fmt: skip
        return min(own or free, key=lambda legend: _distance(legend.box, panel.axes))
    if image is None:
        return legends[0] if len(legends) == 1 else None
    return _legend_by_colours(panel, legends, image)


def _legend_by_colours(panel: Panel, legends: Sequence[Legend], image: Image) -> Legend | None:
    """The legend most of whose colours are drawn in the panel; neutral ones, drawn everywhere, do not count."""
    best: tuple[float, Legend] | None = None
    samples = [ink.colours for ink in panel_inks(image, [panel])]
    for legend in legends:
        telling = [entry.colour for entry in legend.entries if max(entry.colour) - min(entry.colour) > TELLING_CHROMA]
        if not telling:
            continue
        share = sum(is_drawn(colour, samples) for colour in telling) / len(telling)
        if share > 0.5 and (best is None or share > best[0]):
            best = share, legend
    return best[1] if best else None


def _distance(box: Box, other: Box) -> float:
    across = max(box.left - other.right, other.left - box.right, 0.0)
    down = max(box.top - other.bottom, other.top - box.bottom, 0.0)
    return float(np.hypot(across, down))


def _to_legend(
    image: Image, group: list[Pair], texts: Sequence[TextBox], panels: Sequence[Panel]
) -> Legend | None:
    height = float(np.median([pair.height_px for pair in group]))
    around = enclosing_box(pair.box for pair in group)
    frame = _find_frame(image, around, height)
    if frame is not None and any(_is_grid_cell(frame, panel) for panel in panels):
        frame = None
    if len(group) == 1 and group[0].place >= 0 and frame is None and (group[0].side == "left" or group[0].handle.dash):
        return None  # a remark beside a line, rather than a legend of one entry
    box = frame or around
    free = [
        text for text in texts
        if wordy(text) and not any(text.box.intersection_area(pair.text) > 0.3 * text.box.area_px for pair in group)
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


def _is_grid_cell(frame: Box, panel: Panel) -> bool:
    """Whether a frame is but the gridlines and spines around the entries."""
    sides = [
        (panel.gridlines_x_px, frame.left), (panel.gridlines_x_px, frame.right),
        (panel.gridlines_y_px, frame.top), (panel.gridlines_y_px, frame.bottom),
    ]  # fmt: skip
    return sum(bool((np.abs(lines - at) <= panel.stroke_px + 0.5).any()) for lines, at in sides) >= 3


def _completed(
    pair: Pair, free: list[TextBox], group: list[Pair], box: Box, framed: bool
) -> tuple[str, Box]:
    """The label with what stands further along its line, and on a second line under it, when it is its own."""
    label, around = pair.label, pair.text
    if pair.side == "left":
        reach = 25.0 if framed else 0.9
        handles = [
            other.handle.box.left for other in group
            if other is not pair and other.handle.box.left > around.right
            and abs(other.text.centre[1] - around.centre[1]) < 0.5 * pair.height_px
        ]  # fmt: skip
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
