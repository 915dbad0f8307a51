"""Small controls of the sheets: choice cards, check boxes, remarks with an icon."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QWidget

from layerscope.gui import paint, sizes, theme
from layerscope.gui.plain import plain


class ChoiceCard(QAbstractButton):
    """A radio button on a card, with a second line.  Whoever owns several keeps one checked."""

    def __init__(self, title: str, detail: str) -> None:
        super().__init__()
        self._detail = detail
        self.setText(title)
        self.setAccessibleName(title)
        self.setAccessibleDescription(detail)
        self.setCheckable(True)
        self.setFixedHeight(52)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def sizeHint(self) -> QSize:
        wide = max(
            paint.text_width(self.text(), paint.font(13, 600)),
            paint.text_width(self._detail, paint.font(11.5)),
        )
        return QSize(max(196, int(wide) + 56), 52)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        on = self.isChecked()
        line, width = (look.acc, 1.4) if on else (look.line2, 1.0)
        if self.hasFocus():
            line, width = look.acc, 2.2
        fill = look.sel if on else look.surf
        paint.draw_round(painter, QRectF(self.rect()), sizes.RADIUS_CARD, fill, line, width)
        painter.setBrush(look.surf)
        painter.setPen(QPen(look.acc if on else look.ctl, 1.6))
        painter.drawEllipse(QPointF(20, 26), 7.5, 7.5)
        if on:
            painter.setBrush(look.acc)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawEllipse(QPointF(20, 26), 4, 4)
        wide = self.width() - 46
        title = QRectF(38, 7, wide, 20)
        paint.draw_text(painter, title, self.text(), paint.font(13, 600), look.tx)
        detail = QRectF(38, 27, wide, 18)
        paint.draw_text(painter, detail, self._detail, paint.font(11.5), look.tx2)


class Box(QAbstractButton):
    """A check box."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.setText(text)
        self.setAccessibleName(text)
        self.setCheckable(True)
        self.setFixedHeight(28)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def sizeHint(self) -> QSize:
        return QSize(int(paint.text_width(self.text(), paint.font(12.5))) + 36, 28)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        from layerscope.gui.dialogs.candidates import draw_box

        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        draw_box(painter, QRectF(4, (self.height() - 17) / 2, 17, 17), self.isChecked())
        words = QRectF(30, -1, self.width() - 30, self.height())
        ink = look.tx if self.isEnabled() else look.tx3
        paint.draw_text(painter, words, self.text(), paint.font(12.5), ink)
        if self.hasFocus():
            ring = QRectF(self.rect()).adjusted(0, 1, 0, -1)
            paint.draw_round(painter, ring, 5, None, look.acc, sizes.FOCUS_RING)


class Remark(QWidget):
    """A quiet sentence with an icon before it."""

    def __init__(self, icon: str, text: str) -> None:
        super().__init__()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(9)
        layout.addWidget(Picture(icon, 15, "tx2"))
        layout.addWidget(plain(text, 12, tone="tx2", wrap=True), 1)


class Picture(QWidget):
    """An icon by itself, for the eye only."""

    def __init__(self, icon: str, side: int, token: str) -> None:
        super().__init__()
        self._icon, self._token = icon, token
        self.setFixedSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.draw_icon(
            painter, self._icon, QRectF(self.rect()), theme.current().colour(self._token)
        )
