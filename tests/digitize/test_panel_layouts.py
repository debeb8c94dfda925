"""Insets, titles of all panels together, second axes and symmetric log axes of drawn figures; the text is given."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calibration.geometry import Box, TextBox
from calibration.spines import StraightLine
from digitize.panels import CalibratedPanel, find_panels
from digitize.panels.axes_boxes import AxesBox
from digitize.panels.axis_reader import AxisReader
from tests.digitize.test_panels import SecondLook, X, drawn, new_figure, plot


def panel_of(figure: Any, axes: Any, found: tuple[CalibratedPanel, ...]) -> CalibratedPanel:
    left, bottom, right, top = axes.get_window_extent().extents
    height = figure.bbox.height
    middle = (left + right) / 2, height - (bottom + top) / 2
    inside = [one for one in found if one.panel.axes.contains(*middle)]
    return min(inside, key=lambda one: one.panel.axes.area_px)


def test_an_inset_leaves_the_panel_around_it_whole() -> None:
    figure, (axes,) = new_figure()
    plot(axes, 4.0)
    axes.grid(True)
    inset = figure.add_axes((0.5, 0.48, 0.35, 0.34))
    plot(inset, 900.0)
    found = find_panels(*drawn(figure))
    assert len(found) == 2
    outer, inner = max(found, key=lambda p: p.panel.axes.area_px), panel_of(figure, inset, found)
    assert outer.panel.axes.width_px == pytest.approx(axes.get_window_extent().width, abs=2)
    assert inner.calibration is not None
    ends = inner.calibration.y.to_data([inner.panel.axes.bottom, inner.panel.axes.top])
    np.testing.assert_allclose(ends, inset.get_ylim(), atol=0.01 * np.ptp(inset.get_ylim()))


def test_a_tick_mark_read_as_a_digit_inside_an_inset_cuts_nothing_off_the_panel_around_it() -> None:
    figure, (axes,) = new_figure(size=(7.0, 7.0))
    axes.plot([2, 78], [33, 12])
    axes.set(xlim=(0, 80), ylim=(-3, 124), xticks=range(0, 80, 15), yticks=range(0, 121, 30))
    axes.grid(True)
    inset = axes.inset_axes((0.5, 0.56, 0.44, 0.36))
    plot(inset, 2400.0)
    inset.tick_params(direction="in")
    image, texts = drawn(figure)
    left, bottom, right, _ = inset.get_window_extent().extents
    x, y = left + 0.3 * (right - left), image.height_px - bottom - 4.0
    stray = TextBox(text="1", box=Box(left=x, right=x + 1, top=y - 3, bottom=y + 3), confidence=0.8)
    found = find_panels(image, [*texts, stray])
    assert len(found) == 2
    outer = max(found, key=lambda p: p.panel.axes.area_px)
    assert outer.panel.axes.height_px == pytest.approx(axes.get_window_extent().height, abs=2)


def test_a_panel_that_lost_a_spine_is_one_of_a_grid_of_panels() -> None:
    figure, grid = new_figure(2, 2, size=(8.0, 6.0), sharex=True, sharey=True)
    for axes in grid:
        plot(axes)
    grid[1].spines["right"].set_visible(False)
    found = find_panels(*drawn(figure))
    assert [one.calibration is not None for one in found] == [True] * 4


def test_labels_of_a_grid_of_panels_are_looked_for_beside_those_without_any() -> None:
    figure, grid = new_figure(2, 2, size=(8.0, 6.0), sharex=True, sharey="row")
    for axes in grid:
        plot(axes)
    image, texts = drawn(figure)
    unseen = [text for text in texts if text.box.centre[1] < image.height_px / 2 and text.box.right < grid[0].bbox.x0]
    seen = [text for text in texts if text not in unseen]
    assert len(find_panels(image, seen)) == 2
    found = find_panels(image, seen, SecondLook(unseen))
    assert [one.calibration is not None for one in found] == [True] * 4


def test_panel_letters_are_no_labels_of_the_panel_above() -> None:
    figure, grid = new_figure(2, 1, size=(6.4, 6.0), sharex=True)
    for axes, letter in zip(grid, "cd", strict=True):
        plot(axes)
        axes.set_title(f"({letter})", loc="left")
    found = find_panels(*drawn(figure))
    assert [one.calibration.x.scale.name for one in found if one.calibration] == ["linear", "linear"]
    assert all(len(one.calibration.x.used) >= 5 for one in found if one.calibration)


def test_titles_of_all_panels_name_the_axes_of_each() -> None:
    figure, grid = new_figure(2, 2, size=(8.0, 6.0), sharex=True, sharey=True)
    for axes in grid:
        plot(axes)
    figure.supxlabel("Time (hours)")
    figure.supylabel("Loss")
    found = find_panels(*drawn(figure))
    assert len(found) == 4
    for one in found:
        assert one.calibration is not None
        assert (one.calibration.x.title, one.calibration.x.unit) == ("Time", "hours")
        assert one.calibration.y.title == "Loss"


@pytest.mark.parametrize("threshold", [0.1, 1.0, 2.0])
def test_a_symmetric_log_axis_is_read_with_its_threshold_and_says_so(threshold: float) -> None:
    figure, (axes,) = new_figure()
    axes.plot([0, 100], [-500, 500])
    axes.set_yscale("symlog", linthresh=threshold)
    axes.set_ylim(-1500, 1500)
    (found,) = find_panels(*drawn(figure))
    assert found.calibration is not None
    y = found.calibration.y
    assert y.scale.name == "symlog"
    assert y.scale.linear_within == pytest.approx(threshold)  # type: ignore[attr-defined]
    assert "axis-symlog" in {finding.code for finding in found.findings}
    box = found.panel.axes
    np.testing.assert_allclose(y.to_pixel([-1500, 0, 1500]), [box.bottom, box.centre[1], box.top], atol=1.5)


def test_a_second_axis_without_lines_gets_its_own_scale() -> None:
    figure, (axes,) = new_figure()
    plot(axes)
    twin = axes.twinx()
    twin.plot([0, 100], [0, 40_000])
    for one in (axes, twin):
        one.spines[:].set_visible(False)
        one.tick_params(length=0)
    (found,) = find_panels(*drawn(figure))
    assert found.calibration is not None
    assert found.calibration.twin_y is not None
    assert float(found.calibration.twin_y.used[0].value) in (40_000.0, 0.0)


@pytest.mark.parametrize(("ticks", "second"), [((150, 300), True), ((120, 360), False)])
def test_two_labels_on_marks_of_their_own_are_a_second_axis(ticks: tuple[int, int], second: bool) -> None:
    """Marks at the places of the first axis' labels may be the mirrored ones of that axis."""
    figure, (axes,) = new_figure()
    axes.plot([0, 100], [0, 20])
    axes.set(xlim=(0, 100), ylim=(0, 20), yticks=range(0, 21, 5))
    twin = axes.twinx()
    twin.plot([0, 100], [400, 30])
    twin.set(ylim=(0, 480), yticks=ticks)
    (found,) = find_panels(*drawn(figure))
    assert found.calibration is not None
    assert (found.calibration.twin_y is not None) == second


@pytest.mark.parametrize("elsewhere", [False, True])
def test_ticks_that_contradict_the_shared_neighbour_are_a_warning(elsewhere: bool) -> None:
    figure, (upper, lower) = new_figure(2, 1, size=(6.4, 6.0))
    for axes in (upper, lower):
        plot(axes)
        axes.set_xlim(0, 100)
        axes.grid(True, axis="x")
    upper.set_xticks(np.arange(7, 100, 15) if elsewhere else np.arange(0, 101, 20), [])
    upper.set_xticklabels([])
    findings = [f for one in find_panels(*drawn(figure)) for f in one.findings if f.code == "axis-shared"]
    assert [finding.severity for finding in findings] == ["warning" if elsewhere else "info"]


def test_a_spine_at_the_very_top_of_a_box_is_looked_under() -> None:
    """The strip between it and the box's edge is thinner than a pixel."""
    pixels = np.full((200, 300, 3), 255, np.uint8)
    spine = StraightLine(
        position_px=23.0, start_px=50.0, end_px=250.0, thickness_px=1.0, contrast=-200.0, coverage=1.0, kind="ridge"
    )
    axes = AxesBox(box=Box(left=50.0, top=23.04, right=250.0, bottom=180.0), horizontal=(spine,), vertical=())
    assert AxisReader(pixels, (), 10.0).read_inner("bottom", axes) is None


def test_an_inset_whose_y_axis_has_two_labels_is_a_panel() -> None:
    figure, (axes,) = new_figure(size=(8.0, 6.0))
    plot(axes)
    inset = axes.inset_axes((0.45, 0.45, 0.5, 0.5))
    inset.plot(X[:60], 300.0 * np.sin(X[:60] / 25.0))
    inset.tick_params(labelsize=8, length=0)
    inset.set_yticks([100.0, 200.0])
    found = find_panels(*drawn(figure))
    assert [one.calibration is not None for one in found] == [True, True]


def test_numbers_over_bars_do_not_cut_the_panel_at_the_bars_that_end_level() -> None:
    figure, (axes,) = new_figure()
    tops = ((20, 34, 30, 35, 27), (25, 32, 34, 20, 25))
    for shift, heights in zip((-0.2, 0.2), tops, strict=True):
        axes.bar_label(axes.bar(np.arange(5) + shift, heights, width=0.35), padding=3)
    axes.set_xticks(range(5), ["oak", "elm", "ash", "fir", "yew"])
    (found,) = find_panels(*drawn(figure))
    assert found.panel.axes.height_px == pytest.approx(axes.get_window_extent().height, abs=2)
    assert found.calibration is not None
    ends = found.calibration.y.to_data([found.panel.axes.bottom, found.panel.axes.top])
    np.testing.assert_allclose(ends, axes.get_ylim(), atol=0.01 * np.ptp(axes.get_ylim()))
