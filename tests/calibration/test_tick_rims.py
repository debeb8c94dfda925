"""Who drew an axis is seen of its strokes' rims, and tells whether ticks stand half a pixel off their places."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.axis import Tick
from calibration.geometry import Box, ByteArray
from calibration.rounding import CRISP_BIAS_SHARE, SNAP_BIAS_PX, UNTOLD_BIAS_SHARE, snapping_bias_px
from calibration.spines import StraightLine
from calibration.ticks import find_ticks

PLACES = np.array([40.0, 90.0, 140.0, 190.0])
BOX = Box(left=20, top=20, right=220, bottom=120)
SOFT, CRISP = (0.055, 0.055), (0.0, 0.0)


def _ticks(rims: tuple[float, float], *, kind: str = "gridline", outward: bool = True) -> list[Tick]:
    return [Tick(position_px=at, kind=kind, rims=rims, outward=outward) for at in PLACES]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ticks", "bias_px"),
    [
        (_ticks(SOFT), SNAP_BIAS_PX),
        (_ticks(CRISP), CRISP_BIAS_SHARE * SNAP_BIAS_PX),
        (_ticks((0.03, 0.09)), UNTOLD_BIAS_SHARE * SNAP_BIAS_PX),
        (_ticks((np.nan, np.nan)), UNTOLD_BIAS_SHARE * SNAP_BIAS_PX),
        (_ticks(CRISP, kind="tick"), SNAP_BIAS_PX),
        (_ticks(CRISP, kind="tick", outward=False), CRISP_BIAS_SHARE * SNAP_BIAS_PX),
        (_ticks(SOFT, kind="tick", outward=False), SNAP_BIAS_PX),
    ],
)
def test_bias_follows_from_rims_and_from_where_marks_are(ticks: list[Tick], bias_px: float) -> None:
    assert snapping_bias_px(PLACES, ticks) == pytest.approx(bias_px)
    assert snapping_bias_px(PLACES + np.array([0.1, 0.4, 0.7, 0.2]), ticks) == 0.0


def _picture(rim: int) -> ByteArray:
    pixels = np.full((160, 260, 3), 255, np.uint8)
    for at in PLACES.astype(int):
        pixels[20:121, at] = 175
        pixels[20:121, [at - 1, at + 1]] = 255 - rim
    pixels[60:63, 20:221] = (200, 30, 30)
    return pixels


@pytest.mark.parametrize(("rim", "share"), [(0, 0.0), (4, 0.05)])
def test_rims_of_gridlines_are_measured_past_what_crosses_them(rim: int, share: float) -> None:
    lines = [
        StraightLine(
            position_px=float(at), start_px=20, end_px=120, thickness_px=1, coverage=1, contrast=-80, kind="ridge"
        )
        for at in PLACES
    ]
    found = find_ticks(_picture(rim), "bottom", BOX, 1.0, lines, 10.0)
    assert [tick.kind for tick in found] == ["gridline"] * len(PLACES)
    assert [tick.rims for tick in found] == [pytest.approx((share, share), abs=0.005)] * len(PLACES)


@pytest.mark.parametrize(("shade", "outward"), [(175, False), (90, True)])
def test_the_end_of_a_gridline_is_no_tick_mark(shade: int, outward: bool) -> None:
    pixels = _picture(0)
    pixels[20:122, [20, 220]] = pixels[[20, 120], 20:221] = 120
    for at in PLACES.astype(int):
        pixels[122:130, at] = shade
    lines = [
        StraightLine(
            position_px=float(at), start_px=20, end_px=130, thickness_px=1, coverage=1, contrast=-80, kind="ridge"
        )
        for at in PLACES
    ]
    marks = [tick for tick in find_ticks(pixels, "bottom", BOX, 1.0, lines, 10.0) if tick.kind == "tick"]
    assert len(marks) == len(PLACES)
    assert {mark.outward for mark in marks} == {outward}
