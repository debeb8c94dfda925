from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.fit import fit_line, vote


def one_reading_each(values: list[float]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    return [np.array([v]) for v in values], [np.zeros(1) for _ in values]


def test_wrong_reads_are_outvoted() -> None:
    position = np.arange(8) * 50.0
    u, cost = one_reading_each([0, 10, 20, 80, 40, 5, 60, 70])
    ballot = vote(position, np.full(8, 1.0), u, cost)
    assert ballot is not None
    assert list(np.flatnonzero(ballot.chosen < 0)) == [3, 5]
    assert ballot.slope == pytest.approx(0.2)


def test_the_reading_that_fits_is_chosen_though_it_costs_more() -> None:
    position = np.arange(4) * 50.0
    u = [np.array([100.0, 0.0]), np.array([101.0, 1.0]), np.array([2.0]), np.array([3.0])]
    cost = [np.array([0.0, 0.5]), np.array([0.0, 0.5]), np.zeros(1), np.zeros(1)]
    ballot = vote(position, np.full(4, 1.0), u, cost)
    assert ballot is not None
    assert list(ballot.chosen) == [1, 1, 0, 0]


def test_no_vote_without_two_different_readings() -> None:
    assert vote(np.array([0.0]), np.ones(1), [np.array([1.0])], [np.zeros(1)]) is None
    assert vote(np.array([0.0, 9.0]), np.ones(2), *one_reading_each([1.0, 1.0])) is None
    assert vote(np.empty(0), np.empty(0), [], []) is None


@settings(max_examples=60, deadline=None)
@given(st.integers(4, 12), st.floats(-1e4, 1e4), st.floats(0.01, 1e3), st.booleans(), st.integers(0, 10_000))
def test_one_in_four_wrong_never_moves_the_line(n: int, start: float, step: float, down: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    position = 40.0 + 45.0 * np.arange(n)
    values = start + step * np.arange(n) * (-1 if down else 1)
    wrong = rng.choice(n, n // 4, replace=False)
    read = values.copy()
    read[wrong] += step * rng.uniform(2.3, 9.0, len(wrong)) * np.sign(rng.normal(size=len(wrong)))
    ballot = vote(position, np.full(n, 1.0), *one_reading_each(list(read)))
    assert ballot is not None
    assert ballot.slope == pytest.approx((values[1] - values[0]) / 45.0, rel=1e-6)


def test_the_line_states_how_well_it_is_known() -> None:
    rng = np.random.default_rng(3)
    px = np.linspace(50, 550, 6)
    hits = []
    for _ in range(400):
        line = fit_line(px + rng.normal(0, 0.2, 6), 2.0 * px, np.full(6, 0.2))
        at = 620.0
        sigma = np.sqrt(line.covariance[0, 0] * (at - line.centre_px) ** 2 + line.covariance[1, 1])
        hits.append(abs(line.slope * (at - line.centre_px) + line.intercept - 2.0 * at) <= 1.96 * sigma)
    assert 0.92 <= np.mean(hits) <= 1.0


def test_scatter_beyond_the_stated_sigma_widens_the_covariance() -> None:
    px = np.arange(6) * 100.0
    crooked = px + np.array([1, -1, 1, -1, 1, -1.0])
    calm = fit_line(px, px, np.full(6, 0.1)).covariance[1, 1]
    assert fit_line(crooked, px, np.full(6, 0.1)).covariance[1, 1] > 20 * calm


def test_a_line_needs_two_positions() -> None:
    with pytest.raises(ValueError, match="two positions"):
        fit_line(np.array([1.0, 1.0]), np.array([1.0, 2.0]), np.ones(2))
