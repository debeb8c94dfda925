from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration import CalibrationError, LabelsDisagree, Tick, TooFewLabels, calibrate_axis
from tests.calibration.drawn import axis_labels, label_at, ticks_at

EVEN = [100.0 + 60.3 * k for k in range(6)]


def days(text: str) -> float:
    return float((dt.date.fromisoformat(text) - dt.date(1970, 1, 1)).days)


def test_ticks_give_the_positions_though_labels_stand_off_them() -> None:
    rng = np.random.default_rng(1)
    shifted = [p + 2.2 + rng.normal(0, 0.8) for p in EVEN]
    axis = calibrate_axis("bottom", axis_labels(shifted, ["0", "10", "20", "30", "40", "50"]), ticks_at(EVEN))
    assert axis.scale.name == "linear"
    assert np.abs(axis.to_pixel([0, 50]) - [EVEN[0], EVEN[-1]]).max() < 0.02
    assert all(label.seated for label in axis.used)


def test_labels_alone_give_a_wider_interval() -> None:
    texts = ["0", "10", "20", "30", "40", "50"]
    bare = calibrate_axis("bottom", axis_labels(EVEN, texts), [])
    ticked = calibrate_axis("bottom", axis_labels(EVEN, texts), ticks_at(EVEN))
    assert np.ptp(bare.interval(EVEN[0])) > 3 * np.ptp(ticked.interval(EVEN[0]))
    assert not any(label.seated for label in bare.used)


def test_a_wrong_read_is_rejected_with_what_should_stand_there() -> None:
    texts = ["0.0", "0.2", "0.9", "0.6", "0.8", "1.0"]
    axis = calibrate_axis("left", axis_labels(EVEN, texts, side="left"), ticks_at(EVEN))
    assert [(label.text, label.expected) for label in axis.rejected] == [("0.9", "0.4")]


def test_an_inverted_axis_has_the_other_sign() -> None:
    axis = calibrate_axis("left", axis_labels(EVEN, ["0", "1", "2", "3", "4", "5"], side="left"), ticks_at(EVEN))
    assert axis.slope > 0


def test_two_labels_on_ticks_are_an_inverted_axis_as_they_are_printed() -> None:
    axis = calibrate_axis("bottom", axis_labels([EVEN[1], EVEN[3]], ["300", "100"]), ticks_at(EVEN))
    assert [label.value for label in axis.used] == [300, 100]
    assert axis.to_pixel([200])[0] == pytest.approx(EVEN[2], abs=0.05)


def test_printed_exponents_keep_their_signs_on_an_inverted_axis() -> None:
    labels = axis_labels(EVEN[:4], ["1e-04", "1e-03", "1e-02", "1e-01"], side="left")
    axis = calibrate_axis("left", labels, ticks_at(EVEN[:4]))
    assert [label.value for label in axis.used] == pytest.approx([1e-4, 1e-3, 1e-2, 1e-1])


def test_ticks_less_even_than_the_labels_are_noise() -> None:
    stray = [EVEN[1] + 0.4, EVEN[2] + 1.0]
    labels = axis_labels(EVEN[:4], ["4,000", "3,000", "2,000", "1,000"], side="left")
    axis = calibrate_axis("left", labels, ticks_at(stray))
    assert not any(label.seated for label in axis.used)


def test_two_labels_beside_ticks_of_no_pitch_are_no_inverted_axis() -> None:
    ticks = ticks_at([EVEN[1], EVEN[1] + 17.0, EVEN[3]])
    with pytest.raises(TooFewLabels):
        calibrate_axis("bottom", axis_labels([EVEN[1], EVEN[3]], ["300", "100"]), ticks)


def test_a_letter_beside_a_digit_of_a_day_is_a_zero() -> None:
    axis = calibrate_axis("bottom", axis_labels(EVEN[:3], ["May o1", "May 11", "May 21"]), (), title="Day in 2006")
    assert [label.value for label in axis.used] == [days("2006-05-01"), days("2006-05-11"), days("2006-05-21")]


def test_ticks_beside_half_of_the_labels_are_noise() -> None:
    stray = [EVEN[1] + 4.0, EVEN[3] + 4.0, EVEN[4] + 4.0]
    axis = calibrate_axis("bottom", axis_labels(EVEN, ["0", "1", "2", "3", "4", "5"]), ticks_at(stray))
    assert not any(label.seated for label in axis.used)
    assert np.abs(axis.to_pixel([0, 5]) - [EVEN[0], EVEN[-1]]).max() < 0.5


def test_lost_minus_signs_are_restored() -> None:
    axis = calibrate_axis("bottom", axis_labels(EVEN, ["3", "-2", "1", "0", "1", "2"]), ticks_at(EVEN))
    assert [label.value for label in axis.used] == [-3, -2, -1, 0, 1, 2]


@pytest.mark.parametrize(
    "texts",
    [
        ["10-2", "10-1", "100", "101", "102", "103"],
        ["10\u207b\u00b2", "10-1", "10\u2070", "10^1", "10\u00b2", "10\u00b3"],
        ["0.01", "0.1", "1", "10", "100", "1,000"],
        ["1e-02", "1e-01", "1e+00", "1e+01", "1e+02", "1e+03"],
    ],
)
def test_decades_make_a_log_axis(texts: list[str]) -> None:
    axis = calibrate_axis("bottom", axis_labels(EVEN, texts), ticks_at(EVEN))
    assert axis.scale.name == "log"
    assert axis.to_data(EVEN) == pytest.approx([0.01, 0.1, 1, 10, 100, 1000], rel=1e-3)


def test_one_three_ten_is_log() -> None:
    at = [50 + 200 * np.log10(v / 1000) for v in (1000, 3000, 10000, 30000)]
    axis = calibrate_axis("bottom", axis_labels(at, ["1,000", "3,000", "10,000", "30,000"]), ticks_at(at))
    assert axis.scale.name == "log"


def test_minor_ticks_tell_log_from_linear_where_two_labels_cannot() -> None:
    minor = [100 + 300 * np.log10(v) for v in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)]
    labels = axis_labels([100, 400], ["10\u2070", "10\u00b9"])
    assert calibrate_axis("bottom", labels, ticks_at(minor)).scale.name == "log"
    plain = axis_labels([100, 400], ["0", "10"])
    assert calibrate_axis("bottom", plain, ticks_at(np.linspace(100, 400, 11))).scale.name == "linear"


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["0%", "20%", "40%", "60%", "80%", "100%"], [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (["0", "200k", "400k", "600k", "800k", "1M"], [0, 2e5, 4e5, 6e5, 8e5, 1e6]),
        (["0", "0,5", "1,0", "1,5", "2,0", "2,5"], [0, 0.5, 1, 1.5, 2, 2.5]),
        (["0", "500", "1.000", "1.500", "2.000", "2.500"], [0, 500, 1000, 1500, 2000, 2500]),
        (["$0", "$50", "$100", "$150", "$200", "$250"], [0, 50, 100, 150, 200, 250]),
        (["0", "\u03c0/2", "\u03c0", "3\u03c0/2", "2\u03c0", "5\u03c0/2"], [k * np.pi / 2 for k in range(6)]),
        (["0", "500m", "1", "1.5", "2", "2.5"], [0, 0.5, 1, 1.5, 2, 2.5]),
        (["5m", "10m", "15m", "20m", "25m", "30m"], [5, 10, 15, 20, 25, 30]),
    ],
)
def test_number_formats(texts: list[str], values: list[float]) -> None:
    axis = calibrate_axis("bottom", axis_labels(EVEN, texts), ticks_at(EVEN))
    assert axis.scale.name == "linear"
    assert [label.value for label in axis.used] == pytest.approx(values)


@pytest.mark.parametrize(
    ("texts", "dates"),
    [
        (["2019-01-01", "2019-03-01", "2019-05-01", "2019-07-01"],) * 2,
        (["Jan 2018", "Apr 2018", "Jul 2018", "Oct 2018"], ["2018-01-01", "2018-04-01", "2018-07-01", "2018-10-01"]),
        (["2012", "July", "2013", "July"], ["2012-01-01", "2012-07-01", "2013-01-01", "2013-07-01"]),
        (["04/14/52", "04/22/57", "03/27/67", "04/01/02"], ["1952-04-14", "1957-04-22", "1967-03-27", "2002-04-01"]),
        (["2020 Q1", "2020 Q2", "2020 Q3", "2020 Q4"], ["2020-01-01", "2020-04-01", "2020-07-01", "2020-10-01"]),
        (["2001", "2002", "2003", "2004"], ["2001-01-01", "2002-01-01", "2003-01-01", "2004-01-01"]),
    ],
)
def test_dates(texts: list[str], dates: list[str]) -> None:
    value = np.array([days(d) for d in dates])
    at = 80 + 400 * (value - value[0]) / np.ptp(value)
    axis = calibrate_axis("bottom", axis_labels(list(at), texts), ticks_at(at))
    assert axis.scale.name == "date"
    assert [axis.scale.format(label.value) for label in axis.used] == dates


def test_the_year_may_stand_in_the_title() -> None:
    at = [100, 170, 240, 310]
    axis = calibrate_axis("bottom", axis_labels(at, ["Apr 7", "Apr 14", "Apr 21", "Apr 28"]), [], title="2021")
    assert axis.scale.format(axis.used[0].value) == "2021-04-07"


def test_years_are_numbers_where_the_title_says_so_or_the_step_is_wide() -> None:
    labels = axis_labels(EVEN, ["2000", "2001", "2002", "2003", "2004", "2005"])
    assert calibrate_axis("bottom", labels, [], title="Year").scale.name == "linear"
    labels = axis_labels(EVEN, ["1950", "1960", "1970", "1980", "1990", "2000"])
    assert calibrate_axis("bottom", labels, []).scale.name == "linear"
    assert calibrate_axis("bottom", labels, [], title="date").scale.name == "date"


def test_years_between_ticks_are_no_moments() -> None:
    labels = axis_labels(EVEN, ["2000", "2001", "2002", "2003", "2004", "2005"])
    between = ticks_at([EVEN[0] - 30.15 + 60.3 * k for k in range(7)])
    assert calibrate_axis("bottom", labels, between).scale.name == "linear"


def test_words_make_categories_from_left_and_from_below() -> None:
    words = ["race", "prior", "age", "paro", "wexp", "mar"]
    across = calibrate_axis("bottom", axis_labels(EVEN, words), [])
    assert across.scale.name == "category"
    assert [across.scale.format(v) for v in across.to_data(EVEN)] == words
    up = calibrate_axis("left", axis_labels(EVEN, words, side="left"), [])
    assert up.scale.format(float(up.to_data(EVEN[-1]))) == "mar"
    assert float(up.to_data(EVEN[-1])) == pytest.approx(0, abs=0.05)


def test_uneven_numbers_at_even_distances_are_categories() -> None:
    axis = calibrate_axis("bottom", axis_labels(EVEN, ["3", "7", "50", "64", "200", "333"]), [])
    assert axis.scale.name == "category"


def test_strangers_are_voted_out() -> None:
    strangers = [label_at(85, "0.0"), label_at(250, "Epoch"), label_at(420, "7")]
    labels = axis_labels(EVEN, ["0", "10", "20", "30", "40", "50"]) + strangers
    axis = calibrate_axis("bottom", labels, ticks_at(EVEN))
    assert len(axis.used) == 6


def test_a_label_pushed_off_its_tick_still_counts() -> None:
    pushed = [EVEN[0] + 9, *EVEN[1:-1], EVEN[-1] - 9]
    texts = ["1000", "1010", "1020", "1030", "1040", "1050"]
    axis = calibrate_axis("bottom", axis_labels(pushed, texts), ticks_at(EVEN))
    assert len(axis.used) == 6
    assert not axis.rejected


def test_offset_text_multiplies_every_label() -> None:
    labels = axis_labels(EVEN, ["0.0", "0.5", "1.0", "1.5", "2.0", "2.5"])
    axis = calibrate_axis("bottom", labels, ticks_at(EVEN), offset_text="1e9")
    assert axis.factor == 1e9
    assert float(axis.to_data(EVEN[-1])) == pytest.approx(2.5e9)
    shifted = calibrate_axis("bottom", labels, ticks_at(EVEN), offset_text="1e-3+2")
    assert float(shifted.to_data(EVEN[-1])) == pytest.approx(2.0025)


def test_a_power_of_ten_in_the_title_multiplies_and_a_unit_is_taken_out() -> None:
    labels = axis_labels(EVEN, ["0", "1", "2", "3", "4", "5"])
    axis = calibrate_axis("bottom", labels, [], title="Steps (x1000)")
    assert (axis.title, axis.factor) == ("Steps", 1000)
    axis = calibrate_axis("bottom", labels, [], title="Time (hours)")
    assert (axis.title, axis.unit, axis.factor) == ("Time", "hours", 1)
    axis = calibrate_axis("bottom", labels, [], title="Gradient steps (x 62.5K)")
    assert axis.factor == 1


def test_several_labels_read_as_one_line_are_taken_apart() -> None:
    from calibration import Box, TextBox

    line = TextBox(text="0.70 0.75 0.80 0.85 0.90", box=Box(left=36, right=282, top=332, bottom=354), confidence=0.9)
    at = [54.6 + 52.4 * k for k in range(5)]
    axis = calibrate_axis("bottom", [line], ticks_at(at))
    assert np.abs(axis.to_pixel([0.7, 0.9]) - [at[0], at[-1]]).max() < 0.1


@pytest.mark.parametrize("texts", [[], ["5"], ["x", "y"], ["3", "oops"]])
def test_too_little_is_refused_with_a_hint(texts: list[str]) -> None:
    with pytest.raises(TooFewLabels) as caught:
        calibrate_axis("bottom", axis_labels(EVEN[: len(texts)], texts), [])
    assert "--x-axis" in caught.value.hint


def test_disagreement_is_refused_with_a_hint() -> None:
    uneven = [100, 130, 220, 240, 330, 420]
    with pytest.raises(LabelsDisagree) as caught:
        calibrate_axis("left", axis_labels(uneven, ["3", "900", "14", "2", "71", "5"], side="left"), [])
    assert "--y-axis" in caught.value.hint


def test_two_labels_need_ticks() -> None:
    labels = axis_labels([100, 300], ["100", "200"])
    with pytest.raises(TooFewLabels):
        calibrate_axis("bottom", labels, [])
    assert calibrate_axis("bottom", labels, ticks_at([100, 300])).scale.name == "linear"


def test_ticks_without_labels_sharpen_the_fit() -> None:
    rounded = np.floor(np.linspace(100.3, 513.7, 41) + 1)  # as matplotlib rounds
    labels = axis_labels([100.3, 307.0, 513.7], ["0", "10", "20"])
    few = calibrate_axis("bottom", labels, ticks_at(rounded[::20]))
    many = calibrate_axis("bottom", labels, ticks_at(rounded))
    assert many.covariance[1, 1] < 0.9 * few.covariance[1, 1]
    assert np.abs(many.to_pixel([0, 20]) - [100.3, 513.7]).max() < 0.25


@settings(max_examples=40, deadline=None)
@given(st.integers(3, 9), st.floats(30, 90), st.sampled_from([0.01, 0.25, 1.0, 50.0, 2000.0]), st.integers(0, 99))
def test_pixel_to_data_to_pixel(n: int, pitch: float, step: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    at = 70 + pitch * np.arange(n)
    texts = [f"{step * (k - 2):.2f}" for k in range(n)]
    axis = calibrate_axis("bottom", axis_labels(list(at + rng.normal(0, 0.4, n)), texts), ticks_at(at))
    px = rng.uniform(0, 600, 9)
    assert axis.to_pixel(axis.to_data(px)) == pytest.approx(px, abs=1e-6)
    assert axis.to_data(at) == pytest.approx(step * (np.arange(n) - 2.0), abs=0.02 * step)


@pytest.mark.parametrize("rounded", [False, True])
@pytest.mark.parametrize("count", [3, 6])
def test_the_stated_interval_covers_the_truth(rounded: bool, count: int) -> None:
    rng = np.random.default_rng(5)
    hits = []
    for _ in range(120):
        pitch, start, off = rng.uniform(50, 110), rng.uniform(50, 90), rng.normal(0, 1)
        true = start + pitch * np.arange(count)
        drawn = true + rng.normal(0, 0.1, count)
        ticks = [Tick(position_px=float(np.floor(p + 1) if rounded else p), sigma_px=0.1) for p in drawn]
        labels = axis_labels(list(true + off + rng.normal(0, 0.7, count)), [str(10 * k) for k in range(count)])
        axis = calibrate_axis("bottom", labels, ticks)
        for px in (true[0] - 20, true[-1] + 20):
            low, high = axis.interval(px)
            hits.append(low <= (px - start) * 10 / pitch <= high)
    assert np.mean(hits) >= 0.92


def test_digits_in_groups_are_one_number_and_labels_in_one_line_are_several() -> None:
    grouped = axis_labels([50.0, 130.0, 210.0], ["4 000", "12 000", "20 000"])
    assert [label.value for label in calibrate_axis("bottom", grouped, ()).used] == [4e3, 12e3, 20e3]


def test_hours_before_midnight_belong_to_the_day_before_the_one_at_the_end_of_the_axis() -> None:
    labels = axis_labels([50.0, 100.0, 150.0, 200.0, 250.0], ["Jul-17", "06:00", "12:00", "18:00", "Jul-18"])
    axis = calibrate_axis("bottom", labels, (), offset_text="2004-Jul-18")
    assert axis.scale.format(axis.used[0].value) == "2004-07-17"
    assert axis.scale.format(axis.used[-1].value) == "2004-07-18"
    assert len(axis.used) == 5


def test_a_word_out_of_line_keeps_its_place_among_categories() -> None:
    words = [label_at(50.0 + 60 * k, word, side="left") for k, word in enumerate(["gamma", "red", "beta", "centre"])]
    moved = replace(words[-1], box=replace(words[-1].box, right=words[-1].box.right - 12, left=10.0))
    axis = calibrate_axis("left", [*words[:-1], moved], ())
    assert axis.scale.format(0.0) == "centre"
    assert axis.scale.format(3.0) == "gamma"


def test_lone_digits_without_a_power_beside_them_are_no_log_axis() -> None:
    with pytest.raises(CalibrationError):
        calibrate_axis("bottom", axis_labels([50.0, 150.0, 250.0], ["20", "2", "2"]), ())


def test_plus_signs_of_exponents_that_were_read_as_minus_are_put_right_by_the_others() -> None:
    texts = ["1e-03", "1e-02", "1e-01", "1e-00", "1e-01"]
    axis = calibrate_axis("left", axis_labels([50.0 + 40 * k for k in range(5)], texts, side="left"), ())
    assert [label.value for label in axis.used] == pytest.approx([1e3, 1e2, 1e1, 1e0, 1e-1])


def test_digits_between_powers_belong_to_the_decade_of_powers_printed_beside_their_ticks() -> None:
    decade, start = 120.0, 60.0
    places = {f"10^{k}": start + decade * (k + 3) + 6.0 for k in (-3, -2, -1)}
    marks = [label_at(at, text) for text, at in places.items()]
    digits = [start + decade * (k + np.log10(d)) for k in range(3) for d in (2, 5)]
    marks += [label_at(at, text) for at, text in zip(digits, ["2", "5"] * 3, strict=True)]
    ticks = [start + decade * (k + np.log10(d)) for k in range(3) for d in range(1, 10)]
    axis = calibrate_axis("bottom", marks, ticks_at(ticks))
    assert axis.to_pixel([1e-3, 0.5]) == pytest.approx([start, start + decade * np.log10(500)], abs=0.1)


def test_a_time_whose_colon_lost_a_dot_is_a_time() -> None:
    at = [100.0, 200.0, 300.0]
    axis = calibrate_axis("bottom", axis_labels(at, ["06:00", "08.00", "10:00"]), ticks_at(at))
    assert axis.scale.name == "date"
    assert axis.to_data(np.array([200.0])) * 24 == pytest.approx(8.0, abs=0.02)


def test_bare_days_are_dates_of_the_month_at_the_end_of_the_axis() -> None:
    at = [100.0, 200.0, 300.0, 400.0]
    labels = axis_labels(at, ["05", "09", "13", "17"])
    for month in ("2021-Sep", "2021 - Sep", "Sep 2021"):
        axis = calibrate_axis("bottom", labels, ticks_at(at), offset_text=month)
        assert axis.scale.name == "date"
        assert axis.scale.format(float(axis.to_data(np.array([100.0]))[0])).startswith("2021-09-05")
    assert calibrate_axis("bottom", labels, ticks_at(at), title="Days since Sep 2021").scale.name == "linear"


def test_numbers_beside_a_month_at_the_end_of_the_axis_stay_numbers() -> None:
    at = [100.0, 200.0, 300.0, 400.0]
    axis = calibrate_axis("bottom", axis_labels(at, ["5", "9", "13", "17"]), ticks_at(at), offset_text="Sep 2021")
    assert axis.scale.name == "linear"


def test_times_are_of_the_day_that_is_written_out_beside_the_axis() -> None:
    at = [100.0, 200.0, 300.0]
    for day in ("04 Feb 2005", "Feb 4, 2005"):
        axis = calibrate_axis("bottom", axis_labels(at, ["06:00", "08:00", "10:00"]), ticks_at(at), title=day)
        assert axis.scale.format(float(axis.to_data(np.array([200.0]))[0])).startswith("2005-02-04T08:00")


@pytest.mark.parametrize(
    ("years", "scale"),
    [((1720, 1770, 1820, 1870), "date"), ((1895, 1920, 1945), "date"), ((1950, 2000, 2050), "linear"),
     ((1960, 1970, 1980), "linear"), ((1952, 1957, 1962), "linear")],
)  # fmt: skip
def test_years_counted_from_1970_are_periods(years: tuple[int, ...], scale: str) -> None:
    at = [100.0 * k for k in range(1, len(years) + 1)]
    assert calibrate_axis("bottom", axis_labels(at, [str(y) for y in years]), ticks_at(at)).scale.name == scale


def test_gaps_and_specks_in_labels_are_closed() -> None:
    at = [100.0, 192.0, 284.0]
    dates = calibrate_axis("bottom", axis_labels(at, ["2015-07", "2015- 10", "2016-01"]), ticks_at(at))
    assert [label.text for label in dates.used] == ["2015-07", "2015-10", "2016-01"]
    powers = calibrate_axis("top", axis_labels(at, [", 1e+01", ", 1e+02", "1e+03"]), ticks_at(at))
    assert [label.value for label in powers.used] == [10.0, 100.0, 1000.0]


def test_a_label_one_step_beyond_its_row_is_no_offset_text() -> None:
    at = [100.0, 200.0, 300.0, 400.0]
    labels = axis_labels(at, ["1e+05", "10000", "1000", "100"], side="left")
    box = labels[0].box
    labels[0] = replace(labels[0], box=replace(box, left=box.left - 14.0, right=box.right - 14.0))
    axis = calibrate_axis("left", labels, ticks_at(at))
    assert axis.factor == 1.0
    assert float(axis.to_data(np.array([400.0]))[0]) == pytest.approx(100.0, rel=0.03)


def test_exponents_keep_their_plus_on_a_falling_axis() -> None:
    at = [100.0, 200.0, 400.0]
    axis = calibrate_axis("right", axis_labels(at, ["1e-02", "1e-01", "1e+01"], side="right"), ticks_at(at))
    assert float(axis.to_data(np.array([400.0]))[0]) == pytest.approx(10.0, rel=0.03)
