"""Folders, lists and well-made archives: every picture comes once, in order, under a name of its own."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import os
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from digitize.inputs import FigureFile, Ignored, Limits, Listed, Refused, find_figures, list_figures

from .conftest import png


def names(*inputs: str | Path, **options: object) -> list[str]:
    return [one.name for one in find_figures(inputs, **options) if isinstance(one, FigureFile)]  # type: ignore[arg-type]


def refusals(*inputs: str | Path, **options: object) -> list[tuple[str, str]]:
    found = find_figures(inputs, **options)  # type: ignore[arg-type]
    return [(one.name, one.code) for one in found if isinstance(one, Refused)]


def zipped(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def tarred(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for shade, name in enumerate(["b.png", "a.PNG", "deep/c.jpg", "deep/er/d.webp", "deep/notes.txt", "plain"]):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"not a picture" if name.endswith(".txt") else png(shade))
    return tmp_path


def test_a_folder_is_read_in_order_with_paths_below_it(folder: Path) -> None:
    found = [one for one in find_figures([folder]) if isinstance(one, FigureFile)]
    assert [one.relative for one in found] == ["a.PNG", "b.png", "plain", "deep/c.jpg", "deep/er/d.webp"]
    assert [one.origin for one in found] == [str(folder / one.relative) for one in found]
    assert found[1].content == png(0)
    assert found[1].sha256 == hashlib.sha256(png(0)).hexdigest()


def test_other_files_are_counted_by_kind(folder: Path) -> None:
    assert [one for one in find_figures([folder]) if not isinstance(one, FigureFile)] == [
        Ignored(origin=str(folder), files=1, kinds=((".txt", 1),))
    ]


@pytest.mark.parametrize(
    ("include", "exclude", "want"),
    [
        (["*.png"], [], ["a.PNG", "b.png"]),
        (["deep/*"], [], ["c.jpg", "d.webp"]),
        ([], ["deep"], ["a.PNG", "b.png", "plain"]),
        ([], ["deep/er/"], ["a.PNG", "b.png", "plain", "c.jpg"]),
        (["*.jpg", "./b.*"], ["c.*"], ["b.png"]),
    ],
)
def test_patterns_choose(folder: Path, include: list[str], exclude: list[str], want: list[str]) -> None:
    assert [Path(name).name for name in names(folder, include=include, exclude=exclude)] == want


def test_the_folder_that_is_written_to_is_not_read(folder: Path) -> None:
    assert len(names(folder, without=[folder / "deep"])) == 3


def test_hidden_folders_and_what_a_macintosh_adds_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "a.png").write_bytes(png())
    (tmp_path / "._a.png").write_bytes(b"attributes")
    (tmp_path / "a.zip").write_bytes(zipped({"a.png": png(), "__MACOSX/._a.png": b"attributes"}))
    assert names(tmp_path) == [f"{tmp_path / 'a.zip'}!a.png"]


def test_links_are_named_and_never_followed_out(tmp_path: Path) -> None:
    inside, outside = tmp_path / "figs", tmp_path / "private"
    inside.mkdir()
    outside.mkdir()
    (outside / "secret.png").write_bytes(png())
    (inside / "a.png").write_bytes(png())
    for name, target in [
        ("out.png", outside / "secret.png"),
        ("out", outside),
        ("in.png", inside / "a.png"),
        ("circle", inside),
        ("nowhere.png", tmp_path / "none"),
        ("self", inside / "self"),
    ]:
        (inside / name).symlink_to(target)
    assert names(inside) == [str(inside / "a.png")]
    assert {Path(name).name for name, code in refusals(inside) if code == "link"} == {
        "out",
        "out.png",
        "nowhere.png",
        "self",
    }


def test_pipes_are_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    assert refusals(tmp_path) == [(str(tmp_path / "pipe.png"), "not-a-file")]
    assert refusals(tmp_path / "pipe.png") == [(str(tmp_path / "pipe.png"), "not-a-file")]


def test_very_deep_folders_are_walked(tmp_path: Path) -> None:
    deepest = tmp_path / "/".join(["d"] * 400)
    deepest.mkdir(parents=True)
    (deepest / "a.png").write_bytes(png())
    (found,) = (one for one in find_figures([tmp_path]) if isinstance(one, FigureFile))
    assert len(found.relative) < 200
    assert len(found.name) <= 300


def test_what_is_missing_or_no_picture_is_refused_when_it_was_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n")
    assert [code for _, code in refusals(tmp_path / "none.png", tmp_path / "a.csv")] == ["missing", "not-a-picture"]


def test_lists_name_files_beside_them_or_in_the_current_folder(folder: Path) -> None:
    lists = folder / "lists"
    lists.mkdir()
    (lists / "beside.png").write_bytes(png(7))
    (lists / "one.txt").write_bytes(b"\xef\xbb\xbfb.png\r\n# comment\n\nbeside.png\nnone.png\n")
    assert names(lists / "one.txt") == ["b.png", str(lists / "beside.png")]
    assert refusals(lists / "one.txt") == [("none.png", "missing")]
    (folder / "listed").write_bytes(b"b.png\0a.PNG\0")
    assert names("@listed") == ["b.png", "a.PNG"]
    assert refusals("@missing") == [("missing", "missing")]


def test_a_list_on_standard_input(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"b.png\ndeep\n")))
    assert names("-") == ["b.png", "deep/c.jpg", "deep/er/d.webp"]


MEMBERS = {"b.png": png(1), "x/a.png": png(2), "x/notes.md": b"text", "x/plain": png(3)}


@pytest.mark.parametrize(
    ("suffix", "packed"),
    [
        ("zip", zipped),
        ("tar", tarred),
        ("tar.gz", lambda members: gzip.compress(tarred(members))),
        ("tgz", lambda members: gzip.compress(tarred(members))),
        ("tar.bz2", lambda members: bz2.compress(tarred(members))),
        ("tar.xz", lambda members: lzma.compress(tarred(members))),
        ("tar.zst", lambda members: zstandard.compress(tarred(members))),
        ("no suffix", lambda members: zstandard.compress(tarred(members))),
    ],
)
def test_every_archive_gives_the_same(
    tmp_path: Path, suffix: str, packed: Callable[[dict[str, bytes]], bytes]
) -> None:
    path = tmp_path / f"figs.{suffix}"
    path.write_bytes(packed(MEMBERS))
    found = list(find_figures([path]))
    figures = [one for one in found if isinstance(one, FigureFile)]
    assert [one.member for one in figures] == ["b.png", "x/a.png", "x/plain"]
    assert [one.content for one in figures] == [png(1), png(2), png(3)]
    assert [one.name for one in figures] == [f"{path}!{one.member}" for one in figures]
    assert [one.relative for one in figures] == [f"figs.{suffix}/{one.member}" for one in figures]
    assert found[3:] == [Ignored(origin=str(path), files=1, kinds=((".md", 1),))]
    assert names(path, include=["*.png"], exclude=["x/*", "*/x/*"]) == [f"{path}!b.png"]
    listed = [one for one in list_figures([path]) if isinstance(one, Listed)]
    assert [one.name for one in listed] == [one.name for one in figures]


def test_a_single_compressed_picture(tmp_path: Path) -> None:
    (tmp_path / "a.png.gz").write_bytes(gzip.compress(png()))
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(b"1,2\n"))
    assert names(tmp_path) == [f"{tmp_path / 'a.png.gz'}!a.png"]


def test_streams_that_follow_one_another_are_one(tmp_path: Path) -> None:
    whole = tarred(MEMBERS)
    half = len(whole) // 2
    for suffix, compress in [("gz", gzip.compress), ("xz", lzma.compress), ("zst", zstandard.compress)]:
        path = tmp_path / f"a.tar.{suffix}"
        path.write_bytes(compress(whole[:half]) + compress(whole[half:]))
        assert len(names(path)) == 3, suffix


def test_nested_archives_are_entered_to_a_depth(tmp_path: Path) -> None:
    content = zipped({"a.png": png()})
    for _ in range(4):
        content = zipped({"in.zip": content, "b.png": png(1)})
    path = tmp_path / "nest.zip"
    path.write_bytes(content)
    assert len(names(path)) == 4
    assert refusals(path) == [(f"{path}!in.zip!in.zip!in.zip!in.zip", "too-deep")]
    assert f"{path}!in.zip!in.zip!in.zip!in.zip!a.png" in names(path, limits=Limits(max_nesting=4))
    assert names(path, limits=Limits(max_nesting=0)) == [f"{path}!b.png"]


def test_tar_in_zip_and_zip_in_tar(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({"in.tar.gz": gzip.compress(tarred(MEMBERS))}))
    (tmp_path / "b.tar.xz").write_bytes(lzma.compress(tarred({"in.zip": zipped(MEMBERS), "after.png": png(9)})))
    assert len(names(tmp_path / "a.zip")) == 3
    assert [name.split("!", 1)[1] for name in names(tmp_path / "b.tar.xz")] == [
        "in.zip!b.png",
        "in.zip!x/a.png",
        "in.zip!x/plain",
        "after.png",
    ]


def test_two_members_of_one_name_get_two_names(tmp_path: Path) -> None:
    path = tmp_path / "twice.tar"
    both = tarred({"a.png": png(1)}).rstrip(b"\0")
    both += bytes(-len(both) % 512) + tarred({"a.png": png(2)})
    path.write_bytes(both)
    assert names(path) == [f"{path}!a.png", f"{path}!a.png (2)"]


def test_the_search_is_lazy(folder: Path) -> None:
    search = find_figures([folder])
    next(search)
    (folder / "b.png").unlink()
    later = next(search)
    assert isinstance(later, Refused)
    assert later.code == "unreadable"


def test_limits_say_what_is_wrong_with_them() -> None:
    with pytest.raises(ValueError, match="max_ratio is 0"):
        Limits(max_ratio=0)
