"""Gridlines that curves interrupt run across a box all the same; strokes of other ink do not."""

from __future__ import annotations

import pytest

from calibration.spines import StraightLine
from digitize.panels.lines_across import lines_across


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
    assert len(lines_across(pieces, (20, 300), (50, 450), 5.0)) == found
