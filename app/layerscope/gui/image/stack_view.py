"""The list of the layer stack: selecting a layer, and moving the viewing line."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from layerscope.engine.library.values import ImageDetail
from layerscope.gui import theme
from layerscope.gui.image.hues import Hues
from layerscope.gui.image.stack_delegate import StackDelegate
from layerscope.gui.image.stack_model import StackModel
from layerscope.gui.image.stack_plan import Item, Part, Shown

_GRIP = 14  #: so far from the line, in pixels, it can be taken


class StackView(QListView):
    """The layers of an image, top first.

    ``layer_selected`` is emitted for choices of the person only; ``line_moved`` while the viewing
    line is dragged; ``layer_entered`` by Enter or a double click; ``files_wanted`` by Ctrl+G;
    ``band_toggled`` with the first layer of a band; ``menu_wanted`` with a layer and a global
    position.
    """

    layer_selected = Signal(int)
    line_moved = Signal(int)
    layer_entered = Signal(int)
    files_wanted = Signal(int)
    band_toggled = Signal(int)
    menu_wanted = Signal(int, QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.stack = StackModel(self)
        self.cards = StackDelegate(self)
        self._dragging = False
        self._showing = False
        self.setModel(self.stack)
        self.setItemDelegate(self.cards)
        self.setAccessibleName(self.tr("Layers"))
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.selectionModel().currentChanged.connect(self._current_changed)
        theme.changed.connect(self.viewport().update)

    @property
    def selected(self) -> int:
        """The selected layer, 0 while a band or nothing is."""
        item = self._item(self.currentIndex())
        return item.layer.number if item is not None and item.layer is not None else 0

    def show_stack(
        self, detail: ImageDetail | None, shown: Shown, hues: Hues, selected: int
    ) -> None:
        """Show ``detail`` with ``selected`` selected, the scroll position kept."""
        at = self.verticalScrollBar().value()
        self._showing = True
        self.stack.show(detail, shown, hues)
        self.select(selected)
        self.verticalScrollBar().setValue(at)
        self._showing = False

    def select(self, layer: int) -> None:
        row = self.stack.row_of(layer)
        if row >= 0 and row != self.currentIndex().row():
            flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
            showing, self._showing = self._showing, True
            self.selectionModel().setCurrentIndex(self.stack.index(row), flag)
            self._showing = showing

    def content_height(self) -> int:
        """How high the list would be without scrolling."""
        last = self.stack.rowCount() - 1
        if last < 0:
            return 0
        first = self.visualRect(self.stack.index(0))
        return self.visualRect(self.stack.index(last)).bottom() - first.top() + 1

    # Qt

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if event.button() == Qt.MouseButton.LeftButton and self._on_line(at):
            self._dragging = True
            return
        super().mousePressEvent(event)
        item = self._item(self.indexAt(at))
        if item is not None and item.band is not None:
            self.band_toggled.emit(item.band.first)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            wanted = self._layer_below(event.position().toPoint().y())
            if wanted and wanted != self.stack.shown.as_of:
                self.line_moved.emit(wanted)
            return
        on_line = self._on_line(event.position().toPoint())
        shape = Qt.CursorShape.SizeVerCursor if on_line else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragging = False
        super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        item = self._item(self.indexAt(event.position().toPoint()))
        if item is not None and item.layer is not None and item.part is Part.LAYER:
            self.layer_entered.emit(item.layer.number)
        else:
            super().mouseDoubleClickEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self._item(self.currentIndex())
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if (
            item is not None
            and item.band is not None
            and (enter or event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right))
        ):
            self.band_toggled.emit(item.band.first)
        elif enter and self.selected:
            self.layer_entered.emit(self.selected)
        elif (
            event.key() == Qt.Key.Key_G
            and event.modifiers() == Qt.KeyboardModifier.ControlModifier
            and self.selected
        ):
            self.files_wanted.emit(self.selected)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        item = self._item(index)
        if item is not None and item.part is Part.LAYER and item.layer is not None:
            at = self.visualRect(index).center() if by_key else event.pos()
            self.menu_wanted.emit(item.layer.number, self.viewport().mapToGlobal(at))

    # Inside

    def _current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        item = self._item(current)
        if not self._showing and item is not None and item.layer is not None:
            self.layer_selected.emit(item.layer.number)

    def _item(self, index: QModelIndex) -> Item | None:
        return self.stack.items[index.row()] if index.isValid() else None

    def _on_line(self, at: QPoint) -> bool:
        for row, item in enumerate(self.stack.items):
            if item.part is Part.LINE:
                y = self.visualRect(self.stack.index(row)).top() + 6
                return abs(at.y() - y) <= _GRIP
        return False

    def _layer_below(self, y: int) -> int:
        """The layer that the line lies on when it is dropped at ``y``: the nearest upper edge."""
        best, nearest = 0, 1 << 30
        for row, item in enumerate(self.stack.items):
            number = item.layer.number if item.part is Part.LAYER and item.layer else 0
            if item.part is Part.BAND and item.band is not None:
                number = item.band.last
            if number:
                distance = abs(self.visualRect(self.stack.index(row)).top() - y)
                if distance < nearest:
                    best, nearest = number, distance
        return best
