"""Series in another unit than the axis prints: what ``Time (hours)`` says, in minutes.

The conversion is pint's. Only the tables change; the JSON document keeps what the figure prints.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from calibration.axis import AxisCalibration
from calibration.geometry import FloatArray
from digitize.findings import Finding
from digitize.values import Figure, PanelReading, Series

SHORTEST_TITLE_AS_UNIT = 3
"""A title without a unit may be one itself (``hours``); one or two letters (``t``, ``x1``) name a variable."""
STRAIGHT_FRAC = 1e-9
SPELLINGS = {"hrs": "hours", "hr": "hour", "wk": "week", "wks": "weeks", "yrs": "years", "yr": "year", "mo": "month"}


@dataclass(frozen=True, slots=True)
class Conversion:
    """``new = factor * old + offset``"""

    factor: float
    offset: float

    def __call__(self, values: FloatArray) -> FloatArray:
        return np.asarray(values * self.factor + self.offset, np.float64)


def is_unit(text: str) -> bool:
    """Whether a text names a unit that is known."""
    return _unit(text) is not None


def check_unit(text: str) -> None:
    """Refuse a wanted unit that nothing can be converted to: ``ValueError``."""
    if not is_unit(text):
        raise ValueError(f"{text!r} is not a unit: write minutes, km/h, degC")


def to_units(figure: Figure, x_unit: str = "", y_unit: str = "") -> Figure:
    """The reading with its axes and series in other units.

    Parameters
    ----------
    x_unit, y_unit : str
        As pint knows them (``minutes``, ``km/h``, ``degC``); empty leaves the axis as printed.

    Returns
    -------
    Figure
        An axis whose unit is missing, unknown or of another kind keeps what it prints, with a finding.

    Raises
    ------
    ValueError
        A wanted unit is not a unit at all.
    """
    for unit in (x_unit, y_unit):
        if unit:
            check_unit(unit)
    return replace(figure, panels=tuple(_panel_in_units(reading, x_unit, y_unit) for reading in figure.panels))


def _panel_in_units(reading: PanelReading, x_unit: str, y_unit: str) -> PanelReading:
    if reading.calibration is None:
        return reading
    wanted = {"x": x_unit, "y": y_unit, "twin_y": y_unit}
    axes = {name: getattr(reading.calibration, name) for name in wanted}
    findings, steps, converted = [], {}, dict(axes)
    for name, unit in wanted.items():
        axis = axes[name]
        if not unit or axis is None:
            continue
        step, why = _conversion(axis, unit)
        moved = _convert_axis(axis, step, unit) if step else None
        if step is None or moved is None:
            said = why or f"its {axis.scale.name} scale does not allow it"
            findings.append(
                Finding(
                    code="unit-kept",
                    severity="warning",
                    panel=reading.panel.index,
                    message=f"The {name[-1]} axis of panel {reading.panel.index} is not converted to {unit}: {said}.",
                )
            )
            continue
        steps[name], converted[name] = step, moved
    return replace(
        reading,
        calibration=replace(reading.calibration, **converted),
        series=tuple(_convert_series(series, steps, x_unit, y_unit) for series in reading.series),
        findings=reading.findings + tuple(findings),
    )


def _convert_series(series: Series, steps: dict[str, Conversion], x_unit: str, y_unit: str) -> Series:
    x, y = steps.get("x"), steps.get(series.y_axis)
    if x:
        series = replace(series, x=x(series.x), x_interval=np.sort(x(series.x_interval)), x_unit=x_unit)
    if y:
        series = replace(series, y=y(series.y), y_interval=np.sort(y(series.y_interval)), y_unit=y_unit)
    return series


def _convert_axis(axis: AxisCalibration, step: Conversion, unit: str) -> AxisCalibration | None:
    """The axis in the other unit; None where it would not stay straight in its scaled coordinate."""
    forward, inverse = axis.scale.forward, axis.scale.inverse
    # The axis itself, some way to both sides of its middle.
    u = axis.intercept + np.array([-100.0, 0.0, 100.0]) * axis.slope
    low, middle, high = (float(value) for value in forward(step(inverse(u))))
    if not np.isfinite([low, middle, high]).all() or abs(high - 2 * middle + low) > STRAIGHT_FRAC * abs(high - low):
        return None
    stretch = (high - low) / float(u[2] - u[0])
    move: dict[Literal["used", "rejected"], Any] = {
        "used": tuple(replace(label, value=float(step(np.array(label.value)))) for label in axis.used),
        "rejected": tuple(replace(label, value=float(step(np.array(label.value)))) for label in axis.rejected),
    }
    return replace(
        axis,
        slope=axis.slope * stretch,
        intercept=middle,
        covariance=axis.covariance * stretch**2,
        unit=unit,
        **move,
    )


def _conversion(axis: AxisCalibration, wanted: str) -> tuple[Conversion | None, str]:
    """How to convert an axis, or None and why not."""
    # Only scales of plain numbers have a unit: dates and categories print words.
    if axis.scale.format(0.5) != "0.5":
        return None, f"its values are {axis.scale.name}s"
    printed = axis.unit or (axis.title if len(axis.title) >= SHORTEST_TITLE_AS_UNIT else "")
    if not printed:
        return None, "it names no unit"
    if printed.strip().casefold() == wanted.strip().casefold():
        return Conversion(1.0, 0.0), ""
    if _unit(printed) is None:
        return None, f"{printed!r} is not a known unit" if axis.unit else "it names no unit"
    step = conversion(printed, wanted)
    return (step, "") if step else (None, f"{printed!r} measures something else")


def conversion(printed: str, wanted: str) -> Conversion | None:
    """What turns values in one unit into another; None where one is unknown or they measure different things."""
    old, new = _unit(printed), _unit(wanted)
    if old is None or new is None:
        return None
    quantity = _registry().Quantity
    # Root units and not dimensions: bytes, angles and percent are all without dimension.
    if quantity(1, old).to_root_units().units != quantity(1, new).to_root_units().units:
        return None
    zero, one = (float(quantity(value, old).to(new).magnitude) for value in (0.0, 1.0))
    return Conversion(one if zero == 0 else one - zero, zero)


@lru_cache(maxsize=1)
def _registry() -> Any:
    import pint

    registry: Any = pint.UnitRegistry()
    registry.define("fraction = 1")
    return registry


def _unit(text: str) -> Any:
    """The unit a text names; None for none."""
    text = text.strip().strip(".").replace("−", "-").replace("·", " ").replace("μ", "µ")
    text = SPELLINGS.get(text.casefold(), text)
    # "m s-1" and "m s^-1": an exponent is written behind its unit.
    text = re.sub(r"(?<=[A-Za-zµ])\^?(-?\d+)(?![\w.])", r"**\1", text)
    longer_word = re.fullmatch(r"[A-Za-z]{3,}", text)
    for spelling in dict.fromkeys([text, text.lower()] if longer_word else [text]):
        try:
            return _registry().Unit(spelling)
        except Exception:  # noqa: BLE001 - pint raises AssertionError, TypeError and its own for odd texts
            continue
    return None
