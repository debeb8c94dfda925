"""Which texts label an axes box: tick labels on each side, axis titles, offset text, panel title."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.geometry import Box, Side, TextBox
from calibration.titles import broken_factor

LABEL_REACH_HEIGHTS: dict[Side, float] = {"bottom": 3.2, "top": 2.6, "left": 4.5, "right": 3.2}
"""How far from the spine tick labels may stand (wandb leaves much air on the left)."""
ALIGN_HEIGHTS = 0.6
TURNED_DEG = 60.0
"""Texts beside an axis that are turned by more read along it."""
OVERHANG_HEIGHTS = 1.6
OPEN_OFFSET_HEIGHTS, TOP_OFFSET_HEIGHTS = 6.0, 5.0
OFFSET_ROW_HEIGHTS, OFFSET_REACH_HEIGHTS = 2.0, 2.5
CORNER_HEIGHTS = 4.0
SECOND_ROW_HEIGHTS = 5.0
FEWEST_IN_ROW, TURNED_ALIKE_DEG = 2, 15.0
YEAR_LIKE = re.compile(r"\b(1[5-9]|20)\d\d\b")
TIGHT_OVERHANG_HEIGHTS = 0.5
"""The middle of a label that belongs to a closed box lies within it; half a line is for what ticks are drawn off by."""
DIGIT_ROW_FRAC, NEXT_ROW_HEIGHTS = 0.7, 2.0
OVERLAP_FRAC = 0.6
SHORT_CHARACTERS = 2
FEWEST_ENDS = 2
"""Of so many labels one may reach over the title: it was read with a part of it."""
FEWEST_STAGGERED, STAGGER_HEIGHTS, STAGGER_STEP_FACTOR, EVEN_STEP_FACTOR = 4, 3.0, 2.0, 1.15
"""Three labels in two rows take turns where they stand evenly."""
INTRUSION_HEIGHTS = 0.45
TICK_INTRUSION_HEIGHTS, OUTSIDE_FRAC = 0.8, 0.6
"""A tick mark that points inward, read with its label, brings that so far into the box; most of it is outside."""
TITLE_REACH_HEIGHTS, SIDE_SPREAD_HEIGHTS = 3.2, 1.5
PANEL_TITLE_REACH_HEIGHTS = 3.0
NUMBER_LIKE = re.compile(
    r"^[^A-Za-z]{0,3}\s*[-+\u2212\u2013.,$€£¥(]*\d[\d\s.,'\u2009eE^×x*·+\-\u2212\u2013⁰¹²³⁴⁵⁶⁷⁸⁹⁻:/]*\s*(%|°|π|[kKMGBTmµun]|h|s)?\)?$"
)
PI_OR_POWER = re.compile(
    r"^[-+\u2212\u2013]?\s*(\d*\s*[\u03c0\u03a0\u5140]|\d+[\u03c0\u03a0\u5140]?)\s*/\s*\d+$|^[-+\u2212\u2013]?\s*\d*\s*[\u03c0\u03a0\u5140]$"
    r"|^[-+\u2212\u2013]?\s*e\s?\^?[-+\u2212\u2013\u207b]?[\d\u2070\u00b9\u00b2\u00b3\u2074-\u2079]+$"
)
"""Multiples of pi, fractions, powers of e."""
DATE_LIKE = re.compile(
    r"^(\d{1,4}[-/. ])?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|q[1-4])[a-z]*"
    r"\.?,?(\s*-?\d{1,4})?([ ,]+\d{1,4}h?)?$",
    re.IGNORECASE,
)
OFFSET_LIKE = re.compile(
    r"^[×x*]?\s*(1e[-+\u2212]?\d+|10\^?[-+\u2212⁻]?[\d⁰¹²³⁴⁵⁶⁷⁸⁹]+)(\s*[+\u2212-]\s*[\d.e]+)?$"
    r"|^[+\u2212]\d[\d.e+]*$|^[+\u2212]\d[\d.]*\s*[×x*]\s*10\^?[-+\u2212⁻]?[\d⁰¹²³⁴⁵⁶⁷⁸⁹]+$",
    re.IGNORECASE,
)
PANEL_LETTER = re.compile(r"^\(?[a-hA-H]\)$|^[a-hA-H][.:]?$")
"""What names a panel; read as a number it would be a tick label of the panel above."""
DATE_CONTEXT = re.compile(r"^\d{4}([-/ ]([A-Za-z]{3}|\d\d))?([-/ ]\d\d)?$|^[A-Za-z]{3,9} \d{4}$")
"""What stands at the end of a date axis: the part of the date that its labels leave out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRun:
    """A row of texts under (over) an axes box or a column beside it: its possible tick labels."""

    side: Side
    labels: tuple[TextBox, ...]

    @property
    def numbers(self) -> int:
        return sum(is_number_like(label) for label in self.labels)


def is_number_like(text: TextBox) -> bool:
    """Whether a text could be a tick label: a number or a date."""
    if PANEL_LETTER.match(text.text.strip()):
        return False
    likes = (NUMBER_LIKE, DATE_LIKE, PI_OR_POWER)
    return any(like.match(t.strip()) for t in (text.text, text.numeric) if t for like in likes)


def label_runs(
    side: Side, box: Box, texts: Sequence[TextBox], text_height_px: float, overhang_heights: float = OVERHANG_HEIGHTS
) -> tuple[LabelRun, ...]:
    """Rows or columns of texts that stand where ``side``'s tick labels would, most plausible first.

    Parameters
    ----------
    side : Side
    box : Box
        The axes box.
    texts : sequence of TextBox
        All texts of the figure.
    text_height_px : float
        The figure's ruler.
    overhang_heights : float
        How far beyond the ends of the box the middle of a label may stand.
    """
    near = [text for text in texts if stands_beside(side, box, text, text_height_px, overhang_heights)]
    if side in ("left", "right"):
        upright = [text for text in near if abs(text.angle_deg) < TURNED_DEG]
        # base R turns the labels of a y axis along it
        turned = [text for text in near if abs(text.angle_deg) >= TURNED_DEG and is_number_like(text)]
        runs = _columns(upright, side) + _columns(turned, side)
    else:
        upright = [text for text in near if abs(text.angle_deg) < 15]
        turned = [text for text in near if abs(text.angle_deg) >= 15]
        if side == "top":  # at a corner over the axes a factor is the y axis', even in a row with the labels
            ends = (box.left, box.right)
            upright = [t for t in upright if not (says_offset(t) and _stands_at_end(t, ends, text_height_px))]
        edge = [text.box.top if side == "bottom" else text.box.bottom for text in turned]
        rows = _aligned(upright, [text.box.centre[1] for text in upright])
        slanted = [_with_short_labels(row, upright, side) for row in _aligned(turned, edge)]
        runs = rows + slanted + _digits_with_powers(rows) + _staggered(rows) + _staggered(slanted)
    found: dict[frozenset[int], LabelRun] = {}
    for members in runs:
        if len(members) > 1:
            key = frozenset(id(member) for member in members)
            ordered = sorted(members, key=lambda t: t.box.centre[1 if side in ("left", "right") else 0])
            found[key] = LabelRun(side=side, labels=tuple(ordered))
    return tuple(sorted(found.values(), key=lambda run: _rank(run, box, text_height_px)))


def _columns(texts: Sequence[TextBox], side: Side) -> list[list[TextBox]]:
    keys = [text.box.right if side == "left" else text.box.left for text in texts]
    return _aligned(texts, keys) + _overlapping(texts)


def _with_short_labels(row: list[TextBox], upright: Sequence[TextBox], side: Side) -> list[TextBox]:
    """A row of turned labels with those of one or two characters, whose turn cannot be seen."""

    def edge(text: TextBox) -> float:
        return text.box.top if side == "bottom" else text.box.bottom

    level = float(np.median([edge(text) for text in row]))
    # the boxes of slanted labels begin up to a text height before their ink, those of upright ones do not
    slanted = len(row) > 1 and all(abs(text.angle_deg) < TURNED_DEG for text in row)
    beyond_px = float(np.median([text.height_px for text in row])) if slanted else 0.0
    outward = 1.0 if side == "bottom" else -1.0
    short = [text for text in upright if len(text.text.strip()) <= SHORT_CHARACTERS and is_number_like(text)]
    near = [(t, outward * (edge(t) - level), ALIGN_HEIGHTS * t.height_px) for t in short]
    return row + [t for t, off_px, most_px in near if -most_px <= off_px <= max(beyond_px, most_px)]


def _staggered(rows: Sequence[list[TextBox]]) -> list[list[TextBox]]:
    """Two rows whose labels take turns, as one."""
    joined = []
    for upper, lower in zip(rows, rows[1:], strict=False):
        both = sorted(upper + lower, key=lambda text: text.box.centre[0])
        first = [text in upper for text in both]
        near = abs(lower[0].box.top - upper[0].box.top) <= STAGGER_HEIGHTS * max(text.height_px for text in both)
        steps = np.diff([text.box.centre[0] for text in both])
        enough = len(both) >= FEWEST_STAGGERED or (
            len(both) == FEWEST_STAGGERED - 1 and steps.max() <= EVEN_STEP_FACTOR * steps.min()
        )
        alternate = enough and all(a != b for a, b in zip(first, first[1:], strict=False))
        alike = len({is_number_like(text) for text in both}) == 1 and not any(map(_is_offset, both))
        if alternate and alike and near and steps.max() <= STAGGER_STEP_FACTOR * steps.min():
            joined.append(both)
    return joined


def _digits_with_powers(rows: Sequence[list[TextBox]]) -> list[list[TextBox]]:
    """A row of lone digits, as some log axes print between the powers, together with the next row."""
    joined = []
    for upper, lower in zip(rows, rows[1:], strict=False):
        digits = [sum(len(text.text) == 1 for text in row) / len(row) for row in (upper, lower)]
        gap = lower[0].box.centre[1] - upper[0].box.centre[1]
        if max(digits) >= DIGIT_ROW_FRAC and gap <= NEXT_ROW_HEIGHTS * max(text.height_px for text in lower + upper):
            joined.append(upper + lower)
    return joined


def _rank(run: LabelRun, box: Box, text_height_px: float) -> tuple[float, float]:
    gap = np.median([_gap_px(run.side, box, label) for label in run.labels])
    return (-run.numbers + 0.6 * float(gap) / text_height_px, -len(run.labels))


def _gap_px(side: Side, box: Box, text: TextBox) -> float:
    return {
        "left": box.left - text.box.right,
        "right": text.box.left - box.right,
        "top": box.top - text.box.bottom,
        "bottom": text.box.top - box.bottom,
    }[side]


def stands_beside(
    side: Side, box: Box, text: TextBox, text_height_px: float, overhang_heights: float = OVERHANG_HEIGHTS
) -> bool:
    """Whether a text stands where a side's tick labels would."""
    gap = _gap_px(side, box, text)
    outside = 1.0 + gap / max(text.box.width_px, 1.0)
    with_tick = side in ("left", "right") and abs(text.angle_deg) < TURNED_DEG and outside >= OUTSIDE_FRAC
    inward = TICK_INTRUSION_HEIGHTS if with_tick else INTRUSION_HEIGHTS
    if not -inward * max(text_height_px, text.height_px) <= gap <= LABEL_REACH_HEIGHTS[side] * text_height_px:
        return False
    x, y = text.box.centre
    if side in ("left", "right"):
        reach = min(overhang_heights, 1.0) * text_height_px
        return box.top - reach <= y <= box.bottom + reach
    overhang = overhang_heights * text_height_px
    if abs(text.angle_deg) >= 15:
        overhang = OVERHANG_HEIGHTS * text_height_px
        return box.left - overhang <= text.box.right and text.box.left <= box.right + overhang
    return box.left - overhang <= x <= box.right + overhang


def _aligned(texts: Sequence[TextBox], keys: Sequence[float]) -> list[list[TextBox]]:
    """Groups of texts whose keys lie together, chained in key order."""
    order = [int(index) for index in np.argsort(np.asarray(keys, float))]
    groups: list[list[TextBox]] = []
    first_key = 0.0
    for index in order:
        text = texts[index]
        tolerance = ALIGN_HEIGHTS * max(text.height_px, 1.0)
        if groups and keys[index] - first_key <= tolerance:
            groups[-1].append(text)
        else:
            groups.append([text])
            first_key = keys[index]
    return groups


def _overlapping(texts: Sequence[TextBox]) -> list[list[TextBox]]:
    """Columns of texts that stand over each other, whatever edge they share."""
    columns: list[list[TextBox]] = []
    for text in sorted(texts, key=lambda one: one.box.width_px):
        for column in columns:
            first = column[0].box
            shared = min(first.right, text.box.right) - max(first.left, text.box.left)
            if shared > OVERLAP_FRAC * first.width_px:
                column.append(text)
                break
        else:
            columns.append([text])
    return columns


def axis_title(side: Side, box: Box, run: LabelRun | None, texts: Sequence[TextBox], text_height_px: float) -> str:
    """The axis title beyond the tick labels of ``side``; empty where there is none."""
    taken = {id(label) for label in run.labels} if run else set()
    reach_px = TITLE_REACH_HEIGHTS * text_height_px
    best: tuple[float, str] | None = None
    for text in texts:
        if id(text) in taken or OFFSET_LIKE.match(text.text.strip()) or not text.text.strip():
            continue
        if side == "bottom" and DATE_CONTEXT.match(text.text.strip()):
            continue
        x, y = text.box.centre
        if side in ("left", "right"):
            edge = box.left if side == "left" else box.right
            if run and run.labels:  # half of the labels: one that was read together with the title reaches over it
                ends = [t.box.left for t in run.labels] if side == "left" else [t.box.right for t in run.labels]
                edge = float(np.median(ends))
            gap = edge - text.box.right if side == "left" else text.box.left - edge
            fits = abs(text.angle_deg) > 60 and box.top - reach_px <= y <= box.bottom + reach_px
        else:
            # the outermost label may have been read together with the title
            ends = sorted(t.box.bottom if side == "bottom" else -t.box.top for t in run.labels) if run else []
            edge = ends[-2] if len(ends) > FEWEST_ENDS else max(ends, default=0.0)
            edge = edge if side == "bottom" else -edge
            if not ends:
                edge = box.bottom if side == "bottom" else box.top
            gap = text.box.top - edge if side == "bottom" else edge - text.box.bottom
            fits = abs(text.angle_deg) < 15 and box.left - text_height_px <= x <= box.right + text_height_px
            fits = fits and not is_number_like(text)
        spread_px = SIDE_SPREAD_HEIGHTS * text_height_px if side in ("left", "right") else 0.0
        if fits and -0.3 * text_height_px <= gap <= reach_px + spread_px and (best is None or gap < best[0]):
            best = gap, text.text.strip()
    return best[1] if best else ""


def offset_text(
    side: Side, box: Box, texts: Sequence[TextBox], text_height_px: float, run: LabelRun | None = None
) -> str:
    """Text such as ``1e6``, or ``2022-Mar`` on an x axis, at the end of an axis; empty where there is none.

    ``run`` are the axis' labels: turned, or beside a spine that stands off, they push the offset text further out.
    """
    labels = [label.box for label in run.labels] if run else []
    rows = labels if side == "bottom" else []
    lowest_px = max([box.bottom + OFFSET_ROW_HEIGHTS * text_height_px, *(row.bottom for row in rows)])
    # a label of the row itself, left over at its end, is no offset text
    first_px = float(np.median([row.centre[1] for row in rows])) + 0.5 * text_height_px if rows else -np.inf
    for text in texts:
        if side in ("left", "right") and abs(text.angle_deg) >= TURNED_ALIKE_DEG:
            continue  # a label of an axis on top, whatever it says
        dated = bool(DATE_CONTEXT.match(_matching(text)))
        if not _matching(text) or (side in ("left", "right") and dated):
            continue
        y = text.box.centre[1]
        if side in ("left", "right") and not says_offset(text) and _labels_x_axis(text, box, texts):
            continue
        if side in ("left", "right"):
            # a box without spines ends at its labels, its offset text stands over the true end
            reach = OPEN_OFFSET_HEIGHTS if side == "left" else 2.0
            top_px = max([box.top, *(label.top for label in sorted(labels, key=lambda one: one.top)[:1])])
            at_end = -0.6 * text_height_px <= box.top - y <= reach * text_height_px
            at_end |= 0.0 <= top_px - y <= OPEN_OFFSET_HEIGHTS * text_height_px
            edge = box.left if side == "left" else box.right
            if at_end and _stands_at_end(text, (edge,), text_height_px):
                return _matching(text)
        elif side == "top":
            highest_px = min([box.top - (TOP_OFFSET_HEIGHTS - OFFSET_REACH_HEIGHTS) * text_height_px]
                             + [label.top for label in labels])  # fmt: skip
            above = 0.8 * text_height_px <= box.top - y and y >= highest_px - OFFSET_REACH_HEIGHTS * text_height_px
            in_row = any(label.top < y for label in labels) and (dated or says_offset(text))
            if above and not in_row and _at_right_end(text, box, labels, text_height_px):
                return _matching(text)
        else:
            highest_px = max(box.bottom + 0.8 * text_height_px, first_px)
            below = highest_px <= y <= lowest_px + OFFSET_REACH_HEIGHTS * text_height_px
            if below and _at_right_end(text, box, labels, text_height_px):
                return _matching(text)
    return _second_row(box, texts, text_height_px) if side == "bottom" else ""


def _labels_x_axis(text: TextBox, box: Box, texts: Sequence[TextBox]) -> bool:
    """Whether a text stands in a row of labels over a box: an offset text stands there alone."""
    row = [
        other
        for other in texts
        if other is not text
        and is_number_like(other)
        and box.left < other.box.centre[0] < box.right
        and abs(other.angle_deg - text.angle_deg) < TURNED_ALIKE_DEG
        and min(abs(other.box.bottom - text.box.bottom), abs(other.box.centre[1] - text.box.centre[1]))
        <= ALIGN_HEIGHTS * text.height_px
    ]
    return len(row) >= FEWEST_IN_ROW


def _at_right_end(text: TextBox, box: Box, labels: Sequence[Box], text_height_px: float) -> bool:
    """Whether a text ends where an axis does; a box without spines ends somewhere behind its last label."""
    if abs(text.box.right - box.right) <= 3 * text_height_px:
        return True
    if not labels or not OFFSET_LIKE.match(_matching(text)):
        return False
    last_px, slack_px = max(label.right for label in labels), OPEN_OFFSET_HEIGHTS * text_height_px
    return -slack_px <= text.box.right - last_px <= max(box.right - last_px, 0.0) + slack_px


def _second_row(box: Box, texts: Sequence[TextBox], text_height_px: float) -> str:
    """What a second row under the tick labels (not among ``texts``) adds: the year of a date axis, say."""
    under = [
        text
        for text in texts
        if 0.5 * text_height_px <= text.box.top - box.bottom <= SECOND_ROW_HEIGHTS * text_height_px
        and box.left - text_height_px <= text.box.centre[0] <= box.right + text_height_px
        and is_number_like(text)
    ]
    return " ".join(text.text.strip() for text in under if YEAR_LIKE.search(text.text))


def _stands_at_end(text: TextBox, edges_px: Sequence[float], text_height_px: float) -> bool:
    """Whether a text stands over one of the upright edges of a box."""
    return any(abs(text.box.centre[0] - edge) <= CORNER_HEIGHTS * text_height_px for edge in edges_px)


def says_offset(text: TextBox) -> bool:
    """Whether a text is no label but a factor or an addend by its first sign, though it may have lost a part."""
    return text.text.strip()[:1] in "+\u00d7" and bool(_matching(text))


def _is_offset(text: TextBox) -> bool:
    return bool(OFFSET_LIKE.match(text.text.strip())) and text.text.strip()[:1] in "+\u2212×x"


def _matching(text: TextBox) -> str:
    found = [t.strip() for t in (text.text, text.numeric) if t]
    whole = (t for t in found if OFFSET_LIKE.match(t) or DATE_CONTEXT.match(t))
    return next(whole, next((t for t in found if t[:1] not in "([" and broken_factor(t)), ""))


def panel_title(box: Box, texts: Sequence[TextBox], text_height_px: float, ceiling_px: float) -> str:
    """The title over an axes box: the nearest centred (or left-aligned) text above it, below ``ceiling_px``."""
    best: tuple[float, str] | None = None
    for text in texts:
        x, _ = text.box.centre
        gap = box.top - text.box.bottom
        if abs(text.angle_deg) > 15 or is_number_like(text) or text.box.top < ceiling_px or len(text.text.strip()) < 2:
            continue
        centred = abs(x - box.centre[0]) <= 0.12 * box.width_px
        flush = abs(text.box.left - box.left) <= 1.5 * text_height_px
        near = -0.3 * text_height_px <= gap <= PANEL_TITLE_REACH_HEIGHTS * text_height_px
        if (centred or flush) and near and (best is None or gap < best[0]):
            best = gap, text.text.strip()
    return best[1] if best else ""
