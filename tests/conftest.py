"""Fixtures shared by all tests."""

from __future__ import annotations

import os

# The tests run in two processes: one thread each keeps them from stepping on each other.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
