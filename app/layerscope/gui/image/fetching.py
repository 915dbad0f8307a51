"""Brings the rows of the file list: pages that are looked at, folders that were open before."""

from __future__ import annotations

import time
from collections import deque
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from layerscope.engine.rootfs import Row
from layerscope.gui.image.file_tree import SMALL, FileTree
from layerscope.gui.image.outline import Branch, Place
from layerscope.gui.image.reader import Reader

_BUDGET = 0.06  #: seconds that one turn of the event loop may be used for


class Fetching(QObject):
    """Works for one tree at a time, a little per turn of the event loop, and not when idle.

    ``came`` tells the branch and the number of a page that was filled; ``openable`` a branch and
    the index of a row in it that was open before and can be opened again.  While ``resting``,
    pages come but nothing is opened.
    """

    came = Signal(object, int)
    openable = Signal(object, int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.reader: Reader | None = None  #: reads long folders elsewhere; None to do it here
        self.resting = False
        self._tree: FileTree | None = None
        self._open: set[int] = set()
        self._wanted: deque[tuple[Branch[Row], int]] = deque()
        self._awaited: set[tuple[int, int]] = set()
        self._unopened: deque[tuple[Branch[Row], int]] = deque()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._work)

    def start(self, tree: FileTree, remembered: set[int]) -> None:
        """Forget what was under way and bring the top of ``tree``, with the folders whose nodes
        are in ``remembered`` open as far as time allows; the others are ``openable`` later."""
        self._tree = tree
        self._open = remembered
        self._wanted.clear()
        self._awaited.clear()
        self._unopened.clear()
        root = tree.outline.root
        if root.total > SMALL:
            self.want(root, 0)
        elif root.total:
            tree.load(root, 0)
            self._reopen(tree, root)

    def rest(self, resting: bool) -> None:
        """Leave closed folders alone, or go on opening them."""
        self.resting = resting
        if not resting and self._unopened:
            self._soon.start()

    def bring(self, branch: Branch[Row]) -> None:
        """Fill the beginning of a folder that was just opened: at once if it is short."""
        if self._tree is not None and branch.total <= SMALL:
            self._tree.load(branch, 0)
        else:
            self.want(branch, 0)

    def want(self, branch: Branch[Row], page: int) -> None:
        """Fill a page soon, the one asked for last first."""
        key = (id(branch), page)
        if key not in self._awaited and page not in branch.pages:
            self._awaited.add(key)
            self._wanted.append((branch, page))
            self._soon.start()

    def take(self, branch: Branch[Row], page: int, rows: list[Row]) -> None:
        """Fill a page with what was read of it elsewhere, if it is not there yet."""
        if self._tree is not None and page not in branch.pages:
            self._tree.keep(branch, page, rows)
            self._filled(branch, page)

    def open_remembered(self, branch: Branch[Row], page: int) -> None:
        """Rows of a page are here: those that were open before are opened soon."""
        if self._tree is not None:
            openable = self._tree.openable(branch, page, self._open)
            self._unopened.extend((branch, index) for index in openable)
        if self._unopened:
            self._soon.start()

    # Inside

    def _reopen(self, tree: FileTree, root: Branch[Row]) -> None:
        deadline = time.monotonic() + _BUDGET
        waiting = deque([root])
        while waiting:
            branch = waiting.popleft()
            for index in tree.openable(branch, 0, self._open):
                row = branch.child(index)
                assert row is not None
                if row.children > SMALL or time.monotonic() > deadline:
                    self._unopened.append((branch, index))
                    continue
                below = tree.outline.open(Place(branch, index), row.node, row.children)
                tree.load(below, 0)
                waiting.append(below)
        if self._unopened:
            self._soon.start()

    def _work(self) -> None:
        tree = self._tree
        if tree is None:
            return
        deadline = time.monotonic() + _BUDGET
        while self._wanted and time.monotonic() < deadline:
            branch, page = self._wanted.pop()
            if not tree.shown(branch):
                self._awaited.discard((id(branch), page))
            elif branch.total <= SMALL or self.reader is None:
                tree.load(branch, page)
                self._filled(branch, page)
            else:
                question = tree.question(branch.node, page, branch.total)
                answer = partial(self._arrived, tree, branch, page)
                self.reader.ask(f"page {id(branch)} {page}", question, answer)
        while self._unopened and not self.resting and time.monotonic() < deadline:
            branch, index = self._unopened.popleft()
            if tree.shown(branch) and branch.open_child(index) is None:
                self.openable.emit(branch, index)
        if self._wanted or (self._unopened and not self.resting):
            self._soon.start()

    def _arrived(self, tree: FileTree, branch: Branch[Row], page: int, rows: object) -> None:
        if tree is self._tree and tree.shown(branch) and isinstance(rows, list):
            tree.keep(branch, page, rows)
            self._filled(branch, page)

    def _filled(self, branch: Branch[Row], page: int) -> None:
        self._awaited.discard((id(branch), page))
        self.came.emit(branch, page)
        self.open_remembered(branch, page)
