"""Writes the gallery: one page, its data in chunks that a browser loads from disk, thumbnails in folders."""

from __future__ import annotations

import html
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

from digitize.errors import OutputFailed
from digitize.gallery.entries import STATUSES, GalleryEntry
from digitize.load import shown

ENTRIES_A_CHUNK = 1000
"""Entries in one file of data, and thumbnails in one folder."""

_PAGE = "index.html"
_MARK = '<meta name="generator" content="digitize gallery">'
_PICTURES = ((b"\xff\xd8\xff", "jpg"), (b"RIFF", "webp"), (b"\x89PNG", "png"))


def write_gallery(entries: Iterable[GalleryEntry], folder: Path, *, title: str) -> Path:
    """Write a gallery into a folder; an earlier one there is replaced, once the new one is complete.

    Parameters
    ----------
    entries : iterable of GalleryEntry
        Taken one at a time; memory does not grow with their number.
    folder : Path
        Made if missing.
    title : str

    Returns
    -------
    Path
        The page to open, ``index.html``.

    Raises
    ------
    OutputFailed
        The folder cannot be written, or holds something else than a gallery.
    """
    folder = folder.absolute()
    ahead = folder.with_name(f".{folder.name}.{os.getpid()}.new")
    try:
        _check_replaceable(folder)
        shutil.rmtree(ahead, ignore_errors=True)
        ahead.mkdir(parents=True)
        _write(entries, ahead, title)
        _replace(folder, ahead)
    except OSError as error:
        raise OutputFailed(f"The gallery cannot be written to {shown(folder)}: {error.strerror}.") from None
    finally:
        shutil.rmtree(ahead, ignore_errors=True)
    return folder / _PAGE


def _write(entries: Iterable[GalleryEntry], folder: Path, title: str) -> None:
    (folder / "data").mkdir()
    count = chunks = 0
    for chunks, chunk in enumerate(_chunked(entries), 1):
        pictures = folder / "thumbnails" / f"{chunks - 1:05d}"
        rows = [_to_row(entry, _write_picture(entry.thumbnail, pictures, at)) for at, entry in enumerate(chunk)]
        data = json.dumps(rows, separators=(",", ":"))  # ASCII: nothing in it ends a line or a script early
        (folder / "data" / f"{chunks - 1:05d}.js").write_text(f"galleryChunk({data});\n", encoding="ascii")
        count += len(chunk)
    page = _page(title, {"entries": count, "chunks": chunks})
    (folder / _PAGE).write_text(page, encoding="utf-8", errors="backslashreplace")


def _chunked(entries: Iterable[GalleryEntry]) -> Iterator[list[GalleryEntry]]:
    ahead = iter(entries)
    while chunk := list(islice(ahead, ENTRIES_A_CHUNK)):
        yield chunk


def _write_picture(content: bytes, folder: Path, at: int) -> str:
    """The path of a thumbnail from the page, empty for none."""
    if not content:
        return ""
    suffix = next((suffix for magic, suffix in _PICTURES if content.startswith(magic)), "img")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{at:03d}.{suffix}").write_bytes(content)
    return f"thumbnails/{folder.name}/{at:03d}.{suffix}"


def _to_row(entry: GalleryEntry, picture: str) -> list[Any]:
    """One entry as ``page.js`` takes it apart."""
    return [
        entry.name,
        STATUSES.index(entry.status),
        entry.series,
        [[finding.code, finding.severity, finding.message] for finding in entry.findings],
        picture,
        # Quoted, a path can be no address of another kind: a colon is no scheme.
        [[text, quote(os.fsencode(path))] for text, path in entry.links],
        entry.origin,
        entry.page,
        entry.note,
    ]


def _page(title: str, summary: dict[str, int]) -> str:
    room = files("digitize.gallery")
    page = (room / "page.html").read_text(encoding="utf-8")
    parts = {
        "style": (room / "page.css").read_text(encoding="utf-8"),
        "script": (room / "page.js").read_text(encoding="utf-8"),
        "summary": json.dumps(summary),
        "title": html.escape(shown(title)),  # last: what it says is not looked through again
    }
    for name, part in parts.items():
        page = page.replace(f"{{{{{name}}}}}", part)
    return page


def _check_replaceable(folder: Path) -> None:
    """Nothing but an earlier gallery is ever removed."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise OutputFailed(f"{shown(folder)} is not a folder.", hint="Name another one.")
    page = folder / _PAGE
    if any(folder.iterdir()) and not (page.is_file() and _MARK in page.read_text("utf-8", "replace")[:1000]):
        raise OutputFailed(f"{shown(folder)} holds something else than a gallery.", hint="Name an empty folder.")


def _replace(folder: Path, ahead: Path) -> None:
    """Put the complete gallery in the place of the earlier one."""
    behind = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    if folder.exists():
        folder.rename(behind)
    ahead.rename(folder)
    shutil.rmtree(behind, ignore_errors=True)
