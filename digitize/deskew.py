"""Turned scans: by how much the long straight lines of a picture lean, and the picture made straight.

Spines and gridlines of a scan lean alike, horizontal and vertical ones by the same angle. Line segments are found as
regions of one gradient direction (LSD, Grompone von Gioi et al., IPOL 2012); their length-weighted commonest angle is
the turn. All later stages work on the straightened picture, and a finding says so.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from calibration.geometry import ByteArray, FloatArray
from digitize.findings import Finding
from digitize.lean import find_lean_deg
from digitize.values import Image

MAX_TURN_DEG = 4.0
MIN_TURN_DEG = 0.12
"""Less moves the end of an axis by less than its ticks are uncertain."""
MAX_WORKING_PX = 1600
MIN_SEGMENT_FRAC = 0.08
"""Of the picture's longer side."""
SPREAD_DEG = 0.2
"""Segments of one turn agree this well."""
UPRIGHT_DEG = 0.06
AGREEING_FRAC = 0.5
STRAIGHT_FRAC = 0.2
EACH_WAY_FRAC = 0.1
"""Share of the agreeing length that horizontal, and vertical, lines have at least."""
MIN_PIECE_FRAC, PIECE_SPREAD_DEG, PIECES_AGREE_DEG = 0.035, 2.0, 0.2
"""A dense grid cuts the lines across it into pieces, whose turn is sure only in the mean."""
LINES_AGREE_DEG = 0.1
"""Lines tell a turn to a hundredth of a degree, unless they are more than this off what all ink says."""
EACH_WAY_SIDES = 0.6
"""Or this length, of the picture's longer side: one spine and a bit."""

Segments = tuple[FloatArray, FloatArray, np.ndarray[tuple[int], np.dtype[np.bool_]]]


def find_turn_deg(pixels: ByteArray) -> float:
    """By how many degrees a picture is turned counter-clockwise; 0 where neither lines nor all other ink say so.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 array
    """
    lines, lean = _turn_of_lines(pixels), find_lean_deg(pixels, MAX_TURN_DEG)
    # thin lines without soft edges are stairs, whose steps lean less than the whole
    return lines if not lean or (lines and abs(lines - lean) <= LINES_AGREE_DEG) else lean


def _turn_of_lines(pixels: ByteArray) -> float:
    """The turn that long lines have together; 0 where they have none, or are too few."""
    lean, length, upright = pieces = _segments(pixels)
    long = length >= MIN_SEGMENT_FRAC * min(max(pixels.shape[:2]), MAX_WORKING_PX)
    lean, length, upright = lean[long], length[long], upright[long]
    near = np.abs(lean) <= MAX_TURN_DEG
    lean, length, upright = lean[near], length[near], upright[near]
    total = float(length.sum())
    if not total or float(length[np.abs(lean) <= UPRIGHT_DEG].sum()) > STRAIGHT_FRAC * total:
        return 0.0
    agreeing = np.abs(lean[:, None] - lean[None, :]) <= SPREAD_DEG
    best = int((agreeing @ length).argmax())
    mine = agreeing[best]
    turn = float(np.average(lean[mine], weights=length[mine]))
    support = float(length[mine].sum())
    each_way = min(
        max(float(length[mine & (upright == way)].sum()), _length_of_pieces(pieces, turn, upright=way))
        for way in (True, False)
    )
    # a grid whose cells are wide counts as many pieces of its horizontal lines and none of the others
    enough = min(EACH_WAY_FRAC * support, EACH_WAY_SIDES * min(max(pixels.shape[:2]), MAX_WORKING_PX))
    if abs(turn) < MIN_TURN_DEG or support < AGREEING_FRAC * total or each_way < enough:
        return 0.0
    return turn


def _length_of_pieces(pieces: Segments, turn_deg: float, *, upright: bool) -> float:
    """Length of the pieces of lines of one direction that in the mean are turned alike; 0 where they are not."""
    lean, length, ways = pieces
    near = (ways == upright) & (np.abs(lean - turn_deg) <= PIECE_SPREAD_DEG)
    if not near.any() or abs(float(np.average(lean[near], weights=length[near])) - turn_deg) > PIECES_AGREE_DEG:
        return 0.0
    return float(length[near].sum())


def _segments(pixels: ByteArray) -> Segments:
    """Lean in degrees, length in pixels, and whether upright, of the line segments."""
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    factor = min(1.0, MAX_WORKING_PX / max(gray.shape))
    if factor < 1.0:
        gray = cv2.resize(gray, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    # None where there is no segment at all, whatever OpenCV's stubs say
    found: object = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD).detect(gray)[0]
    ends = np.asarray(found if isinstance(found, np.ndarray) else np.zeros((0, 4)), np.float64).reshape(-1, 4)
    along = ends[:, 2:] - ends[:, :2]
    length = np.hypot(along[:, 0], along[:, 1])
    long = length >= MIN_PIECE_FRAC * max(gray.shape)
    along, length = along[long], length[long]
    # rows grow downward: a line that rises to the right leans counter-clockwise
    angle = np.degrees(np.arctan2(-along[:, 1], along[:, 0])) % 180.0
    upright = np.abs(angle - 90.0) < 45.0
    lean = np.where(upright, angle - 90.0, np.where(angle > 90.0, angle - 180.0, angle))
    return np.asarray(lean, np.float64), np.asarray(length, np.float64), upright


def straightened(image: Image) -> Image:
    """The picture turned back about its centre where it is turned, with a finding; else the picture as it is."""
    turn = find_turn_deg(image.pixels)
    if not turn:
        return image
    height, width = image.pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -turn, 1.0)
    border = np.concatenate([image.pixels[0], image.pixels[-1], image.pixels[:, 0], image.pixels[:, -1]])
    ground = np.median(border, axis=0).tolist()
    turned = cv2.warpAffine(
        image.pixels, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=ground
    )
    finding = Finding(
        code="picture-turned",
        severity="info",
        message=f"The picture is turned by {turn:.2f} degrees; it was turned back about its centre first,"
        " and positions in pixels are those of the straightened picture.",
        value=turn,
        limit=MIN_TURN_DEG,
    )
    return replace(image, pixels=np.asarray(turned, np.uint8), findings=(*image.findings, finding))
