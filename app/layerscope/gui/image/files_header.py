"""The heading of the file list; a click or the keys choose what it is sorted by."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from layerscope.gui import paint, theme
from layerscope.gui.image.file_tree import Order
from layerscope.gui.image.files_columns import SORTS, Columns

_RIGHT = Qt.AlignmentFlag.AlignRight
_CENTRE = Qt.AlignmentFlag.AlignHCenter


class FilesHeader(QWidget):
    """Left and Right move between the headings, Space or Enter sorts."""

    order_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.order = Order()
        self.margin = 0  #: what the scroll bar of the list takes
        self._at = 1
        self._words = (
            self.tr("From"),
            self.tr("Name"),
            self.tr("±"),
            self.tr("Layers"),
            self.tr("Size"),
        )
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedHeight(25)
        self._named()
        theme.changed.connect(self.update)

    def show_order(self, order: Order) -> None:
        self.order = order
        self._named()
        self.update()

    def choose(self, column: int) -> None:
        """Sort by a heading; again turns the order round."""
        sort = SORTS[column]
        if sort is None:
            return
        same = self.order.sort is sort
        first_down = column in (2, 4)
        descending = not self.order.descending if same else first_down
        self.order_chosen.emit(Order(sort, descending))

    # Qt

    def sizeHint(self) -> QSize:
        return QSize(400, 25)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        painter.fillRect(self.rect(), look.surf)
        painter.fillRect(QRectF(0, 0, self.width(), 1), look.line)
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), look.line)
        for column, rect in enumerate(self._rects()):
            sorted_by = SORTS[column] is self.order.sort
            used = paint.font(11, 600 if sorted_by else 500)
            colour = look.tx2 if sorted_by else look.tx3
            align = {2: _CENTRE, 4: _RIGHT}.get(column, Qt.AlignmentFlag.AlignLeft)
            words = self._words[column]
            arrow = sorted_by and (column != 1 or self.order.descending)
            box = rect.adjusted(0, 0, -12, 0) if arrow and column == 4 else rect
            width = paint.draw_text(painter, box, words, used, colour, align, None)
            if arrow:
                x = rect.right() - 10 if column == 4 else rect.x() + width + 3
                if column == 2:
                    x = rect.center().x() + width / 2 + 1
                icon = "arrow-down" if self.order.descending else "arrow-up"
                paint.draw_icon(painter, icon, QRectF(x, rect.center().y() - 5, 10, 10), colour)
            if self.hasFocus() and column == self._at:
                paint.draw_round(painter, rect.adjusted(-4, 3, 4, -3), 4, None, look.acc, 2)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        for column, rect in enumerate(self._rects()):
            if rect.adjusted(-6, 0, 6, 0).contains(event.position()):
                self.choose(column)
                return

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Left | Qt.Key.Key_Right:
                step = 1 if event.key() == Qt.Key.Key_Right else -1
                self._at = (self._at + step) % len(SORTS)
                if SORTS[self._at] is None:
                    self._at = (self._at + step) % len(SORTS)
                self.update()
            case Qt.Key.Key_Space | Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.choose(self._at)
            case _:
                super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def _rects(self) -> list[QRectF]:
        columns = Columns.of_width(self.width() - self.margin)
        height = self.height() - 1
        return [
            QRectF(columns.origin, 0, 36, height),
            QRectF(columns.name, 0, 90, height),
            QRectF(columns.badge - 4, 0, 26, height),
            QRectF(columns.layers, 0, 90, height),
            QRectF(columns.size - 76, 0, 76, height),
        ]

    def _named(self) -> None:
        column = SORTS.index(self.order.sort) if self.order.sort in SORTS else 1
        name = (
            self.tr("origin layer"),
            self.tr("name"),
            self.tr("change"),
            "",
            self.tr("size"),
        )[column]
        words = self.tr("Files, sorted by {what}").format(what=name)
        self.setAccessibleName(words)
