"""Files that hold tables -> rows of cells as text."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digitize.errors import InputNotFound, NotAReading
from digitize.load import shown

_SEPARATORS = ",;\t"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The cells of one table, and the heading over it (the sheet's name, the key in JSON)."""

    rows: tuple[tuple[str, ...], ...]
    context: str = ""


def read_grids(path: str) -> list[Grid]:
    """Every table of a document, by the end of its name; anything unknown is taken as Markdown.

    Raises
    ------
    InputNotFound, NotAReading
        The document cannot be opened, or is not what its name says.
    """
    suffix = Path(path).suffix.lower()
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise InputNotFound(f"{shown(path)} cannot be opened: {error.strerror or error}.") from None
    try:
        if suffix in (".xlsx", ".xlsm"):
            return _sheets(content)
        text = _decoded(content)
        if suffix == ".json":
            return _json_grids(json.loads(text))
        return [_separated(text)] if suffix in (".csv", ".tsv") else markdown_grids(text)
    except (ValueError, KeyError, csv.Error) as error:
        raise NotAReading(f"{shown(path)} cannot be read as a table: {error}.") from None


def markdown_grids(text: str) -> list[Grid]:
    """The tables of a Markdown text, rules left out; with or without pipes at the ends of a row."""
    grids: list[Grid] = []
    rows: list[tuple[str, ...]] = []
    heading = ""
    lines = [*text.splitlines(), ""]
    for number, line in enumerate(lines):
        bare = line.strip()
        # without pipes at its ends, a table begins where a rule follows
        inside = bare.startswith("|") or ("|" in bare and (bool(rows) or _is_rule(_cells(lines[number + 1].strip()))))
        if inside:
            cells = _cells(bare)
            if not _is_rule(cells):
                rows.append(cells)
            continue
        if rows:
            grids.append(Grid(rows=tuple(rows), context=heading))
            rows = []
        if match := re.match(r"#{1,6}\s+(.*)", bare) or re.fullmatch(r"\*\*(.+)\*\*:?", bare):
            heading = match[1].strip()
    return grids


def _cells(line: str) -> tuple[str, ...]:
    inner = line.removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return tuple(cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", inner))


def _is_rule(cells: tuple[str, ...]) -> bool:
    return all(re.fullmatch(r":?-+:?", cell) for cell in cells)


def _decoded(content: bytes) -> str:
    """UTF-8, what a byte order mark says, or what Excel writes in the West."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def _separated(text: str) -> Grid:
    lines = [line for line in text.splitlines() if line.strip()]
    first = lines[0] if lines else ""
    separator = max(_SEPARATORS, key=first.count)
    return Grid(rows=tuple(tuple(row) for row in csv.reader(io.StringIO(text), delimiter=separator)))


def _sheets(content: bytes) -> list[Grid]:
    try:
        import openpyxl
    except ImportError:
        hint = "pip install openpyxl, or save the table as CSV."
        raise NotAReading("Reading .xlsx needs openpyxl.", hint=hint) from None
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheets = [(sheet.title, list(sheet.iter_rows(values_only=True))) for sheet in book.worksheets]
    except Exception as error:  # noqa: BLE001 - a damaged file fails in zip, XML or openpyxl itself
        raise ValueError(str(error) or type(error).__name__) from None
    return [
        Grid(rows=part, context=title if len(sheets) > 1 else "")
        for title, rows in sheets
        for part in _blocks([tuple(_cell_text(cell) for cell in row) for row in rows])
    ]


def _blocks(rows: list[tuple[str, ...]]) -> list[tuple[tuple[str, ...], ...]]:
    """The tables of a sheet: empty rows part them, empty columns at the left are dropped."""
    blocks: list[list[tuple[str, ...]]] = [[]]
    for row in rows:
        if any(cell.strip() for cell in row):
            blocks[-1].append(row)
        elif blocks[-1]:
            blocks.append([])
    parts = []
    for block in filter(None, blocks):
        left = min(next(n for n, cell in enumerate(row) if cell.strip()) for row in block)
        parts.append(tuple(row[left:] for row in block))
    return parts


def _cell_text(cell: Any) -> str:
    if cell is None:
        return ""
    moment = getattr(cell, "isoformat", None)
    text = moment() if moment else str(cell)
    return text.removesuffix("T00:00:00") if moment else text


def _json_grids(document: Any, context: str = "") -> list[Grid]:
    """``{"Final Reward": {"Blue": 0.51}}``, ``{"Reward": {"final": {"Blue": 0.51}}}`` or a list of rows."""
    if isinstance(document, list) and document and all(isinstance(row, dict) for row in document):
        heads = list(dict.fromkeys(name for row in document for name in row))
        rows = [tuple("" if row.get(head) is None else str(row[head]) for head in heads) for row in document]
        return [Grid(rows=(tuple(heads), *rows), context=context)]
    if isinstance(document, dict) and document and all(isinstance(row, dict | list) for row in document.values()):
        inner = [value for row in document.values() if isinstance(row, dict) for value in row.values()]
        if any(isinstance(row, list) for row in document.values()) or any(isinstance(v, dict | list) for v in inner):
            return [grid for name, row in document.items() for grid in _json_grids(row, name)]
        heads = list(dict.fromkeys(name for row in document.values() for name in row))
        body = [
            (name, *("" if row.get(head) is None else str(row[head]) for head in heads))
            for name, row in document.items()
        ]
        return [Grid(rows=(("", *heads), *body), context=context)]
    raise ValueError("neither an object of objects nor a list of rows")
