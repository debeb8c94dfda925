"""The overlay as a PNG file."""

from __future__ import annotations

import io

from digitize.values import Figure


def to_overlay_png(figure: Figure) -> bytes:
    """What was read, drawn over the figure (:func:`~digitize.overlay.draw_overlay`), as PNG."""
    from PIL import Image as Pil

    from digitize.overlay import draw_overlay

    file = io.BytesIO()
    Pil.fromarray(draw_overlay(figure)).save(file, format="PNG")
    return file.getvalue()
