"""The bar of one transfer: how much of what must travel has arrived."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from layerscope.gui import paint, theme
from layerscope.gui.transfers.transfers import State


class TransferBar(QWidget):
    """Hatched while nobody knows how far it is."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(30)
        self.setMinimumWidth(70)
        self.setMaximumWidth(260)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._share: float | None = None
        self._state = State.RUNNING
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(260, 30)

    def show_share(self, share: float | None, state: State) -> None:
        self._share, self._state = share, state
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        box = QRectF(0, self.height() / 2 - 3, self.width(), 6)
        ink = {
            State.FAILED: look.err,
            State.CANCELLED: look.warn,
            State.PAUSED: look.warn,
            State.DONE: look.ok,
        }
        paint.draw_bar(painter, box, self._share or 0.0, ink.get(self._state, look.acc), look.line2)
        if self._share is None and self._state is State.RUNNING:
            paint.draw_hatch(painter, box, look.acc)
