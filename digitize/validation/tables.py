"""Tables of known values as people write them: Markdown, CSV, XLSX, JSON; cells such as ``~0.48-0.50`` or ``0.50+``."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digitize.axis_span import to_number
from digitize.errors import InputNotFound, NotAReading
from digitize.load import shown

KEPT_DIGITS = 2
"""Trailing zeros of ``~2200`` are rounding, but this many leading digits always count: ``~1000`` is 950 to 1050."""
NUMBER_SHARE_FRAC = 0.5
"""A table of values holds numbers in this share of its cells."""
_NUMBER = r"[-+−]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?(?:[eE][-+]?\d+)?"
_CELL = re.compile(
    rf"^(?P<about>~|≈|about |approx\.? |ca\.? |c\. )?\s*(?P<low>{_NUMBER})"
    rf"(?:\s*(?:–|—|-|to|\.\.)\s*~?(?P<high>{_NUMBER}))?"
    r"\s*(?P<more>\+)?\s*(?P<unit>%|[A-Za-zµ°]+)?$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A known value: ``low`` to ``high`` (equal for one number), right to ``tolerance``; ``text`` as printed."""

    low: float
    high: float
    tolerance: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownTable:
    """A summary table: ``cells[row][column]``, None where a cell holds no value."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[Expected | None, ...], ...]

    def transposed(self) -> KnownTable:
        turned = tuple(zip(*self.cells, strict=True))
        return KnownTable(rows=self.columns, columns=self.rows, cells=turned)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPoint:
    """A known point of a curve; ``panel`` is 0 where the table does not say."""

    panel: int
    series: str
    x: float
    y: Expected


def parse_cell(text: str) -> Expected | None:
    """A cell as a person prints it; None where it is no value.

    ``~0.51`` is right to half a unit of its last digit; the trailing zeros of ``~2200`` are rounding too.
    """
    plain = re.sub(r"[*`_\\]", "", text).replace(" ", " ").strip()
    match = _CELL.match(plain.removesuffix("(?)").strip())  # the mark of doubt that our own report prints
    if not match or not re.search(r"\d", match["low"]):
        return None
    about = bool(match["about"])
    low = _value(match["low"])
    high = _value(match["high"]) if match["high"] and re.search(r"\d", match["high"]) else low
    half = max(_half_unit(one, about) for one in (match["low"], match["high"] or match["low"]))
    low, high = min(low, high), max(low, high)
    return Expected(low=low, high=math.inf if match["more"] else high, tolerance=half, text=plain)


def read_known(path: str) -> tuple[list[KnownTable], list[KnownPoint]]:
    """The tables and points of a document.

    Raises
    ------
    InputNotFound, NotAReading
        The document cannot be opened, or holds no table of values.
    """
    suffix = Path(path).suffix.lower()
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise InputNotFound(f"{shown(path)} cannot be opened: {error.strerror or error}.") from None
    try:
        if suffix == ".xlsx":
            grids = _sheets(content)
        elif suffix == ".json":
            grids = _json_grids(json.loads(content.decode("utf-8-sig")))
        else:
            text = content.decode("utf-8-sig")
            grids = [list(csv.reader(io.StringIO(text)))] if suffix in (".csv", ".tsv") else markdown_grids(text)
    except (ValueError, KeyError) as error:
        raise NotAReading(f"{shown(path)} cannot be read as a table: {error}.") from None
    tables, points = [], []
    for grid in grids:
        found = _points(grid)
        points += found
        table = None if found else _table(grid)
        tables += [table] if table else []
    if not tables and not points:
        raise NotAReading(
            f"{shown(path)} holds no table of values.",
            hint="A Markdown table, CSV, XLSX or JSON with names in the first row and column.",
        )
    return tables, points


def markdown_grids(text: str) -> list[list[list[str]]]:
    """The tables of a Markdown text as rows of cells, rules left out."""
    grids: list[list[list[str]]] = []
    inside = False
    for line in text.splitlines():
        if not line.strip().startswith("|"):
            inside = False
            continue
        if not inside:
            grids.append([])
            inside = True
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
        if not all(re.fullmatch(r":?-+:?", cell) for cell in cells):
            grids[-1].append(cells)
    return grids


def _value(text: str) -> float:
    return float(text.replace(",", "").replace("−", "-"))


def _half_unit(text: str, about: bool) -> float:
    mantissa, _, exponent = text.lower().replace(",", "").partition("e")
    scale = 10.0 ** int(exponent or 0)
    whole, _, decimals = mantissa.lstrip("+-−").partition(".")
    if decimals or not about:
        return 0.5 * 10.0 ** -len(decimals) * scale
    digits = whole.lstrip("0")
    zeros = min(len(digits) - len(digits.rstrip("0")), max(len(digits) - KEPT_DIGITS, 0))
    return 0.5 * 10.0**zeros * scale


def _table(grid: Sequence[Sequence[str]]) -> KnownTable | None:
    grid = [row for row in grid if any(cell.strip() for cell in row)]
    if len(grid) < 2 or len(grid[0]) < 2:
        return None
    width = len(grid[0])
    body = [[*row, *[""] * width][:width] for row in grid[1:]]
    cells = tuple(tuple(parse_cell(cell) for cell in row[1:]) for row in body)
    known = sum(cell is not None for row in cells for cell in row)
    if known < NUMBER_SHARE_FRAC * len(cells) * (width - 1):
        return None
    return KnownTable(
        rows=tuple(_name(row[0]) for row in body), columns=tuple(_name(cell) for cell in grid[0][1:]), cells=cells
    )


def _points(grid: Sequence[Sequence[str]]) -> list[KnownPoint]:
    """Rows ``series, x, y`` (panel optional), or a column x and a column a series."""
    if len(grid) < 2:
        return []
    heads = [cell.strip().lower() for cell in grid[0]]
    if {"x", "y"} <= set(heads):
        rows = [dict(zip(heads, row, strict=False)) for row in grid[1:]]
        cells = [
            (int(to_number(row.get("panel") or "0") or 0), row.get("series", ""), row.get("x", ""), row.get("y", ""))
            for row in rows
        ]
    else:
        column = [to_number(row[0]) for row in grid[1:] if row]
        if not all(map(math.isfinite, column)):
            return []
        cells = [
            (0, _name(name), row[0], cell) for row in grid[1:] for name, cell in zip(grid[0][1:], row[1:], strict=False)
        ]
    points = []
    for panel, series, x, text in cells:
        y = parse_cell(text)
        if y is not None and math.isfinite(to_number(x)):
            points.append(KnownPoint(panel=panel, series=series, x=to_number(x), y=y))
    return points


def _name(text: str) -> str:
    return re.sub(r"[*`]", "", text).strip()


def _sheets(content: bytes) -> list[list[list[str]]]:
    try:
        import openpyxl
    except ImportError:
        hint = "pip install openpyxl, or save the table as CSV."
        raise NotAReading("Reading .xlsx needs openpyxl.", hint=hint) from None
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except Exception as error:  # noqa: BLE001 - a damaged file fails in zip, XML or openpyxl itself
        raise ValueError(str(error) or type(error).__name__) from None
    return [
        [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
        for sheet in book.worksheets
    ]


def _json_grids(document: Any) -> list[list[list[str]]]:
    """``{"Final Reward": {"Blue": 0.51}}`` or ``[{"series": ..., "x": ..., "y": ...}]``."""
    if isinstance(document, list) and document and all(isinstance(row, dict) for row in document):
        heads = list(document[0])
        return [[heads, *([str(row.get(head, "")) for head in heads] for row in document)]]
    if isinstance(document, dict) and document and all(isinstance(row, dict) for row in document.values()):
        heads = list(dict.fromkeys(name for row in document.values() for name in row))
        body = [[name, *(str(row.get(head, "")) for head in heads)] for name, row in document.items()]
        return [[["", *heads], *body]]
    raise ValueError("neither an object of objects nor a list of rows")
