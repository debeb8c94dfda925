"""A reading against its picture: what is missing is told with its place, what is right stays quiet."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from calibration.axis import AxisCalibration, PanelCalibration
from calibration.geometry import Box, FloatArray, Side
from calibration.scales import LinearScale
from digitize.findings import Finding, PointFlag
from digitize.legend import find_legends
from digitize.reduction import Reduction
from digitize.residual import judge_panel, mend_panel
from digitize.synthetic_line_specs import LinesSpec
from digitize.synthetic_lines import draw_lines
from digitize.synthetic_panel import DrawnPanel
from digitize.values import Trace

NEAR_PX = 6.0


def _drawn(**spec: Any) -> DrawnPanel:
    return draw_lines(LinesSpec(**{"lines": 3, "legend": "right", "crossings": False, "seed": 5} | spec))


def _truth(drawn: DrawnPanel) -> list[Trace]:
    """The drawn lines as a perfect tracer would return them, a point a column."""
    spec, lines = drawn.spec, [one for one in drawn.series if one.kind in ("line", "step")]
    traces = []
    for one, colour in zip(lines, spec.colours, strict=True):
        points = one.points_px
        columns = np.arange(np.ceil(points[0, 0]), np.floor(points[-1, 0]) + 1)
        path = np.column_stack([columns, np.interp(columns, *points.T)])
        rgb = tuple(int(colour[k : k + 2], 16) for k in (1, 3, 5))
        traces.append(
            Trace(
                label=one.name or colour,
                points_px=path,
                sigma_px=np.full(path.shape, 0.1),
                flags=np.zeros(len(path), np.uint16),
                colour=(rgb[0], rgb[1], rgb[2]),
                stroke_px=spec.line_pt * 100 / 72 * spec.scale,
            )
        )
    return traces


def _calibration(box: Box) -> PanelCalibration:
    def axis(side: Side, start_px: float, end_px: float) -> AxisCalibration:
        return AxisCalibration(
            side=side, scale=LinearScale(), slope=100.0 / (end_px - start_px), intercept=0.0, centre_px=start_px,
            covariance=np.zeros((2, 2)), residual_px=0.0, title="Step",
        )  # fmt: skip

    return PanelCalibration(x=axis("bottom", box.left, box.right), y=axis("left", box.bottom, box.top))


def _judge(drawn: DrawnPanel, traces: list[Trace], look: Any = judge_panel) -> tuple[tuple[Trace, ...], list[Finding]]:
    legends = find_legends(drawn.image, drawn.texts, [drawn.panel])
    hidden = [one.box for one in legends if one.box.intersection_area(drawn.panel.axes) > 0]
    legend = legends[0] if legends else None
    calibration = _calibration(drawn.panel.axes)
    judged, findings = look(drawn.image, drawn.panel, calibration, traces, legend, drawn.texts, hidden)
    return judged, list(findings)


def _box(points: FloatArray) -> FloatArray:
    return np.concatenate([points.min(axis=0), points.max(axis=0)])


@pytest.mark.parametrize(
    "spec",
    [
        {"notes": True, "grid": True, "legend": "inside"},
        {"markers": "all", "error_bars": True, "curves": "noisy"},
        {"dashed": True, "jpeg_quality": 75, "crossings": True, "seed": 8},
        {"curves": "steps", "theme": "dark", "grid": True},
        {"colouring": "pale", "line_pt": 0.8, "scale": 0.7},
    ],
    ids=lambda spec: "-".join(spec),
)
def test_right_readings_raise_no_finding(spec: dict[str, Any]) -> None:
    drawn = _drawn(**spec)
    judged, findings = _judge(drawn, _truth(drawn))
    assert [one.message for one in findings] == []
    assert all(not one.flags.any() for one in judged)


@pytest.mark.parametrize("spec", [{}, {"dashed": True}, {"colouring": "one"}, {"jpeg_quality": 75}])
@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_missing_line_is_told_with_its_place_and_colour(spec: dict[str, Any], missing: int) -> None:
    drawn = _drawn(**spec)
    traces = _truth(drawn)
    gone = traces.pop(missing)
    _, findings = _judge(drawn, traces)
    assert [one.code for one in findings] == ["ink-unexplained"]
    assert findings[0].box_px is not None
    assert np.abs(np.array(findings[0].box_px) - _box(gone.points_px)).max() < NEAR_PX
    assert "step" in findings[0].message
    if drawn.spec.colouring != "one" and not drawn.spec.jpeg_quality:
        assert repr(gone.label) in findings[0].message


def test_a_line_that_ends_too_early_is_told_where_it_goes_on() -> None:
    drawn = _drawn()
    traces = _truth(drawn)
    points = traces[1].points_px
    half = len(points) // 2
    rest = points[half:]
    traces[1] = replace(
        traces[1], points_px=points[:half], sigma_px=traces[1].sigma_px[:half], flags=traces[1].flags[:half]
    )
    _, findings = _judge(drawn, traces)
    assert [one.code for one in findings] == ["ink-unexplained"]
    assert np.abs(np.array(findings[0].box_px) - _box(rest)).max() < NEAR_PX


@pytest.mark.parametrize("dashed", [False, True])
def test_drawn_ink_that_the_picture_does_not_show_is_told_flagged_and_less_certain(dashed: bool) -> None:
    drawn = _drawn(dashed=dashed)
    traces = _truth(drawn)
    columns = slice(200, 280)
    points = traces[2].points_px.copy()
    away = 25.0 if points[columns, 1].mean() < drawn.panel.axes.centre[1] else -25.0
    points[columns, 1] += away
    traces[2] = replace(traces[2], points_px=points)
    judged, findings = _judge(drawn, traces)
    unseen = [one for one in findings if one.code == "ink-unseen"]
    assert len(unseen) == 1
    assert unseen[0].box_px is not None
    left, _, right, _ = unseen[0].box_px
    assert abs(left - points[columns.start, 0]) < NEAR_PX + 10
    assert abs(right - points[columns.stop, 0]) < NEAR_PX + 10
    flagged = np.flatnonzero(judged[2].flags & int(PointFlag.INTERPOLATED))
    assert columns.start - 5 <= flagged.min()
    assert flagged.max() <= columns.stop + 5
    assert len(flagged) > 50
    # the truth lies within what is stated in the middle of the stretch
    assert judged[2].sigma_px[240, 1] * 3 > abs(away)
    assert not any(one.flags.any() for one in judged[:2])


def _crossing(**spec: Any) -> tuple[DrawnPanel, list[Trace], list[Trace], float]:
    """Two lines that cross, right and with their tails exchanged."""
    drawn = _drawn(lines=2, crossings=True, **spec)
    right = _truth(drawn)
    one, other = (trace.points_px for trace in right)
    columns = np.arange(max(one[0, 0], other[0, 0]), min(one[-1, 0], other[-1, 0]) + 1)
    gap = np.interp(columns, *one.T) - np.interp(columns, *other.T)
    crossings = columns[:-1][gap[:-1] * gap[1:] < 0]
    assert len(crossings)
    at = float(crossings[len(crossings) // 2])
    tails = [trace.points_px[trace.points_px[:, 0] > at] for trace in right]
    heads = [trace.points_px[trace.points_px[:, 0] <= at] for trace in right]
    wrong = []
    for trace, head, tail in zip(right, heads, tails[::-1], strict=True):
        points = np.concatenate([head, tail])
        wrong.append(
            replace(
                trace, points_px=points, sigma_px=np.full(points.shape, 0.1), flags=np.zeros(len(points), np.uint16)
            )
        )
    return drawn, right, wrong, at


CROSSINGS = [{"seed": 3}, {"colouring": "one", "dashed": True, "seed": 3}, {"colouring": "close", "seed": 3}]


@pytest.mark.parametrize("spec", CROSSINGS, ids=["colours", "dashes", "shades"])
def test_tails_exchanged_at_a_crossing_are_put_right(spec: dict[str, Any]) -> None:
    drawn, right, wrong, _ = _crossing(**spec)
    mended, findings = _judge(drawn, wrong, mend_panel)
    assert {one.code for one in findings} == {"crossing-mended"}
    kept = [[min(_off(one, truth), 99.0) for truth in right] for one in mended]
    assert max(min(row) for row in kept) < 2.0
    # each line is one of the two
    assert {int(np.argmin(row)) for row in kept} == {0, 1}


@pytest.mark.parametrize("spec", [*CROSSINGS, {"colouring": "one", "seed": 3}])
def test_right_crossings_and_those_that_nothing_tells_are_left_alone(spec: dict[str, Any]) -> None:
    drawn, right, wrong, _ = _crossing(**spec)
    tried = [right] if spec in CROSSINGS else [right, wrong]
    for traces in tried:
        mended, findings = _judge(drawn, traces, mend_panel)
        assert findings == []
        for one, other in zip(mended, traces, strict=True):
            np.testing.assert_array_equal(one.points_px, other.points_px)


def _off(one: Trace, other: Trace) -> float:
    """Largest vertical distance, but for the few columns beside a crossing."""
    gap = np.abs(one.points_px[:, 1] - np.interp(one.points_px[:, 0], *other.points_px.T))
    return float(np.quantile(gap, 0.97))


def test_a_place_on_the_reduced_copy_comes_back_to_the_figure() -> None:
    drawn = _drawn()
    half = Reduction(image=drawn.image, factor=0.5)
    found = Finding(code="ink-unseen", severity="warning", message="", box_px=(10.0, 20.0, 30.0, 40.0))
    assert half.finding(found).box_px == (20.5, 40.5, 60.5, 80.5)
    assert half.finding(replace(found, box_px=None)).box_px is None


def test_samples_that_leave_the_ink_give_way_to_the_line_as_followed() -> None:
    drawn = _drawn()
    traced = _truth(drawn)
    points = traced[0].points_px[::40].copy()
    points[5, 1] += 60.0 if points[5, 1] < drawn.panel.axes.centre[1] else -60.0
    refined = [
        replace(
            traced[0], points_px=points, sigma_px=np.full(points.shape, 0.1), flags=np.zeros(len(points), np.uint16),
            path_px=traced[0].points_px, sampling="grid",
        ),
        *traced[1:],
    ]  # fmt: skip
    drawn_axes = _calibration(drawn.panel.axes)
    judged, findings = judge_panel(drawn.image, drawn.panel, drawn_axes, refined, texts=drawn.texts, traced=traced)
    assert judged[0] is traced[0]
    assert [one.code for one in findings] == ["not-refined"]


def test_a_line_along_the_ink_of_others_is_left_out_and_one_of_two_alike_stays() -> None:
    drawn = _drawn(colouring="one", lines=2, crossings=True, seed=3)
    traces = _truth(drawn)
    half = len(traces[0].points_px) // 2
    points = np.concatenate([traces[0].points_px[:half], traces[1].points_px[half:]])
    mixed = replace(
        traces[0], label="mixed", points_px=points, sigma_px=np.full(points.shape, 0.1),
        flags=np.zeros(len(points), np.uint16),
    )  # fmt: skip
    kept, findings = _judge(drawn, [*traces, mixed], mend_panel)
    assert len(kept) == 2
    assert [one.code for one in findings] == ["drawn-twice"]
    kept, findings = _judge(drawn, [*traces, replace(traces[0], label="again")], mend_panel)
    assert sorted(float(one.points_px[0, 1]) for one in kept) == sorted(float(one.points_px[0, 1]) for one in traces)
