"""Crops in batches of about one width: what is padded costs as much as what is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def batches_by_width(widths_px: Sequence[int], most_columns_px: int) -> Iterator[list[int]]:
    """Indices of crops, narrow ones first, as many together as their padded columns allow, one at the least.

    Parameters
    ----------
    widths_px : sequence of int
        Of each crop, as the network sees it.
    most_columns_px : int
        Columns of all crops of a batch together, padded to its widest: bounds its memory.
    """
    order = sorted(range(len(widths_px)), key=lambda index: widths_px[index])
    start = 0
    while start < len(order):
        stop = start + 1
        while stop < len(order) and (stop + 1 - start) * widths_px[order[stop]] <= most_columns_px:
            stop += 1
        yield order[start:stop]
        start = stop
