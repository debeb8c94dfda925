"""Archives of figures, read by many workers, nothing lost.

>>> from digitize.batch import BatchSettings, read_archive
>>> read_archive(["papers.zip", "figures/"], "results")          # doctest: +SKIP

An archive's pictures flow from :mod:`digitize.inputs` through an executor (``engines.py``) to workers
(``supervision.py``, ``worker.py``), and what they read through the manifest (``manifest.py``) into Parquet files
(``dataset.py``). ``run.py`` holds the order, ``flow.py`` the loop.
"""

from digitize.batch.flow import Progress
from digitize.batch.run import Summary, read_archive
from digitize.batch.settings import BatchSettings, ReadingSettings, load_settings

__all__ = ["read_archive", "load_settings", "BatchSettings", "ReadingSettings", "Summary", "Progress"]
