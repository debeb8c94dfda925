"""A reading against a document of known values: the whole comparison, and how it is told."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from digitize.curves import Curve
from digitize.digits import rounded
from digitize.validation.pairing import ColumnPair, Pairing, pair_table
from digitize.validation.tables import KnownPoint, KnownTable
from digitize.validation.verdicts import CellVerdict, Tolerance, point_verdicts, table_verdicts


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """What was paired with what, and the verdicts."""

    pairings: tuple[Pairing, ...]
    point_pairs: tuple[ColumnPair | None, ...]
    verdicts: tuple[CellVerdict, ...]

    @property
    def all_agree(self) -> bool:
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
    """
    pairings = tuple(pair_table(table, curves, settled) for table in tables)
    verdicts = [one for pairing in pairings for one in table_verdicts(pairing, curves, tolerance)]
    pairs, along = point_verdicts(points, curves, settled, tolerance)
    return Validation(pairings=pairings, point_pairs=pairs, verdicts=(*verdicts, *along))


def to_markdown(result: Validation) -> str:
    """The pairing and the verdicts as Markdown tables."""
    lines = ["# Validation", "", "## Pairing", "", "| In the document | In the reading | Likeness |", "|---|---|---|"]
    for pairing in result.pairings:
        for name, row in zip(pairing.table.rows, pairing.rows, strict=True):
            place = "no partner: settle it with --map"
            if row:
                place = f"{row.statistic} of {f'panel {row.panel}: {row.title}' if row.panel else 'x'}"
            lines.append(_row(name, place, _likeness(row.likeness, row.doubtful) if row else ""))
        lines += [_series_row(name, one) for name, one in zip(pairing.table.columns, pairing.columns, strict=True)]
    lines += [_series_row(one.name, one) for one in result.point_pairs if one]
    lines += [
        "",
        "## Verdicts",
        "",
        "| Row | Column | Expected | Found | Interval | Difference | % of axis | Verdict |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in result.verdicts:
        found = interval = difference = share = ""
        if one.found:
            found, difference = rounded(one.found), f"{one.difference:+.3g}"
            interval, share = f"{one.found.low:.4g} to {one.found.high:.4g}", f"{100 * one.axis_frac:.1f}"
        lines.append(_row(one.row, one.column, one.expected, found, interval, difference, share, told(one)))
    counts = ", ".join(f"{count} {verdict}" for verdict, count in result.counts().items())
    return "\n".join([*lines, "", f"{len(result.verdicts)} values: {counts or 'none'}."]) + "\n"


def to_json(result: Validation) -> str:
    """The same as JSON, unknown numbers null."""
    document = {
        "all_agree": result.all_agree,
        "counts": result.counts(),
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
