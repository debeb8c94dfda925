"""What one search knows while it runs: where it is, what it wants, what it has passed over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path

from digitize.inputs.accounts import NotTaken, Readable
from digitize.inputs.found import Ignored, Limits, Refused
from digitize.inputs.kinds import suffix_of
from digitize.inputs.names import matches, printable, to_relative

MOST_KINDS = 50
"""Types of ignored files that are told apart; a hostile archive may hold as many as files."""
SHOWN_KINDS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a file is: in a folder, or a member inside archives.

    Attributes
    ----------
    origin, member, relative : str
        As in :class:`~digitize.inputs.found.FigureFile`.
    depth : int
        How many archives are around it.
    page, number : int or None, int
        Page of the document, and figure on it, both from 1.
    """

    origin: str
    relative: str
    member: str = ""
    depth: int = 0
    page: int | None = None
    number: int = 0

    @property
    def name(self) -> str:
        name = f"{self.origin}!{self.member}" if self.member else self.origin
        return name if self.page is None else f"{name}#page={self.page}&figure={self.number}"

    def inside(self, name: str) -> Place:
        """The place of a member of the archive at this place."""
        member = printable(f"{self.member}!{name}" if self.member else name)
        return Place(
            origin=self.origin, relative=to_relative(self.relative, name), member=member, depth=self.depth + 1
        )

    def on_page(self, page: int, number: int) -> Place:
        """The place of a figure of the document at this place, both counted from 1."""
        return replace(
            self,
            relative=f"{self.relative}/page-{page}-figure-{number}.png",
            page=page,
            number=number,
        )

    def refused(self, reason: NotTaken) -> Refused:
        return Refused(
            name=self.name, origin=self.origin, code=reason.code, message=reason.message, hint=reason.hint
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file that was come across and not yet opened.

    Attributes
    ----------
    place : Place
    size_bytes : int or None
        As declared.
    open : callable
        A context manager over its bytes.
    packed_bytes : int or None
        Its size in the archive around it.
    path : Path or None
        Where it is a file of its own.
    """

    place: Place
    size_bytes: int | None
    open: Callable[[], AbstractContextManager[Readable]]
    packed_bytes: int | None = None
    path: Path | None = None


@dataclass(slots=True, kw_only=True)
class Tally:
    """What one input had that was passed over."""

    files: int = 0
    pages: int = 0
    kinds: Counter[str] = field(default_factory=Counter)

    def ignore(self, name: str) -> None:
        self.files += 1
        suffix = printable(suffix_of(name))[:16] or "no suffix"
        self.kinds[suffix if suffix in self.kinds or len(self.kinds) < MOST_KINDS else "other"] += 1

    def to_ignored(self, origin: str) -> Ignored | None:
        if not self.files and not self.pages:
            return None
        kinds = sorted(self.kinds.items(), key=lambda item: (-item[1], item[0]))[:SHOWN_KINDS]
        return Ignored(origin=origin, files=self.files, pages=self.pages, kinds=tuple(kinds))

    def clear(self) -> None:
        self.files = self.pages = 0
        self.kinds.clear()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which files a search is for, and within which limits."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    limits: Limits
    listing: bool = False
    """Nothing is read that only the picture itself would need."""

    def excludes(self, relative: str) -> bool:
        return bool(self.exclude) and matches(relative, self.exclude)

    def takes(self, relative: str) -> bool:
        """Whether a picture or document here is asked for."""
        return not self.excludes(relative) and (not self.include or matches(relative, self.include))
