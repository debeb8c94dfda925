"""Pictures go out to workers and outcomes come back, as many at a time as there are workers for."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass, field, replace
from pathlib import Path

from digitize.batch import dataset
from digitize.batch.engines import GO_ON_HINT, Engine
from digitize.batch.jobs import DEFAULT_READER, Allowance, Job, Kept, Outcome, figure_id
from digitize.batch.manifest import Manifest, Place
from digitize.batch.settings import BatchSettings
from digitize.batch.supervision import read_supervised
from digitize.batch.tally import Counts
from digitize.errors import StoppedEarly
from digitize.inputs import FigureFile, Ignored, Refused

AHEAD = 2
"""Jobs handed out for each that can be read at once: no worker waits, and memory holds no more."""
AHEAD_BYTES = 256 * 2**20
LOOK_S = 0.2
"""Between two looks at whether to stop."""
SLOTS_S = 5.0
"""Between two questions to a cluster how large it is."""
PLACES_AT_A_TIME = 200
"""Pictures found that are recorded together, where none of them needs a worker."""



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
class Plan:
    """What a run is to do, beside its inputs and its folder."""

    settings: BatchSettings = field(default_factory=BatchSettings)
    wanted: tuple[Kept, ...] = ()
    retry_failed: bool = False
    reader: str = DEFAULT_READER


class Flow:
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
                self._record([(self.in_flight[future], to_outcome(future, self.in_flight[future])) for future in done])
                for future in done:
                    del self.in_flight[future]
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


def to_outcome(future: Future[Outcome], job: Job) -> Outcome:
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
