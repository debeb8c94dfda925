"""The rules of the house that a machine can hold: directions of imports, sizes, help texts, codes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted([*(ROOT / "digitize").rglob("*.py"), *(ROOT / "calibration").rglob("*.py")])
LONGEST_MODULE = 400

LEVELS = [
    {"numpy", "scipy"},
    {"calibration"},
    {"digitize.errors", "digitize.findings", "digitize.config"},
    {"digitize.values"},
    {"digitize.pipeline"},
    {"digitize.batch"},
    {
        "digitize.summary",
        "digitize.outputs",
        "digitize.commands",
        "digitize.batch_command",
        "digitize.cli",
        "digitize.__main__",
    },
]
"""A module may import from its own level and those above it; modules not named are stages, between values and
pipeline."""
STAGES = 3.5

AT_HOME = {
    "typer": {"digitize.cli", "digitize.commands", "digitize.batch_command"},
    "rich": {"digitize.cli", "digitize.summary", "digitize.batch.watching"},
    "distributed": {"digitize.batch.engines"},
    "pandas": {"digitize.export", "digitize.values"},
    "matplotlib": {
        "digitize.synthetic",
        "digitize.synthetic_specs",
        "digitize.synthetic_lines",
        "digitize.synthetic_clouds",
        "digitize.synthetic_panel",
    },
    "rapidocr": {"digitize.ocr"},
    "pypdfium2": {"digitize.inputs"},
    "zstandard": {"digitize.inputs"},
    "onnxruntime": {"digitize.ocr"},
}
"""Packages that only some rooms may use."""


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(path: Path) -> Iterator[tuple[int, str, bool]]:
    """(line, imported name, whether only for type checking) of every import in a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name, id(node) in for_types
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module, id(node) in for_types


def _level(name: str) -> float:
    for level, names in enumerate(LEVELS):
        if any(name == one or name.startswith(one + ".") for one in names):
            return level
    return STAGES if name.startswith("digitize.") else -1


def _lines(offences: list[str]) -> str:
    return "\n" + "\n".join(offences)


def test_imports_point_one_way() -> None:
    offences = []
    for path in MODULES:
        name = _name(path)
        if name == "digitize":  # the public names, imported when first used
            continue
        for line, target, for_types in _imports(path):
            if target in ("digitize", "digitize.export.tables", "digitize.export.document"):
                continue  # the version; Figure.to_frame and to_dict, imported inside the method
            if not for_types and _level(target) > _level(name):
                offences.append(f"{path.relative_to(ROOT)}:{line} imports {target}")
    assert not offences, _lines(offences)


def test_calibration_knows_no_files_and_no_text_engine() -> None:
    foreign = {"PIL", "digitize", "pathlib", "os", "io", "json", "pandas", "rapidocr", "onnxruntime"}
    offences = [
        f"{path.relative_to(ROOT)}:{line} imports {target}"
        for path in MODULES
        if _name(path).split(".")[0] == "calibration"
        for line, target, _ in _imports(path)
        if target.split(".")[0] in foreign
    ]
    assert not offences, _lines(offences)


def test_heavy_packages_stay_in_their_rooms() -> None:
    offences = [
        f"{path.relative_to(ROOT)}:{line} imports {target}"
        for path in MODULES
        for line, target, _ in _imports(path)
        if (rooms := AT_HOME.get(target.split(".")[0])) is not None
        and not any(_name(path) == room or _name(path).startswith(room + ".") for room in rooms)
    ]
    assert not offences, _lines(offences)


def test_modules_stay_short() -> None:
    lengths = {path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    offences = [f"{path} has {length} lines" for path, length in lengths.items() if length > LONGEST_MODULE]
    assert not offences, _lines(offences)


def test_every_finding_in_the_code_is_in_the_table() -> None:
    from digitize.findings import FINDINGS

    offences = []
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Finding":
                offences += [
                    f"{path.relative_to(ROOT)}:{node.lineno} uses {word.value.value!r}"
                    for word in node.keywords
                    if word.arg == "code" and isinstance(word.value, ast.Constant) and word.value.value not in FINDINGS
                ]
    assert not offences, _lines(offences)


def test_every_exit_code_of_an_error_is_in_the_table() -> None:
    from digitize import errors

    codes = {kind.exit_code for kind in vars(errors).values() if isinstance(kind, type)}
    assert codes <= set(errors.EXIT_CODES)


def test_every_option_of_the_command_line_has_help() -> None:
    from typer.main import get_command

    from digitize.cli import app

    group = get_command(app)
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        assert command.help, f"{name} has no help"
        for parameter in command.params:
            assert getattr(parameter, "help", ""), f"{name}: {parameter.name} has no help"


@pytest.mark.parametrize("name", ["opencv-python", "opencv-contrib-python"])
def test_no_dependency_brings_the_opencv_that_needs_a_screen(name: str) -> None:
    with pytest.raises(PackageNotFoundError):
        distribution(name)


def test_lock_names_no_place() -> None:
    """Only names, versions and markers: a lock that points at an index works on one network alone."""
    for line in (ROOT / "requirements.lock").read_text().splitlines():
        assert line.startswith("#") or re.fullmatch(r"[a-z0-9-]+==[\w.]+( ; .+)?", line), line
