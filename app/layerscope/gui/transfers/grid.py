"""The layers of one transfer, two columns, in the order of the stack: state, bar, bytes."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QRectF, QSize
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from layerscope.engine.library.values import size_text
from layerscope.engine.task import LayerProgress, LayerState
from layerscope.gui import marks, paint, theme
from layerscope.gui.plain import display, tooltip

ROW = 32
_TWO_COLUMNS = 860

_ICONS = {
    LayerState.WAITING: "circle-dashed",
    LayerState.DOWNLOADING: "download",
    LayerState.VERIFYING: "shield-check",
    LayerState.INDEXING: "list-tree",
    LayerState.COMPLETE: "circle-check",
    LayerState.EXISTS: "link",
    LayerState.RETRYING: "rotate-cw",
    LayerState.FAILED: "circle-alert",
    LayerState.CANCELLED: "circle-x",
    LayerState.PUSHING: "arrow-up",
    LayerState.PUSHED: "circle-check",
    LayerState.MOUNTED: "link",
    LayerState.SKIPPED: "circle-dashed",
}


class LayerGrid(QWidget):
    """Paints what it was given last; its height follows from the number of layers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layers: tuple[LayerProgress, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_layers(self, layers: tuple[LayerProgress, ...]) -> None:
        grown = len(layers) != len(self._layers)
        self._layers = layers
        if grown:
            self.updateGeometry()
        self.setAccessibleDescription("; ".join(map(spoken, layers)))
        self.update()

    def sizeHint(self) -> QSize:
        rows = -(-len(self._layers) // self._columns())
        return QSize(400, rows * ROW)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        columns = 2 if width >= _TWO_COLUMNS else 1
        return -(-len(self._layers) // columns) * ROW

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.smooth(painter)
        for place, layer in enumerate(self._layers):
            box = self._box(place)
            if box.intersects(QRectF(event.rect())):
                self._layer(painter, box, layer)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            for place, layer in enumerate(self._layers):
                if self._box(place).contains(event.pos()):
                    words = f"{display(layer.digest)}\n{spoken(layer)}"
                    QToolTip.showText(event.globalPos(), tooltip(words), self)
                    return True
        return super().event(event)

    def _layer(self, painter: QPainter, box: QRectF, layer: LayerProgress) -> None:
        look = theme.current()
        waiting = layer.state in (LayerState.WAITING, LayerState.CANCELLED)
        form = marks.ChipForm.OUTLINED if waiting else marks.ChipForm.SOLID
        marks.draw_chip(painter, QRectF(box.x(), box.y() + 7, 26, 18), layer.number, form)
        short = layer.digest.partition(":")[2][:12]
        line = QRectF(box.x() + 38, box.y(), 100, ROW)
        paint.draw_text(painter, line, short, paint.font(11.5, mono=True), look.tx2)
        ink = {
            LayerState.COMPLETE: look.ok,
            LayerState.FAILED: look.err,
            LayerState.RETRYING: look.warn,
            LayerState.DOWNLOADING: look.tx,
        }.get(layer.state, look.tx2)
        x = box.x() + 142
        icon = QRectF(x, box.y() + 9, 14, 14)
        paint.draw_icon(painter, _ICONS[layer.state], icon, ink)
        line = QRectF(x + 20, box.y(), 110, ROW)
        paint.draw_text(painter, line, state_words(layer), paint.font(12, 500), ink)
        numbers = 132.0
        bar = QRectF(x + 134, box.y() + ROW / 2 - 2.5, box.right() - x - 134 - numbers - 10, 5)
        if bar.width() > 20:
            self._bar(painter, bar, layer)
        line = QRectF(box.right() - numbers, box.y(), numbers, ROW)
        words = display(layer.detail) if layer.detail else bytes_words(layer)
        paint.draw_text(painter, line, words, paint.font(12), look.tx2)

    def _bar(self, painter: QPainter, bar: QRectF, layer: LayerProgress) -> None:
        look = theme.current()
        hue = paint.layer_colour(layer.number)
        if layer.state is LayerState.EXISTS:
            paint.draw_bar(painter, bar, 1.0, paint.faded(hue, 0.7), look.line2)
            return
        share = 1.0 if layer.state is LayerState.COMPLETE else layer.done / max(1, layer.size)
        if layer.state in (LayerState.VERIFYING, LayerState.INDEXING):
            hue = paint.faded(hue, 0.65)
        paint.draw_bar(painter, bar, share, hue, look.line2)

    def _box(self, place: int) -> QRectF:
        columns = self._columns()
        width = (self.width() - (columns - 1) * 36) / columns
        column, row = place % columns, place // columns
        return QRectF(column * (width + 36), row * ROW, width, ROW)

    def _columns(self) -> int:
        return 2 if self.width() >= _TWO_COLUMNS else 1


def state_words(layer: LayerProgress) -> str:
    """Docker's word for the state."""
    tr = QCoreApplication.translate
    return {
        LayerState.WAITING: tr("transfers", "Waiting"),
        LayerState.DOWNLOADING: tr("transfers", "Downloading"),
        LayerState.VERIFYING: tr("transfers", "Verifying"),
        LayerState.INDEXING: tr("transfers", "Indexing"),
        LayerState.COMPLETE: tr("transfers", "Pull complete"),
        LayerState.EXISTS: tr("transfers", "Already exists"),
        LayerState.RETRYING: tr("transfers", "Retrying"),
        LayerState.FAILED: tr("transfers", "Failed"),
        LayerState.CANCELLED: tr("transfers", "Cancelled"),
        LayerState.PUSHING: tr("transfers", "Pushing"),
        LayerState.PUSHED: tr("transfers", "Pushed"),
        LayerState.MOUNTED: tr("transfers", "Mounted"),
        LayerState.SKIPPED: tr("transfers", "Skipped"),
    }[layer.state]


def bytes_words(layer: LayerProgress) -> str:
    """What has travelled of what must."""
    if layer.state is LayerState.EXISTS:
        return _of(0, layer.size)
    if layer.state in (LayerState.DOWNLOADING, LayerState.RETRYING) and layer.done:
        return _of(layer.done, layer.size)
    return size_text(layer.size)


def spoken(layer: LayerProgress) -> str:
    """One sentence for a screen reader and the tooltip."""
    name = QCoreApplication.translate("transfers", "Layer {0}").format(layer.number)
    parts = [name, state_words(layer).lower(), bytes_words(layer)]
    if layer.detail:
        parts.append(display(layer.detail))
    return ", ".join(parts)


def _of(done: int, size: int) -> str:
    words = QCoreApplication.translate("transfers", "{0} of {1}")
    return words.format(size_text(done), size_text(size))
