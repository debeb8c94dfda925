"""A run of a batch in a process of its own, so that the drills can end it: FOLDER OUT [SCHEDULER]."""

from __future__ import annotations

import sys

from digitize.batch import dataset, read_archive
from digitize.errors import DigitizeError

if __name__ == "__main__":
    dataset.PART_READINGS = 25
    folder, out, *scheduler = sys.argv[1:]
    try:
        read_archive(
            [folder], out, scheduler=scheduler[0] if scheduler else "", workers=2, gallery=False, json=True,
            reader="tests.digitize.batch.stub_reader:read",
        )
    except DigitizeError as error:
        sys.exit(error.exit_code)
