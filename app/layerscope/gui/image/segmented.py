"""A switch between a few ways to look: one box, one of its parts raised."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from layerscope.gui import paint, theme

_CENTRE = Qt.AlignmentFlag.AlignHCenter


class Segmented(QWidget):
    """Parts side by side; ``chosen`` tells the number of the one the person picked."""

    chosen = Signal(int)

    def __init__(self, name: str, parts: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.current = 0
        self._name = name
        self._parts = parts
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)
        self._named()

    @property
    def parts(self) -> tuple[str, ...]:
        return self._parts

    def set_parts(self, parts: tuple[str, ...], current: int) -> None:
        """Change words and choice; emits nothing."""
        self._parts = parts
        self.current = current
        self._named()
        self.updateGeometry()
        self.update()

    def choose(self, part: int) -> None:
        """As if the person had picked ``part``."""
        if part != self.current and 0 <= part < len(self._parts) and self.isEnabled():
            self.current = part
            self._named()
            self.update()
            self.chosen.emit(part)

    # Qt

    def sizeHint(self) -> QSize:
        widest = max(paint.text_width(part, paint.font(12, 600)) for part in self._parts)
        return QSize(int(widest + 30) * len(self._parts) + 4, 27)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        box = QRectF(self.rect())
        paint.draw_round(painter, box, 7, look.hover, look.line)
        width = (box.width() - 4) / len(self._parts)
        for number, part in enumerate(self._parts):
            rect = QRectF(2 + number * width, 2, width, box.height() - 4)
            on = number == self.current
            if on:
                line, thick = (look.acc, 2.0) if self.hasFocus() else (look.line2, 1.0)
                paint.draw_round(painter, rect, 5, look.surf, line, thick)
            colour = look.tx if on else look.tx2
            used = paint.font(12, 600 if on else 500)
            paint.draw_text(painter, rect.translated(0, -0.5), part, used, colour, _CENTRE)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.choose(int(event.position().x() * len(self._parts) / max(1, self.width())))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Left | Qt.Key.Key_Up:
                self.choose(self.current - 1)
            case Qt.Key.Key_Right | Qt.Key.Key_Down:
                self.choose(self.current + 1)
            case Qt.Key.Key_Space:
                self.choose((self.current + 1) % len(self._parts))
            case _:
                super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def _named(self) -> None:
        self.setAccessibleName(f"{self._name}: {self._parts[self.current]}")
