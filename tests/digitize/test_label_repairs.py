"""Tick labels are put right: groups of digits joined, tick marks that were read as signs taken off."""

from __future__ import annotations

import pytest

from calibration.geometry import Box, TextBox
from digitize.panels.label_repairs import (
    joined_groups,
    runs_apart,
    with_offsets_apart,
    without_leading_ticks,
    without_tick_marks,
)
from digitize.panels.month_names import with_months
from digitize.panels.twice_read import joined_overlaps

HEIGHT_PX = 10.0


def text(word: str, left: float, y: float, *, width_px: float = 0.0) -> TextBox:
    box = Box(left=left, right=left + (width_px or 6.0 * len(word)), top=y - HEIGHT_PX / 2, bottom=y + HEIGHT_PX / 2)
    return TextBox(text=word, box=box, confidence=0.9, height_px=HEIGHT_PX)


@pytest.mark.parametrize("gap_px", [3.0, 9.0], ids=["thin space", "typewriter space"])
def test_groups_of_digits_are_one_number(gap_px: float) -> None:
    column = [text("25", 10, 20), text("000", 22 + gap_px, 20), text("5", 16, 60), text("000", 22 + gap_px, 60)]
    joined = joined_groups([*column, text("0", 34 + gap_px, 100)])
    assert [one.text for one in joined] == ["25 000", "5 000", "0"]
    assert joined[0].box.right == column[1].box.right


def test_a_prefix_a_typewriter_space_behind_its_number_belongs_to_it() -> None:
    column = [text("8", 10, 20), text("k", 26, 20), text("6", 10, 60), text("k", 26, 60), text("0", 26, 100)]
    assert [one.text for one in joined_groups(column)] == ["8 k", "6 k", "0"]
    assert [one.text for one in joined_groups([text("8", 10, 20), text("k", 26, 20)])] == ["8", "k"]


@pytest.mark.parametrize(
    "pairs", [[("2010", "Q1"), ("2010", "Q2")], [("Jan", "2010"), ("May", "2010")], [("1", "May"), ("15", "May")]]
)
def test_the_words_of_a_date_a_typewriter_space_apart_are_one_label(pairs: list[tuple[str, str]]) -> None:
    places = [(first, rest, 10.0 + 90.0 * k) for k, (first, rest) in enumerate(pairs)]
    row = [part for first, rest, x in places
           for part in (text(first, x, 20), text(rest, x + 6.0 * len(first) + 9.0, 20))]  # fmt: skip
    assert [one.text for one in joined_groups(row)] == [" ".join(pair) for pair in pairs]
    assert joined_groups([text("Jan", 10, 20), text("2010", 80, 20), text("May", 150, 20)])[0].text == "Jan"


def test_months_get_their_j_back_where_a_year_or_other_months_tell() -> None:
    words = ["lan 2010", "Jul 2010", "1an", "15 lun", "Ian"]
    mended = ["Jan 2010", "Jul 2010", "1an", "15 Jun", "Ian"]
    assert [one.text for one in with_months([text(word, 10, 20) for word in words])] == mended
    assert with_months([text(word, 10, 20) for word in ("lan", "Feb", "Mar")])[0].text == "Jan"
    assert with_months([text("lan", 10, 20)])[0].text == "lan"


def test_labels_that_stand_close_stay_apart() -> None:
    row = [text(str(value), 10.0 + 25 * k, 20) for k, value in enumerate((100, 150, 200, 250))]
    assert joined_groups(row) == row


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["-7.5k", "- 5k", "-2.5k", "0"], ["7.5k", "5k", "2.5k", "0"]),  # a plain zero stands 8 px further right
        (["-3", "-2", "-1", "-0"], ["3", "2", "1", "0"]),
        (["-\u00a33", "-\u00a32", "-\u00a30"], ["\u00a33", "\u00a32", "\u00a30"]),
    ],
)
def test_ticks_before_labels_on_the_right_are_no_signs(words: list[str], expected: list[str]) -> None:
    column = [text(word, 108.0 if word == "0" else 100.0, 20.0 + 30 * k) for k, word in enumerate(words)]
    mended = without_leading_ticks(column)
    assert [one.text for one in mended] == expected
    assert all(one.box.left > 101 for one in mended)


@pytest.mark.parametrize("flush", ["left", "right"])
def test_signs_stay_where_labels_share_an_edge(flush: str) -> None:
    words = ["-20", "-10", "0", "10", "20"]
    lefts = [100.0 if flush == "left" else 118.0 - 6 * len(word) for word in words]
    column = [text(word, left, 20.0 + 30 * k) for k, (word, left) in enumerate(zip(words, lefts, strict=True))]
    assert without_leading_ticks(column) == column


def test_signs_stay_where_a_zero_begins_as_they_do_though_other_signs_were_lost() -> None:
    words = [("0", 100.0), ("3", 108.0), ("-6", 100.0), ("9", 108.0), ("12", 108.0), ("-15", 100.0)]
    column = [text(word, left, 20.0 + 30 * k) for k, (word, left) in enumerate(words)]
    assert without_leading_ticks(column) == column


def test_the_tick_at_the_upper_end_of_a_turned_label_is_cut_off() -> None:
    box = Box(left=0, right=10, top=0, bottom=30)
    cut = without_tick_marks(TextBox(text="800 -", box=box, confidence=0.9, angle_deg=90.0, height_px=10))
    assert cut.text == "800"
    assert cut.box.bottom == 30
    assert cut.box.top > 5


def test_an_offset_text_that_touches_the_topmost_label_is_taken_off() -> None:
    column = [text("2.51e7", 10, 20), text("2.0", 10, 60), text("1.5", 10, 100), text("1.0", 10, 140)]
    assert [one.text for one in with_offsets_apart(column)] == ["2.5", "1e7", "2.0", "1.5", "1.0"]
    numbers = [text("2.51e7", 10, 20), text("2.01e7", 10, 60), text("1.51e7", 10, 100), text("1.01e7", 10, 140)]
    assert with_offsets_apart(numbers) == numbers


def test_an_offset_text_that_hangs_on_the_topmost_label_is_taken_off() -> None:
    column = [text("90 +3.4e6", 10, 20), text("75", 10, 60), text("60", 10, 100)]
    apart = with_offsets_apart(column)
    assert [one.text for one in apart] == ["90", "+3.4e6", "75", "60"]
    assert apart[0].box.right < apart[1].box.left
    assert with_offsets_apart(column[1:]) == column[1:]
    beyond = with_offsets_apart([text("2.5 -1e7", 10, 20), text("2.0", 10, 60)])  # the dash is the tick mark
    assert [one.text for one in beyond] == ["2.5", "1e7", "2.0"]
    glued = with_offsets_apart([text("0-+3.4e6", 10, 20), text("15", 10, 60)])
    assert [one.text for one in glued] == ["0", "+3.4e6", "15"]


def test_a_spine_with_a_tick_read_behind_a_label_is_cut_off() -> None:
    mended = without_tick_marks(text("1e+05 E", 10, 20))
    assert mended.text == "1e+05"
    assert mended.box.right == pytest.approx(10 + 42 * 5.5 / 7.5)
    assert without_tick_marks(text("90E", 10, 20)).text == "90E"


def test_months_without_their_first_letter_are_months_beside_others() -> None:
    row = [text(word, 10.0 + 80 * k, 20) for k, word in enumerate(("ay 01", "May 15", "Jun 01"))]
    assert [one.text for one in with_months(row)] == ["May 01", "May 15", "Jun 01"]
    assert [one.text for one in with_months(row[:1])] == ["ay 01"]


def test_texts_that_share_ink_and_the_characters_on_it_are_one() -> None:
    row = [text("1e", 10, 20), text("e-4", 16, 20), text("0.5", 10, 60)]
    assert [one.text for one in joined_overlaps(row)] == ["1e-4", "0.5"]
    assert joined_overlaps(row)[0].box.right == row[1].box.right
    apart = [text("12", 10, 20), text("21", 24, 20)]
    assert joined_overlaps(apart) == apart


def test_labels_of_one_form_that_touch_are_told_apart() -> None:
    parts = runs_apart([text("0.0e+001.0e+052.0e+05", 10, 20), text("1e-04", 10, 60)])
    assert [one.text for one in parts] == ["0.0e+00", "1.0e+05", "2.0e+05", "1e-04"]
    assert [one.box.left for one in parts[:3]] == pytest.approx([10.0, 52.0, 94.0])


def test_a_unit_above_a_number_that_reads_upward_belongs_to_it() -> None:
    def upward(word: str, x: float, top: float, high: float, angle_deg: float) -> TextBox:
        box = Box(left=x - HEIGHT_PX / 2, right=x + HEIGHT_PX / 2, top=top, bottom=top + high)
        return TextBox(text=word, box=box, confidence=0.9, height_px=HEIGHT_PX, angle_deg=angle_deg)

    row = [one for x in (50.0, 150.0)
           for one in (upward("2", x, 100.0, 6.0, 90.0), upward("G", x, 86.0, 8.0, 0.0))]  # fmt: skip
    assert [one.text for one in joined_groups(row)] == ["2 G", "2 G"]
