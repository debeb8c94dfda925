"""The CSV and the JSON document are contracts: their columns, fields and forms of numbers."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from calibration.axis import AxisCalibration
from digitize.errors import InputNotFound, NotAReading
from digitize.export import EXPORTERS
from digitize.export.document import read_document, to_document, to_json, write_json
from digitize.export.restored import to_figure
from digitize.export.tables import COLUMNS, to_csv, to_frame, unique_labels, write_csv
from digitize.values import Figure


def _rows(figure: Figure) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(to_csv(figure).decode("utf-8"), newline="")))


def test_columns_are_the_contract(made_figure: Figure) -> None:
    header = to_csv(made_figure).decode().splitlines()[0]
    assert header == "panel,panel_title,series,kind,x,y,x_lo,x_hi,y_lo,y_hi,flag"
    assert tuple(to_frame(made_figure).columns) == COLUMNS


def test_one_row_a_point_in_drawing_order(made_figure: Figure) -> None:
    rows = [row for row in _rows(made_figure) if row["panel"] == "1" and row["series"] == "loss, total"]
    assert [row["x"] for row in rows] == ["0.0", "250.0", "", "750.0", "1000.0"]
    assert [float(row["y"]) for row in rows if row["y"]] == pytest.approx([0.3, 0.25, 0.15, 0.1])
    assert {row["kind"] for row in rows} == {"line"} and {row["panel_title"] for row in rows} == {"Loss"}


def test_empty_y_breaks_the_line(made_figure: Figure) -> None:
    broken = _rows(made_figure)[2]
    assert all(broken[name] == "" for name in ("x", "y", "x_lo", "x_hi", "y_lo", "y_hi"))
    assert broken["series"] == "loss, total"


def test_flags_are_named(made_figure: Figure) -> None:
    assert [row["flag"] for row in _rows(made_figure)[:5]] == ["", "", "", "", "INTERPOLATED;CROSSING"]


def test_series_of_one_name_are_told_apart(made_figure: Figure) -> None:
    names = {row["series"] for row in _rows(made_figure) if row["panel"] == "1"}
    assert names == {"loss, total", "loss, total (2)"}


def test_made_unique_names_do_not_collide_with_printed_ones(made_figure: Figure) -> None:
    one = made_figure.panels[0].series[0]
    series = [replace(one, label=label) for label in ("a", "a (2)", "a", "", " ")]
    assert unique_labels(series) == ["a", "a (2)", "a (3)", "unnamed", "unnamed (2)"]


def test_numbers_keep_every_digit(made_figure: Figure) -> None:
    exact = made_figure.panels[0].series[0].y[1]
    assert float(_rows(made_figure)[1]["y"]) == exact


def test_dates_are_iso_8601_and_categories_their_label(made_figure: Figure) -> None:
    rows = [row for row in _rows(made_figure) if row["panel"] == "2"]
    assert [row["x"] for row in rows] == ["2020-01-01", "2020-01-02", "", "2020-01-04", "2020-01-05"]
    assert rows[0]["y"] == "high" and rows[-1]["y"] == "low"
    assert {row["series"] for row in rows} == {"größe"}


def test_intervals_hold_the_value(made_figure: Figure) -> None:
    frame = to_frame(made_figure)
    frame = frame[(frame.panel == 1)].dropna(subset=["y"])
    assert (frame.y_lo < frame.y).all() and (frame.y < frame.y_hi).all()


def test_frame_and_csv_say_the_same(made_figure: Figure) -> None:
    import pandas as pd

    back = pd.read_csv(io.BytesIO(to_csv(made_figure)), keep_default_na=True)
    frame = made_figure.to_frame()
    assert len(frame) == len(back)
    numeric = frame[frame.panel == 1]
    assert np.allclose(numeric.y.astype(float), back[back.panel == 1].y.astype(float), equal_nan=True)


def test_purely_numeric_frame_has_numeric_columns(made_figure: Figure) -> None:
    frame = to_frame(replace(made_figure, panels=made_figure.panels[:1]))
    assert all(frame[name].dtype == np.float64 for name in ("x", "y", "x_lo", "x_hi", "y_lo", "y_hi"))


def test_figure_without_series_gives_the_columns_alone(empty_figure: Figure) -> None:
    assert tuple(to_frame(empty_figure).columns) == COLUMNS and len(to_frame(empty_figure)) == 0
    assert to_csv(empty_figure).decode().count("\n") == 1


def test_document_states_box_scale_and_range(made_figure: Figure) -> None:
    first, second, third = to_document(made_figure)["panels"]
    assert first["axes_box"] == [100.0, 50.0, 500.0, 250.0]
    assert first["x"]["scale"] == "linear" and first["x"]["range"] == pytest.approx([0.0, 1000.0])
    assert first["y"]["range"] == pytest.approx([0.1, 0.3])
    assert second["x"]["scale"] == "date" and second["x"]["range"] == ["2020-01-01", "2020-01-05"]
    assert third["x"] is None and third["y"] is None and third["axes_box"] == first["axes_box"]


def test_document_keeps_ticks_used_and_rejected(made_figure: Figure) -> None:
    panel = to_document(made_figure)["panels"][0]
    assert [tick["text"] for tick in panel["x"]["ticks_used"]] == ["a", "b"]
    assert panel["x"]["ticks_used"][0]["residual_px"] == pytest.approx(0.5)
    (wrong,) = panel["y"]["ticks_rejected"]
    assert (wrong["text"], wrong["value"], wrong["expected"]) == ("1O", 17.0, "10")


def test_document_keeps_the_path_in_pixels_and_the_colour(made_figure: Figure) -> None:
    series = to_document(made_figure)["panels"][0]["series"][1]
    assert series["label"] == "loss, total (2)" and series["colour"] == "#d62728"
    assert series["path_px"][0] == [100.0, 50.0] and series["path_px"][2] == [None, None]
    assert len(series["x"]) == len(series["x_interval"]) == len(series["flags"]) == 5


def test_document_links_bands_and_raw_lines_to_their_line(made_figure: Figure) -> None:
    reading = made_figure.panels[0]
    one = reading.series[0]
    assert one.trace is not None
    linked = [
        replace(one, label="loss (upper)", kind="band", trace=replace(one.trace, kind="band", band_of="loss")),
        replace(one, label="loss (raw)", trace=replace(one.trace, faint_of="loss")),
    ]
    figure = replace(made_figure, panels=(replace(reading, series=(one, *linked)), *made_figure.panels[1:]))
    series = to_document(figure)["panels"][0]["series"]
    assert [(item["band_of"], item["faint_of"]) for item in series] == [(None, None), ("loss", None), (None, "loss")]
    back = to_figure(json.loads(to_json(figure))).panels[0].series
    assert [item.trace and (item.trace.band_of, item.trace.faint_of) for item in back] == [
        ("", ""), ("loss", ""), ("", "loss"),
    ]  # fmt: skip


def test_traces_of_a_refused_panel_are_not_lost(made_figure: Figure) -> None:
    third = to_document(made_figure)["panels"][2]
    assert [trace["label"] for trace in third["traces_not_exported"]] == ["größe"]
    assert to_document(made_figure)["panels"][0]["traces_not_exported"] == []


def test_document_is_strict_json(made_figure: Figure) -> None:
    def refuse(token: str) -> None:
        raise AssertionError(f"bare {token}")

    text = to_json(made_figure).decode("utf-8")
    document = json.loads(text, parse_constant=refuse)
    assert document == json.loads(json.dumps(made_figure.to_dict()))
    assert document["panels"][0]["findings"][0]["value"] is None


def test_infinite_range_ends_become_null(made_figure: Figure) -> None:
    reading = made_figure.panels[0]
    assert reading.calibration is not None
    steep: AxisCalibration = replace(reading.calibration.x, slope=np.inf)
    broken = replace(reading, calibration=replace(reading.calibration, x=steep))
    document = json.loads(to_json(replace(made_figure, panels=(broken,))))
    assert document["panels"][0]["x"]["slope"] is None and document["panels"][0]["x"]["range"] == [None, None]


def test_writers_write_what_the_exporters_give(made_figure: Figure, tmp_path: Path) -> None:
    write_csv(made_figure, tmp_path / "a.csv")
    write_json(made_figure, tmp_path / "a.json")
    for suffix in (".csv", ".json"):
        assert (tmp_path / f"a{suffix}").read_bytes() == EXPORTERS[suffix](made_figure)


def test_reading_comes_back_from_its_document(made_figure: Figure, tmp_path: Path) -> None:
    write_json(made_figure, tmp_path / "reading.json")
    back = read_document(tmp_path / "reading.json")
    assert to_document(back) == to_document(made_figure) | {"panels": to_document(back)["panels"]}
    assert to_csv(back) == to_csv(made_figure)
    assert (back.image.width_px, back.image.height_px) == (600, 300)
    ours, theirs = back.panels[0].calibration, made_figure.panels[0].calibration
    assert ours and theirs
    assert ours.x.to_data([123.0]) == pytest.approx(theirs.x.to_data([123.0]))
    assert back.panels[0].series[0].flags.tolist() == made_figure.panels[0].series[0].flags.tolist()
    assert back.all_findings()[0].message == made_figure.all_findings()[0].message


def test_document_of_a_document_is_the_same(made_figure: Figure, empty_figure: Figure) -> None:
    for figure in (made_figure, empty_figure):
        once = to_figure(json.loads(to_json(figure)))
        assert to_json(to_figure(json.loads(to_json(once)))) == to_json(once)


@pytest.mark.parametrize(
    "content", ["", "[1]", "{}", '{"panels": [], "format": 99}', '{"panels": [{}], "format": 1, "version": "0"}']
)
def test_what_is_no_reading_is_refused_by_name(content: str, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text(content)
    with pytest.raises(NotAReading, match=r"other\.json"):
        read_document(tmp_path / "other.json")
    with pytest.raises(InputNotFound):
        read_document(tmp_path / "missing.json")
