"""Processes are ended at random moments; afterwards every figure is in the results once, as if nothing had happened."""

from __future__ import annotations

import os
import random
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from digitize.batch import read_archive
from digitize.batch.tables import SCHEMAS
from digitize.errors import EXIT_STOPPED
from tests.digitize.batch.stub_reader import ROWS, write_pictures

ROOT = Path(__file__).parents[3]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
READER = "tests.digitize.batch.stub_reader:read"
FIGURES = 200
KILLS = 20
PATIENCE_S = 300.0
"""So long no figure more may be read before a drill counts as hung: about the progress, not the pace of the machine."""


def data_set(out: Path) -> dict[str, pa.Table]:
    """Every table of a data set, sorted by its columns."""
    return {
        name: (table := pq.read_table(out / name)).sort_by([(column, "ascending") for column in table.column_names])
        for name in ("figures", *SCHEMAS)
    }


STARTED: list[subprocess.Popen[bytes]] = []


def start(*words: str) -> subprocess.Popen[bytes]:
    STARTED.append(subprocess.Popen([sys.executable, *words], env=ENVIRONMENT, cwd=ROOT, stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL))  # fmt: skip
    return STARTED[-1]


@pytest.fixture(autouse=True)
def ended_afterwards() -> Iterator[None]:
    """No process outlives the drill that started it, whichever way the drill ends."""
    yield
    while STARTED:
        end(STARTED.pop())


def tree(process: subprocess.Popen[bytes], mark: str) -> list[psutil.Process]:
    """The processes under one that run what ``mark`` is part of."""
    found = []
    with suppress(psutil.Error):
        for one in psutil.Process(process.pid).children(recursive=True):
            with suppress(psutil.Error):
                if mark in " ".join(one.cmdline()):
                    found.append(one)
    return found


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process with all that it started."""
    with suppress(psutil.Error):
        for one in psutil.Process(process.pid).children(recursive=True):
            with suppress(psutil.Error):
                one.kill()
    process.kill()
    process.wait()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, pa.Table]]:
    """Two hundred pictures, and what comes out when nothing happens."""
    folder = tmp_path_factory.mktemp("drill")
    write_pictures(folder / "figures", FIGURES, "slow")
    read_archive([folder / "figures"], folder / "out", workers=2, json=True, gallery=False, reader=READER)
    return folder / "figures", data_set(folder / "out")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A scheduler, and the process that keeps two workers alive."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: subprocess.Popen[bytes]


@pytest.fixture
def cluster() -> Cluster:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    scheduler = start("-m", "distributed.cli.dask_scheduler", "--host", address, "--no-dashboard")
    workers = start("-m", "distributed.cli.dask_worker", address, "--nworkers", "2", "--nthreads", "1",
                    "--no-dashboard", "--memory-limit", "0")
    return Cluster(address=address, scheduler=scheduler, workers=workers)


def test_twenty_kills_and_one_resume_leave_every_figure_once(
    undisturbed: tuple[Path, dict[str, pa.Table]], cluster: Cluster, tmp_path: Path
) -> None:
    figures, expected = undisturbed
    out = tmp_path / "out"
    chance = random.Random(7)
    ended = dict.fromkeys(("coordinator", "reader", "dask worker"), 0)
    engine, coordinator, with_dask = 0, None, [cluster.address]
    for kill in range(KILLS):
        wanted = 1 + kill * (FIGURES - 20) // KILLS
        deadline = time.monotonic() + PATIENCE_S
        while (done := readings_in(out)) < wanted:
            if coordinator is None or coordinator.poll() is not None:
                engine += 1
                with_dask = [cluster.address] if engine % 2 else []
                coordinator = start("-m", "tests.digitize.batch.coordinator", str(figures), str(out), *with_dask)
            time.sleep(0.02)
            assert time.monotonic() < deadline, f"{done} figures read after {kill} kills"
        time.sleep(chance.uniform(0.0, 0.1))
        assert coordinator is not None
        victim = min(ended, key=lambda name: ended[name] + 3 * chance.random())
        if victim == "coordinator":
            coordinator.kill()
            coordinator.wait()
        else:
            keeper = cluster.workers if victim == "dask worker" or with_dask else coordinator
            kill_one(chance, keeper, "spawn_main" if victim == "dask worker" else "digitize.batch.worker")
        ended[victim] += 1
    assert sum(ended.values()) == KILLS and all(ended.values())
    assert coordinator is not None
    coordinator.kill()
    coordinator.wait()
    summary = read_archive([figures], out, workers=2, json=True, gallery=False, reader=READER)
    assert summary.counts.read == FIGURES
    assert summary.read_now < FIGURES
    found = data_set(out)
    assert found["points"].num_rows == FIGURES * ROWS
    for name, table in expected.items():
        assert found[name].equals(table), name
    assert len(list((out / "json").rglob("*.json"))) == FIGURES


def test_a_run_that_loses_its_scheduler_ends_and_goes_on(cluster: Cluster, tmp_path: Path) -> None:
    write_pictures(tmp_path / "figures", 40, "slow")
    words = ("-m", "tests.digitize.batch.coordinator", str(tmp_path / "figures"), str(tmp_path / "out"))
    coordinator = start(*words, cluster.address)
    deadline = time.monotonic() + PATIENCE_S
    while readings_in(tmp_path / "out") < 5:
        assert coordinator.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    cluster.scheduler.kill()
    assert coordinator.wait(timeout=PATIENCE_S) == EXIT_STOPPED
    summary = read_archive([tmp_path / "figures"], tmp_path / "out", workers=1, gallery=False, reader=READER)
    assert summary.counts.read == 40 and summary.read_now <= 35
    assert data_set(tmp_path / "out")["points"].num_rows == 40 * ROWS


def readings_in(out: Path) -> int:
    if not (out / "manifest.sqlite").exists():
        return 0
    with closing(sqlite3.connect(out / "manifest.sqlite", timeout=10)) as manifest:
        try:
            return int(manifest.execute("select count(*) from readings").fetchone()[0])
        except sqlite3.OperationalError:  # it is just being made
            return 0


def kill_one(chance: random.Random, keeper: subprocess.Popen[bytes], mark: str) -> None:
    """Kill one of the processes under ``keeper``; wait for one where none is there."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with suppress(psutil.Error, IndexError):
            chance.choice(tree(keeper, mark)).kill()
            return
        time.sleep(0.02)
    raise AssertionError(f"no {mark} to kill")
