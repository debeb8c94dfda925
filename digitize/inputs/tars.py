"""The members of a tar archive, read from front to back, and the compressed streams that archives come in."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import IO, Self, cast

import zstandard

from digitize.inputs.accounts import CHUNK_BYTES, Account, Counted, LimitReached, NotTaken, Readable, read_some
from digitize.inputs.found import MIB, Refused
from digitize.inputs.kinds import Kind
from digitize.inputs.names import escapes
from digitize.inputs.search import Member, Place

MOST_HEADER_BYTES = 32 * MIB
"""Read between two members at most: headers that claim gigabytes of names, or damage without an end."""
MOST_WINDOW_BYTES = 256 * MIB
"""Memory a decompressor may take (xz -9 takes 65 MiB, zstd --ultra 128 MiB)."""
_BLOCK_BYTES = 512


class _Headers(io.RawIOBase):
    """The archive's bytes; how many may be read is bounded while `tarfile` looks for the next header."""

    def __init__(self, stream: Readable) -> None:
        super().__init__()
        self.stream = stream
        self.allowed_bytes: int | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return hasattr(self.stream, "seek")

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return cast(IO[bytes], self.stream).seek(offset, whence)

    def tell(self) -> int:
        return cast(IO[bytes], self.stream).tell()

    def read(self, size: int | None = -1, /) -> bytes:
        size = CHUNK_BYTES if size is None or size < 0 else size
        if self.allowed_bytes is not None:
            if size > self.allowed_bytes:
                raise NotTaken("damaged", "It is damaged: no further member was found.")
            self.allowed_bytes -= size
        return read_some(self.stream, size)


class _Entry(tarfile.TarInfo):
    """A header; one that is damaged is passed over and counted, so that it costs only its own member."""

    damaged = 0

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        try:
            entry = super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError:
            if len(buf) == _BLOCK_BYTES and any(buf):
                cls.damaged += 1
            raise
        if entry.size < 0:
            cls.damaged += 1
            raise tarfile.InvalidHeaderError("negative size")  # type: ignore[attr-defined]
        return entry


def tar_members(stream: Readable, place: Place, account: Account) -> Iterator[Member | Refused]:
    """The files in a tar archive, in its order. A member can be opened until the next one is asked for."""

    class Entry(_Entry):  # counts the damage of this archive alone
        damaged = 0

    headers = _Headers(stream)
    seekable = headers.seekable()
    headers.allowed_bytes = MOST_HEADER_BYTES
    try:
        archive = tarfile.open(  # noqa: SIM115 - it holds nothing that needs closing
            fileobj=headers,
            mode="r:" if seekable else "r|",
            bufsize=CHUNK_BYTES,
            tarinfo=Entry,
            ignore_zeros=True,
            encoding="utf-8",
            errors="surrogateescape",
        )
    except LimitReached:
        raise
    except Exception:  # noqa: BLE001 - hostile headers raise nearly every type
        raise NotTaken("damaged", "It is no tar archive, or is damaged.", "Download or pack it again.") from None
    last = -1
    while (entry := _next(archive, headers, seekable)) is not None:
        if entry.offset <= last:
            raise NotTaken("damaged", "It is damaged: a header points backwards.", "Download or pack it again.")
        last = entry.offset
        if entry.isdir():
            continue
        account.count()
        inside = place.inside(entry.name)
        reason = _why_not(entry)
        if reason is not None:
            yield inside.refused(reason)
        else:
            yield Member(place=inside, size_bytes=entry.size, open=partial(_open, archive, entry, account))
    if Entry.damaged:
        message = "Part of it is damaged: what stood there was passed over, the rest was read."
        yield place.refused(NotTaken("damaged", message, "Download or pack it again."))


def unpacked(stream: Readable, kind: Kind, account: Account | None) -> Counted:
    """A compressed stream as it unpacks, charged to an account."""
    if kind is Kind.GZIP:
        plain: Readable = _Prompt(gzip.GzipFile(fileobj=cast(IO[bytes], stream)))
    elif kind is Kind.BZIP2:
        plain = _Prompt(bz2.BZ2File(cast(IO[bytes], stream)))
    elif kind is Kind.XZ:
        plain = _Xz(stream)
    else:
        decompressor = zstandard.ZstdDecompressor(max_window_size=MOST_WINDOW_BYTES)
        plain = decompressor.stream_reader(cast(IO[bytes], stream), read_across_frames=True)
    return Counted(plain, account)


class _Prompt:
    """Hands out what there is: a full read would throw away what comes before a damaged place."""

    def __init__(self, file: gzip.GzipFile | bz2.BZ2File) -> None:
        self.file = file

    def read(self, size: int = -1, /) -> bytes:
        return self.file.read1(size)


class _Xz(io.RawIOBase):
    """An xz stream under a bound on memory, which `lzma.LZMAFile` does not offer."""

    def __init__(self, stream: Readable) -> None:
        super().__init__()
        self.stream = stream
        self.decompressor = self._fresh()
        self.ahead = b""

    @staticmethod
    def _fresh() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(memlimit=MOST_WINDOW_BYTES)

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        size = CHUNK_BYTES if size is None or size < 0 else size
        while size:
            if self.decompressor.eof:  # streams follow one another, padded with zeros
                self.ahead = self.decompressor.unused_data.lstrip(b"\0") or self._more().lstrip(b"\0")
                if not self.ahead:
                    return b""
                self.decompressor = self._fresh()
            elif self.decompressor.needs_input and not self.ahead:
                self.ahead = self._more()
                if not self.ahead:
                    raise EOFError("the stream ends early")
            data = self.decompressor.decompress(self.ahead, size)
            self.ahead = b""
            if data:
                return data
        return b""

    def _more(self) -> bytes:
        return self.stream.read(CHUNK_BYTES >> 3)


def _next(archive: tarfile.TarFile, headers: _Headers, seekable: bool) -> tarfile.TarInfo | None:
    """The next header. Raises `NotTaken` when the rest cannot be read."""
    skipped = 0 if seekable or archive.fileobj is None else max(0, archive.offset - archive.fileobj.tell())
    headers.allowed_bytes = skipped + MOST_HEADER_BYTES
    try:
        entry = archive.next()
    except LimitReached:
        raise
    except Exception as error:  # noqa: BLE001 - hostile headers raise nearly every type
        code = error.code if isinstance(error, NotTaken) else "damaged"
        message = "It is truncated or damaged: what follows could not be read."
        raise NotTaken(code, message, "Download or pack it again.") from None
    finally:
        headers.allowed_bytes = None
    archive.members.clear()  # type: ignore[attr-defined] # otherwise it remembers every member
    return entry


def _why_not(entry: tarfile.TarInfo) -> NotTaken | None:
    if escapes(entry.name):
        return NotTaken("escapes", "Its name leads out of the archive.", "Pack it again with plain relative names.")
    if entry.islnk() or entry.issym():
        return NotTaken("link", "It is a link; what it points to is not read through it.")
    if not entry.isfile():
        return NotTaken("not-a-file", "It is a pipe or a device.")
    return None


def _open(archive: tarfile.TarFile, entry: tarfile.TarInfo, account: Account) -> AbstractContextManager[Readable]:
    try:
        file = archive.extractfile(entry)
    except Exception:  # noqa: BLE001 - see _next
        file = None
    if file is None:
        raise NotTaken("damaged", "It is truncated or damaged.", "Download or pack it again.")
    return nullcontext(Counted(file, account if entry.issparse() else None))
