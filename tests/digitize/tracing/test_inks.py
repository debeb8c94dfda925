"""What is taken out of a colour's ink, filled in or told apart before lines are followed."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.geometry import BoolArray, Box
from digitize.tracing.canvas import Canvas
from digitize.tracing.dense import find_solid, zigzag
from digitize.tracing.hollow import fill_markers
from digitize.tracing.kinds import classify_ink
from digitize.tracing.masks import InkMap, map_ink
from digitize.tracing.palette import are_alike, find_mixture
from digitize.tracing.runs import find_column_runs
from digitize.tracing.told_lines import are_distinct
from digitize.tracing.whiskers import find_whiskers, without_whiskers
from digitize.values import LegendEntry

NONE = np.zeros((120, 300), bool)
WHITE = np.full(3, 255.0)


def line_with_bars(*, capped: bool, last: int = 280) -> BoolArray:
    own = NONE.copy()
    own[60:62, 10:last] = True
    for x in range(30, 280, 50):
        own[40:82, x : x + 2] = True
        if capped:
            own[40:42, x - 4 : x + 6] = True
            own[80:82, x - 4 : x + 6] = True
    return own


def to_ink(own: BoolArray) -> InkMap:
    return InkMap(alpha=own.astype(np.float32), own=own, hidden=np.zeros(own.shape, bool))


def to_canvas(colour: np.ndarray) -> Canvas:
    empty = np.zeros(colour.shape[:2], bool)
    return Canvas(
        left=0, top=0, colour=colour.astype(np.float32), background=WHITE.astype(np.float32),
        ink=np.linalg.norm(colour, axis=2) > 24, blocked=empty, text=empty, grid=empty,
    )  # fmt: skip


@pytest.mark.parametrize("capped", [True, False])
@pytest.mark.parametrize("turned", [False, True])
def test_error_bars_go_and_the_line_stays(capped: bool, turned: bool) -> None:
    own = line_with_bars(capped=capped)
    ink = without_whiskers(to_ink(own.T.copy() if turned else own), 2.0)
    left = ink.own.T if turned else ink.own
    assert left[60:62, 10:280].all()
    assert not left[:57].any() and not left[65:].any()


def test_risers_of_steps_and_spikes_are_no_error_bars() -> None:
    steps = NONE.copy()
    for place, x in enumerate(range(20, 280, 40)):
        level = 30 + 50 * (place % 2)
        steps[level : level + 2, x : x + 42] = True
        steps[30:82, x : x + 2] = True
    assert find_whiskers(steps, NONE, 2.0) == []
    spikes = NONE.copy()
    spikes[80:82, 10:290] = True
    for x in range(30, 280, 50):
        spikes[30:82, x : x + 2] = True
    assert find_whiskers(spikes, NONE, 2.0) == []


def test_plus_signs_are_markers() -> None:
    own = NONE.copy()
    for x in range(30, 280, 50):
        own[50:70, x : x + 2] = True
        own[59:61, x - 9 : x + 11] = True
    assert find_whiskers(own, NONE, 2.0) == []


def test_the_line_between_square_markers_is_no_error_bar() -> None:
    own = NONE.copy()
    own[60:62, 10:290] = True
    for x in range(20, 290, 45):
        own[55:67, x - 6 : x + 6] = True
    assert np.array_equal(without_whiskers(to_ink(own), 2.0).own, own)


def test_hollow_markers_are_filled_and_loops_are_not() -> None:
    own = NONE.copy()
    own[60:62, 10:290] = True
    for x in range(30, 280, 50):
        own[54:68, x - 7 : x + 7] = True
        own[56:66, x - 5 : x + 5] = False
    canvas = to_canvas(np.where(own[..., None], -WHITE, 0.0))
    filled = fill_markers(canvas, to_ink(own), 2.0).own
    assert all(filled[54:68, x - 7 : x + 7].all() for x in range(30, 280, 50))
    loops = NONE.copy()
    loops[60, 10:290] = True
    for x, size in ((30, 4), (90, 12), (200, 30)):
        loops[60 : 60 + size, [x, x + size]] = True
        loops[60 + size, x : x + size + 1] = True
    canvas = to_canvas(np.where(loops[..., None], -WHITE, 0.0))
    assert np.array_equal(fill_markers(canvas, to_ink(loops), 2.0).own, loops)


def test_noise_that_fills_a_ribbon_is_a_stroke_and_an_area_is_not() -> None:
    rng = np.random.default_rng(0)
    middle = 60 + 20 * np.sin(np.arange(300) / 40)
    rows = np.arange(120)[:, None]
    reach = 14 + rng.normal(0, 3, (2, 300))
    ribbon = (rows > middle - reach[0]) & (rows < middle + reach[1])
    assert classify_ink(ribbon) == "stroke"
    assert classify_ink((rows > middle - 14) & (rows < middle + 14)) == "filled"
    assert classify_ink((rows > middle - reach[0]) & (rows < 115)) == "filled"


def test_solid_noise_is_crossed_from_edge_to_edge() -> None:
    x, height, slope = np.arange(60.0), np.full(60, 20.0), np.zeros(60)
    solid = find_solid(x, height, 2.0, slope)
    assert solid.all()
    assert not find_solid(x, height, 2.0, np.full(60, 12.0)).any()  # a steep line
    assert not find_solid(x + 20 * (x // 15), height, 2.0, slope).any()  # markers
    first, last = zigzag(np.full(60, 10.0), np.full(60, 28.0), solid, np.full(60, 19.0))
    assert set(np.unique(np.concatenate([first, last]))) == {10.0, 28.0}
    assert np.array_equal(first[1:], last[:-1])


def test_where_two_colours_mix_there_is_no_third() -> None:
    blue, green, teal = (0, 0, 255), (0, 160, 0), (0, 80, 128)
    pixels = np.full((120, 300, 3), 255.0)
    pixels[50:53, 10:290], pixels[53, 10:290], pixels[54:57, 10:290] = blue, teal, green
    pixels[90:93, 10:290] = teal
    inks = map_ink(to_canvas(pixels - WHITE), [blue, green, teal])
    assert not inks[2].own[:70].any()
    assert inks[2].own[90:93, 10:290].all()


def test_the_rim_of_a_strong_stroke_is_no_pale_line() -> None:
    pixels = np.full((120, 300, 3), 255.0)
    pixels[50:53, 10:290], pixels[[49, 53], 10:290], pixels[90:92, 10:290] = 0.0, 150.0, 150.0
    inks = map_ink(to_canvas(pixels - WHITE), [(0, 0, 0), (150, 150, 150)])
    assert not inks[1].own[:70].any()
    assert inks[1].own[90:92, 10:290].all()


def test_colours_that_others_make_are_known() -> None:
    assert find_mixture((120, 80, 100), [(0, 200, 0), (255, 0, 0), (0, 160, 200)], WHITE) == (1, 2)
    assert find_mixture((0, 160, 0), [(255, 0, 0), (0, 0, 255)], WHITE) is None
    assert are_alike((40, 120, 180), (60, 130, 190), WHITE)
    assert not are_alike((40, 120, 180), (200, 60, 60), WHITE)


def test_patterns_are_distinct_by_their_dashes_or_gaps() -> None:
    def entry(*dash: float) -> LegendEntry:
        return LegendEntry(label="a", handle=Box(left=0, top=0, right=9, bottom=3), colour=(0, 0, 0), dash=dash)

    assert are_distinct([entry(), entry(8, 3), entry(2, 3), entry(14, 3, 2, 3)])
    assert are_distinct([entry(8, 3), entry(8, 6)])
    assert not are_distinct([entry(8, 3), entry(8, 4)])
    assert not are_distinct([entry(), entry()])
    assert not are_distinct([entry()])


def test_runs_do_not_go_on_from_column_to_column() -> None:
    own = np.zeros((5, 3), bool)
    own[3:, 0], own[:2, 1], own[2, 2] = True, True, True
    col, first, last = find_column_runs(own)
    assert (col.tolist(), first.tolist(), last.tolist()) == ([0, 1, 2], [3, 0, 2], [4, 1, 2])


def test_a_colour_of_the_background_mixes_with_none() -> None:
    assert find_mixture((60, 120, 180), [(255, 255, 255), (20, 80, 160)], WHITE) is None
