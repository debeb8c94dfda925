"""The command line: parse, one library call, print, exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from digitize.batch_command import add_batch
from digitize.commands import add_commands
from digitize.errors import EXIT_CODES, DigitizeError, InputNotFound, NothingRead

if TYPE_CHECKING:
    from digitize.export import Exporter
    from digitize.hints import AxisHints
    from digitize.values import Figure

_HELP_NAMES = ("-h", "--help")


class _FigureFirst(TyperGroup):
    """A group whose default command needs no name: ``digitize chart.png`` is ``digitize read chart.png``.

    A first word that is no command belongs to ``read``. A figure named like a command is written ``./batch``.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in _HELP_NAMES):
            args = ["read", *(args or ["--help"])]
        return super().parse_args(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The help of ``read``, then the other commands, then the exit codes."""
        read = self.commands["read"]
        read.format_help(type(ctx)(read, info_name=ctx.info_name, parent=None), formatter)
        others = [(name, command) for name, command in self.commands.items() if name != "read"]
        if others:
            with formatter.section("Other commands"):
                formatter.write_dl([(name, command.get_short_help_str()) for name, command in others])
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), meaning) for code, meaning in EXIT_CODES.items()])


app = typer.Typer(
    name="digitize",
    cls=_FigureFirst,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": list(_HELP_NAMES)},
)


@app.callback()
def _group() -> None:
    """Recover the numbers behind chart images."""


def _print_version(wanted: bool) -> None:
    if wanted:
        from digitize import __version__

        typer.echo(f"digitize {__version__}")
        raise typer.Exit


@app.command()
def read(
    figure: Annotated[
        str,
        typer.Argument(
            metavar="FIGURE",
            help="A chart image: PNG, JPEG, WebP, TIFF, GIF or BMP; or a reading saved with --json.",
        ),
    ],
    out: Annotated[
        str,
        typer.Option(
            help="Write the series: tidy .csv, .xlsx, .parquet, .md, .zip (data package), .tar (WebPlotDigitizer) or"
            " .json, by the name's end ('-': CSV on standard output).",
            metavar="FILE",
        ),
    ] = "",
    json: Annotated[str, typer.Option(help="Write the whole reading as JSON ('-': standard output).", metavar="FILE")]
    = "",
    overlay: Annotated[
        str, typer.Option(help="Draw what was read over the figure, as PNG.", metavar="FILE")
    ] = "",
    form: Annotated[
        str,
        typer.Option(
            "--format", help="Of --out: csv, wide, json, parquet, xlsx, markdown, datapackage, wpd or statistics.",
            metavar="NAME",
        ),
    ] = "",
    decimal: Annotated[
        str, typer.Option(help="Decimal sign of CSV: '.', or ',' (then with ';' between cells).", metavar="SIGN")
    ] = ".",
    wide: Annotated[bool, typer.Option("--wide", help="One column a series (--format wide).")] = False,
    grid: Annotated[
        str,
        typer.Option(help="Common x for all series: a count such as 50, or a step such as 0.5 or step=10.",
                     metavar="N|STEP"),
    ] = "",
    at: Annotated[str, typer.Option(help="Common x for all series: these places.", metavar="X1,X2,...")] = "",
    x_unit: Annotated[
        str, typer.Option(help="Tables in another unit than the x axis prints, such as minutes.", metavar="UNIT")
    ] = "",
    y_unit: Annotated[str, typer.Option(help="The same for the y axes.", metavar="UNIT")] = "",
    x_axis: Annotated[
        list[str] | None,
        typer.Option(
            help="State an x axis: the values at the left and right edge of the axes box, such as 0:130, 1:1000@log,"
            " -9:9@symlog:1 or 2020-01-01:2021-01-01; 2=0:130 for panel 2 alone. Repeatable.",
            metavar="FROM:TO",
        ),
    ] = None,
    y_axis: Annotated[
        list[str] | None,
        typer.Option(help="State a y axis, from the bottom edge to the top one.", metavar="FROM:TO"),
    ] = None,
    axes: Annotated[str, typer.Option(help="State axes in a TOML file: [x] or [panel.2.y], range and scale.",
                                      metavar="FILE.toml")] = "",
    fast: Annotated[
        bool, typer.Option("--fast", help="Follow the ink only: do not look for the samples behind the lines.")
    ] = False,
    every_pixel: Annotated[
        bool, typer.Option("--every-pixel", help="A point for every pixel column, not only the samples found.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No summary, no progress; errors only.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an unexpected failure.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Read the series out of a chart image.

    Nothing needs to be supplied: panels, axes, legend and lines are found. Without --out, --json or --overlay only
    the summary is shown.

    Example: digitize chart.png --out series.csv --overlay overlay.png
    """
    from digitize.outputs import STANDARD_OUTPUT, check_targets, write_outputs

    exporters = _chosen_exporters(out, "wide" if wide else form, json, overlay)
    if decimal not in (".", ","):
        raise typer.BadParameter(f"--decimal {decimal}: either . or a comma.")
    tabulate = _tabulation(grid, at, x_unit, y_unit)
    try:
        check_targets([target for target, _ in exporters], figure)
    except ValueError as error:
        raise typer.BadParameter(f"{error}.") from None
    hints = _stated_axes(x_axis or [], y_axis or [], axes)
    with _progress(quiet) as report:
        result = _read_figure(figure, report, hints, refine=not fast, every_pixel=every_pixel)
    refusal = _refusal(result, figure)
    if refusal:
        # the axes that were read, and why nothing else was, are worth keeping; a table without a row is not
        exporters = [one for one in exporters if result.panels and one[0] in (json, overlay)]
        tabulate = None
    table = _tabulated(result, tabulate)
    contents = {target: _export(export, result, table, comma=decimal == ",") for target, export in exporters}
    write_outputs(contents)
    if refusal:
        raise refusal
    if not quiet:
        _show(table, figure, list(contents), to_stderr=STANDARD_OUTPUT in contents)


def _readable(source: str) -> Figure:
    """A reading that holds series; the refusal otherwise."""
    with _progress(quiet=False) as report:
        result = _read_figure(source, report)
    if refusal := _refusal(result, source):
        raise refusal
    return result


add_commands(app, _readable)
add_batch(app)


def run(args: list[str]) -> int:
    """Run the command line; the exit code, one of :data:`~digitize.errors.EXIT_CODES`."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        app(args=args, prog_name="digitize")
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else int(done.code is not None)
    except DigitizeError as error:
        _print_error(str(error), error.hint)
        return error.exit_code
    except Exception as error:
        if "--debug" in args:
            raise
        words = " ".join(str(error).split())[:200]
        _print_error(
            f"unexpected {type(error).__name__}{': ' + words if words else ''}",
            "This is a defect in digitize: run again with --debug and report what it prints.",
        )
        return 1
    return 0


def _chosen_exporters(out: str, form: str, json: str, overlay: str) -> list[tuple[str, Exporter]]:
    """(target, exporter) of each option given."""
    from digitize.export import EXPORTERS, FORMATS

    chosen: list[tuple[str, Exporter]] = []
    if form and form not in FORMATS:
        raise typer.BadParameter(f"--format {form}: one of {', '.join(FORMATS)}.")
    if form and not out:
        raise typer.BadParameter("--format and --wide say how --out is written: name a file.")
    if out:
        suffix = Path(out).suffix.lower()
        if not form and out != "-" and suffix not in EXPORTERS and not _is_special(out):
            raise typer.BadParameter(f"--out {out}: the name must end in {' or '.join(EXPORTERS)}.")
        chosen.append((out, FORMATS[form] if form else EXPORTERS.get(suffix, EXPORTERS[".csv"])))
    if json:
        chosen.append((json, EXPORTERS[".json"]))
    if overlay:
        if Path(overlay).suffix.lower() != ".png":
            raise typer.BadParameter(f"--overlay {overlay}: the name must end in .png.")
        chosen.append((overlay, _overlay_png))
    return chosen


def _export(export: Exporter, result: Figure, table: Figure, *, comma: bool = False) -> bytes:
    """A table in the wanted units and places; the document and the overlay show what the figure prints."""
    from digitize.export import FORMATS
    from digitize.export.cells import to_decimal_comma
    from digitize.export.package import to_package

    if export is FORMATS["datapackage"]:
        return to_package(table, reading=result)
    content = export(result if export in (FORMATS["json"], _overlay_png) else table)
    if comma and export in (FORMATS["csv"], FORMATS["wide"], FORMATS["statistics"]):
        return to_decimal_comma(content)
    return content


def _tabulation(grid: str, at: str, x_unit: str, y_unit: str) -> Callable[[Figure], Figure] | None:
    """What is done to the series before they are tabulated; None for nothing."""
    if not (grid or at or x_unit or y_unit):
        return None
    from digitize.grids import parse_grid, to_grid
    from digitize.units import check_unit, to_units

    try:
        places = parse_grid(grid, at) if grid or at else None
        for unit in filter(None, (x_unit, y_unit)):
            check_unit(unit)
    except ValueError as error:
        raise typer.BadParameter(f"{error}.") from None

    def tabulate(figure: Figure) -> Figure:
        figure = to_units(figure, x_unit, y_unit) if x_unit or y_unit else figure
        return to_grid(figure, places) if places else figure

    return tabulate


def _tabulated(result: Figure, tabulate: Callable[[Figure], Figure] | None) -> Figure:
    try:
        return tabulate(result) if tabulate else result
    except ValueError as error:
        raise typer.BadParameter(f"{error}.") from None


def _is_special(target: str) -> bool:
    """Whether the target is a device or a pipe, such as /dev/stdout, whose name tells no format."""
    return os.path.exists(target) and not os.path.isfile(target)  # noqa: PTH110, PTH113 - never raises on odd names


def _overlay_png(result: Figure) -> bytes:
    from digitize.export.picture import to_overlay_png

    return to_overlay_png(result)


def _read_figure(
    source: str,
    report: Callable[[str, float], None] | None,
    hints: AxisHints | None = None,
    *,
    refine: bool = True,
    every_pixel: bool = False,
) -> Figure:
    if source.lower().endswith(".json"):
        from digitize.export.document import read_document

        return read_document(source)
    from digitize.pipeline import read_figure

    return read_figure(source, progress=report, hints=hints, refine=refine, every_pixel=every_pixel)


def _stated_axes(x: list[str], y: list[str], file: str) -> AxisHints | None:
    if not (x or y or file):
        return None
    from digitize.hints import to_hints

    try:
        return to_hints(x, y, file)
    except FileNotFoundError:
        raise InputNotFound(f"There is no file {file}.", hint="--axes takes a TOML file of stated axes.") from None
    except OSError as error:
        raise InputNotFound(f"{file} cannot be opened: {error.strerror or error}.") from None
    except ValueError as error:
        raise typer.BadParameter(f"{error}.") from None


def _refusal(result: Figure, source: str) -> NothingRead | None:
    """What to raise where no series came out, with the reasons the reading itself gives."""
    if any(reading.series for reading in result.panels):
        return None
    from digitize.load import shown

    doubts = [f for f in result.all_findings() if f.severity != "info" and f.code != "no-axes"]
    reasons = list(dict.fromkeys(f.message for f in doubts))
    if not result.panels:
        what = f"No axes were found in {shown(source)}."
        hint = "Crop the picture to the figure with its tick labels, or find a larger copy."
    elif not any(reading.calibration for reading in result.panels):
        what = f"No axis of {shown(source)} could be calibrated."
        hint = "Find a larger or sharper copy, or state the axes: --x-axis 0:130 --y-axis 0.4:0.55@log."
    else:
        what = f"Axes were read in {shown(source)}, but no series."
        hint = "Only marks of the kinds named in the README are read."
    return NothingRead(" ".join([what, *reasons[:4]]), hint=hint)


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[str, float], None] | None]:
    """A bar on standard error while it is a terminal; it leaves no trace."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<24}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("loading", total=1.0)
        yield lambda stage, done: bar.update(task, description=stage, completed=done)


def _show(result: Figure, source: str, written: list[str], *, to_stderr: bool) -> None:
    from rich.console import Console
    from rich.text import Text

    from digitize.load import shown
    from digitize.summary import print_summary

    console = Console(stderr=to_stderr, highlight=False)
    console.print(Text(shown(source), "bold"), soft_wrap=True)
    print_summary(result, console)
    files = [shown(target) for target in written if target != "-"]
    if files:
        console.print(Text("\nwrote ").append(", ".join(files), "green"), soft_wrap=True)
    elif not written:
        console.print(Text("\nnothing written: add --out series.csv, --json reading.json or --overlay overlay.png"))


def _print_error(sentence: str, hint: str) -> None:
    print(f"digitize: {sentence}", file=sys.stderr)  # noqa: T201 - this is the command line
    if hint:
        print(f"  {hint}", file=sys.stderr)  # noqa: T201
