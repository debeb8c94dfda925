"""Expected against found: agrees, disagrees, cannot tell, not found; and who is at fault where they disagree."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from digitize.axis_span import AxisSpan
from digitize.curves import Curve
from digitize.digits import Measured, printed, rounded_date
from digitize.levels import value_at
from digitize.statistics import series_statistics
from digitize.validation.cells import Expected
from digitize.validation.found import found_value, in_axis_units, panel_of_points, wanted_series
from digitize.validation.pairing import ColumnPair, Pairing, RowPair, pair_series
from digitize.validation.requests import parse_request
from digitize.validation.tables import KnownPoint

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

    def of(self, axis: AxisSpan, default: float, near: float) -> float:
        """In units of an axis, near a value; ``default`` where nothing was stated."""
        if self.axis_frac is not None:
            return self.axis_frac * axis.units_per_share(near)
        return default if self.units is None else self.units


@dataclass(frozen=True, slots=True, kw_only=True)
class CellVerdict:
    """One known value and what the reading says of it; ``difference`` is found minus expected, NaN if not found.

    ``expected`` is as printed; ``expected_low`` and ``expected_high`` are in the unit of the axis.
    """

    row: str
    column: str
    panel: int
    series: str
    statistic: str
    expected: str
    expected_low: float
    expected_high: float
    tolerance: float
    found: Measured | None
    found_text: str
    interval_text: str
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
        one = wanted_series(row, column, measured) if row and column else None
        found, axis = found_value(one, row) if one and row else (None, None)
        if found is None or axis is None or one is None or row is None:
            verdicts.append(_not_found(*names, row, column, expected))
            continue
        verdicts.append(
            judge(
                in_axis_units(expected, axis, (row.unit, parse_request(names[1]).unit)),
                found,
                axis,
                one.curve,
                tolerance or Tolerance(),
                row=names[0],
                column=names[1],
                statistic=("x " if row.panel == 0 else "") + row.statistic + (f" {row.at}" if row.at else ""),
                sure_pair=not (row.doubtful or (column is not None and column.doubtful)),
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
    own = {
        key: _curve_of_points(key[0], [point for point in points if (point.panel, point.series) == key], curves, pairs)
        for key in dict.fromkeys((point.panel, point.series) for point in points)
    }
    verdicts = []
    for point in points:
        curve = own[point.panel, point.series]
        found = value_at(curve, curve.x_axis.value_of(point.x)) if curve else None
        place = f"x = {point.x}"
        if found is None or curve is None:
            verdicts.append(_not_found(place, point.series, None, pairs[point.series], point.y))
            continue
        chosen = tolerance or Tolerance()
        expected = in_axis_units(point.y, curve.y_axis, ())
        if chosen.units is None and chosen.axis_frac is None:
            share = POINT_TOLERANCE_FRAC * curve.y_axis.units_per_share(found.value)
            chosen = Tolerance(units=max(expected.tolerance, share))
        verdicts.append(
            judge(expected, found, curve.y_axis, curve, chosen, row=place, column=point.series, statistic="y")
        )
    return tuple(pairs[name] for name in names), tuple(verdicts)


def _curve_of_points(
    panel: str, points: Sequence[KnownPoint], curves: Sequence[Curve], pairs: dict[str, ColumnPair | None]
) -> Curve | None:
    """The curve known points belong to; of several panels that the document does not name, the one they fit best."""
    pair = pairs[points[0].series]
    own = panel_of_points(panel, [one for one in curves if pair and one.label == pair.series])
    if len(own) < 2:
        return own[0] if own else None

    def misfit(curve: Curve) -> float:
        found = [value_at(curve, curve.x_axis.value_of(point.x)) for point in points]
        apart = [
            curve.y_axis.share_between(value.value, point.y.low)
            for value, point in zip(found, points, strict=True)
            if value is not None
        ]
        return sorted(apart)[len(apart) // 2] if apart else math.inf

    return min(own, key=misfit)


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
    sure_pair: bool = True,
) -> CellVerdict:
    """The verdict on one value.

    It disagrees where the found interval lies wholly outside of expected +- tolerance; else it agrees, unless the
    interval is wider than the tolerance, which leaves the question open. A disagreement is the document's where the
    reading is certain there: the place was seen, the interval is small, no finding casts doubt on the axes, and there
    is no doubt what was meant.
    """
    near = min(max(found.value, expected.low), expected.high)
    allowed = tolerance.of(axis, expected.tolerance, near)
    low, high = expected.low - allowed, expected.high + allowed
    slack = 1e-9 * max(abs(found.value), abs(axis.end - axis.start))
    doubts = (
        *curve.doubts,
        *(() if sure_pair else ("pairing in doubt",)),
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
    share = axis.share_between(found.value, near)
    if not math.isfinite(share):  # zero has no place on a log axis
        share = abs(found.value - near) / abs(axis.end - axis.start)
    return CellVerdict(
        row=row,
        column=column,
        panel=curve.panel,
        series=curve.label,
        statistic=statistic,
        expected=expected.text,
        expected_low=expected.low,
        expected_high=expected.high,
        tolerance=allowed,
        found=found,
        found_text=printed(found, axis),
        interval_text=_interval(found, axis),
        difference=found.value - near,
        axis_frac=share,
        verdict=verdict,
        fault=fault,
        doubts=doubts,
    )


def _interval(found: Measured, axis: AxisSpan) -> str:
    if axis.kind == "date":
        return " to ".join(rounded_date(end, found.half / 2) for end in (found.low, found.high))
    return f"{found.low:.4g} to {found.high:.4g}"


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
        expected_low=expected.low,
        expected_high=expected.high,
        tolerance=expected.tolerance,
        found=None,
        found_text="",
        interval_text="",
        difference=math.nan,
        axis_frac=math.nan,
        verdict="not found",
    )
