"""The file of the manifest: its tables, how it is opened, and the lock that one run at a time holds.

The journal is a rollback journal, synced fully: a write-ahead log would need memory shared between processes, which
network file systems do not give.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from digitize.batch.manifest import Manifest
from digitize.errors import InputNotFound, OutputFailed
from digitize.load import shown

FILE_NAME = "manifest.sqlite"
LOCK_NAME = "manifest.lock"
FORMAT = 1
BUSY_S = 30.0
LOCKED = "locked"
"""In what SQLite says of a lock that another process holds."""

SCHEMA = """
create table settings (digest text primary key, text text not null);
create table places (
    name text primary key, origin text, relative text, member text, page integer, box text, sha256 text,
    figure text, settings text, code text, reason text, hint text, run integer
);
create index places_of_figure on places (figure);
create table readings (
    figure text primary key, status text not null, code text, reason text, hint text, version text,
    width_px integer, height_px integer, panels integer, series integer, points integer, findings integer,
    doubts text, cpu_s real, files text not null, part integer
);
create index readings_of_part on readings (part);
create table waiting (figure text primary key, bytes integer, points blob, series blob, panels blob, findings blob);
create table thumbnails (figure text primary key, picture blob);
create table parts (part integer primary key);
create table runs (run integer primary key, started text, ended text, command text, outcome text);
"""



@contextmanager
def open_manifest(folder: Path) -> Iterator[Manifest]:
    """The manifest of a folder, made where there is none; nobody else may write it meanwhile.

    Raises
    ------
    OutputFailed
        Another run writes here, or the folder cannot be written.
    """
    lock: sqlite3.Connection | None = None
    connection: sqlite3.Connection | None = None
    try:
        # a lock of the operating system, which goes when the process goes, however it goes
        lock = sqlite3.connect(folder / LOCK_NAME, timeout=0.0, isolation_level=None)
        lock.execute("begin exclusive")
    except sqlite3.Error as error:
        if lock is not None:
            lock.close()
        busy = LOCKED in str(error)
        raise OutputFailed(
            f"Another digitize batch is writing to {shown(folder)}." if busy else
            f"{shown(folder)} cannot be written: {error}.",
            hint="Wait for it, or write to another folder." if busy else "",
        ) from None
    try:
        try:
            connection = _connect(folder / FILE_NAME)
            connection.execute("pragma journal_mode = truncate")
            connection.execute("pragma synchronous = full")
            if connection.execute("pragma user_version").fetchone()[0] == 0:
                connection.executescript(f"begin;{SCHEMA}pragma user_version = {FORMAT};commit;")
        except sqlite3.Error as error:
            raise OutputFailed(f"{shown(folder / FILE_NAME)} cannot be used: {error}.") from None
        _check_format(connection, folder)
        yield Manifest(connection, shown(folder / FILE_NAME))
    finally:
        if connection is not None:
            connection.close()
        lock.close()


def is_running(folder: Path) -> bool:
    """Whether a run writes to the folder at this moment."""
    if not (folder / LOCK_NAME).exists():
        return False
    lock = sqlite3.connect(folder / LOCK_NAME, timeout=0.0, isolation_level=None)
    try:
        lock.execute("begin exclusive")
    except sqlite3.Error as error:
        return LOCKED in str(error)
    else:
        return False
    finally:
        lock.close()


@contextmanager
def look_at_manifest(folder: Path) -> Iterator[Manifest]:
    """The manifest of a folder for reading, also while a run writes it.

    Raises
    ------
    InputNotFound
        There is none.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise InputNotFound(f"{shown(folder)} holds no results of digitize batch.", hint="Name the folder of --out.")
    connection = _connect(path)
    try:
        _check_format(connection, folder)
        yield Manifest(connection, shown(path))
    except sqlite3.Error as error:
        raise InputNotFound(f"{shown(path)} cannot be read: {error}.") from None
    finally:
        connection.close()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
    connection.row_factory = sqlite3.Row
    return connection


def _check_format(connection: sqlite3.Connection, folder: Path) -> None:
    found = connection.execute("pragma user_version").fetchone()[0]
    if found != FORMAT:
        raise OutputFailed(
            f"The results in {shown(folder)} are of another version of digitize (format {found}, not {FORMAT}).",
            hint="Write to another folder.",
        )
