"""Finds the row of a node in a folder that is too large to be held: asks the reader for the way."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from layerscope.engine.rootfs import Timeline
from layerscope.gui.image.file_tree import FileTree, Step
from layerscope.gui.image.reader import Reader

_KEY = "way"


class Seeking(QObject):
    """Looks for one node at a time, the one asked for last.

    Each search ``began`` and ``ended``; then comes ``found`` with the row, which ``unfold`` gave
    for the way, or ``missing`` if the view does not show the node, or neither if it was stopped.
    """

    began = Signal()
    ended = Signal()
    found = Signal(int)
    missing = Signal()

    def __init__(self, unfold: Callable[[list[Step]], int], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.reader: Reader | None = None  #: None to look for it here
        self._unfold = unfold
        self._node: int | None = None

    @property
    def node(self) -> int | None:
        """What is being looked for."""
        return self._node

    @property
    def busy(self) -> bool:
        return self._node is not None

    def start(self, tree: FileTree, node: int) -> None:
        self.stop()
        self._node = node
        self.began.emit()
        self._ask(tree, node)

    def go_on_in(self, tree: FileTree) -> None:
        """The list shows another view or order: what is looked for is somewhere else in it."""
        if self._node is not None:
            self._ask(tree, self._node)

    def stop(self) -> None:
        """Look for nothing any more."""
        if self._node is not None:
            if self.reader is not None:
                self.reader.forget(_KEY)
            self._node = None
            self.ended.emit()

    # Inside

    def _ask(self, tree: FileTree, node: int) -> None:
        question: Callable[[Timeline], list[Step] | None] = tree.way(node)
        if self.reader is not None:
            self.reader.ask(_KEY, question, self._arrived)
        elif tree.timeline is not None:
            self._arrived(question(tree.timeline))

    def _arrived(self, steps: object) -> None:
        self._node = None
        self.ended.emit()
        if isinstance(steps, list):
            self.found.emit(self._unfold(steps))
        else:
            self.missing.emit()
