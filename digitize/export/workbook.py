"""An Excel workbook: a summary, a sheet a panel with the tidy columns, statistics, the overlay as a picture.

Dates are Excel's own where it has them (from 1900), else text. Texts are written as text with Excel's text prefix set,
so none runs as a formula, not even after it was edited, and all read back as printed. Excel's numbers carry 16 digits.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from typing import TYPE_CHECKING, Any

from digitize.errors import OutputFailed
from digitize.export.cells import is_number, to_safe
from digitize.export.metadata import panel_axes
from digitize.export.picture import to_overlay_png
from digitize.export.statistics import STATISTICS_COLUMNS, statistics_rows
from digitize.export.tables import COLUMNS, Cell, axes_of, prints_numbers, series_rows, unique_labels
from digitize.values import Figure, PanelReading

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

LONGEST_SHEET_NAME = 31
MOST_ROWS = 1_048_576
FIRST_YEAR = 1900
_DATE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d)?")
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


def to_xlsx(figure: Figure) -> bytes:
    """The reading as an Excel workbook.

    Raises
    ------
    OutputFailed
        A panel has more points than a sheet has rows.
    """
    import xlsxwriter

    file = io.BytesIO()
    # Nothing is guessed from a text: neither formulas, links nor numbers.
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
    }
    with xlsxwriter.Workbook(file, options) as workbook:
        sheet = _Sheets(workbook)
        names = _sheet_names(figure)
        sheet.summary(figure, names)
        for name, reading in zip(names, figure.panels, strict=True):
            sheet.panel(name, reading)
        sheet.statistics(figure)
        sheet.overlay(figure)
    return file.getvalue()


class _Sheets:
    """The workbook while it is written, with its cell formats."""

    def __init__(self, workbook: Workbook) -> None:
        self.workbook = workbook
        self.header: Format = workbook.add_format({"bold": True, "bottom": 1})
        self.title: Format = workbook.add_format({"bold": True, "font_size": 13})
        self.guarded: Format = workbook.add_format({"quote_prefix": True})
        self.date: Format = workbook.add_format({"num_format": "yyyy-mm-dd"})
        self.moment: Format = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})

    def summary(self, figure: Figure, names: list[str]) -> None:
        """Where the figure came from, its panels with axes and units, what is doubtful."""
        sheet = self.workbook.add_worksheet("Summary")
        origin = figure.provenance
        rows: list[list[Any]] = [
            ["figure", origin.source],
            ["title", figure.title],
            ["width_px", figure.image.width_px],
            ["height_px", figure.image.height_px],
            ["sha256", origin.sha256],
            ["digitize", origin.version],
        ]
        at = self._block(sheet, 0, "Figure", ["field", "value"], rows)
        columns = ["panel", "title", "sheet", "axis", "axis_title", "unit", "scale", "from", "to"]
        rows = [
            [reading.panel.index, reading.panel.title, name, side, axis["title"], axis["unit"], axis["scale"],
             *axis["range"]]
            for name, reading in zip(names, figure.panels, strict=True)
            for side, axis in panel_axes(reading).items()
            if axis
        ]
        at = self._block(sheet, at, "Axes", columns, rows)
        rows = [
            [reading.panel.index, label, series.kind, len(series.x), series.x_unit, series.y_unit]
            for reading in figure.panels
            for label, series in zip(unique_labels(reading.series), reading.series, strict=True)
        ]
        at = self._block(sheet, at, "Series", ["panel", "series", "kind", "points", "x_unit", "y_unit"], rows)
        rows = [[one.panel, one.severity, one.code, one.message] for one in figure.all_findings()]
        self._block(sheet, at, "Findings", ["panel", "severity", "code", "message"], rows)
        sheet.set_column(0, 8, 16)

    def panel(self, name: str, reading: PanelReading) -> None:
        """The tidy rows of one panel."""
        sheet = self.workbook.add_worksheet(name)
        rows = [
            (row, axes_of(series, reading.calibration))
            for label, series in zip(unique_labels(reading.series), reading.series, strict=True)
            for row in series_rows(reading, label, series)
        ]
        if len(rows) >= MOST_ROWS:
            raise OutputFailed(
                f"Panel {reading.panel.index} has {len(rows)} points, more than a sheet holds.",
                hint="Write CSV or Parquet, or fewer points with --grid.",
            )
        sheet.write_row(0, 0, COLUMNS, self.header)
        sheet.freeze_panes(1, 0)
        sheet.set_column(1, 2, 24)
        dates = {
            column
            for _, axes in rows[:1]
            for axis, columns in zip(axes, ((4, 6, 7), (5, 8, 9)), strict=True)
            if axis is not None and not prints_numbers(axis.scale) and axis.scale.format(0.0) == "1970-01-01"
            for column in columns
        }
        for number, (row, _) in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                self._cell(sheet, number, column, cell, as_date=column in dates)

    def statistics(self, figure: Figure) -> None:
        """What every series does: ends, extremes, mean, plateau, peaks, with intervals and places."""
        sheet = self.workbook.add_worksheet("Statistics")
        sheet.write_row(0, 0, STATISTICS_COLUMNS, self.header)
        sheet.freeze_panes(1, 0)
        sheet.set_column(1, 3, 20)
        for number, row in enumerate(statistics_rows(figure), start=1):
            for column, cell in enumerate(row):
                if isinstance(cell, bool):
                    sheet.write_boolean(number, column, cell)
                else:
                    self._cell(sheet, number, column, cell, as_date=column > 3)

    def overlay(self, figure: Figure) -> None:
        """What was read, drawn over the figure."""
        picture = io.BytesIO(to_overlay_png(figure))
        self.workbook.add_worksheet("Overlay").insert_image(0, 0, "overlay.png", {"image_data": picture})

    def _block(self, sheet: Worksheet, at: int, title: str, columns: list[str], rows: list[list[Any]]) -> int:
        """A titled table from row ``at``; the row where the next may start."""
        sheet.write_string(at, 0, title, self.title)
        sheet.write_row(at + 1, 0, columns, self.header)
        for number, row in enumerate(rows, start=at + 2):
            for column, cell in enumerate(row):
                self._cell(sheet, number, column, cell)
        return at + len(rows) + 3

    def _cell(self, sheet: Worksheet, row: int, column: int, cell: Cell | int, *, as_date: bool = False) -> None:
        if cell is None or cell == "":
            return
        if not isinstance(cell, str):
            sheet.write_number(row, column, cell)
        elif as_date and _DATE.fullmatch(cell) and int(cell[:4]) >= FIRST_YEAR:
            moment = dt.datetime.fromisoformat(cell)
            sheet.write_datetime(row, column, moment, self.moment if "T" in cell else self.date)
        else:
            guarded = self.guarded if to_safe(cell) != cell or is_number(cell) else None
            sheet.write_string(row, column, cell.encode("utf-8", "replace").decode(), guarded)


def _sheet_names(figure: Figure) -> list[str]:
    """``1 Reward``: number and title, within what Excel allows; the number makes them unique."""
    names = []
    for reading in figure.panels:
        title = " ".join(_FORBIDDEN.sub(" ", reading.panel.title).split())
        name = f"{reading.panel.index} {title}" if title else f"Panel {reading.panel.index}"
        names.append(name[:LONGEST_SHEET_NAME].strip().strip("'"))
    return names
