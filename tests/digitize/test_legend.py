"""Legends drawn with matplotlib in many layouts, read back with exact text boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from matplotlib import colors
from matplotlib.figure import Figure as MatplotlibFigure

from calibration.geometry import Box, TextBox
from digitize.legend import find_legends, legend_of
from digitize.legend.handles import find_handles
from digitize.values import Image, Legend, Panel

NAMES = ("alpha", "beta run", "gamma-2", "delta (old)")
COLOURS = ("tab:blue", "tab:orange", "tab:green", "tab:red")


@dataclass(frozen=True)
class Drawn:
    """A rendered figure, its texts and panels, and matplotlib's own boxes of its legends."""

    image: Image
    texts: list[TextBox]
    panels: list[Panel]
    frames: list[Box]


def _box(extent: Any, height_px: int) -> Box:
    return Box(
        left=extent.x0 - 0.5, right=extent.x1 - 0.5, top=height_px - extent.y1 - 0.5, bottom=height_px - extent.y0 - 0.5
    )


def _render(figure: MatplotlibFigure) -> Drawn:
    canvas: Any = figure.canvas
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3].copy()
    height_px = pixels.shape[0]
    texts = []
    for artist in figure.findobj(matplotlib.text.Text):
        text: Any = artist
        if text.get_visible() and text.get_text().strip():
            box = _box(text.get_window_extent(), height_px)
            texts.append(TextBox(text=text.get_text(), box=box, confidence=1.0, angle_deg=float(text.get_rotation())))
    panels = []
    for index, axes in enumerate(figure.axes, 1):
        box = _box(axes.get_window_extent(), height_px)
        panels.append(Panel(index=index, axes=box, region=box.expanded(40.0)))
    legends = [*figure.legends, *(axes.get_legend() for axes in figure.axes if axes.get_legend())]
    frames = [_box(legend.get_window_extent(), height_px) for legend in legends]
    plt.close(figure)
    return Drawn(Image(pixels=pixels), texts, panels, frames)


def _plot(axes: Any, names: tuple[str, ...] = NAMES, **style: Any) -> None:
    x = np.linspace(0, 10, 60)
    for number, (name, colour) in enumerate(zip(names, COLOURS, strict=False)):
        axes.plot(x, np.sin(x / 2 + number) + number, label=name, color=colour, **style)


def _rgb(name: str) -> tuple[float, ...]:
    return tuple(255 * part for part in colors.to_rgb(name))


def _assert_reads(legend: Legend, names: tuple[str, ...] = NAMES, within: float = 12.0) -> None:
    assert [entry.label for entry in legend.entries] == list(names)
    for entry, colour in zip(legend.entries, COLOURS, strict=False):
        assert np.linalg.norm(np.subtract(entry.colour, _rgb(colour))) < within, entry


def _assert_near(box: Box, expected: Box, within_px: float = 3.0) -> None:
    assert np.abs(np.subtract(box.as_list(), expected.as_list())).max() < within_px, (box, expected)


@pytest.mark.parametrize(
    "options",
    [
        {"loc": "upper left"},
        {"loc": "center right", "framealpha": 1.0},
        {"loc": "lower right", "frameon": False},
        {"loc": "upper left", "bbox_to_anchor": (1.01, 1.0)},
        {"loc": "upper center", "bbox_to_anchor": (0.5, 1.15), "ncol": 4},
        {"loc": "upper center", "bbox_to_anchor": (0.5, 1.2), "ncol": 2, "columnspacing": 1.0},
        {"loc": "upper center", "bbox_to_anchor": (0.5, -0.12), "ncol": 4, "frameon": False},
        {"loc": "upper left", "markerfirst": False},
    ],
    ids=["inside", "opaque", "frameless", "right", "top row", "two columns", "bottom row", "handle on the right"],
)
def test_lines_are_read_in_every_layout(options: dict[str, Any]) -> None:
    figure, axes = plt.subplots(figsize=(8, 5))
    figure.subplots_adjust(left=0.1, right=0.78, top=0.85, bottom=0.15)
    _plot(axes)
    axes.legend(**options)
    drawn = _render(figure)

    legends = find_legends(drawn.image, drawn.texts, drawn.panels)

    assert len(legends) == 1
    by_name = {entry.label: entry for entry in legends[0].entries}
    assert set(by_name) == set(NAMES)
    for name, colour in zip(NAMES, COLOURS, strict=True):
        entry = by_name[name]
        assert np.linalg.norm(np.subtract(entry.colour, _rgb(colour))) < 12
        assert entry.line and not entry.marker and entry.dash == ()
        assert entry.handle is not None and 24 <= entry.handle.width_px <= 32
    if options.get("frameon", True):
        _assert_near(legends[0].box, drawn.frames[0])


@pytest.mark.parametrize("dpi", [60, 100, 250])
def test_size_of_the_figure_does_not_matter(dpi: int) -> None:
    figure, axes = plt.subplots(figsize=(7, 4), dpi=dpi)
    _plot(axes)
    axes.legend(loc="upper left")
    drawn = _render(figure)

    (legend,) = find_legends(drawn.image, drawn.texts, drawn.panels)

    _assert_reads(legend, within=25.0)


def test_dashes_are_measured_along_the_handle() -> None:
    figure, axes = plt.subplots(figsize=(7, 4), dpi=150)
    for number, style in enumerate(["-", "--", ":", "-."]):
        axes.plot([0, 1, 2], [number, 1 + number, number], style, label=NAMES[number], color="black")
    axes.legend(loc="upper right", handlelength=4)
    drawn = _render(figure)

    (legend,) = find_legends(drawn.image, drawn.texts, drawn.panels)

    assert [entry.label for entry in legend.entries] == list(NAMES)
    solid, dashed, dotted, dashdot = (entry.dash for entry in legend.entries)
    unit = 1.5 * 150 / 72
    assert solid == ()
    np.testing.assert_allclose(dashed, (3.7 * unit, 1.6 * unit), atol=1.2)
    np.testing.assert_allclose(dotted, (1.0 * unit, 1.65 * unit), atol=1.2)
    np.testing.assert_allclose(dashdot, (6.4 * unit, 1.6 * unit, 1.0 * unit, 1.6 * unit), atol=1.2)


@pytest.mark.parametrize("marker", ["o", "s", "^", "x"])
def test_markers_on_lines_are_told(marker: str) -> None:
    figure, axes = plt.subplots(figsize=(7, 4))
    _plot(axes, marker=marker, markevery=6)
    axes.legend(loc="upper left")
    drawn = _render(figure)

    (legend,) = find_legends(drawn.image, drawn.texts, drawn.panels)

    _assert_reads(legend)
    assert all(entry.marker and entry.line for entry in legend.entries)


def test_scattered_points_have_a_marker_and_no_line() -> None:
    figure, axes = plt.subplots(figsize=(7, 4))
    rng = np.random.default_rng(3)
    for name, colour, marker in zip(NAMES, COLOURS, "os^D", strict=True):
        axes.scatter(rng.normal(size=20), rng.normal(size=20), label=name, color=colour, marker=marker)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    figure.subplots_adjust(right=0.75)
    drawn = _render(figure)

    (legend,) = find_legends(drawn.image, drawn.texts, drawn.panels)

    _assert_reads(legend)
    assert all(entry.marker and not entry.line for entry in legend.entries)


def test_patches_have_neither_marker_nor_line() -> None:
    figure, axes = plt.subplots(figsize=(7, 4))
    for number, (name, colour) in enumerate(zip(NAMES, COLOURS, strict=True)):
        axes.bar([number, number + 5], [1 + number, 3], label=name, color=colour)
    axes.legend(loc="upper right")
    axes.set_ylim(0, 8)
    drawn = _render(figure)

    (legend,) = find_legends(drawn.image, drawn.texts, drawn.panels)

    _assert_reads(legend)
    assert not any(entry.marker or entry.line for entry in legend.entries)


def test_dark_figure_is_read() -> None:
    with plt.style.context("dark_background"):
        figure, axes = plt.subplots(figsize=(7, 4))
        _plot(axes)
        axes.legend(loc="upper left")
        drawn = _render(figure)

    (legend,) = find_legends(drawn.image, drawn.texts, drawn.panels)

    _assert_reads(legend)


def test_data_behind_a_translucent_legend_are_not_handles() -> None:
    figure, axes = plt.subplots(figsize=(7, 4))
    _plot(axes)
    x = np.linspace(0, 10, 400)
    axes.plot(x, 1.5 + 2 * np.sin(9 * x), color="tab:purple", zorder=0)
    axes.grid()
    axes.legend(loc="center")
    drawn = _render(figure)

    (legend,) = find_legends(drawn.image, drawn.texts, drawn.panels)

    _assert_reads(legend)
    _assert_near(legend.box, drawn.frames[0])


def test_title_of_a_legend_is_not_an_entry() -> None:
    figure, axes = plt.subplots(figsize=(7, 4))
    _plot(axes)
    axes.legend(loc="upper left", title="method", alignment="left")
    drawn = _render(figure)

    (legend,) = find_legends(drawn.image, drawn.texts, drawn.panels)

    _assert_reads(legend)
    assert legend.title == "method"


def test_a_lone_entry_is_read() -> None:
    figure, axes = plt.subplots(figsize=(7, 4))
    _plot(axes, names=("reward mean",))
    axes.legend(loc="lower left")
    drawn = _render(figure)

    (legend,) = find_legends(drawn.image, drawn.texts, drawn.panels)

    _assert_reads(legend, names=("reward mean",))


def test_text_box_over_handle_and_words_is_cut() -> None:
    figure, axes = plt.subplots(figsize=(7, 4))
    _plot(axes)
    legend_artist = axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncol=4)
    figure.canvas.draw()
    drawn = _render(figure)
    frame = drawn.frames[0]
    row = [text for text in drawn.texts if frame.contains(*text.box.centre)]
    others = [text for text in drawn.texts if text not in row]
    merged = TextBox(
        text="— " + "  — ".join(text.text for text in row),
        box=Box(left=frame.left + 4, right=row[-1].box.right, top=row[0].box.top, bottom=row[0].box.bottom),
        confidence=0.9,
    )
    assert legend_artist is not None

    (legend,) = find_legends(drawn.image, [*others, merged], drawn.panels)

    _assert_reads(legend)


def test_figure_without_legend_has_none() -> None:
    figure, axes = plt.subplots(figsize=(7, 4))
    _plot(axes)
    axes.grid()
    axes.set_title("no legend here")
    axes.set_ylabel("value", color="tab:blue")
    axes.tick_params(axis="y", colors="tab:blue", length=12)
    axes.annotate("peak", (3, 2), (5, 3), arrowprops={"arrowstyle": "-"})
    drawn = _render(figure)

    assert find_legends(drawn.image, drawn.texts, drawn.panels) == ()
    assert legend_of(drawn.panels[0], (), drawn.panels) is None


def test_each_panel_gets_its_own_legend() -> None:
    figure, grid = plt.subplots(1, 3, figsize=(12, 3.5))
    for number, axes in enumerate(grid):
        _plot(axes, names=tuple(f"{name} {number}" for name in NAMES))
        axes.legend(loc="lower right", fontsize=8)
    drawn = _render(figure)

    legends = find_legends(drawn.image, drawn.texts, drawn.panels)

    assert len(legends) == 3
    for number, panel in enumerate(drawn.panels):
        legend = legend_of(panel, legends, drawn.panels)
        assert legend is not None
        _assert_reads(legend, names=tuple(f"{name} {number}" for name in NAMES))


def test_one_legend_above_serves_all_panels() -> None:
    figure, grid = plt.subplots(2, 2, figsize=(9, 7))
    for axes in grid.flat:
        _plot(axes)
    figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="upper center", ncol=4)
    drawn = _render(figure)

    legends = find_legends(drawn.image, drawn.texts, drawn.panels)

    assert len(legends) == 1
    assert [legend_of(panel, legends, drawn.panels) for panel in drawn.panels] == [legends[0]] * 4


def test_a_blank_crop_has_no_handles() -> None:
    pixels = np.full((40, 200, 3), 255, np.uint8)
    region = Box(left=0, top=0, right=199, bottom=39)
    assert find_handles(pixels, region, np.full(3, 255.0), 20.0, 12.0) == []


def test_names_at_the_ends_of_lines_are_read() -> None:
    figure, axes = plt.subplots(figsize=(7, 4))
    x = np.linspace(0, 10, 60)
    for number, (name, colour) in enumerate(zip(NAMES, COLOURS, strict=True)):
        axes.plot(x, 0.3 * x + 2 * number, color=colour)
        axes.text(10.1, 3.0 + 2 * number, name, color=colour, va="center")
    axes.set_xlim(0, 12)
    drawn = _render(figure)

    (legend,) = find_legends(drawn.image, drawn.texts, drawn.panels)

    by_name = {entry.label: entry for entry in legend.entries}
    assert set(by_name) == set(NAMES)
    assert all(entry.handle is None for entry in legend.entries)
    for name, colour in zip(NAMES, COLOURS, strict=True):
        assert np.linalg.norm(np.subtract(by_name[name].colour, _rgb(colour))) < 12


@pytest.mark.parametrize("place", ["black at the end", "black outside", "coloured beside", "alone", "Greek"])
def test_direct_labels_name_the_lines_beside_them(place: str) -> None:
    figure, axes = plt.subplots(figsize=(7, 4))
    names = ("alpha",) if place == "alone" else ("\u03b1", "\u03b2-loss (ours)") if place == "Greek" else NAMES[:3]
    x = np.linspace(0, 10, 60)
    for number, (name, colour) in enumerate(zip(names, COLOURS, strict=False)):
        axes.plot(x, 0.3 * x + 2 * number, color=colour)
        ink = "black" if "black" in place else colour
        if "beside" in place:
            axes.text(3.0 + number, 0.3 * (3.0 + number) + 2 * number + 0.35, name, color=ink)
        else:
            axes.text(10.1, 3.0 + 2 * number, name, color=ink, va="center")
    axes.set_xlim(0, 10 if "outside" in place else 12)
    axes.annotate("a remark", (6, 0.5), color="black")
    drawn = _render(figure)

    (legend,) = find_legends(drawn.image, drawn.texts, drawn.panels)

    by_name = {entry.label: entry for entry in legend.entries}
    assert set(by_name) == set(names)
    for name, colour in zip(names, COLOURS, strict=False):
        assert np.linalg.norm(np.subtract(by_name[name].colour, _rgb(colour))) < 12


def test_a_coloured_text_far_right_of_the_axes_is_looked_at_safely() -> None:
    figure, axes = plt.subplots(figsize=(7, 4))
    axes.set_position((0.1, 0.1, 0.6, 0.8))
    axes.plot([0, 1], [0, 1], color="tab:blue")
    axes.text(1.15, 0.5, "far away", color="tab:blue")
    axes.set_xlim(0, 1)
    drawn = _render(figure)
    assert find_legends(drawn.image, drawn.texts, drawn.panels) == ()


def test_remarks_beside_lines_are_no_labels() -> None:
    figure, axes = plt.subplots(figsize=(7, 4))
    x = np.linspace(0, 10, 60)
    for number, colour in enumerate(COLOURS[:2]):
        axes.plot(x, 0.3 * x + 2 * number, color=colour)
        axes.annotate("best so far", (6, 0.3 * 6 + 2 * number - 0.1))
    drawn = _render(figure)
    assert find_legends(drawn.image, drawn.texts, drawn.panels) == ()


def test_a_neighbours_legend_serves_only_where_its_colours_are_drawn() -> None:
    figure, (first, second, third) = plt.subplots(1, 3, figsize=(12, 3.5))
    _plot(first)
    first.legend(loc="lower right", fontsize=8)
    _plot(second)
    third.plot([0, 1, 2], [1, 3, 2], color="black")
    drawn = _render(figure)

    legends = find_legends(drawn.image, drawn.texts, drawn.panels)
    served = [legend_of(panel, legends, drawn.panels, drawn.image) for panel in drawn.panels]

    assert len(legends) == 1
    assert served == [legends[0], legends[0], None]


def test_a_marker_of_another_colour_is_no_dash() -> None:
    figure, axes = plt.subplots(figsize=(7, 4))
    _plot(axes, marker="o", markerfacecolor="yellow", markeredgecolor="black", markevery=6)
    axes.legend(loc="upper left")
    drawn = _render(figure)

    (legend,) = find_legends(drawn.image, drawn.texts, drawn.panels)

    _assert_reads(legend)
    assert all(entry.marker and entry.line and entry.dash == () for entry in legend.entries)


def _by_hand(names: tuple[str, ...], *, centred: bool, **style: Any) -> Drawn:
    """Handles above each other on the right of the axes, the names beside them as other programs set them."""
    figure, axes = plt.subplots(figsize=(7, 4), dpi=100)
    figure.subplots_adjust(right=0.7)
    _plot(axes, names, **style)
    for row, colour in enumerate(COLOURS[: len(names)]):
        y = 0.9 - 0.08 * row
        handle = {"color": colour, "transform": axes.transAxes, "clip_on": False, **style}
        if "marker" in style:
            axes.plot([1.04, 1.13], [y, y], **{**handle, "marker": ""})
            axes.plot([1.085], [y], **handle)
        else:
            axes.plot([1.04, 1.13], [y, y], **handle)
        place = {"ha": "center", "x": 1.24} if centred else {"ha": "left", "x": 1.15}
        axes.text(y=y, s=names[row], transform=axes.transAxes, va="center", **place)
    axes.set_xlim(0, 10)
    return _render(figure)


def test_names_centred_in_their_column_belong_together() -> None:
    names = ("baseline", "dropout", "mixup", "ours")
    drawn = _by_hand(names, centred=True)
    (legend,) = find_legends(drawn.image, drawn.texts, drawn.panels)
    _assert_reads(legend, names)


def test_rings_that_leave_short_ends_of_the_stroke_are_on_a_line() -> None:
    style = {"marker": "o", "markersize": 9, "markerfacecolor": "white", "linewidth": 1.5}
    drawn = _by_hand(("first", "second"), centred=False, **style)
    (legend,) = find_legends(drawn.image, drawn.texts, drawn.panels)
    _assert_reads(legend, ("first", "second"), within=25.0)
    assert all(entry.line for entry in legend.entries)


def test_dots_of_one_pixel_are_a_dotted_stroke() -> None:
    pixels = np.full((40, 120, 3), 255, np.uint8)
    pixels[20, 10:40:4] = 0
    handles = find_handles(pixels, Box(left=2, top=8, right=60, bottom=32), np.array([255.0] * 3), 20.0, 12.0)
    (handle,) = handles
    assert handle.line
    assert handle.dash == pytest.approx((1.0, 3.0), abs=0.5)
    pixels[20, 14:36:4] = 255  # two specks are dirt
    assert not find_handles(pixels, Box(left=2, top=8, right=60, bottom=32), np.array([255.0] * 3), 20.0, 12.0)


def test_a_colon_ends_no_name() -> None:
    drawn = _by_hand(("loss:", "reward:"), centred=False)
    (legend,) = find_legends(drawn.image, drawn.texts, drawn.panels)
    assert [entry.label for entry in legend.entries] == ["loss", "reward"]


@pytest.mark.parametrize("dpi", [90, 130])
def test_the_side_of_a_hollow_marker_is_no_stroke(dpi: int) -> None:
    figure, axes = plt.subplots(figsize=(7, 4), dpi=dpi)
    rng = np.random.default_rng(3)
    for name, colour, marker in zip(NAMES, COLOURS, "os^D", strict=True):
        axes.scatter(*rng.normal(size=(2, 20)), s=55, label=name, facecolors="none", edgecolors=colour, marker=marker)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    figure.subplots_adjust(right=0.75)
    drawn = _render(figure)
    (legend,) = find_legends(drawn.image, drawn.texts, drawn.panels)
    assert [entry.label for entry in legend.entries] == list(NAMES)
    assert all(entry.marker and not entry.line for entry in legend.entries)


def test_keys_that_touch_each_other_are_patches_of_their_own() -> None:
    names = ("2021", "2022", "2023")
    figure, axes = plt.subplots(figsize=(7, 4), dpi=100)
    figure.subplots_adjust(right=0.75)
    for row, (name, colour) in enumerate(zip(names, COLOURS, strict=False)):
        axes.bar([row, row + 5], [1 + row, 3], color=colour)
        key = {"transform": axes.transAxes, "clip_on": False, "linewidth": 0}
        axes.add_patch(plt.Rectangle((1.05, 0.7 - 0.08 * row), 0.05, 0.08, facecolor=colour, **key))
        axes.text(1.12, 0.74 - 0.08 * row, name, transform=axes.transAxes, va="center")
    drawn = _render(figure)
    (legend,) = find_legends(drawn.image, drawn.texts, drawn.panels)
    _assert_reads(legend, names)
    assert not any(entry.line for entry in legend.entries)


def test_a_stroke_between_the_caps_of_an_error_bar_is_a_line() -> None:
    figure, axes = plt.subplots(figsize=(7, 4), dpi=100)
    figure.subplots_adjust(right=0.7)
    names = ("drug", "placebo")
    _plot(axes, names)
    for row, colour in enumerate(COLOURS[:2]):
        place, y = {"transform": axes.transAxes, "clip_on": False, "color": colour}, 0.9 - 0.08 * row
        axes.plot([1.14, 1.23], [y, y], marker="|", markersize=7, **place)
        axes.plot([1.185], [y], marker="+x"[row], markersize=7, **place)
        axes.text(1.12, y, names[row], transform=axes.transAxes, va="center", ha="right")
    axes.set_xlim(0, 10)
    drawn = _render(figure)
    (legend,) = find_legends(drawn.image, drawn.texts, drawn.panels)
    _assert_reads(legend, names)
    assert all(entry.line for entry in legend.entries)


def test_the_shade_of_a_band_in_a_legend_stands_for_the_line_over_it() -> None:
    figure, axes = plt.subplots(figsize=(7, 4), dpi=100)
    x = np.linspace(0, 10, 60)
    for number, (name, colour) in enumerate(zip(NAMES, COLOURS, strict=True)):
        y = np.sin(x / 2 + number) + number
        axes.fill_between(x, y - 0.3, y + 0.3, color=colour, alpha=0.2, linewidth=0, label=name)
        axes.plot(x, y, color=colour)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    figure.subplots_adjust(right=0.75)
    drawn = _render(figure)
    (legend,) = find_legends(drawn.image, drawn.texts, drawn.panels)
    _assert_reads(legend, within=15.0)


def test_translucent_markers_over_each_other_are_no_lines_over_a_shade() -> None:
    figure, axes = plt.subplots(figsize=(7, 4), dpi=100)
    rng = np.random.default_rng(3)
    for number, (name, colour) in enumerate(zip(NAMES, COLOURS, strict=True)):
        points = rng.normal(number * 3, 0.7, (2, 500))
        axes.scatter(*points, s=80, label=name, color=colour, alpha=0.25, linewidths=0)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    figure.subplots_adjust(right=0.75)
    drawn = _render(figure)
    (legend,) = find_legends(drawn.image, drawn.texts, drawn.panels)
    assert all(entry.marker for entry in legend.entries)
    for entry, colour in zip(legend.entries, COLOURS, strict=True):
        pale = 255 - 0.25 * (255 - np.array(_rgb(colour)))
        assert np.abs(np.array(entry.colour) - pale).max() < 15.0


def test_numbers_beside_axes_are_no_names() -> None:
    pixels = np.full((120, 300, 3), 255, np.uint8)
    texts = []
    for row, y in enumerate((30, 60)):
        pixels[y - 1 : y + 2, 180:200] = (200, 30 * row, 0)
        pixels[y - 1 : y + 2, 20:90] = (200, 30 * row, 0)
        pixels[y - 5 : y + 5, 205:220:3] = 0
        box = Box(left=204.5, right=220.5, top=y - 5.5, bottom=y + 4.5)
        texts.append(TextBox(text=str(10 * row + 10), box=box, confidence=1.0))
    region = Box(left=0, right=299, top=0, bottom=119)
    panel = Panel(index=1, axes=Box(left=10, right=100, top=10, bottom=110), region=region)
    assert len(find_legends(Image(pixels=pixels), texts, [panel])) == 1
    assert find_legends(Image(pixels=pixels), texts, [panel], texts) == ()
