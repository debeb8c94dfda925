"""Figures in PDF documents. A process of its own opens them: one that crashes or hangs it costs only its page."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

import digitize
from digitize.inputs.accounts import NotTaken

PAGE_SECONDS = 60.0
"""A page that takes longer is left."""
MOST_CRASHES = 5
"""A document that brings down more processes is left."""


Answer = tuple[dict[str, Any], bytes]
"""A message and the bytes that go with it."""


def send_message(stream: IO[bytes], message: dict[str, Any], content: bytes = b"") -> None:
    """Write a message: a line of JSON, and as many bytes as it says."""
    stream.write(json.dumps(message | {"size": len(content)}).encode() + b"\n" + content)
    stream.flush()


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFigure:
    """A figure on a page, both counted from 1; ``content`` is empty in a listing."""

    page: int
    number: int
    content: bytes
    box_pt: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class PagesWithout:
    """How many pages of a document held no figure."""

    count: int


@dataclass(slots=True)
class Documents:
    """Opens documents, one after the other, in a process that is started when the first one comes.

    Parameters
    ----------
    page_seconds : float
        Time limit for a page.
    """

    page_seconds: float = PAGE_SECONDS
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    timed_out: bool = field(default=False, init=False)

    def figures(
        self, source: Path | bytes, *, listing: bool, max_pages: int
    ) -> Iterator[PageFigure | PagesWithout | NotTaken]:
        """The figures of a document in the order of its pages, and what was refused of it.

        The same embedded picture on several pages comes once.
        """
        seen: set[str] = set()
        pages = figures = without = number = 0
        refused = False
        for message, content in self._conversation(source, listing, max_pages):
            kind = message["kind"]
            if kind == "pages":
                pages = message["count"]
            elif kind == "page":
                without += number == 0
                number = 0
            elif kind == "refused":
                refused = True
                number = number or -1
                yield NotTaken(message["code"], message["message"], message["hint"])
            elif kind == "figure":
                number = max(number, 0) + 1
                if (picture := message["picture"]) in seen:
                    continue
                if picture:
                    seen.add(picture)
                figures += 1
                yield PageFigure(page=message["page"], number=number, content=content, box_pt=tuple(message["box"]))
        if pages > max_pages:
            text = f"It has {pages:,} pages; the first {max_pages:,} were read."
            yield NotTaken("too-many-pages", text, "Raise the limit max_pdf_pages.")
        elif figures == 0 and not refused:
            yield NotTaken("no-figure", "No page of it holds a figure." if pages != 1 else "It holds no figure.")
        if without:
            yield PagesWithout(count=without)

    def close(self) -> None:
        """End the process."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()
            process.wait()

    def _conversation(self, source: Path | bytes, listing: bool, max_pages: int) -> Iterator[Answer]:
        """All answers about a document; where the process fails on a page, another one goes on behind it."""
        first, crashes = 1, 0
        while True:
            finished = False
            page = first
            opened = False
            try:
                self._ask(source, listing=listing, first=first, last=max_pages)
                while (answer := self._answer()) is not None:
                    kind = answer[0]["kind"]
                    if kind == "end":
                        finished = True
                        return
                    opened = opened or kind == "pages"
                    yield answer
                    if kind == "page":
                        page = answer[0]["page"] + 1
            finally:
                if not finished:  # failed, or nobody wants the rest: what it still has to say is about this document
                    self.close()
            crashes += 1
            what = f"Page {page}" if opened else "The document"
            if self.timed_out:
                reason = "slow", f"{what} took longer than {self.page_seconds:g} s."
            else:
                reason = "crashed", f"{what} made the PDF library fail."
            yield {"kind": "refused", "code": reason[0], "message": reason[1], "hint": ""}, b""
            if not opened or crashes >= MOST_CRASHES:
                return
            yield {"kind": "page", "page": page}, b""
            first = page + 1

    def _ask(self, source: Path | bytes, **options: Any) -> None:
        if self.process is None or self.process.poll() is not None:
            self.close()
            package = str(Path(digitize.__file__).parent.parent)
            path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
            self.process = subprocess.Popen(
                [sys.executable, "-m", "digitize.inputs.document_process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            )
        content = b"" if isinstance(source, Path) else source
        message = {"path": str(source) if isinstance(source, Path) else None, "options": options}
        try:
            send_message(cast(IO[bytes], self.process.stdin), message, content)
        except OSError:  # it died; there will be no answer
            return

    def _answer(self) -> Answer | None:
        """The next answer; None when the process failed or took too long."""
        process = cast("subprocess.Popen[bytes]", self.process)
        stream = cast(IO[bytes], process.stdout)
        self.timed_out = False
        watch = threading.Timer(self.page_seconds, self._stop)
        watch.daemon = True
        watch.start()
        try:
            line = stream.readline()
            message: dict[str, Any] = json.loads(line) if line.endswith(b"\n") else {}
            content = stream.read(message["size"]) if message else b""
            return (message, content) if message and len(content) == message["size"] else None
        finally:
            watch.cancel()

    def _stop(self) -> None:
        self.timed_out = True
        if self.process is not None:
            self.process.kill()
