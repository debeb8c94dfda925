"""What has been read, in one SQLite file: the only place that says what is done.

A reading's rows are kept here, in the transaction that says it is done, until a part of the data set that holds them
is on disk and named here in one further transaction (``dataset.py``). So at every moment each reading is either not
done, or done with its rows in exactly one place, and a process that ends at any moment leaves nothing half.
``manifest_file.py`` opens it, ``tally.py`` counts what it holds.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from digitize.batch.jobs import Kept, Outcome
from digitize.errors import OutputFailed
from digitize.inputs import FigureFile, Refused
from digitize.load import shown

FULL_HINT = "Is the disk full? Nothing that was read is lost: the same command goes on."
NOTHING_TO_DRAW = "-"
"""In place of the files made of a reading, where the picture did not open or gave no answer."""
_FACTS = ("version", "width_px", "height_px", "panels", "series", "points")
_TABLES = ("points", "series", "panels", "findings")

@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a run found a picture, and the reading it has; ``figure`` is empty for what was refused unread."""

    found: FigureFile | Refused
    run: int
    figure: str = ""
    settings: str = ""


class Manifest:
    """The file, open. Every method that writes is one transaction."""

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self.connection = connection
        self.name = name

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it, or nothing.

        Raises
        ------
        OutputFailed
            The disk is full or gone; nothing is lost.
        """
        try:
            self.connection.execute("begin immediate")
            try:
                yield self.connection
            except BaseException:
                self.connection.rollback()
                raise
            self.connection.commit()
        except sqlite3.Error as error:
            if self.connection.in_transaction:
                self.connection.rollback()
            raise OutputFailed(
                f"{self.name} cannot be written: {error}.", hint=FULL_HINT
            ) from None

    def is_done(self, figure: str, wanted: Iterable[Kept], *, retry_failed: bool) -> bool:
        """Whether a reading needs no worker: it is there, with all that is wanted beside it."""
        row = self.connection.execute("select status, code, files from readings where figure = ?", (figure,)).fetchone()
        if row is None or (row["status"] == "failed" and (retry_failed or row["code"] == "killed")):
            return False
        return row["files"] == NOTHING_TO_DRAW or set(wanted) <= set(row["files"].split())

    def status_of(self, figure: str) -> str:
        """What became of a reading that is there."""
        row = self.connection.execute("select status from readings where figure = ?", (figure,)).fetchone()
        return str(row["status"])

    def record(self, places: Iterable[Place], outcomes: Iterable[Outcome], settings: Mapping[str, str]) -> None:
        """Places found and readings done, each once; their rows wait here for a part."""
        with self.writing() as at:
            at.executemany("insert or ignore into settings values (?, ?)", settings.items())
            for place in places:
                row = _place_row(place)
                at.execute(
                    f"insert into places ({', '.join(row)}) values ({', '.join('?' * len(row))})"
                    f" on conflict (name) do update set {', '.join(f'{key} = excluded.{key}' for key in row)}",
                    tuple(row.values()),
                )
            for outcome in outcomes:
                self._record(at, outcome)

    def _record(self, at: sqlite3.Connection, outcome: Outcome) -> None:
        before = at.execute("select status, part, files from readings where figure = ?", (outcome.figure,)).fetchone()
        if before is not None and before["status"] != "failed":  # read again for a file that was not wanted before
            files = " ".join(sorted({*before["files"].split(), *outcome.files}))
            at.execute("update readings set files = ? where figure = ?", (files, outcome.figure))
        else:
            row = {
                "figure": outcome.figure,
                "status": outcome.status,
                "code": outcome.code,
                "reason": outcome.reason,
                "hint": outcome.hint,
                "cpu_s": outcome.cpu_s,
                "findings": len(outcome.findings),
                "doubts": json.dumps(outcome.findings),
                "files": " ".join(sorted(outcome.files)) if outcome.tables else NOTHING_TO_DRAW,
            } | {name: getattr(outcome, name) for name in _FACTS}
            marks = ", ".join("?" * len(row))
            at.execute(f"insert or replace into readings ({', '.join(row)}) values ({marks})", tuple(row.values()))
            tables = [outcome.tables.get(name) for name in _TABLES]
            if outcome.tables:
                size = sum(len(content or b"") for content in tables)
                at.execute("insert or replace into waiting values (?, ?, ?, ?, ?, ?)", (outcome.figure, size, *tables))
        if picture := outcome.files.get("thumbnail"):
            at.execute("insert or replace into thumbnails values (?, ?)", (outcome.figure, picture))

    def waiting(self) -> tuple[int, int]:
        """(readings, bytes) that no part holds yet."""
        row = self.connection.execute("select count(*), coalesce(sum(bytes), 0) from waiting").fetchone()
        return int(row[0]), int(row[1])

    def waiting_rows(self, table: str) -> Iterator[bytes]:
        """The packed rows of one table of every waiting reading, by figure."""
        assert table in _TABLES
        for row in self.connection.execute(f"select {table} from waiting order by figure"):
            yield row[0]

    def close_part(self, part: int, replaced: Sequence[int] = (), *, takes_waiting: bool = False) -> None:
        """A part is on disk, whole: it takes the place of those it replaces, and of what was waiting."""
        with self.writing() as at:
            at.execute("insert into parts values (?)", (part,))
            if takes_waiting:
                at.execute("update readings set part = ? where figure in (select figure from waiting)", (part,))
                at.execute("delete from waiting")
            for old in replaced:
                at.execute("update readings set part = ? where part = ?", (part, old))
                at.execute("delete from parts where part = ?", (old,))

    def lose_part(self, part: int) -> None:
        """A part is gone: its readings are not done any more."""
        with self.writing() as at:
            at.execute("delete from readings where part = ?", (part,))
            at.execute("delete from parts where part = ?", (part,))

    def parts(self) -> dict[int, int]:
        """Every part with the number of its readings."""
        return {
            int(row[0]): int(row[1])
            for row in self.connection.execute(
                "select parts.part, count(figure) from parts left join readings using (part) group by 1 order by 1"
            )
        }

    def unplaced(self) -> dict[str, int | None]:
        """Readings that no picture has any more (its content or settings changed), with the part that holds them."""
        rows = self.connection.execute(
            "select figure, part from readings where figure not in"
            " (select figure from places where figure is not null) order by figure"
        )
        return {row["figure"]: row["part"] for row in rows}

    def forget(self, figures: Iterable[str]) -> None:
        """Drop readings; the parts must no longer hold them."""
        with self.writing() as at:
            for figure in figures:
                for table in ("waiting", "thumbnails", "readings"):
                    at.execute(f"delete from {table} where figure = ?", (figure,))

    def figures_of(self, part: int) -> set[str]:
        """The readings a part holds that some picture has."""
        rows = self.connection.execute(
            "select figure from readings where part = ? and figure in (select figure from places)", (part,)
        )
        return {row[0] for row in rows}

    def thumbnail(self, figure: str) -> bytes:
        """The small picture of a reading; empty where there is none."""
        row = self.connection.execute("select picture from thumbnails where figure = ?", (figure,)).fetchone()
        return bytes(row[0]) if row else b""

    def forget_refusals(self, run: int) -> None:
        """Drop what was refused unread before and is not any more, in files that a run has gone through."""
        with self.writing() as at:
            at.execute(
                "delete from places where figure is null and run < ?"
                " and origin in (select origin from places where run = ?)",
                (run, run),
            )

    def begin_run(self, command: Sequence[str]) -> int:
        """Note that a run has begun; its number."""
        with self.writing() as at:
            at.execute(
                "insert into runs (started, command) values (datetime('now'), ?)", (json.dumps(list(command)),)
            )
            return int(at.execute("select last_insert_rowid()").fetchone()[0])

    def end_run(self, run: int, outcome: str) -> None:
        """Note how a run ended."""
        with self.writing() as at:
            at.execute("update runs set ended = datetime('now'), outcome = ? where run = ?", (outcome, run))


def _place_row(place: Place) -> dict[str, Any]:
    found = place.found
    row: dict[str, Any] = {"name": found.name, "origin": shown(found.origin), "run": place.run}
    if isinstance(found, Refused):
        return row | dict.fromkeys(("relative", "member", "page", "box", "sha256", "figure", "settings")) | {
            "code": found.code, "reason": found.message, "hint": found.hint
        }
    return row | {
        "relative": found.relative,
        "member": found.member,
        "page": found.page,
        "box": json.dumps(found.box_pt) if found.box_pt else None,
        "sha256": found.sha256,
        "figure": place.figure,
        "settings": place.settings,
        "code": None,
        "reason": None,
        "hint": None,
    }
