"""The members of a zip archive, and all the ways in which one can be broken or hostile."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Iterator
from functools import partial
from typing import IO

from digitize.inputs.accounts import CHUNK_BYTES, Account, Counted, NotTaken
from digitize.inputs.found import Refused
from digitize.inputs.names import escapes
from digitize.inputs.search import Member, Place

_ENTRY = b"PK\x01\x02"
_ENTRY_BYTES = 46
_MEAN_ENTRY_BYTES = 256
"""A table of contents larger than `max_members` of these is not read: it would be held in memory whole."""
_ENCRYPTED = 0x1
_UTF8 = 0x800


class _Contents(io.RawIOBase):
    """A zip file while `zipfile` reads its table of contents, which that library takes in as a whole.

    The entries are counted before it makes objects of them, and names that claim to be UTF-8 and are not lose the
    claim, since one of them would cost the whole archive.
    """

    def __init__(self, file: IO[bytes], account: Account) -> None:
        super().__init__()
        self.file = file
        self.account = account
        self.opening = True

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        return self.file.tell()

    def read(self, size: int | None = -1, /) -> bytes:
        size = CHUNK_BYTES if size is None or size < 0 else size
        if not self.opening:
            return self.file.read(size)
        most = self.account.limits.max_members
        if size > max(most * _MEAN_ENTRY_BYTES, CHUNK_BYTES):
            message = f"Its table of contents is longer than {most:,} members need; none of it is read."
            raise NotTaken("too-many", message, "Raise the limit max_members if you trust it.")
        data = self.file.read(size)
        if data.startswith(_ENTRY):
            self.account.count(data.count(_ENTRY))
            return _with_names_that_decode(data)
        return data


def zip_members(file: IO[bytes], place: Place, account: Account) -> Iterator[Member | Refused]:
    """The files in a zip archive, in the order of its table of contents.

    Parameters
    ----------
    file : binary file
        Seekable.

    Raises
    ------
    NotTaken
        The table of contents is damaged or too long.
    """
    contents = _Contents(file, account)
    try:
        archive = zipfile.ZipFile(contents)
    except NotTaken:
        raise
    except MemoryError:
        raise NotTaken("too-large", "Its table of contents needs more memory than there is.") from None
    except Exception:  # noqa: BLE001 - hostile tables of contents raise nearly every type
        message = "Its table of contents is missing or damaged: the archive is truncated, or no zip at all."
        raise NotTaken("damaged", message, "Download or pack it again.") from None
    contents.opening = False
    locked = 0
    with archive:
        for entry in archive.infolist():
            if entry.filename.endswith("/"):
                continue
            name = _decoded(entry) or "unnamed"
            inside = place.inside(name)
            reason = _why_not(entry, name)
            if reason is not None:
                yield inside.refused(reason)
            elif entry.flag_bits & _ENCRYPTED:
                locked += 1
            else:
                yield Member(
                    place=inside,
                    size_bytes=entry.file_size,
                    packed_bytes=entry.compress_size,
                    open=partial(_open, archive, entry, account),
                )
    if locked:
        what = "One member is" if locked == 1 else f"{locked:,} members are"
        message = f"{what} protected by a password."
        yield place.refused(NotTaken("encrypted", message, "Unpack it yourself and name the folder."))


def _open(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, account: Account) -> Counted:
    return Counted(archive.open(entry), account)


def _why_not(entry: zipfile.ZipInfo, name: str) -> NotTaken | None:
    if escapes(name):
        return NotTaken("escapes", "Its name leads out of the archive.", "Pack it again with plain relative names.")
    mode = entry.external_attr >> 16
    if stat.S_ISLNK(mode):
        return NotTaken("link", "It is a link; what it points to is not read through it.")
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return NotTaken("not-a-file", "It is a pipe, a device or a socket.")
    return None


def _decoded(entry: zipfile.ZipInfo) -> str:
    """The name of a member; one without a stated encoding is UTF-8 where it can be."""
    if entry.flag_bits & _UTF8:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return entry.filename


def _with_names_that_decode(contents: bytes) -> bytes:
    mended = bytearray(contents)
    at = 0
    while contents[at : at + 4] == _ENTRY and at + _ENTRY_BYTES <= len(contents):
        flags, *lengths = struct.unpack_from("<8xH18x3H", contents, at)
        name = contents[at + _ENTRY_BYTES : at + _ENTRY_BYTES + lengths[0]]
        if flags & _UTF8:
            try:
                name.decode("utf-8")
            except UnicodeDecodeError:
                struct.pack_into("<H", mended, at + 8, flags & ~_UTF8)
        at += _ENTRY_BYTES + sum(lengths)
    return bytes(mended)
