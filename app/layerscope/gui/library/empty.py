"""What the library says when there is nothing to show: the first run, and no match."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from layerscope.gui import paint, sizes, theme
from layerscope.gui.actions import Actions
from layerscope.gui.plain import button, display, in_menu, plain

_CENTRE = Qt.AlignmentFlag.AlignHCenter


class FirstRun(QWidget):
    """No images yet: a stack of three layers, and three ways to get one."""

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setSpacing(sizes.GAP_S)
        layout.addStretch(2)
        layout.addWidget(StackPicture(), 0, _CENTRE)
        layout.addSpacing(sizes.GAP_M)
        layout.addWidget(plain(self.tr("No images yet"), 20, 600), 0, _CENTRE)
        words = self.tr("Pull one from a registry, or load an archive from disk.")
        layout.addWidget(plain(words, 13, tone="tx2"), 0, _CENTRE)
        layout.addSpacing(sizes.GAP_L)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addStretch(1)
        self.pull = button(self.tr("Pull an image…"), "download", "primary")
        self.pull.obey(actions["image.pull"])
        self.load = button(self.tr("Load an archive…"), "folder-open")
        self.load.obey(actions["file.load"])
        self.sample = button(self.tr("Try the sample image"), "box")
        self.sample.obey(actions["file.sample"])
        for one in (self.pull, self.load, self.sample):
            one.setFixedHeight(34)
            row.addWidget(one)
        row.addStretch(1)
        layout.addLayout(row)
        words = self.tr(
            "The sample image is part of Layerscope and needs no network. "
            "You can also drop an archive onto this window."
        )
        layout.addSpacing(sizes.GAP_S)
        layout.addWidget(plain(words, 12, tone="tx3"), 0, _CENTRE)
        layout.addStretch(3)


class StackPicture(QWidget):
    """Three slabs on the kernel's plate, drawn with the hues of layers 1 to 3."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(320, 286)
        self.setAccessibleName(self.tr("A stack of three layers"))
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        middle = self.width() / 2
        self._slab(painter, QPointF(middle, 226), 150, 12, 0)
        for number, y in ((1, 184), (2, 142), (3, 100)):
            self._slab(painter, QPointF(middle, y), 132, 12, number)
            chip = QRectF(0, 0, 26, 18)
            chip.moveCenter(QPointF(middle, y + 25))
            hue = paint.layer_colour(number)
            paint.draw_text(
                painter, chip, str(number), paint.font(13, 600), paint.text_on(hue), _CENTRE, None
            )
        pen = QPen(look.tx3, 1.5)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolygon(_top(QPointF(middle, 52), 132))

    def _slab(
        self, painter: QPainter, at: QPointF, side: float, height: float, number: int
    ) -> None:
        look = theme.current()
        hue = paint.layer_colour(number) if number else look.line2
        top = _top(at, side)
        down = QPointF(0, height)
        painter.setPen(QPen(look.surf, 1.2))
        back, right, front, left = (top.at(one) for one in range(4))
        painter.setBrush(hue.darker(128))
        painter.drawPolygon(QPolygonF([left, front, front + down, left + down]))
        painter.setBrush(hue.darker(150))
        painter.drawPolygon(QPolygonF([right, front, front + down, right + down]))
        painter.setBrush(hue)
        painter.drawPolygon(QPolygonF([back, right, front, left]))


def _top(at: QPointF, side: float) -> QPolygonF:
    angle = math.radians(30)
    across = QPointF(math.cos(angle), math.sin(angle) * 0.62) * (side / 2)
    along = QPointF(-math.cos(angle), math.sin(angle) * 0.62) * (side / 2)
    return QPolygonF(
        [at - across - along, at + across - along, at + across + along, at - across + along]
    )


class NoMatch(QWidget):
    """Filters that keep nothing, the way back, and the way to a registry that may have more."""

    search_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self.words = plain("", 13, 500, tone="tx2")
        self.clear = button(self.tr("Show all images"))
        self.search = button("", "search")
        self.search.clicked.connect(self._search)
        row = QHBoxLayout()
        row.setSpacing(sizes.GAP_S)
        row.addStretch(1)
        row.addWidget(self.clear)
        row.addWidget(self.search)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.addStretch(2)
        layout.addWidget(self.words, 0, _CENTRE)
        layout.addSpacing(sizes.GAP_S)
        layout.addLayout(row)
        layout.addStretch(3)

    def tell(self, text: str, chip: str) -> None:
        """``text`` is what was typed and ``chip`` the name of the chip that is on."""
        self._text = text
        if text:
            words = self.tr("No image matches “%s”.") % display(text)
            registry = self.tr("Search registries for “%s”") % display(text[:40])
            self.search.setText(in_menu(registry))
        else:
            words = self.tr("No image matches the filter “%s”.") % chip
        self.search.setVisible(bool(text))
        self.words.setText(words)

    def _search(self) -> None:
        self.search_wanted.emit(self._text)


class Skeleton(QWidget):
    """The table before its rows are known: grey where words will be."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(self.tr("Reading the store…"))
        self.shown = False
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.shown:
            return
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        for place in range(max(0, min(10, self.height() // sizes.ROW_LIBRARY))):
            y = place * sizes.ROW_LIBRARY + 14
            wide = 120 + (place * 53) % 90
            for x, length in (
                (20, wide),
                (self.width() * 0.33, 92),
                (self.width() * 0.44, 60 + (place * 31) % 140),
                (self.width() - 130, 62),
            ):
                paint.draw_round(painter, QRectF(x, y, length, 13), 4, look.hover)
