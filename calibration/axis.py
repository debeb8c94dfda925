"""The calibration of one axis, and of a panel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike

from calibration.geometry import Box, FloatArray, Side, TextBox

TickKind = Literal["tick", "gridline", "label"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A tick mark or gridline where it meets an axis.

    Attributes
    ----------
    position_px : float
        Sub-pixel centre along the axis (x on x axes, y on y axes).
    sigma_px : float
        One standard deviation of it.
    kind : {"tick", "gridline", "label"}
        What was measured.
    length_px : float
        Length of a tick mark; 0 where unknown.
    rims : (float, float)
        Ink of the pixels before and after its own, as shares of that; NaN where unknown. It tells who drew it.
    shade : float
        Grey level of the stroke's own pixel; NaN where unknown.
    outward : bool
        Whether a tick mark lies outside the axes box, and is more than the end of a gridline.
    """

    position_px: float
    sigma_px: float = 0.1
    kind: TickKind = "tick"
    length_px: float = 0.0
    rims: tuple[float, float] = (float("nan"), float("nan"))
    shade: float = float("nan")
    outward: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TickLabel:
    """A tick label paired with its place on the axis.

    Attributes
    ----------
    text : str
        As read.
    value : float
        In data units, offset text and factors applied (dates: days since 1970-01-01).
    position_px, sigma_px : float
        Of the tick it was paired with, else of the label's own centre.
    box : Box
    seated : bool
        True where a tick or gridline gave the position.
    expected : str
        For a rejected label: what the axis says should stand there.
    """

    text: str
    value: float
    position_px: float
    sigma_px: float
    box: Box
    seated: bool = True
    expected: str = ""


class Scale(Protocol):
    """How data values become the coordinate ``u`` in which an axis is affine."""

    @property
    def name(self) -> str: ...
    def forward(self, value: ArrayLike) -> FloatArray: ...
    def inverse(self, u: ArrayLike) -> FloatArray: ...
    def format(self, value: float) -> str:
        """A value as the CSV and the JSON print it (ISO 8601 for dates, the label of a category)."""

    def graduations(self, u: FloatArray) -> list[tuple[float, FloatArray]]:
        """Where ticks without labels may stand between labels at ``u``: period and offsets, coarsest first."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AxisCalibration:
    """``u = slope * (px - centre_px) + intercept``, ``value = scale.inverse(u)``.

    Attributes
    ----------
    side : Side
        Where the labels stand.
    scale : Scale
    slope, intercept, centre_px : float
        Of the fit; ``centre_px`` is the middle of the labels used, so the two terms are uncorrelated.
    covariance : (2, 2) float array
        Of (slope, intercept).
    residual_px : float
        Root mean square of the used labels' residuals.
    used, rejected : tuple of TickLabel
        Labels that took part, and labels that were voted out.
    title, unit : str
        Of the axis, as printed, taken apart.
    factor : float
        By which printed labels were multiplied (offset text, factor in the title).
    unread_factor : str
        What stands at the axis' end or in its title as a factor would, of which a part was lost.
    minor_ticks_say : str
        The scale that the ticks without labels speak for, where it is not the one the labels were read on.
    """

    side: Side
    scale: Scale
    slope: float
    intercept: float
    centre_px: float
    covariance: FloatArray
    residual_px: float
    used: tuple[TickLabel, ...] = ()
    rejected: tuple[TickLabel, ...] = ()
    title: str = ""
    unit: str = ""
    factor: float = 1.0
    unread_factor: str = ""
    minor_ticks_say: str = ""

    def to_u(self, px: ArrayLike) -> FloatArray:
        return self.slope * (np.asarray(px, float) - self.centre_px) + self.intercept

    def to_data(self, px: ArrayLike) -> FloatArray:
        """Data values at pixel positions along the axis."""
        return self.scale.inverse(self.to_u(px))

    def to_pixel(self, value: ArrayLike) -> FloatArray:
        """Pixel positions of data values."""
        return (self.scale.forward(value) - self.intercept) / self.slope + self.centre_px

    def sigma_u(self, px: ArrayLike, sigma_px: ArrayLike = 0.0) -> FloatArray:
        """Standard deviation of ``u`` at ``px``: calibration and position together."""
        px = np.asarray(px, float) - self.centre_px
        variance = self.covariance[0, 0] * px**2 + 2 * self.covariance[0, 1] * px + self.covariance[1, 1]
        return np.asarray(np.sqrt(variance + (self.slope * np.asarray(sigma_px, float)) ** 2), np.float64)

    def interval(self, px: ArrayLike, sigma_px: ArrayLike = 0.0, sigmas: float = 1.96) -> FloatArray:
        """(N, 2) interval of the value at ``px``, low end first, as wide as ``sigmas`` on both sides."""
        u, spread = self.to_u(px), sigmas * self.sigma_u(px, sigma_px)
        ends = np.stack([self.scale.inverse(u - spread), self.scale.inverse(u + spread)], axis=-1)
        return np.sort(ends, axis=-1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PanelCalibration:
    """Both axes of a panel, and a second y axis where there is one."""

    x: AxisCalibration
    y: AxisCalibration
    twin_y: AxisCalibration | None = None


def calibrate_axis(
    side: Side,
    labels: Sequence[TextBox],
    ticks: Sequence[Tick],
    *,
    title: str = "",
    offset_text: str = "",
) -> AxisCalibration:
    """Calibrate one axis from its tick labels and ticks.

    Parameters
    ----------
    side : Side
        Left and right labels are placed by y, top and bottom labels by x.
    labels : sequence of TextBox
        Candidates for tick labels, in any order. Wrong reads and strangers among them are voted out.
    ticks : sequence of Tick
        Tick marks and gridlines, major and minor, possibly none.
    title : str
        The axis title; a factor in it (``(x1000)``, ``[10^-3]``) is applied and the unit taken out of it.
    offset_text : str
        Text at the axis' end such as ``1e6`` or ``x10^-3``.

    Raises
    ------
    TooFewLabels, LabelsDisagree
    """
    from calibration.choose import choose_axis

    return choose_axis(side, labels, ticks, title=title, offset_text=offset_text)
