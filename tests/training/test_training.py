"""The network in the package reads what its training draws: characters, crops and model belong together."""

from __future__ import annotations

import random

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from digitize.ocr.label_network import CHARACTERS, GROUND_LEVEL, OTHER, ROWS
from digitize.ocr.models import open_model
from tests.training.drawn_labels import draw_label
from tests.training.train import spelled

LABELS = 200


def test_the_model_reads_what_its_training_draws() -> None:
    lot = random.Random(31)
    right = 0
    for _ in range(LABELS):
        rows, text = draw_label(lot) or (np.full((ROWS, 8), GROUND_LEVEL, np.uint8), "")
        wanted = spelled(text)
        assert rows.shape[0] == ROWS and rows.dtype == np.uint8 and set(wanted) <= set(CHARACTERS)
        padded = np.pad(rows, ((0, 0), (0, 4 + rows.shape[1] % 2)), constant_values=GROUND_LEVEL)
        best = open_model("label").run(None, {"rows": padded[None, None]})[0][0].argmax(axis=1)
        changed = np.flatnonzero((np.diff(best, prepend=0) != 0) & (best != 0))
        right += "".join(CHARACTERS[best[at] - 1] for at in changed) == wanted
    assert right >= 0.85 * LABELS


def test_what_is_no_label_is_one_character() -> None:
    assert spelled("Loss (×10⁻³)") == f"{OTHER} (x10⁻³)"
    assert spelled("15 May") == f"15 {OTHER}"
    assert spelled("2.5M") == "2.5M"
