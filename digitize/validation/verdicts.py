"""Expected against found: agrees, disagrees, cannot tell, not found; and who is at fault where they disagree."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from digitize.axis_span import AxisSpan
from digitize.curves import Curve
from digitize.digits import Measured
from digitize.levels import value_at
from digitize.statistics import SeriesStatistics, series_statistics
from digitize.validation.pairing import ColumnPair, Pairing, RowPair, pair_series
from digitize.validation.tables import Expected, KnownPoint

Verdict = Literal["agrees", "disagrees", "cannot tell", "not found"]
Fault = Literal["", "document", "reading"]

CERTAIN_FRAC = 0.02
"""A reading is certain where half its interval is below this share of the axis and nothing casts doubt on it."""
POINT_TOLERANCE_FRAC = 0.01
"""Known points come with more digits than a picture holds: they agree within this share of the axis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """Stated by the user: in units, or as a share of the axis."""

    units: float | None = None
    axis_frac: float | None = None

    def of(self, axis: AxisSpan, default: float) -> float:
        if self.axis_frac is not None:
            return self.axis_frac * abs(axis.end - axis.start)
        return default if self.units is None else self.units


@dataclass(frozen=True, slots=True, kw_only=True)
class CellVerdict:
    """One known value and what the reading says of it; ``difference`` is found minus expected, NaN if not found."""

    row: str
    column: str
    panel: int
    series: str
    statistic: str
    expected: str
    tolerance: float
    found: Measured | None
    difference: float
    axis_frac: float
    verdict: Verdict
    fault: Fault = ""
    doubts: tuple[str, ...] = ()


def table_verdicts(
    pairing: Pairing, curves: Sequence[Curve], tolerance: Tolerance | None = None
) -> tuple[CellVerdict, ...]:
    """A verdict for every cell of a table that holds a value."""
    measured = [series_statistics(curve) for curve in curves]
    verdicts = []
    for (i, row), (j, column) in ((a, b) for a in enumerate(pairing.rows) for b in enumerate(pairing.columns)):
        expected = pairing.table.cells[i][j]
        if expected is None:
            continue
        names = pairing.table.rows[i], pairing.table.columns[j]
        one = _wanted(row, column, measured) if row and column else None
        if one is None or row is None:
            verdicts.append(_not_found(*names, row, column, expected))
            continue
        found, axis = _statistic(one, row)
        verdicts.append(
            judge(
                expected,
                found,
                axis,
                one.curve,
                tolerance or Tolerance(),
                row=names[0],
                column=names[1],
                statistic=("x " if row.panel == 0 else "") + row.statistic,
            )
        )
    return tuple(verdicts)


def point_verdicts(
    points: Sequence[KnownPoint],
    curves: Sequence[Curve],
    settled: dict[str, str] | None = None,
    tolerance: Tolerance | None = None,
) -> tuple[tuple[ColumnPair | None, ...], tuple[CellVerdict, ...]]:
    """Known points along their curves: the pairing of their series, and a verdict for every point."""
    names = list(dict.fromkeys(point.series for point in points))
    pairs = dict(zip(names, pair_series(names, curves, settled), strict=True))
    if len(names) == 1 and len({curve.label for curve in curves}) == 1:
        pairs = {names[0]: ColumnPair(name=names[0], series=curves[0].label, colour=curves[0].colour, likeness=1.0)}
    verdicts = []
    for point in points:
        pair = pairs[point.series]
        own = [one for one in curves if pair and one.label == pair.series and point.panel in (0, one.panel)]
        found = value_at(own[0], point.x) if len(own) == 1 else None
        place = f"x = {point.x:g}"
        if found is None:
            verdicts.append(_not_found(place, point.series, None, pair, point.y))
            continue
        default = max(point.y.tolerance, POINT_TOLERANCE_FRAC * abs(own[0].y_axis.end - own[0].y_axis.start))
        chosen = tolerance or Tolerance()
        if chosen.units is None and chosen.axis_frac is None:
            chosen = Tolerance(units=default)
        verdicts.append(
            judge(point.y, found, own[0].y_axis, own[0], chosen, row=place, column=point.series, statistic="y")
        )
    return tuple(pairs[name] for name in names), tuple(verdicts)


def judge(
    expected: Expected,
    found: Measured,
    axis: AxisSpan,
    curve: Curve,
    tolerance: Tolerance,
    *,
    row: str,
    column: str,
    statistic: str,
) -> CellVerdict:
    """The verdict on one value.

    It disagrees where the found interval lies wholly outside of expected +- tolerance; else it agrees, unless the
    interval is wider than the tolerance, which leaves the question open. A disagreement is the document's where the
    reading is certain there: the place was seen, the interval is small, no finding casts doubt on the axes.
    """
    allowed = tolerance.of(axis, expected.tolerance)
    low, high = expected.low - allowed, expected.high + allowed
    slack = 1e-9 * max(abs(low), abs(axis.end - axis.start))
    near = min(max(found.value, expected.low), expected.high)
    doubts = (
        *curve.doubts,
        *(("place not seen",) if found.doubtful else ()),
        *(("wide interval",) if found.half / axis.units_per_share(found.value) > CERTAIN_FRAC else ()),
    )
    verdict: Verdict
    if found.low > high + slack or found.high < low - slack:
        verdict = "disagrees"
    elif found.half > allowed + slack and not (low - slack <= found.low and found.high <= high + slack):
        verdict = "cannot tell"
    else:
        verdict = "agrees"
    fault: Fault = "" if verdict != "disagrees" else "reading" if doubts else "document"
    return CellVerdict(
        row=row,
        column=column,
        panel=curve.panel,
        series=curve.label,
        statistic=statistic,
        expected=expected.text,
        tolerance=allowed,
        found=found,
        difference=found.value - near,
        axis_frac=axis.share_between(found.value, near),
        verdict=verdict,
        fault=fault,
        doubts=doubts,
    )


def _wanted(row: RowPair, column: ColumnPair, measured: Sequence[SeriesStatistics]) -> SeriesStatistics | None:
    own = [one for one in measured if one.curve.label == column.series and row.panel in (0, one.curve.panel)]
    if row.panel == 0 and row.statistic in ("maximum", "last"):
        return max(own, key=lambda one: (not one.last.x.doubtful, one.last.x.value), default=None)
    return own[0] if own else None


def _statistic(one: SeriesStatistics, row: RowPair) -> tuple[Measured, AxisSpan]:
    if row.panel == 0:
        place = one.last if row.statistic in ("maximum", "last") else one.first
        return place.x, one.curve.x_axis
    values = {
        "last": one.last.y,
        "first": one.first.y,
        "maximum": one.maximum.y,
        "minimum": one.minimum.y,
        "mean": one.mean,
        "plateau": one.plateau,
        "span": one.span,
    }
    return values[row.statistic], one.curve.y_axis


def _not_found(
    row: str, column: str, row_pair: RowPair | None, column_pair: ColumnPair | None, expected: Expected
) -> CellVerdict:
    return CellVerdict(
        row=row,
        column=column,
        panel=row_pair.panel if row_pair else 0,
        series=column_pair.series if column_pair else "",
        statistic=row_pair.statistic if row_pair else "",
        expected=expected.text,
        tolerance=expected.tolerance,
        found=None,
        difference=math.nan,
        axis_frac=math.nan,
        verdict="not found",
    )
