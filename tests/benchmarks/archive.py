#!/usr/bin/env python3
"""How fast ``digitize batch`` goes through an archive, what it costs, and whether memory stays flat.

    archive.py [--count 2000] [--workers 2] [--share 0.25] [--folder DIR] [--no-dask] [--options="--fast"]

Figures with one panel are drawn into one zip archive (kept in --folder for the next time). Each row is one run of the
command in a fresh process, into a fresh folder, watched from outside:

- ``1 local`` (over a share of the figures, for it takes longest), ``N local`` and ``N dask``: a scheduler process and
  N worker processes started before, as on a cluster;
- *figures/s* over the whole run, start-up and writing included; *a core* is that divided by the workers;
- *cpu s*: processor time a figure, of workers (*reading*) and of everything (*all*);
- *MiB*: the largest resident memory of the coordinator, and of all its processes, in the first and the last quarter of
  the run; shared pages count once a process;
- *start s*: from the start of the process to the first figure recorded, less what reading one takes.
"""

from __future__ import annotations

import argparse
import json
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import psutil

ROOT = Path(__file__).resolve().parents[2]
SAMPLE_S = 0.25
MIB = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run."""

    name: str
    workers: int
    figures: int
    wall_s: float
    reading_cpu_s: float
    all_cpu_s: float
    start_s: float
    coordinator_mib: tuple[float, float]
    all_mib: tuple[float, float]
    statuses: dict[str, int]

    @property
    def rate(self) -> float:
        """Figures a second."""
        return self.figures / self.wall_s


def draw_archive(path: Path, count: int) -> None:
    """Figures of one panel, one to three lines, in one archive; a file of one figure beside it is not needed."""
    from PIL import Image

    from digitize.synthetic import draw_figure
    from digitize.synthetic_specs import random_spec

    rng = np.random.default_rng(0)
    with zipfile.ZipFile(path.with_suffix(".part"), "w") as archive:
        for number in range(count):
            spec = random_spec(
                rng, panels=1, lines=int(rng.integers(1, 4)), width_px=480, height_px=340, dpi=100, font_pt=9.0,
                scale=1.0, bands=False,
            )
            file = BytesIO()
            Image.fromarray(draw_figure(spec).pixels).save(file, format="PNG")
            archive.writestr(f"{number // 100:03d}/{number:05d}.png", file.getvalue())
    path.with_suffix(".part").rename(path)


def part_of(archive: Path, count: int, folder: Path) -> Path:
    """The first figures of an archive as another one."""
    path = folder / f"first_{count}.zip"
    with zipfile.ZipFile(archive) as whole, zipfile.ZipFile(path, "w") as part:
        for name in whole.namelist()[:count]:
            part.writestr(name, whole.read(name))
    return path


def processes(roots: list[psutil.Process]) -> list[psutil.Process]:
    """The roots that live with everything under them."""
    found = []
    for root in roots:
        with suppress(psutil.Error):
            found += [root, *root.children(recursive=True)]
    return found


def watch(
    name: str, workers: int, command: list[str], out: Path, others: list[psutil.Process], options: list[str]
) -> Measured:
    """Run the command and sample the memory and processor time of all its processes."""
    seen: dict[tuple[int, float], float] = {}
    before = {(one.pid, one.create_time()): sum(one.cpu_times()[:2]) for one in processes(others)}
    samples: list[tuple[float, float]] = []
    first = 0.0
    start = time.perf_counter()
    process = psutil.Popen([*command, "--out", str(out), "--quiet", *options])
    while process.poll() is None:
        total = coordinator = 0.0
        for one in processes([psutil.Process(process.pid), *others]):
            with suppress(psutil.Error):
                rss = one.memory_info().rss / MIB
                total += rss
                coordinator = rss if one.pid == process.pid else coordinator
                seen[one.pid, one.create_time()] = sum(one.cpu_times()[:2])
        samples.append((coordinator, total))
        if not first and recorded(out):
            first = time.perf_counter() - start
        time.sleep(SAMPLE_S)
    wall_s = time.perf_counter() - start
    if process.returncode not in (0, 9):
        sys.exit(f"archive: {' '.join(command)} ended with exit code {process.returncode}")
    with closing(sqlite3.connect(out / "manifest.sqlite")) as manifest:
        figures, reading = manifest.execute("select count(*), sum(cpu_s) from readings").fetchone()
        statuses = dict(manifest.execute("select status, count(*) from readings group by 1 order by 2 desc").fetchall())
    quarter = max(len(samples) // 4, 1)
    peaks = [np.max(part, axis=0) for part in (samples[:quarter], samples[-quarter:])]
    used = sum(seen.values()) - sum(cpu for key, cpu in before.items() if key in seen)
    return Measured(
        name=name,
        workers=workers,
        figures=figures,
        wall_s=wall_s,
        reading_cpu_s=reading / figures,
        all_cpu_s=used / figures,
        start_s=first - reading / figures,
        coordinator_mib=(peaks[0][0], peaks[1][0]),
        all_mib=(peaks[0][1], peaks[1][1]),
        statuses=statuses,
    )


def recorded(out: Path) -> int:
    """How many readings a run has recorded."""
    try:
        with closing(sqlite3.connect(f"file:{out / 'manifest.sqlite'}?mode=ro", uri=True)) as manifest:
            return int(manifest.execute("select count(*) from readings").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


@contextmanager
def cluster(workers: int) -> Iterator[tuple[str, list[psutil.Process]]]:
    """A scheduler and workers as processes of their own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    python = [sys.executable, "-m"]
    started = [
        psutil.Popen([*python, "distributed.cli.dask_scheduler", "--host", address, "--no-dashboard"], **quiet),
        psutil.Popen([*python, "distributed.cli.dask_worker", address, "--nworkers", str(workers), "--nthreads", "1",
                      "--no-dashboard", "--memory-limit", "0"], **quiet),
    ]
    try:
        from distributed import Client

        with Client(address, timeout=60) as client:
            client.wait_for_workers(workers, timeout=60)
        yield address, [psutil.Process(one.pid) for one in started]
    finally:
        for one in processes([psutil.Process(root.pid) for root in started]):
            with suppress(psutil.Error):
                one.kill()
        for root in started:
            root.wait()


def main() -> None:
    """Draw, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--share", type=float, default=0.25, help="of the figures, for one worker")
    parser.add_argument("--folder", type=Path, help="where the archive of figures is kept")
    parser.add_argument("--no-dask", action="store_true")
    parser.add_argument("--options", default="", help="of digitize batch, such as '--fast --no-gallery'")
    parser.add_argument("--save", type=Path, help="the figures as JSON")
    args = parser.parse_args()
    options = args.options.split()
    rows: list[Measured] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        archive = folder / f"drawn_{args.count}.zip"
        if not archive.exists():
            print(f"drawing {args.count} figures", file=sys.stderr)
            draw_archive(archive, args.count)
        few = part_of(archive, max(round(args.share * args.count), 1), Path(scratch))
        call = [sys.executable, "-m", "digitize", "batch"]
        for count, source in ((1, few), (args.workers, archive)):
            out = Path(scratch) / f"local_{count}"
            command = [*call, str(source), "--workers", str(count)]
            rows.append(watch(f"{count} local", count, command, out, [], options))
        if not args.no_dask:
            with cluster(args.workers) as (address, others):
                command = [*call, str(archive), "--scheduler", address]
                out = Path(scratch) / "dask"
                rows.append(watch(f"{args.workers} dask", args.workers, command, out, others, options))
    print_table(rows)
    if args.save:
        fields = [{name: getattr(row, name) for name in Measured.__slots__} | {"rate": row.rate} for row in rows]
        args.save.write_text(json.dumps(fields, indent=1, default=float))


def print_table(rows: list[Measured]) -> None:
    """One line a run, then what they come to."""
    print(f"\n{'':10}{'figures':>8}{'wall s':>9}{'figures/s':>11}{'a core':>8}{'cpu s: reading':>16}{'all':>7}"
          f"{'start s':>9}{'MiB coordinator':>18}{'all processes':>16}")
    for row in rows:
        print(f"{row.name:10}{row.figures:8}{row.wall_s:9.1f}{row.rate:11.3f}{row.rate / row.workers:8.3f}"
              f"{row.reading_cpu_s:16.2f}{row.all_cpu_s:7.2f}{row.start_s:9.1f}"
              f"{row.coordinator_mib[0]:10.0f} ->{row.coordinator_mib[1]:5.0f}"
              f"{row.all_mib[0]:8.0f} ->{row.all_mib[1]:5.0f}   {row.statuses}")
    print(f"\n1 to {rows[1].workers} local workers: x {rows[1].rate / rows[0].rate:.2f}")
    print(f"memory of all processes, last quarter against the first: x {rows[1].all_mib[1] / rows[1].all_mib[0]:.3f}")
    if len(rows) > 2:
        print(f"Dask against local: x {rows[2].rate / rows[1].rate:.3f}")


if __name__ == "__main__":
    main()
