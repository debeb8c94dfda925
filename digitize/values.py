"""What flows between the stages. Frozen values; positions in whole-image pixel coordinates."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from calibration.axis import PanelCalibration
from calibration.geometry import Box, ByteArray, FloatArray, TextBox
from digitize.findings import Finding

if TYPE_CHECKING:
    import pandas as pd

SeriesKind = Literal["line", "step", "scatter", "bar", "band", "reference"]
Sampling = Literal["grid", "corners", "even", "path"]
RGB = tuple[int, int, int]
FlagArray = NDArray[np.uint16]


def _frozen(array: FloatArray, shape: tuple[int | None, ...], name: str) -> FloatArray:
    """A read-only float64 copy, its shape checked (None is any length)."""
    copy = np.array(array, np.float64)
    if copy.ndim != len(shape) or any(want not in (None, got) for want, got in zip(shape, copy.shape, strict=True)):
        raise ValueError(f"{name} has shape {copy.shape}, expected {shape}")
    copy.setflags(write=False)
    return copy


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Image:
    """A loaded picture.

    Attributes
    ----------
    pixels : (H, W, 3) uint8 array
        sRGB, alpha composited over white.
    source : Path or None
        Where it came from; None for an array handed in.
    sha256 : str
        Of the file's bytes.
    page : int
        Page or frame that was read, from 0.
    findings : tuple of Finding
        What was odd about the file.
    """

    pixels: ByteArray
    source: Path | None = None
    sha256: str = ""
    page: int = 0
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        if self.pixels.ndim != 3 or self.pixels.shape[2] != 3 or self.pixels.dtype != np.uint8:
            raise ValueError(f"pixels are {self.pixels.shape} {self.pixels.dtype}, expected (H, W, 3) uint8")

    @property
    def height_px(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def width_px(self) -> int:
        return int(self.pixels.shape[1])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Panel:
    """One axes box with what belongs to it.

    Attributes
    ----------
    index : int
        From 1, in reading order.
    axes : Box
        Through the centres of the spines, or where they would be.
    region : Box
        Everything that belongs to the panel: labels, titles, its own legend.
    title : str
        As printed; empty where there is none.
    background : RGB
        The commonest colour inside the axes box.
    text_height_px, stroke_px : float
        Height of the tick labels, and width of the thin strokes: the panel's own rulers.
    gridlines_x_px, gridlines_y_px : (N,) float arrays
        Positions of vertical gridlines (x) and horizontal ones (y), spines included.
    """

    index: int
    axes: Box
    region: Box
    title: str = ""
    background: RGB = (255, 255, 255)
    text_height_px: float = 10.0
    stroke_px: float = 1.0
    gridlines_x_px: FloatArray = field(default_factory=lambda: np.empty(0))
    gridlines_y_px: FloatArray = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class LegendEntry:
    """One line of a legend.

    Attributes
    ----------
    label : str
        As printed.
    handle : Box or None
        Where the handle is drawn; None for a colour found without a legend.
    colour : RGB
        Full-strength colour of the handle's stroke.
    dash : tuple of float
        On and off lengths in px along the stroke; empty for a solid line.
    marker : bool
        Whether the handle shows a marker.
    line : bool
        Whether the handle shows a stroke (False: only a marker or a filled patch).
    """

    label: str
    handle: Box | None
    colour: RGB
    dash: tuple[float, ...] = ()
    marker: bool = False
    line: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Legend:
    """A legend: the box around handles and labels (its frame where drawn), entries in reading order."""

    box: Box
    entries: tuple[LegendEntry, ...]
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trace:
    """One drawn line in pixels.

    Attributes
    ----------
    label : str
        The legend's text, or a colour name.
    points_px : (N, 2) float array
        Path in drawing order (x, y). A row of NaN breaks the line.
    sigma_px : (N, 2) float array
        One standard deviation of each position, x and y.
    flags : (N,) uint16 array
        :class:`~digitize.findings.PointFlag` bits.
    colour : RGB
        Full-strength colour of the stroke as drawn.
    kind : str
        line, step, scatter, band or reference.
    tracer : str
        Name of the method that made it.
    entry : LegendEntry or None
        The legend entry it belongs to.
    stroke_px : float
        Width of the stroke.
    path_px : (M, 2) float array or None
        The ink's own path, a point a column, where ``points_px`` holds the samples recovered from it.
    sampling : {"grid", "corners", "even", "path"}
        What the points are: samples on a uniform grid, samples at corners and markers, places of our own choice on a
        line that does not show its samples, or every place where its ink was followed.
    markers_px : (M, 2) float array or None
        Middles of its markers, where the line was led through them.
    marker_width_px : float
        Of one of these.
    band_of, faint_of : str
        The label of the line that this band's edge, or this faint raw line, belongs to; empty for none.
    """

    label: str
    points_px: FloatArray
    sigma_px: FloatArray
    flags: FlagArray
    colour: RGB
    kind: SeriesKind = "line"
    tracer: str = "colour"
    entry: LegendEntry | None = None
    stroke_px: float = 1.0
    path_px: FloatArray | None = None
    sampling: Sampling = "path"
    markers_px: FloatArray | None = None
    marker_width_px: float = 0.0
    band_of: str = ""
    faint_of: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "points_px", _frozen(self.points_px, (None, 2), "points_px"))
        count = len(self.points_px)
        object.__setattr__(self, "sigma_px", _frozen(self.sigma_px, (count, 2), "sigma_px"))
        if self.flags.shape != (count,):
            raise ValueError(f"flags has shape {self.flags.shape}, expected ({count},)")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Series:
    """One line in data units: what the CSV holds.

    ``x`` and ``y`` are (N,) floats (dates as days since 1970-01-01, categories as their place from 0);
    intervals are (N, 2), the 95 % ends. NaN rows break the line. ``flags`` are PointFlag bits. ``budget_px`` holds
    the root mean square along x and y of every term of :mod:`digitize.uncertainty`, in pixels.
    """

    label: str
    x: FloatArray
    y: FloatArray
    x_interval: FloatArray
    y_interval: FloatArray
    flags: FlagArray
    kind: SeriesKind = "line"
    x_unit: str = ""
    y_unit: str = ""
    y_axis: Literal["y", "twin_y"] = "y"
    """Which of a panel's y axes it belongs to."""
    trace: Trace | None = None
    budget_px: dict[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PanelReading:
    """Everything read of one panel; ``calibration`` is None where an axis was refused."""

    panel: Panel
    texts: tuple[TextBox, ...] = ()
    calibration: PanelCalibration | None = None
    legend: Legend | None = None
    traces: tuple[Trace, ...] = ()
    series: tuple[Series, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a reading came from and what made it."""

    version: str
    source: str
    sha256: str
    width_px: int
    height_px: int
    reader: str
    page: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    libraries: dict[str, str] = field(default_factory=dict)
    stated_axes: dict[str, list[str]] = field(default_factory=dict)
    """What the user stated, as options: ``{"y": ["2=0.4:0.55@log"]}``."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Figure:
    """The whole reading: panels in reading order, findings on the figure, provenance."""

    image: Image
    panels: tuple[PanelReading, ...]
    provenance: Provenance
    texts: tuple[TextBox, ...] = ()
    legends: tuple[Legend, ...] = ()
    title: str = ""
    findings: tuple[Finding, ...] = ()

    def all_findings(self) -> tuple[Finding, ...]:
        """The figure's own findings, then every panel's."""
        return self.findings + tuple(f for panel in self.panels for f in panel.findings)

    def to_frame(self) -> pd.DataFrame:
        """The tidy table of the CSV as a pandas DataFrame."""
        from digitize.export.tables import to_frame

        return to_frame(self)

    def to_dict(self) -> dict[str, Any]:
        """The JSON document."""
        from digitize.export.document import to_document

        return to_document(self)
