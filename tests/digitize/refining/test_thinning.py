"""Grids twice as fine as the samples give up the places between them."""

from __future__ import annotations

import numpy as np

from calibration.geometry import FloatArray
from digitize.refining.thinning import thin_out
from digitize.values import Trace
from tests.digitize.refining.conftest import wander

HEIGHT_PX = 200.0


def _line(x: FloatArray, y: FloatArray) -> Trace:
    return Trace(
        label="a",
        points_px=np.stack([x, y], axis=1),
        sigma_px=np.full((len(x), 2), 0.1),
        flags=np.zeros(len(x), np.uint16),
        colour=(0, 0, 200),
        sampling="grid",
    )


def _on_half_steps(seed: int, noise_px: float, count: int = 21) -> Trace:
    """Samples every 20 px, told at every 10 px."""
    x = np.arange(count) * 20.0
    y = HEIGHT_PX * wander(count, seed, 0.05)
    fine = np.arange(2 * count - 1) * 10.0
    return _line(fine, np.interp(fine, x, y) + np.random.default_rng(seed).normal(0, noise_px, len(fine)))


def test_places_that_bend_nothing_are_dropped_for_all_lines() -> None:
    lines = [_on_half_steps(seed, 0.05) for seed in range(3)]
    for before, after in zip(lines, thin_out(lines), strict=True):
        assert after.points_px.tolist() == before.points_px[::2].tolist()


def test_one_line_that_bends_there_keeps_them_all() -> None:
    x = np.arange(41) * 10.0
    lines = [_on_half_steps(1, 0.05), _line(x, HEIGHT_PX * wander(41, 2, 0.05))]
    assert [len(one.points_px) for one in thin_out(lines)] == [41, 41]


def test_an_end_between_the_samples_is_no_idle_place() -> None:
    line = _on_half_steps(1, 0.05)
    cut = _line(*line.points_px[:-1].T)
    assert len(thin_out([cut])[0].points_px) == len(cut.points_px)


def test_straight_lines_tell_nothing() -> None:
    x = np.arange(41) * 10.0
    assert len(thin_out([_line(x, 0.3 * x)])[0].points_px) == 41
