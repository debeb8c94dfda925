"""Which row is which panel and statistic, which column which series: names, abbreviations, numbers, colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from digitize.curves import Curve
from digitize.validation.requests import ASKING, PLACE_WORDS, Request, parse_request, words_of
from digitize.validation.tables import KnownTable

SURE = 0.5
"""A name pairs from this likeness up, on a scale from 0 (nothing shared) to 1 (the same words)."""
MARGIN = 0.1
"""A pair is in doubt where another partner is as alike but for this."""
UNTITLED = 0.6
"""How sure a row is of the only panel where that has no title to compare with."""
NUMBERS_OPEN = 0.9
"""What a name is worth whose numbers the label has among others."""
_COLOURS = (
    "black",
    "grey",
    "gray",
    "white",
    "red",
    "orange",
    "yellow",
    "olive",
    "green",
    "teal",
    "cyan",
    "blue",
    "purple",
    "magenta",
    "pink",
    "brown",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPair:
    """A row's panel (0: the x axis all panels share) and statistic.

    ``at`` is the place of the statistic ``at`` or the level of ``reach``, as printed; ``unit`` what the row's name
    says in brackets.
    """

    name: str
    panel: int
    title: str
    statistic: str
    likeness: float
    doubtful: bool = False
    at: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnPair:
    """A column's series."""

    name: str
    series: str
    colour: str
    likeness: float
    doubtful: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """The table, turned so that its columns are series, and what each row and column was paired with."""

    table: KnownTable
    rows: tuple[RowPair | None, ...]
    columns: tuple[ColumnPair | None, ...]


def pair_table(table: KnownTable, curves: Sequence[Curve], settled: dict[str, str] | None = None) -> Pairing:
    """Pair a table with curves, the way round that fits better; ``settled`` maps names the user paired himself."""
    settled = settled or {}
    best: tuple[float, Pairing] | None = None
    for turned in (table, table.transposed()):
        rows = pair_rows(turned.rows, curves, settled, turned.context)
        columns = pair_series(turned.columns, curves, settled)
        score = sum(one.likeness for one in rows if one) + sum(one.likeness for one in columns if one)
        if best is None or score > best[0] + 1e-9:
            best = score, Pairing(table=turned, rows=rows, columns=columns)
    assert best is not None
    return best[1]


def pair_series(
    names: Sequence[str], curves: Sequence[Curve], settled: dict[str, str] | None = None
) -> tuple[ColumnPair | None, ...]:
    """Names paired with the curves' labels, each label once."""
    from scipy.optimize import linear_sum_assignment

    settled = settled or {}
    colours: dict[str, str] = {}
    for curve in curves:
        colours[curve.label] = colours.get(curve.label) or curve.colour
    labels = list(colours)
    if not names or not labels:
        return (None,) * len(names)
    alike = np.array([[series_likeness(name, label, colours[label]) for label in labels] for name in names])
    for i, name in enumerate(names):
        if name in settled and settled[name] in labels:
            alike[i] = 0.0
            alike[i, labels.index(settled[name])] = 2.0
    pairs: list[ColumnPair | None] = [None] * len(names)
    for i, j in zip(*linear_sum_assignment(-alike), strict=True):
        if alike[i, j] >= SURE:
            rivals = np.delete(alike[i], j)
            pairs[i] = ColumnPair(
                name=names[i],
                series=labels[j],
                colour=colours[labels[j]],
                likeness=min(float(alike[i, j]), 1.0),
                doubtful=bool(rivals.size and rivals.max() > alike[i, j] - MARGIN),
            )
    return tuple(pairs)


def pair_rows(
    names: Sequence[str], curves: Sequence[Curve], settled: dict[str, str] | None = None, context: str = ""
) -> tuple[RowPair | None, ...]:
    """Rows paired with a panel and a statistic; ``context`` names the panel where the rows do not."""
    settled = settled or {}
    titles: dict[int, set[str]] = {}
    for curve in curves:
        titles.setdefault(curve.panel, set()).update({curve.panel_title, curve.y_axis.title} - {""})
    x_titles = {f"{curve.x_axis.title} {curve.x_axis.unit} x time step epoch duration" for curve in curves}
    pairs = [
        _category(name, settled.get(name, name), curves)
        or _row(name, parse_request(settled.get(name, name)), titles, x_titles, context)
        for name in names
    ]
    taken: dict[tuple[int, str, str], int] = {}
    for n, pair in enumerate(pairs):
        if pair is None:
            continue
        key = pair.panel, pair.statistic, pair.at
        other = taken.setdefault(key, n)
        rival = pairs[other]
        if other != n and rival is not None and names[other] != names[n]:
            # two rows for one thing: the one that is less like it is in doubt
            worse = n if pair.likeness <= rival.likeness else other
            pairs[worse] = replace(pair if worse == n else rival, doubtful=True)
            taken[key] = n if worse == other else other
    return tuple(pairs)


def _category(name: str, wanted: str, curves: Sequence[Curve]) -> RowPair | None:
    """A row named like a category of an x axis asks for the values there."""
    own = [curve for curve in curves if wanted.strip() in curve.x_axis.labels]
    if not own:
        return None
    return RowPair(
        name=name, panel=own[0].panel, title=own[0].panel_title, statistic="at", likeness=1.0,
        doubtful=len({curve.panel for curve in own}) > 1, at=wanted.strip(),
    )  # fmt: skip


def _row(
    name: str, request: Request, titles: dict[int, set[str]], x_titles: set[str], context: str
) -> RowPair | None:
    found: list[tuple[float, int, str, str]] = []
    if request.statistic in ("maximum", "minimum", "last", "first"):
        # of the x axis' many words one is enough
        alike = max((covered(request.words, words_of(title)) for title in x_titles), default=0.0) - 0.05
        found.append((alike, 0, "", request.statistic))
    for panel, own in titles.items():
        alike, title = max(((_title_likeness(request.words, each), each) for each in own), default=(0.0, ""))
        alone = len(titles) == 1
        if not request.words or (not own and not alone):
            alike = max(alike, _context_likeness(context, own, panel, alone=alone))
        if not own and request.words and request.named and alone:
            alike = UNTITLED
        if _names_panel(request.words, panel):
            alike = 1.0
        if request.statistic not in ("maximum", "minimum") or not set(request.place_words) & ASKING:
            found.append((alike, panel, title, request.statistic))
        if request.place_words and request.statistic in ("maximum", "minimum"):
            words = tuple(word for word in request.words if word not in PLACE_WORDS)
            alike = max((_title_likeness(words, each) for each in own), default=0.0)
            if not words:
                alike = _context_likeness(context, own, panel, alone=alone)
            # the bare "Max Time" is the end of the x axis
            bare = not words and not set(request.place_words) & ASKING
            found.append((alike - (0.5 if bare else 0.0), panel, title, f"{request.statistic}_x"))
    found.sort(key=lambda one: -one[0])
    if not found or found[0][0] < SURE:
        return None
    alike, panel, title, statistic = found[0]
    rivals = [one[0] for one in found[1:]]
    return RowPair(
        name=name,
        panel=panel,
        title=title,
        statistic=statistic,
        likeness=min(alike, 1.0),
        doubtful=alike <= UNTITLED or bool(rivals and max(rivals) > alike - MARGIN),
        at=request.at,
        unit=request.unit,
    )


def _title_likeness(words: Sequence[str], title: str) -> float:
    if not words or not title:
        return 0.0
    return (covered(words, words_of(title)) + covered(words_of(title), words)) / 2


def _context_likeness(context: str, titles: set[str], panel: int, *, alone: bool) -> float:
    """How well the heading over a table names a panel."""
    if alone:
        return 1.0
    words = words_of(context)
    if _names_panel(words, panel):
        return 1.0
    return max((covered(words_of(title), words) for title in titles), default=0.0) if words else 0.0


def _names_panel(words: Sequence[str], panel: int) -> bool:
    return any(pair == ("panel", str(panel)) for pair in zip(words, words[1:], strict=False))


def series_likeness(name: str, label: str, colour: str) -> float:
    """0 to 1: shared words and abbreviations; numbers must not contradict; a colour named in ``name`` counts."""
    colours = [word for word in words_of(name) if word in _COLOURS]
    own, other = (
        [word for word in words_of(text) if word not in _COLOURS or word in words_of(label)] for text in (name, label)
    )
    numbers, known = ({word for word in words if word[0].isdigit()} for words in (own, other))
    letters, titles = ([word for word in words if not word[0].isdigit()] for words in (own, other))
    words = (covered(letters, titles) + covered(titles, letters)) / 2 if letters and titles else 0.0
    if numbers:
        same = 1.0 if numbers == known else NUMBERS_OPEN * len(numbers & known) / len(numbers)
        words = 0.5 * (words + same)
    elif known:
        words *= NUMBERS_OPEN
    if colours and colour:
        right = 1.0 if colour in [one.replace("gray", "grey") for one in colours] else 0.0
        return 0.6 * words + 0.4 * right if own else 0.9 * right
    return words


def covered(words: Sequence[str], others: Sequence[str]) -> float:
    """Share of ``words``, weighted by letters, that the others hold, whole or abbreviated."""
    if not words:
        return 0.0
    weights = [min(len(word), 4) for word in words]
    found = [max((_same(word, other) for other in others), default=0.0) for word in words]
    return sum(weight * hit for weight, hit in zip(weights, found, strict=True)) / sum(weights)


def _same(one: str, other: str) -> float:
    if one == other:
        return 1.0
    short, long = sorted((one, other), key=len)
    if short[0].isdigit() or long[0].isdigit():
        return 0.0
    if len(short) >= 2 and long.startswith(short):
        return 0.9
    letters = iter(long)
    return 0.6 if len(short) >= 3 and short[0] == long[0] and all(c in letters for c in short) else 0.0
