"""``digitize batch`` from the command line, on figures that are read."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from contextlib import closing
from pathlib import Path

import duckdb
import polars as pl
import pytest
from PIL import Image as Pil

from digitize import read_figure
from digitize.cli import run
from digitize.errors import EXIT_SOME_UNREAD, EXIT_STOPPED
from digitize.synthetic import FigureSpec, draw_figure

ROOT = Path(__file__).parents[3]
PATIENCE_S = 120.0


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an archive of three figures and a copy, and a file that is no picture."""
    folder = tmp_path_factory.mktemp("archive")
    with zipfile.ZipFile(folder / "papers.zip", "w") as papers:
        for number in range(3):
            spec = FigureSpec(lines=1, seed=number, width_px=420, height_px=300, legend="none")
            Pil.fromarray(draw_figure(spec).pixels).save(folder / "drawn.png")
            papers.write(folder / "drawn.png", f"figs/f{number}.png")
        papers.write(folder / "drawn.png", "figs/again.png")
    (folder / "drawn.png").rename(folder / "alone.png")
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnot a picture")
    return folder


def command(archive: Path, out: Path) -> list[str]:
    words = ["batch", str(archive), "--out", str(out), "--workers", "1", "--json", "--overlay", "--fast"]
    return [sys.executable, "-m", "digitize", *words]


def readings(out: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{out / 'manifest.sqlite'}?mode=ro", uri=True)) as manifest:
            return int(manifest.execute("select count(*) from readings").fetchone()[0])
    except sqlite3.OperationalError:  # not made yet
        return 0


@pytest.fixture(scope="module")
def results(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[subprocess.Popen[str]]]:
    """The results of a run that was interrupted, and of the same command again."""
    out = tmp_path_factory.mktemp("batch") / "results"
    runs = []
    for interrupted in (True, False):
        process = subprocess.Popen(
            command(archive, out), env=os.environ | {"PYTHONPATH": str(ROOT)}, text=True, cwd=out.parent,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        deadline = time.monotonic() + PATIENCE_S
        while interrupted and not readings(out) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        if interrupted:
            process.send_signal(signal.SIGINT)
        process.said = process.communicate(timeout=PATIENCE_S)  # type: ignore[attr-defined]
        runs.append(process)
    return out, runs


def test_an_interrupted_run_goes_on(results: tuple[Path, list[subprocess.Popen[str]]]) -> None:
    _, (first, second) = results
    assert first.returncode == EXIT_STOPPED, first.said
    assert "the same command goes on" in first.said[1]  # type: ignore[attr-defined]
    assert second.returncode == EXIT_SOME_UNREAD, second.said
    assert "6 figures: 3 read, 0 in part, 1 refused, 0 failed, 2 repeated." in second.said[0]  # type: ignore[attr-defined]
    assert "1 refused, not-an-image: The file is no picture" in second.said[0]  # type: ignore[attr-defined]
    assert "5 of them now" not in second.said[0]  # type: ignore[attr-defined]


def test_numbers_are_those_of_the_figure_read_alone(
    archive: Path, results: tuple[Path, list[subprocess.Popen[str]]]
) -> None:
    out, _ = results
    row = pl.read_parquet(out / "figures").filter(pl.col("name").str.ends_with("alone.png")).row(0, named=True)
    points = pl.read_parquet(out / "points").filter(pl.col("figure") == row["figure"])
    alone = read_figure(archive / "alone.png", refine=False).to_frame()
    assert points["x"].to_list() == pytest.approx(alone["x"].to_list())
    assert points["y_hi"].to_list() == pytest.approx(alone["y_hi"].to_list())


def test_json_overlay_and_gallery_are_there(results: tuple[Path, list[subprocess.Popen[str]]]) -> None:
    out, _ = results
    assert len(list((out / "json").rglob("*.json"))) == len(list((out / "overlay").rglob("*.png"))) == 3
    assert (out / "gallery" / "index.html").is_file()


def test_queries_of_the_readme_run(
    results: tuple[Path, list[subprocess.Popen[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    out, _ = results
    monkeypatch.chdir(out.parent)
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    archives = text[text.index("## Archives") : text.index("## The table")]
    ends, doubts = (duckdb.sql(query).fetchall() for query in re.findall(r"```sql\n(.*?)```", archives, re.DOTALL))
    assert len(ends) == 3 and all(row[4] is not None for row in ends)
    assert isinstance(doubts, list)
    names: dict[str, pl.DataFrame] = {}
    (script,) = re.findall(r"```python\n(.*?)```", archives, re.DOTALL)
    exec(script, names)
    assert set(names["falling"].columns) == {"figure", "panel", "series", "begins", "best", "x", "name"}


def test_the_config_of_the_readme_is_understood(tmp_path: Path) -> None:
    from digitize.batch import load_settings

    (config,) = re.findall(r"```toml\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "digitize.toml").write_text(config)
    assert load_settings(tmp_path / "digitize.toml").of("runs/7/loss_a.png").axes


def test_status_and_dry_run(
    archive: Path, results: tuple[Path, list[subprocess.Popen[str]]], capsys: pytest.CaptureFixture[str]
) -> None:
    out, _ = results
    assert run(["batch", "--status", str(out)]) == 0
    said = capsys.readouterr().out
    assert "3 read" in said and "ran to the end" in said
    assert run(["batch", str(archive), "--dry-run", "--glob", "*.png", "--exclude", "broken*"]) == 0
    listed, counted = capsys.readouterr()
    assert len(listed.splitlines()) == 5 and "5 figures would be read" in counted


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([], 2, "Name what to read"),
        (["a.png"], 2, "--out DIR"),
        (["a.png", "--out", "o", "--engine", "magic"], 2, "one of local, dask"),
        (["a.png", "--out", "o", "--memory-limit", "much"], 2, "size 'much'"),
        (["a.png", "--out", "o", "--limit", "max_fun=1"], 2, "max_fun is none of max_member_bytes"),
        (["a.png", "--out", "o", "--limit", "max_ratio=0"], 2, "max_ratio is 0"),
        (["a.png", "--out", "o", "--config", "none.toml"], 3, "no file none.toml"),
        (["--status", "none"], 3, "holds no results"),
        (["none.png", "--out", "o", "--quiet"], EXIT_SOME_UNREAD, ""),
        (["empty", "--out", "o", "--quiet"], 6, "No figure was found"),
        (["empty", "--out", "taken"], 7, "is a file"),
    ],
)
def test_what_cannot_be_done_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], code: int,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "taken").touch()
    assert run(["batch", *words]) == code
    assert said in " ".join(re.sub("[│╭╰─]", " ", capsys.readouterr().err).split())
