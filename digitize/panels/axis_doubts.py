"""What is doubtful about axes that were read: few labels, labels taken for something else than they say."""

from __future__ import annotations

from collections.abc import Mapping

from calibration.axis import AxisCalibration, TickLabel
from calibration.numerals import readings_of
from calibration.scales import CategoryScale
from digitize.findings import Finding

FEW_LABELS = 2
SAME_FRAC = 1e-6


def axis_doubts(panel: int, read: Mapping[str, AxisCalibration]) -> tuple[Finding, ...]:
    """Findings on the axes of one panel, by the name of the axis."""
    return tuple(finding for name, axis in read.items() for finding in _doubts(panel, name.replace("_", " "), axis))


def _doubts(panel: int, name: str, axis: AxisCalibration) -> list[Finding]:
    found = []
    if len(axis.used) <= FEW_LABELS:
        found.append(
            Finding(
                code="axis-thin",
                severity="warning",
                panel=panel,
                message=f"The {name} axis rests on {len(axis.used)} labels alone"
                f" ({', '.join(label.text for label in axis.used)}).",
                value=float(len(axis.used)),
                limit=float(FEW_LABELS),
            )
        )
    if isinstance(axis.scale, CategoryScale):
        numbers = [label.text for label in axis.used if any(char.isdigit() for char in label.text)]
        if 2 * len(numbers) > len(axis.used):
            message = f"The labels of the {name} axis ({', '.join(numbers)}) fit no scale: taken as categories."
            found.append(Finding(code="axis-categories", severity="warning", panel=panel, message=message))
        return found
    other = [label for label in axis.used if _reads_otherwise(label, axis)]
    if other:
        pairs = ", ".join(f'"{label.text}" as {axis.scale.format(label.value)}' for label in other)
        message = f"Labels of the {name} axis were taken for what the others ask for: {pairs}."
        found.append(Finding(code="label-reread", severity="info", panel=panel, message=message))
    return found


def _reads_otherwise(label: TickLabel, axis: AxisCalibration) -> bool:
    """Whether a label's own likeliest reading, as one of numbers, is another value than it was used with."""
    if axis.scale.name == "date":
        return False
    readings = readings_of(label.text)
    if not readings or not label.value:
        return False
    # an addend in the offset text moves all labels alike and is no doubt about one of them
    ratio = readings[0].value * axis.factor / label.value
    return abs(ratio - 1.0) > SAME_FRAC and any(
        abs(reading.value * axis.factor / label.value - 1.0) <= SAME_FRAC for reading in readings
    )
