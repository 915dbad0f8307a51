"""The layers of a push, each with what has to be done about it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from layerscope.engine.library.values import PushLayer, PushState, size_text
from layerscope.gui import paint, sizes, theme
from layerscope.gui.dialogs.sheet import scrolling
from layerscope.gui.plain import display

_ROW = 26
_VISIBLE = 7


class PushLayers(QWidget):
    """Painted rows; ``area`` scrolls them."""

    def __init__(self) -> None:
        super().__init__()
        self._layers: tuple[PushLayer, ...] = ()
        self._several = False
        self.area = scrolling(self)
        theme.changed.connect(self.update)

    def show_layers(self, layers: Sequence[PushLayer]) -> None:
        self._layers = tuple(layers)
        self._several = len({layer.platform for layer in layers}) > 1
        self.setFixedHeight(_ROW * max(1, len(layers)))
        self.area.setFixedHeight(_ROW * max(1, min(_VISIBLE, len(layers))) + 2)
        lines = [f"{self._name(one)}, {state_words(one)}, {size_text(one.size)}" for one in layers]
        self.setAccessibleName("\n".join(lines))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        right = Qt.AlignmentFlag.AlignRight
        for place, layer in enumerate(self._layers):
            row = QRectF(0, place * _ROW, self.width(), _ROW)
            if place % 2:
                paint.draw_round(painter, row, sizes.RADIUS_INPUT, look.surf2)
            name = QRectF(10, row.y(), 230, _ROW)
            paint.draw_text(painter, name, self._name(layer), paint.font(12, mono=True), look.tx)
            ink = {PushState.MISSING: look.err, PushState.UPLOAD: look.tx}.get(
                layer.state, look.tx2
            )
            words = QRectF(250, row.y(), row.width() - 350, _ROW)
            paint.draw_text(painter, words, state_words(layer), paint.font(12.5), ink)
            size = QRectF(row.width() - 100, row.y(), 90, _ROW)
            paint.draw_text(painter, size, size_text(layer.size), paint.font(12.5), look.tx2, right)

    def _name(self, layer: PushLayer) -> str:
        what = display(layer.platform) if self._several else ""
        return f"{layer.number}  {layer.digest.short}  {what}".rstrip()


def state_words(layer: PushLayer) -> str:
    """In docker's words where docker has them."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("PushLayers", text)

    return {
        PushState.EXISTS: tr("Layer already exists"),
        PushState.UPLOAD: tr("To upload"),
        PushState.MOUNT: tr("Mounted from %s") % display(layer.mount_from),
        PushState.SKIPPED: tr("Not to be distributed"),
        PushState.MISSING: tr("Neither here nor there"),
    }[layer.state]
