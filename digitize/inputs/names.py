"""Names that come from outside: shown without harm, turned into relative paths that stay where they belong."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

LONGEST_NAME_CHARS = 300
LONGEST_PART_CHARS = 120
MOST_PARTS = 24
"""More and longer ones are shortened to these, with a digest in the place of what is left out."""

_SEPARATORS = re.compile(r"[\\/]+")
_UNSAFE = re.compile(r'[<>:"|?*\\/]')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


def printable(text: str) -> str:
    """The text with every character escaped that is not printable: control codes, line breaks, bytes that are no
    text, marks that turn the writing direction. Very long ones are cut."""
    shown = "".join(character if character.isprintable() else _escaped(character) for character in text)
    if len(shown) <= LONGEST_NAME_CHARS:
        return shown
    return f"{shown[:200]}…{_digest(text)}…{shown[-60:]}"


def to_relative(*names: str) -> str:
    """One plain relative path, with ``/``, of names one inside the other; every part is a safe file name."""
    parts = [_safe_part(part) for name in names for part in _SEPARATORS.split(name) if part not in ("", ".")]
    if len(parts) > MOST_PARTS:
        parts = [_digest("/".join(parts)), *parts[-MOST_PARTS:]]
    return "/".join(parts) or "_"


def escapes(name: str) -> bool:
    """Whether the name of an archive's member leads out of the folder it would be unpacked to."""
    return (
        name.startswith(("/", "\\"))
        or re.match(r"[A-Za-z]:", name) is not None
        or ".." in _SEPARATORS.split(name)
    )


def matches(relative: str, patterns: Sequence[str]) -> bool:
    """Whether a glob pattern fits the whole relative path or the last part of it, whatever the case."""
    path = relative.casefold()
    name = path.rpartition("/")[2]
    return any(
        fnmatchcase(path, pattern) or fnmatchcase(name, pattern)
        for pattern in (one.casefold().removeprefix("./").rstrip("/") for one in patterns)
    )


def is_clutter(relative: str) -> bool:
    """Whether this is what a Macintosh adds beside every file: attributes under the picture's own name."""
    parts = relative.split("/")
    return "__MACOSX" in parts or parts[-1].startswith("._")


def _escaped(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a file name that is no UTF-8, as the operating system's calls hand it out
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")


def _safe_part(part: str) -> str:
    safe = "".join(character if character.isprintable() else "_" for character in part)
    safe = _UNSAFE.sub("_", safe).rstrip(". ")
    if safe.strip(". ") == "" or _RESERVED.fullmatch(safe):
        safe = f"_{safe}"
    if len(safe.encode()) > LONGEST_PART_CHARS:
        stem, dot, suffix = safe.rpartition(".")
        suffix = f"{dot}{suffix}" if stem and len(suffix) <= 8 else ""
        kept = safe.encode()[: LONGEST_PART_CHARS - 24].decode(errors="ignore")
        safe = f"{kept}~{_digest(part)}{suffix}"
    return safe


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
