"""Opening everything below a folder, within bounds and without holding up the window."""

from __future__ import annotations

import time
from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer

from layerscope.gui.image.file_tree import SMALL
from layerscope.gui.image.files_model import FilesModel

MOST = 5_000  #: rows that one command may add
_BUDGET = 0.03  #: seconds of one turn of the event loop


class Expanding(QObject):
    """Opens folder after folder, some in each turn of the event loop."""

    def __init__(self, model: FilesModel) -> None:
        super().__init__(model)
        self._model = model
        self._steps: Iterator[None] = iter(())
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._go_on)
        # Whoever closes a folder or looks elsewhere has something else in mind.
        model.modelReset.connect(self.stop)
        model.rowsRemoved.connect(self.stop)

    @property
    def busy(self) -> bool:
        return self._timer.isActive()

    def start(self, number: int) -> None:
        self._steps = _steps(self._model, number)
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def _go_on(self) -> None:
        deadline = time.monotonic() + _BUDGET
        for _step in self._steps:
            if time.monotonic() > deadline:
                return
        self.stop()


def expand_below(model: FilesModel, number: int) -> None:
    """Open the folder in row ``number`` and those in it, until MOST rows were added.  Folders
    that are read in the background stay closed."""
    for _step in _steps(model, number):
        pass


def _steps(model: FilesModel, number: int) -> Iterator[None]:
    before = model.rowCount()
    model.expand(number)
    yield
    top = model.row(number)
    if top is None or not model.is_open(number):
        return
    at = number + 1
    while at < model.rowCount() and model.rowCount() - before < MOST:
        row = model.row(at)
        if row is not None and row.depth <= top.depth:
            return
        if row is not None and 0 < row.children <= SMALL:
            model.expand(at)
            yield
        at += 1
