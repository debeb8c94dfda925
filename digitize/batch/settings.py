"""How figures are read: for all of them, and for those that a pattern names; one TOML file holds both.

::

    time_limit = 300              # seconds a figure may take, then its worker is ended
    memory_limit = "4GB"          # what a worker may take
    fast = false                  # as the options of `digitize FIGURE`
    every_pixel = false

    [[figures]]                   # a family of figures; the first entry that says something about a setting counts
    match = "runs/*/loss_*.png"   # or a list; against the path within the input, or the name alone; * crosses /
    fast = true
    x.range = [0, 500]            # stated axes, as --axes takes them: x, y, twin_y, panel.2.y
    panel.2.y = { range = [0.01, 10], scale = "log" }
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from digitize.errors import DigitizeError, InputNotFound
from digitize.hints import AxisHint, AxisHints, read_tables
from digitize.load import shown

DIGEST_DIGITS = 12
_AXES = ("x", "y", "twin_y")
_READING = {"fast", "every_pixel"}
_LIMITS = {"time_limit", "memory_limit"}
_BYTES = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "KI": 2**10, "MI": 2**20, "GI": 2**30, "TI": 2**40}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?I?)B?\s*", re.IGNORECASE)


class SettingsWrong(DigitizeError):
    """The file of settings cannot be understood."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReadingSettings:
    """What decides the numbers that come out of one figure."""

    fast: bool = False
    every_pixel: bool = False
    axes: AxisHints = field(default_factory=AxisHints)

    def as_text(self) -> str:
        """One line of JSON, the same for the same settings: what is recorded, and what :meth:`digest` is of."""
        fields: dict[str, Any] = {"fast": self.fast, "every_pixel": self.every_pixel}
        axes = {name: stated for name in _AXES if (stated := _exactly(getattr(self.axes, name)))}
        return json.dumps(fields | ({"axes": axes} if axes else {}), sort_keys=True)

    def digest(self) -> str:
        """Short and stable name of these settings."""
        return hashlib.sha256(self.as_text().encode()).hexdigest()[:DIGEST_DIGITS]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Family:
    """Settings for the figures that one of the patterns names; None says nothing."""

    match: tuple[str, ...]
    fast: bool | None = None
    every_pixel: bool | None = None
    axes: AxisHints = field(default_factory=AxisHints)

    def holds(self, relative: str) -> bool:
        """Whether a path within an input belongs to the family, whatever the case."""
        names = relative.lower(), relative.lower().rpartition("/")[2]
        return any(fnmatch(name, pattern.lower()) for pattern in self.match for name in names)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BatchSettings:
    """Everything a file of settings holds.

    Attributes
    ----------
    time_limit_s : float
        A figure that takes longer is ended with its worker.
    memory_limit_bytes : int
        A worker that takes more (resident) is ended.
    """

    reading: ReadingSettings = field(default_factory=ReadingSettings)
    families: tuple[Family, ...] = ()
    time_limit_s: float = 300.0
    memory_limit_bytes: int = 4 * 10**9

    def of(self, relative: str) -> ReadingSettings:
        """The settings of the figure at a path within its input."""
        found = self.reading
        for family in reversed(self.families):
            if family.holds(relative):
                found = ReadingSettings(
                    fast=found.fast if family.fast is None else family.fast,
                    every_pixel=found.every_pixel if family.every_pixel is None else family.every_pixel,
                    axes=_merged(found.axes, family.axes),
                )
        return found


def load_settings(path: str | Path) -> BatchSettings:
    """The settings in a TOML file.

    Raises
    ------
    InputNotFound
        It cannot be opened.
    SettingsWrong
        Naming the key or value that is not understood.
    """
    name = shown(path)
    try:
        content = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputNotFound(f"There is no file {name}.", hint="--config takes a TOML file of settings.") from None
    except OSError as error:
        raise InputNotFound(f"{name} cannot be opened: {error.strerror or error}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsWrong(f"{name} is not TOML: {error}.") from None
    try:
        return read_settings(content, name)
    except ValueError as error:
        raise SettingsWrong(f"{error}.") from None


def read_settings(content: Mapping[str, Any], name: str) -> BatchSettings:
    """The settings in parsed TOML; ``name`` is said in errors.

    Raises
    ------
    ValueError
    """
    _check_keys(content, _READING | _LIMITS | {"figures", "panel", *_AXES}, name)
    families = content.get("figures", [])
    if not isinstance(families, list) or not all(isinstance(one, dict) for one in families):
        raise ValueError(f"{name}: write [[figures]] before each family of figures")
    settings = BatchSettings(
        reading=ReadingSettings(
            fast=_flag(content, "fast", name) or False,
            every_pixel=_flag(content, "every_pixel", name) or False,
            axes=_axes(content, name),
        ),
        families=tuple(_family(one, f"{name}: figures {number}") for number, one in enumerate(families, start=1)),
    )
    if "time_limit" in content:
        settings = replace(settings, time_limit_s=to_seconds(content["time_limit"]))
    if "memory_limit" in content:
        settings = replace(settings, memory_limit_bytes=to_bytes(content["memory_limit"]))
    return settings


def to_seconds(value: object) -> float:
    """A time limit in seconds.

    Raises
    ------
    ValueError
    """
    try:
        seconds = float(str(value))
    except ValueError:
        seconds = 0.0
    if isinstance(value, bool) or not 0 < seconds < float("inf"):
        raise ValueError(f"time limit {value!r} is no number of seconds")
    return seconds


def to_bytes(value: object) -> int:
    """A size such as ``4GB``, ``500 MiB`` or a number of bytes.

    Raises
    ------
    ValueError
    """
    match = _SIZE.fullmatch(str(value))
    if match is None or isinstance(value, bool) or float(match[1]) <= 0:
        raise ValueError(f"size {value!r} is none such as 4GB, 500MB or 2GiB")
    return int(float(match[1]) * _BYTES[match[2].upper()])


def _family(table: Mapping[str, Any], name: str) -> Family:
    _check_keys(table, _READING | {"match", "panel", *_AXES}, name)
    patterns = table.get("match")
    patterns = [patterns] if isinstance(patterns, str) else patterns
    if not isinstance(patterns, list) or not patterns or not all(isinstance(one, str) and one for one in patterns):
        raise ValueError(f'{name} needs match, a pattern such as "runs/*.png" or a list of patterns')
    return Family(
        match=tuple(patterns),
        fast=_flag(table, "fast", name),
        every_pixel=_flag(table, "every_pixel", name),
        axes=_axes(table, name),
    )


def _check_keys(table: Mapping[str, Any], known: set[str], name: str) -> None:
    for key in table:
        if key not in known:
            raise ValueError(f"{name}: {key!r} is none of the settings {', '.join(sorted(known))}")


def _flag(table: Mapping[str, Any], key: str, name: str) -> bool | None:
    value = table.get(key)
    if value is not None and not isinstance(value, bool):
        raise ValueError(f"{name}: {key} is true or false, not {value!r}")
    return value


def _axes(table: Mapping[str, Any], name: str) -> AxisHints:
    return read_tables({key: value for key, value in table.items() if key in ("panel", *_AXES)}, name)


def _merged(all_of: AxisHints, own: AxisHints) -> AxisHints:
    """What is stated for the family goes before what is stated for all."""
    return AxisHints(**{name: {**getattr(all_of, name), **getattr(own, name)} for name in _AXES})


def _exactly(hints: Mapping[int | None, AxisHint]) -> dict[str, list[Any]]:
    """Every digit of what was stated; panel 0 stands for all."""
    return {str(panel or 0): [hint.start, hint.end, hint.scale.name] for panel, hint in hints.items()}
