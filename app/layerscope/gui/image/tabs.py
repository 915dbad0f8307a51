"""Tabs drawn as words over a line, the chosen one underlined."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QTabBar, QWidget

from layerscope.gui import paint, theme

_ICON = 20  #: what an icon and its gap take


class Tabs(QTabBar):
    """A tab bar; ``icons`` are names of icons, or empty for words alone."""

    def __init__(
        self,
        name: str,
        words: tuple[str, ...],
        icons: tuple[str, ...] = (),
        px: float = 13,
        gap: int = 24,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._icons = icons
        self._px = px
        self._gap = gap
        self.setAccessibleName(name)
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setUsesScrollButtons(False)
        for word in words:
            self.addTab(word)
        theme.changed.connect(self.update)

    def tabSizeHint(self, index: int) -> QSize:
        word = paint.text_width(self.tabText(index), paint.font(self._px, 600))
        icon = _ICON if self._icons else 0
        return QSize(int(word) + icon + self._gap + 2, 30)

    def minimumTabSizeHint(self, index: int) -> QSize:
        return self.tabSizeHint(index)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        for index in range(self.count()):
            rect = QRectF(self.tabRect(index)).adjusted(0, 0, -self._gap, 0)
            on = index == self.currentIndex()
            x = rect.x()
            if self._icons:
                box = QRectF(x, rect.center().y() - 8, 14, 14)
                colour = look.acc if on else look.tx3
                paint.draw_icon(painter, self._icons[index], box, colour)
                x += _ICON
            used = paint.font(self._px, 600 if on else 500)
            words = QRectF(x, rect.y(), rect.right() - x + 4, rect.height() - 3)
            colour = look.tx if on else look.tx2
            paint.draw_text(painter, words, self.tabText(index), used, colour, elide=None)
            if on:
                line = QRectF(rect.x(), rect.bottom() - 2, rect.width(), 3)
                paint.draw_round(painter, line, 1.5, look.acc)
                if self.hasFocus():
                    ring = rect.adjusted(-6, 2, 6, -3)
                    paint.draw_round(painter, ring, 5, None, look.acc, 2)
