"""A process that reads figures, one after the other; started and watched by :mod:`digitize.batch.supervision`.

Jobs come as pickles on standard input, outcomes go as pickles to what was standard output. Pickle frames itself, and
both ends are this program. When the other end is gone, whatever way it went, the worker ends at once.
"""

from __future__ import annotations

import faulthandler
import importlib
import os
import pickle
import queue
import sys
import threading
import warnings
from collections.abc import Callable
from typing import BinaryIO

from digitize.batch.jobs import Allowance, Job, Outcome

ORPHAN_GRACE_S = 30.0
"""A worker whose other end is gone and that hangs in a library is ended by a timer this long after its limit."""


def main() -> None:
    """Read jobs until standard input ends."""
    warnings.simplefilter("ignore")
    wire = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print must not reach the wire
    faulthandler.enable(all_threads=False)
    jobs: queue.SimpleQueue[tuple[Job, Allowance]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, jobs), daemon=True).start()
    readers: dict[str, Callable[[Job], Outcome]] = {}
    while True:
        job, allowance = jobs.get()
        if job.reader not in readers:
            readers[job.reader] = _load(job.reader)
        pickle.dump(None, wire)  # ready: from here on the clock runs
        wire.flush()
        sys.stderr.flush()
        os.lseek(sys.stderr.fileno(), 0, os.SEEK_SET)
        os.ftruncate(sys.stderr.fileno(), 0)
        faulthandler.dump_traceback_later(allowance.seconds + ORPHAN_GRACE_S, exit=True)
        outcome = readers[job.reader](job)
        faulthandler.cancel_dump_traceback_later()
        pickle.dump(outcome, wire, protocol=pickle.HIGHEST_PROTOCOL)
        wire.flush()


def _load(reader: str) -> Callable[[Job], Outcome]:
    """The function that ``module:function`` names, once its module's ``prepare()`` has run."""
    module, _, function = reader.partition(":")
    home = importlib.import_module(module)
    if hasattr(home, "prepare"):
        home.prepare()
    found: Callable[[Job], Outcome] = getattr(home, function)
    return found


def _listen(stream: BinaryIO, jobs: queue.SimpleQueue[tuple[Job, Allowance]]) -> None:
    while True:
        try:
            jobs.put(pickle.load(stream))
        except Exception:  # noqa: BLE001 - half a job, or none: the other end is gone
            os._exit(0)
