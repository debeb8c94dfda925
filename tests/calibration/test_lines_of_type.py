"""Labels stand where their line of type does, whatever letters it has."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image as PILImage

from calibration import Box, TextBox, calibrate_axis
from calibration.lines_of_type import ascent_px, type_range_px

AT_PX = (40.0, 100.0, 160.0, 220.0, 280.0)


def column(words: list[str]) -> list[TextBox]:
    """Labels that Matplotlib centres at given places, with boxes around their ink."""
    canvas = Figure(figsize=(2, 3.2), dpi=100)
    for at, word in zip(AT_PX, words, strict=False):
        canvas.text(0.5, 1 - at / 320, word, ha="right", va="center_baseline", fontsize=14)
    file = BytesIO()
    canvas.savefig(file, format="png")
    ink = 255 - np.asarray(PILImage.open(file).convert("L"), float)
    labels = []
    for at, word in zip(AT_PX, words, strict=False):
        part = ink[round(at) - 25 : round(at) + 25]
        rows, cols = np.flatnonzero(part.max(axis=1) > 110), np.flatnonzero(part.max(axis=0) > 110)
        top, bottom = rows[0] + round(at) - 25.5, rows[-1] + round(at) - 24.5
        labels.append(TextBox(text=word, confidence=0.9, box=Box(left=cols[0], right=cols[-1], top=top, bottom=bottom)))
    return labels


@pytest.mark.parametrize(
    "words", [["west", "gamma", "blue", "green", "alpha"], ["\u03c0", "\u03c0/2", "0"], ["1,000", "500", "0"]]
)
def test_low_letters_and_tails_do_not_move_a_label(words: list[str]) -> None:
    labels = column(words)
    middles = [sum(type_range_px(label, ascent_px(labels))) / 2 for label in labels]
    assert middles == pytest.approx(AT_PX[: len(words)], abs=1.2)


def test_categories_beside_an_upright_axis_stand_evenly() -> None:
    labels = column(["west", "gamma", "blue", "green"])
    axis = calibrate_axis("left", labels, [])
    assert axis.to_pixel([0.0, 3.0]) == pytest.approx([AT_PX[3], AT_PX[0]], abs=1.0)
