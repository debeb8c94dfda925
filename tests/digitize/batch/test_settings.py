"""One TOML file holds how figures are read, for all and by family."""

from __future__ import annotations

from pathlib import Path

import pytest

from digitize.batch import BatchSettings, load_settings
from digitize.batch.settings import SettingsWrong, to_bytes, to_seconds
from digitize.errors import InputNotFound

WRITTEN = """
time_limit = 60
memory_limit = "2GB"
fast = true
y.range = [0, 1]

[[figures]]
match = "runs/*/loss_*.png"
every_pixel = true
x.range = [0, 130]

[[figures]]
match = ["*.png", "old/*"]
fast = false
x.range = [0, 500]
panel.2.y = { range = [0.01, 10], scale = "log" }
"""


@pytest.fixture
def settings(tmp_path: Path) -> BatchSettings:
    (tmp_path / "digitize.toml").write_text(WRITTEN)
    return load_settings(tmp_path / "digitize.toml")


def test_limits_are_read(settings: BatchSettings) -> None:
    assert (settings.time_limit_s, settings.memory_limit_bytes) == (60.0, 2 * 10**9)


def test_the_first_family_that_says_something_counts(settings: BatchSettings) -> None:
    found = settings.of("runs/a/loss_1.PNG")
    assert (found.fast, found.every_pixel) == (False, True)
    assert found.axes.as_options() == {"x": ["0:130"], "y": ["0:1", "2=0.01:10@log"]}
    assert settings.of("runs/a/loss_1.jpg").axes.as_options() == {"y": ["0:1"]}
    assert settings.of("old/b.jpg").axes.x[None].end == 500


def test_digests_tell_settings_apart_and_nothing_else(settings: BatchSettings) -> None:
    digests = {name: settings.of(name).digest() for name in ("a.png", "b.png", "c.jpg", "runs/a/loss_1.png")}
    assert digests["a.png"] == digests["b.png"]
    assert len(set(digests.values())) == 3
    assert BatchSettings().of("a.png").digest() != digests["c.jpg"]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("quick = true", "'quick' is none of the settings"),
        ("[[figures]]\nmatch = '*'\ntime_limit = 3", "'time_limit' is none of the settings"),
        ("[[figures]]\nfast = true", "figures 1 needs match"),
        ("[figures]\nmatch = '*'", r"write \[\[figures\]\]"),
        ("fast = 1", "fast is true or false, not 1"),
        ("memory_limit = 'much'", "size 'much' is none such as 4GB"),
        ("time_limit = -3", "time limit -3 is no number of seconds"),
        ("x.range = [1]", "x.range must be a list of two values"),
        ("fast = ", "is not TOML"),
    ],
)
def test_what_is_not_understood_is_named(tmp_path: Path, written: str, said: str) -> None:
    (tmp_path / "digitize.toml").write_text(written)
    with pytest.raises(SettingsWrong, match=said):
        load_settings(tmp_path / "digitize.toml")


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputNotFound):
        load_settings(tmp_path / "none.toml")


def test_sizes_and_seconds() -> None:
    assert [to_bytes(text) for text in ("4GB", "500 MiB", "1.5k", 1024)] == [4 * 10**9, 500 * 2**20, 1500, 1024]
    assert to_seconds("2.5") == 2.5
    for wrong in ("0", "nan", "inf", "soon", True):
        with pytest.raises(ValueError, match="time limit"):
            to_seconds(wrong)
