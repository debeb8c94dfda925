"""The stated uncertainty of an axis is true: real errors stay within it as often as they should."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from calibration import calibrate_axis
from calibration.geometry import FloatArray
from tests.calibration.drawn import axis_labels, ticks_at

AXES = 150
Render = Callable[[FloatArray, np.random.Generator], FloatArray]


def exact(px: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Antialiased where they belong, measured with a little noise."""
    return px + rng.normal(0, 0.05, len(px))


def moved(px: FloatArray, _: np.random.Generator) -> FloatArray:
    """Agg: rounded to a pixel's edge, then half a pixel on."""
    return np.floor(px + 1.0)


def either(px: FloatArray, rng: np.random.Generator) -> FloatArray:
    """One renderer in four rounds to the nearest pixel and leaves the tick there; nothing tells which."""
    return np.floor(px + 0.5) if rng.random() < 0.25 else moved(px, rng)


def resampled(scale: float) -> Render:
    """Drawn as Agg does, then the picture was resampled."""

    def render(px: FloatArray, rng: np.random.Generator) -> FloatArray:
        before = (px + 0.5) / scale - 0.5
        return (moved(before, rng) + 0.5) * scale - 0.5 + rng.normal(0, 0.03, len(px))

    return render


def errors_in_sigma(render: Render, *, ticks: bool = True) -> FloatArray:
    """Errors of both ends of many drawn axes, in stated standard deviations."""
    rng = np.random.default_rng(11)
    found = []
    for _ in range(AXES):
        count = int(rng.integers(5, 9))
        start, pitch = rng.uniform(60, 90), rng.uniform(40, 90)
        px = start + pitch * np.arange(count)
        values = 5 * np.arange(count)
        offset = rng.normal(0, 0.5)  # of the labels from their ticks
        labels = axis_labels(px + offset + rng.normal(0, 0.5, count), [str(v) for v in values])
        axis = calibrate_axis("bottom", labels, ticks_at(render(px, rng)) if ticks else [])
        ends = np.array([px[0], px[-1]])
        error_px = axis.to_pixel(values[[0, -1]]) - ends
        found.append(error_px / (axis.sigma_u(ends) / abs(axis.slope)))
    return np.abs(np.concatenate(found))


@pytest.mark.parametrize(
    ("render", "least", "widest"),
    [
        (exact, 0.9, 0.05),
        (moved, 0.9, 0.2),
        (either, 0.9, 0.2),
        (resampled(0.6), 0.85, 0.2),  # not seen where the ticks' pitch hides it
        (resampled(1.4), 0.85, 0.2),
    ],
    ids=["exact", "moved", "either", "reduced", "enlarged"],
)
def test_ends_of_axes_lie_within_their_stated_intervals(render: Render, least: float, widest: float) -> None:
    sigmas = errors_in_sigma(render)
    assert np.mean(sigmas < 1.96) >= least
    assert np.mean(sigmas < 1.0) >= 0.5
    assert np.median(sigmas) > widest  # no shelter in wide intervals


def test_label_centres_alone_state_what_they_are_worth() -> None:
    sigmas = errors_in_sigma(exact, ticks=False)
    assert np.mean(sigmas < 1.96) >= 0.9
