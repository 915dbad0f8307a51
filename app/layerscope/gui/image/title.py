"""The two painted lines of the image header: its name with pills, and its facts with dots."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from layerscope.engine.dataclass import dataclass
from layerscope.gui import paint, theme


@dataclass(frozen=True, slots=True)
class Pill:
    """``tone`` is ``line`` (outlined), ``hover`` (filled) or ``warn`` (amber)."""

    words: str
    icon: str = ""
    tone: str = "line"


class Title(QWidget):
    """``before`` in grey, ``name`` large, then pills; what does not fit is cut from the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._before: tuple[str, ...] = ()
        self._name = ""
        self._pills: tuple[Pill, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_name(self, before: Sequence[str], name: str, pills: Sequence[Pill]) -> None:
        self._before = tuple(before)
        self._name = name
        self._pills = tuple(pills)
        said = " / ".join((*before, name))
        self.setAccessibleName(", ".join((said, *(pill.words for pill in pills))))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, 28)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        x, height = 0.0, float(self.height())
        large, small = paint.font(19, 600), paint.font(15)
        wanted = min(paint.text_width(self._name, large), self.width())
        for part in self._before:
            room = QRectF(x, 1, self.width() - x - wanted, height)
            if room.width() > 24:
                x += paint.draw_text(painter, room, f"{part} / ", small, look.tx3)
        room = QRectF(x, 0, self.width() - x, height)
        x += paint.draw_text(painter, room, self._name, large, look.tx) + 12
        used = paint.font(11.5, 500)
        for pill in self._pills:
            width = paint.pill_width(pill.words, pill.icon, used)
            if x + width > self.width():
                break
            ink = look.warn if pill.tone == "warn" else look.tx2
            fill = {"hover": look.hover, "warn": look.modbg}.get(pill.tone)
            line = look.line2 if pill.tone == "line" else None
            at = QPointF(x, (height - 20) / 2)
            x += paint.draw_pill(painter, at, pill.words, ink, fill, line, pill.icon, 20, used) + 6


class Facts(QWidget):
    """Short facts in one line with dots between them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts: tuple[str, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_facts(self, facts: Sequence[str]) -> None:
        self._facts = tuple(facts)
        self.setAccessibleName(", ".join(facts))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        x, used = 0.0, paint.font(12)
        for number, fact in enumerate(self._facts):
            if number:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(look.line2)
                painter.drawEllipse(QPointF(x, self.height() / 2 + 0.5), 1.6, 1.6)
                x += 10
            if x > self.width() - 30:
                break
            room = QRectF(x, 0, self.width() - x, self.height())
            x += paint.draw_text(painter, room, fact, used, look.tx2) + 10
