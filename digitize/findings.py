"""Doubt that travels with a reading: findings on a figure or panel, flags on a point."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import Literal

Severity = Literal["info", "warning", "error"]


class PointFlag(IntFlag):
    """What is doubtful about one point of a trace. Names, joined by ``;``, go to the CSV's ``flag``."""

    NONE = 0
    INTERPOLATED = 1
    """No ink was seen here: the position was interpolated between its neighbours."""
    HIDDEN = 2
    """Another series, the legend or a text lies over this place."""
    CROSSING = 4
    """Another series crosses here."""
    CLIPPED = 8
    """The line leaves the axes box here."""
    EXTRAPOLATED = 16
    LOW_CONTRAST = 32

    def names(self) -> str:
        """``"CROSSING;HIDDEN"``; the empty string for no flag."""
        return ";".join(flag.name or "" for flag in type(self) if flag and flag in self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something read but doubtful, or not read at all.

    Attributes
    ----------
    code : str
        Short and stable, such as ``"label-rejected"``; see :data:`FINDINGS`.
    severity : {"info", "warning", "error"}
        ``error`` means that something in the figure was refused.
    message : str
        One clear sentence for a person.
    panel : int or None
        Panel number from 1, None for the whole figure.
    value, limit : float or None
        The measured quantity and the threshold it met, where there is one.
    box_px : tuple of float or None
        Where in the picture: left, top, right, bottom, pixel centres at whole numbers; None for no single place.
    """

    code: str
    severity: Severity
    message: str
    panel: int | None = None
    value: float | None = None
    limit: float | None = None
    box_px: tuple[float, float, float, float] | None = None


FINDINGS: dict[str, str] = {
    "animated": "The file holds several frames; the first was read.",
    "small": "The picture is under 300 px; its text may be misread.",
    "picture-turned": "A turned scan was straightened first.",
    "no-axes": "No pair of axes was found in the picture.",
    "axis-refused": "An axis could not be calibrated; its panel's series are not exported.",
    "label-rejected": "A tick label disagrees with the others and was voted out.",
    "axis-shared": "An axis without labels of its own took those of its neighbour.",
    "axis-stated": "The user stated the axis; it took the place of the one that was read.",
    "panel-unknown": "An axis was stated for a panel that was not found.",
    "axis-guessed": "A panel has two y axes and nothing says to which a series belongs.",
    "axis-thin": "An axis rests on two labels: nothing else confirms them.",
    "axis-categories": "Labels that look like numbers or dates fit no scale; they were taken as categories.",
    "axis-no-day": "A time axis names no day; its times count from 1970-01-01.",
    "axis-two-meanings": "The labels of an axis may as well mean a thousand times as much, and nothing tells which.",
    "axis-symlog": "An axis was taken for symmetric-logarithmic; its labels do not say where it turns linear.",
    "axis-off-ticks": "The labels of an axis all stand to one side of its ticks: one of the two was misread.",
    "axis-labels-cut": "The labels of an axis may be parts of longer ones: more stands beside them than was read.",
    "axis-factor-unread": "What stands at the end of an axis, or in its title, as a factor would could not be read.",
    "axis-minor-ticks": "The ticks between the labels of an axis stand as on another scale than its labels.",
    "axis-uneven": "The labels of an axis are uneven, or count unevenly at even places: some were probably misread.",
    "axis-other-side": "A y axis was read on the right; labels on the left of its panel could not be read.",
    "axis-short": "An axis of categories has room for more of them than were read.",
    "axis-imprecise": "The ends of an axis are not known to half a percent of it: it is short, or rests on few labels.",
    "axis-small-offset": "The factor or addend of an axis was read off small print and may be misread.",
    "label-reread": "A tick label was taken for another number than it reads as, because the others ask for it.",
    "axis-from-labels": "No tick or gridline was found; label centres were used.",
    "no-legend": "No legend was found; series are named by colour.",
    "entry-without-line": "A legend entry has no line in this panel.",
    "line-without-entry": "A line has no legend entry; it is named by its colour.",
    "same-colour": "Several lines share a colour; which is which after a crossing is uncertain.",
    "series-refused": "A series could not be traced.",
    "kind-refused": "The panel holds marks (bars, points, areas) that this version does not read.",
    "crossing-mended": "Two lines had been taken for each other after a crossing; their colours or dashes told.",
    "drawn-twice": "A line without a legend entry ran along other lines of its colour and was left out.",
    "ink-unexplained": "Ink of a line lies where no series runs: a line, or part of one, may be missing.",
    "ink-unseen": "A series runs where the picture shows no ink; its points there are flagged INTERPOLATED.",
    "samples-unknown": "A line does not show where it was sampled; its points are at a spacing of ours.",
    "not-refined": "The samples behind the lines were not recovered; the lines stand as traced.",
    "not-judged": "What was read was not compared with the picture.",
    "points-heaped": "Points lie in heaps that cannot be taken apart: some are missing, or all are refused.",
    "not-a-function": "A series has several values at one place of a common grid; the cell is empty.",
    "unit-kept": "An axis could not be converted to the wanted unit; its values stay as printed.",
    "sparse": "Large parts of a series are interpolated.",
}
"""Every code and what it means; the documentation is written from this table."""
