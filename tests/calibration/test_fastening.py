"""Where labels are fastened to their ticks: slanted, staggered, beside ticks that are not theirs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from calibration import Box, TextBox, Tick, calibrate_axis
from calibration.fastening import ASCENT_HEIGHTS, BEARING_HEIGHTS
from tests.calibration.drawn import HEIGHT_PX, axis_labels, ticks_at

EVEN = np.array([100.0 + 80.0 * k for k in range(6)])
TEXTS = ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]
LENGTH_PX, TURN = 24.0, np.radians(45.0)


def slanted_at(position_px: float, text: str, *, ends_there: bool) -> TextBox:
    """A label turned by 45 degrees, centred under its tick or with the upper corner of its end there."""
    width = (LENGTH_PX + HEIGHT_PX) * np.cos(TURN)
    right = position_px + (HEIGHT_PX * np.sin(TURN) if ends_there else width / 2)
    box = Box(left=right - width, right=right, top=300.0, bottom=300.0 + width)
    return TextBox(text=text, box=box, confidence=0.95, angle_deg=45.0, height_px=HEIGHT_PX)


@pytest.mark.parametrize("ends_there", [False, True], ids=["centred", "ends at its tick"])
def test_slanted_labels_find_their_ticks_among_minor_ones(ends_there: bool) -> None:
    labels = [slanted_at(p, t, ends_there=ends_there) for p, t in zip(EVEN, TEXTS, strict=True)]
    minor = np.arange(EVEN[0], EVEN[-1] + 1, 8.0)
    axis = calibrate_axis("bottom", labels, ticks_at(minor))
    assert np.abs(axis.to_pixel([0, 1]) - EVEN[[0, -1]]).max() < 0.6


def test_slanted_labels_without_ticks_do_not_claim_to_know_their_fastening() -> None:
    labels = [slanted_at(p, t, ends_there=True) for p, t in zip(EVEN, TEXTS, strict=True)]
    axis = calibrate_axis("bottom", labels, [])
    error_px = np.abs(axis.to_pixel([0, 1]) - EVEN[[0, -1]])
    assert (error_px < 1.96 * axis.sigma_u(EVEN[[0, -1]]) / abs(axis.slope)).all()


def test_few_slanted_labels_of_other_lengths_are_fastened_where_they_stand_evenly() -> None:
    """Four labels, centred nowhere evenly, end a step apart."""
    lengths = [24.0, 32.0, 37.5, 39.5]
    labels = []
    for place, text, length in zip(EVEN, ["100", "1000", "10000", "1e+05"], lengths, strict=False):
        width, right = (length + HEIGHT_PX) * np.cos(TURN), place + HEIGHT_PX * np.sin(TURN)
        box = Box(left=right - width, right=right, top=300.0, bottom=300.0 + width)
        labels.append(TextBox(text=text, box=box, confidence=0.95, angle_deg=45.0, height_px=HEIGHT_PX))
    axis = calibrate_axis("bottom", labels, [])
    assert axis.scale.name == "log"
    assert np.abs(axis.to_pixel([100, 1e5]) - EVEN[[0, 3]]).max() < 4.0


def test_labels_in_two_rows_that_take_turns_all_count() -> None:
    labels = axis_labels(EVEN, TEXTS)
    lower = [
        replace(label, box=replace(label.box, top=label.box.top + 18, bottom=label.box.bottom + 18)) if k % 2 else label
        for k, label in enumerate(labels)
    ]
    assert len(calibrate_axis("bottom", lower, ticks_at(EVEN)).used) == len(EVEN)


def test_staggered_labels_that_read_upward_all_count_though_signs_make_some_longer() -> None:
    words = ["-10^4", "-10^3", "-10^2", "-10^1", "0", "10^1", "10^2", "10^3", "10^4"]
    steps = np.array([-3, -2, -1, 0, 0, 0, 1, 2, 3]) + np.sign(np.arange(-4, 5)) / 0.9
    labels = []
    for k, (place, word) in enumerate(zip(400.0 + 60.0 * steps, words, strict=True)):
        top, long = 300.0 + 10.5 * (k % 2), 4.0 if word == "0" else 17.7 if word[0] == "-" else 12.2
        box = Box(left=place - 4, right=place + 4, top=top, bottom=top + long)
        labels.append(TextBox(text=word, box=box, confidence=0.95, angle_deg=90.0, height_px=8.0))
    axis = calibrate_axis("bottom", labels, [])
    assert (axis.scale.name, len(axis.used)) == ("symlog", 9)


def test_upright_labels_are_not_seated_on_ticks_beside_them() -> None:
    axis = calibrate_axis("left", axis_labels(EVEN, TEXTS, side="left"), ticks_at(EVEN + 6.0))
    assert not any(label.seated for label in axis.used)
    assert np.abs(axis.to_pixel([0, 1]) - EVEN[[0, -1]]).max() < 0.5


def _gridlines_at(positions: np.ndarray) -> list[Tick]:
    return [Tick(position_px=float(at), sigma_px=0.1, kind="gridline") for at in positions]


def test_labels_that_stand_above_their_gridlines_are_seated_on_them() -> None:
    labels = axis_labels(EVEN, TEXTS, side="left")
    lines = EVEN + HEIGHT_PX / 2 + 2.0
    axis = calibrate_axis("left", labels, _gridlines_at(lines[[0, 1, 3, 4, 5]]))
    assert np.abs(axis.to_pixel([0, 1]) - lines[[0, -1]]).max() < 0.3


def test_labels_that_begin_at_their_gridlines_are_seated_on_them() -> None:
    texts = ["0", "25", "50", "75", "100", "125"]
    labels = axis_labels(EVEN, texts)
    begun = [replace(one, box=replace(one.box, left=at + 1.5, right=at + 1.5 + one.box.width_px))
             for one, at in zip(labels, EVEN, strict=True)]  # fmt: skip
    axis = calibrate_axis("bottom", begun, _gridlines_at(EVEN))
    assert np.abs(axis.to_pixel([0, 125]) - EVEN[[0, -1]]).max() < 0.3


def test_gridlines_of_another_axis_between_the_labels_do_not_carry_them() -> None:
    labels = axis_labels(EVEN, TEXTS, side="left")
    lines = np.sort(np.concatenate([EVEN, EVEN + 40.0])) + HEIGHT_PX / 2 + 2.0
    axis = calibrate_axis("left", labels, _gridlines_at(lines))
    assert np.abs(axis.to_pixel([0, 1]) - EVEN[[0, -1]]).max() < 0.5


@pytest.mark.parametrize(
    ("texts", "title", "step"),
    [
        (["0", "100m", "200m", "300m", "400m", "500m"], "", 0.1),
        (["0m", "100m", "200m", "300m", "400m", "500m"], "", 100.0),
        (["5m", "10m", "15m", "20m", "25m", "30m"], "Distance", 5.0),
    ],
)
def test_m_is_a_prefix_or_a_unit_for_the_whole_axis(texts: list[str], title: str, step: float) -> None:
    axis = calibrate_axis("bottom", axis_labels(EVEN, texts), ticks_at(EVEN), title=title)
    assert axis.used[1].value - axis.used[0].value == pytest.approx(step)


def test_powers_on_both_sides_of_zero_are_a_symmetric_log_axis() -> None:
    decades = np.array([-3.111, -2.111, -1.111, 0.0, 1.111, 2.111, 3.111])
    texts = ["-10^3", "-10^2", "-10^1", "0", "10^1", "10^2", "10^3"]
    at = 300.0 + 60.0 * decades
    axis = calibrate_axis("bottom", axis_labels(at, texts), ticks_at(at))
    assert axis.scale.name == "symlog"
    assert axis.scale.linear_within == 10.0  # type: ignore[attr-defined]
    assert float(axis.to_data(at[5])) == pytest.approx(100.0, rel=0.01)


def test_the_tails_of_commas_do_not_move_labels() -> None:
    at = EVEN[::-1]
    texts = ["0", "200", "400", "600", "800", "1,000"]
    labels = axis_labels(at, texts, side="left")
    tail = replace(labels[-1], box=replace(labels[-1].box, bottom=labels[-1].box.bottom + 3.0))
    axis = calibrate_axis("left", [*labels[:-1], tail], [])
    assert axis.to_pixel(1000.0) == pytest.approx(at[-1], abs=0.2)


def leaning_at(positions: np.ndarray, lengths_px: list[float], texts: list[str], *, ends_there: bool) -> list[TextBox]:
    """Labels of different lengths turned by 45 degrees, their ink ending where a renderer would have it end."""
    found = []
    for at, length_px, text in zip(positions, lengths_px, texts, strict=True):
        width = (length_px + HEIGHT_PX) * np.cos(TURN)
        corner_px = HEIGHT_PX * (ASCENT_HEIGHTS * np.sin(TURN) - BEARING_HEIGHTS * np.cos(TURN))
        right = at + (corner_px if ends_there else width / 2)
        box = Box(left=right - width, right=right, top=300.0, bottom=300.0 + width)
        found.append(TextBox(text=text, box=box, confidence=0.95, angle_deg=45.0, height_px=HEIGHT_PX))
    return found


@pytest.mark.parametrize("ends_there", [False, True], ids=["centred", "ends at its tick"])
def test_lengths_of_slanted_labels_tell_where_these_are_fastened(ends_there: bool) -> None:
    labels = leaning_at(EVEN[:5], [7, 40, 40, 40, 60], ["0", "250 000", "500 000", "750 000", "1 000 000"],
                        ends_there=ends_there)  # fmt: skip
    axis = calibrate_axis("bottom", labels, [])
    error_px = np.abs(axis.to_pixel([0, 1e6]) - EVEN[[0, 4]])
    assert error_px.max() < 0.5
    assert (error_px < 1.96 * axis.sigma_u(EVEN[[0, 4]]) / abs(axis.slope)).all()


def test_a_label_read_twice_counts_once() -> None:
    labels = axis_labels(EVEN, TEXTS)
    again = [replace(label, confidence=0.5) for label in labels]
    assert [label.text for label in calibrate_axis("bottom", [*labels, *again], ticks_at(EVEN)).used] == TEXTS


def test_one_line_a_decade_does_not_tell_where_a_log_axis_stands() -> None:
    powers = ["10^1", "10^2", "10^3", "10^4", "10^5", "10^6"]
    labels = leaning_at(EVEN, [20.0] * 6, powers, ends_there=True)
    axis = calibrate_axis("bottom", labels, _gridlines_at(EVEN))
    assert all(label.seated for label in axis.used)
    assert np.abs(axis.to_pixel([10.0, 1e6]) - EVEN[[0, -1]]).max() < 0.6


def test_powers_of_both_signs_are_a_symmetric_log_axis_though_zero_has_no_label() -> None:
    at = 300.0 + 60.0 * np.array([-3.111, -1.111, 1.111, 3.111])
    axis = calibrate_axis("bottom", axis_labels(at, ["-10^3", "-10^1", "10^1", "10^3"]), ticks_at(at))
    assert axis.scale.name == "symlog"
    assert axis.scale.linear_within == 10.0  # type: ignore[attr-defined]


def test_one_misread_exponent_hides_no_symmetric_log_axis() -> None:
    decades = np.array([-3.111, -2.111, -1.111, 0.0, 1.111, 2.111, 3.111])
    at = 300.0 + 60.0 * decades
    texts = ["-10^3", "-10^2", "-10^1", "0", "10^-21", "10^2", "10^3"]
    assert calibrate_axis("bottom", axis_labels(at, texts), ticks_at(at)).scale.name == "symlog"


def test_a_log_axis_stands_where_its_minor_ticks_do_though_those_of_its_labels_were_not_seen() -> None:
    decades = np.array([0.0, 1.0, 2.0, 3.0])
    at = 60.0 + 88.0 * decades
    minor = np.concatenate([at[:-1] + 88.0 * np.log10(k) for k in range(2, 10)])
    labels = axis_labels(at, ["1", "10", "100", "1000"], side="left")
    axis = calibrate_axis("left", labels, ticks_at(np.sort(minor)))
    assert axis.to_pixel([1.0, 1000.0]) == pytest.approx(at[[0, -1]], abs=0.3)


@pytest.mark.parametrize(("read", "places"), [((1, 4), [1, 4]), ((0, 2), [0, 2])])
def test_categories_are_counted_by_their_ticks_where_some_words_were_not_read(
    read: tuple[int, ...], places: list[int]
) -> None:
    words = ["east", "green", "west", "blue", "north"]
    at = 60.3 + 50.2 * np.arange(5)
    axis = calibrate_axis("bottom", axis_labels(at[list(read)], [words[k] for k in read]), ticks_at(at))
    assert [label.value for label in axis.used] == places
    assert axis.to_pixel([0.0, 4.0]) == pytest.approx(at[[0, -1]], abs=0.3)
    assert axis.scale.labels[read[0]] == words[read[0]]  # type: ignore[attr-defined]


def test_slanted_labels_are_fastened_at_their_middle_or_at_the_end_that_is_nearer_to_the_axis() -> None:
    labels = [
        TextBox(
            text=word, confidence=0.95, angle_deg=45.0, height_px=12.0,
            box=Box(left=at - 26.0, right=at + 25.0, top=310.0, bottom=360.0),
        )
        for at, word in zip(EVEN, TEXTS, strict=True)
    ]  # fmt: skip
    below = calibrate_axis("bottom", labels, ticks_at(np.sort(np.concatenate([EVEN, EVEN - 26.0]))))
    assert np.abs(below.to_pixel([0, 1]) - EVEN[[0, -1]]).max() < 0.5
