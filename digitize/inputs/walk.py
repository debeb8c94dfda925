"""From what the user names to a stream of pictures: each input is opened by what it holds, not by its name."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from digitize.inputs.found import FigureFile, Found, Ignored, Limits, Listed, Refused

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
    for one in inputs:  # stub: plain pictures only, until the rooms below are built
        path = Path(one)
        if not path.is_file():
            yield Refused(name=str(one), origin=str(one), code="missing", message=f"{one} does not exist.")
            continue
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        yield FigureFile(name=str(path), content=content, sha256=digest, origin=str(path), relative=path.name)


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
    for found in find_figures(inputs, include=include, exclude=exclude, limits=limits, without=without):
        if isinstance(found, FigureFile):
            yield Listed(name=found.name, origin=found.origin, relative=found.relative, bytes=len(found.content))
        else:
            yield found
