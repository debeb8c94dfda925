"""Reading the text of a figure: the contract, and the table of readers.

One reading of the whole figure serves every stage. A reader is a file in this folder and a row in `READERS`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from calibration.geometry import TextBox
from digitize.values import Image


class TextReader(Protocol):
    """Finds and reads every line of text in a figure.

    A reader may also have ``read_at(image, places, angle_deg)``: the numbers that stand in given boxes, and
    ``read_closely(image, text)``: what one text says at several sizes.
    """

    @property
    def name(self) -> str:
        """Its row in `READERS`, for the provenance."""
        ...

    def read(self, image: Image) -> tuple[TextBox, ...]:
        """Every line of text, each once, in reading order; an empty tuple where there is none."""
        ...


def _rapidocr() -> TextReader:
    from digitize.ocr.rapidocr import RapidTextReader

    return RapidTextReader()


def _recorded(path: str = "") -> TextReader:
    from digitize.ocr.recorded import RecordedTextReader

    return RecordedTextReader(path)


def _none() -> TextReader:
    from digitize.ocr.none import NoTextReader

    return NoTextReader()


READERS: dict[str, Callable[..., TextReader]] = {"rapidocr": _rapidocr, "recorded": _recorded, "none": _none}
"""Name -> function that makes the reader; engines are imported only when theirs is made."""


def default_reader() -> TextReader:
    """The reader used where the caller names none."""
    return READERS["rapidocr"]()
