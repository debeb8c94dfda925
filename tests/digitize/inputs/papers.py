"""PDF documents with figures at known places, made with PDFium and matplotlib."""

from __future__ import annotations

import ctypes
import io
import random
import zlib
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from matplotlib.figure import Figure
from PIL import Image

A4_PT = (595.0, 842.0)
WORDS = ("the", "of", "estimate", "under", "model", "each", "where", "sample", "variance", "we", "show", "that", "for")


def chart(title: str = "", size_inches: tuple[float, float] = (4.0, 3.0), seed: int = 0) -> Figure:
    """A line chart with labels on both axes and a legend."""
    figure = Figure(figsize=size_inches, layout="constrained")
    axes = figure.add_subplot()
    x = np.linspace(0, 10, 60)
    for number in range(2):
        axes.plot(x, np.sin(x + seed + number), label=f"series {number}")
    axes.set(xlabel="time (s)", ylabel="signal (V)", title=title)
    axes.legend(loc="upper right")
    return figure


def bars() -> Figure:
    """A chart of rectangles and straight lines only."""
    figure = Figure(figsize=(4.0, 3.0))
    axes = figure.add_subplot()
    axes.bar(range(6), [3, 5, 2, 7, 4, 1])
    axes.set(ylabel="count")
    return figure


def saved(figure: Figure, kind: str = "pdf") -> bytes:
    file = io.BytesIO()
    with mpl.rc_context({"pdf.fonttype": 42}):
        figure.savefig(file, format=kind, dpi=150)
    return file.getvalue()


class Paper:
    """A document in the making. Places are (left, top, width, height) in points, y down."""

    def __init__(self) -> None:
        self.pdf = pdfium.PdfDocument.new()
        self.font = pdfium_c.FPDFText_LoadStandardFont(self.pdf, b"Times-Roman")
        self.random = random.Random(5)
        self.pages: list[pdfium.PdfPage] = []

    def page(self, size_pt: tuple[float, float] = A4_PT) -> pdfium.PdfPage:
        self.pages.append(self.pdf.new_page(*size_pt))
        return self.pages[-1]

    def line(self, page: pdfium.PdfPage, left: float, top: float, text: str, height_pt: float = 10.0) -> None:
        raw = pdfium_c.FPDFPageObj_CreateTextObj(self.pdf, self.font, ctypes.c_float(height_pt))
        units = (text + "\0").encode("utf-16-le")
        pdfium_c.FPDFText_SetText(raw, ctypes.cast(ctypes.create_string_buffer(units), pdfium_c.FPDF_WIDESTRING))
        pdfium_c.FPDFPageObj_Transform(raw, 1, 0, 0, 1, left, page.get_height() - top)
        pdfium_c.FPDFPage_InsertObject(page, raw)

    def paragraph(self, page: pdfium.PdfPage, top: float, bottom: float, left: float = 72.0, words: int = 18) -> None:
        """Lines of text from ``top`` to ``bottom``."""
        at = top + 12.0
        while at <= bottom:
            self.line(page, left, at, " ".join(self.random.choices(WORDS, k=words)))
            at += 12.0

    def rule(self, page: pdfium.PdfPage, left: float, top: float, width: float, height: float = 0.0) -> None:
        raw = pdfium_c.FPDFPageObj_CreateNewPath(left, page.get_height() - top)
        pdfium_c.FPDFPath_LineTo(raw, left + width, page.get_height() - top - height)
        pdfium_c.FPDFPath_SetDrawMode(raw, pdfium_c.FPDF_FILLMODE_NONE, True)
        pdfium_c.FPDFPageObj_SetStrokeWidth(raw, 0.5)
        pdfium_c.FPDFPage_InsertObject(page, raw)

    def box(self, page: pdfium.PdfPage, left: float, top: float, width: float, height: float) -> None:
        raw = pdfium_c.FPDFPageObj_CreateNewRect(left, page.get_height() - top - height, width, height)
        pdfium_c.FPDFPageObj_SetFillColor(raw, 235, 235, 235, 255)
        pdfium_c.FPDFPath_SetDrawMode(raw, pdfium_c.FPDF_FILLMODE_WINDING, False)
        pdfium_c.FPDFPage_InsertObject(page, raw)

    def drawing(self, page: pdfium.PdfPage, figure: Figure, left: float, top: float, scale: float = 1.0) -> None:
        """A figure as a form of its own, as LaTeX includes it."""
        source = pdfium.PdfDocument(saved(figure))
        form = source.page_as_xobject(0, self.pdf).as_pageobject()
        height = source[0].get_height() * scale
        form.set_matrix(pdfium.PdfMatrix(scale, 0, 0, scale, left, page.get_height() - top - height))
        page.insert_obj(form)

    def picture(
        self, page: pdfium.PdfPage, picture: bytes, left: float, top: float, width: float, height: float
    ) -> None:
        """An embedded picture; a JPEG is kept as it is."""
        image = pdfium.PdfImage.new(self.pdf)
        if picture[:2] == b"\xff\xd8":
            image.load_jpeg(io.BytesIO(picture), inline=True)
        else:
            image.set_bitmap(pdfium.PdfBitmap.from_pil(Image.open(io.BytesIO(picture)).convert("RGB")))
        image.set_matrix(pdfium.PdfMatrix(width, 0, 0, height, left, page.get_height() - top - height))
        page.insert_obj(image)

    def save(self, path: Path) -> Path:
        for page in self.pages:
            page.gen_content()
            page.close()
        self.pdf.save(path)
        return path


def raw_document(path: Path, objects: list[bytes]) -> Path:
    """A document of these objects, the first of them its catalogue; well-formed, whatever they say."""
    content, places = b"%PDF-1.5\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj %b endobj\n" % (number, one)
    count = len(objects) + 1
    table = b"xref\n0 %d\n0000000000 65535 f \n" % count + b"".join(b"%010d 00000 n \n" % place for place in places)
    encrypt = b"/Encrypt 4 0 R/ID[<00><00>]" if b"/Standard" in objects[-1] else b""
    trailer = b"trailer<</Size %d/Root 1 0 R%b>>\nstartxref\n%d\n%%%%EOF" % (count, encrypt, len(content))
    path.write_bytes(content + table + trailer)
    return path


def packed_stream(entries: bytes, data: bytes, times: int = 1) -> bytes:
    """A stream object, deflated so many times over."""
    for _ in range(times):
        data = zlib.compress(data)
    filters = b"/FlateDecode" * times
    return b"<<%b/Filter[%b]/Length %d>>stream\n%b\nendstream" % (entries, filters, len(data), data)
