"""Texts in tables that a spreadsheet opens: none of them may run as a formula.

A text that starts with ``= + - @``, tab or carriage return and is no number gets an apostrophe before it, the
spreadsheets' own sign for text. :func:`to_printed` takes it away again: texts that begin with apostrophes before such a
character get one more, so every text comes back as it was printed.
"""

from __future__ import annotations

import re

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
