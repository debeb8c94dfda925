"""Series on common places along x, so that one row of a table holds every series.

Between the points of a series the value is interpolated linearly in the scaled coordinates of both axes (on a
logarithmic axis: in the logarithm), where a straight stroke of the picture is straight. A gap stays a gap, and nothing
is extrapolated; a place inside the 95 % interval of a series' outermost point takes that point, flagged EXTRAPOLATED.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from calibration.axis import AxisCalibration, PanelCalibration, Scale
from calibration.geometry import FloatArray
from digitize.export.cells import is_number
from digitize.findings import Finding, PointFlag
from digitize.values import Figure, FlagArray, PanelReading, Series

MOST_PLACES = 100_000
DISCRETE_KINDS = ("scatter", "bar")
"""Nothing is drawn between their points, so nothing is interpolated there."""
NEIGHBOURS_FRAC = 0.5
"""Share of the usual distance between a series' own points within which places of different series are one."""
YEAR_DIGITS = 4
PLACES_AT_ONCE = 256
"""Places compared with all segments of a series in one step: bounds the memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Where to read the series of a panel; exactly one of the three, or none: where they were read themselves.

    Attributes
    ----------
    count : int or None
        Places from the first to the last x of the panel, even in the axis' scaled coordinate.
    step : float or None
        Whole multiples of it, in the axis' unit (dates: days).
    at : tuple of str
        The places themselves, as the axis prints them: numbers, ISO 8601 dates, category labels.
    """

    count: int | None = None
    step: float | None = None
    at: tuple[str, ...] = ()


def parse_grid(grid: str = "", at: str = "") -> Grid:
    """``--grid 50`` (places), ``--grid 0.5`` or ``--grid step=10`` (distance), ``--at 1,2,5``.

    Raises
    ------
    ValueError
        Neither, both, or no number.
    """
    if bool(grid) == bool(at):
        raise ValueError("give either --grid or --at")
    if at:
        places = tuple(place.strip() for place in at.split(",") if place.strip())
        if not places:
            raise ValueError(f"--at {at}: no place is named")
        return Grid(at=places)
    text = grid.strip()
    if text.isdecimal():
        if not 2 <= int(text) <= MOST_PLACES:
            raise ValueError(f"--grid {grid}: from 2 to {MOST_PLACES} places, or step=NUMBER")
        return Grid(count=int(text))
    try:
        step = float(text.removeprefix("step="))
    except ValueError:
        raise ValueError(f"--grid {grid}: a count such as 50, or a step such as 0.5 or step=10") from None
    if not (np.isfinite(step) and step > 0):
        raise ValueError(f"--grid {grid}: a step is above zero")
    return Grid(step=step)


def to_grid(figure: Figure, grid: Grid) -> Figure:
    """The reading with all series of a panel at the same x.

    Raises
    ------
    ValueError
        A place that can stand on no panel's x axis, or too many places. On the other panels' axes it is left out.
    """
    scales = [one.calibration.x.scale for one in figure.panels if one.calibration and one.series]
    for text in grid.at:
        if scales and all(_parse_place(text, scale) is None for scale in scales):
            raise ValueError(f"{text!r} is no place on an x axis: a number, an ISO 8601 date, a category's label")
    return replace(figure, panels=tuple(_panel_on_grid(reading, grid) for reading in figure.panels))


def has_common_x(reading: PanelReading) -> bool:
    """Whether all series of a panel already stand at the same, rising places."""
    xs = [series.x for series in reading.series]
    return all(np.array_equal(x, xs[0]) and bool(np.all(np.diff(x) > 0)) for x in xs)


def _panel_on_grid(reading: PanelReading, grid: Grid) -> PanelReading:
    calibration = reading.calibration
    if calibration is None or not reading.series:
        return reading
    places = _places(reading.series, calibration.x.scale, grid)
    findings = list(reading.findings)
    gridded = []
    for series in reading.series:
        one, ambiguous = resample(series, calibration, places)
        gridded.append(one)
        if ambiguous:
            findings.append(
                Finding(
                    code="not-a-function",
                    severity="warning",
                    panel=reading.panel.index,
                    message=f"{series.label!r} has several values at {ambiguous} places of the grid; they are empty.",
                    value=float(ambiguous),
                )
            )
    return replace(reading, series=tuple(gridded), findings=tuple(findings))


def _places(series: Sequence[Series], scale: Scale, grid: Grid) -> FloatArray:
    """(N,) rising x values for all series of a panel."""
    if grid.at:
        told = (_parse_place(text, scale) for text in grid.at)
        return np.unique(np.array([place for place in told if place is not None], np.float64))
    everywhere = np.concatenate([one.x[np.isfinite(one.x)] for one in series])
    if not everywhere.size:
        return np.empty(0)
    if getattr(scale, "labels", ()):  # between two categories there is nothing
        return np.unique(np.round(everywhere))
    u = np.sort(scale.forward(everywhere))
    if grid.count:
        return np.unique(scale.inverse(np.linspace(u[0], u[-1], grid.count)))
    if grid.step:
        first, last = np.ceil(everywhere.min() / grid.step - 1e-9), np.floor(everywhere.max() / grid.step + 1e-9)
        if last - first >= MOST_PLACES:
            raise ValueError(f"a step of {grid.step:g} makes more than {MOST_PLACES} places")
        # Divided where that is exact: 3 * 0.1 is 0.30000000000000004, 3 / 10 is 0.3.
        parts = 1.0 / grid.step
        counts = np.arange(first, last + 1) + 0.0  # no minus before zero
        return counts / round(parts) if round(parts) > 0 and abs(parts - round(parts)) < 1e-9 else counts * grid.step
    return np.asarray(scale.inverse(_told_apart(u, _width_u(series, scale))), np.float64)


def _parse_place(text: str, scale: Scale) -> float | None:
    """A place in data units; None for a text that an axis of this kind does not print."""
    from digitize.export.restored import to_values

    # A bare number on an axis of dates would count days since 1970: of such numbers a year alone is meant.
    if scale.format(0.0) == "1970-01-01" and is_number(text):
        if not (text.isdecimal() and len(text) == YEAR_DIGITS):
            return None
        text = f"{text}-01-01"
    labels = getattr(scale, "labels", ())
    if (scale.format(0.5) == "0.5" and not is_number(text)) or (labels and text not in labels):
        return None
    try:
        place = float(to_values([text], scale)[0])
    except ValueError:
        return None
    return place if np.isfinite(scale.forward(place)) else None


def _width_u(series: Sequence[Series], scale: Scale) -> float:
    """How near two places are one to the eye: half the usual 95 % interval along x.

    Never so wide that neighbours within one series become one: a sharp peak would be lost.
    """
    ends = scale.forward(np.concatenate([one.x_interval for one in series]))
    widths = (ends[:, 1] - ends[:, 0]) / 2
    known = widths[np.isfinite(widths)]
    limits = [float(np.median(known)) if known.size else 0.0]
    for one in series:
        steps = np.diff(np.unique(scale.forward(one.x[np.isfinite(one.x)])))
        limits += [NEIGHBOURS_FRAC * float(np.median(steps))] if steps.size else []
    return min(limits)


def _told_apart(u: FloatArray, width_u: float) -> FloatArray:
    """One place for all that lie within ``width_u`` of the first of them; ``u`` is sorted."""
    firsts, start = [], 0
    while start < len(u):
        firsts.append(start)
        start = max(int(np.searchsorted(u, u[start] + width_u, side="right")), start + 1)
    sums = np.add.reduceat(u, firsts)
    return np.unique(sums / np.diff([*firsts, len(u)]))


def resample(series: Series, calibration: PanelCalibration, places: FloatArray) -> tuple[Series, int]:
    """A series at given places.

    Returns
    -------
    Series
        As many points as places; ``y`` is NaN where the series has no value.
    int
        Places left empty because the series has several values there, further apart than their intervals.
    """
    x_scale = calibration.x.scale
    axis: AxisCalibration = (series.y_axis == "twin_y" and calibration.twin_y) or calibration.y
    at = x_scale.forward(places)
    # Along: x and the ends of its interval as distances from it; across: y and the ends of its interval.
    x = x_scale.forward(series.x)
    columns = np.column_stack(
        [
            axis.scale.forward(series.y),
            *axis.scale.forward(series.y_interval).T,
            *(x_scale.forward(series.x_interval).T - x),
        ]
    )
    discrete = series.kind in DISCRETE_KINDS
    values, flags, ambiguous = _between(x, columns, series.flags, at, discrete=discrete, step=series.kind == "step")
    x_ends = x_scale.inverse(at[:, None] + values[:, 3:5])
    gridded = replace(
        series,
        x=places,
        y=np.asarray(axis.scale.inverse(values[:, 0]), np.float64),
        x_interval=np.asarray(x_ends, np.float64),
        y_interval=np.asarray(axis.scale.inverse(values[:, 1:3]), np.float64),
        flags=flags,
    )
    return gridded, ambiguous


def _between(
    x: FloatArray, columns: FloatArray, flags: FlagArray, at: FloatArray, *, discrete: bool, step: bool
) -> tuple[FloatArray, FlagArray, int]:
    """``columns`` at places ``at`` of a path over ``x``, flags of the points used, how many places were ambiguous."""
    values = np.full((len(at), columns.shape[1]), np.nan)
    bits = np.zeros(len(at), np.uint16)
    _take_points(x, columns, flags, at, values, bits, ends_only=not discrete)
    if discrete or len(x) < 2:
        return values, bits, 0
    whole = np.isfinite(x[:-1]) & np.isfinite(x[1:]) & np.isfinite(columns[:-1, 0]) & np.isfinite(columns[1:, 0])
    starts = np.flatnonzero(whole)
    left, right = np.minimum(x[starts], x[starts + 1]), np.maximum(x[starts], x[starts + 1])
    ambiguous = 0
    for first in range(0, len(at), PLACES_AT_ONCE):
        some = at[first : first + PLACES_AT_ONCE]
        place, segment = np.nonzero((left <= some[:, None]) & (some[:, None] <= right))
        if not len(place):
            continue
        begin = starts[segment]
        length = x[begin + 1] - x[begin]
        share = np.where(length == 0, 0.5, (some[place] - x[begin]) / np.where(length == 0, 1.0, length))
        there = columns[begin] + share[:, None] * (columns[begin + 1] - columns[begin])
        # A point met exactly gives what was read, to the last digit.
        there = np.where((share == 0)[:, None], columns[begin], there)
        there = np.where((share == 1)[:, None], columns[begin + 1], there)
        met, group = np.unique(place, return_index=True)
        lowest, highest = (which.reduceat(there[:, 0], group) for which in (np.minimum, np.maximum))
        reach = np.maximum.reduceat(there[:, 2] - there[:, 1], group)
        several = highest - lowest > np.maximum(reach, 0.0)
        chosen = there[group]
        if step:  # on the edge: the new level, in doubt down to the old one
            chosen[several] = there[np.append(group[1:], len(there)) - 1][several]
            chosen[several, 1] = np.minimum.reduceat(there[:, 1], group)[several]
            chosen[several, 2] = np.maximum.reduceat(there[:, 2], group)[several]
        else:
            chosen[several] = np.nan
            ambiguous += int(several.sum())
        values[first + met] = chosen
        near = np.where(share == 0, flags[begin], np.where(share == 1, flags[begin + 1],
                                                           flags[begin] | flags[begin + 1]))
        bits[first + met] = np.bitwise_or.reduceat(near.astype(np.uint16), group)
    return values, bits, ambiguous


def _take_points(
    x: FloatArray,
    columns: FloatArray,
    flags: FlagArray,
    at: FloatArray,
    values: FloatArray,
    bits: FlagArray,
    *,
    ends_only: bool,
) -> None:
    """Give places within a point's own x interval that point: every point, or only the outermost two."""
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(columns[:, 0]))
    if not len(known):
        return
    known = known[np.argsort(x[known], kind="stable")]
    if ends_only:
        known = known[[0, -1]]
    nearest = known[np.argmin(np.abs(at[:, None] - x[known]), axis=1)] if len(known) == 2 else _nearest(x, known, at)
    off = at - x[nearest]
    with np.errstate(invalid="ignore"):
        inside = (off == 0) | ((columns[nearest, 3] <= off) & (off <= columns[nearest, 4]))
    values[inside] = columns[nearest[inside]]
    beyond = PointFlag.EXTRAPOLATED if ends_only else PointFlag.NONE
    bits[inside] = np.where(off[inside] == 0, flags[nearest[inside]], flags[nearest[inside]] | np.uint16(beyond))


def _nearest(x: FloatArray, rising: np.ndarray[tuple[int], np.dtype[np.intp]], at: FloatArray) -> np.ndarray[
    tuple[int], np.dtype[np.intp]
]:
    """Indices of the points nearest to each place."""
    after = np.clip(np.searchsorted(x[rising], at), 1, max(len(rising) - 1, 1))
    after = np.minimum(after, len(rising) - 1)
    before = np.maximum(after - 1, 0)
    nearer = np.abs(at - x[rising[before]]) <= np.abs(at - x[rising[after]])
    return np.asarray(np.where(nearer, rising[before], rising[after]), np.intp)
