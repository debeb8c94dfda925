"""Boxes between gridlines of a panel, which are no panels: its labels go on beside them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration.geometry import Box, Side, enclosing_box
from calibration.numerals import readings_of
from digitize.panels.axis_reader import AxisReader
from digitize.panels.axis_texts import is_number_like, label_runs
from digitize.panels.choice import WITHIN_FRAC, PanelCandidate

FEWEST_STEPS = 2
SAME_EDGE_PX = 1.0


def without_slices(candidates: Sequence[PanelCandidate], reader: AxisReader) -> list[PanelCandidate]:
    """The candidates less those between gridlines of a box one axis of which could not be read.

    Beside that box the labels of the other axis go on without beginning anew, as those of two panels would.
    """
    whole = [c for c in candidates if c.closed and bool(c.x) != bool(c.y) and _goes_on(c, reader)]

    def is_slice(part: PanelCandidate, outer: PanelCandidate) -> bool:
        inside = part.box.intersection_area(outer.box) >= WITHIN_FRAC * part.box.area_px
        high, wide = part.box.height_px / outer.box.height_px, part.box.width_px / outer.box.width_px
        return (
            part is not outer and inside and max(high, wide) >= WITHIN_FRAC and not (part.x and part.y)
            and part.axes.support < outer.axes.support and part.box.area_px < WITHIN_FRAC * outer.box.area_px
        )  # fmt: skip

    parts = [part for part in candidates if not any(is_slice(part, outer) for outer in whole)]
    return [part for part in parts if not any(_ends_at_gridline(part, outer, parts) for outer in parts)]


def _ends_at_gridline(part: PanelCandidate, outer: PanelCandidate, candidates: Sequence[PanelCandidate]) -> bool:
    """Whether a part of a box ends where a bare part of it begins, and its labels say as much of the whole box.

    Between two panels that share a spine labels begin anew.
    """
    same = part.closed and outer.closed and part.used_places == outer.used_places and bool(part.used_places)
    if not same or part.axes.support >= outer.axes.support:
        return False
    bare = [one.box for one in candidates if one.closed and not (one.x or one.y)]
    return any(_make_up(part.box, rest, outer.box) for rest in bare)


def _make_up(first: Box, second: Box, whole: Box) -> bool:
    """Whether two boxes lie side by side, sharing an edge, and fill a third."""
    around = enclosing_box([first, second])
    ends_px = np.abs(np.subtract(around.as_list(), whole.as_list())).max()
    missed_px = abs(first.area_px + second.area_px - whole.area_px) / max(whole.width_px, whole.height_px)
    return bool(max(ends_px, missed_px) <= SAME_EDGE_PX)


def _goes_on(candidate: PanelCandidate, reader: AxisReader) -> bool:
    """Whether the numbers along the unread side of a box rise, or fall, from end to end."""
    side: Side = "left" if candidate.x else "bottom"
    runs = label_runs(side, candidate.box, reader.texts, reader.text_height_px)
    labels = [label for label in runs[0].labels if is_number_like(label)] if runs else []
    values = [readings[0].value for label in labels if (readings := readings_of(label.text))]
    steps = np.sign(np.diff(values))
    return len(steps) >= FEWEST_STEPS and abs(int(steps.sum())) == len(steps)
