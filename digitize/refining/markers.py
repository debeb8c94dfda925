"""Where a line's markers sit: swellings of its ink that return in one size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.geometry import FloatArray
from digitize.refining.paths import PathPiece
from digitize.values import RGB, Image, Panel, Trace

WINDOW_STROKES = 5.0
WINDOW_PX = 4.0
"""Half height of the window along the path in which ink is summed, in stroke widths and on top of them."""
RESIDUAL_FRAC = 0.2
RESIDUAL_RGB = 20.0
STEEP_SLOPE = 2.0
"""Where the line is steeper the height of a column's ink says nothing about markers."""
SWELLING_STROKES = 0.8
"""A marker's column holds this much more ink than the stroke alone."""
LEAST_WIDTH_STROKES = 1.1
MOST_WIDTH_STROKES = 12.0
ALIKE_MASS = 1.6
ALIKE_WIDTH = 1.5
"""Markers of a line differ from their median by less than these factors."""
FEWEST_MARKERS = 3
ALIKE_FRAC = 0.6
THIN_QUANTILE = 0.25
MARKER_SIGMA_PX = 0.25
SMOOTH_STROKES = 3.0
"""Half width of the running median that takes the markers' own wobble out of the path."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Markers:
    """Centres along x, in pixels, and the width of one marker."""

    x: FloatArray
    sigma_px: float
    width_px: float


def known_markers(trace: Trace, piece: PathPiece) -> Markers | None:
    """The markers that a line was led through, of one piece of it; None where too few are known."""
    if trace.markers_px is None:
        return None
    x = trace.markers_px[:, 0]
    x = x[(x >= piece.x[0] - trace.marker_width_px) & (x <= piece.x[-1] + trace.marker_width_px)]
    return Markers(x=x, sigma_px=MARKER_SIGMA_PX, width_px=trace.marker_width_px) if len(x) >= FEWEST_MARKERS else None


def find_markers(image: Image, panel: Panel, piece: PathPiece, colour: RGB) -> Markers | None:
    """The markers along one piece of a path; None where its ink does not swell again and again.

    Parameters
    ----------
    image : Image
    panel : Panel
        Gives the background.
    piece : PathPiece
    colour : RGB
        Of the stroke.
    """
    stroke = max(piece.stroke_px, 1.0)
    margin = int(np.ceil(2 * stroke + WINDOW_PX))
    left = max(int(np.floor(piece.x[0])) - margin, 0)
    right = min(int(np.ceil(piece.x[-1])) + margin, image.width_px - 1)
    columns = np.arange(left, right + 1)
    if len(columns) < 12:
        return None
    smooth = _smooth(piece.y, int(np.ceil(SMOOTH_STROKES * stroke)))
    middle = np.interp(columns, piece.x, smooth)
    half = int(np.ceil(WINDOW_STROKES * stroke / 2 + WINDOW_PX))
    rows = np.round(middle).astype(np.int64)[None, :] + np.arange(-half, half + 1)[:, None]
    valid = (rows >= 0) & (rows < image.height_px)
    pixels = image.pixels[np.clip(rows, 0, image.height_px - 1), columns[None, :]].astype(np.float64)
    background = np.array(panel.background, np.float64)
    ray = np.array(colour, np.float64) - background
    norm = max(float(ray @ ray), 1.0)
    away = pixels - background
    raw = away @ ray / norm
    alpha = np.clip(raw, 0.0, 1.0)
    rest = np.linalg.norm(away - alpha[..., None] * ray, axis=-1)
    alpha[(rest > RESIDUAL_RGB + RESIDUAL_FRAC * alpha * np.sqrt(norm)) | ~valid] = 0.0
    ink = alpha.sum(axis=0)
    reach = max(round(2 * stroke), 3)
    ahead, behind = np.interp(columns + reach, piece.x, smooth), np.interp(columns - reach, piece.x, smooth)
    slope = (ahead - behind) / (2 * reach)
    thickness = ink / np.hypot(1.0, slope)
    inked = thickness > 0.3
    if inked.sum() < 12:
        return None
    # markers may be most of the ink: the thinnest parts tell the stroke
    stroke = min(stroke, max(float(np.quantile(thickness[inked], THIN_QUANTILE)), 1.0))
    excess = ink - stroke * np.hypot(1.0, slope)
    excess[np.abs(slope) > STEEP_SLOPE] = 0.0
    swollen = excess > SWELLING_STROKES * stroke
    edges = np.diff(np.concatenate([[0], swollen.astype(np.int8), [0]]))
    firsts, lasts = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    width = (lasts - firsts).astype(float)
    fits = (width >= LEAST_WIDTH_STROKES * stroke) & (width <= MOST_WIDTH_STROKES * stroke)
    if fits.sum() < FEWEST_MARKERS:
        return None
    sums = np.concatenate([[0.0], np.cumsum(excess)])
    moments = np.concatenate([[0.0], np.cumsum(excess * columns)])
    mass = sums[lasts] - sums[firsts]
    centre = (moments[lasts] - moments[firsts]) / np.maximum(mass, 1e-9)
    usual_mass, usual_width = np.median(mass[fits]), np.median(width[fits])
    alike = fits & (mass > usual_mass / ALIKE_MASS) & (mass < usual_mass * ALIKE_MASS)
    alike &= (width > usual_width / ALIKE_WIDTH) & (width < usual_width * ALIKE_WIDTH)
    if alike.sum() < FEWEST_MARKERS or alike.sum() < ALIKE_FRAC * len(firsts):
        return None
    return Markers(x=centre[alike], sigma_px=MARKER_SIGMA_PX, width_px=float(usual_width) + 1.0)


def _smooth(y: FloatArray, half: int) -> FloatArray:
    """Running median, the ends repeated."""
    padded = np.concatenate([np.full(half, y[0]), y, np.full(half, y[-1])])
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1), axis=1), np.float64)
