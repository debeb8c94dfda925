"""Recovers the numbers behind a chart image.

>>> from digitize import read_figure
>>> figure = read_figure("chart.png")      # doctest: +SKIP
>>> figure.to_frame()                      # doctest: +SKIP

Names are imported when first used, so that ``import digitize`` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from digitize.errors import (
        DigitizeError,
        ImageTooLarge,
        ImageTooSmall,
        InputNotFound,
        NotAnImage,
        NothingRead,
        OutputFailed,
    )
    from digitize.findings import Finding, PointFlag
    from digitize.load import image_from_array, load_image
    from digitize.overlay import draw_overlay
    from digitize.pipeline import read_figure
    from digitize.values import (
        Figure,
        Image,
        Legend,
        LegendEntry,
        Panel,
        PanelReading,
        Provenance,
        Series,
        Trace,
    )

__version__ = "0.1.0"

__all__ = [
    "read_figure",
    "load_image",
    "image_from_array",
    "draw_overlay",
    "Figure",
    "PanelReading",
    "Panel",
    "Legend",
    "LegendEntry",
    "Trace",
    "Series",
    "Image",
    "Provenance",
    "Finding",
    "PointFlag",
    "DigitizeError",
    "InputNotFound",
    "NotAnImage",
    "ImageTooLarge",
    "ImageTooSmall",
    "NothingRead",
    "OutputFailed",
    "__version__",
]

_HOMES = {
    "pipeline": ("read_figure",),
    "load": ("load_image", "image_from_array"),
    "overlay": ("draw_overlay",),
    "values": (
        "Figure",
        "PanelReading",
        "Panel",
        "Legend",
        "LegendEntry",
        "Trace",
        "Series",
        "Image",
        "Provenance",
    ),
    "findings": ("Finding", "PointFlag"),
    "errors": (
        "DigitizeError",
        "InputNotFound",
        "NotAnImage",
        "ImageTooLarge",
        "ImageTooSmall",
        "NothingRead",
        "OutputFailed",
    ),
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"digitize.{module}"), name)
    raise AttributeError(f"module 'digitize' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
