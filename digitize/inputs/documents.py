"""Figures in PDF documents, found in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from digitize.inputs.accounts import NotTaken


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFigure:
    """A figure on a page; ``content`` is empty in a listing."""

    page: int
    number: int
    content: bytes
    box_pt: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class PagesWithout:
    """How many pages held no figure."""

    count: int


class Documents:
    def figures(
        self, source: Path | bytes, *, listing: bool, max_pages: int
    ) -> Iterator[PageFigure | PagesWithout | NotTaken]:
        yield NotTaken("unsupported", "Documents are not read yet.")

    def close(self) -> None:
        pass
