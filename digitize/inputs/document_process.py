"""The process that opens PDF documents for :mod:`digitize.inputs.documents`: a hostile one takes down only this.

It reads requests on standard input and answers on standard output, each a line of JSON and, where that states a
``size``, as many bytes. It ends when its input does.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from typing import Any

import pypdfium2 as pdfium

from digitize.inputs.documents import Answer, send_message
from digitize.inputs.page_figures import find_regions, find_scan
from digitize.inputs.page_objects import PageText, page_frame, read_objects
from digitize.inputs.page_pictures import embedded_digest, encoded_region, is_large_enough
from digitize.inputs.page_scans import find_scanned_regions

MOST_ADDRESS_SPACE_BYTES = 3 << 29
"""Beyond that, allocations fail here before the machine runs out of memory."""

def main() -> None:
    """Answer requests until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that asks decides when to stop
    _bound_memory()
    requests = sys.stdin.buffer
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing that a library prints gets between the answers
    while line := requests.readline():
        request = json.loads(line)
        source: str | bytes = request["path"] if request["path"] is not None else requests.read(request["size"])
        for answer in answer_document(source, **request["options"]):
            send_message(answers, *answer)


def answer_document(source: str | bytes, *, listing: bool, first: int, last: int) -> Iterator[Answer]:
    """All figures of a document, page by page from ``first`` to ``last`` (from 1, included)."""
    try:
        document = pdfium.PdfDocument(source)
        count = len(document)
    except Exception as error:  # noqa: BLE001 - damaged bytes raise nearly every type
        yield _refused(*_why_not_opened(error)), b""
        yield {"kind": "end"}, b""
        return
    yield {"kind": "pages", "count": count}, b""
    for number in range(first, min(count, last) + 1):
        try:
            yield from _page(document, number, listing)
        except MemoryError:
            yield _refused("too-large", f"Page {number} needs more memory than is allowed."), b""
        except Exception:  # noqa: BLE001 - damaged bytes raise nearly every type
            yield _refused("damaged", f"Page {number} is damaged."), b""
        yield {"kind": "page", "page": number}, b""
    document.close()
    yield {"kind": "end"}, b""


def _page(document: pdfium.PdfDocument, number: int, listing: bool) -> Iterator[Answer]:
    page = document[number - 1]
    try:
        turns = page.get_rotation() // 90
        page.set_rotation(0)
        placed, forms = read_objects(page)
        _, _, width_pt, height_pt = page_frame(page)
        regions = find_regions(placed, forms, width_pt, height_pt, PageText(page).read)
        if not regions and (scan := find_scan(placed, width_pt, height_pt)) is not None:
            regions = find_scanned_regions(page, scan)
        for region in regions:
            if is_large_enough(page, region):
                content = b"" if listing else encoded_region(page, region, turns)
                box = _as_seen(region.box_pt, width_pt, height_pt, turns)
                yield {"kind": "figure", "page": number, "box": box, "picture": embedded_digest(page, region)}, content
    finally:
        page.close()


def _as_seen(
    box: tuple[float, float, float, float], width_pt: float, height_pt: float, turns: int
) -> tuple[float, ...]:
    """A box on the page after the page's own rotation, by quarter turns clockwise."""
    left, top, right, bottom = box
    for _ in range(turns):
        left, top, right, bottom = height_pt - bottom, left, height_pt - top, right
        width_pt, height_pt = height_pt, width_pt
    return tuple(round(side, 2) for side in (left, top, right, bottom))


def _why_not_opened(error: Exception) -> tuple[str, str, str]:
    code = getattr(error, "err_code", None)
    if code in (pdfium.raw.FPDF_ERR_PASSWORD, pdfium.raw.FPDF_ERR_SECURITY):
        return "encrypted", "It is protected by a password.", "Save a copy without password."
    if isinstance(error, MemoryError):
        return "too-large", "It needs more memory than is allowed.", ""
    return "damaged", "It is no PDF document, or is damaged.", "Download or save it again."


def _refused(code: str, message: str, hint: str = "") -> dict[str, Any]:
    return {"kind": "refused", "code": code, "message": message, "hint": hint}


def _bound_memory() -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESS_SPACE_BYTES, hard))


if __name__ == "__main__":
    main()
