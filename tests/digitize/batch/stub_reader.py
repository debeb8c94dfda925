"""Reads figures that are none: what the drills put in place of the pipeline, importable by workers.

A picture here is the first bytes of a PNG file and words: what to do, with a number.
"""

from __future__ import annotations

import ctypes
import os
import time
from pathlib import Path

from digitize.batch.jobs import Job, Outcome
from digitize.batch.tables import SCHEMAS, to_stream, to_table

PNG = b"\x89PNG\r\n\x1a\n"
ROWS = 7


def picture(words: str) -> bytes:
    """The bytes of a picture that :func:`read` understands."""
    return PNG + words.encode()


def write_pictures(folder: Path, count: int, words: str = "read") -> list[Path]:
    """Pictures that differ from each other."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number:05d}.png" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(picture(f"{words} {number}"))
    return paths


def read(job: Job) -> Outcome:
    """Do what the picture says; the rows depend on nothing else."""
    what, number = job.content.removeprefix(PNG).decode().split()
    if what == "slow":
        time.sleep(0.05)
    elif what == "hang":
        time.sleep(3600)
    elif what == "crash":
        ctypes.string_at(0)
    elif what == "exit":
        os._exit(3)
    elif what == "eat":
        kept = []
        while True:
            kept.append(bytearray(os.urandom(1 << 20)) * 16)
    elif what == "once":  # crashes the first time only
        mark = Path(os.environ["STUB_MARKS"]) / number
        if not mark.exists():
            mark.touch()
            os._exit(3)
    elif what == "environment":
        told = {name: os.environ.get(name) for name in ("OMP_NUM_THREADS", "MALLOC_TRIM_THRESHOLD_")}
        return Outcome(figure=job.figure, status="refused", code="no-axes", reason=str(told))
    elif what == "refuse":
        return Outcome(figure=job.figure, status="refused", code="no-axes", reason="No axes were found.")
    x = [float(place) for place in range(ROWS)]
    y = [float(number) + place / 10 for place in range(ROWS)]
    text, numbers = dict.fromkeys(("panel_title", "series", "kind", "flag", "x_text", "y_text"), ["loss"] * ROWS), x
    points = {"figure": [job.figure] * ROWS, "panel": [1] * ROWS, "x": x, "y": y, **text}
    points |= dict.fromkeys(("x_lo", "x_hi", "y_lo", "y_hi"), numbers)
    columns = {name: {column: [] for column in schema.names} for name, schema in SCHEMAS.items()} | {"points": points}
    return Outcome(
        figure=job.figure,
        status="read",
        version="stub",
        panels=1,
        series=1,
        points=ROWS,
        tables={name: to_stream(to_table(columns[name], schema)) for name, schema in SCHEMAS.items()},
        files={kept: f"{kept} of {number}".encode() for kept in job.wanted},
    )
