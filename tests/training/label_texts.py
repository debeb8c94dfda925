"""What tick labels, offset texts and axis titles with factors say, drawn by lot: what the label reader learns from."""

from __future__ import annotations

import random
import string

RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"
_TO_RAISED = str.maketrans("0123456789-", RAISED)
MINUSES = ("-", "-", "−")
WORDS = (
    "Step", "Time", "Epoch", "Loss", "Score", "Rate", "Count", "Speed", "Energy", "Value", "Power", "Mass", "Number",
    "Accuracy", "Reward", "Users", "Tokens", "Samples", "Distance", "Price", "Jan", "Feb", "Mar", "Apr", "May", "Jun",
    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "north", "alpha", "lr", "ours", "Hz", "kg", "ms", "hours", "GPU", "BERT",
)  # fmt: skip


def draw_text(lot: random.Random) -> str:
    """One text; raised characters stand for raised print."""
    kinds = (
        (_plain, 30), (_decimal, 20), (_grouped, 9), (_suffixed, 8), (_percent, 5), (_degrees, 3), (_currency, 4),
        (_scientific, 7), (_power, 18), (_offset, 6), (_titled, 6), (_in_pi, 5), (_fraction, 3), (_clock, 3),
        (_date, 4),
        (_words, 6),
    )  # fmt: skip
    return lot.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])[0](lot)


def _minus(lot: random.Random, chance: float = 0.25) -> str:
    return lot.choice(MINUSES) if lot.random() < chance else ""


def _digits(lot: random.Random, most: int = 4) -> str:
    """A whole number as ticks have them: round more often than not."""
    if lot.random() < 0.3:
        return str(lot.randrange(10))
    count = lot.randint(1, most)
    text = str(lot.randint(1, 9)) + "".join(str(lot.randrange(10)) for _ in range(count - 1))
    if lot.random() < 0.5 and count > 1:
        zeros = lot.randint(1, count - 1)
        text = text[: count - zeros] + "0" * zeros
    return text


def _plain(lot: random.Random) -> str:
    if lot.random() < 0.1:
        return str(lot.randint(1700, 2060))
    return _minus(lot) + _digits(lot, 6 if lot.random() < 0.15 else 4)


def _decimal(lot: random.Random) -> str:
    point = "." if lot.random() < 0.75 else ","
    places = lot.choice((1, 1, 1, 2, 2, 3, 4))
    tail = "".join(str(lot.randrange(10)) for _ in range(places))
    if lot.random() < 0.5:
        tail = lot.choice(("0", "5", "25", "50", "75", "00", "2", "4", "6", "8", "000", "05", "1"))
    return _minus(lot) + (_digits(lot, 3) if lot.random() < 0.6 else str(lot.randrange(3))) + point + tail


def _grouped(lot: random.Random) -> str:
    mark = lot.choice((",", ",", ".", "'", " ", " ", "’"))
    groups = lot.choice((1, 1, 1, 2, 2, 3))
    body = "".join(mark + (lot.choice(("000", "500", "200", "400", "250", "750", "600", "800"))
                           if lot.random() < 0.7 else f"{lot.randrange(1000):03d}") for _ in range(groups))
    return _minus(lot, 0.1) + _digits(lot, 3) + body


def _suffixed(lot: random.Random) -> str:
    gap = " " if lot.random() < 0.25 else ""
    body = _digits(lot, 3) if lot.random() < 0.6 else f"{lot.randrange(30)}.{lot.randrange(10)}"
    return _minus(lot, 0.1) + body + gap + lot.choice("kkkKMMMMGBTmµ")


def _percent(lot: random.Random) -> str:
    body = _digits(lot, 3) if lot.random() < 0.75 else f"{lot.randrange(100)}.{lot.randrange(10)}"
    return _minus(lot, 0.1) + body + (" " if lot.random() < 0.1 else "") + "%"


def _degrees(lot: random.Random) -> str:
    return _minus(lot) + _digits(lot, 3) + "°"


def _currency(lot: random.Random) -> str:
    body = _digits(lot, 4) if lot.random() < 0.5 else _grouped(lot).lstrip("-−")
    sign = lot.choice("$$€£¥")
    return body + (" " if lot.random() < 0.5 else "") + sign if lot.random() < 0.15 else _minus(lot, 0.05) + sign + body


def _mantissa(lot: random.Random) -> str:
    return str(lot.randint(1, 9)) + (f".{lot.randrange(10)}" + (str(lot.randrange(10)) if lot.random() < 0.3 else "")
                                     if lot.random() < 0.6 else "")


def _scientific(lot: random.Random) -> str:
    exponent = lot.choice(("+", "-", "-", "−", "")) + (f"{lot.randint(0, 12):02d}" if lot.random() < 0.8
                                                       else str(lot.randint(1, 12)))
    return _minus(lot, 0.15) + _mantissa(lot) + lot.choice("eeeE") + exponent


def _exponent(lot: random.Random, most: int = 9) -> str:
    return (("-" if lot.random() < 0.45 else "") + str(lot.randint(0, most))).translate(_TO_RAISED)


def _power(lot: random.Random) -> str:
    roll = lot.random()
    if roll < 0.62:
        return _minus(lot, 0.12) + "10" + _exponent(lot, 9 if lot.random() < 0.85 else 19)
    if roll < 0.8:
        return "2" + _exponent(lot, 12)
    if roll < 0.9:
        return "e" + _exponent(lot)
    return _minus(lot, 0.1) + _mantissa(lot) + lot.choice(("×", " × ", "·")) + "10" + _exponent(lot)


def _offset(lot: random.Random) -> str:
    roll = lot.random()
    if roll < 0.4:
        return lot.choice(("1e", "1e", "1e-")) + str(lot.randint(1, 12))
    if roll < 0.75:
        return "×10" + _exponent(lot, 12)
    if roll < 0.9:
        return "+" + _mantissa(lot) + "e" + str(lot.randint(1, 9))
    return lot.choice("+−-") + _digits(lot, 6)


def _titled(lot: random.Random) -> str:
    power = "10" + _exponent(lot, 12)
    number = "1" + "0" * lot.randint(2, 7)
    opening, closing = lot.choice(("()", "()", "[]"))
    factor = lot.choice(("×", "×", "", "x")) + lot.choice((power, power, number))
    return f"{lot.choice(WORDS)} {opening}{factor}{closing}"


def _in_pi(lot: random.Random) -> str:
    count = "" if lot.random() < 0.45 else str(lot.randint(2, 9))
    return _minus(lot, 0.4) + count + "π" + (f"/{lot.choice('22223468')}" if lot.random() < 0.5 else "")


def _fraction(lot: random.Random) -> str:
    return f"{_minus(lot, 0.3)}{lot.randint(1, 9)}/{lot.choice('23456788')}"


def _clock(lot: random.Random) -> str:
    seconds = f":{lot.choice(('00', '15', '30', '45'))}" if lot.random() < 0.15 else ""
    return f"{lot.randrange(24):02d}:{lot.choice(('00', '00', '15', '30', '45', '20', '40', '10'))}{seconds}"


def _date(lot: random.Random) -> str:
    year, month, day = lot.randint(1960, 2040), lot.randint(1, 12), lot.randint(1, 28)
    name = lot.choice(WORDS[20:32])
    forms = (f"{year}-{month:02d}", f"{year}-{month:02d}-{day:02d}", f"{month:02d}/{year}", f"{month:02d}-{day:02d}",
             f"{name} {year}", f"{name} {day:02d}", f"Q{lot.randint(1, 4)} {year}")  # fmt: skip
    return lot.choice(forms)


def _words(lot: random.Random) -> str:
    if lot.random() < 0.5:
        return lot.choice(WORDS)
    count = lot.randint(1, 8)
    return "".join(lot.choice(string.ascii_letters) for _ in range(count))
