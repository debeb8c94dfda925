"""Two hundred damaged files, made by seed: each ends in one sentence and the right exit code, none leaves an output."""

from __future__ import annotations

import io
import json
import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pil
from PIL import ImageDraw

from digitize import cli
from digitize.errors import DigitizeError
from digitize.load import FORMATS, load_image
from digitize.values import Figure

Bytes = np.random.Generator
REFUSED_TYPE, REFUSED_SIZE, NOTHING = 4, 5, 6


@cache
def _chart(kind: str) -> bytes:
    """A small line chart as a file of the given format."""
    picture = Pil.new("RGB", (400, 320), "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((50, 20, 380, 280), outline="black")
    draw.line([(50 + 10 * i, 150 + int(90 * np.sin(i / 4))) for i in range(33)], fill=(31, 119, 180), width=2)
    file = io.BytesIO()
    picture.save(file, format=kind)
    return file.getvalue()


# ------------------------------------------------------------------------------------------------ kinds of damage
def _truncated(rng: Bytes, kind: str) -> bytes:
    whole = _chart(kind)
    return whole[: int(rng.integers(0, len(whole)))]


def _flipped(rng: Bytes, kind: str) -> bytes:
    whole = bytearray(_chart(kind))
    reach = len(whole) if rng.random() < 0.5 else min(len(whole), 120)  # half of them in the header
    for place in rng.integers(0, reach, rng.integers(1, 24)):
        whole[place] ^= 1 << int(rng.integers(0, 8))
    return bytes(whole)


def _holed(rng: Bytes, kind: str) -> bytes:
    whole = bytearray(_chart(kind))
    start = int(rng.integers(0, len(whole)))
    length = int(rng.integers(1, 2000))
    whole[start : start + length] = bytes(rng.integers(0, 2) * 255 for _ in whole[start : start + length])
    return bytes(whole)


def _shuffled(rng: Bytes, kind: str) -> bytes:
    whole = _chart(kind)
    cuts = sorted(int(cut) for cut in rng.integers(8, len(whole), 2))
    return whole[: cuts[0]] + whole[cuts[1] :] + whole[cuts[0] : cuts[1]]


def _noise(rng: Bytes, kind: str) -> bytes:
    start = _chart(kind)[: int(rng.integers(0, 16))]
    return start + rng.bytes(int(rng.integers(1, 5000)))


def _other_type(rng: Bytes, kind: str) -> bytes:
    del kind
    table = "".join(f"{i},{value:.3f}\n" for i, value in enumerate(rng.random(20)))
    return rng.choice(
        np.array(
            [
                b"step,loss\n" + table.encode(),
                b"%PDF-1.7\n" + rng.bytes(300),
                b"PK\x03\x04" + rng.bytes(300),
                b"<svg xmlns='http://www.w3.org/2000/svg' width='9'/>",
                b"\x7fELF" + rng.bytes(300),
                b"P6\n400 320\n255\n" + rng.bytes(400 * 320 * 3),
                b"\x00" * int(rng.integers(1, 4096)),
            ],
            dtype=object,
        )
    )


def _huge_header(rng: Bytes, kind: str) -> bytes:
    """A header that promises more pixels than there are: up to the format's limit a side."""
    whole = bytearray(_chart(kind))
    big = int(rng.choice([12_001, 15_000, 16_383]))
    wide = int(rng.choice([13_000, 60_000, 65_535]))
    if kind == "PNG":
        whole[16:24] = struct.pack(">II", int(rng.choice([wide, 2**31 - 1])), wide)
        whole[29:33] = struct.pack(">I", zlib.crc32(whole[12:29]))
    elif kind == "GIF":
        whole[6:10] = struct.pack("<HH", wide, wide)
    elif kind == "BMP":
        whole[18:26] = struct.pack("<ii", wide, wide)
    elif kind == "JPEG":
        frame = whole.index(b"\xff\xc0")
        whole[frame + 5 : frame + 9] = struct.pack(">HH", wide, wide)
    elif kind == "TIFF":
        (directory,) = struct.unpack("<I", whole[4:8])
        (count,) = struct.unpack("<H", whole[directory : directory + 2])
        for entry in range(directory + 2, directory + 2 + 12 * count, 12):
            if struct.unpack("<H", whole[entry : entry + 2])[0] in (256, 257):
                whole[entry + 2 : entry + 12] = struct.pack("<HII", 4, 1, wide)
    else:
        side = (big - 1).to_bytes(3, "little")
        chunk = b"VP8X" + struct.pack("<I", 10) + bytes(4) + side + side
        whole = bytearray(b"RIFF" + struct.pack("<I", len(whole) + 10) + b"WEBP" + chunk + whole[12:])
    return bytes(whole)


def _png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _bomb(rng: Bytes, kind: str) -> bytes:
    """A PNG that unpacks to far more than it should: too many rows for its header, or a comment of a gigabyte."""
    del kind
    packer = zlib.compressobj(9)
    zeros = bytes(1 << 20)
    packed = b"".join(packer.compress(zeros) for _ in range(int(rng.integers(64, 128)))) + packer.flush()
    side = int(rng.choice([100, 400, 40_000]))
    header = _png_chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, int(rng.choice([0, 2, 6])), 0, 0, 0))
    name = rng.choice(np.array([b"IDAT", b"zTXt", b"iCCP"], dtype=object))
    body = packed if name == b"IDAT" else b"note\0\0" + packed
    chunks = header + _png_chunk(name, body) + _png_chunk(b"IDAT", packed) + _png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


DAMAGES: dict[str, tuple[int, Callable[[Bytes, str], bytes], set[int]]] = {
    # how many, how, and the exit codes it may end in: a flip that still decodes is a picture like any other
    "truncated": (54, _truncated, {REFUSED_TYPE, NOTHING}),
    "flipped": (54, _flipped, {REFUSED_TYPE, REFUSED_SIZE, NOTHING}),
    "holed": (24, _holed, {REFUSED_TYPE, REFUSED_SIZE, NOTHING}),
    "shuffled": (18, _shuffled, {REFUSED_TYPE, REFUSED_SIZE, NOTHING}),
    "noise": (12, _noise, {REFUSED_TYPE, REFUSED_SIZE}),
    "other type": (14, _other_type, {REFUSED_TYPE}),
    "huge header": (18, _huge_header, {REFUSED_SIZE, REFUSED_TYPE}),
    "bomb": (6, _bomb, {REFUSED_SIZE, REFUSED_TYPE, NOTHING}),
}
CASES = [(name, seed) for name, (count, _, _) in DAMAGES.items() for seed in range(count)]


def _file(folder: Path, name: str, seed: int) -> Path:
    kind = FORMATS[seed % len(FORMATS)]
    rng = np.random.default_rng([seed, list(DAMAGES).index(name)])
    path = folder / f"{name.replace(' ', '_')}_{seed}.{kind.lower()}"
    path.write_bytes(DAMAGES[name][1](rng, kind))
    return path


@pytest.fixture
def loading_only(empty_figure: Figure, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The command loads the picture for real, then finds no axes in it."""

    def read(source: str, report: object, hints: object, **_: object) -> Figure:
        load_image(source)
        return empty_figure

    monkeypatch.setattr(cli, "_read_figure", read)
    yield


def test_there_are_two_hundred() -> None:
    assert len(CASES) == 200


@pytest.mark.parametrize(("name", "seed"), CASES)
@pytest.mark.usefixtures("loading_only")
def test_damaged_file_ends_in_one_sentence(
    name: str, seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _file(tmp_path, name, seed)
    files = {"--out": "a.csv", "--json": "a.json", "--overlay": "a.png"}
    code = cli.run([str(path), *(word for option, file in files.items() for word in (option, str(tmp_path / file)))])
    out, err = capsys.readouterr()
    assert code in DAMAGES[name][2], err
    assert err.startswith("digitize: ") and out == ""
    assert len(err.splitlines()) <= 2 and "Traceback" not in err
    assert list(tmp_path.iterdir()) == [path]


def test_most_damage_is_recognised(tmp_path: Path) -> None:
    refused = 0
    for seed in range(12):
        try:
            load_image(_file(tmp_path, "truncated", seed))
        except DigitizeError:
            refused += 1
    assert refused >= 10


_MEASURE = """
import json, resource, sys, time
from digitize.errors import DigitizeError
from digitize.load import load_image
slowest = 0.0
for path in sys.argv[1:]:
    start = time.monotonic()
    try:
        load_image(path)
    except DigitizeError as error:
        assert "memory" not in str(error), (path, str(error))
    slowest = max(slowest, time.monotonic() - start)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(json.dumps({"peak": peak, "slowest": slowest}))
"""


@pytest.mark.skipif(os.name != "posix", reason="limits and accounting are POSIX")
def test_no_header_or_bomb_takes_two_gigabytes(tmp_path: Path) -> None:
    import resource

    paths = [_file(tmp_path, name, seed) for name in ("huge header", "bomb") for seed in range(DAMAGES[name][0])]
    limit = 2 << 30
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, *map(str, paths)],
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["peak"] < limit
