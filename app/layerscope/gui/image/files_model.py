"""The file list for Qt: a flat list of rows over one timeline, fetched as they are shown."""

from __future__ import annotations

import time
from collections import deque
from enum import IntEnum
from functools import partial

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)

from layerscope.engine.rootfs import ROOT, Kind, Matches, Row, Timeline, View
from layerscope.gui.image.file_tree import SMALL, FileTree, Order
from layerscope.gui.image.files_words import sentence, tip
from layerscope.gui.image.outline import PAGE, Branch, Place
from layerscope.gui.image.reader import Reader
from layerscope.gui.plain import display, tooltip

Index = QModelIndex | QPersistentModelIndex

_BUDGET = 0.06  #: seconds that one turn of the event loop may be used for opening folders


class Role(IntEnum):
    ROW = Qt.ItemDataRole.UserRole + 1  #: the Row, None while it is fetched
    DEPTH = Qt.ItemDataRole.UserRole + 2
    OPEN = Qt.ItemDataRole.UserRole + 3  #: None for what does not open
    FOUND = Qt.ItemDataRole.UserRole + 4  #: with a filter: whether the row itself matches


class FilesModel(QAbstractTableModel):
    """The rows of one view of a timeline, as a tree of open folders or as what a filter found.

    Which folders are open is remembered by node, across views, orders and filters.
    """

    refetched = Signal()  #: pages arrived that the list was waiting for

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.matches: Matches | None = None
        self.expanded: set[int] = set()
        self._reader: Reader | None = None
        self._tree = FileTree(None, View(0), Order())
        self._wanted: deque[tuple[Branch[Row], int]] = deque()
        self._awaited: set[tuple[int, int]] = set()
        self._unopened: deque[tuple[Branch[Row], int]] = deque()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._fetch_wanted)

    # What is shown

    @property
    def timeline(self) -> Timeline | None:
        return self._tree.timeline

    @property
    def view(self) -> View:
        return self._tree.view

    @property
    def order(self) -> Order:
        return self._tree.order

    def open(self, timeline: Timeline | None, reader: Reader | None, view: View) -> None:
        """Show another timeline, all folders closed, or nothing."""
        self.expanded = set()
        self._reader = reader
        self._show(FileTree(timeline, view, self.order), None)

    def show_view(self, view: View) -> None:
        if view != self.view:
            self._show(FileTree(self.timeline, view, self.order), None)

    def sort_by(self, order: Order) -> None:
        if order != self.order:
            self._show(FileTree(self.timeline, self.view, order), None)

    def show_matches(self, matches: Matches | None) -> None:
        """List what a filter found, or with None the folders again."""
        if matches is not None or self.matches is not None:
            self._show(self._tree, matches)

    # Rows

    def row(self, number: int) -> Row | None:
        if self.matches is not None:
            rows = self.matches.rows
            return rows[number] if 0 <= number < len(rows) else None
        return (
            self._tree.outline.place(number).value
            if 0 <= number < len(self._tree.outline)
            else None
        )

    def number_of(self, node: int) -> int:
        """The row of a node, -1 if it is not in the list or was not fetched."""
        if self.matches is not None:
            for number, row in enumerate(self.matches.rows):
                if row.node == node:
                    return number
            return -1
        if self.timeline is None or node == ROOT:
            return -1
        place = self._tree.place_of(node)
        return -1 if place is None else self._tree.outline.row(place.branch, place.index)

    def parent_number(self, number: int) -> int:
        """The row of the folder that row ``number`` is in, -1 for those in the root."""
        if self.matches is not None:
            row = self.row(number)
            return self.number_of(row.parent) if row is not None else -1
        branch = self._tree.outline.place(number).branch
        return -1 if branch.parent is None else self._tree.outline.row(branch.parent, branch.index)

    def is_open(self, number: int) -> bool | None:
        """None for what cannot be opened."""
        row = self.row(number)
        if row is None or row.kind is not Kind.DIR or not row.children:
            return None
        if self.matches is not None:
            following = self.row(number + 1)
            return following is not None and following.parent == row.node
        return self._tree.outline.place(number).below is not None

    # Opening and closing

    def expand(self, number: int) -> None:
        if self.matches is not None or self.is_open(number) is not False:
            return
        place = self._tree.outline.place(number)
        row = place.value
        assert row is not None
        self.expanded.add(row.node)
        self.beginInsertRows(QModelIndex(), number + 1, number + row.children)
        branch = self._tree.outline.open(place, row.node, row.children)
        if row.children <= SMALL:
            self._tree.load(branch, 0)
        else:
            self._want(branch, 0)
        self.endInsertRows()
        self._row_changed(number)
        self._open_remembered(branch, 0)

    def collapse(self, number: int) -> None:
        if self.matches is not None or not self.is_open(number):
            return
        place = self._tree.outline.place(number)
        below = place.below
        row = place.value
        assert below is not None
        assert row is not None
        self.expanded.discard(row.node)
        self.beginRemoveRows(QModelIndex(), number + 1, number + below.size)
        self._tree.outline.close(place)
        self.endRemoveRows()
        self._row_changed(number)

    def reveal(self, node: int) -> int:
        """Open the folders above ``node`` and return its row; -1 if it is not in this view, or
        deep in a folder too large to search here."""
        timeline = self.timeline
        if timeline is None or node == ROOT:
            return -1
        found = self.number_of(node)
        if found >= 0 or self.matches is not None:
            return found
        for above in self._tree.chain(node)[:-1]:
            number = self.number_of(above)
            if number < 0:
                return -1
            self.expand(number)
        return self.number_of(node)

    # Qt

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        if parent.isValid():
            return 0
        return len(self._tree.outline) if self.matches is None else len(self.matches.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        number = index.row()
        row = self.row(number)
        if row is None:
            if self.matches is None:
                place = self._tree.outline.place(number)
                self._want(place.branch, place.index // PAGE)
                return place.depth if role == Role.DEPTH else None
            return None
        match role:
            case Role.ROW:
                return row
            case Qt.ItemDataRole.DisplayRole:
                return display(row.name)
            case Role.DEPTH:
                return row.depth - 1
            case Role.OPEN:
                return self.is_open(number)
            case Role.FOUND:
                return self.matches is None or row.node in self.matches.found
            case Qt.ItemDataRole.AccessibleTextRole:
                return sentence(row, self.is_open(number))
            case Qt.ItemDataRole.ToolTipRole if self.timeline is not None:
                return tooltip(tip(row, self.timeline.path(row.node)))
        return None

    # Fetching

    def _show(self, tree: FileTree, matches: Matches | None) -> None:
        self.beginResetModel()
        fresh = tree is not self._tree
        self._tree = tree
        self.matches = matches
        if fresh:
            self._wanted.clear()
            self._awaited.clear()
            self._unopened.clear()
            root = tree.outline.root
            if root.total > SMALL:
                self._want(root, 0)
            elif root.total:
                tree.load(root, 0)
                self._reopen(root)
        elif matches is None and self._unopened:
            self._soon.start()
        self.endResetModel()

    def _reopen(self, root: Branch[Row]) -> None:
        """While the list is being reset: open what was open, as far as time allows."""
        deadline = time.monotonic() + _BUDGET
        waiting = deque([root])
        while waiting:
            branch = waiting.popleft()
            for index in self._tree.openable(branch, 0, self.expanded):
                row = branch.child(index)
                assert row is not None
                if row.children > SMALL or time.monotonic() > deadline:
                    self._unopened.append((branch, index))
                    continue
                place = Place(branch, index)
                below = self._tree.outline.open(place, row.node, row.children)
                self._tree.load(below, 0)
                waiting.append(below)
        if self._unopened:
            self._soon.start()

    def _open_remembered(self, branch: Branch[Row], page: int) -> None:
        """Rows of a page have arrived: those that were open before are opened soon."""
        openable = self._tree.openable(branch, page, self.expanded)
        self._unopened.extend((branch, index) for index in openable)
        if self._unopened:
            self._soon.start()

    def _want(self, branch: Branch[Row], page: int) -> None:
        key = (id(branch), page)
        if key not in self._awaited and page not in branch.pages:
            self._awaited.add(key)
            self._wanted.append((branch, page))
            self._soon.start()

    def _fetch_wanted(self) -> None:
        deadline = time.monotonic() + _BUDGET
        while self._wanted and time.monotonic() < deadline:
            branch, page = self._wanted.pop()
            tree = self._tree
            if not tree.shown(branch):
                self._awaited.discard((id(branch), page))
            elif branch.total <= SMALL or self._reader is None:
                tree.load(branch, page)
                self._page_changed(branch, page)
            else:
                question = tree.question(branch.node, page, branch.total)
                answer = partial(self._arrived, tree, branch, page)
                self._reader.ask(f"page {id(branch)} {page}", question, answer)
        while self._unopened and self.matches is None and time.monotonic() < deadline:
            branch, index = self._unopened.popleft()
            if self._tree.shown(branch) and branch.open_child(index) is None:
                self.expand(self._tree.outline.row(branch, index))
        if self._wanted or (self._unopened and self.matches is None):
            self._soon.start()

    def _arrived(self, tree: FileTree, branch: Branch[Row], page: int, rows: object) -> None:
        if tree is self._tree and tree.shown(branch) and isinstance(rows, list):
            tree.keep(branch, page, rows)
            self._page_changed(branch, page)

    def _page_changed(self, branch: Branch[Row], page: int) -> None:
        self._awaited.discard((id(branch), page))
        if self.matches is None:
            outline = self._tree.outline
            first = outline.row(branch, page * PAGE)
            last = outline.row(branch, min(branch.total, (page + 1) * PAGE) - 1)
            self.dataChanged.emit(self.index(first, 0), self.index(last, 0))
        self._open_remembered(branch, page)
        self.refetched.emit()

    def _row_changed(self, number: int) -> None:
        index = self.index(number, 0)
        self.dataChanged.emit(index, index)
