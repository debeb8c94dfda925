"""The files below a folder, in the order of their names; links and devices are named, never followed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO

from digitize.inputs.accounts import NotTaken
from digitize.inputs.found import Refused
from digitize.inputs.names import printable, to_relative
from digitize.inputs.search import Member, Place, Tally, Wanted

_SAFELY = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""Between the look at a file and its opening, it may have been changed for a link or a pipe."""
_LINK_HINT = "Name what it points to as a further input."


def folder_members(
    root: Path, wanted: Wanted, tally: Tally, without: frozenset[Path] = frozenset()
) -> Iterator[Member | Refused]:
    """The files below a folder: in each folder first its files by name, then the folders in it.

    Hidden folders are passed over, and so are those in ``without`` (resolved paths).
    """
    resolved_root = root.resolve()
    ahead = [(root, "")]
    while ahead:
        folder, relative = ahead.pop()
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: os.fsencode(entry.name))
        except OSError as error:
            yield _place(folder, relative).refused(_unreadable(error))
            continue
        below = []
        for entry in entries:
            path = folder / entry.name
            place = _place(path, relative, entry.name)
            try:
                if entry.is_symlink():
                    reason = _why_not_through(path, resolved_root)
                    if reason is None:
                        tally.ignore("link.link")
                    else:
                        yield place.refused(reason)
                elif entry.is_dir(follow_symlinks=False):
                    if entry.name.startswith("."):
                        tally.ignore("hidden.folder")
                    elif not wanted.excludes(place.relative) and not (without and path.resolve() in without):
                        below.append((path, place.relative))
                elif not entry.is_file(follow_symlinks=False):
                    yield place.refused(NotTaken("not-a-file", "It is a pipe, a device or a socket."))
                else:
                    yield file_member(path, place, entry.stat(follow_symlinks=False).st_size)
            except OSError as error:
                yield place.refused(_unreadable(error))
        ahead += reversed(below)


def file_member(path: Path, place: Place, size_bytes: int) -> Member:
    """A file of its own, not opened yet."""
    return Member(place=place, size_bytes=size_bytes, open=partial(_open, path), path=path)


def named_place(path: Path) -> Place:
    """The place of a file that the user named."""
    return _place(path, "", path.name or "_")


def not_opened(error: Exception) -> NotTaken:
    """Why a file or folder that the user named cannot be had."""
    if isinstance(error, FileNotFoundError):
        return NotTaken("missing", "It does not exist.", "Check the name and the folder.")
    return _unreadable(error)


def _place(path: Path, *relative: str) -> Place:
    return Place(origin=printable(str(path)), relative=to_relative(*relative))


def _open(path: Path) -> IO[bytes]:
    try:
        descriptor = os.open(path, os.O_RDONLY | _SAFELY)
    except OSError as error:
        raise _unreadable(error) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotTaken("not-a-file", "It is a pipe, a device or a socket.")
    return os.fdopen(descriptor, "rb")


def _why_not_through(link: Path, root: Path) -> NotTaken | None:
    """Why a link is refused; None for one to a file of the same folder, which is met at its own place."""
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError):  # RuntimeError: links in a circle, before Python 3.13
        return NotTaken("link", "It is a link that leads nowhere.")
    if target.is_relative_to(root):
        return None
    return NotTaken("link", "It is a link that leads out of the folder.", _LINK_HINT)


def _unreadable(error: Exception) -> NotTaken:
    reason = str(getattr(error, "strerror", None) or error).lower()
    return NotTaken("unreadable", f"It cannot be opened: {reason}.", "Check its permissions.")
