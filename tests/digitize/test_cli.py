"""The command line: the bare form, outputs all or none, summary, exit codes."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from digitize import cli, outputs
from digitize.errors import EXIT_CODES, DigitizeError
from digitize.values import Figure


@pytest.fixture
def reading(made_figure: Figure, monkeypatch: pytest.MonkeyPatch) -> Figure:
    """The command reads every figure as the one made by hand."""
    monkeypatch.setattr(cli, "_read_figure", lambda source, report, hints, **_: made_figure)
    monkeypatch.setattr("digitize.cli._overlay_png", lambda figure: b"\x89PNG overlay")
    return made_figure


def test_bare_form_writes_the_series(reading: Figure, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "series.csv"
    assert cli.run(["chart.png", "--out", str(target)]) == 0
    assert target.read_text().startswith("panel,panel_title,series,")
    assert sorted(tmp_path.iterdir()) == [target]
    assert "wrote" in capsys.readouterr().out


def test_options_may_stand_first(reading: Figure, tmp_path: Path) -> None:
    assert cli.run(["--out", str(tmp_path / "a.csv"), "--quiet", "chart.png"]) == 0
    assert (tmp_path / "a.csv").exists()


def test_named_form_does_the_same(reading: Figure, tmp_path: Path) -> None:
    assert cli.run(["read", "chart.png", "--out", str(tmp_path / "a.csv")]) == 0
    assert (tmp_path / "a.csv").exists()


def test_figure_named_like_a_command_is_reached_by_its_folder(
    monkeypatch: pytest.MonkeyPatch, made_figure: Figure
) -> None:
    seen: list[str] = []
    monkeypatch.setattr(cli, "_read_figure", lambda source, report, hints, **_: seen.append(source) or made_figure)
    assert cli.run(["./read", "-q"]) == 0
    assert seen == ["./read"]


def test_all_outputs_of_one_call(reading: Figure, tmp_path: Path) -> None:
    names = {"--out": "a.csv", "--json": "a.json", "--overlay": "a.png"}
    args = [word for option, name in names.items() for word in (option, str(tmp_path / name))]
    assert cli.run(["chart.png", *args]) == 0
    assert {path.name for path in tmp_path.iterdir()} == set(names.values())
    assert json.loads((tmp_path / "a.json").read_text())["panels"]


def test_suffix_chooses_the_exporter(reading: Figure, tmp_path: Path) -> None:
    assert cli.run(["chart.png", "--out", str(tmp_path / "A.JSON")]) == 0
    assert json.loads((tmp_path / "A.JSON").read_text())["panels"]


def test_summary_names_panels_axes_series_and_doubts(reading: Figure, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["chart.png"]) == 0
    out = capsys.readouterr().out
    for words in ("3 panels, 3 series", "600 x 300 px", "Loss", "0 to 1000", "0.1 to 0.3", "2020-01-01 to 2020-01-05"):
        assert words in out
    assert "25 % interpolated" in out and "The label 1O reads 10." in out and "axes not read" in out
    assert "nothing written: add --out" in out and "\x1b" not in out


def test_standard_output_holds_the_data_alone(reading: Figure, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert cli.run(["chart.png", "--json", "-"]) == 0
    captured = capsysbinary.readouterr()
    assert json.loads(captured.out)["panels"] and b"3 panels" in captured.err
    assert cli.run(["chart.png", "--out", "-", "--quiet"]) == 0
    captured = capsysbinary.readouterr()
    assert captured.out.startswith(b"panel,") and captured.err == b""


def test_quiet_is_silent(reading: Figure, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["chart.png", "--out", str(tmp_path / "a.csv"), "-q"]) == 0
    assert capsys.readouterr() == ("", "")


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_shows_on_a_terminal_only(made_figure: Figure, monkeypatch: pytest.MonkeyPatch) -> None:
    reports: list[Callable[[str, float], None] | None] = []

    def read(source: str, report: Callable[[str, float], None] | None, hints: object, **_: object) -> Figure:
        reports.append(report)
        if report:
            report("text", 0.5)
        return made_figure

    monkeypatch.setattr(cli, "_read_figure", read)
    assert cli.run(["chart.png"]) == 0
    monkeypatch.setattr(sys, "stderr", _Terminal())
    assert cli.run(["chart.png"]) == 0
    assert cli.run(["chart.png", "--quiet"]) == 0
    assert [report is None for report in reports] == [True, False, True]


@pytest.mark.parametrize(
    "args",
    [
        ["chart.png", "--out", "series.xyz"],
        ["chart.png", "--overlay", "overlay.csv"],
        ["chart.png", "--out", "-", "--json", "-"],
        ["chart.png", "--out", "same.json", "--json", "./same.json"],
        ["chart.png", "--overlay", "chart.png"],
        ["chart.png", "other.png"],
        ["chart.png", "--nonsense"],
    ],
)
def test_wrong_command_line_is_refused_before_reading(
    args: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any, **__: Any) -> Figure:
        raise AssertionError("the figure was read")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli, "_read_figure", fail)
    assert cli.run(args) == 2
    assert "Error: " in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("target", ["none/a.csv", "folder.csv"])
def test_impossible_target_is_refused(
    reading: Figure, tmp_path: Path, target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "folder.csv").mkdir()
    assert cli.run(["chart.png", "--out", str(tmp_path / target)]) == 7
    assert capsys.readouterr().err.startswith("digitize: ")


def _family(base: type[DigitizeError]) -> list[type[DigitizeError]]:
    return [one for direct in base.__subclasses__() for one in (direct, *_family(direct))]


@pytest.mark.parametrize("error", _family(DigitizeError))
def test_refusal_is_a_sentence_a_hint_and_its_exit_code(
    error: type[DigitizeError], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: Any, **__: Any) -> Figure:
        raise error("It cannot be.", hint="Try another.")

    monkeypatch.setattr(cli, "_read_figure", refuse)
    (tmp_path / "a.csv").write_text("before")
    code = cli.run(["chart.png", "--out", str(tmp_path / "a.csv"), "--quiet"])
    assert code == error.exit_code and code in EXIT_CODES
    assert capsys.readouterr().err == "digitize: It cannot be.\n  Try another.\n"
    assert (tmp_path / "a.csv").read_text() == "before" and len(list(tmp_path.iterdir())) == 1


def test_nothing_read_leaves_no_output(
    empty_figure: Figure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "_read_figure", lambda source, report, hints, **_: empty_figure)
    assert cli.run(["cat.jpg", "--out", str(tmp_path / "a.csv"), "--json", str(tmp_path / "a.json")]) == 6
    assert list(tmp_path.iterdir()) == []
    assert "No axes were found in cat.jpg." in capsys.readouterr().err


def test_axes_without_series_leave_the_reading_but_no_table(
    made_figure: Figure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = replace(made_figure, panels=tuple(replace(panel, series=(), traces=()) for panel in made_figure.panels))
    monkeypatch.setattr(cli, "_read_figure", lambda source, report, hints, **_: bare)
    table, document = tmp_path / "a.csv", tmp_path / "a.json"
    assert cli.run(["chart.png", "--out", str(table), "--json", str(document)]) == 6
    assert not table.exists()
    assert json.loads(document.read_text())["panels"][0]["x"]["range"]
    assert "no series" in capsys.readouterr().err


def test_unexpected_failure_is_one_sentence_unless_debugged(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any, **__: Any) -> Figure:
        raise ZeroDivisionError("division\nby zero")

    monkeypatch.setattr(cli, "_read_figure", fail)
    assert cli.run(["chart.png"]) == 1
    err = capsys.readouterr().err
    assert err.startswith("digitize: unexpected ZeroDivisionError: division by zero\n") and "Traceback" not in err
    with pytest.raises(ZeroDivisionError):
        cli.run(["chart.png", "--debug"])


def test_failure_of_one_output_leaves_none(
    reading: Figure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(figure: Figure) -> bytes:
        raise RuntimeError("no font")

    monkeypatch.setattr("digitize.cli._overlay_png", fail)
    assert cli.run(["chart.png", "--out", str(tmp_path / "a.csv"), "--overlay", str(tmp_path / "a.png")]) == 1
    assert list(tmp_path.iterdir()) == []


def test_full_disk_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv").write_text("before")

    def full(file: int, mode: str) -> Any:
        os.close(file)
        raise OSError(28, "No space left on device", "a.csv")

    monkeypatch.setattr(outputs.os, "fdopen", full)
    with pytest.raises(DigitizeError, match=r"a\.csv cannot be written: No space left"):
        outputs.write_outputs({str(tmp_path / "a.csv"): b"x", str(tmp_path / "b.csv"): b"y"})
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"] and (tmp_path / "a.csv").read_text() == "before"


@pytest.mark.skipif(os.name != "posix", reason="modes, links and devices are POSIX")
def test_modes_links_and_devices_stay_what_they_are(reading: Figure, tmp_path: Path) -> None:
    old = tmp_path / "old.csv"
    old.write_text("before")
    old.chmod(0o640)
    (tmp_path / "link.csv").symlink_to(old)
    assert cli.run(["chart.png", "-q", "--out", str(tmp_path / "link.csv")]) == 0
    assert (tmp_path / "link.csv").is_symlink() and old.read_text().startswith("panel,")
    assert stat.S_IMODE(old.stat().st_mode) == 0o640
    assert cli.run(["chart.png", "-q", "--out", "/dev/null"]) == 0
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_help_names_every_option_and_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    for args in (["--help"], ["-h"], ["chart.png", "--help"], []):
        assert cli.run(args) == 0
        out = capsys.readouterr().out
        assert all(option in out for option in ("--out", "--json", "--overlay", "--quiet", "--version"))
    cli.run(["--help"])
    out = " ".join(capsys.readouterr().out.split())
    assert all(meaning in out for meaning in EXIT_CODES.values())


def test_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    import digitize

    assert cli.run(["--version"]) == 0
    assert capsys.readouterr().out == f"digitize {digitize.__version__}\n"


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from digitize.cli import run; run(['--help']);"
        "print(sorted({'numpy', 'cv2', 'scipy', 'PIL', 'pandas', 'onnxruntime', 'rapidocr'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_public_names_are_all_there() -> None:
    import digitize

    for name in digitize.__all__:
        assert getattr(digitize, name) is not None
    with pytest.raises(AttributeError, match="nonsense"):
        digitize.nonsense  # noqa: B018 - the access is the test


def test_photo_is_refused_as_nothing_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from PIL import Image as Pil

    rows, cols = np.mgrid[0:320, 0:400]
    clouds = 128 + 60 * np.sin(rows / 37) * np.cos(cols / 53)
    clouds = clouds[..., None] + np.random.default_rng(1).normal(0, 6, (320, 400, 3))
    Pil.fromarray(np.clip(clouds, 0, 255).astype(np.uint8)).save(tmp_path / "photo.jpg")
    assert cli.run([str(tmp_path / "photo.jpg"), "--out", str(tmp_path / "a.csv")]) == 6
    assert not (tmp_path / "a.csv").exists()
    assert "No axes were found" in capsys.readouterr().err
