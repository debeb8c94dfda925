"""What chart libraries print is read back: formatters of matplotlib, directives of d3, conventions of locales."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.decimal_marks import decimal_mark
from calibration.numerals import readings_of
from calibration.thousandths import means_thousandths
from calibration.titles import read_offset, read_title

# decimal mark and group separator, as CLDR has them
LOCALES = {
    "en": (".", ","), "de": (",", "."), "de_CH": (".", "\u2019"), "fr": (",", "\u202f"), "sv": (",", "\u00a0"),
    "es_MX": (".", ","), "C": (".", ""), "si": (".", "\u2009"),
}  # fmt: skip


def values_of(texts: list[str]) -> list[float]:
    """The likeliest value of every label of one axis, its decimal mark decided by all of them."""
    mark = decimal_mark(texts)
    return [readings_of(text, mark=mark)[0].value for text in texts]


@pytest.mark.parametrize("name", sorted(LOCALES))
@pytest.mark.parametrize("decimals", [0, 2])
def test_numbers_as_locales_write_them(name: str, decimals: int) -> None:
    point, group = LOCALES[name]
    values = [0.0, 1250.0, 2500.0, 3750.0, 12_500.0, 1_250_000.0]
    texts = [f"{value:,.{decimals}f}".replace(",", "\0").replace(".", point).replace("\0", group) for value in values]
    assert values_of(texts) == values


@settings(max_examples=60, deadline=None)
@given(st.floats(-1e8, 1e8), st.floats(1e-2, 1e8))
def test_scalar_formatter_with_its_offset_text(low: float, width: float) -> None:
    from matplotlib.ticker import MaxNLocator, ScalarFormatter

    ticks = [float(tick) for tick in MaxNLocator(5).tick_values(low, low + width)]
    formatter = ScalarFormatter()
    formatter.create_dummy_axis()  # type: ignore[no-untyped-call]
    formatter.axis.set_view_interval(ticks[0], ticks[-1])  # type: ignore[union-attr]
    texts = formatter.format_ticks(ticks)
    offset = formatter.get_offset()  # type: ignore[no-untyped-call]
    factor, addend = (read_offset(offset) or (math.nan, 0.0)) if offset else (1.0, 0.0)
    step = ticks[1] - ticks[0]
    assert [value * factor + addend for value in values_of(texts)] == pytest.approx(ticks, abs=0.02 * step)


@pytest.mark.parametrize("xmax", [1, 100])
def test_percent_formatter(xmax: float) -> None:
    from matplotlib.ticker import PercentFormatter

    texts = [PercentFormatter(xmax=xmax).format_pct(share * xmax, xmax) for share in (-0.25, 0.0, 0.5, 1.0)]
    assert values_of(texts) == pytest.approx([-0.25, 0.0, 0.5, 1.0])


@pytest.mark.parametrize("step", [0.002, 0.25, 40.0, 2e3, 5e6])
@pytest.mark.parametrize("separator", ["", " "])
def test_engineering_formatter_over_a_whole_axis(step: float, separator: str) -> None:
    from matplotlib.ticker import EngFormatter

    texts = [EngFormatter(sep=separator)(k * step) for k in range(4)]
    found = [{round(r.value / step, 9) for r in readings_of(text)} for text in texts]
    assert all(k in values for k, values in enumerate(found))
    if any(text.endswith("m") for text in texts):
        assert means_thousandths(texts)


D3 = {
    ",.0f": lambda v: f"{v:,.0f}", ".2f": lambda v: f"{v:.2f}", "$,.0f": lambda v: f"${v:,.0f}",
    ".0%": lambda v: f"{100 * v:.0f}%", ".1e": lambda v: f"{v:.1e}".replace("e-0", "e-").replace("e+0", "e+"),
    "(.0f": lambda v: f"({-v:.0f})" if v < 0 else f"{v:.0f}", "+.1f": lambda v: f"{v:+.1f}",
}  # fmt: skip


@pytest.mark.parametrize("directive", sorted(D3))
def test_directives_of_d3(directive: str) -> None:
    values = [-3.0, 0.0, 1.0, 2.0]
    texts = [D3[directive](value).replace("-", "\u2212") for value in values]
    assert values_of(texts) == pytest.approx(values)


@pytest.mark.parametrize(
    ("texts", "title", "verdict"),
    [
        (["0", "2m", "4m"], "", True), (["500 m", "1.0", "1.5"], "", True), (["500\u00b5", "1m", "2m"], "", True),
        (["0m", "5m", "10m"], "", False), (["500m", "1000m"], "", False), (["5m", "10m"], "Depth", False),
        (["5m", "10m"], "Score", None), (["1", "2"], "", None),
    ],
)  # fmt: skip
def test_whether_m_means_thousandths(texts: list[str], title: str, verdict: bool | None) -> None:
    assert means_thousandths(texts, title) is verdict


@pytest.mark.parametrize(
    ("title", "factor"),
    [
        ("Steps (x1000)", 1e3), ("Loss [10^-3]", 1e-3), ("Loss [10\u22123]", 1e-3), ("Score [106]", 1e6),
        ("Count (\u00d710\u2076)", 1e6), ("Speed (m)", 1.0), ("Score (100)", 1.0),
    ],
)  # fmt: skip
def test_factors_in_titles(title: str, factor: float) -> None:
    assert read_title(title).factor == pytest.approx(factor)


@pytest.mark.parametrize("text", ["24.000", "18.000", "6.000"])
def test_points_before_three_zeros_part_thousands(text: str) -> None:
    assert decimal_mark(["24.000", "18.000", "6.000"]) == ","
    assert np.isclose(readings_of(text, mark=",")[0].value, 1e3 * float(text))
