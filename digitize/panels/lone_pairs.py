"""Axes with two labels and no ticks, read where everything else of their panel was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from calibration.errors import CalibrationError
from calibration.geometry import Side
from calibration.lone_pairs import calibrate_pair
from digitize.panels.axis_reader import AxisReader, SideReading
from digitize.panels.axis_texts import label_runs
from digitize.panels.choice import MIN_SUPPORT_SHARED, PanelCandidate, is_half_read_inset

FEWEST_ACROSS, APART_FRAC = 3, 0.2
"""So many labels the other axis must have, and so far apart, of the box, the two must stand."""
MOST_MARKS = 2
"""More marks are ticks, and labels stand on them; gridlines of the panel around an inset end like marks, too."""
SIDES: dict[str, tuple[Side, ...]] = {"x": ("bottom", "top"), "y": ("left", "right")}


def with_lone_pairs(panel: PanelCandidate, reader: AxisReader) -> PanelCandidate:
    """The panel, an axis that was not read resting on its two labels where there are just two and no tick marks."""
    missing = [name for name, side in (("x", panel.x), ("y", panel.y)) if side is None]
    across = panel.y or panel.x
    if len(missing) != 1 or across is None or not panel.closed or len(across.axis.used) < FEWEST_ACROSS:
        return panel
    for side in SIDES[missing[0]]:
        found = _pair(side, panel, reader)
        if found:
            return replace(panel, x=found) if missing[0] == "x" else replace(panel, y=found)
    return panel


def insets_of_pairs(
    candidates: Sequence[PanelCandidate], panels: Sequence[PanelCandidate], reader: AxisReader
) -> list[PanelCandidate]:
    """Boxes of four spines within a panel, one axis of which rests on its two labels, the other on more."""
    insets = [one for one in candidates if any(is_half_read_inset(one, panel) for panel in panels)]
    whole = [with_lone_pairs(one, reader) for one in insets if one.axes.support >= MIN_SUPPORT_SHARED]
    return [one for one in whole if one.x and one.y]


def _pair(side: Side, panel: PanelCandidate, reader: AxisReader) -> SideReading | None:
    runs = label_runs(side, panel.box, reader.texts, reader.text_height_px)
    pairs = [run for run in runs if len(run.labels) == run.numbers == 2]
    if len(pairs) != 1 or any(run.numbers > 2 for run in runs):
        return None
    run, along = pairs[0], 1 if side in ("left", "right") else 0
    title, offset = reader.beside(side, panel.axes, run)
    try:
        axis = calibrate_pair(side, run.labels, title=title, offset_text=offset)
    except CalibrationError:
        return None
    first, last = sorted(label.position_px for label in axis.used)
    apart_px = APART_FRAC * (panel.box.height_px if along else panel.box.width_px)
    reading = SideReading(axis=axis, run=run, axes=panel.axes)
    marks = sum(tick.kind == "tick" for tick in reader.ticks(reading))
    return None if marks > MOST_MARKS or last - first < apart_px else reading
