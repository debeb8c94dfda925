"""Labels that were read as parts, or at a wrong turn, are read again at the turn at which they agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calibration.geometry import Box, TextBox
from digitize.ocr import default_reader
from digitize.panels import find_panels
from digitize.panels.unsure_sides import _says_less
from digitize.values import Image

pytest.importorskip("matplotlib")
pytest.importorskip("onnxruntime")


def drawn(turn_deg: float) -> tuple[Image, Any]:
    """Axes over powers of e, turned, and the axes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter

    canvas = FigureCanvasAgg(Figure(figsize=(5.2, 3.6), dpi=100, layout="constrained"))
    axes = canvas.figure.subplots()
    axes.plot(np.exp([1.0, 6.0]), [3.0, 35.0])
    axes.set_xscale("log", base=np.e)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"$e^{{{round(np.log(value))}}}$"))
    axes.tick_params(axis="x", rotation=turn_deg, labelsize=11)
    canvas.draw()
    return Image(pixels=np.asarray(canvas.buffer_rgba())[..., :3].copy()), axes


@pytest.mark.parametrize("turn_deg", [0.0, 90.0])
def test_exponents_that_were_read_alone_get_their_bases_back(turn_deg: float) -> None:
    image, axes = drawn(turn_deg)
    box = axes.get_window_extent()
    bottom = image.height_px - box.y0 - 0.5
    places = axes.transData.transform([(np.exp(k), 0.0) for k in range(1, 7)])[:, 0]
    exponents = [
        TextBox(text=str(k), box=Box(left=x - 3, right=x + 3, top=bottom + 12, bottom=bottom + 20), confidence=0.9)
        for k, x in zip((1, 3, 2, 4, 6, 5), places, strict=True)  # out of order: they fit no scale
    ]
    reader = default_reader()
    y_labels = [text for text in reader.read(image) if text.box.right < box.x0]
    (panel,) = find_panels(image, [*y_labels, *exponents], reader)
    assert panel.calibration is not None
    ends = panel.calibration.x.to_data(np.array([box.x0 - 0.5, box.x1 - 0.5]))
    assert np.log(ends) == pytest.approx(np.log(axes.get_xlim()), abs=0.03)


def test_digits_over_digits_are_labels_that_read_upward() -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    canvas = FigureCanvasAgg(Figure(figsize=(4.2, 3.0), dpi=100, layout="constrained"))
    axes = canvas.figure.subplots()
    axes.plot([0.0, 0.8], [0.0, 30.0])
    axes.set_xticks([0.2, 0.4, 0.6, 0.8])
    axes.tick_params(axis="x", rotation=90)
    canvas.draw()
    image = Image(pixels=np.asarray(canvas.buffer_rgba())[..., :3].copy())
    box = axes.get_window_extent()
    bottom = image.height_px - box.y0 - 0.5
    parts = [
        TextBox(text=word, box=Box(left=x - 5, right=x + 5, top=bottom + top, bottom=bottom + top + 7), confidence=0.9)
        for value in (2, 4, 6, 8)
        for x in [axes.transData.transform((value / 10, 0.0))[0]]
        for word, top in ((str(value), 8.0), ("0", 19.0))
    ]
    reader = default_reader()
    y_labels = [text for text in reader.read(image) if text.box.right < box.x0]
    (panel,) = find_panels(image, [*y_labels, *parts], reader)
    assert panel.calibration is not None
    ends = panel.calibration.x.to_data(np.array([box.x0 - 0.5, box.x1 - 0.5]))
    assert ends == pytest.approx(axes.get_xlim(), abs=0.006)


def test_turned_labels_of_which_most_lost_their_signs_get_them_back() -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    canvas = FigureCanvasAgg(Figure(figsize=(4.2, 3.0), dpi=100, layout="constrained"))
    axes = canvas.figure.subplots()
    axes.plot([-110.0, 5.0], [0.0, 30.0])
    axes.set_xticks([-100, -75, -50, -25, 0])
    axes.tick_params(axis="x", rotation=90, labelsize=7)
    canvas.draw()
    image = Image(pixels=np.asarray(canvas.buffer_rgba())[..., :3].copy())
    box = axes.get_window_extent()
    bottom = image.height_px - box.y0 - 0.5
    labels = [
        TextBox(text=word, confidence=0.9, angle_deg=90.0, height_px=7.0,
                box=Box(left=x - 4, right=x + 4, top=bottom + 8, bottom=bottom + 8 + 6 * len(word)))
        for word, value in (("-100", -100), ("75", -75), ("50", -50), ("25", -25), ("0", 0))
        for x in [axes.transData.transform((value, 0.0))[0]]
    ]  # fmt: skip
    reader = default_reader()
    y_labels = [text for text in reader.read(image) if text.box.right < box.x0]
    (panel,) = find_panels(image, [*y_labels, *labels], reader)
    assert panel.calibration is not None
    assert [label.value for label in panel.calibration.x.used] == [-100.0, -75.0, -50.0, -25.0, 0.0]
    assert not any(finding.code == "label-reread" for finding in panel.findings)


def axes_with_labels(
    ticks: list[float], turn_deg: float, labels: list[str] | None = None, *, wide_in: float = 4.6
) -> tuple[Image, Any]:
    """Axes with turned labels below them."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    canvas = FigureCanvasAgg(Figure(figsize=(wide_in, 3.0), dpi=100, layout="constrained"))
    axes = canvas.figure.subplots()
    axes.plot([ticks[0], ticks[-1]], [0.0, 30.0])
    axes.set_xticks(ticks, labels)
    axes.tick_params(axis="x", rotation=turn_deg)
    canvas.draw()
    return Image(pixels=np.asarray(canvas.buffer_rgba())[..., :3].copy()), axes


def test_digits_beside_signs_that_were_not_read_are_labels_that_read_upward() -> None:
    ticks = [-12.0, -8.0, -4.0, 0.0]
    image, axes = axes_with_labels(ticks, 90.0)
    box = axes.get_window_extent()
    bottom = image.height_px - box.y0 - 0.5
    # the last digits, read as if they stood level: 12, 8, 4 and 0 are evenly spaced too
    digits = [
        TextBox(text=word, box=Box(left=x - 5, right=x + 5, top=bottom + 7, bottom=bottom + 13), confidence=0.9)
        for word, value in (("8", -8.0), ("4", -4.0), ("0", 0.0))
        for x in [axes.transData.transform((value, 0.0))[0]]
    ]
    reader = default_reader()
    y_labels = [text for text in reader.read(image) if text.box.right < box.x0]
    (panel,) = find_panels(image, [*y_labels, *digits], reader)
    assert panel.calibration is not None
    assert [label.value for label in panel.calibration.x.used] == ticks


def test_digits_that_slanted_labels_lost_come_back() -> None:
    ticks = [0.0, 4000.0, 8000.0, 12000.0, 16000.0, 20000.0]
    image, axes = axes_with_labels(ticks, 30.0, [f"{tick:,.0f}" for tick in ticks])
    box = axes.get_window_extent()
    cut = [
        TextBox(text=word, angle_deg=30.0, height_px=10.0, confidence=0.9,
                box=Box(left=at.x0, right=at.x1, top=image.height_px - at.y1, bottom=image.height_px - at.y0))
        for label in axes.get_xticklabels() for word in [label.get_text()[:5]]
        for at in [label.get_window_extent()]
    ]  # fmt: skip
    reader = default_reader()
    y_labels = [text for text in reader.read(image) if text.box.right < box.x0]
    (panel,) = find_panels(image, [*y_labels, *cut], reader)
    assert panel.calibration is not None
    assert [label.value for label in panel.calibration.x.used] == ticks


def test_labels_that_touch_each_other_are_cut_where_they_meet() -> None:
    ticks = [0.0, 200_000.0, 400_000.0, 600_000.0, 800_000.0]
    image, axes = axes_with_labels(ticks, 0.0, [f"{tick:,.0f}" for tick in ticks], wide_in=3.0)
    box = axes.get_window_extent()
    reader = default_reader()
    texts = reader.read(image)
    labels = axes.get_xticklabels()
    assert labels[1].get_window_extent().x1 > labels[2].get_window_extent().x0 - 2.0  # a space apart they are two
    assert any("200,000400,000" in text.text for text in texts)
    (panel,) = find_panels(image, texts, reader)
    assert panel.calibration is not None
    ends = panel.calibration.x.to_data(np.array([box.x0 - 0.5, box.x1 - 0.5]))
    assert ends == pytest.approx(axes.get_xlim(), abs=2000.0)


def test_numbers_that_lost_their_units_are_no_better_labels() -> None:
    def row(words: list[str]) -> list[TextBox]:
        places = [(word, 60.0 + 80.0 * k) for k, word in enumerate(words)]
        return [
            TextBox(text=word, box=Box(left=x - 15, right=x + 15, top=300, bottom=312), confidence=0.9)
            for word, x in places
        ]

    before = row(["0", "60 m", "120 m", "180", "240 m"])
    assert _says_less(row(["0", "60", "120", "180", "240"]), before)
    assert not _says_less(row(["0", "60m", "120m", "180m", "240m"]), before)
    assert _says_less(row(["15", "Apr", "15"]), row(["15 Mar", "01 Apr", "15 Apr"]))
    assert not _says_less(row(["0.0", "0.5", "1.0", "1.5", "2.0"]), row(["0", "05", "10", "15", "20"]))
