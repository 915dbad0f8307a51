"""The bar of one transfer: how much of what must travel has arrived."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from layerscope.gui import paint, theme
from layerscope.gui.transfers.transfers import State


class TransferBar(QWidget):
    """Hatched while nobody knows how far it is."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(260, 30)
        self._share: float | None = None
        self._state = State.RUNNING
        theme.changed.connect(self.update)

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
