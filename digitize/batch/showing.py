"""From the manifest to the gallery."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from digitize.batch.dataset import SUFFIXES
from digitize.batch.manifest import Manifest
from digitize.batch.tally import figures
from digitize.gallery import GalleryEntry, GalleryFinding, write_gallery

FOLDER = "gallery"
WORDS = {"json": "reading", "overlay": "overlay"}


def write_run_gallery(folder: Path, manifest: Manifest) -> Path:
    """Write the gallery of everything in a folder of results; the page to open."""
    return write_gallery(_entries(manifest), folder / FOLDER, title=folder.resolve().name)


def _entries(manifest: Manifest) -> Iterator[GalleryEntry]:
    for row in figures(manifest):
        unread = row["figure"] is None
        first = row["first"] if row["first"] != row["name"] else None
        if first is None and not unread and row["status"] is None:
            continue
        note = row["place_reason"] if unread else f"The same picture as {first}." if first else row["reason"]
        yield GalleryEntry(
            name=row["name"],
            status="refused" if unread else "duplicate" if first else row["status"],
            findings=tuple(
                GalleryFinding(code=code, severity=severity, message=message)
                for code, severity, message in json.loads(row["doubts"] or "[]")
            ),
            series=row["series"] or 0,
            thumbnail=b"" if unread else manifest.thumbnail(row["figure"]),
            links=_links(row),
            origin=row["origin"],
            page=row["page"],
            note=note or "",
        )


def _links(row: Any) -> tuple[tuple[str, str], ...]:
    figure = row["figure"]
    made = (row["files"] or "").split()
    return tuple(
        (WORDS[kept], f"../{kept}/{figure[:2]}/{figure}{suffix}") for kept, suffix in SUFFIXES.items() if kept in made
    )
