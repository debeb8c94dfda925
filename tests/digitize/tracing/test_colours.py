"""Colours as a person names them."""

from __future__ import annotations

import numpy as np
import pytest

from digitize.colours import delta_e, to_hex, to_lab, to_name


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ((31, 119, 180), "blue"),
        ((255, 127, 14), "orange"),
        ((44, 160, 44), "green"),
        ((214, 39, 40), "red"),
        ((148, 103, 189), "purple"),
        ((127, 127, 127), "grey"),
        ((0, 0, 0), "black"),
        ((255, 0, 255), "magenta"),
        ((248, 118, 109), "red"),
        ((0, 191, 196), "cyan"),
    ],
)
def test_usual_palette_colours_have_their_usual_names(colour: tuple[int, int, int], name: str) -> None:
    assert to_name(colour) == name


def test_white_is_the_top_of_lab() -> None:
    assert to_lab((255, 255, 255)) == pytest.approx([100, 0, 0], abs=0.02)


def test_difference_broadcasts() -> None:
    gaps = delta_e([[0, 0, 0], [255, 255, 255]], (0, 0, 0))
    assert np.round(gaps) == pytest.approx([0, 100])


def test_hex_is_lower_case() -> None:
    assert to_hex((31, 119, 180)) == "#1f77b4"
