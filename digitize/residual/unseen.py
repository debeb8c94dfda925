"""Drawn ink that the picture does not show: stretches of a line that cross bare background."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.geometry import BoolArray, Box, FloatArray
from digitize.residual.courses import Course, cut_courses, is_own, to_ray
from digitize.tracing.canvas import INK_RGB, Canvas
from digitize.values import Trace

BESIDE_PX = 1.5
"""The line's ink may lie so far beside its stroke."""
BETWEEN_PX = 0.7
BARE_FRAC = 0.2
"""A pixel weaker than this share of the line's colour shows none of it."""
BARE_SHARE = 0.6
"""Share of the places across a stroke that are bare where there is no stroke."""
GAP_STROKES = 4.0
GAP_PX = 4.0
GAP_TIMES = 2.5
"""A bare stretch is longer than a gap between dashes: strokes, and times the line's own usual gap."""
FEWEST_GAPS = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Unseen:
    """A stretch of a trace where the picture shows bare background.

    Attributes
    ----------
    rows : slice
        Of the trace's points: the one before the stretch to the one after it.
    ends : (2, 2) float array
        Where it begins and ends, in whole-image pixels.
    length_px : float
    box : Box
        Around it.
    """

    rows: slice
    ends: FloatArray
    length_px: float
    box: Box


def find_unseen(trace: Trace, canvas: Canvas) -> list[Unseen]:
    """Where a line is drawn and the picture shows nothing, gaps between its dashes left out.

    Parameters
    ----------
    trace : Trace
        Of kind ``line`` or ``step``.
    canvas : Canvas
        Texts and hidden places, where nothing can be said, are marked.
    """
    courses = cut_courses(trace, canvas)
    bare = [_is_bare(course, trace, canvas) for course in courses]
    lengths = np.array([last - first for one in bare for first, last in _runs(one)], float)
    inner = lengths[lengths > 1]
    usual = float(np.median(inner)) if len(inner) >= FEWEST_GAPS else 0.0
    least = max(GAP_STROKES * trace.stroke_px + GAP_PX, GAP_TIMES * usual)
    origin = np.array([canvas.left, canvas.top], float)
    found = []
    for course, one in zip(courses, bare, strict=True):
        for first, last in _runs(one):
            if last - first <= least:
                continue
            part = course.points[first:last] + origin
            (left, top), (right, bottom) = part.min(axis=0).tolist(), part.max(axis=0).tolist()
            found.append(
                Unseen(
                    rows=slice(int(course.rows[first]), int(course.rows[last - 1]) + 2),
                    ends=part[[0, -1]],
                    length_px=float(last - first),
                    box=Box(left=left, top=top, right=right, bottom=bottom),
                )
            )
    return found


def _is_bare(course: Course, trace: Trace, canvas: Canvas) -> BoolArray:
    """Which places of a course show background across the whole stroke and none of the line's ink beside it."""
    reach, ray = trace.stroke_px / 2 + BESIDE_PX, to_ray(trace, canvas)
    across = np.linspace(-reach, reach, max(int(np.ceil(2 * reach / BETWEEN_PX)) + 1, 3))
    at = np.round(course.points[:, None, :] + across[None, :, None] * course.normals[:, None, :]).astype(np.int64)
    rows, cols = np.clip(at[..., 1], 0, canvas.shape[0] - 1), np.clip(at[..., 0], 0, canvas.shape[1] - 1)
    outside = (rows != at[..., 1]) | (cols != at[..., 0])
    pixels = canvas.colour[rows, cols]
    strength = np.sqrt(np.einsum("...k,...k->...", pixels, pixels))
    unknown = (canvas.blocked | canvas.text | canvas.grid)[rows, cols] | outside
    empty = (strength < max(INK_RGB, BARE_FRAC * float(np.linalg.norm(ray)))) & ~unknown
    inner = np.abs(across) <= max(trace.stroke_px / 2, BETWEEN_PX)
    bare = (empty[:, inner].mean(axis=1) > BARE_SHARE) & ~is_own(pixels, ray).any(axis=1)
    return np.asarray(bare, bool)


def _runs(mask: BoolArray) -> Sequence[tuple[int, int]]:
    edges = np.diff(np.concatenate([[0], mask.astype(np.int8), [0]]))
    return list(zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True))
