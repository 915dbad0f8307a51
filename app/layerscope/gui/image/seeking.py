"""Finds rows of the file list that may not have been fetched: asks the reader for the way there."""

from __future__ import annotations

import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from layerscope.engine.dataclass import dataclass
from layerscope.engine.rootfs import Timeline
from layerscope.gui.image.changes import way_to_change
from layerscope.gui.image.file_tree import FileTree, Step
from layerscope.gui.image.reader import Reader

_KEY = "way"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A node, wherever it is."""

    node: int


@dataclass(frozen=True, slots=True)
class WantedChange:
    """The next row after a node, or before it, that differs from the baseline."""

    start: int
    backwards: bool


Goal = Wanted | WantedChange


class Seeking(QObject):
    """Looks for one thing at a time, the one asked for last.

    Each search ``began`` and ``ended``; then comes ``found`` with the row, which ``unfold`` gave
    for the way, or ``missing`` with the goal if the view has no such row, or neither if it was
    stopped.
    """

    began = Signal(object)
    ended = Signal()
    found = Signal(int)
    missing = Signal(object)

    def __init__(self, unfold: Callable[[list[Step]], int], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.reader: Reader | None = None  #: None to look for it here
        self._unfold = unfold
        self._goal: Goal | None = None
        self._stopped = threading.Event()  #: of the newest question, for the reader's thread

    @property
    def node(self) -> int | None:
        """The node that is being looked for, None also while it is a change."""
        return self._goal.node if isinstance(self._goal, Wanted) else None

    @property
    def busy(self) -> bool:
        return self._goal is not None

    def start(self, tree: FileTree, goal: Goal) -> None:
        """A change that is being looked for already is not looked for once more: a key that is
        held down would never let it be found."""
        if goal == self._goal and isinstance(goal, WantedChange):
            return
        self.stop()
        self._goal = goal
        self.began.emit(goal)
        self._ask(tree, goal)

    def go_on_in(self, tree: FileTree) -> None:
        """The list shows another view or order: what is looked for is somewhere else in it."""
        if self._goal is not None:
            self._ask(tree, self._goal)

    def stop(self) -> None:
        """Look for nothing any more."""
        self._stopped.set()
        if self._goal is not None:
            if self.reader is not None:
                self.reader.forget(_KEY)
            self._goal = None
            self.ended.emit()

    # Inside

    def _ask(self, tree: FileTree, goal: Goal) -> None:
        self._stopped.set()
        self._stopped = threading.Event()
        question = _way(tree, goal, self._stopped.is_set)
        if self.reader is not None:
            self.reader.ask(_KEY, question, self._arrived)
        elif tree.timeline is not None:
            self._arrived(question(tree.timeline))

    def _arrived(self, steps: object) -> None:
        goal, self._goal = self._goal, None
        self.ended.emit()
        if isinstance(steps, list):
            self.found.emit(self._unfold(steps))
        else:
            self.missing.emit(goal)


def _way(
    tree: FileTree, goal: Goal, stopped: Callable[[], bool]
) -> Callable[[Timeline], list[Step] | None]:
    match goal:
        case Wanted():
            return tree.way(goal.node)
        case WantedChange():
            return way_to_change(tree, goal.start, goal.backwards, stopped)
