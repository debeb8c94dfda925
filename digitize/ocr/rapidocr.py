"""The reader used by default: PP-OCRv6 small models, run directly with onnxruntime."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from calibration.geometry import Box, ByteArray, TextBox
from digitize.ocr.detector import Quad
from digitize.ocr.label_readings import LabelPlace, closely_as_label, level_quad, read_sure_labels, with_label_readings
from digitize.ocr.lines import CROP_MARGIN_HEIGHTS, CROP_MARGIN_MIN_PX, UPRIGHT_DEG, TextLine, cut_turned
from digitize.ocr.pieces import find_gaps, restore_spaces, split_numbers, without_handle_text
from digitize.ocr.recognizer import Reading, read_crops
from digitize.ocr.superscripts import find_exponent, flatten_raised, to_power
from digitize.ocr.text_boxes import find_text_lines, without_repeats
from digitize.values import Image

SAME_PIXEL_LEVELS = 16
"""Crops of one size that differ nowhere by more are the same print: labels repeat over panels."""
CONFIDENCE_MIN = 0.35
LONE_SIGN_CONFIDENCE_MIN = 0.95
TITLE = re.compile(r"[A-Za-z]{3,}\s*[(\[]")
"""A word and a bracket: its factor is no number of its own."""
LABEL_CONFIDENCE_MIN = 0.7
"""Of a label that the general reader does not believe; a marker is often like one character."""
NEIGHBOURS = re.compile(r"\s*[^\s\d$€£]{1,2}\s+[-−–+]?\d")
NEIGHBOUR_GAP_HEIGHTS = 0.5
OTHER_LABELS = re.compile(
    r"[-\u2212\u2013]?\s*\d*\s*[\u03c0\u2161][IT1l|]?(?:\s*/\s*\d+)?"
    r"|(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?[ '\u2019]?\s?\d{0,4}",
    re.IGNORECASE,
)
"""Tick labels that the characters of numbers cannot say: multiples of pi, months."""
FLATTENED_POWER = re.compile(r"10[-−–⁻]([1-9]|1\d)")
""""10-5" as a number: no tick label reads so, a power whose exponent was not seen as raised does."""
LINES_MAX = 600
CLOSE_MARGINS_HEIGHTS, CLOSE_SIZES = ((0.3, 0.3), (0.3, 0.5), (0.45, 0.65)), (1.0, 2.0, 4.0)
"""Along and across: faint exponents reach beyond the ink that was found of their line."""
SMALL_PX, AGREED_FRAC = 20.0, 0.6
"""Of print up to this height the label network alone is heard where so much of its crops say the same."""
POWER_LIKE = re.compile(r"[-−–+×xX*·\d.,\s]*[1lI2e]")
LEARNING_RATE = re.compile(r"(?<![A-Za-z])Ir(?=\s*[=:_])")
"""What the network makes of ``lr=`` and ``lr_``: no word begins with a capital I and an r before such a sign."""
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
        return _read(image.pixels, sorted(lines, key=lambda line: -line.quad.score)[:LINES_MAX])

    def read_at(self, image: Image, places: Sequence[Box], angle_deg: float = 0.0) -> tuple[TextBox, ...]:
        """The tick labels that stand at places where the first reading saw none, upright or at 90 degrees."""
        sizes = [(box.height_px, box.width_px) if angle_deg else (box.width_px, box.height_px) for box in places]
        quads = [
            Quad(x=box.centre[0], y=box.centre[1], length_px=length, height_px=height, angle_deg=angle_deg)
            for box, (length, height) in zip(places, sizes, strict=True)
        ]
        lines = [line for quad in quads for line in cut_turned(image.pixels, quad, angle_deg)]
        return _read(image.pixels, [replace(line, proposed=True) for line in without_repeats(lines)])

    def read_closely(self, image: Image, text: TextBox) -> tuple[tuple[str, ...], ...]:
        """What the networks make of a text at several sizes, with what stands around it.

        Of each crop one tuple: the general reading and the one as a number, or the label network's alone. Of small text
        that the label network sees alike in most of its crops the general readings count nothing.
        """
        as_label = closely_as_label(image.pixels, text)
        if text.height_px <= SMALL_PX and max(map(as_label.count, as_label)) >= AGREED_FRAC * len(as_label):
            return tuple((one,) for one in as_label)
        crops = []
        for margins in CLOSE_MARGINS_HEIGHTS:
            along, across = (max(margin * text.height_px, 1.0) for margin in margins)
            upright = abs(text.angle_deg) < UPRIGHT_DEG
            around = text.box.expanded(along, across) if upright else text.box.expanded(across, along)
            part = image.pixels[around.slices(image.pixels.shape)]
            level = np.ascontiguousarray(np.rot90(part, -round(text.angle_deg / 90.0)))
            sizes = CLOSE_SIZES if min(part.shape[:2]) > 1 else ()
            crops += [cv2.resize(level, None, fx=size, fy=size, interpolation=cv2.INTER_CUBIC) for size in sizes]
        general = read_crops([np.asarray(crop, np.uint8) for crop in crops])
        return (*((one.text, one.numeric) for one in general), *((one,) for one in as_label))


def _read(pixels: ByteArray, found: Sequence[TextLine]) -> tuple[TextBox, ...]:
    """Lines to text boxes, in reading order; what is only proposed counts where a tick label comes out."""
    sure = read_sure_labels(pixels, found)
    rest = [line for index, line in enumerate(found) if index not in sure]
    lines, readings = split_neighbours(rest, read_lines(rest))
    powers = read_powers(lines, [reading for reading, _ in readings])
    parts = [
        (line, box)
        for index, (line, (reading, angle)) in enumerate(zip(lines, readings, strict=True))
        for box in _to_boxes(line, reading, angle, powers.get(index))
    ]
    boxes = with_label_readings(pixels, [box for _, box in parts], [_place_of(line, box) for line, box in parts])
    kept = [
        box
        for (line, general), box in zip(parts, boxes, strict=True)
        if (_is_believable(general) or (len(box.text) > 2 and box.confidence >= LABEL_CONFIDENCE_MIN))
        and (box.numeric or not line.proposed or OTHER_LABELS.fullmatch(box.text))
    ]
    return tuple(sorted([*sure.values(), *kept], key=lambda box: (round(box.box.centre[1]), box.box.left)))


def _place_of(line: TextLine, box: TextBox) -> LabelPlace:
    """Where the ink of a text lies: that of its line, unless it is a part of it or was read the other way round."""
    if box.box == line.box and box.angle_deg == line.angle_deg:
        return LabelPlace(quad=line.quad, cleaned=line.crop)
    return LabelPlace(quad=level_quad(box))


def _is_believable(box: TextBox) -> bool:
    """Whether a reading is text: markers and curves come out as a lone sign of little confidence."""
    if not box.text or box.confidence < CONFIDENCE_MIN:
        return False
    letter = box.text.isalnum() and (box.text.isascii() or box.text in "\u03c0\u03a0")
    return len(box.text) > 1 or letter or box.confidence >= LONE_SIGN_CONFIDENCE_MIN


def _to_boxes(line: TextLine, reading: Reading, angle_deg: float, power: str | None) -> list[TextBox]:
    """One box, or one for each number where a line holds several labels."""
    ink = line.ink
    if angle_deg != line.angle_deg:
        # Read the other way round after all: the columns do not belong to this ink.
        parts = [(reading.text.strip(), 0, ink.shape[1])]
    elif power is not None:
        parts = [(power, 0, ink.shape[1])]
    else:
        parts = split_numbers(reading.text, reading.columns, ink, line.height_px)
    if len(parts) == 1:
        text, numeric = parts[0][0], reading.numeric
        if power is not None:
            numeric = power
        elif angle_deg == line.angle_deg:
            text = restore_spaces(reading.text, reading.columns, ink, line.height_px).strip()
            text, numeric = LEARNING_RATE.sub("lr", flatten_raised(text)), flatten_raised(numeric)
            numeric = FLATTENED_POWER.sub(r"10^-\1", numeric) if FLATTENED_POWER.fullmatch(numeric) else numeric
        box = line.box
        if angle_deg == line.angle_deg and power is None:
            text, start = without_handle_text(text, ink, line.height_px)
            rows, cols = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
            if cols.size and start > cols[0]:
                box = line.part_box(start, int(rows[0]), int(cols[-1]) + 1, int(rows[-1]) + 1)
        return [_to_box(text, numeric, box, reading.confidence, angle_deg, line.height_px)]
    boxes = []
    for text, start, stop in parts:
        rows = np.flatnonzero(ink[:, start:stop].any(axis=1))
        box = line.part_box(start, int(rows[0]), stop, int(rows[-1]) + 1)
        height = float(rows[-1] + 1 - rows[0])
        boxes.append(_to_box(text, text, box, reading.confidence, angle_deg, height))
    return boxes


def _to_box(text: str, numeric: str, box: Box, confidence: float, angle_deg: float, height_px: float) -> TextBox:
    numeric = "" if TITLE.match(text) else numeric
    return TextBox(text=text, box=box, confidence=confidence, angle_deg=angle_deg, numeric=numeric, height_px=height_px)


def read_powers(lines: Sequence[TextLine], readings: Sequence[Reading]) -> dict[int, str]:
    """Powers such as ``10^3`` among lines whose ink ends in a raised group, by line: base and exponent read apart."""
    places: list[int] = []
    crops: list[ByteArray] = []
    for index, (line, reading) in enumerate(zip(lines, readings, strict=True)):
        found = find_exponent(line.crop, line.ink) if POWER_LIKE.match(reading.text.strip()) else None
        if found is None:
            continue
        column, top, bottom = found
        margin = max(CROP_MARGIN_MIN_PX, round(CROP_MARGIN_HEIGHTS * (bottom - top)))
        places.append(index)
        crops.append(_with_margin(line.crop[:, :column], 0, margin))
        crops.append(_with_margin(line.crop[max(top - margin, 0) : bottom + margin, column:], margin, 0))
    parts = read_distinct(crops)
    powers = {}
    for place, base_reading, exponent_reading in zip(places, parts[::2], parts[1::2], strict=True):
        for exponent in (exponent_reading.text, exponent_reading.numeric):
            power = to_power(base_reading.text, exponent) or to_power(base_reading.numeric, exponent)
            if power is not None:
                powers[place] = power
                break
    return powers


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


def split_neighbours(
    lines: Sequence[TextLine], readings: Sequence[tuple[Reading, float]]
) -> tuple[list[TextLine], list[tuple[Reading, float]]]:
    """Lines and readings in which a one-letter axis title no longer hangs on the tick label beside it."""
    kept_lines, kept = list(lines), list(readings)
    parts: list[TextLine] = []
    for index in range(len(kept_lines) - 1, -1, -1):
        line, (reading, angle) = kept_lines[index], kept[index]
        if angle != 0.0 or not NEIGHBOURS.match(reading.text):
            continue
        gaps = find_gaps(line.ink)
        wide = gaps[gaps[:, 1] - gaps[:, 0] >= NEIGHBOUR_GAP_HEIGHTS * line.height_px]
        if len(wide):
            start, stop = (int(edge) for edge in wide[0])
            parts += [line.part(0, start), line.part(stop, line.ink.shape[1])]
            del kept_lines[index], kept[index]
    return kept_lines + parts, kept + read_lines(parts)


def _with_margin(crop: ByteArray, left_px: int, right_px: int) -> ByteArray:
    """The crop with columns of its background added at its sides."""
    background = np.median(np.concatenate((crop[0], crop[-1])), axis=0)
    wider = cv2.copyMakeBorder(crop, 0, 0, left_px, right_px, cv2.BORDER_CONSTANT, value=background.tolist())
    return np.asarray(wider, np.uint8)


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
