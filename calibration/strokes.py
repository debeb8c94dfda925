"""One stroke in a grey profile across it: where it lies, to sub-pixel, how wide it is and how strong."""

from __future__ import annotations

import numpy as np

from calibration.geometry import FloatArray


def stroke_centre(profile: FloatArray, at_px: FloatArray, sign: float) -> tuple[float, float, float]:
    """Sub-pixel centre, width and signed contrast of one stroke across a grey profile.

    Parameters
    ----------
    profile, at_px : (N,) float arrays
        Grey levels across the stroke and where they were taken.
    sign : float
        Negative for a stroke darker than its surroundings.

    Returns
    -------
    centre_px, width_px, contrast : float
        ``width_px`` is ink divided by peak contrast.
    """
    ends = np.array([profile[0], profile[-1]])
    ground = np.interp(at_px, [at_px[0], at_px[-1]], ends)
    ink = np.maximum((profile - ground) * np.sign(sign), 0.0)
    peak = int(np.argmax(ink))
    if ink[peak] <= 0:
        return float(at_px.mean()), 1.0, 0.0
    first, last = peak, peak
    while first > 0 and ink[first - 1] > 0.1 * ink[peak]:
        first -= 1
    while last < len(ink) - 1 and ink[last + 1] > 0.1 * ink[peak]:
        last += 1
    weight, where = ink[first : last + 1], at_px[first : last + 1]
    centre = float((weight * where).sum() / weight.sum())
    return centre, float(weight.sum() / ink[peak]), float(ink[peak] * np.sign(sign))
