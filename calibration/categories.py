"""Category axes: words, or uneven numbers, at even distances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.axis import Tick
from calibration.geometry import FloatArray, Side
from calibration.labels import LabelMark

PITCH_TOLERANCE_FRAC = 0.12
"""How far from its even place a category may stand, as a share of the pitch."""
SAME_PLACE_HEIGHTS = 0.5
NEXT_PLACES = 1.5
"""A word out of line counts where it stands at the next place."""
WORD_CONFIDENCE = 0.6
NUMBER_CONFIDENCE = 0.8
FEWEST_NUMBERS = 4
FEWEST_TICKS, MOST_TICKS_EACH, SAME_LENGTH_FRAC = 3, 3, 0.25
"""Ticks of one length, no more than so many for each label, stand at places whose words were not read, too."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Places:
    """Category labels and their places.

    Attributes
    ----------
    indices : tuple of int
        Of the marks that are categories.
    place : (n,) array
        0 for the leftmost or lowest.
    labels : tuple of str
        By place; empty text where a label was dropped.
    """

    indices: tuple[int, ...]
    place: FloatArray
    labels: tuple[str, ...]


def is_word(mark: LabelMark) -> bool:
    """Whether a label is a word rather than a number or a date that was read wrong."""
    letters = sum(char.isalpha() for char in mark.text)
    if mark.likely_number or mark.dates or mark.confidence < WORD_CONFIDENCE:
        return False
    return letters >= 2 and 2 * letters >= len(mark.text.replace(" ", ""))


def find_places(side: Side, marks: Sequence[LabelMark], *, numbers: bool) -> Places | None:
    """Places of category labels; None where they do not stand evenly.

    Parameters
    ----------
    side : Side
    marks : sequence of LabelMark
        Sorted along the axis.
    numbers : bool
        Whether numbers may be categories too (where no scale explains them).
    """
    rows = [i for i, mark in enumerate(marks) if mark.in_row]
    words = [i for i in rows if is_word(marks[i])]
    if len(words) * 2 > len(rows):
        kept = [i for i in rows if is_word(marks[i]) or (numbers and marks[i].confidence >= NUMBER_CONFIDENCE)]
    elif numbers and len(rows) >= FEWEST_NUMBERS and all(marks[i].confidence >= NUMBER_CONFIDENCE for i in rows):
        kept = rows
    else:
        return None
    if len(kept) < 2 or len({marks[i].text for i in kept}) < len(kept):
        return None
    position = np.array([marks[i].position_px for i in kept])
    steps = np.diff(position)
    height = marks[kept[0]].height_px
    if steps.min() < SAME_PLACE_HEIGHTS * height:
        return None
    pitch = float(np.median(steps[steps <= 1.4 * steps.min()]))
    place = np.round((position - position[0]) / pitch)
    slope, intercept = np.polyfit(position, place, 1)
    strays = [i for i, mark in enumerate(marks) if not mark.in_row and is_word(mark)]
    for index in strays:  # its box was cut short, or it was read beside its place
        at = slope * marks[index].position_px + intercept
        free = abs(at - place).min() > 1.0 - 2 * PITCH_TOLERANCE_FRAC
        if free and abs(at - round(at)) <= PITCH_TOLERANCE_FRAC and abs(at - place).min() < NEXT_PLACES:
            kept, place = [*kept, index], np.append(place, round(at))
            position = np.append(position, marks[index].position_px)
    order = np.argsort(position)
    kept, place, position = [kept[i] for i in order], place[order] - place.min(), position[order]
    slope, intercept = np.polyfit(position, place, 1)
    if np.abs(slope * position + intercept - place).max() > PITCH_TOLERANCE_FRAC or place[-1] > 3 * len(kept):
        return None
    if numbers and not words and place[-1] >= len(kept):
        return None  # numbers with gaps between them are badly read, not categories
    if side in ("left", "right"):
        place = place[-1] - place
    labels = [""] * (int(place.max()) + 1)
    for index, at in zip(kept, place, strict=True):
        labels[int(at)] = marks[index].text
    return Places(indices=tuple(kept), place=place, labels=tuple(labels))


def counted_by_ticks(side: Side, places: Places, at_px: FloatArray, ticks: Sequence[Tick]) -> Places:
    """The places counted from the first tick on, where even ticks stand at all labels and at others that are unread.

    Parameters
    ----------
    side : Side
    places : Places
        As counted from the first label.
    at_px : (n,) array
        Where the labels stand, in the order of ``places``.
    ticks : sequence of Tick
    """
    marks = sorted((tick for tick in ticks if tick.kind == "tick"), key=lambda tick: tick.position_px)
    lengths = np.array([tick.length_px for tick in marks])
    if not max(FEWEST_TICKS, len(places.labels) + 1) <= len(marks) <= MOST_TICKS_EACH * len(at_px) + 1:
        return places
    at = np.array([tick.position_px for tick in marks])
    pitch_px = float(np.median(np.diff(at)))
    even = np.abs(np.diff(at) - pitch_px).max() <= PITCH_TOLERANCE_FRAC * pitch_px
    alike = np.ptp(lengths) <= max(SAME_LENGTH_FRAC * float(lengths.max()), 1.0)
    off_px = np.abs(at[:, None] - at_px[None, :])
    if not (even and alike) or off_px.min(axis=0).max() > PITCH_TOLERANCE_FRAC * pitch_px:
        return places
    place = off_px.argmin(axis=0).astype(float)
    if side in ("left", "right"):
        place = len(at) - 1 - place
    labels = [""] * len(at)
    for own, word in zip(place, (places.labels[int(k)] for k in places.place), strict=True):
        labels[int(own)] = word
    return Places(indices=places.indices, place=place, labels=tuple(labels))
