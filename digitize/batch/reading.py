"""In the worker: a job is read and becomes rows and pictures. The only module here that needs the whole pipeline."""

from __future__ import annotations

import io
import time
from dataclasses import replace

from digitize.batch.jobs import Job, Kept, Outcome, Status
from digitize.batch.tables import point_count, to_stream, to_tables
from digitize.errors import DigitizeError
from digitize.values import Figure

THUMBNAIL_SIDE_PX = 480
THUMBNAIL_QUALITY = 70


def prepare() -> None:
    """Load what every figure needs, once a worker: libraries, text models; no thread but the worker's own."""
    import cv2

    import digitize.pipeline  # noqa: F401 - imported for the time it takes
    from digitize.ocr.models import open_model

    cv2.setNumThreads(1)
    open_model("det")
    open_model("rec")
    open_model("label")


def read_job(job: Job) -> Outcome:
    """Read one picture; whatever goes wrong in Python is an outcome, not an exception."""
    from digitize import __version__

    start = time.process_time()
    try:
        outcome = _read(job)
    except MemoryError:
        outcome = Outcome(
            figure=job.figure, status="failed", code="memory-limit", reason="There was not enough memory.", ended=True
        )
    except DigitizeError as error:
        code = type(error).__name__
        words = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in code).lstrip("-")
        outcome = Outcome(figure=job.figure, status="refused", code=words, reason=str(error), hint=error.hint)
    except Exception as error:  # noqa: BLE001 - one figure's defect never costs the archive
        words = " ".join(str(error).split())[:200]
        outcome = Outcome(
            figure=job.figure,
            status="failed",
            code="unexpected",
            reason=f"Unexpected {type(error).__name__}{': ' + words if words else ''}.",
            hint="This is a defect in digitize: read the figure alone with --debug and report what it prints.",
        )
    return replace(outcome, cpu_s=time.process_time() - start, version=__version__)


def _read(job: Job) -> Outcome:
    from digitize.load import image_from_bytes
    from digitize.pipeline import read_figure

    image = replace(image_from_bytes(job.content, job.name), page=job.page)
    settings = job.settings
    figure = read_figure(
        image, hints=settings.axes or None, refine=not settings.fast, every_pixel=settings.every_pixel
    )
    tables = to_tables(figure, job.figure)
    status, code, reason = _verdict(figure)
    return Outcome(
        figure=job.figure,
        status=status,
        code=code,
        reason=reason,
        width_px=image.width_px,
        height_px=image.height_px,
        panels=len(figure.panels),
        series=sum(len(reading.series) for reading in figure.panels),
        points=point_count(tables),
        findings=tuple((finding.code, finding.severity, finding.message) for finding in figure.all_findings()),
        tables={name: to_stream(table) for name, table in tables.items()},
        files={kept: _made(figure, kept) for kept in job.wanted},
    )


def _verdict(figure: Figure) -> tuple[Status, str, str]:
    """(status, code, reason): the first thing that was refused says why."""
    errors = [finding for finding in figure.all_findings() if finding.severity == "error"]
    doubts = errors or [finding for finding in figure.all_findings() if finding.severity == "warning"]
    if any(reading.series for reading in figure.panels):
        return ("part", errors[0].code, errors[0].message) if errors else ("read", "", "")
    if doubts:
        return "refused", doubts[0].code, doubts[0].message
    return "refused", "no-series", "Axes were read, but no series."


def _made(figure: Figure, kept: Kept) -> bytes:
    if kept == "json":
        from digitize.export.document import to_json

        return to_json(figure)
    from PIL import Image as Pil

    from digitize.overlay import draw_overlay

    picture = Pil.fromarray(draw_overlay(figure))
    file = io.BytesIO()
    if kept == "overlay":
        picture.save(file, format="PNG")
    else:
        picture.thumbnail((THUMBNAIL_SIDE_PX, THUMBNAIL_SIDE_PX))
        picture.save(file, format="WEBP", quality=THUMBNAIL_QUALITY)
    return file.getvalue()
