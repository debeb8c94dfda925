"""What a batch promises, shown with pictures that a stand-in reads in no time."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import psutil
import pytest

from digitize.batch import BatchSettings, Progress, Summary, dataset, flow, load_settings, read_archive, run
from digitize.batch.engines import Engine
from digitize.batch.jobs import FAILURES
from digitize.batch.manifest import Manifest
from digitize.batch.manifest_file import is_running, look_at_manifest, open_manifest
from digitize.batch.tally import counts
from digitize.errors import OutputFailed, StoppedEarly
from digitize.inputs import FigureFile
from digitize.inputs import Limits as InputLimits
from tests.digitize.batch.stub_reader import ROWS, picture, write_pictures

ROOT = Path(__file__).parents[3]
READER = "tests.digitize.batch.stub_reader:read"


def read(inputs: Path, out: Path, **options: Any) -> Summary:
    return read_archive([inputs], out, reader=READER, **({"workers": 1, "gallery": False} | options))


def figures(out: Path) -> dict[str, dict[str, Any]]:
    """The rows of the table of figures by file name."""
    return {Path(row["name"]).name: row for row in pl.read_parquet(out / "figures").to_dicts()}


def points(out: Path) -> pl.DataFrame:
    return pl.read_parquet(out / "points").sort("figure", "x")


def test_what_crashes_hangs_or_swells_costs_only_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUB_MARKS", str(tmp_path))
    write_pictures(tmp_path / "in", 8)
    for name in ("crash", "exit", "hang", "eat", "once", "refuse"):
        (tmp_path / "in" / f"{name}.png").write_bytes(picture(f"{name} 99"))
    settings = BatchSettings(time_limit_s=5.0, memory_limit_bytes=500 * 10**6)
    summary = read(tmp_path / "in", tmp_path / "out", settings=settings, workers=2)
    rows = figures(tmp_path / "out")
    became = {name: (rows[f"{name}.png"]["status"], rows[f"{name}.png"]["code"]) for name in
              ("crash", "exit", "hang", "eat", "once", "refuse")}
    assert became == {
        "crash": ("failed", "crashed"),
        "exit": ("failed", "crashed"),
        "hang": ("failed", "time-limit"),
        "eat": ("failed", "memory-limit"),
        "once": ("read", None),
        "refuse": ("refused", "no-axes"),
    }
    assert "SIGSEGV" in rows["crash.png"]["reason"] and "exit code 3" in rows["exit.png"]["reason"]
    assert {code for status, code in became.values() if status == "failed"} <= set(FAILURES)
    assert (summary.counts.read, summary.counts.refused, summary.counts.failed) == (9, 1, 4)
    assert points(tmp_path / "out").height == 9 * ROWS


def test_workers_take_one_thread_and_no_settings_of_dask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "65536")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes(picture("environment 0"))
    read(tmp_path / "in", tmp_path / "out")
    told = figures(tmp_path / "out")["a.png"]["reason"]
    assert told == "{'OMP_NUM_THREADS': '1', 'MALLOC_TRIM_THRESHOLD_': None}"


def test_failures_are_tried_again_when_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUB_MARKS", str(tmp_path / "nowhere"))  # the stand-in fails where it would leave its mark
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "once.png").write_bytes(picture("once 1"))
    assert read(tmp_path / "in", tmp_path / "out").counts.failed == 1
    monkeypatch.setenv("STUB_MARKS", str(tmp_path))
    assert read(tmp_path / "in", tmp_path / "out").read_now == 0
    assert read(tmp_path / "in", tmp_path / "out", retry_failed=True).counts.read == 1
    assert figures(tmp_path / "out")["once.png"]["reason"] is None


def test_one_picture_under_several_names_is_read_once(tmp_path: Path) -> None:
    first, *_ = write_pictures(tmp_path / "in", 3)
    (tmp_path / "in" / "copy.png").write_bytes(first.read_bytes())
    summary = read(tmp_path / "in", tmp_path / "out")
    assert (summary.read_now, summary.counts.read, summary.counts.duplicates) == (3, 3, 1)
    rows = figures(tmp_path / "out")
    assert rows["copy.png"]["figure"] == rows[first.name]["figure"]
    assert rows["copy.png"]["duplicate_of"].endswith(first.name) and rows[first.name]["duplicate_of"] is None
    assert points(tmp_path / "out").height == 3 * ROWS


def test_the_same_command_reads_nothing_again(tmp_path: Path) -> None:
    write_pictures(tmp_path / "in", 5)
    read(tmp_path / "in", tmp_path / "out")
    before = points(tmp_path / "out")
    assert read(tmp_path / "in", tmp_path / "out").read_now == 0
    assert points(tmp_path / "out").equals(before)


def test_a_file_asked_for_later_is_made_without_doubling_the_rows(tmp_path: Path) -> None:
    write_pictures(tmp_path / "in", 3)
    read(tmp_path / "in", tmp_path / "out")
    assert read(tmp_path / "in", tmp_path / "out", json=True).read_now == 3
    assert sorted(path.read_bytes() for path in (tmp_path / "out" / "json").rglob("*.json")) == [
        f"json of {number}".encode() for number in range(3)
    ]
    assert points(tmp_path / "out").height == 3 * ROWS


def test_settings_of_a_family_read_only_that_family_again(tmp_path: Path) -> None:
    write_pictures(tmp_path / "in", 4)
    read(tmp_path / "in", tmp_path / "out", json=True)
    before = figures(tmp_path / "out")
    config = tmp_path / "digitize.toml"
    config.write_text('[[figures]]\nmatch = "00000.png"\nx.range = [0, 130]\n')
    summary = read(tmp_path / "in", tmp_path / "out", settings=load_settings(config), json=True)
    after = figures(tmp_path / "out")
    assert summary.read_now == 1
    assert after["00000.png"]["figure"] != before["00000.png"]["figure"]
    assert "130" in after["00000.png"]["settings"] and after["00001.png"] == before["00001.png"]
    # the reading with the former settings is nobody's any more
    assert set(points(tmp_path / "out")["figure"]) == {row["figure"] for row in after.values()}
    assert len(list((tmp_path / "out" / "json").rglob("*.json"))) == 4


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_end_beside_the_transaction_that_names_a_part_loses_and_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    write_pictures(tmp_path / "in", 9)
    close_part = Manifest.close_part

    def interrupted(manifest: Manifest, *args: Any, **options: Any) -> None:
        if moment == "after":
            close_part(manifest, *args, **options)
        raise RuntimeError("the power is gone")

    with monkeypatch.context() as patch:
        patch.setattr(Manifest, "close_part", interrupted)
        with pytest.raises(RuntimeError):
            read(tmp_path / "in", tmp_path / "out")
    (tmp_path / "out" / "points" / "part-000009.parquet.tmp").write_bytes(b"half")
    assert read(tmp_path / "in", tmp_path / "out").read_now == 0
    assert points(tmp_path / "out").height == 9 * ROWS
    assert {path.name for path in (tmp_path / "out" / "points").iterdir()} == {"part-000001.parquet"}


def test_small_parts_become_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "PART_READINGS", 20)
    for count in (3, 8, 12, 33):
        write_pictures(tmp_path / "in", count)
        read(tmp_path / "in", tmp_path / "out")
    assert points(tmp_path / "out").height == 33 * ROWS
    assert points(tmp_path / "out")["figure"].n_unique() == 33
    with look_at_manifest(tmp_path / "out") as manifest:
        assert len(manifest.parts()) == 3 and sum(manifest.parts().values()) == 33  # of 12, 20 and 1


def test_a_part_that_somebody_removed_is_made_again(tmp_path: Path) -> None:
    write_pictures(tmp_path / "in", 3)
    read(tmp_path / "in", tmp_path / "out")
    before = points(tmp_path / "out")
    (tmp_path / "out" / "points" / "part-000001.parquet").unlink()
    assert read(tmp_path / "in", tmp_path / "out").read_now == 3
    assert points(tmp_path / "out").equals(before)


def test_two_runs_do_not_write_one_folder(tmp_path: Path) -> None:
    write_pictures(tmp_path / "in", 1)
    dataset.prepare_folder(tmp_path / "out")
    with open_manifest(tmp_path / "out"):
        assert is_running(tmp_path / "out")
        with pytest.raises(OutputFailed, match="Another digitize batch"):
            read(tmp_path / "in", tmp_path / "out")
    assert not is_running(tmp_path / "out")


def test_stopping_finishes_what_is_in_flight_and_goes_on_later(tmp_path: Path) -> None:
    write_pictures(tmp_path / "in", 40, "slow")
    stop = threading.Event()

    def watch(progress: Progress) -> None:
        if progress.counts.read >= 5:
            stop.set()

    summary = read(tmp_path / "in", tmp_path / "out", stop=stop, progress=watch)
    assert not summary.complete and 5 <= summary.counts.read <= 5 + 2 * flow.AHEAD
    assert points(tmp_path / "out").height == summary.counts.read * ROWS
    again = read(tmp_path / "in", tmp_path / "out")
    assert again.complete and again.read_now == 40 - summary.counts.read


def test_stopping_at_once_leaves_no_process_and_no_lock(tmp_path: Path) -> None:
    write_pictures(tmp_path / "in", 4)
    (tmp_path / "in" / "hang.png").write_bytes(picture("hang 0"))

    def interrupt(progress: Progress) -> None:
        if progress.counts.read == 4 and progress.in_flight:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read(tmp_path / "in", tmp_path / "out", progress=interrupt, workers=2)
    assert not [one for one in psutil.Process().children() if "digitize.batch" in " ".join(one.cmdline())]
    assert not is_running(tmp_path / "out")
    (tmp_path / "in" / "hang.png").unlink()
    assert read(tmp_path / "in", tmp_path / "out").read_now == 0


def test_workers_that_cannot_start_stop_the_run_and_say_why(tmp_path: Path) -> None:
    write_pictures(tmp_path / "in", 2)
    with pytest.raises(StoppedEarly, match="No module named 'nowhere'"):
        read_archive([tmp_path / "in"], tmp_path / "out", workers=1, gallery=False, reader="nowhere:read")
    with look_at_manifest(tmp_path / "out") as manifest:
        assert counts(manifest).done == 0
    assert read(tmp_path / "in", tmp_path / "out").counts.read == 2


def test_a_dask_cluster_is_started_and_ended(tmp_path: Path) -> None:
    write_pictures(tmp_path / "in", 3)
    engines: list[Engine] = []
    summary = read(tmp_path / "in", tmp_path / "out", engine="dask", started=engines.append)
    assert summary.counts.read == 3
    assert engines[0].dashboard.startswith("http://")
    assert not [one for one in psutil.Process().children() if "spawn_main" in " ".join(one.cmdline())]


def test_no_more_pictures_are_held_than_the_workers_need(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_pictures(tmp_path / "in", 30, "slow")
    find, taken, most = run.find_figures, 0, 0

    def watched(*args: Any, **options: Any) -> Iterator[Any]:
        nonlocal taken
        for one in find(*args, **options):
            taken += isinstance(one, FigureFile)
            yield one

    def watch(progress: Progress) -> None:
        nonlocal most
        most = max(most, taken - progress.read_now)

    monkeypatch.setattr(run, "find_figures", watched)
    read(tmp_path / "in", tmp_path / "out", progress=watch)
    assert 2 <= most <= flow.AHEAD + 1


def test_members_of_an_archive_keep_their_origin(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "papers.zip", "w") as archive:
        archive.writestr("a/fig.png", picture("read 1"))
        archive.writestr("b/fig.png", picture("read 2"))
    read(tmp_path / "papers.zip", tmp_path / "out")
    rows = pl.read_parquet(tmp_path / "out" / "figures").sort("member")
    assert rows["member"].to_list() == ["a/fig.png", "b/fig.png"]
    assert set(rows["origin"]) == {str(tmp_path / "papers.zip")}


def test_what_is_refused_no_more_leaves_the_results(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "papers.zip", "w") as archive:
        for number in range(3):
            archive.writestr(f"{number}.png", picture(f"read {number}"))
    summary = read(tmp_path / "papers.zip", tmp_path / "out", input_limits=InputLimits(max_members=2))
    assert summary.counts.refused == 1 and figures(tmp_path / "out")["papers.zip"]["code"] == "too-many"
    summary = read(tmp_path / "papers.zip", tmp_path / "out")
    assert (summary.counts.read, summary.counts.refused) == (3, 0)
    assert len(figures(tmp_path / "out")) == 3


def test_a_full_disk_is_said_and_the_same_command_goes_on(tmp_path: Path) -> None:
    write_pictures(tmp_path / "in", 60)
    code = f"from digitize.batch import read_archive; read_archive(['in'], 'out', gallery=False, reader='{READER}')"

    def fill() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))

    failed = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True,
        text=True, preexec_fn=fill, check=False,
    )
    assert "OutputFailed" in failed.stderr and "cannot be written" in failed.stderr
    with look_at_manifest(tmp_path / "out") as manifest:
        assert 0 < counts(manifest).read < 60
    assert read(tmp_path / "in", tmp_path / "out").counts.done >= 60
    assert points(tmp_path / "out")["figure"].n_unique() == 60
