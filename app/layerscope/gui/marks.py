"""The marks of layers and changes: chips with a number, badges with a letter, compositions."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath

from layerscope.gui import paint, theme

WRITABLE_LAYER = 0  #: the number that stands for the container layer in compositions

_CENTRE = Qt.AlignmentFlag.AlignHCenter


class ChipForm(Enum):
    """What a chip says besides its number."""

    SOLID = "solid"  #: the visible origin
    TINTED = "tinted"  #: an origin in a list: tint with a solid edge
    OUTLINED = "outlined"  #: a copy that is hidden by a higher layer
    DASHED = "dashed"  #: a deletion
    WRITABLE = "writable"  #: the container layer: dashed, with a pencil


def draw_chip(
    painter: QPainter,
    rect: QRectF,
    number: int,
    form: ChipForm = ChipForm.SOLID,
    text: str = "",
) -> None:
    """The chip of a layer: a rounded square with its number (or ``text``, such as "2-5")."""
    look = theme.current()
    words = text or str(number)
    if form is ChipForm.WRITABLE:
        paint.draw_round(painter, rect, 4, look.surf, look.tx2, 1.5, (2.5, 1.8))
        side = min(13.0, rect.height() - 5)
        box = QRectF(0, 0, side, side)
        box.moveCenter(rect.center())
        paint.draw_icon(painter, "square-pen", box, look.tx)
        return
    hue = paint.layer_colour(number)
    size = 11.0 if rect.height() >= 17 else 10.0
    if form is ChipForm.SOLID:
        paint.draw_round(painter, rect, 4, hue)
        _draw_cycle(painter, rect, number, paint.text_on(hue))
        _chip_number(painter, rect, words, paint.font(size, 600), paint.text_on(hue))
    elif form is ChipForm.TINTED:
        shape = QPainterPath()
        shape.addRoundedRect(rect, 4, 4)
        painter.fillPath(shape, paint.faded(hue, 0.26 if look.dark else 0.17))
        # Clipping is much quicker than intersecting paths, and a list draws many chips.
        painter.save()
        edge = QRectF(rect.x(), rect.y(), 6, rect.height())
        painter.setClipRect(edge, Qt.ClipOperation.IntersectClip)
        painter.fillPath(shape, hue)
        painter.restore()
        _chip_number(painter, rect.adjusted(6, 0, 0, 0), words, paint.font(size, 600), look.tx)
    elif form is ChipForm.OUTLINED:
        paint.draw_round(painter, rect, 4, None, hue, 1.4)
        _chip_number(painter, rect, words, paint.font(size, 600), look.tx2)
    else:
        paint.draw_round(painter, rect, 4, None, hue, 1.3, (2, 2))
        _chip_number(painter, rect, words, paint.font(size, 600), look.tx2)


def _chip_number(painter: QPainter, rect: QRectF, words: str, used: QFont, ink: QColor) -> None:
    paint.draw_text(painter, rect.translated(0, -0.5), words, used, ink, _CENTRE, None)


def _draw_cycle(painter: QPainter, rect: QRectF, number: int, ink: QColor) -> None:
    """Hatch or dots around the number tell the second and third round of the hues apart."""
    cycle = (number - 1) // 8
    if cycle == 0:
        return
    if cycle % 2:
        paint.draw_hatch(painter, rect, paint.faded(ink, 0.9), 5)
    else:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(paint.faded(ink, 0.55))
        for x in range(int(rect.x()) + 3, int(rect.right()), 5):
            for y in (rect.y() + 3, rect.bottom() - 3):
                painter.drawEllipse(QPointF(x, y), 1, 1)
    room = max(12.0, paint.text_width(str(number), paint.font(11, 600)) + 5)
    paint.draw_round(
        painter,
        QRectF(rect.center().x() - room / 2, rect.y() + 2, room, rect.height() - 4),
        3,
        paint.layer_colour(number),
    )


_BADGES = {"A": "add", "M": "mod", "P": "meta", "D": "dele", "O": "opq"}


def draw_badge(painter: QPainter, rect: QRectF, letter: str) -> None:
    """The badge of a change: a circle with A M P D or O."""
    look = theme.current()
    token = _BADGES[letter]
    side = min(rect.width(), rect.height())
    box = QRectF(0, 0, side, side)
    box.moveCenter(rect.center())
    paint.draw_round(painter, box, side / 2, look.colour(token + "bg"))
    _chip_number(painter, box, letter, paint.font(11, 600), look.colour(token))


def draw_composition(
    painter: QPainter, rect: QRectF, parts: Sequence[tuple[int, int]], alpha: float = 1.0
) -> None:
    """A bar of (layer number, bytes); every part is at least 3 px, 1 px apart.

    Number 0 is the container layer.
    """
    look = theme.current()
    total = sum(size for _number, size in parts)
    if total <= 0:
        return
    x = rect.x()
    for number, size in parts:
        width = min(max(3.0, rect.width() * size / total), rect.right() - x)
        if width < 1:
            break
        hue = look.tx if number == WRITABLE_LAYER else paint.layer_colour(number)
        last = x + width >= rect.right() - 1
        box = QRectF(x, rect.y(), width if last else width - 1, rect.height())
        painter.fillRect(box, paint.faded(hue, alpha))
        x += width
