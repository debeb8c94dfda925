"""Axes a user states: how they are written, and that only what was stated is taken from the user."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as PILImage
from PIL import ImageDraw

from digitize import cli
from digitize.hints import AxisHint, AxisHints, read_option, to_hints

Texts = list[dict[str, Any]]
PIXEL = 1.0 / 220
"""One pixel as a share of the drawn y axes."""


@pytest.mark.parametrize(
    ("text", "panel", "start", "end", "scale"),
    [
        ("0:130", None, 0.0, 130.0, "linear"),
        ("-5:-1.5", None, -5.0, -1.5, "linear"),
        ("100:0", None, 100.0, 0.0, "linear"),
        ("2=0.40:0.55@log", 2, 0.40, 0.55, "log"),
        ("-100:100@symlog:0.1", None, -100.0, 100.0, "symlog"),
        ("0:5@symlog", None, 0.0, 5.0, "symlog"),
        (" 3 = 1e-3:1e2 @ LOG ", 3, 1e-3, 1e2, "log"),
        ("1970-01-02:1970-01-11", None, 1.0, 10.0, "date"),
        ("1970-01-02T12:00:1970-01-03T18:00", None, 1.5, 2.75, "date"),
        ("1970:1971@date", None, 0.0, 365.0, "date"),
        ("1970-02:1971@date", None, 31.0, 365.0, "date"),
    ],
)
def test_an_option_states_two_ends_a_scale_and_a_panel(
    text: str, panel: int | None, start: float, end: float, scale: str
) -> None:
    number, hint = read_option(text)
    assert (number, hint.start, hint.end, hint.scale.name) == (panel, start, end, scale)


@pytest.mark.parametrize(
    "text", ["", "130", "0:", "a:b", "0:1:2", "0:nan", "1:1", "0:10@log", "-1:1@log", "0:1@cubic", "0=0:1", "x=0:1",
             "0:1@log:2", "0:1@symlog:0", "1999-13-01:2000-01-01"]
)  # fmt: skip
def test_a_meaningless_option_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_option(text)


def test_a_symmetric_log_axis_is_stated_with_where_it_turns_linear(tmp_path: Path) -> None:
    file = tmp_path / "axes.toml"
    file.write_text('[y]\nrange = [-100, 100]\nscale = "symlog"\nlinear_within = 0.1\n')
    hints = to_hints(x=["2=-100:100@symlog:0.1"], file=file)
    stated = hints.stated("y", 1)
    assert stated and str(stated) == "-100:100@symlog:0.1"
    assert hints.as_options() == {"x": ["2=-100:100@symlog:0.1"], "y": ["-100:100@symlog:0.1"]}
    axis = stated.to_axis("left", 300.0, 100.0)
    assert axis.to_data(200.0) == pytest.approx(0.0)
    assert axis.to_data(300.0 - 100.0 * 3 / (3 + 1 / 0.9)) == pytest.approx(-0.1)


def test_what_is_stated_for_one_panel_goes_before_what_is_stated_for_all(tmp_path: Path) -> None:
    file = tmp_path / "axes.toml"
    file.write_text('[x]\nrange = [0, 10]\n[panel.2.x]\nrange = [1, 100]\nscale = "log"\n[y]\nrange = [-1.0, 1.0]\n')
    hints = to_hints(x=["0:20"], file=file)
    assert [str(hints.stated("x", panel)) for panel in (1, 2)] == ["0:20", "1:100@log"]
    assert str(hints.stated("y", 7)) == "-1:1"
    assert hints.stated("twin_y", 1) is None
    assert hints.as_options() == {"x": ["0:20", "2=1:100@log"], "y": ["-1:1"]}


def test_dates_of_a_toml_file_are_dates(tmp_path: Path) -> None:
    file = tmp_path / "axes.toml"
    file.write_text('[x]\nrange = [1970-01-02, "1970-01-03"]\n')
    assert str(to_hints(file=file).stated("x", 1)) == "1970-01-02:1970-01-03@date"


@pytest.mark.parametrize(
    "content", ["x = 3", "[x]\nrange = [1]", "[z]\nrange = [0, 1]", "[x]\nrange = [0, 1]\ncolour = 2", "[panel.a.x]\n",
                "[x", "[x]\nrange = [0, 'a']", "panel = 2"]
)  # fmt: skip
def test_a_meaningless_file_is_refused_by_name(content: str, tmp_path: Path) -> None:
    file = tmp_path / "stated.toml"
    file.write_text(content)
    with pytest.raises(ValueError, match=r"stated\.toml"):
        to_hints(file=file)


def test_a_stated_axis_knows_its_ends_to_a_fraction_of_a_pixel() -> None:
    axis = AxisHint(start=10.0, end=20.0).to_axis("bottom", 100.0, 300.0)
    assert axis.to_data([100.0, 300.0]) == pytest.approx([10.0, 20.0])
    assert axis.sigma_u([100.0, 300.0]) / abs(axis.slope) == pytest.approx([0.3, 0.3], abs=0.01)


def _text(text: str, x: float, y: float) -> dict[str, Any]:
    half = 3.5 * len(text)
    return {"text": text, "numeric": text, "box": [x - half, y - 5, x + half, y + 5], "confidence": 0.99}


@pytest.fixture
def drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Two panels side by side with a rising line; writes the picture, and the command reads the texts it is given."""
    picture = PILImage.new("RGB", (800, 320), "white")
    pen = ImageDraw.Draw(picture)
    for left in (80, 480):
        pen.rectangle((left, 40, left + 280, 260), outline="black")
        for k in range(5):
            pen.line((left + 70 * k, 260, left + 70 * k, 265), fill="black")
            pen.line((left - 5, 260 - 55 * k, left, 260 - 55 * k), fill="black")
        pen.line((left + 20, 240, left + 260, 60), fill=(214, 39, 40), width=3)
    file = tmp_path / "chart.png"
    picture.save(file)

    def use(texts: Texts) -> str:
        recording = tmp_path / "texts.json"
        recording.write_text(json.dumps(texts))
        from digitize.ocr.recorded import RecordedTextReader

        monkeypatch.setattr("digitize.ocr.default_reader", lambda: RecordedTextReader(recording))
        return str(file)

    return use


def _labels(*, x: tuple[int, ...], y: tuple[int, ...]) -> Texts:
    """Labels 0, 10, ... of the x axes and 0, 2, ... of the y axes of the panels that begin at the given pixels."""
    texts = [_text(str(10 * k), left + 70 * k, 275) for left in x for k in range(5)]
    return texts + [_text(str(2 * k), left - 18, 260 - 55 * k) for left in y for k in range(5)]


def _rows(folder: Path) -> dict[str, np.ndarray[Any, np.dtype[np.float64]]]:
    """(x, y) of every panel's rows."""
    with (folder / "a.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["y"]]
    panels = {row["panel"] for row in rows}
    return {p: np.array([[float(r["x"]), float(r["y"])] for r in rows if r["panel"] == p]) for p in panels}


def _run(figure: str, folder: Path, *options: str) -> int:
    outputs = ["--out", str(folder / "a.csv"), "--json", str(folder / "a.json"), "--quiet"]
    return cli.run([figure, *outputs, *options])


def test_axis_without_labels_is_read_as_stated(
    drawn: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figure = drawn(_labels(x=(80, 480), y=()))
    assert _run(figure, tmp_path) == 6
    assert "--y-axis 2=FROM:TO" in capsys.readouterr().err
    assert _run(figure, tmp_path, "--y-axis", "0:8", "--y-axis", "2=1:1000@log") == 0
    rows = _rows(tmp_path)
    ends = np.array([20.0, 200.0]) / 220
    assert rows["1"][[0, -1], 1] == pytest.approx(8 * ends, abs=2 * 8 * PIXEL)
    assert np.log10(rows["2"][[0, -1], 1]) == pytest.approx(3 * ends, abs=2 * 3 * PIXEL)
    for panel in ("1", "2"):
        # x stayed automatic: labels 0 to 40 over 280 px
        assert rows[panel][[0, -1], 0] == pytest.approx([20 / 7, 260 / 7], abs=0.3)
    document = json.loads((tmp_path / "a.json").read_text())
    assert document["provenance"]["stated_axes"] == {"y": ["0:8", "2=1:1000@log"]}
    assert [f["code"] for p in document["panels"] for f in p["findings"] if "axis" in f["code"]] == ["axis-stated"] * 2


def test_box_without_any_text_is_read_as_stated(drawn: Any, tmp_path: Path) -> None:
    figure = drawn([])
    file = tmp_path / "axes.toml"
    file.write_text("[x]\nrange = [0, 40]\n[y]\nrange = [0, 8]\n")
    assert _run(figure, tmp_path) == 6
    assert _run(figure, tmp_path, "--axes", str(file)) == 0
    assert _rows(tmp_path)["1"][0] == pytest.approx([20 / 7, 8 * 20 / 220], abs=0.15)


def test_stated_axis_goes_before_the_one_read_and_says_that_they_differ(drawn: Any, tmp_path: Path) -> None:
    figure = drawn(_labels(x=(80, 480), y=(80, 480)))
    assert _run(figure, tmp_path, "--x-axis", "1=0:80", "--y-axis", "0:8", "--x-axis", "5=0:1") == 0
    rows = _rows(tmp_path)
    assert rows["1"][-1, 0] / rows["2"][-1, 0] == pytest.approx(2.0, abs=0.02)
    document = json.loads((tmp_path / "a.json").read_text())
    stated = [f for p in document["panels"] for f in p["findings"] if f["code"] == "axis-stated"]
    assert [f["severity"] for f in stated] == ["warning", "info", "info"]
    assert "panel-unknown" in [f["code"] for f in document["findings"]]


@pytest.mark.parametrize("option", [["--x-axis", "0:0"], ["--y-axis", "a:b"], ["--x-axis", "-1:1@log"]])
def test_a_wrong_statement_ends_before_the_figure_is_read(option: list[str], tmp_path: Path) -> None:
    assert cli.run([str(tmp_path / "missing.png"), *option]) == 2


def test_a_missing_axes_file_is_an_input_that_cannot_be_opened(tmp_path: Path) -> None:
    assert cli.run([str(tmp_path / "missing.png"), "--axes", str(tmp_path / "none.toml")]) == 3


def test_no_statement_is_no_hint() -> None:
    assert not AxisHints()
    assert not to_hints()
