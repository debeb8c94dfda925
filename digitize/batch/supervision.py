"""A figure is read in a process of its own kind, which may crash, hang or swell without costing anything else.

:func:`read_supervised` is what every executor runs, whatever it is made of: a thread of this process, a thread of a
Dask worker. Each such thread keeps one worker process and talks to it over its own pipes. No lock is shared between
workers, as it is in pools of processes, so that none of them can be ended while it holds what another needs; time and
memory are watched in one place for every engine (Dask can end a task for neither).
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO, Any

import psutil

from digitize.batch.jobs import Allowance, Job, Outcome
from digitize.errors import StoppedEarly

WATCH_S = 0.1
"""Between two looks at a worker's clock and memory."""
START_LIMIT_S = 180.0
ENDING_LIMIT_S = 10.0
STARTS = 3
"""How often a worker that ends before its first figure is started again."""
TAIL_CHARS = 300
KILL = 9
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
"""N workers on N cores: more threads would only step on each other."""
NOT_INHERITED = "MALLOC_TRIM_THRESHOLD_"
"""Dask sets it for its own workers. Large arrays then come from the kernel anew each time: a quarter more processor
time a figure."""

_own = threading.local()
_workers: set[_Worker] = set()


def read_supervised(job: Job, allowance: Allowance) -> Outcome:
    """Read a job in the worker of this thread; a worker is started where there is none.

    Raises
    ------
    StoppedEarly
        No worker can be started.
    """
    last = ""
    for _ in range(STARTS):
        worker: _Worker | None = getattr(_own, "worker", None)
        if worker is None or not worker.usable:
            worker = _own.worker = _Worker()
        outcome = worker.read(job, allowance)
        if outcome is not None:
            return outcome
        last = worker.last_words
    raise StoppedEarly(f"No worker can be started{': ' + last if last else ''}.")


def end_workers() -> None:
    """End every worker of this process at once."""
    for worker in list(_workers):
        worker.end()


class _Worker:
    """One process that reads figures."""

    def __init__(self) -> None:
        # Its errors go to a file without a name: read only when it ends unasked.
        self.errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the worker
        self.ending = threading.Lock()
        code = "import sys; sys.path.append(sys.argv[1]); from digitize.batch.worker import main; main()"
        self.process = subprocess.Popen(
            # -P: a numpy.py in the folder the user stands in is not numpy
            [sys.executable, "-P", "-c", code, str(Path(__file__).parents[2])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env={name: value for name, value in os.environ.items() if name != NOT_INHERITED} | ONE_THREAD,
            start_new_session=True,  # Ctrl-C is for the coordinator, which lets the figures in flight finish
        )
        self.messages: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.usable = True
        self.last_words = ""
        _workers.add(self)
        threading.Thread(target=_listen, args=(self.process.stdout, self.messages), daemon=True).start()

    def read(self, job: Job, allowance: Allowance) -> Outcome | None:
        """The outcome of a job; None where the worker ended before it had begun."""
        # a worker that does not listen must not hold up the one that watches it
        threading.Thread(target=_send, args=(self.process.stdin, (job, allowance)), daemon=True).start()
        message = self._next(START_LIMIT_S, None)
        if message is not None:
            self.end()
            return None
        message = self._next(allowance.seconds, allowance.memory_bytes)
        if isinstance(message, Outcome):
            return message
        return self._lost(job, allowance, message)

    def _next(self, seconds: float, memory_bytes: int | None) -> Any:
        """What the worker says next, or why it says nothing: ``time-limit``, ``memory-limit`` or ``gone``."""
        watched = psutil.Process(self.process.pid) if memory_bytes else None
        deadline = time.monotonic() + seconds
        while True:
            try:
                return self.messages.get(timeout=WATCH_S)
            except queue.Empty:
                pass
            if time.monotonic() > deadline:
                return "time-limit"
            try:
                if watched is not None and memory_bytes and watched.memory_info().rss > memory_bytes:
                    return "memory-limit"
            except psutil.Error:
                continue  # it has just ended: its last message is on its way

    def _lost(self, job: Job, allowance: Allowance, why: str) -> Outcome:
        if why == "gone":
            with contextlib.suppress(subprocess.TimeoutExpired):  # its own way of ending is the reason
                self.process.wait(ENDING_LIMIT_S)
        status = self.end()
        if why == "time-limit":
            reason = f"It took longer than {allowance.seconds:g} s."
            hint = "Raise --time-limit, or read it with --fast."
        elif why == "memory-limit":
            reason = f"It took more than {allowance.memory_bytes / 1e9:.3g} GB of memory."
            hint = "Raise --memory-limit, or reduce the picture."
        elif status == -KILL:
            why, reason = "killed", "The worker was ended from outside while it read this figure."
            hint = "Perhaps the machine ran out of memory: use fewer --workers."
        else:
            why, reason = "crashed", f"The worker crashed on it ({_ending(status)})."
            hint = "This is a defect in digitize or a library: read the figure alone and report it."
        return Outcome(figure=job.figure, status="failed", code=why, reason=reason, hint=hint, ended=True)

    def end(self) -> int:
        """End the process if it runs; its exit status."""
        self.usable = False
        self.process.kill()
        status = self.process.wait()
        assert self.process.stdin is not None
        with self.ending:  # its own thread may end it, and the run's at the same time
            with contextlib.suppress(OSError):
                self.process.stdin.close()
            if not self.errors.closed:
                self.errors.seek(0)
                lines = self.errors.read().decode("utf-8", "replace").split("\n")
                self.last_words = " ".join([line for line in lines if line.strip()][-1:])[-TAIL_CHARS:]
                self.errors.close()
        _workers.discard(self)
        return status


def _send(stream: IO[bytes], message: Any) -> None:
    with contextlib.suppress(OSError, ValueError):  # it has ended, or is being ended: the listener says so
        pickle.dump(message, stream, protocol=pickle.HIGHEST_PROTOCOL)
        stream.flush()


def _listen(stream: IO[bytes], messages: queue.SimpleQueue[Any]) -> None:
    """Pass on what the worker says; ``gone`` when it ends, even in the middle of a word."""
    with stream:
        while True:
            try:
                messages.put(pickle.load(stream))
            except Exception:  # noqa: BLE001 - a torn pickle raises nearly every type
                messages.put("gone")
                return


def _ending(status: int) -> str:
    if status >= 0:
        return f"exit code {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"
