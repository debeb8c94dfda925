"""What to do with one file, by what it holds: a picture, an archive, a document, or nothing that is looked for."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from io import BytesIO
from types import TracebackType
from typing import IO, Self, cast

from digitize.inputs.accounts import (
    Account,
    Counted,
    LimitReached,
    NotTaken,
    Peeked,
    Readable,
    opened,
    read_whole,
    too_large,
    why_not_read,
)
from digitize.inputs.documents import Documents, PageFigure, PagesWithout
from digitize.inputs.found import FigureFile, Found, Listed, Refused
from digitize.inputs.kinds import ARCHIVES, HEAD_BYTES, PACKED, Kind, find_kind, kind_by_name
from digitize.inputs.names import is_clutter
from digitize.inputs.search import Member, Place, Tally, Wanted
from digitize.inputs.tars import tar_members, unpacked
from digitize.inputs.zips import zip_members


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One search as it goes: what it wants, what it has passed over, the process that opens documents."""

    wanted: Wanted
    tally: Tally = field(default_factory=Tally)
    documents: Documents = field(default_factory=Documents)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.documents.close()


def take(member: Member, run: Run, account: Account | None, *, named: bool = False) -> Iterator[Found | Listed]:
    """All figures in one file, or in the archive that it is.

    Parameters
    ----------
    account : Account or None
        Of the archive around it.
    named : bool
        The user named this very file: it is refused, not ignored, when there is nothing to read in it.

    Raises
    ------
    LimitReached
        An archive around it met a limit.
    """
    place, wanted = member.place, run.wanted
    promised = kind_by_name(place.relative)
    if is_clutter(place.relative):
        run.tally.ignore(place.relative)
        return
    if wanted.excludes(place.relative):
        return
    if promised in (Kind.PICTURE, Kind.DOCUMENT) and not wanted.takes(place.relative):
        return
    if wanted.listing and promised is Kind.PICTURE:
        yield _listed(member)
        return
    try:
        with opened(member.open) as stream:
            peeked = Peeked(stream, HEAD_BYTES)
            kind = find_kind(place.relative, peeked.head)
            if kind in ARCHIVES:
                yield from _archive(kind, stream, peeked, member, run, account)
            elif kind is Kind.OTHER:
                if named:
                    raise NotTaken("not-a-picture", "It is no picture, archive, document or list of these.")
                run.tally.ignore(place.relative)
            elif not wanted.takes(place.relative):
                pass
            elif kind is Kind.DOCUMENT:
                yield from _document(peeked, member, run)
            elif wanted.listing:
                yield _listed(member)
            else:
                yield _figure(place, _content(peeked, member, run))
    except LimitReached:
        raise
    except NotTaken as reason:
        yield place.refused(reason)
    except Exception as error:  # noqa: BLE001 - hostile bytes raise nearly every type, and the search must go on
        yield place.refused(why_not_read(error))


def _archive(
    kind: Kind, stream: Readable, peeked: Peeked, member: Member, run: Run, around: Account | None
) -> Iterator[Found | Listed]:
    place, limits = member.place, run.wanted.limits
    if place.depth > limits.max_nesting:
        message = f"It is an archive inside {place.depth} others."
        raise NotTaken("too-deep", message, "Raise the limit max_nesting if you trust it.")
    if kind in PACKED:
        packed = Counted(peeked)
        account = Account(limits, lambda: packed.passed_bytes, around)
        members = _packed_members(unpacked(packed, kind, account), place, account)
    elif kind is Kind.TAR:
        size_bytes = member.size_bytes or 0
        account = Account(limits, lambda: size_bytes, around)
        members = tar_members(_rewound(stream) if member.path else peeked, place, account)
    else:
        file = _rewound(stream) if member.path else BytesIO(_content(peeked, member, run))
        size_bytes = file.seek(0, os.SEEK_END)
        file.seek(0)
        account = Account(limits, lambda: size_bytes, around)
        members = zip_members(file, place, account)
    try:
        for inside in members:
            if isinstance(inside, Refused):
                yield inside
            else:
                yield from take(inside, run, account)
    except LimitReached as reached:
        if reached.account is not account:
            raise
        yield place.refused(reached)


def _packed_members(plain: Readable, place: Place, account: Account) -> Iterator[Member | Refused]:
    """What a compressed stream holds: the members of a tar archive, or one file."""
    peeked = Peeked(plain, HEAD_BYTES)
    stem = place.relative.rpartition("/")[2].rpartition(".")[0] or "unpacked"
    if find_kind(stem, peeked.head) is Kind.TAR:
        yield from tar_members(peeked, place, account)
    else:
        account.count()
        yield Member(place=place.inside(stem), size_bytes=None, open=lambda: nullcontext(peeked))


def _document(peeked: Peeked, member: Member, run: Run) -> Iterator[Found | Listed]:
    place, wanted = member.place, run.wanted
    source = member.path or _content(peeked, member, run)
    found: Iterable[PageFigure | PagesWithout | NotTaken]
    found = run.documents.figures(source, listing=wanted.listing, max_pages=wanted.limits.max_pdf_pages)
    for one in found:
        if isinstance(one, PagesWithout):
            run.tally.pages += one.count
            continue
        if isinstance(one, NotTaken):
            yield place.refused(one)
            continue
        on_page = place.on_page(one.page, one.number)
        if wanted.listing:
            yield Listed(name=on_page.name, origin=place.origin, relative=on_page.relative, page=one.page)
        else:
            yield _figure(on_page, one.content, page=one.page, box_pt=one.box_pt)


def _content(peeked: Peeked, member: Member, run: Run) -> bytes:
    limits = run.wanted.limits
    if (member.size_bytes or 0) > limits.max_member_bytes:
        raise too_large(limits)
    return read_whole(peeked, limits, packed_bytes=member.packed_bytes)


def _rewound(stream: Readable) -> IO[bytes]:
    """A file of its own, from its beginning."""
    file = cast(IO[bytes], stream)
    file.seek(0)
    return file


def _figure(
    place: Place,
    content: bytes,
    page: int | None = None,
    box_pt: tuple[float, float, float, float] | None = None,
) -> FigureFile:
    return FigureFile(
        name=place.name,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        origin=place.origin,
        relative=place.relative,
        member=place.member,
        page=page,
        box_pt=box_pt,
    )


def _listed(member: Member) -> Listed:
    place = member.place
    return Listed(name=place.name, origin=place.origin, relative=place.relative, bytes=member.size_bytes)
