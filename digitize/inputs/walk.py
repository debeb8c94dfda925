"""From what the user names to a stream of pictures: each input is opened by what it holds, not by its name."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from digitize.inputs.accounts import NotTaken
from digitize.inputs.folders import file_member, folder_members, named_place, not_opened
from digitize.inputs.found import FigureFile, Found, Ignored, Limits, Listed, Refused
from digitize.inputs.lists import is_list, list_file, listed_paths
from digitize.inputs.names import printable
from digitize.inputs.opening import Run, take
from digitize.inputs.search import Wanted

StrPath = str | os.PathLike[str]


def find_figures(
    inputs: Iterable[StrPath],
    *,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    limits: Limits | None = None,
    without: Sequence[StrPath] = (),
) -> Iterator[Found]:
    """Every picture in the inputs, one at a time, in an order that does not change from run to run.

    Parameters
    ----------
    inputs : iterable of path
        Pictures, folders, archives (zip, tar, tar.gz, tar.bz2, tar.xz, tar.zst), PDF documents, lists of these
        (``@list.txt``, or a ``.txt`` or ``.lst`` with a path a line), ``-`` for a list on standard input.
    include, exclude : sequence of str
        Glob patterns, matched against the whole relative path and against the name alone, whatever the case; ``*``
        crosses ``/``. Archives are always entered unless excluded; a folder that is excluded is not.
    limits : Limits, optional
    without : sequence of path
        Folders never entered, such as the one that results are written to.

    Yields
    ------
    FigureFile
        At most one is held at a time.
    Refused
        Something that was not taken; the stream goes on.
    Ignored
        Once an input, when other files were passed over.
    """
    for found in _search(inputs, include, exclude, limits, without, listing=False):
        if not isinstance(found, Listed):
            yield found


def list_figures(
    inputs: Iterable[StrPath],
    *,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    limits: Limits | None = None,
    without: Sequence[StrPath] = (),
) -> Iterator[Listed | Refused | Ignored]:
    """What :func:`find_figures` would find, without reading pictures; documents are searched but not drawn.

    A refusal that only reading would bring (damage, a size that lies) is not foreseen.
    """
    for found in _search(inputs, include, exclude, limits, without, listing=True):
        if not isinstance(found, FigureFile):
            yield found


def _search(
    inputs: Iterable[StrPath],
    include: Sequence[str],
    exclude: Sequence[str],
    limits: Limits | None,
    without: Sequence[StrPath],
    listing: bool,
) -> Iterator[Found | Listed]:
    wanted = Wanted(include=tuple(include), exclude=tuple(exclude), limits=limits or Limits(), listing=listing)
    never = frozenset(Path(one).resolve() for one in without)
    names: set[int] = set()
    with Run(wanted=wanted) as run:
        for named in inputs:
            one = os.fspath(named)
            for found in _named(one, run, never):
                yield found if isinstance(found, Refused | Ignored) else _unique(found, names)
            if (ignored := run.tally.to_ignored(printable(one))) is not None:
                yield ignored
            run.tally.clear()


def _unique(found: FigureFile | Listed, names: set[int]) -> FigureFile | Listed:
    """The same under a name that no other had: an archive may hold two members of one name."""
    name, count = found.name, 1
    while hash(name) in names:
        count += 1
        name = f"{found.name} ({count})"
    names.add(hash(name))
    return found if count == 1 else replace(found, name=name)


def _named(one: str, run: Run, never: frozenset[Path]) -> Iterator[Found | Listed]:
    """All of one input."""
    if not is_list(one):
        yield from _at(Path(one), run, never)
    elif (path := list_file(one)) is None:
        for listed in listed_paths(None, Path()):
            yield from _at(listed, run, never)
    else:
        try:
            file = path.open("rb")
        except (OSError, ValueError) as error:
            yield named_place(path).refused(not_opened(error))
            return
        with file:
            for listed in listed_paths(file, path.parent):
                yield from _at(listed, run, never)


def _at(path: Path, run: Run, never: frozenset[Path]) -> Iterator[Found | Listed]:
    """All of a file or folder that was named."""
    place = named_place(path)
    try:
        status = path.stat()
        resolved = path.resolve()
    except (OSError, ValueError, RuntimeError) as error:
        yield place.refused(not_opened(error))
        return
    if stat.S_ISDIR(status.st_mode):
        for member in folder_members(path, run.wanted, run.tally, never):
            if isinstance(member, Refused):
                yield member
            else:
                yield from take(member, run, None)
    elif not stat.S_ISREG(status.st_mode):
        yield place.refused(NotTaken("not-a-file", "It is a pipe, a device or a socket."))
    else:
        yield from take(file_member(resolved, place, status.st_size), run, None, named=True)
