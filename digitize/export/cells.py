"""Texts in tables that a spreadsheet opens: none of them may run as a formula.

A text that starts with ``= + - @``, tab or carriage return and is no number gets an apostrophe before it, the
spreadsheets' own sign for text. :func:`to_printed` takes it away again: texts that begin with apostrophes before such a
character get one more, so every text comes back as it was printed.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection

_RUNS = re.compile(r"'*[=+\-@\t\r]")


def to_safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula; numbers such as ``-5`` stay."""
    return f"'{text}" if _RUNS.match(text) and not is_number(text) else text


def to_printed(text: str) -> str:
    """What :func:`to_safe` was given."""
    return text[1:] if text.startswith("'") and _RUNS.match(text) else text


def is_number(text: str) -> bool:
    """Whether a text is a plain number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def to_decimal_comma(table: bytes, texts: Collection[str] = ("panel_title", "series", "statistic", "kind")) -> bytes:
    """A CSV as spreadsheets with a decimal comma open it: commas in numbers, semicolons between cells.

    Parameters
    ----------
    table : bytes
        UTF-8 CSV with a header.
    texts : collection of str
        Columns whose cells are names, even where they look like numbers.
    """
    rows = csv.reader(io.StringIO(table.decode("utf-8"), newline=""))
    heads = next(rows)
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow(heads)
    for row in rows:
        writer.writerow(
            [
                cell.replace(".", ",") if head not in texts and is_number(cell) else cell
                for head, cell in zip(heads, row, strict=True)
            ]
        )
    return text.getvalue().encode()
