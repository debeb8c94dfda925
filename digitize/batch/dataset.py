"""The data set on disk: ``DIR/points/part-000001.parquet`` and so on, each reading in exactly one part.

A part is written beside its place, synced, renamed; only then does the manifest name it, in one transaction. What the
manifest does not name when a run begins was left by a run that ended in between, and is removed.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from digitize.batch.jobs import Kept
from digitize.batch.manifest import FULL_HINT, Manifest
from digitize.batch.tables import FIGURES_SCHEMA, SCHEMAS, from_stream, to_table
from digitize.batch.tally import figures
from digitize.errors import OutputFailed
from digitize.load import shown

PART_READINGS = 2_000
"""A hundred thousand figures are fifty parts: few enough to open, small enough to write again."""
PART_BYTES = 256 * 2**20
GROUP_BYTES = 16 * 2**20
"""Rows are gathered to this size in memory, then written."""
FIGURES_AT_A_TIME = 5_000
TABLES_AT_A_TIME = 100
SUFFIXES: dict[Kept, str] = {"json": ".json", "overlay": ".png"}
"""What is kept as a file of its own, in a folder of its name."""
TEMPORARY = ".tmp"
Row = TypeVar("Row")


def prepare_folder(folder: Path) -> None:
    """Make the folders.

    Raises
    ------
    OutputFailed
    """
    try:
        for table in ("figures", *SCHEMAS):
            (folder / table).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputFailed(f"{shown(folder)} cannot be made: {error.strerror or error}.") from None


def sweep(folder: Path, manifest: Manifest) -> None:
    """Remove parts that the manifest does not name, and what is half-written."""
    for path in folder.glob(".gallery.*.new"):
        shutil.rmtree(path, ignore_errors=True)
    for part in manifest.parts():
        if not all((folder / table / _part_name(part)).is_file() for table in SCHEMAS):
            manifest.lose_part(part)  # somebody removed a file: its figures are read again
    named = {_part_name(part) for part in manifest.parts()}
    for table in ("figures", *SCHEMAS):
        for path in (folder / table).iterdir():
            if path.suffix == TEMPORARY or (table != "figures" and path.name not in named):
                path.unlink()


def is_full(manifest: Manifest) -> bool:
    """Whether enough readings wait to be made a part."""
    readings, size = manifest.waiting()
    return readings >= PART_READINGS or size >= PART_BYTES


def write_part(folder: Path, manifest: Manifest) -> None:
    """Make a part of the readings that wait."""
    part = max(manifest.parts(), default=0) + 1
    with _disk(folder):
        for table in SCHEMAS:
            _write(folder, table, part, (from_stream(rows) for rows in manifest.waiting_rows(table)))
    manifest.close_part(part, takes_waiting=True)


def finish(folder: Path, manifest: Manifest) -> None:
    """Bring the data set into its final form: nothing waits, few parts, no reading that no picture has any more."""
    if manifest.waiting()[0]:
        write_part(folder, manifest)
    unplaced = manifest.unplaced()
    _merge(folder, manifest, {part for part in unplaced.values() if part is not None})
    if unplaced:
        manifest.forget(unplaced)
        for figure in unplaced:
            for kept in SUFFIXES:
                file_of(folder, kept, figure).unlink(missing_ok=True)
    if not manifest.parts():
        write_part(folder, manifest)  # without rows: a query finds an empty table, not a missing file
    write_figures(folder, manifest)


def write_figures(folder: Path, manifest: Manifest) -> None:
    """Write the table of figures anew."""
    place = folder / "figures" / "figures.parquet"
    with _disk(folder), _in_place(place) as temporary, pq.ParquetWriter(
        temporary, FIGURES_SCHEMA, compression="zstd"
    ) as writer:
        for rows in _in_chunks(map(_figure_row, figures(manifest)), FIGURES_AT_A_TIME):
            columns = {name: [row[name] for row in rows] for name in FIGURES_SCHEMA.names}
            writer.write_table(to_table(columns, FIGURES_SCHEMA))


def keep_file(folder: Path, kept: Kept, figure: str, content: bytes) -> None:
    """Keep what was made of a figure; it is on disk, whole, when this returns."""
    place = file_of(folder, kept, figure)
    with _disk(folder):
        if not place.parent.is_dir():
            place.parent.mkdir(parents=True, exist_ok=True)
            _sync(place.parent.parent)
        with _in_place(place) as temporary:
            temporary.write_bytes(content)


def file_of(folder: Path, kept: Kept, figure: str) -> Path:
    """Where a file of a figure is kept: two hundred and fifty-six folders, so that none grows too large to open."""
    return folder / kept / figure[:2] / f"{figure}{SUFFIXES[kept]}"


def _merge(folder: Path, manifest: Manifest, stale: set[int]) -> None:
    """Write parts anew that are small, or that hold readings no picture has any more."""
    sizes = manifest.parts()
    small = [part for part, size in sizes.items() if size < PART_READINGS / 2]
    chosen = sorted(stale | set(small if len(small) > 1 else ()))
    while chosen:
        group, size = [chosen.pop(0)], 0
        while chosen and size + sizes[group[-1]] + sizes[chosen[0]] <= PART_READINGS:
            size += sizes[group[-1]]
            group.append(chosen.pop(0))
        if len(group) == 1 and group[0] not in stale:
            continue
        part = max(manifest.parts()) + 1
        live = pa.array(sorted(set().union(*(manifest.figures_of(old) for old in group))), pa.string())
        with _disk(folder):
            for table in SCHEMAS:
                _write(folder, table, part, _rows_of(folder, table, group, live))
        manifest.close_part(part, group)
        with _disk(folder):
            for table in SCHEMAS:
                for old in group:
                    (folder / table / _part_name(old)).unlink(missing_ok=True)


def _rows_of(folder: Path, table: str, parts: Iterable[int], live: pa.Array) -> Iterator[pa.Table]:
    for part in parts:
        with pq.ParquetFile(folder / table / _part_name(part)) as file:
            for batch in file.iter_batches():
                yield pa.Table.from_batches([batch]).filter(pc.is_in(batch["figure"], value_set=live))


def _write(folder: Path, table: str, part: int, rows: Iterable[pa.Table]) -> None:
    """Write one table of a part; memory holds one row group."""
    schema = SCHEMAS[table]
    with _in_place(folder / table / _part_name(part)) as temporary, pq.ParquetWriter(
        temporary, schema, compression="zstd"
    ) as writer:
        group: list[pa.Table] = []
        for chunk in _in_chunks(rows, TABLES_AT_A_TIME):
            if chunk:  # of a small table most is not its rows: some at a time become one
                group.append(pa.concat_tables(chunk).combine_chunks())
            if group and sum(one.nbytes for one in group) >= GROUP_BYTES:
                writer.write_table(pa.concat_tables(group))
                group = []
        if group:
            writer.write_table(pa.concat_tables(group))


@contextmanager
def _in_place(place: Path) -> Iterator[Path]:
    """A path to write to; afterwards the file is at its place and on disk, or there is no trace of it."""
    temporary = place.with_name(place.name + TEMPORARY)
    with ExitStack() as undo:
        undo.callback(temporary.unlink, missing_ok=True)
        yield temporary
        _sync(temporary)
        temporary.replace(place)
        _sync(place.parent)
        undo.pop_all()


def _sync(path: Path) -> None:
    if path.is_dir() and os.name == "nt":  # where a folder cannot be opened, a rename needs no sync of it
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _disk(folder: Path) -> Iterator[None]:
    """What the disk refuses becomes one sentence."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputFailed(
            f"{shown(folder)} cannot be written: {reason}.", hint=FULL_HINT
        ) from None


def _part_name(part: int) -> str:
    return f"part-{part:06d}.parquet"


def _figure_row(row: Any) -> dict[str, Any]:
    box = json.loads(row["box"]) if row["box"] else (None,) * 4
    unread = row["figure"] is None
    same = ("figure", "name", "origin", "member", "relative", "page", "sha256", "width_px", "height_px", "version",
            "settings_digest")
    counted = {f"{one}_count": row[f"{one}s"] for one in ("panel", "point", "finding")}
    return {name: row[name] for name in same} | counted | {
        "series_count": row["series"],
        "left_pt": box[0],
        "top_pt": box[1],
        "right_pt": box[2],
        "bottom_pt": box[3],
        "duplicate_of": row["first"] if row["first"] != row["name"] else None,
        "status": "refused" if unread else row["status"] or "open",
        "code": (row["place_code"] if unread else row["code"]) or None,
        "reason": (row["place_reason"] if unread else row["reason"]) or None,
        "hint": (row["place_hint"] if unread else row["hint"]) or None,
        "settings": row["settings_text"],
    }


def _in_chunks(rows: Iterable[Row], count: int) -> Iterator[list[Row]]:
    """So many at a time; the last chunk may be empty."""
    chunk: list[Row] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == count:
            yield chunk
            chunk = []
    yield chunk
