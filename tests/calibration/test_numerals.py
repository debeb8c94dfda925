from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.characters import lower_exponents
from calibration.decimal_marks import decimal_mark
from calibration.numerals import label_readings, readings_of, split_numbers


def first(text: str, mark: str = ".") -> float:
    return readings_of(text, mark=mark)[0].value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10", 10), ("0.5", 0.5), ("\u22122.5", -2.5), ("\u20132", -2), ("+3", 3), (".5", 0.5), ("1e-3", 1e-3),
        ("1.5E+06", 1.5e6), ("10^3", 1e3), ("10\u00b3", 1e3), ("10\u207b\u00b3", 1e-3), ("10\u207b14", 1e-14),
        ("10-3", 1e-3), ("2\u00d710^3", 2e3), ("4\u00d710\u00b0", 4), ("10\u00b0", 1), ("3 \u00d7100", 3),
        ("1x10\u2076", 1e6), ("2\u2075", 32), ("50%", 0.5), ("-2.5%", -0.025), ("1,000", 1e3), ("1,250,000", 1.25e6),
        ("1\u2009000", 1e3), ("1'000", 1e3), ("$250", 250), ("US$ 3", 3), ("\u20ac1,000", 1e3), ("14k", 14e3),
        ("8.0k", 8e3), ("1M", 1e6), ("2.5B", 2.5e9), ("3G", 3e9), ("5\u00b5", 5e-6), ("90\u00b0", 90),
        ("\u03c0/2", math.pi / 2), ("3\u03c0/4", 3 * math.pi / 4), ("-\u03c0", -math.pi), ("2\u03c0", 2 * math.pi),
        ("1/2", 0.5), ("\u00bd", 0.5), ("(5)", -5), ("12000-", 12000), ("60 -", 60), ("OO", 0), ("l0", 10),
    ],
)  # fmt: skip
def test_the_likeliest_reading_is_what_is_printed(text: str, value: float) -> None:
    assert first(text) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(("text", "value"), [("103", 1e3), ("100", 1.0), ("05", 0.5), ("2.01", 2.0), ("3", -3.0)])
def test_what_a_reader_gets_wrong_is_offered_to_the_vote(text: str, value: float) -> None:
    readings = {round(r.value, 9): r.cost for r in readings_of(text)}
    assert value in readings
    assert readings[value] > 0


@pytest.mark.parametrize("text", ["", "Passive", "Time (s)", "epoch", "--", "a0ur(6)"])
def test_words_have_no_cheap_reading(text: str) -> None:
    assert all(r.cost > 1 for r in readings_of(text))


@pytest.mark.parametrize(
    ("texts", "mark"),
    [
        (["0", "1.000", "2.000"], ","), (["0,5", "1,0"], ","), (["0.000", "1.000", "2.000"], "."),
        (["500", "1,000"], "."), (["0,250", "0,500", "1,000"], ","), (["1.000.000", "2.000.000"], ","),
        (["1,000.5", "2"], "."), ([], "."), (["0", "800", "1,600", "2,400", "4,00"], "."),
        (["1,125", "1,25", "1,5"], ","),
    ],
)  # fmt: skip
def test_the_decimal_mark_is_decided_for_the_whole_axis(texts: list[str], mark: str) -> None:
    assert decimal_mark(texts) == mark


def test_decimal_comma_changes_the_reading() -> None:
    assert first("1.500,5", ",") == 1500.5
    assert first("2,5", ",") == 2.5


def test_the_masked_reading_helps_where_the_free_one_is_no_number() -> None:
    assert label_readings("Z,O~", "2.0")[0].value in (2.0, 2.0)
    assert label_readings("Passive", "5")[0].cost > 2


def test_raised_digits_become_a_caret() -> None:
    assert lower_exponents("10\u207b\u00b9\u00b2") == "10^-12"


def test_labels_read_as_one_line_are_taken_apart() -> None:
    parts = split_numbers("0.70 0.75 0.80")
    assert [p[0] for p in parts] == ["0.70", "0.75", "0.80"]
    assert not split_numbers("Jan 2018")
    assert not split_numbers("0.5")


@given(st.floats(-1e9, 1e9, allow_nan=False), st.integers(0, 6))
def test_fixed_point_as_matplotlib_prints_it(value: float, decimals: int) -> None:
    text = f"{value:.{decimals}f}".replace("-", "\u2212")
    assert first(text) == pytest.approx(float(f"{value:.{decimals}f}"), abs=1e-12)


@given(st.integers(-(10**12), 10**12))
def test_grouped_thousands_as_locale_and_d3_print_them(value: int) -> None:
    assert first(f"{value:,}") == value
    assert first(f"{value:,}".replace(",", "\u202f")) == value
    assert first(f"{value:,}".replace(",", "'")) == value
    if abs(value) >= 10**6:
        assert first(f"{value:,}".replace(",", "."), ",") == value


@given(st.integers(-30, 30), st.integers(1, 9))
def test_powers_of_ten_as_log_formatters_print_them(exponent: int, mantissa: int) -> None:
    glyphs = "\u207b\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"
    raised = str(exponent).translate(str.maketrans("-0123456789", glyphs))
    for text in (f"{mantissa}\u00d710{raised}", f"{mantissa}x10^{exponent}", f"{mantissa}e{exponent:+03d}"):
        assert first(text) == pytest.approx(mantissa * 10.0**exponent, rel=1e-9)
    assert first(f"10{raised}") == pytest.approx(10.0**exponent, rel=1e-9)


def test_engineering_formatter() -> None:
    from matplotlib.ticker import EngFormatter

    written = EngFormatter(sep="")
    for value in (5e-6, 1e3, 2.5e6, 4e9, 1.2e12):
        assert first(written(value)) == pytest.approx(value, rel=1e-6)
    assert 0.5 in {round(r.value, 6) for r in readings_of(written(0.5))}  # "500m" may be metres too


@given(st.text(max_size=12))
def test_no_text_breaks_the_reader(text: str) -> None:
    for reading in readings_of(text):
        assert math.isfinite(reading.value)
        assert reading.cost >= 0


def test_a_spine_read_behind_a_label_is_taken_off() -> None:
    assert first("10^4F") == 1e4
    assert first("1 +") == 1.0


def test_points_before_three_zeros_everywhere_part_thousands_whatever_one_label_reads() -> None:
    assert decimal_mark(["0", "400.000", "601.000", "800.000", "1,000.000", "1.300.000"]) == ","
