"""By how much the ink of a picture leans where no long line says so: at which turn its edges fall into line.

Ends of tick marks, the feet and heads of letters and pieces of faint gridlines stand in line with each other along a
picture that is not turned. Seen along the right direction their edges gather in few places, so the sum of squares of
the profile is largest there (the criterion of Postl's skew detector, 1986, over edges rather than ink).
"""

from __future__ import annotations

import cv2
import numpy as np

from calibration.geometry import BoolArray, ByteArray, FloatArray

COARSE_STEP_DEG, FINE_STEP_DEG = 0.2, 0.02
EDGE_LEVELS, CLIPPED_LEVELS = 2.0, 20.0
"""Weaker differences are noise; of stronger ones more does not count, or one face's rim outvotes all print."""
ALONG_FACTOR = 3.0
"""An edge runs along rows, or columns, where it is so much steeper across."""
MAX_WORKING_PX, MOST_EDGES = 900, 15_000
"""Beyond this a step of the search would pass over the turn; so many edges tell it as well as all."""
LEAST_GAIN, LEAST_WAY_GAIN, NEAR_BEST_FRAC = 1.3, 1.08, 0.9
"""By how much edges gather better at the turn than they do straight: both ways together, and each alone, nearly as
well as it does at any turn."""
SURE_WAY_GAIN = 1.7
"""Edges that gather so much better one way tell the turn alone, where those of the other way say next to nothing."""
SMOOTH_PX = 0.7
LONG_PX, SAGITTA_PX, SAGITTA_FRAC = 16, 1.0, 0.02
"""What is longer than a letter and bends by more than this, and by this share of its length, is the crest of a curve:
it is level at no turn."""

Edges = tuple[FloatArray, FloatArray, FloatArray]


def find_lean_deg(pixels: ByteArray, most_deg: float) -> float:
    """By how many degrees, counter-clockwise, edges of both ways lean together; 0 where they are straight or disagree.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 array
    most_deg : float
        The largest turn that is looked for.
    """
    level, upright = _edges(pixels)
    if not len(level[0]) or not len(upright[0]):
        return 0.0
    steps = round(most_deg / COARSE_STEP_DEG)
    turns: FloatArray = np.asarray(np.arange(-steps, steps + 1) * COARSE_STEP_DEG, np.float64)
    across, along = _gathered(level, turns), _gathered(upright, turns)
    turn = _agreed(turns, across, along)
    if not turn:
        return 0.0
    fine = turn + np.arange(-COARSE_STEP_DEG, COARSE_STEP_DEG + FINE_STEP_DEG / 2, FINE_STEP_DEG)
    score = np.log(_gathered(level, fine)) + np.log(_gathered(upright, fine))
    return float(fine[int(score.argmax())])


def _agreed(turns: FloatArray, across: FloatArray, along: FloatArray) -> float:
    """The turn that edges of both ways speak for; 0 where they do not."""
    straight = len(turns) // 2
    gains = across / across[straight], along / along[straight]
    best = int((gains[0] * gains[1]).argmax())
    if gains[0][best] * gains[1][best] < LEAST_GAIN:
        return 0.0
    least = LEAST_WAY_GAIN if max(gain[best] for gain in gains) < SURE_WAY_GAIN else 0.0
    agreed = all(gain[best] >= max(least, NEAR_BEST_FRAC * gain.max()) for gain in gains)
    return float(turns[best]) if agreed else 0.0


def _edges(pixels: ByteArray) -> tuple[Edges, Edges]:
    """Places (x, y) from the middle, and signed strengths, of edges along rows, and of those along columns."""
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    factor = min(1.0, MAX_WORKING_PX / max(gray.shape))
    if factor < 1.0:
        gray = cv2.resize(gray, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    gray = cv2.GaussianBlur(gray.astype(np.float32), (0, 0), SMOOTH_PX)
    right, down = (cv2.Sobel(gray, cv2.CV_32F, *way, ksize=3) / 8 for way in ((1, 0), (0, 1)))
    height, width = gray.shape
    found = []
    for own, other in ((down, right), (right, down)):
        edge = (np.abs(own) > EDGE_LEVELS) & (np.abs(own) > ALONG_FACTOR * np.abs(other))
        along_x = own is down
        for sign in (1.0, -1.0):  # both rims of a stroke apart
            rim = edge & (sign * own > 0)
            edge &= ~_bent(rim) if along_x else ~_bent(np.ascontiguousarray(rim.T)).T
        y, x = np.nonzero(edge)
        strength = np.clip(own[edge], -CLIPPED_LEVELS, CLIPPED_LEVELS).astype(float)
        if len(x) > MOST_EDGES:
            kept = np.random.default_rng(0).choice(len(x), MOST_EDGES, replace=False)
            x, y, strength = x[kept], y[kept], strength[kept]
        found.append((x - (width - 1) / 2, y - (height - 1) / 2, strength))
    # rows are told by y, columns by x: seen from there both turn alike
    level, (x, y, strength) = found
    return level, (-y, x, strength)


def _bent(rim: BoolArray) -> BoolArray:
    """Where pieces of a mask, each running along rows, are arcs rather than straight."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(rim.astype(np.uint8), connectivity=8)
    bent = np.zeros(len(stats), bool)
    long = (stats[:, 2] >= LONG_PX) & (stats[:, 3] > SAGITTA_PX)
    for index in np.flatnonzero(long[1:]) + 1:
        left, top, width, height = (int(part) for part in stats[index, :4])
        ys, xs = np.nonzero(labels[top : top + height, left : left + width] == index)
        half = width / 2
        sagitta_px = abs(np.polyfit((xs - half) / half, ys, 2)[0])
        bent[index] = sagitta_px > max(SAGITTA_PX, SAGITTA_FRAC * width)
    return np.asarray(bent[labels], bool)


def _gathered(edges: Edges, turns_deg: FloatArray) -> FloatArray:
    """How well edges gather in lines at each of the turns."""
    x, y, strength = edges
    scores = []
    for turn in np.radians(turns_deg):
        place = y * np.cos(turn) + x * np.sin(turn)
        place -= place.min()
        first = place.astype(np.intp)
        part = place - first
        size = int(first.max()) + 2
        profile = np.bincount(first, strength * (1.0 - part), size) + np.bincount(first + 1, strength * part, size)
        scores.append(float((profile**2).sum()) + 1e-9)
    return np.array(scores)
