"""The table of the library: keys, clicks and selection; model and delegate do the rest."""

from __future__ import annotations

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
)
from PySide6.QtWidgets import QHeaderView, QTableView

from layerscope.engine.library.values import ImageRow
from layerscope.gui import sizes, theme
from layerscope.gui.library.columns import Places
from layerscope.gui.library.delegate import LibraryDelegate
from layerscope.gui.library.model import ROW, LibraryModel

_LONGEST_PASTE = 1024


class LibraryTable(QTableView):
    """One column of whole rows, which stays fast however many there are."""

    opened = Signal(object)  #: an ImageRow
    menu_asked = Signal(object, QPoint)
    selected = Signal()
    pasted = Signal(str)  #: a text that is one line

    def __init__(self, model: LibraryModel) -> None:
        super().__init__()
        self.setModel(model)
        self.delegate = LibraryDelegate(model, self)
        self.setItemDelegate(self.delegate)
        self.setAccessibleName(self.tr("Images"))
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setShowGrid(False)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(sizes.ROW_LIBRARY)
        self.verticalHeader().setMinimumSectionSize(sizes.ROW_LIBRARY)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.doubleClicked.connect(self._open)
        theme.changed.connect(self.viewport().update)

    def rows(self) -> list[ImageRow]:
        """The selected images, from the top of the table."""
        chosen = sorted(index.row() for index in self.selectionModel().selectedRows())
        model = self.model()
        return [model.index(place, 0).data(ROW) for place in chosen]

    def select_again(self, places: list[int], current: int | None) -> None:
        """Select rows after the model has changed, quietly."""
        chosen = QItemSelection()
        for place in places:
            index = self.model().index(place, 0)
            chosen.select(index, index)
        self.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if current is not None:
            self.selectionModel().setCurrentIndex(
                self.model().index(current, 0), QItemSelectionModel.SelectionFlag.NoUpdate
            )

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        self.selected.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex())
        elif event.key() == Qt.Key.Key_Escape:
            self.clearSelection()
        elif event.matches(QKeySequence.StandardKey.Copy):
            self._copy()
        elif event.matches(QKeySequence.StandardKey.Paste):
            self._paste()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and self._on_dots(index, event):
            self._ask(index, event.globalPosition().toPoint())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.indexAt(event.pos())
        if event.reason() == QContextMenuEvent.Reason.Keyboard or not index.isValid():
            index = self.currentIndex()
            corner = self.visualRect(index).bottomLeft() + QPoint(40, -6)
            self._ask(index, self.viewport().mapToGlobal(corner))
        else:
            self._ask(index, event.globalPos())

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.viewport().update()

    def _on_dots(self, index: QModelIndex, event: QMouseEvent) -> bool:
        if not index.isValid():
            return False
        row = QRectF(self.visualRect(index))
        return Places(row.width()).menu(row).contains(event.position())

    def _open(self, index: QModelIndex) -> None:
        row = index.data(ROW) if index.isValid() else None
        if isinstance(row, ImageRow):
            self.opened.emit(row)

    def _copy(self) -> None:
        """The references of the selected images, a line each; of untagged ones the ID."""
        lines = [row.familiar[0] if row.familiar else str(row.image_id) for row in self.rows()]
        if lines:
            QGuiApplication.clipboard().setText("\n".join(lines))

    def _paste(self) -> None:
        text = QGuiApplication.clipboard().text().strip()
        if text and "\n" not in text and len(text) <= _LONGEST_PASTE:
            self.pasted.emit(text)

    def _ask(self, index: QModelIndex, where: QPoint) -> None:
        row = index.data(ROW) if index.isValid() else None
        if isinstance(row, ImageRow):
            self.menu_asked.emit(row, where)
