"""The file list for Qt: a flat list of rows over one timeline, fetched as they are shown."""

from __future__ import annotations

from enum import IntEnum

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from layerscope.engine.rootfs import ROOT, Kind, Matches, Row, Timeline, View
from layerscope.gui.image.fetching import Fetching
from layerscope.gui.image.file_tree import FileTree, Order, Step
from layerscope.gui.image.files_words import sentence, tip
from layerscope.gui.image.outline import PAGE, Branch, Place
from layerscope.gui.image.reader import Reader
from layerscope.gui.image.seeking import Seeking, Wanted, WantedChange
from layerscope.gui.plain import display, tooltip

Index = QModelIndex | QPersistentModelIndex


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
    reopening = Signal()  #: a folder that was open before is about to be opened again
    reopened = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.matches: Matches | None = None
        self.expanded: set[int] = set()
        self._tree = FileTree(None, View(0), Order())
        self._fetching = Fetching(self)
        self._fetching.came.connect(self._page_changed)
        self._fetching.openable.connect(self._open_again)
        self.seeking = Seeking(self._unfold, self)

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
        self._fetching.reader = reader
        self.seeking.stop()
        self.seeking.reader = reader
        self._show(FileTree(timeline, view, self.order), None)

    def show_view(self, view: View) -> None:
        if view != self.view:
            self._show(FileTree(self.timeline, view, self.order), None)

    def sort_by(self, order: Order) -> None:
        """The order of the folders; what a filter found stays as it is."""
        if order != self.order:
            self._show(FileTree(self.timeline, self.view, order), self.matches)

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
        if self.matches is None and self.is_open(number) is False:
            self._open(self._tree.outline.place(number), None)

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
        """Open the folders above ``node`` and return its row; -1 if one of them is too large to be
        fetched whole, so that it has to be sought, or if what is listed does not show it."""
        timeline = self.timeline
        if timeline is None or node == ROOT:
            return -1
        found = self.number_of(node)
        if found >= 0 or self.matches is not None:
            return found
        if self._tree.outline.root.total > PAGE:
            return -1
        for above in self._tree.chain(node)[:-1]:
            number = self.number_of(above)
            row = self.row(number)
            if row is None or row.children > PAGE:
                return -1
            self.expand(number)
        return self.number_of(node)

    def within_open(self, node: int) -> bool:
        """Whether all folders above a node are open, or were when they were last shown."""
        return self.timeline is not None and all(
            above == ROOT or above in self.expanded for above in self.timeline.ancestors(node)
        )

    def seek(self, node: int) -> bool:
        """Reveal a node wherever it is; ``seeking`` tells how that goes on and ends, with the
        newest node alone.  False if there is nothing to be asked."""
        if self.timeline is None or node == ROOT or self.matches is not None:
            return False
        self.seeking.start(self._tree, Wanted(node))
        return True

    def seek_change(self, start: int, backwards: bool) -> None:
        """Reveal the next row after a node that differs from the baseline, or before it; ROOT for
        the first or the last.  Goes on as ``seek`` does."""
        if self.timeline is not None and self.matches is None:
            self.seeking.start(self._tree, WantedChange(start, backwards))

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
                self._fetching.want(place.branch, place.index // PAGE)
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

    # Inside

    def _show(self, tree: FileTree, matches: Matches | None) -> None:
        self.beginResetModel()
        fresh = tree is not self._tree
        self._tree = tree
        self.matches = matches
        if fresh:
            self._fetching.start(tree, self.expanded)
        self._fetching.rest(matches is not None)
        self.endResetModel()
        if matches is not None:
            self.seeking.stop()
        elif fresh:
            self.seeking.go_on_in(tree)

    def _open(self, place: Place[Row], step: Step | None) -> Branch[Row]:
        """Open a folder that was fetched and is closed, and fill the page of a step, or without
        one its beginning."""
        outline, row = self._tree.outline, place.value
        assert row is not None
        number = outline.row(place.branch, place.index)
        self.expanded.add(row.node)
        self.beginInsertRows(QModelIndex(), number + 1, number + row.children)
        branch = outline.open(place, row.node, row.children)
        if step is None:
            self._fetching.bring(branch)
        else:
            self._tree.keep(branch, step.index // PAGE, step.rows)
        self.endInsertRows()
        self._row_changed(number)
        self._fetching.open_remembered(branch, 0 if step is None else step.index // PAGE)
        return branch

    def _unfold(self, steps: list[Step]) -> int:
        """Open the folders on a way and return the row that it leads to."""
        branch = self._tree.outline.root
        index = 0
        for number, step in enumerate(steps):
            if number:
                below = branch.open_child(index)
                branch = self._open(Place(branch, index), step) if below is None else below
            index = step.index
            self._fetching.take(branch, index // PAGE, step.rows)
        return self._tree.outline.row(branch, index)

    def _open_again(self, branch: Branch[Row], index: int) -> None:
        self.reopening.emit()
        self.expand(self._tree.outline.row(branch, index))
        self.reopened.emit()

    def _page_changed(self, branch: Branch[Row], page: int) -> None:
        if self.matches is None:
            outline = self._tree.outline
            first = outline.row(branch, page * PAGE)
            last = outline.row(branch, min(branch.total, (page + 1) * PAGE) - 1)
            self.dataChanged.emit(self.index(first, 0), self.index(last, 0))
        self.refetched.emit()

    def _row_changed(self, number: int) -> None:
        index = self.index(number, 0)
        self.dataChanged.emit(index, index)
