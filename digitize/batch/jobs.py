"""What goes to a worker and what comes back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from digitize.batch.settings import ReadingSettings

Status = Literal["read", "part", "refused", "failed"]
STATUSES: tuple[Status, ...] = ("read", "part", "refused", "failed")
"""Read whole; read in part (something in the figure was refused); nothing read, with a reason; no answer."""
Kept = Literal["json", "overlay", "thumbnail"]

DEFAULT_READER = "digitize.batch.reading:read_job"
FIGURE_DIGITS = 16

FAILURES: dict[str, str] = {
    "crashed": "The worker crashed on it, twice.",
    "time-limit": "It took longer than the time limit, twice.",
    "memory-limit": "The worker took more than the memory limit, twice.",
    "killed": "Something else ended the worker, twice; tried again when the command is run again.",
    "unexpected": "An error nobody foresaw: a defect in digitize.",
}
"""Why a figure is ``failed``."""

UNREAD: dict[str, str] = {
    "not-an-image": "The file is no picture that can be decoded, or is damaged.",
    "image-too-large": "More pixels than the limit.",
    "image-too-small": "Too few pixels to hold a chart.",
    "no-series": "Axes were read, but no series.",
}
"""Why a figure is ``refused``, beside the findings that say so."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Job:
    """One picture to be read.

    Attributes
    ----------
    figure : str
        Identity of the reading: of the picture's bytes and the settings.
    name : str
        As the user knows the picture.
    content : bytes
        The encoded picture.
    page : int
        Of the document it came from, from 0.
    wanted : tuple
        What is made beside the tables.
    reader : str
        ``module:function`` that turns a job into an :class:`Outcome`, called in the worker.
    """

    figure: str
    name: str
    content: bytes
    settings: ReadingSettings = field(default_factory=ReadingSettings)
    page: int = 0
    wanted: tuple[Kept, ...] = ()
    reader: str = DEFAULT_READER


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What a figure may take of a worker."""

    seconds: float
    memory_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """What became of a job.

    Attributes
    ----------
    code, reason, hint : str
        Why it was refused or failed: a stable word, a sentence, what to try.
    ended : bool
        Whether the worker was lost with the job, which is then worth a second try.
    tables : mapping
        Rows of the data set by table, as Arrow IPC streams.
    findings : tuple of (code, severity, message)
        For the gallery; the table of findings has more of them.
    files : mapping
        What was wanted beside the tables.
    cpu_s : float
        Processor time in the worker.
    """

    figure: str
    status: Status
    code: str = ""
    reason: str = ""
    hint: str = ""
    ended: bool = False
    version: str = ""
    width_px: int = 0
    height_px: int = 0
    panels: int = 0
    series: int = 0
    points: int = 0
    findings: tuple[tuple[str, str, str], ...] = ()
    tables: Mapping[str, bytes] = field(default_factory=dict)
    files: Mapping[Kept, bytes] = field(default_factory=dict)
    cpu_s: float = 0.0


def figure_id(sha256: str, digest: str) -> str:
    """Identity of a reading: of the picture's content and the settings it is read with."""
    return hashlib.sha256(f"{sha256}:{digest}".encode()).hexdigest()[:FIGURE_DIGITS]
