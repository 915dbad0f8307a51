"""The file list: a one-column table with the keys of a tree."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from layerscope.engine.rootfs import ROOT, Kind, Row
from layerscope.gui import sizes, theme
from layerscope.gui.image.expanding import Expanding
from layerscope.gui.image.file_tree import Order
from layerscope.gui.image.files_delegate import FilesDelegate
from layerscope.gui.image.files_model import FilesModel, Role

_TYPED_THROUGH = 20_000  #: rows that type-ahead looks at


class FilesView(QTableView):
    """Rows of a ``FilesModel``.

    ``row_chosen`` tells the current Row or None, at once; whoever fills details waits for a rest.
    ``insisted`` tells one that a person chose when it was current already.
    ``opened`` is Enter on a file, ``peeked`` Space, ``origin_wanted`` Ctrl+G with a layer.
    """

    row_chosen = Signal(object)
    insisted = Signal(object)
    opened = Signal(object)
    peeked = Signal(object)
    origin_wanted = Signal(int)
    chip_clicked = Signal(int)
    menu_wanted = Signal(QPoint)
    resized = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.files = FilesModel(self)
        self.rows = FilesDelegate(self)
        self.expanding = Expanding(self.files)
        self._current: Row | None = None  #: the current row, None while it is fetched
        self._follows = True  #: whether what is looked for is scrolled to
        self._held: int | None = None  #: where the current row is to stay
        self.files.seeking.found.connect(self._found)
        self.files.refetched.connect(self._rows_came)
        self.files.reopening.connect(self._hold)
        self.files.reopened.connect(self._let_go)
        self.setModel(self.files)
        self.setItemDelegate(self.rows)
        self.setAccessibleName(self.tr("Files"))
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setMinimumSectionSize(sizes.ROW_FILES)
        self.verticalHeader().setDefaultSectionSize(sizes.ROW_FILES)
        self.selectionModel().currentChanged.connect(self._current_changed)
        self.clicked.connect(self._clicked)
        theme.changed.connect(self.viewport().update)

    @property
    def current(self) -> Row | None:
        """Also while its page is forgotten because it was out of sight for long."""
        return self._current if self.currentIndex().isValid() else None

    @property
    def in_sight(self) -> bool:
        """Whether the current row is, wholly; while there is none, whether it was to be."""
        index = self.currentIndex()
        if not index.isValid():
            return self._follows
        place = self.visualRect(index)
        return not place.isEmpty() and self.viewport().rect().contains(place)

    def chosen(self) -> list[Row]:
        """The selected rows in the order of the list; those not fetched yet are left out."""
        selection = self.selectionModel().selection()
        numbers: list[int] = []
        for place in range(selection.count()):
            part = selection.at(place)
            numbers.extend(range(part.top(), part.bottom() + 1))
        rows = (self.files.row(number) for number in sorted(numbers))
        return [row for row in rows if row is not None]

    def choose(self, node: int) -> bool:
        """Make a node the current row, its folders opened: soon where that needs reading, unless
        another row is made current meanwhile.  False if it cannot be shown."""
        return self._choose(node, True)

    def keep(self, node: int, in_sight: bool) -> None:
        """The list was shown otherwise: make a node the current row as ``choose`` does, but open
        no folder that a person had closed, and scroll only if it is to be ``in_sight``."""
        self.files.seeking.stop()
        if self.files.matches is not None or self.files.within_open(node):
            self._choose(node, in_sight)

    def sort_by(self, order: Order) -> None:
        """Show another order, in which the current row stays current and is scrolled to."""
        current, sought = self.current, self.files.seeking.node
        self.files.sort_by(order)
        if current is not None and sought is None:
            self.choose(current.node)

    def parent_of_current(self) -> None:
        """Make the folder of the current row current."""
        index = self.currentIndex()
        if index.isValid():
            above = self.files.parent_number(index.row())
            if above >= 0:
                self._go(above)

    def next_change(self, backwards: bool = False) -> None:
        """Go to the next row that differs from the baseline, opening the folders above it: soon
        where that needs reading, as with ``choose``."""
        if self.files.matches is None:
            self._follows = True
            current = self.current
            self.files.seek_change(ROOT if current is None else current.node, backwards)
            return
        step = -1 if backwards else 1
        number = self.currentIndex().row() + step if self.currentIndex().isValid() else 0
        while (row := self.files.row(number)) is not None and not row.badge:
            number += step
        if row is not None:
            self._go(number)

    # Qt

    def keyPressEvent(self, event: QKeyEvent) -> None:
        before = self.currentIndex()
        if not self._handled(event):
            super().keyPressEvent(event)
        if self.currentIndex() != before:
            self.files.seeking.stop()

    def _handled(self, event: QKeyEvent) -> bool:
        index = self.currentIndex()
        number = index.row()
        key, plain = event.key(), event.modifiers() in _PLAIN
        if not index.isValid():
            return False
        if event.modifiers() == Qt.KeyboardModifier.AltModifier and key == Qt.Key.Key_Up:
            self.parent_of_current()
        elif event.modifiers() == Qt.KeyboardModifier.ControlModifier and key == Qt.Key.Key_G:
            if (row := self.current) is not None and row.origin:
                self.origin_wanted.emit(row.origin)
        elif plain and key == Qt.Key.Key_Right:
            self._right(number)
        elif plain and key == Qt.Key.Key_Left:
            self._left(number)
        elif key == Qt.Key.Key_Asterisk:
            self.expanding.start(number)
        elif plain and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._enter(number)
        elif plain and key == Qt.Key.Key_Space:
            self.peeked.emit(self.current)
        elif plain and key == Qt.Key.Key_Home:
            self._go(0)
        elif plain and key == Qt.Key.Key_End:
            self._go(self.files.rowCount() - 1)
        else:
            return False
        return True

    def keyboardSearch(self, search: str) -> None:
        """Type-ahead over the rows that were fetched, from the current one on."""
        wanted = search.casefold()
        start = max(0, self.currentIndex().row())
        for number in self._round(start + (len(search) == 1)):
            row = self.files.row(number)
            if row is not None and row.name.decode("utf-8", "replace").casefold().startswith(
                wanted
            ):
                self._go(number)
                return

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid():
            self.files.seeking.stop()
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            rect = QRectF(self.visualRect(index))
            depth = index.data(Role.DEPTH) or 0
            point = event.position()
            if self.rows.chevron(rect, depth).contains(point):
                self._toggle(index.row())
                return
            row = self.files.row(index.row())
            if row is not None and point.x() < rect.x() + 44 and row.origin:
                self.chip_clicked.emit(row.origin)
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            self._enter(index.row())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            at = self.visualRect(self.currentIndex()).center()
        else:
            at = event.pos()
        self.menu_wanted.emit(self.viewport().mapToGlobal(at))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def selectAll(self) -> None:
        """A million selected rows would be asked for one by one; select what is fetched here."""
        if self.files.rowCount() <= _TYPED_THROUGH:
            super().selectAll()

    # Inside

    def _choose(self, node: int, follow: bool) -> bool:
        self.files.seeking.stop()
        self._follows = follow
        number = self.files.reveal(node)
        if number < 0:
            return self.files.seek(node)
        self._found(number)
        return True

    def _found(self, number: int) -> None:
        value = self.verticalScrollBar().value()
        self._go(number, QAbstractItemView.ScrollHint.PositionAtCenter)
        if not self._follows:
            self.verticalScrollBar().setValue(value)

    def _hold(self) -> None:
        """Rows are about to come in above the current one, and nobody asked for them just now."""
        place = self.visualRect(self.currentIndex())
        self._held = place.top() if self.viewport().rect().intersects(place) else None

    def _let_go(self) -> None:
        if self._held is not None:
            moved = self.visualRect(self.currentIndex()).top() - self._held
            self.verticalScrollBar().setValue(self.verticalScrollBar().value() + moved)

    def _clicked(self, index: QModelIndex) -> None:
        if index == self.currentIndex():
            self.insisted.emit(self._current)

    def _current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        self._current = self.files.row(current.row()) if current.isValid() else None
        self.row_chosen.emit(self._current)

    def _rows_came(self) -> None:
        """Pages were fetched: the row that was made current before its page was may be in one."""
        index = self.currentIndex()
        if index.isValid() and self._current is None and self.files.row(index.row()) is not None:
            self._current_changed(index, index)

    def _go(
        self,
        number: int,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        self.files.seeking.stop()
        index = self.files.index(number, 0)
        if index.isValid():
            # Qt scrolls as well when a row becomes current, but no further than it must.
            seen = self.viewport().rect().contains(self.visualRect(index))
            again = index == self.currentIndex()
            flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.selectionModel().setCurrentIndex(index, flag)
            if again:
                self.insisted.emit(self._current)
            if not seen:
                self.scrollTo(index, hint)

    def _right(self, number: int) -> None:
        is_open = self.files.is_open(number)
        if is_open is False and self.files.matches is None:
            self.files.expand(number)
        elif is_open:
            self._go(number + 1)

    def _left(self, number: int) -> None:
        if self.files.is_open(number) and self.files.matches is None:
            self.files.collapse(number)
        else:
            self.parent_of_current()

    def _toggle(self, number: int) -> None:
        if self.files.is_open(number):
            self.files.collapse(number)
        else:
            self.files.expand(number)

    def _enter(self, number: int) -> None:
        row = self.files.row(number)
        if row is not None and row.kind is Kind.DIR and self.files.matches is None:
            self._toggle(number)
        elif row is not None:
            self.opened.emit(row)

    def _round(self, start: int) -> Iterator[int]:
        count = self.files.rowCount()
        for step in range(min(count, _TYPED_THROUGH)):
            yield (start + step) % count


_PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
