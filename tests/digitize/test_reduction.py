"""Very large figures are traced on a copy; every position comes back to where it was."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.axis import AxisCalibration, PanelCalibration
from calibration.geometry import Box
from calibration.scales import LinearScale
from digitize.reduction import ENOUGH_AXES_PX, reduce_figure
from digitize.values import Image, Panel, Trace


def _panel(width_px: float, text_px: float) -> Panel:
    axes = Box(left=100.0, top=50.0, right=100.0 + width_px, bottom=50.0 + width_px / 2)
    return Panel(index=1, axes=axes, region=axes, text_height_px=text_px, gridlines_x_px=np.array([100.0, 700.0]))


def _image(width: int) -> Image:
    return Image(pixels=np.full((width // 2, width, 3), 255, np.uint8))


def test_ordinary_figures_are_left_as_they_are() -> None:
    image = _image(900)
    assert reduce_figure(image, [_panel(700, 12)]).image is image
    assert reduce_figure(image, [_panel(3000, 12)]).factor == 1.0, "long axes with small text hold fine detail"
    assert reduce_figure(image, []).factor == 1.0


def test_a_large_figure_is_reduced_but_not_below_what_a_line_needs() -> None:
    reduction = reduce_figure(_image(4000), [_panel(3600, 60)])
    assert reduction.factor == pytest.approx(ENOUGH_AXES_PX / 3600)
    assert reduction.image.width_px == pytest.approx(4000 * reduction.factor, abs=1)


def test_positions_and_values_survive_the_way_there_and_back() -> None:
    panel = _panel(3600, 60)
    reduction = reduce_figure(_image(4000), [panel])
    points = np.array([[100.0, 50.0], [2000.25, 900.5], [np.nan, np.nan]])
    small = reduction.position(points)
    trace = Trace(
        label="a",
        points_px=small,
        sigma_px=np.full((3, 2), 0.1),
        flags=np.zeros(3, np.uint16),
        colour=(0, 0, 0),
    )
    back = reduction.back(trace, None)
    np.testing.assert_allclose(back.points_px, points, atol=1e-9)
    np.testing.assert_allclose(back.sigma_px, 0.1 / reduction.factor)

    axis = AxisCalibration(
        side="bottom",
        scale=LinearScale(),
        slope=0.5,
        intercept=3.0,
        centre_px=1900.0,
        covariance=np.array([[1e-8, 0.0], [0.0, 1e-4]]),
        residual_px=0.2,
    )
    reduced = reduction.calibration(PanelCalibration(x=axis, y=axis)).x
    np.testing.assert_allclose(reduced.to_data(small[:2, 0]), axis.to_data(points[:2, 0]))
    np.testing.assert_allclose(reduced.sigma_u(small[:2, 0]), axis.sigma_u(points[:2, 0]))
    assert reduction.panel(panel).axes.width_px == pytest.approx(panel.axes.width_px * reduction.factor)
