"""What was read, drawn over the figure, for a person to compare by eye.

Colours mean one thing each: grey dots a panel's region, blue the axes box (red where an axis was refused), green a
tick whose label was used, with the value it was given, red a label that was voted out, orange a legend. Every trace
runs in a colour far from its own, with its name at its end; where no ink was seen it is dashed and pale.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from unicodedata import normalize

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image as PILImage
from PIL import ImageDraw, ImageFont

from calibration.axis import AxisCalibration
from calibration.geometry import BoolArray, Box, ByteArray, FloatArray
from digitize.findings import PointFlag
from digitize.values import RGB, Figure, FlagArray, Legend, PanelReading, Trace

LEGIBLE_WIDTH_PX = 1400
"""Narrower figures are enlarged (by whole factors) to at least this width."""
MAX_FACTOR = 4
WIDTH_OF_A_STROKE_PX = 2000
"""Lines of the overlay grow by one pixel, and its text in proportion, with every so many pixels of figure."""
LIGHTEN_FRAC = 0.62
TEXT_HEIGHT_PX = 13
NAME_LENGTH = 44
DASH_PX, GAP_PX = 5.0, 5.0
CROSS_PX = 3.0
SUBPIXEL_BITS = 4
FONTS = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "Arial.ttf", "arial.ttf")
"""Looked for on the system, for names in any script; Pillow's own font, which knows ASCII alone, comes last."""
UNSEEN = int(PointFlag.INTERPOLATED | PointFlag.HIDDEN)

REGION: RGB = (150, 150, 150)
AXES: RGB = (20, 80, 220)
REFUSED: RGB = (210, 20, 20)
USED: RGB = (0, 120, 40)
LEGEND: RGB = (225, 120, 0)
TRACES: tuple[RGB, ...] = (
    (214, 0, 140),
    (0, 125, 125),
    (200, 70, 0),
    (40, 40, 200),
    (0, 120, 0),
    (0, 0, 0),
    (130, 80, 0),
    (200, 0, 0),
    (110, 0, 190),
    (0, 140, 220),
)
"""Strong colours, all readable over a lightened figure."""


@dataclass(kw_only=True)
class _Canvas:
    """Pixels under the brush, ``factor`` times the figure's; text is kept and written last, over everything.

    Positions are given in the figure's own pixel frame.
    """

    pixels: ByteArray
    factor: int
    stroke_px: int
    font_px: int
    texts: list[tuple[float, float, str, RGB, str]] = field(default_factory=list)

    def place(self, points: ArrayLike) -> FloatArray:
        """From the figure's pixel frame to the canvas', kept near the canvas so that no integer overflows."""
        height, width = self.pixels.shape[:2]
        placed = (np.asarray(points, float) + 0.5) * self.factor - 0.5
        return np.clip(placed, -float(max(height, width)), 2.0 * max(height, width))

    def lines(self, paths: Iterable[ArrayLike], colour: RGB, width_px: int = 1, closed: bool = False) -> None:
        fixed = [np.round(self.place(path) * (1 << SUBPIXEL_BITS)).astype(np.int32) for path in paths]
        if fixed:
            cv2.polylines(self.pixels, fixed, closed, colour, width_px, cv2.LINE_AA, SUBPIXEL_BITS)

    def box(self, box: Box, colour: RGB, width_px: int = 1, dotted: bool = False) -> None:
        corners = np.array([[box.left, box.top], [box.right, box.top], [box.right, box.bottom], [box.left, box.bottom]])
        if dotted:
            self.lines(_dashes(np.vstack([corners, corners[:1]]), 3.0, 4.0), colour, width_px)
        else:
            self.lines([corners], colour, width_px, closed=True)

    def write(self, x: float, y: float, text: str, colour: RGB, anchor: str) -> None:
        """Keep ``text`` for later; ``anchor`` as Pillow has it (``lm``: (x, y) is the middle of its left end)."""
        self.texts.append((x, y, text, colour, anchor))

    def finish(self) -> ByteArray:
        font, knows_unicode = _find_font(self.font_px)
        picture = PILImage.fromarray(self.pixels)
        brush = ImageDraw.Draw(picture)
        for x, y, text, colour, anchor in self.texts:
            column, row = self.place((x, y)).tolist()
            printable = " ".join((text if knows_unicode else _to_ascii(text)).split())  # an anchor needs one line
            brush.text((column, row), printable, colour, font, anchor=anchor, stroke_width=2, stroke_fill="white")
        return np.asarray(picture).copy()


def _find_font(height_px: int) -> tuple[ImageFont.FreeTypeFont | ImageFont.ImageFont, bool]:
    """A font, and whether it knows more than ASCII."""
    for name in FONTS:
        try:
            return ImageFont.truetype(name, height_px), True
        except OSError:
            continue
    return ImageFont.load_default(height_px), False


def _to_ascii(text: str) -> str:
    """The nearest ASCII: accents dropped, unknown characters as question marks."""
    plain = normalize("NFKD", text.translate({0x2212: "-", 0x2013: "-", 0xD7: "x", 0x2026: "..."}))
    return "".join(c for c in plain if not 0x300 <= ord(c) < 0x370).encode("ascii", "replace").decode("ascii")


def draw_overlay(figure: Figure) -> ByteArray:
    """Draw a reading over a lightened copy of its figure.

    Parameters
    ----------
    figure : Figure
        A reading, however incomplete: panels without calibration, legend or traces are drawn as far as they go.

    Returns
    -------
    (H * k, W * k, 3) uint8 array
        sRGB. ``k`` is 1 for figures at least 1400 px wide, else a whole number up to 4 that makes text legible.
    """
    source = figure.image.pixels
    factor = int(np.clip(np.ceil(LEGIBLE_WIDTH_PX / max(source.shape[1], 1)), 1, MAX_FACTOR))
    pale = cv2.addWeighted(source, 1 - LIGHTEN_FRAC, np.full_like(source, 255), LIGHTEN_FRAC, 0)
    if factor > 1:
        pale = cv2.resize(pale, None, fx=factor, fy=factor, interpolation=cv2.INTER_NEAREST)
    growth = max(pale.shape[1] / WIDTH_OF_A_STROKE_PX, 1.0)
    canvas = _Canvas(
        pixels=np.ascontiguousarray(pale, np.uint8),
        factor=factor,
        stroke_px=round(growth),
        font_px=round(TEXT_HEIGHT_PX * growth),
    )
    for legend in _legends(figure):
        _draw_legend(canvas, legend)
    for reading in figure.panels:
        _draw_panel(canvas, reading)
    return canvas.finish()


def _legends(figure: Figure) -> list[Legend]:
    """Every legend once, though panels may share one."""
    own = [reading.legend for reading in figure.panels if reading.legend is not None]
    return list({tuple(legend.box.as_list()): legend for legend in [*figure.legends, *own]}.values())


def _draw_legend(canvas: _Canvas, legend: Legend) -> None:
    canvas.box(legend.box, LEGEND, canvas.stroke_px)
    for entry in legend.entries:
        if entry.handle is not None:
            canvas.box(entry.handle.expanded(1.5), LEGEND, canvas.stroke_px)


def _draw_panel(canvas: _Canvas, reading: PanelReading) -> None:
    panel, calibration = reading.panel, reading.calibration
    canvas.box(panel.region, REGION, canvas.stroke_px, dotted=True)
    canvas.box(panel.axes, AXES if calibration is not None else REFUSED, canvas.stroke_px)
    head, above = f"{panel.index} {panel.title}".strip(), panel.axes.top - 4.0 / canvas.factor
    if calibration is None:
        canvas.write(panel.axes.left, above, f"{head}: axes not read", REFUSED, "ls")
    else:
        canvas.write(panel.axes.left, above, head, AXES, "ls")
        for axis in (calibration.x, calibration.y, calibration.twin_y):
            if axis is not None:
                _draw_axis(canvas, panel.axes, axis)
    colours = _contrasting([trace.colour for trace in reading.traces])
    for trace, colour in zip(reading.traces, colours, strict=True):
        _draw_trace(canvas, trace, colour)
    _write_names(canvas, panel.axes, reading.traces, colours)


def _draw_axis(canvas: _Canvas, axes: Box, axis: AxisCalibration) -> None:
    """A green tick and the value inside the axes box for each label used; a red box around each rejected one."""
    horizontal = axis.side in ("top", "bottom")
    edge = getattr(axes, axis.side)
    inwards = -1.0 if axis.side in ("bottom", "right") else 1.0
    reach = 0.5 * canvas.font_px / canvas.factor
    anchor = {"left": "lm", "right": "rm", "top": "ma", "bottom": "ms"}[axis.side]
    for label in axis.used:
        tick = np.array([[label.position_px, edge - reach * inwards], [label.position_px, edge + reach * inwards]])
        canvas.lines([tick if horizontal else tick[:, ::-1]], USED, canvas.stroke_px + 1)
        along, across = label.position_px, edge + 1.3 * reach * inwards
        x, y = (along, across) if horizontal else (across, along)
        value = float(f"{label.value:.10g}")  # 0.7, not 0.7000000000000001
        canvas.write(x, y, axis.scale.format(value), USED, anchor)
    for label in axis.rejected:
        canvas.box(label.box.expanded(1.0), REFUSED, canvas.stroke_px)
        says = f"{label.text} (not {label.expected})" if label.expected else label.text
        canvas.write(label.box.left, label.box.top, says, REFUSED, "ls")


def _draw_trace(canvas: _Canvas, trace: Trace, colour: RGB) -> None:
    pale: RGB = tuple((channel + 255) // 2 for channel in colour)  # type: ignore[assignment]
    if trace.kind in ("scatter", "bar"):
        doubtful = (trace.flags & np.uint16(UNSEEN)) > 0
        for points, ink in ((trace.points_px[doubtful], pale), (trace.points_px[~doubtful], colour)):
            canvas.lines(_crosses(points, CROSS_PX / canvas.factor), ink, canvas.stroke_px)
        return
    dash, gap = DASH_PX / canvas.factor, GAP_PX / canvas.factor
    seen, unseen = [], []
    for path, is_seen in _stretches(trace):
        if is_seen:
            seen.append(path)
        else:
            unseen += _dashes(path, dash, gap)
    canvas.lines(unseen, pale, canvas.stroke_px)
    canvas.lines(seen, colour, canvas.stroke_px)


def _crosses(points: FloatArray, arm_px: float) -> list[FloatArray]:
    """Two strokes through each point: points are not joined."""
    arms = np.array([[[-1.0, -1.0], [1.0, 1.0]], [[-1.0, 1.0], [1.0, -1.0]]]) * arm_px
    return list((points[:, None, None] + arms).reshape(-1, 2, 2))


def _course(trace: Trace) -> tuple[FloatArray, FlagArray]:
    """The points to draw through, and their flags: a step holds its value, then jumps."""
    points = trace.points_px
    if trace.kind != "step" or len(points) < 2:
        return points, trace.flags
    corners = np.column_stack([points[1:, 0], points[:-1, 1]])
    corners[np.isnan(corners).any(axis=1)] = np.nan
    places = np.arange(1, len(points))
    return np.insert(points, places, corners, axis=0), np.insert(trace.flags, places, trace.flags[:-1])


def _stretches(trace: Trace) -> list[tuple[FloatArray, bool]]:
    """The path cut where it breaks and where it turns from seen to unseen: (points, whether ink was seen)."""
    points, flags = _course(trace)
    finite: BoolArray = np.asarray(np.isfinite(points).all(axis=1), np.bool_)
    if len(points) == 1 and finite[0]:
        return [(np.repeat(points, 2, axis=0), True)]
    # A segment is unseen where either of its ends is, so that a lone hidden point shows as well.
    unseen: BoolArray = np.asarray(np.bitwise_and(flags, np.uint16(UNSEEN)) > 0)
    kind = np.where(finite[1:] & finite[:-1], 1 + (unseen[1:] | unseen[:-1]), 0)
    bounds = np.concatenate([[0], np.flatnonzero(np.diff(kind)) + 1, [len(kind)]])
    return [
        (points[first : last + 1], bool(kind[first] == 1))
        for first, last in pairwise(bounds.tolist())
        if last > first and kind[first]
    ]


def _dashes(path: FloatArray, on_px: float, off_px: float) -> list[NDArray[np.float64]]:
    """Short strokes along a path, evenly spaced along its length."""
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    starts = np.arange(0.0, max(length[-1], 1e-6), on_px + off_px)
    ends = np.minimum(starts + on_px, length[-1])
    at = np.stack([starts, ends], axis=1)
    return list(np.stack([np.interp(at, length, path[:, 0]), np.interp(at, length, path[:, 1])], axis=-1))


def _to_lab(colours: Sequence[RGB]) -> FloatArray:
    """(N, 3) CIE Lab of sRGB colours."""
    rgb = np.array(colours, np.float32).reshape(-1, 1, 3) / np.float32(255)
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB), np.float64).reshape(-1, 3)


def _contrasting(own: Sequence[RGB]) -> list[RGB]:
    """For each line a colour far from its own, no colour used again before all have been."""
    if not own:
        return []
    distance = np.linalg.norm(_to_lab(own)[:, None] - _to_lab(TRACES)[None], axis=-1)
    uses = np.zeros(len(TRACES))
    chosen: list[RGB] = []
    for row in distance:
        best = int(np.argmax(row - 1000.0 * uses))
        uses[best] += 1
        chosen.append(TRACES[best])
    return chosen


def _write_names(canvas: _Canvas, axes: Box, traces: Sequence[Trace], colours: Sequence[RGB]) -> None:
    """Each trace's name at its end, inside the axes box where it fits, pushed apart where two would meet."""
    line = 1.15 * canvas.font_px / canvas.factor
    taken: list[tuple[float, float, float]] = []
    for trace, colour in zip(traces, colours, strict=True):
        ends = trace.points_px[np.isfinite(trace.points_px).all(axis=1)]
        if not len(ends):
            continue
        name = trace.label if len(trace.label) <= NAME_LENGTH else trace.label[: NAME_LENGTH - 1] + "\u2026"
        x, y = float(ends[-1, 0]), float(np.clip(ends[-1, 1], axes.top + line, axes.bottom - line))
        width = 0.6 * canvas.font_px * len(name) / canvas.factor
        to_the_right = x + width + line <= axes.right
        left = x + 0.4 * line if to_the_right else x - width
        steps = sorted(range(-len(traces), len(traces) + 1), key=abs)
        rows = [y + step * line for step in steps] if to_the_right else [y + (step - 0.8) * line for step in steps]
        free = [
            row
            for row in rows
            if axes.top <= row <= axes.bottom
            and not any(abs(row - other) < line and left < end and begin < left + width for begin, end, other in taken)
        ]
        row = free[0] if free else y
        taken.append((left, left + width, row))
        canvas.write(left, row, name, colour, "lm")
