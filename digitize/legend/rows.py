"""One legend spread along a row, parted by wide gaps, put together again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration.geometry import FloatArray, enclosing_box
from digitize.legend.groups import is_drawn, panel_inks
from digitize.values import Image, Legend, LegendEntry, Panel

LEVEL_FRAC = 0.5
"""Of the lower legend's height: how far the middles of two legends of one row may differ."""
SAME_HANDLE_FRAC = 0.15


def joined_rows(image: Image, legends: Sequence[Legend], panels: Sequence[Panel]) -> list[Legend]:
    """Legends outside the panels that stand in one row and whose colours meet in a panel, as one legend.

    Every panel's own legend over it repeats labels or keeps its colours to its panel; the parts of one wide
    legend have different labels, handles of one length, and colours that are drawn together.
    """
    joined: list[Legend] = []
    samples = [ink.colours for ink in panel_inks(image, panels)] if len(legends) > 1 else []
    for legend in legends:
        for at, other in enumerate(joined):
            if _one_row(legend, other, panels) and any(_meet(legend, other, sample) for sample in samples):
                joined[at] = Legend(
                    box=enclosing_box([other.box, legend.box]),
                    entries=tuple(sorted((*other.entries, *legend.entries), key=_reading_place)),
                    title=other.title or legend.title,
                )
                break
        else:
            joined.append(legend)
    return joined


def _reading_place(entry: LegendEntry) -> tuple[float, float]:
    handle = entry.handle
    return (round(handle.top / max(handle.height_px, 8.0)), handle.left) if handle else (0.0, 0.0)


def _one_row(legend: Legend, other: Legend, panels: Sequence[Panel]) -> bool:
    if any(panel.axes.contains(*one.box.centre) for panel in panels for one in (legend, other)):
        return False
    lower = min(legend.box.height_px, other.box.height_px)
    if abs(legend.box.centre[1] - other.box.centre[1]) > LEVEL_FRAC * lower:
        return False
    if {entry.label for entry in legend.entries} & {entry.label for entry in other.entries}:
        return False
    widths = [entry.handle.width_px for one in (legend, other) for entry in one.entries if entry.handle]
    return len(widths) > 1 and float(np.ptp(widths)) <= max(SAME_HANDLE_FRAC * max(widths), 2.0)


def _meet(legend: Legend, other: Legend, sample: FloatArray) -> bool:
    """Whether a panel's ink holds a colour of each."""
    return all(any(is_drawn(entry.colour, [sample]) for entry in one.entries) for one in (legend, other))
