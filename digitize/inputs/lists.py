"""Lists of inputs: a path a line, in a file or on standard input."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from digitize.inputs.kinds import LIST_SUFFIXES, suffix_of

STANDARD_INPUT = "-"
LONGEST_LINE_BYTES = 1 << 16


def is_list(name: str) -> bool:
    """Whether an input names a list: ``-``, ``@list``, or a file whose suffix says so."""
    return name == STANDARD_INPUT or name.startswith("@") or suffix_of(name) in LIST_SUFFIXES


def list_file(name: str) -> Path | None:
    """The file that an input names as a list; None for standard input."""
    return None if name == STANDARD_INPUT else Path(name.removeprefix("@"))


def listed_paths(file: IO[bytes] | None, folder: Path) -> Iterator[Path]:
    """The paths in a list. Empty lines and those that begin with ``#`` are comments.

    Parameters
    ----------
    file : binary file or None
        None for standard input. Lines end in a line break, or in a zero byte (as ``find -print0`` writes them).
    folder : Path
        Relative paths are looked for here first, the list's own folder, and then in the current one.
    """
    for line in _lines(sys.stdin.buffer if file is None else file):
        text = os.fsdecode(line)
        if not text.strip() or text.startswith("#"):
            continue
        path = Path(text)
        beside = folder / path
        yield beside if os.path.lexists(beside) else path


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    first = True
    while line := file.readline(LONGEST_LINE_BYTES):
        if first:
            line, first = line.removeprefix(b"\xef\xbb\xbf"), False
        for part in line.split(b"\0"):
            yield part.rstrip(b"\r\n")
