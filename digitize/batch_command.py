"""``digitize batch``: archives of figures."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digitize.errors import EXIT_SOME_UNREAD, EXIT_STOPPED, NothingRead, OutputFailed

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import Synchronized

    from digitize.batch.settings import BatchSettings
    from digitize.inputs import Limits


def add_batch(app: typer.Typer) -> None:
    """Register the command."""

    @app.command()
    def batch(
        inputs: Annotated[
            list[str] | None,
            typer.Argument(
                metavar="INPUT...",
                help="Pictures, folders, archives (zip, tar, tar.gz, tar.zst), PDF documents; @list.txt or '-' for a"
                " list of them.",
            ),
        ] = None,
        out: Annotated[str, typer.Option(help="Folder of the results; made if missing.", metavar="DIR")] = "",
        include: Annotated[
            list[str] | None,
            typer.Option("--glob", help="Only what matches, such as '*.png' or 'figs/*'. Repeatable.", metavar="GLOB"),
        ] = None,
        exclude: Annotated[
            list[str] | None, typer.Option(help="Nothing that matches. Repeatable.", metavar="GLOB")
        ] = None,
        config: Annotated[
            str, typer.Option(help="Settings, for all figures or by pattern: see the README.", metavar="FILE.toml")
        ] = "",
        fast: Annotated[
            bool, typer.Option("--fast", help="Follow the ink only: do not look for the samples behind the lines.")
        ] = False,
        json: Annotated[bool, typer.Option("--json", help="Keep each figure's whole reading as JSON too.")] = False,
        overlay: Annotated[
            bool, typer.Option("--overlay", help="Keep what was read, drawn over each figure, as PNG too.")
        ] = False,
        gallery: Annotated[
            bool, typer.Option("--gallery/--no-gallery", help="A page of all figures, DIR/gallery/index.html.")
        ] = True,
        workers: Annotated[
            int | None, typer.Option(help="Figures read at once; one a core if not said.", metavar="N", min=1)
        ] = None,
        engine: Annotated[str, typer.Option(help="local or dask (a cluster on this machine).", metavar="NAME")]
        = "local",
        scheduler: Annotated[
            str, typer.Option(help="A running Dask cluster, tcp://host:8786.", metavar="ADDRESS")
        ] = "",
        time_limit: Annotated[
            str, typer.Option(help="Seconds a figure may take; 300 if not said.", metavar="SECONDS")
        ] = "",
        memory_limit: Annotated[
            str, typer.Option(help="Memory a worker may take; 4GB if not said.", metavar="SIZE")
        ] = "",
        retry_failed: Annotated[
            bool, typer.Option("--retry-failed", help="Try again the figures that failed before.")
        ] = False,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would be read.")] = False,
        status: Annotated[
            str, typer.Option(help="Only say how the run into a folder stands.", metavar="DIR")
        ] = "",
        limit: Annotated[
            list[str] | None,
            typer.Option(
                help="Raise what an archive may cost, such as max_ratio=1000 or max_member_bytes=1GiB; also"
                " max_total_bytes, max_members, max_nesting, max_pdf_pages. Repeatable.",
                metavar="NAME=VALUE",
            ),
        ] = None,
        quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no summary; errors only.")] = False,
        debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an unexpected failure.")] = False,
    ) -> None:
        """Read archives of figures into a data set; nothing is lost, and the same command goes on where it stopped.

        Example: digitize batch papers.zip figures/ --out results
        """
        if status:
            _show_status(status)
            return
        if not inputs:
            raise typer.BadParameter("Name what to read: pictures, folders, archives, PDF documents.")
        limits = _limits(limit or [])
        chosen: dict[str, Any] = {"include": include or [], "exclude": exclude or []}
        if dry_run:
            _list(inputs, chosen, limits, out)
            return
        if not out:
            raise typer.BadParameter("Name the folder of the results: --out DIR.")
        settings = _settings(config, time_limit, memory_limit, fast=fast)
        _check_engine(engine)
        if Path(out).exists() and not Path(out).is_dir():
            raise OutputFailed(f"{out} is a file.", hint="Name a folder.")
        options = chosen | {
            "input_limits": limits,
            "settings": settings,
            "engine": engine,
            "scheduler": scheduler,
            "workers": workers,
            "json": json,
            "overlay": overlay,
            "gallery": gallery,
            "retry_failed": retry_failed,
        }
        raise typer.Exit(_read(inputs, out, options, quiet=quiet))


def _read(inputs: list[str], out: str, options: dict[str, Any], *, quiet: bool) -> int:
    """Run, watched; the exit code."""
    _need_pyarrow()
    from digitize.batch.engines import Engine
    from digitize.batch.run import read_archive
    from digitize.batch.watching import shown_progress, summary_lines

    def started(engine: Engine) -> None:
        if engine.dashboard and not quiet:
            print(f"Dashboard: {engine.dashboard}", file=sys.stderr)  # noqa: T201

    with _counted(inputs, options, wanted=not quiet and sys.stderr.isatty()) as total, _stoppable(quiet) as stop:
        try:
            with shown_progress(quiet, total) as progress:
                summary = read_archive(
                    inputs, out, progress=progress, started=started, stop=stop, command=sys.argv, **options
                )
        except KeyboardInterrupt:
            print(f"digitize: stopped at once. {_go_on(out)}", file=sys.stderr)  # noqa: T201
            return EXIT_STOPPED
    if not quiet:
        lines = summary_lines(summary)
        if options["gallery"] and summary.complete:
            lines.append(f"Look at them: {Path(out) / 'gallery' / 'index.html'}")
        typer.echo("\n".join(lines))
    if not summary.complete:
        print(f"digitize: stopped before the end. {_go_on(out)}", file=sys.stderr)  # noqa: T201
        return EXIT_STOPPED
    if not summary.counts.done:
        raise NothingRead("No figure was found.", hint="--dry-run lists what an input holds.")
    return EXIT_SOME_UNREAD if summary.counts.refused or summary.counts.failed else 0


def _go_on(out: str) -> str:
    return f"Nothing that was read is lost: the same command goes on; digitize batch --status {out} says how it stands."


@contextmanager
def _stoppable(quiet: bool) -> Iterator[threading.Event]:
    """Set by the first Ctrl-C (or SIGTERM); the second one raises KeyboardInterrupt."""
    stop = threading.Event()

    def note(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        if not quiet:
            print(  # noqa: T201
                "\ndigitize: finishing what is in flight; Ctrl-C again stops at once.", file=sys.stderr, flush=True
            )

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _counted(inputs: list[str], options: dict[str, Any], *, wanted: bool) -> Iterator[Callable[[], int | None]]:
    """Tells how many figures there will be, once they are counted beside the run: only for the time left."""
    if not wanted or "-" in inputs:
        yield lambda: None
        return
    import multiprocessing

    context = multiprocessing.get_context("spawn")
    total = context.Value("q", -1)
    chosen = options["include"], options["exclude"], options["input_limits"]
    process = context.Process(target=count_figures, args=(total, inputs, *chosen), daemon=True)
    process.start()
    try:
        yield lambda: total.value if total.value >= 0 else None
    finally:
        process.kill()
        process.join()


def count_figures(
    total: Synchronized[int], inputs: list[str], include: list[str], exclude: list[str], limits: Limits
) -> None:
    """Set ``total`` to how many figures and refusals the inputs hold."""
    from digitize.inputs import Ignored, list_figures

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    found = list_figures(inputs, include=include, exclude=exclude, limits=limits)
    total.value = sum(not isinstance(one, Ignored) for one in found)


def _list(inputs: list[str], chosen: dict[str, Any], limits: Limits, out: str) -> None:
    """What would be read, a line a figure; refusals on standard error."""
    from digitize.inputs import Listed, Refused, list_figures

    figures = 0
    for one in list_figures(inputs, limits=limits, without=[out] if out else [], **chosen):
        if isinstance(one, Listed):
            figures += 1
            typer.echo(one.name)
        elif isinstance(one, Refused):
            print(f"refused: {one.name}: {one.message}", file=sys.stderr)  # noqa: T201
    print(f"{figures:,} figures would be read.", file=sys.stderr)  # noqa: T201


def _show_status(folder: str) -> None:
    from digitize.batch.manifest_file import is_running, look_at_manifest
    from digitize.batch.tally import counts, last_run, reasons
    from digitize.batch.watching import counts_in_words, reason_lines

    with look_at_manifest(Path(folder)) as manifest:
        found, why, last = counts(manifest), reasons(manifest), last_run(manifest)
    lines = [f"{found.done:,} figures: {counts_in_words(found)}; {found.open:,} found and still to be read."]
    lines += reason_lines(why)
    if last is not None:
        if is_running(Path(folder)):
            end = "is running"
        elif last["outcome"] in ("complete", "stopped"):
            end = "ran to the end" if last["outcome"] == "complete" else "was stopped; the same command goes on"
        else:
            end = "ended before its end; the same command goes on"
        lines.append(f"The last run began {last['started']} UTC and {end}.")
    typer.echo("\n".join(lines))


def _settings(config: str, time_limit: str, memory_limit: str, *, fast: bool) -> BatchSettings:
    """The file's settings; what the command line says goes before them."""
    from digitize.batch.settings import BatchSettings, load_settings, to_bytes, to_seconds

    settings = load_settings(config) if config else BatchSettings()
    try:
        if time_limit:
            settings = replace(settings, time_limit_s=to_seconds(time_limit))
        if memory_limit:
            settings = replace(settings, memory_limit_bytes=to_bytes(memory_limit))
    except ValueError as error:
        raise typer.BadParameter(f"{error}.") from None
    if fast:
        families = tuple(replace(family, fast=None) for family in settings.families)
        settings = replace(settings, reading=replace(settings.reading, fast=True), families=families)
    return settings


def _limits(stated: list[str]) -> Limits:
    from digitize.batch.settings import to_bytes
    from digitize.inputs import Limits

    limits = Limits()
    for text in stated:
        name, _, value = text.partition("=")
        try:
            if name not in limits.__slots__:
                raise ValueError(f"{name} is none of {', '.join(limits.__slots__)}")
            number = to_bytes(value) if name.endswith("bytes") else float(value) if name == "max_ratio" else int(value)
            raised: dict[str, Any] = {name: number}
            limits = replace(limits, **raised)
        except ValueError as error:
            raise typer.BadParameter(f"--limit {text}: {error}.") from None
    return limits


def _check_engine(name: str) -> None:
    _need_pyarrow()
    from digitize.batch.engines import ENGINES

    if name not in ENGINES:
        raise typer.BadParameter(f"--engine {name}: one of {', '.join(ENGINES)}.")


def _need_pyarrow() -> None:
    from importlib.util import find_spec

    if find_spec("pyarrow") is None:
        raise OutputFailed("A data set needs pyarrow.", hint="pip install 'digitize[parquet]'")
