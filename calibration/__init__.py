"""Pixel to data: everything that knows numbers, and nothing that knows curves, files or OCR engines."""

from __future__ import annotations

from calibration.axis import AxisCalibration, PanelCalibration, Scale, Tick, TickLabel, calibrate_axis
from calibration.errors import CalibrationError, LabelsDisagree, TooFewLabels
from calibration.geometry import Box, TextBox, enclosing_box
from calibration.scales import SCALES, CategoryScale, DateScale, LinearScale, LogScale, SymlogScale

__all__ = [
    "SCALES",
    "AxisCalibration",
    "Box",
    "CalibrationError",
    "CategoryScale",
    "DateScale",
    "LabelsDisagree",
    "LinearScale",
    "LogScale",
    "PanelCalibration",
    "Scale",
    "SymlogScale",
    "TextBox",
    "Tick",
    "TickLabel",
    "TooFewLabels",
    "calibrate_axis",
    "enclosing_box",
]
