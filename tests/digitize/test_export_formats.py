"""Every format comes back through the library people read it with: dates, gaps, Unicode, categories, empty figures."""

from __future__ import annotations

import csv
import io
import json
import re
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calibration.scales import SymlogScale
from digitize.cli import run
from digitize.export import FORMATS
from digitize.export.cells import to_printed, to_safe
from digitize.export.markdown import round_to_interval
from digitize.export.package import to_package
from digitize.export.restored import to_figure
from digitize.export.statistics import STATISTICS_COLUMNS
from digitize.export.tables import COLUMNS, to_frame
from digitize.export.wide import to_wide_csv, to_wide_frame
from digitize.grids import Grid, to_grid
from digitize.values import Figure

RUNNING = '=HYPERLINK("http://x")'
NUMBERS = ["x", "y", "x_lo", "x_hi", "y_lo", "y_hi"]


@pytest.fixture
def numbers(made_figure: Figure) -> Figure:
    """Only the panel of numbers, one of its series named like a formula."""
    panel = made_figure.panels[0]
    named = replace(panel.series[1], label=RUNNING)
    return replace(made_figure, panels=(replace(panel, series=(panel.series[0], named)),))


@pytest.fixture
def dates(made_figure: Figure) -> Figure:
    """Only the panel of dates and categories."""
    return replace(made_figure, panels=made_figure.panels[1:2])


def _same(ours: pd.DataFrame, theirs: pd.DataFrame, rtol: float = 0.0) -> None:
    assert list(ours.columns) == list(theirs.columns) and len(ours) == len(theirs)
    for name in NUMBERS:
        np.testing.assert_allclose(theirs[name].astype(float), ours[name].astype(float), rtol=rtol, atol=0)
    for name in ("panel", "panel_title", "series", "kind", "flag"):
        assert theirs[name].fillna("").tolist() == ours[name].tolist()


# Names that a spreadsheet would run


@pytest.mark.parametrize("name", [RUNNING, "+1+1", "-SUM(A1)", "@x", "\tx", "\rx", "'=x", "''+x", "+ RL"])
def test_names_that_would_run_are_made_safe_and_come_back(name: str) -> None:
    assert to_safe(name) == f"'{name}" and to_printed(to_safe(name)) == name


@pytest.mark.parametrize("name", ["loss", "-5", "+1e3", "a=b", "'quoted'", "", "größe", "-inf"])
def test_other_names_stay(name: str) -> None:
    assert to_safe(name) == name and to_printed(name) == name


@pytest.mark.parametrize("form", ["csv", "wide"])
def test_no_text_cell_of_a_csv_runs(numbers: Figure, form: str) -> None:
    cells = [cell for row in csv.reader(io.StringIO(FORMATS[form](numbers).decode())) for cell in row]
    assert f"'{RUNNING}" in cells and not any(cell.startswith("=") for cell in cells)


# CSV


def test_csv_reads_back_in_pandas_and_polars(numbers: Figure) -> None:
    import polars as pl

    ours, content = to_frame(numbers), FORMATS["csv"](numbers)
    for back in (pd.read_csv(io.BytesIO(content)), pl.read_csv(content).to_pandas(use_pyarrow_extension_array=False)):
        _same(ours, back.assign(series=back.series.map(to_printed)))


def test_dates_and_categories_read_back_from_csv(dates: Figure) -> None:
    import polars as pl

    content = FORMATS["csv"](dates)
    frame = pd.read_csv(io.BytesIO(content), parse_dates=["x"])
    assert frame.x.dtype.kind == "M" and frame.x[0] == pd.Timestamp("2020-01-01") and pd.isna(frame.x[2])
    assert frame.y.tolist()[0] == "high" and set(frame.series) == {"größe"}
    polar = pl.read_csv(content, try_parse_dates=True)
    assert polar["x"].dtype == pl.Date and polar["x"].null_count() == 1


# Wide


def test_wide_has_a_column_a_series_and_keeps_gaps(made_figure: Figure) -> None:
    frame = pd.read_csv(io.BytesIO(to_wide_csv(made_figure)))
    assert list(frame.columns) == ["panel", "panel_title", "x", "loss, total", "loss, total (2)", "größe"]
    first = frame[frame.panel == 1]
    assert first.x.astype(float).tolist() == [0.0, 250.0, 750.0, 1000.0]
    assert first["loss, total"].astype(float).to_numpy() == pytest.approx([0.3, 0.25, 0.15, 0.1])
    assert first["größe"].isna().all()
    assert frame[frame.panel == 2].x.tolist() == ["2020-01-01", "2020-01-02", "2020-01-04", "2020-01-05"]
    assert frame[frame.panel == 2]["größe"].iloc[0] == "high"
    across = pd.read_csv(io.BytesIO(to_wide_csv(to_grid(made_figure, Grid(step=500.0)))))
    assert pd.isna(across[across.x == 500.0]["loss, total"].iloc[0]), "nothing is drawn across a gap"


def test_wide_and_its_frame_say_the_same(numbers: Figure) -> None:
    frame, back = to_wide_frame(numbers), pd.read_csv(io.BytesIO(to_wide_csv(numbers)))
    assert [to_printed(name) for name in back.columns] == list(frame.columns)
    np.testing.assert_array_equal(frame.iloc[:, 2:].to_numpy(float), back.iloc[:, 2:].to_numpy(float))


def test_a_series_named_like_a_leading_column_keeps_a_column_of_its_own(numbers: Figure) -> None:
    panel = numbers.panels[0]
    named = replace(numbers, panels=(replace(panel, series=(replace(panel.series[0], label="x"),)),))
    assert list(to_wide_frame(named).columns) == ["panel", "panel_title", "x", "x (2)"]


# Parquet


def test_parquet_reads_back_in_pandas_and_polars(numbers: Figure) -> None:
    import polars as pl

    content = FORMATS["parquet"](numbers)
    _same(to_frame(numbers), pd.read_parquet(io.BytesIO(content)))
    polar = pl.read_parquet(io.BytesIO(content))
    assert polar["y"].dtype == pl.Float64 and polar["y"].null_count() == 2
    assert polar["series"].unique().sort().to_list() == [RUNNING, "loss, total"]


def test_parquet_has_dates_as_timestamps_and_categories_as_text(dates: Figure) -> None:
    frame = pd.read_parquet(io.BytesIO(FORMATS["parquet"](dates)))
    assert frame.x.dtype.kind == "M" and frame.x[1] == pd.Timestamp("2020-01-02") and pd.isna(frame.x[2])
    assert frame.y.tolist()[-1] == "low" and frame.series[0] == "größe"


def test_parquet_of_panels_that_differ_holds_what_the_csv_prints(made_figure: Figure) -> None:
    frame = pd.read_parquet(io.BytesIO(FORMATS["parquet"](made_figure)))
    printed = pd.read_csv(io.BytesIO(FORMATS["csv"](made_figure)), dtype=str)
    assert frame.x.fillna("").tolist() == printed.x.fillna("").tolist()


def test_parquet_says_what_its_columns_mean(made_figure: Figure) -> None:
    import pyarrow.parquet as pq

    schema = pq.read_schema(io.BytesIO(FORMATS["parquet"](made_figure)))
    told = json.loads(schema.metadata[b"digitize"])
    assert told["panels"][0]["x"] == {"title": "Step", "unit": "s", "scale": "linear", "range": [0.0, 1000.0]}
    assert [one["name"] for one in told["panels"][0]["series"]] == ["loss, total", "loss, total (2)"]
    assert told["findings"][0]["code"] == "label-rejected" and told["provenance"]["source"] == "chart.png"


# XLSX


def test_workbook_reads_back_in_pandas(numbers: Figure) -> None:
    sheets = pd.read_excel(io.BytesIO(FORMATS["xlsx"](numbers)), sheet_name=None)
    assert list(sheets) == ["Summary", "1 Loss", "Statistics", "Overlay"]
    _same(to_frame(numbers), sheets["1 Loss"], rtol=1e-15)


def test_statistics_come_with_intervals_in_csv_workbook_and_document(numbers: Figure) -> None:
    table = pd.read_csv(io.BytesIO(FORMATS["statistics"](numbers)))
    assert tuple(table.columns) == STATISTICS_COLUMNS
    first = table[table.series == "loss, total"].set_index("statistic")
    values = numbers.panels[0].series[0]
    known = np.isfinite(values.y)
    assert first.loc["first", "value"] == values.y[known][0] and first.loc["last", "at"] == values.x[known][-1]
    assert first.loc["maximum", "low"] <= first.loc["maximum", "value"] <= first.loc["maximum", "high"]
    assert {"range", "mean", "plateau", "change", "swing"} <= set(first.index)
    assert f"'{RUNNING}" in set(table.series)
    sheet = pd.read_excel(io.BytesIO(FORMATS["xlsx"](numbers)), sheet_name="Statistics")
    assert sheet.statistic.tolist() == table.statistic.tolist()
    np.testing.assert_allclose(sheet.value.astype(float), table.value, rtol=1e-15)
    told = json.loads(FORMATS["json"](numbers))["statistics"]
    assert [one["value"] for one in told] == table.value.tolist()


def test_dates_and_categories_have_statistics_as_printed(dates: Figure) -> None:
    table = pd.read_csv(io.BytesIO(FORMATS["statistics"](dates)))
    assert set(table.statistic) == {"first", "last"} and table.value.tolist()[0] == "high"
    assert table["at"].tolist()[0] == "2020-01-01"


def test_workbook_has_dates_a_summary_and_the_overlay(made_figure: Figure) -> None:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(FORMATS["xlsx"](made_figure)))
    assert book.sheetnames == ["Summary", "1 Loss", "Panel 2", "Panel 3", "Statistics", "Overlay"]
    second = book["Panel 2"]
    assert second["E2"].is_date and second["E2"].value.isoformat() == "2020-01-01T00:00:00"
    assert (second["F2"].value, second["C2"].value, second["E4"].value) == ("high", "größe", None)
    assert len(book["Overlay"]._images) == 1  # type: ignore[attr-defined]
    said = {str(cell.value) for row in book["Summary"].iter_rows() for cell in row if cell.value is not None}
    assert {"chart.png", "Step", "s", "linear", "label-rejected", "The label 1O reads 10."} <= said
    assert book["Panel 3"].max_row == 1


def test_no_cell_of_a_workbook_runs(numbers: Figure) -> None:
    from openpyxl import load_workbook

    titled = replace(numbers.panels[0], panel=replace(numbers.panels[0].panel, title="=1+1 [a]/b:c*?'" + "d" * 40))
    book = load_workbook(io.BytesIO(FORMATS["xlsx"](replace(numbers, panels=(titled,)))))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not any(cell.data_type == "f" for cell in cells)
    formulas = [cell for cell in cells if str(cell.value).startswith("=")]
    assert formulas and all(cell.quotePrefix for cell in formulas)


# Markdown


def test_markdown_holds_a_table_a_panel(made_figure: Figure) -> None:
    page = FORMATS["markdown"](made_figure).decode()
    assert page.startswith("# chart.png\n") and "## Panel 1: Loss" in page and "- the axes were not read" in page
    assert "- x: Step (s), linear, 0 to 1000" in page
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert rows[0] == "| Step | loss, total | loss, total (2) |"
    assert rows[2].split("|")[1].strip() == "0" and "| high |" in page


def test_markdown_takes_no_markup_from_the_figure(numbers: Figure) -> None:
    named = replace(numbers.panels[0].series[0], label="a|b*c<d>\n#")
    page = FORMATS["markdown"](replace(numbers, panels=(replace(numbers.panels[0], series=(named,)),))).decode()
    assert r"a\|b\*c\<d\> \#" in page


@pytest.mark.parametrize(
    ("value", "half", "text"),
    [(0.51234, 0.003, "0.512"), (0.51234, 0.02, "0.51"), (2034.6, 30.0, "2030"), (-0.0004, 0.01, "0.00"),
     (0.51234, 0.0, "0.51234"), (1.25e-7, 1e-9, "0.000000125")],
)
def test_no_digit_that_the_interval_does_not_support(value: float, half: float, text: str) -> None:
    assert round_to_interval(value, value - half, value + half) == text


# Data package


def _package(content: bytes) -> tuple[dict[str, object], zipfile.ZipFile]:
    archive = zipfile.ZipFile(io.BytesIO(content))
    return json.loads(archive.read("datapackage.json")), archive


def test_package_lists_its_files_with_types_and_units(made_figure: Figure) -> None:
    descriptor, archive = _package(FORMATS["datapackage"](made_figure))
    resources = {one["name"]: one for one in descriptor["resources"]}  # type: ignore[attr-defined]
    assert set(resources) == {"panel-1", "panel-2", "reading"} and descriptor["name"] == "chart"
    assert {one["path"] for one in resources.values()} | {"datapackage.json"} == set(archive.namelist())
    types = {
        name: {field["name"]: field["type"] for field in resources[name]["schema"]["fields"]}
        for name in ("panel-1", "panel-2")
    }
    assert types["panel-1"]["x"] == types["panel-1"]["y_hi"] == "number" and types["panel-1"]["panel"] == "integer"
    assert types["panel-2"]["x"] in ("date", "datetime") and types["panel-2"]["y"] == "string"
    assert tuple(types["panel-1"]) == COLUMNS
    assert resources["panel-1"]["schema"]["axes"]["x"]["unit"] == "s"


def test_package_tables_read_back(numbers: Figure) -> None:
    _, archive = _package(FORMATS["datapackage"](numbers))
    back = pd.read_csv(io.BytesIO(archive.read("panel-1.csv")))
    _same(to_frame(numbers), back.assign(series=back.series.map(to_printed)))


def test_package_dates_have_one_form(dates: Figure) -> None:
    later = replace(dates.panels[0].series[0], x=dates.panels[0].series[0].x + np.array([0, 0.5, 0, 0, 0]))
    figure = replace(dates, panels=(replace(dates.panels[0], series=(later,)),))
    descriptor, archive = _package(FORMATS["datapackage"](figure))
    fields = descriptor["resources"][0]["schema"]["fields"]  # type: ignore[index]
    assert fields[4]["type"] == "datetime"
    back = pd.read_csv(io.BytesIO(archive.read("panel-2.csv")))
    moments = pd.to_datetime(back.x.dropna(), format=fields[4]["format"])
    assert moments.iloc[1] == pd.Timestamp("2020-01-02T12:00:00")


def test_package_keeps_the_reading_as_it_was(numbers: Figure) -> None:
    _, archive = _package(to_package(to_grid(numbers, Grid(count=3)), reading=numbers))
    reading = json.loads(archive.read("reading.json"))
    assert len(reading["panels"][0]["series"][0]["x"]) == 5
    assert archive.read("panel-1.csv").decode().count("\n") == 7


# WebPlotDigitizer


def test_project_gives_back_the_values_by_that_program_s_own_rules(made_figure: Figure) -> None:
    with tarfile.open(fileobj=io.BytesIO(FORMATS["wpd"](made_figure))) as archive:
        files = {one.name: archive.extractfile(one).read() for one in archive}  # type: ignore[union-attr]
    info, project = (json.loads(files[f"digitize/{name}.json"]) for name in ("info", "wpd"))
    assert project["version"][0] == 4 and [f"digitize/{one}" for one in info["images"]] == ["digitize/figure.png"]
    axes = {one["name"]: one for one in project["axesColl"]}
    assert len(axes) == 2 and len({one["name"] for one in project["datasetColl"]}) == 3
    first, second, third = project["datasetColl"]
    for dataset, series in ((first, made_figure.panels[0].series[0]), (second, made_figure.panels[0].series[1])):
        x1, x2, y1, y2 = axes[dataset["axesName"]]["calibrationPoints"]
        assert all(isinstance(point[key], str) for point in (x1, x2, y1, y2) for key in ("dx", "dy"))
        known = np.isfinite(series.y) & np.isfinite(series.x)
        px, py = np.array([(point["x"], point["y"]) for point in dataset["data"]]).T
        x = float(x1["dx"]) + (px - x1["px"]) * (float(x2["dx"]) - float(x1["dx"])) / (x2["px"] - x1["px"])
        y = float(y1["dy"]) + (py - y1["py"]) * (float(y2["dy"]) - float(y1["dy"])) / (y2["py"] - y1["py"])
        np.testing.assert_allclose(x, series.x[known], atol=1e-9)
        np.testing.assert_allclose(y, series.y[known], atol=1e-12)
        np.testing.assert_allclose([point["value"] for point in dataset["data"]], np.stack([x, y], axis=1))
    dated = axes[third["axesName"]]["calibrationPoints"]
    assert dated[0]["dx"] == "2020/01/01 00:00:00" and third["data"][0]["value"][0] == 1577836800000


def test_a_restored_reading_makes_a_project_without_a_picture(saved: Path) -> None:
    out = saved.with_name("a.tar")
    assert run([str(saved), "--out", str(out), "--quiet"]) == 0
    with tarfile.open(out) as archive:
        assert sorted(archive.getnames()) == ["digitize/info.json", "digitize/wpd.json"]


# Any reading


NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).filter(lambda t: t.strip())
VALUES = st.lists(st.one_of(st.floats(-1e9, 1e9), st.just(float("nan"))), min_size=1, max_size=12)


@given(NAMES, NAMES, VALUES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_series_reads_back_equal(made_figure: Figure, title: str, name: str, values: list[float]) -> None:
    panel = made_figure.panels[0]
    y = np.array(values)
    x = np.where(np.isfinite(y), np.arange(len(y)) / 7, np.nan)
    series = replace(
        panel.series[0], label=name, x=x, y=y, x_interval=np.stack([x, x], axis=1), y_interval=np.stack([y, y], axis=1),
        flags=np.zeros(len(y), np.uint16), trace=None,
    )  # fmt: skip
    reading = replace(panel, panel=replace(panel.panel, title=title), series=(series,))
    figure = replace(made_figure, panels=(reading,))
    ours = to_frame(figure)
    _same(ours, pd.read_parquet(io.BytesIO(FORMATS["parquet"](figure))))
    text = dict.fromkeys(("panel_title", "series"), str)
    options = {"dtype": text, "keep_default_na": False, "na_values": {column: [""] for column in NUMBERS}}
    back = pd.read_csv(io.BytesIO(FORMATS["csv"](figure)), **options)
    _same(ours, back.assign(series=back.series.map(to_printed), panel_title=back.panel_title.map(to_printed)))
    sheet = pd.read_excel(io.BytesIO(FORMATS["xlsx"](figure)), sheet_name=1, **options)
    np.testing.assert_allclose(sheet.y.astype(float), ours.y.astype(float), rtol=1e-14)
    (restored,) = to_figure(json.loads(FORMATS["json"](figure))).panels
    np.testing.assert_array_equal(restored.series[0].y, y)
    np.testing.assert_array_equal(restored.series[0].x, x)
    assert (restored.series[0].label, restored.panel.title) == (name.strip(), title)


# All


@pytest.mark.parametrize("form", FORMATS)
def test_same_reading_same_bytes_and_empty_figures_pass(form: str, made_figure: Figure, empty_figure: Figure) -> None:
    assert FORMATS[form](empty_figure)
    if form != "xlsx":  # it holds the time of writing
        assert FORMATS[form](made_figure) == FORMATS[form](made_figure)


def test_empty_figures_read_back(empty_figure: Figure) -> None:
    assert tuple(pd.read_parquet(io.BytesIO(FORMATS["parquet"](empty_figure))).columns) == COLUMNS
    assert list(pd.read_csv(io.BytesIO(FORMATS["wide"](empty_figure))).columns) == ["panel", "panel_title", "x"]
    sheets = pd.read_excel(io.BytesIO(FORMATS["xlsx"](empty_figure)), sheet_name=None)
    assert list(sheets) == ["Summary", "Statistics", "Overlay"]
    assert "No axes." in FORMATS["markdown"](empty_figure).decode()


# The command line, from a saved reading: no picture, no waiting


@pytest.fixture
def saved(made_figure: Figure, tmp_path: Path) -> Path:
    path = tmp_path / "reading.json"
    path.write_bytes(FORMATS["json"](made_figure))
    return path


@pytest.mark.parametrize(
    ("name", "options"),
    [("a.xlsx", []), ("a.parquet", []), ("a.md", []), ("a.zip", []), ("a.dat", ["--format", "wide"])],
)
def test_the_name_or_the_option_chooses_the_format(saved: Path, name: str, options: list[str]) -> None:
    out = saved.with_name(name)
    assert run([str(saved), "--out", str(out), "--quiet", *options]) == 0
    assert out.stat().st_size > 100


def test_wide_table_at_places_in_another_unit(saved: Path) -> None:
    out = saved.with_name("a.csv")
    minutes = ["--x-unit", "minutes", "--at", "2,10"]
    again = saved.with_name("b.json")
    assert run([str(saved), "--out", str(out), "--json", str(again), "--wide", "--quiet", *minutes]) == 0
    frame = pd.read_csv(out)
    assert frame.panel.tolist() == [1, 1], "two minutes are no place on the second panel's dates"
    assert frame.x.tolist() == [2.0, 10.0] and frame["loss, total"].isna().tolist() == [False, True]
    # What the figure prints is what its document keeps.
    assert json.loads(again.read_bytes())["panels"][0]["x"]["unit"] == "s"


@pytest.mark.parametrize("form", ["csv", "wide", "statistics"])
def test_decimal_comma_for_spreadsheets_that_want_it(saved: Path, form: str) -> None:
    plain, comma = saved.with_name("a.csv"), saved.with_name("b.csv")
    assert run([str(saved), "--out", str(plain), "--format", form, "--quiet"]) == 0
    assert run([str(saved), "--out", str(comma), "--format", form, "--quiet", "--decimal", ","]) == 0
    pd.testing.assert_frame_equal(pd.read_csv(comma, sep=";", dtype=str).map(_point), pd.read_csv(plain, dtype=str))
    assert "0,3" in comma.read_text() and run([str(saved), "--out", str(comma), "--decimal", ";"]) == 2


def _point(cell: object) -> object:
    return cell.replace(",", ".") if isinstance(cell, str) and re.fullmatch(r"-?[\d,e-]+", cell) else cell


@pytest.mark.parametrize(
    "options", [["--format", "xls"], ["--grid", "1"], ["--grid", "5", "--at", "1"], ["--x-unit", "no such"]]
)
def test_senseless_options_are_refused_before_anything_is_written(saved: Path, options: list[str]) -> None:
    out = saved.with_name("a.csv")
    assert run([str(saved), "--out", str(out), *options]) == 2 and not out.exists()


def test_a_symmetric_log_axis_keeps_its_threshold(numbers: Figure) -> None:
    (panel,) = numbers.panels
    assert panel.calibration is not None
    y = replace(panel.calibration.y, scale=SymlogScale(linear_within=0.01))
    figure = replace(numbers, panels=(replace(panel, calibration=replace(panel.calibration, y=y)),))
    restored = to_figure(json.loads(FORMATS["json"](figure))).panels[0].calibration
    assert restored is not None
    rows = np.linspace(0.0, 300.0, 7)
    np.testing.assert_allclose(restored.y.to_data(rows), y.to_data(rows), rtol=1e-9)
