"""What a panel's lines are drawn on and compared with: the picture, the ground, and where nothing is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from calibration.geometry import BoolArray, Box, FloatArray
from digitize.refining.paths import PathPiece
from digitize.rendering.ground import measure_ground
from digitize.values import Image, Panel, Trace

MARKER_REACH = 0.75
CROP_PX = 4.0
DRAWN_KINDS = ("line", "step", "reference")
BARE_FRAC = 0.12
"""A line that shows no ink on more of its course than this is dashed."""
ABSENT_FRAC = 0.75
"""And on more than this, not there."""
BARE_SHARE = 0.5
"""A place is bare where the picture is nearer to the ground than to the line's colour by this factor."""
ARC_STEP_PX = 0.5
FEWEST_ARC_STEPS = 20
GAP_RIM_PX = 3.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """A panel cut out of its figure.

    Attributes
    ----------
    picture, ground : (H, W, 3) float32 arrays
        What is there, and what lies under the lines.
    unusable : (H, W) bool array
        Pixels that say nothing: under texts, legends, markers.
    origin : (2,) float array
        Of the cut in the figure, x and y.
    """

    picture: NDArray[np.float32]
    ground: NDArray[np.float32]
    unusable: BoolArray
    origin: FloatArray


def cut_scene(
    image: Image, panel: Panel, traces: Sequence[Trace], pieces: Sequence[PathPiece], hidden: Sequence[Box]
) -> Scene:
    """The scene of a panel.

    Parameters
    ----------
    image : Image
    panel : Panel
    traces : sequence of Trace
        Lines whose ink is no ground, as followed and as sampled.
    pieces : sequence of PathPiece
        Whose markers say nothing of the lines.
    hidden : sequence of Box
        Places that say nothing.
    """
    rows, cols = panel.axes.expanded(CROP_PX).slices(image.pixels.shape)
    origin = np.array([cols.start, rows.start], float)
    lines = [(to_drawn(trace.points_px, trace), trace.stroke_px) for trace in traces if trace.kind in DRAWN_KINDS]
    picture = image.pixels[rows, cols].astype(np.float32)
    return Scene(
        picture=picture,
        ground=measure_ground(image, panel, lines)[0][rows, cols],
        unusable=_unusable(picture.shape, origin, pieces, hidden),
        origin=origin,
    )


def to_drawn(points: FloatArray, trace: Trace) -> FloatArray:
    """Vertices of the stroke through a trace's points: of a step, which holds its value and then jumps, its corners."""
    if trace.kind != "step" or len(points) < 2:
        return points
    corners = np.empty((2 * len(points) - 1, 2))
    corners[::2] = points
    corners[1::2] = np.column_stack([points[1:, 0], points[:-1, 1]])
    return corners


def _unusable(
    shape: tuple[int, ...], origin: FloatArray, pieces: Sequence[PathPiece], hidden: Sequence[Box]
) -> BoolArray:
    mask = np.zeros(shape[:2], np.uint8)
    for box in hidden:
        left, top = np.round(np.array([box.left, box.top]) - origin).astype(int).tolist()
        right, bottom = np.round(np.array([box.right, box.bottom]) - origin).astype(int).tolist()
        cv2.rectangle(mask, (left, top), (right, bottom), 1, -1)
    for piece in pieces:
        if piece.markers is None:
            continue
        radius = int(np.ceil(MARKER_REACH * piece.markers.width_px))
        for x in piece.markers.x.tolist():
            y = float(np.interp(x, piece.x, piece.y))
            cv2.circle(mask, (round(x - origin[0]), round(y - origin[1])), radius, 1, -1)
    return mask > 0


def find_gaps(scene: Scene, trace: Trace) -> tuple[BoolArray | None, bool]:
    """The gaps of a dashed line.

    Parameters
    ----------
    scene : Scene
    trace : Trace
        As followed.

    Returns
    -------
    gaps : (H, W) bool array or None
        Pixels beside which the line shows no ink; None for a solid line.
    present : bool
        Whether the line shows on enough of its course to be drawn at all.
    """
    course = _along(to_drawn(trace.points_px, trace) - scene.origin)
    shape = scene.picture.shape[:2]
    cols, rows = np.round(course).astype(np.int64).T
    inside = (rows >= 0) & (rows < shape[0]) & (cols >= 0) & (cols < shape[1])
    course, rows, cols = course[inside], rows[inside], cols[inside]
    told = ~scene.unusable[rows, cols]
    if told.sum() < FEWEST_ARC_STEPS:
        return None, True
    shown = scene.picture[rows, cols]
    to_ground = np.abs(shown - scene.ground[rows, cols]).sum(axis=1)
    to_colour = np.abs(shown - np.array(trace.colour, np.float32)).sum(axis=1)
    bare = (to_ground < BARE_SHARE * to_colour) & told
    share = float(bare.sum() / told.sum())
    if share <= BARE_FRAC:
        return None, True
    if share > ABSENT_FRAC:
        return None, False
    near = np.zeros(shape, np.uint8)
    thickness = int(np.ceil(trace.stroke_px + 2 * GAP_RIM_PX))
    cv2.polylines(near, [np.round(course * 8).astype(np.int32)], False, 1, thickness, cv2.LINE_8, 3)
    at = np.argwhere(near > 0)
    # a dash's end covers its last pixel in part
    rim = bare.copy()
    rim[1:] |= bare[:-1]
    rim[:-1] |= bare[1:]
    gaps = np.zeros(shape, bool)
    gaps[tuple(at.T)] = rim[cKDTree(course).query(at[:, ::-1])[1]]
    return gaps, True


def _along(points: FloatArray) -> FloatArray:
    """Places along a path at even steps, its breaks left out."""
    start, end = points[:-1], points[1:]
    whole = np.isfinite(start).all(axis=1) & np.isfinite(end).all(axis=1)
    start, end = start[whole], end[whole]
    if not len(start):
        return np.empty((0, 2))
    counts = np.maximum(np.ceil(np.hypot(*(end - start).T) / ARC_STEP_PX).astype(np.int64), 1)
    stretch = np.repeat(np.arange(len(counts)), counts)
    share = (np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)) / counts[stretch]
    return np.asarray(start[stretch] + share[:, None] * (end - start)[stretch], np.float64)
