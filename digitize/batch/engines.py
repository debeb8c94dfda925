"""Name -> a ``concurrent.futures.Executor``; the rest of the batch knows no other interface."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digitize.batch.supervision import end_workers
from digitize.errors import InputNotFound, OutputFailed, StoppedEarly

if TYPE_CHECKING:
    from distributed import Client

CONNECT_LIMIT_S = 20
DEAF_TO_CTRL_C = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"
"""Run in each Dask worker: Ctrl-C is for the coordinator, which lets the figures in flight finish."""
GO_ON_HINT = "Nothing that was read is lost: the same command goes on."


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Engine:
    """Where the work is done.

    Attributes
    ----------
    executor : Executor
    slots : callable
        How many figures can be read at once just now; a cluster grows and shrinks.
    stop : callable
        End what is running, at once.
    dashboard : str
        Address of a page that shows the work; empty for none.
    """

    executor: Executor
    slots: Callable[[], int]
    stop: Callable[[], None]
    dashboard: str = ""


@contextmanager
def open_local(scheduler: str, workers: int | None) -> Iterator[Engine]:
    """Processes on this machine: a thread for each, which does nothing but watch it."""
    count = workers or usable_cores()
    executor = ThreadPoolExecutor(count, thread_name_prefix="figure")
    try:
        yield Engine(executor=executor, slots=lambda: count, stop=end_workers)
    finally:
        end_workers()
        executor.shutdown(wait=True, cancel_futures=True)


@contextmanager
def open_dask(scheduler: str, workers: int | None) -> Iterator[Engine]:
    """A Dask cluster: the one of ``scheduler``, or one started on this machine for as long as it is needed.

    Raises
    ------
    OutputFailed
        Dask is not installed.
    InputNotFound
        There is no scheduler at the address.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise OutputFailed("This engine needs Dask.", hint="pip install 'digitize[dask]'") from None
    warnings.filterwarnings("ignore", message="Sending large graph", category=UserWarning)  # pictures are large
    for name in ("distributed", "tornado.application"):  # what is wrong is said once, by us
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    if scheduler:
        try:
            client = Client(scheduler, timeout=CONNECT_LIMIT_S, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise InputNotFound(
                f"No Dask scheduler answers at {scheduler}.", hint=f"Start one: dask scheduler. ({error})"
            ) from None
        cluster = None
    else:
        # memory is watched figure by figure: the cluster's own limit would take down innocent neighbours
        cluster = LocalCluster(
            n_workers=workers or usable_cores(),
            threads_per_worker=1,
            memory_limit=0,
            dashboard_address=":0",
            preload=[DEAF_TO_CTRL_C],
        )
        client = Client(cluster, set_as_default=False)
    try:
        yield Engine(
            executor=client.get_executor(pure=False),
            slots=lambda: _threads(client),
            stop=lambda: None,
            dashboard=client.dashboard_link or "",
        )
    finally:
        client.close()
        if cluster is not None:
            cluster.close()


def _threads(client: Client) -> int:
    try:
        return sum(client.nthreads().values())
    except (OSError, ValueError, RuntimeError) as error:  # closed connections raise one or the other
        raise StoppedEarly(f"The Dask scheduler is gone ({type(error).__name__}).", hint=GO_ON_HINT) from None


ENGINES: dict[str, Callable[[str, int | None], AbstractContextManager[Engine]]] = {
    "local": open_local,
    "dask": open_dask,
}
"""Name -> context of an engine, from the address of a scheduler and the number of workers."""


def usable_cores() -> int:
    """Cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
