"""The order of the stages."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from calibration.geometry import ByteArray, TextBox
from digitize.deskew import straightened
from digitize.findings import Finding
from digitize.hints import AxisHints, state_axes
from digitize.legend import find_legends
from digitize.load import image_from_array, load_image
from digitize.panel_reading import FigureParts, read_panel
from digitize.panels import CalibratedPanel, find_panels, without_legend_titles
from digitize.reduction import reduce_figure
from digitize.values import Figure, Image, Provenance

if TYPE_CHECKING:
    from digitize.ocr import TextReader

Progress = Callable[[str, float], None]


def read_figure(
    source: str | Path | Image | ByteArray,
    *,
    reader: TextReader | None = None,
    progress: Progress | None = None,
    hints: AxisHints | None = None,
    refine: bool = True,
    every_pixel: bool = False,
) -> Figure:
    """Read every series of a figure, in data units.

    Parameters
    ----------
    source : str, Path, Image or (H, W, 3) uint8 array
        The picture.
    reader : TextReader, optional
        Reads the figure's text; the default reader where left out.
    progress : callable, optional
        Called with the name of each stage and the share of the work done before it, 0 to 1.
    hints : AxisHints, optional
        Axes stated by the user; they take the place of those read.
    refine : bool
        Whether to look for the samples behind the lines; without, the dense paths are returned.
    every_pixel : bool
        Whether lines get a point in every pixel column beside the samples found.

    Returns
    -------
    Figure
        With no panels, and a finding, where no axes were found.

    Raises
    ------
    DigitizeError
        Where the source is not a readable picture.
    """
    from digitize.ocr import default_reader

    seconds: dict[str, float] = {}

    @contextmanager
    def stage(name: str, done: float) -> Iterator[None]:
        if progress:
            progress(name, done)
        start = time.perf_counter()
        try:
            yield
        finally:
            seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - start

    with stage("load", 0.0):
        image = straightened(_as_image(source))
    with stage("text", 0.05):
        reader = reader or default_reader()
        texts = reader.read(image)
    with stage("panels", 0.6):
        panels = find_panels(image, texts, reader)
        texts = _with_second_look(texts, panels)
        if hints:
            panels = tuple(state_axes(one, hints) for one in panels)
    with stage("legend", 0.75):
        labels = [label for one in panels for label in one.label_texts]
        legends = find_legends(image, texts, [one.panel for one in panels], labels)
        panels = tuple(without_legend_titles(one, legends) for one in panels)
    parts = FigureParts(
        image=image,
        texts=texts,
        panels=panels,
        legends=legends,
        reduction=reduce_figure(image, [one.panel for one in panels]),
        refine=refine,
        every_pixel=every_pixel,
    )
    readings = []
    for number, one in enumerate(panels):
        share = 0.8 + 0.2 * number / len(panels)
        readings.append(read_panel(one, parts, partial(stage, done=share)))
    if progress:
        progress("done", 1.0)
    findings = list(image.findings)
    if not panels:
        findings.append(
            Finding(code="no-axes", severity="error", message="No axes were found: this does not look like a chart.")
        )
    findings += hints.strangers(len(panels)) if hints else ()
    return Figure(
        image=image,
        panels=tuple(readings),
        provenance=_provenance(image, reader.name, seconds, hints),
        texts=tuple(texts),
        legends=tuple(legends),
        findings=tuple(findings),
    )


def _with_second_look(texts: Sequence[TextBox], panels: Sequence[CalibratedPanel]) -> tuple[TextBox, ...]:
    """All texts: those of the first reading, and labels that only a second look at an axis found."""
    labels = [text for one in panels for text in one.label_texts]
    found = {text.box.centre: text for text in labels if not any(_near(text, other) for other in texts)}
    return (*texts, *found.values())


def _near(text: TextBox, other: TextBox) -> bool:
    return text.box.intersection_area(other.box) > 0.5 * min(text.box.area_px, other.box.area_px)


def _as_image(source: str | Path | Image | ByteArray) -> Image:
    if isinstance(source, Image):
        return source
    if isinstance(source, np.ndarray):
        return image_from_array(source)
    return load_image(source)


def _provenance(image: Image, reader: str, seconds: dict[str, float], hints: AxisHints | None) -> Provenance:
    from importlib.metadata import PackageNotFoundError, version

    libraries = {}
    for name in ("numpy", "opencv-python-headless", "onnxruntime", "rapidocr", "pillow"):
        try:
            libraries[name] = version(name)
        except PackageNotFoundError:
            continue
    try:
        own = version("digitize")
    except PackageNotFoundError:
        own = "0+source"
    return Provenance(
        version=own,
        source=str(image.source) if image.source else "",
        sha256=image.sha256,
        width_px=image.width_px,
        height_px=image.height_px,
        reader=reader,
        page=image.page,
        seconds={name: round(value, 4) for name, value in seconds.items()},
        libraries=libraries,
        stated_axes=hints.as_options() if hints else {},
    )
