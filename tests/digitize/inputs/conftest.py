"""Pictures for archives, and a search whose peak memory is measured in a process of its own."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

ROOT = Path(__file__).parents[3]

_MEASURED = """
import json, resource, sys
from collections import Counter
from digitize.inputs import FigureFile, Ignored, Limits, Refused, find_figures
figures, first, refused, ignored = 0, [], Counter(), 0
examples = {}
for found in find_figures(json.loads(sys.argv[1]), limits=Limits(**json.loads(sys.argv[2]))):
    if isinstance(found, FigureFile):
        figures += 1
        first += [found.name] if len(first) < 5 else []
    elif isinstance(found, Refused):
        refused[found.code] += 1
        examples.setdefault(found.code, [found.name, found.message, found.hint])
    elif isinstance(found, Ignored):
        ignored += found.files
# not ru_maxrss of the process itself: it begins with the size of the one that forked it
own = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
peaks = [own * 1024, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024]
print(json.dumps(dict(figures=figures, first=first, refused=refused, examples=examples, ignored=ignored, peaks=peaks)))
"""


def png(shade: int = 0, side_px: int = 64) -> bytes:
    """A small picture, another one for every shade."""
    file = io.BytesIO()
    Image.new("RGB", (side_px, side_px), (shade % 256, shade // 256 % 256, 255)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def search_measured() -> Callable[..., dict[str, Any]]:
    """Runs a search in a fresh process: what it found, and the peak memory of it and of its children."""

    def search(*inputs: Path, **limits: float) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-c", _MEASURED, json.dumps([str(one) for one in inputs]), json.dumps(limits)],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        )
        print(done.stdout)
        result: dict[str, Any] = json.loads(done.stdout)
        return result

    return search
