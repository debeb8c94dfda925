"""Is what was read close to what was drawn? Tolerances in pixels or in per cent of the axis."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np
import shapely
from numpy.typing import ArrayLike

from calibration.geometry import Box, FloatArray


class _Named(Protocol):
    @property
    def label(self) -> str: ...


NamedT = TypeVar("NamedT", bound=_Named)


def to_box(bbox: Sequence[float]) -> Box:
    """The benchmark's continuous ``bbox`` (centre of the first pixel at 0.5) in our pixel frame."""
    left, top, right, bottom = (edge - 0.5 for edge in bbox)
    return Box(left=left, top=top, right=right, bottom=bottom)


def assert_box_close(read: Box, drawn: Box, *, tolerance_px: float) -> None:
    """Every edge of ``read`` lies within ``tolerance_px`` of the drawn one."""
    off = np.subtract(read.as_list(), drawn.as_list())
    edges = dict(zip(("left", "top", "right", "bottom"), off.round(2).tolist(), strict=True))
    assert np.abs(off).max() <= tolerance_px, f"box is off by {edges} px, more than {tolerance_px}"


def plain(name: str) -> str:
    """A name as names are compared: case and spaces aside."""
    return re.sub(r"\s+", "", name).casefold()


def match_by_name(read: Sequence[NamedT], names: Sequence[str]) -> dict[str, NamedT]:
    """What was read under each of ``names``; fails where one is missing, double or unheard of."""
    found: dict[str, list[NamedT]] = {plain(name): [] for name in names}
    strangers = [item.label for item in read if plain(item.label) not in found]
    for item in read:
        found.get(plain(item.label), []).append(item)
    wrong = {name: len(found[plain(name)]) for name in names if len(found[plain(name)]) != 1}
    assert not strangers and not wrong, f"not read once each: {wrong}; read but not drawn: {strangers}"
    return {name: found[plain(name)][0] for name in names}


def unit_line(x: ArrayLike, y: ArrayLike, ranges: Mapping[str, Sequence[float]]) -> shapely.Geometry:
    """A line in the unit square of its panel; NaN rows break it. ``ranges`` holds the axis ends under x and y."""
    (x0, x1), (y0, y1) = ranges["x"], ranges["y"]
    points = np.column_stack([(np.asarray(x, float) - x0) / (x1 - x0), (np.asarray(y, float) - y0) / (y1 - y0)])
    pieces = np.split(points, np.flatnonzero(~np.isfinite(points).all(axis=1)))
    pieces = [piece[np.isfinite(piece).all(axis=1)] for piece in pieces]
    return shapely.MultiLineString([piece for piece in pieces if len(piece) > 1])


def share_within(line: shapely.Geometry, other: shapely.Geometry, tolerance: float) -> float:
    """Share of the length of ``line`` that lies within ``tolerance`` of ``other``, 0 to 1."""
    return float(shapely.intersection(line, other.buffer(tolerance)).length / max(line.length, 1e-12))


def assert_series_close(
    read: tuple[FloatArray, FloatArray],
    drawn: tuple[ArrayLike, ArrayLike],
    *,
    x_range: Sequence[float],
    y_range: Sequence[float],
    tolerance_percent: float = 1.0,
    share: float = 0.99,
    what: str = "series",
) -> None:
    """Both lines lie within ``tolerance_percent`` of the axes of one another over ``share`` of their length.

    ``read`` and ``drawn`` are (x, y) in data units on linear axes with the given ends.
    """
    ranges = {"x": x_range, "y": y_range}
    one, other = unit_line(*read, ranges), unit_line(*drawn, ranges)
    assert not one.is_empty, f"{what}: nothing was read"
    recall = share_within(other, one, tolerance_percent / 100)
    precision = share_within(one, other, tolerance_percent / 100)
    assert min(recall, precision) >= share, (
        f"{what}: {recall:.2%} of the line drawn was read and {precision:.2%} of the line read was drawn "
        f"within {tolerance_percent} % of the axes; expected {share:.0%}"
    )


def required_series(panel: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The series of a truth panel that a reader must find: neither references nor bands."""
    return [series for series in panel["series"] if series["kind"] not in ("reference", "band", "errorbar")]
