"""The README says what the code does: columns, flags, exit codes, files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from digitize.errors import EXIT_CODES
from digitize.export.tables import COLUMNS
from digitize.findings import PointFlag

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_is_explained(column: str) -> None:
    assert f"`{column}`" in README


@pytest.mark.parametrize("flag", [flag.name for flag in PointFlag if flag])
def test_every_flag_is_named(flag: str) -> None:
    assert f"`{flag}`" in README


@pytest.mark.parametrize(("code", "meaning"), EXIT_CODES.items())
def test_every_exit_code_stands_in_the_table(code: int, meaning: str) -> None:
    assert f"| {code} | {meaning} |" in README


def test_every_file_it_names_is_there() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    named = re.findall(r"`((?:digitize|calibration|samples|notebooks)/[\w./-]*)`", README)
    assert links and named
    missing = [name for name in [*links, *named] if not (ROOT / name).exists()]
    assert not missing


def test_first_two_commands_are_the_demo_and_the_tests() -> None:
    commands = re.findall(r"^    (make \w+|pip .*|digitize .*)", README, re.MULTILINE)
    assert [command.strip() for command in commands[:2]] == ["make demo", "make test"]
