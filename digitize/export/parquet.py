"""The tidy table as Parquet, with what its columns mean in the schema.

The columns are those of the CSV. ``x`` with its interval, and ``y`` with its, are doubles where all panels hold
numbers, timestamps where all hold dates, and text as in the CSV where panels differ or hold categories. The schema's
metadata has under ``digitize`` a JSON object: panels with axes, units and series, findings, provenance.
"""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from digitize.errors import OutputFailed
from digitize.export.metadata import to_metadata
from digitize.export.tables import COLUMNS, Cell, axes_of, prints_numbers, to_rows
from digitize.values import Figure

if TYPE_CHECKING:
    import pyarrow as pa

METADATA_KEY = "digitize"
COLUMNS_OF_AXES = {"x": ("x", "x_lo", "x_hi"), "y": ("y", "y_lo", "y_hi")}


def to_table(figure: Figure) -> pa.Table:
    """The tidy table as an Arrow table."""
    import pyarrow as pa

    types = {name: pa.string() for name in COLUMNS} | {"panel": pa.int32()}
    for axis, names in COLUMNS_OF_AXES.items():
        kind = {"number": pa.float64(), "date": pa.timestamp("ms"), "text": pa.string()}[column_type(figure, axis)]
        types |= dict.fromkeys(names, kind)
    columns: list[tuple[Any, ...]] = list(zip(*to_rows(figure), strict=True)) or [()] * len(COLUMNS)
    arrays = [_array(cells, types[name]) for name, cells in zip(COLUMNS, columns, strict=True)]
    # Bare surrogates of odd file names are no UTF-8: JSON's own escape holds them.
    metadata = {METADATA_KEY: json.dumps(to_metadata(figure), allow_nan=False)}
    schema = pa.schema([pa.field(name, types[name]) for name in COLUMNS], metadata=metadata)
    return pa.Table.from_arrays(arrays, schema=schema)


def to_parquet(figure: Figure) -> bytes:
    """The tidy table as a Parquet file.

    Raises
    ------
    OutputFailed
        pyarrow is not installed.
    """
    try:
        import pyarrow.parquet as pq
    except ImportError:
        raise OutputFailed("Parquet needs pyarrow.", hint="pip install 'digitize[parquet]'") from None

    file = io.BytesIO()
    pq.write_table(to_table(figure), file, compression="zstd")
    return file.getvalue()


def column_type(figure: Figure, axis: str) -> str:
    """``number``, ``date`` or ``text``: what all panels' series hold along ``x`` or ``y``."""
    kinds = set()
    for reading in figure.panels:
        for series in reading.series:
            one = axes_of(series, reading.calibration)[0 if axis == "x" else 1]
            kinds.add("number" if one is None or prints_numbers(one.scale) else _printed_type(one.scale.format(0.0)))
    return kinds.pop() if len(kinds) == 1 else "text" if kinds else "number"


def _printed_type(text: str) -> str:
    """Whether a scale prints dates: its zero is the first of January 1970."""
    return "date" if text == "1970-01-01" else "text"


def _array(cells: tuple[Cell | int, ...], kind: pa.DataType) -> pa.Array:
    import datetime as dt

    import pyarrow as pa

    if pa.types.is_timestamp(kind):
        moments = [None if cell is None else dt.datetime.fromisoformat(str(cell)) for cell in cells]
        return pa.array(moments, kind)
    if pa.types.is_string(kind):
        return pa.array([None if cell is None else str(cell).encode("utf-8", "replace").decode() for cell in cells])\
            .cast(kind)
    return pa.array(cells, kind)
