"""Labels that stand beside their gridlines: above or below them, or at their right or left, as Chartist draws them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from calibration.fit import Line, fit_line
from calibration.geometry import FloatArray

if TYPE_CHECKING:
    from calibration.axis import Tick

FEWEST_BESIDE = 4
EDGE_HEIGHTS = 0.5
"""How far from the near edge of its label a gridline may run."""
ALIKE_PX = 1.0


def axis_beside(ends_px: FloatArray, u: FloatArray, ticks: Sequence[Tick], height_px: float) -> Line | None:
    """The axis through the gridlines along which labels stand, one for each.

    Gridlines of another axis may run near labels too: so none may lie between theirs, no tick mark may be there that
    could carry the labels, and every label has to keep the same distance from its own.

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
    Line or None
    """
    at = np.array([tick.position_px for tick in ticks], float)
    if len(u) < FEWEST_BESIDE or len(at) < len(u) or any(tick.kind != "gridline" for tick in ticks):
        return None
    for edge in ends_px.T:
        gap = at[None, :] - edge[:, None]
        nearest = np.abs(gap).argmin(axis=1)
        shift = gap[np.arange(len(u)), nearest]
        own = at[nearest]
        between = (at >= own.min()) & (at <= own.max())
        if len(np.unique(nearest)) < len(u) or between.sum() != len(u):
            continue
        if abs(float(np.median(shift))) > EDGE_HEIGHTS * height_px or float(np.ptp(shift)) > 2 * ALIKE_PX:
            continue
        line = fit_line(own, u, np.array([tick.sigma_px for tick in ticks])[nearest])
        if float(np.abs(line.residuals_px).max()) <= ALIKE_PX:
            return line
    return None
