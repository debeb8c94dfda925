"""For the person who watches: a bar while a terminal is there, a line a minute where not, and a summary."""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from digitize.batch.flow import Progress
from digitize.batch.jobs import FAILURES, STATUSES, UNREAD
from digitize.batch.run import Summary
from digitize.batch.tally import Counts
from digitize.inputs import REFUSALS

LINE_S = 60.0
MOST_REASONS = 8
WORDS = {"read": "read", "part": "in part", "refused": "refused", "failed": "failed"}


class _Shown(Protocol):
    def __call__(self, words: str, done: int, total: int | None) -> None: ...


@contextmanager
def shown_progress(quiet: bool, total: Callable[[], int | None]) -> Iterator[Callable[[Progress], None] | None]:
    """What to call with a run's progress; ``total`` tells how many figures there are, once
    that is known."""
    if quiet:
        yield None
        return
    with _bar() if sys.stderr.isatty() else _lines() as show:

        def report(progress: Progress) -> None:
            known = total()
            show(to_words(progress, known), progress.counts.done, known)

        yield report


def to_words(progress: Progress, total: int | None) -> str:
    """One line: what became of the figures, how fast, how long still."""
    rate = progress.read_now / progress.elapsed_s if progress.elapsed_s > 0 else 0.0
    parts = [counts_in_words(progress.counts), f"{rate:.2f} figures/s" if progress.read_now else "starting"]
    if progress.stopping:
        parts.append(f"finishing the {progress.in_flight} in flight")
    elif not progress.slots:
        parts.append("no workers yet")
    elif total is not None and rate:
        left_s = max(total - progress.counts.done, 0) / rate
        parts.append(f"{dt.timedelta(seconds=round(left_s))} left")
    return ", ".join(parts)


def counts_in_words(counts: Counts) -> str:
    """``12 read, 1 in part, 0 refused, 0 failed``; repeated pictures where there are any."""
    words = [f"{getattr(counts, status):,} {WORDS[status]}" for status in STATUSES]
    if counts.duplicates:
        words.append(f"{counts.duplicates:,} repeated")
    return ", ".join(words)


def summary_lines(summary: Summary) -> list[str]:
    """What a run came to."""
    lines = [f"{summary.counts.done:,} figures: {counts_in_words(summary.counts)}."]
    if summary.read_now:
        rate = summary.read_now / max(summary.elapsed_s, 1e-9)
        lines.append(
            f"{summary.read_now:,} of them now, in {dt.timedelta(seconds=round(summary.elapsed_s))}: {rate:.2f} a"
            f" second, {summary.cpu_s / summary.read_now:.1f} s of processor time each."
        )
    lines += reason_lines(summary.reasons)
    for one in summary.ignored:
        kinds = ", ".join(f"{count:,} {suffix or 'without a suffix'}" for suffix, count in one.kinds[:4])
        pages = f"{one.pages:,} pages without a figure" if one.pages else ""
        files = f"{one.files:,} other files ({kinds})" if one.files else ""
        lines.append(f"Passed over in {one.origin}: {' and '.join(part for part in (files, pages) if part)}.")
    return lines


def reason_lines(reasons: tuple[tuple[str, str, int], ...] | list[tuple[str, str, int]]) -> list[str]:
    """The most frequent reasons why figures were not read whole."""
    from digitize.findings import FINDINGS

    meanings = FINDINGS | REFUSALS | UNREAD | FAILURES
    lines = []
    for status, code, count in reasons[:MOST_REASONS]:
        meaning = f": {meanings[code]}" if code in meanings else ""
        lines.append(f"  {count:,} {WORDS[status]}, {code}{meaning}")
    if len(reasons) > MOST_REASONS:
        lines.append(f"  and {len(reasons) - MOST_REASONS} other reasons")
    return lines


@contextmanager
def _bar() -> Iterator[_Shown]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(bar_width=24), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=None)
        yield lambda words, done, total: bar.update(task, description=words, completed=done, total=total)


@contextmanager
def _lines() -> Iterator[_Shown]:
    last = time.monotonic()

    def show(words: str, done: int, total: int | None) -> None:
        nonlocal last
        if time.monotonic() - last >= LINE_S:
            last = time.monotonic()
            of = f" of {total:,}" if total is not None else ""
            print(f"{dt.datetime.now():%H:%M:%S} {done:,}{of}: {words}", file=sys.stderr, flush=True)  # noqa: T201

    yield show
