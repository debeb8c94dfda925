"""Labels of an inset that gridlines of the panel around it cross are read with these taken out of the picture."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from calibration.geometry import Box, TextBox
from digitize.panels import find_panels
from digitize.values import Image
from tests.digitize.test_panels import SecondLook, drawn, new_figure, plot


class CleanLook(SecondLook):
    """Sees labels where nothing but them stands: no gridline may be left in their places."""

    def __init__(self, unseen: list[TextBox], bare: Image) -> None:
        super().__init__(unseen)
        self.bare = bare

    def read_at(self, image: Image, places: Iterable[Box], angle_deg: float = 0.0) -> tuple[TextBox, ...]:
        def is_clean(text: TextBox) -> bool:
            where = text.box.expanded(1.0).slices(image.pixels.shape)
            apart = np.abs(image.pixels[where].astype(int) - self.bare.pixels[where])
            return float((apart.max(axis=2) > 40).mean()) < 0.05  # soft edges over a line may differ

        return tuple(text for text in super().read_at(image, places, angle_deg) if is_clean(text))


@pytest.mark.parametrize("lost", ["bottom", "left"])
def test_the_labels_of_an_inset_are_read_between_gridlines(lost: str) -> None:
    pictures = []
    for grid in (True, False):
        figure, (axes,) = new_figure(size=(7.0, 6.0))
        axes.plot([0, 80], [30, 10])
        axes.set(xlim=(0, 80), ylim=(0, 130))
        axes.set_xticks(range(0, 80, 16))
        axes.set_yticks(range(0, 130, 24))
        axes.grid(grid)
        axes.set_axisbelow(True)
        inset = axes.inset_axes((0.52, 0.56, 0.42, 0.35))
        plot(inset, 2400.0)
        inset.tick_params(length=0.0)
        image, texts = drawn(figure)
        pictures.append(image)
        if grid:
            left, bottom, right, top = inset.get_window_extent().extents
            beside = Box(left=left - 60, right=left, top=image.height_px - top - 9, bottom=image.height_px - bottom + 9)
            if lost == "bottom":
                low = image.height_px - bottom
                beside = Box(left=left - 20, right=right + 20, top=low, bottom=low + 25)
            unseen = [text for text in texts if beside.contains(*text.box.centre)]
            seen = [text for text in texts if text not in unseen]
    assert len(unseen) >= 3
    assert len([one for one in find_panels(pictures[0], seen) if one.calibration]) == 1
    found = find_panels(pictures[0], seen, CleanLook(unseen, pictures[1]))
    assert len([one for one in found if one.calibration]) == 2
