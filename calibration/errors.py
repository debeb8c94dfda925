"""What calibration raises. In a file of its own so that imports never loop."""

from __future__ import annotations


class CalibrationError(Exception):
    """An axis could not be calibrated from what the figure shows.

    Attributes
    ----------
    hint : str
        What the user can do about it, naming the option that does it.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class TooFewLabels(CalibrationError):
    """Fewer readable tick labels than an axis needs."""


class LabelsDisagree(CalibrationError):
    """No scale explains enough of the tick labels."""
