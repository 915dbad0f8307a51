"""The line that names the selected layer, and folds or unfolds what is told below it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from layerscope.engine.library.values import LayerRow
from layerscope.gui import marks, paint, theme
from layerscope.gui.image.arrangement import STRIP
from layerscope.gui.image.facts import date_time_text
from layerscope.gui.image.hues import Hues

_RIGHT = Qt.AlignmentFlag.AlignRight


class DetailStrip(QAbstractButton):
    """Checked while what is below it is shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layer: LayerRow | None = None
        self._hues = Hues()
        self.setCheckable(True)
        self.setChecked(True)
        self.setFixedHeight(STRIP)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.toggled.connect(self._named)
        theme.changed.connect(self.update)

    def show_layer(self, layer: LayerRow | None, hues: Hues) -> None:
        self._layer = layer
        self._hues = hues
        self._named()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, STRIP)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        height, right = float(self.height()), self.width() - 12.0
        if self.hasFocus():
            ring = QRectF(self.rect()).adjusted(5, 2, -5, -2)
            paint.draw_round(painter, ring, 6, None, look.acc, 2)
        arrow = QRectF(right - 14, height / 2 - 7, 14, 14)
        name = "chevron-down" if self.isChecked() else "chevron-right"
        paint.draw_icon(painter, name, arrow, look.tx3)
        layer = self._layer
        if layer is None:
            return
        chip = QRectF(16, height / 2 - 9, 24 if layer.number < 100 else 32, 18)
        marks.draw_chip(painter, chip, self._hues.of(layer.number), text=str(layer.number))
        x = chip.right() + 8
        words = QRectF(x, 0, arrow.x() - x - 8, height)
        title = self.tr("Layer {number}").format(number=layer.number)
        x += paint.draw_text(painter, words, title, paint.font(12.5, 600), look.tx) + 12
        if layer.created is not None:
            when = self.tr("created {when}").format(when=date_time_text(layer.created))
            rest = QRectF(x, 0, arrow.x() - x - 8, height)
            paint.draw_text(painter, rest, when, paint.font(11.5), look.tx3, _RIGHT)

    def _named(self, _checked: bool = False) -> None:
        state = self.tr("shown") if self.isChecked() else self.tr("hidden")
        number = self._layer.number if self._layer is not None else 0
        words = (
            self.tr("Details of layer {number}, {state}") if number else self.tr("Layer details")
        )
        self.setAccessibleName(words.format(number=number, state=state))
