"""What the person who watches is told."""

from __future__ import annotations

from digitize.batch import Progress, Summary
from digitize.batch.tally import Counts
from digitize.batch.watching import summary_lines, to_words
from digitize.inputs import Ignored

COUNTS = Counts(read=60, part=20, refused=15, failed=5, duplicates=0, open=4)


def progress(**fields: object) -> Progress:
    known: dict[str, object] = {"counts": COUNTS, "read_now": 50, "in_flight": 4, "slots": 2, "elapsed_s": 25.0}
    return Progress(**(known | fields))  # type: ignore[arg-type]


def test_progress_has_counts_rate_and_time_left() -> None:
    assert to_words(progress(), 220) == "60 read, 20 in part, 15 refused, 5 failed, 2.00 figures/s, 0:01:00 left"
    assert "left" not in to_words(progress(), None)
    assert to_words(progress(stopping=True), 220).endswith("finishing the 4 in flight")
    assert to_words(progress(slots=0), 220).endswith("no workers yet")
    assert "starting" in to_words(progress(read_now=0), None)


def test_summary_names_reasons_and_what_was_passed_over() -> None:
    summary = Summary(
        counts=COUNTS,
        reasons=(("part", "axis-refused", 20), ("refused", "no-axes", 15), ("failed", "time-limit", 5)),
        ignored=(Ignored(origin="papers.zip", files=7, pages=3, kinds=((".txt", 5), ("", 2))),),
        read_now=50,
        elapsed_s=25.0,
        cpu_s=100.0,
        complete=True,
    )
    lines = summary_lines(summary)
    assert lines[0] == "100 figures: 60 read, 20 in part, 15 refused, 5 failed."
    assert "2.00 a second, 2.0 s of processor time each" in lines[1]
    assert lines[2].startswith("  20 in part, axis-refused: An axis could not be calibrated")
    assert lines[4] == "  5 failed, time-limit: It took longer than the time limit, twice."
    assert lines[5] == (
        "Passed over in papers.zip: 7 other files (5 .txt, 2 without a suffix) and 3 pages without a figure."
    )
