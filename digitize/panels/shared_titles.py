"""Axis titles that a figure prints once for all of its panels, centred below them or upright beside them."""

from __future__ import annotations

from collections.abc import Sequence

from calibration.geometry import Box, Side, TextBox, enclosing_box
from digitize.panels.axis_texts import is_number_like

CENTRED_FRAC = 0.08
REACH_HEIGHTS = 5.0
UPRIGHT_DEG, TURNED_DEG = 15.0, 60.0


def shared_titles(
    panels: Sequence[Box], labels: Sequence[TextBox], texts: Sequence[TextBox], text_height_px: float
) -> dict[Side, str]:
    """The x and the y title of all panels together, by side; what is missing has no entry.

    Parameters
    ----------
    panels : sequence of Box
        Axes boxes, at least two.
    labels : sequence of TextBox
        Tick labels of all panels: titles stand beyond them.
    texts : sequence of TextBox
        All texts of the figure.
    text_height_px : float
        The figure's ruler.
    """
    found: dict[Side, str] = {}
    if len(panels) < 2:
        return found
    whole = enclosing_box(panels)
    outer = enclosing_box([whole, *(label.box for label in labels)])
    taken = {id(label) for label in labels}
    reach_px = REACH_HEIGHTS * text_height_px
    for text in texts:
        x, y = text.box.centre
        if id(text) in taken or is_number_like(text) or len(text.text.strip()) < 2:
            continue
        below = -0.3 * text_height_px <= text.box.top - outer.bottom <= reach_px
        if below and abs(text.angle_deg) < UPRIGHT_DEG and abs(x - whole.centre[0]) <= CENTRED_FRAC * whole.width_px:
            found.setdefault("bottom", text.text.strip())
        before = -0.3 * text_height_px <= outer.left - text.box.right <= reach_px
        if before and text.angle_deg > TURNED_DEG and abs(y - whole.centre[1]) <= CENTRED_FRAC * whole.height_px:
            found.setdefault("left", text.text.strip())
    return found
