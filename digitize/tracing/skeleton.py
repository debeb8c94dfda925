"""A colour's ink as arcs between crossings, joined to trails that go straight through each crossing."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from skimage.morphology import skeletonize

from calibration.geometry import BoolArray, FloatArray

CLEAR_STROKES = 1.0
CLEAR_PX = 2.0
"""Around a crossing the skeleton says nothing within this radius."""
DIRECTION_STROKES = 3.0
DIRECTION_PX = 6.0
"""Length of an arc's end that tells its direction."""
SPUR_STROKES = 2.0
SPUR_PX = 4.0
"""A dead end shorter than this is a rough edge of the stroke."""
WORST_TURN_DEG = 60.0
"""Two ends that would need a sharper turn are not joined."""
HIDDEN_STROKES = 7.0
HIDDEN_PX = 8.0
"""How far a free end may lie from the next under foreign ink."""
HIDDEN_SHARE = 0.5
BARE_PX = 2.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trail:
    """One curve: (N, 2) points in drawing order, and which of them bridge a crossing or a hidden place."""

    points: FloatArray
    bridged: BoolArray
    closed: bool

    @property
    def length_px(self) -> float:
        return float(np.hypot(*np.diff(self.points, axis=0).T).sum())


def find_trails(own: BoolArray, hidden: BoolArray, stroke_px: float) -> list[Trail]:
    """The curves of a colour, longest first.

    Parameters
    ----------
    own : (H, W) bool array
        The ink.
    hidden : (H, W) bool array
        Where it may run unseen.
    stroke_px : float
    """
    arcs, junctions = _cut(own, stroke_px)
    if not arcs:
        return []
    reach = max(DIRECTION_STROKES * stroke_px, DIRECTION_PX)
    # end 2k is the start of arc k, end 2k + 1 its end
    ends = np.array([point for arc in arcs for point in (arc[0], arc[-1])], float)
    outward = np.array([_direction(arc, reach, at_end=bool(e)) for arc in arcs for e in (0, 1)])
    partner = _join_ends(ends, outward, junctions, hidden, stroke_px)
    return sorted(_walk(arcs, partner), key=lambda trail: -trail.length_px)


def _cut(own: BoolArray, stroke_px: float) -> tuple[list[FloatArray], FloatArray]:
    """Unbranched arcs as ordered points (x, y), and the places of the crossings."""
    thin = np.asarray(skeletonize(own), np.uint8)  # type: ignore[no-untyped-call]
    around = cv2.filter2D(thin, cv2.CV_16S, np.ones((3, 3), np.int16), borderType=cv2.BORDER_CONSTANT) - thin
    branching = (thin > 0) & (around >= 3)
    radius = int(np.ceil(max(CLEAR_STROKES * stroke_px, CLEAR_PX)))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    zone = cv2.dilate(branching.astype(np.uint8), disc)
    count, _, _, centres = cv2.connectedComponentsWithStats(zone, connectivity=8)
    rest = ((thin > 0) & (zone == 0)).astype(np.uint8)
    number, labels = cv2.connectedComponents(rest, connectivity=8)
    rows, cols = np.nonzero(rest)
    order = np.argsort(labels[rows, cols], kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(labels[rows, cols][order])) + 1) if number > 1 else []
    arcs = [_ordered(np.column_stack([cols[group], rows[group]])) for group in groups]
    junctions = np.asarray(centres[1:count], float).reshape(-1, 2)
    spur = max(SPUR_STROKES * stroke_px, SPUR_PX)
    kept = []
    for arc in arcs:
        near = [_least_distance(junctions, end) < 2.0 * radius + 2.0 for end in (arc[0], arc[-1])]
        if len(arc) < spur and sum(near) < 2:
            continue
        if len(arc) >= 3:
            kept.append(arc)
    return kept, junctions


def _least_distance(places: FloatArray, point: FloatArray) -> float:
    return float(np.hypot(*(places - point).T).min()) if len(places) else np.inf


def _ordered(points: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> FloatArray:
    """The pixels of an unbranched arc one after the other."""
    index = {(int(x), int(y)): k for k, (x, y) in enumerate(points)}
    steps = [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1)]
    neighbours = [
        [index[x + dx, y + dy] for dx, dy in steps if (x + dx, y + dy) in index] for x, y in points.tolist()
    ]
    start = next((k for k, near in enumerate(neighbours) if len(near) <= 1), 0)
    path, seen = [start], {start}
    while True:
        onward = [k for k in neighbours[path[-1]] if k not in seen]
        if not onward:
            break
        path.append(onward[0])
        seen.add(onward[0])
    return points[path].astype(float)


def _direction(arc: FloatArray, reach: float, *, at_end: bool) -> FloatArray:
    """Unit vector that leads out of an arc's end."""
    part = arc[::-1] if at_end else arc
    part = part[: max(int(reach), 3)]
    chord = part[0] - part[-1]
    return np.asarray(chord / max(float(np.hypot(*chord)), 1e-9), float)


def _join_ends(
    ends: FloatArray, outward: FloatArray, junctions: FloatArray, hidden: BoolArray, stroke_px: float
) -> dict[int, int]:
    """Which end goes on as which other: the straightest pairs first."""
    radius = int(np.ceil(max(CLEAR_STROKES * stroke_px, CLEAR_PX)))
    at = [int(np.hypot(*(junctions - end).T).argmin()) if len(junctions) else -1 for end in ends]
    near = 2.5 * radius + 2.0
    inside = [k >= 0 and float(np.hypot(*(junctions[k] - end))) < near for k, end in zip(at, ends, strict=True)]
    gap = max(HIDDEN_STROKES * stroke_px, HIDDEN_PX)
    choices: list[tuple[float, int, int]] = []
    for i in range(len(ends)):
        for j in range(i + 1, len(ends)):
            between = ends[j] - ends[i]
            distance = float(np.hypot(*between))
            shared = inside[i] and inside[j] and at[i] == at[j]
            if not shared and (distance > gap or not _is_hidden(ends[i], ends[j], hidden, distance)):
                continue
            turn = np.degrees(np.arccos(np.clip(-outward[i] @ outward[j], -1.0, 1.0)))
            if distance > 1.0:
                towards = between / distance
                turn = max(turn, float(np.degrees(np.arccos(np.clip(outward[i] @ towards, -1.0, 1.0)))) * 0.7)
            if turn < WORST_TURN_DEG:
                choices.append((float(turn), i, j))
    partner: dict[int, int] = {}
    for _, i, j in sorted(choices):
        if i not in partner and j not in partner:
            partner[i], partner[j] = j, i
    return partner


def _is_hidden(a: FloatArray, b: FloatArray, hidden: BoolArray, distance: float) -> bool:
    if distance < BARE_PX:
        return True
    t = np.linspace(0.1, 0.9, 9)[:, None]
    cols, rows = np.round(a + t * (b - a)).astype(int).T
    return bool(hidden[rows, cols].mean() >= HIDDEN_SHARE)


def _walk(arcs: list[FloatArray], partner: dict[int, int]) -> list[Trail]:
    """Arcs strung together."""
    free = set(range(len(arcs)))
    trails = []
    starts = [end for end in range(2 * len(arcs)) if end not in partner]
    for begin in [*starts, *range(2 * len(arcs))]:
        if begin // 2 not in free:
            continue
        entry = begin
        pieces: list[FloatArray] = []
        closed = False
        while True:
            arc = entry // 2
            free.discard(arc)
            pieces.append(arcs[arc] if entry % 2 == 0 else arcs[arc][::-1])
            onward = partner.get(arc * 2 + 1 - entry % 2)
            if onward is None:
                break
            if onward // 2 not in free:
                closed = onward == begin
                break
            entry = onward
        trails.append(_string(pieces, closed=closed))
    return trails


def _string(pieces: list[FloatArray], *, closed: bool) -> Trail:
    points, bridged = [pieces[0]], [np.zeros(len(pieces[0]), bool)]
    looped = [*pieces, pieces[0][:1]] if closed else pieces
    for before, after in pairwise(looped):
        count = int(np.hypot(*(after[0] - before[-1])))
        t = (np.arange(1, count) / max(count, 1))[:, None]
        points += [before[-1] + t * (after[0] - before[-1]), after]
        bridged += [np.ones(max(count - 1, 0), bool), np.zeros(len(after), bool)]
    return Trail(points=np.concatenate(points), bridged=np.concatenate(bridged), closed=closed)
