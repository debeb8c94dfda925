"""Legends: handles paired with labels, wherever in the figure they stand, and names written beside lines."""

from digitize.legend.legends import find_legends, legend_of

__all__ = ["find_legends", "legend_of"]
