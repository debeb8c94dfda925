"""What unpacking costs, counted while it happens: sizes that an archive declares are never trusted."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from digitize.inputs.found import MIB, Limits

CHUNK_BYTES = MIB
FREE_MEMBER_BYTES = 16 * MIB
FREE_ARCHIVE_BYTES = 64 * MIB
"""Below these the ratio does not count: a small white bitmap packs a thousandfold and harms nobody."""


class Readable(Protocol):
    """A stream read from front to back."""

    def read(self, size: int = -1, /) -> bytes: ...


class NotTaken(Exception):
    """A file, member or page that is not taken; its neighbours are."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


class LimitReached(NotTaken):
    """An archive met a limit: nothing more of it is read. It passes through archives inside, to the one it names."""

    def __init__(self, account: Account, code: str, message: str, hint: str) -> None:
        super().__init__(code, message, hint)
        self.account = account


class Account:
    """What one archive, and all inside it, has been unpacked to so far.

    Parameters
    ----------
    limits : Limits
    packed_bytes : callable
        The archive's own size, or how much of it has been read.
    parent : Account or None
        The archive around it.
    """

    def __init__(self, limits: Limits, packed_bytes: Callable[[], int], parent: Account | None = None) -> None:
        self.limits = limits
        self.packed_bytes = packed_bytes
        self.parent = parent
        self.unpacked_bytes = 0
        self.members = 0

    def spend(self, size: int) -> None:
        """Count bytes that came out. Raises `LimitReached` for the outermost archive whose limit they meet."""
        if self.parent is not None:
            self.parent.spend(size)
        self.unpacked_bytes += size
        if self.unpacked_bytes > self.limits.max_total_bytes:
            most = self.limits.max_total_bytes
            message = f"It unpacks to more than {shown_size(most)}; the rest of it is not read."
            raise LimitReached(self, "too-much", message, "Raise the limit max_total_bytes if you trust it.")
        packed = self.packed_bytes()
        if self.unpacked_bytes > FREE_ARCHIVE_BYTES and self.unpacked_bytes > self.limits.max_ratio * packed:
            message = (
                f"It unpacks to more than {self.limits.max_ratio:g} times its size, as a decompression bomb does; "
                f"it was left after {shown_size(self.unpacked_bytes)}."
            )
            raise LimitReached(self, "bomb", message, "Raise the limit max_ratio if you trust it.")

    def count(self, members: int = 1) -> None:
        """Count members. Raises `LimitReached`."""
        if self.parent is not None:
            self.parent.count(members)
        self.members += members
        if self.members > self.limits.max_members:
            message = f"It has more than {self.limits.max_members:,} members; the rest of it is not read."
            raise LimitReached(self, "too-many", message, "Raise the limit max_members if you trust it.")


class Counted(io.RawIOBase):
    """A stream that counts what passes, and charges it to an account if there is one."""

    def __init__(self, stream: Readable, account: Account | None = None) -> None:
        super().__init__()
        self.stream = stream
        self.account = account
        self.passed_bytes = 0

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        if not self.closed and (close := getattr(self.stream, "close", None)) is not None:
            close()
        super().close()

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:  # never as a whole
            size = CHUNK_BYTES
        data = self.stream.read(size)
        self.passed_bytes += len(data)
        if self.account is not None:
            self.account.spend(len(data))
        return data


class Peeked:
    """A stream whose first bytes have been looked at."""

    def __init__(self, stream: Readable, size: int) -> None:
        self._stream = stream
        self.head = b""
        while len(self.head) < size and (more := read_some(stream, size - len(self.head))):
            self.head += more
        self._ahead = self.head

    def read(self, size: int = -1, /) -> bytes:
        if self._ahead:
            size = len(self._ahead) if size < 0 else size
            data, self._ahead = self._ahead[:size], self._ahead[size:]
            return data
        return self._stream.read(size)


@contextmanager
def opened(opening: Callable[[], AbstractContextManager[Readable]]) -> Iterator[Readable]:
    """A member's bytes. Whatever opening it raises becomes `NotTaken`."""
    try:
        manager = opening()
    except (NotTaken, KeyboardInterrupt):
        raise
    except Exception as error:  # noqa: BLE001 - decoders raise nearly every type on damaged bytes
        raise why_not_read(error) from None
    with manager as stream:
        yield stream


def read_some(stream: Readable, size: int) -> bytes:
    """Up to ``size`` bytes. Whatever a decoder raises on damaged bytes becomes `NotTaken`."""
    try:
        return stream.read(size)
    except (NotTaken, KeyboardInterrupt):
        raise
    except Exception as error:  # noqa: BLE001 - decoders raise nearly every type on damaged bytes
        raise why_not_read(error) from None


def read_whole(stream: Readable, limits: Limits, *, packed_bytes: int | None = None) -> bytes:
    """All of a member, counted while it is read.

    Parameters
    ----------
    packed_bytes : int or None
        Its size in the archive, where it is known; the ratio is held against it.

    Raises
    ------
    NotTaken
        ``too-large``, ``bomb``, ``damaged`` or ``unsupported``.
    """
    whole = bytearray()
    while more := read_some(stream, CHUNK_BYTES):
        whole += more
        if len(whole) > limits.max_member_bytes:
            raise too_large(limits)
        if packed_bytes is not None and len(whole) > max(FREE_MEMBER_BYTES, limits.max_ratio * packed_bytes):
            message = f"It unpacks to more than {limits.max_ratio:g} times its size, as a decompression bomb does."
            raise NotTaken("bomb", message, "Raise the limit max_ratio if you trust it.")
    return bytes(whole)


def too_large(limits: Limits) -> NotTaken:
    message = f"It is larger than {shown_size(limits.max_member_bytes)}."
    return NotTaken("too-large", message, "Raise the limit max_member_bytes if you trust it.")


def shown_size(size: int) -> str:
    """``128 MiB``."""
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if size >= unit:
            return f"{size / unit:.4g} {name}"
    return f"{size} bytes"


def why_not_read(error: Exception) -> NotTaken:
    """What a decoder's error means to the user."""
    if isinstance(error, NotImplementedError):
        return NotTaken("unsupported", "It is packed by a method unknown here.", "Pack it again as plain zip or tar.")
    if isinstance(error, MemoryError) or "emory usage limit" in str(error):
        return NotTaken("too-large", "Unpacking it needs more memory than there is.")
    if isinstance(error, RuntimeError) and "password" in str(error):
        return NotTaken("encrypted", "It is protected by a password.", "Unpack it yourself and name the folder.")
    if isinstance(error, OSError) and error.errno is not None:
        return NotTaken("unreadable", f"Reading it failed: {error.strerror}.")
    return NotTaken("damaged", "It is truncated or damaged.", "Download or pack it again.")
