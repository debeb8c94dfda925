"""What a manifest holds, counted and listed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from digitize.batch.jobs import STATUSES
from digitize.batch.manifest import Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Pictures found, by what became of them; ``duplicates`` are counted apart, ``open`` are still to be read."""

    read: int = 0
    part: int = 0
    refused: int = 0
    failed: int = 0
    duplicates: int = 0
    open: int = 0

    @property
    def done(self) -> int:
        """All but those still to be read."""
        return self.read + self.part + self.refused + self.failed + self.duplicates


def figures(manifest: Manifest) -> Iterator[sqlite3.Row]:
    """Every picture found, in the order found, with what became of it; ``first`` is the name read in its place."""
    return iter(
        manifest.connection.execute(
            """
            select name, origin, relative, member, page, box, sha256, places.figure as figure,
                places.code as place_code, places.reason as place_reason, places.hint as place_hint,
                places.settings as settings_digest, settings.text as settings_text, firsts_name as first,
                readings.status as status, readings.code as code, readings.reason as reason,
                readings.hint as hint, version, width_px, height_px, panels, series, points, findings, doubts,
                files
            from places
            left join readings on readings.figure = places.figure
            left join settings on settings.digest = places.settings
            left join (
                -- beside min() SQLite takes the other columns from the row that holds it
                select figure as first_figure, name as firsts_name, min(rowid) from places group by figure
            ) on first_figure = places.figure
            order by places.rowid
            """
        )
    )


def counts(manifest: Manifest) -> Counts:
    """Every picture found, by what became of it."""
    found = dict.fromkeys(STATUSES, 0) | {"duplicates": 0, "open": 0}
    rows = manifest.connection.execute(
        """
        select case when places.figure is null then 'refused' when readings.status is null then 'open'
            else readings.status end as became, count(*), count(distinct places.figure)
        from places left join readings on readings.figure = places.figure group by 1
        """
    )
    for became, names, figures in rows:
        # what was refused unread has no reading to be a duplicate of
        unread = _refused_unread(manifest) if became == "refused" else 0
        found[became] += figures + unread
        found["duplicates"] += names - figures - unread
    return Counts(**found)


def _refused_unread(manifest: Manifest) -> int:
    return int(manifest.connection.execute("select count(*) from places where figure is null").fetchone()[0])


def reasons(manifest: Manifest) -> list[tuple[str, str, int]]:
    """(status, code, how often) of what was not read whole, most frequent first."""
    rows = manifest.connection.execute(
        """
        select coalesce(readings.status, 'refused') as status, coalesce(readings.code, places.code) as code,
            count(*) as often
        from places left join readings on readings.figure = places.figure
        where (places.figure is null or readings.status != 'read')
        group by 1, 2 order by often desc, 1, 2
        """
    )
    return [(row["status"], row["code"], row["often"]) for row in rows if row["code"]]


def last_run(manifest: Manifest) -> sqlite3.Row | None:
    """Of the runs into this folder, the last."""
    row: sqlite3.Row | None = manifest.connection.execute("select * from runs order by run desc limit 1").fetchone()
    return row
