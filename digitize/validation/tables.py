"""Documents of known values: Markdown, CSV, XLSX or JSON -> tables of statistics, and points of curves.

A table may have several header rows and label columns, with merged cells in either; rows ``series, metric, value`` are
turned into one. The nearest heading above a table in Markdown is its context: it may name the panel.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from digitize.axis_span import to_number
from digitize.validation.cells import Expected, parse_cell
from digitize.validation.documents import Grid, read_grids

NUMBER_SHARE_FRAC = 0.5
"""A table of values holds numbers in this share of its filled cells."""
MOST_HEADERS = 3
"""So many rows of names, and columns of them, may stand before the values."""
_SERIES = ("series", "curve", "run", "method", "model", "name")
_METRICS = ("metric", "statistic", "measure", "quantity", "row")
_VALUES = ("value", "expected", "known")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownTable:
    """A summary table: ``cells[row][column]``, None where a cell holds no value."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[Expected | None, ...], ...]
    context: str = ""
    """The heading over it, or the sheet it stands on."""

    def transposed(self) -> KnownTable:
        """Rows as columns."""
        turned = tuple(zip(*self.cells, strict=True))
        return KnownTable(rows=self.columns, columns=self.rows, cells=turned, context=self.context)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPoint:
    """A known point of a curve; ``panel`` is its number or title, empty where the table does not say."""

    panel: str
    series: str
    x: str
    """As printed: a number, a date or a category."""
    y: Expected


def read_known(path: str) -> tuple[list[KnownTable], list[KnownPoint]]:
    """The tables and points of a document.

    Raises
    ------
    InputNotFound, NotAReading
        The document cannot be opened, or holds no table of values.
    """
    from digitize.errors import NotAReading
    from digitize.load import shown

    tables, points = [], []
    for grid in read_grids(path):
        found = _points(grid)
        points += found
        table = None if found else _listed(grid) or _table(grid)
        tables += [table] if table else []
    if not tables and not points:
        raise NotAReading(
            f"{shown(path)} holds no table of values.",
            hint="A Markdown table, CSV, XLSX or JSON with names in the first row and column.",
        )
    return tables, points


def _table(grid: Grid) -> KnownTable | None:
    rows = [list(row) for row in grid.rows if any(cell.strip() for cell in row)]
    width = max((len(row) for row in rows), default=0)
    if len(rows) < 2 or width < 2:
        return None
    rows = _with_sections([[*row, *[""] * width][:width] for row in rows])
    values = [[parse_cell(cell) for cell in row] for row in rows]
    heads = next((n for n in range(1, MOST_HEADERS + 1) if any(values[n][1:])), 0) if len(rows) > MOST_HEADERS else 1
    labels = next((n for n in range(1, MOST_HEADERS + 1) if n < width and _is_values(rows, values, heads, n)), 0)
    if not heads or not labels:
        return None
    names = _joined([_filled(row[labels:]) for row in rows[: heads - 1]] + [rows[heads - 1][labels:]])
    columns = [[row[n] for row in rows[heads:]] for n in range(labels)]
    sides = _joined([_filled(column) for column in columns[:-1]] + [columns[-1]] if labels > 1 else columns)
    cells = tuple(tuple(row[labels:]) for row in values[heads:])
    filled = sum(bool(cell.strip(" -–—/")) for row in rows[heads:] for cell in row[labels:])
    known = sum(cell is not None for row in cells for cell in row)
    if not known or known < NUMBER_SHARE_FRAC * filled:
        return None
    return KnownTable(rows=_places_of(sides), columns=_places_of(names), cells=cells, context=grid.context)


def _with_sections(rows: list[list[str]]) -> list[list[str]]:
    """A row with nothing but a name heads the rows under it: its name goes before theirs."""
    kept, section = rows[:1], ""
    for row in rows[1:]:
        if row[0].strip() and not any(cell.strip() for cell in row[1:]):
            section = row[0]
        else:
            kept.append([f"{section} {row[0]}".strip() if row[0].strip() else row[0], *row[1:]])
    return kept


def _is_values(rows: Sequence[Sequence[str]], values: Sequence[Sequence[Expected | None]], heads: int, n: int) -> bool:
    filled = sum(bool(row[n].strip()) for row in rows[heads:])
    return sum(row[n] is not None for row in values[heads:]) >= max(NUMBER_SHARE_FRAC * filled, 1)


def _filled(names: Sequence[str]) -> list[str]:
    """Merged cells leave blanks behind their first: each takes the name before it."""
    filled: list[str] = []
    for name in names:
        filled.append(name if name.strip() or not filled else filled[-1])
    return filled


def _joined(lines: Sequence[Sequence[str]]) -> list[str]:
    named = ([part for part in map(plain_name, parts) if part] for parts in zip(*lines, strict=True))
    return [" ".join(dict.fromkeys(parts)) for parts in named]


def _places_of(names: Sequence[str]) -> tuple[str, ...]:
    """A bare ``at`` is the place of what its neighbour names: ``Min``, ``at`` is ``Min``, ``Min at``."""
    bare = ("at", "where", "when")
    return tuple(
        f"{names[n - 1]} {name}" if n and name.lower() in bare else name for n, name in enumerate(names)
    )  # fmt: skip


def _listed(grid: Grid) -> KnownTable | None:
    """Rows ``series, metric, value`` (in any order, other columns aside) as a table."""
    if len(grid.rows) < 2:
        return None
    heads = [plain_name(cell).lower() for cell in grid.rows[0]]
    kinds = (_METRICS, _SERIES, _VALUES)
    wanted = [next((heads.index(name) for name in names if name in heads), -1) for names in kinds]
    if min(wanted) < 0:
        return None
    panel = heads.index("panel") if "panel" in heads else -1
    cells: dict[tuple[str, str], Expected | None] = {}
    for row in grid.rows[1:]:
        padded = [*row, *[""] * len(heads)]
        metric, series, value = (padded[n].strip() for n in wanted)
        if panel >= 0 and padded[panel].strip():
            metric = f"{'panel ' if padded[panel].strip().isdigit() else ''}{padded[panel].strip()} {metric}"
        cells[plain_name(metric), plain_name(series)] = parse_cell(value)
    rows, columns = (tuple(dict.fromkeys(key[n] for key in cells)) for n in (0, 1))
    table = tuple(tuple(cells.get((row, column)) for column in columns) for row in rows)
    return KnownTable(rows=rows, columns=columns, cells=table, context=grid.context)


def _points(grid: Grid) -> list[KnownPoint]:
    """Rows ``series, x, y`` (panel optional), or a column x and a column a series."""
    if len(grid.rows) < 2:
        return []
    heads = [plain_name(cell).lower() for cell in grid.rows[0]]
    if {"x", "y"} <= set(heads):
        rows = [dict(zip(heads, row, strict=False)) for row in grid.rows[1:]]
        for row in rows:
            row["panel"] = row.get("panel", "") or row.get("panel_title", "")
        cells = [(row["panel"], row.get("series", ""), row.get("x", ""), row.get("y", "")) for row in rows]
    else:
        body = [row for row in grid.rows[1:] if any(cell.strip() for cell in row)]
        column = [to_number(row[0]) if row else math.nan for row in body]
        if not body or not all(map(math.isfinite, column)) or len(set(column)) < len(column):
            return []
        names = [plain_name(name) for name in grid.rows[0][1:]]
        cells = [
            (grid.context, name, row[0], cell) for row in body for name, cell in zip(names, row[1:], strict=False)
        ]
    points = [
        KnownPoint(panel=panel.strip(), series=series.strip(), x=x.strip(" ~≈"), y=y)
        for panel, series, x, text in cells
        if x.strip() and (y := parse_cell(text)) is not None
    ]
    return points if len(points) >= NUMBER_SHARE_FRAC * sum(bool(cell[3].strip()) for cell in cells) else []


def plain_name(text: str) -> str:
    """A name without its Markdown."""
    return re.sub(r"[*`\\]|<br ?/?>", " ", text).strip()
