"""What remains open about lines that were followed, and what is said where none could be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from digitize.colours import to_name
from digitize.findings import Finding, PointFlag
from digitize.tracing.centreline import Centreline
from digitize.tracing.palette import StrokeColour
from digitize.tracing.same_colour import JointLine
from digitize.values import Legend, Panel

SPARSE_FRAC = 0.4


def joint_doubts(panel: Panel, lines: Sequence[JointLine], legend: Legend | None) -> list[Finding]:
    """What remains open about lines that were followed together."""
    name = to_name(lines[0].colour.rgb)
    named = {id(one.entry) for one in lines}
    missing = [e.label for e in lines[0].entries if e.line and id(e) not in named]
    nameless = sum(one.entry is None for one in lines)
    result = [finding(panel, "same-colour", f"{len(lines)} lines are {name}: they were followed together")]
    if missing and nameless:
        result.append(
            finding(panel, "identity-undecided", f"which {name} line is {' or '.join(map(repr, missing))} is open")
        )
    elif missing:
        result.extend(finding(panel, "entry-without-line", f"no line found for the entry {m!r}") for m in missing)
    elif nameless and legend is not None and legend.entries:
        result.append(finding(panel, "line-without-entry", f"{nameless} {name} line(s) without a legend entry"))
    return result


def finding(panel: Panel, code: str, message: str, *, error: bool = False) -> Finding:
    """A finding of one panel; the message becomes a sentence."""
    sentence = f"{message[0].upper()}{message[1:]}."
    return Finding(code=code, severity="error" if error else "warning", message=sentence, panel=panel.index)


def tangled(panel: Panel, colour: StrokeColour) -> Finding:
    """For ink in which no line could be followed."""
    message = f"{to_name(colour.rgb)!r} ink makes no single line that could be followed with confidence"
    return finding(panel, "series-refused", message, error=True)


def refused(panel: Panel, colour: StrokeColour, kind: str) -> Finding:
    """For a colour drawn otherwise than as a line."""
    what = "solid regions (bars or areas)" if kind == "filled" else "separate points without a line"
    name = colour.entries[0].label if colour.entries else to_name(colour.rgb)
    return finding(panel, "kind-refused", f"{name!r} is drawn as {what}, which this version does not read", error=True)


def doubts(
    panel: Panel, line: Centreline, colour: StrokeColour, legend: Legend | None, count: int
) -> list[Finding]:
    """What remains open about the lines of one colour that was followed alone."""
    result = []
    name = colour.entries[0].label if colour.entries else to_name(colour.rgb)
    if legend is not None and legend.entries and not colour.entries:
        result.append(finding(panel, "line-without-entry", f"a {name} line has no legend entry"))
    guessed = float(np.mean((line.flags & PointFlag.INTERPOLATED) > 0))
    if guessed > SPARSE_FRAC:
        result.append(finding(panel, "sparse", f"{guessed:.0%} of {name!r} is interpolated"))
    result.extend(
        finding(panel, "series-refused", f"{entry.label!r} shares its colour with {name!r}", error=True)
        for entry in colour.entries[count:]
    )
    if count > 1:
        message = f"{count} lines are {to_name(colour.rgb)}: which is which after a crossing is uncertain"
        result.append(finding(panel, "same-colour", message))
    return result
