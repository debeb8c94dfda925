"""Gridlines that reach a box in pieces: curves, markers and words interrupt them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from calibration.spines import StraightLine
from digitize.panels.axes_boxes import ACROSS_HEIGHTS
from digitize.panels.axis_reader import SideReading
from digitize.panels.choice import PanelCandidate

ONE_LINE_PX = 1.0
ALIKE_CONTRAST_FRAC = 0.4
"""Of two pieces of a gridline, dotted perhaps, the fainter has at least this share of the other's contrast."""
COVERED_FRAC = 0.6
OVER_END_REACHES = 3.0
"""A gridline may run on as a tick mark, over so many times what it may miss."""
COVERED_END_REACHES = 4.0
"""A curve or a marker may cover the end of a line in pieces, over so many times what a whole one may miss."""


def with_pieces(
    panel: PanelCandidate, horizontal: Sequence[StraightLine], vertical: Sequence[StraightLine], text_height_px: float
) -> PanelCandidate:
    """A chosen panel with the gridlines that reach its box in pieces: they carry labels, and are not to be traced.

    Parameters
    ----------
    panel : PanelCandidate
    horizontal, vertical : sequence of StraightLine
        All of the figure.
    text_height_px : float
        The figure's ruler.
    """
    box, near_px = panel.box, ACROSS_HEIGHTS * text_height_px
    rows = _in_pieces(panel.axes.horizontal, horizontal, (box.top, box.bottom), (box.left, box.right), near_px)
    columns = _in_pieces(panel.axes.vertical, vertical, (box.left, box.right), (box.top, box.bottom), near_px)

    def beside(side: SideReading | None) -> SideReading | None:
        if side is None or side.axes.box != box:
            return side
        return replace(side, axes=replace(side.axes, horizontal=rows, vertical=columns))

    axes = replace(panel.axes, horizontal=rows, vertical=columns)
    return replace(panel, axes=axes, x=beside(panel.x), y=beside(panel.y), twin_y=beside(panel.twin_y))


def _in_pieces(
    own: Sequence[StraightLine], lines: Sequence[StraightLine], place: tuple[float, float],
    ends: tuple[float, float], near_px: float,
) -> tuple[StraightLine, ...]:  # fmt: skip
    """A box's own lines and those in pieces between its ``ends``, one after the other over its ``place``."""
    if not own:
        return ()
    usual = float(np.median([abs(line.contrast) for line in own]))
    known = np.array([line.position_px for line in own])
    inside = [
        line for line in lines
        if line.kind == "ridge" and place[0] <= line.position_px <= place[1]
        and np.abs(known - line.position_px).min() > ONE_LINE_PX
    ]  # fmt: skip
    groups: list[list[StraightLine]] = []
    for line in sorted(inside, key=lambda line: line.position_px):
        if groups and line.position_px - groups[-1][0].position_px <= ONE_LINE_PX:
            groups[-1].append(line)
        else:
            groups.append([line])
    joined = [line for group in groups for line in _joined(group, ends, near_px)]
    alike = [line for line in joined if _alike(abs(line.contrast), usual)]
    return tuple(sorted({*own, *alike}, key=lambda line: line.position_px))


def _alike(one: float, other: float) -> bool:
    return min(one, other) >= ALIKE_CONTRAST_FRAC * max(one, other)


def _reaches(start_px: float, end_px: float, ends: tuple[float, float], near_px: float, inward: float = 1.0) -> bool:
    """Whether a line runs from end to end, or over them as a tick mark; ``inward`` is how much farther it may fail."""
    short = start_px - ends[0], ends[1] - end_px
    return all(-OVER_END_REACHES * near_px <= gap <= inward * near_px for gap in short)


def _joined(group: Sequence[StraightLine], ends: tuple[float, float], near_px: float) -> list[StraightLine]:
    """One line of several pieces; none where they leave too much of the way open, or differ."""
    longest = max(group, key=lambda line: line.length_px)
    alike = [
        line for line in group
        if line.kind == longest.kind
        and line.contrast * longest.contrast > 0
        and _alike(abs(line.contrast), abs(longest.contrast))
        and line.end_px > ends[0] - near_px and line.start_px < ends[1] + near_px
    ]  # fmt: skip
    if not alike:
        return []
    start, end = min(line.start_px for line in alike), max(line.end_px for line in alike)
    covered = np.zeros(max(int(end - start) + 1, 1), bool)
    for line in alike:
        covered[max(int(line.start_px - start), 0) : int(line.end_px - start) + 1] = True
    if not _reaches(start, end, ends, near_px, COVERED_END_REACHES) or covered.mean() < COVERED_FRAC:
        return []
    return [replace(longest, start_px=start, end_px=end, coverage=longest.coverage * float(covered.mean()))]
