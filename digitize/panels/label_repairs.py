"""Tick labels put right before they are taken for labels: rid of ticks and curves, groups of digits joined."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from calibration.geometry import FloatArray, TextBox, enclosing_box
from calibration.numerals import readings_of
from digitize.panels.axis_texts import is_number_like
from digitize.panels.month_names import MONTH, with_months
from digitize.panels.raised_exponents import joined_powers, levelled_powers
from digitize.panels.slanted_labels import slanted_alike
from digitize.panels.twice_read import joined_overlaps

TICK_BEHIND = re.compile(r"(.*(?:\d\s?[%kKMGBT\u00b0]?|\u03c0))(?:\s*[-\u2013\u2014_]+|\s+[EFH\u2020\u2021\u5341])$")
"""A tick mark, or the spine with one on it, read along."""
OFFSET_BEHIND = re.compile(
    r"([-\u2212]?\d[\d.,]*[kKMGB%]?)"
    r"(?:\s+(?:[-\u2013\u2014]\s*(?=1[eE]))?|\s*[-\u2013\u2014]\s*(?=\+))"
    r"(\+\s?\d[\d.]*[eE]\+?\d+|\+\s?\d{3}\d*|1[eE][-+\u2212]?\d+)"
)
"""An offset text that begins where the topmost label, or the tick mark behind it, ends."""
GLUED_OFFSET = re.compile(r"([-\u2212]?\d+[.,]\d+)(1[eE][-+\u2212]?\d+)")
FEWEST_ALIKE = 3
"""The same without a gap, where so many labels have as many decimals as that leaves, and no exponents."""
TICK_BEFORE = re.compile(r"[-\u2212\u2013\u2014_]+\s*(?=[$\u20ac\u00a3\u00a5]?[\d.])")
FEWEST_NEIGHBOURS, ATTACHED_FRAC = 2, 1.35
FORMS = (r"-?\d\.\d+e[+-]\d\d", r"(?:19|20)\d\d-\d\d-\d\d", r"[0-2]\d:[0-5]\d")
"""Labels of one length in which nothing tells where the next begins but their form."""
FALLING_FRAC = 0.75
"""Of all pairs of labels: one of five may be misread."""
UPRIGHT_DEG = 15.0
BEHIND = (
    (re.compile(r"[-+\u2212]?[1-9]\d{0,2}"), re.compile(r"\d{3}")),
    (re.compile(r"[-+\u2212]?\d[\d.,]*"), re.compile(r"[kKMGBTmn\u00b5\u03bc]")),
    (re.compile(r"(?:19|20)\d\d"), re.compile(r"Q[1-4]")),
    (re.compile(r"Q[1-4]"), re.compile(r"(?:19|20)\d\d")),
    (re.compile(r"(?:(?:19|20)\d|[0-3]?)\d"), MONTH),
    (MONTH, re.compile(r"(?:(?:19|20)\d|[0-3]?)\d")),
)
"""Numbers and months, and what may stand behind them and still belong to them: digits, prefixes of units, dates."""
GROUP_GAP_HEIGHTS = 1.1
"""Digits in groups stand nearer than this, a space of typewriter type."""
FEWEST_PAIRS = 2
MOST_OFFSETS = 2
APART_FACTOR = 2.0
"""Labels stand farther apart than their groups by at least this."""
ACROSS_HEIGHTS = 0.3
JUTS_OUT_HEIGHTS = 0.4
RIGHT_FRAC = 0.7


def repaired_labels(texts: Sequence[TextBox]) -> list[TextBox]:
    """All texts of a figure, those that may be tick labels put right."""
    texts = runs_apart(texts)
    whole = joined_groups(with_months(joined_powers(slanted_alike(levelled_powers(joined_overlaps(texts))))))
    texts = without_leading_ticks([without_tick_marks(text) for text in with_offsets_apart(whole)])
    return without_attached_ink(texts)


def runs_apart(texts: Sequence[TextBox]) -> list[TextBox]:
    """Texts, those that are several labels of one form without a gap as these: ``0.0e+001.0e+05`` are two."""
    apart: list[TextBox] = []
    for text in texts:
        said = text.text.strip()
        form = next((one for one in FORMS if re.fullmatch(rf"(?:{one}){{2,}}", said)), None)
        if form is None or abs(text.angle_deg) > UPRIGHT_DEG:
            apart.append(text)
            continue
        each_px = text.box.width_px / len(said)
        for match in re.finditer(form, said):
            left, right = (text.box.left + each_px * place for place in match.span())
            box = replace(text.box, left=left, right=right)
            apart.append(replace(text, text=match[0], numeric=match[0], box=box, others=()))
    return apart


def with_offsets_apart(texts: Sequence[TextBox]) -> list[TextBox]:
    """Texts in which an offset text no longer hangs on a label: at most one does on each of two y axes."""
    found = {id(text): match for text in texts if (match := OFFSET_BEHIND.fullmatch(text.text.strip()))}
    glued = {id(text): match for text in texts if (match := GLUED_OFFSET.fullmatch(text.text.strip()))}
    found |= {key: match for key, match in glued.items() if _alike(match[1], texts) >= FEWEST_ALIKE}
    if not 0 < len(found) <= MOST_OFFSETS:
        return list(texts)
    apart: list[TextBox] = []
    for text in texts:
        match = found.get(id(text))
        if match is None or text.angle_deg:
            apart.append(text)
            continue
        label, offset = match.groups()
        gap_px = text.box.width_px / (len(label) + len(offset) + 1)
        ends = text.box.left + gap_px * len(label), text.box.left + gap_px * (len(label) + 1)
        apart.append(replace(text, text=label, numeric=label, box=replace(text.box, right=ends[0])))
        apart.append(replace(text, text=offset, numeric=offset, box=replace(text.box, left=ends[1])))
    return apart


def _alike(number: str, texts: Sequence[TextBox]) -> int:
    """How many texts are numbers with as many decimals as this one."""
    decimals = len(re.split("[.,]", number)[-1])
    form = re.compile(rf"[-\u2212]?\d+[.,]\d{{{decimals}}}")
    return sum(bool(form.fullmatch(text.text.strip())) for text in texts)


def without_tick_marks(text: TextBox) -> TextBox:
    """A number less the dash behind it: the tick mark of a y axis, read along; its share of the width goes too."""
    match = TICK_BEHIND.match(text.text.strip())
    if not match:
        return text
    kept, box = match.group(1).rstrip(), text.box
    part = (len(kept) + 0.5) / (len(text.text.strip()) + 0.5)
    if abs(text.angle_deg) < UPRIGHT_DEG:
        return replace(text, text=kept, box=replace(box, right=box.left + box.width_px * part))
    if text.angle_deg > 90.0 - UPRIGHT_DEG:
        # it reads upward: the tick is at its upper end
        return replace(text, text=kept, box=replace(box, top=box.bottom - box.height_px * part))
    return text


def without_leading_ticks(texts: Sequence[TextBox]) -> list[TextBox]:
    """Numbers right of an axis without a spine, less the tick mark before them that was read as a minus sign.

    Labels on the right share their left edge, minus signs included: a dash that juts out to the left of it is none;
    nor is one before a zero.
    """
    numbers = [t for t in texts if is_number_like(t) and abs(t.angle_deg) < UPRIGHT_DEG]
    signed = [text for text in numbers if TICK_BEFORE.match(text.text.strip())]
    mended: dict[int, TextBox] = {}
    for text in signed:
        near = 2.0 * text.height_px
        column = [o for o in numbers if abs(o.box.left - text.box.left) <= near and o is not text]
        plain = [other for other in column if not TICK_BEFORE.match(other.text.strip())]
        marked = [text, *(other for other in column if TICK_BEFORE.match(other.text.strip()))]
        if len(column) < FEWEST_NEIGHBOURS:
            continue
        at_zero = any(not any(char in "123456789" for char in other.text) for other in marked)
        lefts = np.array([other.box.left for other in plain])
        inner = float(np.median(lefts)) if plain else np.inf
        outer = float(np.median([other.box.left for other in marked]))
        level = 2 * int((np.abs(lefts - inner) < 0.3 * text.height_px).sum()) > len(plain)
        # where a zero begins as the signs do, they are no tick marks: labels on the right begin at one place
        begins = bool((np.abs(lefts - outer) < 0.3 * text.height_px).any())
        juts = level and not begins and outer < inner - JUTS_OUT_HEIGHTS * text.height_px
        flush_right = _flush_right([text, *column], (inner, outer), 0.3 * text.height_px)
        falling = not plain and _right_of_most(column, texts) and _sizes_fall([text, *column])
        if (at_zero and not (plain and flush_right)) or (juts and not flush_right) or falling:
            kept = TICK_BEFORE.sub("", text.text.strip(), count=1)
            width_px = text.box.width_px * (len(kept) + 0.5) / (len(text.text.strip()) + 0.5)
            left = inner if plain and outer < inner < text.box.right else text.box.right - width_px
            numeric = TICK_BEFORE.sub("", text.numeric, count=1)
            mended[id(text)] = replace(text, text=kept, numeric=numeric, box=replace(text.box, left=left))
    return [mended.get(id(text), text) for text in texts]


def _right_of_most(column: Sequence[TextBox], texts: Sequence[TextBox]) -> bool:
    """Whether labels stand at the right edge of all that is printed."""
    return min(one.box.left for one in column) >= RIGHT_FRAC * max(text.box.right for text in texts)


def _sizes_fall(column: Sequence[TextBox]) -> bool:
    """Whether numbers without their signs fall downward, as they do on nearly every axis."""
    below = sorted(column, key=lambda text: text.box.top)
    plain = [TICK_BEFORE.sub("", text.text.strip(), count=1) for text in below]
    sizes = [readings[0].value for text in plain if (readings := readings_of(text))]
    falls = [above > lower for above, lower in combinations(sizes, 2)]
    readable = len(sizes) == len(column) and len(sizes) > FEWEST_NEIGHBOURS
    return readable and float(np.mean(falls)) >= FALLING_FRAC


def _flush_right(texts: Sequence[TextBox], lefts_px: tuple[float, float], level_px: float) -> bool:
    """Whether labels end at one place rather than begin at one of two: then a minus sign juts out to the left."""
    left, right = np.array([(text.box.left, text.box.right) for text in texts]).T
    begins = np.abs(left[:, None] - np.array(lefts_px)[None, :]).min(axis=1) <= level_px
    ends = np.abs(right - np.median(right)) <= level_px
    return bool(ends.sum() >= begins.sum())


def joined_groups(texts: Sequence[TextBox]) -> list[TextBox]:
    """Texts in which ``10`` and ``000``, ``8`` and ``k``, ``2010`` and ``Q1``, side by side are one.

    Where that is sure, or comes twice.
    """
    pairs: dict[int, tuple[TextBox, TextBox]] = {}
    for rest in texts:
        numbers = [number for number, behind in BEHIND if behind.fullmatch(rest.text.strip())]
        for first in texts:
            own = first.text.strip()
            if first is rest or id(first) in pairs or not any(number.fullmatch(own) for number in numbers):
                continue
            # a letter alone does not tell how it is turned
            gap_px = _gap_px(first, replace(rest, angle_deg=first.angle_deg) if len(rest.text.strip()) == 1 else rest)
            if gap_px is None or gap_px > GROUP_GAP_HEIGHTS * max(first.height_px, rest.height_px):
                continue
            after = [_gap_px(rest, other) for other in texts if other is not rest]
            before = [_gap_px(other, first) for other in texts if other is not first]
            if min((gap for gap in (*after, *before) if gap is not None), default=np.inf) >= APART_FACTOR * gap_px:
                pairs[id(first)] = first, rest
                break
    if len(pairs) < FEWEST_PAIRS and not any(rest.text.strip() == "000" for _, rest in pairs.values()):
        return list(texts)
    rests = {id(rest) for _, rest in pairs.values()}
    wholes = {
        key: replace(
            first, text=f"{first.text.strip()} {rest.text.strip()}", numeric="",
            box=enclosing_box([first.box, rest.box]), confidence=min(first.confidence, rest.confidence),
        )
        for key, (first, rest) in pairs.items()
    }  # fmt: skip
    return [wholes.get(id(text), text) for text in texts if id(text) not in rests]


def _gap_px(first: TextBox, rest: TextBox) -> float | None:
    """How far the second of two texts begins behind the first, read along; None where it stands elsewhere."""
    if abs(first.angle_deg - rest.angle_deg) > UPRIGHT_DEG:
        return None
    turn = np.radians((first.angle_deg + rest.angle_deg) / 2)
    along: FloatArray = np.array([np.cos(turn), -np.sin(turn)])
    apart = np.subtract(rest.box.centre, first.box.centre)
    if abs(float(along[0] * apart[1] - along[1] * apart[0])) > ACROSS_HEIGHTS * rest.height_px:
        return None
    gap = float(apart @ along) - (_length_px(first) + _length_px(rest)) / 2
    return gap if gap > -0.5 * rest.height_px else None


def _length_px(text: TextBox) -> float:
    """Along the reading direction."""
    sin, cos = (abs(float(part(np.radians(text.angle_deg)))) for part in (np.sin, np.cos))
    if cos >= sin:
        return max((text.box.width_px - text.height_px * sin) / cos, text.height_px / 2)
    return max((text.box.height_px - text.height_px * cos) / sin, text.height_px / 2)


def without_attached_ink(texts: Sequence[TextBox]) -> list[TextBox]:
    """Numbers cut to the width of their neighbours where a curve that touches one made its box longer."""
    numbers = [text for text in texts if is_number_like(text) and abs(text.angle_deg) < UPRIGHT_DEG]
    trimmed: dict[int, TextBox] = {}
    for text in numbers:
        level = 0.3 * text.height_px
        alike = [
            other.box
            for other in numbers
            if other is not text
            and len(other.text) == len(text.text)
            and abs(other.box.left - text.box.left) <= level
            and abs(other.height_px - text.height_px) <= 0.5 * text.height_px
        ]
        if len(alike) >= FEWEST_NEIGHBOURS:
            width_px = float(np.median([box.width_px for box in alike]))
            if text.box.width_px > ATTACHED_FRAC * width_px:
                trimmed[id(text)] = replace(text, box=replace(text.box, right=text.box.left + width_px))
    return [trimmed.get(id(text), text) for text in texts]
