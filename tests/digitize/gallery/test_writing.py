"""The files of a gallery: complete or not there, escaped, in folders of bounded size."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from digitize.errors import OutputFailed
from digitize.gallery import GalleryEntry, GalleryFinding, write_gallery

WEBP = b"RIFF\x00\x00\x00\x00WEBPVP8 "
JPEG = b"\xff\xd8\xff\xe0"


def rows(folder: Path) -> list[list[object]]:
    found: list[list[object]] = []
    for path in sorted((folder / "data").iterdir()):
        found += json.loads(path.read_text().removeprefix("galleryChunk(").rstrip().removesuffix(");"))
    return found


def test_entries_are_kept_in_order_with_all_that_they_say(tmp_path: Path) -> None:
    entry = GalleryEntry(
        name="a.png",
        status="part",
        findings=(GalleryFinding(code="sparse", severity="info", message="Gaps."),),
        series=3,
        thumbnail=WEBP,
        links=(("reading", "../json/a b.json"),),
        origin="papers.pdf",
        page=7,
        note="A note.",
    )
    page = write_gallery([entry, GalleryEntry(name="b.png", status="read")], tmp_path / "out", title="T")
    assert page == tmp_path / "out" / "index.html"
    first, second = rows(tmp_path / "out")
    assert first == [
        "a.png",
        1,
        3,
        [["sparse", "info", "Gaps."]],
        "thumbnails/00000/000.webp",
        [["reading", "../json/a%20b.json"]],
        "papers.pdf",
        7,
        "A note.",
    ]
    assert second[4] == ""
    assert (tmp_path / "out" / "thumbnails" / "00000" / "000.webp").read_bytes() == WEBP


def test_folders_stay_small(tmp_path: Path) -> None:
    entries = (GalleryEntry(name=str(number), status="read", thumbnail=JPEG) for number in range(2500))
    write_gallery(entries, tmp_path / "out", title="T")
    sizes = [len(list(folder.iterdir())) for folder in sorted((tmp_path / "out" / "thumbnails").iterdir())]
    assert sizes == [1000, 1000, 500]
    assert [row[0] for row in rows(tmp_path / "out")] == [str(number) for number in range(2500)]


def test_memory_does_not_grow_with_the_entries(tmp_path: Path) -> None:
    def many(count: int) -> Iterator[GalleryEntry]:
        for number in range(count):
            yield GalleryEntry(name=f"{number}.png", status="read", origin="x" * 2000)

    peaks = []
    for count in (2000, 8000):
        tracemalloc.start()
        write_gallery(many(count), tmp_path / "out", title="T")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]


def test_nothing_from_outside_becomes_markup(tmp_path: Path) -> None:
    hostile = "</script><script>alert(1)</script>\u2028\udc80"
    entry = GalleryEntry(name=hostile, status="read", links=((hostile, "javascript:alert(1)"),), note=hostile)
    page = write_gallery([entry], tmp_path / "out", title=hostile).read_text()
    assert "<script>alert" not in page
    (data,) = (tmp_path / "out" / "data").iterdir()
    assert data.read_bytes().isascii()
    assert data.read_text().count("\n") == 1
    assert "javascript:" not in data.read_text()


def test_an_earlier_gallery_is_replaced_and_nothing_else_is(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    write_gallery([GalleryEntry(name="a", status="read", thumbnail=JPEG)], folder, title="T")
    write_gallery([GalleryEntry(name="b", status="read")], folder, title="T")
    assert [row[0] for row in rows(folder)] == ["b"]
    assert not (folder / "thumbnails").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]

    other = tmp_path / "other"
    other.mkdir()
    (other / "index.html").write_text("<title>mine</title>")
    (tmp_path / "file").write_text("")
    for taken in (other, tmp_path / "file"):
        with pytest.raises(OutputFailed, match=r"not a folder|something else"):
            write_gallery([], taken, title="T")
    assert (other / "index.html").read_text() == "<title>mine</title>"


def test_a_failure_on_the_way_leaves_the_earlier_gallery(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    write_gallery([GalleryEntry(name="a", status="read")], folder, title="T")

    def failing() -> Iterator[GalleryEntry]:
        yield GalleryEntry(name="b", status="read")
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputFailed, match="No space left on device"):
        write_gallery(failing(), folder, title="T")
    assert [row[0] for row in rows(folder)] == ["a"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_empty_gallery_is_a_page_all_the_same(tmp_path: Path) -> None:
    page = write_gallery([], tmp_path / "deep" / "out", title="T").read_text()
    assert '{"entries": 0, "chunks": 0}' in page
