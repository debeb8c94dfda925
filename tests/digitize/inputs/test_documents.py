"""Figures in PDF documents: where they are, how they come out, and what happens with broken documents."""

from __future__ import annotations

import io
import os
import random
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2 as pdfium
import pytest
from matplotlib.backends.backend_pdf import PdfPages
from PIL import Image

from digitize.inputs import FigureFile, Ignored, Limits, Listed, Refused, documents, find_figures, list_figures
from digitize.inputs.documents import Documents, PageFigure, PagesWithout

from .conftest import png
from .papers import A4_PT, Paper, bars, chart, packed_stream, raw_document, saved


def figures_in(path: Path, **limits: int) -> list[FigureFile]:
    return [one for one in find_figures([path], limits=Limits(**limits)) if isinstance(one, FigureFile)]


def pixels(content: bytes) -> np.ndarray[Any, Any]:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def assert_covers(box: tuple[float, ...] | None, want: tuple[float, float, float, float], slack_pt: float) -> None:
    """The box holds all of the wanted place, and little more."""
    assert box is not None
    for side, wanted, outward in zip(box, want, (-1, -1, 1, 1), strict=True):
        assert -2.0 <= outward * (side - wanted) <= slack_pt, (box, want)


def test_a_drawing_of_matplotlib_comes_out_whole(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(saved(chart("A title")))
    (found,) = figures_in(tmp_path / "a.pdf")
    assert found.name == f"{tmp_path / 'a.pdf'}#page=1&figure=1"
    assert found.relative == "a.pdf/page-1-figure-1.png"
    assert found.page == 1
    assert found.box_pt is not None
    assert found.box_pt[2] - found.box_pt[0] > 0.85 * 4 * 72
    assert found.box_pt[3] - found.box_pt[1] > 0.85 * 3 * 72
    height, width, _ = pixels(found.content).shape
    assert 150 <= width / (found.box_pt[2] - found.box_pt[0]) * 72 <= 301
    assert abs(height / width - (found.box_pt[3] - found.box_pt[1]) / (found.box_pt[2] - found.box_pt[0])) < 0.02


def test_a_drawing_is_found_between_text_and_caption(tmp_path: Path) -> None:
    paper = Paper()
    page = paper.page()
    paper.paragraph(page, 60, 300)
    paper.drawing(page, chart(), 150, 310)
    paper.line(page, 180, 310 + 216 + 14, "Figure 1: The signal.")
    paper.paragraph(page, 560, 780)
    (found,) = figures_in(paper.save(tmp_path / "a.pdf"))
    assert_covers(found.box_pt, (154, 314, 434, 522), 8)


def test_a_drawing_without_a_form_gets_its_labels_and_not_its_caption(tmp_path: Path) -> None:
    """The page itself holds the lines, as TikZ and R write them into a page."""
    paper = Paper()
    page = paper.page()
    paper.paragraph(page, 60, 280)
    left, top, width, height = 180.0, 320.0, 240.0, 160.0
    for x0, y0, wide, high in [(0, 0, width, 0), (0, height, width, 0), (0, 0, 0, height), (width, 0, 0, height)]:
        paper.rule(page, left + x0, top + y0, wide, high)
    paper.rule(page, left, top, width, height)
    for tick in range(5):
        paper.line(page, left + tick * 55, top + height + 14, f"{tick * 10}", 8)
        paper.line(page, left - 12, top + 6 + tick * 38, f"{8 - tick * 2}", 8)
    paper.line(page, left + 100, top + height + 34, "time (s)")
    paper.line(page, left - 10, top + height + 62, "Figure 1: What came of it.")
    paper.paragraph(page, top + height + 70, 780)
    (found,) = figures_in(paper.save(tmp_path / "a.pdf"))
    assert_covers(found.box_pt, (168, 320, 420, 516), 8)


def test_two_columns_do_not_mix(tmp_path: Path) -> None:
    paper = Paper()
    page = paper.page()
    paper.paragraph(page, 60, 780, left=50, words=8)
    paper.paragraph(page, 60, 380, left=310, words=8)
    paper.drawing(page, chart(), 310, 400, scale=0.8)
    paper.paragraph(page, 600, 780, left=310, words=8)
    (found,) = figures_in(paper.save(tmp_path / "a.pdf"))
    assert found.box_pt is not None
    assert found.box_pt[0] > 305
    assert found.box_pt[1] > 395
    assert found.box_pt[3] < 590


def test_several_figures_on_a_page_come_apart_from_top_to_bottom(tmp_path: Path) -> None:
    paper = Paper()
    page = paper.page()
    paper.drawing(page, chart(seed=1), 100, 60)
    paper.line(page, 120, 292, "Figure 1: One.")
    paper.drawing(page, bars(), 100, 330)
    paper.line(page, 120, 562, "Figure 2: Two.")
    paper.picture(page, saved(chart(seed=2), "png"), 100, 590, 240, 180)
    found = figures_in(paper.save(tmp_path / "a.pdf"))
    assert [one.name.partition("#")[2] for one in found] == [f"page=1&figure={number}" for number in (1, 2, 3)]
    tops = [one.box_pt[1] for one in found if one.box_pt is not None]
    assert tops == sorted(tops)


def test_an_embedded_picture_comes_out_pixel_by_pixel(tmp_path: Path) -> None:
    lossless = saved(chart(), "png")
    jpeg = io.BytesIO()
    Image.open(io.BytesIO(lossless)).convert("RGB").save(jpeg, "JPEG")
    paper = Paper()
    for picture in (lossless, jpeg.getvalue()):
        page = paper.page()
        paper.paragraph(page, 60, 300)
        paper.picture(page, picture, 150, 320, 288, 216)
    first, second = figures_in(paper.save(tmp_path / "a.pdf"))
    assert np.array_equal(pixels(first.content), pixels(lossless))
    assert second.content == jpeg.getvalue()
    assert_covers(first.box_pt, (150, 320, 438, 536), 1)


def test_the_same_picture_on_every_page_comes_once_and_icons_not_at_all(tmp_path: Path) -> None:
    paper = Paper()
    picture, icon = saved(chart(), "png"), png()
    for _ in range(3):
        page = paper.page()
        paper.picture(page, picture, 150, 320, 288, 216)
        paper.picture(page, icon, 40, 40, 30, 30)
        paper.paragraph(page, 600, 700)
    (found,) = figures_in(paper.save(tmp_path / "a.pdf"))
    assert found.page == 1
    assert [one.name for one in list_figures([tmp_path]) if isinstance(one, Listed)] == [found.name]


def test_writing_over_a_picture_is_drawn_with_it(tmp_path: Path) -> None:
    paper = Paper()
    page = paper.page()
    paper.picture(page, saved(chart(), "png"), 150, 320, 288, 216)
    paper.line(page, 250, 420, "a note in the axes", 14)
    (found,) = figures_in(paper.save(tmp_path / "a.pdf"))
    assert not np.array_equal(pixels(found.content), pixels(saved(chart(), "png")))


def test_text_tables_and_boxes_are_no_figures(tmp_path: Path) -> None:
    paper = Paper()
    page = paper.page()
    paper.paragraph(page, 60, 780)
    page = paper.page()
    for row in range(8):
        paper.rule(page, 100, 100 + 16 * row, 300)
        paper.line(page, 110, 112 + 16 * row, "alpha    12.3    beta   45.6   gamma")
    page = paper.page()
    paper.box(page, 70, 95, 460, 120)
    paper.paragraph(page, 100, 210)
    path = paper.save(tmp_path / "a.pdf")
    refused, ignored = find_figures([path])
    assert isinstance(refused, Refused)
    assert refused.code == "no-figure"
    assert ignored == Ignored(origin=str(path), files=0, pages=3)


def test_a_scanned_page_gives_its_figure_and_a_scanned_text_none(tmp_path: Path) -> None:
    drawn = Paper()
    for with_figure in (True, False):
        page = drawn.page()
        paper_bottom = 300 if with_figure else 780
        drawn.paragraph(page, 60, paper_bottom)
        if with_figure:
            drawn.drawing(page, chart(), 150, 330)
            drawn.paragraph(page, 600, 780)
    source = pdfium.PdfDocument(drawn.save(tmp_path / "drawn.pdf"))
    scanned = Paper()
    for page in source:
        file = io.BytesIO()
        page.render(scale=200 / 72).to_pil().convert("L").save(file, "JPEG", quality=80)
        scanned.picture(scanned.page(), file.getvalue(), 0, 0, *A4_PT)
    (found,) = figures_in(scanned.save(tmp_path / "a.pdf"))
    assert found.page == 1
    assert_covers(found.box_pt, (154, 334, 434, 542), 45)
    assert found.box_pt is not None
    assert abs(pixels(found.content).shape[1] - (found.box_pt[2] - found.box_pt[0]) / 72 * 200) < 3


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_page_shows_its_figure_upright(tmp_path: Path, turns: int) -> None:
    """The page is stored turned one way and shown turned back."""
    path = tmp_path / "a.pdf"
    path.write_bytes(saved(chart()))
    (upright,) = figures_in(path)
    document = pdfium.PdfDocument(path)
    document[0].set_rotation(90 * turns)
    document.save(tmp_path / "turned.pdf")
    (found,) = figures_in(tmp_path / "turned.pdf")
    assert np.array_equal(pixels(found.content), np.rot90(pixels(upright.content), -turns))
    assert found.box_pt is not None
    height, width, _ = pixels(found.content).shape
    assert (height > width) == (found.box_pt[3] - found.box_pt[1] > found.box_pt[2] - found.box_pt[0])


def test_a_document_in_an_archive_is_read_there(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("x/paper.pdf", saved(chart()))
    (found,) = figures_in(tmp_path / "a.zip")
    assert found.name == f"{tmp_path / 'a.zip'}!x/paper.pdf#page=1&figure=1"
    assert found.relative == "a.zip/x/paper.pdf/page-1-figure-1.png"
    assert found.member == "x/paper.pdf"


def test_a_listing_names_the_figures_that_are_found(tmp_path: Path) -> None:
    paper = Paper()
    paper.drawing(paper.page(), chart(), 100, 60)
    paper.paragraph(paper.page(), 60, 780)
    path = paper.save(tmp_path / "a.pdf")
    listed = list(list_figures([path]))
    assert [one.name for one in listed if isinstance(one, Listed)] == [one.name for one in figures_in(path)]
    assert listed[-1] == Ignored(origin=str(path), files=0, pages=1)


def test_pages_beyond_the_limit_are_named(tmp_path: Path) -> None:
    paper = Paper()
    for seed in range(4):
        paper.drawing(paper.page(), chart(seed=seed), 100, 60)
    found = list(find_figures([paper.save(tmp_path / "a.pdf")], limits=Limits(max_pdf_pages=2)))
    assert [one.page for one in found[:2] if isinstance(one, FigureFile)] == [1, 2]
    assert isinstance(found[2], Refused)
    assert (found[2].code, found[2].message) == ("too-many-pages", "It has 4 pages; the first 2 were read.")


def test_a_locked_document_is_refused_in_one_sentence(tmp_path: Path) -> None:
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>",
        b"<</Filter/Standard/V 1/R 2/P -4/O<" + b"41" * 32 + b">/U<" + b"42" * 32 + b">>>",
    ]
    raw_document(tmp_path / "a.pdf", objects)
    (refused,) = find_figures([tmp_path / "a.pdf"])
    assert isinstance(refused, Refused)
    assert (refused.code, refused.message) == ("encrypted", "It is protected by a password.")


def test_broken_documents_end_in_a_refusal_and_the_next_is_read(tmp_path: Path) -> None:
    whole = saved(chart())
    noise = random.Random(2)
    for number in range(12):
        broken = bytearray(whole)
        for _ in range(60):
            broken[noise.randrange(len(broken))] = noise.randrange(256)
        (tmp_path / f"{number:02d}.pdf").write_bytes(broken[: len(broken) * (12 - number % 6) // 12])
    (tmp_path / "empty.pdf").write_bytes(b"")
    (tmp_path / "zz.pdf").write_bytes(whole)
    found = [one for one in find_figures([tmp_path]) if not isinstance(one, Ignored)]
    assert {Path(one.origin).name for one in found} == {path.name for path in tmp_path.iterdir()}
    assert all(one.code in ("damaged", "no-figure") for one in found if isinstance(one, Refused))
    assert isinstance(found[-1], FigureFile)


CATALOGUE = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>"]
LINES = b"100 100 m 300 300 l 320 200 l 340 380 l 360 100 l S"


def page_object(size_pt: int = 800) -> bytes:
    """A page whose contents are object 4, and which knows object 5 as a picture or form."""
    box = b"[0 0 %d %d]" % (size_pt, size_pt)
    return b"<</Type/Page/Parent 2 0 R/MediaBox %b/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>" % box


def test_documents_that_ask_for_too_much_are_bounded(tmp_path: Path, search_measured: Callable[..., Any]) -> None:
    picture = b"/Subtype/Image/Width 60000/Height 60000/BitsPerComponent 8/ColorSpace/DeviceRGB"
    place_it = packed_stream(b"", b"q 400 0 0 400 100 100 cm /X Do Q")
    for name, objects in {
        "a page of 300 m": [page_object(1_000_000), packed_stream(b"", LINES)],
        "a picture of 3.6 gigapixels": [page_object(), place_it, packed_stream(picture, bytes(1_000_000))],
        "a gigabyte of contents": [page_object(), packed_stream(b"", bytes(1 << 30), times=2)],
        "good": [page_object(), packed_stream(b"", LINES)],
    }.items():
        raw_document(tmp_path / f"{name}.pdf", CATALOGUE + objects)
    result = search_measured(tmp_path)
    assert result["figures"] >= 1
    assert set(result["refused"]) <= {"crashed", "too-large", "damaged", "no-figure"}
    assert sum(result["peaks"]) < 2 << 30


STUBBORN = """
import json, os, sys, time
for line in sys.stdin.buffer:
    options = json.loads(line)["options"]
    def send(**message):
        print(json.dumps(message | dict(size=0)), flush=True)
    send(kind="pages", count=5)
    for page in range(options["first"], 6):
        if page == 2:
            os.abort()
        if page == 4:
            time.sleep(60)
        send(kind="figure", page=page, box=[0, 0, 1, 1], picture="")
        send(kind="page", page=page)
    send(kind="end")
"""


def test_a_page_that_crashes_or_hangs_costs_only_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "stubborn.py"
    script.write_text(STUBBORN)
    real = documents.subprocess.Popen  # type: ignore[attr-defined]

    def stubborn(command: list[str], **options: Any) -> Any:
        return real([sys.executable, str(script)], **options)

    monkeypatch.setattr(documents.subprocess, "Popen", stubborn)  # type: ignore[attr-defined]
    reader = Documents(page_seconds=2.0)
    found = list(reader.figures(tmp_path / "any.pdf", listing=True, max_pages=10))
    reader.close()
    said = [
        one.page if isinstance(one, PageFigure) else one.count if isinstance(one, PagesWithout) else one.message
        for one in found
    ]
    assert said == [1, "Page 2 made the PDF library fail.", 3, "Page 4 took longer than 2 s.", 5]


def test_a_search_that_is_left_leaves_no_process(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(saved(chart()))
    search = find_figures([tmp_path])
    next(search)
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    before = children.read_text() if children.exists() else "?"
    search.close()  # type: ignore[attr-defined]
    assert before != ""
    assert not children.exists() or len(children.read_text().split()) == len(before.split()) - 1


def test_five_hundred_pages(tmp_path: Path, search_measured: Callable[..., dict[str, Any]]) -> None:
    paper = Paper()
    paper.paragraph(paper.page(), 60, 780)
    page = paper.page()
    paper.paragraph(page, 60, 400)
    paper.drawing(page, chart(), 150, 420)
    source = pdfium.PdfDocument(paper.save(tmp_path / "source.pdf"))
    document = pdfium.PdfDocument.new()
    for _ in range(10):
        document.import_pages(source, [0] * 49 + [1])
    document.save(tmp_path / "a.pdf")
    result = search_measured(tmp_path / "a.pdf")
    assert result["figures"] == 10
    assert result["refused"] == {}
    assert max(result["peaks"]) < 512 << 20


def test_pages_of_matplotlib_each_hold_their_figure(tmp_path: Path) -> None:
    with PdfPages(tmp_path / "a.pdf") as document:
        for seed in range(3):
            document.savefig(chart(seed=seed))
    assert [one.page for one in figures_in(tmp_path / "a.pdf")] == [1, 2, 3]
    assert A4_PT[0] < A4_PT[1]
