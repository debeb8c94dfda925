"""By how much short labels are turned, decided for all labels of a row together.

The rectangle around two or three characters says little about their angle: a raised exponent tilts an upright label,
and a turned ``0.5`` looks nearly square. But the labels of an axis are all turned alike, and a few of them, read both
ways, tell for all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from calibration.geometry import ByteArray, FloatArray
from digitize.ocr.detector import Quad
from digitize.ocr.label_network import is_label_value, read_label_crops
from digitize.ocr.lines import cut_around, cut_turned, upright_quad
from digitize.ocr.recognizer import read_crops
from digitize.ocr.superscripts import find_exponent

SLANTED_DEG = (12.0, 78.0)
SAME_TURN_DEG = 12.0
USUAL_STEP_DEG, USUAL_REACH_DEG = 15.0, 4.5
"""Labels are turned by 30, 45 or 60 degrees, hardly ever by 43."""
CHOSEN_DEG, NEAR_DEG = (30.0, 45.0, 60.0), 24.0
"""The turns that people choose; rectangles around short labels, raised exponents among them, are off by so much."""
CLEARER = 0.05
"""How much surer labels must be read at a chosen turn than at the one seen."""
SURELY_READ, FAR_CLEARER = 0.8, 0.3
"""How surely labels must be read at one turn, and how much more so than at others, for nothing else to be asked."""
FAIRLY_READ, NOT_READ = 0.45, 0.15
"""Half of them are enough where at no other turn anything is read."""
MOST_SHOWN, SHOWN_HEIGHTS = 6, 0.3
"""Labels of a row that are read at each turn, and what is shown around them."""
STEEP_DEG = -40.0
SAME_HEIGHT_FRAC = 0.4
ROW_HEIGHTS = 2.5
FEWEST_ALIKE = 2
MOST_READ = 3
AS_LEGIBLE = 0.06
"""Slightly turned text is read nearly as surely when cut upright; upright text cut at an angle is not."""
LONGEST_RATIO = 4.5
"""A longer line knows its own angle."""
WORD = re.compile(r"[^\W\d_]{3}")
"""So many letters in a row are no power."""
POWERS_FRAC, LONGEST_POWER_RATIO = 0.6, 3.5
"""Where as many lines of a row end in a raised group when cut level, or upright, they are powers and turned so."""


def settled_turns(pixels: ByteArray, quads: Sequence[Quad]) -> list[Quad]:
    """The rectangles, those of short slanted lines that come in rows at the angle of their row, or upright.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 array
    quads : sequence of Quad
        As a finder proposed them.
    """
    settled = list(quads)
    slanted = [i for i, quad in enumerate(quads) if SLANTED_DEG[0] < abs(quad.angle_deg) < SLANTED_DEG[1]]
    while slanted:
        group = _largest_group([quads[i] for i in slanted])
        members = [slanted[k] for k in group]
        slanted = [i for i in slanted if i not in members]
        if len(members) < FEWEST_ALIKE:
            continue
        own = [quads[i] for i in members]
        turn = _common_turn(own)
        height_px = float(np.median([quad.height_px for quad in sorted(own, key=_ratio)[len(own) // 2 :]]))
        clear = _clearness_by_turn(pixels, own, turn, height_px)
        sure = _surest(clear)
        powers = _at_right_angle(own, sure) if sure in (0.0, 90.0) else []
        if sure is None:
            powers = next((found for angle in (0.0, 90.0) if (found := _as_powers(pixels, own, angle))), [])
        if powers:
            for i, power in zip(members, powers, strict=True):
                settled[i] = power
            continue
        turn = _clearest(clear, turn) if sure is None else sure
        turned = [quad if _ratio(quad) > LONGEST_RATIO else _at_turn(quad, turn, height_px) for quad in own]
        flat = _at_right_angle(own, 0.0)
        as_turned, as_flat = legibility(pixels, turned), legibility(pixels, flat)
        if turn < STEEP_DEG:  # labels seldom read downward, but powers that read upward look so
            upward = _at_right_angle(own, 90.0)
            if legibility(pixels, upward) > max(as_turned, as_flat) - AS_LEGIBLE:
                turned, as_turned = upward, 1.0
        fits = as_turned > as_flat - AS_LEGIBLE
        for i, one, other in zip(members, turned, flat, strict=True):
            if fits:
                settled[i] = one
            elif _ratio(one) <= LONGEST_RATIO:
                settled[i] = other
    return settled


def _as_powers(pixels: ByteArray, quads: Sequence[Quad], angle_deg: float) -> list[Quad]:
    """The rectangles at an angle at which most lines end in a raised exponent; empty where they do not.

    The digits of a slanted line are of one height: its last ones stand higher, but are not smaller. The ends of
    slanted words may be both.
    """
    if any(_ratio(quad) > LONGEST_POWER_RATIO for quad in quads):
        return []
    turned = _at_right_angle(quads, angle_deg)
    cut = [cut_turned(pixels, quad, angle_deg) for quad in turned]
    raised = [any(find_exponent(line.crop, line.ink) is not None for line in lines) for lines in cut]
    if np.mean(raised) < POWERS_FRAC:
        return []
    said = read_crops([line.crop for lines in cut for line in lines][:MOST_SHOWN])
    words = sum(bool(WORD.search(reading.text)) for reading in said)
    return turned if 2 * words < len(said) else []


def _at_right_angle(quads: Sequence[Quad], angle_deg: float) -> list[Quad]:
    """Rectangles around the same ink that are level, or read upward."""
    level = [replace(upright_quad(quad), settled=True) for quad in quads]
    if not angle_deg:
        return level
    return [replace(q, angle_deg=angle_deg, length_px=q.height_px, height_px=q.length_px) for q in level]


def _ratio(quad: Quad) -> float:
    return quad.length_px / max(quad.height_px, 1.0)


def _largest_group(quads: Sequence[Quad]) -> list[int]:
    """Rectangles turned alike, of one height, in one row or column, the most there are."""
    angle = np.array([quad.angle_deg for quad in quads])
    height = np.array([min(quad.height_px, quad.length_px) for quad in quads])
    alike = np.abs(angle[:, None] - angle[None, :]) <= SAME_TURN_DEG
    alike &= np.abs(height[:, None] - height[None, :]) <= SAME_HEIGHT_FRAC * height[:, None]
    # labels of one axis may take turns on two rows, and slanted ones end at their ticks
    x, y = np.array([quad.x for quad in quads]), np.array([quad.y for quad in quads])
    reach_px = ROW_HEIGHTS * height[:, None]
    alike &= (np.abs(x[:, None] - x[None, :]) <= reach_px) | (np.abs(y[:, None] - y[None, :]) <= reach_px)
    return [int(i) for i in np.flatnonzero(alike[int(alike.sum(axis=1).argmax())])]


def _common_turn(quads: Sequence[Quad]) -> float:
    """The median angle, longer lines counting more, at the usual step where that is near."""
    angle = np.array([quad.angle_deg for quad in quads])
    weight: FloatArray = np.array([max(_ratio(quad) - 1.0, 0.05) for quad in quads])
    order = np.argsort(angle)
    share = np.cumsum(weight[order]) / weight.sum()
    turn = float(angle[order][int(np.searchsorted(share, 0.5))])
    usual = round(turn / USUAL_STEP_DEG) * USUAL_STEP_DEG
    return usual if abs(turn - usual) <= USUAL_REACH_DEG else turn


def _clearness_by_turn(
    pixels: ByteArray, quads: Sequence[Quad], turn_deg: float, height_px: float
) -> dict[float, float]:
    """How surely short labels are read as values at the turn seen, level, upright, and as people slant them; 0 to 1."""
    short = [quad for quad in quads if _ratio(quad) <= LONGEST_RATIO][:MOST_SHOWN]
    if len(short) < FEWEST_ALIKE:
        return {}
    turns = {turn_deg, 0.0, 90.0, *(float(np.sign(turn_deg)) * chosen for chosen in CHOSEN_DEG)}
    return {turn: _clearness(pixels, short, turn, height_px) for turn in turns}


def _surest(clear: Mapping[float, float]) -> float | None:
    """The turn at which labels are read far better than at any that is not near it; None where there is none."""
    best = max(clear, key=lambda turn: clear[turn], default=None)
    if best is None or clear[best] < FAIRLY_READ:
        return None
    near_deg = 0.0 if best in (0.0, 90.0) else USUAL_STEP_DEG
    others = [value for turn, value in clear.items() if abs(turn - best) > near_deg]
    chosen = [turn for turn in (*CHOSEN_DEG, *(-turn for turn in CHOSEN_DEG), 0.0, 90.0) if turn in clear]
    usual = max(chosen, key=lambda turn: clear[turn])
    surest = usual if clear[usual] > clear[best] - CLEARER else best
    legible = clear[best] >= SURELY_READ or max(others, default=0.0) <= NOT_READ
    return surest if legible and clear[best] > max(others, default=0.0) + FAR_CLEARER else None


def _clearest(clear: Mapping[float, float], turn_deg: float) -> float:
    """The turn seen, or one near it that people choose and at which labels are read more surely."""
    near = [turn for turn in clear if abs(turn) in CHOSEN_DEG and 0 < abs(turn - turn_deg) <= NEAR_DEG]
    best = max(near, key=lambda turn: clear[turn], default=turn_deg)
    return best if clear.get(best, 0.0) > clear.get(turn_deg, 0.0) + CLEARER else turn_deg


def _clearness(pixels: ByteArray, quads: Sequence[Quad], turn_deg: float, height_px: float) -> float:
    """How surely the label network reads values in rectangles at a turn, in the middle of them; 0 to 1."""
    upright = turn_deg in (0.0, 90.0)
    turned = _at_right_angle(quads, turn_deg) if upright else [_at_turn(quad, turn_deg, height_px) for quad in quads]
    cut = [cut_turned(pixels, quad, turn_deg) for quad in turned]
    whole = [lines[0].quad for lines in cut if len(lines) == 1]  # text cut at a wrong angle falls apart into rows
    readings = read_label_crops([cut_around(pixels, quad, SHOWN_HEIGHTS, SHOWN_HEIGHTS) for quad in whole])
    values = [one.probabilities[0] for one in readings if is_label_value(one.texts[0])]
    return float(np.median([*values, *[0.0] * (len(quads) - len(values))]))


def _at_turn(quad: Quad, turn_deg: float, height_px: float) -> Quad:
    """The rectangle of a line of known height and angle that fills the same upright box."""
    box = upright_quad(quad)
    sin, cos = abs(np.sin(np.radians(turn_deg))), abs(np.cos(np.radians(turn_deg)))
    length = 0.5 * ((box.length_px - height_px * sin) / cos + (box.height_px - height_px * cos) / sin)
    length_px = float(max(length, height_px))
    return replace(quad, length_px=length_px, height_px=height_px, angle_deg=turn_deg, settled=True)


def legibility(pixels: ByteArray, quads: Sequence[Quad]) -> float:
    """How surely the recogniser reads what stands in the rectangles, those in the middle of the row; 0 to 1."""
    first = max((len(quads) - MOST_READ) // 2, 0)
    some = quads[first : first + MOST_READ]
    lines = [cut_turned(pixels, quad, quad.angle_deg) for quad in some]
    crops = [line.crop for found in lines for line in found]
    # text cut at a wrong angle falls apart into rows
    worth = [1.0 / len(found) for found in lines for _ in found]
    readings = read_crops(crops)
    return sum(w * reading.confidence for w, reading in zip(worth, readings, strict=True)) / max(len(crops), 1)
