"""Following lines through the pixels of a panel: the contract, and the table of methods."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from calibration.geometry import Box, TextBox
from digitize.findings import Finding
from digitize.values import Image, Legend, Panel, Trace


class Tracer(Protocol):
    """Turns the pixels of one panel into traces."""

    name: str

    def trace_panel(
        self,
        image: Image,
        panel: Panel,
        legend: Legend | None,
        texts: Sequence[TextBox],
        ignore: Sequence[Box] = (),
    ) -> tuple[tuple[Trace, ...], tuple[Finding, ...]]:
        """Follow every line of a panel.

        Parameters
        ----------
        image : Image
        panel : Panel
            ``axes`` runs through the centres of the spines.
        legend : Legend or None
            Its entries give colours and names; without one, colours are found in the picture.
        texts : sequence of TextBox
            Everywhere in the figure; those inside the axes box are not lines.
        ignore : sequence of Box
            Places inside the axes box where other things lie (legends, insets).

        Returns
        -------
        traces, findings
            What was followed; what was refused, and why.
        """
        ...


def _by_colour() -> Tracer:
    from digitize.tracing.by_colour import ColourTracer

    return ColourTracer()


TRACERS: dict[str, Callable[[], Tracer]] = {"colour": _by_colour}
"""Name to method; a new one is a file and a row."""


def choose_tracer(name: str = "colour") -> Tracer:
    """The tracer of that name; ``ValueError`` where there is none."""
    if name not in TRACERS:
        raise ValueError(f"tracer={name!r} is not one of {sorted(TRACERS)}")
    return TRACERS[name]()


def trace_panel(
    image: Image,
    panel: Panel,
    legend: Legend | None,
    texts: Sequence[TextBox],
    ignore: Sequence[Box] = (),
) -> tuple[tuple[Trace, ...], tuple[Finding, ...]]:
    """Follow every line of a panel with the default tracer; see :meth:`Tracer.trace_panel`."""
    return choose_tracer().trace_panel(image, panel, legend, texts, ignore)
