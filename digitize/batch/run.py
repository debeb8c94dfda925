"""The order of a batch: pictures are found, read by workers, recorded, and become a data set."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from contextlib import suppress
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path

from digitize.batch import dataset
from digitize.batch.engines import ENGINES, GO_ON_HINT, Engine
from digitize.batch.jobs import DEFAULT_READER, Allowance, Job, Kept, Outcome, figure_id
from digitize.batch.manifest import Manifest, Place
from digitize.batch.manifest_file import open_manifest
from digitize.batch.settings import BatchSettings
from digitize.batch.supervision import read_supervised
from digitize.batch.tally import Counts, counts, reasons
from digitize.errors import OutputFailed, StoppedEarly
from digitize.inputs import FigureFile, Ignored, Refused, find_figures
from digitize.inputs import Limits as InputLimits

AHEAD = 2
"""Jobs handed out for each that can be read at once: no worker waits, and memory holds no more."""
AHEAD_BYTES = 256 * 2**20
LOOK_S = 0.2
"""Between two looks at whether to stop."""
SLOTS_S = 5.0
"""Between two questions to a cluster how large it is."""
PLACES_AT_A_TIME = 200
"""Pictures found that are recorded together, where none of them needs a worker."""

StrPath = str | PathLike[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a run stands.

    Attributes
    ----------
    counts : Counts
        Pictures this run found, by what became of them.
    read_now : int
        Readings made in this run: what its rate is of.
    in_flight : int
        Readings handed out.
    slots : int
        How many can be read at once; a cluster may have none yet.
    elapsed_s : float
    stopping : bool
        Nothing new is begun.
    """

    counts: Counts
    read_now: int
    in_flight: int
    slots: int
    elapsed_s: float
    stopping: bool = False


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run is to do, beside its inputs and its folder."""

    settings: BatchSettings = field(default_factory=BatchSettings)
    wanted: tuple[Kept, ...] = ()
    retry_failed: bool = False
    reader: str = DEFAULT_READER


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
        run = _Run(folder, manifest, number, plan, stop or threading.Event(), progress)
        try:
            with ENGINES["dask" if scheduler else engine](scheduler, workers) as opened:
                if started:
                    started(opened)
                run.read(found, opened)
            complete = not run.stop.is_set()
            if complete:
                manifest.forget_refusals(number)
            dataset.finish(folder, manifest)
            if gallery and complete:
                from digitize.batch.showing import write_run_gallery

                write_run_gallery(folder, manifest)
        except BaseException as error:
            with suppress(OutputFailed):
                manifest.end_run(number, type(error).__name__)
            raise
        manifest.end_run(number, "complete" if complete else "stopped")
        return Summary(
            counts=counts(manifest),
            reasons=tuple(reasons(manifest)),
            ignored=tuple(run.ignored),
            read_now=run.read_now,
            elapsed_s=time.monotonic() - run.start,
            cpu_s=run.cpu_s,
            complete=complete,
        )


class _Run:
    """What changes while a batch runs."""

    def __init__(
        self,
        folder: Path,
        manifest: Manifest,
        number: int,
        plan: Plan,
        stop: threading.Event,
        progress: Callable[[Progress], None] | None,
    ) -> None:
        self.folder, self.manifest, self.number, self.plan = folder, manifest, number, plan
        self.stop, self.progress = stop, progress
        self.in_flight: dict[Future[Outcome], Job] = {}
        self.figures: set[str] = set()
        self.again: deque[Job] = deque()
        self.tried: set[str] = set()
        self.places: list[Place] = []
        self.settings: dict[str, str] = {}
        self.ignored: list[Ignored] = []
        self.counts = Counts()
        self.read_now = 0
        self.cpu_s = 0.0
        self.start = time.monotonic()
        self.slots, self.slots_asked = 0, float("-inf")

    def read(self, found: Iterator[FigureFile | Refused | Ignored], engine: Engine) -> None:
        """Have every figure read and recorded that is not done yet."""
        jobs = self._jobs(found)
        allowance = Allowance(
            seconds=self.plan.settings.time_limit_s, memory_bytes=self.plan.settings.memory_limit_bytes
        )
        try:
            while True:
                while self._has_room(engine) and (job := self._next(jobs)) is not None:
                    self.figures.add(job.figure)
                    self.in_flight[engine.executor.submit(read_supervised, job, allowance)] = job
                if not self.in_flight:
                    break
                done, _ = wait(self.in_flight, timeout=LOOK_S, return_when=FIRST_COMPLETED)
                self._record([(job, _outcome(future, job)) for future in done for job in [self.in_flight.pop(future)]])
                self._report()
        except BaseException:
            self._abandon(engine)
            raise
        finally:
            jobs.close()
            if isinstance(found, Generator):
                found.close()  # ends what it has open: archives, a process that reads a document
        self._record([])
        self._report()

    def _has_room(self, engine: Engine) -> bool:
        if self.stop.is_set():
            return False
        if time.monotonic() - self.slots_asked > SLOTS_S:
            self.slots, self.slots_asked = engine.slots(), time.monotonic()
        held = sum(len(job.content) for job in self.in_flight.values())
        return len(self.in_flight) < AHEAD * max(self.slots, 1) and (held < AHEAD_BYTES or not self.in_flight)

    def _next(self, jobs: Iterator[Job]) -> Job | None:
        """A job; second tries come late, when what was wrong may have passed, but are never many."""
        if len(self.again) < AHEAD * max(self.slots, 1) and (job := next(jobs, None)) is not None:
            return job
        return self.again.popleft() if self.again else None

    def _jobs(self, found: Iterator[FigureFile | Refused | Ignored]) -> Generator[Job]:
        """A job for every picture that has no reading yet, and is the first of its kind."""
        for one in found:
            if self.stop.is_set():
                return
            if isinstance(one, Ignored):
                self.ignored.append(one)
                continue
            if isinstance(one, Refused):
                self.places.append(Place(found=one, run=self.number))
                self._count("refused")
                continue
            settings = self.plan.settings.of(one.relative)
            digest = settings.digest()
            self.settings[digest] = settings.as_text()
            figure = figure_id(one.sha256, digest)
            place = Place(found=replace(one, content=b""), run=self.number, figure=figure, settings=digest)
            self.places.append(place)
            if figure in self.figures:
                self._count("duplicates")
            elif self.manifest.is_done(figure, self.plan.wanted, retry_failed=self.plan.retry_failed):
                self._count(self.manifest.status_of(figure))
                self.figures.add(figure)
            else:
                self._count("open")
                yield Job(
                    figure=figure,
                    name=one.name,
                    content=one.content,
                    settings=settings,
                    page=(one.page or 1) - 1,
                    wanted=self.plan.wanted,
                    reader=self.plan.reader,
                )
            if len(self.places) >= PLACES_AT_A_TIME:
                self._record([])
                self._report()

    def _record(self, done: Sequence[tuple[Job, Outcome]]) -> None:
        """Make durable what has come back; a figure that took its worker along is tried a second time."""
        kept = []
        for job, outcome in done:
            if outcome.ended and job.figure not in self.tried:
                self.tried.add(job.figure)
                self.again.append(job)
                continue
            for name in dataset.SUFFIXES:
                if content := outcome.files.get(name):
                    dataset.keep_file(self.folder, name, job.figure, content)
            kept.append(outcome)
        if not (kept or self.places):
            return
        self.manifest.record(self.places, kept, self.settings)
        self.places = []
        for outcome in kept:
            self._count(outcome.status, since="open")
            self.read_now += 1
            self.cpu_s += outcome.cpu_s
        if dataset.is_full(self.manifest):
            dataset.write_part(self.folder, self.manifest)
            dataset.write_figures(self.folder, self.manifest)

    def _abandon(self, engine: Engine) -> None:
        """Leave at once: what is in flight is ended, and will be read by the next run."""
        for future in self.in_flight:
            future.cancel()
        running = set(self.in_flight)
        while running:
            engine.stop()
            running = wait(running, timeout=LOOK_S).not_done

    def _count(self, became: str, since: str = "") -> None:
        changes = {became: getattr(self.counts, became) + 1}
        if since:
            changes[since] = getattr(self.counts, since) - 1
        self.counts = replace(self.counts, **changes)

    def _report(self) -> None:
        if self.progress:
            self.progress(
                Progress(
                    counts=self.counts,
                    read_now=self.read_now,
                    in_flight=len(self.in_flight),
                    slots=self.slots,
                    elapsed_s=time.monotonic() - self.start,
                    stopping=self.stop.is_set(),
                )
            )


def _outcome(future: Future[Outcome], job: Job) -> Outcome:
    """What a worker, or the loss of it, says of a job.

    Raises
    ------
    StoppedEarly
        The engine itself has failed: no figure is to blame.
    """
    try:
        return future.result()
    except StoppedEarly:
        raise
    except CancelledError:
        raise StoppedEarly("The cluster is gone.", hint=GO_ON_HINT) from None
    except Exception as error:
        if type(error).__name__ == "KilledWorker":  # Dask's; named so that nothing here needs Dask
            return Outcome(
                figure=job.figure,
                status="failed",
                code="killed",
                reason="The cluster lost several workers that had this figure in hand.",
                hint="Look at the workers' logs.",
                ended=True,
            )
        words = " ".join(str(error).split())[:200]
        raise StoppedEarly(f"A worker failed: {type(error).__name__}: {words}", hint=GO_ON_HINT) from error
