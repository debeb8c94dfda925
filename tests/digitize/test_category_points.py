"""Lines over categories are read at the categories."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.axis import AxisCalibration
from calibration.scales import CategoryScale, LinearScale
from digitize.category_points import at_categories
from digitize.findings import PointFlag
from digitize.values import SeriesKind, Trace

LABELS = ("low", "middle", "high", "top")
SPACING_PX, FIRST_PX = 80.0, 50.0
PLACES_PX = FIRST_PX + SPACING_PX * np.arange(len(LABELS))
HEIGHTS_PX = np.array([200.0, 120.0, 150.0, 40.0])


def _axis(scale: CategoryScale | LinearScale) -> AxisCalibration:
    return AxisCalibration(
        side="bottom", scale=scale, slope=1.0 / SPACING_PX, intercept=0.0, centre_px=FIRST_PX,
        covariance=np.zeros((2, 2)), used=(), residual_px=0.0,
    )  # fmt: skip


def _trace(x: np.ndarray, y: np.ndarray, kind: SeriesKind = "line") -> Trace:
    return Trace(
        label="a", points_px=np.stack([x, y], axis=1), sigma_px=np.full((len(x), 2), 0.1),
        flags=np.zeros(len(x), np.uint16), colour=(0, 0, 0), kind=kind, stroke_px=2.0,
    )  # fmt: skip


CATEGORIES = _axis(CategoryScale(labels=LABELS))


def test_a_path_becomes_a_point_for_each_category_without_the_rounding_of_its_corners() -> None:
    x = np.arange(PLACES_PX[0], PLACES_PX[-1] + 1)
    y = np.interp(x, PLACES_PX, HEIGHTS_PX)
    rounded = np.convolve(np.pad(y, 3, mode="edge"), np.full(7, 1 / 7), mode="valid")
    one = at_categories(_trace(x, rounded), CATEGORIES)
    assert one.points_px[:, 0] == pytest.approx(PLACES_PX)
    assert np.abs(one.points_px[:, 1] - HEIGHTS_PX).max() < 0.3 < np.abs(rounded - y).max()
    assert one.sampling == "grid"
    assert one.path_px is not None and len(one.path_px) == len(x)


def test_a_step_is_read_where_it_passes_each_category() -> None:
    x = np.arange(PLACES_PX[0] - 10, PLACES_PX[-1] + 10)
    y = HEIGHTS_PX[np.clip(np.round((x - FIRST_PX) / SPACING_PX).astype(int), 0, 3)]
    one = at_categories(_trace(x, y, "step"), CATEGORIES)
    assert one.points_px[:, 1] == pytest.approx(HEIGHTS_PX)


def test_a_line_that_starts_late_and_has_a_gap_has_no_values_there() -> None:
    x = np.arange(PLACES_PX[1], PLACES_PX[-1] + 1)
    y = np.interp(x, PLACES_PX, HEIGHTS_PX)
    y[np.abs(x - PLACES_PX[2]) < 30] = np.nan
    points = at_categories(_trace(np.where(np.isnan(y), np.nan, x), y), CATEGORIES).points_px
    assert np.isfinite(points).all(axis=1).tolist() == [True, False, True]
    assert points[[0, 2], 0] == pytest.approx(PLACES_PX[[1, 3]])


def test_flags_travel_and_what_is_no_line_over_categories_stands() -> None:
    x = np.arange(PLACES_PX[0], PLACES_PX[-1] + 1)
    dense = _trace(x, np.interp(x, PLACES_PX, HEIGHTS_PX))
    dense.flags[np.abs(x - PLACES_PX[1]) < 5] = PointFlag.CROSSING
    assert at_categories(dense, CATEGORIES).flags.tolist() == [0, PointFlag.CROSSING, 0, 0]
    assert at_categories(dense, _axis(LinearScale())) is dense
    samples = _trace(PLACES_PX + 5, HEIGHTS_PX)
    assert at_categories(samples, CATEGORIES) is samples
    level = _trace(x, np.full(len(x), 90.0), "reference")
    assert at_categories(level, CATEGORIES) is level
