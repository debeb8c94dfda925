"""Which texts are an axis' labels, its title, its offset text, and a panel's title."""

from __future__ import annotations

from dataclasses import replace

import pytest

from calibration.geometry import Box, TextBox
from digitize.panels.axis_texts import (
    LabelRun,
    axis_title,
    is_number_like,
    label_runs,
    offset_text,
    panel_title,
)
from digitize.panels.label_repairs import without_attached_ink, without_tick_marks

BOX = Box(left=100.0, top=50.0, right=500.0, bottom=300.0)
HEIGHT_PX = 10.0


def text(word: str, x: float, y: float, *, angle_deg: float = 0.0, width_px: float = 0.0) -> TextBox:
    """A text centred on (x, y)."""
    long = width_px or 6.0 * len(word)
    across, down = (long, HEIGHT_PX) if angle_deg == 0 else (HEIGHT_PX, long)
    box = Box(left=x - across / 2, right=x + across / 2, top=y - down / 2, bottom=y + down / 2)
    return TextBox(text=word, box=box, confidence=0.98, angle_deg=angle_deg, height_px=HEIGHT_PX)


BELOW = [text(str(value), 100.0 + 4 * value, 312.0) for value in range(0, 101, 20)]


@pytest.mark.parametrize(
    "word", ["0", "-1.5", "1e-3", "10^-2", "2020-01-31", "Jan 2020", "50%", "3k", "$1,200", "12:30"]
)
def test_numbers_and_dates_may_be_labels(word: str) -> None:
    assert is_number_like(text(word, 0, 0))


@pytest.mark.parametrize("word", ["Step", "train/loss", "(a)", "lr=0.1"])
def test_words_are_no_numbers(word: str) -> None:
    assert not is_number_like(text(word, 0, 0))


def test_the_row_under_a_box_is_its_labels_without_the_title() -> None:
    runs = label_runs("bottom", BOX, [*BELOW, text("Step", 300, 330)], HEIGHT_PX)
    assert [label.text for label in runs[0].labels] == ["0", "20", "40", "60", "80", "100"]


def test_labels_of_the_neighbour_stand_outside_a_tight_box() -> None:
    neighbour = [text("0", 509, 312), text("20", 560, 312)]
    run = label_runs("bottom", BOX, [*BELOW, *neighbour], HEIGHT_PX, 0.5)[0]
    assert {label.text for label in run.labels} == {label.text for label in BELOW}
    assert all(label.box.centre[0] <= BOX.right + 5 for label in run.labels)


@pytest.mark.parametrize(("top_px", "belongs"), [(306.0, True), (316.0, True), (322.0, False)])
def test_a_short_label_stands_where_the_ink_of_slanted_ones_begins(top_px: float, belongs: bool) -> None:
    """The box of a slanted label begins before its ink, and the turn of a lone digit cannot be seen."""
    words = ("-100", "-50", "50", "100")
    slanted = [
        TextBox(
            text=word, box=Box(left=x - 30, right=x, top=304.0, bottom=334.0), confidence=0.9,
            angle_deg=45.0, height_px=14.0,
        )
        for word, x in zip(words, (120.0, 200.0, 360.0, 440.0), strict=True)
    ]  # fmt: skip
    zero = TextBox(text="0", box=Box(left=275, right=281, top=top_px, bottom=top_px + 9), confidence=0.9)
    runs = label_runs("bottom", BOX, [*slanted, zero], HEIGHT_PX)
    assert any([label.text for label in run.labels] == ["-100", "-50", "0", "50", "100"] for run in runs) == belongs


def test_lone_digits_and_the_powers_below_them_are_one_run_too() -> None:
    digits = [text(str(digit), 130.0 + 20 * digit, 308) for digit in range(2, 10)]
    powers = [text("1", 120, 320), text("10", 330, 320)]
    runs = label_runs("bottom", BOX, [*digits, *powers], HEIGHT_PX)
    assert max(len(run.labels) for run in runs) == len(digits) + len(powers)


def test_axis_titles_are_found_beyond_the_labels() -> None:
    left = [text("0.5", 85, 100), text("0.0", 85, 200)]
    texts = [*BELOW, *left, text("Step", 300, 330), text("Loss", 60, 175, angle_deg=90)]
    below = label_runs("bottom", BOX, texts, HEIGHT_PX)[0]
    beside = label_runs("left", BOX, texts, HEIGHT_PX)[0]
    assert axis_title("bottom", BOX, below, texts, HEIGHT_PX) == "Step"
    assert axis_title("left", BOX, beside, texts, HEIGHT_PX) == "Loss"


@pytest.mark.parametrize(
    ("side", "word", "x", "y"),
    [("left", "1e6", 110, 42), ("bottom", "1e-3", 490, 330), ("bottom", "2022-Mar", 480, 330)],
)
def test_offset_text_stands_at_the_end_of_its_axis(side: str, word: str, x: float, y: float) -> None:
    assert offset_text(side, BOX, [text("Step", 300, 330), text(word, x, y)], HEIGHT_PX) == word  # type: ignore[arg-type]


@pytest.mark.parametrize(("word", "x"), [("Reward", 300.0), ("(a) Reward", 130.0)], ids=["centred", "flush left"])
def test_the_nearest_text_over_a_box_is_its_title(word: str, x: float) -> None:
    texts = [text(word, x, 38), text("All runs", 300, 12)]
    assert panel_title(BOX, texts, HEIGHT_PX, -1.0) == word


def test_what_stands_over_the_panel_above_is_not_the_title() -> None:
    assert panel_title(BOX, [text("Reward", 300, 30)], HEIGHT_PX, 40.0) == ""


def test_a_tick_mark_read_along_is_cut_off_its_number() -> None:
    cut = without_tick_marks(text("0.8 -", 85, 100))
    assert cut.text == "0.8"
    assert cut.box.right < text("0.8 -", 85, 100).box.right
    assert without_tick_marks(text("-3", 85, 100)).text == "-3"


def test_a_number_that_a_curve_touches_gets_the_width_of_its_column() -> None:
    column = [text(f"{share}%", 85, 60.0 + share) for share in (20, 40, 60, 80)]
    longer = text("50%", 85 + 15, 110, width_px=48)
    cut = without_attached_ink([*column, longer])[-1]
    assert cut.box.right == pytest.approx(column[0].box.right)


def test_an_offset_text_behind_a_box_without_spines_is_found() -> None:
    run = LabelRun(side="bottom", labels=tuple(BELOW))
    wide = replace(BOX, right=600.0)  # without spines the box ends somewhere behind its last label
    assert offset_text("bottom", wide, [text("\u00d710^-4", 495, 332)], HEIGHT_PX, run) == "\u00d710^-4"
    column = tuple(text(str(value), 80.0, 300.0 - 2.0 * value) for value in range(0, 101, 20))
    high = replace(BOX, top=20.0)
    assert offset_text("left", high, [text("1e7", 110, 85)], HEIGHT_PX, LabelRun(side="left", labels=column)) == "1e7"


def test_powers_in_a_row_on_top_are_no_offset_text_of_the_y_axis() -> None:
    row = [text(f"1e+0{k}", 120.0 + 90 * k, 40.0, width_px=30.0) for k in range(4)]
    assert offset_text("left", BOX, row, HEIGHT_PX) == ""
    assert offset_text("left", BOX, row[:1], HEIGHT_PX) == "1e+00"


def test_a_label_of_a_top_axis_is_no_offset_text_of_the_y_axis() -> None:
    first, *rest = [text(word, 110.0 + 90 * k, 38.0) for k, word in enumerate(("1e-04", "0.001", "0.01", "0.1"))]
    assert offset_text("left", BOX, [first], HEIGHT_PX) == "1e-04"
    assert offset_text("left", BOX, [first, *rest], HEIGHT_PX) == ""


def test_three_labels_that_stand_evenly_on_two_rows_are_one_run() -> None:
    upper, lower = [text("1,500", 300.0, 312.0)], [text("0", 150.0, 328.0), text("3,000", 450.0, 328.0)]
    runs = label_runs("bottom", BOX, upper + lower, HEIGHT_PX)
    assert ["0", "1,500", "3,000"] in [[label.text for label in run.labels] for run in runs]
    uneven = [lower[0], replace(lower[1], box=text("3,000", 360.0, 328.0).box)]
    assert all(len(run.labels) < 3 for run in label_runs("bottom", BOX, upper + uneven, HEIGHT_PX))


def test_a_label_read_together_with_the_title_does_not_hide_it() -> None:
    title = text("Step (\u00d71000)", 300.0, 332.0)
    joined = replace(BELOW[2], text="s 40", box=replace(BELOW[2].box, bottom=338.0))
    run = LabelRun(side="bottom", labels=(*BELOW[:2], joined, *BELOW[3:]))
    assert axis_title("bottom", BOX, run, [*run.labels, title], HEIGHT_PX) == title.text


@pytest.mark.parametrize("word", ["\u00d710^5", "+3.4\u00d710^6", "\u00d710$"])
def test_a_factor_over_a_corner_is_the_y_axis_even_in_a_row_of_labels_on_top(word: str) -> None:
    row = [text(str(value), 180.0 + 40 * value, 40.0) for value in range(6)]
    factor = text(word, 115, 40)
    (run, *_) = label_runs("top", BOX, [factor, *row], HEIGHT_PX)
    assert factor not in run.labels and len(run.labels) == len(row)
    assert offset_text("left", BOX, [factor, *row], HEIGHT_PX) == word
    right = text(word, 490, 40)
    assert offset_text("top", BOX, [right], HEIGHT_PX, run) == ""
    assert offset_text("right", BOX, [right, *row], HEIGHT_PX) == word


def test_a_turned_label_over_a_corner_is_no_offset_text() -> None:
    label = text("1e-04", 110, 40)
    assert offset_text("left", BOX, [label], HEIGHT_PX) == "1e-04"
    assert offset_text("left", BOX, [replace(label, angle_deg=30.0)], HEIGHT_PX) == ""


def test_a_factor_read_with_a_slanted_row_is_the_axis_offset_text() -> None:
    row = [replace(text(f"{k}.5", 120.0 + 130.0 * k, 336.0), angle_deg=45.0) for k in range(3)]
    factor = replace(text("1e7", 490, 356), angle_deg=45.0)
    runs = label_runs("bottom", BOX, row, HEIGHT_PX)
    assert offset_text("bottom", BOX, [factor], HEIGHT_PX, runs[0]) == "1e7"


def test_a_date_over_the_labels_of_a_top_axis_is_its_offset_text_and_one_in_their_row_is_none() -> None:
    row = tuple(text(word, 150.0 + 80 * k, 40) for k, word in enumerate(("15", "Jan", "15")))
    run = LabelRun(side="top", labels=row)
    assert offset_text("top", BOX, [text("2012-Mar", 480, 24)], HEIGHT_PX, run) == "2012-Mar"
    assert offset_text("top", BOX, [text("2012-Mar", 480, 40)], HEIGHT_PX, run) == ""


@pytest.mark.parametrize(("word", "reach_px", "found"), [("0.5", 7.0, True), ("0.5", 9.0, False), ("5", 5.5, False)])
def test_a_label_read_with_an_inward_tick_mark_belongs_to_the_axis(word: str, reach_px: float, found: bool) -> None:
    """Its box ends inside the axes box, but most of it stands outside."""
    column = [text(word, 0.0, y) for y in (80.0, 160.0, 240.0)]
    width = column[0].box.width_px + (0.0 if len(word) == 1 else 6.0)
    labels = [
        replace(one, box=replace(one.box, right=BOX.left + reach_px, left=BOX.left + reach_px - width))
        for one in column
    ]
    assert bool(label_runs("left", BOX, labels, HEIGHT_PX)) is found
