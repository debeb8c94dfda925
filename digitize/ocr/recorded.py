"""Replays text boxes from a JSON file, and writes such files: tests and corrections by hand need no engine."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from calibration.geometry import Box, TextBox
from digitize.values import Image

DIGITS_PX = 2
"""Decimals of a written position."""


class RecordedTextReader:
    """Returns the boxes written in a file, whatever the picture.

    Parameters
    ----------
    path : path
        A JSON list of objects with ``text``, ``box`` [left, top, right, bottom] and, optionally, ``confidence``,
        ``angle_deg``, ``numeric`` and ``height_px``.
    """

    name = "recorded"

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def read(self, image: Image) -> tuple[TextBox, ...]:
        """The recorded boxes, in the file's order.

        Raises
        ------
        ValueError
            Where the file is no list of text boxes; names the first wrong item.
        """
        items = json.loads(self.path.read_text(encoding="utf-8"))
        if not isinstance(items, list):
            raise ValueError(f"{self.path} holds no list of text boxes")
        return tuple(_to_text_box(item, index) for index, item in enumerate(items))


def write_recording(boxes: Iterable[TextBox], path: str | Path) -> None:
    """Write boxes so that `RecordedTextReader` returns them."""
    items = [
        {
            "text": box.text,
            "numeric": box.numeric,
            "box": [round(edge, DIGITS_PX) for edge in box.box.as_list()],
            "confidence": round(box.confidence, 4),
            "angle_deg": round(box.angle_deg, 2),
            "height_px": round(box.height_px, DIGITS_PX),
        }
        for box in boxes
    ]
    Path(path).write_text(json.dumps(items, ensure_ascii=False, indent=1), encoding="utf-8")


def _to_text_box(item: Any, index: int) -> TextBox:
    try:
        left, top, right, bottom = (float(edge) for edge in item["box"])
        return TextBox(
            text=str(item["text"]),
            box=Box(left=left, top=top, right=right, bottom=bottom),
            confidence=float(item.get("confidence", 1.0)),
            angle_deg=float(item.get("angle_deg", 0.0)),
            numeric=str(item.get("numeric", "")),
            height_px=float(item.get("height_px", 0.0)),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"item {index} of the recording is no text box: {error}") from error
