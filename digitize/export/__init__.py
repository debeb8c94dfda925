"""Figure -> bytes of a file. A new format is a module here and a row in :data:`FORMATS`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digitize.values import Figure

Exporter = Callable[["Figure"], bytes]


def _csv(figure: Figure) -> bytes:
    from digitize.export.tables import to_csv

    return to_csv(figure)


def _wide(figure: Figure) -> bytes:
    from digitize.export.wide import to_wide_csv

    return to_wide_csv(figure)


def _json(figure: Figure) -> bytes:
    from digitize.export.document import to_json

    return to_json(figure)


def _parquet(figure: Figure) -> bytes:
    from digitize.export.parquet import to_parquet

    return to_parquet(figure)


def _xlsx(figure: Figure) -> bytes:
    from digitize.export.workbook import to_xlsx

    return to_xlsx(figure)


def _markdown(figure: Figure) -> bytes:
    from digitize.export.markdown import to_markdown

    return to_markdown(figure)


def _package(figure: Figure) -> bytes:
    from digitize.export.package import to_package

    return to_package(figure)


def _statistics(figure: Figure) -> bytes:
    from digitize.export.statistics import to_statistics_csv

    return to_statistics_csv(figure)


def _wpd(figure: Figure) -> bytes:
    from digitize.export.webplotdigitizer import to_wpd

    return to_wpd(figure)


FORMATS: dict[str, Exporter] = {
    "csv": _csv,
    "wide": _wide,
    "json": _json,
    "parquet": _parquet,
    "xlsx": _xlsx,
    "markdown": _markdown,
    "datapackage": _package,
    "statistics": _statistics,
    "wpd": _wpd,
}
"""By the name ``--format`` takes. Each is imported when it is used."""

SUFFIXES = {
    ".csv": "csv",
    ".json": "json",
    ".parquet": "parquet",
    ".xlsx": "xlsx",
    ".md": "markdown",
    ".zip": "datapackage",
    ".tar": "wpd",
}
"""The format a file's name asks for."""

EXPORTERS: dict[str, Exporter] = {suffix: FORMATS[name] for suffix, name in SUFFIXES.items()}
"""By suffix."""
