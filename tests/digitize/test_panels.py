"""Panels of drawn figures are found with their axes, whatever lines and labels there are; the text is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from calibration.geometry import Box, TextBox
from digitize.panels import CalibratedPanel, find_panels
from digitize.values import Image

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

pytest.importorskip("matplotlib")
X = np.linspace(0.0, 100.0, 120)
END_TOLERANCE_FRAC = 0.005
BOX_TOLERANCE_PX = 2.0


def new_figure(rows: int = 1, columns: int = 1, *, size: tuple[float, float] = (6.4, 4.2), **more: Any) -> Any:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, dpi=100)
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns, squeeze=False, **more).ravel()


def plot(axes: Axes, scale: float = 1.0) -> None:
    axes.plot(X, scale * np.exp(-X / 30.0), lw=1.4)


def drawn(figure: Figure) -> tuple[Image, list[TextBox]]:
    """The picture, and every text in it as a perfect reader would give it."""
    from matplotlib.text import Text

    canvas: Any = figure.canvas
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[:, :, :3].copy()
    texts = []
    for artist in figure.findobj(Text):
        word = artist.get_text().replace("\N{MINUS SIGN}", "-").replace("$\\mathdefault{", "").replace("}$", "")
        word = word.replace("{", "").replace("}", "")
        extent = artist.get_window_extent()
        on_canvas = extent.x0 >= 0 and extent.y0 >= 0 and extent.x1 <= pixels.shape[1]
        if word.strip() and artist.get_visible() and on_canvas and _is_drawn(artist, pixels, extent):
            box = _ink_box(pixels, extent)
            angle = artist.get_rotation() if artist.get_rotation() <= 90 else artist.get_rotation() - 360
            height = min(box.width_px, box.height_px) if angle else box.height_px
            texts.append(TextBox(text=word, box=box, confidence=0.99, angle_deg=angle, height_px=max(height, 6.0)))
    return Image(pixels=pixels), texts


def _window(pixels: np.ndarray, extent: Any) -> tuple[slice, slice]:
    height = pixels.shape[0]
    rows = slice(max(int(height - extent.y1), 0), int(np.ceil(height - extent.y0)))
    return rows, slice(max(int(extent.x0), 0), int(np.ceil(extent.x1)))


def _is_drawn(artist: Any, pixels: np.ndarray, extent: Any) -> bool:
    rows, cols = _window(pixels, extent)
    part = pixels[rows, cols]
    return bool(part.size and np.ptp(part.reshape(-1, 3), axis=0).max() > 60)


def _ink_box(pixels: np.ndarray, extent: Any) -> Box:
    rows, cols = _window(pixels, extent)
    part = pixels[rows, cols].astype(int)
    ink = np.abs(part - np.median(part.reshape(-1, 3), axis=0)).max(axis=2) > 60
    y, x = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return Box(
        left=cols.start + x[0] - 0.5,
        right=cols.start + x[-1] + 0.5,
        top=rows.start + y[0] - 0.5,
        bottom=rows.start + y[-1] + 0.5,
    )


def assert_found(figure: Figure, axes: Iterable[Axes], *, boxes: bool = True) -> tuple[CalibratedPanel, ...]:
    image, texts = drawn(figure)
    found = find_panels(image, texts)
    wanted = list(axes)
    assert len([one for one in found if one.calibration]) == len(wanted)
    for one in wanted:
        extent = one.get_window_extent()
        box = Box(
            left=extent.x0 - 0.5,
            right=extent.x1 - 0.5,
            top=image.height_px - extent.y1 - 0.5,
            bottom=image.height_px - extent.y0 - 0.5,
        )
        panel = max(found, key=lambda candidate: candidate.panel.axes.iou(box))
        if boxes:
            np.testing.assert_allclose(panel.panel.axes.as_list(), box.as_list(), atol=BOX_TOLERANCE_PX)
        assert panel.calibration
        for axis, limits, ends in (
            (panel.calibration.x, one.get_xlim(), (box.left, box.right)),
            (panel.calibration.y, one.get_ylim(), (box.bottom, box.top)),
        ):
            got, want = axis.to_u(ends), axis.scale.forward(np.asarray(limits))
            np.testing.assert_allclose(got, want, atol=END_TOLERANCE_FRAC * abs(float(np.ptp(want))))
    return found


STYLES: dict[str, Callable[[Axes], object]] = {
    "plain": lambda axes: None,
    "inverted": lambda axes: (axes.invert_yaxis(), axes.invert_xaxis()),
    "labels on top": lambda axes: axes.xaxis.tick_top(),
    "labels on the right": lambda axes: axes.yaxis.tick_right(),
    "two spines": lambda axes: axes.spines[["top", "right"]].set_visible(False),
    "spines moved outward": lambda axes: (
        axes.spines[["left", "bottom"]].set_position(("outward", 10)),
        axes.spines[["top", "right"]].set_visible(False),
    ),
    "ticks inside on all sides": lambda axes: axes.tick_params(direction="in", top=True, right=True),
    "grid": lambda axes: axes.grid(),
    "minor grid": lambda axes: (axes.minorticks_on(), axes.grid(which="both", alpha=0.3)),
    "thick spines": lambda axes: (
        [spine.set_linewidth(2.5) for spine in axes.spines.values()],
        axes.tick_params(width=2.5, length=7),
    ),
    "negative": lambda axes: axes.plot(X - 50, -((X - 50) ** 2)),
}


@pytest.mark.parametrize("style", STYLES)
def test_axes_are_read_in_every_style(style: str) -> None:
    figure, (axes,) = new_figure()
    plot(axes)
    STYLES[style](axes)
    assert_found(figure, [axes], boxes="outward" not in style)


def bare(axes: Axes, *, grid: bool) -> None:
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(length=0)
    if grid:
        axes.grid(axis="y", color="#e0e0e0")


@pytest.mark.parametrize("grid", [True, False], ids=["gridlines", "labels only"])
def test_dashboards_without_spines(grid: bool) -> None:
    figure, axes = new_figure(2, 2, size=(10, 6))
    for number, one in enumerate(axes):
        plot(one, 10.0 ** (number - 1))
        bare(one, grid=grid)
        one.set_title(f"train/metric_{number}")
    figure.tight_layout()
    found = assert_found(figure, axes, boxes=False)
    assert [one.panel.title for one in found] == [f"train/metric_{number}" for number in range(4)]


def test_shared_axes_take_labels_from_their_neighbours_and_say_so() -> None:
    figure, axes = new_figure(3, 3, size=(8, 6.5), sharex=True, sharey=True)
    for one in axes:
        plot(one)
    figure.subplots_adjust(wspace=0.05, hspace=0.05)
    found = assert_found(figure, axes)
    shared = [one for one in found if any(finding.code == "axis-shared" for finding in one.findings)]
    assert len(shared) == 8


def test_panels_set_without_a_gap_are_told_apart_by_their_spines() -> None:
    figure, axes = new_figure(3, 1, size=(6, 6), sharex=True)
    for number, one in enumerate(axes):
        plot(one, 10.0**number)
    figure.subplots_adjust(hspace=0)
    assert_found(figure, axes)


def test_a_second_y_axis_belongs_to_its_panel() -> None:
    figure, (axes,) = new_figure()
    plot(axes)
    twin = axes.twinx()
    twin.plot(X, 300 * np.sqrt(X))
    (panel,) = assert_found(figure, [axes])
    assert panel.calibration and panel.calibration.twin_y
    ends = panel.calibration.twin_y.to_data([panel.panel.axes.bottom, panel.panel.axes.top])
    np.testing.assert_allclose(ends, twin.get_ylim(), atol=0.01 * np.ptp(twin.get_ylim()))


def test_an_inset_is_a_panel_of_its_own() -> None:
    figure, (axes,) = new_figure()
    plot(axes)
    inset = axes.inset_axes((0.5, 0.5, 0.42, 0.42))
    inset.plot(X[:30], np.sin(X[:30]))
    inset.tick_params(labelsize=7)
    assert_found(figure, [axes, inset])


def test_a_colour_bar_is_neither_panel_nor_second_axis() -> None:
    figure, (axes,) = new_figure(size=(7, 4.5))
    figure.colorbar(axes.scatter(X, np.sin(X / 9), c=X * 3))
    (panel,) = assert_found(figure, [axes])
    assert panel.calibration and panel.calibration.twin_y is None


def test_nothing_is_read_from_a_table() -> None:
    figure, (axes,) = new_figure()
    axes.axis("off")
    axes.table([[f"{row * column + 0.5}" for column in range(5)] for row in range(6)], loc="center")
    image, texts = drawn(figure)
    assert all(one.calibration is None for one in find_panels(image, texts))


def test_an_axis_without_labels_is_refused_by_name() -> None:
    figure, (axes,) = new_figure()
    plot(axes)
    axes.set_xticklabels([])
    image, texts = drawn(figure)
    (panel,) = find_panels(image, texts)
    assert panel.calibration is None
    assert [finding.code for finding in panel.findings] == ["axis-refused"]


class SecondLook:
    """A reader that sees labels only when it is asked to look at their places."""

    name = "second"

    def __init__(self, unseen: list[TextBox]) -> None:
        self.unseen = unseen

    def read(self, image: Image) -> tuple[TextBox, ...]:
        return ()

    def read_at(self, image: Image, places: Iterable[Box], angle_deg: float = 0.0) -> tuple[TextBox, ...]:
        found = [] if angle_deg else list(places)
        return tuple(t for t in self.unseen if any(place.contains(*t.box.centre) for place in found))


def test_labels_that_were_not_seen_are_looked_for_again() -> None:
    figure, (axes,) = new_figure()
    axes.plot(X / 12, X / 15)
    image, texts = drawn(figure)
    below = [text for text in texts if text.box.top > image.height_px - 50]
    seen = [text for text in texts if text not in below]
    assert find_panels(image, seen)[0].calibration is None
    (panel,) = find_panels(image, seen, SecondLook(below))
    assert panel.calibration
    assert {label.text for label in panel.calibration.x.used} == {text.text for text in below}


def test_labels_of_a_second_axis_that_were_not_seen_are_looked_for_again() -> None:
    figure, (axes,) = new_figure()
    plot(axes)
    twin = axes.twinx()
    twin.plot(X, 300 * np.sqrt(X))
    image, texts = drawn(figure)
    right = sorted((text for text in texts if text.box.left > axes.bbox.x1), key=lambda text: text.box.top)
    seen = [text for text in texts if text not in right[1:-1]]
    (panel,) = find_panels(image, seen, SecondLook(right[1:-1]))
    assert panel.calibration and panel.calibration.twin_y
    assert len(panel.calibration.twin_y.used) == len(right)


def test_labels_read_with_the_spine_and_its_ticks_are_labels_of_its_panel() -> None:
    figure, (axes,) = new_figure()
    plot(axes)
    axes.tick_params(direction="inout", length=8)
    image, texts = drawn(figure)
    left = axes.bbox.x0
    wide = [replace(one, box=replace(one.box, right=left + 9.0)) if one.box.right < left else one for one in texts]
    (panel,) = find_panels(image, wide)
    assert panel.calibration
    ends = panel.calibration.y.to_data([panel.panel.axes.bottom, panel.panel.axes.top])
    np.testing.assert_allclose(ends, axes.get_ylim(), atol=0.005 * np.ptp(axes.get_ylim()))


def test_two_labels_without_ticks_make_an_axis_that_is_doubted() -> None:
    figure, (axes,) = new_figure()
    plot(axes)
    axes.set_xticks([20.0, 60.0])
    axes.tick_params(length=0)
    image, texts = drawn(figure)
    (panel,) = find_panels(image, texts)
    assert panel.calibration
    ends = panel.calibration.x.to_data([panel.panel.axes.left, panel.panel.axes.right])
    np.testing.assert_allclose(ends, axes.get_xlim(), atol=0.01 * np.ptp(axes.get_xlim()))
    assert {"axis-thin", "axis-from-labels"} <= {finding.code for finding in panel.findings}
