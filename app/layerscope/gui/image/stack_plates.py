"""Paints what is in the stack but not in the image: container layer, kernel, viewing line."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPointF, QRectF
from PySide6.QtGui import QPainter, QPainterPath, QPen

from layerscope.gui import paint, theme


def draw_container(painter: QPainter, rect: QRectF) -> None:
    look = theme.current()
    plate = QRectF(rect.x(), rect.y(), rect.width(), 44)
    paint.draw_round(painter, plate, 7, None, look.line2, 1.3, (4, 3))
    paint.draw_icon(painter, "square-pen", middle(plate.x() + 12, plate, 15), look.tx3)
    x = plate.x() + 36
    room = plate.right() - x - 8
    title = QRectF(x, plate.y() + 5, room, 18)
    bold = paint.font(12.5, 600)
    paint.draw_text(painter, title, _tr("Container layer · writable"), bold, look.tx2)
    words = _tr("Containers write here. The image never changes.")
    below = QRectF(x, plate.y() + 22, room, 16)
    paint.draw_text(painter, below, words, paint.font(11.5), look.tx3)


def draw_kernel(painter: QPainter, rect: QRectF) -> None:
    look = theme.current()
    plate = QRectF(rect.x(), rect.y() + 2, rect.width(), 44)
    paint.draw_round(painter, plate, 7, look.hover, look.line2)
    shape = QPainterPath()
    shape.addRoundedRect(plate.adjusted(1, 1, -1, -1), 6, 6)
    painter.save()
    painter.setClipPath(shape)
    paint.draw_hatch(painter, plate, look.line2, 9)
    painter.restore()
    inner = plate.adjusted(8, 6, -8, -6)
    paint.draw_round(painter, inner, 5, look.hover)
    paint.draw_icon(painter, "cpu", middle(plate.x() + 14, plate, 15), look.tx2)
    x = plate.x() + 38
    room = plate.right() - x - 12
    title = QRectF(x, plate.y() + 4, room, 20)
    bold = paint.font(12.5, 600)
    paint.draw_text(painter, title, _tr("Host kernel (bootfs)"), bold, look.tx2)
    words = _tr("Shared by every container, not in the image")
    below = QRectF(x, plate.y() + 21, room, 16)
    paint.draw_text(painter, below, words, paint.font(11.5), look.tx3)


def draw_line(painter: QPainter, rect: QRectF, as_of: int) -> None:
    look = theme.current()
    y = rect.y() + 6
    painter.setPen(QPen(look.acc, 2))
    painter.drawLine(QPointF(rect.x(), y), QPointF(rect.right(), y))
    words = _tr("Viewing from layer {number} down").format(number=as_of)
    bold = paint.font(11, 600)
    width = paint.pill_width(words, "eye", bold) + 4
    at = QPointF(rect.right() - width, rect.y() - 3)
    paint.draw_pill(painter, at, words, look.acctx, look.acc, None, "eye", 19, bold)


def middle(x: float, plate: QRectF, side: float) -> QRectF:
    """A square of ``side`` at ``x``, half-way down ``plate``."""
    return QRectF(x, plate.center().y() - side / 2, side, side)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Stack", text)
