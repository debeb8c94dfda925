"""The report says what the description of the sample says: facts are compared, not prose."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from digitize.curves import figure_curves
from digitize.report import to_html, to_report
from digitize.statistics import SeriesStatistics, series_statistics
from digitize.validate import validate
from digitize.validation.tables import read_known
from digitize.values import Figure
from tests.known_tables import SEED_TABLE

SAMPLE = Path(__file__).parents[2] / "samples" / "training_metrics.png"
BLUE, GREEN, RED, PURPLE = (
    "Sync. (sync_interval=1)", "Sync. (sync_interval=2)", "Sync. (sync_interval=10)", "One-Step Off-Policy",
)  # fmt: skip
FACTS: list[tuple[str, str, float, float, float, float]] = [
    # panel, series, value, within, near hour, within: the claims of the description's trend lines.
    # An hour in round tens is right to 5, others to 1.
    ("Reward", BLUE, 0.53, 0.005, 120, 5), ("Reward", RED, 0.52, 0.005, 40, 1.5),
    ("Reward", PURPLE, 0.51, 0.005, 45, 2.5),
    ("Response Length", BLUE, 2250, 50, 50, 5), ("Response Length", BLUE, 1750, 50, 75, 5),
    ("Response Length", BLUE, 2500, 50, 110, 5), ("Response Length", GREEN, 1750, 50, 75, 1),
    ("Response Length", RED, 1000, 50, 40, 5), ("Response Length", PURPLE, 1300, 50, 45, 1),
    ("Gradient Norm", BLUE, 0.12, 0.005, 0, 2), ("Gradient Norm", BLUE, 0.08, 0.005, 130, 1),
    ("Gradient Norm", BLUE, 0.13, 0.005, 55, 55), ("Gradient Norm", GREEN, 0.09, 0.005, 75, 1),
    ("Gradient Norm", RED, 0.12, 0.005, 0, 2), ("Gradient Norm", PURPLE, 0.16, 0.005, 0, 2),
    ("KL Divergence", BLUE, 0.52, 0.005, 50, 5), ("KL Divergence", GREEN, 0.20, 0.005, 75, 1),
    ("KL Divergence", PURPLE, 0.18, 0.005, 45, 2.5), ("KL Divergence", BLUE, 0.25, 0.025, 110, 10),
]  # fmt: skip


@pytest.fixture(scope="module")
def figure() -> Figure:
    from digitize.pipeline import read_figure

    return read_figure(SAMPLE)


@pytest.fixture(scope="module")
def report(figure: Figure) -> str:
    return to_report(figure)


def _section(report: str, title: str) -> str:
    return next(part for part in report.split("\n## ") if part.startswith("Panel") and title in part.split("\n")[0])


def _sentence(report: str, panel: str, series: str) -> str:
    start = f"  - **{series}**"
    return next(line for line in _section(report, panel).split("\n") if line.startswith(start))


def _row(report: str, panel: str, series: str) -> list[float]:
    line = next(line for line in _section(report, panel).split("\n") if line.startswith(f"| {series} |"))
    return [float(cell) for cell in re.findall(r"~(-?[\d.]+)", line)]


@pytest.mark.parametrize(
    ("panel", "series", "value", "within", "hour", "hours"),
    FACTS,
)
def test_the_sentence_or_the_table_states_the_fact(
    report: str, panel: str, series: str, value: float, within: float, hour: float, hours: float
) -> None:
    text = _sentence(report, panel, series)
    claims = [(float(y), float(x)) for y, x in re.findall(r"~(-?[\d.]+) near hour (-?[\d.]+)", text)]
    for since, level, until in re.findall(r"near hour (\d+), then settles around ~([\d.]+) .*, to hour (\d+)", text):
        claims += [(float(level), hour) for hour in range(int(since), int(until))]
    first, last, low, low_at, high, high_at = _row(report, panel, series)[:6]
    claims += [(low, low_at), (high, high_at), (first, 0.0), (last, _ends(report)[series])]
    assert any(abs(y - value) <= within and abs(x - hour) <= hours for y, x in claims), claims


def _ends(report: str) -> dict[str, float]:
    lines = report.split("\n")
    heads = next(line for line in lines if line.startswith("| Metric")).strip("| ").split(" | ")
    hours = next(line for line in lines if line.startswith("| **Max Time")).strip("| ").split(" | ")
    return {
        head.rsplit(" [", 1)[0]: float(re.sub(r"[^\d.]", "", hour))
        for head, hour in zip(heads[1:], hours[1:], strict=True)
    }


def _stats(figure: Figure, panel: str, label: str) -> SeriesStatistics:
    return next(
        series_statistics(one) for one in figure_curves(figure) if (one.panel_title, one.label) == (panel, label)
    )


def test_levels_and_bounds_of_the_description(figure: Figure) -> None:
    assert 0.48 - 0.005 <= _stats(figure, "Reward", GREEN).plateau.value <= 0.50 + 0.005
    assert 0.09 - 0.005 <= _stats(figure, "Gradient Norm", RED).plateau.value <= 0.10 + 0.005
    assert 0.10 - 0.005 <= _stats(figure, "Gradient Norm", PURPLE).plateau.value <= 0.12 + 0.005
    assert _stats(figure, "Gradient Norm", GREEN).minimum.y.value >= 0.08 - 0.005
    assert _stats(figure, "Gradient Norm", GREEN).maximum.y.value <= 0.12 + 0.005
    assert _stats(figure, "KL Divergence", BLUE).plateau.value == pytest.approx(0.25, abs=0.005)
    assert _stats(figure, "KL Divergence", RED).maximum.y.value < 0.05
    assert _stats(figure, "Response Length", GREEN).first.y.value == pytest.approx(800, abs=50)


def test_axes_legend_and_colours(report: str) -> None:
    for title in ("Reward", "Response Length", "Gradient Norm", "KL Divergence"):
        assert "Time (hours), from -5 to 135" in _section(report, title)
    for colour, label in (("Blue", BLUE), ("Green", GREEN), ("Red", RED), ("Purple", PURPLE)):
        assert f"**{colour}** line: {label}" in report


def test_observations_across_panels(report: str) -> None:
    told = report.split("## Key observations")[1]
    assert f"{BLUE} runs longest, to hour 130" in told
    assert f"{BLUE} is volatile in" in told
    assert re.search(rf"{re.escape(BLUE)} spikes to ~0.5\d+ in KL Divergence near hour 50", told)
    assert f"In Reward all 4 series reach ~0.495: first {RED}" in told
    assert f"{BLUE} turns in KL Divergence (peak of ~0.52 near hour 50) and Response Length (peak of ~22" in told
    assert f"In Reward {RED} ends highest" in told
    assert f"{PURPLE} spikes to ~0.1" in told


def test_summary_table_agrees_with_the_description(report: str, figure: Figure, tmp_path: Path) -> None:
    known = tmp_path / "known.md"
    known.write_text(SEED_TABLE)
    result = validate(figure_curves(figure), read_known(str(known))[0])
    assert len(result.verdicts) == 20
    assert {one.verdict for one in result.verdicts} <= {"agrees", "cannot tell"}
    assert result.counts()["agrees"] >= 18
    # what the report prints is again a table that validates against the figure
    (tmp_path / "report.md").write_text(report)
    tables, _ = read_known(str(tmp_path / "report.md"))
    again = validate(figure_curves(figure), [table for table in tables if "Final" in "".join(table.rows)])
    assert len(again.verdicts) == 20 and not {one.verdict for one in again.verdicts} & {"disagrees", "not found"}


def test_html_holds_the_same_and_escapes(report: str) -> None:
    page = to_html(report)
    assert page.count("<table>") == 5 and page.count("<h2>") == report.count("\n## ")
    assert "&lt;script&gt;" in to_html("# <script>\n\n- **a|b** <i>\n")
    assert page.count("<ul>") == page.count("</ul>")
    assert 'src="data:image/png;base64,iVBORw0KGgo="' in to_html(report, b"\x89PNG\r\n\x1a\n")


def test_command_line_writes_both(figure: Figure, tmp_path: Path) -> None:
    from digitize.cli import run
    from digitize.export.document import write_json

    write_json(figure, tmp_path / "reading.json")
    for name in ("report.md", "report.html"):
        assert run(["report", str(tmp_path / "reading.json"), "--out", str(tmp_path / name)]) == 0
        assert "Key observations" in (tmp_path / name).read_text(encoding="utf-8")
    minutes = ["--x-unit", "minutes", "--out", str(tmp_path / "report.md")]
    assert run(["report", str(tmp_path / "reading.json"), *minutes]) == 0
    assert "runs longest, to minute 7" in (tmp_path / "report.md").read_text(encoding="utf-8")
    assert run(["report", str(tmp_path / "reading.json"), "--x-unit", "no such"]) == 2
    assert run(["report", str(tmp_path / "reading.json"), "--out", str(tmp_path / "report.docx")]) == 2
