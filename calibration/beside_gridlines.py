"""Labels that stand beside their gridlines: above or below them, or at their right or left, as Chartist draws them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from calibration.fit import fit_line
from calibration.geometry import FloatArray

if TYPE_CHECKING:
    from calibration.axis import Tick

FEWEST_BESIDE, BESIDE_FRAC = 3, 0.5
EDGE_HEIGHTS = 0.5
"""How far from the near edge of its label a gridline may run."""
ALIKE_PX = 1.0


def places_beside(
    ends_px: FloatArray, u: FloatArray, ticks: Sequence[Tick], height_px: float
) -> FloatArray | None:
    """Where labels belong that stand beside gridlines, each at the same distance from its own.

    Gridlines of another axis may run near labels too: so each between the first and the last must have a label, and
    no tick mark may be there that could carry them.

    Parameters
    ----------
    ends_px : (n, 2) array
        Edges of the labels along the axis.
    u : (n,) array
        Their values in the scaled coordinate.
    ticks : sequence of Tick
    height_px : float
        Of the labels' text.

    Returns
    -------
    (n,) array or None
        One edge of each label, shifted to the gridlines.
    """
    at = np.array([tick.position_px for tick in ticks], float)
    if len(at) < FEWEST_BESIDE or any(tick.kind != "gridline" for tick in ticks):
        return None
    for edge in ends_px.T:
        gap = at[None, :] - edge[:, None]
        nearest = np.abs(gap).argmin(axis=1)
        shift = gap[np.arange(len(u)), nearest]
        usual = float(np.median(shift))
        near = np.abs(shift - usual) <= ALIKE_PX
        if near.sum() < max(FEWEST_BESIDE, BESIDE_FRAC * len(u)) or abs(usual) > EDGE_HEIGHTS * height_px:
            continue
        own = at[nearest[near]]
        between = (at >= own.min()) & (at <= own.max())
        if len(np.unique(own)) < near.sum() or between.sum() != near.sum():
            continue
        line = fit_line(own, u[near], np.ones(len(own)))
        if float(np.abs(line.residuals_px).max()) <= ALIKE_PX:
            return np.asarray(edge + usual, np.float64)
    return None
