"""Very large figures are traced on a smaller picture, and the traces brought back.

A line that is ten pixels wide is no better measured than one of three: its anti-aliased rim carries the
position, and averaging keeps it. What is reduced is only the picture that lines are followed on; text, spines
and ticks are read at full size, and every position stays in the frame of the whole figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from calibration.axis import AxisCalibration, PanelCalibration
from calibration.geometry import Box, FloatArray, TextBox
from digitize.findings import Finding
from digitize.values import Image, Legend, Panel, Trace

ENOUGH_AXES_PX = 1200.0
"""No axes box is reduced below this length."""
ENOUGH_TEXT_PX = 20.0
"""Tick labels are about ten strokes high: at this height lines are two pixels wide, enough for their rims."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reduction:
    """A smaller copy of a figure, and the way there and back.

    Attributes
    ----------
    image : Image
        The copy.
    factor : float
        Its size over the figure's, at most 1.
    """

    image: Image
    factor: float

    def position(self, px: FloatArray | float) -> FloatArray:
        """Where a position of the figure lies in the copy: pixel centres at whole numbers in both."""
        return (np.asarray(px, float) + 0.5) * self.factor - 0.5

    def box(self, box: Box) -> Box:
        left, top, right, bottom = (float(edge) for edge in self.position(np.array(box.as_list())))
        return Box(left=left, top=top, right=right, bottom=bottom)

    def finding(self, finding: Finding) -> Finding:
        """A finding on the copy, its place in the frame of the figure."""
        if finding.box_px is None:
            return finding
        left, top, right, bottom = (round((edge + 0.5) / self.factor - 0.5, 2) for edge in finding.box_px)
        return replace(finding, box_px=(left, top, right, bottom))

    def text(self, text: TextBox) -> TextBox:
        return replace(text, box=self.box(text.box), height_px=text.height_px * self.factor)

    def panel(self, panel: Panel) -> Panel:
        return replace(
            panel,
            axes=self.box(panel.axes),
            region=self.box(panel.region),
            text_height_px=panel.text_height_px * self.factor,
            stroke_px=panel.stroke_px * self.factor,
            gridlines_x_px=self.position(panel.gridlines_x_px),
            gridlines_y_px=self.position(panel.gridlines_y_px),
        )

    def legend(self, legend: Legend | None) -> Legend | None:
        if legend is None:
            return None
        entries = tuple(
            replace(
                entry,
                handle=self.box(entry.handle) if entry.handle else None,
                dash=tuple(length * self.factor for length in entry.dash),
            )
            for entry in legend.entries
        )
        return replace(legend, box=self.box(legend.box), entries=entries)

    def calibration(self, calibration: PanelCalibration) -> PanelCalibration:
        twin = calibration.twin_y
        return PanelCalibration(
            x=self._axis(calibration.x), y=self._axis(calibration.y), twin_y=self._axis(twin) if twin else None
        )

    def _axis(self, axis: AxisCalibration) -> AxisCalibration:
        covariance = axis.covariance.copy()
        covariance[0] /= self.factor
        covariance[:, 0] /= self.factor
        return replace(
            axis,
            slope=axis.slope / self.factor,
            centre_px=float(self.position(axis.centre_px)),
            covariance=covariance,
            residual_px=axis.residual_px * self.factor,
        )

    def back(self, trace: Trace, legend: Legend | None) -> Trace:
        """A trace of the copy in the frame of the figure, its entry one of the figure's ``legend``."""
        entry = trace.entry
        if legend is not None and entry is not None:
            entry = next((one for one in legend.entries if one.label == entry.label), entry)
        return replace(
            trace,
            points_px=(trace.points_px + 0.5) / self.factor - 0.5,
            sigma_px=trace.sigma_px / self.factor,
            stroke_px=trace.stroke_px / self.factor,
            path_px=None if trace.path_px is None else (trace.path_px + 0.5) / self.factor - 0.5,
            markers_px=None if trace.markers_px is None else (trace.markers_px + 0.5) / self.factor - 0.5,
            marker_width_px=trace.marker_width_px / self.factor,
            entry=entry,
        )


def reduce_figure(image: Image, panels: Sequence[Panel]) -> Reduction:
    """The copy on which the lines of ``panels`` are followed: the figure itself unless it is very large."""
    longest = max((max(panel.axes.width_px, panel.axes.height_px) for panel in panels), default=0.0)
    text_px = min((panel.text_height_px for panel in panels), default=0.0)
    if longest <= ENOUGH_AXES_PX or text_px <= ENOUGH_TEXT_PX:
        return Reduction(image=image, factor=1.0)
    factor = max(ENOUGH_AXES_PX / longest, ENOUGH_TEXT_PX / text_px)
    width, height = round(image.width_px * factor), round(image.height_px * factor)
    pixels = cv2.resize(image.pixels, (width, height), interpolation=cv2.INTER_AREA)
    return Reduction(image=replace(image, pixels=pixels.astype(np.uint8, copy=False)), factor=factor)
