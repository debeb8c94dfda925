"""Where slanted labels are fastened that have no ticks: at their middle, or at the end that is nearest to the axis.

Nothing in one label says so, but labels of different lengths do: the place that is even on all of them is the one that
was given to the renderer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from calibration.fit import fit_line
from calibration.geometry import FloatArray, Side
from calibration.labels import LabelMark
from calibration.seats import OFFSET_SIGMA_HEIGHTS, Seating

ASCENT_HEIGHTS, BEARING_HEIGHTS = 0.97, 0.27
"""The corner that renderers turn a label about lies so much above its last character's foot, and so much beyond its ink
(its round edge and the gap after it included), in heights of the line."""
CORNER_DOUBT = 0.5
"""Some put the corner of the turned label's upright box at the tick instead."""
PLACE_SIGMA_PX, PLACE_SIGMA_HEIGHTS = 0.25, 0.04
"""How evenly the ink of equally spaced labels stands: characters fill their places differently."""
CERTAIN_GAIN, CLEAR_GAIN, CLEAR_RATIO = 4.0, 2.0, 20.0
"""In log likelihood: with less the lengths of labels do not tell, unless one place is even to a small part of that."""
FEWEST = 3


def fastened(side: Side, marks: Sequence[LabelMark], u: FloatArray, seating: Seating) -> Seating:
    """The seating of slanted labels without ticks, by what their lengths say; as it is where they say nothing.

    Parameters
    ----------
    side : Side
    marks : sequence of LabelMark
        Those that agree on the axis.
    u : (n,) array
        Their values in the scaled coordinate.
    seating : Seating
        On the labels alone.
    """
    leans_deg = [mark.lean_deg for mark in marks]
    if len(marks) < FEWEST or min(leans_deg) * max(leans_deg) <= 0:  # some level, or leaning another way
        return seating
    lean_deg = float(np.median(leans_deg))
    height_px = float(np.median([mark.height_px for mark in marks]))
    low, high = np.array([mark.ends_px for mark in marks]).T
    lean = np.radians(abs(lean_deg))
    corner_px = max(height_px * float(ASCENT_HEIGHTS * np.sin(lean) - BEARING_HEIGHTS * np.cos(lean)), 0.0)
    # text that rises to the right ends at an axis above it and begins at one below it
    ends_there = (lean_deg > 0) == (side == "bottom")
    places = [((low + high) / 2, 0.0), (high - corner_px, corner_px) if ends_there else (low + corner_px, corner_px)]
    sigma_px = max(PLACE_SIGMA_PX, PLACE_SIGMA_HEIGHTS * height_px)
    lines = [fit_line(place, u, np.full(len(u), sigma_px)) for place, _ in places]
    misfit = [float((line.residuals_px**2).sum()) / (2 * sigma_px**2) for line in lines]
    best = int(np.argmin(misfit))
    gain = max(misfit) - min(misfit)
    if gain < CERTAIN_GAIN and not (gain >= CLEAR_GAIN and max(misfit) > CLEAR_RATIO * min(misfit)):
        return seating
    place, doubt_px = places[best]
    line = lines[best]
    common = (OFFSET_SIGMA_HEIGHTS * height_px) ** 2 + (CORNER_DOUBT * doubt_px) ** 2
    line = replace(line, covariance=line.covariance + np.diag([0.0, common * line.slope**2]))
    return replace(seating, position_px=place, line=line)
