"""The stages together, and what happens when one of them fails."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image as Pil

import digitize.panel_reading as panel_reading
from digitize import read_figure
from digitize.values import Panel


@pytest.fixture(scope="module")
def two_panels() -> np.ndarray:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(9, 3.4), dpi=100, layout="constrained")
    x = np.linspace(0, 10, 60)
    for axis, colour in zip(axes, ("tab:blue", "tab:green")):
        axis.plot(x, np.sin(x) + 2, color=colour, label="wave")
        axis.legend()
    file = io.BytesIO()
    figure.savefig(file)
    plt.close(figure)
    return np.asarray(Pil.open(file).convert("RGB"))


def test_two_panels_are_read_in_reading_order_with_their_own_legends(two_panels: np.ndarray) -> None:
    figure = read_figure(two_panels)
    assert [reading.panel.index for reading in figure.panels] == [1, 2]
    assert [[series.label for series in reading.series] for reading in figure.panels] == [["wave"], ["wave"]]
    for reading in figure.panels:
        series = reading.series[0]
        seen = np.isfinite(series.x)
        assert np.abs(np.sin(series.x[seen]) + 2 - series.y[seen]).max() < 0.03
    assert {"load", "text", "panels", "legend", "tracing"} <= set(figure.provenance.seconds)


def test_a_panel_that_fails_costs_only_itself(two_panels: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = panel_reading.trace_panel

    def failing(image, panel: Panel, *rest):  # type: ignore[no-untyped-def]
        if panel.index == 1:
            raise RuntimeError("drawn badly")
        return trace(image, panel, *rest)

    monkeypatch.setattr(panel_reading, "trace_panel", failing)
    first, second = read_figure(two_panels).panels
    assert first.series == ()
    assert first.calibration is not None
    assert [finding.code for finding in first.findings if finding.severity == "error"] == ["series-refused"]
    assert "drawn badly" in first.findings[-1].message
    assert len(second.series) == 1


def test_refining_that_fails_leaves_the_traces(two_panels: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> None:
        raise FloatingPointError("no luck")

    monkeypatch.setattr(panel_reading, "refine_traces", failing)
    for reading in read_figure(two_panels).panels:
        assert len(reading.series) == 1
        assert "not-refined" in {finding.code for finding in reading.findings}


def test_a_picture_without_a_chart_gives_no_panels_and_says_so() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (300, 400, 3), dtype=np.uint8)
    figure = read_figure(noise)
    assert figure.panels == ()
    assert [finding.code for finding in figure.findings] == ["no-axes"]


def test_progress_names_the_stages_and_never_runs_back(two_panels: np.ndarray) -> None:
    seen: list[tuple[str, float]] = []
    read_figure(two_panels, progress=lambda stage, done: seen.append((stage, done)))
    shares = [done for _, done in seen]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert seen[0][0] == "load"
