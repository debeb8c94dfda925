"""Tick labels: what they may say and where along the axis they stand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from calibration.characters import close_numbers, plain_text
from calibration.dates import YEAR, DateReading, axis_dates, read_parts, year_step
from calibration.decimal_marks import decimal_mark
from calibration.geometry import BoolArray, Box, FloatArray, Side, TextBox
from calibration.label_rows import with_colons, with_percents, with_pi, with_units
from calibration.lines_of_type import ascent_px, type_range_px
from calibration.numerals import Reading, label_readings, readings_of, split_numbers

LABEL_SIGMA_HEIGHTS = 0.10
"""Scatter of label centres about their ticks: a text box is tight around ink that is seldom symmetric."""
LABEL_SIGMA_FLOOR_PX = 0.6
SPLIT_SIGMA_HEIGHTS = 0.45
ROW_TOLERANCE_HEIGHTS = 0.75
OFF_ROW_COST = 1.2
SAME_PLACE_HEIGHTS = 0.5
WIDE_CHARACTER_HEIGHTS = 0.62
GROUPED = re.compile(r"[-+\u2212]?[1-9]\d{0,2}(?: \d{3})+")
WIDE_DIGIT_HEIGHTS, LABEL_GAP_HEIGHTS = 0.92, 0.9
"""Digits are no wider than this even in wide type; labels keep a gap of more than this from each other."""
FEWEST_STAGGERED, EVEN_STEP_FACTOR = 3, 1.15
"""Three labels in two rows take turns where they stand evenly."""
TALL_FACTOR = 1.15
SHORT_CHARACTERS = 2
CALENDAR_STEP_YEARS = 5
PERIODS_SINCE = 1970
"""Axes of periods (pandas) count their steps of years from here: 1945, 1970, 1995. Number axes count from 0."""
TURNED_DEG = (15.0, 75.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelMark:
    """A candidate label with its readings and its place.

    Attributes
    ----------
    text : str
    box : Box
    position_px : float
        Centre along the axis.
    ends_px : tuple of float
        Low and high end along the axis: a slanted label ends at its tick.
    sigma_px : float
    height_px : float
        Of the line of text.
    in_row : bool
        Whether it stands in line with most other labels.
    slanted : bool
    lean_deg : float
        Counter-clockwise turn of slanted labels, 0 for others.
    fastened_px : tuple of float
        Where along the axis it may be fastened to its tick: its centre, and for slanted text the corners of its end.
    readings : tuple of Reading
        As a number, likeliest first.
    dates : tuple of DateReading
        As a date.
    confidence : float
    """

    text: str
    box: Box
    position_px: float
    ends_px: tuple[float, float]
    sigma_px: float
    height_px: float
    in_row: bool
    slanted: bool
    lean_deg: float
    fastened_px: tuple[float, ...]
    readings: tuple[Reading, ...]
    dates: tuple[DateReading, ...]
    confidence: float

    @property
    def likely_number(self) -> bool:
        return bool(self.readings) and self.readings[0].cost < 0.8


def is_upright_axis(side: Side) -> bool:
    """Whether positions along the axis are y coordinates."""
    return side in ("left", "right")


def years_are_dates(texts: Sequence[str], context: str) -> bool:
    """Whether bare years are dates rather than numbers.

    Positions cannot tell: a leap day moves a yearly tick by a thousandth of the axis at most. The title can. Else
    the step does: number axes go in 5, 10, 20, 25 or 50 years, calendars also in 1, 2, 3 and 4.
    """
    step = year_step(texts)
    if not step or re.search(r"\byears?\b", context.split("(")[0], re.IGNORECASE):
        return False
    if step < CALENDAR_STEP_YEARS or re.search(r"\b(?:date|time|month|day)s?\b", context, re.IGNORECASE):
        return True
    years = [int(text) for text in map(plain_text, texts) if YEAR.fullmatch(text)]
    return PERIODS_SINCE % step > 0 and all((year - PERIODS_SINCE) % step == 0 for year in years)


def _split(label: TextBox, along_y: bool) -> list[TextBox]:
    """One box for each number where several labels of an x axis were read as one line."""
    parts = [] if along_y or 30 < abs(label.angle_deg) < 150 or read_parts(label.text) else split_numbers(label.text)
    # "10 000" is one number: only a line wider than its characters holds several labels
    if GROUPED.fullmatch(label.text.strip()):
        gaps = label.text.strip().count(" ")
        widest = WIDE_DIGIT_HEIGHTS * (len(label.text.strip()) - gaps) + LABEL_GAP_HEIGHTS * gaps
    else:
        widest = WIDE_CHARACTER_HEIGHTS * len(label.text)
    wide = label.box.width_px > widest * label.height_px
    if not parts or not (wide or readings_of(label.text)[:1] == []):
        return [label]
    return [
        replace(
            label,
            text=text,
            numeric="",
            others=(),
            box=Box(
                left=label.box.left + start * label.box.width_px,
                right=label.box.left + end * label.box.width_px,
                top=label.box.top,
                bottom=label.box.bottom,
            ),
        )
        for text, start, end in parts
    ]


def _rows(boxes: Sequence[Box], heights: FloatArray, side: Side) -> list[bool]:
    """Which boxes stand in line: the most that share an edge or a centre across the axis, a staggered row included."""
    edges = np.array([box.as_list() for box in boxes], float).reshape(-1, 4)
    near, far = (edges[:, 0], edges[:, 2]) if is_upright_axis(side) else (edges[:, 1], edges[:, 3])
    tolerance = ROW_TOLERANCE_HEIGHTS * float(np.median(heights))
    inward = -1.0 if side in ("right", "bottom") else 1.0
    best: tuple[int, int, float] = (-1, -1, 0.0)
    member = np.zeros(len(edges), bool)
    for across in (far, near, (near + far) / 2):
        for start in across:
            group = np.abs(across - start) <= tolerance
            whole = group | _staggered(edges, group, side, tolerance)
            score = (int(whole.sum()), int(group.sum()), inward * float(across[group].mean()))
            if score > best:
                best, member = score, whole
    return [bool(one) for one in member]


def _staggered(edges: FloatArray, member: BoolArray, side: Side, tolerance: float) -> BoolArray:
    """Labels that stand in a second row, each between two of the first: they take turns to have room."""
    none = np.zeros(len(edges), bool)
    rest = np.flatnonzero(~member)
    across = (edges[:, 1] + edges[:, 3]) / 2
    at = (edges[:, 0] + edges[:, 2]) / 2
    if is_upright_axis(side) or len(edges) < FEWEST_STAGGERED:
        return none
    steps = np.diff(np.sort(at))
    if len(edges) == FEWEST_STAGGERED and steps.max() > EVEN_STEP_FACTOR * steps.min():
        return none
    if not len(rest) or np.ptp(across[rest]) > tolerance or abs(len(rest) - member.sum()) > 1:
        return none
    order = np.argsort(at)
    return ~member if (np.diff(member[order].astype(int)) != 0).all() else none


def _date_text(label: TextBox) -> str:
    """The text, or its reading as a number where only that is a date (``2005e``)."""
    return label.numeric if label.numeric and not read_parts(label.text) and read_parts(label.numeric) else label.text


def read_labels(side: Side, labels: Sequence[TextBox], *, context: str = "") -> list[LabelMark]:
    """Candidate labels with every reading of their texts, sorted along the axis.

    ``context`` is the axis title and offset text: it may name the year, or say that years are dates.
    """
    along_y = is_upright_axis(side)
    printed = [close_numbers(label.text) for label in labels]
    texts = with_percents(with_colons(with_pi(printed)))
    centres_px = [label.box.centre[1 if along_y else 0] for label in labels]
    texts = with_units(texts, centres_px, min((label.height_px for label in labels), default=0.0))
    whole = [
        replace(label, text=text) if text == before else replace(label, text=text, numeric="", others=())
        for label, text, before in zip(labels, texts, printed, strict=True)
    ]
    whole = _leaning_together(_without_doubles(whole))
    pieces = [(piece, len(parts) > 1) for label in whole for parts in [_split(label, along_y)] for piece in parts]
    if not pieces:
        return []
    mark = decimal_mark([label.text for label, _ in pieces])
    heights = np.array([label.height_px for label, _ in pieces], float)
    rows = _rows([label.box for label, _ in pieces], heights, side)
    typical = float(np.median(heights))
    high_px = ascent_px([label for label, _ in pieces])
    along = 1 if along_y else 0
    order = sorted(range(len(pieces)), key=lambda i: pieces[i][0].box.centre[along])
    as_date = [_date_text(label) for label, _ in pieces]
    dated = years_are_dates([as_date[i] for i in order if rows[i]], context)
    dates = axis_dates(as_date, context, bare_years=dated)
    marks = []
    for (label, was_split), in_row, as_dates in zip(pieces, rows, dates, strict=True):
        box = label.box
        low, high = (box.top, box.bottom) if along_y else (box.left, box.right)
        sigma = max(LABEL_SIGMA_HEIGHTS * typical, LABEL_SIGMA_FLOOR_PX)
        if along_y and abs(label.angle_deg) < TURNED_DEG[0]:
            low, high = type_range_px(label, high_px)
            sigma = max(sigma, (high - low - TALL_FACTOR * high_px) / 2)  # other ink was taken for a part of it
        if was_split:
            sigma = SPLIT_SIGMA_HEIGHTS * typical
        marks.append(
            LabelMark(
                text=label.text,
                box=box,
                position_px=(low + high) / 2,
                ends_px=(low, high),
                sigma_px=sigma,
                height_px=typical,
                in_row=in_row,
                slanted=TURNED_DEG[0] < abs(label.angle_deg) < TURNED_DEG[1],
                lean_deg=label.angle_deg if TURNED_DEG[0] < abs(label.angle_deg) < TURNED_DEG[1] else 0.0,
                fastened_px=_fastenings(side, low, high, label),
                readings=tuple(label_readings(label.text, label.numeric, label.others, mark=mark)),
                dates=as_dates,
                confidence=label.confidence,
            )
        )
    return sorted(_without_ticks_read(marks), key=lambda m: m.position_px)


def _without_doubles(labels: Sequence[TextBox]) -> list[TextBox]:
    """The labels, each once: where two readings say the same of one place the surer one stays."""
    kept: list[TextBox] = []
    for label in sorted(labels, key=lambda one: -one.confidence):
        same = (one for one in kept if one.text == label.text)
        if not any(one.box.contains(*label.box.centre) or label.box.contains(*one.box.centre) for one in same):
            kept.append(label)
    return [label for label in labels if label in kept]


def _leaning_together(labels: Sequence[TextBox]) -> list[TextBox]:
    """The labels, those too short for their turn to be seen slanted as most others are."""
    slanted = [one for one in labels if TURNED_DEG[0] < abs(one.angle_deg) < TURNED_DEG[1]]
    # a digit alone seems level, or to read upward
    level = [one for one in labels if one not in slanted and len(one.text.strip()) <= SHORT_CHARACTERS]
    if not slanted or len(slanted) + len(level) < len(labels) or len(slanted) < max(len(labels) / 2, 2):
        return list(labels)
    lean_deg, height_px = (float(np.median([getattr(one, of) for one in slanted])) for of in ("angle_deg", "height_px"))
    return [replace(one, angle_deg=lean_deg, height_px=height_px) if one in level else one for one in labels]


def _fastenings(side: Side, low_px: float, high_px: float, label: TextBox) -> tuple[float, ...]:
    """Places of a label that renderers put on its tick.

    Upright labels are centred. Slanted ones are centred too, or end at the tick with the edge of their upright box,
    with the middle of their last character or with its upper corner, as the renderer turns them: at the end that is
    nearer to the axis.
    """
    centre = (low_px + high_px) / 2
    if not TURNED_DEG[0] < abs(label.angle_deg) < TURNED_DEG[1]:
        return (centre,)
    lean_px = label.height_px * abs(float(np.sin(np.radians(label.angle_deg))))
    parts = [0.0, 0.5 * lean_px, lean_px]
    at_last = (label.angle_deg > 0) == (side in ("bottom", "right"))
    return (centre, *(high_px - part if at_last else low_px + part for part in parts))


def _without_ticks_read(marks: Sequence[LabelMark]) -> list[LabelMark]:
    """Marks less those beside the row at the very place of a label in it: tick marks that were read as characters."""
    row = np.array([mark.position_px for mark in marks if mark.in_row])
    return [
        mark
        for mark in marks
        if mark.in_row
        or mark.slanted
        or not len(row)
        or np.abs(row - mark.position_px).min() > SAME_PLACE_HEIGHTS * mark.height_px
    ]
