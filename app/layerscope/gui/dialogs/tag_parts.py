"""The pictures of the tag sheet: cards of a reference's parts, and arrows from names to image."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from layerscope.gui import paint, sizes, theme
from layerscope.gui.plain import display

_MOST = 4


class SourceCard(QWidget):
    """The image that gets the name."""

    def __init__(self, name: str, identity: str) -> None:
        super().__init__()
        self._name, self._identity = name, identity
        self.setFixedHeight(40)
        self.setAccessibleName(f"{name} {identity}")

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        box = QRectF(self.rect())
        paint.draw_round(painter, box, sizes.RADIUS_CARD, look.surf2, look.line)
        paint.draw_icon(painter, "package", QRectF(12, 11, 17, 17), look.tx2)
        mono = paint.font(12, mono=True)
        wide = paint.text_width(self._identity, mono)
        rest = QRectF(box.right() - 16 - wide, 0, wide + 2, box.height())
        paint.draw_text(painter, rest, self._identity, mono, look.tx2, elide=None)
        words = QRectF(38, 0, rest.x() - 50, box.height())
        paint.draw_text(painter, words, self._name, paint.font(13, 600), look.tx)


class PartCard(QWidget):
    """One part of a reference, under its name."""

    def __init__(self, label: str) -> None:
        super().__init__()
        self._label = label
        self.value = ""
        self.setFixedHeight(46)

    def tell(self, value: str) -> None:
        self.value = value
        self.setAccessibleName(f"{self._label}: {display(value)}" if value else self._label)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        wide = paint.text_width(display(self.value), paint.font(12.5, 600)) + 25
        return QSize(int(min(330, max(90.0, wide))), 46)

    def minimumSizeHint(self) -> QSize:
        return QSize(90, 46)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        box = QRectF(self.rect())
        paint.draw_round(painter, box, 7, look.surf2, look.line)
        label = QRectF(12, 5, box.width() - 20, 16)
        paint.draw_text(painter, label, self._label, paint.font(10.5, 500), look.tx3)
        value = QRectF(12, 22, box.width() - 20, 18)
        words = display(self.value) if self.value else "—"
        ink = look.tx if self.value else look.tx3
        middle = Qt.TextElideMode.ElideMiddle
        paint.draw_text(painter, value, words, paint.font(12.5, 600), ink, elide=middle)


class Arrows(QWidget):
    """Every name of an image as a pill, with a line to the one image; the new name in ink."""

    def __init__(self, names: tuple[str, ...], identity: str) -> None:
        super().__init__()
        self._names = names
        self._identity = identity
        self._new = ""
        rows = min(_MOST, len(names)) + 1
        self.setFixedHeight(max(2, rows) * 23 + 17)

    def show_new(self, name: str) -> None:
        self._new = name
        every = ", ".join((*self._names, name) if name else self._names)
        self.setAccessibleName(f"{every} → {self._identity}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        box = QRectF(self.rect())
        paint.draw_round(painter, box, sizes.RADIUS_CARD, look.surf2, look.line)
        target = QRectF(box.right() - 152, box.center().y() - 17, 136, 34)
        names = [*self._names[: _MOST if len(self._names) <= _MOST else _MOST - 1]]
        hidden = len(self._names) - len(names)
        rows = [(name, False) for name in names]
        if hidden:
            rows.append((self.tr("%n more", "", hidden), False))
        if self._new:
            rows.append((self._new, True))
        top = box.center().y() - len(rows) * 23 / 2 + 1.5
        for place, (name, new) in enumerate(rows):
            self._draw_name(painter, QPointF(24, top + place * 23), name, new, target)
        paint.draw_round(painter, target, 7, look.surf, look.line2)
        icon = QRectF(target.x() + 10, target.y() + 9, 16, 16)
        paint.draw_icon(painter, "layers", icon, look.tx2)
        words = target.adjusted(32, 0, -6, 0)
        paint.draw_text(painter, words, self._identity, paint.font(12, 500, True), look.tx)

    def _draw_name(
        self, painter: QPainter, at: QPointF, name: str, new: bool, target: QRectF
    ) -> None:
        look = theme.current()
        used = paint.font(12, 600 if new else 400)
        room = target.x() - 24 - 34 - 60
        name = paint.elided(name, used, room, Qt.TextElideMode.ElideMiddle)
        wide = paint.text_width(name, used) + 36
        pill = QRectF(at.x(), at.y(), wide, 20)
        ink = look.acctx if new else look.tx
        fill, line = (look.acc, None) if new else (look.surf, look.line2)
        paint.draw_round(painter, pill, 10, fill, line)
        tag = QRectF(pill.x() + 8, pill.y() + 4, 12, 12)
        paint.draw_icon(painter, "tag", tag, look.acctx if new else look.tx3)
        paint.draw_text(painter, pill.adjusted(25, -0.5, 0, 0), name, used, ink, elide=None)
        start = QPointF(pill.right() + 4, pill.center().y())
        end = QPointF(target.x(), target.center().y())
        path = QPainterPath(start)
        path.cubicTo(QPointF(end.x() - 24, start.y()), QPointF(end.x() - 34, end.y()), end)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(look.acc if new else look.line2, 1.6))
        painter.drawPath(path)
