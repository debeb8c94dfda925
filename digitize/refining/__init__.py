"""From the ink back to the data: traced paths become the samples that were drawn."""

from digitize.refining.dense import to_every_pixel
from digitize.refining.refine import refine_traces

__all__ = ["refine_traces", "to_every_pixel"]
