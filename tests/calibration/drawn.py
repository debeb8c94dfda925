"""Tick labels and ticks with known truth, placed as a renderer would."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration import Box, TextBox, Tick

HEIGHT_PX = 12.0


def label_at(position_px: float, text: str, *, side: str = "bottom", numeric: str = "", **more: float) -> TextBox:
    """A label box centred on ``position_px`` along the axis."""
    width = 0.55 * HEIGHT_PX * max(len(text), 1)
    if side in ("bottom", "top"):
        box = Box(left=position_px - width / 2, right=position_px + width / 2, top=300.0, bottom=300.0 + HEIGHT_PX)
    else:
        box = Box(left=60.0 - width, right=60.0, top=position_px - HEIGHT_PX / 2, bottom=position_px + HEIGHT_PX / 2)
    return TextBox(text=text, box=box, confidence=float(more.get("confidence", 0.95)), numeric=numeric)


def axis_labels(positions: Sequence[float], texts: Sequence[str], **more: str) -> list[TextBox]:
    return [label_at(p, t, **more) for p, t in zip(positions, texts, strict=True)]  # type: ignore[arg-type]


def ticks_at(positions: Sequence[float] | np.ndarray, sigma_px: float = 0.1, length_px: float = 5.0) -> list[Tick]:
    return [Tick(position_px=float(p), sigma_px=sigma_px, length_px=length_px) for p in positions]
