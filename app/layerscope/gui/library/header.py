"""The header of the library's table: one button per column, which sorts by it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QEnterEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from layerscope.gui import paint, theme
from layerscope.gui.library.columns import NUMBERS, Column, Places
from layerscope.gui.plain import tooltip


class Header(QWidget):
    sorted = Signal(Column, bool)  #: by what, and whether descending

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(29)
        tips = {
            Column.SIZE: self.tr("Unpacked size: the bytes of all layers as the image's files."),
            Column.UNIQUE: self.tr("Stored bytes that are freed if only this image is deleted."),
            Column.SHARED: self.tr("Stored bytes that another image needs as well."),
            Column.LAYERS: self.tr("Blocks of layers; equal colours are the same block."),
        }
        self._cells: dict[Column, HeaderCell] = {}
        for column, name in (
            (Column.NAME, self.tr("Repository and tag")),
            (Column.ID, self.tr("Image ID")),
            (Column.LAYERS, self.tr("Layers")),
            (Column.SIZE, self.tr("Size")),
            (Column.UNIQUE, self.tr("Unique")),
            (Column.SHARED, self.tr("Shared")),
            (Column.CREATED, self.tr("Created")),
        ):
            cell = HeaderCell(column, name, self)
            cell.setToolTip(tooltip(tips.get(column, "")))
            cell.clicked.connect(self._ask)
            self._cells[column] = cell
        theme.changed.connect(self.update)

    def show_order(self, column: Column, descending: bool) -> None:
        for one, cell in self._cells.items():
            cell.order = None if one is not column else descending
            words = self.tr("sorted descending") if descending else self.tr("sorted ascending")
            cell.setAccessibleDescription(words if one is column else "")
            cell.update()

    def cell(self, column: Column) -> HeaderCell:
        return self._cells[column]

    def resizeEvent(self, event: QResizeEvent) -> None:
        places = Places(self.width())
        for column, cell in self._cells.items():
            box = places.box(column, QRectF(0, 0, self.width(), self.height() - 1))
            cell.setGeometry(box.toRect())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(0, self.height() - 1, self.width(), 1, theme.current().line)

    def _ask(self) -> None:
        cell = self.sender()
        assert isinstance(cell, HeaderCell)
        natural = cell.column in (*NUMBERS, Column.LAYERS)
        self.sorted.emit(cell.column, natural if cell.order is None else not cell.order)


class HeaderCell(QAbstractButton):
    def __init__(self, column: Column, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.column = column
        self.order: bool | None = None  #: descending or not; None when not sorted by this
        self.setText(name)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        ink = look.tx if self.underMouse() or self.order is not None else look.tx3
        used = paint.font(11, 600 if self.order is not None else 500)
        box = QRectF(self.rect())
        number = self.column in NUMBERS
        wide = min(paint.text_width(self.text(), used), box.width())
        align = Qt.AlignmentFlag.AlignRight if number else Qt.AlignmentFlag.AlignLeft
        paint.draw_text(painter, box, self.text(), used, ink, align)
        if self.order is not None:
            x = box.right() - wide - 16 if number else wide + 4
            if 0 <= x <= box.width() - 12:
                icon = "arrow-down" if self.order else "arrow-up"
                paint.draw_icon(painter, icon, QRectF(x, box.height() / 2 - 6, 12, 12), ink)
        if self.hasFocus():
            paint.draw_round(painter, box.adjusted(0, 3, 0, -3), 4, None, look.acc, 2)
