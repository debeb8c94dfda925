"""What comes out of a user's input: pictures, what was refused and why, and how much was passed over."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an input may cost. Each is there for hostile or broken archives, and each can be raised.

    Attributes
    ----------
    max_member_bytes : int
        Largest picture, document or nested archive, unpacked. It is held in memory whole.
    max_total_bytes : int
        Most that one archive may unpack to, archives inside it included.
    max_ratio : float
        Most unpacked bytes for one packed byte, of a member and of an archive as a whole.
    max_members : int
        Most members of one archive, archives inside it included.
    max_nesting : int
        Archives inside archives: 0 reads none, 1 a zip inside a zip.
    max_pdf_pages : int
        Most pages of a document that are looked at.
    """

    max_member_bytes: int = 128 * MIB
    max_total_bytes: int = 256 * 1024 * MIB
    max_ratio: float = 250.0
    max_members: int = 500_000
    max_nesting: int = 3
    max_pdf_pages: int = 5_000

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if getattr(self, name) < (0 if name == "max_nesting" else 1):
                raise ValueError(f"{name} is {getattr(self, name)}, it must be positive")


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureFile:
    """A picture that may hold a figure, as an encoded file in memory.

    Attributes
    ----------
    name : str
        Unique among all that one call finds, printable: ``figs/a.png``, ``papers.zip!x/y.png``,
        ``paper.pdf#page=3&figure=1``.
    content : bytes
        An encoded picture (PNG, JPEG, WebP, TIFF, GIF or BMP by its look; whether it decodes is not known yet).
    sha256 : str
        Of ``content``, in hexadecimal.
    origin : str
        The file that the user named or that was found in a folder: the picture, or the outermost archive or document.
    relative : str
        Its place below the input the user named, as a plain relative path with ``/``: configuration patterns are
        matched against it. Every part is a safe file name. Two inputs may hold the same one.
    member : str
        Its name inside the archive(s), printable, ``!`` between nested ones; empty for a file of its own.
    page : int or None
        Page of the document, from 1.
    box_pt : (left, top, right, bottom) or None
        Its place on the page, in points from the upper left corner.
    """

    name: str
    content: bytes
    sha256: str
    origin: str
    relative: str
    member: str = ""
    page: int | None = None
    box_pt: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A figure as a listing shows it: found, not read.

    Attributes
    ----------
    name, origin, relative, page
        As in :class:`FigureFile`.
    bytes : int or None
        Size as the archive or folder declares it; None where only reading would tell.
    """

    name: str
    origin: str
    relative: str
    page: int | None = None
    bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A file, member, page or whole archive that was not taken, and why.

    Attributes
    ----------
    name, origin : str
        As in :class:`FigureFile`; ``name`` is that of the archive where all of it, or its rest, was refused.
    code : str
        Short and stable; see :data:`REFUSALS`.
    message : str
        One clear sentence.
    hint : str
        What to try, with the option that raises a limit; may be empty.
    """

    name: str
    origin: str
    code: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """How many files of an input were passed over because they hold no picture; once an input, at its end.

    Attributes
    ----------
    origin : str
        The input as the user named it.
    files : int
        Files and members of other types.
    pages : int
        Pages of documents without a figure.
    kinds : tuple of (suffix, count)
        The most frequent types among the files, most frequent first.
    """

    origin: str
    files: int
    pages: int = 0
    kinds: tuple[tuple[str, int], ...] = ()


Found = FigureFile | Refused | Ignored

REFUSALS: dict[str, str] = {
    "missing": "There is no such file or folder.",
    "unreadable": "It may not be opened, or reading it failed.",
    "not-a-file": "A pipe, a device or a socket.",
    "link": "A link: what it points to is not read through it.",
    "escapes": "Its name leads out of the archive.",
    "too-large": "It unpacks to more than a picture may have.",
    "too-much": "The archive as a whole unpacks to more than is allowed.",
    "bomb": "It unpacks to many times its packed size.",
    "too-many": "The archive has more members than is allowed.",
    "too-deep": "Archives are nested deeper than is allowed.",
    "too-many-pages": "The document has more pages than is allowed; the first ones were read.",
    "not-a-picture": "A file that was named is no picture, archive, document or list.",
    "encrypted": "It is protected by a password.",
    "unsupported": "It is packed by a method that cannot be unpacked here.",
    "damaged": "It is truncated or damaged.",
    "no-figure": "The document holds no figure.",
    "slow": "A page took too long.",
    "crashed": "The PDF library failed on a page.",
}
"""Every code of a :class:`Refused` and what it means."""
