"""From what a recognition network says at every step to the text of a line.

Greedy CTC decoding (Graves et al., ICML 2006): the best class of every time step, repeats merged, blanks dropped. One
run of a network gives two readings: the free one, and one in which only the characters of numbers may come out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.geometry import FloatArray

NUMERIC_CHARACTERS = "0123456789+-−–.,eE%kKMGTBµ×x^⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺"
SILENT_CHARACTERS = "$€£() "
"""Allowed beside the numeric ones so that they are not bent into digits; they are dropped afterwards."""
RAISED_CHARACTERS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺"
TRAILING = re.compile(r"(?<=[\d%kKMGBT])[-−–+eE×x.,]+$")
"""What no number ends in: a tick mark or a speck read along."""
NUMERIC_SUPPORT_MIN = 0.4
"""Mean probability, over the characters read freely, that numeric characters must reach."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reading:
    """What one crop says.

    Attributes
    ----------
    text, numeric : str
        Free and number-only reading.
    confidence : float
        Mean probability of the free reading's characters; 0 where nothing was read.
    weakest : float
        Probability of the least sure character; 0 where nothing was read.
    columns : (len(text),) float array
        Where in the crop each character of ``text`` was seen, as a fraction of its width.
    """

    text: str
    numeric: str
    confidence: float
    weakest: float
    columns: FloatArray


NOTHING = Reading(text="", numeric="", confidence=0.0, weakest=0.0, columns=np.empty(0))


def find_numeric_classes(alphabet: tuple[str, ...]) -> NDArray[np.intp]:
    """The classes that may come out of a number-only reading; the blank, class 0, first."""
    wanted = set(NUMERIC_CHARACTERS + SILENT_CHARACTERS)
    return np.array([0, *(index for index, name in enumerate(alphabet) if name in wanted)], np.intp)


def decode(
    probability: NDArray[np.float32], alphabet: tuple[str, ...], numeric_classes: NDArray[np.intp], width_ratio: float
) -> Reading:
    """The reading of one line.

    Parameters
    ----------
    probability : (steps, classes) float32 array
        Class 0 is the blank.
    alphabet : tuple of str
        The character of every class.
    width_ratio : float
        Width of the network's input over that of the line in it.
    """
    best = probability.argmax(axis=1)
    seen = _emitted(best)
    text = "".join(alphabet[best[step]] for step in seen)
    if not text:
        return NOTHING
    sure = probability[seen, best[seen]]
    masked = probability[:, numeric_classes]
    choice = masked.argmax(axis=1)
    numeric = "".join(alphabet[numeric_classes[choice[step]]] for step in _emitted(choice))
    numeric = "".join(character for character in numeric if character not in SILENT_CHARACTERS)
    if "^" not in numeric and numeric[-1:] not in RAISED_CHARACTERS:
        numeric = TRAILING.sub("", numeric)
    support = float(masked[seen, 1:].max(axis=1).mean())
    if support < NUMERIC_SUPPORT_MIN or not any(character.isdigit() for character in numeric):
        numeric = ""
    return Reading(
        text=text,
        numeric=numeric,
        confidence=float(np.clip(sure.mean(), 0.0, 1.0)),
        weakest=float(np.clip(sure.min(), 0.0, 1.0)),
        columns=(seen + 0.5) / len(best) * width_ratio,
    )


def _emitted(best: NDArray[np.intp]) -> NDArray[np.intp]:
    """Steps at which a CTC path says a new character."""
    changed = np.ones(len(best), bool)
    changed[1:] = best[1:] != best[:-1]
    return np.flatnonzero(changed & (best != 0))
