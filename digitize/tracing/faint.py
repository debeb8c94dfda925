"""Faint raw lines behind bold smoothed ones: linked to them by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from digitize.values import RGB, Trace

FAINT_MOST = 0.7
"""A faint line has at most this share of its bold line's strength ..."""
RAY_FRAC = 0.12
"""... on the straight way from the background to it, within this share of the bold line's strength ..."""
AWAY_FRAC = 0.06
"""... and lies, in the median, this near to it, as a share of the panel's height."""


def link_faint(traces: Sequence[Trace], background: RGB, height_px: float) -> list[Trace]:
    """Name every unnamed pale line that scatters around a bold one of its hue ``<bold line> (faint)``.

    Parameters
    ----------
    traces : sequence of Trace
        Of one panel.
    background : RGB
    height_px : float
        Of the axes box.
    """
    linked = []
    for trace in traces:
        bold = [one for one in traces if _is_faint_copy(trace, one, background, height_px)]
        linked.append(replace(trace, label=f"{bold[0].label} (faint)") if len(bold) == 1 else trace)
    return linked


def _is_faint_copy(pale: Trace, bold: Trace, background: RGB, height_px: float) -> bool:
    if pale is bold or pale.entry is not None or pale.kind != "line" or bold.kind != "line":
        return False
    ground = np.array(background, float)
    ray, shade = np.array(bold.colour, float) - ground, np.array(pale.colour, float) - ground
    strength = float(ray @ ray)
    share = float(shade @ ray) / max(strength, 1.0)
    if not 0.0 < share < FAINT_MOST or np.linalg.norm(shade - share * ray) > RAY_FRAC * np.sqrt(strength):
        return False
    seen, around = (one.points_px[np.isfinite(one.points_px[:, 0])] for one in (pale, bold))
    if len(seen) < 2 or len(around) < 2 or (np.diff(around[:, 0]) < 0).any():
        return False
    away = seen[:, 1] - np.interp(seen[:, 0], around[:, 0], around[:, 1])
    return float(np.median(np.abs(away))) < AWAY_FRAC * height_px
