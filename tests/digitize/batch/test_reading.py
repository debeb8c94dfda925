"""In the worker: whatever a figure does is an outcome; and what a future says of it."""

from __future__ import annotations

import io
from concurrent.futures import Future
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pil

from digitize import pipeline
from digitize.batch.flow import to_outcome
from digitize.batch.jobs import Job, Outcome
from digitize.batch.reading import THUMBNAIL_SIDE_PX, read_job
from digitize.batch.tables import SCHEMAS
from digitize.errors import StoppedEarly
from digitize.ocr import models
from digitize.values import Figure


def job(content: bytes = b"", **fields: Any) -> Job:
    return Job(figure="f1", name="papers.zip!a.png", content=content, **fields)


@pytest.fixture
def white() -> bytes:
    file = io.BytesIO()
    Pil.fromarray(np.full((300, 600, 3), 255, np.uint8)).save(file, format="PNG")
    return file.getvalue()


def test_a_reading_becomes_rows_and_files(
    white: bytes, made_figure: Figure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "read_figure", lambda *_, **__: made_figure)
    outcome = read_job(job(white, wanted=("json", "overlay", "thumbnail")))
    assert (outcome.status, outcome.panels, outcome.series) == ("read", 3, 3)
    assert set(outcome.tables) == set(SCHEMAS)
    assert outcome.files["json"].startswith(b"{")
    assert Pil.open(io.BytesIO(outcome.files["overlay"])).format == "PNG"
    assert Pil.open(io.BytesIO(outcome.files["thumbnail"])).width <= THUMBNAIL_SIDE_PX
    assert outcome.findings == (("label-rejected", "warning", "The label 1O reads 10."),)


def test_nothing_found_is_refused_with_its_finding(
    white: bytes, empty_figure: Figure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "read_figure", lambda *_, **__: empty_figure)
    outcome = read_job(job(white))
    assert (outcome.status, outcome.code, outcome.reason) == ("refused", "no-axes", "No axes.")


def test_no_picture_is_refused_with_a_hint() -> None:
    outcome = read_job(job(b"%PDF-1.7"))
    assert (outcome.status, outcome.code) == ("refused", "not-an-image")
    assert outcome.reason.startswith("papers.zip!a.png is a PDF document") and outcome.hint


@pytest.mark.parametrize(
    ("error", "code", "ended"), [(ValueError("a defect"), "unexpected", False), (MemoryError(), "memory-limit", True)]
)
def test_errors_nobody_foresaw_are_failures(
    white: bytes, monkeypatch: pytest.MonkeyPatch, error: Exception, code: str, ended: bool
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(pipeline, "read_figure", fail)
    outcome = read_job(job(white))
    assert (outcome.status, outcome.code, outcome.ended) == ("failed", code, ended)


def test_a_lost_cluster_is_no_figures_fault() -> None:
    class KilledWorker(Exception):
        """As Dask has one."""

    blamed: Future[Outcome] = Future()
    blamed.set_exception(KilledWorker())
    assert to_outcome(blamed, job()).code == "killed" and to_outcome(blamed, job()).ended
    lost: Future[Outcome] = Future()
    lost.cancel()
    broken: Future[Outcome] = Future()
    broken.set_exception(ModuleNotFoundError("No module named 'digitize'"))
    for future in (lost, broken):
        with pytest.raises(StoppedEarly):
            to_outcome(future, job())


@pytest.mark.parametrize(("asked", "threads"), [("1", 1), ("8", 2), ("", 2), ("0", 2), ("many", 2)])
def test_text_recognition_takes_no_more_threads_than_asked(
    monkeypatch: pytest.MonkeyPatch, asked: str, threads: int
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", asked)
    assert models._threads() == threads
