"""Paints the layer stack: cards, plates, bands and the viewing line."""

from __future__ import annotations

import math

from PySide6.QtCore import QObject, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from layerscope.engine.library.values import LayerRow, size_text
from layerscope.gui import marks, paint, sizes, theme
from layerscope.gui.image.stack_model import Index, Role, StackModel
from layerscope.gui.image.stack_plan import Item, Part
from layerscope.gui.image.stack_plates import draw_container, draw_kernel, draw_line, middle
from layerscope.gui.marks import ChipForm
from layerscope.gui.plain import display

_RIGHT = Qt.AlignmentFlag.AlignRight
_MARGIN = 12
_GHOST = 0.38
_HEIGHTS = {
    Part.CONTAINER: 52,
    Part.LINE: 17,
    Part.BASE: 24,
    Part.STEP: 22,
    Part.BAND: 54,
    Part.KERNEL: 56,
}


class StackDelegate(QStyledItemDelegate):
    """Whole-row painter of a ``StackModel``."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.compact = False

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        item: Item = index.data(Role.ITEM)
        height = _HEIGHTS.get(item.part, 0)
        if item.part is Part.LAYER:
            small = self.compact or item.inside
            height = sizes.CARD_COMPACT + 4 if small else sizes.CARD + 6
        return QSize(sizes.STACK, height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        item: Item = index.data(Role.ITEM)
        model = index.model()
        assert isinstance(model, StackModel)
        painter.save()
        paint.smooth(painter)
        rect = QRectF(option.rect).adjusted(_MARGIN, 0, -_MARGIN, 0)
        if item.above:
            painter.setOpacity(_GHOST)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        match item.part:
            case Part.CONTAINER:
                draw_container(painter, rect)
            case Part.KERNEL:
                draw_kernel(painter, rect)
            case Part.LINE:
                draw_line(painter, rect, model.shown.as_of)
            case Part.BASE:
                self._base(painter, rect, model)
            case Part.STEP:
                self._step(painter, rect, item)
            case Part.BAND:
                self._band(painter, rect, item, model, chosen)
            case Part.LAYER if self.compact or item.inside:
                self._compact(painter, rect, item, model, chosen)
            case Part.LAYER:
                self._card(painter, rect, item, model, chosen)
        painter.restore()

    # What is in the image

    def _card(
        self, painter: QPainter, rect: QRectF, item: Item, model: StackModel, chosen: bool
    ) -> None:
        layer = item.layer
        assert layer is not None
        look = theme.current()
        card = QRectF(rect.x(), rect.y(), rect.width(), sizes.CARD)
        hue = self._plate(painter, card, model.hues.of(layer.number), chosen)
        chip = QRectF(card.x() + 15, card.y() + 8, self._chip_width(layer.number), 19)
        number = str(layer.number)
        marks.draw_chip(painter, chip, model.hues.of(layer.number), ChipForm.SOLID, number)
        right = self._marks(painter, card, layer, model)
        self._command(painter, QRectF(chip.right() + 8, card.y() + 7, 0, 20), layer, right)
        size = QRectF(card.x() + 16, card.y() + 30, 76, 16)
        words = size_text(_size(layer))
        paint.draw_text(painter, size, words, paint.font(12, 600), look.tx)
        bar = QRectF(card.x() + 96, card.y() + 36, 88 if card.width() > 280 else 40, 5)
        share = math.sqrt(_size(layer) / model.largest())
        paint.draw_bar(painter, bar, share, paint.layer_colour(hue))
        left = self._share_count(painter, card, layer)
        self._counts(painter, bar.right() + 12, left, card.y() + 30, layer)

    def _compact(
        self, painter: QPainter, rect: QRectF, item: Item, model: StackModel, chosen: bool
    ) -> None:
        layer = item.layer
        assert layer is not None
        look = theme.current()
        indent = 22 if item.inside else 0
        card = QRectF(rect.x() + indent, rect.y(), rect.width() - indent, sizes.CARD_COMPACT)
        if item.inside and not chosen:
            hue = model.hues.of(layer.number)
        else:
            hue = self._plate(painter, card, model.hues.of(layer.number), chosen)
        chip = QRectF(card.x() + 12, card.y() + 5, self._chip_width(layer.number), 18)
        marks.draw_chip(painter, chip, hue, ChipForm.SOLID, str(layer.number))
        words = size_text(_size(layer))
        used = paint.font(12, 600)
        width = paint.text_width(words, used)
        size = QRectF(card.right() - 10 - width, card.y(), width + 1, card.height())
        paint.draw_text(painter, size, words, used, look.tx, elide=None)
        room = QRectF(chip.right() + 8, card.y() + 4, 0, 20)
        self._command(painter, room, layer, size.x() - 8)

    def _band(
        self, painter: QPainter, rect: QRectF, item: Item, model: StackModel, chosen: bool
    ) -> None:
        band = item.band
        assert band is not None
        look = theme.current()
        card = QRectF(rect.x(), rect.y(), rect.width(), 48)
        hue = self._plate(painter, card, model.hues.of(band.first), chosen)
        painter.setPen(QPen(look.surf, 1))
        for k in range(3):
            y = card.y() + 12 + 12 * k
            painter.drawLine(QPointF(card.x(), y), QPointF(card.x() + 7, y))
        arrow = "chevron-down" if item.open else "chevron-right"
        paint.draw_icon(painter, arrow, middle(card.x() + 14, card, 14), look.tx3)
        chip = QRectF(card.x() + 34, card.y() + 7, 62, 19)
        numbers = f"{band.first}\N{EN DASH}{band.last}" if len(band) > 1 else str(band.first)
        marks.draw_chip(painter, chip, hue, ChipForm.SOLID, numbers)
        size = QRectF(card.x(), card.y() + 7, card.width() - 10, 19)
        words = size_text(band.size)
        bold = paint.font(12, 600)
        paint.draw_text(painter, size, words, bold, look.tx, _RIGHT)
        x = chip.right() + 10
        name = band.base or f"{band.keyword} {band.command}"
        room = card.right() - 18 - paint.text_width(words, bold) - x
        title = self.tr("Base  {name}").format(name=display(name)) if band.base else display(name)
        paint.draw_text(
            painter, QRectF(x, card.y() + 7, room, 19), title, paint.font(12.5, 600), look.tx
        )
        count = self.tr("{count} layers").format(count=len(band))
        below = QRectF(card.x() + 34, card.y() + 27, 200, 16)
        paint.draw_text(painter, below, count, paint.font(11.5), look.tx3)

    def _base(self, painter: QPainter, rect: QRectF, model: StackModel) -> None:
        detail = model.detail
        assert detail is not None
        look = theme.current()
        line = QRectF(rect.x() + 2, rect.y(), rect.width() - 6, 22)
        paint.draw_icon(painter, "box", QRectF(line.x(), line.y() + 4, 13, 13), look.tx3)
        shared = len(detail.layer(detail.base_layers).shared_by) + 1
        words = self.tr("shared by {count} images").format(count=shared) if shared > 1 else ""
        small = paint.font(11)
        width = paint.draw_text(painter, line, words, small, look.tx3, _RIGHT)
        name = self.tr("Base image  {name}").format(name=display(detail.base_name))
        room = line.adjusted(18, 0, -width - 8, 0)
        paint.draw_text(painter, room, name, paint.font(11.5, 600), look.tx2)

    def _step(self, painter: QPainter, rect: QRectF, item: Item) -> None:
        step = item.step
        assert step is not None
        look = theme.current()
        painter.setPen(QPen(look.line2, 1))
        y = rect.center().y() - 1
        painter.drawLine(QPointF(rect.x() + 4, y), QPointF(rect.x() + 14, y))
        line = QRectF(rect.x() + 20, rect.y(), rect.width() - 24, 19)
        bold = paint.font(11, 600, mono=True)
        width = paint.draw_text(painter, line, step.keyword, bold, look.tx3)
        rest = line.adjusted(width + 6, 0, 0, 0)
        command = display(step.command)
        paint.draw_text(painter, rest, command, paint.font(11, mono=True), look.tx3)

    # Strokes

    def _plate(self, painter: QPainter, card: QRectF, hue: int, chosen: bool) -> int:
        look = theme.current()
        fill, line = (look.sel, look.acc) if chosen else (look.surf2, look.line)
        paint.draw_round(painter, card, 7, fill, line, 1.4 if chosen else 1.0)
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(card.x(), card.y(), 14, card.height()), 7, 7)
        edge = QPainterPath()
        edge.addRect(QRectF(card.x(), card.y(), 7, card.height()))
        painter.fillPath(shape.intersected(edge), paint.layer_colour(hue))
        return hue

    def _command(self, painter: QPainter, at: QRectF, layer: LayerRow, right: float) -> None:
        look = theme.current()
        at.setRight(right)
        bold = paint.font(12, 600, mono=True)
        width = paint.draw_text(painter, at, layer.keyword, bold, look.tx)
        rest = at.adjusted(width + 7, 0, 0, 0)
        if rest.width() > 20:
            command = display(layer.command)
            paint.draw_text(painter, rest, command, paint.font(12, mono=True), look.tx2)

    def _marks(self, painter: QPainter, card: QRectF, layer: LayerRow, model: StackModel) -> float:
        """Icons at the right of the first line; returns where they begin."""
        look = theme.current()
        x = card.right() - 8
        if layer.damage or not layer.stored:
            x -= 17
            name = "triangle-alert" if layer.damage else "unlink"
            paint.draw_icon(painter, name, QRectF(x, card.y() + 10, 14, 14), look.err)
        elif layer.warnings:
            x -= 17
            box = QRectF(x, card.y() + 10, 14, 14)
            paint.draw_icon(painter, "triangle-alert", box, look.warn)
        if layer.number in model.holding:
            x -= 18
            seen = model.holding[layer.number]
            box = QRectF(x, card.y() + 9, 15, 15)
            icon, colour = ("eye", look.acc) if seen else ("eye-off", look.tx3)
            paint.draw_icon(painter, icon, box, colour)
        return x - 4

    def _counts(
        self, painter: QPainter, left: float, right: float, y: float, layer: LayerRow
    ) -> None:
        look = theme.current()
        used = paint.font(11.5, 600)
        x = left
        for count, sign, colour in (
            (layer.added, "+", look.add),
            ((layer.modified or 0) + (layer.metadata or 0), "~", look.mod),
            (layer.deleted, "\N{MINUS SIGN}", look.dele),
        ):
            if count:
                words = f"{sign}{count:,}"
                width = paint.text_width(words, used)
                if x + width > right:
                    break
                rect = QRectF(x, y, width + 1, 16)
                paint.draw_text(painter, rect, words, used, colour, elide=None)
                x += width + 8

    def _share_count(self, painter: QPainter, card: QRectF, layer: LayerRow) -> float:
        if not layer.shared_by:
            return card.right() - 8
        look = theme.current()
        words = f"\N{MULTIPLICATION SIGN}{len(layer.shared_by) + 1}"
        used = paint.font(11)
        width = paint.text_width(words, used)
        rect = QRectF(card.right() - 10 - width, card.y() + 30, width + 1, 16)
        paint.draw_text(painter, rect, words, used, look.tx3, elide=None)
        box = QRectF(rect.x() - 17, card.y() + 32, 12, 12)
        paint.draw_icon(painter, "link", box, look.tx3)
        return box.x() - 6

    def _chip_width(self, number: int) -> int:
        return 24 if number < 100 else 32


def _size(layer: LayerRow) -> int:
    return layer.size if layer.size is not None else layer.compressed
