"""What is exported, read by R as it is. Skipped where R is not installed, except in CI."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from digitize.export import FORMATS
from digitize.export.tables import to_frame
from digitize.export.wide import to_wide_frame
from digitize.grids import Grid, to_grid
from digitize.values import Figure

TIDY = """
table <- read.csv("series.csv", encoding = "UTF-8")
quote <- function(text) paste0("\\"", gsub("\\"", "\\\\\\\\\\"", enc2utf8(text)), "\\"", collapse = ",")
cat(sprintf('{"columns":[%s],"rows":%d,"gaps":%d,"sum":%.12g,"x_class":"%s","names":[%s]}',
    quote(names(table)), nrow(table), sum(is.na(table$y)), sum(table$y, na.rm = TRUE), class(table$x),
    quote(unique(table$series))))
"""
DATES = """
table <- read.csv("series.csv", encoding = "UTF-8")
days <- as.Date(table$x[!is.na(table$x) & table$x != ""])
cat(sprintf('{"days":%d,"first":"%s","last":"%s"}', length(days), format(min(days)), format(max(days))))
"""
WIDE = """
table <- read.csv("series.csv", check.names = FALSE, encoding = "UTF-8")
cat(sprintf('{"columns":%d,"rows":%d,"numeric":%d}', ncol(table), nrow(table), sum(sapply(table, is.numeric))))
"""


@pytest.fixture
def in_r(tmp_path: Path) -> Any:
    """Runs a script beside ``series.csv``; what it prints as JSON."""
    program = shutil.which("Rscript")
    if program is None:
        assert not os.environ.get("NEEDS_R"), "no R: apt-get install r-base-core"
        pytest.skip("R is not installed")

    def run(table: bytes, script: str) -> dict[str, Any]:
        (tmp_path / "series.csv").write_bytes(table)
        (tmp_path / "script.R").write_text(script)
        done = subprocess.run(
            [program, "--vanilla", "script.R"], cwd=tmp_path, capture_output=True, text=True, encoding="utf-8",
            env={**os.environ, "LC_ALL": "C.UTF-8"}, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    return run


def test_the_tidy_table_reads_in_r_with_gaps_and_unicode(in_r: Any, made_figure: Figure) -> None:
    numbers = replace(made_figure, panels=made_figure.panels[:1])
    frame = to_frame(numbers)
    read = in_r(FORMATS["csv"](numbers), TIDY)
    assert read["columns"] == list(frame.columns)
    assert read["rows"] == len(frame) and read["gaps"] == int(frame["y"].isna().sum())
    assert read["sum"] == pytest.approx(float(frame["y"].sum()), rel=1e-9)
    assert read["x_class"] in ("numeric", "integer")
    assert read["names"] == frame["series"].unique().tolist()


def test_dates_read_in_r(in_r: Any, made_figure: Figure) -> None:
    dates = replace(made_figure, panels=made_figure.panels[1:2])
    days = sorted(str(value)[:10] for value in to_frame(dates)["x"].dropna())
    assert in_r(FORMATS["csv"](dates), DATES) == {"days": len(days), "first": days[0], "last": days[-1]}


def test_the_wide_table_reads_in_r(in_r: Any, made_figure: Figure) -> None:
    numbers = to_grid(replace(made_figure, panels=made_figure.panels[:1]), Grid(count=9))
    frame = to_wide_frame(numbers)
    read = in_r(FORMATS["wide"](numbers), WIDE)
    assert (read["columns"], read["rows"]) == (frame.shape[1], len(frame))
    assert read["numeric"] >= frame.shape[1] - 1
