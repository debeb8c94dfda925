"""Results go to disk all together or not at all.

Every output is first made in memory, then written under a temporary name beside its target, and renamed only when
all of them are on disk. A target that exists is replaced in one step or left untouched.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from digitize.errors import OutputFailed
from digitize.load import shown

STANDARD_OUTPUT = "-"


def check_targets(targets: list[str], source: str) -> None:
    """Refuse targets that cannot work, before any time is spent on reading.

    Raises
    ------
    OutputFailed
        A folder that is missing or a target that is a folder.
    ValueError
        Two outputs to one place, or an output over the figure that is read.
    """
    seen: set[Path] = set()
    for target in targets:
        place = Path(target) if target == STANDARD_OUTPUT else Path(target).resolve()
        if place in seen:
            raise ValueError(f"two outputs go to {shown(target)}")
        seen.add(place)
        if target == STANDARD_OUTPUT:
            continue
        if place == Path(source).resolve():
            raise ValueError(f"{shown(target)} is the figure itself")
        if place.is_dir():
            raise OutputFailed(f"{shown(target)} is a directory.", hint="Name a file in it.")
        if not place.parent.is_dir():
            raise OutputFailed(f"The folder of {shown(target)} does not exist.", hint="Make it first.")


def write_outputs(contents: Mapping[str, bytes]) -> None:
    """Write each content to its target, ``-`` to standard output last.

    Raises
    ------
    OutputFailed
        Nothing half-written is left behind.
    """
    waiting: list[tuple[Path, Path]] = []
    streams: list[tuple[Path, bytes]] = []
    try:
        for target, content in contents.items():
            if target == STANDARD_OUTPUT:
                continue
            place = Path(target).resolve()  # a link stays a link
            if place.exists() and not place.is_file():
                streams.append((place, content))  # /dev/null, a pipe: written into, never replaced
            else:
                waiting.append((_write_beside(place, content), place))
        while waiting:
            waiting[0][0].replace(waiting[0][1])
            waiting.pop(0)
        for place, content in streams:
            place.write_bytes(content)
    except OSError as error:
        name = shown(error.filename2 or error.filename or "the output")
        raise OutputFailed(f"{name} cannot be written: {error.strerror or error}.") from None
    finally:
        for temporary, _ in waiting:
            temporary.unlink(missing_ok=True)
    if STANDARD_OUTPUT in contents:
        sys.stdout.flush()
        sys.stdout.buffer.write(contents[STANDARD_OUTPUT])
        sys.stdout.buffer.flush()


def _write_beside(place: Path, content: bytes) -> Path:
    """A finished temporary file in the folder of ``place``, with the mode a plain new file would have."""
    handle, name = tempfile.mkstemp(prefix=f".{place.name[:100]}.", suffix=".tmp", dir=place.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        temporary.chmod(place.stat().st_mode & 0o7777 if place.exists() else 0o666 & ~_umask())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _umask() -> int:
    """The process's umask, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
