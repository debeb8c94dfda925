"""Where the figures on a page are: neighbouring ink that draws something, with the labels around it.

Text alone is no figure, and neither are the rules of a table or the box around a paragraph. When in doubt a region is
taken: the reader says of what is no chart that it has no axes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import median

from digitize.inputs.page_grid import PageGrid, PtBox
from digitize.inputs.page_objects import Form, Mark, Placed

GAP_PT = 20.0
"""What is nearer to each other belongs to one figure: legends and colour bars beside their axes."""
SMALLEST_PT = (72.0, 50.0)
"""Width and height of the smallest figure."""
TEXT_FRAC = 0.35
"""A region that is covered with more text is a text with a box or a background."""
FEW_CURVES = 3
FEW_BLOCKS = 3
BAR_FRAC = 0.6
"""A rectangle that is wider, of its region, is the background of a table's row rather than a bar."""
WHOLE_PAGE_FRAC = 0.85
LABEL_GAP_HEIGHTS = 1.5
TITLE_GAP_HEIGHTS = 3.5
CENTRED_FRAC = 0.12
"""A label is nearer to its axes, or to the labels before it, than so many of its own heights; a title, which stands
in the middle, may be further away."""
CAPTION = re.compile(r"\s*(fig|tab|abb|plate|chart|scheme|source|quelle|figura|tabl|рис|图|表)", re.IGNORECASE)
SMALLEST_LETTERS_PT = 2.5
"""Less is a minus sign or a full stop."""
SIDE_GAP_HEIGHTS = 2.0
LINE_FRAC = 0.8
"""A line of running text is wider, of the figure beside it, and filled to as much with letters."""
SIDE_FRAC = 0.3
"""What stands left or right of a figure and is wider is the next column."""
LABEL_ROUNDS = 3
WORD_GAP_HEIGHTS = 1.5
"""Texts of one line that are further apart are apart: tick labels, the columns of a page."""
ENOUGH_TEXTS = 3
"""A drawing put on the page as a whole that brings so many texts brings all its labels."""
AROUND_PT = 100.0
"""No label is further away from its axes."""
LYING_RATIO = 19
"""So many texts run up for one that does not, where a figure lies on its side; y axes may have all theirs run up."""
MARGIN_PT = 4.0
MOST_FIGURES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A figure on a page.

    Attributes
    ----------
    box_pt : (left, top, right, bottom)
    picture : Placed or None
        The embedded picture that is all there is in it.
    scan : Placed or None
        The picture of the whole page that it is a part of.
    text_pt : float or None
        Median height of its texts.
    turned : int
        Quarter turns, clockwise, after which most of its texts are upright.
    """

    box_pt: PtBox
    picture: Placed | None = None
    scan: Placed | None = None
    text_pt: float | None = None
    turned: int = 0


def find_regions(
    placed: list[Placed], forms: list[Form], width_pt: float, height_pt: float, text: Callable[[Placed], str]
) -> list[Region]:
    """The figures on a page, from top to bottom.

    Parameters
    ----------
    placed, forms
        What stands on the page; see :func:`~digitize.inputs.page_objects.read_objects`.
    text : callable
        What one of the texts says.
    """
    texts = [one for one in placed if one.mark is Mark.TEXT]
    inks = [one for one in placed if one.mark is not Mark.TEXT and not _is_scan(one, width_pt, height_pt)]
    drawn = [one for one in inks if one.mark is not Mark.RULE] or forms
    if not drawn:  # a page of text, at most with a table's rules
        return []
    grid = PageGrid(width_pt, height_pt)
    covered = grid.covered([one.box for one in texts])
    groups = grid.neighbours([one.box for one in inks] + [form.box for form in forms], GAP_PT)
    regions = []
    for members in groups:
        own = [inks[at] for at in members if at < len(inks)]
        own_forms = [forms[at - len(inks)] for at in members if at >= len(inks)]
        box = _hull([one.box for one in own] + [form.box for form in own_forms])
        if box[2] - box[0] < SMALLEST_PT[0] or box[3] - box[1] < SMALLEST_PT[1]:
            continue
        inner = [*own, *(one for form in own_forms for one in form.inside)]
        if not _draws_something(inner, box, grid.covered_frac(box, covered)):
            continue
        brought = [one for one in inner if one.mark is Mark.TEXT]
        labels = _labels(box, texts, text) if len(brought) < ENOUGH_TEXTS or own else []
        within = [*labels, *brought]
        picture = own[0] if len(own) == 1 and not own_forms and own[0].mark is Mark.PICTURE and not within else None
        if picture is None:
            box = _hull([box, *(one.box for one in labels)])
        heights = [one.letters_pt for one in within if one.letters_pt > SMALLEST_LETTERS_PT]
        regions.append(
            Region(
                box_pt=box,
                picture=picture,
                text_pt=median(heights) if heights else None,
                turned=_quarter_turns(within),
            )
        )
    regions = merged(regions)
    regions.sort(key=lambda region: (region.box_pt[1], region.box_pt[0]))
    return [_with_margin(region, width_pt, height_pt) for region in regions[:MOST_FIGURES]]


def find_scan(placed: list[Placed], width_pt: float, height_pt: float) -> Placed | None:
    """The picture that is the whole page, if there is one: a scan."""
    return next((one for one in placed if _is_scan(one, width_pt, height_pt)), None)


def _is_scan(one: Placed, width_pt: float, height_pt: float) -> bool:
    return one.mark is Mark.PICTURE and one.width_pt * one.height_pt >= WHOLE_PAGE_FRAC * width_pt * height_pt


def _draws_something(inner: list[Placed], box: PtBox, text_frac: float) -> bool:
    """Whether a region holds more than rules, boxes and text."""
    if any(one.mark is Mark.PICTURE for one in inner):
        return True
    curves = sum(one.mark is Mark.CURVE for one in inner)
    width_pt = box[2] - box[0]
    bars = sum(one.mark is Mark.BLOCK and one.width_pt < BAR_FRAC * width_pt for one in inner)
    if text_frac > TEXT_FRAC:
        return curves >= FEW_CURVES
    return curves > 0 or bars >= FEW_BLOCKS


def _labels(box: PtBox, texts: list[Placed], text: Callable[[Placed], str]) -> list[Placed]:
    """The texts inside a figure's ink and close around it: not its caption, not the lines of the page's own text."""
    near = [one for one in texts if _overlap(one.box, _grown(box, AROUND_PT))]
    lines = [line for line in _lines(near) if _inside(line, box) or not CAPTION.match(text(line[0]))]
    taken: list[Placed] = []
    left, top, right, bottom = box
    for _ in range(LABEL_ROUNDS):
        rest = []
        before = len(taken)
        for line in lines:
            hull = _hull([one.box for one in line])
            if _belongs(hull, line, (left, top, right, bottom)):
                taken += line
            else:
                rest.append(line)
        if len(taken) == before:
            break
        lines = rest
        left, top, right, bottom = _hull([box, *(one.box for one in taken)])
    return taken


def _belongs(hull: PtBox, line: list[Placed], box: PtBox) -> bool:
    left, top, right, bottom = hull
    if _inside(line, box):
        return True
    height_pt = median(one.letters_pt for one in line)
    below_or_above = max(top - box[3], box[1] - bottom)
    beside = max(left - box[2], box[0] - right)
    width_pt = box[2] - box[0]
    if beside <= 0:
        filled = sum(one.width_pt for one in line) / max(right - left, 1e-6)
        runs_on = right - left > LINE_FRAC * width_pt and filled > LINE_FRAC
        sticks_out = max(box[0] - left, right - box[2]) > SIDE_FRAC * width_pt
        centred = abs((left + right) - (box[0] + box[2])) < 2 * CENTRED_FRAC * width_pt
        reach = TITLE_GAP_HEIGHTS if centred else LABEL_GAP_HEIGHTS
        return below_or_above <= reach * height_pt and not runs_on and not sticks_out
    narrow = right - left < SIDE_FRAC * width_pt
    return below_or_above <= height_pt and beside <= SIDE_GAP_HEIGHTS * height_pt and narrow


def _inside(line: list[Placed], box: PtBox) -> bool:
    left, top, right, bottom = _hull([one.box for one in line])
    return box[0] <= (left + right) / 2 <= box[2] and box[1] <= (top + bottom) / 2 <= box[3]


def _grown(box: PtBox, by_pt: float) -> PtBox:
    return box[0] - by_pt, box[1] - by_pt, box[2] + by_pt, box[3] + by_pt


def _lines(texts: list[Placed]) -> list[list[Placed]]:
    """Texts that stand on one line with no more than a few spaces between them."""
    rows: list[list[Placed]] = []
    lines: list[list[Placed]] = []
    for one in sorted(texts, key=lambda one: one.top + one.bottom):
        if one.height_pt > 2.0 * one.width_pt and abs(one.angle_deg) > 10:  # it runs up
            lines.append([one])
            continue
        for row in reversed(rows[-4:]):
            shared = min(row[0].bottom, one.bottom) - max(row[0].top, one.top)
            if shared > 0.4 * min(row[0].height_pt, one.height_pt):
                row.append(one)
                break
        else:
            rows.append([one])
    for row in rows:
        row.sort(key=lambda one: one.left)
        height_pt = max(one.height_pt for one in row)
        lines.append([row[0]])
        for one in row[1:]:
            if one.left - max(last.right for last in lines[-1][-3:]) > WORD_GAP_HEIGHTS * height_pt:
                lines.append([])
            lines[-1].append(one)
    return lines


def _quarter_turns(texts: list[Placed]) -> int:
    """Of a figure that lies on its side, the turns that set it up."""
    upright = sum(abs(one.angle_deg) < 10 for one in texts)
    up = sum(abs(one.angle_deg - 90) < 10 for one in texts)
    down = sum(abs(one.angle_deg + 90) < 10 for one in texts)
    if up > LYING_RATIO * (upright + down):
        return 1
    return 3 if down > LYING_RATIO * (upright + up) else 0


def merged(regions: list[Region]) -> list[Region]:
    """Regions that overlap are one figure."""
    apart: list[Region] = []
    for region in regions:
        while (other := next((one for one in apart if _overlap(one.box_pt, region.box_pt)), None)) is not None:
            apart.remove(other)
            region = replace(
                region,
                box_pt=_hull([region.box_pt, other.box_pt]),
                picture=None,
                text_pt=region.text_pt if other.text_pt is None else other.text_pt,
            )
        apart.append(region)
    return apart


def _overlap(one: PtBox, other: PtBox) -> bool:
    return min(one[2], other[2]) > max(one[0], other[0]) and min(one[3], other[3]) > max(one[1], other[1])


def _hull(boxes: list[PtBox]) -> PtBox:
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def _with_margin(region: Region, width_pt: float, height_pt: float) -> Region:
    left, top, right, bottom = region.box_pt
    if region.picture is not None:
        return region
    return replace(
        region,
        box_pt=(
            max(left - MARGIN_PT, 0.0),
            max(top - MARGIN_PT, 0.0),
            min(right + MARGIN_PT, width_pt),
            min(bottom + MARGIN_PT, height_pt),
        ),
    )
