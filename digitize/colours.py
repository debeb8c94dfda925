"""Colours: sRGB to CIELAB, differences, and the plain names a person would use."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from calibration.geometry import FloatArray
from digitize.values import RGB

_WHITE_D65 = np.array([0.95047, 1.0, 1.08883])
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)

GREY_CHROMA = 11.0
"""Below this Lab chroma a colour has no name but black, grey or white."""

_HUES: tuple[tuple[str, RGB], ...] = (
    ("red", (214, 39, 40)), ("red", (255, 0, 0)), ("red", (178, 24, 43)), ("red", (248, 118, 109)),
    ("orange", (255, 127, 14)), ("orange", (230, 159, 0)), ("orange", (255, 165, 0)), ("orange", (221, 100, 30)),
    ("yellow", (255, 235, 0)), ("yellow", (240, 228, 66)), ("yellow", (235, 205, 60)),
    ("olive", (188, 189, 34)), ("olive", (128, 128, 0)),
    ("green", (44, 160, 44)), ("green", (0, 128, 0)), ("green", (0, 186, 56)), ("green", (140, 200, 90)),
    ("green", (0, 158, 115)), ("green", (0, 255, 0)),
    ("teal", (0, 128, 128)), ("teal", (64, 170, 150)),
    ("cyan", (23, 190, 207)), ("cyan", (0, 255, 255)), ("cyan", (0, 191, 196)),
    ("blue", (31, 119, 180)), ("blue", (0, 0, 255)), ("blue", (86, 180, 233)), ("blue", (65, 105, 225)),
    ("blue", (20, 40, 120)), ("blue", (170, 205, 235)),
    ("purple", (148, 103, 189)), ("purple", (128, 0, 128)), ("purple", (90, 40, 140)), ("purple", (180, 140, 220)),
    ("magenta", (255, 0, 255)), ("magenta", (200, 0, 160)), ("magenta", (231, 41, 138)),
    ("pink", (227, 119, 194)), ("pink", (255, 150, 180)), ("pink", (247, 182, 210)),
    ("brown", (140, 86, 75)), ("brown", (165, 42, 42)), ("brown", (139, 69, 19)), ("brown", (120, 80, 40)),
)  # fmt: skip


def to_lab(rgb: ArrayLike) -> FloatArray:
    """CIELAB (D65) of sRGB bytes.

    Parameters
    ----------
    rgb : (..., 3) array
        0 to 255.

    Returns
    -------
    (..., 3) float array
        L 0 to 100, a, b.
    """
    unit = np.asarray(rgb, np.float64) / 255.0
    linear = np.where(unit <= 0.04045, unit / 12.92, ((unit + 0.055) / 1.055) ** 2.4)
    xyz = linear @ _TO_XYZ.T / _WHITE_D65
    root = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16.0 / 116.0)
    return np.stack(
        [
            116.0 * root[..., 1] - 16.0,
            500.0 * (root[..., 0] - root[..., 1]),
            200.0 * (root[..., 1] - root[..., 2]),
        ],
        axis=-1,
    )


def delta_e(one: ArrayLike, other: ArrayLike) -> FloatArray:
    """CIE76 difference of sRGB colours; arrays broadcast. About 2.3 is just noticeable."""
    return np.asarray(np.linalg.norm(to_lab(one) - to_lab(other), axis=-1), np.float64)


def chroma(rgb: ArrayLike) -> FloatArray:
    """Distance from the grey axis in Lab."""
    lab = to_lab(rgb)
    return np.asarray(np.hypot(lab[..., 1], lab[..., 2]), np.float64)


def to_name(rgb: ArrayLike) -> str:
    """The plain English name of a colour: black, grey, white, red, blue, ...

    Nearest in Lab with lightness at half weight, because hue is what people name.
    """
    lab = to_lab(rgb)
    if float(np.hypot(lab[1], lab[2])) < GREY_CHROMA:
        return "black" if lab[0] < 28 else "white" if lab[0] > 93 else "grey"
    if lab[0] < 8:
        return "black"
    palette = to_lab([colour for _, colour in _HUES])
    weights = np.array([0.5, 1.0, 1.0])
    nearest = int(np.argmin(np.linalg.norm((palette - lab) * weights, axis=1)))
    return _HUES[nearest][0]


def to_hex(rgb: RGB) -> str:
    """``#1f77b4``."""
    return "#{:02x}{:02x}{:02x}".format(*rgb)
