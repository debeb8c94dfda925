"""Faint raw lines behind bold smoothed ones: followed, and linked to them by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from calibration.geometry import FloatArray
from digitize.findings import PointFlag
from digitize.values import RGB, Trace

FAINT_MOST = 0.7
"""A faint line has at most this share of its bold line's strength ..."""
RAY_FRAC = 0.12
"""... on the straight way from the background to it, within this share of the bold line's strength ..."""
HUE_FRAC = 0.25
"""... and of its own (a pale grey lies near to every ray) ..."""
AWAY_FRAC = 0.06
"""... and lies, in the median, this near to it, as a share of the panel's height."""
ONE_SIDED_SHARE = 0.7
FEWEST_TURNS = 6
"""It lies no more on one side than this share of its usual distance, and changes sides at least so often."""
CLEAR_SPAN_FRAC = 0.5
CLEAR_GUESSED_FRAC = 0.15
BOLD_LEAST = 0.8
BOLD_SHARE = 0.1
"""Pixels nearly as strong as the bold line, as a share of the faint one's: else the pale ones are all there is."""
FAINT_RGB = 30.0
LEVEL_SHARE = 0.7
"""Of its points, within a stroke of one height: more and it is the frame of a legend."""
NAME = "{} (raw)"


def is_raw_shade(
    shade: FloatArray, rays: Sequence[FloatArray], points: FloatArray, dashed: Sequence[FloatArray] = ()
) -> bool:
    """Whether a stroke's colour is that of a raw line behind a bold one whose colour the legend shows.

    Parameters
    ----------
    shade : (3,) float array
        Displacement from the background.
    rays : sequence of (3,) float arrays
        The legend's colours, likewise.
    points : (N, 3) float array
        Of the middles of all strokes.
    dashed : sequence of (3,) float arrays
        Those of ``rays`` that the legend shows dashed: thin dashes are paler than the solid line of their colour.
    """
    own = int((np.linalg.norm(points - shade, axis=1) < FAINT_RGB).sum())
    for ray in rays:
        if any(_is_paler(other, ray) for other in dashed):
            continue
        strength = float(ray @ ray)
        if not _is_paler(shade, ray):
            continue
        alpha = points @ ray / max(strength, 1.0)
        aside = np.linalg.norm(points - alpha[:, None] * ray, axis=1)
        bold = int(((alpha > BOLD_LEAST) & (aside < FAINT_RGB)).sum())
        if bold > BOLD_SHARE * own:
            return True
    return False


def _is_paler(other: FloatArray, ray: FloatArray) -> bool:
    """Whether a colour is a paler one on the same straight way from the background."""
    strength = float(ray @ ray)
    share = float(other @ ray) / max(strength, 1.0)
    return 0.0 < share < FAINT_MOST and float(np.linalg.norm(other - share * ray)) < _most_off(other, strength)


def _most_off(shade: FloatArray, strength: float) -> float:
    """How far a pale shade may lie off a ray of a squared length."""
    return min(RAY_FRAC * float(np.sqrt(strength)), HUE_FRAC * float(np.linalg.norm(shade)))


def drop_unlinked(traces: Sequence[Trace], shades: Sequence[RGB], width_px: float) -> list[Trace]:
    """Traces less those in raw shades that belong to no bold line and are no clear lines of their own.

    Palettes of light and dark pairs give lines of their own to pale shades; what runs level is a frame or a rule.
    """
    return [
        one
        for one in traces
        if one.faint_of or one.entry is not None or one.colour not in shades or _is_clear(one, width_px)
    ]


def _is_clear(trace: Trace, width_px: float) -> bool:
    seen = trace.points_px[np.isfinite(trace.points_px[:, 1]), 1]
    if np.mean(np.abs(seen - np.median(seen)) <= trace.stroke_px) > LEVEL_SHARE:
        return False
    x = trace.points_px[:, 0]
    guessed = float(np.mean((trace.flags & np.uint16(PointFlag.INTERPOLATED)) > 0))
    return float(np.nanmax(x) - np.nanmin(x)) > CLEAR_SPAN_FRAC * width_px and guessed < CLEAR_GUESSED_FRAC


def link_faint(traces: Sequence[Trace], background: RGB, height_px: float) -> list[Trace]:
    """Name every unnamed pale line that scatters around a bold one of its hue ``<bold line> (raw)``.

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
        raw = len(bold) == 1
        linked.append(replace(trace, label=NAME.format(bold[0].label), faint_of=bold[0].label) if raw else trace)
    return linked


def _scatters_around(pale: Trace, bold: Trace, most_px: float) -> bool:
    """Whether a line lies near another in the median, now above and now below it."""
    seen, around = (one.points_px[np.isfinite(one.points_px[:, 0])] for one in (pale, bold))
    if len(seen) < 2 or len(around) < 2 or (np.diff(around[:, 0]) < 0).any():
        return False
    gap = seen[:, 1] - np.interp(seen[:, 0], around[:, 0], around[:, 1])
    away = float(np.median(np.abs(gap)))
    turns = int((np.diff(np.sign(gap[np.abs(gap) > 0.5])) != 0).sum())
    return away < most_px and abs(float(np.median(gap))) < ONE_SIDED_SHARE * away and turns >= FEWEST_TURNS


def _is_faint_copy(pale: Trace, bold: Trace, background: RGB, height_px: float) -> bool:
    if pale is bold or pale.entry is not None or pale.kind != "line" or bold.kind != "line":
        return False
    ground = np.array(background, float)
    ray, shade = np.array(bold.colour, float) - ground, np.array(pale.colour, float) - ground
    strength = float(ray @ ray)
    share = float(shade @ ray) / max(strength, 1.0)
    if not 0.0 < share < FAINT_MOST or np.linalg.norm(shade - share * ray) > _most_off(shade, strength):
        return False
    return _scatters_around(pale, bold, AWAY_FRAC * height_px)
