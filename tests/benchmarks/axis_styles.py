"""Scales and label formats that the axis board draws: a style sets range, scale, ticks and labels of one axis."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

WORDS = ("north", "south", "east", "west", "centre", "alpha", "beta", "gamma", "delta", "red", "green", "blue")
NUMBER_STYLES = ("integer", "integer", "decimal", "decimal", "negative", "thousands", "suffix", "percent")
FORMATTED = (
    "thousands point", "thousands apostrophe", "thousands space", "decimal comma", "engineering", "currency", "degree",
    "pi", "fraction", "factor title", "offset", "offset added", "scientific",
)  # fmt: skip
LOGS = ("log power", "log power", "log plain", "log e", "log two", "log euler", "symlog")
DATES = ("date", "date", "day", "month", "quarter", "clock")
STYLES = (*dict.fromkeys(NUMBER_STYLES), "integer", "decimal", "negative", *FORMATTED, *LOGS, *DATES, "category")
Y_STYLES = tuple(style for style in STYLES if style not in DATES)

RANGES: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "integer": ((0, 0, 1, 20), (50, 80, 120, 400, 1000, 2500)),
    "decimal": ((0.0, 0.2, 0.4), (0.55, 0.9, 1.2, 2.0)),
    "negative": ((-0.3, -2, -15, -120), (0.4, 3, 20, 80)),
    "thousands": ((0.0,), (4e3, 2.5e4, 1.2e6)),
    "thousands point": ((0.0, -4e3), (4e3, 2.5e4, 1.2e6)),
    "thousands apostrophe": ((0.0,), (4e3, 2.5e4, 1.2e6)),
    "thousands space": ((0.0,), (4e3, 2.5e4, 1.2e6)),
    "decimal comma": ((0.0, 0.2, -0.4), (0.55, 0.9, 1.2, 2.0)),
    "suffix": ((0.0,), (8e3, 4e4, 2.5e5, 2e6, 9e6)),
    "engineering": ((0.0,), (4e-6, 9e-3, 0.4, 8e3, 3e7, 5e9)),
    "currency": ((0.0,), (40, 900, 2.5e4)),
    "degree": ((-180, -90, 0), (90, 180, 360)),
    "percent": ((0, 0.2, 0.6), (0.8, 0.95, 1.0)),
    "pi": ((-2 * np.pi, -np.pi, 0.0), (np.pi, 2 * np.pi, 3 * np.pi)),
    "fraction": ((0.0, -1.0), (1.0, 2.0)),
    "factor title": ((0.0,), (4e3, 2.5e4, 6e-3, 1.2e6)),
    "offset": ((0.0,), (3e-5, 4e-4, 6e5, 2.5e7, 8e8)),
    "offset added": ((1.2e4, 3.4e6), (40.0, 90.0)),  # the second is the width
    "scientific": ((0.0,), (3e-5, 4e-3, 6e5, 2.5e7)),
}


def style_axis(axes: Any, which: str, style: str, rng: np.random.Generator, title: str) -> None:
    """Range, scale, ticks, label format and title of one axis."""
    axis = getattr(axes, f"{which}axis")
    if style in LOGS:
        _style_log(axes, axis, which, style, rng)
    elif style in DATES:
        title = _style_date(axes, axis, which, style, rng, title)
    elif style == "category":
        from matplotlib import ticker

        count = int(rng.integers(3, 6))
        axis.set_major_locator(ticker.FixedLocator(range(count)))
        axis.set_major_formatter(ticker.FixedFormatter(rng.permutation(WORDS)[:count].tolist()))
        axes.set(**{f"{which}lim": (-0.5, count - 0.5)})
    else:
        title = _style_numbers(axes, axis, which, style, rng, title)
    if title:
        getattr(axes, f"set_{which}label")(title)


def _style_log(axes: Any, axis: Any, which: str, style: str, rng: np.random.Generator) -> None:
    from matplotlib import ticker

    if style == "symlog":
        threshold = 10.0 ** int(rng.integers(-2, 2))
        high = threshold * 10.0 ** int(rng.integers(2, 4)) * 1.5
        low = -high if rng.random() < 0.7 else 0.0
        getattr(axes, f"set_{which}scale")("symlog", linthresh=threshold)
        axes.set(**{f"{which}lim": (low, high)})
        return
    base = {"log two": 2.0, "log euler": np.e}.get(style, 10.0)
    spread = int(rng.integers(3, 6)) if base == 10 else int(rng.integers(5, 9))
    low = base ** int(rng.integers(-5, 3))
    getattr(axes, f"set_{which}scale")("log", base=base)
    axes.set(**{f"{which}lim": (low / 1.7, low * base**spread * 1.7)})
    if style == "log euler":
        axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: rf"$e^{{{round(np.log(value))}}}$"))
    formats: dict[str, Callable[[float, int], str]] = {
        "log plain": lambda value, _: f"{value:g}" if 1e-3 <= value < 1e5 else f"{value:.0e}",
        "log e": lambda value, _: f"{value:.0e}",
    }
    if style in formats:
        axis.set_major_formatter(ticker.FuncFormatter(formats[style]))
    if style in formats or base != 10.0:
        axis.set_minor_formatter(ticker.NullFormatter())


def _style_date(axes: Any, axis: Any, which: str, style: str, rng: np.random.Generator, title: str) -> str:
    from matplotlib import dates, ticker

    start = 10_000 + float(rng.integers(0, 9000))
    span = float(rng.choice([1.0, 20.0, 90.0, 400.0, 3000.0, 12_000.0]))
    if style == "day":
        year = dates.num2date(start).year
        start, span = dates.date2num(np.datetime64(f"{year}-02-10")) + float(rng.integers(0, 150)), 45.0
        axis.set_major_locator(dates.AutoDateLocator(minticks=3, maxticks=5))
        axis.set_major_formatter(dates.DateFormatter(str(rng.choice(["%b %d", "%d %b"]))))
        title = f"{title or 'Day'} ({year})" if rng.random() < 0.5 else f"{title or 'Day'} in {year}"
    elif style == "month":
        span = float(rng.choice([400.0, 700.0]))
        axis.set_major_locator(dates.MonthLocator(bymonth=(1, 4, 7, 10) if span < 500 else (1, 7)))
        axis.set_major_formatter(dates.DateFormatter(str(rng.choice(["%b %Y", "%Y-%m", "%b %y", "%m/%Y"]))))
    elif style == "quarter":
        span = float(rng.choice([500.0, 800.0]))
        axis.set_major_locator(dates.MonthLocator(bymonth=(1, 4, 7, 10) if span < 600 else (1, 7)))
        form = str(rng.choice(["Q{q} {y}", "{y} Q{q}", "{y}-Q{q}"]))
        axis.set_major_formatter(ticker.FuncFormatter(lambda days, _: _quarter(days, form)))
    elif style == "clock":
        start, span = float(rng.integers(1, 8)) / 24, float(rng.choice([2, 6, 14])) / 24
        axis.set_major_locator(dates.AutoDateLocator(minticks=3, maxticks=6))
        axis.set_major_formatter(dates.DateFormatter("%H:%M"))
    else:
        locator = dates.AutoDateLocator(minticks=3, maxticks=6)
        axis.set_major_locator(locator)
        concise = rng.random() < 0.4 or span < 20  # the plain formatter says the year of hours nowhere
        axis.set_major_formatter(dates.ConciseDateFormatter(locator) if concise else dates.AutoDateFormatter(locator))
    axes.set(**{f"{which}lim": (start, start + span)})
    return title


def _quarter(days: float, form: str) -> str:
    from matplotlib import dates

    moment = dates.num2date(days)
    return form.format(q=(moment.month + 2) // 3, y=moment.year)


def _style_numbers(axes: Any, axis: Any, which: str, style: str, rng: np.random.Generator, title: str) -> str:
    from matplotlib import ticker

    lows, highs = RANGES[style]
    low, high = float(rng.choice(lows)), float(rng.choice(highs))
    high = low + high if style == "offset added" else high
    axis.set_major_locator(ticker.MaxNLocator(int(rng.integers(4, 8))))
    if style == "thousands":
        axis.set_major_formatter(ticker.StrMethodFormatter("{x:,.0f}"))
    elif style.startswith("thousands"):
        mark = {"point": ".", "apostrophe": "'", "space": "\u2009"}[style.split()[1]]
        axis.set_major_formatter(ticker.FuncFormatter(lambda v, _: _signed(f"{v:,.0f}".replace(",", mark))))
    elif style == "decimal comma":
        axis.set_major_formatter(ticker.FuncFormatter(lambda v, _: _signed(f"{v:.2f}".replace(".", ","))))
    elif style == "suffix":
        axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: _with_suffix(value)))
    elif style == "engineering":
        axis.set_major_formatter(ticker.EngFormatter(sep=str(rng.choice(["", " "]))))
    elif style == "currency":
        sign = str(rng.choice([r"\$", "\u20ac", "\u00a3"]))  # a bare dollar would begin mathematics
        axis.set_major_formatter(ticker.FuncFormatter(lambda v, _: f"{sign}{v:,.0f}"))
    elif style == "degree":
        axis.set_major_locator(ticker.MultipleLocator(90 if high - low > 200 else 45 if high - low > 100 else 30))
        axis.set_major_formatter(ticker.StrMethodFormatter("{x:.0f}\u00b0"))
    elif style == "percent":
        axis.set_major_formatter(ticker.PercentFormatter(xmax=1))
    elif style == "pi":
        axis.set_major_locator(ticker.MultipleLocator(np.pi if high - low > 9 else np.pi / 2))
        axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: _in_pi(value)))
    elif style == "fraction":
        axis.set_major_locator(ticker.MultipleLocator(0.25 if high - low < 2.5 else 0.5))
        axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: str(Fraction(value).limit_denominator(8))))
    elif style == "factor title":
        exponent = 3 * int(np.floor(np.log10(high) / 3))
        axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value / 10.0**exponent:g}"))
        power = f"$10^{{{exponent}}}$"
        forms = [f"(\u00d7{power})", f"[{power}]", *([f"(\u00d7{10**exponent})"] if exponent > 0 else [])]
        title = f"{title or 'Count'} {rng.choice(forms)}"
    elif style == "scientific":
        axis.set_major_formatter(ticker.StrMethodFormatter("{x:.1e}"))
    elif style in ("offset", "offset added"):
        formatter = ticker.ScalarFormatter(useMathText=bool(rng.random() < 0.5), useOffset=True)
        formatter.set_powerlimits((0, 0) if style == "offset" else (-9, 9))
        axis.set_major_formatter(formatter)
    margin = (high - low) * float(rng.choice([0.0, 0.03, 0.05]))
    axes.set(**{f"{which}lim": (low - margin, high + margin)})
    return title


def _signed(text: str) -> str:
    return text.replace("-", "\u2212")


def _with_suffix(value: float) -> str:
    factor, suffix = next(((f, s) for f, s in ((1e6, "M"), (1e3, "k")) if abs(value) >= f), (1.0, ""))
    return f"{value / factor:g}{suffix}"


def _in_pi(value: float) -> str:
    part = Fraction(value / np.pi).limit_denominator(8)
    if part == 0:
        return "0"
    sign, top = "\u2212" if part < 0 else "", abs(part.numerator)
    return f"{sign}{top if top > 1 else ''}\u03c0" + (f"/{part.denominator}" if part.denominator > 1 else "")
