"""Archives made to harm or broken on the way: a clear refusal, the good members read, memory bounded."""

from __future__ import annotations

import gzip
import io
import lzma
import os
import random
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard

from digitize.inputs import FigureFile, Limits, Refused, find_figures

from .conftest import png

Search = Callable[..., dict[str, Any]]
MOST_MEMORY_BYTES = 2 << 30
MIB = 1 << 20
BLOCK_BYTES = 20_000_000


def found_in(path: Path, **limits: float) -> tuple[list[str], dict[str, str]]:
    """(members read, code of each refusal by the name shown without the archive's own)."""
    found = list(find_figures([path], limits=Limits(**limits)))  # type: ignore[arg-type]
    refusals = [one for one in found if isinstance(one, Refused)]
    refused = {one.name.removeprefix(str(path)).removeprefix("!"): one.code for one in refusals}
    return [one.member for one in found if isinstance(one, FigureFile)], refused


def zip_of(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def tar_of(*entries: tarfile.TarInfo | tuple[str, bytes], **options: Any) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", **options) as archive:
        for entry in entries:
            if isinstance(entry, tarfile.TarInfo):
                archive.addfile(entry)
            else:
                header = tarfile.TarInfo(entry[0])
                header.size = len(entry[1])
                archive.addfile(header, io.BytesIO(entry[1]))
    return file.getvalue()


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type = kind
    entry.linkname = target
    return entry


def patched(archive: bytes, **fields: int) -> bytes:
    """A zip with these fields overwritten in every local header and entry of the table of contents."""
    places = {"flags": ("<H", 6, 8), "method": ("<H", 8, 10), "packed": ("<I", 18, 20), "size": ("<I", 22, 24)}
    mended = bytearray(archive)
    for field, value in fields.items():
        layout, local, central = places[field]
        for magic, offset in ((b"PK\x03\x04", local), (b"PK\x01\x02", central)):
            at = archive.find(magic)
            while at >= 0:
                struct.pack_into(layout, mended, at + offset, value)
                at = archive.find(magic, at + 4)
    return bytes(mended)


@pytest.mark.parametrize("name", ["../out.png", "x/../../out.png", "/etc/out.png", "C:\\out.png", "..\\out.png"])
def test_names_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "a.tar").write_bytes(tar_of((name, png(1)), ("good.png", png(2))))
    zip_of(inner / "a.zip", (name, png(1)), ("good.png", png(2)))
    for archive in ("a.tar", "a.zip"):
        members, refused = found_in(inner / archive)
        assert members == ["good.png"]
        assert list(refused.values()) == ["escapes"]
    assert [path.name for path in tmp_path.rglob("*.png")] == []


def test_links_and_devices_in_a_tar_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(
        tar_of(
            special("sym.png", tarfile.SYMTYPE, "/etc/passwd"),
            special("hard.png", tarfile.LNKTYPE, "/etc/passwd"),
            special("null.png", tarfile.CHRTYPE),
            special("disk.png", tarfile.BLKTYPE),
            special("pipe.png", tarfile.FIFOTYPE),
            special("folder.png", tarfile.DIRTYPE),
            ("good.png", png()),
        )
    )
    members, refused = found_in(tmp_path / "a.tar")
    assert members == ["good.png"]
    assert refused == {
        "sym.png": "link",
        "hard.png": "link",
        "null.png": "not-a-file",
        "disk.png": "not-a-file",
        "pipe.png": "not-a-file",
    }


def test_links_in_a_zip_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link.png")
    link.external_attr = 0o120777 << 16
    assert found_in(zip_of(tmp_path / "a.zip", (link, b"/etc/passwd"), ("good.png", png()))) == (
        ["good.png"],
        {"link.png": "link"},
    )


def ten_gigabytes_deflated() -> bytes:
    """A raw deflate stream of 10 GB of zeros: one block of 20 MB, again and again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(BLOCK_BYTES)) + packer.flush(zlib.Z_FULL_FLUSH)
    return block * 500 + packer.flush(zlib.Z_FINISH)


def test_a_bomb_of_10_gb_is_left_at_the_limit(tmp_path: Path, search_measured: Search) -> None:
    bomb = ten_gigabytes_deflated()
    stored = zip_of(tmp_path / "zip.zip", ("bomb.png", bomb), ("good.png", png()), method=zipfile.ZIP_STORED)
    stored.write_bytes(patched(stored.read_bytes(), method=zipfile.ZIP_DEFLATED))
    content = stored.read_bytes()  # the good member is stored: put its method back
    mended = bytearray(content)
    struct.pack_into("<H", mended, content.rfind(b"PK\x03\x04") + 8, 0)
    struct.pack_into("<H", mended, content.rfind(b"PK\x01\x02") + 10, 0)
    stored.write_bytes(mended)
    lying = tmp_path / "lying.zip"  # the same, declared as a megabyte
    mended_lying = bytearray(mended)
    struct.pack_into("<I", mended, 22, 0xFFFFFFF0)
    struct.pack_into("<I", mended, mended.find(b"PK\x01\x02") + 24, 0xFFFFFFF0)
    stored.write_bytes(mended)
    struct.pack_into("<I", mended_lying, 22, MIB)
    struct.pack_into("<I", mended_lying, mended.find(b"PK\x01\x02") + 24, MIB)
    lying.write_bytes(mended_lying)

    header = special("bomb.txt", tarfile.REGTYPE)
    header.size = 500 * BLOCK_BYTES
    start = header.tobuf()
    for suffix, pack in [("gz", gzip.compress), ("xz", lzma.compress), ("zst", zstandard.compress)]:
        (tmp_path / f"tar.tar.{suffix}").write_bytes(pack(start) + pack(bytes(BLOCK_BYTES)) * 500)
    (tmp_path / "single.png.gz").write_bytes(gzip.compress(bytes(BLOCK_BYTES)) * 500)
    zip_of(tmp_path / "nested.zip", ("inside/zip.zip", bytes(mended)), ("good.png", png()))

    result = search_measured(tmp_path)
    assert result["figures"] >= 4  # the good members of three zips, one of them inside another
    assert result["refused"] == {"bomb": 4, "too-large": 2, "damaged": 1}
    assert "max_ratio" in result["examples"]["bomb"][2]
    assert max(result["peaks"]) < MOST_MEMORY_BYTES


def test_a_raised_limit_lets_it_through(tmp_path: Path) -> None:
    content = png() + bytes(40 * MIB)
    path = zip_of(tmp_path / "a.zip", ("white.png", content))
    assert found_in(path) == ([], {"white.png": "bomb"})
    assert found_in(path, max_ratio=2000) == (["white.png"], {})
    assert found_in(path, max_ratio=2000, max_member_bytes=8 * MIB) == ([], {"white.png": "too-large"})
    assert found_in(path, max_ratio=2000, max_total_bytes=8 * MIB) == ([], {"": "too-much"})


def test_members_that_share_their_bytes_are_a_bomb_too(tmp_path: Path, search_measured: Search) -> None:
    """Thousands of entries point at the same megabytes: each is harmless, all together are not."""
    content = zip_of(tmp_path / "a.zip", ("a.png", png() + bytes(10 * MIB))).read_bytes()
    entry, end = content.find(b"PK\x01\x02"), content.rfind(b"PK\x05\x06")
    count = 20_000
    tail = bytearray(content[end:])
    struct.pack_into("<HHI", tail, 8, count, count, (end - entry) * count)
    (tmp_path / "a.zip").write_bytes(content[:entry] + content[entry:end] * count + tail)
    result = search_measured(tmp_path / "a.zip")
    assert result["figures"] < 60
    assert list(result["refused"]) in (["bomb"], ["damaged", "bomb"])  # later Pythons see the overlap themselves
    assert max(result["peaks"]) < MOST_MEMORY_BYTES


def test_archives_within_archives_without_end(tmp_path: Path) -> None:
    content = png()
    name = "a.png"
    for _ in range(60):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for copy in range(2):
                archive.writestr(f"{copy}{name}", content)
        content, name = file.getvalue()[: 4 * MIB], ".zip"
        if len(content) > MIB:
            break
    (tmp_path / "a.zip").write_bytes(content)
    members, refused = found_in(tmp_path / "a.zip")
    assert members == []
    assert set(refused.values()) == {"too-deep"}
    assert len(refused) == 2**4


def test_more_members_than_allowed(tmp_path: Path) -> None:
    members = [(f"{number}.png", png(number)) for number in range(30)]
    path = zip_of(tmp_path / "a.zip", *members)
    assert found_in(path, max_members=10) == ([], {"": "too-many"})
    around = zip_of(tmp_path / "around.zip", ("before.png", png(50)), ("a.zip", path.read_bytes()))
    assert found_in(around, max_members=31) == (["before.png"], {"": "too-many"})
    (tmp_path / "a.tar").write_bytes(tar_of(*members))
    read, refused = found_in(tmp_path / "a.tar", max_members=10)
    assert len(read) == 10
    assert refused == {"": "too-many"}


def test_a_hundred_thousand_tiny_members(tmp_path: Path, search_measured: Search) -> None:
    count = 100_000
    picture = png()
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for number in range(count):
            archive.writestr(f"{number % 100}/{number}.png", picture)
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        for number in range(0, count, 4):
            entry = tarfile.TarInfo(f"{number}.png")
            entry.size = len(picture)
            tar.addfile(entry, io.BytesIO(picture))
    result = search_measured(tmp_path)
    assert result["figures"] == count + count // 4
    assert result["refused"] == {}
    assert max(result["peaks"]) < MOST_MEMORY_BYTES // 4


def test_a_folder_of_a_hundred_thousand_tiny_files(tmp_path: Path, search_measured: Search) -> None:
    (tmp_path / "0.png").write_bytes(png())
    for number in range(1, 100_000):
        if number % 20_000 == 0:  # a file bears so many hard links only
            (tmp_path / f"{number}.png").write_bytes(png())
        else:
            os.link(tmp_path / f"{number - number % 20_000}.png", tmp_path / f"{number}.png")
    result = search_measured(tmp_path)
    assert result["figures"] == 100_000
    assert max(result["peaks"]) < MOST_MEMORY_BYTES // 4


NAMES = {
    "a\nb\x1b[31m.png": "a\\nb\\x1b[31m.png",
    "right\u202egnp.exe.png": "right\\u202egnp.exe.png",
    "x<script>alert(1)</script>.png": "x<script>alert(1)</script>.png",
    "größe 図.png": "größe 図.png",
    "CON.png": "CON.png",
    "trailing. /dots. .png": "trailing. /dots. .png",
}


def test_names_with_control_characters_are_shown_escaped(tmp_path: Path) -> None:
    zip_of(tmp_path / "a.zip", *[(name, png(shade)) for shade, name in enumerate(NAMES)])
    (tmp_path / "a.tar").write_bytes(tar_of(*[(name, png(shade)) for shade, name in enumerate(NAMES)]))
    for archive in ("a.zip", "a.tar"):
        members, refused = found_in(tmp_path / archive)
        assert members == list(NAMES.values())
        assert refused == {}
    relatives = [one.relative for one in find_figures([tmp_path]) if isinstance(one, FigureFile)]
    assert all(name.isprintable() and not set(name) & set('<>:"|?*\\') for name in relatives)
    assert "a.zip/_CON.png" in relatives
    assert "a.zip/trailing/dots. .png" in relatives


def test_names_in_other_encodings_are_kept_apart(tmp_path: Path) -> None:
    raw = {b"\x83O\x83\x89\x83t.png": 1, "größe.png".encode(): 2, b"\xff\xfe.png": 3}
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", encoding="utf-8", errors="surrogateescape") as archive:
        for name, shade in raw.items():
            entry = tarfile.TarInfo(os.fsdecode(name))
            entry.size = len(png(shade))
            archive.addfile(entry, io.BytesIO(png(shade)))
    (tmp_path / "a.tar").write_bytes(file.getvalue())
    assert found_in(tmp_path / "a.tar") == (["\\x83O\\x83\\x89\\x83t.png", "größe.png", "\\xff\\xfe.png"], {})

    content = zip_of(tmp_path / "a.zip", *[(f"{'_' * len(name)}{shade}", png(shade)) for name, shade in raw.items()])
    mended = content.read_bytes()
    for name, shade in raw.items():
        mended = mended.replace(b"_" * len(name) + str(shade).encode(), name + b".")
    content.write_bytes(mended)
    members, refused = found_in(content)
    assert len(members) == 3
    assert members[1] == "größe.png."
    assert refused == {}
    content.write_bytes(patched(mended, flags=0x800))  # all claim to be UTF-8: those that are not, cost themselves
    members, refused = found_in(content)
    assert members == ["größe.png."]
    assert list(refused.values()) == ["damaged", "damaged"]


def test_enormous_names_are_cut(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", ("n" * 60_000 + ".png", png(1)), ("d/" * 30_000 + "a.png", png(2)))
    for found in find_figures([path]):
        assert isinstance(found, FigureFile)
        assert len(found.name) < 300 + len(str(path)) + 2
        assert len(found.relative) < 4000
        assert max(len(part.encode()) for part in found.relative.split("/")) < 256


def test_a_damaged_member_costs_only_itself(tmp_path: Path) -> None:
    pixels = random.Random(7).randbytes(20_000)
    members = [(name, png(shade) + pixels) for shade, name in enumerate(["a.png", "b.png", "c.png"])]
    path = zip_of(tmp_path / "a.zip", *members)
    content = bytearray(path.read_bytes())
    middle = content.find(b"b.png")
    content[middle + 5000] ^= 0xFF
    path.write_bytes(content)
    assert found_in(path) == (["a.png", "c.png"], {"b.png": "damaged"})
    content[middle : middle + 5] = b"other"  # and its header no longer matches the table of contents
    path.write_bytes(content)
    assert found_in(path) == (["a.png", "c.png"], {"b.png": "damaged"})


def test_a_method_unknown_here_is_named(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", ("a.png", png()))
    path.write_bytes(patched(path.read_bytes(), method=99))
    assert found_in(path) == ([], {"a.png": "unsupported"})


def test_a_damaged_header_in_a_tar_costs_only_its_member(tmp_path: Path) -> None:
    content = bytearray(tar_of(*[(f"{name}.png", png(shade)) for shade, name in enumerate("abc")]))
    at = content.find(b"b.png")
    content[at : at + 200] = b"\xaa" * 200
    path = tmp_path / "a.tar"
    for pack in (bytes, gzip.compress):
        path.write_bytes(pack(bytes(content)))
        assert found_in(path) == (["a.png", "c.png"], {"": "damaged"})


def test_a_truncated_archive_gives_what_comes_before(tmp_path: Path) -> None:
    noise = random.Random(7)
    whole = tar_of(*[(f"{name}.png", png(shade) + noise.randbytes(100_000)) for shade, name in enumerate("abc")])
    for suffix, pack in [("gz", gzip.compress), ("xz", lzma.compress), ("zst", zstandard.compress), ("", bytes)]:
        path = tmp_path / f"a.tar.{suffix}"
        packed = pack(whole)
        path.write_bytes(packed[: len(packed) * 5 // 6])
        members, refused = found_in(path)
        assert members[0] == "a.png", suffix
        assert set(refused.values()) == {"damaged"}, suffix
    path = zip_of(tmp_path / "a.zip", ("a.png", png()))
    path.write_bytes(path.read_bytes()[:-30])
    assert found_in(path) == ([], {"": "damaged"})


def test_hostile_tar_headers_end_in_a_refusal(tmp_path: Path) -> None:
    good = tar_of(("good.png", png()))
    negative = special("negative.png", tarfile.REGTYPE)
    negative.size = -(10**9)
    names = special("././@LongLink", tarfile.GNUTYPE_LONGNAME)
    names.size = 5 << 30
    attributes = special("pax", tarfile.XHDTYPE)
    attributes.size = 5 << 30
    chain = special("././@LongLink", tarfile.GNUTYPE_LONGNAME)
    chain.size = 2
    for name, start in {
        "negative": negative.tobuf(tarfile.GNU_FORMAT),
        "names": names.tobuf(tarfile.GNU_FORMAT),
        "attributes": attributes.tobuf(tarfile.GNU_FORMAT),
        "chain": (chain.tobuf(tarfile.GNU_FORMAT) + b"a\0".ljust(512, b"\0")) * 3000,
        "noise": random.Random(3).randbytes(512) * 4,
        "zeros": bytes(1 << 20),
    }.items():
        path = tmp_path / f"{name}.tar"
        path.write_bytes(start + good)
        packed = tmp_path / f"{name}.tar.gz"
        packed.write_bytes(gzip.compress(start + good))
        for one in (path, packed):
            members, refused = found_in(one)
            assert members == ["good.png"] or set(refused.values()) == {"damaged"}, name
            if name in ("negative", "noise"):
                assert (members, refused) == (["good.png"], {"": "damaged"}), name


def test_locked_archives_are_refused_in_one_sentence(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", ("a.png", png(1)), ("b.png", png(2)))
    path.write_bytes(patched(path.read_bytes(), flags=1))
    (refused,) = find_figures([path])
    assert isinstance(refused, Refused)
    assert (refused.code, refused.message) == ("encrypted", "2 members are protected by a password.")


def test_a_member_without_a_name_is_read(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", ("?", png()))
    content = bytearray(path.read_bytes())
    for magic, at in ((b"PK\x03\x04", 26), (b"PK\x01\x02", 28)):  # the length of the name, which becomes an extra field
        struct.pack_into("<H", content, content.find(magic) + at, 0)
    entry = content.find(b"PK\x01\x02")
    del content[entry + 46], content[30]
    end = content.rfind(b"PK\x05\x06")
    struct.pack_into("<II", content, end + 12, end - (entry - 1), entry - 1)
    path.write_bytes(content)
    assert found_in(path) == (["unnamed"], {})


def test_archives_with_flipped_bytes_end_in_figures_and_refusals(tmp_path: Path) -> None:
    noise = random.Random(11)
    members = [(f"d/{number}.png", png(number)) for number in range(4)]
    whole = tar_of(*members, ("ü" * 120 + ".png", png(9)), format=tarfile.PAX_FORMAT)
    archives = {"tar": whole, "tar.gz": gzip.compress(whole), "tar.zst": zstandard.compress(whole)}
    archives["zip"] = zip_of(tmp_path / "a.zip", *members, ("in.tar.xz", lzma.compress(whole))).read_bytes()
    (tmp_path / "a.zip").unlink()
    read = 0
    for number in range(60):
        for suffix, content in archives.items():
            flipped = bytearray(content)
            for _ in range(noise.choice([1, 5, 30])):
                flipped[noise.randrange(len(flipped))] = noise.randrange(256)
            path = tmp_path / f"{number}.{suffix}"
            path.write_bytes(flipped)
            members_read, refused = found_in(path)
            assert members_read or refused
            read += len(members_read)
    assert read > 60
