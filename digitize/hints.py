"""What a user states about axes that could not be read: the values at the ends of an axes box.

::

    --x-axis 0:130                     every panel's x axis, from the left edge of the axes box to the right one
    --y-axis 2=0.40:0.55@log           the y axis of panel 2, from the bottom edge to the top one
    --x-axis 2020-01-01:2021-01-01     dates, as ISO 8601
    --x-axis -100:100@symlog:0.1       logarithmic on both sides of zero, linear between -0.1 and 0.1 (1 if not said)

or the same in a TOML file (``--axes FILE.toml``)::

    [x]
    range = [0, 130]

    [panel.2.y]
    range = [0.40, 0.55]
    scale = "log"                      # or "symlog", with linear_within = 0.1

What is stated for one panel goes before what is stated for all, an option before the file. A stated axis takes the
place of the one that was read; everything else stays automatic.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from calibration.axis import AxisCalibration, PanelCalibration, Scale
from calibration.geometry import Side
from calibration.scales import EPOCH, DateScale, LinearScale, LogScale, SymlogScale
from digitize.findings import Finding
from digitize.panels import CalibratedPanel, refusals

AxisName = Literal["x", "y", "twin_y"]
Whole = dict["int | None", "AxisHint"]

STATED_SCALES: dict[str, Scale] = {
    "linear": LinearScale(), "log": LogScale(), "symlog": SymlogScale(), "date": DateScale(),
}  # fmt: skip
END_SIGMA_PX = 0.3
"""The edges of an axes box are spines on the pixel grid: a uniform half pixel to either side."""
DISAGREES_FRAC = 0.01
"""Where the labels put an end further off than this share of the axis, a finding warns."""
_OPTION = re.compile(
    r"\s*(?:(?P<panel>\d+)\s*=)?\s*(?P<ends>[^@=]+?)\s*(?:@\s*(?P<scale>\w+)(?::(?P<within>[\d.eE+-]+))?)?\s*"
)
_NAMES: tuple[AxisName, ...] = ("x", "y", "twin_y")
_SIDES: dict[AxisName, Side] = {"x": "bottom", "y": "left", "twin_y": "right"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AxisHint:
    """The values at the two ends of an axis, left to right or bottom to top, and its scale.

    Raises
    ------
    ValueError
        Where the two ends are one, or have no place on the scale.
    """

    start: float
    end: float
    scale: Scale = field(default_factory=LinearScale)

    def __post_init__(self) -> None:
        u = self.scale.forward([self.start, self.end])
        if not np.isfinite(u).all():
            raise ValueError(f"{self} has an end without a place on a {self.scale.name} axis")
        if u[0] == u[1]:
            raise ValueError(f"{self} begins and ends at one value")

    def __str__(self) -> str:
        ends = f"{self.scale.format(self.start)}:{self.scale.format(self.end)}"
        within = f":{self.scale.linear_within:g}" if isinstance(self.scale, SymlogScale) else ""
        return ends if self.scale.name == "linear" else f"{ends}@{self.scale.name}{within}"

    def to_axis(
        self, side: Side, start_px: float, end_px: float, read: AxisCalibration | None = None
    ) -> AxisCalibration:
        """The calibration of an axis between two pixel positions; title and unit stay as they were ``read``."""
        low, high = (float(u) for u in self.scale.forward([self.start, self.end]))
        slope = (high - low) / (end_px - start_px)
        variances_px = np.array([2.0 / (end_px - start_px) ** 2, 0.5]) * END_SIGMA_PX**2
        return AxisCalibration(
            side=read.side if read else side,
            scale=self.scale,
            slope=slope,
            intercept=(low + high) / 2,
            centre_px=(start_px + end_px) / 2,
            covariance=np.diag(slope**2 * variances_px),
            residual_px=0.0,
            title=read.title if read else "",
            unit=read.unit if read else "",
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AxisHints:
    """All that was stated: for each of x, y and twin_y by panel number, None being every panel."""

    x: Mapping[int | None, AxisHint] = field(default_factory=dict)
    y: Mapping[int | None, AxisHint] = field(default_factory=dict)
    twin_y: Mapping[int | None, AxisHint] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.x or self.y or self.twin_y)

    def stated(self, name: AxisName, panel: int) -> AxisHint | None:
        """What was stated for an axis of a panel."""
        hints: Mapping[int | None, AxisHint] = getattr(self, name)
        return hints.get(panel) or hints.get(None)

    def as_options(self) -> dict[str, list[str]]:
        """Every hint as its option would write it, by axis: what provenance records."""
        return {
            name: [f"{panel}={hint}" if panel else str(hint) for panel, hint in getattr(self, name).items()]
            for name in _NAMES
            if getattr(self, name)
        }

    def strangers(self, count: int) -> tuple[Finding, ...]:
        """A finding for every panel that was named but is not among the ``count`` panels found."""
        numbers = {panel for name in _NAMES for panel in getattr(self, name) if panel is not None}
        return tuple(
            Finding(
                code="panel-unknown",
                severity="warning",
                message=f"An axis was stated for panel {number}, but the panels found are {count}.",
            )
            for number in sorted(numbers)
            if number > count
        )


def to_hints(x: Sequence[str] = (), y: Sequence[str] = (), file: str | Path | None = None) -> AxisHints:
    """Hints out of options and a TOML file.

    Raises
    ------
    ValueError
        Naming what could not be understood.
    OSError
        Where the file cannot be opened.
    """
    found: dict[AxisName, Whole] = {name: {} for name in _NAMES}
    if file:
        for name, panel, hint in _read_toml(Path(file)):
            found[name][panel] = hint
    options: tuple[tuple[AxisName, Sequence[str]], ...] = (("x", x), ("y", y))
    for name, texts in options:
        for panel, hint in map(read_option, texts):
            found[name][panel] = hint
    return AxisHints(x=found["x"], y=found["y"], twin_y=found["twin_y"])


def read_option(text: str) -> tuple[int | None, AxisHint]:
    """``[PANEL=]FROM:TO[@SCALE[:LINEAR_WITHIN]]`` as a panel number and a hint.

    Raises
    ------
    ValueError
    """
    match = _OPTION.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is not FROM:TO, FROM:TO@SCALE or PANEL=FROM:TO")
    panel, scale = match["panel"], match["scale"]
    if panel == "0":
        raise ValueError(f"{text!r}: panels count from 1")
    parts = match["ends"].split(":")
    # a time of day has colons of its own: the right one leaves two ends of one kind
    for cut in sorted(range(1, len(parts)), key=lambda cut: abs(2 * cut - len(parts))):
        ends = ":".join(parts[:cut]), ":".join(parts[cut:])
        for name in (scale.lower(),) if scale else ("linear", "date"):
            try:
                return int(panel) if panel else None, _to_hint(list(ends), name, match["within"])
            except _NotAValue:
                continue
    raise ValueError(f"{text!r}: the ends must be two numbers or two ISO dates, such as 0:130 or 2020-01-01:2021-01-01")


class _NotAValue(ValueError):
    """An end is no value of the scale."""


def _to_hint(ends: Sequence[Any], scale: str, linear_within: Any = None) -> AxisHint:
    if scale not in STATED_SCALES:
        raise ValueError(f"scale {scale!r} is none of {', '.join(STATED_SCALES)}")
    read = _to_days if scale == "date" else _to_number
    stated = STATED_SCALES[scale]
    if linear_within is not None:
        if not isinstance(stated, SymlogScale):
            raise ValueError(f"only a symlog scale turns linear, not {scale!r}")
        if not _to_number(linear_within) > 0:
            raise ValueError(f"a symlog scale turns linear within a number above 0, not {linear_within!r}")
        stated = SymlogScale(linear_within=_to_number(linear_within))
    return AxisHint(start=read(ends[0]), end=read(ends[1]), scale=stated)


def _to_number(value: Any) -> float:
    try:
        number = float(str(value).strip().replace("\u2212", "-"))
    except ValueError:
        raise _NotAValue(f"{value!r} is no number") from None
    if isinstance(value, bool) or not np.isfinite(number):
        raise _NotAValue(f"{value!r} is no number")
    return number


def _to_days(value: Any) -> float:
    """Days since 1970-01-01 of an ISO date, date and time, month or year."""
    text = str(value).strip()
    if re.fullmatch(r"\d{4}(-\d{2})?", text):
        text = f"{text}-01" if "-" in text else f"{text}-01-01"
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise _NotAValue(f"{value!r} is no ISO date") from None
    return (moment.replace(tzinfo=None) - EPOCH) / dt.timedelta(days=1)


def _read_toml(path: Path) -> list[tuple[AxisName, int | None, AxisHint]]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name} is not TOML: {error}") from None
    return _stated_in(content, path.name)


def read_tables(content: Mapping[str, Any], name: str) -> AxisHints:
    """Hints out of TOML tables already parsed: ``x``, ``y``, ``twin_y`` and ``panel``; ``name`` is said in errors.

    Raises
    ------
    ValueError
        Naming what could not be understood.
    """
    found: dict[AxisName, Whole] = {axis: {} for axis in _NAMES}
    for axis, panel, hint in _stated_in(content, name):
        found[axis][panel] = hint
    return AxisHints(x=found["x"], y=found["y"], twin_y=found["twin_y"])


def _stated_in(content: Mapping[str, Any], name: str) -> list[tuple[AxisName, int | None, AxisHint]]:
    panels = content.get("panel", {})
    if not isinstance(panels, dict):
        raise ValueError(f"{name}: write [panel.2.x] for the x axis of panel 2")
    found = _axes_of({key: value for key, value in content.items() if key != "panel"}, None, name)
    for number, axes in panels.items():
        if not (number.isdecimal() and int(number) > 0 and isinstance(axes, dict)):
            raise ValueError(f"{name}: panel {number!r} is no panel number with axes")
        found += _axes_of(axes, int(number), name)
    return found


def _axes_of(table: dict[str, Any], panel: int | None, name: str) -> list[tuple[AxisName, int | None, AxisHint]]:
    found: list[tuple[AxisName, int | None, AxisHint]] = []
    for key, value in table.items():
        axis = next((axis for axis in _NAMES if axis == key), None)
        if axis is None or not isinstance(value, dict) or not set(value) <= {"range", "scale", "linear_within"}:
            raise ValueError(f"{name}: {key!r} is no table x, y or twin_y with a range and perhaps a scale")
        ends = value.get("range")
        if not isinstance(ends, list) or len(ends) != 2:
            raise ValueError(f"{name}: {key}.range must be a list of two values")
        dates = not all(isinstance(end, int | float) for end in ends)
        try:
            scale = str(value.get("scale", "date" if dates else "linear")).lower()
            hint = _to_hint(ends, scale, value.get("linear_within"))
        except ValueError as error:
            raise ValueError(f"{name}: {key}: {error}") from None
        found.append((axis, panel, hint))
    return found


def state_axes(one: CalibratedPanel, hints: AxisHints) -> CalibratedPanel:
    """A panel with the stated axes in place of those read, and a finding for each; as it was where none was stated."""
    index, axes = one.panel.index, one.panel.axes
    read: dict[str, AxisCalibration] = dict(one.axes_read)
    findings = list(one.findings)
    for name in _NAMES:
        hint = hints.stated(name, index)
        if hint is None:
            continue
        ends_px = (axes.left, axes.right) if name == "x" else (axes.bottom, axes.top)
        before = read.get(name)
        after = read[name] = hint.to_axis(_SIDES[name], *ends_px, read=before)
        findings.append(_finding(index, name, hint, before, after, ends_px))
    if read == one.axes_read:
        return one
    calibration = None
    if "x" in read and "y" in read:
        calibration = PanelCalibration(x=read["x"], y=read["y"], twin_y=read.get("twin_y"))
    still = refusals(index, [name for name in ("x", "y") if name not in read])
    kept = [finding for finding in findings if finding.code != "axis-refused"]
    return replace(one, calibration=calibration, axes_read=read, findings=(*kept, *still))


def _finding(
    panel: int,
    name: AxisName,
    hint: AxisHint,
    before: AxisCalibration | None,
    after: AxisCalibration,
    ends_px: tuple[float, float],
) -> Finding:
    """That an axis was stated; a warning where what was read says something else."""
    message = f"The {name.replace('_', ' ')} axis was stated as {hint}"
    if before is None:
        return Finding(code="axis-stated", severity="info", panel=panel, message=f"{message}; it was not read.")
    off_px = float(np.abs(after.to_pixel(before.to_data(ends_px)) - np.array(ends_px)).max())
    off_frac = off_px / abs(ends_px[1] - ends_px[0])
    agrees = before.scale.name == hint.scale.name and off_frac <= DISAGREES_FRAC
    says = ":".join(before.scale.format(float(value)) for value in before.to_data(ends_px))
    return Finding(
        code="axis-stated",
        severity="info" if agrees else "warning",
        panel=panel,
        message=f"{message}; its labels say {'the same' if agrees else says}.",
        value=off_frac,
        limit=DISAGREES_FRAC,
    )
