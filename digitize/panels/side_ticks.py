"""The ticks of one side of an axes box: where they usually stand, and where else they may."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from calibration.axis import AxisCalibration, Tick
from calibration.geometry import ByteArray, Side, TextBox
from calibration.loose_ticks import find_loose_ticks
from calibration.moved_spines import find_moved_spine
from calibration.spines import StraightLine
from calibration.ticks import find_inner_ticks, find_ticks
from digitize.panels.axes_boxes import AxesBox
from digitize.panels.label_ink import measured_labels

NEAR_SPINE_HEIGHTS = 0.5
UPRIGHT_DEG, TURNED_DEG = 15.0, 75.0
FEWEST_SEATED, SEATED_FRAC, WELL_SEATED_PX = 2, 0.75, 0.6
"""Other ticks than the usual ones are taken where so many labels stand on them, and so well."""
BESIDE_HEIGHTS, BESIDE_PX = 0.25, 1.2
"""Level labels stand centred on them within this: noise gives seats beside all labels too."""


def side_ticks(
    pixels: ByteArray, side: Side, axes: AxesBox, labels: Sequence[TextBox], ruler_px: float
) -> tuple[Tick, ...]:
    """Marks outside a side of a box, else inside it, and gridlines; loose marks where there is no spine.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 array
    side : Side
    axes : AxesBox
    labels : sequence of TextBox
        Those that stand there.
    ruler_px : float
        The figure's text height.
    """
    parallel, spine_px = _lines(side, axes, ruler_px)
    height_px, room_px = _digit_px(labels), _room_px(pixels, side, axes, labels)
    ticks = find_ticks(pixels, side, axes.box, spine_px, parallel, height_px, room_px=room_px)
    upright = [label.box for label in labels if abs(label.angle_deg) < UPRIGHT_DEG]
    loose = find_loose_ticks(pixels, side, upright, height_px) if not spine_px and len(upright) > 1 else ()
    if not loose:
        return ticks
    # without a spine the edge of the box is a guess: what was measured there are no tick marks
    return tuple(sorted((*loose, *(t for t in ticks if t.kind == "gridline")), key=lambda t: t.position_px))


def other_ticks(
    pixels: ByteArray, side: Side, axes: AxesBox, labels: Sequence[TextBox], ruler_px: float
) -> Iterator[tuple[Tick, ...]]:
    """What else may be the ticks of a side: those on a spine that stands off the box, and marks inside it.

    Noise, the labels themselves and the gridlines of another panel may look like marks outside.
    """
    parallel, spine_px = _lines(side, axes, ruler_px)
    height_px, room_px = _digit_px(labels), _room_px(pixels, side, axes, labels)
    moved = find_moved_spine(pixels, side, axes.box, spine_px, room_px)
    if moved is not None:
        edge_px, thickness_px = moved
        beyond_px = abs(edge_px - getattr(axes.box, side))
        box = replace(axes.box, **{side: edge_px})
        left_px = room_px - beyond_px
        yield find_ticks(pixels, side, box, thickness_px, parallel, height_px, room_px=left_px)
        yield find_inner_ticks(pixels, side, box, thickness_px, parallel, height_px)
    yield find_inner_ticks(pixels, side, axes.box, spine_px, parallel, height_px)


def best_seated(
    usual: AxisCalibration, others: Sequence[AxisCalibration], labels: Sequence[TextBox]
) -> AxisCalibration:
    """The reading of one side whose labels stand on most ticks, all of them saying the same.

    ``labels`` are those of the side, as they are turned.
    """
    level = float(np.median([abs(label.angle_deg) for label in labels])) < UPRIGHT_DEG
    best, most = usual, sum(label.seated for label in usual.used)
    for other in others:
        count = sum(label.seated for label in other.used)
        enough = count >= max(FEWEST_SEATED, SEATED_FRAC * len(other.used)) and other.residual_px <= WELL_SEATED_PX
        enough &= not (level and _stand_beside(other))
        alike = other.scale.name == usual.scale.name and len(other.used) >= len(usual.used)
        if enough and alike and count > most:
            best, most = other, count
    return best


def _stand_beside(axis: AxisCalibration) -> bool:
    """Whether the labels of an axis stand to one side of their ticks."""
    along = 1 if axis.side in ("left", "right") else 0
    seated = [label for label in axis.used if label.seated]
    if not seated:
        return False
    off_px = abs(float(np.median([label.box.centre[along] - label.position_px for label in seated])))
    height_px = float(np.median([label.box.height_px for label in seated]))
    return off_px > max(BESIDE_HEIGHTS * height_px, BESIDE_PX)


def _lines(side: Side, axes: AxesBox, ruler_px: float) -> tuple[Sequence[StraightLine], float]:
    """Lines of the box that meet a side, and the thickness of the spine there; 0 where there is none."""
    upright = side in ("left", "right")
    parallel, across = (axes.horizontal, axes.vertical) if upright else (axes.vertical, axes.horizontal)
    edge_px = getattr(axes.box, side)
    nearest = min(across, key=lambda line: abs(line.position_px - edge_px), default=None)
    near = nearest is not None and abs(nearest.position_px - edge_px) < NEAR_SPINE_HEIGHTS * ruler_px
    return parallel, nearest.thickness_px if nearest is not None and near else 0.0


def _digit_px(labels: Sequence[TextBox]) -> float:
    return float(np.median([label.height_px for label in labels]))


def _room_px(pixels: ByteArray, side: Side, axes: AxesBox, labels: Sequence[TextBox]) -> float:
    """What most labels reach over is their ink: no tick mark is measured there."""
    box = axes.box
    if any(UPRIGHT_DEG < abs(label.angle_deg) < TURNED_DEG for label in labels):
        labels = measured_labels(pixels, labels)  # boxes of slanted text are loose
    room_px = {
        "left": box.left - np.median([label.box.right for label in labels]),
        "right": np.median([label.box.left for label in labels]) - box.right,
        "top": box.top - np.median([label.box.bottom for label in labels]),
        "bottom": np.median([label.box.top for label in labels]) - box.bottom,
    }[side]
    return float(room_px)
