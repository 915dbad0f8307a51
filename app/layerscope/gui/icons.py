"""The only file that knows the icon files: Lucide's drawings in the colours of the theme."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer

from layerscope.gui import theme


def icon(name: str, token: str = "tx2", stroke: float = 2.0) -> QIcon:
    """A Lucide icon that takes its colour from the theme each time it is drawn.

    In a rectangle that is wider than high it sits at the left, so that a button can ask for a gap
    between icon and text with a wider icon size.
    """
    _drawing(name)
    return QIcon(_Engine(name, token, stroke))


def of_the_program() -> QIcon:
    """The program's own icon, for the window and the task bar."""
    drawing = (files("layerscope_assets") / "layerscope.svg").read_bytes()
    made = QIcon()
    for side in (16, 32, 48, 128, 256):
        picture = QPixmap(side, side)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        QSvgRenderer(QByteArray(drawing)).render(painter, QRectF(0, 0, side, side))
        painter.end()
        made.addPixmap(picture)
    return made


def pixmap(
    name: str, size: float, colour: QColor, ratio: float = 1.0, stroke: float = 2.0
) -> QPixmap:
    """A square picture of an icon; ``size`` in logical pixels."""
    key = f"lucide/{name}/{size}/{colour.rgba():x}/{ratio}/{stroke}"
    found = QPixmap()
    if QPixmapCache.find(key, found):
        return found
    drawing = _drawing(name).replace("currentColor", colour.name())
    drawing = drawing.replace('stroke-width="2"', f'stroke-width="{stroke}"')
    found = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    found.setDevicePixelRatio(ratio)
    found.fill(Qt.GlobalColor.transparent)
    painter = QPainter(found)
    painter.setOpacity(colour.alphaF())
    QSvgRenderer(QByteArray(drawing.encode())).render(painter, QRectF(0, 0, size, size))
    painter.end()
    QPixmapCache.insert(key, found)
    return found


@cache
def _drawing(name: str) -> str:
    return (files("layerscope_assets") / "icons" / f"{name}.svg").read_text("utf-8")


class _Engine(QIconEngine):
    def __init__(self, name: str, token: str, stroke: float) -> None:
        super().__init__()
        self._name = name
        self._token = token
        self._stroke = stroke

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        device = painter.device()
        ratio = device.devicePixelRatioF() if device else 1.0
        side = min(rect.width(), rect.height())
        picture = self._picture(side, mode, ratio)
        painter.drawPixmap(QPoint(rect.x(), rect.y() + (rect.height() - side) // 2), picture)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(
        self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float
    ) -> QPixmap:
        """Qt hands the size in logical pixels."""
        side = min(size.width(), size.height())
        drawn = self._picture(side, mode, scale)
        if size.width() == size.height():
            return drawn
        wide = QPixmap(QSize(round(size.width() * scale), round(size.height() * scale)))
        wide.setDevicePixelRatio(scale)
        wide.fill(Qt.GlobalColor.transparent)
        painter = QPainter(wide)
        painter.drawPixmap(0, 0, drawn)
        painter.end()
        return wide

    def actualSize(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QSize:
        return size

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._token, self._stroke)

    def _picture(self, side: float, mode: QIcon.Mode, ratio: float) -> QPixmap:
        look = theme.current()
        colour = look.ctl if mode == QIcon.Mode.Disabled else look.colour(self._token)
        return pixmap(self._name, side, colour, ratio, self._stroke)
