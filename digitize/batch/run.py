"""The order of a batch: pictures are found, read by workers, recorded, and become a data set and a gallery."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from digitize.batch import dataset
from digitize.batch.engines import ENGINES, Engine
from digitize.batch.flow import Flow, Plan, Progress
from digitize.batch.jobs import DEFAULT_READER, Kept
from digitize.batch.manifest_file import open_manifest
from digitize.batch.settings import BatchSettings
from digitize.batch.showing import write_run_gallery
from digitize.batch.tally import Counts, counts, reasons
from digitize.errors import OutputFailed
from digitize.inputs import Ignored, find_figures
from digitize.inputs import Limits as InputLimits

StrPath = str | PathLike[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How a run ended.

    Attributes
    ----------
    counts : Counts
        Every picture in the results, of this run and those before.
    reasons : tuple of (status, code, count)
        Why pictures were not read whole.
    ignored : tuple of Ignored
        What was passed over as no picture.
    read_now : int
        Readings made in this run.
    elapsed_s, cpu_s : float
        Wall time of this run; processor time of its workers on figures.
    complete : bool
        False where it was stopped before the end.
    """

    counts: Counts
    reasons: tuple[tuple[str, str, int], ...]
    ignored: tuple[Ignored, ...]
    read_now: int
    elapsed_s: float
    cpu_s: float
    complete: bool


def read_archive(
    inputs: Iterable[StrPath],
    out: StrPath,
    *,
    settings: BatchSettings | None = None,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    input_limits: InputLimits | None = None,
    engine: str = "local",
    scheduler: str = "",
    workers: int | None = None,
    json: bool = False,
    overlay: bool = False,
    gallery: bool = True,
    retry_failed: bool = False,
    progress: Callable[[Progress], None] | None = None,
    started: Callable[[Engine], None] | None = None,
    stop: threading.Event | None = None,
    command: Sequence[str] = (),
    reader: str = DEFAULT_READER,
) -> Summary:
    """Read every figure of the inputs into a data set; what the folder holds already is not read again.

    Parameters
    ----------
    inputs, include, exclude, input_limits
        As in :func:`digitize.inputs.find_figures`.
    out : path
        The folder of results; made if missing.
    settings : BatchSettings, optional
    engine : {"local", "dask"}
    scheduler : str
        Address of a Dask scheduler, ``tcp://host:8786``; a cluster is started here without.
    workers : int, optional
        As many as there are cores where left out.
    json, overlay, gallery : bool
        What is made beside the data set.
    retry_failed : bool
        Whether figures that failed before are tried again.
    progress : callable, optional
        Called a few times a second.
    started : callable, optional
        Called with the engine once it is there.
    stop : threading.Event, optional
        Once set nothing new is begun, and the run ends when what is in flight is done.
    command : sequence of str
        What the user wrote, for the record.
    reader : str
        ``module:function`` that reads a :class:`~digitize.batch.jobs.Job`; called in the workers.

    Raises
    ------
    OutputFailed
        The folder cannot be written, or another run writes it. What was read is kept.
    StoppedEarly
        No workers are left. What was read is kept.
    """
    folder = Path(out)
    asked: dict[Kept, bool] = {"json": json, "overlay": overlay, "thumbnail": gallery}
    wanted = tuple(kept for kept, is_asked in asked.items() if is_asked)
    plan = Plan(
        settings=settings or BatchSettings(), wanted=wanted, retry_failed=retry_failed, reader=reader
    )
    dataset.prepare_folder(folder)
    with open_manifest(folder) as manifest:
        dataset.sweep(folder, manifest)
        number = manifest.begin_run(command)
        found = find_figures(inputs, include=include, exclude=exclude, limits=input_limits, without=[folder])
        flow = Flow(folder, manifest, number, plan, stop or threading.Event(), progress)
        try:
            with ENGINES["dask" if scheduler else engine](scheduler, workers) as opened:
                if started:
                    started(opened)
                flow.read(found, opened)
            complete = not flow.stop.is_set()
            if complete:
                manifest.forget_refusals(number)
            dataset.finish(folder, manifest)
            if gallery and complete:
                write_run_gallery(folder, manifest)
        except BaseException as error:
            with suppress(OutputFailed):
                manifest.end_run(number, type(error).__name__)
            raise
        manifest.end_run(number, "complete" if complete else "stopped")
        return Summary(
            counts=counts(manifest),
            reasons=tuple(reasons(manifest)),
            ignored=tuple(flow.ignored),
            read_now=flow.read_now,
            elapsed_s=time.monotonic() - flow.start,
            cpu_s=flow.cpu_s,
            complete=complete,
        )
