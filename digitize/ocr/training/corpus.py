"""What stands on charts: numbers in every format that plotting programs print, words, identifiers, dates, nonsense.

A line is a list of runs, (characters, level): 0 on the baseline, 1 raised, -1 lowered.
"""

from __future__ import annotations

import calendar
import importlib
import random
import re
import string
from collections import Counter
from datetime import datetime, timedelta
from functools import cache
from itertools import accumulate

from digitize.ocr.training.alphabet import ACCENTED, GREEK, LOWERED, RAISED, SIGNS

Run = tuple[str, int]
HARVESTED = (
    "matplotlib.pyplot", "matplotlib.axes", "numpy", "scipy.stats", "scipy.signal", "pandas", "torch", "torch.nn",
    "torch.optim", "sklearn.linear_model", "sklearn.metrics", "sklearn.ensemble", "statsmodels.api", "seaborn",
    "skimage.filters", "networkx", "email", "logging", "argparse", "http", "statistics", "calendar", "datetime",
)  # fmt: skip
MONTHS = tuple(calendar.month_name[1:])
SUFFIXES = ("%", " %", "k", "K", "M", "G", "B", "T", "m", "µ", "°", "°C", "x", "×")
DAYS = tuple(calendar.day_name)
DATE_FORMS = (
    "%Y", "%Y-%m", "%Y-%m-%d", "%b %Y", "%B %Y", "%b %d", "%d %b", "%b", "%B", "'%y", "%H:%M", "%m/%d/%Y", "%d.%m.%Y",
    "%b %d, %Y", "%H:%M:%S", "%m-%d", "%a %d", "%a", "%b-%y",
)  # fmt: skip
UNITS = (
    "s", "ms", "µs", "ns", "min", "h", "hours", "hour", "days", "epochs", "steps", "iterations", "m", "mm", "cm",
    "km", "nm", "µm", "kg", "g", "mg", "K", "°C", "°F", "Hz", "kHz", "MHz", "GHz", "V", "mV", "kV", "A", "mA", "W",
    "kW", "MW", "J", "eV", "keV", "Pa", "kPa", "bar", "mol", "M", "mM", "µM", "%", "ppm", "dB", "GB", "MB", "KiB",
    "tokens", "samples/s", "m/s", "m²/s", "rad", "deg", "px", "bits", "nats", "a.u.",
)  # fmt: skip
SHORT = (
    "lr", "L1", "L2", "Il", "l1", "I", "II", "III", "IV", "R2", "KL", "FID", "BLEU", "ROC", "AUC", "MSE", "RMSE",
    "MAE", "Adam", "SGD", "GPT-2", "BERT", "ReLU", "CI", "SD", "SE", "df", "vs.", "vs",
)  # fmt: skip


@cache
def words() -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Words of the documentation of packages that draw charts, with their cumulated weights."""
    counts: Counter[str] = Counter()
    for name in HARVESTED:
        try:
            module = importlib.import_module(name)
        except Exception:  # noqa: BLE001 - any missing package only makes the vocabulary smaller
            continue
        texts: list[object] = [module.__doc__]
        for attribute in dir(module):
            try:
                texts.append(getattr(module, attribute).__doc__)
            except Exception:  # noqa: BLE001
                continue
        for text in (text for text in texts if isinstance(text, str)):
            counts.update(re.findall(r"[A-Za-z][A-Za-z'-]{1,15}", text))
            counts.update(re.findall(r"[a-z]+(?:_[a-z0-9]+)+", text))
    counts.update(dict.fromkeys((*SHORT, *UNITS, *MONTHS, *DAYS), 30))
    names = tuple(counts)
    return names, tuple(accumulate(counts[name] ** 0.4 for name in names))


def draw_line(random_: random.Random) -> list[Run]:
    """One line of chart text."""
    kind = random_.random()
    if kind < 0.50:
        return draw_number(random_)
    if kind < 0.56:
        return [(draw_date(random_), 0)]
    if kind < 0.90:
        return draw_words(random_)
    return [(draw_nonsense(random_), 0)]


def draw_number(random_: random.Random) -> list[Run]:
    """A tick label, an offset text, or a number with a unit."""
    sign = random_.choice(("", "", "", "−", "-", "-", "−", "+" if random_.random() < 0.2 else ""))
    value = _digits(random_)
    kind = random_.random()
    if kind < 0.42:
        return [(sign + value, 0)]
    if kind < 0.62:
        exponent = random_.choice(("", "", "−", "-")) + str(random_.choice((*range(10), *range(10), *range(10, 40))))
        mantissa = ""
        if random_.random() < 0.45:
            times = random_.choice(("×", " × ", "×", "·", "x"))
            mantissa = random_.choice(("", value[:4], value[:4])) + times
        base = random_.choice(("10", "10", "10", "10", "10", "2", "e"))
        return [(sign + mantissa + base, 0), (exponent, 1)]
    if kind < 0.72:
        spread = random_.choice(("e", "e", "E")) + random_.choice(("", "-", "−", "+"))
        return [(sign + value[:5] + spread + random_.choice(("", "0")) + str(random_.randint(0, 12)), 0)]
    if kind < 0.80:
        return [(sign + value + random_.choice(SUFFIXES), 0)]
    if kind < 0.86:
        whole = random_.randint(1000, 10 ** random_.randint(4, 9))
        return [(sign + f"{whole:,}".replace(",", random_.choice((",", ",", ".", "'", " "))), 0)]
    if kind < 0.89:
        return [(random_.choice(("$", "€", "£")) + value + random_.choice(("", "", "k", "M", "B")), 0)]
    if kind < 0.92:
        count, over = random_.randint(1, 9), random_.randint(2, 9)
        fraction = f"{count}/{over}"
        named = random_.choice(("π", "π/2", "π/4", f"{count}π", f"{count}π/{over}", fraction, fraction))
        return [(sign + named, 0)]
    if kind < 0.95:
        opening, closing = random_.choice((("(", ")"), ("[", "]"), ("(", "]"), ("[", ")"), ("", "")))
        return [(opening + sign + value + random_.choice((", ", " – ", "-", ":")) + _digits(random_) + closing, 0)]
    return [(sign + value + random_.choice((" ", "")) + random_.choice(UNITS), 0)]


def _digits(random_: random.Random) -> str:
    kind = random_.random()
    if kind < 0.25:
        return str(random_.randint(0, 9))
    if kind < 0.5:
        return str(random_.choice((1, 2, 5, 25, 125, 15, 75, random_.randint(1, 999))) * 10 ** random_.randint(0, 4))
    if kind < 0.6:
        return str(random_.randint(0, 99999))
    separator = random_.choice((".", ".", ".", ".", ","))
    places = random_.choice((1, 1, 2, 2, 3, 4, 5))
    whole = random_.choice((0, 0, 0, 1, random_.randint(0, 12), random_.randint(0, 2000)))
    return f"{whole}{separator}{random_.randint(0, 10**places - 1):0{places}d}"


def draw_date(random_: random.Random) -> str:
    """A date or time of day."""
    moment = datetime(1880, 1, 1) + timedelta(seconds=random_.randrange(180 * 365 * 86400))
    quarter = (moment.month + 2) // 3
    form = random_.choice((*DATE_FORMS, f"Q{quarter} %Y", f"%YQ{quarter}"))
    text = moment.strftime(form)
    return text.replace(" 0", " ") if random_.random() < 0.5 else text


def draw_words(random_: random.Random) -> list[Run]:
    """Titles, axis titles and legend entries."""
    names, weights = words()
    chosen = random_.choices(names, cum_weights=weights, k=random_.choice((1, 1, 1, 2, 2, 3, 3, 4, 5)))
    case = random_.random()
    if case < 0.25:
        chosen = [word.capitalize() for word in chosen]
    elif case < 0.45:
        chosen = [chosen[0].capitalize(), *chosen[1:]]
    elif case < 0.52:
        chosen = [word.upper() for word in chosen]
    elif case < 0.62:
        chosen = [word.lower() for word in chosen]
    text = random_.choice((" ", " ", " ", " ", " ", "_", "-", "/", ", ")).join(chosen)
    kind = random_.random()
    unit = random_.choice(UNITS)
    number = "".join(run for run, _ in draw_number(random_)[:1])
    if kind < 0.12:
        return [(text + random_.choice((f" ({unit})", f" [{unit}]", f" / {unit}", f" in {unit}")), 0)]
    if kind < 0.26:
        form = random_.choice(("={}", " = {}", " ({})", " {}", "-{}", "_{}", ": {}", "@{}"))
        return [(text + form.format(number), 0)]
    if kind < 0.32:
        return [(text + " ", 0), *_scripted(random_)]
    if kind < 0.36:
        return [*_scripted(random_), (random_.choice((f" = {number}", f" ({unit})", "", " " + text)), 0)]
    if kind < 0.40:
        return [(f"({random_.choice(string.ascii_letters)}) {text}", 0)]
    if kind < 0.44:
        if random_.random() < 0.5:
            return [(f"{random_.choice('#+*&')} {text}", 0)]
        return [(f"{text} {random_.choice('+&|><')} {random_.choice(names)}", 0)]
    if kind < 0.48:
        place = random_.randrange(len(text))
        return [(text[:place] + random_.choice(ACCENTED) + text[place:], 0)]
    return [(text, 0)]


def _scripted(random_: random.Random) -> list[Run]:
    """A symbol with an exponent or an index."""
    symbol = random_.choice((*GREEK, *string.ascii_letters, "log", "10", "cm", "m", "R", "L", "σ", "μ"))
    if random_.random() < 0.5:
        return [(symbol, 0), (random_.choice(("2", "2", "3", "−1", "-1", "−2", "+", str(random_.randint(0, 19)))), 1)]
    return [(symbol, 0), (random_.choice(("0", "1", "2", str(random_.randint(0, 19)))), -1)]


def draw_nonsense(random_: random.Random) -> str:
    """Characters in no order: letters are to be read by their shape, not by what usually follows."""
    pool = random_.choice(
        (string.digits, string.ascii_letters, string.ascii_letters + string.digits, string.digits + ".,-−+%eE×:/()",
         string.ascii_letters + string.digits + string.punctuation, "Il1|iLtfrj.,:;'", "O0oQDC8B6S5Z2",
         GREEK + string.ascii_letters, SIGNS + string.digits, ACCENTED + string.ascii_letters)
    )  # fmt: skip
    text = "".join(random_.choice(pool) for _ in range(random_.randint(1, 9)))
    if random_.random() < 0.2 and len(text) > 4:
        text = text[:2] + " " + text[3:]
    return text.strip() or "0"


def to_target(runs: list[Run]) -> str:
    """The characters that the network is to say."""
    tables: dict[int, dict[str, str]] = {0: {}, 1: RAISED, -1: LOWERED}
    return "".join(
        tables[level].get("-" if level and character == "−" else character, character)
        for text, level in runs
        for character in text
    )
