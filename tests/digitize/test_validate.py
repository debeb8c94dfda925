"""Readings against known values: cells as people print them, pairing without help, every verdict."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from digitize.axis_span import AxisSpan
from digitize.curves import Curve, read_curves
from digitize.errors import EXIT_DISAGREES, NotAReading
from digitize.findings import PointFlag
from digitize.validate import Validation, to_json, to_markdown, validate
from digitize.validation.cells import parse_cell
from digitize.validation.tables import KnownTable, read_known
from digitize.validation.verdicts import Tolerance
from tests.known_tables import SEED_TABLE

LABELS = {
    "Sync. (sync_interval=1)": "blue", "Sync. (sync_interval=2)": "green",
    "One-Step Off-Policy": "purple", "Sync. (sync_interval=10)": "red",
}  # fmt: skip
ENDS = dict(zip(LABELS, (130, 75, 45, 40), strict=True))
FINALS = {
    "Reward": (0.51, 0.49, 0.50, 0.52), "Response Length": (2200, 1750, 1300, 950),
    "Gradient Norm": (0.08, 0.09, 0.11, 0.10), "KL Divergence": (0.24, 0.20, 0.17, 0.04),
}  # fmt: skip
HEIGHTS = {"Reward": 0.15, "Response Length": 1900.0, "Gradient Norm": 0.09, "KL Divergence": 0.57}


def _span(end: float, title: str = "", unit: str = "") -> AxisSpan:
    return AxisSpan(start=0, end=end, forward=lambda v: np.asarray(v, float), title=title, unit=unit)


def _curves(half_frac: float = 0.0005) -> tuple[Curve, ...]:
    curves = []
    for panel, (title, finals) in enumerate(FINALS.items(), 1):
        for (label, colour), final in zip(LABELS.items(), finals, strict=True):
            x, y = np.linspace(0, ENDS[label], 40), np.linspace(0.5 * final, final, 40)
            half = half_frac * HEIGHTS[title]
            curves.append(
                Curve(
                    panel=panel, panel_title=title, label=label, colour=colour, kind="line", x=x, y=y,
                    x_interval=np.stack([x - 0.2, x + 0.2], axis=1), y_interval=np.stack([y - half, y + half], axis=1),
                    flags=np.zeros(40, np.uint16), x_axis=_span(140, "Time", "hours"), y_axis=_span(HEIGHTS[title]),
                )
            )
    return tuple(curves)


def _table(tmp_path: Path, text: str = SEED_TABLE, name: str = "known.md") -> list[KnownTable]:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return read_known(str(tmp_path / name))[0]


@pytest.mark.parametrize(
    ("text", "low", "high", "tolerance"),
    [
        ("~130", 130, 130, 5), ("~0.51", 0.51, 0.51, 0.005), ("0.50+", 0.50, np.inf, 0.005),
        ("~0.48–0.50", 0.48, 0.50, 0.005), ("**~2200**", 2200, 2200, 50), ("~1,750", 1750, 1750, 5),
        ("~1000", 1000, 1000, 50), ("2200", 2200, 2200, 0.5), ("-3.2e-4", -3.2e-4, -3.2e-4, 5e-6),
        ("0.48-0.50", 0.48, 0.50, 0.005), ("~75 h", 75, 75, 0.5), ("<0.05", -np.inf, 0.05, 0), ("≥ 3", 3, np.inf, 0),
        ("0.51 ± 0.02", 0.51, 0.51, 0.02), ("−0,27", -0.27, -0.27, 0.005), ("2.2k", 2200, 2200, 50),
        ("3.2×10⁻⁴", 3.2e-4, 3.2e-4, 5e-6), ("1\u202f750", 1750, 1750, 0.5), ("0.51† (run 2)", 0.51, 0.51, 0.005),
        ("about 0.5", 0.5, 0.5, 0.05), ("5m", 5, 5, 0.5), ("2010-03", 14669, 14669, 15),
    ],
)  # fmt: skip
def test_cells_as_people_print_them(text: str, low: float, high: float, tolerance: float) -> None:
    cell = parse_cell(text)
    assert cell is not None
    assert (cell.low, cell.high, cell.tolerance) == pytest.approx((low, high, tolerance))


@pytest.mark.parametrize("text", ["", "n/a", "-", "Sync (Int=1)", "+"])
def test_words_are_no_values(text: str) -> None:
    assert parse_cell(text) is None


def _paired(result: Validation) -> dict[str, tuple[int, str] | str]:
    (pairing,) = result.pairings
    rows = {one.name: (one.panel, one.statistic) for one in pairing.rows if one}
    return rows | {one.name: one.series for one in pairing.columns if one}


def test_the_seed_table_is_paired_without_help(tmp_path: Path) -> None:
    result = validate(_curves(), _table(tmp_path))
    assert _paired(result) == {
        "Max Time (h)": (0, "maximum"), "Final Reward": (1, "last"), "Final Resp. Len": (2, "last"),
        "Final Grad Norm": (3, "last"), "Final KL Div.": (4, "last"),
        "Sync (Int=1) [Blue]": "Sync. (sync_interval=1)", "Sync (Int=2) [Green]": "Sync. (sync_interval=2)",
        "Sync (Int=10) [Red]": "Sync. (sync_interval=10)", "One-Step Off-Policy [Purple]": "One-Step Off-Policy",
    }  # fmt: skip
    assert result.counts() == {"agrees": 20} and result.all_agree


def test_a_turned_table_is_paired_as_well(tmp_path: Path) -> None:
    (table,) = _table(tmp_path)
    assert validate(_curves(), [table.transposed()]).counts() == {"agrees": 20}


def test_tampered_cell_is_the_document_s_fault(tmp_path: Path) -> None:
    result = validate(_curves(), _table(tmp_path, SEED_TABLE.replace("~0.52", "~0.42")))
    (wrong,) = [one for one in result.verdicts if one.verdict != "agrees"]
    assert (wrong.verdict, wrong.fault) == ("disagrees", "document")
    assert (wrong.row, wrong.series) == ("Final Reward", "Sync. (sync_interval=10)")
    assert wrong.difference == pytest.approx(0.10) and wrong.axis_frac == pytest.approx(0.10 / 0.15)
    assert "the document contradicts its own figure" in to_markdown(result)


def test_tampered_curve_that_was_not_seen_is_the_reading_s_fault(tmp_path: Path) -> None:
    first, *others = _curves()
    hidden = np.full(40, PointFlag.HIDDEN, np.uint16)
    moved = replace(first, y=first.y + 0.05, y_interval=first.y_interval + 0.05, flags=hidden)
    result = validate((moved, *others), _table(tmp_path))
    (wrong,) = [one for one in result.verdicts if one.verdict != "agrees"]
    assert (wrong.verdict, wrong.fault, wrong.doubts) == ("disagrees", "reading", ("place not seen",))


def test_wide_interval_cannot_tell(tmp_path: Path) -> None:
    result = validate(_curves(half_frac=0.1), _table(tmp_path))
    assert result.counts()["cannot tell"] == 16 and result.counts()["agrees"] == 4
    wide = validate(_curves(half_frac=0.1), _table(tmp_path), tolerance=Tolerance(axis_frac=0.2))
    assert wide.all_agree


def test_missing_series_and_unknown_row_are_not_found(tmp_path: Path) -> None:
    curves = tuple(one for one in _curves() if one.colour != "purple")
    result = validate(curves, _table(tmp_path, SEED_TABLE.replace("Final KL Div.", "Entropy")))
    assert result.counts() == {"agrees": 12, "not found": 8}


QUESTIONS = """
## Reward

| | Blue | Green |
|---|---|---|
| Peak | ~0.51 | ~0.49 |
| Peak at (min) | ~7800 | ~4500 |
| At hour 65 | 38% | 0.46 |
| Time to reach 0.40 | ~74 | ~47 |
| Change | 0.255 | 0.245 |
| End | >0.3 | <0.5 |

## Hardware

| GPU | Memory | Price |
|---|---|---|
| A | 80 | 2 |
| B | 40 | 1 |
"""


def test_rows_ask_for_places_levels_and_bounds_under_a_heading_that_names_the_panel(tmp_path: Path) -> None:
    result = validate(_curves(), _table(tmp_path, QUESTIONS))
    assert result.counts() == {"agrees": 12} and result.skipped == 1
    assert {one.panel for one in result.verdicts} == {1}
    assert [one.statistic for one in result.verdicts[2:8:2]] == ["maximum_x", "at 65", "reach 0.40"]
    assert validate(_curves(), _table(tmp_path, QUESTIONS.replace(">0.3", ">0.6"))).counts()["disagrees"] == 1


def test_merged_cells_and_several_header_rows(tmp_path: Path) -> None:
    heads = "Panel;Statistic;Sync;;Other\n;;Int 1;Int 2;One-Step\n"
    text = f"{heads}Reward;Final;0,51;0,49;0,50\n;Initial;0,255;0,245;0,25\n"
    result = validate(_curves(), _table(tmp_path, text, "known.csv"))
    assert result.counts() == {"agrees": 6}
    assert [one.statistic for one in result.verdicts] == ["last"] * 3 + ["first"] * 3


def test_listed_values_and_sections(tmp_path: Path) -> None:
    rows = [{"series": "red", "metric": "Final Reward", "value": 0.52}, {"series": "blue", "metric": "Final Reward"}]
    result = validate(_curves(), _table(tmp_path, json.dumps(rows), "known.json"))
    assert result.counts() == {"agrees": 1}
    sections = "|  | blue | red |\n|---|---|---|\n| **Reward** | | |\n| Final | 0.51 | 0.52 |\n| **KL** | | |\n"
    result = validate(_curves(), _table(tmp_path, sections + "| Final | 0.24 | 0.04 |\n"))
    assert result.counts() == {"agrees": 4} and {one.panel for one in result.verdicts} == {1, 4}


def test_a_doubtful_pairing_does_not_blame_the_document(tmp_path: Path) -> None:
    untitled = [replace(one, panel_title="") for one in _curves() if one.panel == 1]
    result = validate(untitled, _table(tmp_path, "| | blue |\n|---|---|\n| Final accuracy | 0.91 |\n"))
    (one,) = result.verdicts
    assert (one.verdict, one.fault, one.doubts) == ("disagrees", "reading", ("pairing in doubt",))


def test_points_without_a_panel_go_where_they_fit_and_long_lists_are_summed_up(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    hours = np.linspace(1, 129, 60)
    path.write_text("Time,blue\n" + "".join(f"{x},{1100 + 1100 * x / 130}\n" for x in hours) + "129.5,1000\n")
    result = validate(_curves(), *read_known(str(path)))
    assert {one.panel for one in result.verdicts} == {2} and result.counts() == {"agrees": 60, "disagrees": 1}
    page = to_markdown(result)
    assert "| blue | 2 | 61 | 60 | 0 |" in page and page.count("| x = 1") == 2


def test_bars_are_asked_for_by_category_and_dates_by_day(tmp_path: Path) -> None:
    path = tmp_path / "series.csv"
    path.write_text("series,kind,x,y\n1931,bar,Waseca,54.3\n1931,bar,Morris,29.2\n")
    result = validate(read_curves(str(path)), _table(tmp_path, "| | 1931 |\n|---|---|\n| Morris | 29.2 |\n"))
    assert result.all_agree and result.verdicts[0].statistic == "at Morris"
    path.write_text("series,x,y\na,2020-01-01,1\na,2020-01-11,2\n")
    (tmp_path / "points.csv").write_text("series,x,y\na,2020-01-06,1.50\n")
    assert validate(read_curves(str(path)), *read_known(str(tmp_path / "points.csv"))).all_agree


def test_map_of_an_unknown_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has no 'Theirs'"):
        validate(_curves(), _table(tmp_path), settled={"Theirs": "One-Step Off-Policy"})


def test_map_settles_a_name(tmp_path: Path) -> None:
    tables = _table(tmp_path, SEED_TABLE.replace("One-Step Off-Policy [Purple]", "Ours"))
    assert validate(_curves(), tables).counts()["not found"] == 5
    assert validate(_curves(), tables, settled={"Ours": "One-Step Off-Policy"}).all_agree


def test_known_points_are_compared_along_the_curve(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("panel,series,x,y\n1,Sync 1,65,0.3825\n1,Sync 1,65,0.30\n1,Sync 1,900,0.30\n")
    tables, points = read_known(str(path))
    verdicts = validate(_curves(), tables, points).verdicts
    assert [one.verdict for one in verdicts] == ["agrees", "disagrees", "not found"]


def test_json_and_xlsx_tables(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    known = {"Final Reward": {"blue": 0.51, "red": 0.52}, "Final Gradient Norm": {"blue": 0.08, "red": 0.1}}
    (tmp_path / "known.json").write_text(json.dumps(known))
    book = openpyxl.Workbook()
    for row in (["", "blue", "red"], *([name, *cells.values()] for name, cells in known.items())):
        book.active.append(row)
    book.save(tmp_path / "known.xlsx")
    for name in ("known.json", "known.xlsx"):
        assert validate(_curves(), read_known(str(tmp_path / name))[0]).counts() == {"agrees": 4}


def test_document_without_values_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotAReading):
        _table(tmp_path, "# No table here\n")


def _csv(tmp_path: Path) -> Path:
    path = tmp_path / "series.csv"
    rows = ["panel,panel_title,series,kind,x,y,x_lo,x_hi,y_lo,y_hi,flag"]
    for one in _curves():
        rows += [
            f"{one.panel},{one.panel_title},{one.label},line,{x},{y},{x - 0.1},{x + 0.1},{low},{high},"
            for x, y, (low, high) in zip(one.x, one.y, one.y_interval, strict=True)
        ]
    path.write_text("\n".join(rows) + "\n")
    return path


def test_command_line_exits_by_the_verdicts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from digitize.cli import run

    series, known, report = _csv(tmp_path), tmp_path / "known.md", tmp_path / "report.json"
    known.write_text(SEED_TABLE)
    assert len(read_curves(str(series))) == 16
    assert run(["validate", str(series), "--against", str(known), "--report", str(report)]) == 0
    assert "| Final Resp. Len | last of panel 2: Response Length |" in capsys.readouterr().out
    assert json.loads(report.read_text())["all_agree"] is True
    known.write_text(SEED_TABLE.replace("~1750", "~1250"))
    assert run(["validate", str(series), "--against", str(known), "--quiet"]) == EXIT_DISAGREES
    assert run(["validate", str(series), "--against", str(known), "--tolerance", "much"]) == 2
    assert run(["validate", str(series), "--against", str(tmp_path / "none.md")]) == 3


def test_json_has_no_nan(tmp_path: Path) -> None:
    result = validate(_curves()[:1], _table(tmp_path))
    assert "NaN" not in to_json(result)
