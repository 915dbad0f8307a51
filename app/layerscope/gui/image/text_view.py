"""Text as it is: numbered lines that are cut but never wrapped, and never markup."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QTextOption
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from layerscope.gui import paint, theme

_RIGHT = Qt.AlignmentFlag.AlignRight


class TextView(QPlainTextEdit):
    """A read-only text with line numbers; ``replaced`` tells that it is another one."""

    replaced = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown = ""
        self._gutter = _Gutter(self)
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(paint.font(11.5, mono=True))
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setWordWrapMode(QTextOption.WrapMode.NoWrap)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setTabChangesFocus(True)
        self.blockCountChanged.connect(self._measure)
        self.updateRequest.connect(self._scrolled)
        self._measure()

    def show_lines(self, lines: tuple[str, ...]) -> None:
        self.shown = "\n".join(lines)
        self.setPlainText(self.shown)
        self._measure()
        self.replaced.emit()

    # Line numbers

    def draw_numbers(self, painter: QPainter, area: QRect) -> None:
        look = theme.current()
        painter.fillRect(area, look.code)
        block = self.firstVisibleBlock()
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        used = paint.font(10.5, mono=True)
        width = self._gutter.width() - 10
        line = float(self.fontMetrics().height())
        while block.isValid() and top <= area.bottom():
            height = self.blockBoundingRect(block).height()
            if block.isVisible() and top + height >= area.top():
                rect = QRectF(0, top, width, min(height, line))
                number = str(block.blockNumber() + 1)
                paint.draw_text(painter, rect, number, used, look.tx3, _RIGHT, None)
            block = block.next()
            top += height

    def gutter_width(self) -> int:
        digits = max(3, len(str(self.blockCount())))
        return int(paint.text_width("9", paint.font(10.5, mono=True)) * digits) + 18

    # Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        area = self.contentsRect()
        self._gutter.setGeometry(area.x(), area.y(), self.gutter_width(), area.height())

    def _measure(self, _blocks: int = 0) -> None:
        self.setViewportMargins(self.gutter_width(), 0, 0, 0)
        area = self.contentsRect()
        self._gutter.setGeometry(area.x(), area.y(), self.gutter_width(), area.height())

    def _scrolled(self, area: QRect, down: int) -> None:
        if down:
            self._gutter.scroll(0, down)
        else:
            self._gutter.update(0, area.y(), self._gutter.width(), area.height())


class _Gutter(QWidget):
    def __init__(self, text: TextView) -> None:
        super().__init__(text)
        self._text = text

    def sizeHint(self) -> QSize:
        return QSize(self._text.gutter_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._text.draw_numbers(QPainter(self), event.rect())
