"""Panels: axes boxes, the labels beside them, and the calibration that labels and ticks give together."""

from digitize.panels.find import CalibratedPanel, find_panels, refusals, without_legend_titles

__all__ = ["CalibratedPanel", "find_panels", "refusals", "without_legend_titles"]
