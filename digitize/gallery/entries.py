"""What the gallery shows of one figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from digitize.findings import Severity

Status = Literal["read", "part", "refused", "failed", "duplicate"]
STATUSES: tuple[Status, ...] = ("read", "part", "refused", "failed", "duplicate")


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryFinding:
    """One finding of a figure, as it is shown."""

    code: str
    severity: Severity
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryEntry:
    """One figure of a run.

    Attributes
    ----------
    name : str
        As the user knows it; any text, it is escaped.
    status : {"read", "part", "refused", "failed", "duplicate"}
    findings : tuple of GalleryFinding
    series : int
        How many series were read.
    thumbnail : bytes
        A WebP or JPEG file, 480 px wide at most (the overlay, or the figure); empty for none.
    links : tuple of (text, path)
        Files to open, such as ``("reading", "../json/ab12.json")``, relative to the gallery's folder.
    origin : str
        The file it came from.
    page : int or None
        Page of the document, from 1.
    note : str
        One more line, such as why it failed or which figure it repeats.
    """

    name: str
    status: Status
    findings: tuple[GalleryFinding, ...] = ()
    series: int = 0
    thumbnail: bytes = b""
    links: tuple[tuple[str, str], ...] = ()
    origin: str = ""
    page: int | None = None
    note: str = ""
