"""What a file is, from its first bytes; its name decides only where they do not."""

from __future__ import annotations

from enum import Enum, auto
from pathlib import PurePosixPath

HEAD_BYTES = 512


class Kind(Enum):
    """What can be done with a file."""

    PICTURE = auto()
    DOCUMENT = auto()
    ZIP = auto()
    TAR = auto()
    GZIP = auto()
    BZIP2 = auto()
    XZ = auto()
    ZSTD = auto()
    OTHER = auto()


PACKED = (Kind.GZIP, Kind.BZIP2, Kind.XZ, Kind.ZSTD)
"""One compressed stream: a tar archive or a single file."""
ARCHIVES = (Kind.ZIP, Kind.TAR, *PACKED)

_MAGIC = {
    b"\x89PNG\r\n\x1a\n": Kind.PICTURE,
    b"\xff\xd8\xff": Kind.PICTURE,
    b"II*\x00": Kind.PICTURE,
    b"MM\x00*": Kind.PICTURE,
    b"GIF87a": Kind.PICTURE,
    b"GIF89a": Kind.PICTURE,
    b"%PDF-": Kind.DOCUMENT,
    b"PK\x03\x04": Kind.ZIP,
    b"PK\x05\x06": Kind.ZIP,
    b"\x1f\x8b\x08": Kind.GZIP,
    b"BZh": Kind.BZIP2,
    b"\xfd7zXZ\x00": Kind.XZ,
    b"\x28\xb5\x2f\xfd": Kind.ZSTD,
}
_SUFFIXES = {
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".jpe", ".webp", ".tif", ".tiff", ".gif", ".bmp"), Kind.PICTURE),
    ".pdf": Kind.DOCUMENT,
    ".zip": Kind.ZIP,
    ".tar": Kind.TAR,
}
LIST_SUFFIXES = (".txt", ".lst")


def find_kind(name: str, head: bytes) -> Kind:
    """What the file holds.

    A file that is named like a picture but does not begin like one still counts as a picture, so that the reader can
    say what is wrong with it.

    Parameters
    ----------
    name : str
    head : bytes
        The first `HEAD_BYTES` bytes, or all.
    """
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Kind.PICTURE
    if head[:2] == b"BM" and head[6:10] == bytes(4) and len(head) > 26:
        return Kind.PICTURE
    if head[257:262] == b"ustar":
        return Kind.TAR
    if b"%PDF-" in head:  # some writers put a line or two before it, and every viewer lets them
        return Kind.DOCUMENT
    return kind_by_name(name)


def kind_by_name(name: str) -> Kind:
    """What the name promises."""
    return _SUFFIXES.get(suffix_of(name), Kind.OTHER)


def suffix_of(name: str) -> str:
    """``.png`` of ``figs/A.PNG``; empty for none."""
    return PurePosixPath(name.replace("\\", "/")).suffix.lower()
