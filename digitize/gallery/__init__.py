"""A folder with one page to open: every figure of a run, its thumbnail, what was read and what is doubtful."""

from digitize.gallery.entries import GalleryEntry, GalleryFinding
from digitize.gallery.writing import write_gallery

__all__ = ["write_gallery", "GalleryEntry", "GalleryFinding"]
