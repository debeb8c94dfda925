"""Which row is which panel and statistic, which column which series: names, abbreviations, numbers, colours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from digitize.curves import Curve
from digitize.validation.tables import KnownTable

SURE = 0.5
"""A name pairs from this likeness up, on a scale from 0 (nothing shared) to 1 (the same words)."""
MARGIN = 0.1
"""A pair is in doubt where another partner is as alike but for this."""
_STATISTICS = {
    "last": ("final", "last", "end", "ending"),
    "first": ("initial", "first", "start", "starting"),
    "maximum": ("max", "maximum", "peak", "highest", "best"),
    "minimum": ("min", "minimum", "lowest"),
    "mean": ("mean", "average", "avg"),
    "plateau": ("plateau",),
    "span": ("range", "spread"),
}
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
    """A row's panel (0: the x axis all panels share) and statistic."""

    name: str
    panel: int
    title: str
    statistic: str
    likeness: float
    doubtful: bool = False


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
        rows, columns = pair_rows(turned.rows, curves, settled), pair_series(turned.columns, curves, settled)
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
    names: Sequence[str], curves: Sequence[Curve], settled: dict[str, str] | None = None
) -> tuple[RowPair | None, ...]:
    """Rows paired with a panel and a statistic, each such pair once."""
    from scipy.optimize import linear_sum_assignment

    settled = settled or {}
    panels = {curve.panel: curve for curve in curves}
    x_titles = {f"{curve.x_axis.title} {curve.x_axis.unit} x time step epoch duration" for curve in curves}
    targets = [(0, "", statistic) for statistic in ("maximum", "minimum", "last", "first")]
    targets += [(n, one.panel_title, statistic) for n, one in panels.items() for statistic in _STATISTICS]
    alike = np.zeros((len(names), len(targets)))
    for i, name in enumerate(names):
        wanted, words = _statistic(settled.get(name, name))
        for j, (panel, title, statistic) in enumerate(targets):
            if statistic != wanted:
                continue
            if panel == 0:
                # of its many words one is enough
                alike[i, j] = max((_covered(words, _words(one)) for one in x_titles), default=0.0) - 0.05
            else:
                both = _covered(words, _words(title)) + _covered(_words(title), words)
                alike[i, j] = both / 2 if title and words else 0.0
                if f"panel {panel}" in " ".join(words) or (not words and len(panels) == 1):
                    alike[i, j] = 1.0
    pairs: list[RowPair | None] = [None] * len(names)
    for i, j in zip(*linear_sum_assignment(-alike), strict=True):
        if alike[i, j] >= SURE:
            panel, title, statistic = targets[j]
            rivals = np.delete(alike[i], j)
            pairs[i] = RowPair(
                name=names[i],
                panel=panel,
                title=title,
                statistic=statistic,
                likeness=float(alike[i, j]),
                doubtful=bool(rivals.size and rivals.max() > alike[i, j] - MARGIN),
            )
    return tuple(pairs)


def series_likeness(name: str, label: str, colour: str) -> float:
    """0 to 1: shared words and abbreviations; numbers must not contradict; a colour named in ``name`` counts."""
    colours = [word for word in _words(name) if word in _COLOURS]
    own, other = (
        [word for word in _words(text) if word not in _COLOURS or word in _words(label)] for text in (name, label)
    )
    numbers, known = (sorted(word for word in words if word.isdigit()) for words in (own, other))
    letters, titles = ([word for word in words if not word.isdigit()] for words in (own, other))
    words = (_covered(letters, titles) + _covered(titles, letters)) / 2 if letters and titles else 0.0
    if numbers or known:
        words = 0.5 * words + (0.5 if numbers == known else 0.0)
    if colours and colour:
        right = 1.0 if colour in [one.replace("gray", "grey") for one in colours] else 0.0
        return 0.6 * words + 0.4 * right if own else 0.9 * right
    return words


def _statistic(name: str) -> tuple[str, list[str]]:
    """The statistic a row asks for (the last value where it does not say), and its other words."""
    words = _words(name)
    for statistic, synonyms in _STATISTICS.items():
        named = [word for word in words if word in synonyms]
        if named:
            return statistic, [word for word in words if word not in synonyms]
    return ("maximum" if "duration" in words else "last"), words


def _words(text: str) -> list[str]:
    split = re.sub(r"([a-z])([A-Z])", r"\1 \2", text)
    return [word.lower() for word in re.findall(r"\d+(?:\.\d+)?|[^\W\d_]+", split)]


def _covered(words: Sequence[str], others: Sequence[str]) -> float:
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
    if short.isdigit() or long.isdigit():
        return 0.0
    if len(short) >= 2 and long.startswith(short):
        return 0.9
    letters = iter(long)
    return 0.6 if len(short) >= 3 and short[0] == long[0] and all(c in letters for c in short) else 0.0
