"""A reader that reads nothing: for pictures whose text is supplied otherwise."""

from __future__ import annotations

from calibration.geometry import TextBox
from digitize.values import Image


class NoTextReader:
    """Returns no text, whatever the picture."""

    name = "none"

    def read(self, image: Image) -> tuple[TextBox, ...]:
        """An empty tuple."""
        return ()
