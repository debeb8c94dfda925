"""The commands beside ``read``: ``report`` and ``validate``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digitize.errors import EXIT_DISAGREES

if TYPE_CHECKING:
    from digitize.curves import Curve
    from digitize.validation.verdicts import Tolerance
    from digitize.values import Figure

ReadFigure = Callable[[str], "Figure"]


def add_commands(app: typer.Typer, read_figure: ReadFigure) -> None:
    """Register the commands; ``read_figure`` reads a chart image or a saved reading, or raises a DigitizeError."""

    @app.command()
    def report(
        figure: Annotated[str, typer.Argument(metavar="FIGURE", help="A chart image, or a reading saved with --json.")],
        out: Annotated[
            str, typer.Option(help="Where to, .md or .html ('-': Markdown on standard output).", metavar="FILE")
        ] = "-",
        x_unit: Annotated[
            str, typer.Option(help="Another unit than the x axis prints, such as minutes.", metavar="UNIT")
        ] = "",
        y_unit: Annotated[str, typer.Option(help="The same for the y axes.", metavar="UNIT")] = "",
        debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an unexpected failure.")] = False,
    ) -> None:
        """Write what a figure shows in plain words, with tables; HTML holds a picture of what was read as well.

        Example: digitize report chart.png --out report.md
        """
        from digitize.outputs import check_targets, write_outputs

        form = Path(out).suffix.lower()
        if out != "-" and form not in (".md", ".html"):
            raise typer.BadParameter(f"--out {out}: the name must end in .md or .html.")
        _checked(check_targets, [out], figure)
        from digitize.export.picture import to_overlay_png
        from digitize.report import to_html, to_report
        from digitize.units import check_unit, to_units

        for unit in filter(None, (x_unit, y_unit)):
            _checked_unit(check_unit, unit)
        reading = read_figure(figure)
        text = to_report(to_units(reading, x_unit, y_unit) if x_unit or y_unit else reading)
        if form == ".html":
            # a reading that was saved has no picture any more
            text = to_html(text, b"" if figure.lower().endswith(".json") else to_overlay_png(reading))
        write_outputs({out: text.encode("utf-8", "replace")})

    @app.command()
    def validate(
        found: Annotated[
            str, typer.Argument(metavar="FOUND", help="A chart image, a reading (.json) or a series table (.csv).")
        ],
        against: Annotated[
            str, typer.Option(help="Known values: a .md, .csv, .xlsx or .json with a table, or points.", metavar="FILE")
        ],
        pairs: Annotated[
            list[str] | None,
            typer.Option(
                "--map",
                help="Settle a pair: 'name in the document=name in the figure'. Repeatable.",
                metavar="NAME=NAME",
            ),
        ] = None,
        tolerance: Annotated[
            str,
            typer.Option(help="In units (0.01), or of the axis (2%); else half a unit of the last digit.", metavar="T"),
        ] = "",
        report: Annotated[str, typer.Option(help="Write the comparison as .md or .json.", metavar="FILE")] = "",
        quiet: Annotated[bool, typer.Option("--quiet", "-q", help="The exit code alone.")] = False,
        debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an unexpected failure.")] = False,
    ) -> None:
        """Compare a reading with known values; exit code 0 only if all agree.

        Example: digitize validate chart.png --against table.md
        """
        from digitize.outputs import check_targets, write_outputs
        from digitize.validate import to_json, to_markdown
        from digitize.validate import validate as compare
        from digitize.validation.tables import read_known

        if report and Path(report).suffix.lower() not in (".md", ".json"):
            raise typer.BadParameter(f"--report {report}: the name must end in .md or .json.")
        if report:
            _checked(check_targets, [report], found)
        settled, allowed = _settled(pairs or []), _tolerance(tolerance)
        tables, points = read_known(against)
        curves = _curves(found, read_figure)
        try:
            result = compare(curves, tables, points, settled=settled, tolerance=allowed)
        except ValueError as error:
            raise typer.BadParameter(f"--map: {error}.") from None
        text = to_markdown(result)
        if report:
            content = to_json(result) if report.lower().endswith(".json") else text
            write_outputs({report: content.encode("utf-8", "replace")})
        if not quiet:
            typer.echo(text, nl=False)
        if not result.all_agree:
            raise typer.Exit(EXIT_DISAGREES)


def _curves(found: str, read_figure: ReadFigure) -> tuple[Curve, ...]:
    from digitize.curves import figure_curves, read_curves

    return read_curves(found) if found.lower().endswith(".csv") else figure_curves(read_figure(found))


def _settled(pairs: list[str]) -> dict[str, str]:
    settled = {}
    for pair in pairs:
        # a legend entry may hold a sign of equality itself: the first ends the document's name unless spaced
        name, mark, partner = pair.partition(" = ") if " = " in pair else pair.partition("=")
        if not mark or not name.strip() or not partner.strip():
            raise typer.BadParameter(f"--map {pair}: write 'name in the document=name in the figure'.")
        settled[name.strip()] = partner.strip()
    return settled


def _tolerance(text: str) -> Tolerance | None:
    from digitize.validation.verdicts import Tolerance

    if not text:
        return None
    try:
        value = float(text.strip().rstrip("%"))
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise typer.BadParameter(f"--tolerance {text}: a number such as 0.01, or 2%.")
    return Tolerance(axis_frac=value / 100) if text.strip().endswith("%") else Tolerance(units=value)


def _checked_unit(check: Callable[[str], None], unit: str) -> None:
    try:
        check(unit)
    except ValueError as error:
        raise typer.BadParameter(f"{error}.") from None


def _checked(check: Callable[[list[str], str], None], targets: list[str], source: str) -> None:
    try:
        check(targets, source)
    except ValueError as error:
        raise typer.BadParameter(f"{error}.") from None
