"""Whatever the user names (pictures, folders, archives, documents, lists of them) -> a stream of pictures.

>>> for found in find_figures(["papers.zip", "figures/"], include=["*.png"]):
...     ...  # FigureFile, Refused or Ignored

Archives are streamed, never unpacked to disk. What cannot be taken is refused by name and reason; its neighbours are
read.
"""

from digitize.inputs.found import REFUSALS, FigureFile, Found, Ignored, Limits, Listed, Refused
from digitize.inputs.walk import find_figures, list_figures

__all__ = [
    "find_figures",
    "list_figures",
    "Limits",
    "FigureFile",
    "Refused",
    "Ignored",
    "Listed",
    "Found",
    "REFUSALS",
]
