"""A reading as rows: the tidy table's columns and more, one type a column over all figures."""

from __future__ import annotations

import datetime as dt

import pytest

from digitize.batch.tables import SCHEMAS, from_stream, point_count, to_stream, to_tables
from digitize.export.tables import COLUMNS, to_rows
from digitize.values import Figure


def test_points_hold_the_tidy_table(made_figure: Figure) -> None:
    table = to_tables(made_figure, "f1")["points"]
    assert set(COLUMNS) < set(table.column_names)
    tidy = list(to_rows(made_figure))
    assert table.num_rows == len(tidy)
    for row, (panel, title, series, kind, x, y, *_, flag) in zip(table.to_pylist(), tidy, strict=True):
        assert (row["panel"], row["panel_title"], row["series"], row["kind"], row["flag"]) == (
            panel, title, series, kind, flag
        )
        for name, cell in (("x", x), ("y", y)):
            if isinstance(cell, str):
                assert row[f"{name}_text"] == cell
            else:
                assert row[name] == cell


def test_dates_are_days_with_their_text(made_figure: Figure) -> None:
    rows = [row for row in to_tables(made_figure, "f1")["points"].to_pylist() if row["panel"] == 2 and row["x_text"]]
    assert rows
    for row in rows:
        moment = dt.datetime(1970, 1, 1) + dt.timedelta(days=row["x"])
        assert dt.datetime.fromisoformat(row["x_text"]) == pytest.approx(moment, abs=dt.timedelta(seconds=1))


def test_every_panel_and_finding_has_its_row(made_figure: Figure) -> None:
    tables = to_tables(made_figure, "f1")
    panels = tables["panels"].to_pylist()
    assert [row["panel"] for row in panels] == [1, 2, 3]
    assert (panels[0]["x_start"], panels[0]["x_end"]) == pytest.approx((0.0, 1000.0))
    assert panels[2]["x_scale"] is None and panels[2]["left_px"] == 100.0
    assert [row["code"] for row in tables["findings"].to_pylist()] == ["label-rejected"]
    assert tables["series"].num_rows == 3
    assert all(set(table["figure"].to_pylist()) == {"f1"} for table in tables.values())
    assert point_count(tables) == sum(row["point_count"] for row in tables["series"].to_pylist())


def test_figures_without_series_have_tables_too(empty_figure: Figure) -> None:
    tables = to_tables(empty_figure, "f1")
    assert tables["points"].num_rows == 0 and tables["findings"].num_rows == 1
    assert {name: table.schema for name, table in tables.items()} == SCHEMAS


def test_tables_travel_as_bytes(made_figure: Figure) -> None:
    for table in to_tables(made_figure, "f1").values():
        assert from_stream(to_stream(table)).equals(table)
