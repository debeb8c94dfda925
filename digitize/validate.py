"""A reading against a document of known values: the whole comparison, and how it is told."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from digitize.curves import Curve
from digitize.validation.pairing import ColumnPair, Pairing, pair_table
from digitize.validation.tables import KnownPoint, KnownTable
from digitize.validation.verdicts import CellVerdict, Tolerance, point_verdicts, table_verdicts

MOST_POINTS = 40
"""Of more points than this the page lists only those that do not agree, and not more of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """What was paired with what, and the verdicts on cells and on points.

    ``skipped`` counts tables of the document that have nothing to do with the figure: none of their rows or none of
    their columns has a partner, while another table's have.
    """

    pairings: tuple[Pairing, ...]
    point_pairs: tuple[ColumnPair | None, ...]
    cells: tuple[CellVerdict, ...]
    points: tuple[CellVerdict, ...] = ()
    skipped: int = 0

    @property
    def verdicts(self) -> tuple[CellVerdict, ...]:
        """Those on cells, then those on points."""
        return self.cells + self.points

    @property
    def all_agree(self) -> bool:
        """Whether there is something to compare, and every value of it agrees."""
        return bool(self.verdicts) and all(one.verdict == "agrees" for one in self.verdicts)

    def counts(self) -> dict[str, int]:
        """How often each verdict was given."""
        return dict(Counter(one.verdict for one in self.verdicts))


def validate(
    curves: Sequence[Curve],
    tables: Sequence[KnownTable],
    points: Sequence[KnownPoint] = (),
    *,
    settled: dict[str, str] | None = None,
    tolerance: Tolerance | None = None,
) -> Validation:
    """Compare curves with known tables and points.

    Parameters
    ----------
    curves : sequence of Curve
        From :func:`~digitize.curves.figure_curves` or :func:`~digitize.curves.read_curves`.
    tables, points
        From :func:`~digitize.validation.tables.read_known`.
    settled : dict, optional
        Names of the document and what they stand for, where the pairing needs help.
    tolerance : Tolerance, optional
        Takes the place of half a unit of the last printed digit.

    Raises
    ------
    ValueError
        A name of ``settled`` that the document does not hold.
    """
    _check_settled(settled or {}, tables, points)
    pairings = [pair_table(table, curves, settled) for table in tables]
    related = [one for one in pairings if any(one.rows) and any(one.columns)]
    told = related or ([] if points else pairings)
    cells = [one for pairing in told for one in table_verdicts(pairing, curves, tolerance)]
    pairs, along = point_verdicts(points, curves, settled, tolerance)
    return Validation(
        pairings=tuple(told), point_pairs=pairs, cells=tuple(cells), points=along, skipped=len(pairings) - len(told)
    )


def _check_settled(settled: dict[str, str], tables: Sequence[KnownTable], points: Sequence[KnownPoint]) -> None:
    known = {name for table in tables for name in (*table.rows, *table.columns)} | {point.series for point in points}
    for name in settled:
        if name not in known:
            raise ValueError(f"the document has no {name!r}; it has {', '.join(sorted(map(repr, known)))}")


def to_markdown(result: Validation) -> str:
    """The pairing and the verdicts as Markdown tables."""
    lines = ["# Validation", "", "## Pairing", "", "| In the document | In the reading | Likeness |", "|---|---|---|"]
    rows = []
    for pairing in result.pairings:
        for name, row in zip(pairing.table.rows, pairing.rows, strict=True):
            place = "no partner: settle it with --map"
            if row:
                statistic = row.statistic.replace("_x", " (its place)") + (f" {row.at}" if row.at else "")
                place = f"{statistic} of {f'panel {row.panel}: {row.title}'.rstrip(' :') if row.panel else 'x'}"
            rows.append(_row(name, place, _likeness(row.likeness, row.doubtful) if row else ""))
        rows += [_series_row(name, one) for name, one in zip(pairing.table.columns, pairing.columns, strict=True)]
    rows += [_series_row(one.name, one) for one in result.point_pairs if one]
    lines += [*dict.fromkeys(rows), "", "## Verdicts", ""]
    lines += _verdict_table(result.cells) if result.cells else []
    if result.points:
        lines += [*([""] if result.cells else []), *_along_curves(result.points), ""]
        listed = result.points
        if len(listed) > MOST_POINTS:
            listed = tuple(one for one in listed if one.verdict != "agrees")[:MOST_POINTS]
            lines += [f"The first {len(listed)} points that do not agree:" if listed else "", ""]
        lines += _verdict_table(listed) if listed else []
    counts = ", ".join(f"{count} {verdict}" for verdict, count in result.counts().items())
    lines += ["", f"{len(result.verdicts)} values: {counts or 'none'}."]
    if result.skipped:
        lines += ["", f"{result.skipped} other tables of the document have nothing to do with the figure."]
    return "\n".join(lines) + "\n"


def _verdict_table(verdicts: Sequence[CellVerdict]) -> list[str]:
    lines = [
        "| Row | Column | Expected | Found | Interval | Difference | % of axis | Verdict |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in verdicts:
        interval = difference = share = ""
        if one.found:
            interval, difference = one.interval_text, f"{one.difference:+.3g}"
            share = f"{100 * one.axis_frac:.1f}"
        lines.append(_row(one.row, one.column, one.expected, one.found_text, interval, difference, share, told(one)))
    return lines


def _along_curves(points: Sequence[CellVerdict]) -> list[str]:
    """How known points lie along each curve, in one row."""
    lines = ["| Series | Panel | Points | Agree | Not found | Median % of axis | Worst % of axis | at |"]
    lines += ["|---|---|---|---|---|---|---|---|"]
    for key in dict.fromkeys((one.column, one.panel) for one in points):
        own = [one for one in points if (one.column, one.panel) == key]
        found = [one for one in own if one.found]
        worst = max(found, key=lambda one: one.axis_frac, default=None)
        median = f"{100 * float(np.median([one.axis_frac for one in found])):.2f}" if found else ""
        agree = sum(one.verdict == "agrees" for one in own)
        lines.append(
            _row(
                key[0], str(key[1] or ""), str(len(own)), str(agree), str(len(own) - len(found)), median,
                f"{100 * worst.axis_frac:.2f}" if worst else "", worst.row if worst else "",
            )
        )  # fmt: skip
    return lines


def to_json(result: Validation) -> str:
    """The same as JSON, unknown and endless numbers null."""
    document = {
        "format": 1,
        "all_agree": result.all_agree,
        "counts": result.counts(),
        "tables_skipped": result.skipped,
        "pairings": [
            {
                "rows": [asdict(one) if one else None for one in pairing.rows],
                "columns": [asdict(one) if one else None for one in pairing.columns],
            }
            for pairing in result.pairings
        ],
        "point_series": [asdict(one) if one else None for one in result.point_pairs],
        "verdicts": [asdict(one) for one in result.verdicts],
    }
    return json.dumps(_finite(document), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def told(one: CellVerdict) -> str:
    """A verdict in words, with who is at fault and why."""
    if one.fault == "document":
        return "disagrees: the document contradicts its own figure"
    if one.fault == "reading":
        return f"disagrees: the reading may be off ({', '.join(one.doubts)})"
    if one.verdict == "cannot tell":
        return f"cannot tell: the interval is wider than the tolerance of {one.tolerance:.3g}"
    return one.verdict


def _series_row(name: str, one: ColumnPair | None) -> str:
    if one is None:
        return _row(name, "no partner: settle it with --map", "")
    return _row(name, f"{one.series}{f' [{one.colour}]' if one.colour else ''}", _likeness(one.likeness, one.doubtful))


def _likeness(likeness: float, doubtful: bool) -> str:
    return f"{100 * likeness:.0f} %{', in doubt: settle it with --map' if doubtful else ''}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(' '.join(cell.split()).replace('|', chr(92) + '|') for cell in cells)} |"


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
