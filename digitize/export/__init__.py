"""Figure -> bytes of a file. A new format is a module here and a row in :data:`EXPORTERS`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digitize.values import Figure

Exporter = Callable[["Figure"], bytes]


def _csv(figure: Figure) -> bytes:
    from digitize.export.tables import to_csv

    return to_csv(figure)


def _json(figure: Figure) -> bytes:
    from digitize.export.document import to_json

    return to_json(figure)


EXPORTERS: dict[str, Exporter] = {".csv": _csv, ".json": _json}
"""By suffix. Each is imported when it is used."""
