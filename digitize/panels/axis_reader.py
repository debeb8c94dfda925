"""Calibrates the sides of axes boxes, each set of labels once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from calibration.axis import AxisCalibration, Tick, calibrate_axis
from calibration.errors import CalibrationError
from calibration.geometry import ByteArray, Side, TextBox
from digitize.panels.axes_boxes import AxesBox
from digitize.panels.axis_texts import (
    OVERHANG_HEIGHTS,
    TIGHT_OVERHANG_HEIGHTS,
    LabelRun,
    axis_title,
    label_runs,
    offset_text,
)
from digitize.panels.label_ink import measured_labels
from digitize.panels.leaning_ink import leaning_by_ink
from digitize.panels.minus_signs import with_signs
from digitize.panels.side_ticks import best_seated, other_ticks, side_ticks
from digitize.panels.slanted_labels import leaning_labels

MAX_RUNS_PER_SIDE = 3
FEWEST_FILLING, FILLED_ENDS_PLACES = 3, (0.2, 0.75)
INNER_MARGIN_HEIGHTS = 2.0
DRIFT_HEIGHTS, DRIFT_PX = 0.15, 1.5
"""Centres of labels drift by less than this against ticks of their own."""
FEWEST_TO_COMPARE, SAME_TICK_PX, SAME_TICKS_FRAC = 3, 2.0, 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SideReading:
    """One side of a box: its calibration, the labels that stand there, and the box they were read beside."""

    axis: AxisCalibration
    run: LabelRun
    axes: AxesBox


@dataclass(slots=True)
class AxisReader:
    """Reads sides of boxes over one figure; equal questions are answered once.

    Attributes
    ----------
    pixels : (H, W, 3) uint8 array
    texts : sequence of TextBox
        All texts of the figure.
    text_height_px : float
        The figure's ruler.
    shared : dict
        Titles of all panels together, by side: for axes without one of their own.
    unmarked : (H, W, 3) uint8 array, optional
        The picture without its free tick marks: what is left before a label is its sign.
    """

    pixels: ByteArray
    texts: Sequence[TextBox]
    text_height_px: float
    done: dict[tuple[object, ...], AxisCalibration | None] = field(default_factory=dict)
    shared: dict[Side, str] = field(default_factory=dict)
    unmarked: ByteArray | None = None

    def read_side(self, side: Side, axes: AxesBox) -> SideReading | None:
        """The calibration that explains most labels of one side; None where none does.

        Labels alone are tried first: many boxes share them, and only the chosen ones need their ticks.
        """
        best: SideReading | None = None
        runs = [
            run
            for overhang in (TIGHT_OVERHANG_HEIGHTS, OVERHANG_HEIGHTS)
            for run in label_runs(side, axes.box, self.texts, self.text_height_px, overhang)[:MAX_RUNS_PER_SIDE]
        ]
        for run in runs:
            axis = self._calibrate(side, axes, run, seated=False)
            if axis is None and run.numbers > 1:
                axis = self._calibrate(side, axes, run, seated=True)
            if axis is None or (side == "top" and axis.scale.name == "category"):
                continue
            if side == "right" and axis.scale.name == "category" and not _fills(axis, axes):
                continue  # the entries of a legend, very likely
            # of two runs that say as much the one without strangers leaves title and offset text to be found
            if best is None or _worth(axis, run) > _worth(best.axis, best.run):
                best = SideReading(axis=axis, run=run, axes=axes)
        return best

    def read_inner(self, side: Side, axes: AxesBox) -> SideReading | None:
        """Labels beside a single spine that runs through the data, inside the box."""
        margin_px = INNER_MARGIN_HEIGHTS * self.text_height_px
        box = axes.box
        lines = axes.vertical if side == "left" else axes.horizontal
        # not the spine beside which labels usually stand; the one across may carry them on its inner side
        if side == "left":
            inside = [one for one in lines if box.left + margin_px < one.position_px < box.right]
        else:
            inside = [one for one in lines if box.top - 1.0 < one.position_px < box.bottom - margin_px]
        if len(inside) != 1:
            return None
        place = inside[0].position_px
        if side == "left":
            moved = replace(box, left=place)
        else:  # labels may hang from the topmost spine: no box is lower than a pixel
            moved = replace(box, top=min(box.top, place - 1.0), bottom=place)
        return self.read_side(side, replace(axes, box=moved))

    def seated(self, reading: SideReading) -> AxisCalibration:
        """The same side calibrated on its ticks and gridlines; on its labels alone where that fails."""
        side, axes, run = reading.run.side, reading.axes, reading.run
        axis = self._calibrate(side, axes, run, seated=True) or reading.axis
        if all(label.seated for label in axis.used):
            return axis
        choices = other_ticks(self.pixels, side, axes, run.labels, self.text_height_px)
        others = [other for ticks in choices if ticks and (other := self._on_ticks(side, axes, run, ticks))]
        return best_seated(axis, others, self.printed(run))

    def seated_twin(self, reading: SideReading) -> AxisCalibration:
        """A second y axis on its ticks, and on gridlines only where these are its own rather than the first axis'.

        Gridlines of the first axis stand near enough to some labels of the second to be taken for theirs; then the
        labels drift from one side of the lines to the other along the axis.
        """
        axis = self.seated(reading)
        seated = [label for label in axis.used if label.seated]
        if len(seated) < FEWEST_TO_COMPARE:
            return axis
        at = np.array([label.position_px for label in seated])
        off = np.array([label.box.centre[1] for label in seated]) - at
        drift_px = abs(float(np.polyfit(at, off, 1)[0])) * float(np.ptp(at))
        if drift_px <= max(DRIFT_HEIGHTS * self.text_height_px, DRIFT_PX):
            return axis
        return reading.axis

    def printed(self, run: LabelRun) -> list[TextBox]:
        """Labels of a side with the turn that their sizes or their ink show, where they seemed level."""
        if run.side in ("left", "right"):
            return list(run.labels)
        return leaning_by_ink(self.pixels, leaning_labels(run.labels))

    def ticks(self, reading: SideReading) -> tuple[Tick, ...]:
        """Ticks and gridlines that meet a side."""
        return self._ticks(reading.run.side, reading.axes, reading.run)

    def on_own_marks(self, reading: SideReading, first: SideReading) -> bool:
        """Whether the labels of a second y axis stand on all of its tick marks, none of which a first label has."""
        marks = np.array([tick.position_px for tick in self.ticks(reading) if tick.kind == "tick"])
        firsts = np.array([label.position_px for label in first.axis.used])
        at = np.array([label.position_px for label in reading.axis.used if label.seated])
        if not len(marks) == len(at) == len(reading.axis.used):
            return False
        apart_px = (float(np.abs(firsts - px).min(initial=np.inf)) for px in at)
        return bool(np.abs(np.sort(marks) - np.sort(at)).max() <= SAME_TICK_PX < min(apart_px))

    def contradicts(self, axis: AxisCalibration, run: LabelRun, axes: AxesBox) -> bool:
        """Whether the ticks of a panel stand elsewhere than those of the neighbour whose labels it uses."""
        at = np.array([tick.position_px for tick in self._ticks(run.side, axes, run)])
        neighbours = np.array([label.position_px for label in axis.used if label.seated])
        if min(len(at), len(neighbours)) < FEWEST_TO_COMPARE:
            return False
        gap_px = np.abs(at[None, :] - neighbours[:, None]).min(axis=1)
        return bool(np.mean(gap_px <= SAME_TICK_PX) < SAME_TICKS_FRAC)

    def _calibrate(self, side: Side, axes: AxesBox, run: LabelRun, *, seated: bool) -> AxisCalibration | None:
        title, offset = self.beside(side, axes, run)
        key: tuple[object, ...] = (side, seated, title, offset, *(id(label) for label in run.labels))
        if seated:
            key += tuple(round(edge) for edge in axes.box.as_list())
        if key not in self.done:
            ticks = self._ticks(side, axes, run) if seated else ()
            self.done[key] = self._on_ticks(side, axes, run, ticks)
        return self.done[key]

    def _on_ticks(
        self, side: Side, axes: AxesBox, run: LabelRun, ticks: Sequence[Tick]
    ) -> AxisCalibration | None:
        """A side calibrated on these ticks; None where its labels do not allow it."""
        title, offset = self.beside(side, axes, run)
        # on the right ticks stand before signs: how many strokes there are tells
        unmarked = self.pixels if self.unmarked is None or side == "right" else self.unmarked
        signed = with_signs(unmarked, side, self.printed(run))
        labels = measured_labels(self.pixels, signed, whole=side in ("bottom", "top"))
        try:
            return calibrate_axis(side, labels, ticks, title=title, offset_text=offset)
        except CalibrationError:
            return None

    def beside(self, side: Side, axes: AxesBox, run: LabelRun) -> tuple[str, str]:
        """The title and the offset text of a side."""
        title = axis_title(side, axes.box, run, self.texts, self.text_height_px) or self.shared.get(side, "")
        taken = {id(label) for label in run.labels}
        others = [text for text in self.texts if id(text) not in taken]
        return title, offset_text(side, axes.box, others, self.text_height_px, run)

    def _ticks(self, side: Side, axes: AxesBox, run: LabelRun) -> tuple[Tick, ...]:
        return side_ticks(self.pixels, side, axes, run.labels, self.text_height_px)


def _fills(axis: AxisCalibration, axes: AxesBox) -> bool:
    """Whether the places of categories fill an upright side from end to end, with half a place or less beyond them."""
    box, pitch_px = axes.box, abs(1.0 / axis.slope)
    at = [label.position_px for label in axis.used]
    gaps = min(at) - box.top, box.bottom - max(at)
    ends = FILLED_ENDS_PLACES[0] * pitch_px <= min(gaps) and max(gaps) <= FILLED_ENDS_PLACES[1] * pitch_px
    return not (axes.open_x or axes.open_y) and len(at) >= FEWEST_FILLING and ends


def _worth(axis: AxisCalibration, run: LabelRun) -> tuple[int, int]:
    return len(axis.used), -len(run.labels)
