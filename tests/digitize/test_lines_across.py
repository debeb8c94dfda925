"""Gridlines that curves interrupt run across a box all the same; strokes of other ink do not."""

from __future__ import annotations

import pytest

from calibration.geometry import Box
from calibration.spines import StraightLine
from digitize.panels.axes_boxes import AxesBox
from digitize.panels.choice import PanelCandidate
from digitize.panels.lines_across import with_pieces


def _piece(start: float, end: float, at: float = 100.0, contrast: float = -30.0) -> StraightLine:
    return StraightLine(
        position_px=at, start_px=start, end_px=end, thickness_px=1, contrast=contrast, coverage=1, kind="ridge"
    )


@pytest.mark.parametrize(
    ("pieces", "found"),
    [
        ([_piece(50, 450)], 1),
        ([_piece(50, 180), _piece(220, 450)], 1),
        ([_piece(50, 120), _piece(350, 450)], 0),
        ([_piece(50, 180), _piece(220, 450, contrast=-120)], 0),
        ([_piece(50, 180), _piece(220, 400)], 0),
        ([_piece(50, 180), _piece(220, 450, at=104)], 0),
    ],
    ids=["whole", "in pieces", "too little of it", "of other ink", "ends inside", "not in line"],
)
def test_pieces_of_one_line_are_joined(pieces: list[StraightLine], found: int) -> None:
    own = (_piece(50, 450, at=20), _piece(50, 450, at=300))
    axes = AxesBox(box=Box(left=50, top=20, right=450, bottom=300), horizontal=own, vertical=())
    panel = with_pieces(PanelCandidate(axes=axes, x=None, y=None, twin_y=None), [*own, *pieces], [], 12.0)
    assert len(panel.axes.horizontal) == len(own) + found
