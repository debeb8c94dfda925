"""Panels of points hold what they say, to a fraction of a pixel, and turn up with every difficulty."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from digitize.synthetic_cloud_specs import CloudsSpec, random_clouds

clouds = pytest.importorskip("digitize.synthetic_clouds")


@pytest.mark.parametrize("snapped", [True, False])
def test_the_points_lie_on_the_ink(snapped: bool) -> None:
    drawn = clouds.draw_clouds(CloudsSpec(count=20, spread="trend", snapped=snapped, scale=1.6, legend="none", seed=2))
    ink = np.linalg.norm(drawn.image.pixels.astype(float) - drawn.panel.background, axis=2)
    points = drawn.series[0].points_px
    assert len(points) == 20
    assert all(ink[round(y), round(x)] > 100 for x, y in points)


def test_fits_are_lines_of_their_own_under_their_own_names() -> None:
    drawn = clouds.draw_clouds(CloudsSpec(groups=2, count=30, spread="trend", fit="own", seed=1))
    assert [one.kind for one in drawn.series] == ["scatter", "line", "scatter", "line"]
    assert len({one.name for one in drawn.series}) == 4


def test_the_same_spec_gives_the_same_picture() -> None:
    spec = CloudsSpec(groups=2, count=40, spread="chain", fit="black", seed=9)
    one, two = clouds.draw_clouds(spec), clouds.draw_clouds(spec)
    assert np.array_equal(one.image.pixels, two.image.pixels)


def test_random_specs_show_every_difficulty() -> None:
    rng = np.random.default_rng(0)
    seen = Counter(name for _ in range(300) for name in random_clouds(rng).properties)
    wanted = {
        "blob", "trend", "chain", "levels", "fit", "fit of its colour", "groups", "many points", "translucent",
        "white edge", "black edge", "hollow", "shapes", "subpixel", "no legend", "dark", "JPEG", "resampled",
    }  # fmt: skip
    assert min(seen[name] for name in wanted) >= 5


def test_impossible_knobs_are_refused() -> None:
    with pytest.raises(ValueError, match="count=0"):
        CloudsSpec(count=0)
    with pytest.raises(ValueError, match="no such field"):
        random_clouds(np.random.default_rng(0), colour="red")
