"""Imports and builds, while the window is idle, what the first open image would wait for."""

from __future__ import annotations

import gc
import importlib
import pkgutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from layerscope.gui.window import MainWindow

#: Milliseconds between two steps: what a person does in between comes first.
_PAUSE = 15
#: Milliseconds before the first step, when nothing else has happened.
_PATIENCE = 400
#: Modules that would take others with them, in an order that makes many small steps.
_ENGINE = (
    *("content.codecs", "layers.values", "rootfs.values", "rootfs.columns"),
    *("rootfs.query", "rootfs.timeline", "rootfs"),
)
_PARTS = ("files_words", "files_model", "files_view", "files_pane", "preview", "inspector")


class Warming(QObject):
    """One step at a time, each too short to be noticed; ends with the page of an image built."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._steps = _steps(window)
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.timeout.connect(self._step)
        self._next.start(_PATIENCE)

    def _step(self) -> None:
        if next(self._steps, None) is None:
            gc.freeze()  # what is there now stays: a later collection need not look at it
            self.deleteLater()
        else:
            self._next.start(_PAUSE)


def _steps(window: MainWindow) -> Iterator[str]:
    """Does one thing at a time, and says which."""
    for name in _names():
        importlib.import_module(name)
        yield name
    for _ in window.places.prepare_image_page():
        yield "a piece of the page"


def _names() -> Iterator[str]:
    """The modules of the page of an image, what many need first."""
    for name in _ENGINE:
        yield f"layerscope.engine.{name}"
    from layerscope.gui import image

    rest = sorted(module.name for module in pkgutil.iter_modules(image.__path__))
    for name in (*_PARTS, *(name for name in rest if name != "page"), "page"):
        yield f"{image.__name__}.{name}"
