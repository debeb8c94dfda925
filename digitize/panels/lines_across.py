"""Lines that run across a box, whole or in pieces: curves, markers and words interrupt gridlines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from calibration.spines import StraightLine

ONE_LINE_PX = 1.0
ALIKE_CONTRAST_FRAC = 0.4
"""Of two pieces of a gridline, dotted perhaps, the fainter has at least this share of the other's contrast."""
COVERED_FRAC = 0.6
OVER_END_REACHES = 3.0
"""A gridline may run on as a tick mark, over so many times what it may miss."""
COVERED_END_REACHES = 4.0
"""A curve or a marker may cover the end of a line in pieces, over so many times what a whole one may miss."""


def lines_across(
    lines: Sequence[StraightLine], place: tuple[float, float], ends: tuple[float, float], near_px: float
) -> list[StraightLine]:
    """The lines that run from one edge of a box to the other, pieces of one line joined.

    Parameters
    ----------
    lines : sequence of StraightLine
        All of one direction.
    place : (low, high)
        Where they may stand, in px.
    ends : (first, last)
        The two edges they run between.
    near_px : float
        How far from an edge a line may end.
    """
    inside = sorted(
        (line for line in lines if place[0] - ONE_LINE_PX <= line.position_px <= place[1] + ONE_LINE_PX),
        key=lambda line: line.position_px,
    )
    groups: list[list[StraightLine]] = []
    for line in inside:
        if groups and line.position_px - groups[-1][0].position_px <= ONE_LINE_PX:
            groups[-1].append(line)
        else:
            groups.append([line])
    found = []
    for group in groups:
        whole = [one for one in group if _reaches(one.start_px, one.end_px, ends, near_px)]
        joined = whole or _joined(group, ends, near_px)
        found += joined
    return found


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
        and min(abs(line.contrast), abs(longest.contrast))
        >= ALIKE_CONTRAST_FRAC * max(abs(line.contrast), abs(longest.contrast))
        and line.end_px > ends[0] - near_px and line.start_px < ends[1] + near_px
    ]  # fmt: skip
    if len(alike) < 2:
        return []
    start, end = min(line.start_px for line in alike), max(line.end_px for line in alike)
    covered = np.zeros(max(int(end - start) + 1, 1), bool)
    for line in alike:
        covered[max(int(line.start_px - start), 0) : int(line.end_px - start) + 1] = True
    if not _reaches(start, end, ends, near_px, COVERED_END_REACHES) or covered.mean() < COVERED_FRAC:
        return []
    return [replace(longest, start_px=start, end_px=end, coverage=longest.coverage * float(covered.mean()))]
