"""Rows of name, bar and amount: what a folder or an image is made of."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from layerscope.engine.dataclass import dataclass
from layerscope.gui import marks, paint, theme
from layerscope.gui.image.hues import Hues

_HEIGHT = 24


@dataclass(frozen=True, slots=True)
class Part:
    """``layer`` 0 means no chip; ``node`` is what a click tells."""

    words: str
    amount: str
    share: float
    layer: int = 0
    node: int = 0


class Bars(QWidget):
    """A short painted list; its accessible description reads it out."""

    clicked = Signal(int)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts: tuple[Part, ...] = ()
        self._hues = Hues()
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_parts(self, parts: Sequence[Part], hues: Hues) -> None:
        self._parts = tuple(parts)
        self._hues = hues
        said = (f"{part.words} {part.amount}" for part in self._parts)
        self.setAccessibleDescription(", ".join(said))
        self.setFixedHeight(len(self._parts) * _HEIGHT)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, len(self._parts) * _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        for number, part in enumerate(self._parts):
            y = number * _HEIGHT
            x = 0.0
            hue = look.ctl
            if part.layer:
                chip = QRectF(0, y + 3, 24 if part.layer < 100 else 32, 18)
                marks.draw_chip(painter, chip, self._hues.of(part.layer), text=str(part.layer))
                hue = paint.layer_colour(self._hues.of(part.layer))
                x = chip.right() + 8
            right = QRectF(self.width() - 76, y, 76, _HEIGHT)
            align = Qt.AlignmentFlag.AlignRight
            paint.draw_text(painter, right, part.amount, paint.font(12), look.tx2, align)
            bar = QRectF(self.width() - 76 - 84, y + 9.5, 76, 5)
            paint.draw_bar(painter, bar, part.share, hue)
            room = QRectF(x, y, bar.x() - x - 10, _HEIGHT)
            middle = Qt.TextElideMode.ElideMiddle
            paint.draw_text(painter, room, part.words, paint.font(12.5), look.tx, elide=middle)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        number = int(event.position().y() // _HEIGHT)
        if 0 <= number < len(self._parts) and self._parts[number].node:
            self.clicked.emit(self._parts[number].node)
