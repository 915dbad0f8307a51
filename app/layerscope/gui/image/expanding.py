"""Opening everything below a folder, within bounds."""

from __future__ import annotations

from layerscope.gui.image.file_tree import SMALL
from layerscope.gui.image.files_model import FilesModel

MOST = 5_000  #: rows that one command may add


def expand_below(model: FilesModel, number: int) -> None:
    """Open the folder in row ``number`` and those in it, until MOST rows were added.  Folders
    that are read in the background stay closed."""
    before = model.rowCount()
    model.expand(number)
    if not model.is_open(number):
        return
    top = model.row(number)
    at = number + 1
    while top is not None and at < model.rowCount() and model.rowCount() - before < MOST:
        row = model.row(at)
        if row is not None and row.depth <= top.depth:
            break
        if row is not None and row.children <= SMALL:
            model.expand(at)
        at += 1
