"""The report a reader would write by hand: Markdown, and the same as HTML."""

from digitize.report.html import to_html
from digitize.report.page import to_report

__all__ = ["to_report", "to_html"]
