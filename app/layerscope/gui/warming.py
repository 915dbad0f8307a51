"""Imports and builds, while the window is idle, what the first open image would wait for."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from layerscope.gui.trail import Section

if TYPE_CHECKING:
    from layerscope.gui.window import MainWindow

#: Milliseconds between two steps: what a person does in between comes first.
_PAUSE = 15
#: Milliseconds before the first step, when nothing else has happened.
_PATIENCE = 400


class Warming(QObject):
    """One step at a time, each too short to be noticed; ends with the page of an image built."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._names = _names()
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.timeout.connect(self._step)
        self._next.start(_PATIENCE)

    def _step(self) -> None:
        name = next(self._names, None)
        if name is not None:
            importlib.import_module(name)
            self._next.start(_PAUSE)
        else:
            self._window.prepare(Section.IMAGE)
            self.deleteLater()


def _names() -> Iterator[str]:
    """The modules of the page of an image, what many need first."""
    yield "layerscope.engine.rootfs.values"
    yield "layerscope.engine.rootfs.query"
    yield "layerscope.engine.rootfs.timeline"
    yield "layerscope.engine.rootfs"
    from layerscope.gui import image

    for module in sorted(pkgutil.iter_modules(image.__path__), key=lambda one: one.name):
        if module.name != "page":
            yield f"{image.__name__}.{module.name}"
    yield f"{image.__name__}.page"
