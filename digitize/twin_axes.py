"""Which of two y axes a series belongs to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import numpy as np

from calibration.axis import AxisCalibration, PanelCalibration
from calibration.geometry import Box, ByteArray, TextBox
from digitize.colours import delta_e
from digitize.findings import Finding
from digitize.values import RGB, Panel, Trace

SAME_COLOUR_DELTA_E = 20.0
MIN_CHROMA_LEVELS = 40
"""Labels this far from grey are coloured on purpose."""
INK_FRAC = 0.8
TITLE_DEG = 60.0

_SIDE_WORDS = {
    "left": re.compile(r"[(\[]\s*(?:left|lhs|l\.?h\.?s\.?)\b[^)\]]*[)\]]?\s*$", re.IGNORECASE),
    "right": re.compile(r"[(\[]\s*(?:right|rhs|r\.?h\.?s\.?)\b[^)\]]*[)\]]?\s*$", re.IGNORECASE),
}
"""What names say in brackets at their end: pandas writes ``Rate (right)``, banks ``Rate (rhs)``."""

_Side = Literal["first", "twin"]


def choose_y_axes(
    pixels: ByteArray,
    panel: Panel,
    calibration: PanelCalibration,
    traces: Sequence[Trace],
    label_texts: Sequence[TextBox],
    texts: Sequence[TextBox] = (),
) -> tuple[tuple[AxisCalibration, ...], tuple[Finding, ...]]:
    """The y axis of every trace of a panel, decided for all of them together.

    Coloured tick labels, or a coloured axis title, claim the series of their colour; a name may say its side, or be
    in an axis' title. What nothing claims goes to the axis that nothing else belongs to; where both have series, to the
    first, with a finding.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 array
    panel : Panel
    calibration : PanelCalibration
    traces : sequence of Trace
    label_texts : sequence of TextBox
        Tick labels of the panel.
    texts : sequence of TextBox
        All texts of the figure: axis titles are among them.
    """
    twin = calibration.twin_y
    if twin is None:
        return tuple(calibration.y for _ in traces), ()
    axes, middle = panel.axes, panel.axes.centre[0]
    beside = [text for text in label_texts if axes.top <= text.box.centre[1] <= axes.bottom]
    left = ink_colour(pixels, [text for text in beside if text.box.centre[0] < middle])
    right = ink_colour(pixels, [text for text in beside if text.box.centre[0] >= middle])
    by_labels = (left, right) if calibration.y.side == "left" else (right, left)
    titled = [ink_colour(pixels, _titles(axis, axes, texts)) for axis in (calibration.y, twin)]
    colours = by_labels[0] or titled[0], by_labels[1] or titled[1]
    claimed = [_claim(trace, calibration.y, twin, colours) for trace in traces]
    empty: list[_Side] = [side for side in ("first", "twin") if side not in claimed]
    unclaimed = [trace for trace, side in zip(traces, claimed, strict=True) if side is None]
    rest: _Side = empty[0] if len(empty) == 1 else "first"
    chosen = tuple(twin if (side or rest) == "twin" else calibration.y for side in claimed)
    if not unclaimed or len(empty) == 1:
        return chosen, ()
    names = ", ".join(f"'{trace.label}'" for trace in unclaimed)
    guess = Finding(
        code="axis-guessed",
        severity="warning",
        panel=panel.index,
        message=f"Nothing says which y axis {names} belong to; the first was taken.",
    )
    return chosen, (guess,)


def _titles(axis: AxisCalibration, box: Box, texts: Sequence[TextBox]) -> list[TextBox]:
    """The texts along an upright axis that are its title."""
    return [
        text
        for text in texts
        if axis.title
        and axis.title in text.text
        and abs(text.angle_deg) > TITLE_DEG
        and (text.box.right < box.left if axis.side == "left" else text.box.left > box.right)
    ]


def _claim(
    trace: Trace, first: AxisCalibration, twin: AxisCalibration, colours: tuple[RGB | None, RGB | None]
) -> _Side | None:
    away = [delta_e(trace.colour, colour) if colour else np.inf for colour in colours]
    if min(away) <= SAME_COLOUR_DELTA_E:
        return "first" if away[0] <= away[1] else "twin"
    named = [side for side in _SIDE_WORDS if _SIDE_WORDS[side].search(trace.label)]
    if len(named) == 1:
        return "first" if (named[0] == first.side) else "twin"
    shared = [_shared_words(trace.label, axis.title) for axis in (first, twin)]
    if shared[0] == shared[1]:
        return None
    return "first" if shared[0] > shared[1] else "twin"


def _shared_words(name: str, title: str) -> int:
    words = [{word.strip("()[],.:") for word in text.casefold().split()} for text in (name, title)]
    return sum(len(word) > 1 for word in words[0] & words[1])


def ink_colour(pixels: ByteArray, texts: Sequence[TextBox]) -> RGB | None:
    """The common colour of some texts where it is not grey; None where it is, or where there are none."""
    found = []
    for text in texts:
        inside = pixels[text.box.slices(pixels.shape)].reshape(-1, 3).astype(int)
        if len(inside):
            away = np.abs(inside - np.median(inside, axis=0)).sum(axis=1)
            found.append(inside[away >= INK_FRAC * away.max()].mean(axis=0))
    if not found:
        return None
    red, green, blue = (int(level) for level in np.median(found, axis=0))
    return (red, green, blue) if max(red, green, blue) - min(red, green, blue) >= MIN_CHROMA_LEVELS else None
