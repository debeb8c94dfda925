"""The overlay shows what was read and how well, and draws incomplete readings as far as they go."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from calibration.axis import AxisCalibration, PanelCalibration, TickLabel
from calibration.geometry import Box, ByteArray, FloatArray
from digitize.findings import PointFlag
from digitize.overlay import REFUSED, USED, draw_overlay
from digitize.values import Figure, Image, Legend, LegendEntry, Panel, PanelReading, Provenance, Trace

AXES = Box(left=100, top=50, right=1300, bottom=550)
BLUE = (31, 119, 180)


@dataclass(frozen=True)
class Plain:
    """A linear scale."""

    name: str = "linear"

    def forward(self, value: ArrayLike) -> FloatArray:
        return np.asarray(value, float)

    def inverse(self, u: ArrayLike) -> FloatArray:
        return np.asarray(u, float)

    def format(self, value: float) -> str:
        return f"{value:g}"


def make_axis(side: str, rejected: tuple[TickLabel, ...] = ()) -> AxisCalibration:
    place = 700.0 if side in ("bottom", "top") else 300.0
    label = TickLabel(
        text="5", value=5.0, position_px=place, sigma_px=0.1, box=Box(left=60, top=290, right=80, bottom=310)
    )
    return AxisCalibration(
        side=side,  # type: ignore[arg-type]
        scale=Plain(),
        slope=0.01,
        intercept=5.0,
        centre_px=place,
        covariance=np.eye(2) * 1e-8,
        residual_px=0.1,
        used=(label,),
        rejected=rejected,
    )


def make_trace(points: ArrayLike, flags: ArrayLike | None = None, label: str = "run") -> Trace:
    path = np.asarray(points, float).reshape(-1, 2)
    bits = np.zeros(len(path), np.uint16) if flags is None else np.asarray(flags, np.uint16)
    return Trace(label=label, points_px=path, sigma_px=np.full(path.shape, 0.2), flags=bits, colour=BLUE)


def make_figure(reading: PanelReading, shape: tuple[int, int] = (600, 1400), background: int = 255) -> Figure:
    pixels = np.full((*shape, 3), background, np.uint8)
    provenance = Provenance(
        version="0", source="drawn", sha256="", width_px=shape[1], height_px=shape[0], reader="none"
    )
    return Figure(image=Image(pixels=pixels), panels=(reading,), provenance=provenance)


def make_reading(*traces: Trace, calibrated: bool = True, rejected: tuple[TickLabel, ...] = ()) -> PanelReading:
    return PanelReading(
        panel=Panel(index=1, axes=AXES, region=AXES.expanded(40), title="Reward"),
        calibration=PanelCalibration(x=make_axis("bottom"), y=make_axis("left", rejected)) if calibrated else None,
        traces=traces,
    )


def near(pixels: ByteArray, colour: tuple[int, int, int], tolerance: int = 60) -> FloatArray:
    """(N, 2) places (x, y) of the pixels of about that colour."""
    rows, cols = np.nonzero(np.abs(pixels.astype(int) - colour).max(axis=2) <= tolerance)
    return np.column_stack([cols, rows]).astype(float)


def test_trace_lies_on_its_pixels_in_a_colour_far_from_its_own() -> None:
    drawn = draw_overlay(make_figure(make_reading(make_trace([[300, 200], [500, 200]], label=""))))
    centre = drawn[200, 400].astype(int)
    assert np.abs(centre - 255).max() > 100, "the trace is not drawn"
    assert np.abs(centre - BLUE).max() > 100
    assert (drawn[197, 310:490] == 255).all() and (drawn[203, 310:490] == 255).all()


def test_unseen_stretches_are_dashed_and_paler() -> None:
    points = [[200, 200], [600, 200], [1000, 200]]
    flags = [0, 0, PointFlag.HIDDEN]
    drawn = draw_overlay(make_figure(make_reading(make_trace(points, flags, label=""))))[200].astype(int)
    seen, unseen = drawn[220:580].min(axis=1), drawn[620:980].min(axis=1)
    assert (seen < 200).all()
    assert 0.2 < np.mean(unseen > 240) < 0.8, "not dashed"
    assert unseen.min() > seen.min() + 40, "not paler"


def test_steps_hold_their_value_and_jump() -> None:
    step = replace(make_trace([[300, 200], [600, 400], [900, 400]], label=""), kind="step")
    drawn = draw_overlay(make_figure(make_reading(step))).astype(int)
    assert (drawn[200, 310:590].min(axis=1) < 200).all(), "the level is not drawn"
    assert (drawn[210:390, 600].min(axis=1) < 200).all(), "the jump is not drawn"
    assert (drawn[300, 400:590] == 255).all(), "a slope is drawn"


def test_points_are_crosses_and_nothing_joins_them() -> None:
    points = replace(make_trace([[200, 200], [500, 400]]), kind="scatter")
    drawn = draw_overlay(make_figure(make_reading(points)))
    assert (drawn[199:202, 199:202].min(axis=2) < 160).any()
    assert (drawn[299:302, 340:361] == 255).all()


def test_breaks_stay_open() -> None:
    points = [[200, 200], [400, 200], [np.nan, np.nan], [700, 200], [900, 200]]
    drawn = draw_overlay(make_figure(make_reading(make_trace(points, label=""))))
    assert (drawn[195:206, 420:680] == 255).all()


def test_used_and_rejected_labels_differ_in_colour() -> None:
    box = Box(left=20, top=400, right=70, bottom=420)
    wrong = TickLabel(text="7Z", value=7, position_px=410, sigma_px=1, box=box, expected="0.72")
    drawn = draw_overlay(make_figure(make_reading(rejected=(wrong,))))
    used, rejected = near(drawn, USED), near(drawn, REFUSED)
    assert np.hypot(*(used - (AXES.left, 300)).T).min() < 2 and np.hypot(*(used - (700, AXES.bottom)).T).min() < 2
    assert np.hypot(*(rejected - (20, 410)).T).min() < 3
    assert np.hypot(*(used - (20, 410)).T).min() > 30


def test_panel_without_calibration_is_drawn_as_refused() -> None:
    drawn = draw_overlay(make_figure(make_reading(calibrated=False)))
    refused = near(drawn, REFUSED)
    assert np.hypot(*(refused - (AXES.right, 300)).T).min() < 2
    assert not len(near(drawn, USED, 20))


def test_legends_are_drawn_once_with_their_handles() -> None:
    handle = Box(left=410, top=19, right=440, bottom=21)
    entry = LegendEntry(label="run", handle=handle, colour=BLUE)
    legend = Legend(box=Box(left=400, top=10, right=600, bottom=30), entries=(entry,))
    reading = make_reading()
    with_legend = PanelReading(panel=reading.panel, calibration=reading.calibration, legend=legend)
    drawn = draw_overlay(make_figure(with_legend))
    assert not (drawn[20, 400] == 255).all() and not (drawn[20, 408:411] == 255).all()


def test_small_figures_are_enlarged_by_a_whole_factor_and_stay_in_register() -> None:
    reading = PanelReading(
        panel=Panel(
            index=1, axes=Box(left=50, top=20, right=380, bottom=250), region=Box(left=5, top=5, right=395, bottom=295)
        ),
        traces=(make_trace([[100, 100], [300, 100]], label=""),),
    )
    drawn = draw_overlay(make_figure(reading, shape=(300, 400)))
    assert drawn.shape == (1200, 1600, 3) and drawn.dtype == np.uint8
    ink = 255 - drawn[350:450, 800].min(axis=1).astype(float)
    centre = np.average(np.arange(350, 450), weights=ink)
    assert abs((centre + 0.5) / 4 - 0.5 - 100) < 0.2


def test_odd_traces_and_names_do_not_stop_it() -> None:
    traces = (
        make_trace(np.empty((0, 2))),
        make_trace([[np.nan, np.nan]]),
        make_trace([[300, 300]], label="− ε × 10³ 中文"),
        make_trace([[300, 300], [300, 300]], [PointFlag.INTERPOLATED] * 2, label="two\nlines"),
        make_trace([[-1e9, 0], [1e9, 600]], label="x" * 200),
        *(make_trace([[300, 300 + 3 * k], [1290, 300 + 3 * k]], label=f"run {k}") for k in range(12)),
    )
    assert draw_overlay(make_figure(make_reading(*traces), background=20)).shape == (600, 1400, 3)
