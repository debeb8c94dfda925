"""A series alone in its panel takes the name of what is measured; several keep theirs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calibration.axis import AxisCalibration, PanelCalibration, calibrate_axis
from calibration.geometry import Box, TextBox
from digitize.lone_series import named_by_axis
from digitize.values import LegendEntry, Trace


def _axis(side: Any, title: str) -> AxisCalibration:
    labels = []
    for k in range(4):
        at = 100.0 + 50.0 * k
        x, y = (at, 300.0) if side == "bottom" else (20.0, at)
        box = Box(left=x - 8, right=x + 8, top=y - 5, bottom=y + 5)
        labels.append(TextBox(text=str(10 * k), box=box, confidence=1.0))
    return calibrate_axis(side, labels, (), title=title)


def _trace(label: str, **more: Any) -> Trace:
    points = np.array([[100.0, 120.0], [250.0, 220.0]])
    return Trace(
        label=label, points_px=points, sigma_px=np.ones((2, 2)), flags=np.zeros(2, np.uint16), colour=(31, 119, 180),
        **more,
    )  # fmt: skip


def _names(*traces: Trace, title: str = "Loss [nats]", panel_title: str = "", twin: bool = False) -> list[str]:
    y = _axis("left", title)
    calibration = PanelCalibration(x=_axis("bottom", "Step"), y=y, twin_y=y if twin else None)
    return [one.label for one in named_by_axis(traces, calibration, panel_title)]


def test_a_series_alone_is_named_by_its_axis_without_the_unit() -> None:
    assert _names(_trace("blue"), _trace("grey", kind="reference")) == ["Loss", "grey"]


def test_its_band_and_its_raw_line_are_named_with_it() -> None:
    upper = _trace("blue (upper)", kind="band", band_of="blue")
    raw = _trace("blue (raw)", faint_of="blue")
    assert _names(_trace("blue"), upper, raw) == ["Loss", "Loss (upper)", "Loss (raw)"]


def test_without_a_title_of_the_axis_the_panels_serves() -> None:
    assert _names(_trace("blue"), title="", panel_title="reward/mean") == ["reward/mean"]
    assert _names(_trace("blue"), title="") == ["blue"]


@pytest.mark.parametrize("twin", [False, True])
def test_what_a_title_may_not_mean_keeps_its_name(twin: bool) -> None:
    others = () if twin else (_trace("red"),)
    assert _names(_trace("blue"), *others, twin=twin)[0] == "blue"
    named = _trace("ours", entry=LegendEntry(label="ours", handle=None, colour=(31, 119, 180)))
    assert _names(named) == ["ours"]
