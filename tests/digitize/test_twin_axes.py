"""Two y axes: which series belongs to which."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.axis import AxisCalibration, PanelCalibration
from calibration.geometry import Box, TextBox
from calibration.scales import LinearScale
from digitize.twin_axes import choose_y_axes
from digitize.values import RGB, Panel, Trace

AXES = Box(left=50, top=20, right=350, bottom=220)
PANEL = Panel(index=1, axes=AXES, region=AXES.expanded(50))


def _axis(side: str, title: str) -> AxisCalibration:
    return AxisCalibration(
        side=side,  # type: ignore[arg-type]
        scale=LinearScale(),
        slope=-1.0,
        intercept=0.0,
        centre_px=100.0,
        covariance=np.zeros((2, 2)),
        residual_px=0.1,
        title=title,
    )


def _trace(label: str, colour: RGB = (0, 0, 0)) -> Trace:
    return Trace(
        label=label,
        points_px=np.array([[60.0, 100.0], [300.0, 120.0]]),
        sigma_px=np.full((2, 2), 0.1),
        flags=np.zeros(2, np.uint16),
        colour=colour,
    )


def _labels(pixels: np.ndarray, x: int, colour: RGB) -> list[TextBox]:
    boxes = []
    for y in (40, 120, 200):
        pixels[y - 3 : y + 4, x : x + 12 : 2] = colour
        boxes.append(TextBox(text="1", box=Box(left=x, top=y - 4, right=x + 12, bottom=y + 4), confidence=1.0))
    return boxes


def _chosen(titles: tuple[str, str], traces: list[Trace], ink: tuple[RGB, RGB] = ((0, 0, 0), (0, 0, 0))):
    pixels = np.full((260, 420, 3), 255, np.uint8)
    labels = _labels(pixels, 30, ink[0]) + _labels(pixels, 360, ink[1])
    calibration = PanelCalibration(x=_axis("bottom", ""), y=_axis("left", titles[0]), twin_y=_axis("right", titles[1]))
    axes, findings = choose_y_axes(pixels, PANEL, calibration, traces, labels)
    return [axis.side for axis in axes], findings


def test_coloured_labels_claim_the_lines_of_their_colour() -> None:
    traces = [_trace("a", (214, 39, 40)), _trace("b", (31, 119, 180))]
    sides, findings = _chosen(("", ""), traces, ((31, 119, 180), (214, 39, 40)))
    assert sides == ["right", "left"]
    assert not findings


def test_a_coloured_axis_title_claims_the_lines_of_its_colour() -> None:
    pixels = np.full((260, 420, 3), 255, np.uint8)
    labels = _labels(pixels, 30, (0, 0, 0)) + _labels(pixels, 360, (0, 0, 0))
    titles = []
    for word, x, colour in (("Rate", 10, (31, 119, 180)), ("Price", 390, (214, 39, 40))):
        pixels[100:140:2, x : x + 8] = colour
        box = Box(left=x, right=x + 8, top=99, bottom=140)
        titles.append(TextBox(text=word, box=box, confidence=1.0, angle_deg=90.0))
    calibration = PanelCalibration(x=_axis("bottom", ""), y=_axis("left", "Rate"), twin_y=_axis("right", "Price"))
    traces = [_trace("a", (214, 39, 40)), _trace("b", (31, 119, 180))]
    axes, findings = choose_y_axes(pixels, PANEL, calibration, traces, labels, titles)
    assert [axis.side for axis in axes] == ["right", "left"]
    assert not findings


def test_an_axis_title_claims_the_series_it_names_and_the_rest_goes_to_the_other() -> None:
    sides, findings = _chosen(("Inflation", ""), [_trace("Inflation (quarterly)"), _trace("Interest rate")])
    assert sides == ["left", "right"]
    assert not findings


def test_where_nothing_tells_the_first_axis_is_taken_with_a_finding() -> None:
    sides, findings = _chosen(("", ""), [_trace("a"), _trace("b")])
    assert sides == ["left", "left"]
    assert [finding.code for finding in findings] == ["axis-guessed"]
    assert "'a', 'b'" in findings[0].message


def test_one_axis_takes_every_series() -> None:
    calibration = PanelCalibration(x=_axis("bottom", ""), y=_axis("left", ""))
    axes, findings = choose_y_axes(np.zeros((9, 9, 3), np.uint8), PANEL, calibration, [_trace("a")], ())
    assert axes == (calibration.y,)
    assert not findings


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_order_of_the_series_does_not_matter(order: tuple[int, int]) -> None:
    traces = [_trace("CPI"), _trace("Real GDP")]
    sides, _ = _chosen(("CPI", "Real GDP (bn)"), [traces[i] for i in order])
    assert [sides[order.index(i)] for i in (0, 1)] == ["left", "right"]


@pytest.mark.parametrize("word", ["(right)", "(rhs)", "[r.h.s.]", "(right axis)"])
def test_a_name_may_say_its_side(word: str) -> None:
    sides, findings = _chosen(("", ""), [_trace("Rate"), _trace(f"Price {word}")])
    assert sides == ["left", "right"]
    assert not findings
