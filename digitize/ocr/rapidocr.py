"""The reader used by default: PP-OCRv6 small models, run directly with onnxruntime."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration.geometry import ByteArray, TextBox
from digitize.ocr.recognizer import Reading, read_crops
from digitize.ocr.text_boxes import TextLine, find_text_lines
from digitize.values import Image

SAME_PIXEL_LEVELS = 16
"""Crops of one size that differ nowhere by more are the same print: labels repeat over panels."""
CONFIDENCE_MIN = 0.35
LINES_MAX = 600
TURN_BACK_CONFIDENCE = 0.75
"""A line read upward with less is tried the other ways too."""


class RapidTextReader:
    """Finds lines with the detection network and connected ink, reads them with the recognition network."""

    name = "rapidocr"

    def read(self, image: Image) -> tuple[TextBox, ...]:
        """Every line of text, in reading order (top to bottom, then left to right).

        Raises
        ------
        ModuleNotFoundError
            Where the engine or its models are not installed.
        """
        lines = find_text_lines(image.pixels)
        # Bounded work: the surest lines first where a picture has text without end.
        lines = sorted(lines, key=lambda line: -line.quad.score)[:LINES_MAX]
        readings = read_lines(lines)
        boxes = [
            TextBox(
                text=reading.text,
                box=line.box,
                confidence=reading.confidence,
                angle_deg=angle,
                numeric=reading.numeric,
                height_px=line.height_px,
            )
            for line, (reading, angle) in zip(lines, readings, strict=True)
            if reading.text.strip() and reading.confidence >= CONFIDENCE_MIN
        ]
        return tuple(sorted(boxes, key=lambda box: (round(box.box.centre[1]), box.box.left)))


def read_lines(lines: Sequence[TextLine]) -> list[tuple[Reading, float]]:
    """The reading of each line and the angle it was read at."""
    readings = read_distinct([line.crop for line in lines])
    results = [(reading, line.angle_deg) for reading, line in zip(readings, lines, strict=True)]
    doubtful = [
        index
        for index, (reading, angle) in enumerate(results)
        if angle == 90.0 and (lines[index].ambiguous or reading.confidence < TURN_BACK_CONFIDENCE)
    ]
    for turns, angle in ((2, -90.0), (1, 0.0)):
        tried = [index for index in doubtful if angle == -90.0 or lines[index].ambiguous]
        crops = [np.ascontiguousarray(np.rot90(lines[index].crop, turns)) for index in tried]
        for index, reading in zip(tried, read_distinct(crops), strict=True):
            if reading.confidence > results[index][0].confidence + 0.05:
                results[index] = (reading, angle)
    return results


def read_distinct(crops: Sequence[ByteArray]) -> list[Reading]:
    """Read crops, those that look the same only once."""
    distinct: list[ByteArray] = []
    by_shape: dict[tuple[int, ...], list[int]] = {}
    place: list[int] = []
    for crop in crops:
        same = by_shape.setdefault(crop.shape, [])
        for index in same:
            if np.abs(distinct[index].astype(np.int16) - crop).max() <= SAME_PIXEL_LEVELS:
                place.append(index)
                break
        else:
            same.append(len(distinct))
            place.append(len(distinct))
            distinct.append(crop)
    readings = read_crops(distinct)
    return [readings[index] for index in place]
