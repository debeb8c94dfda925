"""A curve at a place, and the place where it gets to a level, each with its interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.geometry import FloatArray
from digitize.axis_span import AxisSpan
from digitize.curves import DOUBTFUL, Curve
from digitize.digits import Measured
from digitize.turns import END_PLACE_FRAC

EDGE_FRAC = 0.003
"""A curve within this share of an end of the y axis may go on beyond the picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A point of a curve."""

    x: Measured
    y: Measured


def is_drawn_line(curve: Curve) -> bool:
    """Whether there is something between the points, a value for every x: only then has a curve a course."""
    return curve.kind in ("line", "step") and not curve.looped


def place_of(curve: Curve, index: int) -> Place:
    """A point of a curve with its intervals."""
    doubtful = bool(curve.flags[index] & DOUBTFUL)
    (x_low, x_high), (y_low, y_high) = curve.x_interval[index], curve.y_interval[index]
    return Place(
        x=Measured(value=float(curve.x[index]), low=float(x_low), high=float(x_high), doubtful=doubtful),
        y=Measured(value=float(curve.y[index]), low=float(y_low), high=float(y_high), doubtful=doubtful),
    )


def time_to_reach(curve: Curve, level: float) -> Measured | None:
    """Where a curve first stands at or above (or, from above, at or below) ``level``; None where it never does.

    The interval is from where the curve's far bound gets there to where its near bound does (the curve's end, if that
    never does), and half an interval of x more.
    """
    rising = curve.y[0] < level
    value = _crossing(curve.x, curve.y, level, rising)
    if value is None:
        return None
    near, far = (curve.y_interval[:, end] for end in ((0, 1) if rising else (1, 0)))
    early, late = (_crossing(curve.x, bound, level, rising) for bound in (far, near))
    at = int(np.argmin(np.abs(curve.x - value)))
    half = float(np.ptp(curve.x_interval[at])) / 2
    low = min(value, value if early is None else early) - half
    high = max(value, float(curve.x[-1]) if late is None else late) + half
    return Measured(value=value, low=low, high=high, doubtful=bool(curve.flags[at] & DOUBTFUL))


def value_at(curve: Curve, x: float) -> Measured | None:
    """The curve at ``x``, its interval widened by what an error along x means on a slope; None outside the curve.

    Between the points the value lies on a straight stroke of the picture (on a log axis: straight in the logarithm);
    of points and bars, only the one that stands there counts.
    """
    margin = float(np.max(np.abs(curve.x_interval - curve.x[:, None]), initial=0.0))
    if not curve.x.min() - margin <= x <= curve.x.max() + margin:
        return None
    near = int(np.argmin(np.abs(curve.x - x)))
    half_x = float(np.ptp(curve.x_interval[near])) / 2
    if not is_drawn_line(curve):
        return place_of(curve, near).y if abs(curve.x[near] - x) <= max(half_x, margin) else None
    places = on_axis(curve.x_axis, np.array([x, x - half_x, x + half_x]))
    own = on_axis(curve.x_axis, curve.x)
    y, low, high = (_between(curve.y_axis, own, v, places[:1])[0] for v in (curve.y, *curve.y_interval.T))
    moved = _between(curve.y_axis, own, curve.y, places[1:])
    return Measured(
        value=float(y),
        low=float(min(low, *moved)),
        high=float(max(high, *moved)),
        doubtful=bool(curve.flags[near] & DOUBTFUL),
    )


def at_edge(curve: Curve, place: Place) -> bool:
    """Whether a place stands at an end of the y axis, where the curve may go on beyond the picture.

    A curve that begins or ends at the edge (at zero, most often) does not leave there.
    """
    share = float(curve.y_axis.to_share(np.array([place.y.value]))[0])
    if not curve.y_axis.drawn or EDGE_FRAC < share < 1 - EDGE_FRAC:
        return False
    beyond = not -EDGE_FRAC <= share <= 1 + EDGE_FRAC
    ends = END_PLACE_FRAC * float(np.ptp(curve.x))
    return bool(beyond or min(place.x.value - curve.x[0], curve.x[-1] - place.x.value) > ends)


def on_axis(axis: AxisSpan, values: FloatArray) -> FloatArray:
    """Shares of an axis; a value without a place on it (zero on a log axis) stands where its neighbours do."""
    share = axis.to_share(values)
    known = np.isfinite(share)
    if known.all():
        return share
    if not known.any():
        return np.zeros(len(share))
    return np.interp(np.arange(len(share)), np.flatnonzero(known), share[known])


def _between(axis: AxisSpan, own: FloatArray, values: FloatArray, places: FloatArray) -> FloatArray:
    scaled = axis.forward(values)
    if axis.is_log and np.isfinite(scaled).all():
        return np.asarray(10.0 ** np.interp(places, own, scaled), np.float64)
    return np.interp(places, own, values)


def _crossing(x: FloatArray, y: FloatArray, level: float, rising: bool) -> float | None:
    there = y >= level if rising else y <= level
    if not there.any():
        return None
    at = int(np.argmax(there))
    if not at or y[at] == y[at - 1]:
        return float(x[at])
    return float(x[at - 1] + (level - y[at - 1]) / (y[at] - y[at - 1]) * (x[at] - x[at - 1]))
